"""train3: a model that sees all that came before: positions, and attention with one head.

    x = rmsnorm(wte[token] + wpe[position])
    x = x + wo attention(q, keys, values)      q, k, v = wq y, wk y, wv y   with y = rmsnorm(x)
    x = x + fc2 relu(fc1 rmsnorm(x))
    logits = lm_head x

Vaswani et al. 2017, figure 1, the right half without the middle part. NB: as in GPT-2 (Radford
et al. 2019) each half of the block normalises what goes in, and adds its result to x (He et al.
2016); other than there, rmsnorm stands for layer norm, relu for GELU, and there are no biases.
"""

import math

from microgpt_ref.layers import add, dot, linear, rmsnorm, softmax
from microgpt_ref.mlp import feed_forward


def transformer_shapes(vocab_size, n_embd, block_size):
    """The shapes (rows, columns) of the weights, in drawing order.

    `wpe` holds the word position embeddings. `wq`, `wk` and `wv` make
    queries, keys and values; `wo` works on what attention puts out.
    `lm_head` is the language model's head.
    """
    return {
        "wte": (vocab_size, n_embd),
        "wpe": (block_size, n_embd),
        "wq": (n_embd, n_embd),
        "wk": (n_embd, n_embd),
        "wv": (n_embd, n_embd),
        "wo": (n_embd, n_embd),
        "fc1": (4 * n_embd, n_embd),
        "fc2": (n_embd, 4 * n_embd),
        "lm_head": (vocab_size, n_embd),
    }


def attention(q, keys, values):
    """The average (d,) of the values, weighted by how well keys fit q.

    q: the query (d,)
    keys, values: lists of vectors (d,), one for each position so far,
        so that no mask is needed
    Scaled dot-product attention: Vaswani et al. 2017, equation 1.
    """
    scores = [dot(q, k) / math.sqrt(len(q)) for k in keys]
    attention_weights = softmax(scores)
    return [dot(attention_weights, column) for column in zip(*values)]


def self_attention(weights, x, keys, values):
    """What a position takes from all positions so far, (n_embd,).

    Appends this position's key and value to the lists: the cache.
    """
    q = linear(weights["wq"], x)
    keys.append(linear(weights["wk"], x))
    values.append(linear(weights["wv"], x))
    return linear(weights["wo"], attention(q, keys, values))


def transformer(weights, token, keys, values):
    """Logits (V,) of the token that follows `token`.

    The number of keys so far is the token's position.
    """
    position = len(keys)
    x = add(weights["wte"][token], weights["wpe"][position])
    x = rmsnorm(x)
    x = add(x, self_attention(weights, rmsnorm(x), keys, values))
    fc1, fc2 = weights["fc1"], weights["fc2"]
    x = add(x, feed_forward(fc1, fc2, rmsnorm(x)))
    return linear(weights["lm_head"], x)


def start_transformer(weights):
    """A function next_logits(token) → (V,) for one new document.

    It remembers the document's keys and values.
    """
    keys, values = [], []

    def next_logits(token):
        return transformer(weights, token, keys, values)

    return next_logits
