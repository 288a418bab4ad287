"""Machine code from plain loops: Numba compiles them, and a step calls no Python at all.

The formulas are those of the engine `numpy`, each written out as loops over single numbers, in
float32. What makes them fast is left to the compiler, which needs three things for it:

- The sizes are constants: `build` makes the functions for one set of sizes, so that short loops
  are unrolled and use vector instructions, eight or sixteen numbers at a time.
- The innermost loop runs along the rows of a matrix, over neighbours in memory. For y = x Wᵀ the
  engine therefore keeps a transposed copy of W beside it.
- Additions may be done in another order (`reassoc`), so that a sum is kept in several parts.

Sizes have one letter here: L n_layer, H n_head, d n_embd, T block_size, V the number of tokens.
The vector of all weights is called p, its gradient g, and the gradient of x is dx.
"""

import math
from collections import namedtuple
from functools import cache

import numba
import numpy as np
from numba.core.registry import cpu_target

from microgpt_ref.fast.documents import packed
from microgpt_ref.learners import Learner

# NB: not simply True, which would also promise that no number is infinite or NaN
FAST = {"reassoc", "contract", "arcp", "nsz"}
TINY = np.float32(1e-30)
GRADIENT, SGD, ADAM = range(3)  # what a step does once it has the gradient

Sizes = namedtuple("Sizes", "L H d T V")
Weights = namedtuple("Weights", "wte wpe lm_head qkv wo fc1 fc2")
Kept = namedtuple("Kept", "e x y qkv p heads mid z hidden logits s0 s r")
Slopes = namedtuple("Slopes", "x y hidden qkv")


def kept(function, **options):
    """The function, compiled at its first call, and kept on the disk where Numba can write.

    Numba keeps it in __pycache__, or in the folder NUMBA_CACHE_DIR.
    """
    try:
        return numba.njit(function, error_model="numpy", cache=True, **options)
    except RuntimeError:  # there is no such folder
        return numba.njit(function, error_model="numpy", **options)


def is_compiled(function):
    """True if the machine code of such a function is in memory or on the disk."""
    cache = getattr(function._cache, "_cache_file", None)
    if function.signatures or not cache:
        return bool(function.signatures)
    # what Numba knows it by there, but for the types of its arguments, which are always the same
    code = function._cache._index_key(None, cpu_target.target_context.codegen())[1:]
    return any(key[1:] == code for key in cache._load_index())


inlined = numba.njit(fastmath=FAST, error_model="numpy", forceinline=True)


@inlined
def linear(x, wt, y, n, n_in, n_out, part):
    """Sets y (n, n_out) to x Wᵀ, from x (n, n_in) and Wᵀ (n_in, n_out).

    part: into how many inputs at a time, a divisor of n_in, the sum is cut: up to 16 are written
        out by the compiler, and the loop over the outputs becomes the innermost one
    """
    for t in range(n):
        for j in range(n_out):
            y[t, j] = 0
        for start in range(0, n_in, part):
            for j in range(n_out):
                s = y[t, j]
                for i in range(part):
                    s += x[t, start + i] * wt[start + i, j]
                y[t, j] = s


@inlined
def weight_gradient(dy, x, dw, n, n_in, n_out):
    """Adds dyᵀ x to dW (n_out, n_in), from dy (n, n_out) and x (n, n_in)."""
    for t in range(n):
        for j in range(n_out):
            d = dy[t, j]
            for i in range(n_in):
                dw[j, i] += d * x[t, i]


@inlined
def transpose(w, wt, n_rows, n_columns):
    """Sets wt (n_columns, n_rows) to the transpose of w.

    It goes block by block, each of 16 lines of the processor's cache: one line of wt holds 16
    numbers, and is complete before it has to make room for others.
    """
    for top in range(0, n_rows, 16):
        for left in range(0, n_columns, 16):
            for j in range(left, min(left + 16, n_columns)):
                for i in range(top, min(top + 16, n_rows)):
                    wt[j, i] = w[i, j]


