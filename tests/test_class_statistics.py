"""A class's statistics: what is counted, what the page shows, and what neither gives away."""

import csv
import re

import pytest

from tests import graded_class
from tools.grading import class_page, class_statistics
from tools.grading.class_statistics import UNNAMED

SUM = "The mean has become a sum: divide the slopes of all surprises by V."
WRONG = f"entry 0 is 0.5; it should be 1.\n{SUM}"
RIGHT, HIDDEN = ("right", ""), ("not right", "no.\n<script>alert('Ada s3 cheats')</script>")
NAMES = ["train1.central", "train1.tanh", "train1.smoothed", "train1.bias"]
WORDS = "train1.no_gate"
DUE = "chapter,due,zone\ntrain1,2027-01-31,Europe/Berlin\n"


def a_class(out, n=8):
    """Hand in for n students, of whom the last handed in nothing, and grade them."""
    graded_class.begin(out)
    students = [f"s{i}" for i in range(n)]
    graded_class.hand_in(out, {name: {} for name in students})
    verdicts = {name: dict.fromkeys(NAMES, RIGHT) for name in students[:-1]}
    verdicts[students[-1]] = "missing"
    (out / "due.csv").write_text(DUE)
    return verdicts


def note(out, student, text):
    """Say when a student handed in."""
    (out / "submitted" / student / "train1" / "timestamp.txt").write_text(text)


def numbers(out):
    """(the only ChapterNumbers of a class, {exercise: ExerciseNumbers})."""
    (one,) = class_statistics.of_class(out)
    return one, {part.name: part for part in one.exercises}


def test_answers_are_counted_and_mistakes_named(tmp_path):
    verdicts = a_class(tmp_path)
    for student, verdict in [
        ("s0", ("not right", WRONG)),
        ("s1", ("not right", WRONG)),
        ("s2", ("timed out", "It didn't end in time.")),
        ("s3", HIDDEN),
        ("s4", ("not tried", "")),
    ]:
        verdicts[student]["train1.smoothed"] = verdict
    by_hand = {("s0", WORDS): 4, ("s1", WORDS): 2.5, ("s2", WORDS): 0, ("s3", WORDS): None}
    by_hand |= {("s1", "train1.smoothed"): 4}
    graded_class.enter(tmp_path, verdicts, by_hand=by_hand, remarks=[("s5", "late")])
    chapter, parts = numbers(tmp_path)
    assert (chapter.students, chapter.handed_in, chapter.late) == (8, 7, 1)
    one = parts["train1.smoothed"]
    assert (one.tried, one.right, one.not_right, one.waiting) == (6, 3, 3, 0)
    assert one.mistakes == {SUM: 2, "Timed out.": 1, UNNAMED: 1}
    assert sorted(one.marks) == [0, 0, 0, 0, 4, 4, 4]
    words = parts[WORDS]
    assert (words.tried, words.right, words.in_part, words.not_right, words.waiting) == (
        (4, 1, 1, 1, 1)
    )
    assert not words.mistakes and parts["train1.tanh"].right == 7
    assert len(chapter.by_tests) == 7 and max(chapter.by_tests) == 15 and len(chapter.totals) == 6


def test_the_table_has_a_line_for_each_exercise(tmp_path, capsys):
    verdicts = a_class(tmp_path)
    verdicts["s0"]["train1.central"] = ("not right", WRONG)
    graded_class.enter(tmp_path, verdicts)
    assert class_statistics.main(["--out", str(tmp_path)]) == 0
    assert "statistics.csv" in capsys.readouterr().out
    with open(tmp_path / "statistics.csv", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["exercise"] for row in rows] == [*NAMES, WORDS]
    first = list(rows[0].values())
    assert first == ["train1", NAMES[0], "8", "7", "7", "6", "2.571", "3", "3", f"1 × {SUM}"]
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize(
    "cause, name",
    [
        (SUM, SUM),
        ("x is cut off at 12: there the result still differs.", "x is cut off at …: there"),
        ("Each weight has its own v: here the one before", "Each weight has its own …: here"),
        ("=HYPERLINK(1)", UNNAMED),
        ("", UNNAMED),
        ("right", UNNAMED),
        ("x" * 100_000, UNNAMED),
    ],
)
def test_a_mistake_has_the_check_s_words_and_no_student_s(cause, name):
    texts, patterns = class_statistics.sentences()
    full = next((t for t in [*texts, *(text for _, text in patterns)] if t.startswith(name)), name)
    if name not in (cause, UNNAMED):
        cause = full.replace("…", "12")
    assert class_statistics.mistake_of("not right", f"Off.\n{cause}") == full


def test_verdicts_name_a_mistake_or_none():
    found = [
        class_statistics.mistake_of(status, "") for status in ("right", "not tried", "crashed")
    ]
    assert found == [None, None, "Crashed."]


def shown(out):
    """The page's text."""
    return class_page.page(class_statistics.of_class(out))


