"""What a check says of an answer: messages that are true, and name the mistake."""

import math

import pytest

from microgpt_ref.lab.checks import examine
from microgpt_ref.lab.checks.comparing import NEARLY, NUDGED, Wrong, call, equal, near
from microgpt_ref.value import Value


def said(function, *arguments, **keywords):
    """(message, cause) of the Wrong that a function raises."""
    with pytest.raises(Wrong) as caught:
        function(*arguments, **keywords)
    return caught.value.message, caught.value.cause


def test_a_failing_call_is_shown_as_it_was_made():
    def fails_late(rows, f):
        rows[0][0] = f(7)
        raise KeyError(rows[0][0])

    message, _ = said(call, fails_late, [[1, 2], [3, 4]], abs)
    shown = "([[1, 2], [3, 4]], abs)"
    assert message == f"It raised KeyError: 7, in its line 3, when called with {shown}."


def test_a_result_in_place_of_a_function():
    message, cause = said(call, [0.5, 0.5], [1.0, 1.0])
    assert message == "It is a list, and should be a function."
    assert "name alone, without brackets" in cause


def test_a_float_that_comes_back_with_another_last_digit_is_named():
    def to_and_fro(x):
        x[1] += 0.5
        x[1] -= 2 * 0.5
        x[1] += 0.5

    message, cause = said(call, to_and_fro, [1.0, 0.3])
    assert message.endswith("A number in it was 0.3 and is 0.30000000000000004.")
    assert "added to a float and taken away again" in cause


@pytest.mark.parametrize(
    "change",
    [lambda x: x[0].reverse(), lambda x: x[0].append(1.0), lambda x: x.append(x[0].pop())],
    ids=["reversed", "appended", "moved to another list"],
)
def test_any_other_change_of_an_argument(change):
    message, cause = said(call, change, [[0.5, 2.0], [3.0]])
    assert message == "It changes what it is given: x is different afterwards."
    assert cause.startswith("Make a new list")


def test_a_renamed_key_is_a_change():
    _, cause = said(call, lambda d: d.update(b=d.pop("a")), {"a": 1.0})
    assert cause.startswith("Make a new list")


@pytest.mark.parametrize(
    "got, wanted, message, cause",
    [
        ([1.0], [1.0, 2.0, 3.0], "y has 1 entry; it should have 3.", "Only the first entry"),
        ([1.0, 2.0], [1.0, 2.0, 3.0], "y has 2 entries; it should have 3.", "The last entry"),
        (1.0, [1.0, 2.0], "y is a number; it should be a list of 2.", "first entry alone"),
        (2.0, [1.0, 2.0], "y is a number; it should be a list of 2.", ""),
        ([0.5, 2.0], 0.5, "y is a list; it should be 0.5.", "One number is wanted"),
        ("0.5", 1 / 3, "y is '0.5'; it should be 0.333333.", "a text"),
        ([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0, 3.0, 4.0], "y has 2 entries", "into one list"),
        ([[1.0, 2.0], [3.0, 5.0]], [1.0, 2.0, 3.0, 4.0], "y has 2 entries", ""),
        ([[1.0, 2.0, 3.0]], [[1.0], [2.0], [3.0]], "y has 1 entry", "Rows and columns"),
        ([[2.0, 2.0, 4.0]], [[1.0], [1.0], [2.0]], "y has 1 entry", ""),
        (0.33, 1 / 3, "y is 0.33; it should be 0.333333", "The number was rounded"),
        ([0.33, 0.67], [1 / 3, 2 / 3], "y[0] is 0.33", "round only what you print"),
        (1.00000001, 1.0, "y is 1.00000001; it should be 1 (off by 1e-08).", NEARLY),
        ([1.5, 2.5], [1.0, 2.0], "y[0] is 1.5", "off by the same 0.5"),
    ],
)
def test_what_is_said_of_a_result(got, wanted, message, cause):
    found = said(equal, got, wanted, "y")
    assert found[0].startswith(message)
    assert cause in found[1] if cause else found[1] == ""


@pytest.mark.parametrize(
    "what, got, message",
    [
        ("For x, the result", [0.0, 5.0], "For x, entry 1 of the result is 5; it should be 2"),
        ("The result", [0.0, 5.0], "Entry 1 of the result is 5; it should be 2"),
        ("For x, dx", [0.0, 5.0], "For x, dx[1] is 5; it should be 2"),
    ],
)
def test_entries_are_named_in_words(what, got, message):
    assert said(equal, got, [0.0, 2.0], what)[0].startswith(message)


def test_entries_of_rows_keep_their_brackets():
    message, _ = said(equal, [[1.0], [3.0]], [[1.0], [2.0]], "The output")
    assert message.startswith("Entry [1][0] of the output is 3")


