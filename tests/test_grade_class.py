"""A class, a third of which attacks the grader: everyone's marks are those that they should get.

The same maker hands in for 300 at once, by
`python -c "from tests.classroom import hand_in; …"` over a course that was made before. Run by
make test-slow, with nbgrader in its own environment.
"""

import csv
import os

import pytest

from tests.classroom import hand_in
from tests.hostile_code import ATTACKS
from tools.grading import assignment, grade

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]


def marks(out):
    """({student: {exercise: points or None}}, the table's rows) of marks.csv."""
    found = {}
    with open(out / "marks.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        points = float(row["points"]) if row["points"] else None
        found.setdefault(row["student"], {})[row["exercise"]] = points
    return found, rows


def test_everyone_gets_what_they_should_and_the_same_again(tmp_path):
    out = tmp_path / "course"
    assert assignment.main(["train0", "--out", str(out)]) == 0
    expected = hand_in(out, "train0", 12, every=3, first=len(ATTACKS) // 2)
    assert grade.main(["--out", str(out)]) == 0
    found, rows = marks(out)
    assert found == expected
    assert grade.main(["--out", str(out), "--again"]) == 0
    assert marks(out) == (found, rows)
