"""Machine code from explicit vectors, towards what one core can do: for engineers.

Plain loops leave it to the compiler what becomes a vector instruction. Here a number of the
program is a vector of 16 floats, one register of a processor with AVX-512; on others LLVM makes
two or four of it. The whole model is laid out for that: n_embd 16 is one vector, 3 n_embd three,
and the vocabulary, filled up with zeros, two. All state is one block of memory, aligned to 64
bytes, and an address is a number of floats from its beginning `b`.

Most of the work is sums of products. They stay in registers, in *tiles*: as many accumulators as
keep the processor's two units for multiply-and-add busy while each waits four cycles for its last
result. The loops over a tile are Python's, and run while this is compiled.

    the step, for n positions            multiply-and-adds, of 16 numbers each
    forward                              n (48 + 16 + 64 + 64 + 32) = 224 n
    backward to the inputs               as many again
    backward to the weights              as many again

For the formulas see `numpy`; names are as there.
"""

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model

from microgpt_ref.fast.compiled import ADAM, SGD, MachineCodeEngine

LANES = 16
LN2 = 0.6931471805599453
MOST_TOKENS, MOST_BATCH = 32, 64

# A vector type for Numba, and operations on it


class VectorType(types.Type):
    """16 floats."""

    def __init__(self):
        super().__init__("vector16")


VECTOR = VectorType()
F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
FLOATS, INTEGERS = ir.VectorType(F32, LANES), ir.VectorType(I32, LANES)
FUSED = ("contract",)  # a multiplication and an addition may be one instruction


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """It is LLVM's own vector type."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, FLOATS)


# an intrinsic has to have as many parameters as it is called with
ARITY = {
    0: lambda typed: lambda typingctx: typed(),
    1: lambda typed: lambda typingctx, a: typed(a),
    2: lambda typed: lambda typingctx, a, b: typed(a, b),
    3: lambda typed: lambda typingctx, a, b, c: typed(a, b, c),
    4: lambda typed: lambda typingctx, a, b, c, d: typed(a, b, c, d),
    5: lambda typed: lambda typingctx, a, b, c, d, e: typed(a, b, c, d, e),
    6: lambda typed: lambda typingctx, a, b, c, d, e, f: typed(a, b, c, d, e, f),
}


def operation(arity, returns, emit):
    """A function for compiled code: emit(builder, *arguments) writes its LLVM instructions.

    Whole numbers arrive with 64 bits, fractions with 32.
    """

    def typed(*kinds):
        def generate(context, builder, signature, values):
            ready = [as_wanted(context, builder, v, kind) for v, kind in zip(values, kinds)]
            result = emit(builder, *ready)
            return context.get_dummy_value() if result is None else result

        return returns(*kinds), generate

    return intrinsic(ARITY[arity](typed))


def as_wanted(context, builder, value, kind):
    """A whole number with 64 bits, a fraction with 32, and anything else as it is."""
    if isinstance(kind, types.Integer):
        return context.cast(builder, value, kind, types.int64)
    if isinstance(kind, types.Float):
        return context.cast(builder, value, kind, types.float32)
    return value


def pointer(builder, b, at, kind):
    """The pointer to what stands `at` so many floats from the address b."""
    address = builder.add(b, builder.shl(at, I64(2)))
    return builder.inttoptr(address, ir.PointerType(kind))


def emit_load(builder, b, at):
    return builder.load(pointer(builder, b, at, FLOATS), align=64, typ=FLOATS)


def emit_store(builder, b, at, x):
    builder.store(x, pointer(builder, b, at, FLOATS), align=64)


def emit_number(builder, b, at):
    return builder.load(pointer(builder, b, at, F32), align=4, typ=F32)


def emit_set_number(builder, b, at, number):
    builder.store(number, pointer(builder, b, at, F32), align=4)


def shuffled(builder, x, y, order):
    """The numbers of x (0 to 15) and y (16 to 31) in another order."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, LANES), order))


def emit_broadcast(builder, number):
    empty = ir.Constant(FLOATS, ir.Undefined)
    first = builder.insert_element(empty, number, I32(0))
    return shuffled(builder, first, empty, [0] * LANES)


