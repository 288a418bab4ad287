"""What stands beside an answer to be marked by hand, and in the feedback: marking/CHAPTER.json.

Written by `make grade`, read by the templates in course/: the rubric, which lateness there is to
know of, and the comments that are ready to be used.
"""

import contextlib
import functools
import json
import re

from tools.files import write_whole
from tools.grading import deadlines
from tools.setup import ROOT

FOLDER = "marking"
CARDS = ROOT / "book" / "lesson-cards.md"
HEADING = "## The rubric for written answers"


@functools.cache
def rubric():
    """[[point, what it is given for]] of a written answer, as the lesson cards say."""
    section = CARDS.read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    rows = [re.fullmatch(r"\| (.+?) \| (.+?) \|", line) for line in section.splitlines()]
    found = [[row[1], row[2]] for row in rows if row][1:]
    if not found:
        raise ValueError(f"{CARDS}: no table of points below {HEADING!r}")
    return found


def lateness(remarks, due, handed_in):
    """What there is to know of when a chapter was handed in, or "" if it was in time."""
    if deadlines.LATE in remarks:
        when = f", and handed in at {deadlines.in_words(handed_in)}" if handed_in else ""
        return f"late{f': due at {deadlines.in_words(due)}{when}' if due else ''}"
    if deadlines.UNKNOWN in remarks:
        return f"time unknown{f': due at {deadlines.in_words(due)}' if due else ''}"
    return ""


def write(out, chapter, exercises, late, comments):
    """Write what a chapter's pages show beside answers.

    exercises: those with points
    late: {student: what `lateness` says}
    comments: of `grading.comments`
    """
    path = out / FOLDER / f"{chapter}.json"
    with contextlib.suppress(OSError, ValueError):  # those whom this run isn't about
        late = json.loads(path.read_text(encoding="utf-8"))["late"] | late
    written = [one for one in exercises if one.marked_by == "hand"]
    content = {
        "rubric": {one.grade_id: rubric() for one in written},
        "late": {student: text for student, text in late.items() if text},
        "comments": {one.grade_id: comments.keys(one.name) for one in written},
    }
    path.parent.mkdir(exist_ok=True)
    write_whole(path, (json.dumps(content, indent=1) + "\n").encode())
