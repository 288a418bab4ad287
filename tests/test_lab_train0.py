"""The pictures of train0 say what they show, and change with it."""

import re

import pytest

from microgpt_ref.bigram import count_pairs, zero_counts
from microgpt_ref.lab.figures import bar_chart, count_heatmap, loss_curve, program_map
from microgpt_ref.lab.train0 import show_followers
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
    for picture in [count_heatmap(counts, TINY), show_followers(counts, TINY, "a")]:
        assert picture.png().startswith(b"\x89PNG")


def test_program_map_counts_lines():
    description = program_map("train0").description
    lines, new, old = (int(word) for word in re.findall(r"\d+", description)[1:])
    assert lines == new + old and old == 0
