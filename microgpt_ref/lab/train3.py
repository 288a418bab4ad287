"""train3's figures, and what it plays with: where a trained model's attention goes."""

import math

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from microgpt_ref.lab.figures import STAGE_COLOURS, Picture, new_axes, token_label
from microgpt_ref.layers import add, dot, linear, rmsnorm, softmax
from microgpt_ref.transformer import self_attention

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
    n = len(rows)
    width, height = 1.2 + 0.32 * max(n, 7), 1.2 + 0.32 * max(n, 4)
    figure = Figure(figsize=(width, height))  # with margins of our own, since it has to be quick
    edges = {"left": 0.7 / width, "right": 1 - 0.1 / width}
    axes = figure.subplots(gridspec_kw=edges | {"bottom": 0.6 / height, "top": 1 - 0.4 / height})
    axes.spines[["top", "right"]].set_visible(False)
    padded = [row + [0.0] * (n - len(row)) for row in rows]
    axes.imshow(padded, cmap="Greys", vmin=0, vmax=1.25)
    for i, row in enumerate(rows):
        for j, weight in enumerate(row):
            ink = "white" if weight > 0.65 else "black"
            axes.text(j, i, f"{100 * weight:.0f}", ha="center", va="center", fontsize=8, color=ink)
    axes.set_xticks(range(n), labels)
    axes.set_yticks(range(n), labels)
    axes.set_xlabel("looked at")
    axes.set_ylabel("looks back")
    axes.set_title("shares in percent", fontsize=10)
    last = ", ".join(f"{label} {100 * w:.0f}" for label, w in zip(labels, rows[-1]))
    caption = f"attention weights for {name!r} in percent; its last position looks at {last}"
    share, i, j = furthest_from_even(rows)
    if i:
        caption += (
            f"; furthest from an even share is {labels[i]} (position {i}) looking at {labels[j]} "
            f"(position {j}), {100 * rows[i][j]:.0f} percent or {share:.2f} times an even share"
        )
    return Picture(figure, caption)


def furthest_from_even(rows):
    """(share, i, j): the weight rows[i][j] that is furthest from even, times its row's length."""
    shares = [(w * len(row), i, j) for i, row in enumerate(rows) for j, w in enumerate(row)]
    return max(shares, key=lambda entry: abs(entry[0] - 1))


