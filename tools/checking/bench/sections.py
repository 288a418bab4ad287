"""What is measured of the rows: the ladder, each by itself, shapes, rates, and a large model."""

import gc
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from tools.checking.bench import rows as all_rows
from tools.checking.bench.processes import ONE_THREAD, RowFailed, RowProcess, noted, processes
from tools.checking.bench.rows import Row
from tools.setup import ROOT

PROFILED = 4  # functions
EXACT = ("dot", "numpy", "js")  # engines in float64
SIZES = ("n_layer", "n_embd", "block_size")
SHAPES = (
    *((1, width, 16) for width in (16, 32, 64, 128)),
    *((layers, 16, 16) for layers in (2, 4)),
    *((1, width, 128) for width in (16, 64)),
    *((4, 64, block) for block in (16, 128)),
    (4, 128, 128),
)
BATCHES = (1, 16)
SHAPE_ENGINES = ("numpy", "compiled", "simd", "torch")
RATE = 0.001  # of the shapes, whose larger models would break at the course's own
# a model of ten million parameters, and a text of a hundred million characters
LARGE = {"n_layer": 6, "n_embd": 384, "n_head": 6, "block_size": 256}
LARGE_BATCH, LARGE_STEPS, LARGE_MB, LARGE_PROCESSES = 32, 6, 100, 2


@dataclass(frozen=True)
class Effort:
    """How long it is measured.

    seconds: about how long a row works in each round
    names: that each learns from by itself before its loss is taken
    held_out: names that the loss is taken of
    profiled: names of plain that are profiled
    shapes: how many, and for how many seconds of all
    """

    rounds: int = 7
    seconds: float = 0.5
    names: int = 64
    held_out: int = 100
    profiled: int = 20
    shape_rounds: int = 3
    shapes: int = len(SHAPES)
    shape_seconds: float = 300
    large: bool = True


QUICK = Effort(
    rounds=1,
    seconds=0.02,
    names=1,
    held_out=5,
    profiled=1,
    shape_rounds=1,
    shapes=1,
    large=False,
)


# Rounds


def rounds(found, count, seconds, left_out):
    """What all rounds brought, {row: answers}, of rows whose processes have begun.

    The first round warms up, and finds how many documents a row takes in the seconds.
    """
    answers = {name: [] for name in found}
    sizes = {}
    for name, process in found.items():
        with noted(name, left_out):
            sizes[name] = warmed_up(process, seconds, answers[name])
    for _ in range(count):
        for name in sizes:
            if name not in left_out:
                with noted(name, left_out):
                    answers[name].append(found[name].ask("take", count=sizes[name]))
    return {name: made for name, made in answers.items() if name not in left_out}


def warmed_up(process, seconds, answers):
    """How many documents take about these seconds of a process; adds its answers to the others."""
    batch = process.row.job.get("batch", 1)
    count = batch
    answers.append(process.ask("take", count=count))  # which compiles, or imports
    while True:
        answers.append(process.ask("take", count=count))
        took = answers[-1]["seconds"]
        if took >= seconds / 2:
            return max(1, round(count * seconds / took / batch)) * batch
        count *= 2 if took > seconds / 20 else 8


def per_document(answers, count):
    """µs of processor time for a document, the median of the last rounds."""
    last = [answer["seconds"] / answer["documents"] for answer in answers[-count:]]
    return statistics.median(last) * 1e6


# The ladder


def ladder(wanted, effort, left_out):
    """µs a document, of each row of the ladder; the losses of rows that train are held to plain's.

    Notes in left_out why rows are missing. Returns the names of those that learned something else
    as well: their losses are wrong.
    """
    with tempfile.TemporaryDirectory() as cache:
        chosen = all_rows.possible(wanted(all_rows.ladder(cache)), left_out)
        with processes(chosen, left_out) as found:
            answers = rounds(found, effort.rounds, effort.seconds, left_out)
    wrong = unlike_plain(chosen, answers, left_out)
    return {name: per_document(made, effort.rounds) for name, made in answers.items()}, wrong


