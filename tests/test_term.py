"""A term in small: collected from Moodle's zip, graded, totalled, and given back.

Run by make test-slow, with nbgrader in its own environment.
"""

import csv
import json
import os
import re
import zipfile

import bs4
import pytest

from tests.classroom import filled_in
from tools.grading import assignment, collect, grade
from tools.making.weave import Weave

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

ROSTER = "id,first_name,last_name\ns01,Ada,Lovelace\ns02,Alan,Turing\ns03,Eve,Mill\n"
FOLDERS = {
    "s01": "Ada Lovelace_11_assignsubmission_file_",
    "s02": "Alan Turing_12_assignsubmission_file_",
}
WRITTEN = "train0.no_shuffle"


def answers_of(parts, **changes):
    """A notebook's answers: the solutions, but for these changes by the name without its lesson."""
    answers = {one.name: (one.solution_text, 0) for one in parts}
    return answers | {f"train0.{name}": (text, 0) for name, text in changes.items()}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course that was collected and graded, and what the grader said."""
    out = tmp_path_factory.mktemp("term") / "class"
    assert assignment.main(["train0", "--out", str(out)]) == 0
    parts = assignment.make("train0", Weave()).exercises
    release = (out / "release" / "train0" / "train0.ipynb").read_text(encoding="utf-8")
    (out / "roster.csv").write_text(ROSTER)
    (out / "due.csv").write_text("chapter,due,zone\ntrain0,2025-01-30,UTC\n")
    (out / "extensions.csv").write_text("student,chapter,due\ns02,train0,2025-02-06\n")
    wrong = {"count_pairs": "def count_pairs(docs, tokenizer):\n    return [[0] * 27] * 27\n"}
    wrong["split_by_name"] = "def split_by_name(docs, share, rng):\n    return docs[:], []\n"
    first = json.loads(filled_in(release, parts, answers_of(parts, **wrong)))
    first["cells"].append({**first["cells"][1], "metadata": {}, "id": "own", "source": "1 + 1"})
    second = filled_in(release, parts, answers_of(parts, loss=None, no_shuffle=None))
    with zipfile.ZipFile(out.parent / "all.zip", "w") as archive:
        for student, text, hour in (("s01", json.dumps(first), 9), ("s02", second, 12)):
            name = f"{FOLDERS[student]}/train0.ipynb"
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 31, hour, 0, 0)), text)
    options = ["--out", str(out), "--chapter", "train0"]
    assert collect.main([str(out.parent / "all.zip"), *options]) == 0
    said = []
    grade.grade(out, say=said.append)
    return out, "\n".join(said)


def table(path, by):
    """{what stands in the column `by`: row} of a table."""
    with open(path, newline="", encoding="utf-8") as file:
        return {row[by]: row for row in csv.DictReader(file)}


def page_of(out, student):
    """A student's page of feedback, taken apart."""
    text = (out / "feedback" / student / "train0" / "train0.html").read_text(encoding="utf-8")
    return bs4.BeautifulSoup(text, "html.parser")


def test_an_extension_is_for_one_student(course):
    said = course[1]
    assert re.search("^s01 train0: graded; late; cells of their own", said, re.MULTILINE)
    assert re.search("^s02 train0: graded, ", said, re.MULTILINE)


def test_totals_follow_the_rule_that_was_written(course):
    rows = table(course[0] / "totals.csv", "student")
    assert (rows["s01"]["train0"], rows["s01"]["train0 of"]) == ("7", "11")
    assert rows["s01"]["still to be marked"] == WRITTEN
    assert rows["s01"]["doesn't count"] == "train0.split_by_name"
    assert (rows["s02"]["total"], rows["s02"]["still to be marked"]) == ("7", "")
    assert (rows["s03"]["total"], rows["s03"]["total percent"]) == ("0", "0")


def test_import_files_have_a_line_for_each_student(course):
    rows = table(course[0] / "moodle.csv", "ID number")
    assert {name: row["train0"] for name, row in rows.items()} == {
        "s01": "",
        "s02": "63.64",
        "s03": "0",
    }
    names = table(course[0] / "canvas.csv", "Student")
    assert list(names) == ["Points Possible", "Ada Lovelace", "Alan Turing", "Eve Mill"]


def test_each_page_goes_back_in_the_folder_from_which_it_came(course):
    out = course[0]
    with zipfile.ZipFile(out / "give-back" / "train0-moodle.zip") as archive:
        for student, folder in FOLDERS.items():
            page = out / "feedback" / student / "train0" / "train0.html"
            assert archive.read(f"{folder}/train0.html") == page.read_bytes()
        assert len(archive.namelist()) == 2


def test_feedback_says_on_top_what_is_unmarked_late_and_left_out(course):
    page = page_of(course[0], "s01")
    said = [one.text for one in page.find(id="toc").find_all("p")]
    assert said[0] == "Not marked yet: Without the shuffle."
    assert said[1] == "It was handed in late: it was due at 2025-01-30 23:59:59 (UTC, UTC+00:00)."
    assert said[2].startswith("Code cells that you added were left out.")
    (counts,) = page_of(course[0], "s02").find(id="toc").find_all("p")
    assert counts.text.startswith("Your best 2 of these count: ")
    rule, (mine, theirs) = counts.text.partition(". ")[0], (said[3], counts.text)
    assert mine.startswith(rule) and theirs.endswith("%.") and " They bring " in theirs
    assert mine.endswith("points, with some still to be marked.") and " So far they bring " in mine


def test_practice_has_a_verdict_on_top_and_at_the_answer(course):
    lines = [one.text for one in page_of(course[0], "s01").find(id="toc").find_all("li")]
    assert lines[0] == "Count the pairs: not right (for practice)"
    assert lines[1] == "The loss of a document: right (for practice)"
    lines = [one.text for one in page_of(course[0], "s02").find(id="toc").find_all("li")]
    assert lines[1] == "The loss of a document: not tried (for practice)"
    outputs = page_of(course[0], "s01").select(".output_area")
    assert outputs[0].text.strip().startswith("not right.")


def test_every_link_of_the_contents_leads_somewhere(course):
    for student in FOLDERS:
        page = page_of(course[0], student)
        links = [link["href"] for link in page.find(id="toc").find_all("a")]
        assert len(links) == 7
        assert all(page.find("a", attrs={"name": link.removeprefix("#")}) for link in links)


def test_feedback_follows_an_extension_that_is_given_later(course):
    out = course[0]
    (out / "extensions.csv").write_text("student,chapter,due\ns01,train0,2025-02-06\n")
    grade.grade(out, say=lambda line: None)
    for student, is_late in (("s01", False), ("s02", True)):
        text = page_of(out, student).find(id="toc").text
        assert ("It was handed in late" in text) == is_late
    rows = table(out / "marks.csv", "student")
    assert "late" not in rows["s01"]["status"] and "late" in rows["s02"]["status"]
