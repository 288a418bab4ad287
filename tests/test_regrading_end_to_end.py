"""One exercise of one student, graded again by the whole machinery; a mark by hand stays.

Run by make test-slow, with nbgrader in its own environment.
"""

import csv
import os
import shutil

import pytest

from tests.classroom import hand_in
from tests.test_grade_class import marks
from tests.test_grade_end_to_end import by_hand
from tools.grading import assignment, grade
from tools.grading.regrading import Choice
from tools.setup import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

EXERCISE, WRITTEN = "train0.split_by_name", "train0.no_shuffle"
DEFINED = "def split_by_name(answer, rng):\n"


def test_one_exercise_of_one_student_is_graded_again_and_the_rest_stays(tmp_path, monkeypatch):
    out, root = tmp_path / "course", tmp_path / "clone"
    assert assignment.main(["train0", "--out", str(out)]) == 0
    expected = hand_in(out, "train0", 2, seed=3)
    assert {mine[EXERCISE] for mine in expected.values()} == {3}
    assert grade.main(["--out", str(out)]) == 0
    by_hand(out, "s000", 2)
    assert grade.main(["--out", str(out)]) == 0
    before, _ = marks(out)
    assert before["s000"] == {**expected["s000"], WRITTEN: 2}

    for name in ("tools", "microgpt_ref"):
        shutil.copytree(ROOT / name, root / name)
    check = root / "microgpt_ref" / "lab" / "checks" / "train0.py"
    sound = check.read_text(encoding="utf-8")
    assert sound.count(DEFINED) == 1
    check.write_text(sound.replace(DEFINED, f'{DEFINED}    raise Wrong("a fault")\n'), "utf-8")
    monkeypatch.setattr(grade, "ROOT", root)
    said = []
    choice = Choice(("s000",), (EXERCISE,), "to see what happens")
    grade.grade(out, say=said.append, only=choice)
    after, _ = marks(out)
    assert after == {**before, "s000": {**before["s000"], EXERCISE: 0}}
    page = (out / "feedback" / "s000" / "train0" / "train0.html").read_text(encoding="utf-8")
    assert "a fault" in page
    with open(out / "regraded.csv", newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    wanted = ["s000", EXERCISE, "3 of 3 (right)", "0 of 3 (not right)", "to see what happens"]
    assert list(row.values())[1:] == wanted
