"""Notebooks in a folder that has a folder or a file for each student, named after them.

Such as s01/train1.ipynb, s01/train1/train1.ipynb, s01.ipynb or s01_train1.ipynb; what Moodle or
Canvas has zipped, unzipped, is understood as well. Other chapters' notebooks are left alone.
Students may be able to write there, so links are refused wherever they are.
"""

import contextlib
import datetime
import functools
import os
import re
import stat

from tools.grading import deadlines, handins, submissions, zipped
from tools.grading.assignment import AssignmentError

DEEPEST = 8  # folders below each other


class Folder:
    """A folder."""

    what = "folder"

    def __init__(self, path, chapter, others, zone=None):
        self.path, self.chapter, self.others, self.zone = path, chapter, others, zone

    def found(self, leave):
        """[Found] of its notebooks; `leave` is called with what is left out, and why."""
        kept, number = [], 0
        for name, status, fault in files_in(self.path):
            number += 1
            if number > handins.MOST:
                raise AssignmentError(f"{self.path}: holds more than {handins.MOST} files")
            steps = name.split("/")
            if any(step.startswith(".") for step in steps) or zipped.is_junk(name):
                continue
            is_notebook = name.casefold().endswith(".ipynb")
            if is_notebook and of_another(steps, self.others):
                continue
            handin = handins.parse(name) or handins.in_folder(name, self.chapter)
            if not fault and (handin.kind != "file" or not is_notebook):
                fault = "not a notebook"
            if not fault and status.st_size > submissions.LARGEST:
                fault = f"larger than {submissions.LARGEST >> 20} MB"
            if fault:
                leave(name, fault)
            else:
                kept.append(self.one(name, status, handin))
        return kept

    def one(self, name, status, handin):
        """A notebook as Found."""
        seconds = min(max(status.st_mtime, 0), deadlines.LATEST)
        time = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
        opener = functools.partial(open_inside, self.path, name)
        return handins.Found(name, handin.file, time, status.st_size, opener, handin)

    def about_times(self, found):
        """Note when files were handed in; a line that says how that is known."""
        exact = "when files were handed in is when they were last written, as the folder says"
        return handins.note_times(found, self.zone, exact, "about the same time, as copies have")


@contextlib.contextmanager
def opened(path, out, chapter, zone):
    """A folder as a source to collect from. Raises AssignmentError."""
    path = path.resolve()
    if path == out or out in path.parents or path in out.parents:
        raise AssignmentError(
            f"{path}: students' files should lie outside of the class's folder, {out}, and not "
            "around it; take another folder"
        )
    released = {one.name.casefold() for one in (out / "release").glob("*") if one.is_dir()}
    yield Folder(path, chapter, released - {chapter.casefold()}, zone)


def files_in(top, name="", depth=0):
    """(path with / below a folder, its status, why it isn't taken or None) of all files in it."""
    try:
        entries = sorted(os.scandir(top / name), key=lambda entry: entry.name)
    except OSError as error:
        yield name or str(top), None, f"can't be read: {error.strerror}"
        return
    for entry in entries:
        inside = f"{name}/{entry.name}" if name else entry.name
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            if depth == DEEPEST:
                yield inside, status, f"deeper than {DEEPEST} folders"
            elif not entry.name.startswith("."):
                yield from files_in(top, inside, depth + 1)
        else:
            is_file = stat.S_ISREG(status.st_mode)
            yield inside, status, None if is_file else "a link or a device, not a file"


def of_another(steps, chapters):
    """Whether a notebook's own name, or a folder below a student's, names another chapter."""
    own = re.sub(r"\.ipynb$", "", steps[-1], flags=re.IGNORECASE)
    return any(
        re.search(rf"(^|[ _-]){re.escape(name)}($|[ _(-])", step, flags=re.IGNORECASE)
        for name in chapters
        for step in [*steps[1:-1], own]
    )


def open_inside(top, name):
    """A file below a folder, opened step by step so that no link is followed. Raises OSError."""
    if os.open not in os.supports_dir_fd:
        if not submissions.regular(top / name):
            raise OSError(f"{name}: no file")
        return open(top / name, "rb")
    *steps, last = name.split("/")
    with contextlib.ExitStack() as stack:
        there = opened_until(stack, top, os.O_DIRECTORY)
        for step in steps:
            there = opened_until(stack, step, os.O_DIRECTORY | os.O_NOFOLLOW, there)
        # a pipe that took a file's place meanwhile would be waited for
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=there)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(f"{name}: no file")
    return os.fdopen(file, "rb")


def opened_until(stack, path, flags, there=None):
    """A folder, opened until a stack of contexts ends."""
    number = os.open(path, os.O_RDONLY | flags, dir_fd=there)
    stack.callback(os.close, number)
    return number
