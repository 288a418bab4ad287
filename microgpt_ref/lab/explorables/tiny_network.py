"""A network small enough to fill in by hand: values go forward, slopes come back."""

import math

from microgpt_ref.lab.canvas import Drawing
from microgpt_ref.lab.canvas.svg import drawn
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.lab.network import STAGE, Network, Passes, described

HEIGHTS = (610, 860)


def tiny_network(weights, labels, token=0, target=1, step=6):
    """The explorable of a network with one hidden number, which opens after so many steps.

    weights: wte (V, 1), fc1 (1, 1) and fc2 (V, 1); token, target: what it saw, and what came next
    """
    found = Passes(weights, token, target)
    data = {"weights": weights, "labels": list(labels), "token": token, "target": target}
    data |= {"step": step, "loss": found.loss, "slopes": found.dlogits, "dx": found.dx}
    caption = "Values go forward; the complaint comes back, and every weight is told its share."
    description = described(found, labels, token, target)
    picture = draw(found, labels, token, target, description)
    return Explorable("tiny_network", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """The network of train1's page of paper."""
    ln2 = math.log(2)
    weights = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[ln2], [ln2 / 2], [ln2 / 2]]}
    return tiny_network(weights, "an·")


def draw(found, labels, token, target, description):
    """The still picture: the network with all values and all slopes."""
    drawing = Drawing(720)
    Network(drawing, found, list(labels), token, target).draw()
    return still.picture(720, round(drawing.height), description, drawn(drawing.shapes))
