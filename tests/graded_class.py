"""A class as it is after `make grade`, made without nbgrader and in no time."""

import re
from functools import cache

import nbformat

from tests.classroom import filled_in
from tools.grading import assignment, grade, records
from tools.making.weave import Weave

CHAPTER = "train1"
SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION", re.DOTALL)


@cache
def made(chapter):
    """The Assignment of a chapter."""
    return assignment.make(chapter, Weave())


def begin(out, chapter=CHAPTER):
    """Make the folder of a class, with a chapter that's released; return its exercises."""
    one = made(chapter)
    assignment.begin(out)
    path = out / "release" / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True)
    notebook = nbformat.reads(nbformat.writes(one.notebook), as_version=4)
    for cell in notebook.cells:
        cell.source = SOLUTION.sub("", cell.source)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    records.write(out, chapter, records.Records(one.setting, one.exercises))
    return one.exercises


def hand_in(out, answers, chapter=CHAPTER):
    """Put students' notebooks where they belong: {student: {exercise: text}}."""
    release = (out / "release" / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")
    assignment.write_csv(out / "roster.csv", [["id", "name"], *([s, f"Ada {s}"] for s in answers)])
    for student, texts in answers.items():
        folder = out / "submitted" / student / chapter
        folder.mkdir(parents=True, exist_ok=True)
        filled = {name: (text, 0) for name, text in texts.items()}
        notebook = filled_in(release, made(chapter).exercises, filled)
        (folder / f"{chapter}.ipynb").write_text(notebook, encoding="utf-8")


def enter(out, verdicts, chapter=CHAPTER, by_hand=None, remarks=()):
    """Write what grading leaves behind.

    verdicts: {student: {exercise: (status, message)}, or the status of what can't be graded}
    by_hand: {(student, exercise): points, or None for what waits}; the rest isn't tried
    remarks: [(student, remark)]
    """
    rows = [grade.COLUMNS]
    for student, results in verdicts.items():
        mine = [remark for name, remark in remarks if name == student]
        record = {"status": "graded", "results": results, "remarks": mine, "missing": []}
        if isinstance(results, str):
            record = {"status": results, "remarks": []}
        grade.save(out / "judged" / student / f"{chapter}.json", record)
        for one in made(chapter).exercises:
            if one.points:
                points, status = entered(one, student, results, by_hand or {})
                status = "; ".join([status, *mine])
                rows.append([student, chapter, one.name, points, one.points, status])
    assignment.write_csv(out / "marks.csv", rows)


def entered(one, student, results, by_hand):
    """(points, status) of an answer."""
    if isinstance(results, str):
        return 0, results
    if (student, one.name) in by_hand:
        points = by_hand[student, one.name]
        return ("", "to be marked by hand") if points is None else (points, "marked by hand")
    if one.marked_by == "hand":
        return 0, "not tried"
    status = results[one.name][0]
    return (one.points if status == "right" else 0), status