def constant(number):
    """A vector of 16 times the same number."""
    return ir.Constant(FLOATS, [number] * LANES)


def emit_fma(builder, x, y, z):
    return builder.fadd(builder.fmul(x, y, flags=FUSED), z, flags=FUSED)


def emit_call(builder, name, x):
    """What LLVM's own function of that name makes of a vector."""
    kind = ir.FunctionType(FLOATS, [FLOATS])
    return builder.call(get_or_insert_function(builder.module, kind, f"llvm.{name}.v16f32"), [x])


def emit_max(builder, x, y):
    return builder.select(builder.fcmp_unordered(">", x, y), x, y)  # NaN stays what it is


def emit_where_positive(builder, x, y):
    return builder.select(builder.fcmp_ordered(">", x, constant(0.0)), y, constant(0.0))


def folded(builder, x, combine, distances):
    """x combined with copies of itself whose lanes are exchanged over some distances."""
    for distance in distances:
        order = [lane ^ distance for lane in range(LANES)]
        x = combine(builder, x, shuffled(builder, x, x, order))
    return x


def emit_add(builder, x, y):
    return builder.fadd(x, y)


def emit_exp(builder, x):
    """e^x = 2^n 2^f with x / ln 2 = n + f, f from -1/2 to 1/2: a series in f, and n as exponent.

    NB: x is kept within -60 and 88, so that e^x is no smaller than 1e-26 and no product of it gets
    too small for float32, where processors count a hundred times more slowly.
    """
    x = builder.select(builder.fcmp_unordered(">", x, constant(-60.0)), x, constant(-60.0))
    x = builder.select(builder.fcmp_unordered("<", x, constant(88.0)), x, constant(88.0))
    scaled = builder.fmul(x, constant(1 / LN2))
    whole = emit_call(builder, "rint", scaled)
    f = builder.fsub(scaled, whole)
    series = constant(LN2**6 / 720)
    for k, factorial in ((5, 120), (4, 24), (3, 6), (2, 2), (1, 1), (0, 1)):
        series = emit_fma(builder, series, f, constant(LN2**k / factorial))
    exponent = builder.shl(builder.fptosi(whole, INTEGERS), ir.Constant(INTEGERS, [23] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(series, INTEGERS), exponent), FLOATS)


load = operation(2, VECTOR, emit_load)  # (b, at): the vector there
store = operation(3, types.void, emit_store)  # (b, at, x)
number = operation(2, types.float32, emit_number)  # (b, at): the number there
set_number = operation(3, types.void, emit_set_number)  # (b, at, number)
broadcast = operation(1, VECTOR, emit_broadcast)
fma = operation(3, VECTOR, emit_fma)  # x y + z
add = operation(2, VECTOR, emit_add)
sub = operation(2, VECTOR, lambda builder, x, y: builder.fsub(x, y))
mul = operation(2, VECTOR, lambda builder, x, y: builder.fmul(x, y))
div = operation(2, VECTOR, lambda builder, x, y: builder.fdiv(x, y))
sqrt = operation(1, VECTOR, lambda builder, x: emit_call(builder, "sqrt", x))
exp = operation(1, VECTOR, emit_exp)
largest = operation(2, VECTOR, emit_max)
where_positive = operation(2, VECTOR, emit_where_positive)  # y where x is positive, else 0
# sums, and the largest, of all 16 lanes or of each 4, the lanes of one head, in all of the lanes
sum16 = operation(1, VECTOR, lambda builder, x: folded(builder, x, emit_add, (8, 4, 2, 1)))
sum4 = operation(1, VECTOR, lambda builder, x: folded(builder, x, emit_add, (1, 2)))
max16 = operation(1, VECTOR, lambda builder, x: folded(builder, x, emit_max, (8, 4, 2, 1)))


