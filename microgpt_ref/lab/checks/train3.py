"""Checks of train3's exercises."""

import cmath
import math

from microgpt_ref.lab.checks.comparing import (
    NUDGED,
    Wrong,
    brief,
    call,
    collect,
    equal,
    flat,
    near,
    plain,
)

CHECKS = {}
exercise = collect(CHECKS)

EPS = 1e-5  # under the root of rmsnorm and layer norm
INFINITE = (
    "Infinity times 0 is no number, nor is infinity less infinity. In each place choose the score "
    "or minus infinity, and calculate with neither."
)
BY_ROWS = "Give one number for each column of the values, `zip(*values)`, not for each value."
OVERFLOW = "Subtract the largest score before exp, as `softmax` does, or call `softmax`."


def vectors(rng, n, d):
    """n vectors (d,) of numbers between -2 and 2."""
    return [[rng.uniform(-2, 2) for _ in range(d)] for _ in range(n)]


def product(x, y):
    """The dot product of two vectors."""
    return sum(a * b for a, b in zip(x, y))


def share(score, scores):
    """The share of one score among several, from how far each of them is above it."""
    return 1 / sum(math.exp(min(other - score, 700)) for other in scores)


def mixed(shares, rows):
    """Vectors added up, each times its share."""
    return [product(shares, column) for column in zip(*rows)]


def looked(q, keys, values, divisor=None):
    """What attention gives, if the dot products are divided by `divisor` in the place of √d."""
    scores = [product(q, k) / (divisor or math.sqrt(len(q))) for k in keys]
    return mixed([share(score, scores) for score in scores], values)


def refuse_nan(got, cause):
    """Raise Wrong if there is anything in a result that is no number any more."""
    numbers = flat(got) if isinstance(got, list | dict) else None
    if numbers and any(math.isnan(number) for number in numbers):
        raise Wrong("The result has entries that are no numbers (nan).", cause)


def spread(x):
    """The variance of some numbers, from all the differences between two of them."""
    return sum((a - b) ** 2 for a in x for b in x) / (2 * len(x) ** 2)


def described_input(x):
    """A vector for a message: its numbers, if they are few."""
    return f"x = {brief(x)}" if len(x) <= 6 else f"{len(x)} entries"


