"""Step backward: its numbers are those of Value, and in a browser it does what its words say."""

import random

import pytest
from browsing import MODES, an_opener, live, playwright  # noqa: F401

from microgpt_ref.lab.explorables import example
from microgpt_ref.lab.explorables.step_backward import step_backward
from microgpt_ref.lab.train2 import number
from microgpt_ref.value import Value

TOPOLOGICAL, STRAIGHT = "topological", "straight back"


def walk_adding(node):
    """The lesson's draft: hands on at once, and adds."""
    for child, local_derivative in zip(node.inputs, node.local_derivatives):
        child.grad += local_derivative * node.grad
        walk_adding(child)


def graph(a=2.0, b=3.0):
    """The lesson's graph: its result, and the names of its nodes."""
    a, b = Value(a), Value(b)
    c = a * b
    d = c + a
    e = c * d
    return e, {"a": a, "b": b, "c": c, "d": d, "e": e}


def grads(labels, data):
    """The gradients of the nodes as they are now, in the order of the data."""
    return [labels[box["name"]].grad for box in data["nodes"]]


# The numbers


@pytest.mark.parametrize("numbers", [(2.0, 3.0), (-1.5, 0.5), (0.0, 7.0)])
def test_both_ways_end_with_the_gradients_of_value_and_of_the_lesson_s_draft(numbers):
    result, labels = graph(*numbers)
    data = step_backward(result, labels).data
    assert grads(labels, data) == [0.0] * 5, "a node's own gradient was touched"
    result.backward()
    assert data["walks"][TOPOLOGICAL][-1]["grads"] == pytest.approx(grads(labels, data))
    again, labels = graph(*numbers)
    again.grad = 1.0
    walk_adding(again)
    assert data["walks"][STRAIGHT][-1]["grads"] == pytest.approx(grads(labels, data))


def test_each_step_adds_what_it_hands_on_and_nothing_else():
    data = example("step_backward").data
    for walk in data["walks"].values():
        for before, step in zip(walk, walk[1:-1]):
            one = data["edges"][step["edge"]]
            assert step["amount"] == before["grads"][one["to"]] * one["local"]
            change = [now - then for then, now in zip(before["grads"], step["grads"])]
            change[one["from"]] -= step["amount"]
            assert change == [0] * 5
            assert step["states"][one["to"]] == "hands on"
            said = (
                f"{data['nodes'][one['to']]['name']} hands {number(before['grads'][one['to']])} ×"
            )
            assert step["line"].startswith(said)


def test_the_lesson_s_case_c_goes_from_8_to_14_and_straight_back_goes_on_too_early():
    one = example("step_backward")
    names = [box["name"] for box in one.data["nodes"]]
    c, a = names.index("c"), names.index("a")
    patient, hasty = one.data["walks"][TOPOLOGICAL], one.data["walks"][STRAIGHT]
    assert [step["grads"][c] for step in patient] == [0, 8, 8, 14, 14, 14, 14, 14]
    assert "gone from 8 to 14" in one.caption
    assert one.data["step"] == 3 and one.data["order"] == TOPOLOGICAL
    assert "which had 8 and now has 14. Now c has all" in patient[3]["line"]
    assert [bool(step.get("early")) for step in patient] == [False] * 8
    assert hasty[2]["early"] == ["d"] and "Too early! d still has a share for c" in hasty[2]["line"]
    assert "c has handed on 8 of its 14 before: 24 counts twice" in hasty[6]["line"]
    assert hasty[-1]["line"] == (
        "Done, and wrong: a has 72 instead of 48 and b has 44 instead of 28."
    )
    assert hasty[-1]["grads"][a] - patient[-1]["grads"][a] == 24


def test_other_graphs_are_drawn_with_their_own_words():
    a = Value(1.0)
    b = a + a
    c = b + b
    one = step_backward(c, {"a": a, "b": b, "c": c}, STRAIGHT, 99)
    assert one.data["step"] == 7 and "a has 6 instead of 4" in repr(one)
    assert "b is used twice, so it waits until its gradient has gone from 1 to 2" in one.caption
    x = Value(2.0)
    y = x * 3
    assert "times the local derivative" in step_backward(y, {"x": x, "y": y}).caption


def test_no_two_arrows_begin_or_end_at_one_place():
    rng = random.Random(1)
    for _ in range(20):
        nodes = [Value(float(i + 1)) for i in range(2)]
        while len(nodes) < 6:
            nodes.append(rng.choice(nodes) * nodes[-1])
        labels = {f"n{i}": node for i, node in enumerate(nodes)}
        data = step_backward(nodes[-1], labels | {"n1": nodes[1]}).data
        ends = [tuple(one["points"][k]) for one in data["edges"] for k in (0, -1)]
        assert len(set(ends)) == len(ends)
        for x, y in (point for one in data["edges"] for point in one["points"]):
            assert 0 <= x <= data["width"] and 0 <= y <= data["height"]


