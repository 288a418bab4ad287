"""train1's figures, and what it plays with: one weight, the loss and its slope."""

import math

from microgpt_ref.lab.canvas import Chart
from microgpt_ref.lab.canvas.drawing import DASHED
from microgpt_ref.lab.figures import Picture, chart_on, listed, token_label
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
    margin = 0.08 * (max(losses) - min(losses)) or 0.1  # the curve may be flat

    def draw(drawing):
        y = min(losses) - 2 * margin, max(losses) + margin
        chart = chart_on(drawing, (weights[0] - 0.1, weights[-1] + 0.1), y, 270, 240)
        chart.y_axis("loss (nats per token)")
        chart.x_axis("the weight")
        chart.line(weights, losses, "train1", 3)
        ends = [weight - 0.6, weight + 0.6]
        chart.line(ends, [here + slope * (end - weight) for end in ends], "ink", 1.6, DASHED)
        x, y = chart.at(weight, here)
        drawing.circle(x, y, 6, "ink", "paper", 2)
        words = f"slope {slope:.2f}".replace("-", "−")
        side = "end" if slope < 0 else "start"  # below the curve, where there is room
        gap = -10 if slope < 0 else 10
        drawing.text(x + gap, y + 18, words, 14, "ink", side, bold=True, halo=True)

    lowest = min(range(len(losses)), key=losses.__getitem__)
    description = (
        f"Curve of the loss over one weight, lowest near {weights[lowest]:.2f} "
        f"({losses[lowest]:.4f} nats per token). At {weight:.2f} the loss is {here:.4f} "
        f"and the slope of its tangent is {slope:.4f}."
    )
    return Picture(draw, slope_caption(weight, slope), description)


def slope_caption(weight, slope):
    """What a slope says about the way to go, as a sentence."""
    if abs(slope) < 0.005:
        return (
            f"At {weight:.2f} the tangent is level: a small step either way gains next to nothing."
        )
    if slope < 0:
        return f"At {weight:.2f} the loss falls as the weight grows, so the weight should grow."
    return f"At {weight:.2f} the loss rises as the weight grows, so the weight should shrink."


def moved_share(p, q):
    """How much probability would have to be moved to turn p (V,) into q (V,), from 0 to 1."""
    return sum(abs(a - b) for a, b in zip(p, q)) / 2


def tables_compared(counted, learned, times, often=100):
    """Two tables of probabilities (V, V), one against the other: a mark for each pair.

    times: how often each token was seen (V,); the pairs of those seen less than `often` get a
        mark of their own
    """
    frequent = [t for t, n in enumerate(times) if n >= often]
    rare = [t for t, n in enumerate(times) if n < often]
    mean = {}
    for kind, tokens in (("frequent", frequent), ("rare", rare)):
        shares = [moved_share(counted[t], learned[t]) for t in tokens]
        mean[kind] = sum(shares) / max(1, len(shares))

    def pairs(tokens):
        return [(p, q) for t in tokens for p, q in zip(counted[t], learned[t])]

    def draw(drawing):
        draw_tables(drawing, pairs(frequent), pairs(rare), often)

    description = (
        f"{len(counted) ** 2} pairs, counted against learned probability. The nearer a mark is to "
        "the dashed diagonal, the better the two agree. To turn a counted row into the learned "
        f"one, {mean['frequent']:.2f} of its probability would have to move on average after "
        f"tokens seen at least {often} times (dots, {len(frequent)} tokens), and "
        f"{mean['rare']:.2f} after rarer ones (crosses, {len(rare)} tokens)."
    )
    caption = "Counting and learning arrive at much the same table"
    if frequent and rare and mean["frequent"] < mean["rare"]:
        caption += " wherever there was enough to learn from"
    if mean["frequent"] > 0.3:
        caption = "Counting and learning arrive at different tables"
    return Picture(draw, caption + ".", description)


