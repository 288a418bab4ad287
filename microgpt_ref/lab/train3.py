"""train3's figures, and what it plays with: where a trained model's attention goes."""

import math

from microgpt_ref.lab.canvas.drawing import DASHED
from microgpt_ref.lab.figures import Picture, chart_on, loss_beside, share_table, token_label
from microgpt_ref.layers import add, dot, linear, rmsnorm, softmax
from microgpt_ref.transformer import self_attention

__all__ = ["loss_beside"]  # which is among the figures of all lessons
STAGE = "train3"

VOWELS = "aeiou"


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
    how = "most" if rows[i][j] == max(rows[i]) else "hardly"
    return f"In ·{name}, attention is least even at {labels[i]}, which looks {how} at {labels[j]}."


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


def even_shares(weights, tokenizer, docs):
    """For vowels, consonants and BOS, how much attention one of them gets, in even shares.

    1 is what an even average would give. y counts as a consonant; the first position, which has
    nothing but itself to look at, is left out.
    """
    shares = {"vowels": [], "consonants": [], "the dot": []}
    for doc in docs:
        tokens = tokenizer.encode(doc)[:-1]
        for row in attention_rows(weights, tokens)[1:]:
            for token, weight in zip(tokens, row):
                label = token_label(tokenizer, token)
                kind = "vowels" if label in VOWELS else "consonants"
                shares["the dot" if label == "·" else kind].append(weight * len(row))
    return {kind: sum(found) / len(found) for kind, found in shares.items() if found}


def query_and_keys(query, keys, shares):
    """Arrows in the plane: a query (2,), and each letter's key (2,) with its share.

    keys: vectors by letter; shares: one for each of them
    """
    ends = [query, *keys.values()]

    def draw(drawing):
        x = min(0, *(x for x, _ in ends)) - 0.1, max(x for x, _ in ends) + 0.4
        y = min(0, *(y for _, y in ends)) - 0.1, max(y for _, y in ends) + 0.25
        chart = chart_on(drawing, x, y, 300, 260, left=30, top=34)
        chart.x_axis("first number: vowel →")
        drawing.line([(chart.left, chart.top), (chart.left, chart.bottom)], "soft", 1)
        drawing.text(4, 14, "↑ second number: consonant", 13, "soft")
        origin = chart.at(0, 0)
        for (letter, key), share in zip(keys.items(), shares):
            drawing.arrow(origin, chart.at(*key), STAGE, 2.4, head=12)
            label_tip(drawing, chart.at(*key), f"key of {letter}\nshare {share:.2f}", STAGE)
        drawing.arrow(origin, chart.at(*query), "ink", 2, dashes=DASHED, head=12)
        label_tip(drawing, chart.at(*query), "query", "ink")

    found = "; ".join(f"{k} {list(v)} share {w:.4f}" for (k, v), w in zip(keys.items(), shares))
    description = f"Arrows in the plane: the query {list(query)}, and the keys: {found}."
    best = max(zip(shares, keys))
    caption = (
        f"The query agrees best with the key of {best[1]}, which gets {100 * best[0]:.0f}% of the "
        "attention."
    )
    return Picture(draw, caption, description)


def label_tip(drawing, tip, words, color):
    """Write words beside the tip of an arrow, on the side where there is room."""
    x, y = tip
    above = 14 + 9 * words.count("\n")
    right = x < drawing.width - 110
    place, anchor = ((x + 4, y - above), "start") if right else ((x + 24, y - above), "end")
    drawing.text(*place, words, 13, color, anchor, bold=True, halo=True)


def model_diagram(shapes):
    """The parts of train3's model from top to bottom, each with its number of weights.

    shapes: (n_out, n_in) by name, as `transformer_shapes` gives them
    """
    count = {name: rows * columns for name, (rows, columns) in shapes.items()}
    attention = sum(count[name] for name in ("wq", "wk", "wv", "wo"))
    parts = [
        ("wte + wpe", count["wte"] + count["wpe"]),
        ("attention, wo", attention),
        ("fc1, ReLU, fc2", count["fc1"] + count["fc2"]),
        ("lm_head", count["lm_head"]),
    ]
    total = sum(count.values())

    def draw(drawing):
        draw_model(drawing, parts)

    caption = "Each token's vector flows straight down; attention and the MLP only add to it."
    description = (
        "Diagram of the model from top to bottom: "
        f"{parts[0][0]} ({parts[0][1]:,} weights); rmsnorm; a branch through rmsnorm and "
        f"{parts[1][0]} ({parts[1][1]:,}), added at a plus sign; a branch through rmsnorm and "
        f"{parts[2][0]} ({parts[2][1]:,}), added at a plus sign; {parts[3][0]} ({parts[3][1]:,}). "
        f"Straight lines lead past both branches. {total:,} weights in all."
    )
    return Picture(draw, caption, description)


def draw_model(drawing, parts):
    """Draw the residual stream from top to bottom, and the two branches that add to it."""
    stream = drawing.by_width(180, 84)
    beside = drawing.by_width(450, 256)
    width, wide = drawing.by_width((190, 290), (140, 176))
    first = plain_box(drawing, stream, 30, parts[0], width)
    norm = drawing.box(stream, 104, "rmsnorm", width, 34, STAGE, size=14)
    drawing.arrow((stream, first.bottom), (stream, norm.top), width=2)
    above = norm.bottom
    for i, part in enumerate(parts[1:3]):
        top = 160 + 130 * i
        branch = plain_box(
            drawing, beside, top + 14, ("rmsnorm\n" + part[0], part[1]), wide, 74, True
        )
        plus = top + 84
        drawing.line([(stream, above), (stream, plus - 12)], STAGE, 5, opacity=0.55)
        drawing.elbow([(stream, top + 14), (branch.left, top + 14)], width=2)
        drawing.elbow([(beside, branch.bottom), (beside, plus), (stream + 13, plus)], width=2)
        drawing.circle(stream, plus, 12, "paper", "ink", 1.5)
        drawing.text(stream, plus, "+", 18, anchor="middle", bold=True)
        above = plus + 12
    last = plain_box(drawing, stream, above + 64, parts[3], width)
    drawing.line([(stream, above), (stream, last.top - 8)], STAGE, 5, opacity=0.55)
    drawing.arrow((stream, last.top - 10), (stream, last.top), STAGE, 2)
    drawing.arrow((stream, last.bottom), (stream, last.bottom + 24), width=2)
    drawing.text(stream, last.bottom + 38, "logits of the next letter", 14, anchor="middle")
    words = "the stream: each part reads it,\nand adds its result"
    if not drawing.narrow:
        drawing.note(words, (beside, above + 60), (stream + 8, above + 20), anchor="middle")
    drawing.height = last.bottom + 52


def plain_box(drawing, x, y, part, width, height=48, tinted=False):
    """Draw a box that says a part's name and its number of weights; returns it."""
    name, weights = part
    fill, shade = (STAGE, 0.14) if tinted else ("paper", 1.0)
    words = f"{name}\n{weights:,} weights"
    return drawing.box(x, y, words, width, height, STAGE, fill, shade, size=14)