@exercise("train3.attention", ours=("transformer.attention",))
def attention(answer, rng):
    """The average (n,) of values for one query: of several shapes, at last with large scores."""
    for n, d, width in ((3, 5, 4), (5, 3, 2), (2, 16, 16), (4, 1, 1), (1, 3, 2)):
        (q,), keys, values = vectors(rng, 1, d), vectors(rng, n, d), vectors(rng, n, width)
        got = call(
            answer,
            q,
            keys,
            values,
            errors={
                IndexError: "The output is as long as a value, which need not be as long as q. "
                "And there are as many shares as keys."
            },
        )
        scores = [product(q, k) / math.sqrt(d) for k in keys]
        shares = [share(score, scores) for score in scores]
        wanted = mixed(shares, values)

        def divided(divisor, q=q, keys=keys, values=values):
            return looked(q, keys, values, divisor)

        equal(
            got,
            wanted,
            f"For {n} keys of length {d}, the output",
            {
                "The scores aren't divided by the root of d.": lambda: divided(1),
                "The scores are divided by d: divide them by its root.": lambda: divided(d),
                "The root is that of the number of keys: take len(q).": lambda: divided(
                    math.sqrt(n)
                ),
                "The root is that of a value's length: take len(q).": lambda: divided(
                    math.sqrt(width)
                ),
                "The root is that of 2: a query may have more numbers, take len(q).": lambda: (
                    divided(math.sqrt(2))
                ),
                "The root is that of 16: a query may have fewer numbers, take len(q).": lambda: (
                    divided(4)
                ),
                "The scores are multiplied by the root: divide.": lambda: divided(1 / math.sqrt(d)),
                "The sign of the scores is the wrong way round: a key that fits gets more.": (
                    lambda: divided(-math.sqrt(d))
                ),
                "The shares are divided by the root: divide the scores, before softmax.": lambda: [
                    number / math.sqrt(d) for number in divided(1)
                ],
                "These are averages of the keys: what is averaged are the values.": lambda: mixed(
                    shares, keys
                ),
                "This is the even average: each value counts with its share.": lambda: [
                    sum(column) / n for column in zip(*values)
                ],
                "This is the sum of the values: each counts with its share.": lambda: [
                    sum(column) for column in zip(*values)
                ],
                "Scores aren't shares yet: softmax makes them so.": lambda: mixed(scores, values),
                "These are shares that don't add up to 1: divide by the sum of the exps.": lambda: (
                    mixed([math.exp(score) for score in scores], values)
                ),
                "The scores are divided by their sum: softmax makes shares, with exp.": lambda: (
                    mixed([score / sum(scores) for score in scores], values)
                ),
                "These are the shares: average the values with them.": lambda: shares,
                "These are the scores: shares and the average are still to come.": lambda: scores,
                "These are the values times their shares: add them up, column by column.": lambda: [
                    [part * a for a in v] for part, v in zip(shares, values)
                ],
                "This is the value of the best key alone: all have their share.": lambda: values[
                    scores.index(max(scores))
                ],
                "The shares go along each value: they go down the columns of values.": (
                    lambda: [product(shares, v) for v in values]
                ),
                "The average is divided by the number of values once more: the shares add up to 1 "
                "already.": lambda: [a / n for a in wanted],
                "In each value its numbers are added up: give one output for each column.": (
                    lambda: [part * sum(v) for part, v in zip(shares, values)]
                ),
                "The last value's part is all that is left: += adds up, = forgets.": lambda: [
                    shares[-1] * a for a in values[-1]
                ],
                "In each score the last product is all that is left: += adds up, = forgets.": (
                    lambda: looked(q[-1:] * d, [k[-1:] + [0.0] * (d - 1) for k in keys], values)
                ),
                "The first key and value are left out.": lambda: looked(q, keys[1:], values[1:]),
                "The last key and value are left out: a position sees itself too.": lambda: looked(
                    q, keys[:-1], values[:-1]
                ),
            },
            otherwise=BY_ROWS if len(flat(plain(got, "The output")) or []) == n != width else "",
        )
    q, keys, values = [60.0, 0.0, 0.0, 0.0], vectors(rng, 3, 4), vectors(rng, 3, 2)
    for key, first in zip(keys, (50.0, 49.99, -20.0)):
        key[0] = first
    got = plain(
        call(
            answer, q, keys, values, errors={OverflowError: OVERFLOW, ZeroDivisionError: OVERFLOW}
        ),
        "The output",
    )
    refuse_nan(got, OVERFLOW)
    equal(got, looked(q, keys, values), "With scores of 1,500, the output")


@exercise("train3.rmsnorm", ours=("layers.rmsnorm",))
def rmsnorm(answer, rng):
    """A vector (n,) divided by the root of its mean square and a little; at last of zeros."""
    inputs = [vectors(rng, 1, n)[0] for n in (5, 3, 16)]
    inputs += [[0.004 * a for a in vectors(rng, 1, 6)[0]], [3, 4], [-2.5], [0.0, 0.0, 0.0]]
    for x in inputs:
        got = call(
            answer,
            x,
            errors={
                ZeroDivisionError: "A vector of zeros: the small number, 0.00001, keeps the root "
                "from being 0. Add it under the root."
            },
        )
        n, squares = len(x), math.hypot(*x) ** 2

        def over(divisor, x=x):
            return [a / divisor for a in x]

        root = math.hypot(math.hypot(*x) / math.sqrt(n), math.sqrt(EPS))
        equal(
            got,
            over(root),
            f"For {described_input(x)}, the result",
            {
                "This divides by the root of the sum of squares: take their mean.": lambda: over(
                    math.sqrt(squares + EPS)
                ),
                "This divides by the length of the vector: take the mean of the squares.": lambda: (
                    over(math.sqrt(squares))
                ),
                "The root is missing: this divides by the mean square.": lambda: over(
                    squares / n + EPS
                ),
                "The small number, 0.00001, is missing under the root.": lambda: over(
                    math.sqrt(squares / n)
                ),
                "The small number is added to the root: it goes under it.": lambda: over(
                    math.sqrt(squares / n) + EPS
                ),
                "The small number is added to the result: put brackets, so that it goes under the "
                "root.": lambda: [a / math.sqrt(squares / n) + EPS for a in x],
                "The small number is added before the sum is divided by n: divide first.": (
                    lambda: over(math.sqrt((squares + EPS) / n))
                ),
                "The small number is 0.00001, or 1e-5: yours is ten times that.": lambda: over(
                    math.sqrt(squares / n + 10 * EPS)
                ),
                "The small number is 0.00001, or 1e-5: yours is a tenth of that.": lambda: over(
                    math.sqrt(squares / n + EPS / 10)
                ),
                "The mean is taken after the root: take that of the squares, and then its root.": (
                    lambda: over(math.sqrt(squares + EPS) / n)
                ),
                "The mean is taken after the root, and the small number is missing: take "
                "the mean of the squares, add the small number, then take the root.": lambda: over(
                    math.sqrt(squares) / n
                ),
                "The mean is taken after the root, and the small number is added last: "
                "take the mean of the squares, add the small number, then take the root.": lambda: (
                    over(math.sqrt(squares) / n + EPS)
                ),
                "This multiplies by the root: divide.": lambda: over(1 / root),
                "This takes the mean of the entries and squares it: take that of the squares.": (
                    lambda: over(math.sqrt((sum(x) / n) ** 2 + EPS))
                ),
                "This divides by the mean of the absolute values: take the root of the mean "
                "square.": lambda: over(sum(map(abs, x)) / n),
                "This divides by 16: how many entries has x?": lambda: over(
                    math.sqrt(squares / 16 + EPS)
                ),
                "This divides by 2: how many entries has x?": lambda: over(
                    math.sqrt(squares / 2 + EPS)
                ),
                "This divides by n - 1: a mean divides by n.": lambda: over(
                    math.sqrt(squares / (n - 1) + EPS)
                ),
                "The mean of the entries is subtracted first: rmsnorm leaves it in.": lambda: [
                    (a - sum(x) / n) / math.sqrt(spread(x) + EPS) for a in x
                ],
                "The mean of the entries is subtracted: rmsnorm leaves it in.": lambda: [
                    (a - sum(x) / n) / root for a in x
                ],
                "All signs are gone: divide the entries as they are.": lambda: over(
                    root, map(abs, x)
                ),
                "This is the divisor: divide every entry by it.": root,
                "These are the squares over the mean: divide the entries themselves.": lambda: [
                    a * a / root for a in x
                ],
            },
        )


