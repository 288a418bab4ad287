"""Machine code from explicit vectors, towards what one core can do: for engineers.

Plain loops leave it to the compiler what becomes a vector instruction. Here a number of the
program is a vector, one register of the processor, and rows are filled up with zeros to whole
vectors. Sizes are arguments of the code, not part of it: it's compiled once on a machine, for
models of all sizes.

- All documents of a step stand one under another, as many as fit into `rows` rows, so that a
  product of matrices has many rows. Only attention goes through them one by one.
- Attention has its vectors along the positions that look, t, and adds up over those that are seen,
  u. A head may be of any size then, and softmax needs no sum over the lanes of a vector.
- The gradient of a block of weights is added up in registers, over all rows, and the weights are
  moved while it's there. Their transposed copy, which the way forward reads, is brought up to date
  in passing.

For the formulas see `numpy`; names are as there, n rows being what is there called T or N. The
vectors and their operations are in `vectors`, products of matrices in `tiles`.
"""

import hashlib
import math
from pathlib import Path

import numpy as np

from microgpt_ref.fast import tiles, vectors
from microgpt_ref.fast.compiled import (
    ADAM,
    GRADIENT,
    SGD,
    MachineCodeEngine,
    is_compiled,
    kept,
)
from microgpt_ref.fast.documents import packed
from microgpt_ref.fast.tiles import (
    PANEL,
    adam,
    fast,
    inlined,
    linear,
    load_block,
    outer,
    product,
    sgd,
    store_block,
    transpose,
    turned,
)
from microgpt_ref.fast.vectors import (
    FLUSHED,
    LANES,
    LOW,
    add,
    broadcast,
    div,
    exp,
    first,
    fma,
    inverse_root,
    largest,
    load,
    max_lanes,
    mul,
    number,
    set_mode,
    set_number,
    store,
    sub,
    sum_lanes,
    swap1,
    swap2,
    swap4,
    swap8,
    where_positive,
)

LOSS = 3  # beside GRADIENT, SGD and ADAM: a run that only looks at the losses
SHORT = 16  # positions of a document whose heads are gone through in another way
FEWEST_ROWS = 128  # that are gone through together, where there are as many

# What stands where, in floats from the beginning. The sizes are those of the model, filled up:
# d n_embd, f 4 n_embd, v the vocabulary, n the longest document; `lines` of them are the same
# rows, as far apart as `far_apart` wants it.
PLAN = (
    "n_layer n_head head_size n_embd d f v n rows d_line qkv_line f_line v_line "
    "short still next zeros mask causal wte wpe lm qkv wo fc1 fc2 layer span turned "
    "x0 s0 x y s qkvs p p_sum heads mid z r hidden kept logits "
    "mean dx dy dhidden dqkv qt ot dot dqt kt vt pt ds dst total"
)


class Room:
    """Hands out places in the block of memory, one after another."""

    def __init__(self):
        self.end = 0

    def take(self, floats):
        """Where a place of so many floats begins."""
        start = self.end
        self.end += filled_up(floats)
        return start


