"""A vector type for Numba, and operations on it, each of a few machine instructions.

A vector is one register of the processor: 16 floats with AVX-512, 8 with AVX, 4 elsewhere. All
state of a program is one block of memory. An address is a number of floats from its beginning `b`,
and vectors begin at multiples of their length.

The functions `emit_…` run while a program is compiled, and write its instructions for LLVM.
"""

import math

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import models
from numba.core.registry import cpu_target
from numba.extending import intrinsic, register_model

# what the processor has, or what NUMBA_CPU_FEATURES says that it has
TARGET, _, FEATURES = cpu_target.target_context.codegen().magic_tuple()
X86, FEATURES = TARGET.startswith(("x86_64", "i686")), FEATURES.split(",")
LANES = 16 if "+avx512f" in FEATURES else 8 if "+avx" in FEATURES else 4
LOW = -1e30  # added to what must not count: e^x of it is next to nothing

F32, I16, I32, I64 = ir.FloatType(), ir.IntType(16), ir.IntType(32), ir.IntType(64)
FLOATS, INTEGERS = ir.VectorType(F32, LANES), ir.VectorType(I32, LANES)
FUSED = ("contract",)  # a multiplication and an addition may be one instruction


class VectorType(types.Type):
    """LANES floats."""

    def __init__(self):
        super().__init__(f"vector{LANES}")


VECTOR = VectorType()


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
    7: lambda typed: lambda typingctx, a, b, c, d, e, f, g: typed(a, b, c, d, e, f, g),
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


# Memory


def pointer(builder, b, at, kind):
    """The pointer to what stands `at` so many floats from the address b."""
    address = builder.add(b, builder.shl(at, I64(2)))
    return builder.inttoptr(address, ir.PointerType(kind))


def emit_load(builder, b, at):
    return builder.load(pointer(builder, b, at, FLOATS), align=4 * LANES, typ=FLOATS)


def emit_store(builder, b, at, x):
    builder.store(x, pointer(builder, b, at, FLOATS), align=4 * LANES)


def emit_number(builder, b, at):
    return builder.load(pointer(builder, b, at, F32), align=4, typ=F32)


def emit_set_number(builder, b, at, number):
    builder.store(number, pointer(builder, b, at, F32), align=4)


def emit_broadcast(builder, number):
    empty = ir.Constant(FLOATS, ir.Undefined)
    return shuffled(builder, builder.insert_element(empty, number, I32(0)), empty, [0] * LANES)


# Arithmetic


def shuffled(builder, x, y, order):
    """The numbers of x (0 to LANES - 1) and y (from LANES on) in another order."""
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(I32, LANES), order))


def constant(number):
    """A vector of one number, LANES times."""
    return ir.Constant(FLOATS, [number] * LANES)


def emit_add(builder, x, y):
    return builder.fadd(x, y)


def emit_fma(builder, x, y, z):
    return builder.fadd(builder.fmul(x, y, flags=FUSED), z, flags=FUSED)


def emit_call(builder, name, *values):
    """What one of LLVM's own functions makes of some values, the first of them a vector."""
    kind = ir.FunctionType(FLOATS, [value.type for value in values])
    return builder.call(get_or_insert_function(builder.module, kind, f"llvm.{name}"), values)


def emit_max(builder, x, y):
    return builder.select(builder.fcmp_unordered(">", x, y), x, y)  # NaN stays what it is


def emit_where_positive(builder, x, y):
    return builder.select(builder.fcmp_ordered(">", x, constant(0.0)), y, constant(0.0))


def swapped(distance):
    """The order in which lanes some distance apart have changed places."""
    return [lane ^ distance if distance < LANES else lane for lane in range(LANES)]


def folded(builder, x, combine, lanes):
    """x combined with copies of itself with lanes exchanged: over each group of so many lanes."""
    distance = 1
    while distance < lanes:
        x = combine(builder, x, shuffled(builder, x, x, swapped(distance)))
        distance *= 2
    return x


