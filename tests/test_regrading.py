"""Grading one exercise or one student again: what is asked for, what changes, what is logged."""

import csv
import re
import sqlite3
from contextlib import closing

import pytest

from tests import graded_class
from tools.grading import assignment, grade, judge, regrading, submissions
from tools.grading.regrading import Choice, Request, read_requests
from tools.grading.tables import RosterError
from tools.making.exercises import Exercise

STUDENTS, EXERCISES = ["s01", "Ada.L"], ["train1.tanh", "train1.bias"]


def row(student="s01", exercise="train1.tanh", points="0", status="not right"):
    """A row of marks.csv."""
    return [student, "train1", exercise, points, "3", status]


# Requests


def requests(tmp_path, text):
    """What is read of a requests.csv with this text."""
    path = tmp_path / "requests.csv"
    path.write_text(text, encoding="utf-8")
    return read_requests(path, STUDENTS, EXERCISES)


@pytest.mark.parametrize(
    "text",
    [
        "student,exercise,request,answer\ns01,train1.tanh,Why?,Because.\n",
        "Exercise;REQUEST;Student;Answer\n\ntrain1.TANH;Why?;S01;Because.\n",
        "id\texercise\treason\tanswer\n s01 \ttrain1.tanh\tWhy?\tBecause.\n",
        "student,exercise,request,answer\ns01,train1.tanh,Old,No\ns01,train1.tanh,Why?,Because.\n",
    ],
)
def test_requests_are_read_in_any_shape(tmp_path, text):
    assert requests(tmp_path, text) == {("s01", "train1.tanh"): Request("Why?", "Because.")}


def test_there_may_be_no_requests_and_no_answers(tmp_path):
    assert read_requests(tmp_path / "none.csv", STUDENTS, EXERCISES) == {}
    found = requests(tmp_path, "student,exercise,request\nada.l,train1.bias,Please\n")
    assert found == {("Ada.L", "train1.bias"): Request("Please")}


@pytest.mark.parametrize(
    "text, message",
    [
        ("student,request\ns01,Why?\n", "should have the column exercise: student,exercise"),
        ("student,exercise,request\ns9,train1.tanh,x\n", "line 2: 's9' is no student of roster"),
        (
            "student,exercise,request\ns01,train1.tanh,x\ns01,tanh,x\n",
            "line 3: 'tanh' is no exercise with points; there are train1.tanh, train1.bias",
        ),
        ("student,exercise,request\ns01,train1.tanh,\n", "line 2: no request; write what"),
        ("student,exercise,request\ns01,train1.tanh,a,b\n", "line 2: 4 fields below 3 headings"),
    ],
)
def test_requests_that_can_t_be_read_are_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(RosterError, match=re.escape(message)):
        requests(tmp_path, text)


# What changes


def test_only_rows_that_were_graded_again_are_replaced():
    before = [row(), row("s02"), row(exercise="train1.bias")]
    new = [row(points="3", status="right"), row("s03")]
    assert regrading.merged(before, new) == [new[0], before[1], before[2], new[1]]


def test_the_log_has_what_changed_and_what_was_asked_for():
    before = [row(), row("s02"), row("s03", points="3", status="right")]
    after = [row(points="3", status="right"), row("s02"), row("s03", points="", status="to be")]
    after += [row("s04"), row("s04", "train1.bias"), row("s05")]
    before.append(row("s05"))
    asked = {("s01", "train1.tanh"): Request("Look"), ("s02", "train1.tanh"): Request("Again")}
    asked["s05", "train1.tanh"] = Request("And again", "It was looked at.")
    choice = Choice(exercises=("train1.tanh",), why="a test was wrong")
    assert list(regrading.changes(before, after, choice, asked)) == [
        [
            "s01",
            "train1.tanh",
            "0 of 3 (not right)",
            "3 of 3 (right)",
            "request: Look; a test was wrong",
        ],
        ["s02", "train1.tanh", *["0 of 3 (not right)"] * 2, "request: Again; a test was wrong"],
        ["s03", "train1.tanh", "3 of 3 (right)", "no points yet (to be)", "a test was wrong"],
        ["s04", "train1.tanh", "not graded", "0 of 3 (not right)", "a test was wrong"],
    ]
    (only,) = regrading.changes([row()], [row(points="3")], Choice(), {})
    assert only[-1] == "no reason given"


