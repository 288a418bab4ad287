"""A drawing of train1's network, small enough that every number is written on it."""

from microgpt_ref.lab.figures import Picture, token_label
from microgpt_ref.layers import cross_entropy, linear, relu, softmax, total

STAGE = "train1"
NODE, HIGH = 104, 50  # width and height of a box


class Passes:
    """All numbers of one prediction of a network with one hidden number, forward and backward.

    weights: wte (V, 1), fc1 (1, 1) and fc2 (V, 1); a slope is the loss's, along what it is named
    after
    """

    def __init__(self, weights, token, target):
        self.fc1, self.fc2 = weights["fc1"][0][0], [row[0] for row in weights["fc2"]]
        self.x = weights["wte"][token][0]
        self.fc1_x = self.fc1 * self.x
        self.hidden = relu(self.fc1_x)
        self.logits = linear(weights["fc2"], [self.hidden])
        self.probs = softmax(self.logits)
        self.loss = cross_entropy(self.logits, target)
        self.dlogits = [p - (i == target) for i, p in enumerate(self.probs)]
        self.dfc2 = [d * self.hidden for d in self.dlogits]
        self.dhidden = total([w * d for w, d in zip(self.fc2, self.dlogits)])
        self.open = self.fc1_x > 0
        self.dfc1_x = self.dhidden if self.open else 0.0
        self.dfc1, self.dx = self.dfc1_x * self.x, self.dfc1_x * self.fc1


def draw_network(weights, token, target, tokenizer):
    """A network of one hidden number as a Picture: values forward, slopes backward.

    weights: wte (V, 1), fc1 (1, 1) and fc2 (V, 1); token, target: what it saw, and what came next
    """
    labels = [token_label(tokenizer, t) for t in range(tokenizer.vocab_size)]
    found = Passes(weights, token, target)

    def draw(drawing):
        Network(drawing, found, labels, token, target).draw()

    caption = (
        f"Values go forward in black; slopes come back in color, and ask for more {labels[target]}."
    )
    if not found.open:
        caption = "The ReLU is shut: nothing goes forward through it, and no slope comes back."
    return Picture(draw, caption, described(found, labels, token, target))


def described(found, labels, token, target):
    """The network's numbers in words."""
    outputs = "; ".join(
        f"{label}: logit {two(z)}, probability {two(p)}, slope {two(d)}, "
        f"weight {two(w)} with slope {two(dw)}"
        for label, z, p, d, w, dw in zip(
            labels, found.logits, found.probs, found.dlogits, found.fc2, found.dfc2
        )
    )
    return (
        f"Network from {labels[token]} to {labels[target]}. x is {two(found.x)}, slope "
        f"{two(found.dx)}; the weight of fc1 is {two(found.fc1)}, slope {two(found.dfc1)}; "
        f"fc1 x is {two(found.fc1_x)}, so the ReLU is {'open' if found.open else 'shut'}; "
        f"hidden is {two(found.hidden)}, slope {two(found.dhidden)}. "
        f"{outputs}. The loss is {two(found.loss)}."
    )


def two(x):
    """A number with two decimals."""
    return f"{x + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


