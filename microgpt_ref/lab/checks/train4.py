"""Checks of train4's exercises."""

import itertools
import math
import random

from microgpt_ref.gpt import multi_head_attention
from microgpt_ref.lab.checks.comparing import (
    Wrong,
    attempt,
    call,
    collect,
    described,
    equal,
    is_value,
    plain,
)
from microgpt_ref.layers import dot, softmax
from microgpt_ref.transformer import attention
from microgpt_ref.value import Value

CHECKS = {}
exercise = collect(CHECKS)
BETA1, BETA2, EPS = 0.85, 0.99, 1e-8


def vector(rng, size, spread=1.0):
    """A list of numbers from a bell curve."""
    return [rng.gauss(0, spread) for _ in range(size)]


@exercise("train4.multi_head", ours=("gpt.multi_head_attention",))
def multi_head(answer, rng):
    """Attention on slices of the vectors, their outputs one after another."""
    cases = [(12, 6, 5), (6, 3, 2), (8, 2, 3), (5, 1, 4), (4, 4, 3), (6, 2, 1)]
    for size, n_head, n_seen in cases:
        q = vector(rng, size, 2.0)
        keys = [vector(rng, size) for _ in range(n_seen)]
        values = [vector(rng, size) for _ in range(n_seen)]
        whole = "A slice takes whole numbers: // gives them, and / doesn't."
        places = "keys[2:4] are positions, and there may be none: cut each key, and each value."
        empty = "A head has got no entries: does its slice begin behind the end of q?"
        errors = {TypeError: whole, ValueError: places, IndexError: empty, ZeroDivisionError: empty}
        got = call(answer, q, keys, values, n_head, shares=True, errors=errors)
        width = size // n_head
        heads = [slice(i, i + width) for i in range(0, size, width)]

        def one(h, k=None, v=None, scale=None, q=q, keys=keys, values=values):
            """Attention with the query q[h], the keys k and the values v, all cut by default."""
            k = [key[h] for key in keys] if k is None else k
            v = [value[h] for value in values] if v is None else v
            scale = math.sqrt(len(q[h])) if scale is None else scale
            shares = softmax([dot(q[h], key) / scale for key in k])
            return [dot(shares, column) for column in zip(*v)]

        def joined(make, heads=heads):
            return [number for h in heads for number in make(h)]

        def cut_by(width, size=size):
            return [slice(i, i + width) for i in range(0, size, width)]

        def strided(n_head=n_head, size=size):
            out = [0.0] * size
            for h in range(n_head):
                out[h::n_head] = one(slice(h, None, n_head))
            return out

        parts = [one(h) for h in heads]
        equal(
            got,
            multi_head_attention(q, keys, values, n_head),
            f"{n_head} heads, vectors of {size}: the output",
            {
                "Four heads are fixed in it: take n_head.": lambda: (
                    multi_head_attention(q, keys, values, 4) if n_head != 4 else None
                ),
                "That is one head for all: each has shares of its own, from its slices of q and of "
                "the keys.": attention(q, keys, values),
                "The scores are those of whole vectors: each head has its own, from its slices of "
                "q and of the keys.": lambda: attention(
                    [x * math.sqrt(n_head) for x in q], keys, values
                ),
                "Slices of n_head entries were cut: n_head says how many slices there are.": (
                    lambda: joined(one, cut_by(n_head))
                ),
                "A head has 4 entries here, whatever n_head is: it has len(q) // n_head.": lambda: (
                    joined(one, cut_by(4)[:n_head])
                ),
                "Each slice begins one entry further on: it should begin where the last one "
                "ends.": lambda: joined(one, [slice(h, h + width) for h in range(n_head)]),
                "A head has neighbours, q[0:2], not every so-manyth entry.": lambda: [
                    x for h in range(n_head) for x in one(slice(h, None, n_head))
                ],
                "A head has neighbours, q[0:2]: here a head has every nth entry.": strided,
                "The scores are divided by √len(q): a head's own size is smaller.": lambda: joined(
                    lambda h: one(h, scale=math.sqrt(len(q)))
                ),
                "The scores are not divided by the root of the head's size.": lambda: joined(
                    lambda h: one(h, scale=1.0)
                ),
                "The keys aren't cut: every head meets their first entries.": lambda: joined(
                    lambda h: one(h, k=keys)
                ),
                "The values aren't cut: each head answers with its own slice of them.": lambda: (
                    joined(lambda h: one(h, v=values))[: size if len(got) == size else None]
                ),
                "Each head's output is a list of its own here: put them together with +=, not "
                "with append.": parts,
                "The heads' outputs are added up: put them one after another.": lambda: [
                    sum(numbers) for numbers in zip(*parts)
                ],
                "The heads' outputs are averaged: put them one after another.": lambda: [
                    sum(numbers) / n_head for numbers in zip(*parts)
                ],
                "Every head has the first slice: move on by the size of a head.": parts[0] * n_head,
                "Only the first head answers: is there a return inside the loop?": parts[0],
                "Only the last head answers: start the output once, before the loop.": parts[-1],
                "The last head comes first.": lambda: joined(one, heads[::-1]),
                "The last head is missing.": lambda: joined(one, heads[:-1]),
                "Keys and values have changed places.": lambda: multi_head_attention(
                    q, values, keys, n_head
                ),
                "Each head's output is the last head's: [[0] * n] * n repeats one list.": lambda: (
                    parts[-1] * n_head
                ),
                "Each head sees the last position alone.": lambda: list(values[-1]),
            },
        )


@exercise("train4.adam_step", ours=("adam.Adam.step",))
def adam_step(answer, rng):
    """Weights, m and v after one step of Adam, from the step's number on."""
    cases = [(3, 4, 0.5), (1, 3, 0.01), (40, 2, 0.3), (2, 1, 0.01)]
    for t, size, rate in cases:
        weights, g = vector(rng, size), vector(rng, size, 0.3)
        m = [0.0] * size if t == 1 else vector(rng, size, 0.1)
        v = [0.0] * size if t == 1 else [x * x + 0.01 for x in vector(rng, size, 0.2)]
        one_adam_step(answer, f"Step {t}", (weights, g, m, v, t, rate))
    small = [3e-7, -2e-6, 0.0]
    one_adam_step(
        answer, "Step 1, tiny gradients", ([0.5, -0.25, 1.5], small, [0.0] * 3, [0.0] * 3, 1, 0.01)
    )
    before = [0.2, -0.1, 0.0], [0.05, 0.02, 0.0]
    one_adam_step(
        answer, "Step 6, two gradients of 0", ([0.5, -0.25, 1.5], [0.0, 0.3, 0.0], *before, 6, 0.1)
    )