def emit_transpose(builder, b, source, source_step, target, target_step):
    """Writes the transpose of 16 vectors, in four rounds that exchange blocks of lanes."""
    rows = [
        emit_load(builder, b, builder.add(source, builder.mul(source_step, I64(i))))
        for i in range(LANES)
    ]
    for width in (8, 4, 2, 1):
        low = [lane if not lane & width else 16 + (lane ^ width) for lane in range(LANES)]
        high = [lane ^ width if not lane & width else 16 + lane for lane in range(LANES)]
        for i in range(LANES):
            if not i & width:
                x, y = rows[i], rows[i | width]
                rows[i] = shuffled(builder, x, y, low)
                rows[i | width] = shuffled(builder, x, y, high)
    for i, row in enumerate(rows):
        emit_store(builder, b, builder.add(target, builder.mul(target_step, I64(i))), row)


transpose16 = operation(5, types.void, emit_transpose)


# Tiles


def tile_of(count):
    """The type of a tile: so many accumulators."""
    return types.UniTuple(VECTOR, count)


def emit_tile(builder, accumulators):
    """A tile of these accumulators."""
    tile = ir.Constant(ir.ArrayType(FLOATS, len(accumulators)), ir.Undefined)
    for i, a in enumerate(accumulators):
        tile = builder.insert_value(tile, a, i)
    return tile


def make_linear(n_in, vectors, splits):
    """A function (b, x, x_step, w, y, n) that sets y (n, 16 · vectors) to x Wᵀ.

    The rows of x are x_step floats apart; w is where Wᵀ (n_in, 16 · vectors) stands. Tiles have 4,
    2 or 1 rows; splits: into how many partial sums each of them cuts the sum over the inputs.
    """
    parts = [make_tile(rows, n_in, vectors, split) for rows, split in zip((4, 2, 1), splits)]
    four, two, one = parts

    @numba.njit(error_model="numpy")
    def linear(b, x, x_step, w, y, n):
        t = 0
        while t + 4 <= n:
            four(b, x + t * x_step, x_step, w, y + t * 16 * vectors)
            t += 4
        if t + 2 <= n:
            two(b, x + t * x_step, x_step, w, y + t * 16 * vectors)
            t += 2
        if t < n:
            one(b, x + t * x_step, x_step, w, y + t * 16 * vectors)

    return linear


def make_tile(rows, n_in, vectors, split):
    """A function (b, x, x_step, w, y) that does as `linear` for some rows."""
    size = rows * vectors * split

    def emit_step(builder, tile, b, x, x_step, w):
        sums = [builder.extract_value(tile, i) for i in range(size)]
        for part in range(split):
            w_part = builder.add(w, I64(part * 16 * vectors))
            row = [emit_load(builder, b, builder.add(w_part, I64(16 * j))) for j in range(vectors)]
            for i in range(rows):
                at = builder.add(x, builder.add(builder.mul(x_step, I64(i)), I64(part)))
                entry = emit_broadcast(builder, emit_number(builder, b, at))
                for j in range(vectors):
                    k = (part * rows + i) * vectors + j
                    sums[k] = emit_fma(builder, entry, row[j], sums[k])
        return emit_tile(builder, sums)

    def emit_end(builder, tile, b, y):
        sums = [builder.extract_value(tile, i) for i in range(size)]
        whole = rows * vectors
        for k in range(whole):
            for part in range(1, split):
                sums[k] = builder.fadd(sums[k], sums[part * whole + k])
            emit_store(builder, b, builder.add(y, I64(16 * k)), sums[k])

    begin = operation(0, tile_of(size), lambda builder: emit_tile(builder, [constant(0.0)] * size))
    step = operation(5, tile_of(size), emit_step)
    end = operation(3, types.void, emit_end)

    @numba.njit(error_model="numpy")
    def multiply(b, x, x_step, w, y):
        tile = begin()
        for k in range(0, n_in, split):
            tile = step(tile, b, x + k, x_step, w + k * 16 * vectors)
        end(tile, b, y)

    return multiply


def emit_outer(builder, tile, b, dy, x):
    entries = [emit_number(builder, b, builder.add(dy, I64(j))) for j in range(LANES)]
    sums = [
        emit_fma(builder, emit_broadcast(builder, entry), x, builder.extract_value(tile, j))
        for j, entry in enumerate(entries)
    ]
    return emit_tile(builder, sums)


