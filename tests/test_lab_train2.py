"""The graph of train2: how a node was made, where it is drawn, and how gradients move."""

import re

import pytest

from microgpt_ref.lab import train2
from microgpt_ref.lab.figures import Picture
from microgpt_ref.lab.train2 import (
    ORDERS,
    backward_table,
    double_count,
    draw_graph,
    formula,
    handings,
    inputs_first,
    places,
    show_backward,
)
from microgpt_ref.value import Value

PNG = b"\x89PNG\r\n\x1a\n"


def example():
    """The lesson's graph: its result, and the names of its nodes."""
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c + a
    e = c * d
    return e, {"a": a, "b": b, "c": c, "d": d, "e": e}


def doublings(n):
    """A number, and what comes of doubling it n times."""
    first = last = Value(1.0)
    for _ in range(n):
        last = last + last
    return first, last


MADE = {
    "+": (lambda x, y: x + y, lambda x, y: x + 2.5, lambda x, y: 2.5 + x),
    "−": (lambda x, y: x - y, lambda x, y: -x, lambda x, y: 5 - x),
    "×": (lambda x, y: x * y, lambda x, y: x * -3, lambda x, y: 3 * x),
    "÷": (lambda x, y: x / y, lambda x, y: x / 5, lambda x, y: 5 / x),
    "exp": (lambda x, y: x.exp(),),
    "log": (lambda x, y: x.log(),),
    "relu": (lambda x, y: x.relu(), lambda x, y: (x * -1).relu()),
    "power": (lambda x, y: x**3, lambda x, y: x**-0.5),
    "": (lambda x, y: x,),
}


@pytest.mark.parametrize("sign", MADE)
def test_a_node_without_a_name_shows_its_operation(sign):
    for make in MADE[sign]:
        node = make(Value(2.25), Value(0.7))
        assert node.op == sign and formula(node, {}) == sign


def test_a_formula_uses_the_names_it_is_given():
    result, labels = example()
    assert [formula(node, labels) for node in inputs_first(result)] == [
        "a", "b", "c = a × b", "d = c + a", "e = c × d",
    ]  # fmt: skip
    assert formula(result, {}) == "×"
    x = Value(1.5)
    assert formula(x.relu(), {"x": x}) == "relu(x)"
    assert formula(x + 2, {"x": x}) == "+"
    assert formula(x, {}) == ""


def test_a_sum_of_many_is_written_with_all_its_terms():
    a, b, c = Value(1.0), Value(2.0), Value(4.0)
    s = Value.sum_of([a, b, c])
    labels = {"a": a, "b": b, "c": c, "s": s}
    assert formula(s, labels) == "s = a + b + c"
    odd = Value(8.0, (a, b, c), (8.0, 4.0, 2.0))
    assert formula(odd, labels) == ""
    assert "s = a + b + c: data 7, grad 0" in draw_graph(s, labels).description


def test_no_two_nodes_or_lines_share_a_place():
    result, _ = example()
    rows, found = places(inputs_first(result))
    taken = [(row, x) for place in found.values() for row, x in place.items()]
    assert len(taken) == len(set(taken))
    for node in inputs_first(result):
        assert all(rows[child] < rows[node] for child in node.inputs)


def test_a_graph_is_described_with_its_numbers():
    result, labels = example()
    result.backward()
    description = draw_graph(result, labels).description
    assert description.startswith("Graph of 5 nodes")
    assert "a: data 2, grad 48; b: data 3, grad 28; c = a × b: data 6, grad 14" in description
    labels["a"].grad = -0.5
    assert "a: data 2, grad −0.5;" in draw_graph(result, labels).description


@pytest.mark.parametrize("labelled", [True, False])
def test_a_graph_of_one_node_can_be_drawn(labelled):
    one = Value(-7.0)
    labels = {"a number with a rather long name": one} if labelled else {}
    assert "data −7, grad 0" in draw_graph(one, labels).description
    for order in ORDERS:
        for step in range(3):
            assert "grad 1, done" in show_backward(step, order, one, labels).description
    assert draw_graph(one, labels).png().startswith(PNG)


def test_a_graph_too_large_to_draw_is_refused():
    _, largest = doublings(train2.MOST_NODES - 1)
    assert draw_graph(largest, {}).png().startswith(PNG)
    with pytest.raises(ValueError, match="more than 40 nodes"):
        draw_graph(largest + 1, {})
    with pytest.raises(ValueError, match="more than 40 nodes"):
        draw_graph(doublings(20_000)[1], {})


