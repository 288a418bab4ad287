"""The words in which figures are drawn: lines, boxes, arrows, braces, strips of cells, notes."""

import math

from microgpt_ref.lab.canvas.shapes import Dots, Path, Words

WIDE, NARROW = 720, 350  # pixels of a page on a desk, and on a phone
DASHED, DOTTED, DASH_DOT = (7, 4), (1.5, 4), (8, 4, 1.5, 4)
TINT = 0.38  # opacity of a full cell: the most on which ink can be read in all colors


class Box:
    """Where a box was drawn: its middle, and its edges."""

    def __init__(self, x, y, width, height):
        self.x, self.y = x, y
        self.left, self.right = x - width / 2, x + width / 2
        self.top, self.bottom = y - height / 2, y + height / 2


class Drawing:
    """An empty sheet of this size, in pixels of a page; y goes down."""

    def __init__(self, width, height=0.0):
        self.width, self.height, self.shapes = width, height, []

    @property
    def narrow(self):
        """Whether it is made for a phone."""
        return self.width < 500

    def by_width(self, wide, narrow):
        """One of two settings, as the drawing is wide or narrow."""
        return narrow if self.narrow else wide

    # Lines and surfaces

    def line(self, points, color="ink", width=1.5, dashes=(), opacity=1.0):
        """A line through points [(x, y)]."""
        points = list(points)
        if len(points) > 1:
            steps = [("L" if i else "M", *point) for i, point in enumerate(points)]
            self.shapes.append(Path(tuple(steps), None, color, width, dashes, opacity))

    def curve(self, points, color="ink", width=1.5, dashes=(), opacity=1.0):
        """A smooth line through points [(x, y)]."""
        steps = smooth(list(points))
        self.shapes.append(Path(tuple(steps), None, color, width, dashes, opacity))

    def area(self, points, color, opacity=TINT):
        """A filled polygon."""
        steps = [("L" if i else "M", *point) for i, point in enumerate(points)]
        self.shapes.append(Path((*steps, ("Z",)), color, opacity=opacity))

    def rectangle(self, left, top, width, height, fill=None, opacity=1.0, **line):
        """A rectangle; line: stroke, width and dashes of its outline, and `rounding`."""
        rounding = min(line.pop("rounding", 0), width / 2, height / 2)
        style = {"width": line.pop("line_width", 1.5), **line}
        steps = rounded_corners(left, top, left + width, top + height, rounding)
        self.shapes.append(Path(tuple(steps), fill, opacity=opacity, **style))

    def circle(self, x, y, radius, fill=None, stroke=None, width=1.5, opacity=1.0):
        """A circle."""
        box = x - radius, y - radius, x + radius, y + radius
        steps = rounded_corners(*box, radius)
        self.shapes.append(Path(tuple(steps), fill, stroke, width, opacity=opacity))

    def dots(self, points, radius, color, opacity=1.0):
        """A dot at each of some points [(x, y)]."""
        self.shapes.append(Dots(tuple(points), radius, color, opacity))

    def crosses(self, points, size, color, width=1.5):
        """A cross at each of some points [(x, y)]."""
        for x, y in points:
            steps = (("M", x - size, y - size), ("L", x + size, y + size))
            steps += (("M", x - size, y + size), ("L", x + size, y - size))
            self.shapes.append(Path(steps, None, color, width))

    # Text

    def text(self, x, y, words, size=14, color="ink", anchor="start", leading=1.25, **style):
        """Text of one or more lines, whose middle is at y; style: bold, italic, mono, halo, turned.

        anchor: where x lies: at its "start", "middle" or "end"
        """
        rows = str(words).split("\n")
        for i, row in enumerate(rows):
            at = y + (i - (len(rows) - 1) / 2) * leading * size
            if row:
                self.shapes.append(Words(x, at, row, size, color, anchor, **style))

    def wrapped(self, x, y, words, width, size=14, **style):
        """Text broken into lines of at most this width, the first of them at y; returns its end."""
        rows = [""]
        for word in words.split():
            longer = f"{rows[-1]} {word}".strip()
            if rows[-1] and width_of(longer, size) > width:
                rows.append(word)
            else:
                rows[-1] = longer
        for i, row in enumerate(rows):
            self.text(x, y + 1.3 * size * i, row, size, **style)
        return y + 1.3 * size * (len(rows) - 1)

    def note(self, words, at, to, size=13, color="soft", anchor="middle"):
        """Words at one point that a thin line ties to another."""
        (x, y), (x2, y2) = at, to
        toward = -1 if y2 < y else 1
        start = (x, y + toward * size * (0.8 + 0.62 * words.count("\n")))
        self.line([start, (x2, y2)], color, 1)
        self.text(x, y, words, size, color, anchor)

    # Parts of diagrams

    def box(self, x, y, words, width, height, color="ink", fill="paper", opacity=1.0, **style):
        """A box with text, around a middle; returns its Box, for arrows.

        style: size, bold, dashes, line_width, rounding
        """
        look = {"rounding": style.pop("rounding", 6), "stroke": color}
        for name in ("dashes", "line_width"):
            if name in style:
                look[name] = style.pop(name)
        corner = x - width / 2, y - height / 2
        if fill not in (None, "paper"):
            self.rectangle(*corner, width, height, "paper", rounding=look["rounding"])
        self.rectangle(*corner, width, height, fill, opacity, **look)
        self.text(x, y, words, anchor="middle", **style)
        return Box(x, y, width, height)

    def arrow(self, start, end, color="ink", width=1.5, bend=0.0, dashes=(), head=8.0):
        """An arrow from one point to another; bend: how far it leaves the straight, to its left."""
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        across = (y2 - y1) / length, -(x2 - x1) / length
        middle = (x1 + x2) / 2 + 2 * bend * across[0], (y1 + y2) / 2 + 2 * bend * across[1]
        tip = pointed(middle if bend else start, end, head)
        back = (tip[1][0] + tip[2][0]) / 2, (tip[1][1] + tip[2][1]) / 2
        if bend:
            steps = [("M", x1, y1), ("C", *between(start, middle), *between(back, middle), *back)]
            self.shapes.append(Path(tuple(steps), None, color, width, dashes))
        else:
            self.line([start, back], color, width, dashes)
        self.area(tip, color, 1.0)

    def elbow(self, points, color="ink", width=1.5, dashes=(), head=8.0):
        """An arrow along points [(x, y)]."""
        tip = pointed(points[-2], points[-1], head)
        back = (tip[1][0] + tip[2][0]) / 2, (tip[1][1] + tip[2][1]) / 2
        self.line([*points[:-1], back], color, width, dashes)
        self.area(tip, color, 1.0)

    def brace(self, start, end, words="", depth=10.0, color="soft", size=13):
        """A curly brace from one point to another, bulging to the left of the way, and words."""
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        ax, ay = (y2 - y1) / length * depth, -(x2 - x1) / length * depth
        half, middle = ((x1 + x2) / 2, (y1 + y2) / 2), ((x1 + x2) / 2 + ax, (y1 + y2) / 2 + ay)
        steps = [("M", x1, y1), ("C", x1 + ax, y1 + ay, *shift(half, 0, 0), *middle)]
        steps += [("C", *shift(half, 0, 0), x2 + ax, y2 + ay, x2, y2)]
        self.shapes.append(Path(tuple(steps), None, color, 1.2))
        gap = 0.8 * size / depth
        anchor = "middle" if abs(ay) >= abs(ax) else ("end" if ax < 0 else "start")
        self.text(middle[0] + ax * gap, middle[1] + ay * gap, words, size, color, anchor)

    def strip(self, left, top, numbers, cell=20.0, color="ink", down=False, most=None):
        """A vector as a strip of cells, darker for what is larger, dotted where it is negative.

        most: the size of the darkest; returns its Box
        """
        most = most or max([abs(x) for x in numbers], default=0) or 1
        for i, x in enumerate(numbers):
            at = (left, top + i * cell) if down else (left + i * cell, top)
            self.cell(*at, cell, cell, min(1, abs(x) / most), color)
            if x < 0:
                self.dots([(at[0] + cell / 2, at[1] + cell / 2)], cell / 9, "ink")
        wide, high = (cell, cell * len(numbers)) if down else (cell * len(numbers), cell)
        self.rectangle(left, top, wide, high, stroke=color, line_width=1, rounding=2)
        return Box(left + wide / 2, top + high / 2, wide, high)

    def cell(self, left, top, width, height, share, color, most=1.0):
        """A cell that is filled by a share from 0 to 1, in one of 32 shades."""
        shade = round(32 * max(0.0, min(1.0, share))) / 32 * most
        if shade:
            self.rectangle(left, top, width, height, color, shade)


