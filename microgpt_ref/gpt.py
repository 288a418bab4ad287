"""train4: the same with n_layer blocks, each with n_head heads: GPT-2's architecture, small.

A head is attention on a slice of the query, keys and values (Vaswani et al. 2017, section 3.2.2).
"""

from microgpt_ref.layers import add, linear, rmsnorm
from microgpt_ref.mlp import feed_forward
from microgpt_ref.transformer import attention


def gpt_shapes(vocab_size, n_embd, block_size, n_layer):
    """The shapes (rows, columns) of the weights, in drawing order.

    NB: lm_head is not tied to wte, as it is in GPT-2 (Press and
    Wolf 2017).
    """
    shapes = {
        "wte": (vocab_size, n_embd),
        "wpe": (block_size, n_embd),
        "lm_head": (vocab_size, n_embd),
    }
    for i in range(n_layer):
        for name in ("wq", "wk", "wv", "wo"):
            shapes[f"layer{i}.{name}"] = (n_embd, n_embd)
        shapes[f"layer{i}.fc1"] = (4 * n_embd, n_embd)
        shapes[f"layer{i}.fc2"] = (n_embd, 4 * n_embd)
    return shapes


def multi_head_attention(q, keys, values, n_head):
    """The outputs (n_embd,) of all heads, one after another.

    n_head divides n_embd, the length of q.
    """
    head_size = len(q) // n_head
    outputs = []
    for first in range(0, len(q), head_size):
        head = slice(first, first + head_size)
        head_keys = [k[head] for k in keys]
        head_values = [v[head] for v in values]
        outputs += attention(q[head], head_keys, head_values)
    return outputs


def block(weights, layer, x, keys, values, n_head):
    """x (n_embd,) after one layer.

    Attention is added to it, and then a feed-forward network.

    layer: the beginning of its weights' names, such as "layer0"
    keys, values: this layer's cache; this position's are appended
    """
    y = rmsnorm(x)
    q = linear(weights[f"{layer}.wq"], y)
    keys.append(linear(weights[f"{layer}.wk"], y))
    values.append(linear(weights[f"{layer}.wv"], y))
    heads = multi_head_attention(q, keys, values, n_head)
    x = add(x, linear(weights[f"{layer}.wo"], heads))
    fc1, fc2 = weights[f"{layer}.fc1"], weights[f"{layer}.fc2"]
    return add(x, feed_forward(fc1, fc2, rmsnorm(x)))


def gpt(weights, token, keys, values, n_head):
    """Logits (V,) of the token that follows `token`.

    keys, values: one cache per layer
    """
    position = len(keys[0])
    x = add(weights["wte"][token], weights["wpe"][position])
    x = rmsnorm(x)
    for i in range(len(keys)):
        x = block(weights, f"layer{i}", x, keys[i], values[i], n_head)
    return linear(weights["lm_head"], x)


def start_gpt(weights, n_layer, n_head):
    """A function next_logits(token) → (V,) for one new document.

    It remembers the document's keys and values, layer by layer.
    """
    keys = [[] for _ in range(n_layer)]
    values = [[] for _ in range(n_layer)]

    def next_logits(token):
        return gpt(weights, token, keys, values, n_head)

    return next_logits
