"""Cells run as the page runs them: what is shown, what errors say, and how checks are watched."""

import json

import pytest

from microgpt_ref import training
from microgpt_ref.lab import checks, page, showing
from microgpt_ref.lab.checks import child_process


@pytest.fixture
def shown(monkeypatch):
    """A page, and the messages that it has posted: [kind, data]."""
    monkeypatch.setattr(showing, "page", None)
    monkeypatch.setattr(child_process, "watched", None)
    monkeypatch.setattr(training, "train", training.train)
    monkeypatch.setattr(checks, "results", {})
    messages = []
    one = page.Page(lambda kind, data: messages.append([kind, json.loads(data)]))
    return one, messages


@pytest.mark.parametrize(
    "source, expected",
    [
        ("print('a'); print('b')", [["stream", "a\n"], ["stream", "b\n"]]),
        ("print('a', end='')", [["stream", "a"]]),
        ("1 + 1", [["result", "2"]]),
        ("1 + 1;", []),
        ("None", []),
        ("x = 3\n'a'\nx", [["result", "3"]]),
        ("list(range(40))", [["result", "[" + ",\n ".join(map(str, range(40))) + "]"]]),
        ("'a' * 90", [["result", repr("a" * 90)]]),
        ("", []),
        ("# only a comment", []),
    ],
)
def test_a_cell_shows_what_a_notebook_shows(shown, source, expected):
    one, messages = shown
    assert one.run(source, "a-1") and messages == expected


def test_cells_share_their_names(shown):
    one, messages = shown
    assert one.run("def f(x):\n    return 2 * x", "a-1") and one.run("f(4)", "a-2")
    assert messages == [["result", "8"]]


def test_what_was_printed_stands_before_the_error_and_its_line_is_marked(shown):
    one, messages = shown
    one.run("def f(x):\n    return 1 / x", "a-1")
    assert not one.run("print('first')\nf(0)", "a-2")
    (printed, error) = messages
    assert printed == ["stream", "first\n"]
    assert error == [
        "error",
        "--> line 2 of this cell:\n        f(0)\n"
        "--> line 2 of another cell, in f:\n        return 1 / x\n"
        "ZeroDivisionError: division by zero\n",
    ]


def test_the_package_s_own_lines_are_told_without_an_arrow(shown):
    one, messages = shown
    one.run("from microgpt_ref.data import load_docs\nload_docs('gone.txt')", "a-1")
    ((_, text),) = messages
    lines = text.splitlines()
    assert lines[0].startswith("-->") and lines[2].startswith("    microgpt_ref/data.py, line ")
    assert lines[-1].startswith("FileNotFoundError: can't read gone.txt")


def test_a_syntax_error_shows_its_place(shown):
    one, messages = shown
    assert not one.run("x = 1\ny = = 2", "a-1")
    ((_, text),) = messages
    assert "this cell" in text and "line 2" in text and "y = = 2" in text and "^" in text


def test_a_missing_module_says_what_there_is_instead(shown):
    one, messages = shown
    one.run("import a_module.of_nobody", "a-1")
    ((_, text),) = messages
    assert "standard library and microgpt_ref, but not a_module." in text and "JupyterLab" in text


def test_a_long_traceback_is_shortened(shown):
    one, messages = shown
    one.run("def f(n):\n    return f(n + 1) if n < 200 else 1 / 0\nf(0)", "a-1")
    assert len(messages[0][1].splitlines()) <= 31 and "left out" in messages[0][1]


def test_a_cell_that_leaves_python_only_ends_itself(shown):
    one, messages = shown
    assert not one.run("raise SystemExit('enough')", "a-1")
    assert "SystemExit: enough" in messages[0][1] and one.run("1", "a-2")


def test_endless_output_is_cut_and_says_so(shown, monkeypatch):
    one, messages = shown
    monkeypatch.setattr(page, "MOST", 50)
    assert one.run("for i in range(100):\n    print('line', i)", "a-1")
    printed = "".join(text for _, text in messages)
    assert printed.startswith("line 0\nline 1\n") and "printed more than 50" in printed
    assert len(printed) < 200
    messages.clear()
    assert one.run("print('again')", "a-2") and messages == [["stream", "again\n"]]