def show_attention(name, weights, tokenizer):
    """The attention picture for a name that someone has typed, or a text: what is amiss."""
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
    figure, axes = new_axes(5.2, 3.4)
    ends = [query, *keys.values()]
    names = ["query"] + [f"key of {letter}\nshare {w:.2f}" for letter, w in zip(keys, shares)]
    for (x, y), name in zip(ends, names):
        is_query = name == "query"
        axes.annotate(
            "",
            (x, y),
            (0, 0),
            arrowprops={
                "arrowstyle": "-|>",
                "color": "black" if is_query else STAGE_COLOURS["train3"],
                "linestyle": "dashed" if is_query else "solid",
                "linewidth": 1.8,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        axes.annotate(name, (x, y), (5, 5), textcoords="offset points", fontsize=9)
    axes.set_xlim(-0.1, 0.5 + max(x for x, _ in ends))
    axes.set_ylim(-0.15, 0.45 + max(y for _, y in ends))
    axes.set_xlabel("first number: vowel")
    axes.set_ylabel("second number: consonant")
    found = "; ".join(f"{k} {list(v)} share {w:.4f}" for (k, v), w in zip(keys.items(), shares))
    caption = f"arrows in the plane: the query {list(query)}, and the keys: {found}"
    return Picture(figure, caption)


def model_diagram(shapes):
    """The parts of train3's model from top to bottom, each with its number of weights.

    shapes: (n_out, n_in) by name, as `transformer_shapes` gives them
    """
    count = {name: rows * columns for name, (rows, columns) in shapes.items()}
    attention = sum(count[name] for name in ("wq", "wk", "wv", "wo"))
    boxes = [
        (f"wte + wpe: {count['wte'] + count['wpe']} weights", 0),
        ("rmsnorm", 0),
        (f"rmsnorm, attention, wo: {attention:,} weights", 1),
        ("+", 0),
        (f"rmsnorm, fc1, ReLU, fc2: {count['fc1'] + count['fc2']:,} weights", 1),
        ("+", 0),
        (f"lm_head: {count['lm_head']} weights", 0),
    ]
    figure, axes = new_axes(5.0, 5.6)
    axes.set_axis_off()
    axes.set_xlim(0, 10)
    axes.set_ylim(-1.3, len(boxes) + 0.3)
    heights = [len(boxes) - 1 - i for i in range(len(boxes))]
    for (text, beside), y in zip(boxes, heights):
        draw_box(axes, text, y, beside)
    for y, (_, beside), (_, next_beside) in zip(heights, boxes, boxes[1:]):
        if not beside and not next_beside:
            arrow(axes, (2.0, y - 0.3), (2.0, y - 0.7))
        elif next_beside:  # one way goes round the box on the right, the other through it
            axes.plot([2.0, 2.0], [y - 0.3, y - 0.5], color="black", linewidth=1.3)
            arrow(axes, (2.0, y - 0.5), (2.0, y - 1.7))
            axes.plot([2.0, 6.6], [y - 0.5, y - 0.5], color="black", linewidth=1.3)
            arrow(axes, (6.6, y - 0.5), (6.6, y - 0.7))
        else:
            axes.plot([6.6, 6.6], [y - 0.3, y - 1], color="black", linewidth=1.3)
            arrow(axes, (6.6, y - 1), (2.45, y - 1))
    arrow(axes, (2.0, -0.3), (2.0, -0.7))
    axes.text(2.0, -1.0, "logits of the next letter", ha="center", va="center", fontsize=10)
    caption = (
        "diagram of the model from top to bottom: " + "; ".join(text for text, _ in boxes) + "; "
        f"a line leads past attention, and one past fc1 and fc2, to the plus signs; "
        f"{sum(count.values()):,} weights in all"
    )
    return Picture(figure, caption)


def draw_box(axes, text, y, beside):
    """Nothing; draws one part of the diagram, on the main line or beside it."""
    if text == "+":
        axes.text(2.0, y, "+", ha="center", va="center", fontsize=13, bbox=ROUND)
        return
    words = text.replace(": ", "\n")
    left, width = (3.4, 6.4) if beside else (0.1, 3.8)
    box = FancyBboxPatch((left, y - 0.3), width, 0.6, boxstyle="round,pad=0,rounding_size=0.1")
    box.set(facecolor="#e8f3f0" if beside else "white", edgecolor=STAGE_COLOURS["train3"])
    axes.add_patch(box)
    axes.text(left + width / 2, y, words, ha="center", va="center", fontsize=9)


def arrow(axes, start, end):
    """Nothing; draws an arrow."""
    line = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.3, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=line)


ROUND = {"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "black"}


def loss_beside(losses, marks, window=100):
    """Losses (steps,) in nats per token, their mean over a sliding window, and marks to beat.

    marks: up to three losses by label, each drawn as a line with a dash of its own
    """
    window = min(window, len(losses))
    figure, axes = new_axes(height=3.8)
    colour = STAGE_COLOURS["train3"]
    steps = range(1, len(losses) + 1)
    axes.plot(steps, losses, ".", markersize=3, alpha=0.3, color=colour, label="one name")
    means = [sum(losses[i - window : i]) / window for i in range(window, len(losses) + 1)]
    axes.plot(steps[window - 1 :], means, color=colour, label=f"mean of {window} names")
    for (label, level), dashes in zip(marks.items(), ["--", ":", "-."]):
        axes.axhline(level, linestyle=dashes, color="black", linewidth=1.3, label=label)
    axes.set_ylim(min(losses) - 0.1, max(losses[0], *means) + 0.5)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats per token)")
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    levels = " and ".join(f"{label} at {level:.4f}" for label, level in marks.items())
    caption = (
        f"loss over {len(losses):,} steps of train3, one dot a name; the mean of {window} names "
        f"goes from {means[0]:.4f} to {means[-1]:.4f} nats per token; level lines mark {levels}"
    )
    return Picture(figure, caption)
