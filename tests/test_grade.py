"""The grader's own parts: refusals, what is kept, points and statuses, backups."""

import json
import sqlite3
import sys
from contextlib import closing

import pytest

from tools.grading import assignment, grade, judge, records, submissions
from tools.grading.assignment import AssignmentError
from tools.making.exercises import Cell, Exercise
from tools.setup import ROOT

PART = Exercise("train9.f", "F", "go further", "short", 10, 3, "Do f.", expression="f")
WORDS = Exercise("train9.w", "W", "break and explain", "short", 10, 4, "Say why.")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "OUT=some/folder"),
        (["--out", str(ROOT / "build" / "class")], "inside the repository"),
        (["--out", "{empty}"], "no course here"),
        (["--out", "{course}", "--chapter", "train9"], "train9: not released"),
    ],
)
def test_a_wrong_command_is_told_in_a_line(tmp_path, capsys, arguments, message):
    empty, course = tmp_path / "empty", tmp_path / "course"
    empty.mkdir()
    assignment.begin(course)
    arguments = [a.format(empty=empty, course=course) for a in arguments]
    assert grade.main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.splitlines()) == 1 and not said.out


def record(status="graded", result=("right", ""), missing=()):
    """What is kept of a student."""
    return {"status": status, "results": {"train9.f": result}, "missing": missing, "remarks": []}


@pytest.mark.parametrize(
    "part, kept, mark, points, status",
    [
        (PART, record(), [3.0, None, False], 3, "right"),
        (PART, record(result=("not right", "x")), [0.0, None, False], 0, "not right"),
        (PART, record(result=("timed out", "")), [0.0, None, False], 0, "timed out"),
        (PART, record(result=("timed out", "")), [2.0, 2.0, False], 2, "marked by hand"),
        (PART, record(), [3.0, 3.0, True], 3, "marked by hand, to be looked at again"),
        (PART, record(missing=["train9-f"]), [0.0, None, False], 0, "cell deleted"),
        (PART, record("missing"), None, 0, "missing"),
        (PART, record("empty"), [3.0, None, False], 0, "empty"),
        (WORDS, record(), [0.0, None, True], None, "to be marked by hand"),
        (WORDS, record(), [0.0, None, False], 0, "not tried"),
        (WORDS, record(), [2.5, 2.5, False], 2.5, "marked by hand"),
    ],
)
def test_points_and_status(part, kept, mark, points, status):
    assert grade.points_of(part, kept, mark) == (points, status)


def test_an_answer_that_is_too_long_is_judged_by_nobody():
    other = Exercise("train9.g", "G", "go further", "short", 10, 3, "Do g.", expression="g")
    long = "#" * (submissions.JUDGED + 1)
    answers = {"train9.f": long, "train9.w": "So.", "train9.g": "g = 1"}
    wanted, verdicts = grade.to_judge([PART, WORDS, other], answers)
    assert wanted == {"train9.g": ["g", ["g = 1"], []]}
    assert verdicts == {
        "train9.f": ["too long", "It has 200,001 characters, of at most 200,000."],
    }


def test_practice_is_judged_apart_and_only_if_it_was_tried():
    first = Exercise("train9.p", "P", "build it first", "short", 10, 0, "Do p.", expression="p")
    first.stub.append(Cell("code", "p = ..."))
    parts, answers = [first, PART], {"train9.p": "p = 1", "train9.f": "f = p"}
    assert grade.to_judge(parts, answers) == ({"train9.f": ["f", ["f = p"], ["p = 1"]]}, {})
    assert grade.to_judge(parts, answers, True) == ({"train9.p": ["p", ["p = 1"], []]}, {})
    answers["train9.p"] = "p = ...\n"
    assert grade.to_judge(parts, answers, True) == ({}, {})
    answers["train9.p"] = "#" * (submissions.JUDGED + 1)
    assert list(grade.to_judge(parts, answers, True)[1]) == ["train9.p"]
    assert grade.to_judge(parts, answers)[1] == {}


@pytest.mark.parametrize(
    "results, missing, status",
    [
        ({"train9.f": ["not right", "x"]}, [], "not right"),
        ({}, [], "not tried"),
        ({}, ["train9-f"], "cell deleted"),
    ],
)
def test_the_verdict_on_practice(results, missing, status):
    assert grade.practice_of(PART, {"results": results, "missing": missing}) == (0, status)


def test_what_is_open_is_said():
    said = grade.isolation_in_words({"network": True, "writing": False})
    assert said == [
        "answers run isolated; closed off: network",
        "NB: an answer can write files",
    ]
    assert "closed off: nothing" in grade.isolation_in_words({"network": False})[0]


