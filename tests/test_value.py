"""Values: every operation against central differences, the backward pass, and the errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.layers import exp, log, relu, total
from microgpt_ref.value import Value, flatten, to_floats, to_values

# of one number: a function for floats and Values, and where its slope is compared
ONE = {
    "-x": (lambda x: -x, (-2.5, 0.0, 3.0)),
    "x + 2": (lambda x: x + 2, (-2.0, 0.0, 1.5)),
    "2 + x": (lambda x: 2 + x, (-2.0, 0.0, 1.5)),
    "x - 3": (lambda x: x - 3, (-1.0, 0.0, 3.0)),
    "3 - x": (lambda x: 3 - x, (-1.0, 0.0, 3.0)),
    "x * -4": (lambda x: x * -4, (-1.5, 0.0, 2.0)),
    "-4 * x": (lambda x: -4 * x, (-1.5, 0.0, 2.0)),
    "x * 0": (lambda x: x * 0, (-1.5, 0.0, 2.0)),
    "x / 3": (lambda x: x / 3, (-1.5, 0.0, 2.0)),
    "3 / x": (lambda x: 3 / x, (-1.5, 1e-3, 2.0)),
    "0 / x": (lambda x: 0 / x, (-1.5, 1e-3, 2.0)),
    "x ** 3": (lambda x: x**3, (-2.0, 1e-3, 1.5)),
    "x ** 2": (lambda x: x**2, (-2.0, 0.0, 1.5)),
    "x ** 1": (lambda x: x**1, (-2.0, 0.0, 1.5)),
    "x ** 0": (lambda x: x**0, (-2.0, 0.0, 1.5)),
    "x ** -1": (lambda x: x**-1, (-2.0, 1e-3, 1.5)),
    "x ** -2": (lambda x: x**-2, (-2.0, 1e-3, 1.5)),
    "x ** 0.5": (lambda x: x**0.5, (1e-6, 1.5, 1e6)),
    "x ** -0.5": (lambda x: x**-0.5, (1e-6, 1.5, 1e6)),
    "x ** 1.5": (lambda x: x**1.5, (1e-6, 1.5, 1e6)),
    "exp(x)": (exp, (-700.0, -1.0, 0.0, 2.0, 700.0)),
    "log(x)": (log, (1e-300, 1e-6, 1.0, 2.5, 1e300)),
    "relu(x)": (relu, (-3.0, -1e-3, 1e-3, 3.0)),
    "x + x": (lambda x: x + x, (-2.0, 0.0, 1.5)),
    "x - x": (lambda x: x - x, (-2.0, 0.0, 1.5)),
    "x * x": (lambda x: x * x, (-2.0, 0.0, 1.5)),
    "x / x": (lambda x: x / x, (-2.0, 1e-3, 1.5)),
    "x + x + 2 + x": (lambda x: total([x, x, 2, x]), (-2.0, 0.0, 1.5)),
    "2 + x + x": (lambda x: total([2, x, x]), (-2.0, 0.0, 1.5)),
}
TWO = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x + y + x": lambda x, y: total([x, y, x]),
}
PAIRS = ((2.0, -3.0), (-0.5, 4.0), (0.0, 1.5), (1e-3, 1e3), (1e3, 1e-3), (-2.0, -2.0))

numbers = st.floats(-3, 3)


def central_difference(f, numbers, i, nudge):
    """The slope of f along its input i, from a nudge to either side."""
    higher, lower = list(numbers), list(numbers)
    higher[i] += nudge
    lower[i] -= nudge
    return (f(*higher) - f(*lower)) / (higher[i] - lower[i])


def gradients(f, numbers):
    """The slopes of f along each input, by the backward pass, and its result."""
    inputs = [Value(number) for number in numbers]
    result = f(*inputs)
    result.backward()
    return [x.grad for x in inputs], result.data


def check_slopes(f, numbers):
    """Hold f's result against plain numbers, and its slopes against differences."""
    slopes, result = gradients(f, numbers)
    assert result == f(*numbers)
    for i, slope in enumerate(slopes):
        nudge = 1e-6 * (abs(numbers[i]) or 1.0)
        rounding = 1e-15 * abs(result) / nudge
        expected = central_difference(f, numbers, i, nudge)
        assert slope == pytest.approx(expected, rel=1e-6, abs=rounding)


