"""Charts: a part of a drawing with two scales, few ticks, and labels beside what they name."""

import math

from microgpt_ref.lab.canvas.drawing import DASHED, width_of
from microgpt_ref.lab.canvas.scales import Scale, limits


class Chart:
    """A chart between four edges of a drawing.

    x, y: (low, high), the one first that is at the left or the bottom
    """

    def __init__(self, drawing, edges, x, y, log_x=False):
        self.drawing = drawing
        self.left, self.top, self.right, self.bottom = edges
        self.x = Scale(*x, self.left, self.right, log_x)
        self.y = Scale(*y, self.bottom, self.top)

    def at(self, x, y):
        """Where a point lies in the drawing."""
        return self.x(x), self.y(y)

    def points(self, xs, ys):
        """Where points lie, less those that aren't finite numbers."""
        pairs = [(x, y) for x, y in zip(xs, ys) if math.isfinite(x) and math.isfinite(y)]
        return [self.at(x, y) for x, y in pairs]

    # The frame

    def x_axis(self, label="", ticks=None, size=12):
        """A line below, its ticks [(number, text)] and what it is called."""
        draw = self.drawing
        draw.line([(self.left, self.bottom), (self.right, self.bottom)], "soft", 1)
        for x, words in self.x.ticks(draw.by_width(6, 4)) if ticks is None else ticks:
            draw.text(self.x(x), self.bottom + 13, words, size, "soft", "middle")
        middle = (self.left + self.right) / 2
        if label:
            draw.text(middle, self.bottom + 34, label, 13, "soft", "middle")

    def y_axis(self, label="", ticks=None, size=12, most=5, above=18):
        """Faint lines across at its ticks [(number, text)], and what it is called, at the top."""
        draw = self.drawing
        for y, words in self.y.ticks(most) if ticks is None else ticks:
            at = self.y(y)
            draw.line([(self.left, at), (self.right, at)], "line", 1)
            draw.text(self.left - 8, at, words, size, "soft", "end")
        if label:
            draw.text(self.left - self.margin(), self.top - above, label, 13, "soft")

    def margin(self):
        """How far the y axis's label begins left of the chart."""
        return min(self.left - 2, 34)

    # What it shows

    def line(self, xs, ys, color, width=2.2, dashes=(), opacity=1.0):
        """A line through points, cut where it would leave the chart."""
        for run in self.inside(self.points(xs, ys)):
            self.drawing.line(thinned(run), color, width, dashes, opacity)

    def inside(self, points):
        """The parts of a line [(x, y)] that lie within the chart."""
        runs, run = [], []
        for start, end in zip(points, points[1:]):
            piece = clipped(start, end, self.top, self.bottom)
            if piece is None or (run and run[-1] != piece[0]):
                runs.append(run)
                run = []
            if piece:
                run = [*(run or [piece[0]]), piece[1]]
        return [run for run in [*runs, run] if run]

    def dots(self, xs, ys, radius, color, opacity=1.0):
        """A dot at each point that lies in the chart."""
        places = [p for p in self.points(xs, ys) if self.top - 1 <= p[1] <= self.bottom + 1]
        self.drawing.dots(places, radius, color, opacity)

    def bars(self, heights, color, width=0.72, opacity=None):
        """A bar at 0, 1, 2 … for each height; opacity: of each of them, from 0 to 1."""
        shades = opacity or [1.0] * len(heights)
        for shade in sorted(set(shades)):
            for i, height in enumerate(heights):
                if shades[i] == shade and height:
                    left, top = self.at(i - width / 2, height)
                    size = self.x(width) - self.x(0), self.bottom - top
                    self.drawing.rectangle(left, top, *size, color, shade)

    def level(self, y, color="ink", dashes=DASHED):
        """A line across at y."""
        at = self.y(y)
        self.drawing.line([(self.left, at), (self.right, at)], color, 1.4, dashes)


def key_above(drawing, marks, y=12):
    """Write above a chart what its lines and dots stand for; returns the height this takes.

    marks: (label, color, dashes), or None for the dashes of dots; a row each on a phone
    """
    left = 8
    for label, color, dashes in marks:
        wide = 56 + width_of(label, 14)
        if left > 8 and (drawing.narrow or left + wide > drawing.width):
            left, y = 8, y + 20
        if dashes is None:
            drawing.dots([(left + 15, y)], 4, color)
        else:
            drawing.line([(left, y), (left + 30, y)], color, 2.4, dashes)
        drawing.text(left + 38, y, label, 14, color, bold=True)
        left += wide
    return y + 12


def clipped(start, end, top, bottom):
    """The part of a line between two heights, or None."""
    (x1, y1), (x2, y2) = start, end
    if max(y1, y2) < top or min(y1, y2) > bottom:
        return None
    ends = []
    for x, y, other_x, other_y in ((x1, y1, x2, y2), (x2, y2, x1, y1)):
        edge = max(top, min(bottom, y))
        share = (edge - y) / (other_y - y) if edge != y else 0.0
        ends.append((x + share * (other_x - x), edge))
    return ends


def thinned(points, least=0.7):
    """The points of a line, less those that lie closer than this to the last one to the right."""
    kept = points[:1]
    for point in points[1:-1]:
        if abs(point[0] - kept[-1][0]) >= least or abs(point[1] - kept[-1][1]) >= 6:
            kept.append(point)
    return kept + points[1:][-1:]


def padded(numbers, log=False):
    """(low, high) of an axis for these numbers, with a margin."""
    return limits(list(numbers), log)