@exercise("train3.by_hand")
def by_hand(answer, rng):
    """The first number of attention's output: the scores are 4/2 and 2/2, the values 6 and 2."""

    def between(part):
        return 6 * part + 2 * (1 - part)

    above = 1 / (1 + math.exp(-1))
    equal(
        answer,
        between(above),
        "Your number",
        {
            "The scores aren't divided: divide by the root of 4, the numbers in a query.": between(
                1 / (1 + math.exp(-2))
            ),
            "The root is that of how many numbers a query has, 4. You took that of 2, which are "
            "the keys, or the numbers in a value.": between(1 / (1 + math.exp(-math.sqrt(2)))),
            "You divide by 4: divide by the root of it.": between(1 / (1 + math.exp(-0.5))),
            "The shares have changed places: the larger score has the larger share.": between(
                1 - above
            ),
            "That is the share of the first key: the values are still to be averaged with the "
            "shares.": above,
            "That is the even average: the shares come from the scores.": 4,
            "These are the scores divided by their sum: shares come from softmax, with e to the "
            "power of each.": between(2 / 3),
            "That is the second number of the output.": above + 5 * (1 - above),
            "That is the whole output: only its first number is wanted.": [
                between(above),
                above + 5 * (1 - above),
            ],
            "You averaged the keys: what is handed on is the values.": 2 * above,
            "The second value has a share too: add it.": 6 * above,
            "You added up with e to the power of the scores, and didn't divide by the sum of the "
            "two.": 6 * math.exp(2) + 2 * math.e,
            "You added up with the scores themselves: make shares of them first.": 6 * 2 + 2 * 1,
        },
        tolerance=5e-4,
        reveal=False,
    )


