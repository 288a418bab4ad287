"""Checks of train1's exercises.

What is wanted of a gradient is found by central differences of the loss: no check holds a hand
gradient, but for those that the lesson shows.
"""

import math

from microgpt_ref.lab.checks.comparing import (
    NUDGED,
    Wrong,
    brief,
    call,
    collect,
    equal,
    near,
    plain,
)
from microgpt_ref.lab.checks.train0 import random_tokens

CHECKS = {}
exercise = collect(CHECKS)

OVERFLOW = "A power of e was too large: shift the logits first, so that the largest is 0."
ALL_ZERO = "All powers have become 0: subtract the largest logit, so that one of them is 1."


def random_vector(rng, n, spread=1.0):
    """A list of n floats around 0, none of them very near it."""
    return [rng.choice([-1, 1]) * spread * rng.uniform(0.2, 1.5) for _ in range(n)]


def random_rows(rng, n_rows, n_columns, spread=1.0):
    """A matrix (n_rows, n_columns) of such floats."""
    return [random_vector(rng, n_columns, spread) for _ in range(n_rows)]


def slopes(loss, at, h=1e-5):
    """The central differences (n,) of a function of a list, along each of its entries."""
    found = []
    for j in range(len(at)):
        up, down = list(at), list(at)
        up[j], down[j] = at[j] + h, at[j] - h
        found.append((loss(up) - loss(down)) / (up[j] - down[j]))
    return found


def log_sum(logits):
    """ln of the sum of the powers of e."""
    return max(logits) + math.log(math.fsum(math.exp(z - max(logits)) for z in logits))


def times(w, x):
    """The vector W x."""
    return [math.fsum(a * b for a, b in zip(row, x)) for row in w]


@exercise("train1.softmax", ours=("layers.softmax",))
def softmax(answer, rng):
    """Probabilities (V,) from logits (V,) of any size."""
    for n, lift in ((4, 0), (6, 1), (3, -2), (5, 0), (1, 0)):
        logits = [z + lift for z in random_vector(rng, n, 1.5)]
        got = call(answer, logits, errors={OverflowError: OVERFLOW, ZeroDivisionError: ALL_ZERO})
        powers = [math.exp(z) for z in logits]
        shifted = [math.exp(z - max(logits)) for z in logits]

        def shares(parts, whole=None):
            return [part / (math.fsum(parts) if whole is None else whole) for part in parts]

        equal(
            got,
            shares(powers),
            f"For {short(logits)}, probs",
            {
                "// drops the rest, which is all there is of a share: / keeps it.": [0.0] * n,
                "The powers are not yet divided by their sum.": powers,
                "The shifted powers are not yet divided by their sum.": shifted,
                "The powers above the line are shifted, those in the sum are not.": lambda: shares(
                    shifted, math.fsum(powers)
                ),
                "The powers in the sum are shifted, those above the line are not.": lambda: shares(
                    powers, math.fsum(shifted)
                ),
                "This divides by the number of logits: divide by the sum of the powers.": lambda: (
                    shares(powers, n)
                ),
                "This divides by the number of logits: divide by the sum of the shifted powers.": (
                    lambda: shares(shifted, n)
                ),
                "These are shares of the logits: take e to the power of each first.": lambda: (
                    shares(logits)
                ),
                "The powers are of 2, not of e.": lambda: shares([2**z for z in logits]),
                "The powers are of -z: the largest logit gets the smallest probability.": lambda: (
                    shares([math.exp(-z) for z in logits])
                ),
                "These are logarithms of the probabilities.": lambda: [
                    z - log_sum(logits) for z in logits
                ],
                "All of it goes to the largest logit: the others have a share, too.": lambda: [
                    float(z == max(logits)) for z in logits
                ],
                "The logits are divided by the largest: subtract it.": lambda: shares(
                    [math.exp(z / max(logits)) for z in logits]
                ),
                "Only the shifted logits come out: take e to the power of each.": [
                    z - max(logits) for z in logits
                ],
                "This divides by the sum without the logit's own power.": lambda: [
                    power / (math.fsum(powers) - power) for power in powers
                ],
                "The largest power is subtracted from the powers: subtract the largest logit from "
                "the logits, before e comes in.": lambda: shares(
                    [power - max(powers) for power in powers]
                ),
            },
        )
    for logits, wanted in (
        ([1000.0, 0.0], [1.0, 0.0]),
        ([0.0, 5000.0, 0.0, 5000.0], [0.0, 0.5, 0.0, 0.5]),
        ([-1000.0, -1000.0], [0.5, 0.5]),
        ([1000 + math.log(3), 1000.0, -1000.0], [0.75, 0.25, 0.0]),
        ([-3000 + math.log(3), -3000.0], [0.75, 0.25]),
        ([7, 7, 7, 7], [0.25] * 4),
        ([1e9, -1e9], [1.0, 0.0]),
    ):
        got = call(answer, logits, errors={OverflowError: OVERFLOW, ZeroDivisionError: ALL_ZERO})
        numbers = plain(got, "probs")
        if isinstance(numbers, list) and any(p != p for p in numbers):
            raise Wrong(
                f"For {short(logits)}, probs holds `nan`, not a number.",
                OVERFLOW if max(logits) > 0 else ALL_ZERO,
            )
        equal(
            got,
            wanted,
            f"For {short(logits)}, probs",
            {
                "Logits beyond some size were cut off: shift them, and they stay apart.": lambda: (
                    cut(logits)
                ),
                "All powers have become 0: shift by the largest logit.": [0.0] * len(logits),
                "Each of the largest gets 1, the others nothing: shift the logits, and shares come "
                "out of any size.": [float(z == max(logits)) for z in logits],
                "All of it goes to one of the largest: shift the logits, and shares come out of "
                "any size.": [float(i == logits.index(max(logits))) for i in range(len(logits))],
                "Every token gets the same here: shift the logits, and shares come out of any "
                "size.": [1 / len(logits)] * len(logits),
            },
            tolerance=1e-7,  # of logits near 1000 the last digits are gone
        )


