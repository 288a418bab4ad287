"""Collecting from a folder that has a folder or a file for each student."""

import datetime
import os

import pytest

from tests.test_collect import ROSTER
from tools.grading import collect, folders, handins, submissions
from tools.grading.assignment import AssignmentError

NOON = datetime.datetime(2027, 1, 31, 12, tzinfo=datetime.UTC).timestamp()


@pytest.fixture
def course(tmp_path):
    """A course with a roster and two chapters."""
    out = tmp_path / "class"
    for chapter in ("train9", "train8"):
        (out / "release" / chapter).mkdir(parents=True)
    (out / "submitted").mkdir()
    (out / "roster.csv").write_text(f"{ROSTER}s07,Kay,,,\n", encoding="utf-8")
    return out


def put(folder, *names, hours=0):
    """Put files into a folder; each holds its own name, and was written at noon and some hours."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"of {name}", encoding="utf-8")
        os.utime(path, (NOON + 3600 * hours,) * 2)


@pytest.fixture
def collected(course, tmp_path):
    """A function: ({student: what would be graded}, what was said) after collecting the folder."""

    def call(*names):
        said = []
        put(tmp_path / "in", *names)
        collect.collect(tmp_path / "in", course, "train9", datetime.UTC, said.append)
        paths = (course / "submitted").glob("*/train9/train9.ipynb")
        return {path.parts[-3]: path.read_text() for path in paths}, "\n".join(said)

    return call


@pytest.mark.parametrize(
    "name, student",
    [
        ("s01/train9.ipynb", "s01"),
        ("S01/train9/train9.ipynb", "s01"),
        ("s01/any.ipynb", "s01"),
        ("s01.ipynb", "s01"),
        ("s01_train9.ipynb", "s01"),
        ("train9-s01.ipynb", "s01"),
        ("train9 7002.IPYNB", "s02"),
        ("Ada Lovelace/train9.ipynb", "s01"),
        ("Lovelace, Ada.ipynb", "s01"),
        ("Ümit Straße - train9.ipynb", "s04"),
        ("eve@example.org/train9.ipynb", "s03"),
        ("turing.a/train9.ipynb", "s02"),
        ("jo2 Jo Kim/train9.ipynb", "s06"),
        ("Ada Lovelace_12345_assignsubmission_file_/train9.ipynb", "s01"),
        ("lovelaceada_12345_67890_train9-1.ipynb", "s01"),
    ],
)
def test_whose_a_file_is_says_its_name(collected, name, student):
    assert collected(name)[0] == {student: f"of {name}"}


@pytest.mark.parametrize(
    "name, why",
    [
        ("Jo Kim/train9.ipynb", "may be of s05, s06"),
        ("nobody/train9.ipynb", "fits no student"),
        ("train9.ipynb", "fits no student"),
        (" .ipynb", "fits no student"),
        ("_.ipynb", "fits no student"),
        ("s01 Eve O'Neil.ipynb", "may be of s01, s03"),
        ("s01 Nobody/train9.ipynb", "an id of s01, but another name"),
        ("s01/notes.pdf", "not a notebook"),
    ],
)
def test_what_fits_nobody_or_several_is_listed_and_not_guessed(collected, name, why):
    found, said = collected(name)
    assert not found and why in said and ascii(name) in said


def test_a_student_with_a_folder_and_a_file_has_neither_collected(collected):
    found, said = collected("s01/train9.ipynb", "Ada Lovelace.ipynb", "s02.ipynb")
    assert set(found) == {"s02"} and said.count("would both be s01") == 2


def test_other_chapters_and_what_editors_keep_are_passed_over(collected, course):
    names = [
        "s01/train8.ipynb",
        "s01/train8/mine.ipynb",
        "s02_train8.ipynb",
        "s02/train8 (1).ipynb",
    ]
    names += ["s02/.ipynb_checkpoints/train9-checkpoint.ipynb", ".git/s01.ipynb", "s02/.x.ipynb"]
    found, said = collected("s01/train9.ipynb", *names)
    assert found == {"s01": "of s01/train9.ipynb"} and "NB: '" not in said
    assert not (course / "submitted" / "s01" / "train9" / "earlier").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
def test_links_and_pipes_are_refused_wherever_they_are(collected, tmp_path, course):
    secret = tmp_path / "secret"
    put(secret, "train9.ipynb")
    put(tmp_path / "in", "s03/x.txt")
    (tmp_path / "in" / "s01").symlink_to(secret)
    (tmp_path / "in" / "s02.ipynb").symlink_to(secret / "train9.ipynb")
    os.mkfifo(tmp_path / "in" / "s03" / "train9.ipynb")
    found, said = collected()
    assert not found and said.count("a link or a device") == 3


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="opens no files below a folder")
def test_a_link_that_takes_a_place_after_the_look_is_not_followed(tmp_path):
    put(tmp_path / "secret", "s01/train9.ipynb")
    top = tmp_path / "in"
    put(top, "s02/train9.ipynb")
    (top / "s01").symlink_to(tmp_path / "secret" / "s01")
    (top / "s02" / "link.ipynb").symlink_to(tmp_path / "secret" / "s01" / "train9.ipynb")
    os.mkfifo(top / "s02" / "pipe.ipynb")
    for name in ("s01/train9.ipynb", "s02/link.ipynb", "s02/pipe.ipynb"):
        with pytest.raises(OSError):
            folders.open_inside(top, name)
    with folders.open_inside(top, "s02/train9.ipynb") as file:
        assert file.read() == b"of s02/train9.ipynb"


def test_when_files_were_written_says_when_they_were_handed_in(collected, course, tmp_path):
    (course / "due.csv").write_text("chapter,due\ntrain9,2027-01-31 13:00 UTC\n")
    put(tmp_path / "in", "s02/train9.ipynb", hours=2)
    _, said = collected("s01/train9.ipynb")
    assert "when they were last written" in said and "14:00:00 UTC: late" in said
    note = course / "submitted" / "s01" / "train9" / "timestamp.txt"
    assert note.read_text().strip() == "2027-01-31 12:00:00 UTC"


def test_a_copy_that_has_lost_the_times_makes_nobody_late(collected, course):
    _, said = collected("s01/train9.ipynb", "s02.ipynb")
    assert "all files have about the same time, as copies have, 2027-01-31 12:00:00" in said
    note = course / "submitted" / "s01" / "train9" / "timestamp.txt"
    assert note.read_text().strip() == "before 2027-01-31 12:00:00 UTC"


def test_nothing_is_overwritten_and_the_newest_counts(collected, course, tmp_path):
    collected("s01/train9.ipynb")
    put(tmp_path / "in", "s01/train9 (1).ipynb", hours=1)
    assert "was collected before" in collected()[1]
    assert collected()[0] == {"s01": "of s01/train9 (1).ipynb"}
    kept = (course / "submitted" / "s01" / "train9" / "earlier").glob("*/train9.ipynb")
    assert [path.read_text() for path in kept] == ["of s01/train9.ipynb"]


def test_limits_hold(collected, course, tmp_path, monkeypatch):
    put(tmp_path / "in", "s02/" + "/".join("abcdefghijk") + "/train9.ipynb")
    found, said = collected("s01.ipynb")
    assert set(found) == {"s01"} and "deeper than" in said
    with monkeypatch.context() as patch:
        patch.setattr(submissions, "LARGEST", 3)
        assert "larger than" in collected("s03.ipynb")[1]
    monkeypatch.setattr(handins, "MOST", 1)
    with pytest.raises(AssignmentError, match="more than 1 files"):
        collected("s03.ipynb")


def test_the_class_s_own_folder_is_not_collected_from(course):
    for path in (course, course / "submitted", course.parent):
        with pytest.raises(AssignmentError, match="should lie outside"):
            collect.collect(path, course, "train9", say=print)


def test_an_unzipped_download_of_canvas_says_who_is_late(collected, course):
    collected("lovelaceada_LATE_1_2_train9.ipynb", "turingalan_3_4_train9.ipynb")
    notes = {p.parts[-3]: p.read_text().strip() for p in course.rglob("timestamp.txt")}
    assert notes == {"s01": "late", "s02": "in time"}
