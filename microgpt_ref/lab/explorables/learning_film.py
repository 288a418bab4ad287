"""Learning as a film: train1's table of probabilities takes shape beside the counted one."""

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, name_machine, still
from microgpt_ref.lab.runs import load_run

STAGE = "train1"
HEIGHTS = (620, 960)
RATE = "1.0"  # that it opens with
SHOWN = (0, 4, 9)  # of the frames, in the still picture
CELL = 8
DARKEST = 45  # percent; what is above is as dark


def learning_film(film, counted, labels):
    """The explorable of a kept film and a counted table (V, V) of probabilities in percent.

    film: steps and, by rate, tables, names, losses and, if it blew up, the step that was lost
    """
    rates = {
        rate: {**one, "tables": [packed(table) for table in one["tables"]]}
        for rate, one in film["rates"].items()
    }
    data = {
        "labels": labels, "steps": film["steps"], "rates": rates, "counted": packed(counted),
        "rate": RATE, "darkest": DARKEST,
    }  # fmt: skip
    shown = film["rates"][RATE]
    caption = "In a thousand steps, a table that nobody counted takes shape."
    frames = "; ".join(
        f"step {film['steps'][i]:,}: loss {shown['losses'][i]:.4f}, "
        f"names {', '.join(shown['names'][i])}"
        for i in SHOWN
    )
    ends = ". ".join(
        f"At a rate of {rate} " + ended(one, film["steps"]) for rate, one in film["rates"].items()
    )
    description = (
        "Heat maps of the probability of each next token (columns) after each token (rows), "
        f"{len(labels)} by {len(labels)}: while train1's network learns, and by counting. "
        f"{frames}. {ends}."
    )
    picture = draw(film["steps"], shown, counted, description)
    return Explorable("learning_film", STAGE, data, caption, description, picture, HEIGHTS)


def ended(one, steps):
    """How a film of one rate ends."""
    if "lost" in one:
        return f"the loss blows up at step {one['lost']}"
    return f"the loss is {one['losses'][-1]:.4f} after {steps[-1]:,} steps"


def example():
    """As train1 opens: the kept film beside the counts of the same thousand names."""
    counts, labels = name_machine.counted()
    percents = [[round(100 * count / sum(row)) for count in row] for row in counts]
    return learning_film(load_run("train1-film"), percents, labels)


def packed(table):
    """A table of percents as text, two digits for each."""
    return "".join(f"{min(99, percent):02d}" for row in table for percent in row)


def draw(steps, shown, counted, description):
    """The still picture: three frames, and the counted table."""
    accent = still.accent(STAGE)
    n = len(counted)
    size = CELL * n / 1.6
    tables = [(f"step {steps[i]:,}", shown["tables"][i]) for i in SHOWN]
    tables.append(("counted", counted))
    parts = []
    for k, (title, table) in enumerate(tables):
        left = 14 + k * (size + 18)
        parts.append(still.text(left, 26, title, 15, anchor="start", weight=700))
        parts.append(heat(table, left, 38, size / n, accent))
        if k < len(SHOWN):
            for i, name in enumerate(shown["names"][SHOWN[k]][:4]):
                y = 60 + size + 20 * i
                parts.append(still.text(left, y, name, 14, still.SOFT, "start", mono=True))
    width = 14 + 4 * (size + 18) - 4
    return still.picture(round(width), round(60 + size + 74), description, "".join(parts))


def heat(table, left, top, cell, accent):
    """A heat map; cells of the same shade are one path."""
    shades = {}
    for i, row in enumerate(table):
        for j, percent in enumerate(row):
            shade = round(8 * min(1.0, percent / DARKEST)) / 8
            if shade:
                place = f"M{left + j * cell:.1f},{top + i * cell:.1f}"
                shades.setdefault(shade, []).append(place)
    square = f"h{cell:.1f}v{cell:.1f}h-{cell:.1f}z"
    size = cell * len(table)
    sides = {"x": float(left), "y": float(top), "width": float(size), "height": float(size)}
    ground = element("rect", **sides, fill=still.PAPER)
    return ground + "".join(
        element("path", d=square.join(places) + square, fill=accent, fill_opacity=f"{shade:g}")
        for shade, places in sorted(shades.items())
    )
