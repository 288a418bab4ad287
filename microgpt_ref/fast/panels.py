"""Matrices of weights in the block of memory, in panels: PANEL vectors of columns at a time.

A panel stands row by row, and the next begins after it, so that a tile of a product reads what
stands together. wte and wpe, of which single rows are read, are one panel each.
"""

import numpy as np

from microgpt_ref.fast.tiles import PANEL, fast
from microgpt_ref.fast.vectors import LANES


@fast
def panel_place(column, row, n_columns, n_rows):
    """Where a row of a matrix in panels has a column, and how far rows are apart there."""
    panel = column // (PANEL * LANES) * PANEL * LANES
    width = min(PANEL * LANES, n_columns - panel)
    return panel * n_rows + row * width + column - panel, width


def places(at, vocab_size):
    """Where a model's matrices stand, by name: begin, rows, columns, first row (or None), shape.

    The first row is None for a matrix in one panel.
    """
    n, d, f = at.n_embd, at.d, at.f
    found = {
        "wte": (at.wte, vocab_size, d, None, (vocab_size, n)),
        "wpe": (at.wpe, at.n, d, None, (at.n, n)),
        "lm_head": (at.lm, at.v, d, 0, (vocab_size, n)),
    }
    for i in range(at.n_layer):
        w = i * at.layer
        for k, name in enumerate(("wq", "wk", "wv")):
            found[f"layer{i}.{name}"] = (at.qkv + w, 3 * d, d, k * d, (n, n))
        found[f"layer{i}.wo"] = (at.wo + w, d, d, 0, (n, n))
        found[f"layer{i}.fc1"] = (at.fc1 + w, f, d, 0, (4 * n, n))
        found[f"layer{i}.fc2"] = (at.fc2 + w, d, f, 0, (n, 4 * n))
    return found


def views(block, place):
    """The parts of a matrix, as views of the block, and which of its columns each holds."""
    begin, n_rows, n_columns, first, (rows, columns) = place
    size = n_columns if first is None else PANEL * LANES
    for column in range(0, n_columns, size):
        width = min(size, n_columns - column)
        start = begin + column * n_rows + (first or 0) * width
        view = block[start : start + rows * width].reshape(rows, width)
        wanted = slice(column, min(column + width, columns))
        yield view[:, : max(0, wanted.stop - column)], wanted


def put(block, place, matrix):
    """Write a matrix where it stands in the block."""
    for view, columns in views(block, place):
        view[:] = np.array(matrix, np.float32).reshape(place[-1])[:, columns]


def taken(block, place):
    """A matrix from the block, as lists of floats."""
    return np.concatenate([view for view, _ in views(block, place)], 1).tolist()