def test_a_known_mistake_goes_before_what_is_said_otherwise():
    mistakes = {"That is the sum.": 3.0}
    assert said(equal, 3.0, 1.0, "y", mistakes, otherwise=NUDGED)[1] == "That is the sum."
    assert said(equal, 1.5, 1.0, "y", mistakes, otherwise=NUDGED)[1] == NUDGED


@pytest.mark.parametrize(
    "got, wanted, cause",
    [
        ([0.0, 0.0], [0.3, 0.7], "does // drop the rest?"),
        ([0.0, 0.0], [3.0, 7.5], "anything added to what it starts from?"),
        ([3.0, 7.0], [3.4, 7.5], "// drops the rest"),
        (2.0, 2.39, ""),
        ([0.7, 0.1, 0.2], [0.1, 0.7, 0.2], ""),
        ([0.7, 0.2, 0.1], [0.2, 0.7, 0.1], "sorted: each has a place of its own"),
        (["1", "2"], [1.0, 2.0], "texts in it, in quotation marks"),
        (["a", "b"], [["a"], ["b"]], ""),
        ([1.0, 9.0, 3.0], [1.0, 2.0, 3.0], "Only one number is off, number 1 counted from 0"),
        ([1.0, 9.0], [1.0, 2.0], ""),
        ([0.3, 0.9], [1.0, 3.0], "All of it is 0.3 times what it should be: is a factor missing"),
        ([1.0, -2.0, -3.0], [1.0, 2.0, 3.0], "some signs are the wrong way round"),
    ],
)
def test_ways_of_being_wrong_that_show_in_the_result(got, wanted, cause):
    found = said(equal, got, wanted, "y")[1]
    assert cause in found if cause else found == ""


@pytest.mark.parametrize(
    "make", [lambda x: map(abs, x), lambda x: zip(x, x), reversed, lambda x: filter(None, x)]
)
def test_results_that_are_made_only_when_asked_for(make):
    message, cause = said(equal, make([1.0, 2.0]), [1.0, 2.0], "y")
    assert message.startswith("y is of type") and "put list(…) around it" in cause


def test_numbers_that_are_right_are_counted():
    message, _ = said(equal, [1.0, 2.0, 5.0], [1.0, 2.0, 3.0], "y")
    assert message == "y[2] is 5; it should be 3 (off by 2). 2 of the 3 numbers are right."
    for wanted, reveal in (([2.0, 3.0, 6.0], True), ([1.0, 3.0, 6.0], False)):
        message, _ = said(equal, [1.0, 2.0, 5.0], wanted, "y", reveal=reveal)
        assert "numbers are right" not in message


def shadows(x):
    sum = 0.0
    return sum(x)


def too_late(x):
    whole = max(x)  # noqa: F823
    max = whole
    return max


class Softmax:
    pass


@pytest.mark.parametrize(
    "answer, cause",
    [
        (lambda x: math.log(-x[0]), "math.log takes numbers above 0"),
        (lambda x: x / 2, "entry by entry"),
        (lambda x: x[0][0], "something that is no list"),
        (lambda x: list(x[0]), "something that is no list: is it a number"),
        (lambda x: x[len(x) / 2], "// gives one"),
        (lambda: 1.0, "take as many things"),
        (lambda x: x.sort().copy(), "append, sort and shuffle"),
        (lambda x: [a for a, b, c in [x]], "Less comes than"),
        (lambda x: [a for (a,) in [x]], "is a loop without zip?"),
    ],
)
def test_usual_errors_have_a_cause_where_the_exercise_knows_none(answer, cause):
    assert cause in said(call, answer, [1.0, 2.0])[1]
    errors = dict.fromkeys((TypeError, ValueError, AttributeError), "the exercise's own")
    assert said(call, answer, [1.0, 2.0], errors=errors)[1] == "the exercise's own"


def out_of_memory(x):
    raise MemoryError


@pytest.mark.parametrize(
    "answer, message, cause",
    [
        (shadows, "TypeError: 'float' object is not callable, in its line 3", "such as sum?"),
        (too_late, "UnboundLocalError: ", "call the variable something else"),
        (Softmax, "TypeError: Softmax() takes no arguments, when", "a function begins with def"),
        (out_of_memory, "MemoryError, in its line 2, when", "does a list grow"),
    ],
)
def test_an_error_has_its_type_text_and_line_first_and_its_cause(answer, message, cause):
    found = said(call, answer, [1.0, 2.0], errors={TypeError: "another"})
    assert found[0].startswith(f"It raised {message}") and found[0].endswith("([1, 2]).")
    assert cause in found[1]


def test_near_tells_a_nudge_from_a_mistake():
    assert near([0.5, [2.0]], [0.500001, [1.99999]])
    assert near([0.0, 1e-8], [1e-7, 0.0])
    assert not near([0.5, 2.0], [0.5, 2.1])
    assert not near([0.5], [0.5, 2.0])
    assert not near([float("nan")], [float("nan")])
    assert not near(["a"], [1.0])


