"""Answers to the exercises of train1, written without sight of its checks."""

import math

from microgpt_ref.layers import add, cross_entropy, dot, linear, relu, softmax
from microgpt_ref.mlp import feed_forward, linear_backward
from tests.bank import right, wrong

# train1.softmax


@wrong(
    "train1.softmax",
    "The draft as it was: e to the power of 1000 is too large",
    says="A power of e was too",
)
def softmax_unshifted(logits):
    exps = [math.exp(logit) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "Forgets to divide by the sum", says="The shifted powers are not yet")
def softmax_undivided(logits):
    peak = max(logits)
    return [math.exp(logit - peak) for logit in logits]


@wrong("train1.softmax", "Shifts the list that it is given", says="Make a new list, or work")
def softmax_shifting_in_place(logits):
    peak = max(logits)
    for i in range(len(logits)):
        logits[i] -= peak
    exps = [math.exp(logit) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Sorts the list to find the largest: the order is lost",
    says="Make a new list, or work",
)
def softmax_sorting(logits):
    logits.sort()
    exps = [math.exp(logit - logits[-1]) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "Subtracts the smallest logit", says="A power of e was too")
def softmax_minus_smallest(logits):
    low = min(logits)
    exps = [math.exp(logit - low) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Subtracts the largest size: with negative logits all powers become 0",
    says="All powers have become 0: subtract",
)
def softmax_minus_largest_size(logits):
    peak = max(abs(logit) for logit in logits)
    exps = [math.exp(logit - peak) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Looks for the largest from 0 up: nothing is shifted if all are negative",
    says="All powers have become 0: subtract",
)
def softmax_peak_from_zero(logits):
    peak = 0
    for logit in logits:
        if logit > peak:
            peak = logit
    exps = [math.exp(logit - peak) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Subtracts the first logit, which need not be the largest",
    says="A power of e was too",
)
def softmax_minus_first(logits):
    exps = [math.exp(logit - logits[0]) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Subtracts the mean: logits far apart still overflow",
    says="A power of e was too",
)
def softmax_minus_mean(logits):
    middle = sum(logits) / len(logits)
    exps = [math.exp(logit - middle) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Subtracts 1000, whatever the logits are",
    says="All powers have become 0: subtract",
)
def softmax_minus_thousand(logits):
    exps = [math.exp(logit - 1000) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Divides by the largest logit instead of subtracting it",
    says="The logits are divided by the",
)
def softmax_over_peak(logits):
    peak = max(logits)
    exps = [math.exp(logit / peak) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "Shifts above the line only", says="The powers above the line are")
def softmax_shifted_above(logits):
    peak = max(logits)
    below = sum(math.exp(logit) for logit in logits)
    return [math.exp(logit - peak) / below for logit in logits]


@wrong(
    "train1.softmax",
    "Subtracts after the power: e^z - e^peak",
    says="The largest power is subtracted from",
)
def softmax_shifted_late(logits):
    exps = [math.exp(logit) for logit in logits]
    shifted = [e - max(exps) for e in exps]
    return [e / sum(shifted) for e in shifted]


@wrong(
    "train1.softmax",
    "Cuts large logits off at 700, so that they become equal",
    says="Logits beyond some size were cut",
)
def softmax_cut_off(logits):
    exps = [math.exp(max(-700, min(700, logit))) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "Where the draft overflows, gives everything to the largest",
    says="Each of the largest gets 1,",
)
def softmax_winner_takes_all(logits):
    try:
        exps = [math.exp(logit) for logit in logits]
        return [e / sum(exps) for e in exps]
    except (OverflowError, ZeroDivisionError):
        return [1.0 if logit == max(logits) else 0.0 for logit in logits]


@wrong(
    "train1.softmax",
    "Divides the logits by their sum, without e",
    says="These are shares of the logits:",
)
def softmax_without_exp(logits):
    return [logit / sum(logits) for logit in logits]


@right("train1.softmax")
def softmax_by_logarithm(logits):
    peak = max(logits)
    log_sum = peak + math.log(math.fsum(math.exp(logit - peak) for logit in logits))
    return [math.exp(logit - log_sum) for logit in logits]


@right("train1.softmax")
def softmax_in_one_pass(logits):
    peak, below = logits[0], 1.0
    for logit in logits[1:]:
        if logit > peak:
            below = below * math.exp(peak - logit) + 1.0
            peak = logit
        else:
            below += math.exp(logit - peak)
    return list(map(lambda logit: math.exp(logit - peak) / below, logits))


