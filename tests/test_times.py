"""The times of the lessons: what is measured, and which long cells have to be announced."""

import nbformat
import pytest

from tools.checking import times

WAIT = (
    "import time\nbegun = time.process_time()\nwhile time.process_time() < begun + 0.3:\n    pass"
)


def notebook(*cells):
    """A notebook of cells: text for those that begin with #, else code."""
    v4 = nbformat.v4
    made = [v4.new_markdown_cell(c) if c[0] == "#" else v4.new_code_cell(c) for c in cells]
    return v4.new_notebook(cells=made)


def test_each_cell_is_timed_by_what_the_kernel_computes(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")  # set by the run, and put back after the test
    whole, each = times.measure(notebook("# text", "1", WAIT, "time.sleep(1)"))
    assert len(each) == 3 and each[1] >= 0.3 and each[1] == max(each)
    assert whole >= sum(each)


def test_a_cell_goes_with_the_text_before_it():
    pairs = times.with_text(notebook("1", "# a", "2", "3", "# b", "# c", "4"))
    assert [(cell.source, text) for cell, text in pairs] == [
        ("1", ""),
        ("2", "# a"),
        ("3", "# a"),
        ("4", "# c"),
    ]


@pytest.mark.parametrize(
    ("seconds", "text", "unannounced", "said"),
    [
        (times.LONG, "# Train it.", 0, None),
        (times.LONG + 1, "# Train it.", 1, "NOT ANNOUNCED"),
        (times.LONG + 1, "# Train it, for half a minute.", 0, "announced"),
        (times.LONG + 1, "# It takes 25 seconds.", 0, "announced"),
        (times.LONG + 1, "# A secondary matter.", 1, "NOT ANNOUNCED"),
    ],
)
def test_a_long_cell_has_to_be_announced(seconds, text, unannounced, said):
    pairs = times.with_text(notebook(text, "train()\n1"))
    lines, found = times.report("train9", 30.0, [seconds], pairs)
    assert found == unannounced
    if said:
        assert f"{seconds:.1f} s, {said}" in lines[1] and lines[1].endswith(": train()")
    else:
        assert len(lines) == 1


def test_a_chapter_that_is_not_there_is_named(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["times", "train9"])
    assert times.main() == 1
    assert "train9: no such chapter" in capsys.readouterr().err
