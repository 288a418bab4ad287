"""Answers to the exercises of train4, written without sight of its checks."""

import copy
import math
import random
import statistics

from microgpt_ref.adam import Adam
from microgpt_ref.gpt import gpt_shapes
from microgpt_ref.layers import random_matrix, random_weights
from microgpt_ref.transformer import attention, transformer_shapes
from microgpt_ref.value import Value, flatten, to_values
from tests.bank import right, wrong

# train4.multi_head


@wrong(
    "train4.multi_head",
    "deals the entries out in turn: head 0 gets entries 0, 2, 4 …",
    says="A head has neighbours, q[0:2], not",
)
def heads_by_stride(q, keys, values, n_head):
    output = []
    for h in range(n_head):
        k = [key[h::n_head] for key in keys]
        v = [value[h::n_head] for value in values]
        output += attention(q[h::n_head], k, v)
    return output


@wrong(
    "train4.multi_head",
    "n_head is taken for the size of a head",
    says="Slices of n_head entries were cut:",
)
def n_head_as_size(q, keys, values, n_head):
    output = []
    for start in range(0, len(q), n_head):
        end = start + n_head
        output += attention(
            q[start:end], [k[start:end] for k in keys], [v[start:end] for v in values]
        )
    return output


@wrong(
    "train4.multi_head",
    "slices the list of positions, not each vector",
    says="keys[2:4] are positions, and there may",
)
def positions_sliced(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for h in range(n_head):
        a, b = h * size, (h + 1) * size
        output += attention(q[a:b], keys[a:b], values[a:b])
    return output


@wrong(
    "train4.multi_head",
    "appends each head's answer as a list in the list",
    says="Each head's output is a list",
)
def heads_nested(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for h in range(n_head):
        s = slice(h * size, (h + 1) * size)
        output.append(attention(q[s], [k[s] for k in keys], [v[s] for v in values]))
    return output


@wrong(
    "train4.multi_head",
    "adds the heads' answers up instead of putting them one after another",
    says="The heads' outputs are added up:",
)
def heads_added(q, keys, values, n_head):
    size = len(q) // n_head
    output = [0.0] * size
    for h in range(n_head):
        s = slice(h * size, (h + 1) * size)
        found = attention(q[s], [k[s] for k in keys], [v[s] for v in values])
        output = [a + b for a, b in zip(output, found)]
    return output


@wrong(
    "train4.multi_head",
    "divides the scores by the root of the whole length, not of a head's",
    says="The scores are divided by √len(q):",
)
def scale_of_whole(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for start in range(0, len(q), size):
        s = slice(start, start + size)
        scores = [sum(a * b for a, b in zip(q[s], k[s])) / math.sqrt(len(q)) for k in keys]
        parts = [math.exp(x - max(scores)) for x in scores]
        for j in range(start, start + size):
            output.append(sum(p * v[j] for p, v in zip(parts, values)) / sum(parts))
    return output


@wrong(
    "train4.multi_head",
    "the values are not cut: every head answers with the whole vectors",
    says="The values aren't cut: each head",
)
def values_uncut(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for h in range(n_head):
        s = slice(h * size, (h + 1) * size)
        output += attention(q[s], [k[s] for k in keys], values)
    return output[: len(q)]


@wrong(
    "train4.multi_head",
    "every head takes its slice of the values, but scores on all entries",
    says="That is one head for all:",
)
def one_set_of_shares(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for h in range(n_head):
        s = slice(h * size, (h + 1) * size)
        output += attention(q, keys, [v[s] for v in values])
    return output


@wrong(
    "train4.multi_head",
    "a head always has 4 entries, as in the lesson's model",
    says="A head has 4 entries here,",
)
def four_entries_a_head(q, keys, values, n_head):
    output = []
    for h in range(n_head):
        s = slice(4 * h, 4 * h + 4)
        if q[s]:
            output += attention(q[s], [k[s] for k in keys], [v[s] for v in values])
    return output


@wrong(
    "train4.multi_head",
    "the next slice begins one entry further on, not one head further on",
    says="Each slice begins one entry further",
)
def overlapping_slices(q, keys, values, n_head):
    size = len(q) // n_head
    output = []
    for h in range(n_head):
        s = slice(h, h + size)
        output += attention(q[s], [k[s] for k in keys], [v[s] for v in values])
    return output


@wrong(
    "train4.multi_head",
    "divides with /, so that the slices' borders are not whole numbers",
    says="A slice takes whole numbers: //",
)
def head_size_with_fraction(q, keys, values, n_head):
    size = len(q) / n_head
    output = []
    for h in range(n_head):
        s = slice(h * size, (h + 1) * size)
        output += attention(q[s], [k[s] for k in keys], [v[s] for v in values])
    return output


@right("train4.multi_head")
def first_head_then_the_rest(q, keys, values, n_head):
    if n_head == 1:
        return attention(q, keys, values)
    n = len(q) // n_head
    first = attention(q[:n], [k[:n] for k in keys], [v[:n] for v in values])
    rest = first_head_then_the_rest(
        q[n:], [k[n:] for k in keys], [v[n:] for v in values], n_head - 1
    )
    return first + rest


@right("train4.multi_head")
def heads_without_attention(q, keys, values, n_head):
    size = len(q) // n_head
    output = [0.0] * len(q)
    for h in range(n_head):
        entries = range(h * size, h * size + size)
        scores = [sum(q[j] * k[j] for j in entries) / size**0.5 for k in keys]
        parts = [math.exp(x - max(scores)) for x in scores]
        for j in entries:
            output[j] = sum(part * v[j] for part, v in zip(parts, values)) / sum(parts)
    return output


@right("train4.multi_head")
def heads_cut_beforehand(q, keys, values, n_head):
    size = len(q) // n_head

    def cut(x):
        return [x[i : i + size] for i in range(0, len(x), size)]

    by_head = zip(cut(q), zip(*map(cut, keys)), zip(*map(cut, values)))
    return [a for query, ks, vs in by_head for a in attention(query, ks, vs)]


# train4.adam_step


@wrong("train4.adam_step", "no correction of the start", says="The start isn't corrected: divide m")
def adam_uncorrected(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = [w - rate * a / (math.sqrt(b) + 1e-8) for w, a, b in zip(weights, m, v)]
    return new, m, v


@wrong(
    "train4.adam_step",
    "returns the corrected m and v in place of the running means",
    says="The corrected m is for this",
)
def adam_returns_corrected(weights, gradients, m, v, t, rate):
    m = [(0.85 * a + 0.15 * g) / (1 - 0.85**t) for a, g in zip(m, gradients)]
    v = [(0.99 * a + 0.01 * g**2) / (1 - 0.99**t) for a, g in zip(v, gradients)]
    new = [w - rate * a / (math.sqrt(b) + 1e-8) for w, a, b in zip(weights, m, v)]
    return new, m, v


@wrong(
    "train4.adam_step",
    "changes the lists m and v that it was given",
    says="Make a new list, or work",
)
def adam_in_place(weights, gradients, m, v, t, rate):
    new = []
    for i in range(len(weights)):
        m[i] = 0.85 * m[i] + 0.15 * gradients[i]
        v[i] = 0.99 * v[i] + 0.01 * gradients[i] ** 2
        m_hat, v_hat = m[i] / (1 - 0.85**t), v[i] / (1 - 0.99**t)
        new.append(weights[i] - rate * m_hat / (math.sqrt(v_hat) + 1e-8))
    return new, m, v


@wrong(
    "train4.adam_step",
    "changes the weights that it was given: a second name is no copy",
    says="Make a new list, or work",
)
def adam_weights_aliased(weights, gradients, m, v, t, rate):
    new, new_m, new_v = weights, list(m), list(v)
    for i, g in enumerate(gradients):
        new_m[i] = 0.85 * m[i] + 0.15 * g
        new_v[i] = 0.99 * v[i] + 0.01 * g * g
        m_hat, v_hat = new_m[i] / (1 - 0.85**t), new_v[i] / (1 - 0.99**t)
        new[i] -= rate * m_hat / (math.sqrt(v_hat) + 1e-8)
    return new, new_m, new_v


@wrong("train4.adam_step", "adds epsilon under the root", says="ε stands inside the root: add")
def adam_eps_under_root(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * a / (1 - 0.85**t) / math.sqrt(b / (1 - 0.99**t) + 1e-8))
    return new, m, v


@wrong(
    "train4.adam_step",
    "leaves epsilon out, and divides by 0 where all gradients were 0",
    says="ε is missing",
)
def adam_without_eps(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * a / (1 - 0.85**t) / math.sqrt(b / (1 - 0.99**t)))
    return new, m, v


@wrong(
    "train4.adam_step",
    "brackets missing: epsilon is added to the quotient",
    says="ε is added to the quotient:",
)
def adam_eps_outside(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        m_hat, v_hat = a / (1 - 0.85**t), b / (1 - 0.99**t)
        new.append(w - rate * (m_hat / math.sqrt(v_hat) + 1e-8))
    return new, m, v


@wrong("train4.adam_step", "divides by v, not by its root", says="The root of v is missing.")
def adam_without_root(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - 0.85**t)) / (b / (1 - 0.99**t) + 1e-8))
    return new, m, v


@wrong("train4.adam_step", "the two betas are swapped", says="m has β₁ = 0.85; this")
def adam_betas_swapped(weights, gradients, m, v, t, rate):
    beta1, beta2 = 0.99, 0.85
    m = [beta1 * a + (1 - beta1) * g for a, g in zip(m, gradients)]
    v = [beta2 * a + (1 - beta2) * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - beta1**t)) / (math.sqrt(b / (1 - beta2**t)) + 1e-8))
    return new, m, v


@wrong(
    "train4.adam_step",
    "mixes in much of the new gradient and keeps little of the old mean",
    says="β₁ and 1 - β₁ have",
)
def adam_mixing_swapped(weights, gradients, m, v, t, rate):
    m = [0.15 * a + 0.85 * g for a, g in zip(m, gradients)]
    v = [0.01 * a + 0.99 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - 0.85**t)) / (math.sqrt(b / (1 - 0.99**t)) + 1e-8))
    return new, m, v


@wrong(
    "train4.adam_step",
    "counts steps from 0 and so corrects for t + 1",
    says="The correction is that of the next",
)
def adam_one_step_late(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    m_part, v_part = 1 - 0.85 ** (t + 1), 1 - 0.99 ** (t + 1)
    new = [
        w - rate * (a / m_part) / (math.sqrt(b / v_part) + 1e-8) for w, a, b in zip(weights, m, v)
    ]
    return new, m, v


@wrong(
    "train4.adam_step",
    "corrects every step as if it were the first: beta without the power",
    says="The correction is that of the first",
)
def adam_always_first(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - 0.85)) / (math.sqrt(b / (1 - 0.99)) + 1e-8))
    return new, m, v


