"""Other sizes of the model: engines at several shapes, and a large model on several processes."""

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from tools.checking.bench import rows as all_rows
from tools.checking.bench.processes import ONE_THREAD, RowFailed, noted, processes
from tools.checking.bench.rounds import rounds
from tools.checking.bench.rows import Row
from tools.setup import ROOT

SIZES = ("n_layer", "n_embd", "block_size")
SHAPES = (
    *((1, width, 16) for width in (16, 32, 64, 128)),
    *((layers, 16, 16) for layers in (2, 4)),
    *((1, width, 128) for width in (16, 64)),
    (4, 128, 128),
)
BATCHES = (1, 16)
SHAPE_ENGINES = ("numpy", "compiled", "simd", "torch")
RATE = 0.001  # of the shapes, whose larger models would break at the course's own
# a model of ten million parameters, and a text of a hundred million characters
LARGE = {"n_layer": 6, "n_embd": 384, "n_head": 6, "block_size": 256}
LARGE_BATCH, LARGE_STEPS, LARGE_MB, LARGE_PROCESSES = 32, 6, 100, 2


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
    """A shape in short: layers × width, and block."""
    return f"{n_layer} × {n_embd}, block {block_size}"


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


# A large model


def large(left_out, steps=LARGE_STEPS, megabytes=LARGE_MB, model=LARGE, batch=LARGE_BATCH):
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
        seconds, parameters = step_seconds(text, steps, model, batch)
        tokens = batch * model["block_size"]
        return {
            **model,
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


def step_seconds(text, steps, model, batch):
    """The median of a step's seconds by the clock, the first left out, and how many parameters."""
    launcher = ["-m", "torch.distributed.run", "--standalone"]
    launcher += ["--nproc-per-node", str(LARGE_PROCESSES)]
    given = {**model, "text": text, "batch": batch, "steps": steps, "rate": RATE}
    given |= {"dtype": "float32"}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    command = [sys.executable, *launcher, "-m", "microgpt_ref.fast.distributed", *options]
    variables = os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)}
    pipes = {"stderr": subprocess.PIPE, "encoding": "utf-8"}
    at, parameters, said = [], None, []
    with subprocess.Popen(command, cwd=ROOT, env=variables, **pipes) as run:
        for line in run.stderr:
            if line.startswith("step "):
                at.append(time.perf_counter())
            elif found := re.match(r"([\d,]+) parameters", line):
                parameters = int(found[1].replace(",", ""))
            elif line.strip(" *\n"):
                said.append(line.strip())
    if run.returncode or len(at) < 2:
        raise RowFailed(said[0] if said else f"status {run.returncode}")
    return statistics.median([b - a for a, b in zip(at, at[1:])]), parameters