def one_adam_step(answer, when, arguments):
    """Raise Wrong unless an answer's weights, m and v are right after one step."""
    zero = "ε keeps a weight whose gradient has always been 0 from dividing by 0: is it added?"
    zero += " Or is it the correction, with t one too small?"
    root = "Is β taken times t? It is β to the power t, so that 1 minus it is never negative."
    result = call(answer, *arguments, errors={ZeroDivisionError: zero, ValueError: root})
    if not isinstance(result, list | tuple) or len(result) != 3:
        raise Wrong(
            f"It returns {described(result)}, not three lists.",
            "End with: return new_weights, new_m, new_v.",
        )
    weights, g, m0, v0, t, rate = arguments
    a, b = 1 - BETA1, 1 - BETA2
    m = [x + a * (y - x) for x, y in zip(m0, g)]
    v = [x + b * (y * y - x) for x, y in zip(v0, g)]
    corrections = 1 - BETA1**t, 1 - BETA2**t
    stored = "The corrected {0} is for this step alone: hand on {0} as it is."
    carried = "Each weight has its own {}: here the one before is carried on from weight to weight."
    skipped = "Where the gradient is 0, {} changes too: 0 is mixed in like any other number."
    equal(
        result[1],
        m,
        f"{when}: m",
        {
            "β₁ and 1 - β₁ have changed places: most of m is kept.": [
                a * x + BETA1 * y for x, y in zip(m0, g)
            ],
            "The new gradient gets the weight 1 - β₁, here it has 1.": [
                BETA1 * x + y for x, y in zip(m0, g)
            ],
            "The old m is kept whole: it gets the weight β₁.": [x + a * y for x, y in zip(m0, g)],
            "This is β₁ = 0.9, as in the paper: here it is 0.85.": [
                0.9 * x + 0.1 * y for x, y in zip(m0, g)
            ],
            "m has β₁ = 0.85; this is β₂.": [BETA2 * x + b * y for x, y in zip(m0, g)],
            "m is as it was before the step.": m0,
            "The old m is forgotten.": [a * y for y in g],
            "This is the gradient itself: mix a little of it into m.": g,
            stored.format("m"): [x / corrections[0] for x in m],
            "m is the running mean of the gradients, not of their squares.": [
                BETA1 * x + a * y * y for x, y in zip(m0, g)
            ],
            "These are the weights: return weights, m and v, in this order.": (
                lambda: adam_moved(weights, m, v, rate, corrections)
            ),
            "This is v: return weights, m and v, in this order.": v,
            carried.format("m"): running(m0[0], g, BETA1),
            skipped.format("m"): [new if y else x for x, y, new in zip(m0, g, m)],
        },
    )
    equal(
        result[2],
        v,
        f"{when}: v",
        {
            "v is the running mean of the squares of the gradients: they aren't squared.": [
                BETA2 * x + b * y for x, y in zip(v0, g)
            ],
            "v takes the squares of the gradients, not their sizes.": [
                BETA2 * x + b * abs(y) for x, y in zip(v0, g)
            ],
            "β₂ and 1 - β₂ have changed places: most of v is kept.": [
                b * x + BETA2 * y * y for x, y in zip(v0, g)
            ],
            "The square gets the weight 1 - β₂, here it has 1.": [
                BETA2 * x + y * y for x, y in zip(v0, g)
            ],
            "1 - β₂ is squared too: square the gradient alone.": [
                BETA2 * x + (b * y) ** 2 for x, y in zip(v0, g)
            ],
            "The old v is kept whole: it gets the weight β₂.": [
                x + b * y * y for x, y in zip(v0, g)
            ],
            "This is β₂ = 0.999, as in the paper: here it is 0.99.": [
                0.999 * x + 0.001 * y * y for x, y in zip(v0, g)
            ],
            "v has β₂ = 0.99; this is β₁.": [BETA1 * x + a * y * y for x, y in zip(v0, g)],
            "v takes the square of the gradient, not that of m.": [
                BETA2 * x + b * y * y for x, y in zip(v0, m)
            ],
            "v is as it was before the step.": v0,
            "The old v is forgotten.": [b * y * y for y in g],
            stored.format("v"): [x / corrections[1] for x in v],
            "This is the root of v: hand on v itself.": [math.sqrt(x) for x in v],
            carried.format("v"): running(v0[0], [y * y for y in g], BETA2),
            skipped.format("v"): [new if y else x for x, y, new in zip(v0, g, v)],
        },
    )

    def moved(m=m, v=v, rate=rate, corrections=corrections, root=math.sqrt, eps=EPS):
        return adam_moved(weights, m, v, rate, corrections, root, eps)

    equal(
        result[0],
        moved(),
        f"{when}: the weights",
        {
            "The step goes uphill: subtract it.": lambda: moved(rate=-rate),
            "The start isn't corrected: divide m and v by what they lack.": lambda: moved(
                corrections=(1, 1)
            ),
            "m isn't corrected.": lambda: moved(corrections=(1, corrections[1])),
            "v isn't corrected.": lambda: moved(corrections=(corrections[0], 1)),
            "v is corrected after the root: divide first, then take the root.": lambda: moved(
                corrections=(corrections[0], corrections[1] ** 2)
            ),
            "The correction is that of the first step, whatever t is: use β to the power t.": (
                lambda: moved(corrections=(a, b))
            ),
            "The correction is that of the next step: t counts from 1.": lambda: moved(
                corrections=(1 - BETA1 ** (t + 1), 1 - BETA2 ** (t + 1))
            ),
            "The correction is that of the step before: t counts from 1.": lambda: moved(
                corrections=(1 - BETA1 ** (t - 1), 1 - BETA2 ** (t - 1))
            ),
            "The two corrections have changed places.": lambda: moved(
                corrections=(corrections[1], corrections[0])
            ),
            "m and v are multiplied by 1 - β to the power t: divide by it.": lambda: moved(
                corrections=(1 / corrections[0], 1 / corrections[1])
            ),
            "ε is added to the quotient: add it to the root, before you divide.": lambda: [
                new - rate * EPS for new in moved(eps=0)
            ],
            "ε is missing, or much smaller than 0.00000001.": lambda: moved(eps=0),
            **{
                f"ε is 0.00000001, or 1e-8: here it is {eps:g}.": moved(eps=eps)
                for eps in (1e-5, 1e-6, 1e-7)
            },
            "The root of v is missing.": lambda: moved(root=lambda x: x),
            "ε stands inside the root: add it after.": lambda: [
                p - rate * x / corrections[0] / math.sqrt(y / corrections[1] + EPS)
                for p, x, y in zip(weights, m, v)
            ],
            "The step uses m and v as they were: update them first.": lambda: moved(m=m0, v=v0),
            "The step uses m as it was: update it first.": lambda: moved(m=m0),
            "The step uses v as it was: update it first.": lambda: moved(v=v0),
            "The step takes the gradient itself: it goes along m.": lambda: moved(
                m=[y * corrections[0] for y in g]
            ),
            "The step isn't divided by the root of v.": lambda: [
                p - rate * x / corrections[0] for p, x in zip(weights, m)
            ],
            "A weight goes on along m, even where its gradient is 0.": lambda: [
                new if y else p for p, y, new in zip(weights, g, moved())
            ],
            "This is SGD's step.": lambda: [p - rate * y for p, y in zip(weights, g)],
            "The rate is missing.": lambda: moved(rate=1),
            "The weights are as they were.": weights,
            "This is the step alone: subtract it from the weights.": lambda: [
                p - new for p, new in zip(weights, moved())
            ],
        },
    )


