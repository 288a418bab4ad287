"""Collect what was handed in: `python -m tools.grading.collect ZIP --out DIR --chapter train1`.

ZIP is what Moodle or Canvas gives for *Download all submissions*. Each student's notebook goes to
submitted/STUDENT/CHAPTER/CHAPTER.ipynb with what is known of when it was handed in beside it, in
timestamp.txt. Whose a file is says the name of its top folder (`grading.handins`), compared with
roster.csv; what fits no student, or several, is listed and left alone. Nothing is overwritten: what
was there before moves to submitted/STUDENT/CHAPTER/earlier/, which nobody grades. The names are
remembered, as feedback is given back under them (`grading.give_back`).
"""

import argparse
import datetime
import lzma
import os
import re
import shutil
import stat
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from tools.grading import assignment, deadlines, give_back, handins, submissions
from tools.grading.assignment import AssignmentError
from tools.grading.course_lock import Busy, alone_in
from tools.grading.roster import read_roster
from tools.grading.tables import RosterError

MOST = 50_000  # files in a zip
EACH = 50  # files of one student: each is compared with all that came before
SHARE = 96 << 20  # bytes of one student's files, unpacked
LARGEST = 4 << 30  # bytes of all that is unpacked
AT_ONCE = 600  # seconds within which all times in a zip lie that only say when it was made
EARLIER = "earlier"
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)
JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}


@dataclass
class Found:
    """A notebook in the zip, and whose it is."""

    info: zipfile.ZipInfo
    name: str  # in the zip
    handin: handins.Handin
    time: datetime.datetime
    student: str = ""

    @property
    def file(self):
        """Its own name."""
        return self.handin.file


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


