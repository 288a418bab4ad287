"""How a class did: `python -m tools.grading.class_statistics --out DIR [--chapter train1]`.

Out come statistics.csv, a line for each exercise, and statistics.html, a page that may be shown in
class (`grading.class_page`). They are made of what grading leaves behind: marks.csv, the judge's
verdicts in judged/, and the times of handing in. No student's program is run or read.
"""

import argparse
import ast
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from statistics import mean, median

from tools.files import write_whole
from tools.grading import (
    assignment,
    class_page,
    deadlines,
    grade,
    own_exercises,
    submissions,
    tables,
)
from tools.grading.assignment import AssignmentError
from tools.grading.course_lock import Busy, alone_in
from tools.grading.records import RecordsError
from tools.grading.roster import read_roster
from tools.grading.submissions import Refused
from tools.grading.tables import RosterError
from tools.making.sources import SourceError
from tools.setup import ROOT

COLUMNS = ["chapter", "exercise", "students", "handed in", "tried", "right"]
COLUMNS += ["mean", "median", "maximum", "mistakes"]
SHORTEST, LONGEST = 16, 400  # characters of a sentence that names a mistake
HOLE, HOLES = re.compile(r"\{[^{}]*\}"), 3  # what a sentence leaves open, and how often at most
UNNAMED = "A mistake that the check doesn't know by name."
NOT_TRIED = ("not tried", "cell deleted")
VERDICTS = ("right", "not right", "not tried", "grader failed")  # all others name a mistake


@dataclass
class ExerciseNumbers:
    """How a class did in an exercise: of those who handed the chapter in."""

    name: str
    title: str
    maximum: float
    marked_by: str  # "tests" or "hand"
    tried: int = 0
    right: int = 0  # with all the points
    in_part: int = 0  # with some of them
    waiting: int = 0  # with a mark still to be given
    marks: list = field(default_factory=list)
    mistakes: Counter = field(default_factory=Counter)  # what the check calls it → how many

    @property
    def not_right(self):
        """How many tried, and got no points."""
        return self.tried - self.right - self.in_part - self.waiting


@dataclass
class ChapterNumbers:
    """How a class did in a chapter."""

    name: str
    students: int
    due: object = None  # a time, or None
    handed_in: int = 0
    late: int = 0
    times: list = field(default_factory=list)  # when it was handed in, where that is known
    by_tests: list = field(default_factory=list)  # each student's points that tests gave
    totals: list = field(default_factory=list)  # all points of those whose marks are all given
    exercises: list = field(default_factory=list)

    def maximum(self, *marked_by):
        """The most points that can be had in what is marked in these ways."""
        return sum(one.maximum for one in self.exercises if one.marked_by in marked_by)


# The names of mistakes


@cache
def sentences(own=()):
    """(texts, [(pattern, text)]): what checks say of the cause of a mistake, fixed or filled in.

    own: the texts of the class's own tests
    An answer can have its own words reported as a cause. They are none of these.
    """
    fixed, patterns = set(), {}
    paths = (ROOT / "microgpt_ref" / "lab" / "checks").glob("*.py")
    for content in [*(path.read_text(encoding="utf-8") for path in paths), *own]:
        for node in ast.walk(ast.parse(content)):
            first, *others = pieces = HOLE.split(template(node))
            if not others:
                fixed.add(first)
            elif first and len(others) <= HOLES and sum(map(len, pieces)) >= SHORTEST:
                patterns[".{1,40}?".join(map(re.escape, pieces))] = "…".join(pieces)
    return fixed, [(re.compile(pattern), text) for pattern, text in sorted(patterns.items())]


def template(node):
    """The text that a node of Python's syntax holds, with {} for what is filled in, or ""."""
    if isinstance(node, ast.JoinedStr):
        return "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
    text = getattr(node, "value", "")
    return text if isinstance(node, ast.Constant) and isinstance(text, str) else ""


@cache
def named(cause, own=()):
    """The sentence by which a check names a mistake, or UNNAMED."""
    fixed, patterns = sentences(own)
    if cause in fixed and len(cause) >= SHORTEST:
        return cause
    return next((text for pattern, text in patterns if pattern.fullmatch(cause)), UNNAMED)


def mistake_of(status, message, own=()):
    """What the judge's verdict on an answer calls the mistake in it, or None."""
    if status in ("not right", "partly right"):
        return named(message.splitlines()[-1][:LONGEST] if message else "", own)
    return None if status in VERDICTS else f"{status[0].upper()}{status[1:]}."


# Counting


