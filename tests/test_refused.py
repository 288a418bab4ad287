"""Pages of feedback for what can't be graded."""

import datetime
import json
import zipfile

import pytest

from tools.grading import give_back, refused, submissions
from tools.grading.submissions import Refused

DUE = datetime.datetime(2027, 1, 31, tzinfo=datetime.UTC)
CELL = {"cell_type": "code", "source": "x = 1", "metadata": {}}
HANDED_IN = {  # status: [(name, content)]
    "empty": [("train9.ipynb", "")],
    "not a notebook": [("train9.ipynb", "%PDF-1.7")],
    "too large": [("train9.ipynb", json.dumps({"cells": [{}] * (submissions.MOST + 1)}))],
    "another notebook": [("train9.ipynb", json.dumps({"cells": [CELL]}))],
    "wrong name": [("a.ipynb", "{}"), ("b.ipynb", "{}")],
}


def status_of(folder):
    """Why what lies in a folder can't be graded."""
    with pytest.raises(Refused) as why:
        path, _ = submissions.find_file(folder, "train9")
        submissions.take(submissions.read_cells(path), [], {})
    return str(why.value)


@pytest.mark.parametrize("status", HANDED_IN)
def test_a_page_says_what_was_handed_in_what_is_wrong_and_what_to_do(tmp_path, status):
    folder = tmp_path / "submitted" / "s01" / "train9"
    folder.mkdir(parents=True)
    for name, content in HANDED_IN[status]:
        (folder / name).write_text(content)
    assert status_of(folder) == status
    refused.write(tmp_path, "train9", "s01", status, DUE)
    page = (tmp_path / "feedback" / "s01" / "train9" / "train9.html").read_text()
    assert all(name in page for name, _ in HANDED_IN[status]) and "no points so far" in page
    assert "{" not in page.partition("<body>")[2] and "due at 2027-01-31 00:00:00" in page
    wrong, remedy = refused.SAID[status]
    assert wrong[:12] in page.replace("&#x27;", "'") and remedy[:8] in page
    give_back.remember(tmp_path, "train9", {"s01": "Ada L_1_assignsubmission_file_/train9.ipynb"})
    give_back.write(tmp_path, "train9", ["s01", "s02"])
    with zipfile.ZipFile(tmp_path / "give-back" / "train9-moodle.zip") as archive:
        assert archive.namelist() == ["Ada L_1_assignsubmission_file_/train9.html"]
        assert archive.read(archive.namelist()[0]).decode() == page


def test_whatever_a_file_is_called_its_name_is_text(tmp_path):
    folder = tmp_path / "submitted" / "s01" / "train9"
    (folder / "folder.ipynb").mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2027-01-01 00:00:00 UTC")
    for i in range(30):
        (folder / f"<script>alert({i})<!--\u202e.ipynb".replace("/", "")).write_text("")
    refused.write(tmp_path, "train9", "s01", "wrong name")
    page = (tmp_path / "feedback" / "s01" / "train9" / "train9.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(" in page and "\u202e" not in page
    assert "and 11 more" in page and "timestamp" not in page and "was due" not in page
    assert "default-src 'none'" in page


def test_what_a_student_called_the_file_is_what_it_is_called(tmp_path):
    folder = tmp_path / "submitted" / "s01" / "train9"
    folder.mkdir(parents=True)
    (folder / "train9.ipynb").write_text("")
    give_back.remember(tmp_path, "train9", {"s01": "lovelaceada_1_2_My answers.ipynb"})
    assert refused.files_in(tmp_path, "train9", "s01") == [("My answers.ipynb", 0)]
    folder.joinpath("train9.ipynb").unlink()
    assert refused.files_in(tmp_path, "train9", "s01") == []
    assert refused.files_in(tmp_path, "train9", "s09") == []


def test_a_page_goes_when_nothing_is_there_and_stays_when_it_s_our_fault(tmp_path):
    page = tmp_path / "feedback" / "s01" / "train9" / "train9.html"
    refused.write(tmp_path, "train9", "s01", "missing")
    assert not page.exists()
    refused.write(tmp_path, "train9", "s01", "empty")
    refused.write(tmp_path, "train9", "s01", "grader failed")
    assert page.exists()
    refused.write(tmp_path, "train9", "s01", "missing")
    assert not page.exists()