class Collector:
    """One zip, unpacked into a course."""

    def __init__(self, out, chapter, zone, say):
        self.out, self.chapter, self.zone, self.say = out, chapter, zone, say
        self.roster = read_roster(out / "roster.csv")
        self.due = deadlines.read(out, self.roster)
        self.names = give_back.names(out, chapter)  # of what counts, as it was in the zip
        self.left = 0

    def leave(self, name, why):
        """Say that a file is left out."""
        self.left += 1
        self.say(f"NB: {name!a}: {why}; left out")

    def collect(self, archive):
        """The students whose notebooks were collected from an open zip."""
        infos = [info for info in archive.infolist() if not info.is_dir()]
        if len(infos) > MOST:
            raise AssignmentError(f"the zip holds more than {MOST} files: {len(infos)}")
        found = [one for info in infos if (one := self.found(info))]
        by_student = self.chosen(self.assigned(found))
        sizes = (one.info.file_size for files in by_student.values() for one in files)
        if sum(sizes) > LARGEST:
            raise AssignmentError(f"the zip holds more than {LARGEST >> 30} GB of notebooks")
        for notes in self.notes(found):
            self.say(notes)
        exact = self.times_say_when(found)
        try:
            for student in sorted(by_student):
                self.store(archive, by_student[student], exact)
        finally:
            if self.names:
                give_back.remember(self.out, self.chapter, self.names)
        return sorted(by_student)

    def chosen(self, found):
        """{student: the files to unpack, the one that counts first}; so many, and no more."""
        by_student = {}
        for one in sorted(found, key=self.rank, reverse=True):
            mine = by_student.setdefault(one.student, [])
            size = sum(other.info.file_size for other in mine) + one.info.file_size
            if len(mine) == EACH:
                self.leave(one.name, f"more than {EACH} files of {one.student}")
            elif size > SHARE:
                self.leave(one.name, f"more than {SHARE >> 20} MB of {one.student}")
            else:
                mine.append(one)
        return by_student

    def found(self, info):
        """A file of the zip as Found, or None for one that is left out."""
        name = name_of(info)
        if is_junk(name):
            return None
        fault = fault_of(info, name)
        handin = None if fault else handins.parse(name)
        if fault or handin is None:
            self.leave(name, fault or "not named as Moodle and Canvas name what is handed in")
            return None
        if handin.kind != "file" or not handin.file.casefold().endswith(".ipynb"):
            self.leave(name, "not a notebook")
            return None
        return Found(info, name, handin, time_of(info, self.zone))

    def assigned(self, found):
        """Those whose student is known beyond doubt."""
        owners = {}
        for one in found:
            students, why = handins.students_of(one.handin, self.roster)
            if len(students) != 1:
                self.leave(one.name, why)
                continue
            one.student = students[0]
            owners.setdefault(one.student, {}).setdefault(one.handin.owner, []).append(one)
        kept = []
        for student, by_owner in owners.items():
            if len(by_owner) == 1:
                kept += next(iter(by_owner.values()))
                continue
            for one in [one for several in by_owner.values() for one in several]:
                names = " and ".join(ascii(owner) for owner in sorted(by_owner))
                self.leave(one.name, f"{names} would both be {student}")
        return kept

    def times_say_when(self, found):
        """Whether the times in a zip are those of handing in, not all that of the download."""
        times = [one.time for one in found]
        return bool(times) and (max(times) - min(times)).total_seconds() > AT_ONCE

    def notes(self, found):
        """What there is to say about the times in the zip."""
        if not found:
            return
        if any(one.handin.system == "canvas" for one in found):
            yield "late is what Canvas calls late; its zip doesn't say when a file was handed in"
        elif self.times_say_when(found):
            zone = self.zone or "this machine's zone"
            yield f"when files were handed in is what the zip says, read in {zone}"
        else:
            when = deadlines.in_words(max(one.time for one in found).astimezone(self.zone))
            yield (
                f"NB: all files in the zip have the time at which it was made, {when}: "
                "if the chapter was due before that, who was late can't be told from it"
            )

    def store(self, archive, files, exact):
        """Put the first file of a student, if it counts, where it is graded, the others aside."""
        folder = self.out / "submitted" / files[0].student / self.chapter
        check_folder(folder)
        graded = folder / f"{self.chapter}.ipynb"
        counts = True
        for one in files:
            path = unpack(archive, one, folder)
            if path is None:
                self.leave(one.name, "damaged")
                continue
            best = counts and not newer(graded, one)
            known = [graded] if best else [graded, *folder.glob(f"{EARLIER}/*/{graded.name}")]
            counts = False
            if best:
                self.names[one.student] = one.name
            if any(same_as_there(path, other) for other in known):
                path.unlink()
                self.say(f"{one.student}: {one.name!a} was collected before")
            elif best:
                self.place(folder, path, one, note_of(one, exact))
            else:
                self.put(path, self.aside(folder), one, note_of(one, exact))

    def rank(self, one):
        """By what the files of a student are sorted: the last one counts."""
        own_name = rf"{re.escape(self.chapter)}( ?\(\d+\)|-\d+)?\.ipynb"
        named = re.fullmatch(own_name, one.file, re.IGNORECASE) is not None
        return named, one.time, handins.attempt(one.file), one.name

    def place(self, folder, path, one, note):
        """Put a notebook where it is graded, and what is there aside."""
        there = [p for p in folder.iterdir() if p != path and p.name != EARLIER]
        if there:
            aside = self.aside(folder)
            for old in there:
                old.rename(aside / old.name)
            self.say(f"{one.student}: handed in more than once; the earlier one is in {aside}")
        self.put(path, folder, one, note)

    def put(self, path, folder, one, note):
        """Put an unpacked notebook into a folder, with what is known of its time."""
        (folder / "timestamp.txt").write_text(note + "\n", encoding="utf-8")
        seconds = max(one.time.timestamp(), 0)
        os.utime(path, (seconds, seconds))
        path.replace(folder / f"{self.chapter}.ipynb")
        if EARLIER in folder.parts:
            where = f"; it doesn't count, and is in {folder}"
        else:
            graded = folder / f"{self.chapter}.ipynb"
            remark = self.due.lateness(one.student, self.chapter, folder, graded)
            where = f": {remark}" if remark and remark != note else ""
        self.say(f"{one.student}: {one.name!a}, {note}{where}")

    def aside(self, folder):
        """A new folder for what is not graded."""
        number = 1
        while (folder / EARLIER / str(number)).exists():
            number += 1
        (folder / EARLIER / str(number)).mkdir(parents=True)
        return folder / EARLIER / str(number)