class Network:
    """The network on a drawing: from left to right, or from top to bottom on a phone."""

    def __init__(self, drawing, found, labels, token, target):
        self.drawing, self.found, self.labels = drawing, found, labels
        self.token, self.target = token, target
        self.high = drawing.by_width(max(260, 84 * len(labels)) + 36, 530)

    def at(self, step, offset=0.0):
        """The middle of a node; step: from 0 to 3; offset: beside the middle, in nodes."""
        if self.drawing.narrow:
            each = min(118, self.drawing.width / len(self.labels))
            return self.drawing.width / 2 + each * offset, (26, 122, 256, 402)[step]
        each = min(92, 270 / max(1, len(self.labels) - 1))
        return (32, 210, 420, 640)[step], (self.high - 36) / 2 + each * offset

    def offsets(self):
        """How far each token's nodes lie from the middle."""
        return [i - (len(self.labels) - 1) / 2 for i in range(len(self.labels))]

    def draw(self):
        """Draw all of it."""
        found, draw = self.found, self.drawing
        x, hidden = self.at(1), self.at(2)
        for i, offset in enumerate(self.offsets()):
            self.edge(self.at(0, offset), x, 20, on=i == self.token)
        self.edge(x, hidden, self.reach(), on=True)
        self.weight(x, hidden, "fc1", found.fc1, found.dfc1)
        for i, offset in enumerate(self.offsets()):
            self.edge(hidden, self.at(3, offset), self.reach(), on=found.open)
            self.weight(hidden, self.at(3, offset), "", found.fc2[i], found.dfc2[i], 0.56)
        for i, offset in enumerate(self.offsets()):
            self.input(i, offset)
            self.output(i, offset)
        self.node(x, f"x = {two(found.x)}", found.dx)
        self.node(hidden, f"hidden = {two(found.hidden)}", found.dhidden)
        self.gate(hidden)
        self.legend()
        draw.height = self.high

    def reach(self):
        """Half of a box, along the network."""
        return self.drawing.by_width(NODE / 2, HIGH / 2)

    def edge(self, start, end, begin, on):
        """Draw an arrow from one node to another; `on`: whether anything goes along it."""
        (x1, y1), (x2, y2), narrow = start, end, self.drawing.narrow
        first = (x1, y1 + begin) if narrow else (x1 + begin, y1)
        last = (x2, y2 - self.reach()) if narrow else (x2 - self.reach(), y2)
        look = {} if on else {"dashes": (4, 4)}
        self.drawing.arrow(first, last, "ink" if on else "soft", 1.6 if on else 1, **look)

    def weight(self, start, end, name, w, slope, share=0.5):
        """Write a weight and its slope on an arrow."""
        x, y = (a + (b - a) * share for a, b in zip(start, end))
        words = f"{name} {two(w)}".strip()
        self.drawing.text(x, y - 9, words, 13, "ink", "middle", halo=True)
        self.drawing.text(x, y + 8, two(slope), 13, STAGE, "middle", bold=True, halo=True)

    def node(self, at, words, slope):
        """Draw a box with a value and its slope."""
        x, y = at
        self.drawing.box(x, y, "", NODE, HIGH, "ink", line_width=1.6)
        self.drawing.text(x, y - 10, words, 13, "ink", "middle")
        self.drawing.text(x, y + 11, two(slope), 14, STAGE, "middle", bold=True)

    def input(self, i, offset):
        """Draw a token that may go in, filled if it does."""
        x, y = self.at(0, offset)
        chosen = i == self.token
        self.drawing.circle(x, y, 20, STAGE if chosen else "paper", STAGE if chosen else "soft")
        color = "paper" if chosen else "soft"
        self.drawing.text(x, y, self.labels[i], 17, color, "middle", bold=True, mono=True)

    def output(self, i, offset):
        """Draw a token that may come next: its probability and the slope of its logit."""
        x, y = self.at(3, offset)
        target = i == self.target
        style = {"line_width": 3 if target else 1.6}
        self.drawing.box(x, y, "", NODE, HIGH, STAGE if target else "ink", **style)
        words = f"{self.labels[i]}  p = {two(self.found.probs[i])}"
        self.drawing.text(x, y - 10, words, 13, "ink", "middle", bold=target)
        self.drawing.text(x, y + 11, two(self.found.dlogits[i]), 14, STAGE, "middle", bold=True)

    def gate(self, at):
        """Say whether the ReLU lets anything through."""
        x, y = at
        way = f"{two(self.found.fc1_x)} > 0" if self.found.open else f"{two(self.found.fc1_x)} ≤ 0"
        words = f"ReLU {'open' if self.found.open else 'shut'}: {way}"
        place = self.drawing.by_width((x, y + HIGH / 2 + 16), (x - NODE / 2 - 10, y))
        if self.drawing.narrow:
            self.drawing.text(place[0], y, words.replace(": ", ":\n"), 13, "soft", "end")
        else:
            self.drawing.text(*place, words, 13, "soft", "middle")

    def legend(self):
        """Say what black and colored numbers are, and what the loss is."""
        words = f"came next: {self.labels[self.target]}, loss {two(self.found.loss)}"
        y = self.high - 14
        if self.drawing.narrow:
            self.drawing.text(self.drawing.width / 2, y - 40, words, 14, "ink", "middle", bold=True)
            y -= 14
        else:
            self.drawing.text(self.drawing.width - 8, y, words, 14, "ink", "end", bold=True)
        self.drawing.text(8, y, "black: value, forward", 13, "ink")
        self.drawing.text(
            self.drawing.by_width(170, 175), y, "color: slope, backward", 13, STAGE, bold=True
        )
