"""train4's lab: what its figures say, and what its sliders' functions do at their ends.

Also statements of the lesson that none of its cells prints.
"""

import random
import sys

import pytest

from microgpt_ref.data import load_docs
from microgpt_ref.gpt import gpt_shapes
from microgpt_ref.lab.canvas.shapes import Words
from microgpt_ref.lab.figures import Picture
from microgpt_ref.lab.runs import load_run
from microgpt_ref.lab.train4 import (
    compare_curves,
    lines_by_lesson,
    methods_called,
    names_from,
    rate_chart,
    running_mean_chart,
    short,
    show_names,
    sliding_means,
)
from microgpt_ref.layers import random_weights
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import Value


@pytest.fixture
def tokenizer():
    """The letters a to z and BOS."""
    return Tokenizer(["abcdefghijklmnopqrstuvwxyz"])


@pytest.fixture
def weights():
    """An untrained model of the lesson's size."""
    return random_weights(gpt_shapes(27, 16, 16, 1), random.Random(1))


def is_picture(result):
    """Whether this is a Picture that can be drawn."""
    return isinstance(result, Picture) and result.png().startswith(b"\x89PNG")


def test_sliding_means():
    assert sliding_means([4.0, 2.0, 6.0], 2) == ([2, 3], [3.0, 4.0])
    assert sliding_means([4.0, 2.0, 6.0], 2, from_start=True) == ([1, 2, 3], [4.0, 3.0, 4.0])
    assert sliding_means([4.0], 2) == ([], [])


def test_short():
    assert (short(2.5), short(1.7e170)) == ("2.5000", "2e+170")


def test_compare_curves_follows_the_data():
    picture = compare_curves({"one": [3.0, 2.0, 1.0], "other": [3.0, 3.0, 2e9]}, window=2)
    assert picture.description == (
        "Mean loss of the last 2 names: one from 2.5000 at step 2 to 1.5000 at step 3; "
        "other from 3.0000 at step 2 to 1e+09 at step 3."
    )
    assert is_picture(picture)


def test_compare_curves_from_the_first_step():
    picture = compare_curves({"one": [3.0, 2.0]}, window=5, y_limits=(1, 4), log_steps=True)
    assert "one from 3.0000 at step 1 to 2.5000 at step 2" in picture.description
    words = [shape.text for shape in picture.drawing().shapes if isinstance(shape, Words)]
    assert "step, ×10 per mark" in words and {"1", "4"} <= set(words)


def test_running_mean_chart_follows_the_data():
    picture = running_mean_chart([0.2, -0.1], [0.03, 0.0105], "a weight")
    assert "The gradient of a weight from 2 names, one after another: 1 are positive" in (
        picture.description
    )
    assert "the lowest -0.1000, the highest 0.2000" in picture.description
    means = "begins at 0.0300 and ends at 0.0105, the lowest 0.0105, the highest 0.0300."
    assert picture.description.endswith(means)
    assert is_picture(picture)


def test_rate_chart_says_what_failed():
    good = {"ended": "all steps", "held_out_loss": 2.5}
    failed = {"ended": "the loss is no longer a number", "held_out_loss": 1e171}
    picture = rate_chart({"SGD": {1.0: failed, 0.1: good}, "Adam": {0.01: good}})
    assert picture.description == (
        "Held-out loss by learning rate. SGD 0.1: 2.5000; "
        "SGD at 1 blew up: its loss is no longer a number; Adam 0.01: 2.5000."
    )
    words = [shape.text for shape in picture.drawing().shapes if isinstance(shape, Words)]
    assert "SGD at 1 blew up" in words
    assert is_picture(picture)


def test_names_from_begin_with_the_prompt_and_fit_the_block(weights, tokenizer):
    names = names_from(weights, tokenizer, 1.0, "ab", count=30)
    assert len(names) == 30
    assert all(name.startswith("ab") and len(name) <= 16 for name in names)
    assert names == names_from(weights, tokenizer, 1.0, "ab", count=30)