def cut(logits):
    """What softmax gives if logits beyond 100 are taken for 100."""
    powers = [math.exp(max(-100, min(z, 100)) - 100) for z in logits]
    return [power / math.fsum(powers) for power in powers]


def short(numbers):
    """A list of numbers as a short text."""
    return "[" + ", ".join(f"{number:.4g}" for number in numbers) + "]"


@exercise("train1.linear_backward", ours=("mlp.linear_backward",))
def linear_backward(answer, rng):
    """dx of y = W x, and dW added to what dw already holds."""
    cause = (
        "Rows or columns? w[i][j] joins x[j] and dy[i]; so does dw[i][j]. There are as many rows "
        "as dy has entries, as many columns as x has."
    )
    errors = {IndexError: cause, ValueError: cause}
    for n_out, n_in in ((3, 2), (2, 4), (3, 3), (1, 3), (4, 1), (1, 1)):
        w, before = random_rows(rng, n_out, n_in), random_rows(rng, n_out, n_in)
        x, dy = random_vector(rng, n_in), random_vector(rng, n_out)
        given = (w, x, dy, before)
        result, (*_, after) = call(answer, *given, errors=errors, changes=(3,))
        by_x = slopes(lambda x, w=w, dy=dy: math.fsum(d * y for d, y in zip(dy, times(w, x))), x)

        def entered(product, start=before, n_out=n_out, n_in=n_in):
            return [[start[i][j] + product(i, j) for j in range(n_in)] for i in range(n_out)]

        where = f"For a matrix ({n_out}, {n_in}), "
        if after == before:
            raise Wrong(
                where + "dw is as before.",
                "Change its entries in place: `dw[i][j] += …`. A new matrix under the same name is "
                "no use to whoever called.",
            )
        zeros = [[0.0] * n_in for _ in range(n_out)]
        equal(
            after,
            entered(lambda i, j, x=x, dy=dy: dy[i] * x[j]),
            where + "dw",
            {
                "What dw held before is lost: += adds to it.": lambda: entered(
                    lambda i, j: dy[i] * x[j], zeros
                ),
                "The sign is the wrong way round: the slopes are added to dw.": lambda: entered(
                    lambda i, j: -dy[i] * x[j]
                ),
                "That is w times dy: along a weight the local derivative is x.": lambda: entered(
                    lambda i, j: w[i][j] * dy[i]
                ),
                "That is w times x: each row has to be multiplied by its dy.": lambda: entered(
                    lambda i, j: w[i][j] * x[j]
                ),
                "dy is missing: each local derivative is multiplied by it.": lambda: entered(
                    lambda i, j: x[j]
                ),
                "x is missing: along w[i][j] the local derivative is x[j].": lambda: entered(
                    lambda i, j: dy[i]
                ),
                "The dy are added up first: each row gets its own.": lambda: entered(
                    lambda i, j: math.fsum(dy) * x[j]
                ),
                "The same is added more than once.": lambda: entered(lambda i, j: 2 * dy[i] * x[j]),
                "Only two rows and columns are there: take their numbers from the lists.": lambda: (
                    entered(lambda i, j: dy[i] * x[j] * (i < 2 and j < 2))
                ),
                "There is w in the product, and it should be dy[i] * x[j] alone.": lambda: entered(
                    lambda i, j: dy[i] * x[j] * w[i][j]
                ),
                "Only the first row is added to: does the return stand inside the loop?": lambda: (
                    entered(lambda i, j: dy[i] * x[j] * (i == 0))
                ),
                "Only the last row is added to: each has its share.": lambda: entered(
                    lambda i, j: dy[i] * x[j] * (i == n_out - 1)
                ),
                "Only the first column is added to: does the return stand inside the loop?": (
                    lambda: entered(lambda i, j: dy[i] * x[j] * (j == 0))
                ),
            },
        )
        if result is None:
            raise Wrong(where + "dw is right, and nothing is returned.", "Return dx at the end.")
        as_long_as_dy = isinstance(result, list) and len(result) == n_out != n_in
        equal(
            result,
            by_x,
            where + "dx",
            {
                "This goes along the rows of w, as the layer itself does: dx[j] goes down "
                "column j.": lambda: times(w, dy),
                "The products are not added up: x[j] reaches the loss through every y.": lambda: [
                    w[-1][j] * dy[-1] for j in range(n_in)
                ],
                "Only the first way is there: x[j] reaches the loss through every y.": lambda: [
                    w[0][j] * dy[0] for j in range(n_in)
                ],
                "dy is missing: that is the sum of each column.": lambda: [
                    math.fsum(column) for column in zip(*w)
                ],
                "This is dW summed down its columns: along x the local derivative is w.": lambda: [
                    math.fsum(d * a for d in dy) for a in x
                ],
                "That is y, the layer forwards.": lambda: times(w, x),
                "This is made with dw in the place of w.": lambda: [
                    math.fsum(row[j] * d for row, d in zip(after, dy)) for j in range(n_in)
                ],
                "The sum begins with x: begin with 0.": lambda: [a + b for a, b in zip(x, by_x)],
                "There is x in the products: along x the local derivative is w, and dy is all "
                "that it is multiplied by.": lambda: [a * b for a, b in zip(x, by_x)],
                "dw is returned with it: it has been changed in place, so return dx alone.": (
                    lambda: [after, by_x]
                ),
                "dw is returned after it: it has been changed in place, so return dx alone.": (
                    lambda: [by_x, after]
                ),
                "That is dw: it has been changed in place, so return dx.": lambda: after,
                "The products are divided by their number: several ways add up.": lambda: [
                    d / n_out for d in by_x
                ],
            },
            tolerance=1e-8,
            otherwise=cause if as_long_as_dy else "",
        )


