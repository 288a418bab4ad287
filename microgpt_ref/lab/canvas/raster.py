"""A drawing as a PNG file, drawn by matplotlib: for viewers of notebooks that show no SVG."""

import io

from microgpt_ref.lab.canvas.colors import on_paper
from microgpt_ref.lab.canvas.shapes import Dots, Words

POINTS = 0.72  # to a pixel of a page, at 100 pixels to an inch
SHRINK = 0.9  # matplotlib's letters are wider than the page's
SHARPNESS = 2  # of figures, for screens with fine pixels
COLORS = 64  # of the file
ANCHORS = {"start": "left", "middle": "center", "end": "right"}
CODES = {"M": 1, "L": 2, "C": 4, "Z": 79}  # of matplotlib's paths


def png(drawing, sharpness=SHARPNESS):
    """A drawing as bytes of a PNG file, on the color of paper.

    sharpness: pixels of the file to one of the drawing
    """
    from matplotlib.figure import Figure

    figure = Figure((drawing.width / 100, drawing.height / 100), facecolor=on_paper("paper"))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, drawing.width), ylim=(drawing.height, 0))
    axes.set_axis_off()
    for i, shape in enumerate(drawing.shapes):
        add(axes, shape, i)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100 * sharpness)
    return smaller(file)


def smaller(file):
    """A PNG file's bytes with a palette of few colors, which is all that a figure needs."""
    from PIL import Image

    image = Image.open(file).convert("RGB")
    image = image.quantize(COLORS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    packed = io.BytesIO()
    image.save(packed, "PNG", optimize=True)
    return packed.getvalue()


def add(axes, shape, order):
    """Add one shape to the axes; the later ones lie on top."""
    if isinstance(shape, Words):
        add_words(axes, shape, order)
    elif isinstance(shape, Dots):
        xs, ys = zip(*shape.points) if shape.points else ((), ())
        size = (2 * shape.radius * POINTS) ** 2
        look = {"color": on_paper(shape.color), "alpha": shape.opacity, "linewidths": 0}
        axes.scatter(xs, ys, s=size, zorder=order, **look)
    else:
        add_path(axes, shape, order)


def add_path(axes, shape, order):
    """Add a path."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    places, codes = [], []
    for kind, *numbers in shape.steps:
        pairs = list(zip(numbers[::2], numbers[1::2])) or [(0, 0)]
        places += pairs
        codes += [CODES[kind]] * len(pairs)
    fill = to_rgba(on_paper(shape.fill), shape.opacity) if shape.fill else "none"
    alpha = 1 if shape.fill else shape.opacity
    stroke = to_rgba(on_paper(shape.stroke), alpha) if shape.stroke else "none"
    width = shape.width * POINTS
    dashes = (0, [n / shape.width for n in shape.dashes]) if shape.dashes else "solid"
    look = {"facecolor": fill, "edgecolor": stroke, "linewidth": width, "linestyle": dashes}
    axes.add_patch(PathPatch(Path(places, codes), capstyle="round", zorder=order, **look))


def add_words(axes, shape, order):
    """Add a line of text."""
    from matplotlib.patheffects import withStroke

    look = {"color": on_paper(shape.color), "weight": "bold" if shape.bold else "normal"}
    look |= {"ha": ANCHORS[shape.anchor], "va": "center", "rotation": 90 * shape.turned}
    look |= {"style": "italic" if shape.italic else "normal", "parse_math": False}
    look["family"] = "DejaVu Sans Mono" if shape.mono else "DejaVu Sans"
    if shape.halo:
        look["path_effects"] = [withStroke(linewidth=3, foreground=on_paper("paper"))]
    size = shape.size * POINTS * SHRINK
    text = {"rotation_mode": "anchor", "zorder": order}
    axes.text(shape.x, shape.y, shape.text, fontsize=size, **text, **look)