@exercise(
    "train3.mask", gives_away=("transformer.attention", "transformer.self_attention"), usual=5
)
def mask(answer, rng):
    """Outputs (n, width) of all positions: as if what is hidden weren't there at all."""
    shapes = [(5, 3, 2, 0.4), (4, 6, 3, 0.5), (6, 2, 4, 0.0), (3, 4, 1, 1.0), (1, 2, 2, 0.0)]
    for n, d, width, hidden in shapes:
        queries, keys, values = vectors(rng, n, d), vectors(rng, n, d), vectors(rng, n, width)
        if hidden:
            seen = [[rng.random() >= hidden for _ in range(n)] for _ in range(n)]
            for t, row in enumerate(seen):  # in each row something to be seen, and something not
                row[t - 1], row[(t + 1) % n] = True, False
        else:
            seen = [[j <= t for j in range(n)] for t in range(n)]
        compare_masked(answer, queries, keys, values, seen)
    queries = [[3.0, 1.0]] * 4
    keys = [[0.5, 0.1], [0.4, 0.2], [900.0, 1.0], [-800.0, 0.0]]
    causal = [[j <= t for j in range(4)] for t in range(4)]
    compare_masked(answer, queries, keys, vectors(rng, 4, 2), causal)
    keys = [[-2000.0, 1.0], [-2000.2, 2.0], [-1999.9, 0.0], [-2000.1, -1.0]]
    compare_masked(answer, queries, keys, vectors(rng, 4, 2), causal)


def compare_masked(answer, queries, keys, values, seen):
    """Raise Wrong unless an answer's outputs are right for this mask."""
    got = call(
        answer,
        queries,
        keys,
        values,
        seen,
        errors={
            OverflowError: OVERFLOW,
            ZeroDivisionError: "Do all shares of a row come out as 0? Hide the scores before the "
            "largest is subtracted and the exps are added up.",
        },
    )
    n, d, width = len(queries), len(queries[0]), len(values[0])
    got = plain(got, "The result")
    refuse_nan(got, INFINITE)

    def outputs(rows=seen, q=queries, k=keys, divisor=None):
        """What comes out if only the positions that these rows show are there at all."""
        found = []
        for t, row in enumerate(rows):
            there = [j for j in range(n) if row[j]]
            if not there:
                found.append([0.0] * width)
                continue
            found.append(looked(q[t], [k[j] for j in there], [values[j] for j in there], divisor))
        return found

    def hidden_score(other):
        """What comes out if hidden scores become something else than minus infinity."""
        rows = []
        for t, q in enumerate(queries):
            scores = [product(q, k) / math.sqrt(d) for k in keys]
            scores = [s if see else other(s) for s, see in zip(scores, seen[t])]
            rows.append(mixed([share(s, scores) for s in scores], values))
        return rows

    def late():
        """What comes out if shares are set to 0 when softmax is done."""
        rows = []
        for t, q in enumerate(queries):
            scores = [product(q, k) / math.sqrt(d) for k in keys]
            rows.append(mixed([share(s, scores) * see for s, see in zip(scores, seen[t])], values))
        return rows

    def by_columns():
        """What comes out if the shares of each key, over the queries, add up to 1."""
        scores = [
            [product(q, k) / math.sqrt(d) if see else -1e9 for k, see in zip(keys, row)]
            for q, row in zip(queries, seen)
        ]
        columns = list(zip(*scores))
        return [
            mixed([share(s, column) for s, column in zip(row, columns)], values) for row in scores
        ]

    def misplaced():
        """What comes out if the shares of what is seen meet the first values."""
        rows = []
        for t, q in enumerate(queries):
            scores = [product(q, keys[j]) / math.sqrt(d) for j in range(n) if seen[t][j]]
            rows.append(mixed([share(s, scores) for s in scores], values))
        return rows

    def along_values():
        """What comes out if the shares of a query meet the numbers of each value."""
        rows = []
        for q, row in zip(queries, seen):
            scores = [product(q, k) / math.sqrt(d) if see else -1e9 for k, see in zip(keys, row)]
            shares = [share(s, scores) for s in scores]
            rows.append([product(shares, value) for value in values])
        return rows

    def growing():
        """What comes out if the scores of each query are appended to those of the earlier ones."""
        scores, rows = [], []
        for q, row in zip(queries, seen):
            scores += [product(q, k) / math.sqrt(d) if see else -1e9 for k, see in zip(keys, row)]
            rows.append(mixed([share(s, scores) for s in scores], values))
        return rows

    def last_parts():
        """What comes out if each value's part replaces the one before."""
        alone = [[0.0] * width for _ in range(n - 1)] + [values[-1]]
        rows = []
        for q, row in zip(queries, seen):
            scores = [product(q, k) / math.sqrt(d) if see else -1e9 for k, see in zip(keys, row)]
            rows.append(mixed([share(s, scores) for s in scores], alone))
        return rows

    shown = [[j <= t for j in range(n)] for t in range(n)]
    equal(
        got,
        outputs(),
        f"For {n} positions, the result",
        {
            "Hidden scores are set to a number, and what is seen may have lower scores: only minus "
            'infinity, float("-inf"), is below them all.': lambda: mixed_up(
                outputs(), seen, values
            ),
            "Hidden scores are set to 0, a score like any other: e to the power of 0 is 1.": (
                lambda: hidden_score(lambda s: 0.0)
            ),
            "Hidden scores are set to -1: only minus infinity leaves them no share.": lambda: (
                hidden_score(lambda s: -1.0)
            ),
            "Hidden scores are set to -10, and keep a little share: use minus infinity.": lambda: (
                hidden_score(lambda s: -10.0)
            ),
            "Each row has become the last: [[0] * n] * n repeats one list.": lambda: (
                outputs()[-1:] * n
            ),
            "In each output the last value's part is all that is left: += adds up, = "
            "forgets.": last_parts,
            "Hidden scores are turned round: they have to become minus infinity.": lambda: (
                hidden_score(lambda s: -s)
            ),
            "Shares are set to 0 after softmax, so the others don't add up to 1: hide the scores "
            "before it.": late,
            "The mask is turned round: True is what may be seen.": lambda: outputs(
                [[not see for see in row] for row in seen]
            ),
            "Rows and columns of the mask have changed places: mask[t][j] is for query t, key j.": (
                lambda: outputs(list(zip(*seen)))
            ),
            "Nothing is hidden: is the mask used?": lambda: outputs([[True] * n] * n),
            "The past is shown, whatever the mask says: use the mask that is given.": lambda: (
                outputs(shown)
            ),
            "Later positions are hidden where the mask shows them: go by the mask alone.": lambda: (
                outputs([[a and b for a, b in zip(r, s)] for r, s in zip(seen, shown)])
            ),
            "Queries and keys have changed places.": lambda: outputs(q=keys, k=queries),
            "The scores aren't divided by the root of d.": lambda: outputs(divisor=1),
            "The scores are divided by d: divide them by its root.": lambda: outputs(divisor=d),
            "The root is that of the number of positions: take the length of a query.": lambda: (
                outputs(divisor=math.sqrt(n))
            ),
            "The shares of a column add up to 1: softmax goes over the keys of one query.": (
                by_columns
            ),
            "Hidden scores are taken out of the list, and the shares that remain meet the first "
            "values: leave each score in its place.": misplaced,
            "The list of scores goes on from query to query: begin an empty one for each.": growing,
            "Each position sees itself alone.": lambda: [values[t] for t in range(n)],
            "Only the last position's output comes out: return one each.": lambda: outputs()[-1],
            "These are even averages of what is seen: compare queries with keys.": lambda: [
                [sum(a * s for a, s in zip(column, row)) / sum(row) for column in zip(*values)]
                for row in seen
            ],
            "The keys are averaged: it is the values that are handed on.": lambda: [
                looked_at(q, row, keys) for q, row in zip(queries, seen)
            ],
            "The shares go along each value: they go down the columns of the values, "
            "`zip(*values)`.": along_values,
        },
        tolerance=1e-8,
    )


