"""Answers to train3's exercises."""

import cmath
import math

import numpy as np

from microgpt_ref.layers import dot, rmsnorm, softmax
from microgpt_ref.transformer import attention, transformer_shapes
from tests.bank import by_hand_results, changed, right, wrong

INF = float("inf")

# train3.by_hand

right("train3.by_hand")(6 / (1 + math.exp(-1)) + 2 / (1 + math.e))
right("train3.by_hand")(4.924)
right("train3.by_hand")(attention([1, 2, 2, 0], [[2, 1, 0, 1], [0, 1, 0, 5]], [[6, 1], [2, 5]])[0])
wrong("train3.by_hand", "Not divided", says="aren't divided")(5.5232)
wrong("train3.by_hand", "Root of the number of keys", says="numbers in a value")(5.2177)
wrong("train3.by_hand", "Divided by d", says="by the root of it")(4.4898)
wrong("train3.by_hand", "The share alone", says="share of the first key")(0.7311)
wrong("train3.by_hand", "The shares exchanged", says="changed places")(3.0758)
wrong("train3.by_hand", "No softmax", says="divided by their sum")(4.6667)
wrong("train3.by_hand", "The second number", says="second number")(2.0758)
wrong("train3.by_hand", "The keys averaged", says="averaged the keys")(1.4621)
wrong("train3.by_hand", "Only the first value", says="second value")(4.3864)
wrong("train3.by_hand", "An even average", says="even average")(4)
wrong("train3.by_hand", "Scores for shares", says="scores themselves")(14)
wrong("train3.by_hand", "A slip of arithmetic")(4.9142)


# train3.attention


@right("train3.attention")
def with_loops(q, keys, values):
    scores = []
    for k in keys:
        s = 0.0
        for a, b in zip(q, k):
            s += a * b
        scores.append(s / math.sqrt(len(q)))
    top = max(scores)
    exps = [math.exp(s - top) for s in scores]
    out = []
    for i in range(len(values[0])):
        out.append(sum(e * v[i] for e, v in zip(exps, values)) / sum(exps))
    return out


@right("train3.attention")
def numpy_attention(q, keys, values):
    scores = np.array(keys) @ np.array(q) / np.sqrt(len(q))
    e = np.exp(scores - scores.max())
    return (e / e.sum()) @ np.array(values)


@right("train3.attention")
def scaled_query(q, keys, values):
    q = [a * len(q) ** -0.5 for a in q]
    shares = softmax([dot(q, k) for k in keys])
    return tuple(dot(shares, column) for column in zip(*values))


right("train3.attention")(attention)


@wrong("train3.attention", "Multiplied by the root", says="multiplied by the root")
def times_root(q, keys, values):
    shares = softmax([dot(q, k) * math.sqrt(len(q)) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "No softmax", says="Scores aren't shares")
def no_softmax(q, keys, values):
    scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
    return [dot(scores, column) for column in zip(*values)]


@wrong("train3.attention", "exp not divided by the sum", says="don't add up to 1")
def not_divided(q, keys, values):
    exps = [math.exp(dot(q, k) / math.sqrt(len(q))) for k in keys]
    return [dot(exps, column) for column in zip(*values)]


@wrong("train3.attention", "Rows for columns", says="for each column")
def rows_for_columns(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [sum(p * a for a in v) for p, v in zip(shares, values)]


@wrong("train3.attention", "Not added up", says="add them up")
def not_added(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [[p * a for a in v] for p, v in zip(shares, values)]


@wrong("train3.attention", "The shares returned", says="These are the shares")
def only_shares(q, keys, values):
    return softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])


@wrong("train3.attention", "The root of 2 hard-coded", says="that of 2")
def root_two(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(2) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "An own softmax without the maximum", says="Subtract the largest")
def own_softmax(q, keys, values):
    exps = [math.exp(dot(q, k) / math.sqrt(len(q))) for k in keys]
    shares = [e / sum(exps) for e in exps]
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "NumPy without the maximum", says="Subtract the largest")
def numpy_overflow(q, keys, values):
    e = np.exp(np.array(keys) @ np.array(q) / np.sqrt(len(q)))
    return (e / e.sum()) @ np.array(values)


