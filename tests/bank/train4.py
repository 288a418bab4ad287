"""Answers to train4's exercises, written beside the checks."""

import math
import random

import numpy as np

from microgpt_ref.adam import Adam
from microgpt_ref.gpt import gpt, gpt_shapes, multi_head_attention
from microgpt_ref.layers import dot, random_matrix, random_weights, softmax
from microgpt_ref.transformer import attention
from microgpt_ref.value import Value
from tests.bank import by_hand_results, changed, right, wrong

# several heads


@right("train4.multi_head")
def heads_solution(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for i in range(n_head):
        head = slice(i * size, (i + 1) * size)
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
    return output


@right("train4.multi_head")
def heads_by_hand(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    for begin in range(0, len(q), size):
        places = range(begin, begin + size)
        exps = [math.exp(sum(q[i] * k[i] for i in places) / size**0.5) for k in keys]
        for i in places:
            output.append(sum(e * v[i] for e, v in zip(exps, values)) / sum(exps))
    return output


@right("train4.multi_head")
def heads_split_first(q, keys, values, n_head):
    def split(x):
        size = len(x) // n_head
        return [x[i * size : (i + 1) * size] for i in range(n_head)]

    split_keys = list(zip(*[split(k) for k in keys]))
    split_values = list(zip(*[split(v) for v in values]))
    parts = [attention(*one) for one in zip(split(q), split_keys, split_values)]
    return [x for part in parts for x in part]


@right("train4.multi_head")
def heads_numpy(q, keys, values, n_head):
    q, keys, values = np.array(q), np.array(keys), np.array(values)
    size = len(q) // n_head
    q = q.reshape(n_head, size)
    keys = keys.reshape(-1, n_head, size)
    scores = np.einsum("hd,nhd->hn", q, keys) / np.sqrt(size)
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return np.einsum("hn,nhd->hd", shares, values.reshape(-1, n_head, size)).ravel()


@wrong("train4.multi_head", "Not scaled", says="not divided by the root")
def heads_unscaled(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    for i in range(0, len(q), size):
        head = slice(i, i + size)
        shares = softmax([dot(q[head], k[head]) for k in keys])
        output += [dot(shares, column) for column in zip(*[v[head] for v in values])]
    return output


@wrong("train4.multi_head", "Keys not cut", says="keys aren't cut")
def heads_whole_keys(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    for i in range(0, len(q), size):
        head = slice(i, i + size)
        output += attention(q[head], keys, [v[head] for v in values])
    return output


@wrong("train4.multi_head", "The first slice for every head", says="move on by the size")
def heads_same_slice(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    head = slice(0, size)
    for _ in range(n_head):
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
    return output


@wrong("train4.multi_head", "return inside the loop", says="return inside the loop")
def heads_early_return(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    for i in range(0, len(q), size):
        head = slice(i, i + size)
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
        return output


@wrong("train4.multi_head", "The output begun anew by each head", says="once, before the loop")
def heads_restarted(q, keys, values, n_head):
    size = len(q) // n_head
    for i in range(0, len(q), size):
        output = []
        head = slice(i, i + size)
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
    return output


@wrong("train4.multi_head", "Averaged over the heads", says="averaged")
def heads_mean(q, keys, values, n_head):
    out = multi_head_attention(q, keys, values, n_head)
    size = len(q) // n_head
    return [sum(out[i::size]) / n_head for i in range(size)]


@wrong("train4.multi_head", "Four heads fixed in it", says="take n_head")
def heads_hard_coded(q, keys, values, n_head):
    return multi_head_attention(q, keys, values, 4)


@wrong("train4.multi_head", "The last head left out", says="last head is missing")
def heads_one_short(q, keys, values, n_head):
    size, output = len(q) // n_head, []
    for i in range(n_head - 1):
        head = slice(i * size, i * size + size)
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
    return output


@wrong("train4.multi_head", "A real size in the slice", says="whole numbers")
def heads_true_division(q, keys, values, n_head):
    size, output = len(q) / n_head, []
    for i in range(n_head):
        head = slice(i * size, (i + 1) * size)
        output += attention(q[head], [k[head] for k in keys], [v[head] for v in values])
    return output


# a step of Adam


@right("train4.adam_step")
def adam_solution(weights, gradients, m, v, t, rate):
    new_m = [0.85 * old + 0.15 * g for old, g in zip(m, gradients)]
    new_v = [0.99 * old + 0.01 * g**2 for old, g in zip(v, gradients)]
    new_weights = []
    for p, m_i, v_i in zip(weights, new_m, new_v):
        m_hat, v_hat = m_i / (1 - 0.85**t), v_i / (1 - 0.99**t)
        new_weights.append(p - rate * m_hat / (math.sqrt(v_hat) + 1e-8))
    return new_weights, new_m, new_v


@right("train4.adam_step")
def adam_with_class(weights, gradients, m, v, t, rate):
    values = [Value(p) for p in weights]
    optimizer = Adam(values)
    optimizer.m, optimizer.v, optimizer.steps = list(m), list(v), t - 1
    for value, g in zip(values, gradients):
        value.grad = g
    optimizer.step(rate)
    return [value.data for value in values], optimizer.m, optimizer.v


@right("train4.adam_step")
def adam_indexed(weights, gradients, m, v, t, rate):
    weights, m, v = weights[:], m[:], v[:]
    for i in range(len(weights)):
        m[i] += (1 - 0.85) * (gradients[i] - m[i])
        v[i] += (1 - 0.99) * (gradients[i] ** 2 - v[i])
        lacking = (1 - 0.99**t) ** 0.5 / (1 - 0.85**t)
        weights[i] -= rate * lacking * m[i] / (v[i] ** 0.5 + 1e-8 * (1 - 0.99**t) ** 0.5)
    return [weights, m, v]


@right("train4.adam_step")
def adam_numpy(weights, gradients, m, v, t, rate):
    g = np.array(gradients)
    m = 0.85 * np.array(m) + 0.15 * g
    v = 0.99 * np.array(v) + 0.01 * g * g
    step = m / (1 - 0.85**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
    return np.array(weights) - rate * step, m, v


def adam_variant(
    new_m=lambda m, g: 0.85 * m + 0.15 * g,
    new_v=lambda v, g: 0.99 * v + 0.01 * g * g,
    move=lambda m, v, t, g: m / (1 - 0.85**t) / (math.sqrt(v / (1 - 0.99**t)) + 1e-8),
    sign=-1,
):
    """A step of Adam in which one of the parts can be another."""

    def step(weights, gradients, m, v, t, rate):
        m = [new_m(a, g) for a, g in zip(m, gradients)]
        v = [new_v(a, g) for a, g in zip(v, gradients)]
        moves = [move(*both, t, g) for *both, g in zip(m, v, gradients)]
        return [p + sign * rate * x for p, x in zip(weights, moves)], m, v

    return step


@wrong("train4.adam_step", "v corrected after the root", says="divide first")
def adam_root_first(*arguments):
    def move(m, v, t, g):
        return m / (1 - 0.85**t) / (math.sqrt(v) / (1 - 0.99**t) + 1e-8)

    return adam_variant(move=move)(*arguments)


@wrong("train4.adam_step", "β times t", says="to the power t")
def adam_beta_times_t(weights, gradients, m, v, t, rate):
    def move(m, v, t, g):
        return m / (1 - 0.85 * t) / (math.sqrt(v / (1 - 0.99 * t)) + 1e-8)

    return adam_variant(move=move)(weights, gradients, m, v, t, rate)


@wrong("train4.adam_step", "Squares not taken", says="aren't squared")
def adam_unsquared(*arguments):
    def move(m, v, t, g):
        return m / (1 - 0.85**t) / (math.sqrt(abs(v) / (1 - 0.99**t)) + 1e-8)

    return adam_variant(new_v=lambda v, g: 0.99 * v + 0.01 * g, move=move)(*arguments)


@wrong("train4.adam_step", "The new gradient with weight 1", says="weight 1 - β₁")
def adam_whole_gradient(*arguments):
    return adam_variant(new_m=lambda m, g: 0.85 * m + g)(*arguments)


@wrong("train4.adam_step", "The step along the gradient", says="goes along m")
def adam_without_m(*arguments):
    def move(m, v, t, g):
        return g / (math.sqrt(v / (1 - 0.99**t)) + 1e-8)

    return adam_variant(move=move)(*arguments)


@wrong("train4.adam_step", "m and v not updated", says="m is as it was")
def adam_old_moments(weights, gradients, m, v, t, rate):
    return adam_variant()(weights, gradients, m, v, t, rate)[0], m[:], v[:]


@wrong("train4.adam_step", "The lists changed in place", says="new list")
def adam_mutates(weights, gradients, m, v, t, rate):
    for i, g in enumerate(gradients):
        m[i] = 0.85 * m[i] + 0.15 * g
        v[i] = 0.99 * v[i] + 0.01 * g**2
        weights[i] -= rate * m[i] / (1 - 0.85**t) / (math.sqrt(v[i] / (1 - 0.99**t)) + 1e-8)
    return weights, m, v


@wrong("train4.adam_step", "Only the weights returned", says="return new_weights")
def adam_weights_alone(*arguments):
    return adam_variant()(*arguments)[0]


@wrong("train4.adam_step", "Another order of the three", says="This is v: return")
def adam_other_order(*arguments):
    weights, m, v = adam_variant()(*arguments)
    return m, v, weights


# the second step by hand

right("train4.by_hand")(0.4908)
right("train4.by_hand")(0.490811)
right("train4.by_hand")(0.49 + 0.01 * 0.00045 / 0.2775 / 0.02)
right("train4.by_hand")(0.49081)
wrong("train4.by_hand", "As long as the rate, back again", says="disagree")(0.5)
wrong("train4.by_hand", "One step only", says="there is a second one")(0.49)
wrong("train4.by_hand", "The wrong way", says="changed its sign")(0.4892)
wrong("train4.by_hand", "The step alone", says="second step alone")(0.00081)
wrong("train4.by_hand", "Neither corrected", says="Neither step")(0.4866)
wrong("train4.by_hand", "The second not corrected", says="isn't corrected")(0.4916)
wrong("train4.by_hand", "t = 1 again", says="t = 2")(0.4911)
wrong("train4.by_hand", "Begun at 0.5 again", says="first step is missing")(0.5008)
wrong("train4.by_hand", "v without its root", says="under a root")(0.5305)
wrong("train4.by_hand", "As a text")("0.4908")

# clipping


@right("train4.clip")
def clip_solution(gradients, limit):
    squares = [g * g for w in gradients.values() for row in w for g in row]
    length = math.sqrt(sum(squares))
    factor = 1.0 if length <= limit else limit / length
    return {name: [[factor * g for g in row] for row in w] for name, w in gradients.items()}


@right("train4.clip")
def clip_loops(gradients, limit):
    length = 0.0
    for w in gradients.values():
        for row in w:
            length = math.hypot(length, *row)
    clipped = {}
    for name in gradients:
        clipped[name] = []
        for row in gradients[name]:
            clipped[name].append([g * limit / max(length, limit) for g in row])
    return clipped


@right("train4.clip")
def clip_numpy(gradients, limit):
    length = np.linalg.norm(np.concatenate([np.ravel(w) for w in gradients.values()]))
    return {n: np.array(w) / max(1.0, length / limit) for n, w in gradients.items()}


@right("train4.clip")
def clip_with_small(gradients, limit):
    length = sum(g**2 for w in gradients.values() for row in w for g in row) ** 0.5
    factor = min(1, limit / (length + 1e-6))
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


def scale_all(gradients, factor):
    """Every entry times a factor."""
    return {name: [[factor * g for g in row] for row in w] for name, w in gradients.items()}


def all_of(gradients):
    """The entries in one list."""
    return [g for w in gradients.values() for row in w for g in row]


@wrong("train4.clip", "Sum of sizes", says="sizes of the entries")
def clip_sum(gradients, limit):
    return scale_all(gradients, min(1.0, limit / sum(map(abs, all_of(gradients)))))


@wrong("train4.clip", "Length 1", says="length 1")
def clip_to_one(gradients, limit):
    length = math.hypot(*all_of(gradients))
    return scale_all(gradients, 1 / length if length > limit else 1.0)


@wrong("train4.clip", "The factor upside down", says="upside down")
def clip_upside_down(gradients, limit):
    length = math.hypot(*all_of(gradients))
    return scale_all(gradients, length / limit if length > limit else 1.0)


@wrong("train4.clip", "Changed in place", says="new list")
def clip_in_place(gradients, limit):
    length = math.hypot(*all_of(gradients))
    for w in gradients.values():
        for row in w:
            for i in range(len(row)):
                row[i] *= min(1.0, limit / length)
    return gradients


@wrong("train4.clip", "The same lists when short enough", says="no copy")
def clip_shares(gradients, limit):
    length = math.hypot(*all_of(gradients))
    return gradients if length <= limit else scale_all(gradients, limit / length)


@wrong("train4.clip", "All 0 not thought of", says="nothing is divided")
def clip_divides_by_zero(gradients, limit):
    return scale_all(gradients, min(1.0, limit / math.sqrt(sum(g * g for g in all_of(gradients)))))


@wrong("train4.clip", "A flat list", says="one long list")
def clip_flat(gradients, limit):
    length = math.hypot(*all_of(gradients))
    return [g * min(1.0, limit / length) for g in all_of(gradients)]


@wrong("train4.clip", "Only the first matrix measured", says="first matrix alone")
def clip_first(gradients, limit):
    first = next(iter(gradients.values()))
    length = math.sqrt(sum(g * g for row in first for g in row))
    return scale_all(gradients, limit / length if length > limit else 1.0)


# warm-up and cosine


@right("train4.schedule")
def schedule_solution(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    part = (step - warm_up) / (steps - warm_up)
    return rate * (1 + math.cos(math.pi * part)) / 2


@right("train4.schedule")
def schedule_squared(rate, step, steps, warm_up):
    if step < warm_up:
        return step * rate / warm_up
    if step == warm_up:
        return rate
    return rate * math.cos(math.pi * (step - warm_up) / (2 * (steps - warm_up))) ** 2


@right("train4.schedule")
def schedule_from_the_end(rate, step, steps, warm_up):
    left = steps - step
    fall = (1 - math.cos(math.pi * left / max(1, steps - warm_up))) / 2
    return rate * (fall if step > warm_up else step / warm_up)


@right("train4.schedule")
def schedule_numpy(rate, step, steps, warm_up):
    xs = np.linspace(0, np.pi, steps - warm_up + 1)
    ups = np.linspace(0, 1, warm_up + 1)
    return float(rate * np.concatenate([ups, (0.5 + 0.5 * np.cos(xs))[1:]])[step])


def schedule_variant(up=lambda s, w, n: s / w, down=lambda s, w, n: (s - w) / (n - w), wave=None):
    """A schedule in which one of the parts can be another."""
    wave = wave or (lambda x: (1 + math.cos(math.pi * x)) / 2)

    def schedule(rate, step, steps, warm_up):
        if step <= warm_up:
            return rate * up(step, warm_up, steps)
        return rate * wave(down(step, warm_up, steps))

    return schedule


@wrong("train4.schedule", "Not halved", says="twice as large")
def schedule_double(*arguments):
    return schedule_variant(wave=lambda x: 1 + math.cos(math.pi * x))(*arguments)


@wrong("train4.schedule", "No warm-up", says="There is no warm-up here: the")
def schedule_no_warm_up(rate, step, steps, warm_up):
    return rate * (1 + math.cos(math.pi * step / steps)) / 2


@wrong("train4.schedule", "No division thought of", says="before you divide")
def schedule_divides(rate, step, steps, warm_up):
    part = (step - warm_up) / (steps - warm_up)
    return min(rate * step / warm_up, rate * (1 + math.cos(math.pi * part)) / 2)


@wrong("train4.schedule", "The rate left out", says="multiply it by the rate")
def schedule_no_rate(rate, step, steps, warm_up):
    return schedule_solution(1.0, step, steps, warm_up)


@wrong("train4.schedule", "It stays up", says="should fall")
def schedule_stays(rate, step, steps, warm_up):
    return rate * min(1.0, step / warm_up) if warm_up else rate


# AdamW


@right("train4.adamw")
class AdamWSolution(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        super().step(rate)


@right("train4.adamw")
class AdamWAlone:
    def __init__(self, parameters, decay):
        self.parameters, self.decay, self.t = list(parameters), decay, 0
        self.moments = [[0.0, 0.0] for _ in parameters]

    def step(self, rate):
        self.t += 1
        for p, moments in zip(self.parameters, self.moments):
            moments[0] = 0.85 * moments[0] + 0.15 * p.grad
            moments[1] = 0.99 * moments[1] + 0.01 * p.grad**2
            m, v = moments[0] / (1 - 0.85**self.t), moments[1] / (1 - 0.99**self.t)
            p.data = p.data - rate * (m / (math.sqrt(v) + 1e-8) + self.decay * p.data)
            p.grad = 0.0


@right("train4.adamw")
class AdamWHolds:
    def __init__(self, parameters, decay):
        self.adam, self.decay = Adam(parameters), decay

    def step(self, rate):
        before = [p.data for p in self.adam.parameters]
        self.adam.step(rate)
        for p, old in zip(self.adam.parameters, before):
            p.data -= rate * self.decay * old


class Decaying(Adam):
    """What wrong answers are made from."""

    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay


@wrong("train4.adamw", "Just Adam", says="no decay")
class AdamWPlain(Decaying):
    def step(self, rate):
        super().step(rate)


@wrong("train4.adamw", "Adam's step forgotten", says="Adam's step is missing")
class AdamWOnlyDecay(Decaying):
    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
            p.grad = 0.0


@wrong("train4.adamw", "Gradients kept", says="clears the gradients")
class AdamWKeeps(Decaying):
    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        kept = [p.grad for p in self.parameters]
        super().step(rate)
        for p, g in zip(self.parameters, kept):
            p.grad = g


@wrong("train4.adamw", "Times decay", says="multiplied by decay")
class AdamWTimesDecay(Decaying):
    def step(self, rate):
        for p in self.parameters:
            p.data *= self.decay
        super().step(rate)


@wrong("train4.adamw", "No correction", says="start isn't corrected")
class AdamWUncorrected(Decaying):
    def step(self, rate):
        for i, p in enumerate(self.parameters):
            self.m[i] = 0.85 * self.m[i] + 0.15 * p.grad
            self.v[i] = 0.99 * self.v[i] + 0.01 * p.grad**2
            p.data -= rate * (self.m[i] / (self.v[i] ** 0.5 + 1e-8) + self.decay * p.data)
            p.grad = 0.0


@wrong("train4.adamw", "No decay in its arguments", says="It is called as")
class AdamWFixedDecay(Adam):
    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * 0.01 * p.data
        super().step(rate, 0.01)


# nucleus


@right("train4.top_p")
def top_p_solution(probs, p):
    ranked = sorted(range(len(probs)), key=lambda token: -probs[token])
    kept, reached = set(), 0.0
    for token in ranked:
        if reached >= p:
            break
        kept.add(token)
        reached += probs[token]
    return [probs[token] / reached if token in kept else 0.0 for token in range(len(probs))]


@right("train4.top_p")
def top_p_by_maximum(probs, p):
    left, kept = list(probs), [0.0] * len(probs)
    while sum(kept) < p and max(left) > 0:
        best = left.index(max(left))
        kept[best], left[best] = probs[best], 0.0
    return [x / sum(kept) for x in kept]


@right("train4.top_p")
def top_p_by_removing(probs, p):
    kept = list(probs)
    for token in sorted(range(len(probs)), key=lambda t: (probs[t], -t)):
        if sum(kept) - kept[token] < p:
            break
        kept[token] = 0.0
    whole = sum(kept)
    return [x / whole for x in kept]


@right("train4.top_p")
def top_p_numpy(probs, p):
    probs = np.array(probs)
    order = np.argsort(-probs, kind="stable")
    before = np.cumsum(probs[order]) - probs[order]
    kept = np.zeros_like(probs)
    chosen = order[before < p]
    kept[chosen] = probs[chosen]
    return (kept / kept.sum()).tolist()


def nucleus(probs, p, order=None):
    """The ids of the nucleus, in order."""
    kept = []
    for token in order or sorted(range(len(probs)), key=lambda t: -probs[t]):
        kept.append(token)
        if sum(probs[t] for t in kept) >= p:
            break
    return kept


def only(probs, kept):
    """The kept ones, divided by their sum."""
    whole = sum(probs[t] for t in kept) or 1.0
    return [probs[t] / whole if t in kept else 0.0 for t in range(len(probs))]


@wrong("train4.top_p", "A threshold on each", says="their sum that counts")
def top_p_threshold(probs, p):
    return only(probs, [t for t in range(len(probs)) if probs[t] >= p])


@wrong("train4.top_p", "Sorted in place", says="new list")
def top_p_mutates(probs, p):
    probs.sort(reverse=True)
    return only(probs, nucleus(probs, p))


@wrong("train4.top_p", "Nothing taken away", says="nothing has been taken away")
def top_p_all(probs, p):
    return [x / sum(probs) for x in probs]


# squared ReLU


@right("train4.squared_relu")
def squared_solution(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (2 * x.data,))
    return Value(0.0, (x,), (0.0,))


@right("train4.squared_relu")
def squared_maximum(x):
    bent = max(0.0, x.data)
    return Value(bent * bent, (x,), (bent + bent,))


@right("train4.squared_relu")
def squared_conditional(x):
    on = float(x.data > 0)
    result = Value(on * x.data**2)
    result.inputs = [x]
    result.local_derivatives = [2 * x.data * on]
    return result


@wrong("train4.squared_relu", "Two operations", says="Make it as")
def squared_by_power(x):
    return x.relu() ** 2


@wrong("train4.squared_relu", "ReLU times ReLU", says="Make it as")
def squared_by_product(x):
    return x.relu() * x.relu()


@wrong("train4.squared_relu", "The slope 2", says="not 2")
def squared_constant_slope(x):
    return Value(max(0.0, x.data) ** 2, (x,), (2.0 if x.data > 0 else 0.0,))


@wrong("train4.squared_relu", "No square", says="without the square")
def squared_not(x):
    return x.relu()


@wrong("train4.squared_relu", "A plain number", says="Wrap the number")
def squared_float(x):
    return max(0.0, x.data) ** 2


@wrong("train4.squared_relu", "No inputs", says="isn't handed on")
def squared_no_inputs(x):
    return Value(max(0.0, x.data) ** 2)


@wrong("train4.squared_relu", "A slope and no input", says="One each")
def squared_uneven(x):
    return Value(max(0.0, x.data) ** 2, (), (2 * max(0.0, x.data),))


@wrong("train4.squared_relu", "The input changed", says="leave x as it is")
def squared_in_place(x):
    old = x.data
    x.data = max(0.0, old) ** 2
    return Value(x.data, (x,), (2 * max(0.0, old),))


# the first version's weights


@right("train4.first_version")
def first_solution(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in gpt_shapes(vocab_size, 16, 8, 1).items():
        spread = 0.0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@right("train4.first_version")
def first_scaled(vocab_size, rng):
    weights = random_weights(gpt_shapes(vocab_size, 16, 8, 1), rng)
    for name, w in weights.items():
        factor = 0 if name.endswith(("wo", "fc2")) else 0.25
        weights[name] = [[factor * x for x in row] for row in w]
    return weights


@right("train4.first_version")
def first_by_hand(vocab_size, rng):
    def drawn(rows, columns):
        return [[0.02 * rng.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]

    weights = {"wte": drawn(vocab_size, 16), "wpe": drawn(8, 16), "lm_head": drawn(vocab_size, 16)}
    weights |= {f"layer0.{name}": drawn(16, 16) for name in ("wq", "wk", "wv")}
    weights["layer0.wo"] = [[0.0] * 16 for _ in range(16)]
    weights["layer0.fc1"] = drawn(64, 16)
    weights["layer0.fc2"] = [[0.0] * 64 for _ in range(16)]
    return weights


@right("train4.first_version")
def first_numpy(vocab_size, rng):
    draws = np.random.default_rng(rng.randrange(2**32))
    shapes = gpt_shapes(vocab_size, 16, 8, 1)
    weights = {name: draws.normal(0, 0.02, shape) for name, shape in shapes.items()}
    for name in ("layer0.wo", "layer0.fc2"):
        weights[name] = np.zeros(shapes[name])
    return weights


def first_variant(vocab_size, rng, block_size=8, draw=None, zero=("layer0.wo", "layer0.fc2")):
    """Weights of which one part can be another."""
    draw = draw or (lambda: rng.gauss(0, 0.02))
    return {
        name: [[0.0 if name in zero else draw() for _ in range(n)] for _ in range(rows)]
        for name, (rows, n) in gpt_shapes(vocab_size, 16, block_size, 1).items()
    }


@wrong("train4.first_version", "A block of 16", says="a block of 8")
def first_block_of_16(vocab_size, rng):
    return first_variant(vocab_size, rng, block_size=16)


@wrong("train4.first_version", "This course's spread", says="this course's spread")
def first_spread_of_this(vocab_size, rng):
    weights = random_weights(gpt_shapes(vocab_size, 16, 8, 1), rng)
    for name in ("layer0.wo", "layer0.fc2"):
        weights[name] = [[0.0] * len(row) for row in weights[name]]
    return weights


@wrong("train4.first_version", "All drawn", says="begin at 0")
def first_all_drawn(vocab_size, rng):
    return first_variant(vocab_size, rng, zero=())


@wrong("train4.first_version", "fc2 drawn", says="begin at 0")
def first_fc2_drawn(vocab_size, rng):
    return first_variant(vocab_size, rng, zero=("layer0.wo",))


@wrong("train4.first_version", "The root as spread", says="not its square")
def first_variance(vocab_size, rng):
    return first_variant(vocab_size, rng, draw=lambda: rng.gauss(0, math.sqrt(0.02)))


@wrong("train4.first_version", "Evenly spread", says="no bell curve")
def first_uniform(vocab_size, rng):
    return first_variant(vocab_size, rng, draw=lambda: rng.uniform(-0.02, 0.02))


@wrong("train4.first_version", "An rng of its own", says="rng it is given")
def first_own_rng(vocab_size, rng):
    own = random.Random(42)
    return first_variant(vocab_size, rng, draw=lambda: own.gauss(0, 0.02))


@wrong("train4.first_version", "Python's own random numbers", says="nothing else")
def first_global_random(vocab_size, rng):
    return first_variant(vocab_size, rng, draw=lambda: random.gauss(0, 0.02))


@wrong("train4.first_version", "27 fixed in it", says="take vocab_size")
def first_27(vocab_size, rng):
    return first_variant(27, rng)


@wrong("train4.first_version", "One row of zeros, many times", says="build each row anew")
def first_zero_row_again(vocab_size, rng):
    weights = first_variant(vocab_size, rng)
    weights["layer0.wo"] = [[0.0] * 16] * 16
    return weights


@wrong("train4.first_version", "train3's names", says="names are those of gpt_shapes")
def first_old_names(vocab_size, rng):
    weights = first_variant(vocab_size, rng)
    return {name.removeprefix("layer0."): w for name, w in weights.items()}


@wrong("train4.first_version", "fc1 and fc2 turned round", says="(n_out, n_in)")
def first_transposed(vocab_size, rng):
    weights = first_variant(vocab_size, rng)
    weights["layer0.fc1"] = [list(column) for column in zip(*weights["layer0.fc1"])]
    return weights


@wrong("train4.first_version", "One number a row", says="Draw each one anew")
def first_same_in_row(vocab_size, rng):
    weights = first_variant(vocab_size, rng)
    return {name: [[row[0]] * len(row) for row in w] for name, w in weights.items()}


# what tests compute for the questions


def adam_after(weight, gradient, rate):
    """The weight after Adam's first step."""
    value = Value(weight)
    value.grad = gradient
    Adam([value]).step(rate)
    return value.data


def size_of(vocab_size, n_embd, block_size, n_layer):
    """How many parameters a model has."""
    shapes = gpt_shapes(vocab_size, n_embd, block_size, n_layer)
    return sum(rows * columns for rows, columns in shapes.values())


def too_long(beta1, beta2):
    """How many times as long as the rate Adam's first step is without the correction."""
    value = Value(0.0)
    value.grad = 1.0
    optimizer = Adam([value], beta1, beta2)
    optimizer.step(1.0)
    return optimizer.m[0] / math.sqrt(optimizer.v[0])


def cached(n_layer, n_head, n_tokens):
    """How many keys a model has in all its caches when it has read so many tokens."""
    weights = random_weights(gpt_shapes(27, 16, 16, n_layer), random.Random(1))
    keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
    for token in range(n_tokens):
        gpt(weights, token, keys, values, n_head)
    return sum(map(len, keys))


def odds(difference, temperature):
    """How many times as likely a token is whose logit is larger by the difference."""
    high, low = softmax([difference / temperature, 0.0])
    return high / low


QUESTIONS = {
    "train4.head_parameters": lambda: f"{math.prod(gpt_shapes(27, 16, 16, 1)['layer0.wq'])}",
    "train4.two_layers": lambda: f"{size_of(27, 8, 16, 2):,}",
    "train4.cached": lambda: f"{cached(n_layer=2, n_head=4, n_tokens=5)}",
    "train4.first_step": lambda: f"{adam_after(0.3, -50.0, 0.02):.2f}",
    "train4.papers_betas": lambda: f"{too_long(0.9, 0.999):.2f}",
    "train4.temperature": lambda: f"{odds(1.0, 0.5):.2f}",
}


@wrong("train4.adamw", "New Values in the list", says="new Values are none of the model's")
class AdamWOfNewValues(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for i, p in enumerate(self.parameters):
            moved = Value(p.data * (1 - rate * self.decay))
            moved.grad, p.grad = p.grad, 0.0
            self.parameters[i] = moved
        super().step(rate)


# Right answers that are changed, one known mistake at a time


@right("train4.multi_head")
def by_heads(q, keys, values, n_head):
    size, out = (len(q) // n_head, [])
    for h in range(n_head):
        own = slice(h * size, (h + 1) * size)
        k = [key[own] for key in keys]
        v = [value[own] for value in values]
        out += attention(q[own], k, v)
    return out


changed(
    "train4.multi_head",
    by_heads,
    (
        "The scores are those of whole vectors",
        "attention(q[own], k, v)",
        "attention([x * math.sqrt(n_head) for x in q], [[a / math.sqrt(n_head) * math.sqrt(n_head) "
        "for a in key] for key in keys], v)",
    ),
    (
        "here a head has every nth entry",
        "slice(h * size, (h + 1) * size)",
        "slice(h, None, n_head)",
        "return out",
        "return [out[i % n_head * size + i // n_head] for i in range(len(q))]",
    ),
    ("The last head comes first", "range(n_head)", "reversed(range(n_head))"),
    ("Keys and values have changed places", "attention(q[own], k, v)", "attention(q[own], v, k)"),
    ("Each head's output is the last head's", "return out", "return out[-size:] * n_head"),
    (
        "Each head sees the last position alone",
        "attention(q[own], k, v)",
        "attention(q[own], k[-1:], v[-1:])",
    ),
)


@right("train4.adam_step")
def by_weights(weights, gradients, m, v, t, rate):
    beta1, beta2, eps = (0.85, 0.99, 1e-08)
    a, b, moved = ([], [], [])
    for w, g, old_m, old_v in zip(weights, gradients, m, v):
        new_m = beta1 * old_m + (1 - beta1) * g
        new_v = beta2 * old_v + (1 - beta2) * g**2
        a.append(new_m)
        b.append(new_v)
        mean = new_m / (1 - beta1**t)
        size = math.sqrt(new_v / (1 - beta2**t))
        moved.append(w - rate * mean / (size + eps))
    return (moved, a, b)


changed(
    "train4.adam_step",
    by_weights,
    ("The old m is kept whole", "beta1 * old_m", "old_m"),
    ("This is β₁ = 0.9", "(0.85, 0.99", "(0.9, 0.999"),
    ("The old m is forgotten", "beta1 * old_m + ", ""),
    ("This is the gradient itself", "beta1 * old_m + (1 - beta1) * g", "g"),
    ("m is the running mean of the gradients", "(1 - beta1) * g", "(1 - beta1) * g ** 2"),
    ("These are the weights", "(moved, a, b)", "(moved, moved[:], b)"),
    ("v takes the squares of the gradients, not their", "g ** 2", "abs(g)"),
    ("β₂ and 1 - β₂ have changed", "beta2 * old_v + (1 - beta2)", "(1 - beta2) * old_v + beta2"),
    ("The square gets the weight 1 - β₂", "(1 - beta2) * g ** 2", "g ** 2"),
    ("1 - β₂ is squared too", "(1 - beta2) * g ** 2", "((1 - beta2) * g) ** 2"),
    ("The old v is kept whole", "beta2 * old_v", "old_v"),
    ("This is β₂ = 0.999", "0.99,", "0.999,"),
    ("v has β₂ = 0.99; this is β₁", "0.99,", "0.85,"),
    ("v is as it was before", "beta2 * old_v + (1 - beta2) * g ** 2", "old_v"),
    ("The old v is forgotten", "beta2 * old_v + ", ""),
    ("The corrected v is for this", "b.append(new_v)", "b.append(new_v / (1 - beta2 ** t))"),
    ("This is the root of v", "b.append(new_v)", "b.append(math.sqrt(new_v))"),
    ("Each weight has its own v", "beta2 * old_v", "beta2 * (b[-1] if b else old_v)"),
    ("Where the gradient is 0, v changes", "b.append(new_v)", "b.append(new_v if g else old_v)"),
    ("m isn't corrected", "new_m / (1 - beta1 ** t)", "new_m"),
    ("v isn't corrected", "new_v / (1 - beta2 ** t)", "new_v"),
    (
        "that of the step before",
        "** t",
        "** (t - 1)",
        "/ (1 - beta1 ** (t - 1))",
        "/ (1 - beta1 ** (t - 1) or 1)",
        "/ (1 - beta2 ** (t - 1))",
        "/ (1 - beta2 ** (t - 1) or 1)",
    ),
    (
        "The two corrections have changed",
        "beta1 ** t",
        "beta0 ** t",
        "beta2 ** t",
        "beta1 ** t",
        "beta0",
        "beta2",
    ),
    ("m and v are multiplied by", "new_m / (1", "new_m * (1", "new_v / (1", "new_v * (1"),
    *((f"here it is {eps:g}", "1e-08", repr(eps)) for eps in (1e-5, 1e-6, 1e-7)),
    ("The step uses m as it was", "mean = new_m", "mean = old_m"),
    ("The step uses v as it was", "math.sqrt(new_v", "math.sqrt(old_v"),
    ("The step isn't divided by the root", "mean / (size + eps)", "mean"),
    ("A weight goes on along m", "moved.append(w -", "moved.append(w - bool(g) *"),
    ("This is SGD's step", "rate * mean / (size + eps)", "rate * g"),
    ("The rate is missing", "rate * mean", "mean"),
    (
        "The weights are as they were",
        "moved.append(w - rate * mean / (size + eps))",
        "moved.append(w)",
    ),
    ("This is the step alone", "moved.append(w - ", "moved.append("),
)


@right("train4.clip")
def by_factor(gradients, limit):
    entries = [g for rows in gradients.values() for row in rows for g in row]
    length = math.sqrt(sum((g * g for g in entries)))
    factor = limit / length if length > limit else 1.0
    return {n: [[g * factor for g in row] for row in rows] for n, rows in gradients.items()}


changed(
    "train4.clip",
    by_factor,
    ("Nothing is shortened", "factor = limit / length if", "factor = 1.0 if"),
    ("Entries are only clipped from above", "g * factor", "min(g, limit)"),
    (
        "This adds up the lengths of the rows",
        "math.sqrt(sum((g * g for g in entries)))",
        "sum((math.hypot(*row) for rows in gradients.values() for row in rows))",
    ),
    ("The length is multiplied by the limit", "limit / length if", "limit if"),
    ("and not become 0", "limit / length if", "0.0 if"),
)


@right("train4.schedule")
def by_two_parts(rate, step, steps, warm_up):
    if step <= warm_up:
        part = step / warm_up
        return rate * part
    done = (step - warm_up) / (steps - warm_up)
    height = (1 + math.cos(math.pi * done)) / 2
    return rate * height


changed(
    "train4.schedule",
    by_two_parts,
    ("There is no warm-up here: that is the full", "step / warm_up", "1"),
    ("The warm-up is too slow", "step / warm_up", "step / (warm_up + 1)"),
    (
        "The warm-up is a straight line",
        "step / warm_up",
        "(1 - math.cos(math.pi * step / warm_up)) / 2",
    ),
    ("The warm-up rises over all steps", "step / warm_up", "step / steps"),
    (
        "The rate rises on and on",
        "    height = (1 + math.cos(math.pi * done)) / 2",
        "    height = step / max(1, warm_up)",
    ),
    ("The wave is one step early", "(step - warm_up) /", "(step - warm_up + 1) /"),
    ("The cosine is down at π", "math.pi * done", "done"),
    ("Brackets are missing", "rate * height", "rate + math.cos(math.pi * done) / 2"),
)


@right("train4.adamw")
class Fading:
    def __init__(self, parameters, decay):
        self.parameters, self.decay, self.t = (parameters, decay, 0)
        self.m, self.v = ([0.0] * len(parameters), [0.0] * len(parameters))

    def step(self, rate):
        self.t += 1
        for i, p in enumerate(self.parameters):
            g, x = (p.grad, p.data)
            self.m[i] += 0.15 * (g - self.m[i])
            self.v[i] += 0.01 * (g * g - self.v[i])
            mean = self.m[i] / (1 - 0.85**self.t)
            move = rate * mean / (math.sqrt(self.v[i] / (1 - 0.99**self.t)) + 1e-08)
            lost = rate * self.decay * x
            p.data = x - lost - move
            p.grad = 0.0


changed(
    "train4.adamw",
    Fading,
    (
        "and with the wrong sign",
        "p.grad, p.data",
        "p.grad - self.decay * p.data, p.data",
        "x - lost - move",
        "x - move",
    ),
    ("The steps aren't counted", "** self.t", "** 1"),
    (
        "and is taken of the weight after Adam's step",
        "x - lost - move",
        "(1 - self.decay) * (x - move)",
    ),
    ("where it should lose that", "x - lost - move", "lost - move"),
    (
        "The decay depends on the weight's sign",
        "self.decay * x",
        "self.decay * math.copysign(1, x)",
    ),
    ("The decay is squared with the weight", "self.decay * x", "self.decay * x * x"),
    ("The rate is taken twice", "rate * self.decay", "rate * rate * self.decay"),
    ("Decay is twice what it should be", "rate * self.decay", "2 * rate * self.decay"),
    ("Adam's step is made as in SGD", "lost - move", "lost - rate * g"),
)


@right("train4.top_p")
def by_ranks(probs, p):
    kept, reached = ([], 0.0)
    ranks = sorted(range(len(probs)), key=lambda i: (-probs[i], i))
    for i in ranks:
        kept.append(i)
        reached += probs[i]
        if reached >= p:
            break
    return [x / reached if i in kept else 0.0 for i, x in enumerate(probs)]


changed(
    "train4.top_p",
    by_ranks,
    (
        "That is min-p",
        "    return",
        "    kept = [i for i in ranks if probs[i] >= p * max(probs)]\n"
        "    reached = sum((probs[i] for i in kept))\n    return",
    ),
    ("and the rest isn't divided", "x / reached if i in kept", "x if i in kept[:-1]"),
    ("compare ids, not probabilities", "if i in kept", "if x in [probs[j] for j in kept]"),
    (
        "Only the kept ones are there, sorted",
        "[x / reached if i in kept else 0.0 for i, x in enumerate(probs)]",
        "[probs[i] / reached for i in kept]",
    ),
    ("divided by the number of kept tokens", "x / reached", "x / len(kept)"),
    ("All kept tokens are equally likely now", "x / reached", "1 / len(kept)"),
    (
        "These are the ids of the kept tokens",
        "[x / reached if i in kept else 0.0 for i, x in enumerate(probs)]",
        "kept",
    ),
)


@right("train4.squared_relu")
def by_cases(x):
    z = x.data
    data = z * z if z > 0 else 0.0
    slope = 2 * z if z > 0 else 0.0
    return Value(data, (x,), (slope,))


changed(
    "train4.squared_relu",
    by_cases,
    ("That is twice ReLU", "data = z * z", "data = 2 * z"),
    ("It should be 0 below 0", "data = z * z if z > 0 else 0.0", "data = z * z if z > 0 else z"),
    ("That is the cube", "data = z * z", "data = z ** 3"),
    ("the ½ belongs to other formulas", "data = z * z", "data = z * z / 2"),
    ("That is the number itself", "(slope,)", "(data,)"),
    ("That is 3 x²", "slope = 2 * z", "slope = 3 * z * z"),
    ("The slope is entered twice", "(x,), (slope,)", "(x, x), (slope, slope)"),
    ("The sign is the wrong way round", "slope = 2 * z", "slope = -2 * z"),
)


by_hand_results(
    "train4.by_hand",
    {
        -0.000811: "That is how far it moves",
        0.491063: "The second step has",
        0.495748: "v isn't corrected in",
        0.490114: "v is corrected after",
        0.497417: "The second gradient",
        0.499816: "The step isn't divided",
    },
)