@inlined
def rmsnorm(x, y, s, n, n_embd):
    """Sets each row of y (n, n_embd) to x s, and s (n,) to (mean(x²) + 1e-5)^(-1/2)."""
    for t in range(n):
        square = np.float32(0)
        for i in range(n_embd):
            square += x[t, i] * x[t, i]
        s[t] = np.float32(1) / np.sqrt(square * np.float32(1 / n_embd) + np.float32(1e-5))
        for i in range(n_embd):
            y[t, i] = x[t, i] * s[t]


@inlined
def rmsnorm_backward(dy, y, s, dx, n, n_embd):
    """Adds s (dy - y mean(dy y)) to dx (n, n_embd), row by row."""
    for t in range(n):
        mean = np.float32(0)
        for i in range(n_embd):
            mean += dy[t, i] * y[t, i]
        mean *= np.float32(1 / n_embd)
        for i in range(n_embd):
            dx[t, i] += s[t] * (dy[t, i] - y[t, i] * mean)


@inlined
def attention(qkv, p, heads, n, n_embd, n_head):
    """Sets heads (n, n_embd), and the attention weights p (n_head, n, n), from qkv (n, 3 n_embd).

    Position t sees the positions u from 0 to t.
    """
    size = n_embd // n_head
    scale = np.float32(1 / math.sqrt(size))
    for h in range(n_head):
        q, k, v = h * size, n_embd + h * size, 2 * n_embd + h * size  # where their columns begin
        for t in range(n):
            peak = np.float32(-np.inf)
            for u in range(t + 1):
                score = np.float32(0)
                for i in range(size):
                    score += qkv[t, q + i] * qkv[u, k + i]
                p[h, t, u] = score * scale
                peak = max(peak, score * scale)
            exps_sum = np.float32(0)
            for u in range(t + 1):
                p[h, t, u] = np.exp(p[h, t, u] - peak)
                exps_sum += p[h, t, u]
            for i in range(size):
                heads[t, q + i] = 0
            for u in range(t + 1):
                p[h, t, u] *= np.float32(1) / exps_sum
                for i in range(size):
                    heads[t, q + i] += p[h, t, u] * qkv[u, v + i]


@inlined
def attention_backward(dheads, heads, qkv, p, dqkv, n, n_embd, n_head):
    """Sets dqkv (n, 3 n_embd): da = p (dp - sum(dp p)) with dp = dheads · v, a = q · k / √size.

    The sum over u of dp p is dheads · heads.
    """
    size = n_embd // n_head
    scale = np.float32(1 / math.sqrt(size))
    for t in range(n):
        for i in range(3 * n_embd):
            dqkv[t, i] = 0
    for h in range(n_head):
        q, k, v = h * size, n_embd + h * size, 2 * n_embd + h * size
        for t in range(n):
            mean = np.float32(0)
            for i in range(size):
                mean += dheads[t, q + i] * heads[t, q + i]
            for u in range(t + 1):
                dp = np.float32(0)
                for i in range(size):
                    dp += dheads[t, q + i] * qkv[u, v + i]
                da = p[h, t, u] * (dp - mean) * scale
                for i in range(size):
                    dqkv[t, q + i] += da * qkv[u, k + i]
                    dqkv[u, k + i] += da * qkv[t, q + i]
                    dqkv[u, v + i] += p[h, t, u] * dheads[t, q + i]


@inlined
def cross_entropy(logits, targets, share, n, vocab_size):
    """The surprise at the targets (n,), times share; sets logits (n, V) to the gradient of that."""
    loss = 0.0
    for t in range(n):
        peak = logits[t, 0]
        for j in range(vocab_size):
            peak = max(peak, logits[t, j])
        exps_sum = np.float32(0)
        at_target = logits[t, targets[t]] - peak
        for j in range(vocab_size):
            logits[t, j] = np.exp(logits[t, j] - peak)
            exps_sum += logits[t, j]
        loss += (math.log(exps_sum) - at_target) * share
        for j in range(vocab_size):
            logits[t, j] *= np.float32(share) / exps_sum
        logits[t, targets[t]] -= np.float32(share)
    return loss


