"""The sources of the chapters: which there are, which of them are lessons, and their cells.

Every file notebooks/src/NAME.py is a chapter. One that is named after a stage of `microgpt_ref` is
a lesson: it adds pieces to the program that the lessons build together (`making.weave`). A chapter
without a stage, such as efficiency, follows them. This is the one place that says so, and it reads
each source once per process.

A cell tagged `quick` is the quick form of the cell before it: what a page runs in its place, with
the same names bound at the end (see microgpt_ref.lab.quick). A cell tagged `release` is for
assignments alone (see tools.grading.self_contained).
"""

import re
from dataclasses import dataclass, field
from functools import cache

import jupytext

from microgpt_ref.stages import STAGES
from tools.setup import ROOT

FOLDER = ROOT / "notebooks" / "src"
RELEASE = re.compile(r"# %%.* tags=\[\"release\"")  # the first line of a cell


class SourceError(Exception):
    """A source is missing or has a fault; each line of the message names the chapter."""


@dataclass(eq=False)
class Source:
    """A chapter's source: its cells as jupytext reads them. Copy a cell before you change it."""

    name: str
    cells: list
    release: list = field(default_factory=list)  # (cell, the exercise before it or None)

    @property
    def is_lesson(self):
        """Whether the chapter belongs to a stage of the program."""
        return self.name in STAGES

    @property
    def has_exercises(self):
        """Whether the chapter sets exercises, so that a notebook with solutions is made of it."""
        return any("exercise" in cell.metadata for cell in self.cells)

    def code(self, tag=None):
        """The code cells that carry this tag; without a tag, those that show no pieces."""
        for cell in self.cells:
            tags = tags_of(cell)
            if cell.cell_type == "code" and (tag in tags if tag else "piece" not in tags):
                yield cell

    def main(self):
        """The text of the main cells."""
        return "\n\n".join(cell.source for cell in self.code("main"))


def tags_of(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def read(path):
    """The Source in a file of the percent format."""
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"^(?=# %%)", text, flags=re.MULTILINE)
    # without them, as jupytext notes on a cell how the next one begins
    others = "".join(block for block in blocks if not RELEASE.match(block))
    cells = jupytext.reads(others, fmt="py:percent").cells
    return Source(path.stem, with_quick_forms(path.stem, cells), for_releases(text))


def for_releases(text):
    """[(cell tagged release, the exercise before it or None)] of a file's text."""
    found, exercise = [], None
    for cell in jupytext.reads(text, fmt="py:percent").cells:
        exercise = cell.metadata.get("exercise", exercise)
        if "release" in tags_of(cell):
            found.append((cell, exercise))
    return found


def with_quick_forms(chapter, cells):
    """The cells, less those tagged quick, whose text is in the metadata of the cell before.

    Raises SourceError for a quick form that follows no cell of code.
    """
    kept = []
    for cell in cells:
        if "quick" not in tags_of(cell):
            kept.append(cell)
        elif kept and kept[-1].cell_type == "code" and "quick" not in kept[-1].metadata:
            kept[-1].metadata["quick"] = cell.source
        else:
            raise SourceError(f"{chapter}: a quick form follows its cell: {cell.source[:60]!r}")
    return kept


@cache
def chapters():
    """All Sources: the lessons in the order of their stages, then the other chapters by name."""
    order = {stage: place for place, stage in enumerate(STAGES)}
    found = [read(path) for path in sorted(FOLDER.glob("*.py"))]
    return tuple(sorted(found, key=lambda source: order.get(source.name, len(order))))


def lessons():
    """The Sources of the lessons, in order."""
    return [source for source in chapters() if source.is_lesson]


def names():
    """The names of all chapters, in order."""
    return [source.name for source in chapters()]


def find(name):
    """The Source of this name; raises SourceError if there is none."""
    for source in chapters():
        if source.name == name:
            return source
    raise SourceError(f"{name}: no such chapter; there are {', '.join(names())}")