@wrong(
    "train4.adam_step",
    "one running mean is carried on from weight to weight",
    says="Each weight has its own m:",
)
def adam_one_mean_for_all(weights, gradients, m, v, t, rate):
    new, new_m, new_v = [], [], []
    mean, square = m[0], v[0]
    for w, g in zip(weights, gradients):
        mean = 0.85 * mean + 0.15 * g
        square = 0.99 * square + 0.01 * g**2
        new_m.append(mean)
        new_v.append(square)
        m_hat, v_hat = mean / (1 - 0.85**t), square / (1 - 0.99**t)
        new.append(w - rate * m_hat / (math.sqrt(v_hat) + 1e-8))
    return new, new_m, new_v


@wrong(
    "train4.adam_step",
    "leaves a weight and its means alone where the gradient is 0 just now",
    says="Where the gradient is 0, m",
)
def adam_skips_zero(weights, gradients, m, v, t, rate):
    new, new_m, new_v = list(weights), list(m), list(v)
    for i, g in enumerate(gradients):
        if g == 0:
            continue
        new_m[i] = 0.85 * m[i] + 0.15 * g
        new_v[i] = 0.99 * v[i] + 0.01 * g**2
        m_hat, v_hat = new_m[i] / (1 - 0.85**t), new_v[i] / (1 - 0.99**t)
        new[i] = weights[i] - rate * m_hat / (math.sqrt(v_hat) + 1e-8)
    return new, new_m, new_v


@wrong("train4.adam_step", "uphill: adds the step", says="The step goes uphill: subtract it.")
def adam_uphill(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w + rate * (a / (1 - 0.85**t)) / (math.sqrt(b / (1 - 0.99**t)) + 1e-8))
    return new, m, v


