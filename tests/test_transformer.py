"""train3: attention by hand, the cache, and what a position can and can't see."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.layers import add, linear, random_weights, rmsnorm
from microgpt_ref.mlp import feed_forward
from microgpt_ref.transformer import (
    attention,
    self_attention,
    start_transformer,
    transformer,
    transformer_shapes,
)

entries = st.floats(-5, 5)
vectors = st.lists(entries, min_size=3, max_size=3)


@pytest.fixture
def weights():
    """Weights large enough that every part of the model matters."""
    shapes = transformer_shapes(5, 4, 6)
    rng = random.Random(3)
    return {name: large(w) for name, w in random_weights(shapes, rng).items()}


def large(w):
    """The matrix times 10."""
    return [[10 * a for a in row] for row in w]


def logits_of(weights, tokens):
    """The logits at each position of a document."""
    next_logits = start_transformer(weights)
    return [next_logits(token) for token in tokens]


def test_shapes_in_the_order_of_drawing():
    shapes = transformer_shapes(27, 16, 8)
    assert list(shapes) == ["wte", "wpe", "wq", "wk", "wv", "wo", "fc1", "fc2", "lm_head"]
    assert {shapes[name] for name in ("wq", "wk", "wv", "wo")} == {(16, 16)}
    assert [shapes[name] for name in ("wte", "wpe", "lm_head")] == [(27, 16), (8, 16), (27, 16)]
    assert [shapes[name] for name in ("fc1", "fc2")] == [(64, 16), (16, 64)]


def test_attention_to_one_position_is_its_value():
    assert attention([1.0, -2.0], [[3.0, 4.0]], [[5.0, 6.0]]) == [5.0, 6.0]


def test_attention_by_hand():
    keys = [[math.log(3), 0.0, 0.0, 7.0], [0.0, 1.0, 1.0, 7.0]]
    values = [[4.0, 0.0, -8.0, 0.0], [0.0, 8.0, 4.0, 1.0]]
    averages = attention([2.0, 0.0, 0.0, 0.0], keys, values)  # scores: ln 3, 0; weights: 3/4, 1/4
    assert averages == pytest.approx([3.0, 2.0, -5.0, 0.25], abs=1e-14)


@given(vectors, st.lists(vectors, min_size=1, max_size=5))
def test_attention_to_equal_keys_is_the_mean(q, values):
    averages = attention(q, [[1.0, 2.0, 3.0]] * len(values), values)
    assert averages == pytest.approx([sum(c) / len(values) for c in zip(*values)], abs=1e-12)


@given(vectors, st.lists(st.tuples(vectors, vectors), min_size=1, max_size=5))
def test_attention_stays_between_its_values_in_any_order(q, pairs):
    averages = attention(q, [k for k, _ in pairs], [v for _, v in pairs])
    for average, column in zip(averages, zip(*[v for _, v in pairs])):
        assert min(column) - 1e-9 <= average <= max(column) + 1e-9
    backwards = attention(q, [k for k, _ in pairs[::-1]], [v for _, v in pairs[::-1]])
    assert backwards == pytest.approx(averages, abs=1e-12)


def test_self_attention_adds_its_position_to_the_cache(weights):
    x, keys, values = [1.0, -1.0, 0.5, 2.0], [[0.1, 0.2, 0.3, 0.4]], [[1.0, 0.0, 0.0, 1.0]]
    output = self_attention(weights, x, keys, values)
    assert keys[1:] == [linear(weights["wk"], x)]
    assert values[1:] == [linear(weights["wv"], x)]
    q = linear(weights["wq"], x)
    assert output == linear(weights["wo"], attention(q, keys, values))


def test_transformer_is_what_its_equations_say(weights):
    keys, values = [[0.1, 0.2, 0.3, 0.4]], [[1.0, 0.0, 0.0, 1.0]]
    x = rmsnorm(add(weights["wte"][2], weights["wpe"][1]))
    x = add(x, self_attention(weights, rmsnorm(x), list(keys), list(values)))
    x = add(x, feed_forward(weights["fc1"], weights["fc2"], rmsnorm(x)))
    assert transformer(weights, 2, keys, values) == linear(weights["lm_head"], x)
    assert len(keys) == len(values) == 2


def test_no_position_sees_the_future(weights):
    tokens, others = [4, 0, 1, 2, 3], [4, 0, 1, 3, 0]
    assert logits_of(weights, tokens)[:3] == logits_of(weights, others)[:3]
    assert logits_of(weights, tokens)[3] != logits_of(weights, others)[3]


def test_every_position_sees_all_of_the_past(weights):
    tokens, last = [4, 0, 1, 2, 3], logits_of(weights, [4, 0, 1, 2, 3])[4]
    for i in range(5):
        changed = [*tokens[:i], (tokens[i] + 1) % 5, *tokens[i + 1 :]]
        assert logits_of(weights, changed)[4] != pytest.approx(last, abs=1e-9)


def test_order_matters_by_the_positions_alone(weights):
    tokens, swapped = [4, 0, 1, 2], [4, 1, 0, 2]
    assert logits_of(weights, tokens)[3] != pytest.approx(logits_of(weights, swapped)[3], abs=1e-6)
    weights["wpe"] = [[0.0] * 4] * 6
    assert logits_of(weights, tokens)[3] == pytest.approx(logits_of(weights, swapped)[3], abs=1e-12)


def test_each_document_starts_with_an_empty_memory(weights):
    assert logits_of(weights, [4, 0, 1]) == logits_of(weights, [4, 0, 1])
