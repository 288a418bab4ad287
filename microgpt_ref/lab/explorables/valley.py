"""Two weights in a valley that is steep across and flat along: SGD zigzags down it, Adam walks."""

import math

from microgpt_ref.adam import SGD, Adam
from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.value import Value

STAGE = "train4"
HEIGHTS = (520, 620)
FACTORS = (100.0, 1.0)  # of the two weights' slopes: across and along
START = (0.3, 1.0)
STEPS = 60
RATES = {"SGD": 0.018, "Adam": 0.05}
OPTIMIZERS = {"SGD": SGD, "Adam": Adam}
WIDTH, HEIGHT = 640, 300
ORIGIN, UNIT = (150, 150), 370.0  # where both weights are 0, and the pixels of 1
LEVELS = (0.02, 0.1, 0.3, 0.7, 1.4, 2.6, 4.4, 7.0)  # losses with a contour


def valley(start=START, steps=STEPS):
    """The explorable, which begins at these two weights; the loss is half of 100 a² + b²."""
    paths = {name: path(name, rate, start, steps) for name, rate in RATES.items()}
    data = {
        "factors": FACTORS, "start": start, "steps": steps, "rates": RATES, "optimizer": "SGD",
        "levels": LEVELS,
    }  # fmt: skip
    ends = {name: loss(*points[-1]) for name, points in paths.items()}
    caption = "SGD zigzags between the steep walls; Adam walks along the valley."
    said = "; ".join(
        f"{name} at a rate of {RATES[name]:g} ends at a = {points[-1][0] + 0.0:.4f}, "
        f"b = {points[-1][1]:.4f}, with a loss of {ends[name]:.4f}"
        for name, points in paths.items()
    )
    description = (
        f"Contours of the loss ½(100 a² + b²), a long valley ten times as narrow as it is long, "
        f"and the way down from a = {start[0]:g}, b = {start[1]:g} in {steps} steps. {said}. The "
        "lowest point, 0, is where both are 0."
    )
    picture = draw(paths, description)
    return Explorable("valley", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """As train4 shows it."""
    return valley()


def loss(a, b):
    """Half of 100 a² + b²."""
    return 0.5 * (FACTORS[0] * a * a + FACTORS[1] * b * b)


def path(optimizer, rate, start=START, steps=STEPS):
    """The points [(a, b)] that one of the course's optimizers comes by, the start among them."""
    weights = [Value(x) for x in start]
    taken, points = OPTIMIZERS[optimizer](weights), [tuple(start)]
    for _ in range(steps):
        for weight, factor in zip(weights, FACTORS):
            weight.grad = factor * weight.data
        taken.step(rate)
        points.append(tuple(weight.data for weight in weights))
    return points


def place(a, b):
    """Where a point lies: b to the right, a upwards."""
    return ORIGIN[0] + UNIT * b, ORIGIN[1] - UNIT * a


def draw(paths, description):
    """The still picture: contours, and both ways down."""
    accent = still.accent(STAGE)
    x, y = ORIGIN
    parts = ['<clipPath id="valley-frame"><rect width="640" height="300" rx="12"/></clipPath>']
    inside = []
    for level in LEVELS:
        radii = {"rx": UNIT * math.sqrt(2 * level), "ry": UNIT * math.sqrt(2 * level / FACTORS[0])}
        line = {"stroke": still.SOFT, "stroke_width": 1, "opacity": "0.55"}
        inside.append(element("ellipse", cx=x, cy=y, **radii, fill="none", **line))
    for (name, points), dashes, width in zip(paths.items(), ("5 4", None), (2, 3)):
        places = [place(*point) for point in points]
        color = still.INK if name == "SGD" else accent
        steps = "M" + "L".join(f"{px:.1f},{py:.1f}" for px, py in places)
        inside.append(
            element(
                "path", d=steps, fill="none", stroke=color, stroke_width=width,
                stroke_dasharray=dashes,
            )
        )  # fmt: skip
        inside += [element("circle", cx=px, cy=py, r=3, fill=color) for px, py in places[:24]]
    start = place(*paths["SGD"][0])
    inside.append(element("circle", cx=start[0], cy=start[1], r=8, fill=accent))
    inside.append(element("circle", cx=x, cy=y, r=4, fill=still.INK))
    parts.append(element("g", "".join(inside), clip_path="url(#valley-frame)"))
    parts.append(still.text(20, 30, "SGD, dashed", 15, anchor="start", weight=700))
    parts.append(still.text(20, 52, "Adam", 15, accent, "start", 700))
    parts.append(still.text(x, y + 24, "lowest", 13, still.SOFT))
    return still.picture(WIDTH, HEIGHT, description, "".join(parts))
