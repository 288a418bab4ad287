"""Drawings of how the models are put together: the stream, its helpers, heads, layers, and size."""

import math

from microgpt_ref.lab.figures import Picture, listed
from microgpt_ref.layers import random_matrix

ATTENTION, THINKING = "train3", "train1"  # whose colors the two kinds of helpers have
MODELS = {"GPT-2, small": 124e6, "GPT-2, largest": 1.5e9}  # parameters: Radford et al. 2019


# The stream of train3


def residual_stream(name):
    """The residual stream for a name: one column for each position, helpers on the way down."""
    letters = ["·", *name]

    def draw(drawing):
        Stream(drawing, letters).draw()

    caption = "Each position has a stream of its own; only keys and values cross, to the right."
    description = (
        f"Diagram with {len(letters)} columns, one for each of {listed(letters)}, where · stands "
        "for the beginning. Each column is a stream that flows down from the sum of the letter’s "
        "vector and its position’s to the logits of the next letter. On the way two helpers read "
        "it and add something to it: attention, and then the feed-forward network. Arrows lead "
        "from the attention of each column to that of every later one, and carry keys and "
        "values. Nothing else connects the columns."
    )
    return Picture(draw, caption, description)


class Stream:
    """The residual stream on a drawing."""

    def __init__(self, drawing, letters):
        self.drawing, self.letters = drawing, letters
        self.left = drawing.by_width(118, 8)
        self.column = (drawing.width - self.left - 8) / len(letters)
        self.wide = min(drawing.by_width(96, 58), self.column - drawing.by_width(36, 22))
        self.top = drawing.by_width(40, 64)
        self.heights = {"sum": 0, "attention": 92, "thinking": 184, "logits": 262}

    def x(self, i):
        """The middle of a column's helpers."""
        return self.left + (i + 0.5) * self.column + 10

    def stream(self, i):
        """Where a column's stream runs: left of its helpers."""
        return self.x(i) - self.wide / 2 - self.drawing.by_width(16, 9)

    def y(self, part):
        """The height of a part."""
        return self.top + self.heights[part]

    def draw(self):
        """Draw all columns, and then what crosses from one to the next."""
        for i, letter in enumerate(self.letters):
            self.column_of(i, letter)
        self.crossings()
        self.labels()
        self.drawing.height = self.y("logits") + 40

    def column_of(self, i, letter):
        """Draw one position, from its letter down to its logits."""
        draw, stream = self.drawing, self.stream(i)
        draw.text(stream, self.y("sum") - 18, letter, 20, "ink", "middle", bold=True, mono=True)
        draw.elbow([(stream, self.y("sum") - 2), (stream, self.y("logits"))], "ink", 3, head=11)
        self.helper(i, "attention", ATTENTION)
        self.helper(i, "thinking", THINKING)
        after = [*self.letters[1:], "?"][i]
        draw.text(stream, self.y("logits") + 20, after, 18, "soft", "middle", mono=True)

    def helper(self, i, part, color):
        """Draw a helper, which reads the stream and adds to it."""
        draw, y, stream = self.drawing, self.y(part), self.stream(i)
        box = draw.box(self.x(i), y, "", self.wide, 34, color, color, 0.18, rounding=8)
        draw.elbow([(stream, y - 30), (box.x, y - 30), (box.x, box.top)], color, 1.5, head=6)
        draw.elbow([(box.x, box.bottom), (box.x, y + 30), (stream + 8, y + 30)], color, 1.5, head=6)
        draw.circle(stream, y + 30, 8, "paper", color, 1.5)
        draw.text(stream, y + 30, "+", 14, "ink", "middle", bold=True)
        words = {"attention": "attention", "thinking": "feed-forward"}[part]
        size = draw.by_width(13, 11)
        draw.text(box.x, y, words if not draw.narrow else words[:4] + ".", size, "ink", "middle")

    def crossings(self):
        """Draw the arrows from each position's attention to those of later positions."""
        draw, y = self.drawing, self.y("attention")
        for i in range(len(self.letters)):
            for j in range(i + 1, len(self.letters)):
                start = self.x(i) + self.wide / 2, y - 4 + 3 * (j - i)
                end = self.x(j) - self.wide / 2, y - 8 + 6 * (j - i)
                bend = 0.0 if j == i + 1 else -10.0 * (j - i)
                draw.arrow(start, end, ATTENTION, 1.4, bend, (4, 3), head=7)

    def labels(self):
        """Write what is what, at the left or above."""
        draw = self.drawing
        if draw.narrow:
            draw.text(8, 12, "┄ keys and values, to later positions only", 12, ATTENTION)
            draw.text(8, 30, "atte. = attention, feed. = feed-forward", 12, "soft")
            return
        notes = {
            "sum": ("letter\n+ position", "soft"),
            "attention": ("fetches from\nearlier positions", ATTENTION),
            "thinking": ("thinks about\nits own position", THINKING),
            "logits": ("logits of\nthe next letter", "soft"),
        }
        for part, (words, color) in notes.items():
            draw.text(0, self.y(part) + (12 if part == "logits" else 0), words, 13, color)


