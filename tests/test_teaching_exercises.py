"""The site's page on teaching, *Change the exercises*: what it shows works as it says.

All its blocks are taken from the page itself and carried out in a class of two students.
"""

import csv
import os
import re
import shlex
import tomllib

import nbformat
import pytest

from tests.classroom import filled_in
from tools.grading import (
    assignment,
    class_settings,
    class_statistics,
    grade,
    own_exercises,
    similar_answers,
)
from tools.making.weave import Weave
from tools.setup import ROOT

PAGE = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
SECTION = re.search(r"^## Change the exercises\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)[1]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
(KIND_OF_FIRST, SETTINGS), (_, OWN), (_, COMMAND) = FENCE.findall(SECTION)
(FILE,) = set(re.findall(r"`(exercises/week\d+\.py)`", SECTION))
TANH = """\
def tanh_backward(x, dy):
    return [(1 - math.tanh(a) ** 2) * b for a, b in zip(x, dy)]
"""
RIGHT = "def entropy(probs):\n    return sum(-p * math.log(p) for p in probs if p)\n"
SIGN = "def entropy(probs):\n    return sum(p * math.log(p) for p in probs if p)\n"
CAUSE = "The sign is the wrong way round: no entropy is below 0."


def begin(out):
    """Make a class's folder with what the page shows."""
    assignment.begin(out)
    (out / FILE).parent.mkdir()
    (out / FILE).write_text(OWN, encoding="utf-8")
    (out / class_settings.FILE).write_text(SETTINGS, encoding="utf-8")


def run_command(out):
    """Carry out the page's command in a class's folder; return its exit status."""
    make, assign, *variables = shlex.split(COMMAND)
    given = dict(variable.split("=", 1) for variable in variables)
    assert (make, assign, given.pop("OUT")) == ("make", "assignment", "../class")
    return assignment.main([*given.pop("CHAPTERS").split(), "--out", str(out)])


# Quick: the blocks are what the tools accept


def test_the_page_s_settings_are_of_exercises_that_there_are():
    said = tomllib.loads(SETTINGS)["train1"]
    assert KIND_OF_FIRST == "toml" and set(said) == {"tanh", "bias"}


def test_the_page_s_settings_and_exercise_make_the_releases_that_it_describes(tmp_path):
    begin(tmp_path)
    one = assignment.made_for(tmp_path, "train1", Weave())
    names = {part.name: part for part in one.exercises}
    assert names["train1.tanh"].points == 5 and "train1.bias" not in names
    assert "entries like 500 " in names["train1.tanh"].task
    week = assignment.made_for(tmp_path, "week5", Weave())
    (entropy,) = week.exercises
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in week.notebook.cells}
    assert "This week is about how sure a model is." in cells["week5-start-text"]
    assert "judged after you've handed it in, 3 points in all." in cells["week5-start-text"]
    assert (
        "check(" not in cells["week5-entropy-test"] and "should be" in cells["week5-entropy-test"]
    )
    assert not any("test_entropy" in text for text in cells.values())
    assert list(own_exercises.tests(tmp_path)) == [entropy.name]


def test_every_tag_of_the_page_s_table_is_in_its_example():
    tags = set(re.findall(r"^\| `(\w+)` \|", SECTION, re.MULTILINE))
    assert tags == set(re.findall(r'tags=\["(\w+)"\]', OWN))


# Slow: the section from its beginning to its end