def emit_rows(builder, tile, b, at, step):
    for j in range(LANES):
        row = builder.add(at, builder.mul(step, I64(j)))
        emit_store(builder, b, row, builder.extract_value(tile, j))


def emit_zeros(builder):
    return emit_tile(builder, [constant(0.0)] * LANES)


zeros16 = operation(0, tile_of(LANES), emit_zeros)
outer = operation(4, tile_of(LANES), emit_outer)  # the tile plus dy (16,) times x (16,)
store_rows = operation(4, types.void, emit_rows)
fast = numba.njit(error_model="numpy")


@fast
def weight_gradient(b, dy, dy_step, x, x_step, n, at, step):
    """Sets 16 rows of dW, which begin at `at` and are `step` apart, to the sum of dyᵀ x."""
    tile = zeros16()
    for t in range(n):
        tile = outer(tile, b, dy + t * dy_step, load(b, x + t * x_step))
    store_rows(tile, b, at, step)


# What stands where, in floats from the beginning


class Room:
    """Hands out places in the block of memory, one after another."""

    def __init__(self):
        self.end = 0

    def take(self, floats):
        """Where a place of so many floats begins."""
        start = self.end
        self.end += (floats + 15) // 16 * 16
        return start


room = Room()
# NB: 80 floats more than needed, since places a multiple of 4,096 bytes apart get into each
# other's way in the processor's cache
ROWS = MOST_BATCH * 16
WTE, WPE, LM = (room.take(n * 16) for n in (MOST_TOKENS, 16, MOST_TOKENS))
QKV_W, WO, FC1, FC2 = (room.take(n * 256) for n in (3, 1, 4, 4))
SIZE = room.end  # of the weights; gradient and Adam's moments have the same places, further on
G, M, V2 = (room.take(SIZE) for _ in range(3))
LM_T, QKV_T, WO_T, FC1_T, FC2_T = (room.take(n * 256) for n in (2, 3, 1, 4, 4))
MASK = room.take(MOST_TOKENS)  # 0 for a token that there is, else very low
X0, S0, Y, S, HEADS, MID, Z, R, X1 = (room.take(ROWS * 16 + 80) for _ in range(9))
QKV, DQKV = (room.take(ROWS * 48 + 80) for _ in range(2))
HIDDEN, DHIDDEN = (room.take(ROWS * 64 + 80) for _ in range(2))
LOGITS = room.take(ROWS * 32 + 80)
DX, DMID, DHEADS, DY = (room.take(ROWS * 16 + 80) for _ in range(4))
P, P_SUM, MEAN = room.take(256 * 16), room.take(256), room.take(256)
TOTAL = room.end

to_qkv, to_embd = make_linear(16, 3, (1, 1, 2)), make_linear(16, 1, (2, 4, 4))
to_hidden, from_hidden = make_linear(16, 4, (1, 1, 2)), make_linear(64, 1, (4, 4, 8))
to_logits, from_logits = make_linear(16, 2, (1, 2, 4)), make_linear(32, 1, (4, 4, 8))
from_qkv = make_linear(48, 1, (4, 4, 8))


@fast
def inverse_root(x):
    """(mean(x²) + 1e-5)^(-1/2) in all lanes."""
    mean = mul(sum16(mul(x, x)), broadcast(1 / 16))
    return div(broadcast(1.0), sqrt(add(mean, broadcast(1e-5))))


@fast
def norm_backward(dy, y, s):
    """dx = s (dy - y mean(dy y))."""
    return mul(s, sub(dy, mul(y, mul(sum16(mul(dy, y)), broadcast(1 / 16)))))