def mixed_up(outputs, seen, values):
    """What comes out if what is hidden has the highest scores: its even average."""
    rows = []
    for row, own in zip(seen, outputs):
        there = [v for v, see in zip(values, row) if not see]
        rows.append([sum(column) / len(there) for column in zip(*there)] if there else own)
    return rows


def looked_at(q, row, keys):
    """Attention to the keys themselves, those that a row of the mask shows."""
    there = [k for k, see in zip(keys, row) if see]
    return looked(q, there, there)


@exercise("train3.layer_norm", usual=5)
def layer_norm(answer, rng):
    """A vector (n,), its mean and its variance taken out: from differences between two entries."""
    inputs = [vectors(rng, 1, n)[0] for n in (7, 3, 16, 2)]
    inputs += [[0.004 * a for a in vectors(rng, 1, 6)[0]], [7.0, 7.0, 7.0, 7.0], [-2.5], [1, 2, 6]]
    for x in inputs:
        n = len(x)
        gain, shift = vectors(rng, 2, n)
        nothing_left = "Where all entries are alike the variance is 0: the small number, 0.00001, "
        nothing_left += "goes under the root."
        got = call(
            answer,
            x,
            gain,
            shift,
            errors={
                ZeroDivisionError: nothing_left
                if n > 1
                else "Is something divided by n - 1? The variance is divided by n.",
                IndexError: "How many entries are there?",
            },
        )
        centred = [sum(a - b for b in x) / n for a in x]

        def made(numbers=centred, variance=None, add=0.0, x=x, gain=gain, shift=shift):
            """The result with some other numbers or variance, or something added to the root."""
            root = math.sqrt(spread(x) + EPS if variance is None else variance) + add
            return [g * a / root + s for a, g, s in zip(numbers, gain, shift)]

        bare = made(gain=[1.0] * n, shift=[0.0] * n)
        size = sum(map(abs, centred)) / n
        alike = {
            "Where all entries are alike, nothing is left of them, and shift is still added: the "
            "rule holds for them too.": [0.0] * n,
            "Here the entries come back as they are: subtract the mean, and shift is all that "
            "comes out.": x,
            "Here the entries come back, times gain, with shift: first the mean is subtracted.": [
                g * a + s for a, g, s in zip(x, gain, shift)
            ],
            "Here gain is added: nothing is left of the entries, so it multiplies zeros.": [
                g + s for g, s in zip(gain, shift)
            ],
        }
        raw = product(x, x) / n
        equal(
            plain(got, "The result"),
            made(),
            f"For {described_input(x)}, the result",
            {
                **(alike if len(set(x)) == 1 else {}),
                "The variance is divided by n - 1: divide by n.": lambda: made(
                    variance=spread(x) * n / (n - 1) + EPS
                ),
                "The squares are added up for the variance: take their mean.": lambda: made(
                    variance=spread(x) * n + EPS
                ),
                "The small number is added to the root: it goes under it.": lambda: made(
                    variance=spread(x), add=EPS
                ),
                "The small number, 0.00001, is missing.": lambda: made(variance=spread(x)),
                "The small number is 0.00001, or 1e-5: yours is ten times that.": lambda: made(
                    variance=spread(x) + 10 * EPS
                ),
                "The small number is 0.00001, or 1e-5: yours is a tenth of that.": lambda: made(
                    variance=spread(x) + EPS / 10
                ),
                "The small number is added behind the division: put brackets, so that it goes "
                "under the root.": lambda: [
                    g * (c / math.sqrt(spread(x)) + EPS) + s
                    for c, g, s in zip(centred, gain, shift)
                ],
                "This divides by the variance: divide by its root.": lambda: made(
                    variance=(spread(x) + EPS) ** 2
                ),
                "The mean isn't subtracted: this is rmsnorm, with gain and shift.": lambda: made(
                    x, raw + EPS
                ),
                "The mean is missing from the entries: the variance alone has it.": lambda: made(x),
                "The mean is subtracted from the entries, and not in the variance: square the "
                "differences.": lambda: made(variance=raw + EPS),
                "The mean is added: subtract it.": lambda: made(
                    [2 * a - c for a, c in zip(x, centred)]
                ),
                "gain and shift have changed places.": lambda: made(gain=shift, shift=gain),
                "shift is added before gain is applied: multiply first.": lambda: [
                    g * (a + s) for a, g, s in zip(bare, gain, shift)
                ],
                "gain and shift are missing.": lambda: bare,
                "gain is missing.": lambda: made(gain=[1.0] * n),
                "shift is missing.": lambda: made(shift=[0.0] * n),
                "shift is subtracted: add it.": lambda: made(shift=[-s for s in shift]),
                "Each entry has a gain and a shift of its own: this takes the first for all.": (
                    lambda: made(gain=gain[:1] * n, shift=shift[:1] * n)
                ),
                "The variance is taken for the mean of the differences' absolute values.": lambda: (
                    made(variance=size**2)
                ),
                "This divides by the mean of the differences' absolute values: square them, take "
                "the mean, then the root.": lambda: made(variance=size**2, add=EPS),
                "Absolute values are averaged, where squares should be.": lambda: made(
                    variance=size + EPS
                ),
                "This multiplies by the root: divide.": lambda: made(
                    variance=1 / (spread(x) + EPS)
                ),
            },
        )


