"""Answers to train1's exercises, and what the right options of its questions must hold."""

import math

import numpy as np

from microgpt_ref.layers import (
    add,
    cross_entropy,
    linear,
    relu,
    softmax,
    total,
    with_temperature,
)
from microgpt_ref.mlp import descend, linear_backward, mlp_gradient, mlp_shapes, zeros_like
from tests.bank import by_hand_results, changed, right, wrong

# softmax


@right("train1.softmax")
def softmax_shifted(logits):
    largest = max(logits)
    exps = [math.exp(logit - largest) for logit in logits]
    return [e / sum(exps) for e in exps]


@right("train1.softmax")
def softmax_by_logarithm(logits):
    top = max(logits)
    log_of_sum = top + math.log(sum(math.exp(z - top) for z in logits))
    return [math.exp(z - log_of_sum) for z in logits]


@right("train1.softmax")
def softmax_numpy(logits):
    z = np.array(logits, dtype=float)
    e = np.exp(z - z.max())
    return e / e.sum()


@right("train1.softmax")
def softmax_of_differences(logits):
    probs = []
    for z in logits:
        others = 0.0
        for other in logits:
            others += math.exp(other - z) if other - z < 700 else math.inf
        probs.append(1 / others)
    return probs


@wrong("train1.softmax", "The maximum is not subtracted", says="largest is 0")
def softmax_draft(logits):
    exps = [math.exp(logit) for logit in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "NumPy, the maximum not subtracted", says="largest is 0")
def softmax_numpy_draft(logits):
    e = np.exp(np.array(logits))
    return list(e / e.sum())


@wrong("train1.softmax", "The smallest is subtracted", says="largest is 0")
def softmax_smallest(logits):
    low = min(logits)
    exps = [math.exp(z - low) for z in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "A fixed number is subtracted", says="largest is 0")
def softmax_fixed(logits):
    exps = [math.exp(z - 1000 if max(logits) > 100 else z) for z in logits]
    return [e / sum(exps) for e in exps]


@wrong(
    "train1.softmax",
    "The mean for the sum",
    says="This divides by the number of logits: divide by the sum of the shifted",
)
def softmax_mean(logits):
    peak = max(logits)
    return [math.exp(z - peak) / len(logits) for z in logits]


@wrong("train1.softmax", "The sign of the logits", says="largest logit gets the smallest")
def softmax_sign(logits):
    exps = [math.exp(-(z - min(logits))) for z in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "The given list is shifted in place", says="work on a copy")
def softmax_in_place(logits):
    peak = max(logits)
    for i in range(len(logits)):
        logits[i] -= peak
    exps = [math.exp(z) for z in logits]
    return [e / sum(exps) for e in exps]


@wrong("train1.softmax", "It prints and returns nothing", says="reach a return")
def softmax_printed(logits):
    exps = [math.exp(z - max(logits)) for z in logits]
    print([e / sum(exps) for e in exps])


@wrong("train1.softmax", "The largest absolute value is subtracted", says="subtract the largest")
def softmax_absolute(logits):
    peak = max(abs(z) for z in logits)
    exps = [math.exp(z - peak) for z in logits]
    return [e / sum(exps) for e in exps]


# linear_backward


@right("train1.linear_backward")
def layer_two_loops(w, x, dy, dw):
    dx = [0.0] * len(x)
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
    return dx


@right("train1.linear_backward")
def layer_columns(w, x, dy, dw):
    for i, d in enumerate(dy):
        dw[i] = [old + d * a for old, a in zip(dw[i], x)]
    return [sum(weight * d for weight, d in zip(column, dy)) for column in zip(*w)]


@right("train1.linear_backward")
def layer_numpy(w, x, dy, dw):
    dw[:] = (np.array(dw) + np.outer(dy, x)).tolist()
    return (np.array(w).T @ np.array(dy)).tolist()


