"""Figures that describe themselves.

Each function returns a `Picture`: a drawing, a caption of one line that says its point, and a
description with the key numbers, computed from what is plotted. Shown in a notebook, a picture
prints its caption on a line of its own, `Figure: …`; the description is the output's text, and
what the page reads to those who can't see the picture. nbval compares both. See `canvas` for what
figures are drawn with.
"""

import base64
import json
import math
from importlib.util import find_spec
from pathlib import Path

from microgpt_ref.lab import showing
from microgpt_ref.lab.canvas import Chart, Drawing, raster, svg
from microgpt_ref.lab.canvas.charts import key_above
from microgpt_ref.lab.canvas.drawing import DASH_DOT, DASHED, DOTTED, NARROW, TINT, WIDE

LEVEL_DASHES = (DASHED, DOTTED, DASH_DOT)


class Picture:
    """A figure in two widths, its caption and its description.

    draw: a function that draws on a Drawing of any width, and sets its height
    caption: its point in one line, for those who see it
    description: what it shows, with the key numbers, for those who don't
    """

    def __init__(self, draw, caption, description):
        self.draw, self.caption, self.description = draw, caption, description

    def drawing(self, width=WIDE):
        """The figure drawn for this width."""
        drawing = Drawing(width)
        self.draw(drawing)
        return drawing

    def svg(self):
        """The figure as SVG text, wide and narrow."""
        return svg.picture(self.drawing(WIDE), self.drawing(NARROW), self.description)

    def png(self):
        """The figure as bytes of a PNG file."""
        return raster.png(self.drawing(WIDE))

    def _ipython_display_(self):
        forms = {"image/svg+xml": self.svg(), "text/plain": self.description}
        settings = {}
        if not showing.page and find_spec("matplotlib"):  # for viewers that show no SVG
            forms["image/png"] = base64.b64encode(self.png()).decode("ascii")
            settings["image/png"] = {"alt": self.description, "width": WIDE}
        showing.publish(forms, settings)
        print(f"Figure: {self.caption}")


def token_label(tokenizer, token):
    """How a token is written in figures and tables: its character, or · for BOS."""
    return "·" if token == tokenizer.bos else tokenizer.decode([token])


def misspelt(name, tokenizer):
    """What is wrong with the letters of a name that someone has typed, or an empty text."""
    if not name:
        return "Type a name of at least one letter."
    unknown = sorted(set(name) - set(tokenizer.characters))
    if not unknown:
        return ""
    known = f"{tokenizer.characters[0]} to {tokenizer.characters[-1]}"
    found = " ".join(repr(character) for character in unknown)
    return f"The model has no token for {found}: use the letters {known}."


def in_full(label):
    """A token's label in a sentence."""
    return "the end of the name" if label == "·" else label


def listed(words):
    """Words as a sentence lists them: a, b and c."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def chart_on(drawing, x, y, wide=300, narrow=250, left=44, right=18, top=34, below=46, log_x=False):
    """A chart that fills a drawing; wide, narrow: the height of its box in either width."""
    height = drawing.by_width(wide, narrow)
    drawing.height = top + height + below
    edges = left, top, drawing.width - right, top + height
    return Chart(drawing, edges, x, y, log_x)


def extremes(labels, heights):
    """The labels of the highest and of the lowest."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    highest = max(range(len(heights)), key=heights.__getitem__)
    return highest, order[0]


def bar_chart(labels, heights, x_label, y_label, stage, caption=None):
    """Bars, one per label, with its height above the highest, or above each if there are few.

    caption: its point, if it is another than which bar is the highest
    """
    numeric = all(isinstance(label, (int, float)) for label in labels)
    labels = [str(label) for label in labels]
    highest, lowest = extremes(labels, heights)

    def draw(drawing):
        top = max(*heights, 0) or 1
        left = 16 + 8 * len(f"{top:,.0f}")
        span = (-0.6, len(labels) - 0.4)
        chart = chart_on(drawing, span, (0, top), 240, 220, left=left, top=48)
        few = len(labels) <= drawing.by_width(14, 6)
        chart.y_axis(y_label, most=4, above=36)
        chart.bars(
            heights, stage, opacity=[1.0 if i == highest else 0.5 for i in range(len(labels))]
        )
        chart.x_axis(x_label, [(i, label) for i, label in enumerate(labels)])
        for i, height in enumerate(heights):
            if few or i == highest:
                x, y = chart.at(i, height)
                style = {"bold": i == highest, "halo": True}
                drawing.text(x, y - 10, f"{height:,.6g}", 12, "ink", "middle", **style)

    if not caption:
        caption = f"{labels[highest]} leads with {heights[highest]:,.6g}, and {labels[lowest]} "
        caption += f"trails with {heights[lowest]:,.6g}."
        if numeric:
            caption = f"The {y_label} peaks at {labels[highest]} {x_label}."
    if len(labels) <= 30:
        pairs = ", ".join(f"{label} {height:,.6g}" for label, height in zip(labels, heights))
    else:
        pairs = (
            f"{labels[highest]} {heights[highest]:,.6g}, {labels[lowest]} {heights[lowest]:,.6g}"
        )
    description = f"Bar chart of {y_label} by {x_label}. {pairs}."
    return Picture(draw, caption, description)


