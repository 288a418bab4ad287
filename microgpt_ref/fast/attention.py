"""Attention, document by document, with vectors along the positions that look, t.

Sums go over the positions that are seen, u, so that a head may be of any size and softmax needs no
sum over the lanes of a vector. Queries, heads and their gradients are transposed for that. A
document of few positions would leave most lanes empty, and goes another way: see `short`.
"""

import math

from microgpt_ref.fast.layout import far_apart
from microgpt_ref.fast.short import is_short, short_attention, short_attention_backward
from microgpt_ref.fast.tiles import PANEL, fast, inlined, product, transpose
from microgpt_ref.fast.vectors import (
    LANES,
    LOW,
    add,
    broadcast,
    div,
    exp,
    fma,
    largest,
    load,
    mul,
    store,
    sub,
)

MANY = PANEL * LANES  # positions that go through a product together
line_of = fast(far_apart)


@inlined
def attention_of_all(b, at, begins, kept, is_backward):
    """Sets heads, or dqkv from dheads in dy, for all documents, one after another.

    begins: the first row of each document, and of the one that there isn't any more
    kept: where the layer's activations are, beside those of the first layer
    """
    p, p_sum = at.p + kept, at.p_sum + kept
    for k in range(len(begins) - 1):
        t, n = begins[k], begins[k + 1] - begins[k]
        qkv, heads = at.qkvs + kept + t * at.qkv_line, at.heads + kept + t * at.d_line
        if is_backward:
            dheads, dqkv = at.dy + t * at.d_line, at.dqkv + t * at.qkv_line
            attention_backward(b, at, dheads, heads, qkv, p, p_sum, dqkv, n)
        else:
            attention(b, at, qkv, p, p_sum, heads, n)
        p += square(at, n)
        p_sum += (n + LANES) * max(at.n_head, at.d)


@fast
def width_of(n):
    """How many positions there are, filled up, and how far apart rows of them are."""
    width = -(-n // LANES) * LANES
    return width, line_of(width)


@fast
def square(at, n):
    """How many floats the attention weights of a document take."""
    if is_short(at, n):
        return n * n * at.d
    return at.n_head * n * width_of(n)[1]


@fast
def attention(b, at, qkv, p, p_sum, heads, n):
    """Sets the heads of a document with n positions, and keeps its attention weights."""
    if is_short(at, n):
        for j in range(0, at.d, LANES):
            short_attention(b, at, qkv + j, p + n * n * j, p_sum + n * j, heads + j, n)
        return
    width, step = width_of(n)
    transpose(b, qkv, at.qkv_line, at.qt, step, n, at.d)
    for c in range(0, at.n_head * at.head_size, at.head_size):
        head(b, at, qkv + c, c * step, p, p_sum, n)
        p += n * step
        p_sum += width
    clear(b, at, at.ht, step, width)
    transpose(b, at.ht, step, heads, at.d_line, at.d, n)


@inlined
def clear(b, at, rows, step, width):
    """Sets to 0 the rows that no head fills, so that columns beyond n_embd never learn.

    NB: other documents' rows have stood there, which were not as far apart.
    """
    for i in range(at.n_embd, at.d):
        for t in range(0, width, LANES):
            store(b, rows + i * step + t, broadcast(0.0))


@fast
def head(b, at, qkv, row, p, p_sum, n):
    """Sets a head, transposed; row: where it begins among the transposed heads."""
    (width, step), none = width_of(n), (at.zeros, at.still)
    k, v = (qkv + at.d, at.qkv_line, at.next), (qkv + 2 * at.d, at.next, at.qkv_line)
    for t in range(0, width, MANY):
        count = min(PANEL, (width - t) // LANES)
        q, p_t, o = (at.qt + row + t, step), (p + t, step), (at.ht + row + t, step)
        seen = min(n, t + count * LANES)
        product(b, k, q, none, p_t, seen, at.head_size, count)
        for j in range(t, t + count * LANES, LANES):
            softmax(b, at, p + j, p_sum + j, step, seen, j)
        product(b, v, p_t, none, o, at.head_size, seen, count)
        for i in range(at.head_size):
            for j in range(t, t + count * LANES, LANES):
                place = at.ht + row + i * step + j
                store(b, place, mul(load(b, place), load(b, p_sum + j)))


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
def attention_backward(b, at, dheads, heads, qkv, p, p_sum, dqkv, n):
    """Sets dqkv from dheads, head by head, transposed: dq from ds, dk and dv from its transpose."""
    if is_short(at, n):
        for j in range(0, at.d, LANES):
            q, p_j, p_sum_j = qkv + j, p + n * n * j, p_sum + n * j
            short_attention_backward(b, at, dheads + j, heads + j, q, p_j, p_sum_j, dqkv + j, n)
        return
    width, step = width_of(n)
    transpose(b, dheads, at.d_line, at.dot, step, n, at.d)
    for c in range(0, at.n_head * at.head_size, at.head_size):
        query_backward(b, at, qkv + c, c * step, p, p_sum, n)
        key_backward(b, at, dheads + c, qkv + c, c * step, p, n)
        p += n * step
        p_sum += width
    for rows in (at.dqt, at.kt, at.vt):
        clear(b, at, rows, step, width)
    transpose(b, at.dqt, step, dqkv, at.qkv_line, at.d, n)
    transpose(b, at.kt, step, dqkv + at.d, at.qkv_line, at.d, n)
    transpose(b, at.vt, step, dqkv + 2 * at.d, at.qkv_line, at.d, n)


@fast
def query_backward(b, at, qkv, row, p, p_sum, n):
    """Sets ds of a head, its dq, and p to its weights."""
    (width, step), none = width_of(n), (at.zeros, at.still)
    k, v = (qkv + at.d, at.next, at.qkv_line), (qkv + 2 * at.d, at.qkv_line, at.next)
    for t in range(0, width, MANY):
        count = min(PANEL, (width - t) // LANES)
        seen, ds = min(n, t + count * LANES), (at.ds + t, step)
        product(b, v, (at.dot + row + t, step), none, ds, seen, at.head_size, count)
        for j in range(t, t + count * LANES, LANES):
            softmax_backward(b, at, p + j, p_sum + j, at.ds + j, step, seen)
        product(b, k, ds, none, (at.dqt + row + t, step), at.head_size, seen, count)


@fast
def key_backward(b, at, dheads, qkv, row, p, n):
    """Sets a head's dk and dv, for which those that look, t >= u, are summed over."""
    (width, step), none = width_of(n), (at.zeros, at.still)
    for u in range(0, width, MANY):
        count, below = min(PANEL, (width - u) // LANES), u * step + u
        looking, seen = n - u, min(n - u, count * LANES)
        q = qkv + u * at.qkv_line, at.next, at.qkv_line
        do = dheads + u * at.d_line, at.next, at.d_line
        dst, pt = (at.dst + below, step), (at.pt + below, step)
        transpose(b, p + below, step, pt[0], step, seen, looking)
        transpose(b, at.ds + below, step, dst[0], step, seen, looking)
        product(b, q, dst, none, (at.kt + row + u, step), at.head_size, looking, count)
        product(b, do, pt, none, (at.vt + row + u, step), at.head_size, looking, count)


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
