"""Explorables: figures that are moved rather than read.

Each has a Python module here, which makes its data from the reference and draws a still picture of
them, and a JavaScript module of the same name, which makes them move: one of the anywidget kind,
`export default { render({ model, el }) }`. A notebook keeps the text, the still picture and the
data. The book's pages mount the JavaScript module on those; JupyterLab, VS Code and Colab show it
through the library anywidget, where that is installed, and else the still picture.

name_machine     a name grows, letter by letter, from one row of counts at a time
surprise         -ln p, with a p to drag
learning_film    a table of probabilities takes shape as a network learns
softmax_arrows   logits, the probabilities that softmax makes of them, and the slopes as arrows
tiny_network     values forward and slopes back through a network small enough for a hand
step_backward    gradients go back through a graph, one arrow at a time
attention_steps  scores, shares and values mixed, with a query to drag
valley           SGD zigzags down a valley, and Adam walks
train_gpt        train4's model learns to invent names, as one looks on; its parts: training_panel
"""

from importlib import import_module
from pathlib import Path

from microgpt_ref.lab import showing
from microgpt_ref.lab.explorables import linking
from microgpt_ref.stages import STAGES

FOLDER = Path(__file__).parent
MIME = "application/vnd.microgpt.explorable+json"
PLACES = 6  # that numbers are rounded to
ON_PAPER = {"image/svg+xml": {"needs_background": "light"}}  # which JupyterLab then gives it


class Explorable:
    """An explorable that a cell shows by having it as its last expression.

    name: of its two modules
    stage: whose color it has
    data: what the JavaScript module starts from, of JSON's types
    caption: its point in one sentence
    description: what the still picture shows, with the key numbers, for who can't see it
    still: the picture as text of an SVG image: see `still.picture`
    heights: pixels that the live one is high on a wide page and on a phone, to keep free for it
    """

    def __init__(self, name, stage, data, caption, description, still, heights):
        if stage not in STAGES:
            raise ValueError(f"no stage {stage!r}: use one of {', '.join(STAGES)}")
        self.name, self.stage, self.data = name, stage, rounded(data)
        self.caption, self.description = caption, description
        self.still, self.heights = still, heights

    def __repr__(self):
        return f"{self.caption}\n{self.description}"

    def started_from(self):
        """What a page starts it from."""
        return {
            "name": self.name,
            "stage": self.stage,
            "heights": list(self.heights),
            "data": self.data,
            "caption": self.caption,
            "description": self.description,
        }

    def bundle(self):
        """Its forms by MIME type, the same on every run."""
        return {MIME: self.started_from(), "image/svg+xml": self.still, "text/plain": repr(self)}

    def _repr_mimebundle_(self, include=None, exclude=None):
        view = {} if showing.page else linking.view(self, FOLDER)
        return self.bundle() | view, ON_PAPER


def rounded(data):
    """The data with each float rounded, and whole floats as integers, as JavaScript has them.

    Names are sorted, as in a notebook's file.
    """
    if isinstance(data, dict):
        return {name: rounded(data[name]) for name in sorted(data)}
    if isinstance(data, (list, tuple)):
        return [rounded(value) for value in data]
    if isinstance(data, float):
        near = round(data, PLACES)
        return int(near) if near.is_integer() else near
    return data


def names():
    """The names of all explorables."""
    return sorted(path.stem for path in FOLDER.glob("*.mjs") if path.with_suffix(".py").exists())


def example(name):
    """The explorable of this name as it opens where no lesson gives it data of its own."""
    if name not in names():
        raise ValueError(f"no explorable {name!r}: use one of {', '.join(names())}")
    return import_module(f"{__name__}.{name}").example()
