"""train1: a network of two layers in place of the table, and its gradient by hand.

    x = wte[token]    hidden = relu(fc1 x)    logits = fc2 hidden

after Bengio et al. 2003, with one token of memory. `dx` stands for the gradient of the loss with
respect to `x`. Weights are a dictionary from names to matrices: `wte`, the word token embeddings,
by GPT-2's name; `fc1` and `fc2`, the two fully connected layers.
"""

from microgpt_ref.layers import (
    add,
    cross_entropy,
    linear,
    relu,
    softmax,
    total,
)


def mlp_shapes(vocab_size, n_embd):
    """The shapes (rows, columns) of the weights, in drawing order.

    A layer's is (n_out, n_in).
    """
    return {
        "wte": (vocab_size, n_embd),
        "fc1": (4 * n_embd, n_embd),
        "fc2": (vocab_size, 4 * n_embd),
    }


def feed_forward(fc1, fc2, x):
    """The vector (n_out,) fc2 relu(fc1 x), from x (n_in,).

    Two layers with a bend between them.
    """
    hidden = [relu(h) for h in linear(fc1, x)]
    return linear(fc2, hidden)


def mlp(weights, token):
    """Logits (V,) of the token that follows `token`."""
    x = weights["wte"][token]
    return feed_forward(weights["fc1"], weights["fc2"], x)


def zeros_like(weights):
    """Matrices of zeros with the names and shapes of the weights."""
    return {
        name: [[0.0] * len(row) for row in w]
        for name, w in weights.items()
    }


def linear_backward(w, x, dy, dw):
    """dx (n_in,) of y = W x, from dy (n_out,).

    Also adds dW = dy xᵀ to the matrix dw, in place.
    """
    for drow, d in zip(dw, dy):
        for j, a in enumerate(x):
            drow[j] += d * a
    return [
        total([row[j] * d for row, d in zip(w, dy)])
        for j in range(len(x))
    ]


def mlp_gradient(weights, tokens):
    """The loss of a document, in nats per token, and its gradient.

    The gradient has the names and shapes of the weights.
    Back-propagation: Rumelhart, Hinton and Williams 1986.
    """
    losses, n = [], len(tokens) - 1
    fc1, fc2 = weights["fc1"], weights["fc2"]
    grads = zeros_like(weights)
    for token, target in zip(tokens, tokens[1:]):
        # forward, keeping what the way back needs
        x = weights["wte"][token]
        fc1_x = linear(fc1, x)
        hidden = [relu(h) for h in fc1_x]
        logits = linear(fc2, hidden)
        losses.append(cross_entropy(logits, target))

        # backward, layer by layer
        dlogits = [p / n for p in softmax(logits)]
        dlogits[target] -= 1 / n
        dhidden = linear_backward(fc2, hidden, dlogits, grads["fc2"])
        dfc1_x = [d if h > 0 else 0.0 for d, h in zip(dhidden, fc1_x)]
        dx = linear_backward(fc1, x, dfc1_x, grads["fc1"])
        grads["wte"][token] = add(grads["wte"][token], dx)
    return total(losses) / n, grads


def numerical_slope(loss, row, j, nudge=1e-5):
    """The slope of loss() along the weight row[j].

    It is the change of the loss after a nudge, divided by the nudge.
    """
    before, kept = loss(), row[j]
    row[j] = kept + nudge
    after = loss()
    row[j] = kept
    return (after - before) / nudge


def descend(weights, grads, rate):
    """Move each weight against its slope, in place: w - rate · dw."""
    for name, w in weights.items():
        for row, drow in zip(w, grads[name]):
            for j, d in enumerate(drow):
                row[j] -= rate * d
