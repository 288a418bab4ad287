"""When chapters are due, and who is late."""

import datetime
import os

import pytest

from tools.grading import deadlines
from tools.grading.deadlines import Deadlines, moment, zone_named
from tools.grading.roster import read_roster
from tools.grading.tables import RosterError


@pytest.fixture
def read(tmp_path):
    """A function: the due dates in a file of this text."""

    def call(text):
        path = tmp_path / "due.csv"
        path.write_text(text, encoding="utf-8")
        return deadlines.read_due(path)

    return call


def test_due_dates_are_read(read, tmp_path):
    due = read("chapter,due\ntrain1,2027-01-31 23:59+01:00\ntrain2,\n")
    assert due == {"train1": moment("2027-01-31 22:59 UTC")}
    assert deadlines.read_due(tmp_path / "none.csv") == {}


@pytest.mark.parametrize(
    "text, zone, utc",
    [
        ("2027-01-31 23:59", "Europe/Berlin", "2027-01-31 22:59 UTC"),
        ("2027-07-31 23:59", "Europe/Berlin", "2027-07-31 21:59 UTC"),
        ("2027-01-31T23:59:30", "Asia/Tokyo", "2027-01-31 14:59:30 UTC"),
        ("2027-01-31 23:59 UTC", "Asia/Tokyo", "2027-01-31 23:59 UTC"),
        ("2027-01-31", "America/New_York", "2027-02-01 04:59:59.999999 UTC"),
        ("2027-03-28", "Europe/Berlin", "2027-03-28 21:59:59.999999 UTC"),  # a day of 23 hours
    ],
)
def test_the_zone_is_a_column_s_and_a_date_means_the_end_of_the_day(read, text, zone, utc):
    assert read(f"chapter;due;Zone\ntrain1;{text};{zone}\n")["train1"] == moment(utc)


def test_without_a_zone_it_is_this_machine_s(read):
    due = read("chapter,due\ntrain1,2027-01-31\n")["train1"]
    assert due == datetime.datetime(2027, 1, 31, 23, 59, 59, 999999).astimezone()


@pytest.mark.parametrize(
    "text, message",
    [
        ("chapter,due\ntrain1,soon\n", "line 2: 'soon' is no time like 2027-01-31 23:59"),
        ("chapter,due\ntrain1,31/01/2027\n", "line 2: '31/01/2027' is no time.*2027-01-31"),
        ("chapter,due\ntrain1,0001-01-01 00:00+14:00\n", "line 2: '0001"),
        ("chapter,due,zone\n\ntrain1,2027-01-31,Mars\n", "line 3: 'Mars' is no time zone like"),
        ("chapter,due,zone\ntrain1,2027-01-31,../../etc/passwd\n", "is no time zone"),
        ("chapter,due\ntrain1,2027-01-31\ntrain1,2027-02-01\n", "line 3: train1 is there twice"),
        ("lesson,due\ntrain1,2027-01-31\n", "should have the column chapter"),
        ("chapter\ntrain1\n", "should have the column due"),
    ],
)
def test_a_wrong_due_date_is_told_in_a_line(read, text, message):
    with pytest.raises(RosterError, match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


def test_due_dates_are_said_with_their_zone_and_unknown_chapters_named(read):
    due = read("chapter,due,zone\ntrain1,2027-01-31,Asia/Tokyo\ntrian2,2027-02-01,\n")
    later = {("s1", "train1"): moment("2027-02-07", zone_named("Asia/Tokyo"))}
    later["s1", "trian1"] = later["s1", "train1"]
    said = deadlines.said(Deadlines(due, later), {"train1", "train2"})
    assert said == [
        "train1 is due at 2027-01-31 23:59:59 (Asia/Tokyo, UTC+09:00)",
        "NB: due.csv: 'trian2' is no chapter here; there are train1, train2",
        "train1 is due for s1 at 2027-02-07 23:59:59 (Asia/Tokyo, UTC+09:00)",
        "NB: extensions.csv: 'trian1' is no chapter here; there are train1, train2",
    ]


DUE = "chapter,due,zone\ntrain1,2027-03-20,Europe/Berlin\ntrain2,,\n"


@pytest.fixture
def extended(tmp_path):
    """A function: the Deadlines of a course with these extensions."""

    def call(text):
        (tmp_path / "roster.csv").write_text("id\ns01\nMax.M\n")
        (tmp_path / "due.csv").write_text(DUE)
        (tmp_path / "extensions.csv").write_text(text, encoding="utf-8")
        return deadlines.read(tmp_path, read_roster(tmp_path / "roster.csv"))

    return call


@pytest.mark.parametrize(
    "row, student, utc",
    [
        # in the chapter's zone, though the clocks have been changed in between
        ("s01;train1;2027-04-03;", "s01", "2027-04-03 21:59:59.999999 UTC"),
        ("max.m;train1;2027-03-22 12:00;", "Max.M", "2027-03-22 11:00 UTC"),
        ("S01;train1;2027-03-22 12:00;Asia/Tokyo", "s01", "2027-03-22 03:00 UTC"),
        ("s01;train1;2027-03-22T12:00Z;Asia/Tokyo", "s01", "2027-03-22 12:00 UTC"),
    ],
)
def test_an_extension_is_for_one_student_and_one_chapter(extended, row, student, utc):
    due = extended(f"Student;Chapter;Due;Zone\n\n{row}\n")
    assert due.of(student, "train1") == moment(utc)
    other = {"s01": "Max.M", "Max.M": "s01"}[student]
    assert due.of(other, "train1") == moment("2027-03-20 22:59:59.999999 UTC")
    assert due.of(student, "train2") is None


def test_extensions_need_no_file_and_no_lines(extended, tmp_path):
    assert extended("student,chapter,due\n").extensions == {}
    (tmp_path / "extensions.csv").unlink()
    assert deadlines.read_extensions(tmp_path / "extensions.csv", {}, None) == {}


@pytest.mark.parametrize(
    "rows, message",
    [
        ("s99,train1,2027-04-01", "line 2: 's99' is no student of roster.csv; write the id"),
        ("s01,train1,soon", "line 2: 'soon' is no time like"),
        ("s01,train1,", "line 2: no time; fill in the column due"),
        ("s01,train1,2027-03-01", "line 2: '2027-03-01' is before train1 is due, 2027-03-20"),
        ("s01,train1,2027-04-01\nS01,train1,2027-04-02", "line 3: s01 has an extension for"),
        ("s01,train1,2027-04-01,x", "line 2: 4 fields below 3 headings"),
    ],
)
def test_a_wrong_extension_is_told_in_a_line(extended, rows, message):
    with pytest.raises(RosterError, match=message) as error:
        extended(f"student,chapter,due\n{rows}\n")
    assert "extensions.csv" in str(error.value) and "\n" not in str(error.value)


def test_a_table_of_extensions_needs_its_columns(extended):
    with pytest.raises(RosterError, match="should have the column student"):
        extended("id,chapter,due\ns01,train1,2027-04-01\n")


def handed_in(tmp_path, note=None, seconds=0):
    """A submission's folder and file, with a note beside it."""
    path = tmp_path / "n.ipynb"
    path.write_text("")
    os.utime(path, (seconds, seconds))
    if note is not None:
        (tmp_path / "timestamp.txt").write_text(note, encoding="utf-8")
    return tmp_path, path


@pytest.mark.parametrize("note", ["2027-02-01 00:00:01 UTC\n", "2027-02-01T01:00:01+01:00"])
def test_when_it_was_handed_in_is_what_the_note_says(tmp_path, note):
    assert deadlines.handed_in(*handed_in(tmp_path, note)) == moment("2027-02-01 00:00:01 UTC")


@pytest.mark.parametrize(
    "note", [None, "", "yesterday", "0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-14:00",
             "2027-02-01" + " " * 300, "before", "\ufffd"],
)  # fmt: skip
def test_without_a_note_it_is_the_file_s_time(tmp_path, note):
    assert deadlines.handed_in(*handed_in(tmp_path, note)).timestamp() == 0


@pytest.mark.skipif(os.name == "nt", reason="needs pipes")
def test_a_note_that_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "timestamp.txt")
    assert deadlines.handed_in(*handed_in(tmp_path)).timestamp() == 0


