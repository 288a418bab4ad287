"""Time training: `python -m tools.checking.bench [--steps N] [--rounds R]`.

Prints µs of one core per training name for the stages that build a graph, for every engine whose
library is installed, and for `plain`, the published algorithm written plainly (bench/plain.py),
whose losses must equal those of train4. All take their names in turns, round after round, so that a
noisy machine is noisy for all of them; the first round is a warm-up, and of the others the median
is printed. Writes bench/bench.json and, where matplotlib is installed, the plot bench/bench.png.

What else the table has comes from a process of its own for each engine (`--alone NAME`): its peak
memory, the loss on held-out names after it was trained on 64 names, and the seconds of its first
step, with Numba's compiled code not yet on the disk, and then with it there.
"""

import argparse
import cProfile
import gc
import json
import math
import os
import pstats
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from bench import plain
from microgpt_ref import fast, lab
from microgpt_ref.data import load_docs
from microgpt_ref.model import Model, new_model
from microgpt_ref.runner import cycle_collector_paused
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer
from tools.setup import ROOT

TIMED = ("train2", "train3", "train4")  # the stages whose reference is timed
STEPS_OF_A_RUN = 1000  # the length that the learning rate falls over
NAMES_ALONE = 64  # that each learns from before its loss is taken
PROFILED = 4  # functions
FOLDER = ROOT / "bench"
KEPT = Path(lab.__file__).parent / "bench.json"

# each row's engine, names a step, and how many steps a round has for one of `plain`
ROWS = {
    "dot": ("dot", 1, 1),
    "numpy": ("numpy", 1, 100),
    "js": ("js", 1, 100),
    "batch64": ("batch", 64, 8),
    "compiled": ("compiled", 1, 1000),
    "compiled16": ("compiled", 16, 60),
    "simd": ("simd", 1, 5000),
    "simd16": ("simd", 16, 300),
    "torch": ("torch", 1, 10),
}


def stage_steps(stage, docs):
    """The loss of each step of a stage, as it trains; the collector is held off for each step."""
    model, docs = start(docs, stage)
    optimizer, rate = next(iter(model.stage.rates.items()))
    learner = model.stage.learner(model, [], optimizer)
    for step in range(STEPS_OF_A_RUN):
        with cycle_collector_paused():
            tokens = model.tokenizer.encode(docs[step])
            loss = learner.learn([tokens], rate * (1 - step / STEPS_OF_A_RUN))
        yield loss


def start(docs, stage="train4"):
    """An untrained model and the shuffled documents, as every run begins."""
    rng = random.Random(42)
    docs = list(docs)
    rng.shuffle(docs)
    return new_model(Tokenizer(docs), rng, Settings(stage)), docs


class EngineSteps:
    """An engine's steps, as many a call as asked for; the learning rate falls over 1,000."""

    def __init__(self, row, docs):
        name, batch, _ = ROWS.get(row, (row, 1, 1))
        model, docs = start(docs)
        documents = [model.cut(model.tokenizer.encode(doc)) for doc in docs]
        self.engine = fast.new_engine(name, model, documents, batch=batch)
        self.batch, self.step = batch, 0

    def take(self, count):
        """The losses of the next steps."""
        steps = range(self.step, self.step + count)
        first = STAGES["train4"].rates["adam"]
        rates = [first * max(0, 1 - step / STEPS_OF_A_RUN) for step in steps]
        with cycle_collector_paused():
            losses = self.engine.run(self.step, rates)
        self.step += count
        return losses


class Steps:
    """The same for a generator of losses."""

    def __init__(self, generator):
        self.generator, self.batch = generator, 1

    def take(self, count):
        """The losses of the next steps."""
        return [next(self.generator) for _ in range(count)]


def timed(steps, count):
    """The losses of the next steps, and how many µs of processor time each name took."""
    begin = processor_time(steps)
    losses = steps.take(count)
    return losses, (processor_time(steps) - begin) / (count * steps.batch) * 1e6


def processor_time(steps):
    """Seconds of this process, and of the one that an engine of JavaScript has."""
    return time.process_time() + usage(steps)[0]


def usage(steps):
    """Seconds of processor time and MB of memory of an engine's own process; 0 if it has none."""
    engine = getattr(steps, "engine", None)
    return engine.usage() if hasattr(engine, "usage") else (0.0, 0.0)


