"""The optimizers: SGD and Adam, their first steps by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.adam import SGD, Adam
from microgpt_ref.value import Value


def with_gradient(data, grad):
    """A parameter that has been through a backward pass."""
    p = Value(data)
    p.grad = grad
    return p


def test_sgd_moves_against_the_gradient_and_clears_it():
    parameters = [with_gradient(1.0, 0.5), with_gradient(-2.0, -4.0), with_gradient(3.0, 0.0)]
    SGD(parameters).step(0.1)
    assert [p.data for p in parameters] == pytest.approx([0.95, -1.6, 3.0], abs=1e-15)
    assert [p.grad for p in parameters] == [0.0, 0.0, 0.0]


def test_first_step_of_adam_by_hand():
    parameters = [with_gradient(1.0, 0.5), with_gradient(-2.0, -4.0), with_gradient(3.0, 0.0)]
    Adam(parameters).step(0.01)
    # m = 0.15 g, divided by 1 - 0.85; v = 0.01 g², divided by 1 - 0.99: so g / (|g| + 1e-8)
    expected = [1.0 - 0.01 * 0.5 / (0.5 + 1e-8), -2.0 + 0.01 * 4.0 / (4.0 + 1e-8), 3.0]
    assert [p.data for p in parameters] == pytest.approx(expected, abs=1e-15)
    assert [p.grad for p in parameters] == [0.0, 0.0, 0.0]


def test_second_and_third_step_of_adam_by_hand():
    p = with_gradient(1.0, 0.5)
    adam = Adam([p])
    adam.step(0.01)
    first, p.grad = p.data, -2.0
    adam.step(0.02)
    m, v = 0.85 * 0.075 - 0.3, 0.99 * 0.0025 + 0.04
    second = first - 0.02 * (m / (1 - 0.7225)) / (math.sqrt(v / (1 - 0.9801)) + 1e-8)
    assert p.data == pytest.approx(second, abs=1e-14)
    p.grad = 1.0
    adam.step(0.03)
    m, v = 0.85 * m + 0.15, 0.99 * v + 0.01
    third = second - 0.03 * (m / (1 - 0.85**3)) / (math.sqrt(v / (1 - 0.99**3)) + 1e-8)
    assert p.data == pytest.approx(third, abs=1e-14)


def test_settings_of_adam_take_effect():
    p = with_gradient(0.0, 2.0)
    adam = Adam([p], beta1=0.0, beta2=0.0, eps=2.0)
    adam.step(1.0)
    assert p.data == -0.5
    p.grad = 6.0
    adam.step(1.0)
    assert p.data == pytest.approx(-0.5 - 6.0 / 8.0, abs=1e-15)


@given(st.floats(1e-4, 1e4), st.sampled_from([-1, 1]), st.integers(1, 5))
def test_adam_steps_by_the_rate_whatever_the_size_of_the_gradient(size, sign, steps):
    p = Value(0.0)
    adam = Adam([p])
    for _ in range(steps):
        p.grad = sign * size
        adam.step(0.01)
    assert p.data == pytest.approx(-sign * 0.01 * steps, rel=1e-3)


def test_no_gradient_no_step():
    p = Value(1.5)
    Adam([p]).step(0.01)
    assert p.data == 1.5


def test_each_parameter_has_means_of_its_own():
    alone, together = with_gradient(0.0, 1.0), with_gradient(0.0, 1.0)
    other = with_gradient(0.0, 1e6)
    one, two = Adam([alone]), Adam([other, together])
    for gradient in (1.0, -3.0):
        alone.grad = together.grad = gradient
        one.step(0.01)
        two.step(0.01)
    assert alone.data == together.data


@pytest.mark.parametrize("make", [SGD, Adam])
def test_descends_a_parabola(make):
    p = Value(3.0)
    optimizer = make([p])
    for _ in range(400):
        ((p - 1) * (p - 1)).backward()
        optimizer.step(0.05)
    assert p.data == pytest.approx(1.0, abs=1e-2)