@pytest.mark.parametrize("seconds", [-(10**10), 10**13])
def test_a_file_may_have_any_time(tmp_path, monkeypatch, seconds):
    _, path = handed_in(tmp_path)
    times = os.stat_result((0o100644, 0, 0, 0, 0, 0, 0, 0, seconds, 0))
    monkeypatch.setattr(type(path), "stat", lambda path: times)
    assert deadlines.handed_in(tmp_path, path)


@pytest.mark.parametrize(
    "note, remark",
    [
        ("2027-01-31 22:59:59 UTC", None),
        ("2027-01-31 23:00:00 UTC", None),
        ("2027-01-31 23:00:01 UTC", "late"),
        ("before 2027-01-31 22:00:00 UTC", None),
        ("before 2027-01-31 23:00:01 UTC", "time unknown"),
        ("late", "late"),
        ("in time", None),
    ],
)
def test_who_is_late(tmp_path, note, remark):
    folder, path = handed_in(tmp_path, note)
    assert deadlines.lateness(folder, path, moment("2027-01-31 23:00 UTC")) == remark


def test_without_a_due_date_only_those_are_late_whom_the_system_calls_so(tmp_path):
    for note, remark in (("2999-01-01 00:00 UTC", None), ("late", "late")):
        folder, path = handed_in(tmp_path, note)
        assert deadlines.lateness(folder, path, None) == remark


@pytest.mark.parametrize(
    "note, seconds, remark",
    [
        ("2027-02-03 12:00 UTC", 0, None),
        ("2027-02-08 12:00 UTC", 0, "late"),
        ("before 2027-02-08 12:00 UTC", 0, "time unknown"),
        ("late", 0, None),  # the file is older than the end of the extension
        ("late", 2**31, "time unknown"),  # Canvas knows nothing of it
        ("in time", 2**31, None),
    ],
)
def test_with_an_extension_it_s_another_day_that_counts(tmp_path, note, seconds, remark):
    due = {"train1": moment("2027-01-31", zone_named("UTC"))}
    later = {("s01", "train1"): moment("2027-02-07", zone_named("UTC"))}
    found = handed_in(tmp_path, note, seconds)
    assert Deadlines(due, later).lateness("s01", "train1", *found) == remark
    others = {"in time": None, "before 2027-02-08 12:00 UTC": "time unknown"}.get(note, "late")
    assert Deadlines(due, later).lateness("s02", "train1", *found) == others