def draw_tables(drawing, frequent, rare, often):
    """Draw two lists of pairs (counted, learned) as dots and crosses."""
    top = 1.04 * max([max(pair) for pair in [*frequent, *rare]])
    side = drawing.by_width(400, 300)
    right = drawing.width - 44 - side
    chart = chart_on(drawing, (0, top), (0, top), side, side, right=right, top=56)
    chart.y_axis("")
    chart.x_axis("probability by counting")
    drawing.text(10, 14, "probability by learning", 13, "soft")
    chart.line([0, top], [0, top], "ink", 1.2, DASHED)
    places = [chart.at(*pair) for pair in frequent]
    drawing.dots(places, 2.6, "train1", 0.8)
    drawing.crosses([chart.at(*pair) for pair in rare], 2.6, "train0", 1.3)
    x, y = chart.at(0.8 * top, 0.8 * top)
    drawing.text(x + 10, y + 12, "equal", 13, halo=True)
    left, at = drawing.by_width((chart.right + 24, chart.top + 30), (44, 36))
    drawing.dots([(left, at)], 3.4, "train1")
    drawing.text(
        left + 12,
        at,
        drawing.by_width(f"after a letter seen\n{often} times or more", f"seen {often}+ times"),
        13,
        "train1",
        bold=True,
    )
    left, at = drawing.by_width((left, at + 56), (200, 36))
    drawing.crosses([(left, at)], 3.4, "train0", 1.6)
    drawing.text(
        left + 12,
        at,
        drawing.by_width("after a rarer letter", "seen less"),
        13,
        "train0",
        bold=True,
    )


def temperature_bars(probs_at, tokenizer, after):
    """Probabilities (V,) of what follows the token `after`, at each of some temperatures.

    probs_at: a dictionary from temperatures to probabilities
    """
    labels = [token_label(tokenizer, token) for token in range(tokenizer.vocab_size)]
    where = token_label(tokenizer, after)
    best = {t: max(range(len(probs)), key=probs.__getitem__) for t, probs in probs_at.items()}
    most = max(max(probs) for probs in probs_at.values())

    def draw(drawing):
        each, height = 96, 64
        for k, (temperature, probs) in enumerate(probs_at.items()):
            top = 30 + k * each
            edges = 10, top, drawing.width - 10, top + height
            chart = Chart(drawing, edges, (-0.6, len(labels) - 0.4), (0, most))
            shades = [1.0 if i == best[temperature] else 0.45 for i in range(len(probs))]
            drawing.line([(10, top + height), (drawing.width - 10, top + height)], "soft", 1)
            chart.bars(probs, "train1", opacity=shades)
            x, y = chart.at(best[temperature], probs[best[temperature]])
            words = f"{probs[best[temperature]]:.2f}"
            drawing.text(x, y - 9, words, 12, "ink", "middle", bold=True, halo=True)
            right = drawing.width - 10
            drawing.text(
                right, top - 8, f"temperature {temperature:g}", 13, "ink", "end", halo=True
            )
        for i, label in enumerate(labels):
            drawing.text(chart.x(i), chart.bottom + 13, label, 12, "soft", "middle")
        words = f"probability of what follows {where} (· marks the end)"
        drawing.text(drawing.width / 2, chart.bottom + 36, words, 13, "soft", "middle")
        drawing.height = chart.bottom + 50

    parts = [f"at {t:g}, {labels[i]} with {probs_at[t][i]:.4f}" for t, i in best.items()]
    description = (
        f"Bar charts of the probability of each token after {where}, one for each temperature. "
        f"The likeliest: {'; '.join(parts)}."
    )
    tops = [probs_at[t][best[t]] for t in sorted(probs_at)]
    caption = f"After {where}, the likeliest token is {labels[best[min(best)]]}."
    if len(tops) > 1 and tops == sorted(tops, reverse=True):
        caption = "The lower the temperature, the more the likeliest token takes from the others."
    return Picture(draw, caption, description)


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


