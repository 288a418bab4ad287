"""The shapes that a drawing consists of; lengths are in pixels of a page, y goes down."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Path:
    """Lines and curves: steps such as ("M", x, y), ("L", x, y), ("C", x1, y1, x2, y2, x, y), Z.

    fill, stroke: names of colors, or None; opacity: of the fill alone
    """

    steps: tuple
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.5
    dashes: tuple = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Dots:
    """Filled circles of one radius at some points [(x, y)]."""

    points: tuple
    radius: float
    color: str
    opacity: float = 1.0


@dataclass(frozen=True)
class Words:
    """One line of text; y is its middle, x its start, middle or end, as `anchor` says.

    halo: a rim in the color of the paper, so that it can be read on lines
    turned: read from below
    """

    x: float
    y: float
    text: str
    size: float = 14
    color: str = "ink"
    anchor: str = "start"
    bold: bool = False
    italic: bool = False
    mono: bool = False
    halo: bool = False
    turned: bool = False
