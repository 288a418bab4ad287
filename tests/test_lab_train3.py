"""train3's figures and its plaything: what they say follows from the data, at the extremes too."""

import random

import pytest

from microgpt_ref.lab.figures import Picture
from microgpt_ref.lab.train3 import (
    attention_caption,
    attention_picture,
    attention_rows,
    furthest_from_even,
    loss_beside,
    mixing_picture,
    show_attention,
)
from microgpt_ref.layers import add, dot, linear, random_weights, rmsnorm
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.transformer import self_attention, transformer_shapes

TOKENIZER = Tokenizer(["abcdefghijklmnopqrstuvwxyz"])


def make_weights(seed=1, block_size=16, **replaced):
    """Random weights, large enough for attention to be uneven."""
    weights = random_weights(transformer_shapes(27, 16, block_size), random.Random(seed))
    for name in ("wq", "wk"):
        weights[name] = [[8 * a for a in row] for row in weights[name]]
    return weights | replaced


def zeros():
    return [[0.0] * 16 for _ in range(16)]


def test_attention_rows_are_shares_of_the_past():
    rows = attention_rows(make_weights(), TOKENIZER.encode("emma")[:-1])
    assert [len(row) for row in rows] == [1, 2, 3, 4, 5]
    for row in rows:
        assert sum(row) == pytest.approx(1)
        assert min(row) > 0


def test_attention_rows_are_those_that_the_model_averages_with():
    weights, tokens = make_weights(), TOKENIZER.encode("emma")[:-1]
    rows, keys, values = attention_rows(weights, tokens), [], []
    for position, token in enumerate(tokens):
        x = rmsnorm(add(weights["wte"][token], weights["wpe"][position]))
        output = self_attention(weights, rmsnorm(x), keys, values)
        average = [dot(rows[position], column) for column in zip(*values)]
        assert output == pytest.approx(linear(weights["wo"], average))


def test_no_row_depends_on_what_comes_later():
    weights = make_weights()
    rows = attention_rows(weights, TOKENIZER.encode("emma")[:-1])
    assert rows[:3] == attention_rows(weights, TOKENIZER.encode("emzq")[:-1])[:3]


def test_without_a_question_rows_are_even():
    rows = attention_rows(make_weights(wq=zeros()), TOKENIZER.encode("emma")[:-1])
    assert rows[4] == pytest.approx([0.2] * 5)


def test_furthest_from_even_finds_the_square():
    assert furthest_from_even([[1.0], [0.4, 0.6], [0.3, 0.5, 0.2]]) == (pytest.approx(1.5), 2, 1)
    assert furthest_from_even([[1.0]]) == (1.0, 0, 0)


def test_the_picture_of_attention_says_what_it_shows():
    picture = attention_picture(make_weights(wq=zeros()), TOKENIZER, "emma")
    assert "Its last position looks at · 20, e 20, m 20, m 20, a 20" in picture.description
    assert picture.png().startswith(b"\x89PNG")


def test_its_caption_changes_with_weights_and_name():
    descriptions = {
        attention_picture(make_weights(seed), TOKENIZER, name).description
        for seed in (1, 2)
        for name in ("emma", "amme")
    }
    assert len(descriptions) == 4


@pytest.mark.parametrize("name", ["a", "abcdefghijklmno", "zzzzzzzzzzzzzzz", " Emma "])
def test_any_name_that_fits_is_shown(name):
    picture = show_attention(name, make_weights(), TOKENIZER)
    assert isinstance(picture, Picture)
    assert repr(name.strip().lower()) in picture.description
    assert picture.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "at least one letter"),
        ("   ", "at least one letter"),
        ("josé", "no token for 'é': use the letters a to z"),
        ("x æ a-12", "no token for ' ' '-' '1' '2' 'æ'"),
        ("·", "no token for '·'"),
        ("a" * 16, "has 16 letters"),
        ("a" * 1000, "use at most 15 letters"),
    ],
)
def test_any_other_is_answered_in_words(name, told):
    answer = show_attention(name, make_weights(), TOKENIZER)
    assert isinstance(answer, str)
    assert told in answer


def test_the_longest_name_follows_the_weights():
    weights = make_weights(block_size=4)
    assert isinstance(show_attention("abc", weights, TOKENIZER), Picture)
    assert "use at most 3 letters" in show_attention("abcd", weights, TOKENIZER)


def test_a_caption_compares_the_furthest_look_with_an_even_share():
    words = attention_caption("ab", ["·", "a", "b"], [[1.0], [0.5, 0.5], [0.9, 0.06, 0.04]])
    assert words == "In ·ab, b gives 90% of its attention to ·, where an even share would be 33%."
    assert "almost evenly" in attention_caption("a", ["·", "a"], [[1.0], [0.45, 0.55]])


def test_the_mixing_picture_says_its_shares():
    picture = mixing_picture("amy", [0.576, 0.14, 0.284])
    assert "the shares a 0.58, m 0.14, y 0.28" in picture.description
    assert "The y compares its query with every key" in picture.caption
    assert mixing_picture("amy", [0.5, 0.2, 0.3]).description != picture.description


def test_the_loss_curve_names_its_marks():
    picture = loss_beside([3.0] * 100 + [2.0] * 100, {"train0": 2.4756, "train1": 2.5062})
    assert "over 200 steps" in picture.description
    assert "goes from 3.0000 to 2.0000" in picture.description
    assert "train0 at 2.4756 and train1 at 2.5062" in picture.description
    assert loss_beside([3.0] * 200, {"train0": 2.4756}).description != picture.description


def test_a_short_run_has_a_curve_too():
    assert "goes from 2.5000 to 2.5000" in loss_beside([3.0, 2.0], {"train0": 2.4756}).description