def test_gradients_in_topological_order_are_those_of_backward():
    result, labels = example()
    shown = show_backward(6, "topological", result, labels).description
    assert all(node.grad == 0.0 for node in labels.values())
    result.backward()
    for name, node in labels.items():
        found = re.search(rf"\b{name}( = [^:]*)?: data [^,]*, grad ([^,]*),", shown)[2]
        assert float(found) == node.grad


@pytest.mark.parametrize(
    ("step", "order", "says"),
    [
        (0, "topological", "step 0: the result starts with 1."),
        (1, "topological", "step 1: e hands 8 on to c."),
        (2, "topological", "step 2: e hands 6 on to d."),
        (4, "topological", "step 4: d hands 6 on to a."),
        (6, "topological", "step 6: c hands 28 on to b."),
        (7, "topological", "step 7: all gradients are handed on."),
        (2, "straight back", "step 2: c hands 24 on to a."),
        (6, "straight back", "step 6: c hands 42 on to a."),
        (9, "straight back", "step 9: all gradients are handed on."),
        (-1, "topological", "step 0: the result starts with 1."),
        (99, "topological", "step 7: all gradients are handed on."),
    ],
)
def test_a_step_says_who_hands_on_what(step, order, says):
    result, labels = example()
    picture = show_backward(step, order, result, labels)
    assert isinstance(picture, Picture)
    assert says in picture.description and says.capitalize() == picture.caption
    assert picture.png().startswith(PNG)


def test_every_node_is_done_waiting_or_at_work():
    result, labels = example()
    description = show_backward(4, "topological", result, labels).description
    assert re.findall(r"waiting|done|hands on", description) == [
        "waiting", "waiting", "waiting", "hands on", "done",
    ]  # fmt: skip


def draft_walk(node, steps):
    """The lesson's draft; notes in `steps` what each arrow hands on."""
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad += local_derivative * node.grad
        steps.append((node, child, local_derivative * node.grad))
        draft_walk(child, steps)


def test_straight_back_is_the_walk_of_the_lessons_draft():
    result, labels = example()
    names = {node: name for name, node in labels.items()}
    lines = backward_table(result, labels, "straight back").splitlines()
    steps = []
    result.grad = 1.0
    draft_walk(result, steps)
    assert len(lines) == 2 + len(steps) == 10
    for line, (node, child, amount) in zip(lines[2:], steps):
        told = line.split()
        assert told[1:5] == [names[node], "→", names[child], f"{amount:g}"]
    assert lines[0].split() == ["step", "arrow", "hands", "on", "e", "d", "c", "b", "a"]
    assert lines[-1].split()[-5:] == [f"{labels[name].grad:g}" for name in "edcba"]
    assert lines[-1].split()[-5:] == ["1", "6", "14", "44", "72"]


def test_topological_steps_are_those_of_backward():
    result, labels = example()
    lines = backward_table(result, labels, "topological").splitlines()
    assert [line.split()[4] for line in lines[2:]] == ["8", "6", "6", "6", "42", "28"]
    result.backward()
    assert lines[-1].split()[-5:] == [f"{labels[name].grad:g}" for name in "edcba"]


def test_straight_back_gives_two_doublings_six():
    first, last = doublings(2)
    labels = {"a": first, "c": last}
    assert backward_table(last, labels, "straight back").splitlines()[-1].split()[-1] == "6"
    assert backward_table(last, labels, "topological").splitlines()[-1].split()[-1] == "4"


def test_straight_back_takes_every_way_through_the_graph():
    assert [len(handings(doublings(n)[1], "straight back")) for n in (1, 2, 3)] == [2, 6, 14]
    with pytest.raises(ValueError, match="more than 1000 steps"):
        handings(doublings(30)[1], "straight back")
    with pytest.raises(ValueError, match="more than 40 nodes"):
        handings(doublings(5000)[1], "straight back")


def test_an_unknown_order_is_refused():
    with pytest.raises(
        ValueError, match=r"unknown order 'random': use topological or straight back"
    ):
        show_backward(0, "random", *example())


def test_four_frames_tell_what_is_counted_twice():
    def doublings():
        a = Value(1.0)
        b = a + a
        return a, b, b + b

    picture = double_count(doublings)
    assert picture.caption.endswith("so a ends at 6, and 4 would be right.")
    frames = ("a has 0, b 1, c 1", "a has 2, b 1, c 1", "a has 2, b 2, c 1", "a has 6, b 2, c 1")
    assert [frame in picture.description for frame in frames] == [True] * 4
    wide, narrow = picture.drawing(720), picture.drawing(350)
    assert narrow.height > wide.height > 200
