"""No graph: the way back is written out by hand, on arrays, one name at a time, in float64.

The reference finds out anew for every name how its numbers hang together, although that never
changes. Here it is written down once, and all T positions of a name go through at the same time:
x is an array (T, n_embd), and the gradient of x is called dx. Each function stands beside its way
back. The chapter on efficiency shows them in this order.

Each line of the code is one call of NumPy, which costs about a microsecond, however small the
array; a name takes about a hundred of them.
"""

import numpy as np

from microgpt_ref.learners import Learner


def linear(w, x):
    """y (T, n_out) = x Wᵀ, from W (n_out, n_in) and x (T, n_in)."""
    return x @ w.T


def linear_backward(w, x, dy, dw):
    """dx (T, n_in) = dy W, from dy (T, n_out).

    Also sets the array dw to dW = dyᵀ x.
    """
    np.matmul(dy.T, x, out=dw)
    return dy @ w


def rmsnorm(x):
    """y (T, n) = s x, and s (T, 1) = 1 / √(mean(x²) + 1e-5).

    The mean is that of each row.
    """
    mean_square = np.vecdot(x, x)[:, None] / x.shape[1]
    s = 1 / np.sqrt(mean_square + 1e-5)
    return s * x, s


def rmsnorm_backward(dy, y, s):
    """dx (T, n) = s (dy - y mean(dy y)), from dy (T, n)."""
    mean = np.vecdot(dy, y)[:, None] / y.shape[1]
    return s * (dy - y * mean)


def softmax(logits):
    """Probabilities (..., V) from logits (..., V)."""
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    return exps / exps.sum(-1, keepdims=True)


def softmax_backward(dp, p):
    """da (..., V) = p (dp - sum(dp p)), if p = softmax(a)."""
    return p * (dp - np.vecdot(dp, p)[..., None])


def cross_entropy(logits, targets, shares):
    """The surprises at the targets (T,), each times its share, added.

    Returns this loss, and its gradient dlogits (T, V).
    """
    rows = np.arange(len(targets))
    dlogits = softmax(logits)
    loss = -float(np.log(dlogits[rows, targets]) @ shares)
    dlogits[rows, targets] -= 1
    dlogits *= shares[:, None]
    return loss, dlogits


def attention(q, k, v, mask):
    """Heads h (..., T, d) = p v, with p = softmax(q kᵀ / √d + mask).

    Returns h and p (..., T, T).
    """
    scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
    p = softmax(scores + mask)
    return p @ v, p


def attention_backward(dh, q, k, v, p):
    """dq, dk and dv (..., T, d), from dh (..., T, d)."""
    dp = dh @ v.swapaxes(-1, -2)
    da = softmax_backward(dp, p) / q.shape[-1] ** 0.5
    dv = p.swapaxes(-1, -2) @ dh
    return da @ k, da.swapaxes(-1, -2) @ q, dv


def causal_mask(size):
    """(size, size): -inf to the right of the diagonal, else 0.

    A position may see itself and what stands before it.
    """
    return np.triu(np.full((size, size), -np.inf), 1)


def views(flat, shapes):
    """Matrices by name, one after another in the vector `flat`.

    Changing them changes it.
    """
    matrices, start = {}, 0
    for name, (rows, columns) in shapes.items():
        end = start + rows * columns
        matrices[name] = flat[start:end].reshape(rows, columns)
        start = end
    return matrices


def with_qkv(matrices, flat, settings):
    """The same, and wq, wk and wv of each layer as one matrix, qkv.

    They are neighbours in `flat`.
    """
    n = settings.n_embd
    outside = ("wte", "wpe", "lm_head")
    start = sum(matrices[name].size for name in outside)
    for i in range(settings.n_layer):
        qkv = flat[start : start + 3 * n * n].reshape(3 * n, n)
        matrices[f"layer{i}.qkv"] = qkv
        start += 12 * n * n
    return matrices


