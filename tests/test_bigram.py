"""Counting pairs: the table, its probabilities, and the surprise at a document."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.bigram import bigram_loss, bigram_probs, count_pairs, zero_counts


def test_table_of_zeros_has_rows_of_its_own():
    counts = zero_counts(3)
    counts[0][1] += 1
    assert counts == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_pairs_are_counted_by_token_and_then_next():
    counts = zero_counts(3)
    count_pairs(counts, [2, 0, 1, 0, 1, 2])
    assert counts == [[0, 2, 0], [1, 0, 1], [1, 0, 0]]
    count_pairs(counts, [2, 0, 2])
    assert counts == [[0, 2, 1], [1, 0, 1], [2, 0, 0]]


def test_each_pair_counts_once_more_than_seen():
    assert bigram_probs([[3, 0, 1], [0, 0, 0]], 0) == [4 / 7, 1 / 7, 2 / 7]
    assert bigram_probs([[3, 0, 1], [0, 0, 0]], 1) == [1 / 3, 1 / 3, 1 / 3]


def test_loss_is_the_mean_surprise():
    counts = [[3, 0, 1], [0, 5, 0], [0, 0, 0]]
    expected = (-math.log(2 / 7) - math.log(1 / 3) - math.log(1 / 7)) / 3
    assert bigram_loss(counts, [0, 2, 0, 1]) == pytest.approx(expected, abs=1e-15)


def test_untrained_loss_is_ln_v():
    assert bigram_loss(zero_counts(27), [26, 4, 12, 12, 0, 26]) == pytest.approx(math.log(27))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_probabilities_are_positive_and_sum_to_1(row):
    probs = bigram_probs([row], 0)
    assert min(probs) > 0
    assert sum(probs) == pytest.approx(1, abs=1e-12)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20))
def test_counting_a_document_makes_it_less_surprising(tokens):
    tokens, counts = [5, *tokens, 5], zero_counts(6)
    before = bigram_loss(counts, tokens)
    count_pairs(counts, tokens)
    assert bigram_loss(counts, tokens) < before