@exercise("train1.by_hand")
def by_hand(answer, rng):
    """dx of a network on paper, by central differences of its loss, mistaken ones included."""
    fc2 = [[math.log(3), 1.0], [math.log(2), 3.0], [0.0, 0.0]]

    def surprise(logits, target=0):
        return log_sum(logits) - logits[target]

    def loss(x, target=0, gate=(True, False)):
        """gate: which hidden numbers pass; from shut ones, slopes may still come back."""
        before = [x / 2, -x]
        return surprise(times(fc2, [b if g else 0.0 for b, g in zip(before, gate)]), target)

    def slope(function):
        return slopes(lambda at: function(at[0]), [2.0])[0]

    def leaky(x):
        return surprise(times(fc2, [x / 2, -x + 2]))  # at x = 2 hidden is as it was

    wanted = slope(loss)
    equal(
        answer,
        wanted,
        "Your dx",
        {
            "Something passes the second gate on the way back, and it is shut.": slope(leaky),
            "There is no gate at all: the second hidden number is 0, not -2.": slope(
                lambda x: loss(x, gate=(True, True))
            ),
            "The 1 is not yet taken from the p of the target: there dz is p - 1.": slope(
                lambda x: log_sum(times(fc2, [x / 2, 0.0]))
            ),
            "That is dz = p in place of p - 1 at the target, turned round.": -slope(
                lambda x: log_sum(times(fc2, [x / 2, 0.0]))
            ),
            "The sign is the wrong way round: dz is p, less 1 at the target.": -wanted,
            "That is dhidden: one more factor, the weight of fc1, leads to x.": 2 * wanted,
            "That is dfc1, with x for a factor: along x it is the weight.": 4 * wanted,
            "That is half of it: the weight of fc1 is a factor once, not twice, and there is one "
            "prediction, so no mean is taken.": wanted / 2,
            "You went along a row of fc2: go down a column, with a product for each logit.": (
                (fc2[0][0] * -1 / 2 + fc2[0][1] / 3) / 2
            ),
            "Nothing comes back at all: add up the ways through the three logits (one of them is "
            "0), and don't multiply them. The first gate is open.": 0.0,
            "That is the slope if n comes next; here a comes.": slope(lambda x: loss(x, 1)),
            "Only the way through the target's logit is there: three lead from hidden.": -math.log(
                3
            )
            / 4,
            "The way through the target's logit alone is missing: three lead from hidden.": (
                wanted + math.log(3) / 4
            ),
            "That is the loss itself: look for its slope.": loss(2.0),
            "That is the dz of the target: go on to x.": -0.5,
            "You take logarithms to base 10; the logits are natural ones.": wanted / math.log(10),
            "You take logarithms to base 2; the logits are natural ones.": wanted / math.log(2),
        },
        tolerance=1e-4,
        reveal=False,
    )


