"""Totals: what counts, what is still to be marked, and that nothing is rounded on the way."""

import datetime
from fractions import Fraction

import pytest

from tools.grading import totals
from tools.grading.deadlines import Deadlines, moment
from tools.grading.rules import Rule, Rules
from tools.grading.tables import RosterError

NOW = moment("2027-02-01 12:00 UTC")
ONE = Rule(["a", "b", "c"], 2, ["w"])
SIMPLE = Rule(["x"], 1, [])


def rows(student, chapter, **marks):
    """Rows of marks.csv; marks: {exercise: "points/maximum", with a status behind it or none}."""
    for name, text in marks.items():
        mark, _, status = text.partition(" ")
        points, maximum = mark.split("/")
        yield [student, chapter, name, points, maximum, status or "right"]


@pytest.mark.parametrize(
    "marks, points, maximum, unused",
    [
        # the best two of three, and the written one besides
        ({"a": "4/4", "b": "0/3", "c": "3/3", "w": "2/4"}, 9, 11, ["b"]),
        # whoever has chosen two small ones has done all that was asked for
        ({"a": "0/4", "b": "3/3", "c": "3/3", "w": "4/4"}, 10, 10, ["a"]),
        # of one that is right, the larger counts for more; what's wrong should weigh little
        ({"a": "4/4", "b": "0/3", "c": "0/6", "w": "0/4"}, 4, 11, ["c"]),
        ({"a": "0/4", "b": "0/3", "c": "0/6", "w": "0/4"}, 0, 11, ["c"]),
        # by the share of the chapter: 10 of 13 is more than 8 of 11
        ({"a": "2/4", "b": "3/3", "c": "5/6", "w": "2/4"}, 10, 13, ["a"]),
    ],
)
def test_the_best_two_count_and_what_is_written_always(marks, points, maximum, unused):
    found = totals.result_of(list(rows("s1", "train1", **marks)), ONE)
    assert (found.points, found.maximum, found.unused) == (points, maximum, unused)


def test_what_is_still_to_be_marked_counts_as_nothing_so_far_and_is_named():
    marks = {"a": "4/4", "b": "0/3", "c": "3/3", "w": "/4 to be marked by hand"}
    found = totals.result_of(list(rows("s1", "train1", **marks)), ONE)
    assert (found.points, found.maximum, found.waiting) == (7, 11, ["w"])


def test_feedback_says_what_counts_in_points():
    marks = {"a": "4/4", "b": "0/3", "c": "3/3", "w": "1.5/4"}
    found = totals.result_of(list(rows("s1", "train1", **marks)), ONE)
    assert found.for_students == "They bring 8.5 of 11 points, 77.27%."
    marks["w"] = "/4 to be marked by hand"
    found = totals.result_of(list(rows("s1", "train1", **marks)), ONE)
    assert found.for_students == ("So far they bring 7 of 11 points, with some still to be marked.")


def results(**shares):
    """Results by chapter: "points/maximum"."""
    return {name: totals.Result(*map(Fraction, text.split("/"))) for name, text in shares.items()}


@pytest.mark.parametrize(
    "lowest, dropped, points, maximum",
    [
        (0, [], 19, 40),
        (1, ["t2"], 17, 20),
        (2, ["t2", "t3"], 9, 10),
        (3, ["t2", "t3"], 9, 10),  # one always counts
    ],
)
def test_the_lowest_chapters_are_dropped_by_their_percentages(lowest, dropped, points, maximum):
    rules = Rules(dict.fromkeys(("t1", "t2", "t3"), SIMPLE), lowest)
    total, out = totals.total_of(results(t1="9/10", t2="2/20", t3="8/10"), rules)
    assert (out, total.points, total.maximum) == (dropped, points, maximum)


def test_of_two_chapters_with_one_percentage_the_larger_is_dropped():
    rules = Rules(dict.fromkeys(("t1", "t2", "t3"), SIMPLE), 1)
    total, dropped = totals.total_of(results(t1="0/5", t2="0/9", t3="5/5"), rules)
    assert dropped == ["t2"] and total.share == Fraction(1, 2)