def filled_up(n, whole=16):
    """The next multiple of `whole`: 16 floats are a line of the cache."""
    return -(-n // whole) * whole


def far_apart(width):
    """How many floats apart rows of a width are: an odd number of lines of the cache if many.

    Rows a power of 2 apart would share a few places of the cache, and push each other out of it.
    """
    return width + 16 if width > 64 and width // 16 % 2 == 0 else width


def new_plan(settings, vocab_size):
    """The Plan for a model's settings."""
    room = Room()
    d, f = (filled_up(k * settings.n_embd, LANES) for k in (1, 4))
    v, n = filled_up(vocab_size, LANES), settings.block_size
    rows = max(n, FEWEST_ROWS)
    at = {"n_layer": settings.n_layer, "n_head": settings.n_head, "n_embd": settings.n_embd}
    at |= {"head_size": settings.n_embd // settings.n_head, "d": d, "f": f, "v": v, "n": n}
    at |= {"short": SHORT, "still": 0, "next": 1}
    lines = {"d_line": d, "qkv_line": 3 * d, "f_line": f, "v_line": v}
    at |= {"rows": rows} | {name: far_apart(width) for name, width in lines.items()}
    for name, floats in {"zeros": max(f, 3 * d, v), "mask": v, "causal": LANES * LANES}.items():
        at[name] = room.take(floats)
    at["mean"] = room.take(SHORT * LANES)
    begin = room.end
    for name, floats in {"wte": v * d, "wpe": filled_up(n, LANES) * d, "lm": v * d}.items():
        at[name] = room.take(floats)
    layer = room.end
    for name, floats in {"qkv": 3 * d * d, "wo": d * d, "fc1": f * d, "fc2": d * f}.items():
        at[name] = room.take(floats)
    at["layer"] = room.end - layer
    room.take((settings.n_layer - 1) * at["layer"])
    at["span"] = room.end - begin
    room.take(3 * at["span"])  # the gradient and Adam's m and v have the same places, further on
    at["turned"] = room.end - at["lm"]  # and so have the transposed matrices
    room.take(begin + at["span"] - at["lm"])
    # NB: activations have 16 rows more than needed, since what is done with the rows of a
    # document, a tile or a block at a time, runs over its end
    many = rows + 16
    at["x0"], at["s0"] = room.take(many * at["d_line"]), room.take(many * LANES)
    at["logits"] = room.take(many * at["v_line"])
    step = filled_up(n, LANES) + 16
    square = (rows + 4) * step
    widths = {name: at["d_line"] for name in ("x", "y", "heads", "mid", "z")}
    widths |= {"s": LANES, "r": LANES, "qkvs": at["qkv_line"], "hidden": at["f_line"]}
    start = room.end
    for name, width in widths.items():
        at[name] = room.take(many * width)
    at["p"] = room.take(max(settings.n_head * square, rows * SHORT * d))
    at["p_sum"] = room.take(max(settings.n_head, d) * rows * (1 + LANES))
    at["kept"] = room.end - start
    room.take(settings.n_layer * at["kept"])  # x has one place more than there are layers
    for name, width in {"dx": "d", "dy": "d", "dqkv": "qkv", "dhidden": "f"}.items():
        at[name] = room.take(many * at[f"{width}_line"])
    # NB: each for one thing alone, since rows of theirs that no head fills have to stay 0
    for name in ("qt", "ot", "dot", "dqt", "kt", "vt"):
        at[name] = room.take((d + 4) * step)
    for name in ("pt", "ds", "dst"):
        at[name] = room.take((step + 4) * step)
    at["total"] = room.end
    plan = np.recarray(1, [(name, np.int64) for name in PLAN.split()])
    for name, place in at.items():
        plan[name] = place
    return plan[0]


@fast
def rmsnorm(b, at, x, y, s, n):
    """Sets rows y to x s, and s to (mean(x²) + 1e-5)^(-1/2) in all lanes."""
    for t in range(n):
        row, square = t * at.d_line, broadcast(0.0)
        for j in range(0, at.d, LANES):
            a = load(b, x + row + j)
            square = fma(a, a, square)
        mean = mul(sum_lanes(square), broadcast(1 / at.n_embd))
        scale = inverse_root(add(mean, broadcast(1e-5)))
        store(b, s + t * LANES, scale)
        for j in range(0, at.d, LANES):
            store(b, y + row + j, mul(load(b, x + row + j), scale))


@fast
def rmsnorm_backward(b, at, dy, y, s, start, dx, n):
    """Sets rows dx to start + s (dy - y mean(dy y)); start may be dx itself, or a row of zeros."""
    for t in range(n):
        row, mean = t * at.d_line, broadcast(0.0)
        for j in range(0, at.d, LANES):
            mean = fma(load(b, dy + row + j), load(b, y + row + j), mean)
        mean = mul(sum_lanes(mean), broadcast(-1 / at.n_embd))
        scale = load(b, s + t * LANES)
        for j in range(0, at.d, LANES):
            slope = fma(mean, load(b, y + row + j), load(b, dy + row + j))
            before = load(b, start[0] + t * start[1] + j)
            store(b, dx + row + j, fma(scale, slope, before))


# Attention in short documents, with vectors along the heads


@fast
def is_short(at, n):
    """True if all heads of a vector go through a document together."""
    return n <= at.short and LANES % at.head_size == 0


@fast
def width_of(n):
    """How many positions there are, filled up, and how far apart rows of them are."""
    width = -(-n // LANES) * LANES
    return width, width + 16 if width > 64 and width // 16 % 2 == 0 else width


@fast
def square(at, n):
    """How many floats the attention weights of a document take."""
    if is_short(at, n):
        return n * n * at.d
    return at.n_head * n * width_of(n)[1]


@fast
def sum_of_head(x, size):
    """The sum of each group of so many lanes, those of a head, in each of them."""
    if size >= 2:
        x = add(x, swap1(x))
    if size >= 4:
        x = add(x, swap2(x))
    if size >= 8:
        x = add(x, swap4(x))
    if size >= 16:
        x = add(x, swap8(x))
    return x


@fast
def short_attention(b, at, qkv, p, p_sum, heads, n):
    """As `attention`, for LANES columns of q, k and v; q gets the factor 1 / √size."""
    scale, size, d, step = 1 / math.sqrt(at.head_size), at.head_size, at.d, at.qkv_line
    for t in range(n):
        q, peak = mul(load(b, qkv + t * step), broadcast(scale)), broadcast(LOW)
        store(b, qkv + t * step, q)
        row = p + t * n * LANES
        for u in range(t + 1):
            score = sum_of_head(mul(q, load(b, qkv + u * step + d)), size)
            store(b, row + u * LANES, score)
            peak = largest(peak, score)
        total, head = broadcast(0.0), broadcast(0.0)
        for u in range(t + 1):
            e = exp(sub(load(b, row + u * LANES), peak))
            store(b, row + u * LANES, e)
            total = add(total, e)
            head = fma(e, load(b, qkv + u * step + 2 * d), head)
        inverse = div(broadcast(1.0), total)
        store(b, p_sum + t * LANES, inverse)
        store(b, heads + t * at.d_line, mul(head, inverse))


@fast
def short_attention_backward(b, at, dheads, heads, qkv, p, p_sum, dqkv, n):
    """As `attention_backward`, for LANES columns; sum(dp p) is dheads · heads."""
    scale, size, d, step = 1 / math.sqrt(at.head_size), at.head_size, at.d, at.qkv_line
    for t in range(n):
        both = mul(load(b, dheads + t * at.d_line), load(b, heads + t * at.d_line))
        store(b, at.mean + t * LANES, sum_of_head(both, size))
        store(b, dqkv + t * step, broadcast(0.0))
    for u in range(n):
        k, v = load(b, qkv + u * step + d), load(b, qkv + u * step + 2 * d)
        dk, dv = broadcast(0.0), broadcast(0.0)
        for t in range(u, n):
            dhead = load(b, dheads + t * at.d_line)
            weight = mul(load(b, p + (t * n + u) * LANES), load(b, p_sum + t * LANES))
            dp = sum_of_head(mul(dhead, v), size)
            da = mul(weight, sub(dp, load(b, at.mean + t * LANES)))
            dk = fma(da, load(b, qkv + t * step), dk)
            dv = fma(weight, dhead, dv)
            store(b, dqkv + t * step, fma(da, k, load(b, dqkv + t * step)))
        store(b, dqkv + u * step + d, dk)
        store(b, dqkv + u * step + 2 * d, dv)
        store(b, dqkv + u * step, mul(load(b, dqkv + u * step), broadcast(scale)))


# Attention in all others, with vectors along the positions that look


@fast
def softmax(b, at, p, p_sum, step, n, t):
    """Sets p (n, LANES) to e^(a - peak), from scores √size · a, and p_sum to 1 / their sum.

    Its columns are the positions from t on that look, its rows those that are seen.
    """
    scale, peak = broadcast(1 / math.sqrt(at.head_size)), broadcast(LOW)
    for u in range(min(t, n)):
        peak = largest(peak, mul(scale, load(b, p + u * step)))
    for u in range(t, min(t + LANES, n)):
        a = fma(scale, load(b, p + u * step), load(b, at.causal + (u - t) * LANES))
        store(b, p + u * step, a)
        peak = largest(peak, a)
    total = broadcast(0.0)
    for u in range(min(t, n)):
        e = exp(fma(scale, load(b, p + u * step), sub(broadcast(0.0), peak)))
        store(b, p + u * step, e)
        total = add(total, e)
    for u in range(t, min(t + LANES, n)):
        e = exp(sub(load(b, p + u * step), peak))
        store(b, p + u * step, e)
        total = add(total, e)
    for u in range(t + LANES, n):
        store(b, p + u * step, broadcast(0.0))
    store(b, p_sum, div(broadcast(1.0), total))


@fast
def attention(b, at, qkv, p, p_sum, heads, n):
    """Sets the heads of a document with n positions, and keeps its attention weights."""
    if is_short(at, n):
        for j in range(0, at.d, LANES):
            short_attention(b, at, qkv + j, p + n * n * j, p_sum + n * j, heads + j, n)
        return
    width, step = width_of(n)
    transpose(b, qkv, at.qkv_line, at.qt, step, n, at.d)
    for h in range(at.n_head):
        c = h * at.head_size
        k, v = (qkv + at.d + c, at.qkv_line, at.next), (qkv + 2 * at.d + c, at.next, at.qkv_line)
        for t in range(0, width, PANEL * LANES):
            count = min(PANEL, (width - t) // LANES)
            seen, none = min(n, t + count * LANES), (at.zeros, at.still)
            product(
                b, k, (at.qt + c * step + t, step), none, (p + t, step), seen, at.head_size, count
            )
            for j in range(t, t + count * LANES, LANES):
                softmax(b, at, p + j, p_sum + j, step, seen, j)
            target = at.ot + c * step + t, step
            product(b, v, (p + t, step), none, target, at.head_size, seen, count)
            for i in range(c, c + at.head_size):
                for j in range(t, t + count * LANES, LANES):
                    o = at.ot + i * step + j
                    store(b, o, mul(load(b, o), load(b, p_sum + j)))
        p += n * step
        p_sum += width
    transpose(b, at.ot, step, heads, at.d_line, at.d, n)


@fast
def softmax_backward(b, at, p, p_sum, ds, step, n):
    """Sets ds (n, LANES), from dp, to p (dp - sum(dp p)) / √size; and p to the weights."""
    inverse, mean = load(b, p_sum), broadcast(0.0)
    scale = broadcast(1 / math.sqrt(at.head_size))
    for u in range(n):
        weight = mul(load(b, p + u * step), inverse)
        store(b, p + u * step, weight)
        mean = fma(weight, load(b, ds + u * step), mean)
    for u in range(n):
        weight = mul(load(b, p + u * step), scale)
        store(b, ds + u * step, mul(weight, sub(load(b, ds + u * step), mean)))


@fast
def attention_backward(b, at, dheads, heads, qkv, p, p_sum, dqkv, n):
    """Sets dqkv from dheads, head by head, transposed: dq from ds, dk and dv from its transpose."""
    if is_short(at, n):
        for j in range(0, at.d, LANES):
            q, p_j, p_sum_j = qkv + j, p + n * n * j, p_sum + n * j
            of = dheads + j, heads + j
            short_attention_backward(b, at, of[0], of[1], q, p_j, p_sum_j, dqkv + j, n)
        return
    width, step = width_of(n)
    transpose(b, dheads, at.d_line, at.dot, step, n, at.d)
    none = (at.zeros, at.still)
    for h in range(at.n_head):
        c = h * at.head_size
        q, do = (qkv + c, at.next, at.qkv_line), (dheads + c, at.next, at.d_line)
        k, v = (qkv + at.d + c, at.next, at.qkv_line), (qkv + 2 * at.d + c, at.qkv_line, at.next)
        row = c * step
        for t in range(0, width, PANEL * LANES):
            count = min(PANEL, (width - t) // LANES)
            seen, ds = min(n, t + count * LANES), (at.ds + t, step)
            product(b, v, (at.dot + row + t, step), none, ds, seen, at.head_size, count)
            for j in range(t, t + count * LANES, LANES):
                softmax_backward(b, at, p + j, p_sum + j, at.ds + j, step, seen)
            product(b, k, ds, none, (at.dqt + row + t, step), at.head_size, seen, count)
        for u in range(0, width, PANEL * LANES):
            count, below = min(PANEL, (width - u) // LANES), u * step + u
            q_u, do_u = (q[0] + u * at.qkv_line, q[1], q[2]), (do[0] + u * at.d_line, do[1], do[2])
            target, looking, seen = (at.kt + row + u, step), n - u, min(n - u, count * LANES)
            transpose(b, p + below, step, at.pt + below, step, seen, looking)
            transpose(b, at.ds + below, step, at.dst + below, step, seen, looking)
            product(b, q_u, (at.dst + below, step), none, target, at.head_size, looking, count)
            target = (at.vt + row + u, step)
            product(b, do_u, (at.pt + below, step), none, target, at.head_size, looking, count)
        p += n * step
        p_sum += width
    transpose(b, at.dqt, step, dqkv, at.qkv_line, at.d, n)
    transpose(b, at.kt, step, dqkv + at.d, at.qkv_line, at.d, n)
    transpose(b, at.vt, step, dqkv + 2 * at.d, at.qkv_line, at.d, n)


# A whole network


@fast
def forward(b, at, ids, places, begins, n):
    """Fills n rows, up to their logits.

    ids, places: each row's token, and its position in its document
    begins: the first row of each document, and n
    """
    for t in range(n):
        for j in range(0, at.d, LANES):
            token, place = (
                load(b, at.wte + ids[t] * at.d + j),
                load(b, at.wpe + places[t] * at.d + j),
            )
            store(b, at.x0 + t * at.d_line + j, add(token, place))
    rmsnorm(b, at, at.x0, at.x, at.s0, n)
    d, none = at.d // LANES, (at.zeros, at.still)
    for i in range(at.n_layer):
        kept, w = i * at.kept, at.turned + i * at.layer
        x, mid, hidden = at.x + kept, at.mid + kept, at.hidden + kept
        rmsnorm(b, at, x, at.y + kept, at.s + kept, n)
        y, qkv = (at.y + kept, at.d_line), at.qkvs + kept
        linear(b, y, at.qkv + w, none, (qkv, at.qkv_line), n, at.d, 3 * d)
        p, p_sum, widest = at.p + kept, at.p_sum + kept, max(at.n_head, at.d)
        for k in range(len(begins) - 1):
            t, length = begins[k], begins[k + 1] - begins[k]
            heads = at.heads + kept + t * at.d_line
            attention(b, at, qkv + t * at.qkv_line, p, p_sum, heads, length)
            p += square(at, length)
            p_sum += (length + LANES) * widest
        heads = (at.heads + kept, at.d_line)
        linear(b, heads, at.wo + w, (x, at.d_line), (mid, at.d_line), n, at.d, d)
        rmsnorm(b, at, mid, at.z + kept, at.r + kept, n)
        z = (at.z + kept, at.d_line)
        linear(b, z, at.fc1 + w, none, (hidden, at.f_line), n, at.d, at.f // LANES)
        for t in range(n):
            for j in range(hidden + t * at.f_line, hidden + t * at.f_line + at.f, LANES):
                store(b, j, largest(load(b, j), broadcast(0.0)))
        start, target = (mid, at.d_line), (x + at.kept, at.d_line)
        linear(b, (hidden, at.f_line), at.fc2 + w, start, target, n, at.f, d)
    x, w = (at.x + at.n_layer * at.kept, at.d_line), at.lm + at.turned
    linear(b, x, w, none, (at.logits, at.v_line), n, at.d, at.v // LANES)


@fast
def cross_entropy(b, at, row, targets, share, n):
    """The mean surprise of a document's targets; sets its logits to its gradient, times share."""
    surprise, product_of_sums = 0.0, 1.0
    for t in range(n):
        logits, peak, total = at.logits + (row + t) * at.v_line, broadcast(LOW), broadcast(0.0)
        for j in range(0, at.v, LANES):
            a = add(load(b, logits + j), load(b, at.mask + j))
            peak = largest(peak, a)
        peak = max_lanes(peak)
        target = logits + targets[t]
        surprise += first(peak) - number(b, target)
        for j in range(0, at.v, LANES):
            e = exp(sub(add(load(b, logits + j), load(b, at.mask + j)), peak))
            store(b, logits + j, e)
            total = add(total, e)
        total = sum_lanes(total)
        scale = div(broadcast(share / n), total)
        for j in range(0, at.v, LANES):
            store(b, logits + j, mul(load(b, logits + j), scale))
        set_number(b, target, number(b, target) - np.float32(share / n))
        # one logarithm for many rows: each of the factors is at least 1
        product_of_sums *= np.float64(first(total))
        if not product_of_sums < 1e200:
            surprise += math.log(product_of_sums)
            product_of_sums = 1.0
    return (surprise + math.log(product_of_sums)) / n


@fast
def backward(b, at, ids, places, begins, n, state, kind, rates):
    """Adds to the gradient what n rows have in it, from that of the logits; or moves the weights.

    state, kind, rates: see `learn`
    """
    d, f, none = at.d // LANES, at.f // LANES, (at.zeros, at.still)
    logits, dx, dy = (at.logits, at.v_line), (at.dx, at.d_line), (at.dy, at.d_line)
    dhidden, dqkv = (at.dhidden, at.f_line), (at.dqkv, at.qkv_line)
    linear(b, logits, at.lm, none, dx, n, at.v, d)
    x = at.x + at.n_layer * at.kept, at.d_line
    learn(b, at, at.lm, logits, at.v, x, at.d, n, state, kind, rates)
    for i in range(at.n_layer - 1, -1, -1):
        kept, w = i * at.kept, i * at.layer
        hidden, z = (at.hidden + kept, at.f_line), (at.z + kept, at.d_line)
        heads, y = (at.heads + kept, at.d_line), (at.y + kept, at.d_line)
        linear(b, dx, at.fc2 + w, none, dhidden, n, at.d, f)
        learn(b, at, at.fc2 + w, dx, at.d, hidden, at.f, n, state, kind, rates)
        for t in range(n):
            for j in range(t * at.f_line, t * at.f_line + at.f, LANES):
                gated = where_positive(load(b, hidden[0] + j), load(b, dhidden[0] + j))
                store(b, dhidden[0] + j, gated)
        linear(b, dhidden, at.fc1 + w, none, dy, n, at.f, d)
        learn(b, at, at.fc1 + w, dhidden, at.f, z, at.d, n, state, kind, rates)
        rmsnorm_backward(b, at, dy[0], z[0], at.r + kept, dx, dx[0], n)
        linear(b, dx, at.wo + w, none, dy, n, at.d, d)
        learn(b, at, at.wo + w, dx, at.d, heads, at.d, n, state, kind, rates)
        p, p_sum, widest = at.p + kept, at.p_sum + kept, max(at.n_head, at.d)
        for k in range(len(begins) - 1):
            t, length = begins[k], begins[k + 1] - begins[k]
            qkv, dqkv_t = at.qkvs + kept + t * at.qkv_line, at.dqkv + t * at.qkv_line
            attention_backward(
                b,
                at,
                at.dy + t * at.d_line,
                heads[0] + t * at.d_line,
                qkv,
                p,
                p_sum,
                dqkv_t,
                length,
            )
            p += square(at, length)
            p_sum += (length + LANES) * widest
        linear(b, dqkv, at.qkv + w, none, dy, n, 3 * at.d, d)
        learn(b, at, at.qkv + w, dqkv, 3 * at.d, y, at.d, n, state, kind, rates)
        rmsnorm_backward(b, at, dy[0], y[0], at.s + kept, dx, dx[0], n)
    rmsnorm_backward(b, at, dx[0], at.x, at.s0, none, dy[0], n)
    for t in range(n):
        for j in range(0, at.d, LANES):
            slope = load(b, dy[0] + t * at.d_line + j)
            wte, wpe = at.span + at.wte + ids[t] * at.d + j, at.span + at.wpe + places[t] * at.d + j
            store(b, wte, add(load(b, wte), slope))
            store(b, wpe, add(load(b, wpe), slope))


# Learning

FIRST, LAST = 1, 2  # of the parts into which the documents of a step are cut


@fast
def learn(b, at, w, dy, n_out, x, n_in, n, state, kind, rates):
    """Adds dyᵀ x, from n rows, to the gradient of W (n_out, n_in), block by block.

    state: FIRST if there is no gradient yet, and LAST if none comes after: W is moved then
    """
    moves = state & LAST and kind != GRADIENT
    for o in range(0, n_out, LANES):
        for i in range(0, n_in, LANES):
            place, step = panel_place(i, o, n_in, n_out)
            start = (at.zeros, at.still) if state & FIRST else (at.span + w + place, step)
            block = load_block(b, start[0], start[1])
            for t in range(n):
                row = load(b, x[0] + t * x[1] + i)
                block = outer(block, b, dy[0] + t * dy[1] + o, row)
            if not moves:
                store_block(block, b, at.span + w + place, step)
                continue
            block = moved(block, b, at, w + place, step, kind, rates)
            store_block(block, b, w + place, step)
            place, step = panel_place(o, i, n_out, n_in)
            store_block(turned(block), b, at.turned + w + place, step)


@inlined
def moved(slopes, b, at, w, step, kind, rates):
    """The block of weights at w, moved against its gradient."""
    if kind == SGD:
        return sgd(slopes, b, w, step, broadcast(-rates[0]))
    return adam(slopes, b, w, step, at.span, broadcast(-rates[0]), broadcast(rates[1]))


@fast
def move_embeddings(b, at, kind, rates):
    """Moves wte and wpe, and sets their gradient to 0."""
    for w in range(at.wte, at.lm, LANES * LANES):
        slopes = load_block(b, at.span + w, LANES)
        store_block(moved(slopes, b, at, w, LANES, kind, rates), b, w, LANES)
        store_block(load_block(b, at.zeros, 0), b, at.span + w, LANES)


@fast
def panel_place(column, row, n_columns, n_rows):
    """Where a row of a matrix in panels has a column, and how far rows are apart there."""
    panel = column // (PANEL * LANES) * PANEL * LANES
    width = min(PANEL * LANES, n_columns - panel)
    return panel * n_rows + row * width + column - panel, width


@fast
def corrected(rate, kind, updates):
    """The rate of SGD; or those of Adam, corrected for its start, as `tiles.emit_adam` wants them.

    updates: how many there were before
    """
    if kind == SGD:
        return rate, 0.0
    m_scale = (1 - 0.85) / (1 - 0.85 ** (updates + 1))
    v_scale = (1 - 0.99) / (1 - 0.99 ** (updates + 1))
    twice = 2 / math.sqrt(v_scale)
    return rate * m_scale * twice, 1e-8 * twice


@fast
def turn_all(b, at):
    """Brings all transposed matrices up to date."""
    turn(b, at, at.lm, at.v, at.d)
    for w in range(0, at.n_layer * at.layer, at.layer):
        turn(b, at, at.qkv + w, 3 * at.d, at.d)
        turn(b, at, at.wo + w, at.d, at.d)
        turn(b, at, at.fc1 + w, at.f, at.d)
        turn(b, at, at.fc2 + w, at.d, at.f)


@fast
def turn(b, at, w, n_out, n_in):
    """Writes the transpose of W (n_out, n_in)."""
    for o in range(0, n_out, LANES):
        for i in range(0, n_in, LANES):
            place, step = panel_place(i, o, n_in, n_out)
            block = load_block(b, w + place, step)
            place, step = panel_place(o, i, n_out, n_in)
            store_block(turned(block), b, at.turned + w + place, step)


def build(sources):
    """The function `run`, which is kept on the disk; sources: changes when these modules do."""

    def run(b, at, tokens, starts, batch, step, updates, kind, rates, found):
        """Losses of the steps from `step` on, to the first that is no number.

        tokens, starts: document i is tokens[starts[i] : starts[i + 1]]
        found: (batch,), for the losses of a step's documents
        """
        _ = sources  # a change of it is one of the function
        ids, places = np.zeros(at.rows, np.int64), np.zeros(at.rows, np.int64)
        targets, begins = np.zeros(at.rows, np.int64), np.zeros(at.rows + 1, np.int64)
        losses, count = np.zeros(len(rates)), len(starts) - 1
        mode = set_mode(FLUSHED)
        turn_all(b, at)
        for i in range(at.span + at.wte, at.span + at.lm, LANES):
            store(b, i, broadcast(0.0))
        for k in range(len(rates)):
            two_rates, done = corrected(rates[k], kind, updates + k), 0
            while done < batch:
                n, documents, state = 0, 0, FIRST if done == 0 else 0
                while done + documents < batch:
                    document = ((step + k) * batch + done + documents) % count
                    start, length = starts[document], starts[document + 1] - starts[document] - 1
                    if n + length > at.rows:
                        break
                    for t in range(length):
                        ids[n + t], places[n + t] = tokens[start + t], t
                        targets[n + t] = tokens[start + t + 1]
                    n += length
                    documents += 1
                    begins[documents] = n
                forward(b, at, ids, places, begins[: documents + 1], n)
                for i in range(documents):
                    t, length = begins[i], begins[i + 1] - begins[i]
                    loss = cross_entropy(b, at, t, targets[t:], 1 / batch, length)
                    found[done + i] = loss
                    losses[k] += loss / batch
                done += documents
                state += LAST if done == batch else 0
                if kind != LOSS:
                    ends = begins[: documents + 1]
                    backward(b, at, ids, places, ends, n, state, kind, two_rates)
            if kind in (SGD, ADAM):
                move_embeddings(b, at, kind, two_rates)
            if not np.isfinite(losses[k]):
                losses = losses[: k + 1]
                break
        set_mode(mode)
        return losses

    return kept(run)


def digest():
    """A number that changes when the code does of which `run` is made."""
    texts = [Path(file).read_bytes() for file in (__file__, tiles.__file__, vectors.__file__)]
    return hashlib.sha256(b"".join(texts)).hexdigest()


run = build(digest())


def to_compile(model):
    """What has to be compiled before a model can be trained, in a few words; or an empty text."""
    return "" if is_ready() else "engine simd for models of all sizes"


def is_ready():
    """True if nothing has to be compiled."""
    return is_compiled(run)


class Engine(MachineCodeEngine):
    """One block of memory, from which `run` takes all it needs but the documents."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        vocab_size = model.tokenizer.vocab_size
        self.plan = new_plan(self.settings, vocab_size)
        self.whole = np.zeros(self.plan.total + 16, np.float32)
        begin = -self.whole.ctypes.data % 64 // 4  # the first address that 64 divides
        self.block = self.whole[begin : begin + self.plan.total]
        self.block[self.plan.mask + vocab_size : self.plan.mask + self.plan.v] = LOW
        causal = np.tril(np.full((LANES, LANES), LOW, np.float32), -1)
        self.block[self.plan.causal : self.plan.causal + LANES * LANES] = causal.ravel()
        self.places = places(self.plan, self.settings, vocab_size)
        for name, (place, shape) in self.places.items():
            self.put(place, np.array(model.weights[name], np.float32).reshape(shape))

    def put(self, place, matrix):
        """Write a matrix where it stands in the block, in panels."""
        for view, columns in self.panels(place, 0):
            part = matrix[:, columns]
            view[: part.shape[0], : part.shape[1]] = part

    def panels(self, place, begin):
        """The panels of a matrix, as views of the block, and which columns they hold."""
        at, rows, width, from_row = place
        panel = PANEL * LANES if from_row is not None else width
        for column in range(0, width, panel):
            size = min(panel, width - column)
            start = begin + at + column * rows
            view = self.block[start : start + rows * size].reshape(rows, size)
            yield view[from_row or 0 :], slice(column, column + size)

    def call(self, documents, batch, first, kind, rates):
        found = np.zeros(batch)
        steps = batch, first, self.updates, kind, np.array(rates), found
        return run(self.block.ctypes.data, self.plan, *documents, *steps).tolist()

    def losses(self, documents):
        """The mean loss of each of some documents, in nats per token; no step is taken."""
        found = np.zeros(len(documents))
        steps = len(found), 0, self.updates, LOSS, np.zeros(1), found
        run(self.block.ctypes.data, self.plan, *packed(documents, self.vocab_size), *steps)
        return found.tolist()

    def gradients(self):
        return self.matrices(self.plan.span)

    def matrices(self, begin):
        """The matrices that stand from a place on, by name, as lists."""
        found = {}
        for name, (place, (rows, columns)) in self.places.items():
            parts = [view[:rows] for view, _ in self.panels(place, begin)]
            found[name] = np.concatenate(parts, 1)[:, :columns].tolist()
        return found

    def weights(self):
        return self.matrices(0)

    def state(self):
        start, size = self.plan.wte, self.plan.span
        moments = self.block[start + 2 * size : start + 4 * size]
        return self.updates, self.block[start : start + size].copy(), moments.copy()

    def restore(self, state):
        start, size = self.plan.wte, self.plan.span
        self.updates, self.block[start : start + size], moments = state
        self.block[start + 2 * size : start + 4 * size] = moments


def places(at, settings, vocab_size):
    """Where a model's matrices stand among the weights, by name, and their shapes."""
    n = settings.n_embd
    found = {
        "wte": ((at.wte, vocab_size, at.d, None), (vocab_size, n)),
        "wpe": ((at.wpe, at.n, at.d, None), (at.n, n)),
        "lm_head": ((at.lm, at.v, at.d, 0), (vocab_size, n)),
    }
    for i in range(at.n_layer):
        w = i * at.layer
        for k, name in enumerate(("wq", "wk", "wv")):
            found[f"layer{i}.{name}"] = ((at.qkv + w, 3 * at.d, at.d, k * at.d), (n, n))
        found[f"layer{i}.wo"] = ((at.wo + w, at.d, at.d, 0), (n, n))
        found[f"layer{i}.fc1"] = ((at.fc1 + w, at.f, at.d, 0), (4 * n, n))
        found[f"layer{i}.fc2"] = ((at.fc2 + w, at.d, at.f, 0), (n, 4 * n))
    return found