@fast
def forward(b, ids, r, n):
    """Fills the rows from r on, of a document with n positions, up to its logits."""
    a = r * 16
    for t in range(n):
        x = add(load(b, WTE + ids[t] * 16), load(b, WPE + t * 16))
        s = inverse_root(x)
        x = mul(x, s)
        store(b, S0 + a + t * 16, s)
        store(b, X0 + a + t * 16, x)
        s = inverse_root(x)
        store(b, S + a + t * 16, s)
        store(b, Y + a + t * 16, mul(x, s))
    to_qkv(b, Y + a, 16, QKV_T, QKV + 3 * a, n)
    attention(b, QKV + 3 * a, HEADS + a, n)
    to_embd(b, HEADS + a, 16, WO_T, MID + a, n)
    for t in range(n):
        x = add(load(b, MID + a + t * 16), load(b, X0 + a + t * 16))
        s = inverse_root(x)
        store(b, MID + a + t * 16, x)
        store(b, R + a + t * 16, s)
        store(b, Z + a + t * 16, mul(x, s))
    to_hidden(b, Z + a, 16, FC1_T, HIDDEN + 4 * a, n)
    for t in range(4 * n):
        at = HIDDEN + 4 * a + t * 16
        store(b, at, largest(load(b, at), broadcast(0.0)))
    from_hidden(b, HIDDEN + 4 * a, 64, FC2_T, X1 + a, n)
    for t in range(n):
        store(b, X1 + a + t * 16, add(load(b, X1 + a + t * 16), load(b, MID + a + t * 16)))
    to_logits(b, X1 + a, 16, LM_T, LOGITS + 2 * a, n)


@fast
def attention(b, qkv, heads, n):
    """Sets the heads; all four at once, as each has four lanes of a vector to itself."""
    for t in range(n):
        q = mul(load(b, qkv + t * 48), broadcast(0.5))
        store(b, qkv + t * 48, q)  # with the factor 1 / √4 in it
        peak = sum4(mul(q, load(b, qkv + 16)))
        for u in range(t + 1):
            score = sum4(mul(q, load(b, qkv + u * 48 + 16)))
            store(b, P + (t * 16 + u) * 16, score)
            peak = largest(peak, score)
        total, head = broadcast(0.0), broadcast(0.0)
        for u in range(t + 1):
            e = exp(sub(load(b, P + (t * 16 + u) * 16), peak))
            store(b, P + (t * 16 + u) * 16, e)
            total = add(total, e)
            head = fma(e, load(b, qkv + u * 48 + 32), head)
        inverse = div(broadcast(1.0), total)
        store(b, P_SUM + t * 16, inverse)
        store(b, heads + t * 16, mul(head, inverse))


@fast
def attention_backward(b, dheads, heads, qkv, dqkv, n):
    """Sets dqkv from dheads."""
    for t in range(n):
        store(b, MEAN + t * 16, sum4(mul(load(b, dheads + t * 16), load(b, heads + t * 16))))
        store(b, dqkv + t * 48, broadcast(0.0))
    for u in range(n):
        k, v = load(b, qkv + u * 48 + 16), load(b, qkv + u * 48 + 32)
        dk, dv = broadcast(0.0), broadcast(0.0)
        for t in range(u, n):
            dhead = load(b, dheads + t * 16)
            p = mul(load(b, P + (t * 16 + u) * 16), load(b, P_SUM + t * 16))
            da = mul(p, sub(sum4(mul(dhead, v)), load(b, MEAN + t * 16)))
            dk = fma(da, load(b, qkv + t * 48), dk)
            dv = fma(p, dhead, dv)
            store(b, dqkv + t * 48, fma(da, k, load(b, dqkv + t * 48)))
        store(b, dqkv + u * 48 + 16, dk)
        store(b, dqkv + u * 48 + 32, dv)
        store(b, dqkv + u * 48, mul(load(b, dqkv + u * 48), broadcast(0.5)))


@fast
def cross_entropy(b, logits, targets, share, n):
    """The surprise at the targets, times share; sets the logits to the gradient of that."""
    loss = 0.0
    mask, mask2 = load(b, MASK), load(b, MASK + 16)
    one = broadcast(1.0)
    for t in range(n):
        at = logits + t * 32
        target = at + targets[t]
        low, high = add(load(b, at), mask), add(load(b, at + 16), mask2)
        peak = max16(largest(low, high))
        low, high = sub(low, peak), sub(high, peak)
        store(b, at, low)
        store(b, at + 16, high)
        at_target = number(b, target)
        low = where_positive(add(mask, one), exp(low))
        high = where_positive(add(mask2, one), exp(high))
        total = sum16(add(low, high))
        scale = div(broadcast(share), total)
        store(b, at, mul(low, scale))
        store(b, at + 16, mul(high, scale))
        store(b, MEAN, total)
        loss += (np.log(np.float64(number(b, MEAN))) - at_target) * share
        set_number(b, target, number(b, target) - np.float32(share))
    return loss


