"""train1: the network of two layers, and its gradient by hand, numerically and by Values."""

import random

import pytest

from microgpt_ref.data import load_docs
from microgpt_ref.layers import cross_entropy, document_loss, linear, random_weights, relu
from microgpt_ref.mlp import (
    descend,
    feed_forward,
    linear_backward,
    mlp,
    mlp_gradient,
    mlp_shapes,
    numerical_slope,
    zeros_like,
)
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import flatten, to_values

DOCS = ["anna", "bob", "i", ""]


@pytest.fixture
def rng():
    """The same draws in every test."""
    return random.Random(3)


def loss_of(weights, tokens):
    """The loss of a document by the network alone, without a gradient."""
    return document_loss(lambda token: mlp(weights, token), tokens)


def test_shapes_in_the_order_of_drawing():
    shapes = {"wte": (27, 16), "fc1": (64, 16), "fc2": (27, 64)}
    assert list(mlp_shapes(27, 16).items()) == list(shapes.items())


def test_feed_forward_by_hand():
    fc1 = [[1.0, 2.0], [-1.0, 0.0], [0.5, 0.5]]
    fc2 = [[1.0, 10.0, 2.0], [0.0, 1.0, -1.0]]
    assert feed_forward(fc1, fc2, [3.0, -1.0]) == [3.0, -1.0]  # hidden: 1, 0, 1


def test_logits_come_from_the_row_of_the_token(rng):
    weights = random_weights(mlp_shapes(5, 3), rng)
    for token in range(5):
        hidden = [relu(h) for h in linear(weights["fc1"], weights["wte"][token])]
        assert mlp(weights, token) == linear(weights["fc2"], hidden)


def test_zeros_have_the_shapes_and_rows_of_their_own():
    zeros = zeros_like({"a": [[1.0, 2.0], [3.0, 4.0]], "b": [[5.0]]})
    zeros["a"][0][1] = 7.0
    assert zeros == {"a": [[0.0, 7.0], [0.0, 0.0]], "b": [[0.0]]}


def test_linear_backward_by_hand():
    w, dw = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    dx = linear_backward(w, [10.0, -1.0], [1.0, 0.0, 2.0], dw)
    assert dx == [11.0, 14.0]
    assert dw == [[11.0, 0.0], [1.0, 1.0], [21.0, -1.0]]  # added to what was there


def test_numerical_slope_is_a_forward_difference():
    row = [1.0, 3.0]
    assert numerical_slope(lambda: row[1] ** 2, row, 1) == pytest.approx(6.00001, abs=1e-8)
    assert numerical_slope(lambda: row[1] ** 2, row, 1, nudge=0.5) == 6.5
    assert numerical_slope(lambda: row[1] ** 2, row, 0) == 0.0


def test_numerical_slope_gives_the_weight_back_to_the_last_bit():
    row = [0.1]
    numerical_slope(lambda: row[0], row, 0)
    assert row == [0.1]


@pytest.mark.parametrize("doc", DOCS)
def test_gradient_by_hand_is_the_numerical_one_in_all_weights(doc, rng):
    tokenizer = Tokenizer(DOCS)
    weights = random_weights(mlp_shapes(tokenizer.vocab_size, 4), rng)
    tokens = tokenizer.encode(doc)
    loss, grads = mlp_gradient(weights, tokens)
    assert loss == loss_of(weights, tokens)
    for name, w in weights.items():
        for row, drow in zip(w, grads[name]):
            slopes = [central_slope(weights, tokens, row, j) for j in range(len(row))]
            assert drow == pytest.approx(slopes, abs=1e-9)


def central_slope(weights, tokens, row, j):
    """The slope of the loss along a weight, from a nudge to either side."""
    slopes = [numerical_slope(lambda: loss_of(weights, tokens), row, j, n) for n in (1e-5, -1e-5)]
    return sum(slopes) / 2


@pytest.mark.parametrize("doc", ["emma", "bartholomew", "aaa"])
def test_gradient_by_hand_is_that_of_values_at_full_size(doc, rng):
    tokenizer = Tokenizer(load_docs())
    weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
    tokens = tokenizer.encode(doc)
    loss, grads = mlp_gradient(weights, tokens)
    values = to_values(weights)
    value = loss_of(values, tokens)
    value.backward()
    assert value.data == loss
    assert len(flatten(grads)) == 3184
    assert flatten(grads) == pytest.approx([v.grad for v in flatten(values)], abs=1e-14)


def test_gradient_leaves_the_weights_alone(rng):
    weights = random_weights(mlp_shapes(4, 2), rng)
    before = repr(weights)
    mlp_gradient(weights, [3, 0, 1, 0, 3])
    assert repr(weights) == before


def test_gradient_of_tokens_that_are_not_there_is_zero(rng):
    _, grads = mlp_gradient(random_weights(mlp_shapes(4, 2), rng), [3, 0, 3])
    assert any(grads["wte"][0]) and any(grads["wte"][3])
    assert grads["wte"][1] == grads["wte"][2] == [0.0, 0.0]


def test_a_hidden_unit_at_0_passes_no_gradient_on():
    weights = {"wte": [[1.0], [1.0]], "fc1": [[0.0], [2.0]], "fc2": [[1.0, 1.0], [2.0, -1.0]]}
    _, grads = mlp_gradient(weights, [1, 0])
    assert grads["fc1"][0] == [0.0] and grads["fc1"][1] != [0.0]


def test_descend_goes_against_the_gradient():
    weights = {"a": [[1.0, 2.0], [3.0, 4.0]], "b": [[5.0]]}
    rows = weights["a"]
    descend(weights, {"a": [[1.0, -1.0], [0.0, 2.0]], "b": [[10.0]]}, 0.5)
    assert weights == {"a": [[0.5, 2.5], [3.0, 3.0]], "b": [[0.0]]}
    assert weights["a"] is rows


def test_a_small_step_lowers_the_loss_as_the_gradient_says(rng):
    weights, tokens, rate = random_weights(mlp_shapes(4, 3), rng), [3, 0, 1, 1, 2, 3], 1e-4
    loss, grads = mlp_gradient(weights, tokens)
    descend(weights, grads, rate)
    expected = rate * sum(d * d for d in flatten(grads))
    assert loss - loss_of(weights, tokens) == pytest.approx(expected, rel=1e-2)


def test_surprise_of_the_network_is_that_of_its_logits(rng):
    weights = random_weights(mlp_shapes(4, 3), rng)
    expected = (cross_entropy(mlp(weights, 3), 1) + cross_entropy(mlp(weights, 1), 3)) / 2
    assert mlp_gradient(weights, [3, 1, 3])[0] == pytest.approx(expected, abs=1e-15)