def test_a_node_without_a_name_is_refused():
    result, labels = graph()
    del labels["c"]
    with pytest.raises(ValueError, match=r"has no name: give one to each of the 5 nodes"):
        step_backward(result, labels)


# In a browser


@pytest.fixture
def shown(opened, address):
    """A function that opens the lesson's figure, live."""

    def show(mode="light", **options):
        return live(opened(f"{address}/notebooks/train2.html", **MODES[mode], **options))

    return show


def agree(figure, walk, k):
    """Whether graph, line, slider and table all show a step of a walk."""
    drawn = figure.locator(".node .grad").all_text_contents()
    assert [float(text.replace("−", "-")) for text in drawn] == walk[k]["grads"]
    assert figure.locator(".line").text_content() == walk[k]["line"]
    slider = figure.get_by_role("slider")
    assert slider.input_value() == str(k)
    assert slider.get_attribute("aria-valuetext") == walk[k]["line"]
    marked = figure.locator("tr[aria-current] td").all_text_contents()
    if k < len(walk) - 1:
        cells = [float(text.replace("−", "-")) for text in marked[3:]]
        assert (marked[0], cells[::-1]) == (str(k), walk[k]["grads"])
    else:
        assert marked[0] == "should be"
    assert figure.locator(".edge.active").count() == (walk[k]["edge"] is not None)


def test_the_slider_s_keys_move_graph_line_and_table_forth_and_back(shown):
    figure, walk = shown(), example("step_backward").data["walks"][TOPOLOGICAL]
    agree(figure, walk, 3)
    figure.get_by_role("slider").focus()
    figure.page.keyboard.press("Home")
    for k in range(len(walk)):
        agree(figure, walk, k)
        figure.page.keyboard.press("ArrowRight")
    for k in reversed(range(len(walk))):
        agree(figure, walk, k)
        figure.page.keyboard.press("ArrowLeft")
    assert figure.page.url.endswith("train2.html"), "the arrow keys turned the page"


def test_straight_back_is_chosen_by_keys_and_says_where_it_goes_wrong(shown):
    figure, walk = shown(), example("step_backward").data["walks"][STRAIGHT]
    assert figure.locator(".choice label").all_text_contents() == [TOPOLOGICAL, STRAIGHT]
    figure.get_by_role("radio", name=TOPOLOGICAL).focus()
    figure.page.keyboard.press("ArrowRight")
    playwright.expect(figure.get_by_role("radio", name=STRAIGHT)).to_be_checked()
    figure.page.keyboard.press("Tab")
    for k in range(len(walk) - 1):
        agree(figure, walk, k)
        wrong = bool(walk[k].get("early") or walk[k].get("handed"))
        assert figure.locator(".layout.early").count() == wrong
        figure.page.keyboard.press("Enter")
    agree(figure, walk, len(walk) - 1)
    assert figure.locator(".layout.wrong").count() == 1
    assert figure.locator(".node.wrong .label").all_text_contents() == ["not 48", "not 28"]
    assert figure.locator("td.missed").all_text_contents() == ["28", "48"]
    playwright.expect(figure.get_by_role("button", name="Step")).to_be_disabled()


def test_what_a_step_did_is_told_to_a_screen_reader(shown):
    figure, walk = shown(), example("step_backward").data["walks"][TOPOLOGICAL]
    assert figure.get_by_role("status").text_content() == ""
    figure.get_by_role("button", name="Step").click()
    assert figure.get_by_role("status").text_content() == walk[4]["line"]


def test_play_goes_to_the_end_and_stop_stops(shown):
    figure, walk = shown(), example("step_backward").data["walks"][TOPOLOGICAL]
    figure.get_by_role("button", name="Play").click()
    agree(figure, walk, 4)
    figure.get_by_role("button", name="Stop").click()
    figure.get_by_role("button", name="Play").click()
    playwright.expect(figure.get_by_role("button", name="Play")).to_be_visible(timeout=60_000)
    agree(figure, walk, len(walk) - 1)


@pytest.mark.parametrize(("motion", "flies"), [("no-preference", True), ("reduce", False)])
def test_nothing_flies_for_those_who_want_no_motion(shown, motion, flies):
    figure = shown(reduced_motion=motion)
    figure.get_by_role("button", name="Step").click()
    assert (figure.locator(".flying text").count() == 1) == flies


def test_a_finger_finds_every_control_on_a_phone(shown):
    figure = shown("phone", has_touch=True)
    controls = [*figure.get_by_role("button").all(), figure.get_by_role("slider")]
    boxes = [one.bounding_box() for one in [*controls, *figure.locator(".choice label").all()]]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 40
    figure.get_by_role("button", name="Step").tap()
    figure.get_by_text(STRAIGHT).tap()
    agree(figure, example("step_backward").data["walks"][STRAIGHT], 0)
