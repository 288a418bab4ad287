"""What is timed: a row each, and why a row can't be."""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from microgpt_ref import fast

OLDEST = (3, 11)  # Python that the course needs
AVX2 = ", AVX2"
PYPY = "plain, PyPy"


@dataclass(frozen=True)
class Row:
    """A job of `serving`, and the Python that does it.

    of: the row that it is a variant of, or ""
    variables: of its process
    warmup: documents that it takes before it is timed, for a compiler that waits and sees
    """

    name: str
    job: dict
    of: str = ""
    python: str = sys.executable
    variables: dict = field(default_factory=dict)
    warmup: int = 0


def training(name, engine, batch=1, **more):
    """A row that trains on an engine."""
    return Row(name, {"kind": "training", "engine": engine, "batch": batch, **more})


# the engines' rows of the ladder
ENGINES = (
    training("dot", "dot"),
    training("numpy", "numpy"),
    training("js", "js"),
    training("batch64", "batch", 64),
    training("compiled", "compiled"),
    training("compiled16", "compiled", 16),
    training("simd", "simd"),
    training("simd16", "simd", 16),
    training("torch", "torch"),
)
PLAIN = Row("plain", {"kind": "plain", "collector": True})
SCALAR = training("scalar", "scalar")
STAGES = tuple(training(name, "scalar", stage=name) for name in ("train2", "train3"))
# plain and scalar, each as it isn't: without Python's cycle collector, and with it
COLLECTED = {"plain": "plain, no collector", "scalar": "scalar, collector on"}
OTHERWISE = (
    Row(COLLECTED["plain"], {"kind": "plain"}, "plain"),
    replace(
        SCALAR,
        name=COLLECTED["scalar"],
        job=SCALAR.job | {"collector": True},
        of="scalar",
    ),
)


def ladder(cache):
    """All rows of the ladder; `cache` is a folder for machine code that others don't share."""
    narrow = [
        replace(
            row,
            name=row.name + AVX2,
            job=row.job | {"avx2": True},
            of=row.name,
            variables={"NUMBA_CACHE_DIR": cache},
        )
        for row in ENGINES
        if "numba" in fast.LIBRARIES[row.job["engine"]]
    ]
    pypy = replace(PLAIN, name=PYPY, of="plain", python="pypy3", warmup=60)
    return [PLAIN, *OTHERWISE, SCALAR, *STAGES, *ENGINES, *narrow, pypy]


def possible(rows, left_out):
    """The rows that can run here; why the others can't is noted, and said on stderr."""
    found = []
    for row in rows:
        if reason := why_not(row):
            left_out[row.name] = reason
            print(f"{row.name} is left out: {reason}", file=sys.stderr, flush=True)
        else:
            found.append(row)
    return found


def why_not(row):
    """Why a row can't run here, or an empty text."""
    if row.python != sys.executable:
        return why_not_python(row.python)
    if row.job.get("avx2") and "AVX-512" not in vectors():
        return "the processor has no AVX-512, so that the engine's own row is that of AVX2"
    try:
        if "engine" in row.job:
            fast.check_engine(row.job["engine"])
    except ValueError as error:
        return str(error)
    return ""


def why_not_python(program):
    """Why another Python can't run a row, or an empty text."""
    path = shutil.which(program)
    if not path:
        return f"{program} is not installed"
    code = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", code], capture_output=True, text=True, timeout=60)
        version = tuple(map(int, done.stdout.split()))
    except (OSError, ValueError, subprocess.TimeoutExpired):
        version = ()
    if not version:
        return f"{program} doesn't say its version"
    if version < OLDEST:
        found, needed = (".".join(map(str, v)) for v in (version, OLDEST))
        return f"{program} has Python {found}, and the course needs {needed} or newer"
    return ""


def processor():
    """What the system calls the processor."""
    import platform

    return cpuinfo("model name") or platform.processor() or platform.machine()


def vectors():
    """The widest vectors that an x86 processor has, or an empty text where that isn't known."""
    flags = cpuinfo("flags").split()
    widths = {"avx512f": "AVX-512", "avx2": "AVX2"}
    return next((name for flag, name in widths.items() if flag in flags), "")


def cpuinfo(name):
    """The value that Linux has for the first processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    values = [
        value.strip()
        for key, _, value in (line.partition(":") for line in lines)
        if key.strip() == name
    ]
    return values[0] if values else ""
