"""The pictures of train0 say what they show, and change with it."""

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
    assert "after a, of which 5 were seen; likeliest are n 0.50, · 0.38, a 0.12" in (
        show_followers(counts, TINY, "a").caption
    )
    assert "after ·, of which 3 were seen; likeliest are a 0.50" in (
        show_followers(counts, TINY, "·").caption
    )


def test_followers_in_an_empty_table():
    assert "0 were seen; likeliest are a 0.33" in show_followers(zero_counts(3), TINY, "n").caption


def test_captions_change_with_the_data(counts):
    before = count_heatmap(counts, TINY).caption
    counts[0][0] = 9
    assert "the most frequent pair is aa, seen 9 times" in count_heatmap(counts, TINY).caption
    assert before != count_heatmap(counts, TINY).caption
    low, high = (
        bar_chart("ab", [1, 2], "x", "y", "train0"),
        bar_chart("ab", [3, 2], "x", "y", "train0"),
    )
    assert "highest at b (2)" in low.caption and "highest at a (3)" in high.caption
    falling, flat = (loss_curve([start] * 50 + [1.0] * 50, "train0") for start in (2.0, 1.0))
    assert "from 2.0000 to 1.0000" in falling.caption and "from 1.0000" in flat.caption


def test_pictures_are_drawn(counts):
    for picture in [count_heatmap(counts, TINY), show_followers(counts, TINY, "a")]:
        assert picture.png().startswith(b"\x89PNG")


def test_program_map_counts_lines():
    caption = program_map("train0").caption
    lines, new, old = (int(word) for word in caption.split() if word.isdigit())
    assert lines == new + old and old == 0