def test_endless_figures_are_cut_as_well(shown):
    one, messages = shown
    code = "from microgpt_ref.lab.showing import display\nfor i in range(999):\n    display(i)"
    assert one.run(code, "a-1") and len(messages) == page.MOST_SHOWN + 1
    assert messages[-1][0] == "stream" and "cut here" in messages[-1][1]


def test_display_and_pictures_go_to_the_page(shown):
    one, messages = shown
    one.run(
        "from microgpt_ref.lab.figures import bar_chart\n"
        "from microgpt_ref.lab.showing import display\n"
        "display(7)\nbar_chart('ab', [1, 2], 'x', 'y', 'train0')",
        "a-1",
    )
    result, picture, caption = messages
    assert result == ["result", "7"]
    assert picture[0] == "display" and picture[1]["text/plain"] == "Bar chart of y by x. a 1, b 2."
    assert picture[1]["image/svg+xml"].startswith("<svg ") and "image/png" not in picture[1]
    assert caption == ["stream", "Figure: b leads with 2, and a trails with 1.\n"]


def test_a_check_is_watched_and_says_what_it_says_in_a_notebook(shown, capsys):
    one, messages = shown
    one.run("from microgpt_ref.lab.checks import check\ncheck('train0.by_hand', 1 / 6)", "a-1")
    begun, ended, *printed, (kind, results) = messages
    assert begun[0] == "check" and begun[1]["seconds"] == 10
    assert begun[1]["text"] == (
        "train0.by_hand: not right. It didn't end within 10 seconds.\n"
        "  Is there a loop without end?\n"
    )
    assert ended == ["checked", []] and kind == "checked"
    assert [result[:2] for result in results] == [["train0.by_hand", "not right"]]
    child_process.watched = None
    checks.check("train0.by_hand", 1 / 6)
    assert "".join(text for _, text in printed) == capsys.readouterr().out


def test_a_page_that_was_started_anew_recalls_the_results_of_checks(shown):
    one, messages = shown
    one.recall([["train0.by_hand", "right", "", ""]])
    one.run("from microgpt_ref.lab.checks import summary\nsummary('train0')", "a-1")
    assert "train0.by_hand" not in "".join(text for _, text in messages)


PLAY = """
from microgpt_ref.lab.widgets import choice, play, text
play("Which?", lambda a, b: f"{a}{b}", a=choice("letter", ["x", "y"], "x"), b=text("word", "o"))
"""


def test_controls_answer_what_is_chosen(shown):
    one, messages = shown
    assert one.run(PLAY, "a-1")
    controls, begun, printed, ended = messages
    assert controls[0] == "controls" and controls[1]["question"] == "Which?"
    assert [c["name"] for c in controls[1]["controls"]] == ["a", "b"]
    assert (begun, printed, ended) == (["answer", 0], ["stream", "xo\n"], ["answer", None])
    messages.clear()
    assert one.choose(0, {"a": 1}) and messages[1] == ["stream", "yo\n"]
    assert not one.choose(0, {"a": 9}) and messages[-1][0] == "error"


TRAIN = """
import math
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import train
noted = []
losses = train(lambda tokens, rate: [1.25, math.nan][len(noted) % 2], ["a"], Tokenizer(["a"]),
    {steps}, report=lambda step, loss: noted.append(step))
(noted == list(range({steps})), len(losses))
"""


def test_a_run_that_takes_a_while_shows_all_of_its_losses(shown, monkeypatch):
    one, messages = shown
    monkeypatch.setattr(page, "BETWEEN", 0)
    assert one.run(TRAIN.format(steps=5), "a-1")
    *told, result = messages
    assert result == ["result", "(True, 5)"] and {kind for kind, _ in told} == {"losses"}
    assert [data["first"] for _, data in told] == [0, 1, 2, 3, 4]
    losses = [loss for _, data in told for loss in data["losses"]]
    assert losses == [1.25, None, 1.25, None, 1.25] and told[0][1]["steps"] == 5


def test_a_short_run_shows_nothing(shown):
    one, messages = shown
    assert one.run(TRAIN.format(steps=3), "a-1") and messages == [["result", "(True, 3)"]]