def logged(path):
    """The rows of the log."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_the_log_grows_and_what_stands_there_stays(tmp_path):
    path = tmp_path / "regraded.csv"
    regrading.write_log(path, [])
    assert not path.exists()
    regrading.write_log(path, [["s01", "train1.tanh", "a", "b", "=HYPERLINK(1)"]])
    first = path.read_bytes()
    regrading.write_log(path, [["s02", "train1.tanh", "a", "b", "Zoë, twice\n"]])
    assert path.read_bytes().startswith(first)
    heading, one, other = logged(path)
    assert heading == regrading.COLUMNS and one[1:] == [
        "s01",
        "train1.tanh",
        "a",
        "b",
        "'=HYPERLINK(1)",
    ]
    assert other[-1] == "Zoë, twice\n" and re.fullmatch(
        r"\d{4}-\d\d-\d\d [\d:]{8}[+-][\d:]+", one[0]
    )


def test_a_log_that_an_editor_left_without_an_end_of_line_goes_on_in_the_next(tmp_path):
    path = tmp_path / "regraded.csv"
    path.write_bytes(b"when,student\nthen,s01")
    regrading.write_log(path, [["s02"]])
    assert [one[1] for one in logged(path)] == ["student", "s01", "s02"]


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "regraded.csv"
    path.write_bytes(b"when\n")

    def fail(number):
        raise OSError("No space left on device")

    monkeypatch.setattr(regrading.os, "fsync", fail)
    with pytest.raises(OSError):
        regrading.write_log(path, [["s02"]])
    assert path.read_bytes() == b"when\n"


# What is chosen


def test_a_choice_knows_its_students_and_chapters():
    assert Choice(students=("b",)).of({"a": 1, "b": 2}) == ["b"] and Choice().of("ab") == ["a", "b"]
    marks = [row(), [*row()[:1], "train0", *row()[2:]]]
    assert Choice(exercises=("train1.a", "train2.b")).chapters((), marks) == ["train1", "train2"]
    assert Choice(students=("b",)).chapters((), marks) == ["train0", "train1"]
    assert Choice().chapters((), marks) == [] and not Choice(why="x")
    assert Choice(students=("b",)).chapters(["train3"], marks) == ["train3"]


class Chapter:
    """A chapter with an exercise that tests mark, and one in words."""

    name = "train9"
    marked = (
        Exercise("train9.f", "F", "go further", "short", 10, 3, "Do f.", expression="f"),
        Exercise("train9.w", "W", "break and explain", "short", 10, 4, "Say why."),
    )


@pytest.mark.parametrize(
    "choice, message",
    [
        (Choice(students=("s9",)), "s9: no student of roster.csv"),
        (Choice(exercises=("train9.g",)), "train9.g: no such exercise; there are train9.f"),
        (Choice(exercises=("train9.w",)), "train9.w: marked by hand; change the mark in the Form"),
    ],
)
def test_a_choice_of_what_isn_t_there_is_told(choice, message):
    with pytest.raises(assignment.AssignmentError, match=re.escape(message)):
        choice.check(["s01"], [Chapter])
    assert Choice(("s01",), ("train9.f",)).check(["s01"], [Chapter]) is None


# A run


class Gradebook:
    """Something in the place of nbgrader's process, which keeps marks by tests and by hand."""

    by_hand, entered = {("s1", "train1-no_gate"): 2.5}, []

    def __init__(self, out, *arguments):
        self.out = out

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def do(self, op, **what):
        if op == "feedback":
            folder = self.out / "feedback" / what["student"] / what["chapter"]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{what['chapter']}.html").write_text("<html></html>")
        if op == "enter":
            Gradebook.entered.append(what["student"])
            outputs[what["student"]] = what["outputs"]
        if op == "marks":
            return {student: marks_of(student) for student in outputs}
        return {}


class Reader:
    """Reading in this process, which takes no time to start."""

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def read(self, path, exercises, locked):
        return submissions.take(submissions.read_cells(path), exercises, locked)

    def rebuild(self, *what):
        return {}


outputs = {}