@fast
def backward(b, ids, r, n):
    """The gradients of a document's rows, from that of its logits to those of its embeddings."""
    a = r * 16
    from_logits(b, LOGITS + 2 * a, 32, LM, DX + a, n)
    to_hidden(b, DX + a, 16, FC2, DHIDDEN + 4 * a, n)
    for t in range(4 * n):
        at = 4 * a + t * 16
        gated = where_positive(load(b, HIDDEN + at), load(b, DHIDDEN + at))
        store(b, DHIDDEN + at, gated)
    from_hidden(b, DHIDDEN + 4 * a, 64, FC1, DMID + a, n)
    for t in range(n):
        at = a + t * 16
        dx = norm_backward(load(b, DMID + at), load(b, Z + at), load(b, R + at))
        store(b, DMID + at, add(dx, load(b, DX + at)))
    to_embd(b, DMID + a, 16, WO, DHEADS + a, n)
    attention_backward(b, DHEADS + a, HEADS + a, QKV + 3 * a, DQKV + 3 * a, n)
    from_qkv(b, DQKV + 3 * a, 48, QKV_W, DY + a, n)
    for t in range(n):
        at = a + t * 16
        dx = norm_backward(load(b, DY + at), load(b, Y + at), load(b, S + at))
        dx = add(dx, load(b, DMID + at))
        dx = norm_backward(dx, load(b, X0 + at), load(b, S0 + at))
        for place in (G + WTE + ids[t] * 16, G + WPE + t * 16):
            store(b, place, add(load(b, place), dx))


@fast
def weight_gradients(b, n):
    """The gradient of all matrices, from n rows of a whole batch."""
    for i in range(2):
        weight_gradient(b, LOGITS + i * 16, 32, X1, 16, n, G + LM + i * 256, 16)
    for i in range(3):
        weight_gradient(b, DQKV + i * 16, 48, Y, 16, n, G + QKV_W + i * 256, 16)
    weight_gradient(b, DMID, 16, HEADS, 16, n, G + WO, 16)
    for i in range(4):
        weight_gradient(b, DHIDDEN + i * 16, 64, Z, 16, n, G + FC1 + i * 256, 16)
        weight_gradient(b, DX, 16, HIDDEN + i * 16, 64, n, G + FC2 + i * 16, 64)


@fast
def transpose_all(b):
    """Brings the transposed copies up to date."""
    for i in range(2):
        transpose16(b, LM + i * 256, 16, LM_T + i * 16, 32)
    for i in range(3):
        transpose16(b, QKV_W + i * 256, 16, QKV_T + i * 16, 48)
    transpose16(b, WO, 16, WO_T, 16)
    for i in range(4):
        transpose16(b, FC1 + i * 256, 16, FC1_T + i * 16, 64)
        transpose16(b, FC2 + i * 16, 64, FC2_T + i * 256, 16)


@fast
def sgd(b, rate):
    """Moves the weights against their gradient."""
    step = broadcast(-rate)
    for at in range(0, SIZE, 16):
        store(b, at, fma(step, load(b, G + at), load(b, at)))


@fast
def adam(b, rate, eps):
    """Moves the weights by rate · m / (√v + eps); see `compiled.adam` for the tiny number."""
    step, tiny, eps = broadcast(-rate), broadcast(1e-30), broadcast(eps)
    for at in range(0, SIZE, 16):
        g = load(b, G + at)
        m = fma(broadcast(0.85), load(b, M + at), fma(broadcast(0.15), g, tiny))
        v = fma(broadcast(0.99), load(b, V2 + at), fma(mul(broadcast(0.01), g), g, tiny))
        store(b, M + at, m)
        store(b, V2 + at, v)
        store(b, at, fma(step, div(m, add(sqrt(v), eps)), load(b, at)))