def test_a_gradebook_is_backed_up_whole_and_old_copies_go(tmp_path, monkeypatch):
    assert grade.back_up(tmp_path) is None
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as database:
        database.execute("create table t (x)")
        database.execute("insert into t values (7)")
        database.commit()
    monkeypatch.setattr(grade, "BACKUPS", 3)
    copies = [grade.back_up(tmp_path) for _ in range(5)]
    assert sorted((tmp_path / "backups").iterdir()) == copies[-3:]
    with closing(sqlite3.connect(copies[-1])) as database:
        assert database.execute("select x from t").fetchone() == (7,)


def test_a_record_is_written_whole_and_a_damaged_one_is_none(tmp_path):
    path = tmp_path / "a" / "b.json"
    grade.save(path, {"x": [1]})
    assert grade.load(path) == {"x": [1]} and list(path.parent.iterdir()) == [path]
    path.write_text('{"x": [1')
    assert grade.load(path) == {} == grade.load(tmp_path / "gone.json")


def test_a_corrected_check_has_another_digest(tmp_path, monkeypatch):
    for name in ("microgpt_ref/lab/checks/train0.py", *JUDGING):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1")
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    before = grade.package_digest()
    assert before == grade.package_digest()
    (tmp_path / "microgpt_ref/lab/checks/train0.py").write_text("x = 2")
    assert grade.package_digest() != before


JUDGING = [f"tools/grading/{name}.py" for name in judge.MODULES]


def test_marks_of_chapters_that_are_not_graded_now_are_kept(tmp_path):
    rows = [["s01", "train1", "train1.tanh", "3", "3", "right"]]
    rows.append(["s01", "train2", "train2.dot", "5", "5", "right"])
    assignment.write_csv(tmp_path / "marks.csv", [grade.COLUMNS, *rows])

    class Now:
        name = "train2"

    assert grade.kept(tmp_path, [Now]) == rows[:1]
    assert grade.kept(tmp_path / "gone", [Now]) == []


@pytest.mark.parametrize("has_records", [True, False])
def test_a_released_chapter_is_read(tmp_path, has_records):
    from tools.making.weave import Weave

    one = assignment.make("train0", Weave())
    path = tmp_path / "release" / "train0" / "train0.ipynb"
    grade.save(path, json.loads(json.dumps(one.notebook)))
    if has_records:
        records.write(tmp_path, "train0", records.Records(one.setting, one.exercises))
    chapter = grade.Chapter(tmp_path, "train0")
    assert [e.name for e in chapter.exercises] == [e.name for e in one.exercises]
    assert [e.expression for e in chapter.exercises] == [e.expression for e in one.exercises]
    assert [e.points for e in chapter.exercises] == [e.points for e in one.exercises]
    assert "checks" not in chapter.setting[0] and "import math" in chapter.setting[0]
    assert set(chapter.locked) >= {e.task_id for e in one.exercises}
    assert not set(chapter.locked) & {e.grade_id for e in one.exercises}