def count(out, chapter, students, rows, due):
    """The ChapterNumbers of a grade.Chapter.

    rows: {(student, exercise): the row of marks.csv}
    """
    numbers, own = ChapterNumbers(chapter.name, len(students), due), own_exercises.test_texts(out)
    parts = [one for one in chapter.marked if any(key[1] == one.name for key in rows)]
    numbers.exercises = [
        ExerciseNumbers(one.name, one.title, one.points, one.marked_by) for one in parts
    ]
    for student in students:
        record = grade.load(out / "judged" / student / f"{chapter.name}.json")
        mine = [rows.get((student, one.name)) for one in parts]
        if record.get("status") != "graded" or None in mine:
            continue
        numbers.handed_in += 1
        numbers.late += any(deadlines.LATE in row["status"].split("; ") for row in mine)
        moment = time_of(out / "submitted" / student / chapter.name, chapter.name)
        numbers.times += [moment] * (moment is not None)
        points = [points_in(row) for row in mine]
        for one, row, mark in zip(numbers.exercises, mine, points):
            add(one, row["status"].split("; ")[0], mark, record["results"].get(one.name), own)
        by_tests = [mark for one, mark in zip(parts, points) if one.marked_by == "tests"]
        numbers.by_tests.append(sum(by_tests))
        if None not in points:
            numbers.totals.append(sum(points))
    return numbers


def points_in(row):
    """The points in a row of marks.csv, or None where they are still to be given."""
    try:
        return float(row["points"]) if row["points"] else None
    except ValueError:
        raise RosterError(
            f"marks.csv: {row['student']} has {row['points']!a} points for {row['exercise']}, "
            "which is no number like 2.5; run make grade, which writes it anew"
        ) from None


def add(numbers, status, points, verdict, own=()):
    """Count one student's answer among the ExerciseNumbers.

    verdict: the judge's (status, message), or None for an answer in words
    own: the texts of the class's own tests
    """
    if points is not None:
        numbers.marks.append(points)
    if status in NOT_TRIED or (verdict and verdict[0] in NOT_TRIED and not points):
        return
    numbers.tried += 1
    if points is None:
        numbers.waiting += 1
    elif points >= numbers.maximum:
        numbers.right += 1
    elif points > 0:
        numbers.in_part += 1
    mistake = mistake_of(*verdict, own) if verdict else None
    numbers.mistakes.update([mistake] if mistake else [])


def time_of(folder, name):
    """When a chapter was handed in, or None where nothing says so."""
    note = deadlines.note_beside(folder)
    if note in deadlines.VERDICTS or note.startswith("before "):
        return None
    try:
        return deadlines.handed_in(folder, submissions.find_file(folder, name)[0])
    except (Refused, OSError):
        return None


def of_class(out, wanted=()):
    """The ChapterNumbers of these chapters, or of all that were graded.

    Raises AssignmentError where there are no marks.
    """
    chapters = grade.chapters_of(out, wanted)
    path = out / "marks.csv"
    if not path.exists():
        raise AssignmentError(f"{path}: missing; run make grade first")
    rows = tables.rows_of(path, grade.COLUMNS)
    students = list(read_roster(out / "roster.csv").students)
    due, found = deadlines.read_due(out / "due.csv"), []
    for chapter in chapters:
        mine = {(r["student"], r["exercise"]): r for r in rows if r["chapter"] == chapter.name}
        if mine:
            found.append(count(out, chapter, students, mine, due.get(chapter.name)))
        elif wanted:
            raise AssignmentError(f"{chapter.name}: not graded yet; run make grade first")
    if not found:
        raise AssignmentError(f"{path}: no marks yet; run make grade first")
    return found


def rows_of(chapters):
    """The rows of statistics.csv."""
    yield COLUMNS
    for chapter in chapters:
        for one in chapter.exercises:
            counts = [chapter.students, chapter.handed_in, one.tried, one.right]
            marks = [f"{f(one.marks):.4g}" if one.marks else "" for f in (mean, median)]
            mistakes = [f"{n} × {name}" for name, n in one.mistakes.most_common()]
            name = [chapter.name, one.name]
            yield [*name, *counts, *marks, f"{one.maximum:g}", " | ".join(mistakes)]


def main(arguments=None):
    """Write a class's statistics; return the exit status, 2 where there are none."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.class_statistics")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", action="append", default=[], help="all by default")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        out = assignment.outside(options.out)
        grade.chapters_of(out, options.chapter)
        with alone_in(out):
            chapters = of_class(out, options.chapter)
            write_whole(out / "statistics.csv", tables.to_csv(rows_of(chapters)))
            write_whole(out / "statistics.html", class_page.page(chapters).encode("utf-8"))
    except (AssignmentError, Busy, RecordsError, RosterError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{out / 'statistics.csv'}: a line for each exercise, for you")
    print(f"{out / 'statistics.html'}: without names, to be shown in class")
    print(f"made in {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