def unlike_plain(rows, answers, left_out):
    """The rows whose losses aren't those of plain; they leave the answers for left_out."""
    losses = {name: [a for made in row for a in made["losses"]] for name, row in answers.items()}
    wrong = []
    for row in rows:
        comparable = row.job.get("batch", 1) == 1 and "stage" not in row.job
        if row.name not in answers or "plain" not in answers or not comparable:
            continue
        exact = row.job.get("engine", "scalar") in ("scalar", *EXACT)
        reason = difference(losses[row.name], losses["plain"], 1e-6 if exact else 1e-4)
        if reason:
            left_out[row.name] = reason
            print(f"{row.name}: {reason}", file=sys.stderr, flush=True)
            del answers[row.name]
            wrong.append(row.name)
    return wrong


def difference(ours, expected, tolerance):
    """Where losses first differ from those expected, as far as both go, or an empty text."""
    for step, (a, b) in enumerate(zip(ours, expected), 1):
        if not abs(a - b) <= tolerance:
            return f"the loss of step {step} is {a}, and plain's is {b}: they must agree"
    return ""


# Each by itself


def alone(row, effort):
    """Peak memory, held-out loss, and seconds of the first step, also with code from the disk.

    A first process finds an empty folder for machine code, and a second one what it has left.
    """
    with tempfile.TemporaryDirectory() as cache:
        row = replace(row, variables=row.variables | {"NUMBA_CACHE_DIR": cache})
        cold = first_step(row, effort)
        compiles = "numba" in fast.LIBRARIES.get(row.job.get("engine"), ())
        warm = first_step(row, effort) if compiles else cold
    return {
        "peak_mb": cold["peak_mb"],
        "loss": cold["loss"],
        "first_step_s": cold["clock"],
        "cached_first_step_s": warm["clock"],
    }


def first_step(row, effort):
    """Seconds of the first step by the clock; memory and loss after so many names."""
    process = RowProcess(row)
    try:
        process.begin()
        batch = row.job.get("batch", 1)
        clock = process.ask("take", count=batch)["clock"]
        if batch < effort.names:
            process.ask("take", count=effort.names - batch)
        return {"clock": clock, **process.ask("look", held_out=effort.held_out)}
    finally:
        process.close()


# Shapes


def shapes(wanted, effort, left_out):
    """µs a token, {engine: µs} for each shape and batch."""
    engines = wanted([Row(name, {"engine": name}) for name in SHAPE_ENGINES])
    engines = [row.name for row in all_rows.possible(engines, {})]
    sections, begun = [], time.perf_counter()
    for shape in SHAPES[: effort.shapes]:
        for batch in BATCHES:
            sizes = dict(zip(SIZES, shape))
            name = f"{shape_name(**sizes)}, batch {batch}"
            if time.perf_counter() - begun > effort.shape_seconds:
                left_out[name] = f"the {effort.shape_seconds:.0f} s for shapes were over"
                continue
            sections.append(one_shape(engines, sizes, batch, name, effort, left_out))
    return sections


def shape_name(n_layer, n_embd, block_size):
    """A shape in words."""
    return f"{n_layer} layers of {n_embd}, block {block_size}"


def one_shape(engines, sizes, batch, name, effort, left_out):
    """The section of one shape and batch."""
    names = {engine: f"{engine}, {name}" for engine in engines}
    chosen = [
        all_rows.training(
            names[engine], engine_for(engine, batch), batch, rate=RATE, n_head=4, **sizes
        )
        for engine in engines
    ]
    with processes(chosen, left_out) as found:
        answers = rounds(found, effort.shape_rounds, effort.seconds / 2, left_out)
        counts = [process.begun["parameters"] for process in found.values()]
    last = {row: made[-effort.shape_rounds :] for row, made in answers.items()}
    took = {
        engine: statistics.median([a["seconds"] / a["tokens"] for a in last[names[engine]]]) * 1e6
        for engine in engines
        if names[engine] in last
    }
    tokens = [a["tokens"] / a["documents"] for made in last.values() for a in made]
    return {
        **sizes,
        "batch": batch,
        "parameters": counts[0] if counts else None,
        "tokens_per_document": round(statistics.mean(tokens), 1) if tokens else None,
        "us_per_token": took,
    }


def engine_for(engine, batch):
    """The engine of a row: of NumPy's two, the one for many documents takes those."""
    return "batch" if engine == "numpy" and batch > 1 else engine


# Rates


