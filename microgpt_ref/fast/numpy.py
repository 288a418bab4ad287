"""No graph: the way back is written out by hand, on arrays, one name at a time, in float64.

The reference finds out anew for every name how its numbers hang together, although that never
changes. Here it is written down once, and all positions of a name go through at the same time:
x is an array (T, n_embd). The gradient of x is called dx. For y = x Wᵀ it is

    dx = dy W     dW = dyᵀ x

Each line of the code is one call of NumPy, which costs about a microsecond, however small the
array; a name takes about a hundred of them.
"""

import numpy as np

from microgpt_ref.learners import Learner


def views(flat, shapes):
    """Matrices by name, one after another in the vector `flat`; changing them changes it."""
    matrices, start = {}, 0
    for name, (rows, columns) in shapes.items():
        matrices[name] = flat[start : start + rows * columns].reshape(rows, columns)
        start += rows * columns
    return matrices


def with_qkv(matrices, flat, settings):
    """The same, and for each layer wq, wk and wv, which are neighbours in `flat`, as one."""
    n = settings.n_embd
    start = sum(matrices[name].size for name in ("wte", "wpe", "lm_head"))
    for i in range(settings.n_layer):
        matrices[f"layer{i}.qkv"] = flat[start : start + 3 * n * n].reshape(3 * n, n)
        start += 12 * n * n
    return matrices


def rmsnorm(x):
    """y (N, n) = x s, with s (N, 1) = (mean(x²) + 1e-5)^(-1/2) for each row; and s."""
    s = 1 / np.sqrt(np.vecdot(x, x)[:, None] / x.shape[1] + 1e-5)
    return x * s, s


def rmsnorm_backward(dy, y, s):
    """dx (N, n) = s (dy - y mean(dy y)), the mean being that of each row."""
    return s * (dy - y * (np.vecdot(dy, y)[:, None] / y.shape[1]))


def softmax(logits):
    """Probabilities (..., V) from logits (..., V)."""
    exps = np.exp(logits - logits.max(-1, keepdims=True))
    exps /= exps.sum(-1, keepdims=True)
    return exps


def attention(q, k, v, mask):
    """Heads (..., T, d), and the attention weights (..., T, T), from q, k and v (..., T, d).

    mask: (T, T), -inf where a position would see a later one, else 0
    """
    p = softmax(q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1]) + mask)
    return p @ v, p


def attention_backward(dheads, q, k, v, p):
    """dq, dk, dv from dheads, all (..., T, d).

    With scores a = q kᵀ / √d:  dp = dheads vᵀ,  da = p (dp - sum(dp p)).
    """
    dp = dheads @ v.swapaxes(-1, -2)
    da = p * (dp - np.vecdot(dp, p)[..., None]) / np.sqrt(q.shape[-1])
    return da @ k, da.swapaxes(-1, -2) @ q, p.swapaxes(-1, -2) @ dheads


