"""The graph of train2: how a node was made, where it is drawn, and how gradients move."""

import pytest

from microgpt_ref.lab import train2
from microgpt_ref.lab.train2 import (
    after,
    double_count,
    draw_graph,
    formula,
    graph_to_fill_in,
    handings,
    inputs_first,
    places,
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
    assert draw_graph(one, labels).png().startswith(PNG)


def test_a_graph_too_large_to_draw_is_refused():
    _, largest = doublings(train2.MOST_NODES - 1)
    assert draw_graph(largest, {}).png().startswith(PNG)
    with pytest.raises(ValueError, match="more than 40 nodes"):
        draw_graph(largest + 1, {})
    with pytest.raises(ValueError, match="more than 40 nodes"):
        draw_graph(doublings(20_000)[1], {})


def test_a_graph_to_fill_in_shows_no_gradient():
    picture = graph_to_fill_in(5.0, 2.0)
    assert "c = a × b, value 10; d = c + a, value 15; e = c × d, value 150." in picture.description
    assert "c to e 15, d to e 10, c to d 1, a to d 1, a to c 2, b to c 5." in picture.description
    texts = [shape.text for shape in picture.drawing(720).shapes if hasattr(shape, "text")]
    assert texts.count("gradient ?") == 5 and not any("grad " in text for text in texts)
    assert not any(text in picture.description for text in ("60", "125", "25"))  # of a, b and c


def test_gradients_in_topological_order_are_those_of_backward():
    result, labels = example()
    found = after(result, handings(result, "topological"))
    assert all(node.grad == 0.0 for node in labels.values())
    result.backward()
    assert found == {node: node.grad for node in labels.values()}


def draft_walk(node, steps):
    """The lesson's draft; notes in `steps` what each arrow hands on."""
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad += local_derivative * node.grad
        steps.append((node, child, local_derivative * node.grad))
        draft_walk(child, steps)


def test_straight_back_is_the_walk_of_the_lessons_draft():
    result, labels = example()
    arrows = handings(result, "straight back")
    steps = []
    result.grad = 1.0
    draft_walk(result, steps)
    assert [(node, node.inputs[i]) for node, i in arrows] == [step[:2] for step in steps]
    for k, (_, child, amount) in enumerate(steps):
        before, then = after(result, arrows[:k]), after(result, arrows[: k + 1])
        assert then[child] - before[child] == amount
    found = after(result, arrows)
    assert found == {node: node.grad for node in labels.values()}
    assert [found[labels[name]] for name in "edcba"] == [1, 6, 14, 44, 72]


def test_straight_back_gives_two_doublings_six():
    first, last = doublings(2)
    assert after(last, handings(last, "straight back"))[first] == 6
    assert after(last, handings(last, "topological"))[first] == 4


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
        handings(example()[0], "random")


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
