"""Logits to move, the probabilities that softmax makes of them, and the slopes as arrows."""

import math

from microgpt_ref.lab.canvas.svg import element
from microgpt_ref.lab.explorables import Explorable, still
from microgpt_ref.layers import cross_entropy, softmax

STAGE = "train1"
HEIGHTS = (370, 550)
REACH = 4.0  # logits go from minus this to this
RATE = 1.0  # of a step
WIDTH, ROW = 640, 74
TRACK, BAR = (56, 300), (392, 180)  # where a row's track and its bar begin, and how long they are


def softmax_arrows(labels=("a", "n", "·"), logits=None, target=1):
    """The explorable, which opens with these logits; target: which of the tokens came next."""
    logits = logits or [math.log(4), math.log(2), math.log(2)]
    if len(labels) != len(logits) or not 0 <= target < len(logits):
        raise ValueError(f"{len(labels)} labels, {len(logits)} logits, target {target}: no match")
    probs = softmax(logits)
    slopes = [p - (i == target) for i, p in enumerate(probs)]
    data = {
        "labels": list(labels), "logits": logits, "target": target, "rate": RATE, "reach": REACH,
        "probs": probs, "slopes": slopes, "loss": cross_entropy(logits, target),
    }  # fmt: skip
    caption = "The slope is a complaint: how much probability there was, minus how much was wanted."
    rows = "; ".join(
        f"{label}: logit {z:.4f}, probability {p:.4f}, slope {slope + 0.0:.4f}"
        for label, z, p, slope in zip(labels, logits, probs, slopes)
    )
    description = (
        f"A logit, a probability and a slope for each of {len(labels)} tokens, of which "
        f"{labels[target]} came next. {rows}. An arrow on each logit shows where a step downhill "
        f"moves it, against its slope. The loss is {data['loss']:.4f}."
    )
    picture = draw(data, description)
    return Explorable("softmax_arrows", STAGE, data, caption, description, picture, HEIGHTS)


def example():
    """As train1 shows it."""
    return softmax_arrows()


def draw(data, description):
    """The still picture: one row for each token."""
    accent = still.accent(STAGE)
    names = [("logit, and where a step moves it", TRACK[0]), ("probability", BAR[0])]
    parts = [still.text(x, 24, words, 13, still.SOFT, "start") for words, x in names]
    parts.append(still.text(WIDTH - 8, 24, "slope", 13, still.SOFT, "end"))
    for i in range(len(data["labels"])):
        parts += row(data, i, 66 + ROW * i, accent)
    height = 66 + ROW * len(data["labels"]) + 4
    parts.append(
        still.text(
            TRACK[0], height - 14, f"loss {data['loss']:.4f}", 15, anchor="start", weight=700
        )
    )
    return still.picture(WIDTH, height, description, "".join(parts))


def row(data, i, y, accent):
    """A token's track with its knob and arrow, its bar, and its slope."""
    (left, wide), (bar, longest) = TRACK, BAR
    unit = wide / (2 * REACH)
    x = left + wide / 2 + unit * data["logits"][i]
    end = x - unit * RATE * data["slopes"][i]
    head = 6 if end > x else -6
    came = data["target"] == i
    arrow = f"M{x:.1f},{y + 18}H{end - head:.1f}M{end:.1f},{y + 18}l{-head},-5v10z"
    return [
        still.text(8, y + 6, data["labels"][i], 20, weight=700, anchor="start", mono=True),
        still.text(8, y + 24, "came next" if came else "", 11, still.SOFT, "start"),
        element("rect", x=left, y=y - 2, width=wide, height=4, rx=2, fill=still.LINE),
        element("circle", cx=float(x), cy=y, r=9, fill=accent),
        element("path", d=arrow, stroke=accent, stroke_width=3, fill=accent),
        still.text(x, y - 16, f"{data['logits'][i]:.2f}", 13),
        element("rect", x=bar, y=y - 12, width=longest, height=24, rx=4, fill=still.LINE),
        element(
            "rect",
            x=bar,
            y=y - 12,
            width=float(longest * data["probs"][i]),
            height=24,
            rx=4,
            fill=accent,
        ),
        still.text(
            bar + longest * data["probs"][i] + 8,
            y + 5,
            f"{data['probs'][i]:.2f}",
            14,
            anchor="start",
        ),
        still.text(
            WIDTH - 8,
            y + 5,
            f"{data['slopes'][i]:+.2f}".replace("-", "−"),
            15,
            accent,
            "end",
            700,
            mono=True,
        ),
    ]