class Engine(Learner):
    """Weights, gradient and Adam's moments are one long vector each; matrices are views of it."""

    dtype = np.float64

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.vocab_size = model.tokenizer.vocab_size
        self.shapes = self.settings.shapes(self.vocab_size)
        rows = [row for matrix in model.weights.values() for row in matrix]
        self.p = np.array([a for row in rows for a in row], self.dtype)
        self.m, self.v, self.g = (np.zeros_like(self.p) for _ in range(3))
        self.w = with_qkv(views(self.p, self.shapes), self.p, self.settings)
        self.dw = with_qkv(views(self.g, self.shapes), self.g, self.settings)
        self.updates = 0
        self.one_hot = np.eye(max(self.vocab_size, self.settings.block_size), dtype=self.dtype)
        longest = self.settings.block_size
        self.mask = np.triu(np.full((longest, longest), -np.inf, self.dtype), 1)

    def run(self, first, rates):
        with np.errstate(all="ignore"):  # a loss that is not a number is noticed as such
            return super().run(first, rates)

    def learn(self, documents, rate):
        loss = self.backward(documents)
        self.updates += 1
        if self.optimizer == "sgd":
            self.p -= rate * self.g
        else:
            self.adam(rate)
        return loss

    def adam(self, rate, beta1=0.85, beta2=0.99, eps=1e-8):
        """Move the weights by rate · m / (√v + eps), both corrected for their start."""
        self.m += (1 - beta1) * (self.g - self.m)
        self.v += (1 - beta2) * (self.g * self.g - self.v)
        root = np.sqrt(self.v / (1 - beta2**self.updates))
        self.p -= rate / (1 - beta1**self.updates) * self.m / (root + eps)

    def backward(self, documents):
        """The mean loss of some documents, one after another; leaves its gradient in `g`."""
        loss = self.backward_rows(*self.rows(documents[:1]))
        if len(documents) > 1:
            summed = self.g.copy()
            for document in documents[1:]:
                loss += self.backward_rows(*self.rows([document]))
                summed += self.g
            self.g[:] = summed / len(documents)
        return loss / len(documents)

    def rows(self, documents):
        """tokens, positions, targets and shares in the loss, each (T,), of a document's rows."""
        tokens = np.array(documents[0])
        n = len(tokens) - 1
        return tokens[:-1], np.arange(n), tokens[1:], np.full(n, 1 / n, self.dtype)

    def split_heads(self, x):
        """(kinds, n_head, T, d) from (T, kinds · n_embd), of one kind or of three: q, k, v."""
        n_head = self.settings.n_head
        size = self.settings.n_embd // n_head
        return x.reshape(len(x), -1, n_head, size).transpose(1, 2, 0, 3)

    def join_heads(self, x):
        """(T, kinds · n_embd) from (kinds, n_head, T, d)."""
        return x.transpose(2, 0, 1, 3).reshape(x.shape[2], -1)

    def attention(self, qkv):
        """Heads (T, n_embd) from queries, keys and values (T, 3 n_embd), and what dqkv needs."""
        q, k, v = self.split_heads(qkv)
        n = q.shape[-2]
        heads, p = attention(q, k, v, self.mask[:n, :n])
        return self.join_heads(heads[None]), (q, k, v, p)

    def attention_backward(self, dheads, kept):
        """dqkv (T, 3 n_embd) from dheads (T, n_embd)."""
        (dheads,) = self.split_heads(dheads)
        return self.join_heads(np.array(attention_backward(dheads, *kept)))

    def forward(self, tokens, positions):
        """Logits (T, V) of what follows each token, and what the way back needs."""
        w = self.w
        x, s = rmsnorm(w["wte"][tokens] + w["wpe"][positions])
        kept = [(x, s)]
        for i in range(self.settings.n_layer):
            y, s = rmsnorm(x)
            heads, of_heads = self.attention(y @ w[f"layer{i}.qkv"].T)
            x = x + heads @ w[f"layer{i}.wo"].T
            z, r = rmsnorm(x)
            hidden = np.maximum(z @ w[f"layer{i}.fc1"].T, 0)
            x = x + hidden @ w[f"layer{i}.fc2"].T
            kept.append((y, s, heads, of_heads, z, r, hidden))
        return x @ w["lm_head"].T, x, kept

    def backward_rows(self, tokens, positions, targets, shares):
        """The loss of some rows, each with its share; leaves its gradient in `g`."""
        w, dw = self.w, self.dw
        logits, x, (embedded, *layers) = self.forward(tokens, positions)
        probs = softmax(logits)
        at_targets = probs[np.arange(len(targets)), targets]
        loss = -float(np.log(at_targets) @ shares)

        dlogits = (probs - self.one_hot[targets, : self.vocab_size]) * shares[:, None]
        np.matmul(dlogits.T, x, out=dw["lm_head"])
        dx = dlogits @ w["lm_head"]
        for i, (y, s, heads, of_heads, z, r, hidden) in reversed(list(enumerate(layers))):
            np.matmul(dx.T, hidden, out=dw[f"layer{i}.fc2"])
            dhidden = (dx @ w[f"layer{i}.fc2"]) * (hidden > 0)
            np.matmul(dhidden.T, z, out=dw[f"layer{i}.fc1"])
            dx = dx + rmsnorm_backward(dhidden @ w[f"layer{i}.fc1"], z, r)
            np.matmul(dx.T, heads, out=dw[f"layer{i}.wo"])
            dqkv = self.attention_backward(dx @ w[f"layer{i}.wo"], of_heads)
            np.matmul(dqkv.T, y, out=dw[f"layer{i}.qkv"])
            dx = dx + rmsnorm_backward(dqkv @ w[f"layer{i}.qkv"], y, s)
        dx = rmsnorm_backward(dx, *embedded)
        np.matmul(self.one_hot[tokens, : self.vocab_size].T, dx, out=dw["wte"])
        np.matmul(self.one_hot[positions, : self.settings.block_size].T, dx, out=dw["wpe"])
        return loss

    def gradient(self, documents):
        loss = self.backward(documents)
        return loss, {name: self.dw[name].tolist() for name in self.shapes}

    def weights(self):
        return {name: self.w[name].tolist() for name in self.shapes}

    def state(self):
        return self.updates, [a.copy() for a in (self.p, self.m, self.v)]

    def restore(self, state):
        self.updates, copies = state
        for a, copy in zip((self.p, self.m, self.v), copies):
            a[:] = copy
