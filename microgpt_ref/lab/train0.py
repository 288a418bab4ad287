"""What lesson train0 shows: pairs going into a table, surprises, and what follows a letter."""

import math

from microgpt_ref.bigram import bigram_probs
from microgpt_ref.lab.canvas.drawing import TINT
from microgpt_ref.lab.figures import Picture, chart_on, listed, misspelt, token_label


def show_pairs(docs, counts, tokenizer):
    """Documents with an arc over each pair, beside the table of their counts.

    The pair that was counted most often stands out.
    """
    labels = [token_label(tokenizer, token) for token in range(len(counts))]
    pairs = [(count, i, j) for i, row in enumerate(counts) for j, count in enumerate(row)]
    most, first, second = max(pairs, key=lambda pair: pair[0])
    picked = labels[first] + labels[second]

    def draw(drawing):
        below = draw_arcs(drawing, [f"·{doc}·" for doc in docs], picked)
        left, top = drawing.by_width((470, 66), (112, below + 66))
        draw_table(drawing, counts, labels, (first, second), left, top)
        drawing.height = max(below, top + TABLE_CELL * len(counts)) + 8

    caption = f"Each arc is a pair and adds one to its square. {most} of them stand over {picked}."
    rows = "; ".join(
        f"after {label}: " + ", ".join(f"{other} {count}" for other, count in zip(labels, row))
        for label, row in zip(labels, counts)
    )
    description = (
        f"{listed(f'·{doc}·' for doc in docs)}, with an arc over each pair of neighbours, "
        f"{sum(map(sum, counts))} in all, and a table of how often each came: {rows}."
    )
    return Picture(draw, caption, description)


TABLE_CELL = 50  # pixels


def draw_arcs(drawing, texts, picked):
    """Draw texts, one below the other, and an arc over each pair; returns where they end."""
    pitch, left = drawing.by_width((54, 30), (48, 40))
    for line, text in enumerate(texts):
        y = 66 + 72 * line
        for k, letter in enumerate(text):
            drawing.text(left + pitch * k, y, letter, 24, "ink", "middle", bold=True, mono=True)
        for k in range(len(text) - 1):
            stands_out = text[k : k + 2] == picked
            middle, turns = left + pitch * (k + 0.5), [math.pi * t / 12 for t in range(13)]
            arc = [
                (middle - 0.38 * pitch * math.cos(turn), y - 18 - 20 * math.sin(turn))
                for turn in turns
            ]
            drawing.curve(arc, *(("train0", 4) if stands_out else ("soft", 1.5)))
    return 66 + 72 * (len(texts) - 1) + 24


def draw_table(drawing, counts, labels, picked, left, top):
    """Draw a small table of counts, a square each; picked: (row, column) of the one framed."""
    size, most = TABLE_CELL, max(map(max, counts)) or 1
    for i, row in enumerate(counts):
        at = top + (i + 0.5) * size
        drawing.text(left - 16, at, labels[i], 18, "ink", "middle", bold=True, mono=True)
        drawing.text(
            left + (i + 0.5) * size, top - 16, labels[i], 18, "ink", "middle", bold=True, mono=True
        )
        for j, count in enumerate(row):
            x, y = left + j * size, top + i * size
            drawing.cell(x, y, size - 2, size - 2, count / most, "train0", TINT)
            drawing.rectangle(x, y, size - 2, size - 2, stroke="line", line_width=1)
            bold = (i, j) == picked
            drawing.text(x + size / 2 - 1, at - 1, count, 18, "ink", "middle", bold=bold)
    x, y = left + picked[1] * size, top + picked[0] * size
    drawing.rectangle(x - 1, y - 1, size, size, stroke="train0", line_width=3)
    drawing.text(left, top - 44, "next token →", 13, "soft")
    drawing.text(left - 34, top + size / 2 - 1, "token ↓", 13, "soft", "end")


