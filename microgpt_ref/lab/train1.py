"""train1's figures, and what it plays with: one weight, the loss and its slope."""

import math

from matplotlib.figure import Figure

from microgpt_ref.lab.figures import STAGE_COLOURS, Picture, new_axes, token_label
from microgpt_ref.mlp import numerical_slope


def rounded(numbers):
    """The numbers, to 4 decimals, as a list."""
    return [round(number, 4) for number in numbers]


def weight_curve(loss, row, j, low=-1.0, high=2.0):
    """Two lists (61,): values of the weight row[j] from low to high, and loss() at each."""
    kept, losses = row[j], []
    weights = [low + (high - low) * i / 60 for i in range(61)]
    for weight in weights:
        row[j] = weight
        losses.append(loss())
    row[j] = kept
    return weights, losses


def show_weight(weight, loss, row, j):
    """The loss as a function of row[j], and the tangent where row[j] = weight, as a Picture.

    loss: a function without arguments that reads row[j], which is left as it was found
    """
    weights, losses = weight_curve(loss, row, j)
    kept, row[j] = row[j], weight
    here, slope = loss(), numerical_slope(loss, row, j)
    row[j] = kept
    figure, axes = new_axes(height=3.4)
    axes.plot(weights, losses, color=STAGE_COLOURS["train1"], label="loss")
    ends = [weight - 0.6, weight + 0.6]
    tangent = [here + slope * (end - weight) for end in ends]
    axes.plot(ends, tangent, "--", color="black", linewidth=1.2, label="tangent: its slope")
    axes.plot([weight], [here], "o", color="black", label="where the weight is")
    axes.set_xlim(weights[0] - 0.1, weights[-1] + 0.1)
    margin = 0.08 * (max(losses) - min(losses)) or 0.1  # the curve may be flat
    axes.set_ylim(min(losses) - 2 * margin, max(losses) + margin)
    axes.set_xlabel("the weight")
    axes.set_ylabel("loss (nats per token)")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    lowest = min(range(len(losses)), key=losses.__getitem__)
    caption = (
        f"curve of the loss over one weight, lowest near {weights[lowest]:.2f} "
        f"({losses[lowest]:.4f} nats per token); at {weight:.2f} the loss is {here:.4f} "
        f"and the slope of its tangent {slope:.4f}"
    )
    return Picture(figure, caption)


def moved_share(p, q):
    """How much probability would have to be moved to turn p (V,) into q (V,), from 0 to 1."""
    return sum(abs(a - b) for a, b in zip(p, q)) / 2


def tables_compared(counted, learned, times, often=100):
    """Two tables of probabilities (V, V), one against the other: a mark for each pair.

    times: how often each token was seen (V,); the pairs of those seen less than `often` get a
        mark of their own
    """
    figure, axes = new_axes(5.4, 5.0)
    mean = {}
    for kind, marker, colour in (("rare", "x", "train0"), ("frequent", ".", "train1")):
        tokens = [t for t, n in enumerate(times) if (n >= often) == (kind == "frequent")]
        sign = "≥" if kind == "frequent" else "<"
        axes.plot(
            [p for t in tokens for p in counted[t]],
            [p for t in tokens for p in learned[t]],
            marker,
            markersize=5,
            alpha=0.8,
            color=STAGE_COLOURS[colour],
            label=f"first token seen {sign} {often} times",
        )
        shares = [moved_share(counted[t], learned[t]) for t in tokens]
        mean[kind] = f"{len(tokens)} tokens, mean {sum(shares) / max(1, len(shares)):.2f}"
    top = max(max(row) for row in [*counted, *learned])
    axes.plot([0, top], [0, top], "--", color="black", linewidth=1, label="equal")
    axes.set_xlabel("probability by counting")
    axes.set_ylabel("probability by learning")
    figure.legend(loc="outside upper center", ncols=1, frameon=False, fontsize=9)
    caption = (
        f"{len(counted) ** 2} pairs, counted against learned probability; the nearer to the dashed "
        "diagonal, the more alike. Share of a row's probability that would have to be moved "
        "to make the two tables agree: "
        f"{mean['frequent']}, for those seen at least {often} times (dots); "
        f"{mean['rare']}, for the rarer ones (crosses)"
    )
    return Picture(figure, caption)


def temperature_bars(probs_at, tokenizer, after):
    """Probabilities (V,) of what follows the token `after`, at each of some temperatures.

    probs_at: a dictionary from temperatures to probabilities
    """
    figure = Figure(figsize=(6.4, 1.6 * len(probs_at)), layout="constrained")
    panels = figure.subplots(len(probs_at), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    labels = [token_label(tokenizer, token) for token in range(tokenizer.vocab_size)]
    parts = []
    for axes, (temperature, probs) in zip(panels, probs_at.items()):
        axes.bar(range(len(probs)), probs, color=STAGE_COLOURS["train1"])
        axes.set_title(f"temperature {temperature:g}", fontsize=9, loc="right", y=0.75)
        axes.spines[["top", "right"]].set_visible(False)
        best = max(range(len(probs)), key=probs.__getitem__)
        parts.append(f"{temperature:g}: {labels[best]} at {probs[best]:.4f}")
    panels[-1].set_xticks(range(len(labels)), labels, fontsize=9)
    panels[-1].set_xlabel("next token (· marks the end)")
    figure.supylabel("probability", fontsize=10)
    where = token_label(tokenizer, after)
    caption = (
        f"bars of the probability of each token after {where}; likeliest at temperature "
        + ", at ".join(parts)
    )
    return Picture(figure, caption)


def widest_gap(loss, weights, grads, n, rng):
    """The largest difference between a gradient and nudging, over n weights that rng chooses.

    loss: a function without arguments that reads the weights
    """
    places = [
        (name, i, j) for name, w in weights.items() for i, r in enumerate(w) for j in range(len(r))
    ]
    return max(
        abs(grads[name][i][j] - numerical_slope(loss, weights[name][i], j))
        for name, i, j in rng.sample(places, n)
    )


def cosine(x, y):
    """The cosine of the angle between two vectors (n,), neither of them 0: from -1 to 1."""
    return math.fsum(a * b for a, b in zip(x, y)) / (math.hypot(*x) * math.hypot(*y))


def most_alike(rows, tokenizer, character, k=4):
    """The k characters whose rows point most nearly where the row of `character` does, best first.

    rows: a vector for each token, such as wte
    """
    row = rows[tokenizer.characters.index(character)]
    near = {c: cosine(row, other) for c, other in zip(tokenizer.characters, rows) if c != character}
    return sorted(near, key=near.get, reverse=True)[:k]
