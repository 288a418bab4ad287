"""Machine code for one position at a time, in float64, with a cache of keys and values.

What `compiled` and `simd` are to training this is to sampling, and to the loss on names that
nobody learns from. It computes in float64, as the reference does, so that a draw by chance falls
on the same token: with float32 one in some ten thousand names would come out differently.

Nearly all of the work is y = x Wᵀ for one x. `product` keeps y in vector registers of eight
numbers while it goes through the rows of Wᵀ; it also makes the scores of a head, whose Wᵀ are the
keys as (n_embd, positions), and its average of the values, whose Wᵀ are the values. Matrices are
filled up with zeros to whole registers. All numbers are in one array `a`, each vector or matrix at
a place that is a constant of the program; b is the address of its beginning.

For the formulas see `gpt`; names are as there, and sizes have one letter: L n_layer, H n_head,
d n_embd, T block_size, V the number of tokens.
"""

import math
import zlib
from collections import namedtuple
from functools import cache
from pathlib import Path

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from microgpt_ref.fast.sampling import OF_LAYER

LANES = 8  # numbers of 64 bits in a vector register
# NB: NaN and infinity stay what they are, and no quotient becomes a product: for a temperature of
# 1e-309 there is no 1 / temperature
FAST = {"reassoc", "contract", "nsz"}
F64, I64 = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(F64, LANES)
ORDER = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)

Sizes = namedtuple("Sizes", "L H d T V")

compiled = numba.njit(fastmath=FAST, error_model="numpy")
inlined = numba.njit(fastmath=FAST, error_model="numpy", forceinline=True)


def filled(n):
    """n, or the next multiple of LANES."""
    return -(-n // LANES) * LANES


# y = x Wᵀ


def make_product(vectors, split, adds):
    """A function (x, w, step, y, n) that sets y to x Wᵀ, or adds it to y, of `vectors` registers.

    x, w, y: addresses; step: how many numbers the rows of Wᵀ are apart; n: how many inputs there
    are, a multiple of split, which says in how many sums each number of y is added up at first
    """

    @intrinsic
    def product(typingctx, x, w, step, y, n):
        return types.void(*[types.int64] * 5), emit

    def emit(context, builder, signature, values):
        x, w, step, y, n = values
        sums = [cgutils.alloca_once(builder, VECTOR) for _ in range(vectors * split)]
        for s in sums:
            builder.store(ir.Constant(VECTOR, [0.0] * LANES), s)
        with cgutils.for_range(builder, builder.sdiv(n, I64(split))) as loop:
            first = builder.mul(loop.index, I64(split))
            for part in range(split):
                i = builder.add(first, I64(part))
                entry = builder.load(pointer(builder, x, i, F64), align=8, typ=F64)
                entry = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), entry, I64(0))
                entry = builder.shuffle_vector(entry, entry, ORDER)
                for j in range(vectors):
                    at = builder.add(builder.mul(i, step), I64(j * LANES))
                    row = builder.load(pointer(builder, w, at, VECTOR), align=8, typ=VECTOR)
                    s = sums[part * vectors + j]
                    term = builder.fmul(entry, row, flags=("contract",))
                    builder.store(builder.fadd(builder.load(s), term, flags=("contract",)), s)
        for j in range(vectors):
            target = pointer(builder, y, I64(j * LANES), VECTOR)
            parts = [builder.load(s) for s in sums[j::vectors]]
            if adds:
                parts.append(builder.load(target, align=8, typ=VECTOR))
            while len(parts) > 1:
                parts = [*parts[2:], builder.fadd(parts[0], parts[1])]
            builder.store(parts[0], target, align=8)
        return context.get_dummy_value()

    return product


def pointer(builder, address, at, kind):
    """The pointer to what stands `at` so many numbers from an address."""
    place = builder.add(address, builder.shl(at, I64(3)))
    return builder.inttoptr(place, ir.PointerType(kind))


