"""The summary on top of a page of feedback: what it says, and that nothing in it is obeyed."""

import bs4
import pytest

from tools.grading import summary
from tools.grading.deadlines import moment, zone_named
from tools.making.exercises import Exercise

PART = Exercise("t.f", "The `tanh` of <b>", "go further", "short", 10, 3, "Do f.", expression="f")
WORDS = Exercise("t.w", "Why?", "break and explain", "short", 10, 4, "Say why.")
PRACTICE = Exercise("t.p", "First", "build it first", "short", 10, 0, "Do p.", expression="p")
PAGE = '<h4>t</h4><div id="toc">\n<ol><li>old</li></ol>\n</div><p><div id="toc">mine</div></p>'


def shown(marks=(), remarks=(), due=None):
    """The summary, as a browser takes it apart."""
    return bs4.BeautifulSoup(summary.contents("train9", marks, remarks, due), "html.parser")


def test_each_exercise_is_a_link_to_its_answer_with_verdict_and_points():
    marks = [(PRACTICE, 0, "right"), (PART, 3, "right"), (WORDS, None, "to be marked by hand")]
    page = shown(marks)
    assert [link["href"] for link in page.find_all("a")] == [
        "#comment-t-p",
        "#comment-t-f",
        "#comment-t-w",
    ]
    assert [item.text for item in page.find_all("li")] == [
        "First: right (for practice)",
        "The tanh of <b>: right (3 of 3 points)",
        "Why?: not marked yet (4 points at most)",
    ]
    assert page.find_all("p")[0].text == "Not marked yet: Why?."


def test_where_all_is_well_there_is_nothing_to_say():
    assert shown([(PART, 2.5, "marked by hand")]).find_all("p") == []
    assert "marked (2.5 of 3 points)" in shown([(PART, 2.5, "marked by hand")]).text


@pytest.mark.parametrize(
    "remark, words",
    [
        ("late", "handed in late"),
        ("time unknown", "can't tell whether it was handed in in time"),
        ("wrong name", "should be called train9.ipynb. It was renamed"),
        ("copied cells", "The last one you changed was graded"),
        ("tests edited", "The changes were left out"),
        ("cells of their own", "Code cells that you added were left out"),
        ("unknown cells", "Cells of another assignment were left out"),
        ("picture reduced", "made smaller"),
        ("picture left out", "A picture was left out"),
        ("shown as typed", "shown as it was typed"),
    ],
)
def test_what_is_late_left_out_or_renamed_is_said(remark, words):
    assert [words in one.text for one in shown(remarks=[remark]).find_all("p")] == [True]


def test_when_it_was_due_is_said_to_those_who_are_late():
    due = moment("2027-01-31", zone_named("Asia/Tokyo"))
    said = [one.text for one in shown(remarks=["late"], due=due).find_all("p")]
    due_at = "2027-01-31 23:59:59 (Asia/Tokyo, UTC+09:00)"
    assert said == [f"It was handed in late: it was due at {due_at}."]
    assert shown(due=due).find_all("p") == []


def test_an_answer_without_a_cell_is_said():
    page = shown([(PART, 0, "cell deleted")])
    assert page.find("p").text == "The cell for the answer is missing: The tanh of <b>."
    assert page.find("b").find("b") is None


def test_the_summary_takes_the_place_of_the_contents_once_and_can_be_put_again():
    first = summary.put(PAGE, summary.contents("t", [(PART, 3, r"\1 \g<0>")], []))
    assert r"\1 \g&lt;0&gt;" in first and "old" not in first
    assert first.endswith('<p><div id="toc">mine</div></p>')
    again = summary.put(first, summary.contents("t", [(PART, 0, "late")], []))
    assert r"\1" not in again and again.count('<div id="toc">') == 2
    assert summary.put("<p>another page</p>", "x") == "<p>another page</p>"


def test_what_counts_is_said_where_not_all_does():
    found = summary.contents(
        "train9", [(PART, 3, "right")], [], counts="Your best 2 of these count."
    )
    assert "<p>Your best 2 of these count.</p>" in found
    assert "<p>" not in summary.contents("train9", [(PART, 3, "right")], [])