def smooth(points):
    """The steps of a curve through points (Catmull and Rom 1974)."""
    steps = [("M", *points[0])]
    for i in range(len(points) - 1):
        before, start, end, after = (
            points[max(0, min(len(points) - 1, k))] for k in range(i - 1, i + 3)
        )
        first = [a + (c - b) / 6 for a, b, c in zip(start, before, end)]
        second = [a - (c - b) / 6 for a, b, c in zip(end, start, after)]
        steps.append(("C", *first, *second, *end))
    return steps


def rounded_corners(left, top, right, bottom, r):
    """The steps of a rectangle with round corners of radius r."""
    if not r:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return [("L" if i else "M", *corner) for i, corner in enumerate(corners)] + [("Z",)]
    k = 0.448 * r  # from a corner to the handle of a quarter of a circle
    return [
        ("M", left + r, top),
        ("L", right - r, top),
        ("C", right - k, top, right, top + k, right, top + r),
        ("L", right, bottom - r),
        ("C", right, bottom - k, right - k, bottom, right - r, bottom),
        ("L", left + r, bottom),
        ("C", left + k, bottom, left, bottom - k, left, bottom - r),
        ("L", left, top + r),
        ("C", left, top + k, left + k, top, left + r, top),
        ("Z",),
    ]


def pointed(start, end, size):
    """The three corners of an arrow's head, the tip first."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    ux, uy = (x2 - x1) / length * size, (y2 - y1) / length * size
    back = x2 - ux, y2 - uy
    return [
        end,
        (back[0] - 0.42 * uy, back[1] + 0.42 * ux),
        (back[0] + 0.42 * uy, back[1] - 0.42 * ux),
    ]


def between(start, end, share=0.6):
    """A point on the way from start to end."""
    return tuple(a + (b - a) * share for a, b in zip(start, end))


def shift(point, right, down):
    """A point so far to the right and down."""
    return point[0] + right, point[1] + down


def width_of(words, size):
    """How wide a line of text is, about."""
    return 0.52 * size * len(words)