@numba.njit(error_model="numpy", cache=True)
def run(b, tokens, lengths, batch, first, updates, kind, rates):
    """Losses of the steps from `first` on, to the first that is no number."""
    losses = np.zeros(len(rates))
    for step in range(len(rates)):
        transpose_all(b)
        for at in range(G + WTE, G + WPE + 256, 16):
            store(b, at, broadcast(0.0))
        rows = 0
        for i in range(batch):
            document = ((first + step) * batch + i) % len(lengths)
            n, ids = lengths[document], tokens[document]
            forward(b, ids, rows, n)
            share = 1 / (n * batch)
            losses[step] += cross_entropy(b, LOGITS + 32 * rows, ids[1:], share, n)
            backward(b, ids, rows, n)
            rows += n
        weight_gradients(b, rows)
        if kind == SGD:
            sgd(b, rates[step])
        elif kind == ADAM:
            root = np.sqrt(1 - 0.99 ** (updates + step + 1))
            adam(b, rates[step] * root / (1 - 0.85 ** (updates + step + 1)), 1e-8 * root)
        if not np.isfinite(losses[step]):
            return losses[: step + 1]
    return losses


def why_not(settings, vocab_size, batch):
    """Why this engine can't train a model of these settings; an empty text if it can."""
    wanted = {"n_layer": 1, "n_embd": 16, "n_head": 4}
    found = {name: getattr(settings, name) for name in wanted}
    odd = [f"{name} {value}" for name, value in found.items() if value != wanted[name]]
    if settings.block_size > 16:
        odd.append(f"block_size {settings.block_size}")
    if vocab_size > MOST_TOKENS:
        odd.append(f"{vocab_size} tokens")
    if batch > MOST_BATCH:
        odd.append(f"batch {batch}")
    return f"engine simd has fixed sizes, and none for {', '.join(odd)}" if odd else ""


class Engine(MachineCodeEngine):
    """One block of memory, from which `run` takes all it needs but the documents."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        vocab_size = model.tokenizer.vocab_size
        if reason := why_not(self.settings, vocab_size, batch):
            raise ValueError(f"{reason}: use engine compiled")
        self.whole = np.zeros(TOTAL + 16, np.float32)
        begin = -self.whole.ctypes.data % 64 // 4  # the first address that 64 divides
        self.block = self.whole[begin : begin + TOTAL]
        self.block[MASK + vocab_size : MASK + MOST_TOKENS] = -1e30
        self.places = places(vocab_size, self.settings.block_size)
        for name, place in self.places.items():
            part = self.block[place[0] :]
            matrix = np.array(model.weights[name], np.float32)
            part[: matrix.size] = matrix.ravel()

    def call(self, documents, batch, first, kind, rates):
        steps = batch, first, self.updates, kind, np.array(rates)
        return run(self.block.ctypes.data, *documents, *steps).tolist()

    def gradients(self):
        return self.matrices(G)

    def matrices(self, begin):
        """The matrices that stand from a place on, by name, as lists."""
        found = {}
        for name, (start, rows, columns) in self.places.items():
            at = begin + start
            found[name] = self.block[at : at + rows * columns].reshape(rows, columns).tolist()
        return found

    def weights(self):
        return self.matrices(0)

    def state(self):
        return self.updates, self.block[: V2 + SIZE].copy()

    def restore(self, state):
        self.updates, self.block[: V2 + SIZE] = state


def places(vocab_size, block_size):
    """Where each of a model's matrices begins among the weights, and its shape; in their order."""
    return {
        "wte": (WTE, vocab_size, 16),
        "wpe": (WPE, block_size, 16),
        "lm_head": (LM, vocab_size, 16),
        "layer0.wq": (QKV_W, 16, 16),
        "layer0.wk": (QKV_W + 256, 16, 16),
        "layer0.wv": (QKV_W + 512, 16, 16),
        "layer0.wo": (WO, 16, 16),
        "layer0.fc1": (FC1, 64, 16),
        "layer0.fc2": (FC2, 16, 64),
    }
