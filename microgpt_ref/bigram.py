"""train0: which token follows which, by counting pairs.

The estimate is Laplace's rule of succession: p(next | token) = (count + 1) / (row sum + V).
"""

import math


def zero_counts(vocab_size):
    """A table (V, V) of zeros; counts[token][target] will say how often that pair was seen."""
    return [[0] * vocab_size for _ in range(vocab_size)]


def count_pairs(counts, tokens):
    """Nothing; adds the document's pairs of neighbours to the table, in place."""
    for token, target in zip(tokens, tokens[1:]):
        counts[token][target] += 1


def bigram_probs(counts, token):
    """Probabilities (V,) of the token after `token`, each pair counted once more than seen."""
    row = counts[token]
    row_sum = sum(row) + len(row)
    return [(count + 1) / row_sum for count in row]


def bigram_loss(counts, tokens):
    """Mean surprise of a document's tokens, -ln p(next), in nats per token."""
    surprise = 0.0
    for token, target in zip(tokens, tokens[1:]):
        surprise += -math.log(bigram_probs(counts, token)[target])
    return surprise / (len(tokens) - 1)