def test_the_page_names_nobody_and_asks_for_nothing(tmp_path):
    verdicts = a_class(tmp_path)
    for student in ("s0", "s1", "s2"):
        verdicts[student]["train1.bias"] = HIDDEN
    graded_class.enter(tmp_path, verdicts)
    page = shown(tmp_path)
    assert not re.search(r"\bs\d\b|Ada|alert", page)
    assert f"3\u2009×</b></span><span>{UNNAMED.replace(chr(39), '&#x27;')}" in page
    addresses = re.findall(r'(?:href|src)=|url\(|@import|https?://[^"\s]*', page)
    assert set(addresses) == {"http://www.w3.org/2000/svg"} and "<script" not in page
    assert "default-src 'none'" in page
    figures = re.findall(r'<svg [^>]*class="course-figure"[^>]*>', page)
    assert len(figures) >= 7 and all("aria-label" in svg and 'role="img"' in svg for svg in figures)
    assert 'aria-label="A bar of 7 students: 4 right, 3 not right."' in page


def test_the_mistake_of_one_student_alone_is_counted_and_not_named(tmp_path):
    verdicts = a_class(tmp_path)
    verdicts["s0"]["train1.bias"] = ("not right", WRONG)
    graded_class.enter(tmp_path, verdicts)
    page = shown(tmp_path)
    assert "One mistake was made by one student alone" in page and SUM not in page


@pytest.mark.parametrize("n, is_shown", [(5, False), (6, True)])
def test_of_fewer_than_five_the_page_says_nothing(tmp_path, n, is_shown):
    graded_class.enter(tmp_path, a_class(tmp_path, n))
    page = shown(tmp_path)
    assert ("Fewer than 5 students handed this chapter in" in page) != is_shown
    assert ("mean" in page) == ("<figure>" in page) == is_shown


def test_times_stand_before_or_after_the_due_date(tmp_path):
    graded_class.enter(tmp_path, a_class(tmp_path, 9))
    for i, text in enumerate(
        ["2027-01-31 22:59:59 UTC", "2027-01-31 23:30:00 UTC", "2027-01-31 21:30:00 UTC"] * 2
    ):
        note(tmp_path, f"s{i}", text)
    note(tmp_path, "s6", "before 2027-02-20 10:00:00 UTC")
    note(tmp_path, "s7", "in time")
    chapter, _ = numbers(tmp_path)
    assert len(chapter.times) == 6
    page = class_page.of_times(chapter)
    assert "4 of 6 came before it was due" in page and "isn&#x27;t known of 2 more" in page
    said = "2 from 31 Jan 22:00 to 31 Jan 23:00; 2 from 31 Jan 23:00 to 1 Feb 00:00; "
    assert f"{said}2 from 1 Feb 00:00 to 1 Feb 01:00." in page


@pytest.mark.parametrize(
    "seconds, is_due, step, first, counts",
    [
        ([0, -1, -3600, 1], True, 3600, -2, [1, 2, 1]),
        ([-100 * 86400.0] * 6, True, 7 * 86400, -15, [6] + [0] * 14),
        ([-5.0, -7199.0], False, 3600, -2, [1, 1]),
        ([-3e9] + [-60.0] * 30 + [3e9], True, 3600, -1, [31, 1]),
    ],
)
def test_spans_of_time(seconds, is_due, step, first, counts):
    found = class_page.spans(seconds, is_due)
    assert found[:2] == (step, first) and found[2][: len(counts)] == counts
    assert sum(found[2]) == len(seconds) and len(found[2]) <= class_page.MOST_BARS + 1


def test_no_due_date_and_no_known_times_are_borne(tmp_path):
    graded_class.enter(tmp_path, a_class(tmp_path))
    (tmp_path / "due.csv").unlink()
    assert "a bar for each" in shown(tmp_path)
    for i in range(7):
        note(tmp_path, f"s{i}", "late")
    assert "isn't known of enough students" in shown(tmp_path)


def test_marks_beyond_the_maximum_or_below_zero_are_in_the_outermost_bars():
    assert class_page.in_bars([-1, 0, 2.5, 4, 5.5], 4) == (1, [2, 0, 1, 0, 2])
    step, counts = class_page.in_bars([0, 50, 100], 100)
    assert step == 5 and len(counts) == 21 and (counts[0], counts[10], counts[20]) == (1, 1, 1)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda out: (out / "marks.csv").unlink(), "marks.csv: missing; run make grade first"),
        (lambda out: (out / "marks.csv").write_text("a,b\n"), "should have the column student"),
        (
            lambda out: (out / "marks.csv").write_text(
                "student,chapter,exercise,points,maximum,status"
            ),
            "no marks yet; run make grade first",
        ),
        (
            lambda out: (out / "marks.csv").write_text(
                (out / "marks.csv").read_text().replace(",3,3,right", ',"3,0",3,right')
            ),
            "has '3,0' points for train1.central, which is no number",
        ),
    ],
)
def test_marks_that_can_t_be_read_are_told_in_a_line(tmp_path, capsys, change, message):
    graded_class.enter(tmp_path, a_class(tmp_path))
    change(tmp_path)
    assert class_statistics.main(["--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.splitlines()) == 1 and not said.out
    assert not (tmp_path / "statistics.csv").exists()