def running(mean, numbers, beta):
    """The running means of numbers, from one that is given."""
    means = []
    for number in numbers:
        mean = beta * mean + (1 - beta) * number
        means.append(mean)
    return means


def adam_moved(weights, m, v, rate, corrections, root=math.sqrt, eps=EPS):
    """The weights after a step along m, divided by the root of v."""
    return [
        p - rate * (x / corrections[0]) / (root(y / corrections[1]) + eps)
        for p, x, y in zip(weights, m, v)
    ]


@exercise("train4.by_hand")
def by_hand(answer, rng):
    """The second step of Adam, at the gradients 0.02 and -0.02 and the rate 0.01, from 0.5."""
    m, m_hat = -0.00045, -0.00045 / 0.2775
    wanted = 0.49 - 0.01 * m_hat / 0.02
    root = math.sqrt(7.96e-6)
    equal(
        answer,
        wanted,
        "Your weight",
        {
            "That is as if the second step were as long as the rate: the two gradients disagree, "
            "so m is smaller than either.": 0.5,
            "Both steps go the same way here: m has changed its sign with the second gradient.": (
                0.98 - wanted
            ),
            "That is the weight after the first step: there is a second one.": 0.49,
            "The first step is missing: the second begins at 0.49.": wanted + 0.01,
            "That is the second step alone: subtract it from 0.49.": wanted - 0.49,
            "That is how far it moves, with the wrong sign: and the weight is asked for.": (
                0.49 - wanted
            ),
            "Neither step is corrected: the first is 1.5 times too long.": 0.485 - 0.01 * m / root,
            "The second step isn't corrected.": 0.49 - 0.01 * m / root,
            "The second step has the first one's correction: now t = 2.": 0.49
            - 0.01 * (m / 0.15) / math.sqrt(7.96e-4),
            "m has the first step's correction: now t = 2.": 0.49 - 0.01 * (m / 0.15) / 0.02,
            "m isn't corrected in the second step. (Or is that SGD's step, rate times "
            "gradient?)": 0.49 - 0.01 * m / 0.02,
            "v isn't corrected in the second step.": 0.49 - 0.01 * m_hat / root,
            "v is not under a root.": 0.49 - 0.01 * m_hat / 0.0004,
            "v is corrected after the root: divide first, then take the root.": 0.49
            - 0.01 * m_hat / (root / 0.0199),
            "The second gradient has the weight 0.15, and m keeps 0.85; you have them the other "
            "way round.": 0.49 + 0.01 * (0.0145 / 0.9775) / 0.02,
            "The first m was 0.003: the second keeps 0.85 of that, not of the gradient.": 0.49
            - 0.01 * ((0.85 * 0.02 - 0.003) / 0.2775) / 0.02,
            "The step isn't divided by the root of v.": 0.5 - 0.01 * 0.02 - 0.01 * m_hat,
        },
        tolerance=6e-5,
        reveal=False,
    )


@exercise("train4.clip", usual=8)
def clip(answer, rng):
    """Gradients of a length, all matrices together, of at most the limit, in their direction."""
    shapes = {"wte": (3, 2), "layer0.wq": (2, 2), "lm_head": (1, 4)}
    other = {"fc1": (4, 3), "fc2": (1, 1)}
    cases = [(other, 30.0, 0.5), (shapes, 5.0, 2.0), (shapes, 0.7, 2.0), (other, 0.002, 0.003)]
    cases += [(shapes, 1.25, 1.0), (other, 3.0, 1.0)]
    cases += [(shapes, 1.25, 1.5), (other, 0.8, 0.7)]  # the square on the limit's other side
    for shape, length, limit in cases:
        raw = {name: [vector(rng, n) for _ in range(rows)] for name, (rows, n) in shape.items()}
        for i, rows in enumerate(raw.values()):  # matrices of different size
            rows[0][0] += 2.0 + i
        unit = times(raw, 1 / math.hypot(*entries(raw)))
        g = times(unit, length)
        got = call(answer, g, limit)
        compare_clipped(got, g, times(unit, min(length, limit)), limit, length)
    nothing = {"wte": [[0.0, 0.0], [0.0, 0.0]], "wpe": [[0.0]]}
    divided = "With all gradients 0 the length is 0: it is below the limit, so nothing is divided."
    got = call(answer, nothing, 1.0, errors={ZeroDivisionError: divided})
    equal(got, nothing, "With all gradients 0: the result")


def entries(matrices):
    """All entries of a dictionary of matrices."""
    return [x for rows in matrices.values() for row in rows for x in row]


def times(matrices, factor):
    """A dictionary of matrices with each entry times a factor."""
    return {name: [[x * factor for x in row] for row in rows] for name, rows in matrices.items()}


