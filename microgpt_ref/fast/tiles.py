"""Sums of products that stay in registers: a tile is a block of a matrix, a vector in each.

Two units of a processor can begin a multiply-and-add in every cycle, and each takes four cycles.
A product of matrices is therefore computed tile by tile: rows x vectors of sums, so many that both
units always have one to go on with, and so few that all of them have a register. The loops over a
tile are Python's, and run while this is compiled; those over whole matrices are in machine code,
and serve matrices of all sizes.

A matrix argument says where the matrix begins, how far its rows are apart, and, where that is not
one float, its columns. A matrix of weights is kept in *panels* of PANEL columns of vectors, one
after another, so that a tile reads what stands together.
"""

import numba
from llvmlite import ir
from numba.core import types

from microgpt_ref.fast.vectors import (
    FLOATS,
    I64,
    LANES,
    VECTOR,
    constant,
    emit_broadcast,
    emit_fma,
    emit_guess,
    emit_load,
    emit_number,
    emit_store,
    operation,
    shuffled,
)

TILE_ROWS = 4
PANEL = 4 if LANES == 16 else 2  # vectors; a processor without AVX-512 has half as many registers
INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# NB: of both, or else a function would inherit it from the one that calls it
fast, inlined = (numba.njit(**INNER, forceinline=inline) for inline in (False, True))


def emit_tile(builder, accumulators):
    """A tile of these accumulators."""
    tile = ir.Constant(ir.ArrayType(FLOATS, len(accumulators)), ir.Undefined)
    for i, a in enumerate(accumulators):
        tile = builder.insert_value(tile, a, i)
    return tile


def offset(builder, at, step, i):
    """The address of row i."""
    return builder.add(at, builder.mul(step, I64(i)))


def make_tile(rows, vectors):
    """A function (b, x, w, start, y, n_in) that sets a tile of y to start + x w.

    x: (where it begins, how far rows are apart, how far columns are apart)
    w, start, y: (where it begins, how far rows are apart)
    """
    places = [(i, j) for i in range(rows) for j in range(vectors)]

    def emit_begin(builder, b, at, step):
        begins = [builder.add(offset(builder, at, step, i), I64(LANES * j)) for i, j in places]
        return emit_tile(builder, [emit_load(builder, b, begin) for begin in begins])

    def emit_step(builder, tile, b, x, x_step, w):
        row = [emit_load(builder, b, builder.add(w, I64(LANES * j))) for j in range(vectors)]
        entries = [emit_number(builder, b, offset(builder, x, x_step, i)) for i in range(rows)]
        entries = [emit_broadcast(builder, entry) for entry in entries]
        sums = [builder.extract_value(tile, k) for k in range(len(places))]
        return emit_tile(
            builder, [emit_fma(builder, entries[i], row[j], s) for s, (i, j) in zip(sums, places)]
        )

    def emit_end(builder, tile, b, at, step):
        for k, (i, j) in enumerate(places):
            begin = builder.add(offset(builder, at, step, i), I64(LANES * j))
            emit_store(builder, b, begin, builder.extract_value(tile, k))

    kind = types.UniTuple(VECTOR, len(places))
    begin, step = operation(3, kind, emit_begin), operation(5, kind, emit_step)
    end = operation(4, types.void, emit_end)

    @fast
    def multiply(b, x, w, start, y, n_in):
        tile = begin(b, start[0], start[1])
        for k in range(n_in):
            tile = step(tile, b, x[0] + k * x[2], x[1], w[0] + k * w[1])
        end(tile, b, y[0], y[1])

    return multiply


def make_panel(vectors):
    """The same for n rows, and as many more as there have to be to fill the last tile."""
    multiply = make_tile(TILE_ROWS, vectors)

    @fast
    def panel(b, x, w, start, y, n, n_in):
        for t in range(0, n, TILE_ROWS):
            x_t, start_t = x[0] + t * x[1], start[0] + t * start[1]
            multiply(b, (x_t, x[1], x[2]), w, (start_t, start[1]), (y[0] + t * y[1], y[1]), n_in)

    return panel


if PANEL == 4:
    panel1, panel2, panel3, panel4 = (make_panel(vectors) for vectors in (1, 2, 3, 4))

    @fast
    def panel_of(vectors, b, x, w, start, y, n, n_in):
        if vectors == 4:
            panel4(b, x, w, start, y, n, n_in)
        elif vectors == 3:
            panel3(b, x, w, start, y, n, n_in)
        elif vectors == 2:
            panel2(b, x, w, start, y, n, n_in)
        else:
            panel1(b, x, w, start, y, n, n_in)
else:
    panel1, panel2 = make_panel(1), make_panel(2)

    @fast
    def panel_of(vectors, b, x, w, start, y, n, n_in):
        if vectors == 2:
            panel2(b, x, w, start, y, n, n_in)
        else:
            panel1(b, x, w, start, y, n, n_in)