def marks_of(student):
    """A student's marks as nbgrader has them."""
    found = {
        name: [{"right": one.points}.get(outputs[student][name][0], 0), None, False]
        for one in graded_class.made("train1").exercises
        if (name := one.graded_id) in outputs[student]
    }
    by_hand = Gradebook.by_hand.get((student, "train1-no_gate"))
    return found | {"train1-no_gate": [by_hand or 0, by_hand, False]}


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A class of two that is graded, by a judge that says what `says` holds."""
    graded_class.begin(tmp_path)
    answer = {"train1.tanh": "def tanh_backward(x, dy):\n    return x\n"}
    graded_class.hand_in(tmp_path, {"s1": answer, "s2": answer})
    outputs.clear()
    Gradebook.entered = []
    says = {"train1.tanh": ["not right", "no"]}

    def judged(run, chapter, answers, package, names=()):
        wanted = [one.name for one in chapter.marked if one.expression]
        asked = [name for name in wanted if not names or name in names]
        says["asked"] = asked
        return {name: says.get(name, ["right", ""]) for name in asked}

    def rebuilt(out, student):
        (out / "autograded" / student / "train1").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(grade.Run, "judge", judged)
    monkeypatch.setattr(grade, "Gradebook", Gradebook)
    monkeypatch.setattr(grade, "Reader", Reader)
    monkeypatch.setattr(grade, "setup", lambda *what: "python")
    monkeypatch.setattr(judge, "probe", lambda package: {})
    monkeypatch.setattr(judge, "copy_package", lambda package: None)
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as book:
        book.execute("create table marks (points)")
    assert grade.main(["--out", str(tmp_path)]) == 0
    for student in ("s1", "s2"):
        rebuilt(tmp_path, student)
    Gradebook.entered.clear()
    return tmp_path, says


def points(out):
    """{(student, exercise): points} of marks.csv."""
    rows = regrading.tables.rows_of(out / "marks.csv", grade.COLUMNS)
    return {(one["student"], one["exercise"]): one["points"] for one in rows}


def test_whoever_an_older_gradebook_lacks_is_graded_again(course):
    out, _ = course
    del outputs["s2"]
    assert grade.main(["--out", str(out)]) == 0
    assert Gradebook.entered == ["s2"]


def test_one_exercise_is_graded_again_and_the_rest_stays(course):
    out, says = course
    before = points(out)
    assert before["s1", "train1.tanh"] == "0" and before["s1", "train1.no_gate"] == "2.5"
    says["train1.tanh"] = ["right", ""]
    says["train1.bias"] = ["not right", "would be wrong now, and isn't asked"]
    (out / "requests.csv").write_text("student,exercise,request\ns1,train1.tanh,Mine is right\n")
    wanted = ["--exercise", "train1.tanh", "--why", "the test was wrong"]
    assert grade.main(["--out", str(out), *wanted]) == 0
    assert says["asked"] == ["train1.tanh"]
    after = points(out)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {("s1", "train1.tanh"), ("s2", "train1.tanh")} and len(after) == len(before)
    _, one, other = logged(out / "regraded.csv")
    assert one[1:] == [
        "s1", "train1.tanh", "0 of 3 (not right)", "3 of 3 (right)",
        "request: Mine is right; the test was wrong",
    ]  # fmt: skip
    assert other[1] == "s2" and other[-1] == "the test was wrong"


def test_what_comes_out_the_same_is_not_entered_again(course):
    out, _ = course
    before = (out / "marks.csv").read_bytes()
    assert grade.main(["--out", str(out), "--exercise", "train1.tanh"]) == 0
    assert Gradebook.entered == [] and (out / "marks.csv").read_bytes() == before
    assert not (out / "regraded.csv").exists()


def test_one_student_is_graded_again_and_no_other(course):
    out, says = course
    says["train1.tanh"] = ["right", ""]
    assert grade.main(["--out", str(out), "--student", "s2"]) == 0
    assert Gradebook.entered == ["s2"]
    after = points(out)
    assert (after["s1", "train1.tanh"], after["s2", "train1.tanh"]) == ("0", "3")
    assert [one[1] for one in logged(out / "regraded.csv")[1:]] == ["s2"]


def test_what_a_corrected_check_says_of_others_is_left_to_the_next_run(course, monkeypatch):
    out, says = course
    monkeypatch.setattr(grade, "package_digest", lambda: "another check")
    says["train1.tanh"], says["train1.bias"] = ["right", ""], ["not right", "now"]
    assert grade.main(["--out", str(out), "--exercise", "train1.tanh"]) == 0
    assert points(out)["s1", "train1.bias"] == "5"
    assert grade.main(["--out", str(out)]) == 0
    assert points(out)["s1", "train1.bias"] == "0" and len(says["asked"]) == 4
    assert len(logged(out / "regraded.csv")) == 3  # no plain run is logged


def test_an_answer_that_changed_meanwhile_is_judged_with_all_others(course):
    out, says = course
    path = out / "submitted" / "s1" / "train1" / "train1.ipynb"
    path.write_text(path.read_text().replace("return x", "return dy"))
    wanted = ["--student", "s1", "--exercise", "train1.tanh"]
    assert grade.main(["--out", str(out), *wanted]) == 0
    assert len(says["asked"]) == 4 and Gradebook.entered == ["s1"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--student", "s9"], "s9: no student of roster.csv"),
        (["--exercise", "train1.x"], "train1.x: no such exercise"),
        (["--exercise", "train9.x"], "train9: not released"),
        (["--student", "s1"], "line 2: 's9' is no student of roster.csv"),
    ],
)
def test_a_wrong_regrading_is_told_in_a_line_and_changes_nothing(
    course, capsys, arguments, message
):
    out, _ = course
    (out / "requests.csv").write_text("student,exercise,request\ns9,train1.tanh,x\n")
    before = (out / "marks.csv").read_bytes()
    capsys.readouterr()
    assert grade.main(["--out", str(out), *arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.splitlines()) == 1
    assert (out / "marks.csv").read_bytes() == before and not (out / "regraded.csv").exists()