class Engine(Learner):
    """The model on arrays.

    The weights p, the gradient g and Adam's m and v are one long
    vector each; the matrices w and their gradients dw are views of it.
    """

    dtype = np.float64

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.vocab_size = model.tokenizer.vocab_size
        self.shapes = self.settings.shapes(self.vocab_size)
        rows = [row for w in model.weights.values() for row in w]
        self.p = np.array([a for row in rows for a in row], self.dtype)
        self.g, self.m, self.v = (
            np.zeros_like(self.p) for _ in range(3)
        )
        self.w, self.dw = (
            with_qkv(views(flat, self.shapes), flat, self.settings)
            for flat in (self.p, self.g)
        )
        self.updates = 0
        longest = self.settings.block_size
        self.mask = causal_mask(longest).astype(self.dtype)
        self.one_hot = np.eye(
            max(self.vocab_size, longest), dtype=self.dtype
        )

    def split_heads(self, x):
        """(kinds, n_head, T, d) from x (T, kinds · n_embd).

        There is one kind of vector, or three: q, k and v.
        """
        n_head = self.settings.n_head
        size = self.settings.n_embd // n_head
        x = x.reshape(len(x), -1, n_head, size)
        return x.transpose(1, 2, 0, 3)

    def join_heads(self, x):
        """(T, kinds · n_embd) from x (kinds, n_head, T, d)."""
        return x.transpose(2, 0, 1, 3).reshape(x.shape[2], -1)

    def attend(self, layer, x):
        """x + attention, (T, n_embd), and what the way back needs."""
        w = self.w
        y, s = rmsnorm(x)
        q, k, v = self.split_heads(linear(w[f"{layer}.qkv"], y))
        n = q.shape[-2]
        h, p = attention(q, k, v, self.mask[:n, :n])
        h = self.join_heads(h[None])
        x = x + linear(w[f"{layer}.wo"], h)
        return x, (y, s, q, k, v, p, h)

    def attend_backward(self, layer, dx, kept):
        """dx before this half of a block, from dx after it."""
        y, s, q, k, v, p, h = kept
        w, dw = self.w, self.dw
        wo, qkv = f"{layer}.wo", f"{layer}.qkv"
        (dh,) = self.split_heads(linear_backward(w[wo], h, dx, dw[wo]))
        dqkv = np.array(attention_backward(dh, q, k, v, p))
        dqkv = self.join_heads(dqkv)
        dy = linear_backward(w[qkv], y, dqkv, dw[qkv])
        return dx + rmsnorm_backward(dy, y, s)

    def feed_forward(self, layer, x):
        """x + the network, (T, n_embd), and what the way back needs."""
        w = self.w
        y, s = rmsnorm(x)
        hidden = np.maximum(linear(w[f"{layer}.fc1"], y), 0)
        x = x + linear(w[f"{layer}.fc2"], hidden)
        return x, (y, s, hidden)

    def feed_forward_backward(self, layer, dx, kept):
        """dx before this half of a block, from dx after it."""
        y, s, hidden = kept
        w, dw = self.w, self.dw
        fc1, fc2 = f"{layer}.fc1", f"{layer}.fc2"
        dz = linear_backward(w[fc2], hidden, dx, dw[fc2])
        dz *= hidden > 0
        dy = linear_backward(w[fc1], y, dz, dw[fc1])
        return dx + rmsnorm_backward(dy, y, s)

    def forward(self, tokens, positions):
        """Logits (T, V), the last x, and what the way back needs."""
        w = self.w
        x, s = rmsnorm(w["wte"][tokens] + w["wpe"][positions])
        kept = [(x, s)]
        for i in range(self.settings.n_layer):
            x, of_attention = self.attend(f"layer{i}", x)
            x, of_network = self.feed_forward(f"layer{i}", x)
            kept.append((of_attention, of_network))
        return linear(w["lm_head"], x), x, kept

    def backward_rows(self, tokens, positions, targets, shares):
        """The loss of some rows; leaves its gradient in g."""
        w, dw = self.w, self.dw
        logits, x, (start, *of_layers) = self.forward(tokens, positions)
        loss, dlogits = cross_entropy(logits, targets, shares)

        dx = linear_backward(w["lm_head"], x, dlogits, dw["lm_head"])
        for i in reversed(range(len(of_layers))):
            of_attention, of_network = of_layers[i]
            dx = self.feed_forward_backward(f"layer{i}", dx, of_network)
            dx = self.attend_backward(f"layer{i}", dx, of_attention)
        dx = rmsnorm_backward(dx, *start)
        for name, chosen in (("wte", tokens), ("wpe", positions)):
            one_hot = self.one_hot[chosen, : len(dw[name])]
            np.matmul(one_hot.T, dx, out=dw[name])
        return loss

    def adam(self, rate, beta1=0.85, beta2=0.99, eps=1e-8, piece=8192):
        """Move the weights by rate · m / (√v + eps).

        They are moved in pieces, which fit in the cache.
        """
        self.updates += 1
        m_scale = 1 - beta1**self.updates
        v_scale = 1 - beta2**self.updates
        for i in range(0, len(self.p), piece):
            part = slice(i, i + piece)
            p, m, v, g = (
                a[part] for a in (self.p, self.m, self.v, self.g)
            )
            m += (1 - beta1) * (g - m)
            v += (1 - beta2) * (g * g - v)
            p -= rate / m_scale * m / (np.sqrt(v / v_scale) + eps)

    def rows(self, documents):
        """A document's tokens, positions, targets and shares, (T,)."""
        tokens = np.array(documents[0])
        n = len(tokens) - 1
        shares = np.full(n, 1 / n, self.dtype)
        return tokens[:-1], np.arange(n), tokens[1:], shares

    def backward(self, documents):
        """The mean loss of some documents, one after another.

        Leaves its gradient in g.
        """
        loss = self.backward_rows(*self.rows(documents[:1]))
        if len(documents) > 1:
            summed = self.g.copy()
            for document in documents[1:]:
                loss += self.backward_rows(*self.rows([document]))
                summed += self.g
            self.g[:] = summed / len(documents)
        return loss / len(documents)

    def learn(self, documents, rate):
        loss = self.backward(documents)
        if self.optimizer == "sgd":
            self.p -= rate * self.g
        else:
            self.adam(rate)
        return loss

    def run(self, first, rates):
        with np.errstate(
            all="ignore"
        ):  # the runner notices such a loss
            return super().run(first, rates)

    def gradient(self, documents):
        loss = self.backward(documents)
        return loss, {
            name: self.dw[name].tolist() for name in self.shapes
        }

    def weights(self):
        return {name: self.w[name].tolist() for name in self.shapes}

    def state(self):
        return self.updates, [
            a.copy() for a in (self.p, self.m, self.v)
        ]

    def restore(self, state):
        self.updates, copies = state
        for a, copy in zip((self.p, self.m, self.v), copies):
            a[:] = copy
