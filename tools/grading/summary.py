"""What stands on top of a page of feedback: points, verdicts, and all that isn't as it should be.

It takes the place of nbgrader's contents, which name neither the exercises nor what wasn't marked,
came late, was left out or renamed. Each exercise is a link to its answer, those without points as
well.
"""

import html
import re

from tools.grading import deadlines, pictures
from tools.grading.reading import AS_TYPED

CONTENTS = re.compile(r'<div id="toc">.*?</div>', re.DOTALL)  # nbgrader's, or ours before
WAITING = "to be marked by hand"  # a status, as those below
SHOWN = {
    WAITING: "not marked yet",
    "marked by hand": "marked",
    "partly right": "right for the usual inputs, but not in a special case",
    "marked by hand, to be looked at again": "marked, and to be looked at again",
}
SAID = {  # what a student is told of remarks
    deadlines.LATE: "It was handed in late{due}.",
    deadlines.UNKNOWN: "We can't tell whether it was handed in in time.",
    "wrong name": "The file should be called {chapter}.ipynb. It was renamed, and has been graded "
    "because it's the only notebook.",
    "copied cells": "A cell for an answer is there twice. The last one you changed was graded.",
    "tests edited": "Some cells that aren't for answers were changed. The changes were left out.",
    "cells of their own": "Code cells that you added were left out. They aren't graded.",
    "unknown cells": "Cells of another assignment were left out.",
    pictures.REDUCED: "A large picture was made smaller.",
    pictures.LEFT_OUT: "A picture was left out. The answer says which one, and why.",
    AS_TYPED: "A written answer is shown as it was typed, without pictures, because it takes too "
    "long to lay out.",
}


def contents(chapter, marks, remarks, due=None, counts=""):
    """The HTML of a summary.

    chapter: its name
    marks: [(Exercise, points or None, status)], of those without points as well
    remarks: as in marks.csv
    due: when the chapter was due for this student, or None
    counts: which exercises count, in a sentence, where not all do
    """
    waiting = [one.title for one, points, _ in marks if one.points and points is None]
    notes = [f"Not marked yet: {', '.join(map(plain, waiting))}."] if waiting else []
    words = {"chapter": chapter, "due": f": it was due at {deadlines.in_words(due)}" if due else ""}
    notes += [SAID[remark].format(**words) for remark in remarks if remark in SAID]
    gone = [one.title for one, _, status in marks if status == "cell deleted"]
    if gone:
        notes.append(f"The cell for the answer is missing: {', '.join(map(plain, gone))}.")
    lines = [f"<p><b>{html.escape(note)}</b></p>" for note in notes]
    lines += [f"<p>{html.escape(plain(counts))}</p>"] if counts else []
    items = [f"<li>{line_of(*mark)}</li>" for mark in marks]
    return "\n".join(['<div id="toc">', *lines, "<ol>", *items, "</ol>", "</div>"])


def line_of(exercise, points, status):
    """A line of the contents: a link to an answer, its verdict, its points."""
    link = f'<a href="#comment-{exercise.grade_id}">{html.escape(plain(exercise.title))}</a>'
    verdict = html.escape(SHOWN.get(status, status))
    if not exercise.points:
        return f"{link}: {verdict} (for practice)"
    if points is None:
        return f"{link}: {verdict} ({exercise.points:g} points at most)"
    return f"{link}: {verdict} ({points:g} of {exercise.points:g} points)"


def plain(title):
    """A title without the signs that Markdown gives a meaning."""
    return title.replace("`", "").replace("*", "")


def put(page, summary):
    """The text of a page of feedback, with this summary in the place of its contents."""
    return CONTENTS.sub(lambda _: summary, page, count=1)
