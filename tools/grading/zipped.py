"""Notebooks in a zip, as Moodle or Canvas gives it for *Download all submissions*."""

import contextlib
import datetime
import functools
import lzma
import stat
import struct
import zipfile
import zlib

from tools.grading import deadlines, handins, submissions
from tools.grading.assignment import AssignmentError

DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, NotImplementedError)
JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".ipynb_checkpoints"}


class Zip:
    """A zip, opened."""

    what = "zip"

    def __init__(self, archive, zone=None):
        self.archive, self.zone = archive, zone

    def found(self, leave):
        """[Found] of its notebooks; `leave` is called with what is left out, and why."""
        infos = [info for info in self.archive.infolist() if not info.is_dir()]
        if len(infos) > handins.MOST:
            raise AssignmentError(f"the zip holds more than {handins.MOST} files: {len(infos)}")
        kept = []
        for info in infos:
            name = name_of(info)
            handin = handins.parse(name)
            if is_junk(name):
                continue
            if fault := fault_of(info, name):
                leave(name, fault)
            elif handin is None:
                leave(name, "not named as Moodle and Canvas name what is handed in")
            elif handin.kind != "file" or not handin.file.casefold().endswith(".ipynb"):
                leave(name, "not a notebook")
            else:
                kept.append(self.one(name, info, handin))
        return kept

    def one(self, name, info, handin):
        """A notebook as Found."""
        opener = functools.partial(self.archive.open, info)
        time = time_of(info, self.zone)
        return handins.Found(name, handin.file, time, info.file_size, opener, handin)

    def about_times(self, found):
        """Note when files were handed in; a line that says how that is known."""
        zone = self.zone or "this machine's zone"
        exact = f"when files were handed in is what the zip says, read in {zone}"
        return handins.note_times(found, self.zone, exact, "the time at which it was made")


@contextlib.contextmanager
def opened(path, zone):
    """A zip as a source to collect from. Raises AssignmentError."""
    try:
        archive = zipfile.ZipFile(path)
    except (*DAMAGED, OSError, ValueError) as error:
        raise AssignmentError(f"{path}: not a zip that can be read: {error}") from None
    with archive:
        yield Zip(archive, zone)


def name_of(info):
    """A file's name in a zip, in the encoding that its bytes are likeliest in."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def time_of(info, zone):
    """When a file in a zip was written, in UTC if the zip says so and else in this zone."""
    extra = info.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == 0x5455 and len(field) >= 5 and field[0] & 1:  # seconds since 1970
            seconds = struct.unpack("<i", field[1:5])[0]
            return datetime.datetime.fromtimestamp(max(seconds, 0), datetime.UTC)
    try:
        return deadlines.in_zone(datetime.datetime(*info.date_time), zone)
    except ValueError:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)


def fault_of(info, name):
    """Why a file in a zip isn't unpacked, or None."""
    steps = name.replace("\\", "/").split("/")
    if info.flag_bits & 1:
        return "encrypted"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "a link or a device, not a file"
    if name.startswith(("/", "\\")) or ".." in steps or steps[0][1:2] == ":":
        return "its name leads out of the zip"
    if info.file_size > submissions.LARGEST:
        return f"larger than {submissions.LARGEST >> 20} MB"
    return None


def is_junk(name):
    """Whether a file is one that a system has added, and no student."""
    steps = [step.casefold() for step in name.replace("\\", "/").split("/")]
    return any(step in JUNK or step.startswith("._") for step in steps)
