"""Reading within limits: a notebook made to take time or memory costs one student alone."""

import json
import os
import sys
import time

import pytest

from tests.test_submissions import ANSWERED, LOCKED, PARTS, RELEASE, cell, notebook
from tools.grading import reading, submissions
from tools.grading.submissions import Refused

linux = pytest.mark.skipif(sys.platform != "linux", reason="this system keeps no such limit")
posix = pytest.mark.skipif(os.name == "nt", reason="this system keeps no such limit")
HONEST = notebook(*ANSWERED)


@pytest.fixture
def file(tmp_path):
    """A function: the path of a notebook's file of this text."""

    def call(text, name="n.ipynb"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return call


def test_an_honest_notebook_is_read_and_rebuilt_as_without_limits(file):
    attached = {"a.png": {"image/png": ["QUJD", "RA=="], "text/x": 1}, "b": 7}
    path = file(notebook(*ANSWERED[:-1], {**ANSWERED[-1], "attachments": attached}))
    expected = submissions.take(submissions.read_cells(path), PARTS, LOCKED)
    with reading.Reader() as reader:
        found = reader.read(path, PARTS, LOCKED)
        assert (found.answers, found.remarks) == (expected.answers, expected.remarks)
        assert found.attachments["train9-w"] == {"a.png": {"image/png": ["QUJD", "RA=="]}, "b": {}}
        rebuilt = reader.rebuild(RELEASE, found, PARTS)
        assert rebuilt == submissions.rebuild(RELEASE, expected, PARTS)
        assert found.remarks == expected.remarks
        first = reader.process.pid
        with pytest.raises(Refused, match="not a notebook"):
            reader.read(file("[", "other.ipynb"), PARTS, LOCKED)
        assert reader.process.pid == first
    assert reader.process is None


@pytest.mark.parametrize("pictures", [1, 5])
def test_a_notebook_with_large_pictures_is_read(file, pictures):
    png = {"image/png": "A" * (7 << 19)}  # 3.5 MB
    outputs = [{"output_type": "display_data", "data": png, "metadata": {}}] * pictures
    path = file(notebook(*ANSWERED, cell("code", "plot()", outputs=outputs)))
    with reading.Reader() as reader:
        assert reader.read(path, PARTS, LOCKED).answers["train9-w"] == "Because."


@linux
def test_a_notebook_that_takes_much_memory_is_too_large(file):
    text = HONEST[:-1] + ', "x": [' + '{"":{}},' * 1_000_000 + "0]}"
    with reading.Reader(memory=300 << 20) as reader:
        with pytest.raises(Refused, match="too large"):
            reader.read(file(text), PARTS, LOCKED)
        assert reader.read(file(HONEST), PARTS, LOCKED).answers


@posix
def test_a_notebook_that_takes_long_is_too_large(file):
    cells = [cell("code", "a = 1\n" * 1300)] * 4500
    with reading.Reader(seconds=0) as reader:
        with pytest.raises(Refused, match="too large"):
            reader.read(file(json.dumps({"cells": cells})), PARTS, LOCKED)
        assert reader.read(file(HONEST), PARTS, LOCKED).answers


def test_an_answer_that_takes_long_to_show_is_shown_as_typed(file):
    with reading.Reader(waiting=0.5) as reader:
        reader.command = [sys.executable, "-c", "import time; time.sleep(60)"]
        found = submissions.Submission({"train9-w": "*So*\n\n- a\n### BEGIN SOLUTION"})
        start = time.monotonic()
        cells = reader.rebuild(RELEASE, found, PARTS)["cells"]
        assert time.monotonic() - start < 20 and reader.process is None
    assert found.remarks == ["shown as typed"]
    shown = "<div><pre>*So*&#10;&#10;- a&#10;### BEGIN_SOLUTION</pre></div>"
    assert cells[2]["source"] == shown


def test_a_fault_of_ours_is_told_and_stops_no_other(file):
    with reading.Reader() as reader:
        with pytest.raises(RuntimeError, match="FileNotFoundError"):
            reader.read("none.ipynb", PARTS, LOCKED)
        assert reader.read(file(HONEST), PARTS, LOCKED).answers
