"""What stands where in the block of memory that is all the state of the engine `simd`.

The plan says it, in floats from the beginning. Sizes are those of the model, filled up to whole
vectors: d n_embd, f 4 n_embd, v the vocabulary, n the longest document. `d_line` and the like are
how far rows of such a width are apart.
"""

from types import SimpleNamespace

import numpy as np

from microgpt_ref.fast.vectors import LANES, LOW

SHORT = 16  # positions of a document that attention goes through in another way: see `short`
FEWEST_ROWS = 128  # that go through the network together, where there are as many


class Room:
    """Hands out places in the block of memory, one after another."""

    def __init__(self, at):
        self.at, self.end = at, 0

    def take(self, **floats):
        """Say in the plan where places of so many floats begin, by name."""
        for name, count in floats.items():
            setattr(self.at, name, self.end)
            self.skip(count)

    def skip(self, floats):
        """Leave room for so many floats, in whole lines of the cache: 16 floats each."""
        self.end += filled_up(floats, 16)


def filled_up(n, whole=LANES):
    """The next multiple of `whole`."""
    return -(-n // whole) * whole


def far_apart(width):
    """How many floats apart rows of a width are: an odd number of lines of the cache if many.

    Rows a power of 2 apart would share a few places of the cache, and push each other out of it.
    """
    return width + 16 if width > 64 and width // 16 % 2 == 0 else width


def new_plan(settings, vocab_size):
    """The plan for a model's settings: a record, as compiled code reads it."""
    at = sizes(settings, vocab_size)
    room = Room(at)
    room.take(zeros=max(at.f, 3 * at.d, at.v), mask=at.v, causal=LANES * LANES)
    room.take(mean=SHORT * LANES)
    take_weights(room, at)
    take_activations(room, at)
    take_slopes(room, at)
    at.total = room.end
    plan = np.recarray(1, [(name, np.int64) for name in vars(at)])
    for name, place in vars(at).items():
        plan[name] = place
    return plan[0]


def sizes(settings, vocab_size):
    """The sizes, to which the places come; `still` and `next` are how far columns are apart."""
    n_embd, n = settings.n_embd, settings.block_size
    at = SimpleNamespace(n_layer=settings.n_layer, n_head=settings.n_head, n_embd=n_embd)
    at.head_size = n_embd // settings.n_head
    at.d, at.f, at.v = (filled_up(size) for size in (n_embd, 4 * n_embd, vocab_size))
    at.d_line, at.qkv_line, at.f_line, at.v_line = map(far_apart, (at.d, 3 * at.d, at.f, at.v))
    at.n, at.rows = n, max(n, FEWEST_ROWS)
    at.still, at.next = 0, 1
    return at


def take_weights(room, at):
    """Weights, then their gradient, Adam's m and v, and the transposed matrices.

    The gradient of a weight stands one `span` after it, m two, v three; a matrix stands `turned`
    after the one of which it is the transpose.
    """
    d, f = at.d, at.f
    begin = room.end
    room.take(wte=at.v * d, wpe=filled_up(at.n) * d, lm=at.v * d)
    layer = room.end
    room.take(qkv=3 * d * d, wo=d * d, fc1=f * d, fc2=d * f)
    at.layer = room.end - layer
    room.skip((at.n_layer - 1) * at.layer)
    at.span = room.end - begin
    room.skip(3 * at.span)
    at.turned = room.end - at.lm
    room.skip(begin + at.span - at.lm)


def take_activations(room, at):
    """What the way forward leaves for the way back: those of a layer stand one `kept` further on.

    NB: 16 rows more than needed, since what is done with the rows of a document, a tile or a
    block at a time, runs over its end.
    """
    many, d_line = at.rows + 16, at.d_line
    room.take(x0=many * d_line, s0=many * LANES, logits=many * at.v_line)
    start = room.end
    room.take(**dict.fromkeys(("x", "y", "heads", "mid", "z"), many * d_line))
    room.take(s=many * LANES, r=many * LANES, qkvs=many * at.qkv_line, hidden=many * at.f_line)
    squares = at.n_head * (at.rows + 4) * widest(at)
    room.take(p=max(squares, at.rows * SHORT * at.d))
    room.take(p_sum=max(at.n_head, at.d) * at.rows * (1 + LANES))
    at.kept = room.end - start
    room.skip(at.n_layer * at.kept)  # x has one place more than there are layers


def take_slopes(room, at):
    """Gradients of activations, and the matrices of a document's attention, transposed."""
    many = at.rows + 16
    room.take(dx=many * at.d_line, dy=many * at.d_line)
    room.take(dqkv=many * at.qkv_line, dhidden=many * at.f_line)
    columns = ("qt", "ht", "dot", "dqt", "kt", "vt")
    room.take(**dict.fromkeys(columns, (at.d + 4) * widest(at)))
    room.take(**dict.fromkeys(("pt", "ds", "dst"), (widest(at) + 4) * widest(at)))


def widest(at):
    """How far rows of positions are apart at most."""
    return filled_up(at.n) + 16


def new_block(plan, vocab_size):
    """The block of memory, all 0 but for what masks tokens and positions that there are not."""
    whole = np.zeros(plan.total + 16, np.float32)
    begin = -whole.ctypes.data % 64 // 4  # the first address that 64 divides
    block = whole[begin : begin + plan.total]
    block[plan.mask + vocab_size : plan.mask + plan.v] = LOW
    causal = np.tril(np.full((LANES, LANES), LOW, np.float32), -1)
    block[plan.causal : plan.causal + LANES * LANES] = causal.ravel()
    return block
