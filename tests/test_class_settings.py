"""exercises.toml: what a class changes of its exercises, and what is said of what can't be."""

import tomllib
from dataclasses import replace

import pytest

from tests import graded_class
from tools.grading import assignment, class_settings, grade, records
from tools.grading.tables import RosterError
from tools.making.exercises import Exercise
from tools.making.weave import Weave

TANH = Exercise("train1.tanh", "Another gate", "go further", "short", 15, 3, "Of 1000 entries.")
SOFTMAX = Exercise("train1.softmax", "Softmax", "build it first", "short", 10, 0, "Do it.")
KNOWN = [TANH, SOFTMAX]


def settings(tmp_path, text, known=KNOWN):
    """The Settings of train1 in a file of this text."""
    path = tmp_path / class_settings.FILE
    path.write_text(text, encoding="utf-8")
    return class_settings.read(path, "train1", known)


def test_without_a_file_nothing_is_changed(tmp_path):
    found = class_settings.read(tmp_path / class_settings.FILE, "train1", KNOWN)
    assert found == class_settings.Settings() and found.changed(TANH) == TANH


def test_all_that_can_be_said_is_read(tmp_path):
    text = '[train1]\ntitle = "Sheet 3"\nintro = "By Friday."\n[train1.tanh]\npoints = 5\n'
    text += 'replace = { "1000 entries" = "ten" }\n[train1.softmax]\ndrop = true\n'
    found = settings(tmp_path, text)
    assert (found.title, found.intro) == ("Sheet 3", "By Friday.")
    assert found.dropped == {"train1.softmax"} and found.changed(TANH).points == 5
    assert found.words == {"train1.tanh": [("1000 entries", "ten")]}
    assert settings(tmp_path, "[train1.tanh]\ndrop = false").dropped == set()


@pytest.mark.parametrize(
    "text, message",
    [
        ("points 4", "it should have lines such as points = 4"),
        ("train1 = 3", r"train1 = 3: write \[train1.NAME\]"),
        ("[train1]\ntitle = 3", r"\[train1\]: title = 3: should be a text"),
        ("[train1]\ntanh = 3", r"\[train1.tanh\]: 3: write it as a table"),
        ("[train1.tan]\npoints = 3", r"'tan' is no exercise of it; there can be title, intro, \["),
        ("[train1.tanh]\npoint = 3", r"\[train1.tanh\]: 'point' means nothing; points, drop and"),
        ("[train1.tanh]\npoints = 0", "points = 0: should be from 1 to 100; .* drop = true"),
        ("[train1.tanh]\npoints = 101", "points = 101: should be from 1 to 100"),
        ("[train1.tanh]\npoints = 2.5", "points = 2.5: should be"),
        ("[train1.tanh]\npoints = true", "points = True: should be"),
        ("[train1.softmax]\npoints = 3", "points = 3: it's for practice and can have none"),
        ('[train1.tanh]\ndrop = "yes"', "drop = 'yes': should be true or false"),
        ('[train1.tanh]\nreplace = "x"', 'replace: should be { "60 steps" = "300 steps" }'),
        ("[train1.tanh]\nreplace = { a = 3 }", "replace: should be"),
    ],
)
def test_what_can_t_be_used_is_told_with_file_and_place(tmp_path, text, message):
    with pytest.raises(RosterError, match=message) as found:
        settings(tmp_path, text)
    assert str(tmp_path / class_settings.FILE) in str(found.value)


def test_an_unknown_chapter_is_told(tmp_path):
    path = tmp_path / class_settings.FILE
    path.write_text("[trian1.tanh]\npoints = 3")
    with pytest.raises(RosterError, match=r"'trian1' is no chapter; there can be \[train1\], \[w"):
        class_settings.check_chapters(path, ["week5", "train1"])


def test_what_is_added_is_comments_that_work_without_their_hash(tmp_path):
    path = tmp_path / class_settings.FILE
    class_settings.add(path, {"train1": KNOWN})
    text = path.read_text(encoding="utf-8")
    assert class_settings.read(path, "train1", KNOWN) == class_settings.Settings()
    lines = [line.removeprefix("# ") if " = " in line else line for line in text.splitlines()]
    said = tomllib.loads("\n".join(lines))["train1"]
    assert said["tanh"] == {"points": 3, "drop": True} and said["softmax"] == {"drop": True}