# Heads and layers of train4


def heads_picture(n_embd, n_head):
    """A query, a key and a value, each cut into as many slices as there are heads."""
    size = n_embd // n_head
    rows = random_matrix(3, n_embd, _Shades(), 1.0)

    def draw(drawing):
        draw_heads(drawing, rows, n_head, size)

    caption = f"{n_head} heads share a vector of {n_embd} numbers, and each gets {size} of them."
    description = (
        f"Three strips of {n_embd} cells: query, key and value. Each is cut into {n_head} slices "
        f"of {size} cells. The slices that lie above one another belong to a head, which does an "
        f"attention of its own; the {n_head} answers, side by side, are {n_embd} numbers again, "
        "and wo mixes them."
    )
    return Picture(draw, caption, description)


class _Shades:
    """Numbers that look drawn at random, the same in every version of Python."""

    def __init__(self):
        self.count = 0

    def gauss(self, mean, spread):
        """The next number: the sine of steps that never repeat."""
        self.count += 1
        return mean + spread * math.sin(2.3 * self.count)


def draw_heads(drawing, rows, n_head, size):
    """Draw the strips, and below them the heads and what they put out."""
    left, gap = drawing.by_width(96, 4), drawing.by_width(12, 5)
    cell = (drawing.width - left - 8 - gap * (n_head - 1)) / (n_head * size)
    slice_width = cell * size
    top, pitch = drawing.by_width(14, 30), cell + drawing.by_width(14, 30)
    names = ["query", "key", "value"]
    for row, (name, numbers) in enumerate(zip(names, rows)):
        y = top + row * pitch
        at = (0, y + cell / 2) if not drawing.narrow else (left, y - 11)
        drawing.text(*at, name, 14, "soft")
        for head in range(n_head):
            x = left + head * (slice_width + gap)
            drawing.strip(x, y, numbers[head * size : (head + 1) * size], cell, "train4")
    below = top + 3 * pitch + 20
    for head in range(n_head):
        x = left + head * (slice_width + gap)
        middle = x + slice_width / 2
        drawing.arrow((middle, below - 26), (middle, below - 4), "soft", 1.5)
        words = drawing.by_width(f"head {head}\nscores, shares, mix", f"head {head}")
        drawing.box(middle, below + 22, words, slice_width, 48, "train4", "train4", 0.16, size=12)
        drawing.arrow((middle, below + 46), (middle, below + 68), "soft", 1.5)
        drawing.strip(x, below + 72, rows[2][::-1][head * size : (head + 1) * size], cell, "train4")
    at = (0, below + 72 + cell / 2) if not drawing.narrow else (left, below + 72 + cell + 13)
    drawing.text(*at, "answers", 14, "soft")
    drawing.height = below + 72 + cell + drawing.by_width(8, 26)


def layers_picture(n_layer):
    """Blocks on one stream: each adds what its attention and its feed-forward network find."""

    def draw(drawing):
        draw_layers(drawing, n_layer)

    caption = f"{n_layer} blocks share one stream, and the second reads what the first has added."
    description = (
        f"Diagram of a stream from the embeddings, wte and wpe, to lm_head. {n_layer} blocks "
        "stand on it, one after another. In each block attention reads the stream and adds to "
        "it, and then the feed-forward network does the same. Each block has a cache of its own."
    )
    return Picture(draw, caption, description)


def draw_layers(drawing, n_layer):
    """Draw the stream from left to right, or down on a phone."""
    steps = [("wte + wpe", "soft")]
    for layer in range(n_layer):
        steps += [(f"attention {layer}", ATTENTION), (f"feed-forward {layer}", THINKING)]
    steps.append(("lm_head", "soft"))
    if drawing.narrow:
        draw_layers_down(drawing, steps)
    else:
        draw_layers_across(drawing, steps)