def test_names_from_takes_a_prompt_as_long_as_the_block(weights, tokenizer):
    assert names_from(weights, tokenizer, 1.0, "a" * 16, count=1) == ["a" * 16]


def test_names_from_takes_more_layers(tokenizer):
    weights = random_weights(gpt_shapes(27, 8, 4, 2), random.Random(1))
    assert all(len(name) <= 4 for name in names_from(weights, tokenizer, n_head=2))


@pytest.mark.parametrize("temperature", [0.1, 2.0])
@pytest.mark.parametrize("prompt", ["", "ch", "q" * 16])
def test_show_names_at_its_ends(weights, tokenizer, temperature, prompt):
    text = show_names(weights, tokenizer, temperature, prompt)
    assert text.startswith(f"temperature {temperature}: ")
    assert len(text.split(": ")[1].split()) == 5


@pytest.mark.parametrize(
    "prompt, message",
    [("José", "character 'é' is not in the vocabulary"), ("a" * 17, "use at most 16 letters")],
)
def test_show_names_says_what_is_wrong_with_a_prompt(weights, tokenizer, prompt, message):
    assert message in show_names(weights, tokenizer, 0.5, prompt)


def test_show_names_takes_capitals_and_blanks(weights, tokenizer):
    assert show_names(weights, tokenizer, 0.5, " Ch ") == show_names(weights, tokenizer, 0.5, "ch")


def test_show_names_marks_an_empty_name(tokenizer, weights):
    weights["lm_head"][26] = [a * 1e3 for a in weights["wte"][26]]
    assert "(empty)" in show_names(weights, tokenizer, 0.1, "")


def test_methods_called():
    before = sys.getprofile()
    assert methods_called(Value, lambda: Value(1.0) + Value(2.0)) == {"__init__", "__add__"}
    assert methods_called(Value, lambda: Value.sum_of([Value(1.0)])) == {"__init__", "sum_of"}
    with pytest.raises(ZeroDivisionError):
        methods_called(Value, lambda: Value(1.0) / 0)
    assert sys.getprofile() is before


def test_lines_by_lesson_are_those_of_the_program():
    lines = lines_by_lesson("train0")
    assert list(lines) == ["train0"] and lines["train0"] > 30


def test_rates_as_the_lesson_tells_them():
    sgd = {r: load_run(f"train4-sgd-{r}")["held_out_loss"] for r in (0.01, 0.03, 0.1, 0.3)}
    adam = {r: load_run(f"train4-adam-{r}")["held_out_loss"] for r in (0.0003, 0.001, 0.003)}
    adam |= {r: load_run(f"train4-adam-{r}")["held_out_loss"] for r in (0.03, 0.1)}
    adam[0.01] = load_run("train4")["held_out_loss"]
    assert 0 < min(sgd.values()) - min(adam.values()) < 0.01
    assert [r for r in sgd if sgd[r] < min(sgd.values()) + 0.03] == [0.1, 0.3]
    assert sorted(r for r in adam if adam[r] < min(adam.values()) + 0.03) == [0.003, 0.01, 0.03]
    assert load_run("train4-sgd-1.0")["ended"] != "all steps"


def test_adam_and_train3_as_the_lesson_tells_it():
    train3, train4 = load_run("train3")["losses"], load_run("train4")["losses"]
    steps, old = sliding_means(train3, 50)
    new = sliding_means(train4, 50)[1]
    ahead = {step: a < b for step, a, b in zip(steps, new, old)}
    assert all(ahead[step] for step in range(50, 101))
    assert sum(ahead.values()) > 0.6 * len(ahead)


def test_the_names_that_the_lesson_quotes_are_invented():
    samples, known = load_run("train4")["samples"], set(load_docs())
    assert len(load_docs()) == 32_257
    for name in ("emelen", "kieven", "salelyn", "nayri"):
        assert name in samples and name not in known


def test_the_two_runs_of_the_question_ended_as_it_says():
    ends = [load_run(name)["held_out_loss"] for name in ("train4", "train4-without-correction")]
    assert [round(loss, 4) for loss in ends] == [2.3603, 2.3527]