@inlined
def adam(p, m, v, g, rate, beta1, beta2, eps):
    """Moves p by rate · m / (√v + eps), and sets g to 0; m and v are not corrected here.

    NB: TINY keeps m and v of weights that are seldom used from sinking below what float32 holds
    in full, where processors count a hundred times more slowly; it changes no result.
    """
    for i in range(p.size):
        m[i] = beta1 * m[i] + (np.float32(1) - beta1) * g[i] + TINY
        v[i] = beta2 * v[i] + (np.float32(1) - beta2) * g[i] * g[i] + TINY
        p[i] -= rate * m[i] / (np.sqrt(v[i]) + eps)
        g[i] = 0


@inlined
def add(x, y, n, m):
    """Adds y (n, m) to x."""
    for t in range(n):
        for i in range(m):
            x[t, i] += y[t, i]


@inlined
def forward(w, wt, kept, ids, n, L, H, d, part):
    """Sets kept.logits (n, V) to those of the n tokens `ids`, and the rest of kept on the way.

    w, wt: the weights as matrices, and their transposes
    """
    for t in range(n):
        for i in range(d):
            kept.e[t, i] = w.wte[ids[t], i] + w.wpe[t, i]
    rmsnorm(kept.e, kept.x[0], kept.s0, n, d)
    for i in range(L):
        rmsnorm(kept.x[i], kept.y[i], kept.s[i], n, d)
        linear(kept.y[i], wt.qkv[i], kept.qkv[i], n, d, 3 * d, part)
        attention(kept.qkv[i], kept.p[i], kept.heads[i], n, d, H)
        linear(kept.heads[i], wt.wo[i], kept.mid[i], n, d, d, part)
        add(kept.mid[i], kept.x[i], n, d)
        rmsnorm(kept.mid[i], kept.z[i], kept.r[i], n, d)
        linear(kept.z[i], wt.fc1[i], kept.hidden[i], n, d, 4 * d, part)
        for t in range(n):
            for j in range(4 * d):
                kept.hidden[i, t, j] = max(kept.hidden[i, t, j], np.float32(0))
        linear(kept.hidden[i], wt.fc2[i], kept.x[i + 1], n, 4 * d, d, part)
        add(kept.x[i + 1], kept.mid[i], n, d)


@inlined
def backward(w, dw, kept, slope, ids, n, L, H, d, V, part, part_v):
    """Adds to dw the gradient, from that of the logits, which stands in kept.logits (n, V).

    slope: room for the gradients of x, y, hidden and qkv
    """
    dx, dy = slope.x, slope.y
    linear(kept.logits, w.lm_head, dx, n, V, d, part_v)
    weight_gradient(kept.logits, kept.x[L], dw.lm_head, n, d, V)
    for i in range(L - 1, -1, -1):
        weight_gradient(dx, kept.hidden[i], dw.fc2[i], n, 4 * d, d)
        linear(dx, w.fc2[i], slope.hidden, n, d, 4 * d, part)
        for t in range(n):
            for j in range(4 * d):
                if kept.hidden[i, t, j] <= 0:
                    slope.hidden[t, j] = 0
        weight_gradient(slope.hidden, kept.z[i], dw.fc1[i], n, d, 4 * d)
        linear(slope.hidden, w.fc1[i], dy, n, 4 * d, d, part)
        rmsnorm_backward(dy, kept.z[i], kept.r[i], dx, n, d)
        weight_gradient(dx, kept.heads[i], dw.wo[i], n, d, d)
        linear(dx, w.wo[i], dy, n, d, d, part)
        attention_backward(dy, kept.heads[i], kept.qkv[i], kept.p[i], slope.qkv, n, d, H)
        weight_gradient(slope.qkv, kept.y[i], dw.qkv[i], n, d, 3 * d)
        linear(slope.qkv, w.qkv[i], dy, n, 3 * d, d, part)
        rmsnorm_backward(dy, kept.y[i], kept.s[i], dx, n, d)
    dy[:n] = 0
    rmsnorm_backward(dx, kept.x[0], kept.s0, dy, n, d)
    for t in range(n):
        for j in range(d):
            dw.wte[ids[t], j] += dy[t, j]
            dw.wpe[t, j] += dy[t, j]