def rows(path):
    """{(student, exercise): row} of marks.csv."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def marks_after(out, settings):
    """What marks.csv says after these settings and make grade, as (points, maximum, status)."""
    if settings is not None:
        (out / class_settings.FILE).write_text(settings, encoding="utf-8")
    assert grade.main(["--out", str(out)]) == 0
    found = rows(out / "marks.csv").items()
    return {key: (row["points"], row["maximum"], row["status"].split(";")[0]) for key, row in found}


def hand_in(out, student, chapter, answers):
    """Hand in a chapter with these answers."""
    release = (out / "release" / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")
    parts = grade.Chapter(out, chapter).exercises
    path = out / "submitted" / student / chapter / f"{chapter}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(filled_in(release, parts, {name: (text, 0) for name, text in answers.items()}))


@pytest.fixture(scope="module")
def group(tmp_path_factory):
    """A class to which the chapters were handed out, and that has handed them in."""
    out = tmp_path_factory.mktemp("taught") / "class"
    begin(out)
    assert run_command(out) == 0
    assignment.write_csv(out / "roster.csv", [["id", "name"], ["s01", "Ada"], ["s02", "Bo"]])
    for student, entropy in (("s01", RIGHT), ("s02", SIGN)):
        hand_in(out, student, "week5", {"week5.entropy": entropy})
        hand_in(out, student, "train1", {"train1.tanh": TANH})
    return out


slow = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]


@pytest.mark.usefixtures("group")
class TestFromHandingOutToMarks:
    pytestmark = slow

    def test_what_can_be_changed_is_added_as_comments_and_what_was_said_stays(self, group):
        text = (group / class_settings.FILE).read_text(encoding="utf-8")
        assert text.startswith(SETTINGS.rstrip()) and "[week5.entropy]" in text
        assert tomllib.loads(text)["train1"]["tanh"] == tomllib.loads(SETTINGS)["train1"]["tanh"]

    def test_the_release_holds_neither_test_nor_solution(self, group):
        text = (group / "release" / "week5" / "week5.ipynb").read_text(encoding="utf-8")
        assert "test_entropy" not in text and "p * math.log(p)" not in text
        nbformat.validate(nbformat.reads(text, as_version=4))

    def test_marks_follow_the_settings_and_nothing_is_lost(self, group):
        text = (group / class_settings.FILE).read_text(encoding="utf-8")
        found = marks_after(group, None)
        assert found["s01", "week5.entropy"] == ("3", "3", "right")
        assert found["s02", "week5.entropy"] == ("0", "3", "not right")
        assert found["s01", "train1.tanh"] == ("5", "5", "right")
        assert ("s01", "train1.bias") not in found
        feedback = group / "feedback" / "s02" / "week5" / "week5.html"
        assert CAUSE in feedback.read_text(encoding="utf-8")
        assert class_statistics.main(["--out", str(group)]) == 0
        assert CAUSE in (group / "statistics.csv").read_text(encoding="utf-8-sig")
        assert similar_answers.main(["--out", str(group), "--chapter", "week5"]) == 0
        # points change
        more = text.replace("[week5.entropy]", "[week5.entropy]\npoints = 6\n", 1)
        found = marks_after(group, more)
        assert found["s01", "week5.entropy"] == ("6", "6", "right")
        assert found["s02", "week5.entropy"] == ("0", "6", "not right")
        # dropped, and back again; the notebooks stay
        fewer = text.replace("[train1.tanh]", "[train1.tanh]\ndrop = true", 1)
        found = marks_after(group, fewer)
        assert not any(name == "train1.tanh" for _, name in found)
        assert "train1.tanh" not in (group / "totals.csv").read_text(encoding="utf-8-sig")
        assert (group / "submitted" / "s01" / "train1" / "train1.ipynb").exists()
        assert run_command(group) == 0  # what was handed out keeps its cells
        assert marks_after(group, text)["s01", "train1.tanh"] == ("5", "5", "right")

    def test_a_mended_test_is_graded_again(self, group):
        changed = OWN.replace(
            "-sum(p * math.log(p) for p in probs if p > 0)\n        m", "0.0\n        m"
        )
        assert changed != OWN
        (group / FILE).write_text(changed, encoding="utf-8")
        try:
            assert marks_after(group, None)["s01", "week5.entropy"][2] == "not right"
        finally:
            (group / FILE).write_text(OWN, encoding="utf-8")
        assert marks_after(group, None)["s01", "week5.entropy"][2] == "right"

    def test_an_exercise_can_t_be_added_to_what_was_handed_in(self, group, capsys):
        more = OWN.replace("week5", "train1").replace("entropy", "surprise")
        path = group / "exercises" / "train1.py"
        path.write_text(more, encoding="utf-8")
        try:
            assert run_command(group) == 2
        finally:
            path.unlink()
        said = capsys.readouterr().err
        assert "train1: students have handed it in" in said and "a chapter of their own" in said
