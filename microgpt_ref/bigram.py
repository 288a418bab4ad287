"""train0: which token follows which, by counting pairs.

The estimate is Laplace's rule of succession: p(next | token) = (count + 1) / (row sum + V).
"""

import math


def zero_counts(vocab_size):
    """A table (V, V) of zeros, to count pairs in.

    counts[token][target] says how often target came after token.
    """
    return [[0] * vocab_size for _ in range(vocab_size)]


def count_pairs(counts, tokens):
    """Count a document's pairs of neighbours in the table, in place."""
    for token, target in zip(tokens, tokens[1:]):
        counts[token][target] += 1


def bigram_probs(counts, token):
    """Probabilities (V,) of the token after `token`.

    Each pair counts once more than it was seen.
    """
    row = counts[token]
    row_sum = sum(row) + len(row)
    return [(count + 1) / row_sum for count in row]


def bigram_loss(counts, tokens):
    """Mean surprise of a document's tokens, in nats per token.

    The surprise at a token is -ln p(next).
    """
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise += -math.log(bigram_probs(counts, token)[target])
    return surprise / (len(tokens) - 1)
