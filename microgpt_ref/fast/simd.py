"""Machine code from explicit vectors, towards what one core can do: for engineers.

Plain loops leave it to the compiler what becomes a vector instruction. Here a number of the
program is a vector, one register of the processor, and rows are filled up with zeros to whole
vectors. Sizes are arguments of the code, not part of it: it's compiled once on a machine, for
models of all sizes.

All documents of a step stand one under another, as many as fit into `rows` rows, so that a product
of matrices has many rows. Only attention goes through them one by one.

For the formulas see `numpy`; names are as there, n rows being what is there called T or N. To read
on, from the whole to its parts: `passes` goes through the network, `attention` (and `short`),
`rowwise` and `updates` do its steps, `tiles` and `vectors` say what a product and a vector are, and
`layout` and `panels` where all of it stands in memory.
"""

import hashlib
from pathlib import Path

import numpy as np

from microgpt_ref.fast.compiled import GRADIENT, MachineCodeEngine, is_compiled, kept
from microgpt_ref.fast.layout import new_block, new_plan
from microgpt_ref.fast.panels import places, put, taken
from microgpt_ref.fast.passes import backward, forward
from microgpt_ref.fast.rowwise import cross_entropy
from microgpt_ref.fast.tiles import inlined
from microgpt_ref.fast.updates import (
    FIRST,
    LAST,
    clear_embeddings,
    corrected,
    move_embeddings,
    turn_all,
)
from microgpt_ref.fast.vectors import FLUSHED, set_mode

# the modules of which `run` is made, beside this one
PARTS = ("attention", "compiled", "layout", "panels", "passes", "rowwise", "short", "tiles")
PARTS += ("updates", "vectors")


@inlined
def fill(at, tokens, starts, document, most, rows):
    """Puts documents into the rows, from this one on, while there's room: how many, at most `most`.

    rows: each row's token, its position in its document, and its target; and the first row of each
        document, with the number of all rows after them
    """
    ids, places, targets, begins = rows
    n = 0
    for k in range(most):
        i = (document + k) % (len(starts) - 1)
        start, length = starts[i], starts[i + 1] - starts[i] - 1
        if n + length > at.rows:
            return k
        for t in range(length):
            ids[n + t], places[n + t] = tokens[start + t], t
            targets[n + t] = tokens[start + t + 1]
        n += length
        begins[k + 1] = n
    return most


def build(sources):
    """The function `run`, which is kept on the disk; sources: changes when its modules do."""

    def run(b, at, tokens, starts, batch, step, updates, kind, rates):
        """Losses of the steps from `step` on, to the first that is no number.

        tokens, starts: document i is tokens[starts[i] : starts[i + 1]]
        """
        _ = sources  # a change of it is one of the function
        ids, places = np.zeros(at.rows, np.int64), np.zeros(at.rows, np.int64)
        targets, begins = np.zeros(at.rows, np.int64), np.zeros(at.rows + 1, np.int64)
        rows, losses = (ids, places, targets, begins), np.zeros(len(rates))
        mode = set_mode(FLUSHED)
        turn_all(b, at)
        clear_embeddings(b, at)
        for k in range(len(rates)):
            two_rates, done = corrected(rates[k], kind, updates + k), 0
            while done < batch:
                document, state = (step + k) * batch + done, 0 if done else FIRST
                count = fill(at, tokens, starts, document, batch - done, rows)
                ends, n = begins[: count + 1], begins[count]
                forward(b, at, ids, places, ends, n)
                for i in range(count):
                    t, length = begins[i], begins[i + 1] - begins[i]
                    loss = cross_entropy(b, at, t, targets[t:], 1 / batch, length)
                    losses[k] += loss / batch
                done += count
                state += LAST if done == batch else 0
                backward(b, at, ids, places, ends, n, (state, kind, two_rates))
            if kind != GRADIENT:
                move_embeddings(b, at, kind, two_rates)
            if not np.isfinite(losses[k]):
                losses = losses[: k + 1]
                break
        set_mode(mode)
        return losses

    return kept(run)


def digest():
    """A number that changes when the code does of which `run` is made."""
    files = [Path(__file__), *(Path(__file__).with_name(f"{name}.py") for name in PARTS)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


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
        self.plan = new_plan(self.settings, self.vocab_size)
        self.block = new_block(self.plan, self.vocab_size)
        self.places = places(self.plan, self.vocab_size)
        for name, place in self.places.items():
            put(self.block, place, model.weights[name])

    def call(self, documents, batch, first, kind, rates):
        steps = batch, first, self.updates, kind, np.array(rates)
        return run(self.block.ctypes.data, self.plan, *documents, *steps).tolist()

    def gradients(self):
        return self.matrices(self.block[self.plan.span :])

    def weights(self):
        return self.matrices(self.block)

    def matrices(self, block):
        """Those by name, as lists, that stand in a block where the weights do in the whole one."""
        return {name: taken(block, place) for name, place in self.places.items()}

    def state(self):
        start, size = self.plan.wte, self.plan.span
        moments = self.block[start + 2 * size : start + 4 * size]
        return self.updates, self.block[start : start + size].copy(), moments.copy()

    def restore(self, state):
        start, size = self.plan.wte, self.plan.span
        self.updates, self.block[start : start + size], moments = state
        self.block[start + 2 * size : start + 4 * size] = moments
