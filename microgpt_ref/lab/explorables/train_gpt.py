"""Train the GPT: the explorable in which the course's own model learns to invent names.

It opens on the kept run of train4. What the names were on the way is kept beside this module, made
by tools.making.growing_names.
"""

import json
import math
from pathlib import Path

from microgpt_ref.data import load_docs
from microgpt_ref.lab.canvas.elements import element
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.lab.runs import load_run
from microgpt_ref.tokenizer import Tokenizer

STAGE = "train4"
NAMES = Path(__file__).with_suffix(".json")
PLACES = 4  # of a loss
WINDOW, FIRST = 60, 12  # losses in a running mean, and before its first point; as in curve.mjs
HEIGHTS = (690, 1075)

# The still picture, in pixels
WIDTH, HEIGHT = 600, 470
LEFT, RIGHT, TOP, BOTTOM = 52, 576, 24, 222  # of the chart
LOW, HIGH = 1.5, 3.6  # losses at its ends
ROW = 28  # from one row of names to the next
IN_A_ROW, MOST_LETTERS = 5, 54
APART = "\N{NO-BREAK SPACE} "  # between names: blanks alone would become one
EVERY = 4  # points of the running mean, one of them is drawn


def train_gpt():
    """The panel in which a GPT is trained, opened on the run of train4."""
    data = kept_run()
    caption = "A thousand names go by, and 4,192 numbers learn to invent their own."
    description = describe(data)
    picture = still.picture(WIDTH, HEIGHT, description, curve(data) + ladder(data))
    return Explorable("train_gpt", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """The panel of the home page."""
    return train_gpt()


def kept_run():
    """What the panel opens on: the losses of the run, and the names along it."""
    run, docs = load_run("train4"), load_docs()
    snapshots = json.loads(NAMES.read_text(encoding="utf-8"))
    shown = {name for row in snapshots for name in row["samples"]} | {*run["samples"]}
    return {
        "losses": [round(loss, PLACES) for loss in run["losses"]],
        "snapshots": snapshots,
        "samples": run["samples"],
        "known": sorted(shown & {*docs}),
        "letters": Tokenizer(docs).characters,
        "parameters": run["parameters"],
        "pairs": load_run("train0")["held_out_loss"],
    }


def running_means(losses):
    """Points (step, mean of the last losses up to it) of the curve."""
    points = []
    for step in range(FIRST, len(losses) + 1):
        last = losses[max(0, step - WINDOW) : step]
        points.append((step, sum(last) / len(last)))
    return points


def chance(data):
    """What knowing nothing costs: all characters, and the end of a name, are equally likely."""
    return math.log(len(data["letters"]) + 1)


def describe(data):
    """The description, with the key numbers."""
    means = running_means(data["losses"])
    rows = data["snapshots"]
    return (
        f"The loss of {data['parameters']:,} parameters over {len(data['losses']):,} names: its "
        f"running mean falls from {means[0][1]:.2f} to {means[-1][1]:.2f}. Knowing nothing costs "
        f"{chance(data):.2f}, counting letter pairs {data['pairs']:.2f}. The names it invents "
        f"before it has learned anything begin with {', '.join(rows[0]['samples'][:2])}; after "
        f"{rows[1]['step']} names with {', '.join(rows[1]['samples'][:3])}; after "
        f"{rows[-1]['step']:,} with {', '.join(rows[-1]['samples'][:5])}."
    )


# The still picture


def x(step, steps):
    """Where a step is on the chart."""
    return LEFT + (RIGHT - LEFT) * step / steps


def y(loss):
    """Where a loss is on the chart."""
    return TOP + (BOTTOM - TOP) * (HIGH - loss) / (HIGH - LOW)


def curve(data):
    """The losses as dots, their running mean as a line, and the two losses to compare with."""
    losses, color = data["losses"], still.accent(STAGE)
    dots = "".join(
        f"M{x(step, len(losses)):.1f} {y(loss):.1f}h0"
        for step, loss in enumerate(losses, start=1)
        if LOW < loss < HIGH
    )
    means = running_means(losses)[::-EVERY]
    places = [f"{x(step, len(losses)):.1f} {y(loss):.1f}" for step, loss in means]
    line = {"fill": "none", "stroke": color, "stroke_linecap": "round"}
    parts = [grid_line(1.5 + k / 2) for k in range(5)]
    parts.append(element("path", d=dots, **line, stroke_width=2.6, opacity="0.34"))
    parts.append(compared(chance(data), "knowing nothing"))
    parts.append(compared(data["pairs"], "counting letter pairs"))
    parts.append(element("path", d="M" + "L".join(places), **line, stroke_width=2.8))
    parts.append(still.text(LEFT, BOTTOM + 20, "loss at each name", 13, still.SOFT, "start"))
    last = f"{len(losses):,} names read"
    parts.append(still.text(RIGHT, BOTTOM + 20, last, 13, still.SOFT, "end"))
    return "".join(parts)


def grid_line(loss):
    """A line across the chart, with its number."""
    height = y(loss)
    line = element("path", d=f"M{LEFT} {height:.1f}H{RIGHT}", stroke=still.LINE)
    return line + still.text(LEFT - 8, height + 4, f"{loss:.1f}", 13, still.SOFT, "end")


def compared(loss, words):
    """A dotted line across the chart, with what costs as much."""
    height = y(loss)
    look = {"stroke": still.INK, "stroke_dasharray": "1 4", "stroke_linecap": "round"}
    line = element("path", d=f"M{LEFT} {height:.1f}H{RIGHT}", **look)
    return line + still.text(RIGHT, height - 6, f"{words}: {loss:.2f}", 13, anchor="end")


def ladder(data):
    """A row of names for each of a few steps."""
    first = BOTTOM + 66
    parts = [
        still.text(24, first - 14, "What it invents after so many names", 13, still.SOFT, "start")
    ]
    for i, row in enumerate(data["snapshots"]):
        height, last = first + 14 + ROW * i, row is data["snapshots"][-1]
        color, weight = (still.accent(STAGE), 700) if last else (still.INK, None)
        parts.append(still.text(76, height, f"{row['step']:,}", 14, still.SOFT, "end", mono=True))
        names = APART.join(fitting(row["samples"]))
        parts.append(still.text(92, height, names, 14, color, "start", weight, mono=True))
    return "".join(parts)


def fitting(names):
    """As many names as fit into a row of the picture."""
    shown = []
    for name in names[:IN_A_ROW]:
        if len(APART.join([*shown, name])) <= MOST_LETTERS:
            shown.append(name)
    return shown