@pytest.mark.parametrize(
    ("name", "x"), [(name, x) for name, (_, points) in ONE.items() for x in points]
)
def test_slope_of_one_number(name, x):
    check_slopes(ONE[name][0], [x])


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", TWO)
def test_slopes_of_two_numbers(name, pair):
    check_slopes(TWO[name], pair)


@given(numbers, numbers, numbers)
def test_slopes_of_a_longer_formula(x, y, z):
    def formula(x, y, z):
        return exp(x - y * z) / (1 + x * x) + log(2 + y**2) * relu(z + 0.5) - 3 / (y - 4)

    if abs(z + 0.5) > 1e-3:  # at relu's bend there is no one slope
        slopes, result = gradients(formula, [x, y, z])
        expected = [central_difference(formula, [x, y, z], i, 1e-5) for i in range(3)]
        assert result == formula(x, y, z)
        assert slopes == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("power", "slope"), [(0, 0.0), (1, 1.0), (1.5, 0.0), (2, 0.0), (3, 0.0)])
def test_slope_of_a_power_at_0(power, slope):
    assert gradients(lambda x: x**power, [0.0])[0] == [slope]


def test_relu_has_slope_0_at_0_and_left_of_it():
    for x in (0.0, -0.0, -1.0):
        value = Value(x)
        result = value.relu()
        result.backward()
        assert (result.data, value.grad) == (0.0, 0.0)


def test_sum_of_values_starts_from_0():
    values = [Value(1.0), Value(2.0), Value(3.0)]
    result = sum(values)
    result.backward()
    assert (result.data, [v.grad for v in values]) == (6.0, [1.0, 1.0, 1.0])


@given(numbers, numbers, numbers)
def test_gradients_are_linear(a, b, x):
    def f(x):
        return exp(x) * x

    def g(x):
        return 1 / (x * x + 1)

    (slope,), _ = gradients(lambda x: a * f(x) + b * g(x), [x])
    (f_slope,), _ = gradients(f, [x])
    (g_slope,), _ = gradients(g, [x])
    assert slope == pytest.approx(a * f_slope + b * g_slope, rel=1e-9, abs=1e-9)


def test_node_used_twice_gets_both_slopes():
    x = Value(3.0)
    doubled_square = 2 * x * x
    w = doubled_square * doubled_square
    w.backward()
    assert (w.data, x.grad) == (324.0, 432.0)
    assert doubled_square.grad == 36.0


def test_node_used_twice_on_two_levels():
    a = Value(5.0)
    b = a + a
    c = b + b
    c.backward()
    assert (c.data, a.grad, b.grad, c.grad) == (20.0, 4.0, 2.0, 1.0)


def test_node_is_passed_only_after_all_that_use_it():
    x = Value(2.0)
    near = x * x  # used early and late: its slope is complete only at the end
    far = exp(near * 0.1) * near + near
    (far * near).backward()

    def f(x):
        near = x * x
        return (exp(near * 0.1) * near + near) * near

    assert x.grad == pytest.approx(central_difference(f, [2.0], 0, 1e-5), rel=1e-8)


@pytest.mark.no_cover
def test_chain_of_100_000_additions():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert (y.data, x.grad) == (100_001.0, 100_001.0)


def test_second_backward_adds_up_in_what_was_not_computed():
    x, factor = Value(3.0), Value(2.0)
    square = x * x
    y = square * factor
    for times in (1, 2, 3):
        y.backward()
        assert (x.grad, factor.grad) == (times * 12.0, times * 9.0)
        assert (square.grad, y.grad) == (2.0, 1.0)