def widest_directions(rows, rounds=500):
    """The two directions, vectors (n,) of length 1, in which rows (k, n) spread widest.

    The first two principal components, found by multiplying by the rows again and again.
    """
    found = []
    for first in range(2):
        axis = [1.0 + (j == first) for j in range(len(rows[0]))]
        for _ in range(rounds):
            along = [math.fsum(a * b for a, b in zip(row, axis)) for row in rows]
            axis = [math.fsum(a * r for a, r in zip(along, column)) for column in zip(*rows)]
            for other in found:
                shared = math.fsum(a * b for a, b in zip(axis, other))
                axis = [a - shared * b for a, b in zip(axis, other)]
            length = math.hypot(*axis)
            axis = [a / length for a in axis]
        found.append(axis)
    return found


def flat(rows, marked):
    """Places (x, y) of rows on the plane in which they spread widest, and the share that it keeps.

    marked: indices of rows; their mean lies to the right, and the first of them not below
    """
    means = [math.fsum(column) / len(rows) for column in zip(*rows)]
    rows = [[a - mean for a, mean in zip(row, means)] for row in rows]
    axes = widest_directions(rows)
    places = [[math.fsum(a * b for a, b in zip(row, axis)) for axis in axes] for row in rows]
    turned = [math.fsum(places[i][0] for i in marked) < 0, places[marked[0]][1] < 0]
    places = [tuple(-a if turn else a for a, turn in zip(place, turned)) for place in places]
    whole = math.fsum(a * a for row in rows for a in row)
    return places, math.fsum(x * x + y * y for x, y in places) / whole


def embedding_maps(before, after, tokenizer, marked="aeiouy"):
    """The embeddings of all characters as a map, before training and after it, as a Picture.

    before, after: a vector for each token, such as wte; marked: characters in the lesson's colour
    """
    characters = list(tokenizer.characters)
    chosen = [characters.index(c) for c in marked]
    maps = {"before training": before, "after training": after}
    flattened = {title: flat(rows[: len(characters)], chosen) for title, rows in maps.items()}

    def draw(drawing):
        draw_maps(drawing, {title: places for title, (places, _) in flattened.items()}, characters,
                  marked)  # fmt: skip

    rightmost = {}
    for title, (places, _) in flattened.items():
        ranked = sorted(range(len(characters)), key=lambda i: -places[i][0])
        rightmost[title] = [characters[i] for i in ranked[: len(marked)]]
    words = [
        f"{title.capitalize()}, this plane keeps {share:.0%} of the spread, and the letters "
        f"furthest to the right are {listed(rightmost[title])}"
        for title, (_, share) in flattened.items()
    ]
    description = (
        f"Two maps of {len(characters)} letters, each on the plane in which their embeddings "
        f"spread widest. {'. '.join(words)}."
    )
    caption = "Training moves the letters to places of their own."
    together = [set(letters) == set(marked) for letters in rightmost.values()]
    if together == [False, True]:
        caption = "Scattered before training, the vowels stand together after it."
    return Picture(draw, caption, description)


def draw_maps(drawing, maps, characters, marked):
    """Draw maps by their titles, side by side where there is room; each fills its square."""
    side = drawing.by_width(drawing.width / 2 - 20, drawing.width - 20)
    for k, (title, places) in enumerate(maps.items()):
        left = 10 + k * drawing.by_width(drawing.width / 2, 0)
        top = 30 + k * drawing.by_width(0, side * 0.8 + 40)
        drawing.text(left + 4, top - 14, title, 14, "ink", bold=True)
        xs, ys = zip(*places)
        box = left + 16, top + 16, left + side - 16, top + 0.8 * side - 16
        chart = Chart(drawing, box, (min(xs), max(xs)), (min(ys), max(ys)))
        drawing.rectangle(left, top, side, 0.8 * side, "ink", 0.03)
        for character, place in zip(characters, places):
            x, y = chart.at(*place)
            if character in marked:
                drawing.text(x, y, character, 22, "train1", "middle", bold=True, halo=True)
            else:
                drawing.text(x, y, character, 15, "soft", "middle")
        drawing.height = top + 0.8 * side + 10