def count_heatmap(counts, tokenizer):
    """The table of pair counts (V, V): rows the token, columns the one after it."""
    labels = [token_label(tokenizer, token) for token in range(len(counts))]
    pairs = [(c, i, j) for i, row in enumerate(counts) for j, c in enumerate(row)]
    most, i, j = max(pairs, key=lambda pair: pair[0])
    never = sum(c == 0 for c, _, _ in pairs)
    picked = {"most": most, "row": i, "column": j}

    def draw(drawing):
        draw_counts(drawing, counts, labels, picked)

    caption = (
        f"{most_common(labels[i], labels[j])}, and {never} of the {len(pairs)} possible pairs "
    )
    caption += "never occur."
    description = (
        f"Heat map of {len(counts)} × {len(counts)} pair counts, darker for more. The most "
        f"frequent pair, {labels[i]}{labels[j]}, was seen {most:,} times. {never} of {len(pairs)} "
        f"pairs were never seen. {sum(c == 1 for c, _, _ in pairs)} were seen once."
    )
    return Picture(draw, caption, description)


def most_common(first, second):
    """What the most frequent pair says of names."""
    if second == "·":
        return f"Names end in {first} more often than in any other letter"
    if first == "·":
        return f"Names start with {second} more often than with any other letter"
    return f"{first}{second} is the most common pair"


def draw_counts(drawing, counts, labels, picked):
    """Draw the table of counts, with the largest one framed, and what the shades stand for."""
    n, most = len(counts), picked["most"] or 1
    left, top = drawing.by_width(150, 22), drawing.by_width(50, 78)
    size = drawing.by_width(21, 12) if n > 12 else drawing.by_width(34, 24)
    cells = [(count, a, b) for a, row in enumerate(counts) for b, count in enumerate(row)]
    for count, a, b in sorted(cells):  # what is shaded alike, together: it takes less room
        share = math.sqrt(count / most)  # so that 1 differs from 0
        drawing.cell(left + b * size, top + a * size, size - 1, size - 1, share, "train0")
    for k, label in enumerate(labels):
        at = (k + 0.5) * size
        drawing.text(left - 9, top + at, label, 12, "soft", "middle")
        drawing.text(left + at, top - 10, label, 12, "soft", "middle")
    x, y = left + picked["column"] * size, top + picked["row"] * size
    drawing.rectangle(x - 1, y - 1, size + 1, size + 1, stroke="ink", line_width=2)
    drawing.text(left, top - 30, "next letter →   (· marks the end)", 13, "soft")
    side = drawing.by_width((left - 34, top + 12), (left, top - 52))
    words = drawing.by_width("letter ↓\n(· marks\nthe start)", "↓ letter   (· marks the start)")
    drawing.text(*side, words, 13, "soft", drawing.by_width("end", "start"))
    bottom = top + n * size + 24
    legend = [0, 1, round(most / 16), round(most / 4), most]
    for k, count in enumerate(legend):
        x = left + k * drawing.by_width(105, 62)
        drawing.rectangle(x, bottom - 8, 16, 16, stroke="line", line_width=1)
        drawing.cell(x, bottom - 8, 16, 16, math.sqrt(count / most), "train0")
        times = drawing.by_width(" times" if count != 1 else " time", "")
        drawing.text(x + 22, bottom, f"{count:,}{times}", 12, "soft")
    drawing.height = bottom + 16


def sliding_means(losses, window, from_start=False):
    """The steps, from 1, and the means of the last `window` losses at each.

    They begin where there are as many; from_start: at step 1, with those that there are
    """
    steps = range(1 if from_start else window, len(losses) + 1)
    lasts = [losses[max(0, step - window) : step] for step in steps]
    return list(steps), [sum(last) / len(last) for last in lasts]


def loss_curve(losses, stage, window=50, reference=None):
    """Losses (steps,) in nats per token, as dots, and their mean over a sliding window of steps.

    reference: a label and a loss, drawn as a dashed line
    """
    levels = dict([reference]) if reference else {}
    _, means = sliding_means(losses, min(window, len(losses)))
    caption = f"Single names jump up and down; the mean of {window} {moved(means[0], means[-1])}."
    return loss_picture(losses, stage, window, levels, caption)


def moved(first, last):
    """How a mean loss went, as the end of a sentence."""
    if f"{first:.2f}" == f"{last:.2f}":
        return f"stays at {last:.2f}"
    return f"{'falls' if last < first else 'rises'} from {first:.2f} to {last:.2f}"