@inlined
def transpose_all(w, wt, L, d, V):
    """Brings the transposed copies up to date."""
    transpose(w.lm_head, wt.lm_head, V, d)
    for i in range(L):
        transpose(w.qkv[i], wt.qkv[i], 3 * d, d)
        transpose(w.wo[i], wt.wo[i], d, d)
        transpose(w.fc1[i], wt.fc1[i], 4 * d, d)
        transpose(w.fc2[i], wt.fc2[i], d, 4 * d)


@inlined
def update(p, m, v, g, rate, step, kind):
    """Moves the weights p against their gradient g, which is then 0, by SGD or Adam."""
    if kind == SGD:
        for i in range(p.size):
            p[i] -= np.float32(rate) * g[i]
            g[i] = 0
    elif kind == ADAM:
        root = math.sqrt(1 - 0.99 ** (step + 1))
        rate *= root / (1 - 0.85 ** (step + 1))
        beta1, beta2, eps = np.float32(0.85), np.float32(0.99), np.float32(1e-8 * root)
        adam(p, m, v, g, np.float32(rate), beta1, beta2, eps)


@cache
def build(sizes):
    """The function `run`, for these sizes; it is compiled at its first call."""
    L, H, d, V = sizes.L, sizes.H, sizes.d, sizes.V
    part, part_v = (max(k for k in range(1, 17) if n % k == 0) for n in (d, V))

    def run(flat, w, wt, dw, kept, slope, tokens, starts, batch, first, updates, kind, rates):
        """Losses of the steps from `first` on, to the first that is no number.

        flat: p, m, v, g: weights, Adam's moments and the gradient, each (parameters,)
        tokens, starts: document i is tokens[starts[i] : starts[i + 1]]
        """
        p, m, v, g = flat
        losses = np.zeros(len(rates))
        for step in range(len(rates)):
            transpose_all(w, wt, L, d, V)
            for b in range(batch):
                document = ((first + step) * batch + b) % (len(starts) - 1)
                ids = tokens[starts[document] : starts[document + 1]]
                n = len(ids) - 1
                forward(w, wt, kept, ids, n, L, H, d, part)
                linear(kept.x[L], wt.lm_head, kept.logits, n, d, V, part)
                losses[step] += cross_entropy(kept.logits, ids[1:], 1 / (n * batch), n, V)
                backward(w, dw, kept, slope, ids, n, L, H, d, V, part, part_v)
            update(p, m, v, g, rates[step], updates + step, kind)
            if not np.isfinite(losses[step]):
                return losses[: step + 1]
        return losses

    return kept(run, fastmath=FAST)


def sizes_of(model):
    """A model's Sizes."""
    s = model.settings
    return Sizes(s.n_layer, s.n_head, s.n_embd, s.block_size, model.tokenizer.vocab_size)


def to_compile(model):
    """What has to be compiled before a model can be trained, in a few words; or an empty text."""
    named = ", ".join(f"{name} {size}" for name, size in model.settings.sizes().items())
    return "" if is_compiled(build(sizes_of(model))) else f"engine compiled for {named}"


