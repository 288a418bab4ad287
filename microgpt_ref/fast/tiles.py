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
    emit_broadcast,
    emit_fma,
    emit_load,
    emit_number,
    emit_store,
    load,
    operation,
    shuffled,
)

TILE_ROWS = 4
PANEL = 4 if LANES == 16 else 2  # vectors; a processor without AVX-512 has half as many registers
fast = numba.njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


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


def emit_transpose(builder, b, source, source_step, target, target_step):
    """Writes the transpose of a block, in rounds that exchange parts of vectors."""
    rows = [emit_load(builder, b, offset(builder, source, source_step, i)) for i in range(LANES)]
    width = LANES // 2
    while width:
        lanes = range(LANES)
        low = [lane if not lane & width else LANES + (lane ^ width) for lane in lanes]
        high = [lane ^ width if not lane & width else LANES + lane for lane in lanes]
        for i in range(LANES):
            if not i & width:
                x, y = rows[i], rows[i | width]
                rows[i] = shuffled(builder, x, y, low)
                rows[i | width] = shuffled(builder, x, y, high)
        width //= 2
    for i, row in enumerate(rows):
        emit_store(builder, b, offset(builder, target, target_step, i), row)


def emit_outer(builder, tile, b, dy, x):
    entries = [emit_number(builder, b, builder.add(dy, I64(j))) for j in range(LANES)]
    sums = [
        emit_fma(builder, emit_broadcast(builder, entry), x, builder.extract_value(tile, j))
        for j, entry in enumerate(entries)
    ]
    return emit_tile(builder, sums)


def emit_rows(builder, tile, b, at, step):
    for j in range(LANES):
        emit_store(builder, b, offset(builder, at, step, j), builder.extract_value(tile, j))


def emit_block(builder, b, at, step):
    begins = [offset(builder, at, step, j) for j in range(LANES)]
    return emit_tile(builder, [emit_load(builder, b, begin) for begin in begins])


BLOCK = types.UniTuple(VECTOR, LANES)
load_block = operation(3, BLOCK, emit_block)
store_block = operation(4, types.void, emit_rows)
outer = operation(4, BLOCK, emit_outer)  # the block plus dy (LANES,) times x (LANES,)


@fast
def add_outer(b, dy, x, start, target, n):
    """Sets the block at `target` to the one at `start` plus dyᵀ x, from n rows of both.

    All four are (where it begins, how far rows are apart).
    """
    block = load_block(b, start[0], start[1])
    for t in range(n):
        block = outer(block, b, dy[0] + t * dy[1], load(b, x[0] + t * x[1]))
    store_block(block, b, target[0], target[1])


transpose_block = operation(5, types.void, emit_transpose)
