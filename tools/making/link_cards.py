"""The pictures that stand beside links to the site: one for each lesson, one for the course.

Each is made of a lesson's question, its color, and the picture of its card on the home page.
"""

from dataclasses import replace
from functools import cache

from microgpt_ref.lab.canvas import Drawing, raster
from microgpt_ref.lab.canvas.shapes import Dots, Words
from microgpt_ref.stages import STAGES
from tools.files import write_whole
from tools.making import card_pictures, sources, stage_cards

FOLDER = "_static/cards"
COURSE = "A complete GPT in plain Python"
NAMES = tuple(STAGES)
HOME = "course"
WIDTH, HEIGHT = 1200, 630
LEFT, SIZE = 80, 72  # of the question
WIDER = 3.6  # times, than on the home page's card
HEADLINE = "Build a GPT. All of it. In plain Python."


@cache
def question(name):
    """What a card says: a lesson's question, or the course's headline."""
    lessons = {source.name: source for source in sources.lessons()}
    return stage_cards.opening(lessons[name])[0] if name in lessons else HEADLINE


def told(name):
    """A card's picture in words, for those who don't see it."""
    return f"{COURSE}. {name}: {question(name)}" if name in NAMES else question(name)


def enlarged(shape, times, right, down):
    """A shape, so many times as large, and elsewhere."""

    def place(x, y):
        return right + times * x, down + times * y

    if isinstance(shape, Words):
        x, y = place(shape.x, shape.y)
        return replace(shape, x=x, y=y, size=times * shape.size)
    if isinstance(shape, Dots):
        points = tuple(place(*point) for point in shape.points)
        return replace(shape, points=points, radius=times * shape.radius)
    steps = []
    for kind, *numbers in shape.steps:
        pairs = [place(*pair) for pair in zip(numbers[::2], numbers[1::2])]
        steps.append((kind, *(number for pair in pairs for number in pair)))
    return replace(shape, steps=tuple(steps), width=times * shape.width)


def draw(name):
    """A card's drawing."""
    stage = name if name in NAMES else NAMES[-1]
    drawing = Drawing(WIDTH, HEIGHT)
    drawing.rectangle(0, 0, WIDTH, HEIGHT, "panel")
    drawing.rectangle(0, 0, WIDTH, 26, stage)
    drawing.text(LEFT, 92, name if name in NAMES else COURSE, 36, stage, bold=True, mono=True)
    wide = 0.84 * (WIDTH - 2 * LEFT)  # bold letters are wider than `wrapped` takes them to be
    drawing.wrapped(LEFT, 180, question(name), wide, SIZE, bold=True)
    small = card_pictures.draw(stage).shapes
    drawing.shapes += [enlarged(shape, WIDER, LEFT, 322) for shape in small]
    return drawing


def write(folder):
    """Write all cards as PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*NAMES, HOME):
        write_whole(folder / f"{name}.png", raster.png(draw(name), sharpness=1))