def test_a_second_run_keeps_what_was_said_and_adds_what_is_new(tmp_path):
    path = tmp_path / class_settings.FILE
    path.write_text("[train1.tanh]\npoints = 5\n")
    class_settings.add(path, {"train1": KNOWN})
    class_settings.add(path, {"train1": KNOWN, "week5": [replace(TANH, name="week5.a")]})
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    assert said == {"train1": {"tanh": {"points": 5}, "softmax": {}}, "week5": {"a": {}}}


# In a release, and for one that is out


def test_a_release_is_made_as_the_settings_say():
    changed = class_settings.Settings("Sheet 3", "By Friday.")
    changed.points, changed.dropped = {"train1.tanh": 7}, {"train1.bias"}
    changed.words = {"train1.tanh": [("entries like 1000", "entries like 500")]}
    one = assignment.make("train1", Weave(), changed)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in one.notebook.cells}
    assert cells["train1-start-text"].source.startswith("# Sheet 3\n\nBy Friday.\n\nThese are the")
    assert cells["train1-tanh-test"].metadata.nbgrader.points == 7
    assert "7 points" in cells["train1-tanh-task"].source
    assert "entries like 500" in cells["train1-tanh-task"].source
    assert not any("bias" in name for name in cells)


def test_words_that_a_task_doesn_t_have_are_told():
    changed = class_settings.Settings(words={"train1.tanh": [("no such words", "x")]})
    with pytest.raises(
        assignment.SourceError, match="its text doesn't have the words 'no such words'"
    ):
        assignment.make("train1", Weave(), changed)


def test_a_chapter_of_which_nothing_is_left_is_refused():
    names = {f"train1.{name}" for name in ("softmax", "linear_backward", "by_hand", "central")}
    names |= {f"train1.{name}" for name in ("tanh", "smoothed", "bias", "no_gate")}
    with pytest.raises(assignment.AssignmentError, match="train1: no exercise is left"):
        assignment.make("train1", Weave(), class_settings.Settings(dropped=names))


def test_points_of_a_release_that_is_out_are_converted_and_marks_by_hand_are_not(tmp_path):
    graded_class.begin(tmp_path)
    (tmp_path / class_settings.FILE).write_text(
        "[train1.tanh]\npoints = 5\n[train1.bias]\ndrop = true\n"
    )
    chapter = grade.Chapter(tmp_path, "train1")
    assert "train1.bias" not in [one.name for one in chapter.marked]
    assert [one.points for one in chapter.marked if one.name == "train1.tanh"] == [5]
    marks = {"s1": {"train1-tanh-test": [3.0, None, False], "train1-bias-test": [5.0, None, False]}}
    marks["s2"] = {"train1-tanh-test": [2.0, 2.0, False]}
    chapter.in_points(marks)
    assert marks["s1"]["train1-tanh-test"][0] == 5 and marks["s2"]["train1-tanh-test"][0] == 2
    assert marks["s1"]["train1-bias-test"][0] == 5


def test_settings_don_t_make_anybody_s_answers_be_judged_again(tmp_path):
    graded_class.begin(tmp_path)
    before = grade.Chapter(tmp_path, "train1").digest
    (tmp_path / class_settings.FILE).write_text("[train1.tanh]\npoints = 5\ndrop = true\n")
    assert grade.Chapter(tmp_path, "train1").digest == before


def test_what_was_dropped_before_the_release_may_be_named_after_it(tmp_path):
    graded_class.begin(tmp_path)
    path = records.path_of(tmp_path, "train1")
    kept = records.read(tmp_path, "train1", grade.Chapter(tmp_path, "train1").release)
    kept.exercises = [one for one in kept.exercises if one.name != "train1.bias"]
    records.write(tmp_path, "train1", kept)
    (tmp_path / class_settings.FILE).write_text("[train1.bias]\ndrop = true\n")
    assert path.exists() and "train1.bias" not in [
        one.name for one in grade.Chapter(tmp_path, "train1").marked
    ]
