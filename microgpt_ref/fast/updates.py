"""Weights learn: their gradients are added up in registers, and they are moved while it's there.

It goes block by block, LANES x LANES weights, over all rows at a time. The transposed copy of a
matrix, which the way forward reads, is brought up to date in passing.
"""

import math

from microgpt_ref.fast.compiled import GRADIENT, SGD
from microgpt_ref.fast.panels import panel_place
from microgpt_ref.fast.tiles import (
    adam,
    fast,
    inlined,
    linear,
    load_block,
    outer,
    sgd,
    store_block,
    turned,
)
from microgpt_ref.fast.vectors import LANES, broadcast, load, store

FIRST, LAST = 1, 2  # of the parts into which the documents of a step are cut


@inlined
def linear_backward(b, at, w, dy, n_out, x, n_in, dx, n, how):
    """Sets dx to dy W and, after that, learns W (n_out, n_in)."""
    linear(b, dy, w, (at.zeros, at.still), dx, n, n_out, n_in // LANES)
    learn(b, at, w, dy, n_out, x, n_in, n, how)


@fast
def learn(b, at, w, dy, n_out, x, n_in, n, how):
    """Adds dyᵀ x, from n rows, to the gradient of W (n_out, n_in), block by block.

    how: (state, kind, rates). state: FIRST if there is no gradient yet, and LAST if none comes
        after: W is moved then, if the kind of the step isn't GRADIENT
    """
    state, kind, rates = how
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


@inlined
def clear_embeddings(b, at):
    """Sets the gradient of wte and wpe to 0."""
    for i in range(at.span + at.wte, at.span + at.lm, LANES):
        store(b, i, broadcast(0.0))


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