# train1.linear_backward


@wrong(
    "train1.linear_backward",
    "= in place of +=: what dw held is lost",
    says="What dw held before is lost:",
)
def backward_overwriting(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] = dy[i] * x[j]
    return [sum(w[i][j] * dy[i] for i in range(len(dy))) for j in range(len(x))]


@wrong(
    "train1.linear_backward",
    "dx as the layer forwards: rows of w in place of columns",
    says="This goes along the rows of",
)
def backward_by_rows(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
    return [dot(row, dy) for row in w]


@wrong(
    "train1.linear_backward",
    "Only the last row reaches dx: = in place of +=",
    says="The products are not added up:",
)
def backward_last_way_only(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] = w[i][j] * dy[i]
    return dx


@wrong(
    "train1.linear_backward",
    "dx is set to zeros again for each row",
    says="The products are not added up:",
)
def backward_restarting(w, x, dy, dw):
    for row, drow, d in zip(w, dw, dy):
        dx = [0.0] * len(x)
        for j, a in enumerate(x):
            drow[j] += d * a
            dx[j] += row[j] * d
    return dx


@wrong("train1.linear_backward", "Returns after the first row", says="Only the first row is added")
def backward_first_row_only(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
        return dx


@wrong(
    "train1.linear_backward",
    "Rows and columns of dw swapped",
    says="Rows or columns? w[i][j] joins x[j]",
)
def backward_dw_swapped(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[j][i] += dy[i] * x[j]
    return [sum(w[i][j] * dy[i] for i in range(len(dy))) for j in range(len(x))]


@wrong(
    "train1.linear_backward",
    "dW has the weight in place of the input",
    says="That is w times dy: along",
)
def backward_dw_with_weight(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * w[i][j]
    return [sum(w[i][j] * dy[i] for i in range(len(dy))) for j in range(len(x))]


@wrong(
    "train1.linear_backward",
    "dx made with the slopes dw, not with the weights w",
    says="This is made with dw in",
)
def backward_dx_from_dw(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += dw[i][j] * dy[i]
    return dx


@wrong(
    "train1.linear_backward",
    "dx has the input as one more factor",
    says="There is x in the products:",
)
def backward_dx_with_input(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i] * x[j]
    return dx


@wrong(
    "train1.linear_backward",
    "The mean over the outputs, not the sum",
    says="The products are divided by their",
)
def backward_mean(w, x, dy, dw):
    for drow, d in zip(dw, dy):
        for j, a in enumerate(x):
            drow[j] += d * a
    return [sum(row[j] * d for row, d in zip(w, dy)) / len(dy) for j in range(len(x))]


@wrong(
    "train1.linear_backward",
    "The new rows are bound to a name only; dw stays as it was",
    says="Change its entries in place: `dw[i][j]",
)
def backward_dw_lost(w, x, dy, dw):
    for drow, d in zip(dw, dy):
        drow = [old + d * a for old, a in zip(drow, x)]
    return [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong(
    "train1.linear_backward",
    "dx is as long as dy: takes the matrix for a square",
    says="Rows or columns? w[i][j] joins x[j]",
)
def backward_square(w, x, dy, dw):
    n = len(dy)
    dx = [0.0] * n
    for i in range(n):
        for j in range(n):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
    return dx


@wrong(
    "train1.linear_backward",
    "dx is another name for x, and overwrites it",
    says="Make a new list, or work",
)
def backward_in_x(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
    dx = x
    for j in range(len(x)):
        dx[j] = sum(w[i][j] * dy[i] for i in range(len(dy)))
    return dx


@wrong("train1.linear_backward", "Returns dw as well", says="dw is returned with it: it")
def backward_returning_both(w, x, dy, dw):
    for drow, d in zip(dw, dy):
        for j, a in enumerate(x):
            drow[j] += d * a
    return dw, [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong(
    "train1.linear_backward", "Keeps dx from call to call", says="Does it keep something from one"
)
def backward_keeping_dx(w, x, dy, dw, dx=[]):  # noqa: B006
    while len(dx) < len(x):
        dx.append(0.0)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
    return dx


@right("train1.linear_backward")
def backward_by_columns(w, x, dy, dw):
    for i, d in enumerate(dy):
        dw[i] = add(dw[i], [d * a for a in x])
    return [dot(column, dy) for column in zip(*w)]


@right("train1.linear_backward")
def backward_column_after_column(w, x, dy, dw):
    dx = []
    for j in range(len(x)):
        slope = 0
        for i in range(len(w)):
            slope += dy[i] * w[i][j]
            dw[i][j] = x[j] * dy[i] + dw[i][j]
        dx.append(slope)
    return dx


# train1.by_hand: hidden (1, 0), p (1/2, 1/3, 1/6), dz (-1/2, 1/3, 1/6)

wrong(
    "train1.by_hand",
    "The gate is forgotten on the way back",
    says="Something passes the second gate on",
)(-0.6591)
wrong(
    "train1.by_hand",
    "No ReLU at all, neither forwards nor backwards",
    says="There is no gate at all:",
)(0.3117)
wrong("train1.by_hand", "The sign is wrong", says="The sign is the wrong way")(0.1591)
wrong(
    "train1.by_hand",
    "dhidden: the last weight is forgotten",
    says="That is dhidden: one more factor,",
)(-0.3183)
wrong(
    "train1.by_hand", "dfc1, times x in place of times the weight", says="That is dfc1, with x for"
)(-0.6365)
wrong("train1.by_hand", "n taken for the target, as in the lesson", says="That is the slope if n")(
    0.0436
)
wrong("train1.by_hand", "No 1 is taken away at the target", says="The 1 is not yet taken")(0.3902)
wrong("train1.by_hand", "The surprise itself, ln 2", says="That is the loss itself: look")(
    math.log(2)
)
wrong("train1.by_hand", "A row of fc2 in place of a column", says="You went along a row of")(
    -0.1080
)
wrong(
    "train1.by_hand",
    "The way over the target's logit alone",
    says="Only the way through the target's",
)(-0.2747)
wrong(
    "train1.by_hand",
    "The ways are multiplied, where they should be added up",
    says="Nothing comes back at all: add",
)(0.0)
wrong(
    "train1.by_hand",
    "Divided by two predictions, where there is one",
    says="That is half of it: the",
)(-0.0796)
wrong(
    "train1.by_hand",
    "The logarithm to base 10 in the last step",
    says="You take logarithms to base 10;",
)(-0.0691)
wrong(
    "train1.by_hand",
    "Rounded to one decimal, where four are asked for",
    says="The number was rounded: keep more",
)(-0.2)
right("train1.by_hand")(-0.1591)
right("train1.by_hand")(math.log(4 / 27) / 12)

# train1.central


@wrong(
    "train1.central",
    "Compares with the loss before: nudges up only",
    says="This compares with x itself, one",
)
def central_one_sided(f, x, h):
    slopes = []
    for i in range(len(x)):
        up = x[:]
        up[i] += h
        slopes.append((f(up) - f(x)) / h)
    return slopes


@wrong("train1.central", "Divides by h, not by 2h", says="The two points are 2h apart:")
def central_over_h(f, x, h):
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / h)
    return slopes


@wrong(
    "train1.central",
    "/ 2 * h without brackets: halves, then multiplies by h",
    says="`/ 2 * h` divides by",
)
def central_without_brackets(f, x, h):
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / 2 * h)
    return slopes


@wrong(
    "train1.central",
    "Adds h and takes it away again: the last digit may change",
    says="What is added to a float",
)
def central_last_digit(f, x, h):
    slopes = []
    for i in range(len(x)):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        down = f(x)
        x[i] += h
        slopes.append((up - down) / (2 * h))
    return slopes


@wrong("train1.central", "x isn't put back: it stays nudged down", says="Make a new list, or work")
def central_leaving_nudges(f, x, h):
    slopes = []
    for i in range(len(x)):
        kept = x[i]
        x[i] = kept + h
        up = f(x)
        x[i] = kept - h
        down = f(x)
        slopes.append((up - down) / (2 * h))
    return slopes


@wrong("train1.central", "All entries are nudged together", says="All entries are nudged at once:")
def central_all_at_once(f, x, h):
    up, down = [a + h for a in x], [a - h for a in x]
    return [(f(up) - f(down)) / (2 * h) for _ in x]


@wrong(
    "train1.central",
    "One copy for all entries: earlier nudges stay in it",
    says="Earlier nudges are still there: make",
)
def central_growing_nudges(f, x, h):
    up, down, slopes = x[:], x[:], []
    for i in range(len(x)):
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@wrong("train1.central", "Down minus up: the sign is wrong", says="The sign is the wrong way")
def central_sign(f, x, h):
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] += h
        down[i] -= h
        slopes.append((f(down) - f(up)) / (2 * h))
    return slopes


@wrong(
    "train1.central", "Two names for one list, not two copies", says="Both points are the same: is"
)
def central_aliased(f, x, h):
    slopes = []
    for i in range(len(x)):
        kept = x[i]
        up = down = x
        up[i] = kept + h
        down[i] = kept - h
        slopes.append((f(up) - f(down)) / (2 * h))
        x[i] = kept
    return slopes


@wrong("train1.central", "A nudge of its own in place of h", says="The nudge is one of its")
def central_own_nudge(f, x, h):
    h = 1e-5
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@wrong(
    "train1.central",
    "Finds the position with index: equal entries get the same slope",
    says="Two entries are equal, and `x.index`",
)
def central_by_index(f, x, h):
    slopes = []
    for a in x:
        i = x.index(a)
        up = x[:i] + [a + h] + x[i + 1 :]
        down = x[:i] + [a - h] + x[i + 1 :]
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@wrong(
    "train1.central",
    "For an empty list a number, not an empty list",
    says="x may be empty: there is",
)
def central_number_for_empty(f, x, h):
    if not x:
        return 0.0
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@wrong(
    "train1.central",
    "Reads the first entry of a list that may be empty",
    says="x may be empty: there is",
)
def central_failing_for_empty(f, x, h):
    kept = x[0]
    slopes = []
    for i in range(len(x)):
        kept, x[i] = x[i], x[i] + h
        up = f(x)
        x[i] = kept - h
        down = f(x)
        x[i] = kept
        slopes.append((up - down) / (2 * h))
    return slopes


@wrong(
    "train1.central", "f gets a single number, not the list", says="f takes the whole list: change"
)
def central_entry_alone(f, x, h):
    return [(f([a + h]) - f([a - h])) / (2 * h) for a in x]


@wrong("train1.central", "Nudges by h times the entry", says="The nudge is h times the entry:")
def central_in_proportion(f, x, h):
    slopes = []
    for i in range(len(x)):
        up, down = x[:], x[:]
        up[i] *= 1 + h
        down[i] *= 1 - h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@right("train1.central")
def central_keeping_number(f, x, h):
    slopes = []
    for i, kept in enumerate(x):
        values = []
        for moved in (kept + h, kept - h):
            x[i] = moved
            values.append(f(x))
        x[i] = kept
        slopes.append((values[0] - values[1]) / (2 * h))
    return slopes


@right("train1.central")
def central_with_directions(f, x, h):
    def moved(i, by):
        return [a + by if k == i else a for k, a in enumerate(x)]

    return [(f(moved(i, h)) - f(moved(i, -h))) / 2 / h for i in range(len(x))]


# train1.tanh


@wrong(
    "train1.tanh", "1 minus the square of x, not of tanh x", says="This squares x, what went in:"
)
def tanh_square_of_input(x, dy):
    return [(1 - a**2) * d for a, d in zip(x, dy)]


@wrong("train1.tanh", "1 - tanh x, without the square", says="A square is missing: at y")
def tanh_without_square(x, dy):
    return [(1 - math.tanh(a)) * d for a, d in zip(x, dy)]


@wrong(
    "train1.tanh",
    "1 - |tanh x|: right at 0 and far out, wrong between",
    says="A square is missing: the slope",
)
def tanh_with_size(x, dy):
    return [(1 - abs(math.tanh(a))) * d for a, d in zip(x, dy)]


@wrong("train1.tanh", "The local derivative alone, without dy", says="dy has no part in it:")
def tanh_without_dy(x, dy):
    return [1 - math.tanh(a) ** 2 for a in x]


@wrong("train1.tanh", "The bend forwards, times dy", says="That is dy times y: what")
def tanh_forwards(x, dy):
    return [math.tanh(a) * d for a, d in zip(x, dy)]


@wrong("train1.tanh", "The powers of e overflow at 1000", says="A power of e was too")
def tanh_overflowing(x, dy):
    dx = []
    for a, d in zip(x, dy):
        y = (math.exp(a) - math.exp(-a)) / (math.exp(a) + math.exp(-a))
        dx.append((1 - y * y) * d)
    return dx


@wrong("train1.tanh", "1 / cosh², which overflows at 1000", says="A power of e was too")
def tanh_by_cosh(x, dy):
    return [d / math.cosh(a) ** 2 for a, d in zip(x, dy)]


@wrong(
    "train1.tanh",
    "Takes the tangent twice, as if x were to be bent first",
    says="tanh is taken twice: x is",
)
def tanh_twice(x, dy):
    y = [math.tanh(a) for a in x]
    return [(1 - math.tanh(b) ** 2) * d for b, d in zip(y, dy)]


@wrong("train1.tanh", "tanh² - 1: the sign is wrong", says="The sign is the wrong way")
def tanh_sign(x, dy):
    return [(math.tanh(a) ** 2 - 1) * d for a, d in zip(x, dy)]


@wrong(
    "train1.tanh",
    "The gate of ReLU on top: nothing passes for negative entries",
    says="ReLU's gate is there as well:",
)
def tanh_with_gate(x, dy):
    return [(1 - math.tanh(a) ** 2) * d if a > 0 else 0.0 for a, d in zip(x, dy)]


@wrong(
    "train1.tanh",
    "Far out the slope is taken for 1, where it is 0",
    says="Far out tanh is nearly level:",
)
def tanh_one_far_out(x, dy):
    dx = []
    for a, d in zip(x, dy):
        slope = 1.0 if abs(a) > 20 else 1 - math.tanh(a) ** 2
        dx.append(slope * d)
    return dx


@wrong(
    "train1.tanh", "dy inside the square: 1 - (tanh x · dy)²", says="dy is multiplied with y alone:"
)
def tanh_slope_inside(x, dy):
    return [1 - (math.tanh(a) * d) ** 2 for a, d in zip(x, dy)]


@wrong("train1.tanh", "Brackets missing: 1 - tanh² · dy", says="dy is multiplied with a part")
def tanh_without_brackets(x, dy):
    return [1 - math.tanh(a) ** 2 * d for a, d in zip(x, dy)]


@wrong("train1.tanh", "Adds all entries up to one number", says="These are added up: dx has")
def tanh_summed(x, dy):
    return sum((1 - math.tanh(a) ** 2) * d for a, d in zip(x, dy))


@right("train1.tanh")
def tanh_by_falling_powers(x, dy):
    dx = []
    for j in range(len(x)):
        small = math.exp(-2 * abs(x[j]))  # never above 1
        dx.append(dy[j] * 4 * small / (1 + small) ** 2)
    return dx


@right("train1.tanh")
def tanh_by_two_factors(x, dy):
    y = list(map(math.tanh, x))
    return [d * (1 + b) * (1 - b) for b, d in zip(y, dy)]


# train1.smoothed


@wrong(
    "train1.smoothed",
    "The share is spread over the other tokens only",
    says="The share is divided by V - 1,",
)
def smoothed_over_others(logits, target, share):
    others = len(logits) - 1
    return [
        p - ((1 - share) if i == target else share / others) for i, p in enumerate(softmax(logits))
    ]


@wrong(
    "train1.smoothed",
    "The target gets no part of the share that is spread",
    says="The target has its part of",
)
def smoothed_target_without_part(logits, target, share):
    slopes = [p - share / len(logits) for p in softmax(logits)]
    slopes[target] = softmax(logits)[target] - (1 - share)
    return slopes


@wrong(
    "train1.smoothed",
    "The target keeps its whole 1, and the share comes on top",
    says="The target still has its whole 1:",
)
def smoothed_whole_target(logits, target, share):
    slopes = [p - share / len(logits) for p in softmax(logits)]
    slopes[target] -= 1
    return slopes


@wrong("train1.smoothed", "Softmax without the shift overflows", says="A power of e was too")
def smoothed_overflowing(logits, target, share):
    exps = [math.exp(logit) for logit in logits]
    slopes = [e / sum(exps) - share / len(logits) for e in exps]
    slopes[target] -= 1 - share
    return slopes


@wrong(
    "train1.smoothed",
    "Every token gets the whole share, undivided",
    says="Every token gets the whole share:",
)
def smoothed_undivided(logits, target, share):
    slopes = [p - share for p in softmax(logits)]
    slopes[target] -= 1 - share
    return slopes


@wrong(
    "train1.smoothed",
    "ln s counted once too rarely: p is multiplied by 1 - share",
    says="p is multiplied by 1 - share:",
)
def smoothed_p_shrunk(logits, target, share):
    hard = softmax(logits)
    hard[target] -= 1
    return [(1 - share) * d - share / len(logits) for d in hard]


@wrong(
    "train1.smoothed", "The sum of the surprises, not their mean", says="The mean has become a sum:"
)
def smoothed_sum(logits, target, share):
    size, probs = len(logits), softmax(logits)
    slopes = [(1 - share) * p + share * (size * p - 1) for p in probs]
    slopes[target] -= 1 - share
    return slopes


@wrong("train1.smoothed", "share and 1 - share swapped", says="The two parts have changed places:")
def smoothed_swapped(logits, target, share):
    slopes = [p - (1 - share) / len(logits) for p in softmax(logits)]
    slopes[target] -= share
    return slopes


@wrong("train1.smoothed", "The sign is wrong: target minus p", says="The sign is the wrong way")
def smoothed_sign(logits, target, share):
    slopes = [share / len(logits) - p for p in softmax(logits)]
    slopes[target] += 1 - share
    return slopes


@wrong(
    "train1.smoothed",
    "Smooths the probabilities in place of the target",
    says="Here p is smoothed: what is",
)
def smoothed_probabilities(logits, target, share):
    slopes = [(1 - share) * p + share / len(logits) for p in softmax(logits)]
    slopes[target] -= 1
    return slopes


@wrong(
    "train1.smoothed",
    "The mean's slopes forgotten: the lesson's, times 1 - share",
    says="p is multiplied by 1 - share,",
)
def smoothed_first_part_only(logits, target, share):
    slopes = softmax(logits)
    slopes[target] -= 1
    return [(1 - share) * d for d in slopes]


@wrong(
    "train1.smoothed", "27 tokens, whatever the length of logits", says="V is the number of these"
)
def smoothed_for_27(logits, target, share):
    slopes = [p - share / 27 for p in softmax(logits)]
    slopes[target] -= 1 - share
    return slopes


@wrong("train1.smoothed", "The loss, not its slopes", says="That is the loss itself: look")
def smoothed_loss(logits, target, share):
    surprises = [cross_entropy(logits, t) for t in range(len(logits))]
    return (1 - share) * surprises[target] + share * sum(surprises) / len(surprises)


@wrong(
    "train1.smoothed",
    "The terms of the loss in place of slopes: surprises, not p",
    says="These are surprises, each times its",
)
def smoothed_surprises(logits, target, share):
    surprises = [cross_entropy(logits, t) for t in range(len(logits))]
    slopes = [share * s / len(logits) for s in surprises]
    slopes[target] += (1 - share) * surprises[target]
    return slopes


@wrong(
    "train1.smoothed",
    "Divided by V once more, as if the slopes were a mean",
    says="This divides by V once more:",
)
def smoothed_mean(logits, target, share):
    size = len(logits)
    slopes = [p - share / size for p in softmax(logits)]
    slopes[target] -= 1 - share
    return [d / size for d in slopes]


@right("train1.smoothed")
def smoothed_target_by_target(logits, target, share):
    size = len(logits)
    probs = softmax(logits)
    slopes = [0.0] * size
    for t in range(size):
        part = share / size + (1 - share if t == target else 0.0)
        for i in range(size):
            slopes[i] += part * (probs[i] - (i == t))
    return slopes


@right("train1.smoothed")
def smoothed_with_own_softmax(logits, target, share):
    peak = max(logits)
    log_sum = math.log(sum(math.exp(z - peak) for z in logits))
    flat = 1 / len(logits)
    slopes = []
    for i, z in enumerate(logits):
        wanted = flat if share == 1 else share * flat + (1 - share) * (1 if i == target else 0)
        slopes.append(math.exp(z - peak - log_sum) - wanted)
    return slopes


# train1.bias


def bias_predictions(weights, b1, b2, tokens):
    """For each prediction: what ReLU was given, and dlogits, not yet divided by n."""
    for token, target in zip(tokens, tokens[1:]):
        bent = add(linear(weights["fc1"], weights["wte"][token]), b1)
        logits = add(linear(weights["fc2"], [relu(h) for h in bent]), b2)
        dlogits = softmax(logits)
        dlogits[target] -= 1
        yield bent, dlogits


def dhidden_of(weights, dlogits):
    """The slopes along hidden: down the columns of fc2."""
    return [dot(column, dlogits) for column in zip(*weights["fc2"])]


@wrong("train1.bias", "The gate looks at fc1 x without its bias", says="The gate looks at fc1 x")
def bias_gate_before_bias(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        fc1_x = linear(weights["fc1"], weights["wte"][token])
        hidden = [relu(h) for h in add(fc1_x, b1)]
        dlogits = [p / n for p in softmax(add(linear(weights["fc2"], hidden), b2))]
        dlogits[target] -= 1 / n
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d if h > 0 else 0.0 for d, h in zip(dhidden, fc1_x)])
        db2 = add(db2, dlogits)
    return db1, db2


@wrong(
    "train1.bias", "Not divided by the number of predictions", says="The mean is missing: divide by"
)
def bias_not_divided(weights, b1, b2, tokens):
    db1, db2 = [0.0] * len(b1), [0.0] * len(b2)
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d if h > 0 else 0.0 for d, h in zip(dhidden, bent)])
        db2 = add(db2, dlogits)
    return db1, db2


@wrong(
    "train1.bias",
    "Divided by the number of tokens, not of predictions",
    says="This divides by the number of tokens",
)
def bias_by_tokens(weights, b1, b2, tokens):
    n = len(tokens)
    db1, db2 = [0.0] * len(b1), [0.0] * len(b2)
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d / n if h > 0 else 0.0 for d, h in zip(dhidden, bent)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong("train1.bias", "Divided by n twice on the way to b1", says="This divides by n twice.")
def bias_divided_twice(weights, b1, b2, tokens):
    n = len(tokens) - 1
    db1, db2 = [0.0] * len(b1), [0.0] * len(b2)
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dlogits = [d / n for d in dlogits]
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d / n if h > 0 else 0.0 for d, h in zip(dhidden, bent)])
        db2 = add(db2, dlogits)
    return db1, db2