@exercise("train3.rotary")
def rotary(answer, rng):
    """Pairs of neighbours, each with its length as it was and its angle moved on."""
    for d, position in ((6, 3), (4, 1), (2, 2), (8, 250), (6, 0)):
        (x,) = vectors(rng, 1, d)
        got = call(
            answer,
            x,
            position,
            errors={IndexError: "How many pairs are there? Half as many as there are entries."},
        )
        half = d // 2

        def turned(speed, x=x, sense=1, position=position, d=d):
            """All pairs of x turned, pair i by position times speed(i)."""
            out = []
            for i in range(d // 2):
                a, b = x[2 * i], x[2 * i + 1]
                angle = math.atan2(b, a) + sense * position * speed(i)
                out += [math.hypot(a, b) * math.cos(angle), math.hypot(a, b) * math.sin(angle)]
            return out

        def usual(i, d=d):
            return math.exp(-2 * i / d * math.log(10000))

        def by_halves(x=x):
            """The pairs are x[i] and x[i + half]."""
            out = turned(usual, [a for pair in zip(x[:half], x[half:]) for a in pair])
            return out[::2] + out[1::2]

        def overwritten(x=x):
            """The second entry is computed from the first as it has become."""
            out = turned(usual)
            for i in range(0, d, 2):
                out[i + 1] += (out[i] - x[i]) * math.sin(position * usual(i // 2))
            return out

        def one_sense_each(first):
            """The first entries are of pairs turned in one sense, the second ones in the other."""
            return [
                a
                for i in range(half)
                for a in (turned(usual, sense=first)[2 * i], turned(usual, sense=-first)[2 * i + 1])
            ]

        equal(
            got,
            turned(usual),
            f"For {described_input(x)} at position {position}, the result",
            {
                "It is turned the other way: [1, 0] by a right angle is [0, 1].": lambda: turned(
                    usual, sense=-1
                ),
                "All pairs are turned by the same angle: pair i by position · 10000 to the power "
                "of -2i/d.": lambda: turned(lambda i: 1.0),
                "The exponent is -i/d: it is -2i/d, as a pair has two entries.": lambda: turned(
                    lambda i: math.sqrt(usual(i))
                ),
                "The exponent lacks its minus: later pairs turn more slowly.": lambda: turned(
                    lambda i: 1 / usual(i)
                ),
                "The pairs are counted from 1: the first one is number 0.": lambda: turned(
                    lambda i: usual(i + 1)
                ),
                "The exponent is twice what it should be: i counts pairs, not entries, and it is "
                "divided by d, the number of entries, not of pairs.": lambda: turned(
                    lambda i: usual(2 * i)
                ),
                "The angle is in degrees: here it is in radians.": lambda: turned(
                    lambda i: math.radians(usual(i))
                ),
                "This makes degrees of the angle: cos and sin take radians.": lambda: turned(
                    lambda i: math.degrees(usual(i))
                ),
                "The position is one too many: it goes in as it is given.": lambda: turned(
                    usual, position=position + 1
                ),
                "The position is not used.": lambda: turned(usual, position=1),
                "The pairs are entry i and entry i + d/2: take neighbours, 0 and 1, 2 and 3.": (
                    by_halves
                ),
                "The second entry is made from the first as it has become: keep the old one until "
                "both are done.": overwritten,
                "Both sines have a plus: that is no rotation, and lengths change. In the first "
                "entry it is a minus.": lambda: one_sense_each(-1),
                "Both sines have a minus: that is no rotation. In the second entry it is a plus.": (
                    lambda: one_sense_each(1)
                ),
                "Cosine and sine have changed places.": lambda: turned(
                    lambda i: math.pi / 2 - position * usual(i), position=1
                ),
                "Only the first pair is turned.": lambda: turned(lambda i: usual(i) * (i == 0)),
                "This is x itself: nothing is turned.": lambda: x,
                "The first entries of all pairs come first: each pair stays together.": lambda: (
                    turned(usual)[::2] + turned(usual)[1::2]
                ),
                "The power is that of 1,000: take 10000.": lambda: turned(
                    lambda i: usual(i) ** 0.75
                ),
                "// drops the rest in the exponent: / keeps it.": lambda: turned(
                    lambda i: 10000.0 ** (-2 * i // d)
                ),
            },
            tolerance=1e-8,
        )


@exercise("train3.score_slopes", gives_away=("value.Value.backward",), usual=6)
def score_slopes(answer, rng):
    """Slopes (n,) along the scores: from a nudge of each in the imaginary direction."""
    for n, width in ((3, 2), (5, 3), (2, 1), (4, 16), (1, 3)):
        scores = vectors(rng, 1, n)[0]
        compare_slopes(answer, scores, vectors(rng, n, width), vectors(rng, 1, width)[0])
    (one, slopes), scores = vectors(rng, 2, 3), vectors(rng, 1, 4)[0]
    compare_slopes(answer, scores, [one] * 4, slopes)
    scores = [2000.0, 1999.5, -3000.0]
    compare_slopes(answer, scores, vectors(rng, 3, 2), vectors(rng, 1, 2)[0])


def compare_slopes(answer, scores, values, slopes):
    """Raise Wrong unless an answer's slopes are right for these numbers."""
    got = call(
        answer,
        scores,
        values,
        slopes,
        errors={
            OverflowError: OVERFLOW,
            IndexError: "There are as many scores as values, but a value may have more or fewer "
            "numbers.",
        },
    )
    got = plain(got, "The result")
    refuse_nan(got, OVERFLOW)
    n = len(scores)
    shares = [share(s, scores) for s in scores]
    gains = [product(slopes, v) for v in values]

    def nudged(i, gains=gains):
        """The loss's slope from a tiny imaginary nudge of score i, which no rounding spoils."""
        peak = max(scores)
        exps = [cmath.exp(s - peak + (1e-30j if j == i else 0)) for j, s in enumerate(scores)]
        return (sum(e * g for e, g in zip(exps, gains)) / sum(exps)).imag / 1e-30

    def by_columns():
        """What comes out if the slopes along the shares are those of the values' columns."""
        along = [product(slopes, column) for column in zip(*values)]
        return [p * (g - product(shares, along)) for p, g in zip(shares, along)]

    wanted = [nudged(i) for i in range(n)]
    even = sum(gains) / n
    mean = product(shares, gains)
    equal(
        got,
        wanted,
        f"For {n} scores, the result",
        {
            "These are the slopes along the shares: go on to the scores, through softmax.": gains,
            "This is share times the slope along it: a larger score also makes the other shares "
            "smaller.": lambda: [p * g for p, g in zip(shares, gains)],
            "This is p(1 - p) times the slope along the share: a score changes the other shares "
            "too, by -p_i p_j.": lambda: [p * (1 - p) * g for p, g in zip(shares, gains)],
            "The sign is the wrong way round.": lambda: [-w for w in wanted],
            "The share itself is missing as a factor.": lambda: [
                w / p for w, p in zip(wanted, shares)
            ],
            "The mean to subtract is the one with shares, not the even one.": lambda: [
                w + p * (mean - even) for w, p in zip(wanted, shares)
            ],
            "The sum of all is subtracted: take the mean, with shares.": lambda: [
                w + p * (mean - sum(gains)) for w, p in zip(wanted, shares)
            ],
            "The mean is added: subtract it.": lambda: [
                w + 2 * p * mean for w, p in zip(wanted, shares)
            ],
            "The cross terms have a plus: the other shares get smaller, -p_i p_j.": lambda: [
                p * (1 - p) * g + p * (mean - p * g) for p, g in zip(shares, gains)
            ],
            "The own share's part is missing: p_i (1 - p_i) times its slope.": lambda: [
                w - p * (1 - p) * g for w, p, g in zip(wanted, shares, gains)
            ],
            "Only the last share's part is left: add up over all shares, += and not =.": lambda: [
                p * ((i == n - 1) - shares[-1]) * gains[-1] for i, p in enumerate(shares)
            ],
            "In the slope of share j along score i both p_i and p_j are factors: where j isn't i, "
            "p_i is missing.": lambda: [
                p * g - (mean - p * g) - p * p * g for p, g in zip(shares, gains)
            ],
            "In the slope of share j along score i both p_i and p_j are factors: where j isn't i, "
            "p_j is missing.": lambda: [
                p * (1 - p) * g - p * (sum(gains) - g) for p, g in zip(shares, gains)
            ],
            "p less 1 is for the surprise: here, in the slope of share j along score i, both p_i "
            "and p_j are factors.": lambda: [(p - 1) * g for p, g in zip(shares, gains)],
            "The slopes along the output aren't used: values count with them.": lambda: [
                nudged(i, [sum(v) for v in values]) for i in range(n)
            ],
            "This is how the output's own numbers change: multiply by slopes, add up.": lambda: [
                [nudged(i, column) for column in zip(*values)] for i in range(n)
            ],
            "slopes goes down the columns of the values here: a value and slopes have the same "
            "length, so take the dot product of each value with it.": by_columns,
            "All slopes are added up: return one for each score.": lambda: sum(wanted),
            "The scores are divided by a root here once more: they were already.": lambda: [
                w / math.sqrt(len(slopes)) for w in wanted
            ],
        },
        otherwise=NUDGED if near(got, wanted) else "",
    )