def test_backward_after_grad_was_set_back_to_0():
    x = Value(3.0)
    y = x * x
    y.backward()
    x.grad = 0.0
    y.backward()
    assert x.grad == 6.0


def test_two_results_add_up_in_a_shared_input():
    x = Value(3.0)
    (x * x).backward()
    (5 * x).backward()
    assert x.grad == 11.0


def test_shared_node_starts_afresh_for_each_result():
    x = Value(3.0)
    shared = x * x
    (shared * 2).backward()
    (shared * 5).backward()
    assert (shared.grad, x.grad) == (5.0, 2 * 6.0 + 5 * 6.0)


def test_backward_of_an_input_itself():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0
    x.backward()
    assert x.grad == 2.0


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=12))
def test_order_has_each_node_once_after_its_inputs(choices):
    nodes = [Value(1.0)]
    for left, right in choices:
        nodes.append(nodes[left % len(nodes)] + nodes[right % len(nodes)])
    order = nodes[-1].topological_order()
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is nodes[-1]
    for node in order:
        assert all(place[child] < place[node] for child in node.inputs)


def test_plain_number_gets_no_node():
    x = Value(3.0)
    for result in (x + 2, 2 + x, x - 2, 2 - x, x * 2, 2 * x, x / 2, x**2, -x):
        assert result.inputs == (x,)


def test_equal_only_to_itself():
    x = Value(3.0)
    assert x == x and x != Value(3.0) and x != 3.0
    assert len({x, x, Value(3.0)}) == 2


def test_repr_shows_data_and_grad():
    x = Value(3.0)
    assert repr(x) == "Value(data=3.0, grad=0.0)"
    (x * -2).backward()
    assert repr(x) == "Value(data=3.0, grad=-2.0)"


def test_no_other_attributes():
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 2.0


ZERO, MINUS = Value(0.0), Value(-2.0)
ERRORS = {
    "Value / 0": (lambda: MINUS / 0, ZeroDivisionError, "-2.0.* divide by a number that is not"),
    "Value / Value(0)": (lambda: MINUS / ZERO, ZeroDivisionError, "divide by a number that is not"),
    "1 / Value(0)": (lambda: 1 / ZERO, ZeroDivisionError, "divide by a number that is not zero"),
    "0 ** -1": (lambda: ZERO**-1, ZeroDivisionError, r"\*\* -1: .* the power must be 1 or more"),
    "0 ** 0.5": (lambda: ZERO**0.5, ZeroDivisionError, r"\*\* 0.5: .* must be 1 or more"),
    "negative ** 0.5": (lambda: MINUS**0.5, ValueError, "takes whole powers only"),
    "Value ** Value": (lambda: MINUS**MINUS, TypeError, r"try \(y \* x.log\(\)\).exp\(\)"),
    "2 ** Value": (lambda: 2**MINUS, TypeError, r"2 \*\* Value: .* try \(y \* log\(x\)\).exp\(\)"),
    "log of zero": (lambda: ZERO.log(), ValueError, "data=0.0.* only a positive number"),
    "log of less": (lambda: MINUS.log(), ValueError, "data=-2.0.* only a positive number"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_to_do(name):
    operation, kind, message = ERRORS[name]
    with pytest.raises(kind, match=message):
        operation()


@pytest.mark.parametrize("power", [2, 2.0, -1, -2.0, 0])
def test_negative_number_takes_whole_powers(power):
    check_slopes(lambda x: x**power, [-2.0])


def test_to_values_and_back():
    weights = {"b": [[1.5, -2.0], [0.0, 3.0]], "a": [[0.1]]}
    values = to_values(weights)
    assert [type(v) for v in flatten(values)] == [Value] * 5
    assert to_floats(values) == weights and list(to_floats(values)) == ["b", "a"]
    assert flatten(weights) == [1.5, -2.0, 0.0, 3.0, 0.1]


def test_exp_of_too_much_is_an_error():
    with pytest.raises(OverflowError):
        Value(1e3).exp()