@exercise("train1.central", usual=5)
def central(answer, rng):
    """Central differences of polynomials, of which each is known exactly, even for a large h."""
    for n, h in ((3, 0.5), (2, 0.1), (4, 0.25), (1, 1e-3), (3, 1e-4)):
        a, b, x = random_vector(rng, n), random_vector(rng, n), random_vector(rng, n)
        if n == 4:
            x[2] = x[0]

        def f(x, a=a, b=b, n=n):
            if not hasattr(x, "__len__") or len(x) != n:
                raise Wrong(
                    f"For a list x of {n}, f is called with {brief(x)}.",
                    "f takes the whole list: change one entry of it, and call f with the list.",
                )
            cubes = math.fsum(p * y**3 + q * y**2 for p, q, y in zip(a, b, x))
            return cubes + math.prod(x) + 7.0

        got = call(answer, f, x, h)

        def moved(up, down, whole=2 * h, f=f, x=x):
            """A slope for each entry, between points at up and down from it."""
            return [
                (
                    f([y + up * (i == j) for i, y in enumerate(x)])
                    - f([y + down * (i == j) for i, y in enumerate(x)])
                )
                / whole
                for j in range(len(x))
            ]

        def left_moved(end, f=f, x=x, h=h):
            """As `moved`, with each entry left at `end` from where it was, once it is done."""
            at, found = list(x), []
            for j in range(len(x)):
                points = [[*at[:j], x[j] + step, *at[j + 1 :]] for step in (h, -h)]
                found.append((f(points[0]) - f(points[1])) / (2 * h))
                at[j] = x[j] + end
            return found

        def grown(j, h=h, x=x):
            """x with all entries up to j moved by h."""
            return [y + h * (i <= j) for i, y in enumerate(x)]

        def in_proportion(f=f, x=x, h=h):
            """The differences of f between points at h times the entry."""
            for j, y in enumerate(x):
                yield f([*x[:j], y + h * y, *x[j + 1 :]]) - f([*x[:j], y - h * y, *x[j + 1 :]])

        cubic = [3 * p * y**2 + p * h**2 + 2 * q * y for p, q, y in zip(a, b, x)]
        wanted = [c + math.prod(y for i, y in enumerate(x) if i != j) for j, c in enumerate(cubic)]
        one = [y + h for y in x], [y - h for y in x]
        equal(
            got,
            wanted,
            f"For x = {short(x)} and h = {h:g}, the result",
            {
                "This compares with x itself, one way: nudge down as well as up.": lambda: moved(
                    h, 0, h
                ),
                "This compares x with a nudge down, one way: nudge up as well.": lambda: moved(
                    0, -h, h
                ),
                "The two points are 2h apart: divide by 2h, not by h.": lambda: moved(h, -h, h),
                "One way is nudged, and 2h is divided by: nudge the other way too.": lambda: moved(
                    h, 0
                ),
                "`/ 2 * h` divides by 2 and then multiplies by h: write / (2 * h).": lambda: moved(
                    h, -h, 2 / h
                ),
                "This divides by nothing: the difference is over a distance of 2h.": lambda: moved(
                    h, -h, 1
                ),
                "The nudges are of h/2 each, and the distance is taken for 2h.": lambda: moved(
                    h / 2, -h / 2
                ),
                "The nudges are of h/2 each: let them be of h.": lambda: moved(h / 2, -h / 2, h),
                "The sign is the wrong way round: take what is below from what is above.": lambda: (
                    moved(-h, h)
                ),
                "All entries are nudged at once: nudge one, leave the others where they are.": (
                    lambda: [(f(one[0]) - f(one[1])) / (2 * h)] * n
                ),
                "An entry isn't put back before the next one's turn: it stays h too low.": (
                    lambda: left_moved(-h)
                ),
                "An entry isn't put back before the next one's turn: it stays h too high.": (
                    lambda: left_moved(h)
                ),
                "Both points are the same: is `up` a second name for the list `down`?": [0.0] * n,
                "Earlier nudges are still there: make new copies of x for each entry.": lambda: [
                    (f(grown(j)) - f(grown(j, -h))) / (2 * h) for j in range(n)
                ],
                "The nudge is one of its own: take the h that is given.": lambda: [
                    w - p * h**2 for w, p in zip(wanted, a)
                ],
                "The nudge is h times the entry: it is h itself.": lambda: [
                    d / (2 * h) for d in in_proportion()
                ],
                "The nudge is h times the entry, here and below the line: it is h itself.": (
                    lambda: [d / (2 * h * y) for d, y in zip(in_proportion(), x)]
                ),
                "Two entries are equal, and `x.index` finds the first: go by positions.": lambda: [
                    wanted[x.index(y)] for y in x
                ],
                "The slopes are added up: give one for each entry.": lambda: math.fsum(wanted),
                "That is the first slope alone: give one for each entry.": wanted[0],
                "That is the last slope alone: give one for each entry.": wanted[-1],
            },
            tolerance=1e-8 if h > 1e-2 else 1e-6,
        )
    empty = "x may be empty: there is no entry then, no slope, and an empty list comes out."
    errors = dict.fromkeys((LookupError, ValueError, ZeroDivisionError), empty)
    got = call(answer, lambda x: 1.0, [], 0.1, errors=errors)
    if plain("" if got is None else got, "For an empty x, the result") != []:
        raise Wrong(f"For an empty x, the result is {brief(got)}; it should be [].", empty)