@wrong("train4.adam_step", "the step uses m and v from before", says="The step uses m and v")
def adam_old_means(weights, gradients, m, v, t, rate):
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - 0.85**t)) / (math.sqrt(b / (1 - 0.99**t)) + 1e-8))
    new_m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    new_v = [0.99 * a + 0.01 * g**2 for a, g in zip(v, gradients)]
    return new, new_m, new_v


@wrong(
    "train4.adam_step",
    "v follows the square of m, not of the gradient",
    says="v takes the square of the",
)
def adam_square_of_mean(weights, gradients, m, v, t, rate):
    m = [0.85 * a + 0.15 * g for a, g in zip(m, gradients)]
    v = [0.99 * b + 0.01 * a**2 for a, b in zip(m, v)]
    new = []
    for w, a, b in zip(weights, m, v):
        new.append(w - rate * (a / (1 - 0.85**t)) / (math.sqrt(b / (1 - 0.99**t)) + 1e-8))
    return new, m, v


@right("train4.adam_step")
def adam_by_differences(weights, gradients, m, v, t, rate):
    new = []
    for w, g, mean, square in zip(weights, gradients, m, v):
        mean += 0.15 * (g - mean)
        square += 0.01 * (g * g - square)
        v_hat = square / (1 - 0.99**t)
        new.append((w - rate * mean / (1 - 0.85**t) / (v_hat**0.5 + 1e-8), mean, square))
    return [list(column) for column in zip(*new)]


@right("train4.adam_step")
def adam_with_corrected_rate(weights, gradients, m, v, t, rate):
    # both corrections in one factor, epsilon made smaller to suit
    root = math.sqrt(1 - math.pow(0.99, t))
    corrected = rate * root / (1 - math.pow(0.85, t))
    m = [0.85 * m[i] + (1 - 0.85) * gradients[i] for i in range(len(m))]
    v = [0.99 * v[i] + (1 - 0.99) * gradients[i] ** 2 for i in range(len(v))]
    steps = [corrected * m[i] / (math.sqrt(v[i]) + 1e-8 * root) for i in range(len(m))]
    return [w - s for w, s in zip(weights, steps)], m, v


# train4.by_hand: m = 0.85 · 0.003 - 0.15 · 0.02 = -0.00045, m̂ = m / 0.2775, v̂ = 0.0004

wrong(
    "train4.by_hand",
    "the step as long as the first, back to where it was",
    says="That is as if the second",
)(0.5)
wrong(
    "train4.by_hand",
    "the sign: goes on downhill as in the first step",
    says="Both steps go the same way",
)(0.4891892)
wrong(
    "train4.by_hand",
    "takes the two gradients to cancel out in m, so that nothing moves",
    says="That is the weight after the",
)(0.49)
wrong("train4.by_hand", "m is not corrected, v is", says="m isn't corrected in the second")(
    0.490225
)
wrong("train4.by_hand", "neither m nor v is corrected", says="The second step isn't corrected.")(
    0.491595
)
wrong(
    "train4.by_hand",
    "corrects m as at the first step, by 1 - 0.85",
    says="m has the first step's correction:",
)(0.4915)
wrong(
    "train4.by_hand",
    "goes on from the corrected m of the first step",
    says="The first m was 0.003: the",
)(0.4647748)
wrong(
    "train4.by_hand",
    "starts again from 0.5 and not from 0.49",
    says="The first step is missing: the",
)(0.5008108)
wrong("train4.by_hand", "divides by v, not by its root", says="v is not under a root.")(0.5305405)
wrong(
    "train4.by_hand", "a step of SGD: rate times gradient", says="m isn't corrected in the second"
)(0.4902)
wrong(
    "train4.by_hand",
    "gives how far the weight moves, not where it is",
    says="That is the second step alone:",
)(0.0008108)
wrong("train4.by_hand", "only three decimals", says="The number was rounded")(0.491)
right("train4.by_hand")(0.4908)
right("train4.by_hand")(0.49 + 0.01 * 3 / 37)


def two_steps_with_adam():
    weight = Value(0.5)
    adam = Adam([weight])
    for gradient in [0.02, -0.02]:
        weight.grad = gradient
        adam.step(0.01)
    return weight.data


right("train4.by_hand")(two_steps_with_adam())


# train4.clip


@wrong(
    "train4.clip", "each matrix is held to the limit by itself", says="Each matrix has a factor of"
)
def clip_by_matrix(gradients, limit):
    result = {}
    for name, matrix in gradients.items():
        length = math.sqrt(sum(g * g for row in matrix for g in row))
        factor = limit / length if length > limit else 1
        result[name] = [[g * factor for g in row] for row in matrix]
    return result


@wrong("train4.clip", "each row is held to the limit by itself", says="Each row has a factor of")
def clip_by_row(gradients, limit):
    result = {}
    for name, matrix in gradients.items():
        result[name] = []
        for row in matrix:
            length = math.sqrt(sum(g * g for g in row))
            factor = limit / length if length > limit else 1
            result[name].append([g * factor for g in row])
    return result


@wrong("train4.clip", "cuts each entry off at the limit", says="Each entry is clipped by itself:")
def clip_by_entry(gradients, limit):
    return {
        name: [[max(-limit, min(limit, g)) for g in row] for row in matrix]
        for name, matrix in gradients.items()
    }


