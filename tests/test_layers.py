"""The operations of every network: the same on floats and Values, and the laws they keep."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.layers import (
    add,
    cross_entropy,
    document_loss,
    dot,
    exp,
    linear,
    log,
    plain,
    random_matrix,
    random_weights,
    relu,
    rmsnorm,
    softmax,
    total,
    with_temperature,
)
from microgpt_ref.value import Value

vectors = st.lists(st.floats(-30, 30), min_size=1, max_size=8)


def as_values(x):
    """The vector with each number as a Value."""
    return [Value(a) for a in x]


def as_floats(x):
    """The vector with each Value as its number."""
    return [a.data for a in x]


def test_total_adds_from_left_to_right():
    numbers = [0.1] * 10
    expected = 0.1
    for _ in range(9):
        expected += 0.1
    assert total(numbers) == expected != math.fsum(numbers)
    assert total([1e16, 1.0, -1e16]) == 0.0  # the 1.0 is lost, as it is among Values
    assert total([1.0, -1.0, 1e-16]) == 1e-16


def test_total_of_one_is_that_number():
    x = Value(2.0)
    assert total([-3.5]) == -3.5
    result = total([x])
    result.backward()
    assert (result.data, x.grad) == (2.0, 1.0)


def test_total_is_one_node_wherever_the_values_stand():
    x, y = Value(2.0), Value(0.5)
    for numbers in ([x, y, 1.0], [x, 1.0, y], [1.0, x, y], [1, x, 0.0, y]):
        result = total(numbers)
        assert result.inputs == (x, y) and result.local_derivatives == (1.0, 1.0)
        assert result.op == "+"


@given(st.lists(st.floats(-1e3, 1e3), min_size=1))
def test_total_of_values_is_that_of_floats_to_the_last_bit(numbers):
    values = [Value(number) for number in numbers]
    result = total(values)
    assert result.data == total(numbers)
    assert result.inputs == tuple(values)
    result.backward()
    assert {value.grad for value in values} == {1.0}


def test_total_without_numbers_is_refused():
    with pytest.raises(IndexError):
        total([])


def test_plain_is_the_number_itself():
    assert plain(Value(2.5)) == plain(2.5) == 2.5
    assert type(plain(Value(2.5))) is float


def test_exp_log_and_relu_of_numbers_and_values():
    for function, expected in ((exp, math.exp(0.7)), (log, math.log(0.7)), (relu, 0.7)):
        assert function(0.7) == expected
        assert function(Value(0.7)).data == expected
    assert relu(-0.7) == relu(Value(-0.7)).data == relu(0.0) == 0.0


def test_random_matrix_is_drawn_row_by_row():
    rng, same = random.Random(7), random.Random(7)
    expected = [[same.gauss(0, 0.08) for _ in range(3)] for _ in range(2)]
    assert random_matrix(2, 3, rng) == expected
    assert rng.getstate() == same.getstate()
    assert random_matrix(1, 2, rng, spread=2.0) == [[same.gauss(0, 2.0), same.gauss(0, 2.0)]]


def test_random_weights_are_drawn_in_the_order_of_their_shapes():
    rng, same = random.Random(7), random.Random(7)
    weights = random_weights({"b": (1, 2), "a": (2, 1)}, rng)
    assert list(weights.items()) == [
        ("b", random_matrix(1, 2, same)),
        ("a", random_matrix(2, 1, same)),
    ]


def test_add_dot_and_linear_by_hand():
    assert add([1.0, 2.0], [10.0, -20.0]) == [11.0, -18.0]
    assert dot([1.0, 2.0, 3.0], [4.0, -5.0, 6.0]) == 12.0
    assert linear([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]], [4.0, 2.0]) == [8.0, -2.0, 13.0]


def test_softmax_by_hand():
    assert softmax([0.0, math.log(3)]) == pytest.approx([0.25, 0.75], abs=1e-15)


@pytest.mark.parametrize("peak", [1000.0, -1000.0, 1e308])
def test_softmax_of_large_logits(peak):
    assert softmax([peak, peak]) == [0.5, 0.5]
    assert softmax([peak, peak - 2]) == pytest.approx(softmax([peak - peak, peak - 2 - peak]))


def test_softmax_of_logits_far_apart():
    assert softmax([0.0, -2000.0]) == [1.0, 0.0]


@given(vectors)
def test_probabilities_are_not_negative_and_sum_to_1(logits):
    probs = softmax(logits)
    assert min(probs) >= 0
    assert sum(probs) == pytest.approx(1, abs=1e-12)
    assert max(probs) == probs[logits.index(max(logits))]


@given(vectors, st.floats(-100, 100))
def test_softmax_and_surprise_ignore_a_shift_of_all_logits(logits, shift):
    shifted = [logit + shift for logit in logits]
    assert softmax(shifted) == pytest.approx(softmax(logits), rel=1e-9, abs=1e-12)
    assert cross_entropy(shifted, 0) == pytest.approx(cross_entropy(logits, 0), abs=1e-11)


@given(vectors)
def test_surprise_is_minus_the_logarithm_of_the_probability(logits):
    for target, p in enumerate(softmax(logits)):
        assert cross_entropy(logits, target) == pytest.approx(-math.log(p), abs=1e-11)


def test_surprise_of_equal_logits_is_ln_v():
    assert cross_entropy([3.0] * 27, 5) == pytest.approx(math.log(27), abs=1e-14)


def test_surprise_stays_a_number_where_the_probability_vanishes():
    assert cross_entropy([0.0, 2000.0], 0) == 2000.0


def test_rmsnorm_by_hand():
    scale = 1 / math.sqrt((3.0**2 + 4.0**2) / 2 + 1e-5)
    assert rmsnorm([3.0, -4.0]) == pytest.approx([3 * scale, -4 * scale], rel=1e-15)
    assert rmsnorm([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert rmsnorm([0.001]) == pytest.approx([0.001 / math.sqrt(1.1e-5)], rel=1e-12)


@given(st.lists(st.floats(1, 30), min_size=1, max_size=8), st.floats(10, 1000))
def test_rmsnorm_has_size_1_whatever_the_size_of_x(x, factor):
    normed = rmsnorm(x)
    assert math.sqrt(dot(normed, normed) / len(x)) == pytest.approx(1, abs=1e-5)
    assert rmsnorm([factor * a for a in x]) == pytest.approx(normed, rel=1e-4)


@given(vectors, st.integers(0, 99))
def test_floats_and_values_agree_to_the_last_bit(x, target):
    target %= len(x)
    assert as_floats(softmax(as_values(x))) == softmax(x)
    assert as_floats(rmsnorm(as_values(x))) == rmsnorm(x)
    assert as_floats(add(as_values(x), as_values(x))) == add(x, x)
    assert cross_entropy(as_values(x), target).data == cross_entropy(x, target)
    w = [x, x[::-1], [a / 3 for a in x]]
    assert as_floats(linear([as_values(row) for row in w], as_values(x))) == linear(w, x)


def weighted(function):
    """A function of a vector: one number, in which each entry of the result has its own weight."""
    return lambda x: dot([0.3 * i - 1.0 for i in range(len(x))], function(x))


SLOPES = {
    "softmax": weighted(softmax),
    "rmsnorm": weighted(rmsnorm),
    "linear": weighted(lambda x: linear([x, x[::-1]], x)),
    "cross_entropy": lambda x: cross_entropy(x, 1),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_against_central_differences(name):
    f, x, nudge = SLOPES[name], [0.5, -1.25, 2.0], 1e-5
    values = as_values(x)
    f(values).backward()
    for j, value in enumerate(values):
        higher, lower = list(x), list(x)
        higher[j] += nudge
        lower[j] -= nudge
        expected = (f(higher) - f(lower)) / (2 * nudge)
        assert value.grad == pytest.approx(expected, abs=1e-9)


def test_document_loss_is_the_mean_over_its_positions():
    calls, logits = [], {4: [1.0, 2.0, 0.0], 0: [0.0, 0.0, 3.0], 2: [5.0, -1.0, 0.5]}

    def next_logits(token):
        calls.append(token)
        return logits[token]

    surprises = [cross_entropy(logits[t], n) for t, n in ((4, 0), (0, 2), (2, 1))]
    assert document_loss(next_logits, [4, 0, 2, 1]) == pytest.approx(sum(surprises) / 3)
    assert calls == [4, 0, 2]


def test_temperature_1_is_softmax():
    logits = [0.5, -1.0, 2.0]
    assert with_temperature(lambda token: logits, 1.0)(0) == pytest.approx(softmax(logits))


def test_temperature_divides_the_logits_of_each_token():
    next_probs = with_temperature(lambda token: [0.0, float(token)], 0.5)
    for token in (0, 1, -3):
        assert next_probs(token) == pytest.approx(softmax([0.0, token / 0.5]))


def test_temperature_at_its_ends():
    def next_logits(token):
        return [3.0, 1.0, 3.0, -700.0]

    assert with_temperature(next_logits, 1e-320)(0) == [0.5, 0.0, 0.5, 0.0]
    assert with_temperature(next_logits, 1e308)(0) == [0.25, 0.25, 0.25, 0.25]