def draw_layers_across(drawing, steps):
    """Draw the stream from left to right, with the helpers above it."""
    y, each = 150, drawing.width / len(steps)
    drawing.arrow((each * 0.9, y), (drawing.width - each * 0.92, y), "ink", 4, head=13)
    for i, (words, color) in enumerate(steps):
        x = each * (i + 0.5)
        if color == "soft":
            drawing.box(x, y, words, each * 0.8, 40, "soft", size=13)
            continue
        box = drawing.box(x, 76, words.replace(" ", "\n"), each * 0.84, 52, color, color, 0.18)
        drawing.elbow([(x - 24, y - 3), (x - 24, box.bottom)], color, 1.6, head=7)
        drawing.elbow([(x + 24, box.bottom), (x + 24, y - 9)], color, 1.6, head=7)
        drawing.circle(x + 24, y, 9, "paper", color, 1.6)
        drawing.text(x + 24, y, "+", 15, "ink", "middle", bold=True)
    for layer in range((len(steps) - 2) // 2):
        start, end = each * (1.06 + 2 * layer), each * (2.94 + 2 * layer)
        drawing.brace((start, 38), (end, 38), f"block {layer}", depth=9)
    drawing.height = 182


def draw_layers_down(drawing, steps):
    """Draw the stream from top to bottom, with the helpers beside it."""
    x, pitch, middle = 64, 66, 206
    drawing.arrow((x, 40), (x, pitch * (len(steps) - 1) + 4), "ink", 4, head=13)
    for i, (words, color) in enumerate(steps):
        y = 24 + pitch * i
        if color == "soft":
            drawing.box(x, y, words, 104, 36, "soft", size=13)
            continue
        box = drawing.box(middle, y, words, 150, 36, color, color, 0.18, size=13)
        drawing.elbow([(x + 3, y - 10), (box.left, y - 10)], color, 1.6, head=7)
        drawing.elbow([(box.left, y + 12), (x + 9, y + 12)], color, 1.6, head=7)
        drawing.circle(x, y + 12, 9, "paper", color, 1.6)
        drawing.text(x, y + 12, "+", 15, "ink", "middle", bold=True)
    for layer in range((len(steps) - 2) // 2):
        start, end = 24 + pitch * (1 + 2 * layer) - 22, 24 + pitch * (2 + 2 * layer) + 22
        drawing.line([(296, start), (302, start), (302, end), (296, end)], "soft", 1.2)
        drawing.text(308, (start + end) / 2, f"block\n{layer}", 12, "soft")
    drawing.height = pitch * (len(steps) - 1) + 48


# GPT-2, to scale


def to_scale(parameters):
    """The course's model beside GPT-2's smallest and largest, as squares of their true area."""
    models = {"yours": parameters, **MODELS}

    def draw(drawing):
        draw_scale(drawing, models)

    times = round(MODELS["GPT-2, largest"] / parameters, -3)
    caption = f"The largest GPT-2 has room for your model {times:,.0f} times."
    sizes = listed(f"{name}, {size:,.0f} parameters" for name, size in models.items())
    description = f"Squares whose area is the number of parameters: {sizes}. Yours is a dot."
    return Picture(draw, caption, description)


def draw_scale(drawing, models):
    """Draw a square for each model, the largest as high as there is room, the others inside it."""
    largest = max(models.values())
    side = drawing.by_width(380, 290)
    left, top = 2, 26
    for name, size in sorted(models.items(), key=lambda pair: -pair[1]):
        edge = side * math.sqrt(size / largest)
        corner = top + side - edge
        if name != "yours":
            look = {"stroke": "soft", "line_width": 1.2}
            drawing.rectangle(left, corner, edge, edge, "soft", 0.12, **look)
            label = f"{name}: {size / 1e6:,.0f} million parameters"
            inside = edge > side / 2
            drawing.text(left + 10, corner + (18 if inside else -14), label, 14, "ink")
            continue
        dot = left + 22, top + side - 22
        drawing.rectangle(*dot, edge, edge, "train4")
        at = left + drawing.by_width(190, 170), top + side - 40
        drawing.note(f"yours: {size:,.0f}", at, (dot[0] + 3, dot[1]), 15, "train4")
    drawing.height = top + side + 6