def shapes(sizes):
    """The shapes of the weights, those of all layers together."""
    L, d = sizes.L, sizes.d
    outer = ((sizes.V, d), (sizes.T, d), (sizes.V, d))
    return Weights(*outer, (L, 3 * d, d), (L, d, d), (L, 4 * d, d), (L, d, 4 * d))


def views(flat, shapes):
    """Weights, one after another in the vector `flat`; changing them changes it."""
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    parts = np.split(flat, ends[:-1])
    return Weights(*(part.reshape(shape) for part, shape in zip(parts, shapes)))


def zeros(kind, *shapes):
    """A namedtuple of arrays of float32."""
    return kind(*(np.zeros(shape, np.float32) for shape in shapes))


class MachineCodeEngine(Learner):
    """A call of a compiled function takes several steps; an engine fills in `call`, `gradients`."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.vocab_size = model.tokenizer.vocab_size
        self.packed = packed(documents, self.vocab_size)
        self.updates = 0

    def run(self, first, rates):
        kind = {"sgd": SGD, "adam": ADAM}[self.optimizer]
        losses = self.call(self.packed, self.batch, first, kind, rates)
        self.updates += len(losses)
        return losses

    def gradient(self, documents):
        chosen = packed(documents, self.vocab_size)
        (loss,) = self.call(chosen, len(documents), 0, GRADIENT, [0.0])
        return loss, self.gradients()

    def call(self, documents, batch, first, kind, rates):
        """Losses of steps on `packed` documents; `kind` says what follows each gradient."""
        raise NotImplementedError

    def gradients(self):
        """The gradient that the last call has left behind: matrices named as the weights."""
        raise NotImplementedError


class Engine(MachineCodeEngine):
    """Weights and documents as arrays, from which `run` takes all it needs."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        sizes = sizes_of(model)
        L, H, d, T, V = sizes
        self.function = build(sizes)
        self.flat = np.zeros((4, model.parameter_count), np.float32)
        self.w, self.dw = (views(self.flat[i], shapes(sizes)) for i in (0, 3))
        self.wt = zeros(Weights, *((*s[:-2], s[-1], s[-2]) for s in shapes(sizes)))
        rows = [(L, T, m) for m in (d, 3 * d)] + [(L, H, T, T)]
        rows += [(L, T, m) for m in (d, d, d, 4 * d)]
        self.kept = zeros(Kept, (T, d), (L + 1, T, d), *rows, (T, V), (T,), (L, T), (L, T))
        self.slope = zeros(Slopes, (T, d), (T, d), (T, 4 * d), (T, 3 * d))
        for name, matrix in matrices(self.w, L).items():
            matrix[:] = model.weights[name]

    def call(self, documents, batch, first, kind, rates):
        room = self.w, self.wt, self.dw, self.kept, self.slope
        steps = batch, first, self.updates, kind, np.array(rates)
        return self.function(tuple(self.flat), *room, *documents, *steps).tolist()

    def gradients(self):
        grads = as_lists(self.dw, self.settings.n_layer)
        self.flat[3] = 0
        return grads

    def weights(self):
        return as_lists(self.w, self.settings.n_layer)

    def state(self):
        return self.updates, self.flat.copy()

    def restore(self, state):
        self.updates, self.flat[:] = state


def matrices(w, n_layer):
    """The matrices of some weights by name, in a model's order."""
    named = {"wte": w.wte, "wpe": w.wpe, "lm_head": w.lm_head}
    for i in range(n_layer):
        q, k, v = np.split(w.qkv[i], 3)
        layer = {"wq": q, "wk": k, "wv": v, "wo": w.wo[i], "fc1": w.fc1[i], "fc2": w.fc2[i]}
        named |= {f"layer{i}.{name}": matrix for name, matrix in layer.items()}
    return named


def as_lists(w, n_layer):
    """The same as lists of floats."""
    return {name: matrix.tolist() for name, matrix in matrices(w, n_layer).items()}