def compare_clipped(got, g, wanted, limit, length):
    """Raise Wrong unless these are the gradients, clipped."""
    numbers = entries(g)
    largest = max(map(abs, numbers))

    def shorter(matrices, size):
        return times(matrices, min(1.0, limit / size))

    def so_far():
        """Each matrix with the factor of the length up to it."""
        result, seen = {}, []
        for name, rows in g.items():
            seen += entries({name: rows})
            result[name] = shorter({name: rows}, math.hypot(*seen))[name]
        return result

    def by_entry():
        return {n: [[max(-limit, min(limit, x)) for x in r] for r in w] for n, w in g.items()}

    first = next(iter(g))
    equal(
        got,
        wanted,
        f"Limit {limit:g}, length {length:g}: the result",
        {
            "Compare the length with the limit: that was its square.": lambda: (
                times(g, limit / length if length**2 > limit else 1)
                if (length**2 > limit) != (length > limit)
                else None
            ),
            "Nothing is shortened, though the length is above the limit.": g,
            "Keep names, matrices and rows: this is one long list.": entries(wanted),
            "Each entry is clipped by itself: that turns the direction. Use one factor for "
            "all.": by_entry,
            "Entries are only clipped from above, and each by itself: use one factor for all.": {
                n: [[min(limit, x) for x in r] for r in w] for n, w in g.items()
            },
            "Each matrix has a factor of its own: the length is that of all of them "
            "together.": lambda: {
                n: shorter({n: w}, math.hypot(*entries({n: w})))[n] for n, w in g.items()
            },
            "Each row has a factor of its own: the length is that of all matrices "
            "together.": lambda: {
                n: [shorter({n: [r]}, math.hypot(*r))[n][0] for r in w] for n, w in g.items()
            },
            "This adds up the lengths of the matrices: add up all squares, and take one root at "
            "the end.": lambda: shorter(g, sum(math.hypot(*entries({n: g[n]})) for n in g)),
            "This adds up the lengths of the rows: add up all squares, and take one root at the "
            "end.": lambda: shorter(g, sum(math.hypot(*r) for w in g.values() for r in w)),
            "Some matrices are shortened before all squares are added up: find the whole length "
            "first.": so_far,
            "This is the length of the first matrix alone: take all.": lambda: shorter(
                g, math.hypot(*entries({first: g[first]}))
            ),
            "This brings the largest entry to the limit: the length is the root of the sum of "
            "all squares.": lambda: shorter(g, largest),
            "This adds up the sizes of the entries: the length is the root of the sum of their "
            "squares.": lambda: shorter(g, sum(map(abs, numbers))),
            "This is the root of the mean of the squares: the length has their sum.": lambda: (
                shorter(g, math.sqrt(sum(x * x for x in numbers) / len(numbers)))
            ),
            "The root is missing: the length is the root of the sum of all squares.": lambda: (
                shorter(g, sum(x * x for x in numbers))
            ),
            "Gradients that are short enough stay as they are: these were made longer.": lambda: (
                times(g, limit / length)
            ),
            "They have the length 1, not that of the limit.": lambda: times(g, 1 / length),
            "The length is multiplied by the limit: the limit is the length to reach.": lambda: (
                times(g, limit)
            ),
            "The factor is upside down: limit / length shortens.": lambda: times(g, length / limit),
            "They should be shortened, and not become 0.": lambda: times(g, 0),
        },
        tolerance=1e-6,  # some add as much to the length, so as not to divide by 0
    )


