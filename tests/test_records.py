"""What a course keeps of its exercises: written and read back, and made for courses without it.

tests/released holds a chapter, reduced to three exercises, as it was released before courses kept
records: source.json with its solutions and a hidden test, release.json as nbgrader made it of that.
"""

import json
import re
from dataclasses import replace

import nbformat
import pytest

from tools.grading import assignment, records
from tools.grading.records import Records, RecordsError
from tools.making import exercises
from tools.making.weave import Weave
from tools.setup import ROOT

LESSONS = list(exercises.read_lessons())
OLD = ROOT / "tests" / "released" / "release.json"


@pytest.fixture(scope="module")
def weave():
    """The lessons and their pieces."""
    return Weave()


@pytest.fixture
def made(weave):
    """A function: the Records of a lesson's assignment, and its release as a dict."""

    def call(lesson):
        one = assignment.make(lesson, weave)
        release = json.loads(nbformat.writes(one.notebook))
        for cell in release["cells"]:
            text = records.text_of(cell)
            cell["source"] = re.sub(r"### BEGIN SOLUTION\n(.|\n)*?### END SOLUTION", "", text)
        return Records(one.setting, one.exercises), release

    return call


@pytest.mark.parametrize("lesson", LESSONS)
def test_records_are_read_as_they_were_written_but_for_solutions(made, tmp_path, lesson):
    kept, release = made(lesson)
    records.write(tmp_path, lesson, kept)
    assert [path.name for path in (tmp_path / "records").iterdir()] == [f"{lesson}.json"]
    found = records.read(tmp_path, lesson, release)
    assert found.setting == kept.setting
    assert found.exercises == [replace(one, solution=[], follow_up=[]) for one in kept.exercises]


@pytest.mark.parametrize("lesson", LESSONS)
def test_records_hold_no_line_of_a_solution(made, tmp_path, lesson):
    kept, release = made(lesson)
    records.write(tmp_path, lesson, kept)
    text = records.path_of(tmp_path, lesson).read_text(encoding="utf-8")
    public = "".join(map(records.text_of, release["cells"]))
    for one in kept.exercises:
        for line in one.solution_text.splitlines():
            shown = json.dumps(line.strip())[1:-1]
            assert len(shown) <= 12 or line.strip() in public or shown not in text


def graded_by(one):
    """What grading needs to know of an Exercise."""
    names = one.name, one.grade_id, one.task_id, one.graded_id, one.cell_id
    return *names, one.points, one.marked_by, one.expression, one.stub_text.strip()


@pytest.mark.parametrize("lesson", LESSONS)
def test_records_made_of_a_release_serve_grading_as_well(made, lesson):
    kept, release = made(lesson)
    found = records.derived(release)
    assert list(map(graded_by, found.exercises)) == list(map(graded_by, kept.exercises))
    assert [one.title for one in found.exercises] == [one.title for one in kept.exercises]
    assert [one.task for one in found.exercises] == [one.task for one in kept.exercises]
    assert [text.strip() for text in found.setting] == kept.setting


def test_a_chapter_released_before_there_were_records_is_read(tmp_path):
    release = json.loads(OLD.read_text(encoding="utf-8"))
    found = records.read(tmp_path, "train0", release)
    rows = [(one.name, one.points, one.marked_by, one.expression) for one in found.exercises]
    assert rows == [
        ("train0.count_pairs", 0, None, "my_count_pairs"),
        ("train0.trigram", 4, "tests", "trigram_probs"),
        ("train0.no_shuffle", 4, "hand", None),
    ]
    trigram = found.exercises[1]
    assert trigram.title == "A memory of two" and trigram.task.startswith("**Aim.** Stretch the")
    assert (trigram.graded_id, trigram.cell_id) == (
        "train0-trigram-test",
        "train0-trigram-0bdcb7ffe425",
    )
    assert trigram.stub_text.startswith("def trigram_probs(documents, vocab_size, before, token):")
    (setting,) = found.setting
    assert "docs = load_docs" in setting and "lab.checks" not in setting


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('"format": 1', '"format": 2', "format 2; this course reads 1"),
        ('"format": 1,', '"format": 1', "not JSON"),
        ("train0.trigram", "train0.pentagram", "train0.pentagram is not in the release of train0"),
    ],
)
def test_records_that_do_not_fit_are_told(made, tmp_path, old, new, says):
    kept, release = made("train0")
    records.write(tmp_path, "train0", kept)
    path = records.path_of(tmp_path, "train0")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RecordsError, match=says):
        records.read(tmp_path, "train0", release)