def tanh_slope(x, h=1e-5):
    """The central difference of tanh."""
    return (math.tanh(x + h) - math.tanh(x - h)) / (2 * h)


@exercise("train1.tanh", usual=5)
def tanh(answer, rng):
    """dx through tanh, by central differences of tanh."""
    errors = {
        OverflowError: "A power of e was too large: write the same slope with `math.tanh`, which "
        "takes any number.",
        ZeroDivisionError: "A power of e became 0, or infinite: write the same slope with "
        "`math.tanh`, which takes any number.",
    }
    far, apart = [1000.0, -1000.0, 0.0, 25.0], [2.0, -3.0, 1.5, 1.0]
    for x, dy in (
        *((random_vector(rng, n), random_vector(rng, n, 2.0)) for n in (4, 3, 6, 1)),
        ([0.0, 1.0], [3.0, 0.0]),
        (far, apart),
        ([], []),
    ):
        got = call(answer, x, dy, errors=errors)
        y = [math.tanh(a) for a in x]
        wanted = [d * tanh_slope(a) for a, d in zip(x, dy)]

        def through(local, x=x, y=y, dy=dy):
            return [d * local(a, b) for a, b, d in zip(x, y, dy)]

        numbers = plain(got, "dx")
        if isinstance(numbers, list) and any(number != number for number in numbers):
            raise Wrong(f"For x = {short(x)}, dx holds `nan`, not a number.", errors[OverflowError])
        equal(
            got,
            wanted,
            f"For x = {short(x)} and dy = {short(dy)}, dx",
            {
                "dy has no part in it: the local derivative is multiplied by it.": lambda: list(
                    map(tanh_slope, x)
                ),
                "A square is missing: at y near -1 this is 2, and the slope is near 0.": lambda: (
                    through(lambda a, b: 1 - b)
                ),
                "A square is missing: the slope is no straight line in |y|.": lambda: through(
                    lambda a, b: 1 - abs(b)
                ),
                "This squares x, what went in: square y, what came out.": lambda: through(
                    lambda a, b: 1 - a * a
                ),
                "This is the square alone: near 0 the slope is 1, far out it is 0.": lambda: (
                    through(lambda a, b: b * b)
                ),
                "That is a plus in place of a minus: no slope of tanh is above 1.": lambda: through(
                    lambda a, b: 1 + b * b
                ),
                "That is dy times y: what is wanted is the slope.": lambda: through(lambda a, b: b),
                "That is tanh of x, the way forwards.": lambda: y,
                "That is tanh of dy: tanh is done once, forwards.": lambda: list(
                    map(math.tanh, dy)
                ),
                "That is the slope of the sigmoid: y·(1 - y) belongs to another bend.": lambda: (
                    through(lambda a, b: b * (1 - b))
                ),
                "That is ReLU's gate: tanh lets part of the slope through, on both sides.": (
                    lambda: through(lambda a, b: float(a > 0))
                ),
                "ReLU's gate is there as well: tanh lets slopes through on both sides.": (
                    lambda: through(lambda a, b: tanh_slope(a) * (a > 0))
                ),
                "Far out tanh is nearly level: the slope there is near 0, not 1.": lambda: through(
                    lambda a, b: tanh_slope(a) if abs(a) < 20 else 1.0
                ),
                "dy is multiplied with y alone: it goes with the whole slope, at the end.": (
                    lambda: [1 - (b * d) ** 2 for b, d in zip(y, dy)]
                ),
                "dy is multiplied with a part of the slope alone: are brackets missing?": lambda: [
                    1 - b * (b * d) for b, d in zip(y, dy)
                ],
                "One over cosh is squared: here the square is missing.": lambda: through(
                    lambda a, b: 1 / math.cosh(a)
                ),
                "That is one over the slope: multiply, don't divide.": lambda: through(
                    lambda a, b: 1 / tanh_slope(a)
                ),
                "tanh is taken twice: x is what went in, y what comes out.": lambda: through(
                    lambda a, b: tanh_slope(b)
                ),
                "The slope is taken at dy: it is that at x.": lambda: [
                    a * tanh_slope(d) for a, d in zip(x, dy)
                ],
                "dy times the slope is wanted: here dy stands for the 1 in it alone.": lambda: [
                    d - b * b for b, d in zip(y, dy)
                ],
                "These are added up: dx has an entry for each of x.": lambda: math.fsum(wanted),
            },
            tolerance=1e-8,
            otherwise=NUDGED if near(plain(got, "dx"), wanted) else "",
        )


