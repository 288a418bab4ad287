"""What a check says of an answer: messages that are true, and name the mistake."""

import pytest

from microgpt_ref.lab.checks.comparing import NUDGED, Wrong, call, equal, near


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
    assert message.startswith("Called with ([[1, 2], [3, 4]], abs) it raised KeyError")


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
        (1.00000001, 1.0, "y is 1.00000001; it should be 1 (off by 1e-08).", ""),
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


def test_near_tells_a_nudge_from_a_mistake():
    assert near([0.5, [2.0]], [0.500001, [1.99999]])
    assert near([0.0, 1e-8], [1e-7, 0.0])
    assert not near([0.5, 2.0], [0.5, 2.1])
    assert not near([0.5], [0.5, 2.0])
    assert not near([float("nan")], [float("nan")])
    assert not near(["a"], [1.0])
