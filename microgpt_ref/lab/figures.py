"""Figures that describe themselves.

Each function returns a `Picture`: a matplotlib figure and a caption with its key numbers, computed
from what is plotted. Shown in a notebook, a picture prints its caption on a line of its own,
`Figure: …`, which nbval compares and which becomes the picture's alternative text on the page.
"""

import base64
import io
import json
from pathlib import Path

from IPython.display import publish_display_data
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

# One colour a stage, everywhere (after Okabe and Ito's palette): no two are equally light, so
# that they differ in grey too, and each has a contrast of 3 or more on white.
STAGE_COLOURS = {
    "train0": "#0072b2",
    "train1": "#d55e00",
    "train2": "#8c3b73",
    "train3": "#00805c",
    "train4": "#4d4d4d",
}


class Picture:
    """A figure and the caption that says what it shows."""

    def __init__(self, figure, caption):
        self.figure = figure
        self.caption = caption

    def png(self):
        """The figure as bytes of a PNG file."""
        file = io.BytesIO()
        self.figure.savefig(file, format="png", dpi=144, metadata={"Software": None})
        return file.getvalue()

    def _ipython_display_(self):
        image = base64.b64encode(self.png()).decode("ascii")
        publish_display_data(
            {"image/png": image, "text/plain": self.caption},
            {"image/png": {"alt": self.caption}},
        )
        print(f"Figure: {self.caption}")


def new_axes(width=6.4, height=3.6):
    """A figure of this size in inches, and its axes, without a frame above and on the right."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def token_label(tokenizer, token):
    """How a token is written in figures and tables: its character, or · for BOS."""
    return "·" if token == tokenizer.bos else tokenizer.decode([token])


def bar_chart(labels, heights, x_label, y_label, stage):
    """Bars, one a label, with the height of each written above it when there are few."""
    figure, axes = new_axes(height=3.0)
    bars = axes.bar([str(label) for label in labels], heights, color=STAGE_COLOURS[stage])
    if len(labels) <= 10:
        axes.bar_label(bars, fmt="{:g}", fontsize=8)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    highest = max(range(len(heights)), key=heights.__getitem__)
    lowest = min(range(len(heights)), key=heights.__getitem__)
    caption = (
        f"bars of {y_label} by {x_label}; highest at {labels[highest]} ({heights[highest]:,.6g}), "
        f"lowest at {labels[lowest]} ({heights[lowest]:,.6g})"
    )
    return Picture(figure, caption)


def count_heatmap(counts, tokenizer):
    """The table of pair counts (V, V): rows the token, columns the one after it."""
    figure, axes = new_axes(6.4, 6.2)
    labels = [token_label(tokenizer, token) for token in range(len(counts))]
    image = axes.imshow(counts, cmap="Blues", norm=PowerNorm(0.5))  # so that 1 differs from 0
    axes.set_xticks(range(len(labels)), labels, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_xlabel("next token (· marks the end)")
    axes.set_ylabel("token (· marks the start)")
    figure.colorbar(image, ax=axes, label="times seen", shrink=0.8)
    pairs = [(c, i, j) for i, row in enumerate(counts) for j, c in enumerate(row)]
    most, i, j = max(pairs, key=lambda pair: pair[0])
    never = sum(c == 0 for c, _, _ in pairs)
    caption = (
        f"heatmap of {len(counts)} × {len(counts)} pair counts, darker for more; the most frequent "
        f"pair is {labels[i]}{labels[j]}, seen {most:,} times; {never} of {len(pairs)} pairs "
        "were never seen"
    )
    return Picture(figure, caption)


def loss_curve(losses, stage, window=50, reference=None):
    """Losses (steps,) in nats per token, as dots, and their mean over a sliding window of steps.

    reference: a label and a loss, drawn as a dashed line
    """
    figure, axes = new_axes()
    steps = range(1, len(losses) + 1)
    colour = STAGE_COLOURS[stage]
    axes.plot(steps, losses, ".", markersize=3, alpha=0.35, color=colour, label="one name")
    means = [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]
    axes.plot(steps[window - 1 :], means, color=colour, label=f"mean of {window} names")
    if reference:
        label, level = reference
        axes.axhline(level, linestyle="--", color="black", linewidth=1, label=label)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats per token)")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    caption = (
        f"loss over {len(losses):,} steps of {stage}, one dot a name; the mean of {window} names "
        f"goes from {means[0]:.4f} to {means[-1]:.4f} nats per token"
    )
    if reference:
        caption += f"; a dashed line at {level:.4f} marks {label}"
    return Picture(figure, caption)


def program_map(lesson, columns=4):
    """The program as it stands at the end of a lesson, a bar a line; what is new stands out."""
    path = Path(__file__).with_name("program.json")
    lines = json.loads(path.read_text(encoding="utf-8"))[lesson]
    per_column = -(-len(lines) // columns)
    figure, axes = new_axes(6.4, 2.6)
    for i, (indent, length, owner) in enumerate(lines):
        left, row = 110 * (i // per_column) + indent, i % per_column
        new = owner == lesson
        colour = STAGE_COLOURS[owner] if new else "#c8c8c8"
        axes.barh(row, length - indent, left=left, height=0.9 if new else 0.4, color=colour)
    axes.invert_yaxis()
    axes.set_axis_off()
    owners = [owner for _, length, owner in lines if length]
    total, added = len(owners), owners.count(lesson)
    caption = (
        f"the program at the end of {lesson} in small, a bar a line: {total} lines, of which "
        f"{added} are new (thick) and {total - added} come from earlier lessons "
        "(thin and grey)"
    )
    return Picture(figure, caption)
