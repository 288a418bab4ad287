"""The grader's own parts: refusals, what is kept, points and statuses, backups."""

import json
import sqlite3
import sys
from contextlib import closing

import pytest

from tools import assignment, grade
from tools.setup import ROOT

PART = {"grade_id": "train9-f", "graded": "train9-f-test", "exercise": "train9.f", "answer": "f"}
WORDS = {"grade_id": "train9-w", "graded": "train9-w", "exercise": "train9.w", "answer": None}


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


def test_what_is_open_is_said():
    said = grade.isolation_in_words({"network": True, "writing": False})
    assert said == [
        "answers run shut in, closed to them: network",
        "NB: an answer can write files",
    ]
    assert "closed to them: nothing" in grade.isolation_in_words({"network": False})[0]


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


JUDGING = [f"tools/{name}.py" for name in ("judge", "wire", "answering", "isolation")]


def test_marks_of_chapters_that_are_not_graded_now_are_kept(tmp_path):
    rows = [["s01", "train1", "train1.tanh", "3", "3", "right"]]
    rows.append(["s01", "train2", "train2.dot", "5", "5", "right"])
    assignment.write_csv(tmp_path / "marks.csv", [grade.COLUMNS, *rows])

    class Now:
        name = "train2"

    assert grade.kept(tmp_path, [Now]) == rows[:1]
    assert grade.kept(tmp_path / "gone", [Now]) == []


def test_a_released_chapter_is_read(tmp_path):
    from tools.weave import Weave

    one = assignment.make("train0", Weave(), "5eed")
    for kind in ("source", "release"):
        path = tmp_path / kind / "train0" / "train0.ipynb"
        grade.save(path, json.loads(json.dumps(one.notebook)))
    chapter = grade.Chapter(tmp_path, "train0")
    assert [p["exercise"] for p in chapter.parts] == [p.name for p in one.parts]
    assert [p["answer"] for p in chapter.parts] == [p.answer for p in one.parts]
    assert [p["points"] for p in chapter.parts] == [p.points for p in one.parts]
    assert "checks" not in chapter.setting[0] and "import math" in chapter.setting[0]


SLEEPS = "import time; time.sleep(60)"


def test_an_nbgrader_that_is_lost_is_ended(tmp_path, monkeypatch):
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "gradebook.py").write_text(SLEEPS)
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    monkeypatch.setattr(grade, "FORGOTTEN", 0.5)
    with grade.Gradebook(tmp_path, sys.executable) as gradebook:
        for _ in range(2):
            with pytest.raises(assignment.AssignmentError, match="process ended"):
                gradebook.do("marks", chapter="train9")
            assert gradebook.process is None


class Chapter:
    """A chapter without anything to mark."""

    name, marked = "train9", ()


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
    (tmp_path / "roster.csv").write_text("id\ns01\ns02\n")
    graded = []

    def trip(run, chapter, student, package):
        graded.append(student)
        raise MemoryError("\udce9")

    monkeypatch.setattr(grade.Run, "grade", trip)
    monkeypatch.setattr(grade.Run, "strangers", lambda run: ["caf\udce9"])
    monkeypatch.setattr(grade, "Gradebook", NoGradebook)
    monkeypatch.setattr(grade, "chapters_of", lambda out, wanted: [Chapter])
    monkeypatch.setattr(grade, "setup", lambda *what: sys.executable)
    monkeypatch.setattr(grade.judge, "probe", lambda package: {})
    said = []
    grade.grade(tmp_path, say=said.append)
    assert graded == ["s01", "s02"]
    assert "\n".join(said).encode().count(b"grader failed") == 2
