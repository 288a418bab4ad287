"""The small pictures on the home page's cards: each shows what its lesson works with.

They decorate, and screen readers pass them by: the card beside each says in words what it is.
"""

import random
from collections import Counter

from microgpt_ref.data import load_docs
from microgpt_ref.lab.canvas import Drawing
from microgpt_ref.lab.canvas.elements import element, number
from microgpt_ref.lab.canvas.svg import drawn
from microgpt_ref.lab.explorables import example
from microgpt_ref.lab.explorables.train_gpt import running_means
from microgpt_ref.lab.runs import load_run

WIDTH, HEIGHT = 170, 76
SEED, NAMES = 42, 1000  # of a lesson's own run
LETTERS = "abcdefghijklmnopqrstuvwxyz"
GRAPH = {"a": (16, 16), "b": (16, 60), "c": (66, 46), "d": (110, 18), "e": (154, 46)}
ARROWS = ["ac", "bc", "ad", "cd", "ce", "de"]  # from a value to one that is computed from it
STEPS = ["1", "10", "50", "1000"]


def first_letters(drawing, name):
    """A bar for each letter: how many of the names that train0 counts begin with it."""
    docs = load_docs()
    random.Random(SEED).shuffle(docs)
    counts = Counter(doc[0] for doc in docs[:NAMES])
    most, step = max(counts.values()), WIDTH / len(LETTERS)
    for i, letter in enumerate(LETTERS):
        height = (HEIGHT - 6) * counts[letter] / most
        drawing.rectangle(i * step, HEIGHT - height, 0.62 * step, height, name)


def way_down(drawing, name):
    """The running mean of the losses of a lesson's own run."""
    points = running_means(load_run(name)["losses"])
    losses = [loss for _, loss in points]
    low, high = min(losses), max(losses)
    places = [
        (2 + (WIDTH - 8) * step / NAMES, 6 + (HEIGHT - 14) * (high - loss) / (high - low))
        for step, loss in points[::6]
    ]
    drawing.line(places, name, 2.4)
    drawing.circle(*places[-1], 4.5, name)


def way_back(drawing, name):
    """The graph that train2 opens with; gradients go along its arrows from e."""
    for start, end in ARROWS:
        drawing.line([GRAPH[start], GRAPH[end]], name, 1.6, opacity=0.55)
    for value, (x, y) in GRAPH.items():
        fill, ink = (name, "panel") if value == "e" else ("panel", name)
        drawing.circle(x, y, 11, fill, name, 1.8)
        drawing.text(x, y, value, 13, ink, "middle", bold=True, mono=True)


def looking_back(drawing, name):
    """How train3's example has the last letter of a name look at each letter so far."""
    data = example("attention_steps").data
    places = [(30 + 55 * i, 60) for i in range(len(data["letters"]))]
    last = places[-1]
    for (x, y), letter, share in zip(places, data["letters"], data["shares"], strict=True):
        drawing.text(x, y, letter, 24, name, "middle", bold=True, mono=True)
        if (x, y) != last:
            arc = [(x, 44), ((x + last[0]) / 2, 44 - 0.33 * (last[0] - x)), (last[0], 44)]
            drawing.curve(arc, name, 1 + 7 * share, opacity=0.75)


def growing_up(drawing, name):
    """A name that train4's model invents after one name, after ten, and so on."""
    grown = load_run("train4")["growing_up"]
    for i, step in enumerate(STEPS):
        last = step == STEPS[-1]
        color = name if last else "soft"
        drawing.text(0, 10 + 19 * i, grown[step][0], 14, color, bold=last, mono=True)


DRAW = {  # of others, the way down is drawn
    "train0": first_letters,
    "train2": way_back,
    "train3": looking_back,
    "train4": growing_up,
}


def draw(name):
    """The drawing of a lesson's card."""
    drawing = Drawing(WIDTH, HEIGHT)
    DRAW.get(name, way_down)(drawing, name)
    return drawing


def picture(name):
    """The picture of a lesson's card, as SVG; its tag has a line of its own, as Markdown needs."""
    box = f"0 0 {number(WIDTH)} {number(HEIGHT)}"
    look = {"class": "card-picture", "viewBox": box, "aria_hidden": "true"}
    return element("svg", f"\n{drawn(draw(name).shapes)}\n", **look)