def rates(wanted, effort, left_out):
    """Names a second that engines sample, and whose loss they compute: {engine: {what: rate}}.

    Where an engine has no way of its own, it is left out, and it's said whose it takes.
    """
    found, own = {}, {}
    for kind, rate in (("sampling", "sampled_per_s"), ("held out", "held_out_per_s")):
        engines = wanted([Row(name, {"kind": kind, "engine": name}) for name in fast.ENGINES])
        engines = [
            replace(row, name=f"{row.name}, {kind}") for row in all_rows.possible(engines, {})
        ]
        with processes(engines, left_out) as begun:
            for row in engines:
                note_shared(row, begun, own.setdefault(kind, {}), left_out)
            answers = rounds(begun, effort.shape_rounds, effort.seconds, left_out)
        for row in engines:
            if row.name in answers:
                per_second = 1e6 / per_document(answers[row.name], effort.shape_rounds)
                found.setdefault(row.job["engine"], {})[rate] = per_second
    return found


def note_shared(row, begun, own, left_out):
    """Leave a row out if another one before it uses the same code."""
    if row.name in begun:
        by = begun[row.name].begun["by"]
        first = own.setdefault(by, row.job["engine"])
        if first != row.job["engine"]:
            left_out[row.name] = f"it has no way of its own, and takes that of {first}"
            begun.pop(row.name).close()


# A large model


def large(left_out, steps=LARGE_STEPS, megabytes=LARGE_MB, sizes=LARGE, batch=LARGE_BATCH):
    """Seconds a step of a large model on a text, on several processes; or None, with the reason."""
    name = "large"
    try:
        fast.check_engine("torch")
    except ValueError as error:
        left_out[name] = str(error)
        return None
    with tempfile.TemporaryDirectory() as folder, noted(name, left_out):
        text = Path(folder) / "text.txt"
        write_text(text, megabytes)
        seconds, parameters = step_seconds(text, steps, sizes, batch)
        tokens = batch * sizes["block_size"]
        return {
            **sizes,
            "parameters": parameters,
            "processes": LARGE_PROCESSES,
            "tokens_per_step": tokens,
            "seconds_per_step": seconds,
            "text_mb": megabytes,
            "hours_per_pass": megabytes * 1e6 / tokens * seconds / 3600,
            "dtype": "float32",
        }


def write_text(path, megabytes):
    """Write a text of names, shuffled over and over."""
    docs, rng, size = load_docs(), random.Random(42), 0
    with path.open("w", encoding="ascii") as file:
        while size < megabytes * 1e6:
            rng.shuffle(docs)
            size += file.write("\n".join(docs) + "\n")


def step_seconds(text, steps, sizes, batch):
    """The median of a step's seconds by the clock, the first left out, and how many parameters."""
    launcher = ["-m", "torch.distributed.run", "--standalone"]
    launcher += ["--nproc-per-node", str(LARGE_PROCESSES)]
    given = {**sizes, "text": text, "batch": batch, "steps": steps, "rate": RATE}
    given |= {"dtype": "float32"}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    command = [sys.executable, *launcher, "-m", "microgpt_ref.fast.distributed", *options]
    variables = os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)}
    pipes = {"stderr": subprocess.PIPE, "encoding": "utf-8"}
    at, parameters, lines = [], None, []
    with subprocess.Popen(command, cwd=ROOT, env=variables, **pipes) as run:
        for line in run.stderr:
            lines.append(line.strip())
            if line.startswith("step "):
                at.append(time.perf_counter())
            elif found := re.match(r"([\d,]+) parameters", line):
                parameters = int(found[1].replace(",", ""))
    if run.returncode or len(at) < 2:
        raise RowFailed(next((line for line in lines if line), f"status {run.returncode}"))
    return statistics.median([b - a for a, b in zip(at, at[1:])]), parameters


# What plain's time goes into


def profile(names):
    """Where plain spends its time, by cProfile: the functions with most of it, for a name each.

    The cycle collector is off: its time would count as that of whatever makes objects.
    """
    import cProfile
    import pstats

    from bench import plain

    steps = plain.Run(load_docs()).training_steps()
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
    found = [
        {"function": name.strip("<>"), "calls": called / names, "share": own / stats.total_tt}
        for (_, _, name), (_, called, own, *_) in stats.stats.items()
    ]
    return sorted(found, key=lambda row: -row["share"])[:PROFILED]
