"""train3's figures, and what it plays with: where a trained model's attention goes."""

import math

from microgpt_ref.lab.figures import Picture, loss_beside, share_table, token_label
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
    unknown = sorted(set(name) - set(tokenizer.characters))
    if not name:
        return "Type a name of at least one letter."
    if unknown:
        known = f"{tokenizer.characters[0]} to {tokenizer.characters[-1]}"
        found = " ".join(repr(character) for character in unknown)
        return f"The model has no token for {found}: use the letters {known}."
    if len(name) > longest:
        return (
            f"That name has {len(name)} letters. The model has {longest + 1} positions, and the "
            f"first is taken by the dot: use at most {longest} letters."
        )
    return attention_picture(weights, tokenizer, name)
