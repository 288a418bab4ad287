"""The pictures of train0 say what they show, and change with it."""

import re

import pytest

from microgpt_ref.bigram import bigram_loss, count_pairs, zero_counts
from microgpt_ref.lab.canvas.shapes import Words
from microgpt_ref.lab.figures import bar_chart, count_heatmap, loss_curve, program_map
from microgpt_ref.lab.train0 import show_followers, show_pairs, show_surprises, show_your_name
from microgpt_ref.tokenizer import Tokenizer

TINY = Tokenizer(["ana", "nan", "anna"])


@pytest.fixture
def counts():
    """The counts of three names."""
    table = zero_counts(TINY.vocab_size)
    for name in ["ana", "nan", "anna"]:
        count_pairs(table, TINY.encode(name))
    return table


def test_followers_of_a_letter_and_of_the_start(counts):
    assert "after a, which was seen 5 times. Likeliest: n 0.50, · 0.38, a 0.12" in (
        show_followers(counts, TINY, "a").description
    )
    assert "after ·, which was seen 3 times. Likeliest: a 0.50" in (
        show_followers(counts, TINY, "·").description
    )


def test_followers_in_an_empty_table():
    picture = show_followers(zero_counts(3), TINY, "n")
    assert "seen 0 times. Likeliest: a 0.33" in picture.description


def test_pairs_stand_over_their_table(counts):
    picture = show_pairs(["ana", "nan", "anna"], counts, TINY)
    assert picture.caption.endswith("3 of them stand over an.")
    assert "·ana·, ·nan· and ·anna·, with an arc over each pair of neighbours, 13 in all" in (
        picture.description
    )
    assert "after a: a 0, n 3, · 2; after n: a 3, n 1, · 1; after ·: a 2, n 1, · 0." in (
        picture.description
    )
    for width in (720, 350):
        words = [shape.text for shape in picture.drawing(width).shapes if isinstance(shape, Words)]
        assert words.count("·") == 8 and words.count("3") == 2
    again = zero_counts(3)
    count_pairs(again, TINY.encode("na"))
    count_pairs(again, TINY.encode("na"))
    assert show_pairs(["na", "na"], again, TINY).caption != picture.caption


def test_surprises_and_their_mean(counts):
    picture = show_surprises("naan", counts, TINY)
    assert picture.caption.startswith("aa surprises the model most.")
    assert "·n 1.0986, na 0.6931, aa 2.0794, an 0.6931, n· 1.3863" in picture.description
    assert "the loss, at 1.1901" in picture.description
    assert bigram_loss(counts, TINY.encode("naan")) == pytest.approx(1.1901, abs=5e-5)
    counts[0][0] = 90
    assert show_surprises("naan", counts, TINY).description != picture.description


@pytest.mark.parametrize(
    "typed, says",
    [
        ("  ", "at least one letter"),
        ("Zoë an", "no token for ' ' 'o' 'z' 'ë': use the letters a to n."),
        ("an" * 9, "has 18 letters"),
    ],
)
def test_a_name_that_cannot_be_shown_is_told_why(counts, typed, says):
    assert says in show_your_name(typed, counts, TINY)


def test_a_typed_name_is_shown_in_small_letters(counts):
    shown = show_your_name(" Naan ", counts, TINY)
    assert shown.description == show_surprises("naan", counts, TINY).description


def test_captions_change_with_the_data(counts):
    before = count_heatmap(counts, TINY).description
    counts[0][0] = 9
    assert "The most frequent pair, aa, was seen 9 times" in count_heatmap(counts, TINY).description
    assert before != count_heatmap(counts, TINY).description
    low, high = (
        bar_chart("ab", [1, 2], "x", "y", "train0"),
        bar_chart("ab", [3, 2], "x", "y", "train0"),
    )
    assert "a 1, b 2." in low.description and "a 3, b 2." in high.description
    falling, flat = (loss_curve([start] * 50 + [1.0] * 50, "train0") for start in (2.0, 1.0))
    assert "from 2.0000 to 1.0000" in falling.description and "from 1.0000" in flat.description


def test_pictures_are_drawn(counts):
    for picture in [
        count_heatmap(counts, TINY),
        show_followers(counts, TINY, "a"),
        show_pairs(["ana"], counts, TINY),
        show_surprises("naan", counts, TINY),
        show_surprises("an" * 8, counts, TINY),
    ]:
        assert picture.png().startswith(b"\x89PNG")


def test_program_map_counts_lines():
    description = program_map("train0").description
    lines, new, old = (int(word) for word in re.findall(r"\d+", description)[1:])
    assert lines == new + old and old == 0