@wrong("train1.linear_backward", "dw is made anew", says="in place")
def layer_new_dw(w, x, dy, dw):
    dw = [[old + d * a for old, a in zip(row, x)] for row, d in zip(dw, dy)]
    return [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong("train1.linear_backward", "dw transposed", says="Rows or columns?")
def layer_transposed(w, x, dy, dw):
    for i, a in enumerate(x):
        for j, d in enumerate(dy):
            dw[i][j] += d * a
    return [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong("train1.linear_backward", "dy is left out of dW", says="dy is missing: each")
def layer_without_dy(w, x, dy, dw):
    for row in dw:
        for j in range(len(x)):
            row[j] += x[j]
    return [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong("train1.linear_backward", "dy is left out of dx", says="sum of each column")
def layer_without_dy_in_dx(w, x, dy, dw):
    for row, d in zip(dw, dy):
        for j in range(len(x)):
            row[j] += d * x[j]
    return [sum(row[j] for row in w) for j in range(len(x))]


@wrong("train1.linear_backward", "The step is taken already", says="sign")
def layer_sign(w, x, dy, dw):
    for row, d in zip(dw, dy):
        for j in range(len(x)):
            row[j] -= d * x[j]
    return [sum(row[j] * d for row, d in zip(w, dy)) for j in range(len(x))]


@wrong("train1.linear_backward", "Nothing is returned", says="Return dx")
def layer_without_return(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]


@wrong("train1.linear_backward", "dx is collected in x itself", says="work on a copy")
def layer_in_x(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
    for j in range(len(x)):
        x[j] = sum(row[j] * d for row, d in zip(w, dy))
    return x


@wrong(
    "train1.linear_backward", "Two rows and two columns, whatever the shape", says="Only two rows"
)
def layer_two_by_two(w, x, dy, dw):
    dx = [0.0, 0.0]
    for i in range(2):
        for j in range(2):
            dw[i][j] += dy[i] * x[j]
            dx[j] += w[i][j] * dy[i]
    return dx


@wrong("train1.linear_backward", "dx has an entry for each row", says="Rows or columns?")
def layer_dx_of_rows(w, x, dy, dw):
    for i in range(len(dy)):
        for j in range(len(x)):
            dw[i][j] += dy[i] * x[j]
    return [d * sum(row) for row, d in zip(w, dy)]


# by_hand

right("train1.by_hand")((-math.log(3) / 2 + math.log(2) / 3) / 2)
right("train1.by_hand")(-0.1591)
right("train1.by_hand")(np.float64(0.5 * (1 / 3 * np.log(2) - 1 / 2 * np.log(3))))
dhidden_on_paper = -math.log(3) / 2 + math.log(2) / 3
wrong("train1.by_hand", "The gate is missing", says="second gate")(dhidden_on_paper / 2 - 0.5)
wrong("train1.by_hand", "p for p - 1", says="not yet taken")(
    (math.log(3) / 2 + math.log(2) / 3) / 2
)
wrong("train1.by_hand", "The sign", says="sign")(-dhidden_on_paper / 2)
wrong("train1.by_hand", "It ends at hidden", says="dhidden")(dhidden_on_paper)
wrong("train1.by_hand", "dfc1 for dx", says="dfc1")(2 * dhidden_on_paper)
wrong("train1.by_hand", "The target's way alone", says="three lead from hidden")(-math.log(3) / 4)
wrong("train1.by_hand", "The target is n", says="if n comes next")(
    (math.log(3) / 2 - 2 * math.log(2) / 3) / 2
)
wrong("train1.by_hand", "The loss", says="loss itself")(math.log(2))
wrong("train1.by_hand", "dz of the target", says="go on to x")(-0.5)
wrong("train1.by_hand", "Logarithms to base 10", says="base 10")(
    (-math.log10(3) / 2 + math.log10(2) / 3) / 2
)
wrong("train1.by_hand", "A text", says="quotation marks")("-0.1591")

# central


@right("train1.central")
def central_copies(f, x, h):
    slopes = []
    for j in range(len(x)):
        up, down = x[:], x[:]
        up[j] += h
        down[j] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@right("train1.central")
def central_put_back(f, x, h):
    slopes = []
    for j, kept in enumerate(x):
        x[j] = kept + h
        above = f(x)
        x[j] = kept - h
        below = f(x)
        x[j] = kept
        slopes.append((above - below) / 2 / h)
    return slopes


@right("train1.central")
def central_numpy(f, x, h):
    x = np.array(x, dtype=float)
    steps = h * np.eye(len(x))
    return np.array([(f(x + step) - f(x - step)) / (2 * h) for step in steps])


@right("train1.central")
def central_mean_of_two(f, x, h):
    def one_way(j, step):
        moved = [y + step if i == j else y for i, y in enumerate(x)]
        return (f(moved) - f(list(x))) / step

    return [(one_way(j, h) + one_way(j, -h)) / 2 for j in range(len(x))]


@wrong("train1.central", "x moved and not put back", says="work on a copy")
def central_moves_x(f, x, h):
    slopes = []
    for j in range(len(x)):
        x[j] += h
        above = f(x)
        x[j] -= 2 * h
        slopes.append((above - f(x)) / (2 * h))
    return slopes


@wrong("train1.central", "Put back by adding, so the last digit changes", says="work on a copy")
def central_adds_back(f, x, h):
    slopes = []
    for j in range(len(x)):
        x[j] += h
        above = f(x)
        x[j] -= 2 * h
        below = f(x)
        x[j] += h
        slopes.append((above - below) / (2 * h))
    return slopes


@wrong(
    "train1.central",
    "A copy, whose entries stay moved",
    says="An entry isn't put back before the next one's turn: it stays h too low.",
)
def central_moves_copy(f, x, h):
    at, slopes = list(x), []
    for j in range(len(x)):
        at[j] += h
        above = f(at)
        at[j] -= 2 * h
        slopes.append((above - f(at)) / (2 * h))
    return slopes


@wrong("train1.central", "Nudges of h/2, divided by 2h", says="The nudges are of h/2 each,")
def central_half(f, x, h):
    slopes = []
    for j in range(len(x)):
        up, down = x[:], x[:]
        up[j] += h / 2
        down[j] -= h / 2
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


@wrong("train1.central", "The first slope alone", says="That is the first")
def central_first(f, x, h):
    up, down = [x[0] + h, *x[1:]], [x[0] - h, *x[1:]]
    return (f(up) - f(down)) / (2 * h)


@wrong("train1.central", "The last entry is forgotten", says="last entry is missing")
def central_off_by_one(f, x, h):
    slopes = []
    for j in range(len(x) - 1):
        up, down = x[:], x[:]
        up[j] += h
        down[j] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return slopes


# tanh


@right("train1.tanh")
def tanh_by_y(x, dy):
    return [d * (1 - math.tanh(a) ** 2) for a, d in zip(x, dy)]


@right("train1.tanh")
def tanh_product(x, dy):
    dx = []
    for i in range(len(x)):
        y = math.tanh(x[i])
        dx.append((1 - y) * (1 + y) * dy[i])
    return dx


@right("train1.tanh")
def tanh_numpy(x, dy):
    return np.array(dy) * (1 - np.tanh(np.array(x)) ** 2)


@right("train1.tanh")
def tanh_by_powers(x, dy):
    dx = []
    for a, d in zip(x, dy):
        e = math.exp(-2 * abs(a))
        dx.append(d * 4 * e / (1 + e) ** 2)
    return dx


@wrong("train1.tanh", "1 + y²", says="plus in place of a minus")
def tanh_plus(x, dy):
    return [d * (1 + math.tanh(a) ** 2) for a, d in zip(x, dy)]


@wrong("train1.tanh", "cosh overflows", says="takes any number")
def tanh_cosh(x, dy):
    return [d / math.cosh(a) ** 2 for a, d in zip(x, dy)]


@wrong("train1.tanh", "Powers of e overflow", says="takes any number")
def tanh_exponentials(x, dy):
    dx = []
    for a, d in zip(x, dy):
        y = (math.exp(a) - math.exp(-a)) / (math.exp(a) + math.exp(-a))
        dx.append(d * (1 - y * y))
    return dx


@wrong("train1.tanh", "The gate of ReLU", says="That is ReLU's")
def tanh_gate(x, dy):
    return [d if a > 0 else 0.0 for a, d in zip(x, dy)]


@wrong("train1.tanh", "The slope of the sigmoid", says="sigmoid")
def tanh_sigmoid(x, dy):
    return [d * math.tanh(a) * (1 - math.tanh(a)) for a, d in zip(x, dy)]


@wrong("train1.tanh", "dy is squared along", says="dy stands for the 1")
def tanh_brackets(x, dy):
    return [d - math.tanh(a) ** 2 for a, d in zip(x, dy)]


@wrong("train1.tanh", "x and dy have changed places", says="taken at dy")
def tanh_swapped(x, dy):
    return [a * (1 - math.tanh(d) ** 2) for a, d in zip(x, dy)]


@wrong("train1.tanh", "Nudged upwards alone", says="looks nudged")
def tanh_one_sided(x, dy):
    return [d * (math.tanh(a + 1e-5) - math.tanh(a)) / 1e-5 for a, d in zip(x, dy)]


@wrong("train1.tanh", "A generator", says="square ones")
def tanh_generator(x, dy):
    return (d * (1 - math.tanh(a) ** 2) for a, d in zip(x, dy))


# smoothed


@right("train1.smoothed")
def smoothed_short(logits, target, share):
    dlogits = [p - share / len(logits) for p in softmax(logits)]
    dlogits[target] -= 1 - share
    return dlogits


@right("train1.smoothed")
def smoothed_sum_of_gradients(logits, target, share):
    def gradient(t):
        return [p - (i == t) for i, p in enumerate(softmax(logits))]

    size = len(logits)
    result = [(1 - share) * d for d in gradient(target)]
    for t in range(size):
        result = [a + share / size * d for a, d in zip(result, gradient(t))]
    return result


@right("train1.smoothed")
def smoothed_numpy(logits, target, share):
    z = np.array(logits, dtype=float)
    p = np.exp(z - z.max())
    p /= p.sum()
    wanted = np.full(len(z), share / len(z))
    wanted[target] += 1 - share
    return p - wanted


@wrong("train1.smoothed", "No smoothing", says="share has no part")
def smoothed_not(logits, target, share):
    dlogits = softmax(logits)
    dlogits[target] -= 1
    return dlogits


@wrong("train1.smoothed", "The mean along its own logit alone", says="counts in the surprises")
def smoothed_own_mean(logits, target, share):
    p, size = softmax(logits), len(logits)
    return [(1 - share) * (a - (i == target)) + share * (a - 1) / size for i, a in enumerate(p)]


@wrong("train1.smoothed", "The maximum is not subtracted", says="largest is 0")
def smoothed_overflow(logits, target, share):
    exps = [math.exp(z) for z in logits]
    dlogits = [e / sum(exps) - share / len(logits) for e in exps]
    dlogits[target] -= 1 - share
    return dlogits


@wrong("train1.smoothed", "Integer division", says="The others get nothing:")
def smoothed_integer(logits, target, share):
    dlogits = [p - share // len(logits) for p in softmax(logits)]
    dlogits[target] -= 1 - share
    return dlogits


# bias


def forward(weights, b1, b2, token):
    """What the forward pass with biases keeps: (before the bend, hidden, probabilities)."""
    before = add(linear(weights["fc1"], weights["wte"][token]), b1)
    hidden = [relu(h) for h in before]
    return before, hidden, softmax(add(linear(weights["fc2"], hidden), b2))


def dhidden_of(weights, dlogits):
    """dhidden, from dlogits."""
    return [total([a * d for a, d in zip(column, dlogits)]) for column in zip(*weights["fc2"])]


@right("train1.bias")
def bias_plain(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        before_bend = add(linear(weights["fc1"], weights["wte"][token]), b1)
        hidden = [relu(h) for h in before_bend]
        dlogits = [p / n for p in softmax(add(linear(weights["fc2"], hidden), b2))]
        dlogits[target] -= 1 / n
        db2 = add(db2, dlogits)
        for i, h in enumerate(before_bend):
            if h > 0:
                db1[i] += total([row[i] * d for row, d in zip(weights["fc2"], dlogits)])
    return db1, db2


@right("train1.bias")
def bias_with_linear_backward(weights, b1, b2, tokens):
    grads = zeros_like(weights)
    all_db1, all_db2 = [], []
    for token, target in zip(tokens, tokens[1:]):
        before, hidden, dlogits = forward(weights, b1, b2, token)
        dlogits[target] -= 1
        dhidden = linear_backward(weights["fc2"], hidden, dlogits, grads["fc2"])
        all_db1.append([d * (h > 0) for d, h in zip(dhidden, before)])
        all_db2.append(dlogits)
    n = len(all_db1)
    return [sum(c) / n for c in zip(*all_db1)], [sum(c) / n for c in zip(*all_db2)]


@right("train1.bias")
def bias_numpy(weights, b1, b2, tokens):
    wte, fc1, fc2 = (np.array(weights[name]) for name in ("wte", "fc1", "fc2"))
    x, targets = wte[tokens[:-1]], tokens[1:]
    before = x @ fc1.T + b1
    z = np.maximum(before, 0) @ fc2.T + b2
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[range(len(targets)), targets] -= 1
    p /= len(targets)
    return ((p @ fc2) * (before > 0)).sum(axis=0), p.sum(axis=0)


@right("train1.bias")
def bias_by_nudging(weights, b1, b2, tokens):
    def loss(one, two):
        found = []
        for token, target in zip(tokens, tokens[1:]):
            hidden = [
                relu(a + b) for a, b in zip(linear(weights["fc1"], weights["wte"][token]), one)
            ]
            found.append(cross_entropy(add(linear(weights["fc2"], hidden), two), target))
        return sum(found) / len(found)

    return (
        central_copies(lambda b: loss(b, b2), b1, 1e-5),
        central_copies(lambda b: loss(b1, b), b2, 1e-5),
    )


def bias_wrong(name, scale=None, gate="bias", dz=True, where="before"):
    """An answer with the mistakes that are named."""

    def answer(weights, b1, b2, tokens):
        db1, db2, pairs = [0.0] * len(b1), [0.0] * len(b2), list(zip(tokens, tokens[1:]))
        n = scale(tokens) if scale else len(pairs)
        for token, target in pairs:
            z = linear(weights["fc1"], weights["wte"][token])
            before, hidden, probs = forward(weights, b1, b2, token)
            if where == "behind":
                hidden = [relu(a) + b for a, b in zip(z, b1)]
                probs = softmax(add(linear(weights["fc2"], hidden), b2))
            dlogits = [p / n for p in probs]
            dlogits[target] -= dz / n
            dhidden = dhidden_of(weights, dlogits)
            gates = {"bias": before, "fc1": z, "none": [1.0] * len(b1)}[gate]
            db1 = add(db1, [d if g > 0 else 0.0 for d, g in zip(dhidden, gates)])
            db2 = add(db2, dlogits)
        return db1, db2

    answer.__name__ = f"bias_{name}"
    return answer


wrong("train1.bias", "The sum for the mean", says="mean is missing")(
    bias_wrong("of_sum", lambda t: 1)
)
wrong("train1.bias", "Divided by the tokens", says="number of tokens")(bias_wrong("by_tokens", len))
wrong("train1.bias", "Divided by the letters", says="the end is predicted")(
    bias_wrong("by_letters", lambda t: len(t) - 2)
)
wrong("train1.bias", "Divided by n twice", says="twice")(
    bias_wrong("by_n_twice", lambda t: (len(t) - 1) ** 2)
)
wrong("train1.bias", "No gate", says="gate is missing")(bias_wrong("no_gate", gate="none"))
wrong("train1.bias", "The gate looks at fc1 x", says="without the bias")(
    bias_wrong("gate_of_fc1", gate="fc1")
)
wrong("train1.bias", "b1 behind the bend", says="behind the bend")(
    bias_wrong("behind", gate="none", where="behind")
)
wrong("train1.bias", "b1 behind the bend, gate and all", says="behind the bend")(
    bias_wrong("behind_gated", gate="fc1", where="behind")
)
wrong("train1.bias", "p for p - 1", says="not yet taken away")(bias_wrong("p", dz=False))


@wrong("train1.bias", "The return stands in the loop", says="Only the first is")
def bias_first(weights, b1, b2, tokens):
    n = len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        before, _, probs = forward(weights, b1, b2, token)
        db2 = [p / n for p in probs]
        db2[target] -= 1 / n
        db1 = [d if h > 0 else 0.0 for d, h in zip(dhidden_of(weights, db2), before)]
        return db1, db2


@wrong("train1.bias", "A dict", says="return db1, db2")
def bias_dict(weights, b1, b2, tokens):
    db1, db2 = bias_plain(weights, b1, b2, tokens)
    return {"b1": db1, "b2": db2}


@wrong("train1.bias", "The slopes are added to the biases themselves", says="work on a copy")
def bias_in_place(weights, b1, b2, tokens):
    db1, db2 = bias_plain(weights, b1, b2, tokens)
    for row, d in ((b1, db1), (b2, db2)):
        for j in range(len(row)):
            row[j] -= d[j]
    return db1, db2


@wrong("train1.bias", "The ways from hidden are not summed", says="only the way")
def bias_no_sum(weights, b1, b2, tokens):
    db1, db2, n = [0.0] * len(b1), [0.0] * len(b2), len(tokens) - 1
    for token, target in zip(tokens, tokens[1:]):
        before, _, probs = forward(weights, b1, b2, token)
        dlogits = [p / n for p in probs]
        dlogits[target] -= 1 / n
        db2 = add(db2, dlogits)
        for i, h in enumerate(before):
            if h > 0:
                db1[i] += weights["fc2"][target][i] * dlogits[target]
    return db1, db2


@right("train1.bias")
def bias_by_ones(weights, b1, b2, tokens):
    wte = [[*row, 1.0] for row in weights["wte"]]
    fc1 = [[*row, b] for row, b in zip(weights["fc1"], b1)]
    fc1.append([0.0] * (len(wte[0]) - 1) + [1.0])  # a hidden number that is always 1
    fc2 = [[*row, b] for row, b in zip(weights["fc2"], b2)]
    _, grads = mlp_gradient({"wte": wte, "fc1": fc1, "fc2": fc2}, tokens)
    return [row[-1] for row in grads["fc1"][:-1]], [row[-1] for row in grads["fc2"]]


# What the right options of the questions hold


def step_down(weight, slope, rate):
    """Where a weight is after a step."""
    weights = {"w": [[weight]]}
    descend(weights, {"w": [[slope]]}, rate)
    return weights["w"][0][0]


QUESTIONS = {
    "train1.shifted": lambda: f"{softmax([math.log(6) + 5, math.log(3) + 5, 5.0])[0]:.4f}",
    "train1.sure": lambda: f"{softmax([math.log(9), 0.0])[0] - 1:.1f}",
    "train1.weights": lambda: f"{sum(a * b for a, b in mlp_shapes(27, 8).values()):,}",
    "train1.step": lambda: f"{step_down(0.5, -2.0, 0.1):.1f}",
    "train1.temperature": lambda: (
        f"{with_temperature(lambda _: [math.log(p) for p in (0.6, 0.3, 0.1)], 0.5)(0)[0]:.4f}"
    ),
}


# Right answers that are changed, one known mistake at a time


@right("train1.softmax")
def by_shift(logits):
    top = max(logits)
    powers = [math.exp(z - top) for z in logits]
    whole = sum(powers)
    return [power / whole for power in powers]


changed(
    "train1.softmax",
    by_shift,
    ("which is all there is of a share", "power / whole", "power // whole"),
    ("The powers are not yet divided", "power / whole", "power * math.exp(top)"),
    ("The powers in the sum are shifted", "power / whole", "power * math.exp(top) / whole"),
    ("divide by the sum of the powers", "power / whole", "power * math.exp(top) / len(logits)"),
    ("The powers are of 2", "math.exp(z - top)", "2 ** (z - top)"),
    ("These are logarithms", "power / whole", "math.log(power / whole)"),
    ("the others have a share", "power / whole", "float(power == 1)"),
    ("Only the shifted logits", "power / whole for power in powers", "z - top for z in logits"),
    ("without the logit's own power", "power / whole", "power / (whole - power or 1)"),
    (
        "shift by the largest logit",
        "top = max(logits)",
        "top = sum(map(abs, logits))",
        "/ whole",
        "/ (whole or 1)",
    ),
    (
        "All of it goes to one of the largest",
        "    return",
        "    if abs(top) > 99:\n        return [float(i == logits.index(top)) for i in "
        "range(len(logits))]\n    return",
    ),
    (
        "Every token gets the same",
        "    return",
        "    if abs(top) > 99:\n        return [1 / len(logits)] * len(logits)\n    return",
    ),
)


@right("train1.linear_backward")
def by_entries(w, x, dy, dw):
    dx = [0.0 for _ in x]
    for i, d in enumerate(dy):
        for j, a in enumerate(x):
            dw[i][j] += d * a
            dx[j] += w[i][j] * d
    return dx


changed(
    "train1.linear_backward",
    by_entries,
    ("That is w times x", "+= d * a", "+= w[i][j] * a"),
    ("x is missing", "+= d * a", "+= d"),
    ("The dy are added up first", "+= d * a", "+= sum(dy) * a"),
    ("The same is added more than once", "+= d * a", "+= 2 * d * a"),
    ("There is w in the product", "+= d * a", "+= d * a * w[i][j]"),
    ("Only the last row is added to", "dw[i][j] +=", "dw[i][j] += d is dy[-1] and"),
    ("Only the first column is added to", "dw[i][j] +=", "dw[i][j] += j == 0 and"),
    ("Only the first way is there", "dx[j] +=", "dx[j] += i == 0 and"),
    ("This is dW summed down its columns", "w[i][j] * d", "d * a"),
    (
        "That is y, the layer forwards",
        "return dx",
        "return [sum(p * a for p, a in zip(row, x)) for row in w]",
    ),
    ("The sum begins with x", "[0.0 for _ in x]", "x[:]"),
    ("dw is returned after it", "return dx", "return dx, [row[:] for row in dw]"),
    ("That is dw: it has been changed", "return dx", "return [row[:] for row in dw]"),
)


@right("train1.central")
def by_copies(f, x, h):
    found = []
    for j, y in enumerate(x):
        nudge, below = (h, h)
        up = f(x[:j] + [y + nudge] + x[j + 1 :])
        down = f(x[:j] + [y - nudge] + x[j + 1 :])
        found.append((up - down) / (2 * below))
    return found


changed(
    "train1.central",
    by_copies,
    ("This compares x with a nudge down", "[y + nudge]", "[y]", "(2 * below)", "below"),
    ("One way is nudged, and 2h", "[y - nudge]", "[y]"),
    ("This divides by nothing", " / (2 * below)", ""),
    ("let them be of h", "nudge, below = (h, h)", "nudge, below = (h / 2, h / 2)"),
    ("it stays h too high", "x[:j]", "[a + h for a in x[:j]]"),
    ("here and below the line", "nudge, below = (h, h)", "nudge, below = (h * y, h * y)"),
    ("The slopes are added up", "return found", "return sum(found) if found else []"),
    ("That is the last slope alone", "return found", "return found[-1] if found else []"),
)


@right("train1.tanh")
def by_results(x, dy):
    y = [math.tanh(a) for a in x]
    return [d * (1 - b * b) for b, d in zip(y, dy)]


changed(
    "train1.tanh",
    by_results,
    ("This is the square alone", "1 - b * b", "b * b"),
    ("That is tanh of x", "d * (1 - b * b)", "b"),
    ("That is tanh of dy", "d * (1 - b * b)", "math.tanh(d)"),
    ("here the square is missing", "(1 - b * b)", "math.sqrt(1 - b * b)"),
    ("That is one over the slope", "d * (1 - b * b)", "d / (1 - b * b)"),
)


@right("train1.smoothed")
def by_parts(logits, target, share):
    size, top = (len(logits), max(logits))
    powers = [math.exp(z - top) for z in logits]
    wanted = [share / size for _ in logits]
    wanted[target] += 1 - share
    return [power / sum(powers) - w for power, w in zip(powers, wanted)]


changed(
    "train1.smoothed",
    by_parts,
    ("The share is divided by V - 1: spread it", "share / size", "share / (size - 1)"),
    (
        "The others get nothing of the share, the target",
        "wanted = [share / size for",
        "wanted = [0.0 for",
        "+= 1 - share",
        "+= 1 - share + share / size",
    ),
    ("and no part of the share", "+= 1 - share", "= 1"),
    ("p counts twice", "power / sum(powers)", "2 * power / sum(powers)"),
    ("these are the probabilities", " - w for", " for"),
    ("This is the target, smoothed", "power / sum(powers) - w", "w"),
    ("The share is added where", "[share / size", "[-share / size"),
    (
        "the slopes added up: give one for each logit",
        "return [",
        "return math.fsum([",
        "wanted)]",
        "wanted)])",
    ),
)


@right("train1.bias")
def bias_by_entries(weights, b1, b2, tokens):
    db1, db2, pairs = ([0.0] * len(b1), [0.0] * len(b2), list(zip(tokens, tokens[1:])))
    for token, target in pairs:
        z = linear(weights["fc1"], weights["wte"][token])
        given = add(z, b1)
        hidden = [max(0.0, h) for h in given]
        probs = softmax(add(linear(weights["fc2"], hidden), b2))
        for k, p in enumerate(probs):
            d = (p - (k == target)) / len(pairs)
            db2[k] += d
            for i, h in enumerate(given):
                db1[i] += d * weights["fc2"][k][i] * (h > 0)
    return (db1, db2)


changed(
    "train1.bias",
    bias_by_entries,
    ("The forward pass is without b1", "add(z, b1)", "z"),
    (
        "Only the last prediction is there: += adds",
        "in pairs:",
        "in pairs[-1:]:",
        "/ len(pairs)",
        "/ 1",
    ),
    (
        "Only the first prediction is there: does",
        "in pairs:",
        "in pairs[:1]:",
        "/ len(pairs)",
        "/ 1",
    ),
    ("The first prediction, from BOS", "zip(tokens, tokens[1:])", "zip(tokens[1:], tokens[2:])"),
    ("Target and token have changed places", "for token, target in", "for target, token in"),
)


by_hand_results(
    "train1.by_hand",
    {
        -0.390178: "That is dz = p in place",
        0.115525: "The way through the",
        -0.229574: "You take logarithms to base 2;",
    },
)