@exercise("train1.smoothed", usual=6)
def smoothed(answer, rng):
    """Slopes of the smoothed loss, by central differences."""
    usual = [(4, 0.1, 0), (3, 0.3, 0), (6, 0.2, 1), (5, 0.5, 0)]
    for n, share, lift in (*usual, (4, 0.0, 0), (3, 1.0, 0), (2, 0.1, 1000), (3, 0.2, -1000)):
        logits, target = [z + lift for z in random_vector(rng, n)], rng.randrange(n)
        got = call(
            answer,
            logits,
            target,
            share,
            errors={
                OverflowError: OVERFLOW,
                ZeroDivisionError: "All powers have become 0: shift the logits first.",
            },
        )
        start = [z - lift for z in logits]  # the same slopes, and more digits

        def along(taken, whole=1.0, start=start):
            """Slopes of whole times the ln of the sum, less each logit times its number."""
            return slopes(
                lambda z: whole * log_sum(z) - math.fsum(t * a for t, a in zip(taken, z)), start
            )

        def spread(at_target, elsewhere, n=n, target=target):
            return [at_target if i == target else elsewhere for i in range(n)]

        each = share / n
        wanted = along(spread(1 - share + each, each))
        where = f"For the logits {short(logits)}, target {target} and a share of {share:g}, "
        equal(
            got,
            wanted,
            where + "the result",
            {
                "The share has no part in it: this is the slope of the plain surprise.": lambda: (
                    along(spread(1, 0))
                ),
                "The target has its part of the share, too: it is spread over all V.": lambda: (
                    along(spread(1 - share, each))
                ),
                "The share is divided by V - 1, the others alone: spread it over all V.": lambda: (
                    along(spread(1 - share, share / (n - 1)))
                ),
                "The share is divided by V - 1: spread it over all V.": lambda: along(
                    spread(1 - share + share / (n - 1), share / (n - 1))
                ),
                "The others get nothing: the share is spread over them as well.": lambda: along(
                    spread(1 - share, 0)
                ),
                "The others get nothing of the share, the target its part.": lambda: along(
                    spread(1 - share + each, 0)
                ),
                "The target still has its whole 1: take the share away from it.": lambda: along(
                    spread(1 + each, each)
                ),
                "The target still has its whole 1, and no part of the share.": lambda: along(
                    spread(1, each)
                ),
                "The two parts have changed places: 1 - share is the target's.": lambda: along(
                    spread(share + (1 - share) / n, (1 - share) / n)
                ),
                "p is multiplied by 1 - share: in the whole loss it stands once.": lambda: along(
                    spread(1 - share + each, each), 1 - share
                ),
                "p is multiplied by 1 - share, and the spread part is missing.": lambda: along(
                    spread(1 - share, 0), 1 - share
                ),
                "Every token gets the whole share: p stays as it is, and only the share that is "
                "taken from it is divided by V.": lambda: along(spread(1, share)),
                "In the second part p has become a V-th of itself: a logit counts in the surprises "
                "at all V tokens, not in its own alone.": lambda: along(
                    spread(1 - share + each, each), 1 - share + each
                ),
                "The mean has become a sum: divide the slopes of all surprises by V.": lambda: (
                    along(spread(1, share), 1 - share + n * share)
                ),
                "p counts twice: both parts together have the weight 1.": lambda: along(
                    spread(1 - share + each, each), 2
                ),
                "The sign is the wrong way round: take what is wanted from p.": lambda: [
                    -d for d in wanted
                ],
                "What is wanted is not yet taken away: these are the probabilities.": lambda: along(
                    spread(0, 0)
                ),
                "This is the target, smoothed: take it from p.": lambda: spread(
                    1 - share + each, each
                ),
                "V is the number of these logits, not 27.": lambda: along(
                    spread(1 - share + share / 27, share / 27)
                ),
                "That is the loss itself: look for its slopes.": lambda: (
                    log_sum(logits) - (1 - share) * logits[target] - share * math.fsum(logits) / n
                ),
                "The share is added where it should be taken away.": lambda: along(
                    spread(1 - share - each, -each)
                ),
                "Here p is smoothed: what is wanted is smoothed, and p stays as it is.": lambda: [
                    d + each for d in along(spread(1, 0), 1 - share)
                ],
                "These are surprises, each times its part: take the slopes of each surprise.": (
                    lambda: [
                        part * (log_sum(logits) - z)
                        for part, z in zip(spread(1 - share + each, each), logits)
                    ]
                ),
                "This divides by V once more: the mean is of the surprises, not of the slopes.": (
                    lambda: [d / n for d in wanted]
                ),
                "That is one number, the slopes added up: give one for each logit.": lambda: (
                    math.fsum(wanted)
                ),
            },
            tolerance=1e-7,
            otherwise=NUDGED if near(plain(got, "The result"), wanted) else "",
        )


