"""The drawing of train1's network holds the numbers of the network's own two passes."""

import pytest

from microgpt_ref.lab.canvas.shapes import Words
from microgpt_ref.lab.network import Passes, draw_network, two
from microgpt_ref.layers import document_loss
from microgpt_ref.mlp import mlp, mlp_gradient
from microgpt_ref.tokenizer import Tokenizer

TINY = Tokenizer(["ana", "nan", "anna"])
WEIGHTS = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[0.7], [0.3], [0.4]]}


@pytest.mark.parametrize("token", [0, 1, 2])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_its_values_and_slopes_are_the_lesson_s(token, target):
    found = Passes(WEIGHTS, token, target)
    loss, grads = mlp_gradient(WEIGHTS, [token, target])
    assert found.logits == pytest.approx(mlp(WEIGHTS, token))
    assert found.loss == pytest.approx(loss)
    assert loss == pytest.approx(document_loss(lambda t: mlp(WEIGHTS, t), [token, target]))
    assert found.dfc2 == pytest.approx([row[0] for row in grads["fc2"]])
    assert found.dfc1 == pytest.approx(grads["fc1"][0][0])
    assert found.dx == pytest.approx(grads["wte"][token][0])


@pytest.mark.parametrize("width", [720, 350])
def test_every_number_is_written_on_it(width):
    found = Passes(WEIGHTS, 0, 1)
    shapes = draw_network(WEIGHTS, 0, 1, TINY).drawing(width).shapes
    texts = [shape.text for shape in shapes if isinstance(shape, Words)]
    slopes = [*found.dlogits, *found.dfc2, found.dfc1, found.dx, found.dhidden]
    assert {two(slope) for slope in slopes} <= set(texts)
    values = [f"x = {two(found.x)}", f"hidden = {two(found.hidden)}", f"fc1 {two(found.fc1)}"]
    assert set(values) | {two(w) for w in found.fc2} <= set(texts)


def test_a_shut_gate_is_said():
    picture = draw_network(WEIGHTS, 1, 1, TINY)
    assert picture.caption.startswith("The ReLU is shut")
    assert "fc1 x is −1.00, so the ReLU is shut; hidden is 0.00" in picture.description
    assert "the weight of fc1 is 0.50, slope 0.00" in picture.description


def test_an_open_gate_asks_for_what_came_next():
    picture = draw_network(WEIGHTS, 0, 2, TINY)
    assert picture.caption.endswith("ask for more ·.")
    assert "x is 4.00" in picture.description and "so the ReLU is open" in picture.description
