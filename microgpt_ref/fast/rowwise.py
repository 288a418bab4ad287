"""What the network does with each row by itself: embeddings, rmsnorm, relu and the loss."""

import math

import numpy as np

from microgpt_ref.fast.tiles import fast, inlined
from microgpt_ref.fast.vectors import (
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
    set_number,
    store,
    sub,
    sum_lanes,
    where_positive,
)


@inlined
def embed(b, at, ids, places, n):
    """Sets x0 to the sums of the rows of tokens `ids` and those of their places."""
    for t in range(n):
        for j in range(0, at.d, LANES):
            token, place = at.wte + ids[t] * at.d + j, at.wpe + places[t] * at.d + j
            store(b, at.x0 + t * at.d_line + j, add(load(b, token), load(b, place)))


@inlined
def embed_backward(b, at, ids, places, n):
    """Adds to the gradient of the embeddings that of x0, in dy."""
    for t in range(n):
        for j in range(0, at.d, LANES):
            slope = load(b, at.dy + t * at.d_line + j)
            wte, wpe = at.span + at.wte + ids[t] * at.d + j, at.span + at.wpe + places[t] * at.d + j
            store(b, wte, add(load(b, wte), slope))
            store(b, wpe, add(load(b, wpe), slope))


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


@inlined
def relu(b, at, hidden, n):
    """Sets hidden to 0 where it is negative."""
    for t in range(n):
        for j in range(hidden + t * at.f_line, hidden + t * at.f_line + at.f, LANES):
            store(b, j, largest(load(b, j), broadcast(0.0)))


@inlined
def relu_backward(b, at, hidden, n):
    """Sets dhidden to 0 where hidden is."""
    for t in range(n):
        for j in range(t * at.f_line, t * at.f_line + at.f, LANES):
            gated = where_positive(load(b, hidden + j), load(b, at.dhidden + j))
            store(b, at.dhidden + j, gated)


@fast
def cross_entropy(b, at, row, targets, share, n):
    """The mean surprise of a document's targets; sets its logits to its gradient, times share."""
    surprise, product_of_sums = 0.0, 1.0
    for t in range(n):
        logits, peak, total = at.logits + (row + t) * at.v_line, broadcast(LOW), broadcast(0.0)
        for j in range(0, at.v, LANES):
            peak = largest(peak, add(load(b, logits + j), load(b, at.mask + j)))
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