def test_nobody_without_chapters_trips_anything():
    total, dropped = totals.total_of({}, Rules({}, 1))
    assert (total.points, total.maximum, dropped) == (0, 0, [])


def test_a_weight_multiplies_points_and_maximum():
    rules = Rules({"t1": SIMPLE, "t2": Rule(["x"], 1, [], Fraction("0.1"))})
    total, _ = totals.total_of(results(t1="1/2", t2="3/3"), rules)
    assert (total.points, total.maximum) == (Fraction(13, 10), Fraction(23, 10))


def table(marks, rules, due=None, extensions=None):
    """Rows of totals.csv as dicts, by student."""
    found = totals.lines(marks, ["s1", "s2"], rules, Deadlines(due or {}, extensions or {}), NOW)
    headings, *others = totals.table(found, rules)
    return {row[0]: dict(zip(headings, row, strict=True)) for row in others}


def test_the_table_says_points_maxima_percentages_and_all_that_doesn_t_count():
    marks = [*rows("s1", "t1", a="2.5/4", b="0/3", c="3/3", w="/4 to be marked by hand; late")]
    marks += rows("s1", "t2", x="1/3")
    marks += rows("s2", "t1", a="4/4", b="3/3", c="0/3", w="4/4")
    found = table(marks, Rules({"t1": ONE, "t2": SIMPLE}, 1))
    assert found["s1"] == {
        "student": "s1",
        "t1": "5.5",
        "t1 of": "11",
        "t1 percent": "50",
        "t2": "1",
        "t2 of": "3",
        "t2 percent": "33.33",
        "total": "5.5",
        "total of": "11",
        "total percent": "50",
        "still to be marked": "w",
        "doesn't count": "t2 (lowest); b",
    }
    assert found["s2"]["t2"] == found["s2"]["t2 percent"] == ""
    assert found["s2"]["doesn't count"] == "t2 (not graded); c"
    assert found["s2"]["total percent"] == "100" and found["s2"]["still to be marked"] == ""


def test_a_chapter_counts_once_it_is_due_or_handed_in():
    later, day = NOW + datetime.timedelta(hours=1), NOW - datetime.timedelta(days=1)
    marks = [*rows("s1", "t1", x="0/3 missing"), *rows("s2", "t1", x="0/3 not tried")]
    rules = Rules({"t1": SIMPLE})
    for due, extensions, cells in (
        ({"t1": later}, {}, ("", "0")),
        ({"t1": day}, {}, ("0", "0")),
        ({"t1": day}, {("s1", "t1"): later}, ("", "0")),
        ({}, {}, ("0", "0")),
    ):
        found = table(marks, rules, due, extensions)
        assert (found["s1"]["t1"], found["s2"]["t1"]) == cells
        assert ("not due yet" in found["s1"]["doesn't count"]) == (cells[0] == "")


@pytest.mark.parametrize(
    "share, text",
    [("2/3", "66.67"), ("1/3", "33.33"), ("1/800", "0.13"), ("1", "100"), ("0", "0"),
     ("66665/100000", "66.67"), ("4999/5000", "99.98")],
)  # fmt: skip
def test_percentages_are_rounded_half_up_to_two_decimals(share, text):
    assert totals.percent(Fraction(share)) == text


@pytest.mark.parametrize(
    "number, text", [("0.1", "0.1"), ("10", "10"), ("1234567.125", "1234567.125"), ("0", "0")]
)
def test_points_are_exact(number, text):
    assert totals.exact(Fraction(number)) == text
    assert totals.exact(sum([Fraction("0.1")] * 3)) == "0.3"


def test_a_table_of_marks_that_was_changed_by_hand_is_told_in_a_line():
    with pytest.raises(RosterError, match="'three' is no number of points; grade all"):
        totals.result_of(list(rows("s1", "t1", x="three/3")), SIMPLE)
