"""Answers to the exercises of train3, written without sight of its checks."""

import cmath
import math
import statistics

from microgpt_ref.layers import add, dot, rmsnorm, softmax, total
from tests.bank import right, wrong

# train3.attention


@wrong(
    "train3.attention",
    "the scores are not divided by the root",
    says="The scores aren't divided by the",
)
def attention_not_scaled(q, keys, values):
    shares = softmax([dot(q, k) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong(
    "train3.attention",
    "divides by the length of the query, not by its root",
    says="The scores are divided by d:",
)
def attention_no_root(q, keys, values):
    shares = softmax([dot(q, k) / len(q) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "the root of how many keys there are", says="The root is that of the")
def attention_root_of_the_keys(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(keys)) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong("train3.attention", "the root of a value's length", says="The root is that of a")
def attention_root_of_a_value(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(values[0])) for k in keys])
    return [dot(shares, column) for column in zip(*values)]


@wrong(
    "train3.attention",
    "divides the shares by the root instead of the scores",
    says="The shares are divided by the",
)
def attention_scaled_too_late(q, keys, values):
    shares = [p / math.sqrt(len(q)) for p in softmax([dot(q, k) for k in keys])]
    return [dot(shares, column) for column in zip(*values)]


@wrong(
    "train3.attention",
    "scores divided by their sum, no softmax",
    says="The scores are divided by their",
)
def attention_no_softmax(q, keys, values):
    scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
    shares = [score / total(scores) for score in scores]
    return [dot(shares, column) for column in zip(*values)]


@wrong(
    "train3.attention",
    "a softmax of its own, which overflows for large scores",
    says="Subtract the largest score before exp,",
)
def attention_overflows(q, keys, values):
    exps = [math.exp(dot(q, k) / math.sqrt(len(q))) for k in keys]
    shares = [e / sum(exps) for e in exps]
    return [dot(shares, column) for column in zip(*values)]


@wrong(
    "train3.attention",
    "rows of the values where columns belong",
    says="The shares go along each value:",
)
def attention_rows(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [dot(shares, v) for v in values]


@wrong(
    "train3.attention",
    "the output is as long as the query, not as a value",
    says="The output is as long as",
)
def attention_long_as_the_query(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [sum(p * v[i] for p, v in zip(shares, values)) for i in range(len(q))]


@wrong(
    "train3.attention",
    "the average is divided by the number of values once more",
    says="The average is divided by the",
)
def attention_divided_again(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [dot(shares, column) / len(values) for column in zip(*values)]


@wrong("train3.attention", "the average is of the keys", says="These are averages of the keys:")
def attention_of_keys(q, keys, values):
    shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
    return [dot(shares, column) for column in zip(*keys)]


@wrong("train3.attention", "takes the best value alone", says="This is the value of the")
def attention_winner(q, keys, values):
    scores = [dot(q, k) for k in keys]
    return list(values[scores.index(max(scores))])


@right("train3.attention")
def attention_query_scaled_first(q, keys, values):
    short = [a / len(q) ** 0.5 for a in q]
    output = [0.0] * len(values[0])
    for share, value in zip(softmax([dot(short, k) for k in keys]), values):
        output = add(output, [share * a for a in value])
    return output


@right("train3.attention")
def attention_in_one_walk(q, keys, values):
    # the sums so far are made smaller whenever a larger score comes along
    peak, below, above = -math.inf, 0.0, [0.0 for _ in values[0]]
    for key, value in zip(keys, values):
        score = sum(a * b for a, b in zip(q, key)) / math.sqrt(len(q))
        new_peak = max(peak, score)
        shrink, e = math.exp(peak - new_peak), math.exp(score - new_peak)
        below = below * shrink + e
        above = [a * shrink + e * b for a, b in zip(above, value)]
        peak = new_peak
    return [a / below for a in above]


# train3.rmsnorm


@wrong(
    "train3.rmsnorm", "the sum of the squares, not their mean", says="This divides by the root of"
)
def rmsnorm_sum(x):
    return [a / math.sqrt(dot(x, x) + 0.00001) for a in x]


@wrong(
    "train3.rmsnorm",
    "the small number stands outside the root",
    says="The small number is added to the root",
)
def rmsnorm_small_number_outside(x):
    size = math.sqrt(dot(x, x) / len(x)) + 0.00001
    return [a / size for a in x]


@wrong(
    "train3.rmsnorm",
    "no small number, so zeros are divided by zero",
    says="The small number, 0.00001, is missing",
)
def rmsnorm_no_small_number(x):
    size = math.sqrt(dot(x, x) / len(x))
    return [a / size for a in x]


@wrong("train3.rmsnorm", "the root is forgotten", says="The root is missing: this divides")
def rmsnorm_no_root(x):
    mean_square = dot(x, x) / len(x) + 0.00001
    return [a / mean_square for a in x]


@wrong("train3.rmsnorm", "changes x itself", says="Make a new list, or work")
def rmsnorm_changes_x(x):
    size = math.sqrt(dot(x, x) / len(x) + 0.00001)
    for i in range(len(x)):
        x[i] /= size
    return x


@wrong(
    "train3.rmsnorm",
    "divides by the number of entries after the root",
    says="The mean is taken after the root:",
)
def rmsnorm_mean_after_root(x):
    size = math.sqrt(dot(x, x) + 0.00001) / len(x)
    return [a / size for a in x]


@wrong(
    "train3.rmsnorm",
    "the square of the mean, not the mean of the squares",
    says="This takes the mean of the",
)
def rmsnorm_square_of_mean(x):
    mean = total(x) / len(x)
    return [a / math.sqrt(mean**2 + 0.00001) for a in x]


@wrong(
    "train3.rmsnorm",
    "the small number is added before the mean is taken",
    says="The small number is added before",
)
def rmsnorm_small_number_in_the_mean(x):
    size = math.sqrt((dot(x, x) + 0.00001) / len(x))
    return [a / size for a in x]


@wrong(
    "train3.rmsnorm",
    "the small number has a zero too few",
    says="The small number is 0.00001, or 1e-5: yours is ten",
)
def rmsnorm_another_small_number(x):
    size = math.sqrt(dot(x, x) / len(x) + 0.0001)
    return [a / size for a in x]


@wrong(
    "train3.rmsnorm",
    "multiplies by the root instead of dividing",
    says="This multiplies by the root: divide.",
)
def rmsnorm_multiplies(x):
    size = math.sqrt(dot(x, x) / len(x) + 0.00001)
    return [a * size for a in x]


@right("train3.rmsnorm")
def rmsnorm_by_logarithm(x):
    squares = 0.0
    for a in x:
        squares += a**2
    factor = math.exp(-0.5 * math.log(squares / len(x) + 1e-5))
    return list(map(factor.__mul__, map(float, x)))


@right("train3.rmsnorm")
def rmsnorm_from_the_length(x):
    # the length divided by the root of n, and beside it the root of the small number
    size = math.hypot(math.hypot(*x) / math.sqrt(len(x)), math.sqrt(0.00001))
    result = x[:]
    for i, a in enumerate(x):
        result[i] = a / size
    return result


# train3.by_hand: the scores are 4 and 2, divided by 2, so the first share is 0.7311

wrong(
    "train3.by_hand",
    "the scores are not divided by the root",
    says="The scores aren't divided: divide by",
)(5.5232)
wrong("train3.by_hand", "divides by 4, not by its root", says="You divide by 4: divide by")(4.4898)
wrong("train3.by_hand", "the root of how many keys there are", says="The root is that of how")(
    5.2177
)
wrong("train3.by_hand", "the second number of the output", says="That is the second number of")(
    2.0758
)
wrong(
    "train3.by_hand",
    "the shares are the wrong way round",
    says="The shares have changed places: the",
)(3.0758)
wrong(
    "train3.by_hand",
    "the scores divided by their sum, without e",
    says="These are the scores divided by",
)(4.6667)
wrong("train3.by_hand", "the share, not the output", says="That is the share of the")(0.7311)
wrong("train3.by_hand", "an even average", says="That is the even average: the")(4.0)
wrong("train3.by_hand", "rounded to one decimal", says="The number was rounded: keep more")(4.9)
right("train3.by_hand")(4.924)
right("train3.by_hand")(6 - 4 / (1 + math.e))


# train3.mask


@wrong(
    "train3.mask",
    "hides after softmax, so that the shares don't add up to 1",
    says="Shares are set to 0 after",
)
def mask_after_softmax(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
        shares = [p if may else 0.0 for p, may in zip(shares, row)]
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "hides after softmax and divides by what remains, which may be 0",
    says="Do all shares of a row",
)
def mask_after_softmax_rescaled(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in keys])
        shares = [p * may for p, may in zip(shares, row)]
        shares = [p / total(shares) for p in shares]
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "a hidden score becomes 0, which still has a share",
    says="Hidden scores are set to 0,",
)
def mask_zero_score(queries, keys, values, mask):
    outputs = []
    for t, q in enumerate(queries):
        scores = [mask[t][j] * dot(q, k) / math.sqrt(len(q)) for j, k in enumerate(keys)]
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask", "hides the future whatever the mask says", says="The past is shown, whatever the"
)
def mask_always_the_future(queries, keys, values, mask):
    outputs = []
    for t, q in enumerate(queries):
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        scores = [s if j <= t else float("-inf") for j, s in enumerate(scores)]
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask", "rows and columns of the mask are exchanged", says="Rows and columns of the mask"
)
def mask_exchanged(queries, keys, values, mask):
    outputs = []
    for t, q in enumerate(queries):
        scores = []
        for j, k in enumerate(keys):
            scores.append(dot(q, k) / math.sqrt(len(q)) if mask[j][t] else float("-inf"))
        if max(scores) == float("-inf"):
            scores = [0.0] * len(keys)
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@wrong("train3.mask", "True is taken for hidden", says="The mask is turned round: True")
def mask_inverted(queries, keys, values, mask):
    outputs = []
    for q, hidden in zip(queries, mask):
        scores = []
        for k, is_hidden in zip(keys, hidden):
            scores.append(float("-inf") if is_hidden else dot(q, k) / math.sqrt(len(q)))
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "leaves out hidden keys but not their values",
    says="Hidden scores are taken out of",
)
def mask_values_misaligned(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        seen = [k for k, may in zip(keys, row) if may]
        shares = softmax([dot(q, k) / math.sqrt(len(q)) for k in seen])
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "the largest score is searched among the hidden ones too",
    says="Do all shares of a row",
)
def mask_hidden_peak(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        peak = max(scores)
        exps = [math.exp(s - peak) if may else 0.0 for s, may in zip(scores, row)]
        shares = [e / sum(exps) for e in exps]
        outputs.append([dot(shares, column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "all rows of the outputs are one and the same list",
    says="[row] * n repeats one row",
)
def mask_one_list(queries, keys, values, mask):
    outputs = [[0.0] * len(values[0])] * len(queries)
    for t, q in enumerate(queries):
        scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
        shares = softmax([s if may else float("-inf") for s, may in zip(scores, mask[t])])
        for i, column in enumerate(zip(*values)):
            outputs[t][i] = dot(shares, column)
    return outputs


@wrong(
    "train3.mask", "the division by the root is forgotten", says="The scores aren't divided by the"
)
def mask_not_scaled(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        scores = [dot(q, k) if may else float("-inf") for k, may in zip(keys, row)]
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@wrong(
    "train3.mask",
    "the list of scores goes on growing from query to query",
    says="The list of scores goes on",
)
def mask_scores_kept(queries, keys, values, mask):
    outputs, scores = [], []
    for t, q in enumerate(queries):
        for j, k in enumerate(keys):
            scores.append(dot(q, k) / math.sqrt(len(q)) if mask[t][j] else float("-inf"))
        outputs.append([dot(softmax(scores), column) for column in zip(*values)])
    return outputs


@right("train3.mask")
def mask_by_leaving_out(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        open_to_it = [j for j, may in enumerate(row) if may]
        shares = softmax([dot(q, keys[j]) / len(q) ** 0.5 for j in open_to_it])
        output = [0.0] * len(values[0])
        for share, j in zip(shares, open_to_it):
            output = [a + share * b for a, b in zip(output, values[j])]
        outputs.append(output)
    return outputs


@right("train3.mask")
def mask_added(queries, keys, values, mask):
    # as large libraries do: 0 or minus infinity is added to the whole table of scores
    table = [[dot(q, k) / math.sqrt(len(k)) for k in keys] for q in queries]
    bars = [[0.0 if may else -math.inf for may in row] for row in mask]
    shares = [softmax(add(scores, bar)) for scores, bar in zip(table, bars)]
    columns = list(zip(*values))
    return [[dot(row, column) for column in columns] for row in shares]


# train3.layer_norm


@wrong("train3.layer_norm", "divides by n - 1", says="The variance is divided by n")
def layer_norm_n_minus_one(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    root = math.sqrt(dot(rest, rest) / (len(x) - 1) + 0.00001)
    return [a / root * g + s for a, g, s in zip(rest, gain, shift)]


@wrong(
    "train3.layer_norm",
    "the small number stands outside the root",
    says="The small number is added to",
)
def layer_norm_small_number_outside(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    root = math.sqrt(dot(rest, rest) / len(x)) + 0.00001
    return [a / root * g + s for a, g, s in zip(rest, gain, shift)]


@wrong(
    "train3.layer_norm",
    "no small number: equal entries are divided by zero",
    says="The small number, 0.00001, is missing.",
)
def layer_norm_no_small_number(x, gain, shift):
    return [
        (a - statistics.fmean(x)) / statistics.pstdev(x) * g + s for a, g, s in zip(x, gain, shift)
    ]


@wrong(
    "train3.layer_norm",
    "divides by the variance, not by its root",
    says="This divides by the variance: divide",
)
def layer_norm_no_root(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    variance = dot(rest, rest) / len(x) + 0.00001
    return [a / variance * g + s for a, g, s in zip(rest, gain, shift)]


@wrong(
    "train3.layer_norm",
    "the squares of x, not of what is left",
    says="The mean is subtracted from the",
)
def layer_norm_squares_of_x(x, gain, shift):
    mean = total(x) / len(x)
    root = math.sqrt(dot(x, x) / len(x) + 0.00001)
    return [(a - mean) / root * g + s for a, g, s in zip(x, gain, shift)]


@wrong(
    "train3.layer_norm",
    "the shift is added before the gain multiplies",
    says="shift is added before gain is",
)
def layer_norm_shift_first(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    return [(a + s) * g for a, g, s in zip(rmsnorm(rest), gain, shift)]


@wrong(
    "train3.layer_norm", "gain and shift are exchanged", says="gain and shift have changed places."
)
def layer_norm_exchanged(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    return [a * s + g for a, g, s in zip(rmsnorm(rest), gain, shift)]


@wrong("train3.layer_norm", "the mean is not subtracted", says="The mean isn't subtracted: this is")
def layer_norm_mean_left_in(x, gain, shift):
    return [a * g + s for a, g, s in zip(rmsnorm(x), gain, shift)]


@wrong(
    "train3.layer_norm", "a single entry comes back as it is", says="Here the entries come back as"
)
def layer_norm_single_entry(x, gain, shift):
    if len(x) == 1:
        return x[:]
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    return [a * g + s for a, g, s in zip(rmsnorm(rest), gain, shift)]


@wrong(
    "train3.layer_norm", "changes x while the mean is still needed", says="Make a new list, or work"
)
def layer_norm_changes_x(x, gain, shift):
    for i in range(len(x)):
        x[i] -= total(x) / len(x)
    return [a * g + s for a, g, s in zip(rmsnorm(x), gain, shift)]


@wrong(
    "train3.layer_norm",
    "equal entries come out as zeros, without the shift",
    says="Where all entries are alike, nothing",
)
def layer_norm_zeros_without_shift(x, gain, shift):
    if all(a == x[0] for a in x):
        return [0.0] * len(x)
    mean = total(x) / len(x)
    return [a * g + s for a, g, s in zip(rmsnorm([a - mean for a in x]), gain, shift)]


@wrong(
    "train3.layer_norm",
    "the mean size of the differences, not the root of the mean square",
    says="This divides by the mean of",
)
def layer_norm_mean_difference(x, gain, shift):
    mean = total(x) / len(x)
    rest = [a - mean for a in x]
    size = total([abs(a) for a in rest]) / len(x) + 0.00001
    return [a / size * g + s for a, g, s in zip(rest, gain, shift)]


@right("train3.layer_norm")
def layer_norm_by_statistics(x, gain, shift):
    mean, deviation = statistics.fmean(x), math.sqrt(statistics.pvariance(x) + 1e-5)
    return [s + g * ((a - mean) / deviation) for a, g, s in zip(x, gain, shift)]


@right("train3.layer_norm")
def layer_norm_by_rmsnorm(x, gain, shift):
    middle = [-total(x) / len(x)] * len(x)
    normed = rmsnorm(add(x, middle))
    return add([a * g for a, g in zip(normed, gain)], shift)


# train3.rotary


@wrong(
    "train3.rotary",
    "overwrites the first of a pair too early",
    says="The second entry is made from",
)
def rotary_too_early(x, position):
    y = x[:]
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i / len(x))
        y[2 * i] = y[2 * i] * math.cos(angle) - y[2 * i + 1] * math.sin(angle)
        y[2 * i + 1] = y[2 * i] * math.sin(angle) + y[2 * i + 1] * math.cos(angle)
    return y


@wrong("train3.rotary", "turns the other way", says="It is turned the other way:")
def rotary_other_way(x, position):
    y = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        y += [a * math.cos(angle) + b * math.sin(angle), b * math.cos(angle) - a * math.sin(angle)]
    return y


@wrong("train3.rotary", "the 2 is missing in the power", says="The exponent is -i/d: it is")
def rotary_no_two(x, position):
    y = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-i / len(x))
        a, b = x[2 * i], x[2 * i + 1]
        y += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return y


@wrong(
    "train3.rotary",
    "counts entries instead of pairs in the power",
    says="The exponent is twice what it",
)
def rotary_counts_entries(x, position):
    y = []
    for i in range(0, len(x), 2):
        angle = position * 10000 ** (-2 * i / len(x))
        a, b = x[i], x[i + 1]
        y += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return y


@wrong("train3.rotary", "pairs the first half with the second", says="The pairs are entry i and")
def rotary_halves(x, position):
    half = len(x) // 2
    y = [0.0] * len(x)
    for i in range(half):
        angle = position * 10000 ** (-2 * i / len(x))
        y[i] = x[i] * math.cos(angle) - x[i + half] * math.sin(angle)
        y[i + half] = x[i] * math.sin(angle) + x[i + half] * math.cos(angle)
    return y


@wrong("train3.rotary", "takes the angle for degrees", says="The angle is in degrees: here")
def rotary_degrees(x, position):
    y = []
    for i in range(len(x) // 2):
        angle = math.radians(position * 10000 ** (-2 * i / len(x)))
        a, b = x[2 * i], x[2 * i + 1]
        y += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return y


@wrong("train3.rotary", "changes x itself", says="Make a new list, or work")
def rotary_changes_x(x, position):
    for i in range(0, len(x), 2):
        angle = position * 10000 ** (-i / len(x))
        cos, sin = math.cos(angle), math.sin(angle)
        x[i], x[i + 1] = cos * x[i] - sin * x[i + 1], sin * x[i] + cos * x[i + 1]
    return x


@wrong("train3.rotary", "a whole-number division in the power", says="// drops the rest in the")
def rotary_whole_division(x, position):
    y = []
    for i in range(len(x) // 2):
        angle = position * 10000 ** (-2 * i // len(x))
        a, b = x[2 * i], x[2 * i + 1]
        y += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return y


@wrong("train3.rotary", "counts positions from 1", says="The position is one too many:")
def rotary_from_one(x, position):
    y = []
    for i in range(len(x) // 2):
        turn = cmath.rect(1.0, (position + 1) * 10000 ** (-2 * i / len(x)))
        point = complex(x[2 * i], x[2 * i + 1]) * turn
        y += [point.real, point.imag]
    return y


@wrong("train3.rotary", "pairs are counted from 1", says="The pairs are counted from 1:")
def rotary_pairs_from_one(x, position):
    y = []
    for i, (a, b) in enumerate(zip(x[::2], x[1::2]), start=1):
        angle = position * 10000 ** (-2 * i / len(x))
        y += [a * math.cos(angle) - b * math.sin(angle), a * math.sin(angle) + b * math.cos(angle)]
    return y


@wrong(
    "train3.rotary", "every pair is turned by the same angle", says="All pairs are turned by the"
)
def rotary_one_angle(x, position):
    cos, sin = math.cos(position), math.sin(position)
    y = []
    for a, b in zip(x[::2], x[1::2]):
        y += [a * cos - b * sin, a * sin + b * cos]
    return y


@right("train3.rotary")
def rotary_complex(x, position):
    points = [complex(a, b) for a, b in zip(x[0::2], x[1::2])]
    turned = []
    for i, point in enumerate(points):
        turned.append(point * cmath.exp(1j * position / 10000 ** (i / len(points))))
    return [part for point in turned for part in (point.real, point.imag)]


@right("train3.rotary")
def rotary_by_direction(x, position):
    # a point's distance stays, its direction grows by the angle
    speed, y = 1.0, [0.0] * len(x)
    for i in range(0, len(x), 2):
        distance, direction = math.hypot(x[i], x[i + 1]), math.atan2(x[i + 1], x[i])
        y[i] = distance * math.cos(direction + position * speed)
        y[i + 1] = distance * math.sin(direction + position * speed)
        speed /= 10000 ** (2 / len(x))
    return y


# train3.score_slopes


@wrong(
    "train3.score_slopes",
    "only p times g: nothing is taken from the other shares",
    says="This is share times the slope",
)
def score_slopes_no_others(scores, values, slopes):
    return [p * dot(slopes, v) for p, v in zip(softmax(scores), values)]


@wrong("train3.score_slopes", "only each share's own score", says="This is p(1 - p) times")
def score_slopes_own_only(scores, values, slopes):
    return [p * (1 - p) * dot(slopes, v) for p, v in zip(softmax(scores), values)]


@wrong("train3.score_slopes", "the factor p is forgotten", says="The share itself is missing as")
def score_slopes_no_share(scores, values, slopes):
    shares = softmax(scores)
    g = [dot(slopes, v) for v in values]
    return [one - dot(shares, g) for one in g]


@wrong("train3.score_slopes", "the sign is the wrong way round", says="The sign is the wrong way")
def score_slopes_sign(scores, values, slopes):
    shares = softmax(scores)
    g = [dot(slopes, v) for v in values]
    return [p * (dot(shares, g) - one) for p, one in zip(shares, g)]


@wrong(
    "train3.score_slopes",
    "the even average is subtracted, not that with the shares",
    says="The mean to subtract is the",
)
def score_slopes_even_average(scores, values, slopes):
    g = [dot(slopes, v) for v in values]
    return [p * (one - total(g) / len(g)) for p, one in zip(softmax(scores), g)]


@wrong(
    "train3.score_slopes",
    "a softmax of its own, which overflows for large scores",
    says="Subtract the largest score before exp,",
)
def score_slopes_overflow(scores, values, slopes):
    exps = [math.exp(score) for score in scores]
    shares = [e / sum(exps) for e in exps]
    g = [dot(slopes, v) for v in values]
    return [p * (one - dot(shares, g)) for p, one in zip(shares, g)]


@wrong(
    "train3.score_slopes",
    "stops at the slopes along the shares",
    says="These are the slopes along the",
)
def score_slopes_of_shares(scores, values, slopes):
    return [dot(slopes, v) for v in values]


@wrong("train3.score_slopes", "divides by the root once more", says="The scores are divided by a")
def score_slopes_root_again(scores, values, slopes):
    shares = softmax(scores)
    g = [dot(slopes, v) for v in values]
    return [p * (one - dot(shares, g)) / math.sqrt(len(slopes)) for p, one in zip(shares, g)]


@wrong(
    "train3.score_slopes",
    "only the other shares, not its own",
    says="The own share's part is missing:",
)
def score_slopes_others_only(scores, values, slopes):
    shares = softmax(scores)
    g = [dot(slopes, v) for v in values]
    result = []
    for i in range(len(scores)):
        result.append(-sum(shares[i] * shares[j] * g[j] for j in range(len(g)) if j != i))
    return result


@wrong(
    "train3.score_slopes",
    "the shares go with the columns of the values",
    says="slopes goes down the columns of",
)
def score_slopes_columns(scores, values, slopes):
    shares = softmax(scores)
    g = [dot(slopes, column) for column in zip(*values)]
    return [p * (one - dot(shares, g)) for p, one in zip(shares, g)]


@wrong(
    "train3.score_slopes",
    "adds up a value's entries and leaves out the slopes",
    says="The slopes along the output aren't",
)
def score_slopes_without_slopes(scores, values, slopes):
    shares = softmax(scores)
    g = [total(v) for v in values]
    return [p * (one - dot(shares, g)) for p, one in zip(shares, g)]


@right("train3.score_slopes")
def score_slopes_all_pairs(scores, values, slopes):
    shares = softmax(scores)
    result = [0.0] * len(scores)
    for j, value in enumerate(values):
        g = dot(slopes, value)
        for i in range(len(scores)):
            result[i] += g * shares[j] * ((i == j) - shares[i])
    return result


@right("train3.score_slopes")
def score_slopes_from_the_output(scores, values, slopes):
    shares = softmax(scores)
    output = [dot(shares, column) for column in zip(*values)]
    result = []
    for share, value in zip(shares, values):
        away = [share * (a - b) for a, b in zip(value, output)]
        result.append(dot(away, slopes))
    return result
