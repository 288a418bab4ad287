"""Regrading: which students and exercises a run is about, why, and what it changed.

OUT/requests.csv has what students ask for, in lines of student, exercise, request and answer, as
the instructor keeps it. OUT/regraded.csv says what came of each regrading. It only ever grows.
"""

import codecs
import datetime
import os
from dataclasses import dataclass

from tools.grading import tables
from tools.grading.assignment import AssignmentError
from tools.grading.tables import RosterError, read_table

REQUESTS, LOG = "requests.csv", "regraded.csv"
COLUMNS = ["when", "student", "exercise", "before", "after", "why"]
NEEDED = {"student": ("student", "id"), "exercise": ("exercise",), "request": ("request", "reason")}
NO_REASON = "no reason given"


@dataclass(frozen=True)
class Choice:
    """What is to be graded again: these students and exercises, all where none are named."""

    students: tuple = ()
    exercises: tuple = ()
    why: str = ""

    def __bool__(self):
        return bool(self.students or self.exercises)

    def of(self, students):
        """Those of the students that it is about."""
        return [name for name in students if not self.students or name in self.students]

    def chapters(self, wanted, marks):
        """The chapters that it is about, where none are named; marks: the rows of marks.csv."""
        if wanted or not self:
            return list(wanted)
        if self.exercises:
            return sorted({name.partition(".")[0] for name in self.exercises})
        return sorted({row[1] for row in marks})

    def check(self, students, chapters):
        """Raise AssignmentError for a student or an exercise that there isn't."""
        for name in self.students:
            if name not in students:
                raise AssignmentError(f"{name}: no student of roster.csv; look for the id there")
        marked = {one.name: one for chapter in chapters for one in chapter.marked}
        by_tests = [name for name, one in marked.items() if one.marked_by == "tests"]
        for name in self.exercises:
            if name in marked and name not in by_tests:
                raise AssignmentError(f"{name}: marked by hand; change the mark in the Formgrader")
            if name not in marked:
                raise AssignmentError(f"{name}: no such exercise; there are {', '.join(by_tests)}")


@dataclass(frozen=True)
class Request:
    """What a student asks for, and what they were answered."""

    request: str
    answer: str = ""


def read_requests(path, students, exercises):
    """{(student, exercise): Request} of requests.csv, the last of each. Raises RosterError.

    Ids and names of exercises are understood in any case.
    """
    if not path.exists():
        return {}
    _, rows = read_table(path)
    known = [{name.casefold(): name for name in names} for names in (students, exercises)]
    found = {}
    for line, row in rows:
        student, exercise, request = (field_of(path, row, name) for name in NEEDED)
        where = f"{path}, line {line}"
        if student.casefold() not in known[0]:
            raise RosterError(
                f"{where}: {student!a} is no student of roster.csv; take the id there"
            )
        if exercise.casefold() not in known[1]:
            names = ", ".join(exercises)
            raise RosterError(
                f"{where}: {exercise!a} is no exercise with points; there are {names}"
            )
        if not request:
            raise RosterError(f"{where}: no request; write what the student asks for, or delete it")
        key = known[0][student.casefold()], known[1][exercise.casefold()]
        found[key] = Request(request, row.get("answer", ""))
    return found


def field_of(path, row, name):
    """A field of a row by the names that its column may have. Raises RosterError without one."""
    for key in NEEDED[name]:
        if key in row:
            return row[key]
    raise RosterError(
        f"{path}: its first line should have the column {name}: student,exercise,request,answer"
    )


def merged(before, rows):
    """The rows of marks.csv with these in the place of earlier ones of the same answers."""
    new = {tuple(row[:3]): row for row in rows}
    kept = [new.pop(tuple(row[:3]), row) for row in before]
    return kept + list(new.values())


def changes(before, rows, choice, requests):
    """The lines of the log, without the time: what changed, and open requests."""
    earlier = {tuple(row[:3]): row for row in before}
    for row in rows:
        student, _, exercise = row[:3]
        if choice.exercises and exercise not in choice.exercises:
            continue
        old, new = in_words(earlier.get(tuple(row[:3]))), in_words(row)
        asked = requests.get((student, exercise))
        if old != new or (asked and not asked.answer):
            why = [f"request: {asked.request}"] if asked else []
            why += [choice.why] if choice.why else []
            yield [student, exercise, old, new, "; ".join(why) or NO_REASON]


def in_words(row):
    """Points and status of a row of marks.csv."""
    if row is None:
        return "not graded"
    return f"{row[3]} of {row[4]} ({row[5]})" if row[3] else f"no points yet ({row[5]})"


def write_log(path, lines):
    """Add lines to the log, with the time; what stands there is never touched."""
    if not lines:
        return
    now = datetime.datetime.now().astimezone().isoformat(" ", "seconds")
    rows = tables.to_csv([now, *line] for line in lines)
    heading = b"" if path.exists() else tables.to_csv([COLUMNS])
    append(path, heading + rows.removeprefix(codecs.BOM_UTF8))


def append(path, content):
    """Add bytes at a file's end, all of them or none."""
    with open(path, "ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size and not ends_a_line(path):  # as an editor may leave it
            content = b"\r\n" + content
        try:
            if file.write(content) < len(content):
                raise OSError("the disk is full")
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise


def ends_a_line(path):
    """Whether a file's last byte ends a line."""
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() in b"\r\n"
