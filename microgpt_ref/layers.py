"""The few operations that every network here is made of.

Each works on plain numbers and, unchanged, on Values (see `value`): it only adds, multiplies
and so on, and what it adds up it adds from left to right. Vectors are lists, matrices lists of
rows.

NB: `total` stands in for the built-in `sum`, which since Python 3.12 adds floats in another way
than it adds anything else.
"""

import math


def total(numbers):
    """The sum of one number or more, added from left to right.

    With Values among them, it is one node: see Value.sum_of.
    """
    result = numbers[0]
    if not hasattr(result, "sum_of"):
        for number in numbers[1:]:
            result = result + number
    if hasattr(result, "sum_of"):  # a Value, met first or later
        return result.sum_of(numbers)
    return result


def plain(x):
    """The number itself, of a number or of a Value."""
    return x.data if hasattr(x, "grad") else x


def exp(x):
    """e to the power x, of a number or a Value."""
    return x.exp() if hasattr(x, "exp") else math.exp(x)


def log(x):
    """The natural logarithm of x, a number or a Value."""
    return x.log() if hasattr(x, "log") else math.log(x)


def relu(x):
    """x where it is positive, else 0; x is a number or a Value.

    Glorot, Bordes and Bengio 2011.
    """
    return x.relu() if hasattr(x, "relu") else max(0.0, x)


def random_matrix(n_rows, n_columns, rng, spread=0.08):
    """A matrix (n_rows, n_columns) of floats, drawn row by row.

    They come from a bell curve around 0 with this spread.
    """
    return [
        [rng.gauss(0, spread) for _ in range(n_columns)]
        for _ in range(n_rows)
    ]


def random_weights(shapes, rng):
    """A random matrix for each name, in the order of the shapes."""
    return {
        name: random_matrix(n_rows, n_columns, rng)
        for name, (n_rows, n_columns) in shapes.items()
    }


def add(x, y):
    """The vector (n,) x + y."""
    return [a + b for a, b in zip(x, y)]


def dot(x, y):
    """The number x · y of two vectors (n,).

    Each entry of x times the entry of y beside it, summed.
    """
    return total([a * b for a, b in zip(x, y)])


def linear(w, x):
    """The vector (n_out,) W x, from W (n_out, n_in) and x (n_in,)."""
    return [dot(row, x) for row in w]


def softmax(logits):
    """Probabilities (V,) from logits (V,): each exp over their sum.

    The largest logit is first subtracted from all, as a plain number:
    the quotients stay the same, and exp can't overflow.
    """
    peak = max([plain(logit) for logit in logits])
    exps = [exp(logit - peak) for logit in logits]
    exps_sum = total(exps)
    return [e / exps_sum for e in exps]


def cross_entropy(logits, target):
    """Surprise at the target, -ln softmax(logits)[target], in nats.

    As a sum instead of a quotient: ln(sum of exp) - logit.
    """
    peak = max([plain(logit) for logit in logits])
    shifted = [logit - peak for logit in logits]
    exps_sum = total([exp(logit) for logit in shifted])
    return log(exps_sum) - shifted[target]


def rmsnorm(x):
    """The vector (n,) x / sqrt(mean(x²) + 1e-5): entries of about 1.

    Zhang and Sennrich 2019, equation 4. NB: without the paper's
    learned gain.
    """
    mean_square = dot(x, x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [a * scale for a in x]


def document_loss(next_logits, tokens):
    """Mean surprise of a document's tokens, in nats per token.

    next_logits: takes a token and returns the logits (V,) of the next
        one; it gets the tokens in order, and may remember them
    """
    losses = []
    for token, target in zip(tokens, tokens[1:]):
        losses.append(cross_entropy(next_logits(token), target))
    return total(losses) / len(losses)


def with_temperature(next_logits, temperature):
    """A function next_probs(token): softmax of logits / temperature.

    Below 1 the likely becomes likelier, above 1 rarer tokens get a
    better chance.
    """

    def next_probs(token):
        logits = next_logits(token)
        peak = max(logits)  # so that no quotient overflows
        scaled = [(logit - peak) / temperature for logit in logits]
        return softmax(scaled)

    return next_probs