# Values that are changed


def set_data(value):
    value.data += 1.0


def set_grad(value):
    value.grad = 1.0


def set_inputs(value):
    value.inputs = (Value(1.0),)


def set_slopes(value):
    value.local_derivatives = (2.0,)


def drop_inputs(value):
    value.inputs = value.inputs[:-1]


CHANGES = [set_data, set_grad, set_inputs, set_slopes]


def in_a_list(change):
    return [[Value(1.0), Value(2.0)]], lambda values: change(values[1])


def in_a_dict(change):
    return [{"w": [[Value(1.0)]]}], lambda weights: change(weights["w"][0][0])


def alone(change):
    return [Value(1.0)], change


def below(change):
    one = Value(1.0) * Value(2.0)
    return [one + 1.0], lambda value: change(value.inputs[0].inputs[1])


@pytest.mark.parametrize("place", [alone, in_a_list, in_a_dict, below])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("number", [1, 2])
def test_no_call_may_change_a_value(place, change, number):
    arguments, act = place(change)
    calls = []

    def answer(argument):
        calls.append(1)
        if len(calls) == number:
            act(argument)
        return 1.0

    message, _ = said(call, answer, *arguments)
    assert message.startswith("It changes")


def test_an_input_that_is_taken_away_is_a_change():
    message, _ = said(call, lambda value: drop_inputs(value), Value(1.0) + Value(2.0))
    assert message == "It changes a Value that it is given: its inputs."


def test_gradients_are_set_where_that_is_the_task():
    x = Value(1.0)
    call(lambda value: set_grad(value), x, grads=True)
    assert x.grad == 1.0
    for change in (set_data, set_inputs, set_slopes):
        message, _ = said(call, lambda value, change=change: change(value), x, grads=True)
        assert message.startswith("It changes")


@pytest.mark.parametrize("change", [set_data, set_inputs, set_slopes])
def test_a_second_call_may_not_change_what_the_first_one_gave(change):
    calls = []

    def answer(x):
        calls.append(Value(x))
        if len(calls) == 2:
            change(calls[0])
        return calls[-1]

    assert "what it gave the first time" in said(call, answer, 1.0)[0]


def test_nor_the_list_that_the_first_call_gave():
    calls = []

    def answer(x):
        calls.append([x])
        if len(calls) == 2:
            calls[0][0] = 7.0
        return calls[-1]

    assert "what it gave the first time" in said(call, answer, 1.0)[0]


@pytest.mark.parametrize("changes", [(), (0,)])
def test_nor_the_list_that_the_first_call_was_given(changes):
    lists = []

    def answer(x):
        lists.append(x)
        if len(lists) == 2:
            lists[0][0] = 7.0
        return None

    assert "what it gave the first time" in said(call, answer, [1.0], changes=changes)[0]


def fitted(n_calls_before):
    """A `maximum` that says 1, and then sets the Values so that 1 is right."""
    calls = []

    def maximum(values):
        calls.append(1)
        if len(calls) > n_calls_before:
            for value in values:
                value.data = 1.0
        return Value(1.0, (values[0],), (1.0,))

    return maximum


@pytest.mark.parametrize("n_calls_before", [0, 1])
def test_values_set_to_fit_earn_nothing(n_calls_before):
    assert examine("train2.maximum", fitted(n_calls_before)).status == "not right"


def test_a_slope_that_is_no_number_is_not_0():
    def maximum(values):
        largest = max(values, key=lambda value: value.data)
        slopes = [float(v is largest) or float("nan") for v in values]
        return Value(largest.data, tuple(values), tuple(slopes))

    result = examine("train2.maximum", maximum)
    assert result.status == "not right" and "raised" not in result.message


def test_adamw_s_own_list_of_weights_is_no_way_to_other_weights():
    class AdamW:
        """A right step, but on new Values, put into the list in the place of the old ones."""

        def __init__(self, parameters, decay):
            self.parameters, self.decay, self.t = parameters, decay, 0
            self.m, self.v = [0.0] * len(parameters), [0.0] * len(parameters)

        def step(self, rate):
            self.t += 1
            for i, p in enumerate(self.parameters):
                self.m[i] += 0.15 * (p.grad - self.m[i])
                self.v[i] += 0.01 * (p.grad**2 - self.v[i])
                m, v = self.m[i] / (1 - 0.85**self.t), self.v[i] / (1 - 0.99**self.t)
                data = p.data * (1 - rate * self.decay) - rate * m / (v**0.5 + 1e-8)
                self.parameters[i] = Value(data)

    assert "what they were" in examine("train4.adamw", AdamW).message
