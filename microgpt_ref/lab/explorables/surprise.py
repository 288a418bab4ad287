"""The surprise −ln p, with a p to drag: nothing at 1, and one more ln 2 with every halving."""

import math

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, still

STAGE = "train0"
HEIGHTS = (560, 400)
WIDTH, HEIGHT = 620, 330
LEFT, TOP, RIGHT, BOTTOM = 56, 24, 500, 286  # of the chart
MOST = 7.0  # nats, at the top of the chart
STACK = (540, 44)  # where the stack of halvings begins, and how wide it is


def surprise(p=0.25, vocab_size=27):
    """The explorable, which opens at a probability p; vocab_size: of a model that knows nothing."""
    if not 0.001 <= p <= 1:
        raise ValueError(f"p {p}: use a probability from 0.001 to 1")
    data = {"p": p, "vocab_size": vocab_size, "nothing": math.log(vocab_size), "ln2": math.log(2)}
    caption = "Each time p halves, the surprise grows by the same amount, ln 2."
    description = (
        f"Curve of the surprise, −ln p, over the probability p from 0 to 1. It is 0 at p = 1, "
        f"{math.log(2):.4f} at one half, {math.log(4):.4f} at one quarter and {math.log(1000):.4f} "
        f"at one thousandth, and goes up without end towards p = 0. A mark shows p = {p:g} with a "
        f"surprise of {-math.log(p) + 0.0:.4f} nats. A dashed line at {math.log(vocab_size):.4f} "
        f"is what it costs to know nothing, with {vocab_size} tokens."
    )
    picture = draw(data, description)
    return Explorable("surprise", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """As train0 shows it."""
    return surprise()


def place(p):
    """Where a probability's point lies."""
    return LEFT + (RIGHT - LEFT) * p, BOTTOM - (BOTTOM - TOP) * -math.log(p) / MOST


def draw(data, description):
    """The still picture: axes, curve, the mark, and the surprise as a stack of halvings."""
    accent = still.accent(STAGE)
    low = math.exp(-MOST)
    ps = [low * (1 / low) ** (i / 80) for i in range(81)]
    path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in map(place, ps))
    x, y = place(data["p"])
    nothing = place(1 / data["vocab_size"])[1]
    axis = {"stroke": still.SOFT, "stroke_width": 1, "fill": "none"}
    parts = [
        element("path", d=f"M{LEFT},{TOP}V{BOTTOM}H{RIGHT}", **axis),
        element("path", d=f"M{LEFT},{nothing:.1f}H{RIGHT}", **axis | {"stroke_dasharray": "6 4"}),
        still.text(
            RIGHT, nothing - 8, f"knowing nothing: ln {data['vocab_size']}", 13, still.SOFT, "end"
        ),
        element("path", d=path, fill="none", stroke=accent, stroke_width=3),
        element("path", d=f"M{x:.1f},{BOTTOM}V{y:.1f}H{LEFT}", **axis),
        element("circle", cx=x, cy=y, r=9, fill=accent),
        still.text(
            x + 16,
            y - 10,
            f"p = {data['p']:g}, surprise {-math.log(data['p']):.4f}",
            15,
            anchor="start",
            weight=700,
        ),
        still.text(
            (LEFT + RIGHT) / 2, HEIGHT - 10, "p, the probability that it gave", 13, still.SOFT
        ),
        still.text(LEFT - 40, 14, "surprise in nats", 13, still.SOFT, "start"),
    ]
    parts += [
        still.text(LEFT + (RIGHT - LEFT) * p, BOTTOM + 18, f"{p:g}", 12, still.SOFT)
        for p in (0, 0.25, 0.5, 0.75, 1)
    ]
    parts += [
        still.text(LEFT - 10, place(math.exp(-n))[1] + 4, n, 12, still.SOFT, "end")
        for n in range(8)
    ]
    parts += stack(data, accent)
    return still.picture(WIDTH, HEIGHT, description, "".join(parts))


def stack(data, accent):
    """The surprise as blocks of ln 2, one for each halving from 1."""
    left, wide = STACK
    height = (BOTTOM - TOP) * data["ln2"] / MOST
    count = round(-math.log2(data["p"]))
    blocks = [
        element(
            "rect", x=left, y=BOTTOM - height * (i + 1) + 1, width=wide, height=height - 2, rx=3,
            fill=accent, fill_opacity="0.85",
        )
        for i in range(count)
    ]  # fmt: skip
    return [*blocks, still.text(left + wide / 2, BOTTOM + 18, f"{count} × ln 2", 12, still.SOFT)]