@wrong(
    "train1.bias",
    "Only the last prediction counts: = in place of adding up",
    says="Only the last prediction is there,",
)
def bias_last_only(weights, b1, b2, tokens):
    n = len(tokens) - 1
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dlogits = [d / n for d in dlogits]
        dhidden = dhidden_of(weights, dlogits)
        db1 = [d if h > 0 else 0.0 for d, h in zip(dhidden, bent)]
        db2 = dlogits
    return db1, db2


@wrong(
    "train1.bias", "The gate is forgotten on the way back", says="The gate is missing: where ReLU"
)
def bias_without_gate(weights, b1, b2, tokens):
    n = len(tokens) - 1
    db1, db2 = [0.0] * len(b1), [0.0] * len(b2)
    for _, dlogits in bias_predictions(weights, b1, b2, tokens):
        dlogits = [d / n for d in dlogits]
        db1 = add(db1, dhidden_of(weights, dlogits))
        db2 = add(db2, dlogits)
    return db1, db2


@wrong(
    "train1.bias",
    "The forward pass is the lesson's, without the biases",
    says="The forward pass is without the",
)
def bias_forward_without(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        fc1_x = linear(weights["fc1"], weights["wte"][token])
        dlogits = softmax(feed_forward(weights["fc1"], weights["fc2"], weights["wte"][token]))
        dlogits[target] -= 1
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d / n if h > 0 else 0.0 for d, h in zip(dhidden, fc1_x)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong(
    "train1.bias",
    "The second bias is left out of the logits",
    says="The forward pass is without b2.",
)
def bias_without_second(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for bent, dlogits in bias_predictions(weights, b1, [0.0] * len(b2), tokens):
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d / n if h > 0 else 0.0 for d, h in zip(dhidden, bent)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong(
    "train1.bias",
    "The first bias is added after ReLU, not before",
    says="b1 is added behind the bend: fc1 x + b1 goes into ReLU.",
)
def bias_after_bend(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        fc1_x = linear(weights["fc1"], weights["wte"][token])
        hidden = add([relu(h) for h in fc1_x], b1)
        dlogits = softmax(add(linear(weights["fc2"], hidden), b2))
        dlogits[target] -= 1
        db1 = add(db1, [d / n for d in dhidden_of(weights, dlogits)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong("train1.bias", "Times the bias, as if it were an input", says="The bias is a factor in")
def bias_as_factor(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dhidden = dhidden_of(weights, dlogits)
        dbent = [d if h > 0 else 0.0 for d, h in zip(dhidden, bent)]
        db1 = add(db1, [d * b / n for d, b in zip(dbent, b1)])
        db2 = add(db2, [d * b / n for d, b in zip(dlogits, b2)])
    return db1, db2


@wrong("train1.bias", "Times hidden, as along a weight", says="hidden is a factor in it,")
def bias_times_hidden(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d * relu(h) / n for d, h in zip(dhidden, bent)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong(
    "train1.bias", "Adds the slopes up in the biases themselves", says="Make a new list, or work"
)
def bias_aliased(weights, b1, b2, tokens):
    n = len(tokens) - 1
    predictions = list(bias_predictions(weights, b1, b2, tokens))
    db1, db2 = b1, b2
    for j in range(len(db1)):
        db1[j] = 0.0
    for i in range(len(db2)):
        db2[i] = 0.0
    for bent, dlogits in predictions:
        for j, d in enumerate(dhidden_of(weights, dlogits)):
            db1[j] += d / n if bent[j] > 0 else 0.0
        for i, d in enumerate(dlogits):
            db2[i] += d / n
    return db1, db2


@wrong("train1.bias", "db2 is returned before db1", says="The two lists have changed places:")
def bias_returned_swapped(weights, b1, b2, tokens):
    db1, db2 = bias_right(weights, b1, b2, tokens)
    return db2, db1


@wrong(
    "train1.bias",
    "The end of the document isn't predicted",
    says="The last prediction, the end, is",
)
def bias_without_end(weights, b1, b2, tokens):
    return bias_right(weights, b1, b2, tokens[:-1])


@wrong(
    "train1.bias",
    "Always four times as many hidden numbers as the embedding has",
    says="Do the lists fit? b1 is",
)
def bias_four_times(weights, b1, b2, tokens):
    n, size = len(tokens) - 1, 4 * len(weights["wte"][0])
    db1, db2 = [0.0] * size, [0.0] * len(b2)
    for bent, dlogits in bias_predictions(weights, b1, b2, tokens):
        dhidden = dhidden_of(weights, dlogits)
        for j in range(size):
            if bent[j] > 0:
                db1[j] += dhidden[j] / n
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong(
    "train1.bias",
    "Takes 1 away at the token that was read, not at the one that came next",
    says="The 1 is taken away at",
)
def bias_token_for_target(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token in tokens[:-1]:
        bent = add(linear(weights["fc1"], weights["wte"][token]), b1)
        dlogits = softmax(add(linear(weights["fc2"], [relu(h) for h in bent]), b2))
        dlogits[token] -= 1
        dhidden = dhidden_of(weights, dlogits)
        db1 = add(db1, [d / n if h > 0 else 0.0 for d, h in zip(dhidden, bent)])
        db2 = add(db2, [d / n for d in dlogits])
    return db1, db2


@wrong(
    "train1.bias",
    "The sign is wrong: the way that the biases should move",
    says="The sign is the wrong way",
)
def bias_sign(weights, b1, b2, tokens):
    db1, db2 = bias_right(weights, b1, b2, tokens)
    return [-d for d in db1], [-d for d in db2]


@right("train1.bias")
def bias_right(weights, b1, b2, tokens):
    n = len(tokens) - 1
    db1, db2 = [0.0] * len(b1), [0.0] * len(b2)
    for token, target in zip(tokens, tokens[1:]):
        x = weights["wte"][token]
        hidden = []
        for row, b in zip(weights["fc1"], b1):
            hidden.append(max(0.0, dot(row, x) + b))
        probs = softmax([dot(row, hidden) + b for row, b in zip(weights["fc2"], b2)])
        for i, p in enumerate(probs):
            d = p - 1 if i == target else p
            db2[i] += d
            for j, h in enumerate(hidden):
                if h > 0:  # as what ReLU was given
                    db1[j] += weights["fc2"][i][j] * d
    return [d / n for d in db1], [d / n for d in db2]


@right("train1.bias")
def bias_as_one_more_weight(weights, b1, b2, tokens):
    fc1 = [row + [b] for row, b in zip(weights["fc1"], b1)]  # the bias is the weight of a 1
    fc2 = [row + [b] for row, b in zip(weights["fc2"], b2)]
    dfc1, dfc2 = [[0.0] * len(row) for row in fc1], [[0.0] * len(row) for row in fc2]
    n = len(tokens) - 1
    for t in range(n):
        x = weights["wte"][tokens[t]] + [1.0]
        bent = linear(fc1, x)
        hidden = [relu(h) for h in bent] + [1.0]
        dlogits = [p / n for p in softmax(linear(fc2, hidden))]
        dlogits[tokens[t + 1]] -= 1 / n
        dhidden = linear_backward(fc2, hidden, dlogits, dfc2)[:-1]
        linear_backward(fc1, x, [d * (h > 0) for d, h in zip(dhidden, bent)], dfc1)
    return [row[-1] for row in dfc1], [row[-1] for row in dfc2]