@contextmanager
def one_core():
    """Keep this process to one core meanwhile, where the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def installed():
    """The rows of engines whose libraries are installed; says on stderr which are left out."""
    found = []
    for row, (name, _, _) in ROWS.items():
        try:
            fast.check_engine(name)
        except ValueError as error:
            print(f"{row} is left out: {error}", file=sys.stderr)
        else:
            found.append(row)
    return found


def measure(docs, steps, rounds, engines=()):
    """µs per name, a list for each row; the first round is a warm-up. Checks the losses."""
    rows = {"plain": Steps(plain.Run(docs).training_steps())}
    rows |= {stage: Steps(stage_steps(stage, docs)) for stage in TIMED}
    rows |= {row: EngineSteps(row, docs) for row in engines}
    times, losses = {name: [] for name in rows}, {name: [] for name in rows}
    for _ in range(rounds + 1):
        for name, row in rows.items():
            made, microseconds = timed(row, steps * (ROWS[name][2] if name in ROWS else 1))
            losses[name] += made
            times[name].append(microseconds)
    for name in [row for row in rows if row == "train4" or getattr(rows[row], "engine", None)]:
        if rows[name].batch == 1:
            check_losses(name, losses[name], losses["plain"])
    return {name: row[1:] for name, row in times.items()}


def check_losses(name, ours, expected):
    """End the program unless the losses are those of `plain`, as far as both go."""
    tolerance = 1e-6 if name in ("train4", "dot", "numpy", "js") else 1e-4
    for step, (a, b) in enumerate(zip(ours, expected), 1):
        if not abs(a - b) <= tolerance:
            sys.exit(f"step {step}: the loss of {name} is {a}, that of plain {b}; they must agree")


def alone(row):
    """Peak memory, held-out loss and seconds of the first step of one row, in this process."""
    docs = load_docs()
    if row == "plain":
        run = plain.Run(docs)
        steps = Steps(run.training_steps())
    else:
        steps = EngineSteps(row, docs)
    begin = time.perf_counter()
    steps.take(1)
    first = time.perf_counter() - begin
    if steps.batch < NAMES_ALONE:
        steps.take(NAMES_ALONE // steps.batch - 1)
    peak = peak_mb() + usage(steps)[1]
    if row == "plain":
        weights = {n: [[p.data for p in r] for r in rows] for n, rows in run.weights.items()}
    else:
        weights = steps.engine.weights()
    model, docs = start(docs)
    loss = Model(model.settings, model.tokenizer, weights).held_out_loss(docs[1000:1100])
    return {"peak_mb": peak, "loss": round(loss, 4), "first_step_s": first}


def peak_mb():
    """The most memory that this process has held, in MB; not a number where that isn't known."""
    status = Path("/proc/self/status")
    if status.exists():  # NB: what getrusage says on Linux includes the process that started this
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1e3
    try:
        import resource
    except ImportError:  # Windows
        return math.nan
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # as macOS counts it, in bytes


def in_a_process(row, cache):
    """What `alone` finds in a process of its own, whose Numba keeps compiled code in `cache`."""
    command = [sys.executable, "-m", "tools.checking.bench", "--alone", row]
    variables = os.environ | {"NUMBA_CACHE_DIR": cache}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure_alone(row):
    """The same, from two such processes, the second of which finds what the first compiled."""
    with tempfile.TemporaryDirectory() as cache:
        cold = in_a_process(row, cache)
        warm = in_a_process(row, cache) if "numba" in libraries(row) else cold
    return warm | {
        "first_step_s": cold["first_step_s"],
        "cached_first_step_s": warm["first_step_s"],
    }


def libraries(row):
    """The libraries that a row needs."""
    return fast.LIBRARIES[ROWS[row][0]] if row in ROWS else ()


def table(medians, engines):
    """The lines of the table."""
    heading = f"{'':11}{'µs per name':>13}{'of scalar':>12}{'of plain':>12}"
    yield heading + f"{'peak MB':>10}{'loss':>9}{'first step':>12}{'cached':>9}"
    for name, median in medians.items():
        line = f"{name:11}{median:>13,.1f}"
        line += "".join(f"{ratio(median, medians[other]):>12}" for other in ("train4", "plain"))
        found = engines.get("scalar" if name == "train4" else name)
        if found:
            line += f"{found['peak_mb']:>10,.0f}{found['loss']:>9.4f}"
        if libraries(name):
            line += f"{found['first_step_s']:>10.2f} s{found['cached_first_step_s']:>7.2f} s"
        yield line


def ratio(a, b):
    """a / b as text: 0.123, or 1 / 4,567 where it is small."""
    return f"{a / b:.3f}" if a / b > 0.05 else f"1/{b / a:,.0f}"