@wrong("train4.clip", "the length without the root", says="The root is missing: the length")
def clip_squared_length(gradients, limit):
    length = sum(g**2 for g in flatten(gradients))
    factor = limit / length if length > limit else 1
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip",
    "compares the sum of squares with the limit, but divides by the root",
    says="Compare the length with the limit:",
)
def clip_compares_square(gradients, limit):
    squares = sum(g**2 for g in flatten(gradients))
    factor = limit / math.sqrt(squares) if squares > limit else 1
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip",
    "makes short gradients longer too: always as long as the limit",
    says="Gradients that are short enough stay",
)
def clip_always(gradients, limit):
    length = math.sqrt(sum(g**2 for g in flatten(gradients)))
    factor = limit / length if length else 0
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip", "divides by 0 where all gradients are 0", says="With all gradients 0 the length"
)
def clip_zero_length(gradients, limit):
    length = math.sqrt(sum(g**2 for g in flatten(gradients)))
    factor = min(1, limit / length)
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong("train4.clip", "changes the gradients that it was given", says="Make a new list, or work")
def clip_in_place(gradients, limit):
    length = math.sqrt(sum(g**2 for g in flatten(gradients)))
    if length > limit:
        for matrix in gradients.values():
            for row in matrix:
                for j in range(len(row)):
                    row[j] *= limit / length
    return {name: [row[:] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip",
    "gives back the dictionary it was given, if that is short enough",
    says="A list under a second name",
)
def clip_same_dictionary(gradients, limit):
    length = math.sqrt(sum(g**2 for g in flatten(gradients)))
    if length <= limit:
        return gradients
    return {name: [[g * limit / length for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip",
    "copies only the dictionary, not its lists, if they are short enough",
    says="A list under a second name",
)
def clip_shallow(gradients, limit):
    length = math.sqrt(sum(g**2 for g in flatten(gradients)))
    result = dict(gradients)
    if length > limit:
        for name, w in gradients.items():
            result[name] = [[g * limit / length for g in row] for row in w]
    return result


@wrong(
    "train4.clip",
    "the root of the mean of the squares, not of their sum",
    says="This is the root of the",
)
def clip_mean(gradients, limit):
    entries = flatten(gradients)
    length = math.sqrt(sum(g**2 for g in entries) / len(entries))
    factor = limit / length if length > limit else 1
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip", "adds the matrices' lengths up", says="This adds up the lengths of the matrices"
)
def clip_sum_of_lengths(gradients, limit):
    length = 0.0
    for matrix in gradients.values():
        length += math.sqrt(sum(g**2 for row in matrix for g in row))
    factor = limit / length if length > limit else 1
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip", "takes the largest entry for the length", says="This brings the largest entry to"
)
def clip_largest_entry(gradients, limit):
    length = max(abs(g) for g in flatten(gradients))
    factor = limit / length if length > limit else 1
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@wrong(
    "train4.clip",
    "the length so far: starts to clip before it has seen all matrices",
    says="Some matrices are shortened before all",
)
def clip_running_length(gradients, limit):
    squares, result = 0.0, {}
    for name, matrix in gradients.items():
        squares += sum(g**2 for row in matrix for g in row)
        factor = limit / math.sqrt(squares) if squares > limit**2 else 1
        result[name] = [[g * factor for g in row] for row in matrix]
    return result


@right("train4.clip")
def clip_by_hypot(gradients, limit):
    factor = limit / max(limit, math.hypot(*flatten(gradients)))
    return {name: [[g * factor for g in row] for row in w] for name, w in gradients.items()}


@right("train4.clip")
def clip_a_deep_copy(gradients, limit):
    result = copy.deepcopy(gradients)
    rows = [row for matrix in result.values() for row in matrix]
    squares = 0
    for row in rows:
        for g in row:
            squares += g * g
    if squares > limit * limit:
        for row in rows:
            row[:] = [g / squares**0.5 * limit for g in row]
    return result


# train4.schedule


@wrong(
    "train4.schedule",
    "counts steps from 0 in the warm-up: the first rate is 0",
    says="The warm-up is one step late:",
)
def warm_up_from_zero(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * (step - 1) / warm_up
    progress = (step - warm_up) / (steps - warm_up)
    return rate * (1 + math.cos(math.pi * progress)) / 2


@wrong(
    "train4.schedule",
    "the fall runs over all steps, as if there had been no warm-up",
    says="The wave begins at step 0:",
)
def fall_from_the_start(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(math.pi * step / steps)) / 2


@wrong(
    "train4.schedule",
    "divides by all steps in place of those after the warm-up",
    says="The wave is as long as",
)
def fall_never_done(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(math.pi * (step - warm_up) / steps)) / 2


@wrong(
    "train4.schedule",
    "the cosine as it is: falls to minus the rate",
    says="That is a cosine from 1",
)
def fall_below_zero(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * math.cos(math.pi * (step - warm_up) / (steps - warm_up))


@wrong(
    "train4.schedule",
    "a quarter of a wave: the cosine from 0 to pi / 2",
    says="That is a quarter of a",
)
def fall_along_quarter(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * math.cos(math.pi / 2 * (step - warm_up) / (steps - warm_up))


@wrong(
    "train4.schedule", "the whole wave: down to 0 and up again", says="That is a whole wave, down"
)
def fall_and_rise(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(2 * math.pi * (step - warm_up) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "falls in a straight line, not along a cosine",
    says="The rate falls in a straight",
)
def fall_straight(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 - (step - warm_up) / (steps - warm_up))


@wrong("train4.schedule", "divides by a warm-up of 0", says="What if there is no warm-up,")
def warm_up_of_none(rate, step, steps, warm_up):
    rising = rate * step / warm_up
    if step <= warm_up:
        return rising
    return rate * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "divides by 0 where all steps are warm-up: < in place of <=",
    says="What if there is no warm-up,",
)
def warm_up_to_the_end(rate, step, steps, warm_up):
    if step < warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "with no warm-up, a rate that stays as it is",
    says="Without a warm-up the rate falls",
)
def constant_without_warm_up(rate, step, steps, warm_up):
    if warm_up == 0:
        return rate
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "the fall begins a step late, and does not reach 0",
    says="The wave is one step late:",
)
def fall_one_late(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(math.pi * (step - warm_up - 1) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "warm-up and fall both act on every step, one factor times the other",
    says="The wave lowers the rate during",
)
def both_at_once(rate, step, steps, warm_up):
    rise = min(1, step / warm_up) if warm_up else 1
    return rate * rise * (1 + math.cos(math.pi * step / steps)) / 2


@wrong(
    "train4.schedule",
    "divides whole numbers with //, so that the warm-up is 0 until its end",
    says="Only whole numbers come out of",
)
def warm_up_whole(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * (step // warm_up)
    return rate * (1 + math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


@wrong("train4.schedule", "gives the cosine degrees", says="math.cos takes radians: half a wave")
def fall_in_degrees(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 + math.cos(180 * (step - warm_up) / (steps - warm_up))) / 2


@wrong(
    "train4.schedule",
    "the fall the wrong way round: from 0 up to the rate",
    says="The wave goes up: it should",
)
def fall_upwards(rate, step, steps, warm_up):
    if step <= warm_up:
        return rate * step / warm_up
    return rate * (1 - math.cos(math.pi * (step - warm_up) / (steps - warm_up))) / 2


@right("train4.schedule")
def fall_by_sine_squared(rate, step, steps, warm_up):
    if step > warm_up:
        remaining = (steps - step) / (steps - warm_up)
        return rate * math.sin(math.pi / 2 * remaining) ** 2
    return step * (rate / warm_up)


@right("train4.schedule")
def schedule_in_one_line(rate, step, steps, warm_up):
    rise = min(1.0, step / max(1, warm_up))
    gone = max(0, step - warm_up) / max(1, steps - warm_up)
    return rate * rise * (0.5 + 0.5 * math.cos(gone * math.pi))


# train4.adamw


@wrong(
    "train4.adamw", "fades what the weight is after Adam's step", says="The decay is taken of the"
)
class FadesAfterwards(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        super().step(rate)
        for p in self.parameters:
            p.data -= rate * self.decay * p.data


@wrong(
    "train4.adamw",
    "adds the decay to the gradient, so that m and v see it",
    says="The decay goes through the gradient, and so",
)
class DecayInGradient(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.grad += self.decay * p.data
        super().step(rate)


@wrong("train4.adamw", "the decay without the rate", says="The decay isn't multiplied by the rate.")
class DecayWithoutRate(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data *= 1 - self.decay
        super().step(rate)


@wrong("train4.adamw", "the sign: weights grow", says="The weights grow: the decay is")
class GrowingWeights(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data += rate * self.decay * p.data
        super().step(rate)


@wrong(
    "train4.adamw",
    "all weights lose the same, whatever their size",
    says="The same is taken of every",
)
class LosesAConstant(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay
        super().step(rate)


@wrong(
    "train4.adamw",
    "hands the decay to Adam, where it becomes beta1",
    says="The decay has become Adam's β₁:",
)
class DecayAsBeta(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters, decay)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        super().step(rate)


@wrong(
    "train4.adamw", "a weight without gradient does not fade", says="A weight fades in every step,"
)
class FadesOnlyUsed(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            if p.grad != 0:
                p.data -= rate * self.decay * p.data
        super().step(rate)


@wrong(
    "train4.adamw",
    "makes new Values that the model doesn't know",
    says="Change the data of the Values",
)
class NewValues(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        faded = []
        for p in self.parameters:
            new = Value(p.data * (1 - rate * self.decay))
            new.grad = p.grad
            p.grad = 0.0
            faded.append(new)
        self.parameters = faded
        super().step(rate)


@wrong(
    "train4.adamw",
    "the decay acts on the rate, not on the weights",
    says="The decay shortens Adam's step: it",
)
class FadingRate(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        super().step(rate - rate * self.decay)


@wrong(
    "train4.adamw", "the gradients are not set back to 0", says="A step clears the gradients that"
)
class KeepsGradients:
    def __init__(self, parameters, decay):
        self.parameters, self.decay, self.t = parameters, decay, 0
        self.m = [0.0 for _ in parameters]
        self.v = [0.0 for _ in parameters]

    def step(self, rate):
        self.t += 1
        for i, p in enumerate(self.parameters):
            self.m[i] = 0.85 * self.m[i] + 0.15 * p.grad
            self.v[i] = 0.99 * self.v[i] + 0.01 * p.grad**2
            m_hat, v_hat = self.m[i] / (1 - 0.85**self.t), self.v[i] / (1 - 0.99**self.t)
            p.data -= rate * (m_hat / (math.sqrt(v_hat) + 1e-8) + self.decay * p.data)


@wrong(
    "train4.adamw",
    "the betas of the paper, 0.9 and 0.999, in place of the lesson's",
    says="These are β₁ = 0.9 and",
)
class BetasOfThePaper(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters, beta1=0.9, beta2=0.999)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        super().step(rate)


@wrong(
    "train4.adamw",
    "m, v and the count belong to the class: two optimizers share them",
    says="Does it keep something from one",
)
class SharedState:
    m, v, steps = {}, {}, [0]

    def __init__(self, parameters, decay):
        self.parameters, self.decay = parameters, decay

    def step(self, rate):
        self.steps[0] += 1
        t = self.steps[0]
        for i, p in enumerate(self.parameters):
            self.m[i] = 0.85 * self.m.get(i, 0.0) + 0.15 * p.grad
            self.v[i] = 0.99 * self.v.get(i, 0.0) + 0.01 * p.grad**2
            m_hat, v_hat = self.m[i] / (1 - 0.85**t), self.v[i] / (1 - 0.99**t)
            p.data -= rate * (m_hat / (math.sqrt(v_hat) + 1e-8) + self.decay * p.data)
            p.grad = 0.0


@wrong(
    "train4.adamw",
    "never calls Adam's __init__, so that m and v are missing",
    says="Does its __init__ set all that",
)
class WithoutInit(Adam):
    def __init__(self, parameters, decay):
        self.parameters = parameters
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data -= rate * self.decay * p.data
        super().step(rate)


@wrong(
    "train4.adamw",
    "starts a new Adam at each step, which forgets m and v",
    says="m and v are begun anew",
)
class NewAdamEachStep:
    def __init__(self, parameters, decay):
        self.parameters, self.decay = parameters, decay

    def step(self, rate):
        for p in self.parameters:
            p.data *= 1 - rate * self.decay
        Adam(self.parameters).step(rate)


@wrong(
    "train4.adamw",
    "fades by a power of the step: what it lost is lost again",
    says="Each step takes rate · decay",
)
class FadesFromTheStart(Adam):
    def __init__(self, parameters, decay):
        super().__init__(parameters)
        self.decay = decay

    def step(self, rate):
        super().step(rate)
        for p in self.parameters:
            p.data *= (1 - rate * self.decay) ** self.steps


@right("train4.adamw")
class HoldsAnAdam:
    def __init__(self, parameters, decay):
        self.adam = Adam(parameters)
        self.decay = decay

    def step(self, rate):
        lost = [rate * self.decay * p.data for p in self.adam.parameters]
        self.adam.step(rate)
        for p, amount in zip(self.adam.parameters, lost):
            p.data -= amount


@right("train4.adamw")
class OneRecordAWeight:
    def __init__(self, parameters, decay):
        self.records = [[p, 0.0, 0.0] for p in parameters]
        self.keep = 1.0, 1.0
        self.decay = decay

    def step(self, rate):
        a, b = self.keep
        self.keep = a * 0.85, b * 0.99
        for record in self.records:
            p, m, v = record
            m += 0.15 * (p.grad - m)
            v += 0.01 * (p.grad * p.grad - v)
            record[1:] = m, v
            m_hat, v_hat = m / (1 - self.keep[0]), v / (1 - self.keep[1])
            p.data = p.data * (1 - rate * self.decay) - rate * m_hat / (v_hat**0.5 + 1e-8)
            p.grad = 0.0


@right("train4.adamw")
class FadesBefore(Adam):
    def __init__(self, parameters, decay):
        Adam.__init__(self, parameters)
        self.decay = decay

    def step(self, rate):
        for p in self.parameters:
            p.data *= 1 - rate * self.decay
        Adam.step(self, rate)


# train4.top_p


@wrong(
    "train4.top_p",
    "leaves out the token with which the sum gets to p",
    says="The token with which p is reached is missing:",
)
def stops_too_early(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        so_far += probs[i]
        if so_far >= p and any(result):
            break
        result[i] = probs[i]
    return [a / sum(result) for a in result]


@wrong("train4.top_p", "takes one token more than is needed", says="There is one token too many:")
def one_too_many(probs, p):
    ids = sorted(range(len(probs)), key=lambda i: -probs[i])
    so_far, n = 0.0, 0
    while n < len(ids) and so_far < p:
        so_far += probs[ids[n]]
        n += 1
    kept = ids[: n + 1]
    kept_sum = sum(probs[i] for i in kept)
    return [probs[i] / kept_sum if i in kept else 0.0 for i in range(len(probs))]


@wrong(
    "train4.top_p",
    "goes on where the sum is p exactly: > in place of >=",
    says="There is one token too many:",
)
def beyond_p(probs, p):
    kept, so_far = set(), 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        kept.add(i)
        so_far += probs[i]
        if so_far > p:
            break
    kept_sum = sum(probs[i] for i in kept)
    return [probs[i] / kept_sum if i in kept else 0.0 for i in range(len(probs))]


@wrong(
    "train4.top_p",
    "the probabilities that are kept are not divided by their sum",
    says="They no longer add up to",
)
def not_divided(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        if so_far >= p:
            break
        so_far += probs[i]
        result[i] = probs[i]
    return result


@wrong(
    "train4.top_p",
    "divides by p, not by the sum of what is kept",
    says="What is left is divided by p",
)
def divided_by_p(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        if so_far >= p:
            break
        so_far += probs[i]
        result[i] = probs[i] / p
    return result


@wrong(
    "train4.top_p",
    "of equally likely tokens the higher id goes first: order turned round",
    says="Of equally likely tokens, the one",
)
def higher_id_first(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i in sorted(range(len(probs)), key=lambda i: probs[i])[::-1]:
        if so_far >= p:
            break
        so_far += probs[i]
        result[i] = probs[i]
    return [a / so_far for a in result]


@wrong(
    "train4.top_p",
    "keeps all tokens as likely as the last that is needed",
    says="Tokens as likely as the last",
)
def keeps_all_equals(probs, p):
    so_far = 0.0
    for least in sorted(probs, reverse=True):
        so_far += least
        if so_far >= p:
            break
    kept_sum = sum(a for a in probs if a >= least)
    return [a / kept_sum if a >= least else 0.0 for a in probs]


@wrong(
    "train4.top_p",
    "finds ids with index, which for equal ones gives the first again",
    says="`index` finds the first of equally",
)
def ids_by_index(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for a in sorted(probs, reverse=True):
        if so_far >= p:
            break
        so_far += a
        result[probs.index(a)] = a
    return [a / so_far for a in result]


@wrong(
    "train4.top_p",
    "returns the probabilities in their order of size, not by id",
    says="Each probability should stay at its",
)
def in_order_of_size(probs, p):
    result, so_far = [], 0.0
    for a in sorted(probs, reverse=True):
        result.append(a if so_far < p else 0.0)
        so_far += result[-1]
    return [a / so_far for a in result]


@wrong(
    "train4.top_p",
    "returns only the tokens that are kept: a shorter list",
    says="Only the kept ones are there:",
)
def shorter_list(probs, p):
    kept, so_far = [], 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        if so_far >= p:
            break
        so_far += probs[i]
        kept.append(i)
    return [probs[i] / so_far for i in sorted(kept)]


@wrong(
    "train4.top_p",
    "runs off the end where p is 1 and the sum of all a hair below",
    says="By rounding, all of them may",
)
def runs_off_the_end(probs, p):
    ids = sorted(range(len(probs)), key=lambda i: -probs[i])
    so_far, n = 0.0, 0
    while so_far < p:
        so_far += probs[ids[n]]
        n += 1
    return [probs[i] / so_far if i in ids[:n] else 0.0 for i in range(len(probs))]


@wrong(
    "train4.top_p",
    "keeps every token whose own probability is at least p",
    says="Only the likeliest is left: it",
)
def p_as_threshold(probs, p):
    result = [a if a >= p else 0.0 for a in probs]
    if not any(result):
        best = probs.index(max(probs))
        result[best] = probs[best]
    return [a / sum(result) for a in result]


@wrong(
    "train4.top_p",
    "adds up in the order of ids, not the likeliest first",
    says="The tokens are taken in the",
)
def in_order_of_ids(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i, a in enumerate(probs):
        if so_far >= p:
            break
        so_far += a
        result[i] = a
    return [a / so_far for a in result]


@wrong("train4.top_p", "the unlikeliest first", says="The least likely are taken first:")
def unlikeliest_first(probs, p):
    result, so_far = [0.0] * len(probs), 0.0
    for i in sorted(range(len(probs)), key=lambda i: probs[i]):
        if so_far >= p:
            break
        so_far += probs[i]
        result[i] = probs[i]
    return [a / so_far for a in result]


@wrong("train4.top_p", "changes the list that it was given", says="Make a new list, or work")
def top_p_in_place(probs, p):
    so_far = 0.0
    for i in sorted(range(len(probs)), key=lambda i: -probs[i]):
        if so_far >= p:
            probs[i] = 0.0
        so_far += probs[i]
    kept_sum = sum(probs)
    for i in range(len(probs)):
        probs[i] /= kept_sum
    return probs


@wrong(
    "train4.top_p",
    "takes p for the part of the tokens to keep, not of the probability",
    says="p is taken for the part",
)
def part_of_the_tokens(probs, p):
    n = max(1, math.ceil(p * len(probs)))
    kept = sorted(range(len(probs)), key=lambda i: -probs[i])[:n]
    kept_sum = sum(probs[i] for i in kept)
    return [probs[i] / kept_sum if i in kept else 0.0 for i in range(len(probs))]


@right("train4.top_p")
def takes_the_largest_left(probs, p):
    left, result = list(probs), [0.0] * len(probs)
    while sum(result) < p and any(left):
        i = left.index(max(left))
        result[i], left[i] = left[i], 0.0
    kept_sum = sum(result)
    return [a / kept_sum for a in result]


@right("train4.top_p")
def what_goes_before(probs, p):
    # a token is kept if those before it do not reach p; a hair for rounding
    ids = sorted(range(len(probs)), key=probs.__getitem__, reverse=True)
    place = {i: n for n, i in enumerate(ids)}
    before = [sum(probs[j] for j in ids[: place[i]]) for i in range(len(probs))]
    kept = [a if b < p - 1e-12 else 0.0 for a, b in zip(probs, before)]
    return [a / sum(kept) for a in kept]


@right("train4.top_p")
def pairs_sorted(probs, p):
    pairs = sorted((-a, i) for i, a in enumerate(probs))
    for n in range(1, len(pairs) + 1):
        kept_sum = -sum(a for a, _ in pairs[:n])
        if kept_sum >= p:
            break
    kept = dict((i, -a / kept_sum) for a, i in pairs[:n])
    return [kept.get(i, 0) for i in range(len(probs))]


# train4.squared_relu


@wrong(
    "train4.squared_relu",
    "three nodes: the product of two relu",
    says="Make it as `relu` of train2",
)
def product_of_two(x):
    return x.relu() * x.relu()


@wrong(
    "train4.squared_relu",
    "two nodes: the power of a relu, whose input is not x",
    says="Make it as `relu` of train2",
)
def power_of_relu(x):
    return x.relu() ** 2


@wrong("train4.squared_relu", "the slope of x² taken as x", says="The square has the slope 2")
def slope_without_two(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (x.data,))
    return Value(0.0, (x,), (0.0,))


@wrong(
    "train4.squared_relu",
    "the slope 2x for negative numbers too",
    says="Below 0 nothing changes with x:",
)
def slope_below_zero(x):
    return Value(max(0.0, x.data) ** 2, (x,), (2 * x.data,))


@wrong(
    "train4.squared_relu",
    "the bend is forgotten: negative numbers are squared as well",
    says="Below 0 the result is 0:",
)
def square_without_bend(x):
    return Value(max(0.0, x.data**2), (x,), (2 * x.data,))


@wrong("train4.squared_relu", "the comma is missing: no tuple", says="A tuple with one entry needs")
def without_comma(x):
    if x.data > 0:
        return Value(x.data**2, (x), (2 * x.data))
    return Value(0.0, (x), (0.0))


@wrong(
    "train4.squared_relu",
    "for negative numbers a constant, not connected to x",
    says="Tie it to x for every",
)
def constant_below_zero(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (2 * x.data,))
    return Value(0.0)


@wrong(
    "train4.squared_relu",
    "for negative numbers a plain 0, no Value",
    says="Wrap the number in a Value",
)
def plain_zero(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (2 * x.data,))
    return 0.0


@wrong("train4.squared_relu", "changes x itself", says="Make a new Value, and leave")
def squares_x_itself(x):
    slope = 2 * x.data if x.data > 0 else 0.0
    x.data = x.data**2 if x.data > 0 else 0.0
    return Value(x.data, (x,), (slope,))


@wrong(
    "train4.squared_relu",
    "the local derivative is a Value, not a number",
    says="x.data is the number in x:",
)
def slope_as_value(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (2 * x,))
    return Value(0.0, (x,), (0.0,))


@wrong(
    "train4.squared_relu",
    "the slope of relu, 1, is kept",
    says="That is ReLU's slope: the square's",
)
def slope_of_relu(x):
    if x.data > 0:
        return Value(x.data**2, (x,), (1.0,))
    return Value(0.0, (x,), (0.0,))


@wrong(
    "train4.squared_relu",
    "twice the result in place of twice the input",
    says="That is twice the result: the",
)
def slope_from_result(x):
    result = max(0.0, x.data) ** 2
    return Value(result, (x,), (2 * result,))


@wrong(
    "train4.squared_relu",
    "adds to the gradient of x at once, before any backward",
    says="Hand on the local derivative alone:",
)
def gradient_at_once(x):
    r = max(0.0, x.data)
    x.grad += 2 * r
    return Value(r**2, (x,), (2 * r,))


@right("train4.squared_relu")
def relu_changed(x):
    y = x.relu()
    y.local_derivatives = (2 * y.data,)
    y.data = y.data**2
    return y


@right("train4.squared_relu")
def by_largest(x):
    r = max(x.data, 0)
    return Value(r * r, (x,), (r + r,))


@right("train4.squared_relu")
def by_truth_value(x):
    positive = x.data >= 0
    return Value(positive * x.data**2, (x,), (positive * 2.0 * x.data,))


# train4.first_version


def first_shapes(vocab_size):
    return gpt_shapes(vocab_size, 16, 8, 1)


@wrong(
    "train4.first_version",
    "16 positions, as in the lesson, in place of 8",
    says="That is a row for each",
)
def sixteen_positions(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in gpt_shapes(vocab_size, 16, 16, 1).items():
        spread = 0.0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@wrong(
    "train4.first_version", "the lesson's spread, 0.08", says="0.08 is this course's spread, and"
)
def spread_of_the_lesson(vocab_size, rng):
    weights = random_weights(first_shapes(vocab_size), rng)
    for name in ("layer0.wo", "layer0.fc2"):
        weights[name] = [[0.0] * len(row) for row in weights[name]]
    return weights


@wrong(
    "train4.first_version",
    "wo and fc2 are drawn like the others",
    says="layer0.wo and layer0.fc2 (these are their",
)
def nothing_is_zero(vocab_size, rng):
    shapes = first_shapes(vocab_size)
    return {
        name: random_matrix(rows, columns, rng, 0.02) for name, (rows, columns) in shapes.items()
    }


@wrong(
    "train4.first_version",
    "only wo is 0, not fc2",
    says="layer0.wo and layer0.fc2 (these are their",
)
def only_wo_is_zero(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        weights[name] = random_matrix(rows, columns, rng, 0.02)
    weights["layer0.wo"] = [[0.0] * 16 for _ in range(16)]
    return weights


@wrong(
    "train4.first_version",
    "looks for wo and fc2 without layer0, and finds neither",
    says="layer0.wo and layer0.fc2 (these are their",
)
def zero_by_short_name(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ["wo", "fc2"] else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread=spread)
    return weights


@wrong(
    "train4.first_version",
    "train3's names, without the layer",
    says="The names are those of gpt_shapes,",
)
def names_of_train3(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in transformer_shapes(vocab_size, 16, 8).items():
        weights[name] = random_matrix(rows, columns, rng, 0 if name in ("wo", "fc2") else 0.02)
    return weights


@wrong("train4.first_version", "27 tokens, whatever vocab_size is", says="27 is fixed in it: take")
def always_27_tokens(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(27).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@wrong(
    "train4.first_version",
    "draws from a generator of its own, not from rng",
    says="Draw from the rng it is",
)
def generator_of_its_own(vocab_size, rng):
    rng = random.Random(42)
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@wrong(
    "train4.first_version",
    "draws evenly between -0.02 and 0.02, not from a bell curve",
    says="Evenly spread numbers are no bell",
)
def drawn_evenly(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        size = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = [[rng.uniform(-size, size) for _ in range(columns)] for _ in range(rows)]
    return weights


@wrong(
    "train4.first_version",
    "mean and spread swapped: all entries are 0.02",
    says="rng.gauss takes the mean first and",
)
def mean_and_spread_swapped(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        mean = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = [[rng.gauss(mean, 0) for _ in range(columns)] for _ in range(rows)]
    return weights


@wrong(
    "train4.first_version",
    "takes 0.02 for the square of the spread",
    says="rng.gauss takes the spread itself, not",
)
def spread_from_variance(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else math.sqrt(0.02)
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@wrong(
    "train4.first_version",
    "one drawn row is repeated in all rows of a matrix",
    says="[row] * n repeats one row",
)
def one_row_repeated(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = [[rng.gauss(0, spread) for _ in range(columns)]] * rows
    return weights


@wrong(
    "train4.first_version",
    "wq, wk and wv are one matrix, drawn once",
    says="Draw each matrix on its own:",
)
def one_matrix_for_three(vocab_size, rng):
    drawn = random_matrix(16, 16, rng, 0.02)
    return {
        "wte": random_matrix(vocab_size, 16, rng, 0.02),
        "wpe": random_matrix(8, 16, rng, 0.02),
        "lm_head": random_matrix(vocab_size, 16, rng, 0.02),
        "layer0.wq": drawn,
        "layer0.wk": drawn,
        "layer0.wv": drawn,
        "layer0.wo": [[0.0] * 16 for _ in range(16)],
        "layer0.fc1": random_matrix(64, 16, rng, 0.02),
        "layer0.fc2": [[0.0] * 64 for _ in range(16)],
    }


@wrong(
    "train4.first_version",
    "lm_head is tied to wte, as in GPT-2",
    says="Draw each matrix on its own:",
)
def tied_head(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    weights["lm_head"] = weights["wte"]
    return weights


@wrong(
    "train4.first_version",
    "fc1 and fc2 have rows and columns swapped",
    says="Rows and columns have changed places:",
)
def shapes_turned(vocab_size, rng):
    shapes = first_shapes(vocab_size) | {"layer0.fc1": (16, 64), "layer0.fc2": (64, 16)}
    weights = {}
    for name, (rows, columns) in shapes.items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@wrong(
    "train4.first_version",
    "returns Values, not numbers",
    says="Leave to_values to the training: here",
)
def values_already(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in first_shapes(vocab_size).items():
        spread = 0 if name in ("layer0.wo", "layer0.fc2") else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return to_values(weights)


@wrong(
    "train4.first_version", "two layers in place of one", says="The names are those of gpt_shapes,"
)
def two_layers(vocab_size, rng):
    weights = {}
    for name, (rows, columns) in gpt_shapes(vocab_size, 16, 8, 2).items():
        spread = 0 if name.endswith(("wo", "fc2")) else 0.02
        weights[name] = random_matrix(rows, columns, rng, spread)
    return weights


@right("train4.first_version")
def made_smaller(vocab_size, rng):
    drawn = random_weights(first_shapes(vocab_size), rng)
    factors = dict.fromkeys(drawn, 0.02 / 0.08) | {"layer0.wo": 0, "layer0.fc2": 0}
    return {name: [[a * factors[name] for a in row] for row in w] for name, w in drawn.items()}


@right("train4.first_version")
def written_out(vocab_size, rng):
    bell = statistics.NormalDist(0, 0.02)

    def draw(rows, columns):
        return [
            [bell.inv_cdf(rng.uniform(1e-9, 1 - 1e-9)) for _ in range(columns)] for _ in range(rows)
        ]

    return {
        "layer0.fc2": [[0] * 64 for _ in range(16)],
        "layer0.fc1": draw(64, 16),
        "layer0.wo": [[0] * 16 for _ in range(16)],
        **{f"layer0.w{letter}": draw(16, 16) for letter in "vkq"},
        "lm_head": draw(vocab_size, 16),
        "wpe": draw(8, 16),
        "wte": draw(vocab_size, 16),
    }


@right("train4.first_version")
def from_one_long_list(vocab_size, rng):
    shapes = gpt_shapes(vocab_size=vocab_size, n_embd=16, block_size=8, n_layer=1)
    zero = {"layer0.wo", "layer0.fc2"}
    count = sum(rows * columns for name, (rows, columns) in shapes.items() if name not in zero)
    numbers = [rng.normalvariate(0, 0.02) for _ in range(count)]
    weights = {}
    for name, (rows, columns) in shapes.items():
        if name in zero:
            weights[name] = [[0.0 for _ in range(columns)] for _ in range(rows)]
        else:
            weights[name] = [[numbers.pop() for _ in range(columns)] for _ in range(rows)]
    return weights