@wrong("train3.attention", "The query scaled in place", says="Make a new list")
def in_place(q, keys, values):
    for i in range(len(q)):
        q[i] /= math.sqrt(len(values[0]))
    shares = softmax([dot(q, k) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "As long as q", says="as long as a value")
def as_long_as_q(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [sum(p * v[i] for p, v in zip(shares, values)) for i in range(len(q))]


# train3.rmsnorm


@right("train3.rmsnorm")
def rms_loops(x):
    total = 0
    for a in x:
        total += a**2
    out = []
    for a in x:
        out.append(a / (total / len(x) + 0.00001) ** 0.5)
    return out


@right("train3.rmsnorm")
def rms_numpy(x):
    x = np.array(x)
    return x / np.sqrt(np.mean(x**2) + 1e-5)


@right("train3.rmsnorm")
def rms_scaled(x):
    scale = math.sqrt(len(x)) / math.sqrt(sum(a * a for a in x) + len(x) * 1e-5)
    return tuple(a * scale for a in x)


right("train3.rmsnorm")(rmsnorm)


@wrong("train3.rmsnorm", "Divided by the length", says="This divides by the length")
def to_length_one(x):
    return [a / math.sqrt(dot(x, x)) for a in x]


@wrong("train3.rmsnorm", "Layer norm", says="The mean of the entries is subtracted first")
def layer_norm_instead(x):
    mean = sum(x) / len(x)
    return rmsnorm([a - mean for a in x])


@wrong("train3.rmsnorm", "No brackets under the root", says="put brackets")
def no_brackets(x):
    return [a / math.sqrt(dot(x, x) / len(x)) + 1e-5 for a in x]


@wrong("train3.rmsnorm", "x changed", says="Make a new list")
def rms_in_place(x):
    root = math.sqrt(dot(x, x) / len(x) + 1e-5)
    for i in range(len(x)):
        x[i] /= root
    return x


@wrong("train3.rmsnorm", "The root returned", says="the divisor")
def root_alone(x):
    return math.sqrt(dot(x, x) / len(x) + 1e-5)


@wrong("train3.rmsnorm", "Whole numbers", says="drops the rest")
def whole_numbers(x):
    root = math.sqrt(dot(x, x) / len(x) + 1e-5)
    return [a // root for a in x]


@wrong("train3.rmsnorm", "Sixteen hard-coded", says="divides by 16")
def sixteen(x):
    return [a / math.sqrt(dot(x, x) / 16 + 1e-5) for a in x]


# train3.mask


@right("train3.mask")
def with_inf(queries, keys, values, mask):
    outputs = []
    for t in range(len(queries)):
        scores = []
        for j in range(len(keys)):
            s = dot(queries[t], keys[j]) / math.sqrt(len(queries[t]))
            scores.append(s if mask[t][j] else -INF)
        shares = softmax(scores)
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@right("train3.mask")
def numpy_masked(queries, keys, values, mask):
    q, k, v = map(np.array, (queries, keys, values))
    scores = np.where(np.array(mask), q @ k.T / np.sqrt(q.shape[1]), -np.inf)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True) @ v


@right("train3.mask")
def large_negative(queries, keys, values, mask):
    def one(q, row):
        bias = [0.0 if see else -1e9 for see in row]
        shares = softmax([dot(q, k) / len(q) ** 0.5 + b for k, b in zip(keys, bias)])
        return [sum(p * v[i] for p, v in zip(shares, values)) for i in range(len(values[0]))]

    return [one(q, row) for q, row in zip(queries, mask)]


@right("train3.mask")
def only_what_is_seen(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        there = [j for j, see in enumerate(row) if see]
        shares = softmax([dot(q, keys[j]) / math.sqrt(len(q)) for j in there])
        out = [0.0] * len(values[0])
        for p, j in zip(shares, there):
            out = [o + p * a for o, a in zip(out, values[j])]
        outputs.append(out)
    return outputs


def masked_with(change, late=lambda p, see: p):
    """Attention with a mask in which a score and its mask become something, and so do shares."""

    def answer(queries, keys, values, mask):
        outputs = []
        for q, row in zip(queries, mask):
            scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
            shares = softmax([change(s, see) for s, see in zip(scores, row)])
            shares = [late(p, see) for p, see in zip(shares, row)]
            outputs.append([dot(shares, column) for column in zip(*values)])
        return outputs

    return answer


wrong("train3.mask", "0 for minus infinity", says="set to 0, a score")(
    masked_with(lambda s, see: s if see else 0.0)
)
wrong("train3.mask", "Multiplied by the mask", says="set to 0, a score")(
    masked_with(lambda s, see: s * see)
)
wrong("train3.mask", "-1 for minus infinity", says="set to -1")(
    masked_with(lambda s, see: s if see else -1.0)
)
wrong("train3.mask", "Shares set to 0", says="after softmax")(
    masked_with(lambda s, see: s, lambda p, see: p if see else 0.0)
)
wrong("train3.mask", "The mask turned round", says="turned round")(
    masked_with(lambda s, see: -INF if see else s)
)
wrong("train3.mask", "No mask", says="Nothing is hidden")(masked_with(lambda s, see: s))
wrong("train3.mask", "Times minus infinity", says="no number")(
    masked_with(lambda s, see: s + (not see) * -INF)
)
wrong("train3.mask", "-10 for minus infinity", says="set to -10")(
    masked_with(lambda s, see: s if see else -10.0)
)


@wrong("train3.mask", "Shares go along each value", says="zip(*values)")
def along_each_value(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        scores = [dot(q, k) / math.sqrt(len(q)) if see else -INF for k, see in zip(keys, row)]
        outputs.append([sum(p * a for p, a in zip(softmax(scores), v)) for v in values])
    return outputs


@wrong("train3.mask", "Causal too", says="mask alone")
def causal_too(queries, keys, values, mask):
    n = len(queries)
    both = [[j <= t and mask[t][j] for j in range(n)] for t in range(n)]
    outputs = []
    for q, row in zip(queries, both):
        if not any(row):
            outputs.append([0.0] * len(values[0]))
        else:
            outputs += with_inf([q], keys, values, [row])
    return outputs


@wrong("train3.mask", "Queries and keys exchanged", says="Queries and keys")
def exchanged(queries, keys, values, mask):
    return with_inf(keys, queries, values, mask)


@wrong("train3.mask", "Softmax over the columns", says="keys of one query")
def column_softmax(queries, keys, values, mask):
    scores = [
        [dot(q, k) / math.sqrt(len(q)) if see else -1e9 for k, see in zip(keys, row)]
        for q, row in zip(queries, mask)
    ]
    shares = list(zip(*[softmax(list(column)) for column in zip(*scores)]))
    return [[dot(row, column) for column in zip(*values)] for row in shares]


@wrong("train3.mask", "The last position alone", says="return one each")
def last_alone(queries, keys, values, mask):
    for q, row in zip(queries, mask):
        (out,) = with_inf([q], keys, values, [row])
    return out


@wrong("train3.mask", "Hidden after the maximum was subtracted", says="Hide the scores before")
def hidden_late(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        exps = [math.exp(s - max(scores)) * see for s, see in zip(scores, row)]
        shares = [e / sum(exps) for e in exps]
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@wrong("train3.mask", "Attention called", says="Write it yourself")
def by_attention(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        there = [j for j, see in enumerate(row) if see]
        outputs.append(attention(q, [keys[j] for j in there], [values[j] for j in there]))
    return outputs


# train3.layer_norm


@right("train3.layer_norm")
def by_rmsnorm(x, gain, shift):
    mean = sum(x) / len(x)
    return [g * a + s for g, a, s in zip(gain, rmsnorm([a - mean for a in x]), shift)]


@right("train3.layer_norm")
def numpy_layer_norm(x, gain, shift):
    x = np.array(x)
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5) * np.array(gain) + np.array(shift)


@right("train3.layer_norm")
def from_moments(x, gain, shift):
    n = len(x)
    mean = math.fsum(x) / n
    variance = math.fsum((a - mean) ** 2 for a in x) / n
    scale = (variance + 0.00001) ** -0.5
    result = []
    for i in range(n):
        result.append((x[i] - mean) * scale * gain[i] + shift[i])
    return result


def normed(x, gain, shift, eps=1e-5, outside=0.0, n=None):
    """Layer norm, with some slips."""
    mean = sum(x) / len(x)
    variance = sum((a - mean) ** 2 for a in x) / (n or len(x))
    root = math.sqrt(variance + eps) + outside
    return [(a - mean) / root * g + s for a, g, s in zip(x, gain, shift)]


@wrong("train3.layer_norm", "The sum for the mean of squares", says="take their mean")
def sum_of_squares(x, gain, shift):
    return normed(x, gain, shift, n=1)


@wrong("train3.layer_norm", "Another small number", says="a tenth of that")
def smaller_number(x, gain, shift):
    return normed(x, gain, shift, eps=1e-6)


@wrong("train3.layer_norm", "The mean left in the entries", says="missing from the entries")
def mean_left(x, gain, shift):
    mean = sum(x) / len(x)
    variance = sum((a - mean) ** 2 for a in x) / len(x)
    return [a / math.sqrt(variance + 1e-5) * g + s for a, g, s in zip(x, gain, shift)]


@wrong("train3.layer_norm", "gain forgotten", says="gain is missing")
def no_gain(x, gain, shift):
    return normed(x, [1] * len(x), shift)


@wrong("train3.layer_norm", "The first gain and shift for all", says="of its own")
def first_for_all(x, gain, shift):
    return normed(x, [gain[0]] * len(x), [shift[0]] * len(x))


@wrong("train3.layer_norm", "The deviation by absolute values", says="The variance is taken")
def absolute(x, gain, shift):
    mean = sum(x) / len(x)
    deviation = sum(abs(a - mean) for a in x) / len(x)
    return [(a - mean) / deviation * g + s for a, g, s in zip(x, gain, shift)]


@wrong("train3.layer_norm", "x changed", says="Make a new list")
def layer_norm_in_place(x, gain, shift):
    for i, a in enumerate(normed(list(x), gain, shift)):
        x[i] = a
    return x


@wrong("train3.layer_norm", "Four entries hard-coded")
def four_entries(x, gain, shift):
    return normed(x, gain, shift, n=4)


# train3.rotary


@right("train3.rotary")
def by_complex(x, position):
    d, out = len(x), []
    for i in range(0, d, 2):
        point = complex(x[i], x[i + 1]) * cmath.exp(1j * position / 10000 ** (i / d))
        out += [point.real, point.imag]
    return out


@right("train3.rotary")
def by_numpy(x, position):
    x = np.array(x, dtype=float)
    d = len(x)
    angles = position * 10000.0 ** (-np.arange(0, d, 2) / d)
    out = np.empty(d)
    out[::2] = x[::2] * np.cos(angles) - x[1::2] * np.sin(angles)
    out[1::2] = x[::2] * np.sin(angles) + x[1::2] * np.cos(angles)
    return out


@right("train3.rotary")
def by_matrices(x, position):
    out = list(x)
    for i in range(len(x) // 2):
        angle = position * math.pow(10000, -2 * i / len(x))
        c, s = math.cos(angle), math.sin(angle)
        out[2 * i] = c * x[2 * i] - s * x[2 * i + 1]
        out[2 * i + 1] = s * x[2 * i] + c * x[2 * i + 1]
    return out


def turned(x, angle_of, first=-1, second=1):
    """x with pair i turned by angle_of(i)."""
    out = []
    for i in range(len(x) // 2):
        a, b, c, s = x[2 * i], x[2 * i + 1], math.cos(angle_of(i)), math.sin(angle_of(i))
        out += [a * c + first * b * s, second * a * s + b * c]
    return out


@wrong("train3.rotary", "No minus in the exponent", says="lacks its minus")
def faster(x, position):
    return turned(x, lambda i: position * 10000 ** (2 * i / len(x)))


@wrong("train3.rotary", "Two plus signs", says="Both sines have a plus")
def two_plus(x, position):
    return turned(x, lambda i: position * 10000 ** (-2 * i / len(x)), 1, 1)


@wrong("train3.rotary", "Sine and cosine exchanged", says="Cosine and sine")
def sine_for_cosine(x, position):
    out = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        out.append(a * math.sin(angle) - b * math.cos(angle))
        out.append(a * math.cos(angle) + b * math.sin(angle))
    return out


@wrong("train3.rotary", "x changed", says="Make a new list")
def turned_in_place(x, position):
    x[:] = turned(x, lambda i: position * 10000 ** (-2 * i / len(x)))
    return x


@wrong("train3.rotary", "Position added, as with wpe")
def position_added(x, position):
    return [a + position for a in x]


@wrong("train3.rotary", "Pairs in lists of their own", says="into one list")
def pairs_in_lists(x, position):
    out = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i / len(x))
        (a, b), c, s = x[2 * i : 2 * i + 2], math.cos(angle), math.sin(angle)
        out.append([a * c - b * s, a * s + b * c])
    return out


# train3.score_slopes


@right("train3.score_slopes")
def all_pairs(scores, values, slopes):
    p = softmax(scores)
    g = [sum(a * b for a, b in zip(slopes, v)) for v in values]
    n = len(p)
    return [sum(p[j] * ((i == j) - p[i]) * g[j] for j in range(n)) for i in range(n)]


@right("train3.score_slopes")
def through_the_output(scores, values, slopes):
    p = softmax(scores)
    out = [dot(p, column) for column in zip(*values)]
    found = []
    for share, v in zip(p, values):
        found.append(share * sum(s * (a - o) for s, a, o in zip(slopes, v, out)))
    return found


@right("train3.score_slopes")
def numpy_jacobian(scores, values, slopes):
    s = np.array(scores)
    p = np.exp(s - s.max())
    p /= p.sum()
    return (np.diag(p) - np.outer(p, p)) @ np.array(values) @ np.array(slopes)


def gains_of(scores, values, slopes):
    """Shares, and the slopes along them."""
    return softmax(scores), [dot(slopes, v) for v in values]


@wrong("train3.score_slopes", "As with a surprise", says="p less 1")
def less_one(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    return [(a - 1) * b for a, b in zip(p, g)]


@wrong("train3.score_slopes", "Cross terms without p_i", says="p_i is missing")
def cross_without_own(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    return [a * (1 - a) * b - (dot(p, g) - a * b) for a, b in zip(p, g)]


@wrong("train3.score_slopes", "Cross terms without p_j", says="p_j is missing")
def cross_without_other(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    return [a * (1 - a) * b - a * (sum(g) - b) for a, b in zip(p, g)]


@wrong("train3.score_slopes", "Nudged upwards alone", says="looks nudged")
def one_sided(scores, values, slopes):
    def loss(scores):
        return dot(*gains_of(scores, values, slopes))

    found = []
    for i in range(len(scores)):
        up = [s + 1e-6 * (i == j) for j, s in enumerate(scores)]
        found.append((loss(up) - loss(scores)) / 1e-6)
    return found


@wrong("train3.score_slopes", "The sum for the mean", says="take the mean")
def sum_subtracted(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    return [a * (b - sum(g)) for a, b in zip(p, g)]


@wrong("train3.score_slopes", "A plus for the other shares", says="cross terms")
def cross_plus(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    n = len(p)
    return [
        sum((p[i] * (1 - p[i]) if i == j else p[i] * p[j]) * g[j] for j in range(n))
        for i in range(n)
    ]


@wrong("train3.score_slopes", "= for +=", says="and not =")
def last_share_only(scores, values, slopes):
    p, g = gains_of(scores, values, slopes)
    found = [0.0] * len(p)
    for i in range(len(p)):
        for j in range(len(p)):
            found[i] = p[i] * ((i == j) - p[j]) * g[j]
    return found


@wrong("train3.score_slopes", "Not added up", says="This is how the")
def vectors_left(scores, values, slopes):
    p = softmax(scores)
    out = [dot(p, column) for column in zip(*values)]
    return [[a * (b - o) for b, o in zip(v, out)] for a, v in zip(p, values)]


@wrong("train3.score_slopes", "The maximum not subtracted", says="Subtract the largest")
def slopes_overflow(scores, values, slopes):
    e = [math.exp(s) for s in scores]
    p = [a / sum(e) for a in e]
    g = [dot(slopes, v) for v in values]
    return [a * (b - dot(p, g)) for a, b in zip(p, g)]


def parameters(block_size):
    """How many weights train3's model has with this block size."""
    shapes = transformer_shapes(27, 16, block_size)
    return sum(rows * columns for rows, columns in shapes.values())


def first_share(query, keys):
    """The share of the first key, by attention to values 1, 0, 0 …"""
    return attention(query, keys, [[float(j == 0)] for j in range(len(keys))])[0]


QUESTIONS = {
    "train3.two_keys": lambda: f"{first_share([2, 0], [[1, 0], [0, 1]]):.4f}",
    "train3.equal_keys": lambda: f"a share of {first_share([3.0, 1.0], [[2.0, 5.0]] * 5):.1f}",
    "train3.no_cache": lambda: str(sum(range(1, 5 + 1))),
    "train3.one_size": lambda: str([round(a, 4) for a in rmsnorm([-6, -8])]),
    "train3.longer_block": lambda: f"{parameters(32):,}",
}


# Right answers that are changed, one known mistake at a time


@right("train3.attention")
def by_loops(q, keys, values):
    scores, root = ([], math.sqrt(len(q)))
    for k in keys:
        score = 0.0
        for a, b in zip(q, k):
            score += a * b
        scores.append(score / root)
    shares = softmax(scores)
    out = [0.0] * len(values[0])
    for share, v in zip(shares, values):
        for i, number in enumerate(v):
            out[i] += share * number
    return out


changed(
    "train3.attention",
    by_loops,
    ("The root is that of 16", "math.sqrt(len(q))", "4"),
    ("a key that fits gets more", "score / root", "-score / root"),
    ("This is the even average", "share * number", "number / len(keys)"),
    ("This is the sum of the values", "share * number", "number"),
    ("These are the scores", "return out", "return scores"),
    ("The last value's part is all", "out[i] +=", "out[i] ="),
    ("In each score the last product", "score += a * b", "score = a * b"),
    (
        "The first key and value",
        "for k in keys:",
        "for k in keys[1:]:",
        "zip(shares, values)",
        "zip(shares, values[1:])",
        "softmax(scores)",
        "softmax(scores or [0])",
    ),
    (
        "a position sees itself too",
        "for k in keys:",
        "for k in keys[:-1]:",
        "softmax(scores)",
        "softmax(scores or [0])",
    ),
)


@right("train3.rmsnorm")
def by_one_root(x):
    squares = sum((a * a for a in x))
    root = math.sqrt(squares / len(x) + 1e-05)
    return [a / root for a in x]


changed(
    "train3.rmsnorm",
    by_one_root,
    ("yours is a tenth of that", "1e-05", "1e-06"),
    (
        "and the small number is missing: take",
        "math.sqrt(squares / len(x) + 1e-05)",
        "math.sqrt(squares) / len(x)",
    ),
    (
        "and the small number is added last",
        "math.sqrt(squares / len(x) + 1e-05)",
        "math.sqrt(squares) / len(x) + 1e-05",
    ),
    (
        "mean of the absolute values",
        "math.sqrt(squares / len(x) + 1e-05)",
        "sum(map(abs, x)) / len(x)",
    ),
    ("This divides by 2", "/ len(x)", "/ 2"),
    ("This divides by n - 1", "/ len(x)", "/ (len(x) - 1)"),
    (
        "The mean of the entries is subtracted: rmsnorm",
        "[a / root",
        "[(a - sum(x) / len(x)) / root",
    ),
    ("All signs are gone", "[a / root", "[abs(a) / root"),
    ("These are the squares over the mean", "[a / root", "[a * a / root"),
)


@right("train3.mask")
def by_scores(queries, keys, values, mask):
    n, outputs = (len(keys), [])
    root = math.sqrt(len(queries[0]))
    table = [[0.0] * n for _ in queries]
    for t, q in enumerate(queries):
        for j, k in enumerate(keys):
            score = dot(q, k) / root
            table[t][j] = score if mask[t][j] else float("-inf")
    for t, row in enumerate(table):
        shares = softmax(row)
        out = [0.0] * len(values[0])
        for share, v in zip(shares, values):
            for i, number in enumerate(v):
                out[i] += share * number
        outputs.append(out)
    return outputs


changed(
    "train3.mask",
    by_scores,
    ("what is seen may have lower scores", "float('-inf')", "-100.0"),
    ("Hidden scores are set to -1:", "float('-inf')", "-1.0"),
    ("Each row has become the last", "[[0.0] * n for _ in queries]", "[[0.0] * n] * n"),
    ("In each output the last value's part", "out[i] +=", "out[i] ="),
    ("Hidden scores are turned round", "float('-inf')", "-score"),
    ("The scores are divided by d: divide", "math.sqrt(len(queries[0]))", "len(queries[0])"),
    ("the number of positions: take", "len(queries[0])", "n"),
    ("Each position sees itself alone", "mask[t][j]", "t == j"),
    ("These are even averages", "dot(q, k) / root", "0.0"),
    (
        "The keys are averaged",
        "zip(shares, values)",
        "zip(shares, keys)",
        "len(values[0])",
        "len(keys[0])",
    ),
)


@right("train3.layer_norm")
def by_differences(x, gain, shift):
    mean = sum(x) / len(x)
    apart = [a - mean for a in x]
    variance = sum((c * c for c in apart)) / len(x)
    root = math.sqrt(variance + 1e-05)
    return [g * c / root + s for g, c, s in zip(gain, apart, shift)]


changed(
    "train3.layer_norm",
    by_differences,
    ("yours is ten times that", "1e-05", "0.0001"),
    (
        "The small number is added behind",
        "math.sqrt(variance + 1e-05)",
        "math.sqrt(variance) or 1e-99",
        "c / root",
        "(c / root + 1e-05)",
    ),
    ("The mean is added", "g * c", "g * (c + 2 * mean)"),
    ("gain and shift are missing", "g * c / root + s", "c / root"),
    ("shift is missing", "/ root + s", "/ root"),
    ("shift is subtracted", "+ s for", "- s for"),
    ("Absolute values are averaged", "c * c", "abs(c)"),
    ("This multiplies by the root", "c / root", "c * root"),
    (
        "times gain, with shift: first",
        "    return",
        "    if not any(apart):\n        "
        "return [g * a + s for g, a, s in zip(gain, x, shift)]\n    return",
    ),
    (
        "Here gain is added",
        "    return",
        "    if not any(apart):\n        return [g + s for g, s in zip(gain, shift)]\n    return",
    ),
)


@right("train3.rotary")
def by_pairs(x, position):
    out = []
    for i in range(0, len(x), 2):
        angle = position * 10000 ** (-i / len(x))
        cos, sin = (math.cos(angle), math.sin(angle))
        out += [x[i] * cos - x[i + 1] * sin]
        out += [x[i] * sin + x[i + 1] * cos]
    return out


changed(
    "train3.rotary",
    by_pairs,
    ("This makes degrees", "    cos, sin", "    angle = math.degrees(angle)\n        cos, sin"),
    ("The position is not used", "position * 10000", "10000"),
    ("Both sines have a minus", "x[i] * sin +", "-x[i] * sin +"),
    ("Only the first pair is turned", "position * 10000", "(i == 0) * position * 10000"),
    ("nothing is turned", "return out", "return x[:]"),
    ("The first entries of all pairs come first", "return out", "return out[::2] + out[1::2]"),
    ("The power is that of 1,000", "10000", "1000"),
)


@right("train3.score_slopes")
def by_mean(scores, values, slopes):
    shares = softmax(scores)
    gains = [dot(slopes, v) for v in values]
    mean = sum((p * g for p, g in zip(shares, gains)))
    return [p * (g - mean) for p, g in zip(shares, gains)]


changed(
    "train3.score_slopes",
    by_mean,
    ("The mean is added: subtract it", "g - mean", "g + mean"),
    (
        "All slopes are added up",
        "return [p * (g - mean) for p, g in zip(shares, gains)]",
        "return math.fsum([p * (g - mean) for p, g in zip(shares, gains)])",
    ),
)


by_hand_results(
    "train3.by_hand",
    {
        (4.924234, 2.075766): "That is the whole output",
        49.7709: "You added up with e",
    },
)