def loss_picture(losses, stage, window, levels, caption):
    """A Picture of losses, their sliding mean, and losses to compare with, by label."""
    window = min(window, len(losses))
    steps, means = sliding_means(losses, window)

    def draw(drawing):
        low = min(min(losses), *means, *levels.values()) - 0.1
        high = min(max(losses), max(losses[0], *means, *levels.values()) + 0.9)
        marks = [(f"mean of {window} names", stage, ())]
        for (label, level), dashes in zip(levels.items(), LEVEL_DASHES):
            marks.append((f"{label}: {level:.2f}", "ink", dashes))
        top = key_above(drawing, marks) + 30
        chart = chart_on(drawing, (0, len(losses)), (low, high), 290, 260, top=top)
        chart.y_axis("loss (nats per token)")
        chart.x_axis("step")
        chart.dots(range(1, len(losses) + 1), losses, 1.5, stage, 0.4)
        for level, dashes in zip(levels.values(), LEVEL_DASHES):
            chart.level(level, dashes=dashes)
        chart.line(steps, means, stage, 2.8)

    description = (
        f"Loss over {len(losses):,} steps of {stage}, one dot for each name. The mean of {window} "
        f"names goes from {means[0]:.4f} to {means[-1]:.4f} nats per token."
    )
    if levels:
        marks = listed(f"{label} at {level:.4f}" for label, level in levels.items())
        lines = "Level lines mark" if len(levels) > 1 else "A level line marks"
        description += f" {lines} {marks}."
    return Picture(draw, caption, description)


def loss_beside(losses, marks, window=100):
    """Losses (steps,) in nats per token, their mean over a sliding window, and marks to beat.

    marks: up to three losses by label, each drawn as a line with a dash of its own
    """
    _, means = sliding_means(losses, min(window, len(losses)))
    beaten = sum(means[-1] < level for level in marks.values())
    caption = f"train3's running mean ends at {means[-1]:.2f}, {lines_beaten(beaten, len(marks))}."
    return loss_picture(losses, "train3", window, marks, caption)


def lines_beaten(k, n):
    """That a curve ends below k of n lines, in words."""
    which = {1: "the line", 2: "both lines"}.get(n, "all lines")
    if k in (0, n):
        return f"{'below' if k else 'above'} {which}"
    return f"below {k} of the {n} lines"


def program_map(lesson):
    """The program as it stands at the end of a lesson, one bar per line; what is new stands out."""
    path = Path(__file__).with_name("program.json")
    lines = json.loads(path.read_text(encoding="utf-8"))[lesson]
    owners = [owner for _, length, owner in lines if length]
    total, added = len(owners), owners.count(lesson)

    def draw(drawing):
        draw_program(drawing, lines, lesson, drawing.by_width(5, 3))

    caption = f"The program at the end of {lesson}: {total} lines, {added} of them new."
    if added == total:
        caption = f"The program at the end of {lesson}: {total} lines, all of them new."
    description = (
        f"The program at the end of {lesson} in miniature, one bar per line: {total} lines. "
        f"{added} are new (thick); {total - added} come from earlier lessons (thin and gray)."
    )
    return Picture(draw, caption, description)


def draw_program(drawing, lines, lesson, columns):
    """Draw a bar for each line of a program, in columns."""
    per_column, pitch = -(-len(lines) // columns), 4.0
    each = drawing.width / columns
    unit = (each - 14) / max(length for _, length, _ in lines)
    for new in (False, True):
        for i, (indent, length, owner) in enumerate(lines):
            if length and (owner == lesson) == new:
                left = each * (i // per_column) + indent * unit
                thick = 3.0 if new else 1.4
                top = 4 + pitch * (i % per_column) + (pitch - thick) / 2
                color = owner if new else "soft"
                width = max(1.0, (length - indent) * unit)
                drawing.rectangle(left, top, width, thick, color, 1.0 if new else 0.6)
    bottom = 4 + pitch * per_column + 18
    drawing.rectangle(0, bottom - 2, 18, 4, lesson)
    drawing.text(24, bottom, f"new in {lesson}", 13, lesson, bold=True)
    if any(owner != lesson for _, _, owner in lines):
        left = drawing.by_width(160, 150)
        drawing.rectangle(left, bottom - 1, 18, 2, "soft", 0.6)
        drawing.text(left + 24, bottom, "from earlier lessons", 13, "soft")
    drawing.height = bottom + 12


def share_table(drawing, rows, row_labels, labels, stage, left, top, cell):
    """Draw shares (rows, columns) as cells with numbers, darker for more; a row may be short.

    cell: (width, height) of each; the largest share of each row is written bold
    """
    width, height = cell
    for i, row in enumerate(rows):
        largest = max(range(len(row)), key=row.__getitem__)
        for j, share in enumerate(row):
            x, y = left + j * width, top + i * height
            drawing.cell(x, y, width - 2, height - 2, share, stage, TINT)
            at = x + width / 2 - 1, y + height / 2 - 1
            drawing.text(*at, f"{100 * share:.0f}", 13, "ink", "middle", bold=j == largest)
        middle = top + (i + 0.5) * height - 1
        drawing.text(
            left - 10, middle, row_labels[i], 13, "ink", "end", mono=len(row_labels[i]) == 1
        )
    for j, label in enumerate(labels):
        drawing.text(left + (j + 0.5) * width - 1, top - 14, label, 14, "ink", "middle", mono=True)
