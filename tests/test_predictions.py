"""What lessons ask readers to guess: the marks on cells, and that every answer is what is shown."""

import json

import nbformat
import pytest

from tools.making import notebooks, predictions, sources
from tools.making.sources import SourceError
from tools.setup import ROOT


def asked(lesson):
    """(cell, its metadata) of a committed notebook's cells that ask for a guess."""
    text = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    return [(cell, cell["metadata"]) for cell in cells if "answer" in cell["metadata"]]


@pytest.mark.parametrize("lesson", sources.names())
def test_every_lesson_asks_for_two_numbers_or_more_and_has_their_answers(lesson):
    numbers = []
    for cell, metadata in asked(lesson):
        assert len(metadata["shown"]) == len(predictions.expressions(metadata)), cell["id"]
        numbers += filter(predictions.is_number, metadata["shown"])
    assert len(numbers) >= 2


@pytest.mark.parametrize("lesson", sources.names())
def test_every_output_that_is_held_back_is_asked_for(lesson):
    text = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
    cells = [cell["metadata"] for cell in json.loads(text)["cells"]]
    revealing = [one for one in cells if "reveal" in one.get("tags", [])]
    without = [one for one in revealing if "answer" not in one]
    assert len(without) <= 1, "a figure beside the answer"


@pytest.mark.parametrize("lesson", sources.names())
def test_a_word_that_is_chosen_is_one_of_the_choices(lesson):
    for cell, metadata in asked(lesson):
        words = [one for one in metadata["shown"] if not predictions.is_number(one)]
        if "choices" in metadata and "digits" in metadata:
            assert set(words) <= set(metadata["choices"]), cell["id"]
        elif "choices" in metadata:
            assert set(metadata["shown"]) <= set(metadata["choices"]), cell["id"]


@pytest.mark.parametrize(
    "value, digits, text",
    [
        (3.29584, 4, "3.2958"),
        (30616, 0, "30,616"),
        (6368.4, 0, "6,368"),
        (-0.00001, 4, "0.0000"),
        (-0.5, 1, "-0.5"),
        ("j", 2, "j"),
    ],
)
def test_answers_are_shown_with_their_digits(value, digits, text):
    assert predictions.formatted(value, digits) == text


def test_a_number_without_digits_is_refused():
    with pytest.raises(ValueError, match=r"the answer 3\.5 is a number: say its digits"):
        predictions.formatted(3.5)


@pytest.mark.parametrize(
    "marks, fault",
    [
        ({"answer": "x"}, "as many answers as questions"),
        ({"ask": "x"}, "as many answers as questions"),
        ({"ask": ["x", "y"], "answer": ["x"]}, "as many answers as questions"),
        ({"ask": "x", "answer": "x", "tags": ["main"]}, "a cell tagged reveal"),
    ],
)
def test_marks_that_do_not_go_together_are_told(marks, fault):
    with pytest.raises(SourceError, match=f"train9: the prediction .* {fault}"):
        predictions.check({"tags": ["reveal"]} | marks, "train9")


def test_the_page_gets_questions_with_digits_or_choices():
    marks = {"ask": ["a", "b"], "answer": ["x", "y"], "digits": 2, "choices": ["u", "v"]}
    assert predictions.as_json(marks) is None
    questions = json.loads(predictions.as_json(marks | {"shown": ["0.25", "u"]}))
    assert questions == [
        {"ask": "a", "shown": "0.25", "digits": 2},
        {"ask": "b", "shown": "u", "choices": ["u", "v"]},
    ]


def test_answers_are_evaluated_after_their_cells_when_a_notebook_is_made():
    new = nbformat.v4.new_code_cell
    marks = {"tags": ["reveal"], "ask": ["a", "b"], "answer": ["2 * x", "'ab'[x - 3]"], "digits": 1}
    cells = [new("x = 3"), new("x += 1\nx", metadata=marks), new("x = 9\nx")]
    made = notebooks.execute(nbformat.v4.new_notebook(cells=cells))
    assert [cell.source for cell in made.cells] == ["x = 3", "x += 1\nx", "x = 9\nx"]
    assert made.cells[1].metadata["shown"] == ["8.0", "b"]
    assert [cell.execution_count for cell in made.cells] == [1, 2, 3]
    assert [cell.outputs[0].execution_count for cell in made.cells[1:]] == [2, 3]
    assert "shown" not in notebooks.without_outputs(made).cells[1].metadata