def newer(path, one):
    """Whether the file that is there was written after one in the zip."""
    return submissions.regular(path) and path.stat().st_mtime > one.time.timestamp()


def check_folder(folder):
    """Make the folder of a submission. Raises AssignmentError where a link leads elsewhere."""
    for path in (folder.parent, folder, folder / EARLIER):
        if path.is_symlink():
            raise AssignmentError(f"{path}: a link; take it away")
    folder.mkdir(parents=True, exist_ok=True)


def unpack(archive, one, folder):
    """The file into which a notebook was unpacked, or None for a damaged one."""
    path = folder / ".collected"  # a name that nobody grades, if this is killed
    path.unlink(missing_ok=True)
    try:
        with archive.open(one.info) as source, open(path, "xb") as target:
            shutil.copyfileobj(Limited(source, submissions.LARGEST), target)
    except (*DAMAGED, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        path.unlink(missing_ok=True)
        return None
    return path


class Limited:
    """A file that fails when it is longer than it may be, whatever its zip says."""

    def __init__(self, file, limit):
        self.file, self.limit = file, limit

    def read(self, size):
        """The next bytes. Raises ValueError past the limit."""
        content = self.file.read(size)
        self.limit -= len(content)
        if self.limit < 0:
            raise ValueError("too large")
        return content


def same_as_there(path, other):
    """Whether two files are the same to the byte."""
    try:
        if not submissions.regular(other) or path.stat().st_size != other.stat().st_size:
            return False
        return path.read_bytes() == other.read_bytes()
    except OSError:
        return False


def note_of(one, exact):
    """What timestamp.txt says of a file: when it was handed in, as far as the zip tells."""
    if one.handin.system == "canvas":
        return "late" if one.handin.late else "in time"
    moment = one.time.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return moment if exact else f"before {moment}"


def check_chapter(out, chapter):
    """Check that a course has a chapter; raises AssignmentError if it hasn't."""
    if not (out / "release" / chapter).is_dir():
        there = sorted(p.name for p in (out / "release").glob("*") if p.is_dir())
        known = ", ".join(there) or "none yet; run make assignment"
        raise AssignmentError(f"{chapter!a}: not a chapter of this course; there are {known}")


def collect(path, out, chapter, zone=None, say=print):
    """(students, how many files were left out) of a zip, whose notebooks go into the course."""
    collector = Collector(out, chapter, zone, say)
    collector.zone = zone or deadlines.zone_of(collector.due.chapters.get(chapter))
    try:
        with zipfile.ZipFile(path) as archive:
            return collector.collect(archive), collector.left
    except (zipfile.BadZipFile, OSError) as error:
        raise AssignmentError(f"{path}: not a zip that can be read: {error}") from None


def main(arguments=None):
    """The exit status: 2 for a wrong command."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.collect")
    parser.add_argument("zip", nargs="?", default="", help="as Moodle or Canvas gives it")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", default="", help="whose submissions are in the zip")
    parser.add_argument("--zone", default="", help="of the times in the zip: Europe/Berlin")
    options = parser.parse_args(arguments)
    try:
        out = assignment.outside(options.out)
        for name, value in (("ZIP", options.zip), ("CHAPTER", options.chapter)):
            if not value:
                raise AssignmentError(
                    f"say {name}=…: make collect ZIP=a.zip OUT=dir CHAPTER=train1"
                )
        zone = deadlines.zone_named(options.zone)
        check_chapter(out, options.chapter)
        with alone_in(out):
            students, left = collect(Path(options.zip).expanduser(), out, options.chapter, zone)
    except (AssignmentError, Busy, RosterError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(students)} students' notebooks collected, {left} files left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