def make_linear(n_in, n_out, adds=False):
    """A function (x, w, y) that sets y (n_out,) to x Wᵀ, or adds it, eight registers at a time."""
    tiles, rest = divmod(filled(n_out) // LANES, 8)
    split = {1: 8, 2: 4, 3: 4, 4: 2}.get(rest, 1)
    split = next(s for s in (split, 4, 2, 1) if s <= split and n_in % s == 0)
    eight, last = make_product(8, 1, adds), make_product(max(1, rest), split, adds)
    step, wide = filled(n_out), 8 * 8 * LANES

    @compiled
    def linear(x, w, y):
        for tile in range(tiles):
            eight(x, w + tile * wide, step, y + tile * wide, n_in)
        if rest:
            last(x, w + tiles * wide, step, y + tiles * wide, n_in)

    return linear


# The other operations

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # as in fdlibm
SERIES = tuple(1 / math.factorial(k) for k in range(13, -1, -1))


@inlined
def exp(a, bits, at, n):
    """Sets the n numbers of a at a place, none of them above 0, to e^x.

    e^x = 2^m e^f with x = m ln 2 + f and f from -0.35 to 0.35: a series in f, and m as exponent.
    bits: the same memory as a, as whole numbers; 2^m is put n places further on
    """
    for i in range(at, at + n):
        x = a[i] if not a[i] < -700.0 else -700.0  # NB: below, its vanishing is as good as 0
        m = np.rint(x * (1 / math.log(2)))
        f = (x - m * LN2_HIGH) - m * LN2_LOW
        y = SERIES[0]
        for c in SERIES[1:]:
            y = y * f + c
        a[i] = y
        bits[i + n] = (np.int64(m) + 1023) << 52
    for i in range(at, at + n):
        a[i] *= a[i + n]


def make_rmsnorm(x, y, n):
    """A function (a) that sets y (n,) to x / sqrt(mean(x²) + 1e-5); x and y are places."""

    @compiled
    def rmsnorm(a):
        square = 0.0
        for i in range(n):
            square += a[x + i] * a[x + i]
        scale = 1.0 / math.sqrt(square / n + 1e-5)
        for i in range(n):
            a[y + i] = a[x + i] * scale

    return rmsnorm


@inlined
def softmax(a, bits, at, n, wide):
    """Sets the n numbers at a place to their softmax, and those behind, up to `wide`, to 0."""
    peak = a[at]
    for i in range(at + 1, at + n):
        peak = max(peak, a[i])
    for i in range(at, at + n):
        a[i] -= peak
    for i in range(at + n, at + wide):
        a[i] = -700.0
    exp(a, bits, at, wide)
    total = 0.0
    for i in range(at, at + n):
        total += a[i]
    share = 1.0 / total
    for i in range(at, at + n):
        a[i] *= share


def make_attention(at, d, n_head, T):
    """A function that sets the heads (d,) to what they take from the positions 0 to t.

    It goes through the positions LANES at a time; a head's last register reaches into the next
    head's numbers, which are set afterwards.
    """
    size = d // n_head
    scale, wide = 1.0 / math.sqrt(size), filled(size)
    score = make_product(1, 1, False)
    average = make_product(wide // LANES, 1, False)
    q, scores, heads = 8 * at["q"], at["scores"], 8 * at["heads"]
    across, row = filled(T), filled(d) + LANES

    @compiled
    def attention(a, bits, b, keys, values, t):
        for h in range(n_head):
            for u in range(0, t + 1, LANES):
                where = keys + 8 * (h * size * across + u)
                score(b + q + 8 * h * size, where, across, b + 8 * (scores + u), size)
            for u in range(scores, scores + t + 1):
                a[u] *= scale
            softmax(a, bits, scores, t + 1, (t // LANES + 1) * LANES)
            average(b + 8 * scores, values + 8 * h * size, row, b + heads + 8 * h * size, t + 1)

    return attention


# A model


def places(sizes):
    """Where each vector and matrix begins in `a`, by name, and the end of all.

    Of the matrices of a layer it is the first layer's; the next layer's follow after `layer`.
    """
    L, _, d, T, V = sizes
    wide, hidden, tokens = filled(d), filled(4 * d), filled(V)
    at, end = {}, 0
    vectors = {"x": wide, "y": wide, "q": wide, "k": wide, "heads": wide + LANES}
    vectors |= {"hidden": hidden, "scores": 2 * filled(T), "logits": 2 * tokens}
    tables = {"wte": V * d, "wpe": T * d, "lm_head": d * tokens}
    layer = dict.fromkeys(("wq", "wk", "wv", "wo"), d * wide)
    layer |= {"fc1": d * hidden, "fc2": 4 * d * wide}
    for name, size in (vectors | tables | layer).items():
        at[name] = end
        end += size
    at["layer"] = sum(layer.values())
    at["keys"] = end + (L - 1) * at["layer"]
    at["values"] = at["keys"] + L * wide * filled(T)
    at["end"] = at["values"] + L * T * (wide + LANES) + 2 * LANES
    return at


def onward(key, a, bits, b, t, token):
    """Sets the logits (V,) to those of what follows a token at position t.

    It needs the keys and values of the positions before, and adds those of this one. For compiled
    code alone, which has the key (see `key_of`) as a constant.
    """
    raise NotImplementedError


@overload(onward, prefer_literal=True)
def choose_onward(key, a, bits, b, t, token):
    """What Numba compiles for a call of `onward`."""
    function = make_onward(Sizes(*map(int, key.literal_value.split()[1:])))

    def call(key, a, bits, b, t, token):
        function(a, bits, b, t, token)

    return call


def key_of(sizes):
    """A text that stands for the sizes, and for the code of all modules that make use of it.

    Numba keeps the machine code of a function from one process to the next, until its file or a
    constant in it changes. It takes no notice of other files, so that this text has to.
    """
    code = 0
    for name in ("position.py", "twister.py", "drawing.py"):
        code = zlib.crc32(Path(__file__).with_name(name).read_bytes(), code)
    return " ".join(map(str, (code, *sizes)))


@cache
def make_onward(sizes):
    """The function that `onward` stands for, for these sizes."""
    L, H, d, T, V = sizes
    at = places(sizes)
    x, y, q, k, heads, hidden, logits = (
        at[name] for name in ("x", "y", "q", "k", "heads", "hidden", "logits")
    )
    wte, wpe, head = at["wte"], at["wpe"], 8 * at["lm_head"]
    wq, wk, wv, wo, fc1, fc2 = (8 * at[name] for name in OF_LAYER)
    wide, across, layer = filled(d), filled(T), 8 * at["layer"]
    all_keys, all_values = at["keys"], at["values"]
    square, back = make_linear(d, d), make_linear(d, d, adds=True)
    widen, narrow = make_linear(d, 4 * d), make_linear(4 * d, d, adds=True)
    predict = make_linear(d, V)
    norm, renorm, attend = make_rmsnorm(y, x, d), make_rmsnorm(x, y, d), make_attention(at, d, H, T)

    @compiled
    def function(a, bits, b, t, token):
        for i in range(d):
            a[y + i] = a[wte + token * d + i] + a[wpe + t * d + i]
        norm(a)
        for n in range(L):
            keys = all_keys + n * wide * across
            values = b + 8 * (all_values + n * T * (wide + LANES))
            w = b + n * layer
            renorm(a)
            square(b + 8 * y, w + wq, b + 8 * q)
            square(b + 8 * y, w + wk, b + 8 * k)
            square(b + 8 * y, w + wv, values + 8 * t * (wide + LANES))
            for i in range(d):
                a[keys + i * across + t] = a[k + i]
            attend(a, bits, b, b + 8 * keys, values, t)
            back(b + 8 * heads, w + wo, b + 8 * x)
            renorm(a)
            widen(b + 8 * y, w + fc1, b + 8 * hidden)
            for i in range(hidden, hidden + 4 * d):
                a[i] = max(a[i], 0.0)
            narrow(b + 8 * hidden, w + fc2, b + 8 * x)
        predict(b + 8 * x, b + head, b + 8 * logits)

    return function


def memory(weights, sizes, prefix):
    """The array `a` of a model: its weights, and room for all else.

    prefix: what stands before the names of a layer's matrices, with {} for its number
    """
    at = places(sizes)
    a = np.zeros(at["end"])

    def put(place, matrix):
        wide = a[place : place + matrix.shape[0] * filled(matrix.shape[1])]
        wide.reshape(len(matrix), -1)[:, : matrix.shape[1]] = matrix

    for name in ("wte", "wpe"):
        matrix = np.array(weights[name])
        a[at[name] : at[name] + matrix.size] = matrix.ravel()
    put(at["lm_head"], np.array(weights["lm_head"]).T)
    for n in range(sizes.L):
        for name in OF_LAYER:
            matrix = np.array(weights[prefix.format(n) + name])
            put(at[name] + n * at["layer"], matrix.T)
    return a
