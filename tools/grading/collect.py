"""Collect what was handed in: `python -m tools.grading.collect FROM --out DIR --chapter train1`.

FROM is a zip that Moodle or Canvas gives for *Download all submissions* (`grading.zipped`), a
folder with something for each student (`grading.folders`), or repositories.csv, a list of their git
repositories (`grading.repositories`). Each student's notebook goes to
submitted/STUDENT/CHAPTER/CHAPTER.ipynb with what is known of when it was handed in beside it, in
timestamp.txt. Whose a file is says the name of its top folder (`grading.handins`), compared with
roster.csv; what fits no student, or several, is listed and left alone. Nothing is overwritten: what
was there before moves to submitted/STUDENT/CHAPTER/earlier/, which nobody grades. Names in a zip
are remembered, as feedback is given back under them (`grading.give_back`).
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from tools.grading import (
    assignment,
    deadlines,
    folders,
    give_back,
    handins,
    repositories,
    submissions,
    zipped,
)
from tools.grading.assignment import AssignmentError
from tools.grading.course_lock import Busy, alone_in
from tools.grading.roster import read_roster
from tools.grading.tables import RosterError

EACH = 50  # files of one student: each is compared with all that came before
SHARE = 96 << 20  # bytes of one student's files, unpacked
LARGEST = 4 << 30  # bytes of all that is unpacked
EARLIER = "earlier"


class Collector:
    """What was handed in, on its way into a course."""

    def __init__(self, out, chapter, say):
        self.out, self.chapter, self.say = out, chapter, say
        self.roster = read_roster(out / "roster.csv")
        self.due = deadlines.read(out, self.roster)
        self.names = give_back.names(out, chapter)  # of what counts, as it was in the zip
        self.left = 0

    def leave(self, name, why):
        """Say that a file is left out."""
        self.left += 1
        self.say(f"NB: {name!a}: {why}; left out")

    def collect(self, source):
        """The students whose notebooks were collected from a zip, a folder or a list."""
        found = source.found(self.leave)
        by_student = self.chosen(self.assigned(found))
        sizes = (one.size for files in by_student.values() for one in files)
        if sum(sizes) > LARGEST:
            raise AssignmentError(
                f"the {source.what} holds more than {LARGEST >> 30} GB of notebooks"
            )
        if found:
            self.say(source.about_times(found))
        try:
            for student in sorted(by_student):
                self.store(by_student[student])
        finally:
            if self.names:
                give_back.remember(self.out, self.chapter, self.names)
        return sorted(by_student)

    def chosen(self, found):
        """{student: the files to unpack, the one that counts first}; so many, and no more."""
        by_student = {}
        for one in sorted(found, key=self.rank, reverse=True):
            mine = by_student.setdefault(one.student, [])
            size = sum(other.size for other in mine) + one.size
            if len(mine) == EACH:
                self.leave(one.name, f"more than {EACH} files of {one.student}")
            elif size > SHARE:
                self.leave(one.name, f"more than {SHARE >> 20} MB of {one.student}")
            else:
                mine.append(one)
        return by_student

    def assigned(self, found):
        """Those whose student is known beyond doubt."""
        owners, kept = {}, []
        for one in found:
            if one.student:
                kept.append(one)
                continue
            students, why = handins.students_of(one.handin, self.roster)
            if len(students) != 1:
                self.leave(one.name, why)
                continue
            one.student = students[0]
            owners.setdefault(one.student, {}).setdefault(one.handin.owner, []).append(one)
        for student, by_owner in owners.items():
            if len(by_owner) == 1:
                kept += next(iter(by_owner.values()))
                continue
            for one in [one for several in by_owner.values() for one in several]:
                names = " and ".join(ascii(owner) for owner in sorted(by_owner))
                self.leave(one.name, f"{names} would both be {student}")
        return kept

    def store(self, files):
        """Put the first file of a student, if it counts, where it is graded, the others aside."""
        folder = self.out / "submitted" / files[0].student / self.chapter
        check_folder(folder)
        graded = folder / f"{self.chapter}.ipynb"
        counts = True
        for one in files:
            path = unpack(one, folder)
            if path is None:
                self.leave(one.name, "damaged")
                continue
            best = counts and (one.is_current or not newer(graded, one))
            known = [graded] if best else [graded, *folder.glob(f"{EARLIER}/*/{graded.name}")]
            counts = False
            if best and one.handin and one.handin.number:
                self.names[one.student] = one.name
            if any(same_as_there(path, other) for other in known):
                path.unlink()
                self.say(f"{one.student}: {one.name!a} was collected before")
            elif best:
                self.place(folder, path, one)
            else:
                self.put(path, self.aside(folder), one)

    def rank(self, one):
        """By what the files of a student are sorted: the last one counts."""
        own_name = rf"{re.escape(self.chapter)}( ?\(\d+\)|-\d+)?\.ipynb"
        named = re.fullmatch(own_name, one.file, re.IGNORECASE) is not None
        return named, one.time, handins.attempt(one.file), one.name

    def place(self, folder, path, one):
        """Put a notebook where it is graded, and what is there aside."""
        there = [p for p in folder.iterdir() if p != path and p.name != EARLIER]
        if there:
            aside = self.aside(folder)
            for old in there:
                old.rename(aside / old.name)
            self.say(f"{one.student}: handed in more than once; the earlier one is in {aside}")
        self.put(path, folder, one)

    def put(self, path, folder, one):
        """Put an unpacked notebook into a folder, with what is known of its time."""
        (folder / "timestamp.txt").write_text(one.note + "\n", encoding="utf-8")
        seconds = max(one.time.timestamp(), 0)
        os.utime(path, (seconds, seconds))
        path.replace(folder / f"{self.chapter}.ipynb")
        if EARLIER in folder.parts:
            where = f"; it doesn't count, and is in {folder}"
        else:
            graded = folder / f"{self.chapter}.ipynb"
            remark = self.due.lateness(one.student, self.chapter, folder, graded)
            where = f": {remark}" if remark and remark != one.note else ""
        self.say(f"{one.student}: {one.name!a}, {one.note}{where}")

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


def unpack(one, folder):
    """The file into which a notebook was copied, or None for a damaged one."""
    path = folder / ".collected"  # a name that nobody grades, if this is killed
    path.unlink(missing_ok=True)
    try:
        with one.open() as source, open(path, "xb") as target:
            shutil.copyfileobj(Limited(source, submissions.LARGEST), target)
    except (*zipped.DAMAGED, OSError, ValueError, EOFError, RuntimeError):
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


def check_chapter(out, chapter):
    """Check that a course has a chapter; raises AssignmentError if it hasn't."""
    if not (out / "release" / chapter).is_dir():
        there = sorted(p.name for p in (out / "release").glob("*") if p.is_dir())
        known = ", ".join(there) or "none yet; run make assignment"
        raise AssignmentError(f"{chapter!a}: not a chapter of this course; there are {known}")