def test_records_of_another_release_are_told_in_a_line(tmp_path, capsys):
    assignment.begin(tmp_path)
    (tmp_path / "roster.csv").write_text("id\ns01\n")
    grade.save(tmp_path / "release" / "train0" / "train0.ipynb", {"cells": []})
    records.write(tmp_path, "train0", records.Records([], [PART]))
    assert grade.main(["--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "train9.f is not in the release of train0" in said and len(said.splitlines()) == 1


SLEEPS = "import time; time.sleep(60)"


def test_a_wrong_rule_stops_the_grader_before_it_starts(tmp_path, capsys):
    assignment.begin(tmp_path)
    (tmp_path / "roster.csv").write_text("id\ns01\n")
    (tmp_path / "rules.toml").write_text("[train1]\nbest = 2\n")
    assert grade.main(["--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "'train1' is no chapter here" in said and len(said.splitlines()) == 1
    assert not (tmp_path / "marks.csv").exists()


def test_an_nbgrader_that_is_lost_is_ended(tmp_path, monkeypatch):
    (tmp_path / "tools" / "grading").mkdir(parents=True)
    (tmp_path / "tools" / "grading" / "gradebook.py").write_text(SLEEPS)
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    monkeypatch.setattr(grade, "FORGOTTEN", 0.5)
    with grade.Gradebook(tmp_path, sys.executable) as gradebook:
        for _ in range(2):
            with pytest.raises(assignment.AssignmentError, match="process ended"):
                gradebook.do("marks", chapter="train9")
            assert gradebook.process is None


def test_an_nbgrader_that_doesn_t_end_is_killed(tmp_path, monkeypatch):
    (tmp_path / "tools" / "grading").mkdir(parents=True)
    (tmp_path / "tools" / "grading" / "gradebook.py").write_text(
        "print('{\"result\": 1}', flush=True)\nimport time\ntime.sleep(60)"
    )
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    monkeypatch.setattr(grade, "ENDING", 0.2)
    gradebook = grade.Gradebook(tmp_path, sys.executable)
    assert gradebook.do("marks") == 1
    process = gradebook.process
    gradebook.end()
    assert process.returncode is not None


def graded(out, entered=True):
    """A class's folder with a gradebook of some size, and a record of one student's answers."""
    with closing(sqlite3.connect(out / "gradebook.db")) as book:
        book.execute("create table marks (points)")
        book.executemany("insert into marks values (?)", [["x" * 100]] * 1000)
        book.commit()
    grade.save(out / "judged" / "s01" / "train1.json", {"status": "graded", "entered": entered})
    return out / "gradebook.db"


def test_a_sound_gradebook_is_graded_into(tmp_path):
    graded(tmp_path)
    assignment.check_gradebook(tmp_path)


@pytest.mark.parametrize("entered", [True, False])
def test_a_gradebook_that_is_gone_stops_a_class_that_has_been_graded(entered, tmp_path):
    book = graded(tmp_path, entered)
    for harm in (lambda: book.write_bytes(b""), book.unlink):
        harm()
        if not entered:
            assignment.check_gradebook(tmp_path)
            continue
        with pytest.raises(
            AssignmentError, match=r"gone or empty.*newest sound copy from .*backups"
        ):
            assignment.check_gradebook(tmp_path)


@pytest.mark.parametrize("content", [b"no database at all" * 500, None])
def test_a_damaged_gradebook_stops_everything(content, tmp_path):
    book = graded(tmp_path, entered=False)
    book.write_bytes(content or book.read_bytes()[:60_000])
    with pytest.raises(AssignmentError, match="is damaged; nothing was done"):
        assignment.check_gradebook(tmp_path)


def test_a_reason_needs_something_to_be_graded_again(tmp_path, capsys):
    assert grade.main(["--out", str(tmp_path), "--why", "no reason"]) == 2
    assert "give a student or an exercise too" in capsys.readouterr().err


def test_a_backup_that_was_cut_short_is_none(tmp_path):
    with closing(sqlite3.connect(tmp_path / "gradebook.db")) as book:
        book.execute("create table marks (points)")
        book.commit()
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "backup.tmp").write_bytes(b"half of")
    kept = grade.back_up(tmp_path)
    assert list((tmp_path / "backups").iterdir()) == [kept]
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("select name from sqlite_master").fetchall() == [("marks",)]


class Chapter:
    """A chapter without anything to mark."""

    name, marked, exercises = "train9", (), ()
    in_points = staticmethod(dict)


class NoGradebook:
    """Something in the place of nbgrader's process."""

    def __init__(self, *arguments):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        pass

    def do(self, op, **what):
        return {}


def test_one_submission_that_the_grader_trips_over_stops_no_other(tmp_path, monkeypatch):
    assignment.begin(tmp_path)
    (tmp_path / "roster.csv").write_text("id\ns01\n7\n")
    graded = []

    def trip(run, chapter, student, package):
        graded.append(student)
        raise MemoryError("\udce9")

    monkeypatch.setattr(grade.Run, "grade", trip)
    monkeypatch.setattr(grade.Run, "strangers", lambda run: ["caf\udce9", "007"])
    monkeypatch.setattr(grade, "Gradebook", NoGradebook)
    monkeypatch.setattr(grade, "chapters_of", lambda out, wanted: [Chapter])
    monkeypatch.setattr(grade, "setup", lambda *what: sys.executable)
    monkeypatch.setattr(grade.judge, "probe", lambda package: {})
    said = []
    grade.grade(tmp_path, say=said.append)
    assert graded == ["s01", "7"]
    assert "there it is 7: has Excel dropped the zeros?" in "\n".join(said)
    assert "\n".join(said).encode().count(b"grader failed") == 2
    assert "train9 counts: all exercises" in said
    headings, *lines = (tmp_path / "totals.csv").read_text().splitlines()
    assert headings.startswith("student,train9,train9 of,train9 percent,total,")
    assert lines == ["s01,,,,,,,,train9 (not graded)", "7,,,,,,,,train9 (not graded)"]