def show_surprises(doc, counts, tokenizer):
    """The surprise at each pair of a document, as bars, and their mean, the loss, as a line."""
    tokens = tokenizer.encode(doc)
    pairs = list(zip(tokens, tokens[1:]))
    labels = [token_label(tokenizer, a) + token_label(tokenizer, b) for a, b in pairs]
    surprises = [-math.log(bigram_probs(counts, a)[b]) for a, b in pairs]
    loss = sum(surprises) / len(surprises)
    worst = max(range(len(pairs)), key=surprises.__getitem__)

    def draw(drawing):
        span, high = (-0.6, len(pairs) - 0.4), 1.1 * surprises[worst]
        chart = chart_on(drawing, span, (0, high), 210, 200, right=84, top=48)
        chart.y_axis("surprise (nats)", most=4, above=30)
        shades = [1.0 if k == worst else 0.5 for k in range(len(pairs))]
        chart.bars(surprises, "train0", width=0.6, opacity=shades)
        chart.level(loss)
        few = len(pairs) <= drawing.by_width(17, 9)  # otherwise one letter below the other
        ticks = labels if few else ["\n" + "\n".join(label) for label in labels]
        title, size = (f"the pairs of ·{doc}·", 14) if few else ("", 12)
        chart.x_axis(title, list(enumerate(ticks)), size)
        level = chart.y(loss)
        for k, surprise in enumerate(surprises if few else []):
            x, y = chart.at(k, surprise)
            above = level if abs(y - 10 - level) < 9 else y  # where no line crosses the number
            style = {"bold": k == worst, "halo": True}
            drawing.text(x, above - 10, f"{surprise:.2f}", 12, "ink", "middle", **style)
        words = f"mean,\nthe loss:\n{loss:.2f}"
        drawing.text(chart.right + 8, level, words, 13, "ink", bold=True)

    bars = ", ".join(f"{label} {surprise:.4f}" for label, surprise in zip(labels, surprises))
    caption = f"{labels[worst]} surprises the model most. The loss is the mean of all the bars."
    description = (
        f"Bar chart of the surprise at each pair of ·{doc}·, in nats: {bars}. "
        f"A level line marks their mean, the loss, at {loss:.4f}."
    )
    return Picture(draw, caption, description)


LONGEST = 16  # letters of a name that someone types


def show_your_name(name, counts, tokenizer):
    """The surprises at a name that someone has typed, or a text that says what is wrong with it."""
    name = name.strip().lower()
    if fault := misspelt(name, tokenizer):
        return fault
    if len(name) > LONGEST:
        return f"That name has {len(name)} letters, which is a lot to draw: use at most {LONGEST}."
    return show_surprises(name, counts, tokenizer)


def show_followers(counts, tokenizer, letter):
    """The probabilities of all tokens after a letter, or after · for the start of a name."""
    token = tokenizer.bos if letter == "·" else tokenizer.characters_to_ids(letter)[0]
    probs = bigram_probs(counts, token)
    labels = [token_label(tokenizer, t) for t in range(len(probs))]
    best = sorted(range(len(probs)), key=lambda t: -probs[t])[:3]

    def draw(drawing):
        chart = chart_on(drawing, (-0.6, len(labels) - 0.4), (0, max(probs)), 200, 190, top=48)
        chart.y_axis("probability", most=3, above=36)
        shades = [1.0 if t in best else 0.45 for t in range(len(probs))]
        chart.bars(probs, "train0", opacity=shades)
        chart.x_axis(f"what follows {letter} (· marks the end)", list(enumerate(labels)))
        for t in best:
            x, y = chart.at(t, probs[t])
            drawing.text(x, y - 10, f"{probs[t]:.2f}", 12, "ink", "middle", bold=True, halo=True)

    likeliest = ", ".join(f"{labels[t]} {probs[t]:.2f}" for t in best)
    description = (
        f"Bar chart of the probability of each token after {letter}, which was seen "
        f"{sum(counts[token]):,} times. Likeliest: {likeliest}."
    )
    return Picture(draw, followers_caption(letter, labels[best[0]], probs[best[0]]), description)


def followers_caption(letter, first, share):
    """Which token is the likeliest after a letter, as a sentence."""
    share = f"{100 * share:.0f}%"
    if letter == "·":
        return f"More names start with {first} than with any other letter: {share} of them."
    if first == "·":
        return f"After {letter}, the name is most likely to end ({share})."
    return f"After {letter}, the likeliest letter is {first} ({share})."