def source_of(text, out, chapter, zone):
    """What there is to collect from, to be opened by `with`. Raises AssignmentError."""
    path = Path(text).expanduser()
    if path.suffix.lower() == ".csv":
        path = path if path.exists() else out / path
    if not path.exists():
        raise AssignmentError(
            f"{path}: no such file or folder; FROM should be a zip, a folder with something for "
            f"each student, or {repositories.FILE}"
        )
    if path.suffix.lower() == ".csv":
        return repositories.opened(path, out, chapter)
    if path.is_dir():
        return folders.opened(path, out, chapter, zone)
    return zipped.opened(path, zone)


def collect(path, out, chapter, zone=None, say=print):
    """(students, how many files were left out) of what was handed in, now in the course.

    path: of a zip, a folder, or a list of repositories
    """
    collector = Collector(out, chapter, say)
    zone = zone or deadlines.zone_of(collector.due.chapters.get(chapter))
    with source_of(path, out, chapter, zone) as source:
        return collector.collect(source), collector.left


def main(arguments=None):
    """The exit status: 2 for a wrong command."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.collect")
    parser.add_argument("source", nargs="?", default="", help="a zip, a folder, repositories.csv")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", default="", help="whose submissions these are")
    parser.add_argument("--zone", default="", help="of the times in a zip: Europe/Berlin")
    options = parser.parse_args(arguments)
    try:
        out = assignment.outside(options.out)
        for name, value in (("FROM", options.source), ("CHAPTER", options.chapter)):
            if not value:
                raise AssignmentError(
                    f"say {name}=…: make collect FROM=a.zip OUT=dir CHAPTER=train1"
                )
        zone = deadlines.zone_named(options.zone)
        check_chapter(out, options.chapter)
        with alone_in(out):
            students, left = collect(options.source, out, options.chapter, zone)
    except (AssignmentError, Busy, RosterError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(students)} students' notebooks collected, {left} files left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