@fast
def product(b, x, w, start, y, n, n_in, vectors):
    """Sets y (n, LANES · vectors) to start + x w, from x (n, n_in) and w (n_in, LANES · vectors).

    Rows of y after the last are overwritten too, up to a multiple of TILE_ROWS.
    """
    for j in range(0, vectors, PANEL):
        c = j * LANES
        w_j, start_j, y_j = (w[0] + c, w[1]), (start[0] + c, start[1]), (y[0] + c, y[1])
        panel_of(min(PANEL, vectors - j), b, x, w_j, start_j, y_j, n, n_in)


@fast
def linear(b, x, w, start, y, n, n_in, vectors):
    """The same, for a matrix of weights that begins at w, in panels."""
    for j in range(0, vectors, PANEL):
        c, width = j * LANES, min(PANEL, vectors - j)
        w_j, start_j, y_j = (
            (w + c * n_in, width * LANES),
            (start[0] + c, start[1]),
            (y[0] + c, y[1]),
        )
        panel_of(width, b, (x[0], x[1], 1), w_j, start_j, y_j, n, n_in)


# Blocks of LANES x LANES


def rows_of(builder, block):
    """The vectors of a block."""
    return [builder.extract_value(block, j) for j in range(LANES)]


def emit_load_block(builder, b, at, step):
    begins = [offset(builder, at, step, j) for j in range(LANES)]
    return emit_tile(builder, [emit_load(builder, b, begin) for begin in begins])


def emit_store_block(builder, block, b, at, step):
    for j, row in enumerate(rows_of(builder, block)):
        emit_store(builder, b, offset(builder, at, step, j), row)


def emit_outer(builder, block, b, dy, x):
    entries = [emit_number(builder, b, builder.add(dy, I64(j))) for j in range(LANES)]
    entries = [emit_broadcast(builder, entry) for entry in entries]
    sums = zip(entries, rows_of(builder, block))
    return emit_tile(builder, [emit_fma(builder, entry, x, row) for entry, row in sums])


def emit_turned(builder, block):
    """The transpose, in rounds that exchange parts of vectors."""
    rows, lanes, width = rows_of(builder, block), range(LANES), LANES // 2
    while width:
        low = [lane if not lane & width else LANES + (lane ^ width) for lane in lanes]
        high = [lane ^ width if not lane & width else LANES + lane for lane in lanes]
        for i in range(LANES):
            if not i & width:
                x, y = rows[i], rows[i | width]
                rows[i] = shuffled(builder, x, y, low)
                rows[i | width] = shuffled(builder, x, y, high)
        width //= 2
    return emit_tile(builder, rows)


def emit_sgd(builder, slopes, b, w, step, rate):
    """The weights p at w, moved by rate · their slopes; rows are `step` apart."""
    moved = []
    for j, slope in enumerate(rows_of(builder, slopes)):
        p = emit_load(builder, b, offset(builder, w, step, j))
        moved.append(emit_fma(builder, rate, slope, p))
    return emit_tile(builder, moved)


def emit_adam(builder, slopes, b, w, step, span, rate, eps):
    """The weights p at w, moved by rate · m / (2 √v + eps): see `updates.corrected`.

    m and v, brought up to date, stand two and three spans further on. NB: they are kept without
    the factors 1 - beta. For the root see `vectors.emit_inverse_root`.
    """
    moved, tiny = [], constant(1e-36)  # v is never 0, which has no inverse root
    for j, slope in enumerate(rows_of(builder, slopes)):
        at = offset(builder, w, step, j)
        at_m, at_v = offset(builder, at, span, 2), offset(builder, at, span, 3)
        m = emit_fma(builder, constant(0.85), emit_load(builder, b, at_m), slope)
        v = emit_fma(builder, slope, slope, tiny)
        v = emit_fma(builder, constant(0.99), emit_load(builder, b, at_v), v)
        emit_store(builder, b, at_m, m)
        emit_store(builder, b, at_v, v)
        guess = emit_guess(builder, v)
        root = builder.fmul(v, guess)
        twice = emit_fma(builder, builder.fneg(root), guess, constant(3.0))
        ratio = builder.fdiv(m, emit_fma(builder, root, twice, eps))
        moved.append(emit_fma(builder, rate, ratio, emit_load(builder, b, at)))
    return emit_tile(builder, moved)


BLOCK = types.UniTuple(VECTOR, LANES)
load_block = operation(3, BLOCK, emit_load_block)  # (b, at, step): rows are so many floats apart
store_block = operation(4, types.void, emit_store_block)  # (block, b, at, step)
outer = operation(4, BLOCK, emit_outer)  # the block plus dy (LANES,) times x (LANES,)
turned = operation(1, BLOCK, emit_turned)
sgd = operation(5, BLOCK, emit_sgd)
adam = operation(7, BLOCK, emit_adam)


@fast
def transpose(b, source, source_step, target, target_step, n, m):
    """Writes the transpose of a matrix (n, m), both filled up to whole blocks."""
    for i in range(0, n, LANES):
        for j in range(0, m, LANES):
            block = load_block(b, source + i * source_step + j, source_step)
            store_block(turned(block), b, target + j * target_step + i, target_step)
