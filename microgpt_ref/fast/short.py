"""Attention in short documents, with vectors along the heads: LANES columns of q, k and v.

A vector holds those of one head or several, and a score is the sum over the lanes of a head.
"""

import math

from microgpt_ref.fast.layout import SHORT
from microgpt_ref.fast.tiles import fast
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
    swap1,
    swap2,
    swap4,
    swap8,
)


@fast
def is_short(at, n):
    """True if all heads of a vector go through a document of n positions together."""
    return n <= SHORT and LANES % at.head_size == 0


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
    """Sets heads, p to e^(a - peak), and p_sum to 1 / their sum; q gets the factor 1 / √size."""
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
    """Sets dqkv: da = p (dp - sum(dp p)) with dp = dheads · v; the sum is dheads · heads."""
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