@exercise("train4.schedule", usual=28)
def schedule(answer, rng):
    """The rate at a step: up in a straight line, then down along half a wave to 0."""
    cases = [(0.01, 100, 10), (0.5, 37, 8), (2.0, 1000, 250), (0.3, 20, 1), (0.1, 12, 0)]
    for rate, steps, warm_up in cases:
        asked = [max(1, warm_up // 2), rng.randrange(warm_up + 3, steps - 1)]
        asked += [steps, (steps + warm_up) // 2, max(1, warm_up), warm_up + 1, 1]
        for step in asked:
            one_rate(answer, rate, step, steps, warm_up)
    for step in (1, 2, 4):
        one_rate(answer, 0.2, step, 4, 4)


def one_rate(answer, rate, step, steps, warm_up):
    """Raise Wrong unless the rate is right at one step."""
    none = "What if there is no warm-up, or nothing after it? Ask before you divide."
    got = call(answer, rate, step, steps, warm_up, errors={ZeroDivisionError: none})
    rising = step <= warm_up

    def part(begin=warm_up, end=steps):
        return (step - begin) / (end - begin)

    def wave(x):  # half a wave down, from 1 at x = 0 to 0 at x = 1
        return math.cos(math.pi / 2 * x) ** 2

    up = step / warm_up if warm_up else 1.0
    equal(
        got,
        rate * (up if rising else wave(part())),
        f"Rate {rate:g}, step {step} of {steps}, warm-up {warm_up}: the result",
        {
            "That is a part of 1: multiply it by the rate.": lambda: up if rising else wave(part()),
            "There is no warm-up here: the rate rises over the first steps.": lambda: (
                rate * wave(part(0)) if rising else None
            ),
            "Only whole numbers come out of //: / keeps the rest.": lambda: (
                rate * (step // warm_up) if rising else None
            ),
            "There is no warm-up here: that is the full rate.": lambda: rate if rising else None,
            "The warm-up is one step late: in its first step the rate is 1/warm_up of the whole.": (
                lambda: rate * (step - 1) / warm_up if rising else None
            ),
            "The warm-up is too slow: at step warm_up the rate is whole.": lambda: (
                rate * step / (warm_up + 1) if rising else None
            ),
            "The warm-up is a straight line, not a wave.": lambda: (
                rate * (1 - wave(up)) if rising else None
            ),
            "The warm-up rises over all steps: it lasts for warm_up of them.": lambda: (
                rate * step / steps if rising else None
            ),
            "Without a warm-up the rate falls from the first step on: here it stays as it "
            "is.": lambda: None if warm_up else rate,
            "After the warm-up the rate stays as it is: it should fall.": lambda: (
                None if rising else rate
            ),
            "The rate rises on and on: the warm-up ends at step warm_up.": lambda: rate * up,
            "The rate falls in a straight line: it should follow half a cosine.": lambda: (
                None if rising else rate * (1 - part())
            ),
            "The wave lowers the rate during the warm-up too: there it only rises.": lambda: (
                rate * up * wave(part(0)) if rising else None
            ),
            "The wave begins at step 0: it begins where the warm-up ends.": lambda: (
                None if rising else rate * wave(part(0))
            ),
            "The wave is one step early: at step `steps` the rate is 0, and at warm_up "
            "whole.": lambda: (
                None if rising else rate * wave((step - warm_up + 1) / (steps - warm_up))
            ),
            "The wave is one step late: at step `steps` the rate is 0, and at warm_up "
            "whole.": lambda: (
                None if rising else rate * wave((step - warm_up - 1) / (steps - warm_up))
            ),
            "The wave is as long as all steps: it has only those after the warm-up.": lambda: (
                None if rising else rate * wave((step - warm_up) / steps)
            ),
            "That is a cosine from 1 to -1: lift it by 1, and halve it.": lambda: (
                None if rising else rate * math.cos(math.pi * part())
            ),
            "It is twice as large as it should be: 1 + cos goes from 2 to 0.": lambda: (
                None if rising else rate * 2 * wave(part())
            ),
            "That is a quarter of a wave: half of one is π long.": lambda: (
                None if rising else rate * math.cos(math.pi / 2 * part())
            ),
            "That is a whole wave, down and up again: half of one is π long.": lambda: (
                None if rising else rate * wave(2 * part())
            ),
            "The wave goes up: it should come down.": lambda: (
                None if rising else rate * (1 - wave(part()))
            ),
            "The cosine is down at π, not at 1: multiply the part of the way by math.pi.": lambda: (
                None if rising else rate * (1 + math.cos(part())) / 2
            ),
            "Brackets are missing: the rate is multiplied by all of 1 + cos.": lambda: (
                None if rising else rate + math.cos(math.pi * part()) / 2
            ),
            "math.cos takes radians: half a wave is math.pi, not 180.": lambda: (
                None if rising else rate * (1 + math.cos(180 * part())) / 2
            ),
        },
    )


@exercise("train4.adamw")
def adamw(answer, rng):
    """Adam, with each weight losing rate · decay of what it was, at every step."""
    for size, rate, decay, n_steps in ((2, 0.05, 0.3, 4), (3, 0.1, 0.7, 1), (4, 0.2, 0.0, 3)):
        rows = [vector(rng, size) for _ in range(n_steps)]
        run_adamw(answer, vector(rng, size), rows, rate, decay)
    run_adamw(answer, [2.0, -4.0], [[0.0, 0.0]] * 3, 0.1, 0.25)  # decay alone


def run_adamw(answer, start, rows, rate, decay):
    """Raise Wrong unless an answer's class is right for a step with each row of gradients."""

    def steps():
        parameters, history = [Value(x) for x in start], []
        optimizer = attempt(answer, [list(parameters), decay], errors)  # its own list
        if not callable(getattr(optimizer, "step", None)):
            raise Wrong("What AdamW(parameters, decay) makes has no method `step`.", called)
        for row in rows:
            for p, g in zip(parameters, row):
                p.grad = p.grad + g
            attempt(optimizer.step, [rate], errors)
            history.append([[p.data for p in parameters], [p.grad for p in parameters]])
            if any(rows[0]) and history[0][0] == start:
                raise Wrong("After the first step all weights are what they were.", same)
        return history

    called = "It is called as AdamW(parameters, decay), and then optimizer.step(rate)."
    zero = "A gradient of 0 is no reason to divide by 0: does ε stand beside the root?"
    unset = "Does its __init__ set all that `step` uses, with self. before it? What Adam has is "
    unset += "set by super().__init__(parameters)."
    same = "Change the data of the Values that it was given: new Values are none of the model's."
    errors = {TypeError: called, AttributeError: unset, ZeroDivisionError: zero}
    history = call(steps)
    if any(any(grads) for _, grads in history):
        raise Wrong(
            "After a step there are gradients that are not 0.",
            "A step clears the gradients that it has used: or else the next backward adds to them.",
        )
    for t in range(len(rows), 0, -1):  # the last first: there most mistakes show
        one_adamw_step(history[t - 1][0], start, rows, t, rate, decay)


def one_adamw_step(got, start, rows, t, rate, decay):
    """Raise Wrong unless the weights are right after step t."""

    def moves(columns, corrected=True, betas=(BETA1, BETA2)):
        """For each weight the moves of Adam at steps 1 to t, from its gradients."""
        result = []
        for column in columns:
            mine = []
            for n in range(1, t + 1):
                weights1, weights2 = (
                    [beta ** (n - i) * (1 - beta) for i in range(1, n + 1)] for beta in betas
                )
                all1, all2 = (sum(weights1), sum(weights2)) if corrected else (1, 1)
                if corrected == "as at first":
                    all1, all2 = (1 - beta for beta in betas)
                mean = sum(w * g for w, g in zip(weights1, column)) / all1
                square = sum(w * g * g for w, g in zip(weights2, column)) / all2
                mine.append(mean / (math.sqrt(square) + EPS))
            result.append(mine)
        return result

    def after(next_weight, **settings):
        result = []
        for x, mine in zip(start, moves(zip(*rows), **settings)):
            for move in mine:
                x = next_weight(x, move)
            result.append(x)
        return result

    def fading(next_weight):
        """As after, for a next weight that depends on the gradient and the step's number too."""
        result = []
        for x, column, mine in zip(start, zip(*rows), moves(zip(*rows))):
            for n, (g, move) in enumerate(zip(column, mine), 1):
                x = next_weight(x, move, g, n)
            result.append(x)
        return result

    def coupled(sign=1):
        """Decay that goes through the gradient."""
        x, result = list(start), [[] for _ in start]
        for n in range(t):
            for i, g in enumerate(rows[n]):
                result[i].append(g + sign * decay * x[i])
            padded = [column + [0.0] * (t - n - 1) for column in result]
            for i, mine in enumerate(moves(padded)):
                x[i] -= rate * mine[n]
        return x

    kept, kept_of_rate = 1 - rate * decay, rate - rate * decay
    sizes = f"rate {rate:g}, decay {decay:g}"
    equal(
        got,
        after(lambda x, move: kept * x - rate * move),
        f"After step {t}, {sizes}: the weights",
        {
            "The decay goes through the gradient, and so through m and v: in AdamW it acts on the "
            "weight alone.": coupled,
            "The decay goes through the gradient, and with the wrong sign.": lambda: coupled(-1),
            "A weight fades in every step, even where its gradient is 0.": lambda: fading(
                lambda x, move, g, n: (kept if g else 1) * x - rate * move
            ),
            "There is no decay in it.": lambda: after(lambda x, move: x - rate * move),
            "The decay shortens Adam's step: it should take something from the weight "
            "itself.": lambda: after(lambda x, move: x - kept_of_rate * move),
            "The decay has become Adam's β₁: hand on the parameters alone to its "
            "__init__.": lambda: after(
                lambda x, move: kept * x - rate * move, betas=(decay, BETA2)
            ),
            "These are β₁ = 0.9 and β₂ = 0.999, as in the paper: the lesson's are 0.85 and "
            "0.99.": lambda: after(lambda x, move: kept * x - rate * move, betas=(0.9, 0.999)),
            "Each step takes rate · decay once: here it is taken as often as there have been "
            "steps.": lambda: fading(lambda x, move, g, n: kept**n * (x - rate * move)),
            "The steps aren't counted: t goes up by 1 at each step, and the correction is by β to "
            "the power t.": lambda: after(
                lambda x, move: kept * x - rate * move, corrected="as at first"
            ),
            "The decay isn't multiplied by the rate.": lambda: after(
                lambda x, move: x - decay * x - rate * move
            ),
            "The decay isn't multiplied by the rate, and is taken of the weight after Adam's "
            "step.": lambda: after(lambda x, move: (1 - decay) * (x - rate * move)),
            "The weights grow: the decay is subtracted.": lambda: after(
                lambda x, move: x + rate * decay * x - rate * move
            ),
            "The decay is taken of the weight after Adam's step: take it of the weight "
            "before.": lambda: after(lambda x, move: kept * (x - rate * move)),
            "The weight is multiplied by decay, where it should lose rate · decay.": lambda: after(
                lambda x, move: decay * x - rate * move
            ),
            "The weight is multiplied by rate · decay, where it should lose that.": lambda: after(
                lambda x, move: rate * decay * x - rate * move
            ),
            "The same is taken of every weight: it should be a part of each.": lambda: after(
                lambda x, move: x - rate * decay - rate * move
            ),
            "The decay depends on the weight's sign alone: it should be a part of it.": lambda: (
                after(lambda x, move: x - rate * decay * math.copysign(1, x) - rate * move)
            ),
            "The decay is squared with the weight: its slope is the weight itself.": lambda: after(
                lambda x, move: x - rate * decay * x * x - rate * move
            ),
            "The rate is taken twice.": lambda: after(
                lambda x, move: x - rate * rate * decay * x - rate * move
            ),
            "Decay is twice what it should be.": lambda: after(
                lambda x, move: x - 2 * rate * decay * x - rate * move
            ),
            "There is decay, and Adam's step is missing.": lambda: after(lambda x, move: kept * x),
            "The start isn't corrected.": lambda: after(
                lambda x, move: kept * x - rate * move, corrected=False
            ),
            "Adam's step is made as in SGD, by the gradient itself.": lambda: [
                sgd_with_decay(x, column[:t], rate, kept) for x, column in zip(start, zip(*rows))
            ],
            "m and v are begun anew at every step: keep them, and t, from step to step.": lambda: [
                renewed(x, column[:t], rate, kept) for x, column in zip(start, zip(*rows))
            ],
        },
    )


def sgd_with_decay(x, gradients, rate, kept):
    """A weight after some steps of SGD with decay."""
    for g in gradients:
        x = kept * x - rate * g
    return x


def renewed(x, gradients, rate, kept):
    """A weight after first steps alone: each as long as the rate."""
    for g in gradients:
        x = kept * x - rate * g / (abs(g) + EPS)
    return x


@exercise("train4.top_p", usual=11)
def top_p(answer, rng):
    """The likeliest tokens that reach p together, their probabilities divided by their sum."""
    cases = [([5, 17, 2, 20, 2, 9, 3, 4, 2], 0.6), ([18, 8, 20, 4, 14], 0.6)]
    cases += [([16, 30, 2, 10, 6], 0.9), ([4, 8, 16, 32, 4], 0.75)]
    cases += [([8, 36, 8, 8, 4], 0.65), ([1, 60, 3], 0.01), ([16, 16, 16, 16], 0.5)]
    cases += [([0, 24, 40], 1.0)]
    cases += [(rng.sample([1, 2, 3, 5, 11, 42], 6), p) for p in (0.6, 0.85, 0.97)]
    for parts, p in cases:  # in 64ths, which are added without rounding
        one_top_p(answer, [part / 64 for part in parts], p)
    tenths = [0.1] * 10  # added one by one, 0.9999999999999999
    short = "By rounding, all of them may add up to a hair less than p: stop after the last."
    got = call(
        answer, tenths, 1.0, errors={LookupError: short, ValueError: short, TypeError: short}
    )
    equal(got, tenths, "With p = 1, and ten probs of 0.1: the result", {short: [0.0] * 10})


def one_top_p(answer, probs, p):
    """Raise Wrong unless an answer leaves the right part of these probabilities."""
    none = "Is no token kept? The sum of the kept ones should reach p, not each of them by itself."
    got = call(answer, probs, p, errors={ZeroDivisionError: none})
    tokens = range(len(probs))
    sets = [s for n in tokens for s in itertools.combinations(tokens, n + 1)]
    enough = [s for s in sets if sum(probs[i] for i in s) >= p]
    best = min(enough, key=lambda s: (len(s), -sum(probs[i] for i in s), s))

    def left(kept, divided=True):
        whole = sum(probs[i] for i in kept) if divided else 1
        return [probs[i] / whole if i in kept else 0.0 for i in tokens]

    ranked = sorted(tokens, key=lambda i: -probs[i])
    size = len(best)
    lowest = min(probs[i] for i in best)

    def by_index():
        """The likeliest, each put where its probability is found first."""
        result = [0.0] * len(probs)
        for i in best:
            result[probs.index(probs[i])] = probs[i]
        whole = sum(result) if sum(got) > 1 - 1e-9 else sum(values)
        return [x / whole for x in result]

    def reached(order):
        kept = []
        for i in order:
            kept.append(i)
            if sum(probs[j] for j in kept) >= p:
                return kept

    def part():
        """The part p of all tokens, rounded as was done; None if that is one off at most."""
        n = sum(x > 0 for x in got)
        return left(ranked[:n]) if abs(n - p * len(probs)) < 1 < abs(n - size) else None

    def min_p(probs, p):
        return [i for i in tokens if probs[i] >= p * max(probs)]

    def is_min_p():
        """Whether the answer keeps the same tokens as min-p where top-p would keep one alone."""
        other = [x / 64 for x in (30, 20, 12, 2, *[0] * len(probs))][: len(probs)]
        kept = [i for i, x in enumerate(plain(attempt(answer, [other, 0.3], {}), "")) if x]
        return kept == min_p(other, 0.3) != [0]

    uneven = sorted(tokens, key=lambda i: (-probs[i], -i))
    values = [probs[i] for i in best]
    shown = ", ".join(f"{x:g}" for x in probs)
    equal(
        got,
        left(best),
        f"With p = {p:g}, probs {shown}: the result",
        {
            "`index` finds the first of equally likely tokens: put the ids in order, not the "
            "probabilities.": by_index,
            "They no longer add up to 1: divide what is left by its sum.": lambda: left(
                best, False
            ),
            "That is min-p: tokens with at least p times the largest probability. Here the sum "
            "counts.": lambda: left(min_p(probs, p)) if is_min_p() else None,
            "The token with which p is reached is missing: it belongs to the set.": lambda: left(
                ranked[: size - 1]
            ),
            "The token with which p is reached is missing, and the rest isn't divided by its "
            "sum.": lambda: left(ranked[: size - 1], False),
            "There is one token too many: stop as soon as p is reached, equal to p "
            "included.": lambda: left(ranked[: size + 1]),
            "The tokens are taken in the order of their ids: begin with the likeliest.": lambda: (
                left(reached(tokens))
            ),
            "The least likely are taken first: begin with the likeliest.": lambda: left(
                reached(ranked[::-1])
            ),
            "All tokens with a probability of p or more are kept: it is their sum that counts.": (
                lambda: left([i for i in tokens if probs[i] >= p])
            ),
            "Tokens as likely as the last one are all kept: the set should be the smallest.": (
                lambda: left([i for i in tokens if probs[i] >= lowest])
            ),
            "p is taken for the part of the tokens to keep: add up their probabilities.": part,
            "Of equally likely tokens, the one with the lower id goes first.": lambda: left(
                uneven[:size]
            ),
            "A token that is as likely as a kept one was taken for it: compare ids, not "
            "probabilities.": lambda: [x / sum(values) if x in values else 0.0 for x in probs],
            "Each probability should stay at its token's place; these are sorted.": lambda: sorted(
                left(best), reverse=True
            ),
            "Only the kept ones are there: the others should stand in their places as 0.": lambda: [
                x for x in left(best) if x
            ],
            "Only the kept ones are there, sorted: put each at its token's place, 0 "
            "elsewhere.": lambda: sorted([x for x in left(best) if x], reverse=True),
            "Only the likeliest is left: it is the sum of the kept ones that should reach "
            "p.": lambda: left(ranked[:1]),
            "All tokens are left: nothing has been taken away.": probs,
            "What is left is divided by p: divide it by its own sum.": lambda: [
                x / p for x in left(best, False)
            ],
            "What is left is divided by the number of kept tokens, not by their sum.": lambda: [
                x / size for x in left(best, False)
            ],
            "All kept tokens are equally likely now: they should keep their proportions.": lambda: [
                1 / size if i in best else 0.0 for i in tokens
            ],
            "These are the ids of the kept tokens: return probabilities.": lambda: ranked[:size],
        },
    )


@exercise("train4.squared_relu")
def squared_relu(answer, rng):
    """One node: the square where x is positive, else 0, and its slope."""
    inputs = [3.0, 0.75, -2.0, -0.5, rng.uniform(0.1, 4), rng.uniform(-4, -0.1), 0.0]
    for x in inputs:
        data, slope, nodes, n_inputs = one_node(answer, x)

        def f(x):
            return (x * abs(x) + x * x) / 2

        equal(
            data,
            f(x),
            f"squared_relu({x:g}): its number",
            {
                "Below 0 the result is 0: here it is the square.": x * x,
                "That is ReLU, without the square.": max(0.0, x),
                "That is twice ReLU: square it.": 2 * max(0.0, x),
                "It should be 0 below 0.": x,
                "That is the cube.": max(0.0, x) ** 3,
                "That is half of it: the ½ belongs to other formulas.": f(x) / 2,
            },
        )
        h = 2.0**-20
        equal(
            slope,
            (f(x + h) - f(x - h)) / (2 * h) if x else 0.0,
            f"squared_relu({x:g}): the slope for x",
            {
                "The square has the slope 2 · x: that is x, half of it.": max(0.0, x),
                "That is ReLU's slope: the square's is 2 · x.": float(x > 0),
                "The slope of x² is 2 · x, not 2.": 2.0 * (x > 0),
                "That is the number itself: what is its slope?": f(x),
                "That is twice the result: the slope is twice x.": 2 * f(x),
                "Below 0 nothing changes with x: the slope is 0 there.": 2 * x,
                "That is 3 x².": 3 * f(x),
                "The slope isn't handed on: what are the local derivatives?": 0.0,
                "The slope is entered twice: x is one input, with one local derivative.": (
                    4 * max(0.0, x)
                ),
                "The sign is the wrong way round.": -2 * max(0.0, x),
            },
            tolerance=1e-6,
        )
        if nodes != 1:
            raise Wrong(
                f"squared_relu({x:g}) adds {nodes} Values to the graph; it should be one.",
                "Make it as `relu` of train2 does: Value(its number, (x,), (its slope,)).",
            )
        if n_inputs != 1:
            raise Wrong(
                f"squared_relu({x:g}) has {n_inputs} inputs; it should have one, x.",
                "Tie it to x for every x, and once: (x,), with the slope 0 where it is flat.",
            )


def one_node(answer, x):
    """The number, the slope, how many nodes an answer adds and how many inputs it has, at x."""
    value = Value(x)
    result = attempt(answer, [value], {})
    if not is_value(result):
        raise Wrong(
            f"squared_relu({x:g}) gives {described(result)}; it should be a Value.",
            "Wrap the number in a Value that knows its input and its local derivative.",
        )
    if result is value:
        raise Wrong(f"squared_relu({x:g}) gives x itself; it should make a new Value.")
    if value.data != x:
        raise Wrong("It changes the data of x.", "Make a new Value, and leave x as it is.")
    if is_value(result.data):
        raise Wrong(
            f"The data of squared_relu({x:g}) is a Value; it should be a number.",
            "x.data is the number in x: compute with that.",
        )
    if value.grad:
        raise Wrong(
            f"x.grad is {value.grad:g} before there was any backward.",
            "Hand on the local derivative alone: it is `backward` that adds to x.grad.",
        )
    ties = {"inputs": result.inputs, "local derivatives": result.local_derivatives}
    for what, tie in ties.items():
        if not isinstance(tie, tuple | list):
            kind = "a Value" if is_value(tie) else described(tie)
            raise Wrong(
                f"The {what} of squared_relu({x:g}) are {kind}; they should be a tuple.",
                "A tuple with one entry needs its comma: (x,), and (its slope,).",
            )
    if not all(map(is_value, result.inputs)):
        raise Wrong(
            f"An input of squared_relu({x:g}) is no Value: `backward` can't go on from there.",
            "The input is x itself, not the number in it: (x,).",
        )
    if any(map(is_value, result.local_derivatives)):
        raise Wrong(
            f"The local derivative of squared_relu({x:g}) is a Value; it should be a number.",
            "x.data is the number in x: compute the slope with that.",
        )
    if len(result.inputs) != len(result.local_derivatives):
        raise Wrong(
            f"squared_relu({x:g}) has {len(result.inputs)} inputs, and "
            f"{len(result.local_derivatives)} local derivatives.",
            "One each: (x,) and (its slope,), with their commas.",
        )
    (result * 1.0).backward()
    nodes = [node for node in result.topological_order() if node is not value]
    return result.data, value.grad, len(nodes), len(result.inputs)


@exercise("train4.first_version")
def first_version(answer, rng):
    """Weights of the first version: 4,064 with 27 tokens, wo and fc2 at 0, the rest about 0.02."""
    for vocab_size in (27, 40):
        weights = first_numbers(answer, vocab_size, rng)
        check_first_shapes(weights, vocab_size)
        check_first_numbers(weights)
    one, again, two = (first_numbers(answer, 5, random.Random(seed)) for seed in (1, 1, 2))
    check_first_shapes(one, 5)
    if one != again:
        raise Wrong(
            "Called twice with the rng in the same state, it gives different weights.",
            "Draw from the rng it is given, and from nothing else.",
        )
    if one == two:
        raise Wrong("With another rng it gives the same weights.", "Draw from the rng it is given.")


def first_numbers(answer, vocab_size, rng):
    """What an answer gives, as lists of numbers. Raises Wrong for Values, and for shared lists."""
    weights = call(answer, vocab_size, rng, shares=True, again=False)
    if isinstance(weights, dict):
        owners = {}
        for name, rows in weights.items():
            if not isinstance(rows, list):
                continue
            other = owners.setdefault(id(rows), name)
            if other != name:
                raise Wrong(
                    f"{name} and {other} are one and the same matrix.",
                    "Draw each matrix on its own: a change in one would change both.",
                )
            if len({id(row) for row in rows}) < len(rows):
                raise Wrong(
                    f"In {name} one and the same row stands in several places.",
                    "[row] * n repeats one row n times: build each row anew.",
                )
            if any(is_value(x) for row in rows if isinstance(row, list) for x in row):
                raise Wrong(
                    f"{name} holds Values; it should hold numbers.",
                    "Leave to_values to the training: here plain numbers are asked for.",
                )
    return plain(weights, "The result")


def check_first_shapes(weights, vocab_size):
    """Raise Wrong unless names and shapes are those of the first version."""
    width = 16
    wanted = dict.fromkeys([f"layer0.w{c}" for c in "qkvo"], (width, width))
    wanted |= {"wte": (vocab_size, width), "wpe": (8, width), "lm_head": (vocab_size, width)}
    wanted |= {"layer0.fc1": (4 * width, width), "layer0.fc2": (width, 4 * width)}
    if not isinstance(weights, dict):
        raise Wrong(
            f"It gives {described(weights)}; it should be a dict from names to matrices.",
            "gpt_shapes has the names.",
        )
    if set(weights) != set(wanted):
        odd = sorted(set(weights) ^ set(wanted))
        cause = "The names are those of gpt_shapes, with one layer."
        raise Wrong(f"{odd[0]!r} is {'missing' if odd[0] in wanted else 'too many'}.", cause)
    for name, (n_rows, n_columns) in wanted.items():
        rows = weights[name]
        shape = len(rows) if isinstance(rows, list) else 0, 0
        if shape[0] and isinstance(rows[0], list):
            shape = len(rows), len(rows[0])
        if shape == (n_rows, n_columns) and all(
            isinstance(row, list) and len(row) == n_columns for row in rows
        ):
            continue
        cause = "" if isinstance(rows, list) else "A matrix is a list of rows, one of zeros too."
        if name == "wpe" and shape == (16, 16):
            cause = "That is a row for each of 16 positions: the first version has a block of 8."
        elif shape == (n_columns, n_rows):
            cause = "Rows and columns have changed places: (n_out, n_in)."
        elif 27 in shape and vocab_size != 27:
            cause = "27 is fixed in it: take vocab_size."
        raise Wrong(
            f"{name} is {shape[0]} x {shape[1]}; it should be {n_rows} x {n_columns}.", cause
        )


def check_first_numbers(weights):
    """Raise Wrong unless the numbers look drawn as in the first version."""
    zero = ("layer0.wo", "layer0.fc2")
    for name in weights:
        numbers = [x for row in weights[name] for x in row]
        if not all(isinstance(x, int | float) and math.isfinite(x) for x in numbers):
            raise Wrong(f"{name} holds something that is no number.")
        spread = math.sqrt(sum(x * x for x in numbers) / len(numbers))
        if name in zero and any(numbers):
            raise Wrong(
                f"{name} should be all 0; its entries have a spread of {spread:.2g}.",
                "layer0.wo and layer0.fc2 (these are their names) begin at 0, so that a block adds "
                "nothing at first.",
            )
        if name in zero:
            continue
        if set(numbers) == {0.02}:
            raise Wrong(
                f"All entries of {name} are 0.02.",
                "rng.gauss takes the mean first and then the spread: rng.gauss(0, 0.02).",
            )
        if any(numbers) and len(set(numbers)) < len(numbers):
            raise Wrong(f"{name} has the same number in several places.", "Draw each one anew.")
        off = 0.02 * 5 / math.sqrt(2 * len(numbers))  # five standard errors
        if abs(spread - 0.02) > off:
            raise Wrong(
                f"{name} has a spread of {spread:.3g}; it should be about 0.02.",
                spread_cause(spread),
            )
        if abs(sum(numbers) / len(numbers)) > 0.02 * 5 / math.sqrt(len(numbers)):
            raise Wrong(f"{name} has a mean of {sum(numbers) / len(numbers):.2g}, far from 0.")
    drawn = [x for name in weights if name not in zero for row in weights[name] for x in row]
    if max(map(abs, drawn)) < 0.04:
        raise Wrong(
            f"No entry is larger than {max(map(abs, drawn)):.2g}: a bell curve reaches further.",
            "rng.gauss(0, 0.02) draws from a bell curve.",
        )
    if len(set(drawn)) < len(drawn):
        raise Wrong("The same numbers stand in two matrices.", "Draw each matrix anew from rng.")


def spread_cause(spread):
    """The likely reason for a spread that isn't 0.02."""
    for value, cause in (
        (0.08, "0.08 is this course's spread, and random_weights has it: the first one's is 0.02."),
        (math.sqrt(0.02), "rng.gauss takes the spread itself, not its square."),
        (0.0004, "rng.gauss takes the spread itself, not its square."),
        (1.0, "That is the bell curve of spread 1: multiply by 0.02."),
        (0.02 / math.sqrt(3), "Evenly spread numbers are no bell curve: rng.gauss(0, 0.02)."),
        (0.0, "Only wo and fc2 are 0: the others are drawn."),
    ):
        if abs(spread - value) <= 0.2 * value:
            return cause
    return ""