def profile(docs, names=20):
    """Where plain spends its time, by cProfile: the functions with most of it, for a name each.

    The cycle collector is off: its time would count as that of whatever makes objects.
    """
    steps = plain.Run(docs).training_steps()
    profiler = cProfile.Profile()
    gc.disable()
    try:
        profiler.enable()
        for _ in range(names):
            next(steps)
        profiler.disable()
    finally:
        gc.enable()
    stats = pstats.Stats(profiler)
    rows = [
        {"function": name.strip("<>"), "calls": called / names, "share": own / stats.total_tt}
        for (_, _, name), (_, called, own, *_) in stats.stats.items()
    ]
    return sorted(rows, key=lambda row: -row["share"])[:PROFILED]


def collector_share(docs, names=10):
    """The part of plain's time that Python's cycle collector takes."""
    spent, began = [], []

    def note(phase, info):
        now = time.process_time()
        if phase == "start":
            began.append(now)
        else:
            spent.append(now - began.pop())

    steps = plain.Run(docs).training_steps()
    next(steps)
    gc.callbacks.append(note)
    begin = time.process_time()
    try:
        for _ in range(names):
            next(steps)
        return sum(spent) / (time.process_time() - begin)
    finally:
        gc.callbacks.remove(note)


IN_PYPY = """
import json, sys, time
from plain import Run

docs, names = json.load(sys.stdin)
steps = Run(docs).training_steps()
for part in ("warm-up", "measured"):
    begin = time.process_time()
    for _ in range(names):
        next(steps)
print((time.process_time() - begin) / names * 1e6)
"""


def pypy(docs, names=40):
    """µs a name of plain in PyPy, whose compiler warms up first; None where there is no pypy3."""
    program = shutil.which("pypy3")
    if not program:
        return None
    job, variables = json.dumps([docs, names]), os.environ | {"PYTHONPATH": str(FOLDER)}
    command = [program, "-c", IN_PYPY]
    pipes = {"input": job, "capture_output": True, "text": True}
    done = subprocess.run(command, env=variables, check=True, **pipes)
    return float(done.stdout)


def plot(engines, path):
    """Draw the ladder as a picture: µs per name, on a logarithmic scale."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("no plot: python -m pip install matplotlib", file=sys.stderr)
        return
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    names = list(engines)[::-1]
    times = [engines[name]["us_per_name"] for name in names]
    bars = axes.barh(names, times, color="#4d4d4d", log=True)
    axes.bar_label(bars, [f"{t:,.0f}" if t > 100 else f"{t:.1f}" for t in times], padding=3)
    axes.set_xlim(1, 10 * max(times))
    axes.set_xlabel("µs of one core per training name (logarithmic)")
    figure.savefig(path, dpi=144, metadata={"Software": None})


def main(arguments=None):
    """Print the table, and write what it says."""
    parser = argparse.ArgumentParser(prog="python -m tools.checking.bench")
    parser.add_argument("--steps", type=int, default=5, help="names of plain a round (default 5)")
    parser.add_argument("--rounds", type=int, default=7, help="(default 7)")
    parser.add_argument("--alone", metavar="NAME", help="only what one engine needs by itself")
    parser.add_argument("--keep", action="store_true", help="for the chapter on efficiency")
    options = parser.parse_args(arguments)
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(threads, "1")  # before the libraries are imported
    if options.alone:
        print(json.dumps(alone(options.alone)))
        return
    rows = installed()
    with one_core():
        times = measure(load_docs(), options.steps, options.rounds, rows)
    print("timed; now each by itself, for its memory and loss", file=sys.stderr, flush=True)
    medians = {name: statistics.median(row) for name, row in times.items()}
    engines = {name: measure_alone(name) for name in ("plain", "scalar", *rows)}
    for name, found in engines.items():
        found["us_per_name"] = medians["train4" if name == "scalar" else name]
    print(f"Python {sys.version.split()[0]}, one core, median of {options.rounds} rounds")
    print("\n".join(table(medians, engines)))
    found = {"engines": engines, "profile": profile(load_docs())}
    found["collector"] = collector_share(load_docs())
    if microseconds := pypy(load_docs()):
        found["pypy"] = {"us_per_name": microseconds}
        print(f"{'plain, PyPy':11}{microseconds:>13,.1f}")
    text = json.dumps(found, indent=1) + "\n"
    (FOLDER / "bench.json").write_text(text)
    if options.keep:
        KEPT.write_text(text)
    plot(engines, FOLDER / "bench.png")


if __name__ == "__main__":
    main()
