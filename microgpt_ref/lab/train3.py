"""train3's figures, and what it plays with: where a trained model's attention goes."""

import math

from microgpt_ref.lab.figures import Picture, loss_beside, misspelt, share_table, token_label
from microgpt_ref.layers import add, dot, linear, rmsnorm, softmax
from microgpt_ref.transformer import self_attention

__all__ = ["loss_beside"]  # which is among the figures of all lessons
STAGE = "train3"


def attention_rows(weights, tokens):
    """Attention weights of a train3 model: for position t a list (t + 1,), which adds up to 1.

    weights: matrices of floats, as `transformer` takes them
    tokens: a document's tokens, one for each position, so without the BOS at its end
    """
    keys, values, rows = [], [], []
    for position, token in enumerate(tokens):
        x = rmsnorm(add(weights["wte"][token], weights["wpe"][position]))
        self_attention(weights, rmsnorm(x), keys, values)  # for the cache
        q = linear(weights["wq"], rmsnorm(x))
        rows.append(softmax([dot(q, k) / math.sqrt(len(q)) for k in keys]))
    return rows


def attention_picture(weights, tokenizer, name):
    """The attention weights for a name: a row for each position, in percent, darker for more."""
    tokens = tokenizer.encode(name)[:-1]
    rows = attention_rows(weights, tokens)
    labels = [token_label(tokenizer, token) for token in tokens]

    def draw(drawing):
        left, top = 62, 64
        cell = min(drawing.by_width(60, 44), (drawing.width - left - 4) / len(rows))
        drawing.text(left, 14, "looks back at (percent)", 13, "soft")
        drawing.text(8, top - 14, "letter", 13, "soft")
        share_table(drawing, rows, labels, labels, STAGE, left, top, (cell, max(30, cell * 0.72)))
        drawing.height = top + max(30, cell * 0.72) * len(rows) + 4

    last = ", ".join(f"{label} {100 * w:.0f}" for label, w in zip(labels, rows[-1]))
    description = f"Attention weights for {name!r} in percent. Its last position looks at {last}."
    share, i, j = furthest_from_even(rows)
    if i:
        description += (
            f" Furthest from an even share is {labels[i]} (position {i}) looking at {labels[j]} "
            f"(position {j}): {100 * rows[i][j]:.0f} percent, {share:.2f} times an even share."
        )
    return Picture(draw, attention_caption(name, labels, rows), description)


def attention_caption(name, labels, rows):
    """Where the furthest look from even goes, as a sentence."""
    share, i, j = furthest_from_even(rows)
    if not i or 0.8 < share < 1.25:
        return f"In ·{name}, every letter spreads its attention almost evenly."
    looks = f"In ·{name}, {labels[i]} gives {100 * rows[i][j]:.0f}% of its attention to {labels[j]}"
    return f"{looks}, where an even share would be {100 / len(rows[i]):.0f}%."


def furthest_from_even(rows):
    """(share, i, j): the weight rows[i][j] that is furthest from even, times its row's length."""
    shares = [(w * len(row), i, j) for i, row in enumerate(rows) for j, w in enumerate(row)]
    return max(shares, key=lambda entry: abs(entry[0] - 1))


def show_attention(name, weights, tokenizer):
    """The attention picture for a name that someone has typed, or a text: what is wrong with it."""
    name = name.strip().lower()
    longest = len(weights["wpe"]) - 1
    if fault := misspelt(name, tokenizer):
        return fault
    if len(name) > longest:
        return (
            f"That name has {len(name)} letters. The model has {longest + 1} positions, and the "
            f"first is taken by the dot: use at most {longest} letters."
        )
    return attention_picture(weights, tokenizer, name)


def mixing_picture(text, shares):
    """How the last letter of a text looks back: its query, all keys and shares, the values mixed.

    shares: one for each letter, which add up to 1
    """
    *_, last = text

    def draw(drawing):
        draw_mixing(drawing, text, shares)

    listing = ", ".join(f"{letter} {share:.2f}" for letter, share in zip(text, shares))
    caption = f"The {last} compares its query with every key, and mixes the values by share."
    description = (
        f"Diagram of what {last} does in {text}. From each letter’s vector, wk makes a key and wv "
        f"makes a value. From the vector of {last}, wq makes a query as well. The query meets "
        f"each key, which gives the shares {listing}. Each value flows into a mixture, in a "
        f"stream as wide as its share. From the mixture, wo makes the output for {last}."
    )
    return Picture(draw, caption, description)


def draw_mixing(drawing, text, shares):
    """Draw a column for each letter, the query at the right of them, and the mixture below."""
    left = drawing.by_width(124, 2)
    column = (drawing.width - left) / (len(text) + 1)
    wide = min(column - 24, 92)
    columns = [left + (i + 0.55) * column for i in range(len(text))]
    end, middle = left + (len(text) + 0.5) * column, (columns[0] + columns[-1]) / 2
    drawing.line([(columns[0], 158), (end, 158), (end, 92)], "ink", 2)  # where the query goes
    drawing.elbow([(columns[-1] + 14, 20), (end, 20), (end, 74)], "soft", 1.5)
    drawing.text(end + 5, 52, "wq", 12, "soft", mono=True)
    drawing.box(end, 90, "query", wide, 32, "ink", size=14, bold=True)
    for x, letter, share in zip(columns, text, shares):
        drawing.line([(x, 238), (middle, 306)], STAGE, 30 * share, opacity=0.55)
        draw_letter(drawing, x, letter, share, wide)
    drawing.box(middle, 314, "mixture", wide, 32, STAGE, STAGE, 0.2, size=14, bold=True)
    drawing.arrow((middle, 330), (middle, 368), "soft", 1.5)
    drawing.text(middle + 5, 346, "wo", 12, "soft", mono=True)
    drawing.text(middle, 382, f"output for {text[-1]}", 14, "ink", "middle")
    if not drawing.narrow:
        words = ["letters", "keys", "the query meets\neach key: shares", "values", "values, mixed"]
        for y, row in zip([20, 90, 158, 222, 280], words):
            drawing.text(0, y, row, 13, "soft")
    drawing.height = 396


def draw_letter(drawing, x, letter, share, wide):
    """Draw a letter's column: its key, its share, and its value."""
    side = x - wide / 2 - 9
    drawing.text(x, 20, letter, 20, "ink", "middle", bold=True, mono=True)
    drawing.arrow((x, 34), (x, 74), "soft", 1.5)
    drawing.text(x + 5, 52, "wk", 12, "soft", mono=True)
    drawing.elbow([(x - 12, 20), (side, 20), (side, 222), (x - wide / 2, 222)], "soft", 1.5, head=6)
    drawing.text(side + 4, 192, "wv", 12, "soft", mono=True)
    drawing.box(x, 90, "key", wide, 32, STAGE, STAGE, 0.1, size=14)
    drawing.line([(x, 106), (x, 146)], STAGE, 2)
    drawing.box(x, 158, f"{share:.2f}", 54, 25, "ink", size=14, bold=True, rounding=12)
    drawing.box(x, 222, "value", wide, 32, STAGE, STAGE, 0.1 + 0.6 * share, size=14)
