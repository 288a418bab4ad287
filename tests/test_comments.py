"""Comments that are written once, and what stands beside an answer when it's marked."""

import ast
import datetime
import html
import json
import os

import pytest

from tests.test_grade import PART, WORDS
from tools.grading import beside, comments, course_files
from tools.grading.tables import RosterError
from tools.making.exercises import WRITTEN_POINTS

TABLE = """\
key;comment;exercise
#Units;Bits or nats?;
gate;It lets a slope through.;train9.w
gate;Which gate?;
"""


@pytest.fixture
def read(tmp_path):
    """A function that reads a table of comments."""

    def call(text):
        (tmp_path / "comments.csv").write_text(text, encoding="utf-8")
        return comments.read(tmp_path / "comments.csv", ["train9.f", "train9.w"])

    return call


@pytest.mark.parametrize(
    "written, exercise, text, unknown",
    [
        ("#units", "train9.f", "Bits or nats?", []),
        ("Good. #UNITS, #gate.", "train9.w", "Good. Bits or nats?, It lets a slope through..", []),
        ("#gate", "train9.f", "Which gate?", []),
        ("#untis #units-2", "train9.f", "#untis #units-2", ["untis", "units-2"]),
        ("# Units, 3 #1, a#units, ##units, x/#units", "train9.f", None, []),
    ],
)
def test_keys_stand_for_texts(read, written, exercise, text, unknown):
    assert read(TABLE).written_out(written, exercise) == (text or written, unknown)


def test_without_a_table_a_comment_is_what_it_is(tmp_path):
    found = comments.read(tmp_path / "comments.csv", [])
    assert found.written_out("#units", "train9.w") == ("#units", [])


@pytest.mark.parametrize(
    "text, message",
    [
        ("key;text\na;b\n", "should have the column comment"),
        ("key;comment\n1;b\n", "line 2: '1' is no key"),
        ("key;comment\na b;b\n", "line 2: 'a b' is no key"),
        ("key;comment\na;\n", "line 2: a has no comment"),
        ("key;comment\na;b\nA;c\n", "line 3: a is there twice"),
        ("key;comment;exercise\na;b;train9.x\n", "'train9.x' is no exercise here"),
    ],
)
def test_a_table_that_can_t_be_right_is_told_with_its_line(read, text, message):
    with pytest.raises(RosterError, match=message):
        read(text)


def test_the_rubric_is_that_of_the_lesson_cards():
    found = beside.rubric()
    assert len(found) == WRITTEN_POINTS and found[0][0] == "numbers"


def test_lateness_is_said_with_its_times():
    due, when = (datetime.datetime(2027, 1, day, tzinfo=datetime.UTC) for day in (30, 31))
    said = beside.lateness(["late", "wrong name"], due, when)
    assert said.startswith("late: due at 2027-01-30 00:00:00") and "in at 2027-01-31" in said
    assert beside.lateness(["late"], None, when) == "late"
    assert beside.lateness(["time unknown"], due, when).startswith("time unknown: due at 2027-01")
    assert beside.lateness(["wrong name"], due, when) == ""


def filter_of_templates(course):
    """The function of nbgrader's settings that the templates call, for a course's folder."""
    text = (course_files.COURSE / "nbgrader_config.py").read_text(encoding="utf-8")
    nodes = [node for node in ast.parse(text).body if getattr(node, "name", None) == "beside"]
    known = {"HERE": str(course), "html": html, "json": json, "os": os}
    exec(compile(ast.Module(nodes, []), "nbgrader_config.py", "exec"), known)
    return known["beside"]


def test_what_stands_beside_an_answer(read, tmp_path):
    found = read('key;comment\nunits;"Say ""this"" <b>\'."\n')
    beside.write(tmp_path, "train9", [PART, WORDS], {"s1": "late: <i>", "s2": ""}, found)
    show = filter_of_templates(tmp_path)
    resources = {"assignment_id": "train9", "student": "s1"}
    for_marking = show("train9-w", resources, marking=True)
    assert for_marking.count("<tr>") == WRITTEN_POINTS and "late: &lt;i&gt;" in for_marking
    assert "title='Say &quot;this&quot; &lt;b&gt;&#x27;.'>#units<" in for_marking
    in_feedback = show("train9-w", {"nbgrader": {"assignment": "train9", "student": "s1"}})
    assert in_feedback.count("<tr>") == WRITTEN_POINTS
    assert "late" not in in_feedback and "#units" not in in_feedback
    assert "late" not in show("train9-w", resources | {"student": "s2"}, marking=True)
    beside.write(tmp_path, "train9", [PART, WORDS], {"s2": "late"}, found)  # one student alone
    assert "late: &lt;i&gt;" in show("train9-w", resources, marking=True)
    assert filter_of_templates(tmp_path / "none")("train9-w", resources) == ""