@exercise("train1.bias")
def bias(answer, rng):
    """db1 and db2, by central differences of the document's loss."""
    cause = "Do the lists fit? b1 is as long as fc1 has rows, b2 as long as fc2 has."
    for size, n_embd, n_hidden, length in (
        (5, 3, 4, 5),
        (4, 2, 6, 4),
        (6, 4, 3, 6),
        (3, 1, 1, 1),
        (2, 2, 3, 0),
    ):
        weights = {
            "wte": random_rows(rng, size, n_embd),
            "fc1": random_rows(rng, n_hidden, n_embd, 0.8),
            "fc2": random_rows(rng, size, n_hidden, 0.8),
        }
        b1, b2 = random_vector(rng, n_hidden), random_vector(rng, size)
        b1[0] = abs(b1[0]) + 2.0  # a gate that is open
        tokens = random_tokens(rng, size, length)
        given = (weights, b1, b2, tokens)
        got = call(
            answer,
            *given,
            errors={IndexError: cause, KeyError: "The weights are wte, fc1 and fc2."},
        )
        pairs = list(zip(tokens, tokens[1:]))

        def loss(one, two, pairs=pairs, n=None, bend=None, minus=1, weights=weights, one_way=False):
            """The loss with these biases; `bend` takes (what fc1 gives, one) to hidden."""
            found = []
            for token, target in pairs:
                z = times(weights["fc1"], weights["wte"][token])
                mid = bend(z, one) if bend else [max(0.0, a + b) for a, b in zip(z, one)]
                logits = [a + b for a, b in zip(times(weights["fc2"], mid), two)]
                if one_way:  # the other logits stay what they are with b1
                    z = [max(0.0, a + b) for a, b in zip(z, b1)]
                    still = [a + b for a, b in zip(times(weights["fc2"], z), two)]
                    logits = [*still[:target], logits[target], *still[target + 1 :]]
                found.append(log_sum(logits) - minus * logits[target])
            return math.fsum(found) / (n or len(pairs))

        def both(at=(b1, b2), **changed):
            one, two = at
            db1 = slopes(lambda b: loss(b, two, **changed), one)
            return [db1, slopes(lambda b: loss(one, b, **changed), two)]

        def open_gates(z, one, b1=b1):
            """hidden as it is, with slopes that pass shut gates too."""
            return [max(0.0, a + k) + b - k for a, b, k in zip(z, one, b1)]

        def other_gates(z, one, b1=b1):
            """hidden as it is, with slopes that pass where fc1 alone is positive."""
            return [max(0.0, a + k) + (b - k) * (a > 0) for a, b, k in zip(z, one, b1)]

        def behind(z, one):
            return [max(0.0, a) + b for a, b in zip(z, one)]

        def times_hidden(z, one, b1=b1):
            """hidden as it is, with slopes that are multiplied by it."""
            return [max(0.0, a + k) * (1 + b - k) for a, b, k in zip(z, one, b1)]

        n, zero = len(pairs), ([0.0] * n_hidden, [0.0] * size)
        wanted = both()

        def scaled(factor, parts=None):
            return [[factor * d for d in part] for part in parts or wanted]

        got = plain(got, "The result")
        if not isinstance(got, list) or len(got) != 2:
            raise Wrong("It should give two lists, db1 and db2.", "Write `return db1, db2`.")
        where = f"For the document {tokens}, "
        causes = {
            "The mean is missing: divide by the number of predictions.": lambda: scaled(n),
            "This divides by n twice.": lambda: scaled(1 / n),
            "This divides by the number of tokens: there is one prediction fewer.": lambda: scaled(
                n / (n + 1)
            ),
            "This divides by the number of letters: the end is predicted too.": lambda: scaled(
                n / (n - 1)
            ),
            "The gate is missing: where ReLU was given less than 0, nothing passes.": lambda: both(
                bend=open_gates
            ),
            "The gate looks at fc1 x without the bias: what was ReLU given?": lambda: both(
                bend=other_gates
            ),
            "b1 is added behind the bend: fc1 x + b1 goes into ReLU.": lambda: both(bend=behind),
            "The forward pass is without the biases.": lambda: both(zero),
            "The forward pass is without b1.": lambda: both((zero[0], b2)),
            "The forward pass is without b2.": lambda: both((b1, zero[1])),
            "The 1 is not yet taken away at the target.": lambda: both(minus=0),
            "Only the last prediction is there: += adds up, = forgets.": lambda: both(
                pairs=pairs[-1:]
            ),
            "Only the last prediction is there, divided by n: += adds up, = forgets.": lambda: both(
                pairs=pairs[-1:], n=n
            ),
            "Only the first prediction is there: does the return stand inside the loop?": lambda: (
                both(pairs=pairs[:1])
            ),
            "Only the first is there, divided by n: does the return stand inside the loop?": (
                lambda: both(pairs=pairs[:1], n=n)
            ),
            "The last prediction, the end, is missing.": lambda: both(pairs=pairs[:-1]),
            "The first prediction, from BOS, is missing.": lambda: both(pairs=pairs[1:]),
            "The two lists have changed places: return db1 first, then db2.": lambda: wanted[::-1],
            "Target and token have changed places.": lambda: both(pairs=[p[::-1] for p in pairs]),
            "The sign is the wrong way round: dz is p, less 1 at the target.": lambda: scaled(-1),
            "dhidden has only the way through the target's logit: every logit is one.": lambda: (
                both(one_way=True)
            ),
            "The 1 is taken away at the token that is read: take it at the one that comes "
            "next.": lambda: both(pairs=[(token, token) for token, _ in pairs]),
            "The bias is a factor in it: along a bias the local derivative is 1.": lambda: [
                [b * d for b, d in zip(*pair)] for pair in zip((b1, b2), wanted)
            ],
            "hidden is a factor in it, as along a weight: along a bias the local derivative is "
            "1.": lambda: both(bend=times_hidden),
        }
        for i, what in ((1, "db2"), (0, "db1")):
            equal(got[i], wanted[i], where + what, parts_of(causes, i), tolerance=1e-7)


def parts_of(causes, i):
    """The causes, each with part i of the result alone."""
    return {sentence: lambda f=f: f()[i] for sentence, f in causes.items()}
