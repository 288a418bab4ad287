"""Draw README's picture, names growing up: `python -m tools.making.readme_picture`.

It shows what train4's model invents after more and more real names, from the same file that the
explorable train_gpt opens on. GitHub shows the SVG as an image: it has a ground of its own, light
or dark as the reader's system is.
"""

import json

from microgpt_ref.lab.canvas import Drawing
from microgpt_ref.lab.canvas.colors import css
from microgpt_ref.lab.canvas.elements import element, number
from microgpt_ref.lab.canvas.svg import DARK, SANS, drawn
from microgpt_ref.lab.explorables.train_gpt import NAMES
from microgpt_ref.lab.figures import listed
from tools.files import write_whole
from tools.setup import ROOT

PICTURE = ROOT / ".github" / "growing-names.svg"
STAGE = "train4"
SHOWN = (0, 10, 100, 1000)  # names read, of those in the file
WIDTH = 720
EDGE, STEP, FIRST = 696, 124, 150  # where a row ends, its number ends, and its first name begins
TOP, ROW = 84, 46
SIZE = 20  # of the names: they can still be read where a phone halves it
LETTER, APART = 0.6 * SIZE, 1.2 * SIZE


def rows():
    """(names read, the names that fit into a row) at each of a few steps."""
    kept = {row["step"]: row["samples"] for row in json.loads(NAMES.read_text(encoding="utf-8"))}
    return [(step, fitting(kept[step])) for step in SHOWN]


def fitting(names):
    """(name, where it begins) of the first names, as many as fit into a row."""
    placed, x = [], FIRST
    for name in names:
        if x + LETTER * len(name) > EDGE:
            break
        placed.append((name, x))
        x += LETTER * len(name) + APART
    return placed


def drawing(rows):
    """The picture's shapes: a row for each step, the last one in the color of its lesson."""
    draw = Drawing(WIDTH, TOP + ROW * len(rows))
    draw.text(STEP, 36, "names read", 17, "soft", "end")
    draw.text(FIRST, 36, "what the model invents", 17, "soft")
    draw.line([(24, 60), (EDGE, 60)], "line", 1)
    for i, (step, names) in enumerate(rows):
        y, last = TOP + ROW * i + 8, i == len(rows) - 1
        draw.text(STEP, y, f"{step:,}", SIZE, "soft", "end", mono=True)
        for name, x in names:
            draw.text(x, y, name, SIZE, STAGE if last else "ink", bold=last, mono=True)
    return draw


def describe(rows):
    """The picture in words, for those who don't see it."""
    told = [f"after {step:,}, {listed(name for name, _ in names)}" for step, names in rows]
    return f"What the model invents as it reads more names: {'; '.join(told)}."


def svg():
    """The picture as the text of an SVG file."""
    found = rows()
    shapes, description = drawing(found), describe(found)
    width, height = number(shapes.width), number(shapes.height)
    frame = {"width": number(shapes.width - 1), "height": number(shapes.height - 1), "rx": 10}
    ground = element("rect", x="0.5", y="0.5", **frame, fill=css("paper"), stroke=css("line"))
    look = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    role = {"role": "img", "aria_label": description, "font_family": SANS}
    inside = DARK + ground + drawn(shapes.shapes)
    return element("svg", inside, xmlns="http://www.w3.org/2000/svg", **look, **role) + "\n"


def main():
    """Write the picture, and print the words that README has for it."""
    write_whole(PICTURE, svg().encode())
    print(describe(rows()))


if __name__ == "__main__":
    main()