def emit_exp(builder, x):
    """e^x = 2^n 2^f with x / ln 2 = n + f, f from -1/2 to 1/2: a series in f, and n as exponent.

    NB: x is kept within -60 and 88, so that e^x is no smaller than 1e-26 and no product of it gets
    too small for float32, where processors count a hundred times more slowly.
    """
    x = builder.select(builder.fcmp_unordered(">", x, constant(-60.0)), x, constant(-60.0))
    x = builder.select(builder.fcmp_unordered("<", x, constant(88.0)), x, constant(88.0))
    scaled = builder.fmul(x, constant(1 / math.log(2)))
    whole = emit_call(builder, f"rint.v{LANES}f32", scaled)
    f = builder.fsub(scaled, whole)
    series = constant(math.log(2) ** 6 / 720)
    for k in range(5, -1, -1):
        series = emit_fma(builder, series, f, constant(math.log(2) ** k / math.factorial(k)))
    exponent = builder.shl(builder.fptosi(whole, INTEGERS), ir.Constant(INTEGERS, [23] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(series, INTEGERS), exponent), FLOATS)


def emit_guess(builder, x):
    """1 / √x, of which at least 11 bits are right: a processor has an instruction for that."""
    if LANES == 16:
        return emit_call(builder, "x86.avx512.rsqrt14.ps.512", x, constant(0.0), I16(-1))
    if LANES == 8:
        return emit_call(builder, "x86.avx.rsqrt.ps.256", x)
    return builder.fdiv(constant(1.0), emit_call(builder, f"sqrt.v{LANES}f32", x))


def emit_inverse_root(builder, x):
    """1 / √x: a guess r, and one step of Newton's method, r (3 - x r²) / 2, doubles its bits.

    A root and a division would take twice as long.
    """
    guess = emit_guess(builder, x)
    half = builder.fmul(builder.fmul(x, constant(-0.5)), guess)
    return builder.fmul(guess, emit_fma(builder, half, guess, constant(1.5)))


FLUSHED = 0x9FC0  # the register MXCSR as it is usually, but that floats too small in size are 0


def emit_set_mode(builder, mode):
    """Sets how the processor counts, and returns how it did before; only x86 has such a register.

    Numbers too small for float32's exponent are otherwise kept with fewer digits, at a hundred
    times the cost: Adam's means of weights that are seldom used sink that far.
    """
    if not X86:
        return mode
    place = builder.alloca(I32)
    address = builder.bitcast(place, ir.PointerType(ir.IntType(8)))
    kind = ir.FunctionType(ir.VoidType(), [address.type])
    for name in ("stmxcsr", "ldmxcsr"):
        call = get_or_insert_function(builder.module, kind, f"llvm.x86.sse.{name}")
        if name == "ldmxcsr":
            builder.store(builder.trunc(mode, I32), place)
        builder.call(call, [address])
        if name == "stmxcsr":
            before = builder.load(place, typ=I32)
    return builder.zext(before, I64)


set_mode = operation(1, types.int64, emit_set_mode)
load = operation(2, VECTOR, emit_load)  # (b, at): the vector there
store = operation(3, types.void, emit_store)  # (b, at, x)
number = operation(2, types.float32, emit_number)  # (b, at): the number there
set_number = operation(3, types.void, emit_set_number)  # (b, at, number)
broadcast = operation(1, VECTOR, emit_broadcast)
first = operation(1, types.float32, lambda builder, x: builder.extract_element(x, I32(0)))
fma = operation(3, VECTOR, emit_fma)  # x y + z
add = operation(2, VECTOR, emit_add)
sub = operation(2, VECTOR, lambda builder, x, y: builder.fsub(x, y))
mul = operation(2, VECTOR, lambda builder, x, y: builder.fmul(x, y))
div = operation(2, VECTOR, lambda builder, x, y: builder.fdiv(x, y))
exp = operation(1, VECTOR, emit_exp)
inverse_root = operation(1, VECTOR, emit_inverse_root)
largest = operation(2, VECTOR, emit_max)
where_positive = operation(2, VECTOR, emit_where_positive)  # y where x is positive, else 0
swap1, swap2, swap4, swap8 = (
    operation(1, VECTOR, lambda builder, x, d=d: shuffled(builder, x, x, swapped(d)))
    for d in (1, 2, 4, 8)
)
# the sum, or the largest, of all lanes, in each of them
sum_lanes = operation(1, VECTOR, lambda builder, x: folded(builder, x, emit_add, LANES))
max_lanes = operation(1, VECTOR, lambda builder, x: folded(builder, x, emit_max, LANES))
