"""The ladder: the time of every row, its losses held to plain's, and what each needs by itself."""

import cProfile
import gc
import pstats
import sys
import tempfile
from dataclasses import replace

from bench import plain
from microgpt_ref import fast
from microgpt_ref.data import load_docs
from tools.checking.bench import rows as all_rows
from tools.checking.bench.processes import RowProcess, processes
from tools.checking.bench.rounds import per_document, rounds

PROFILED = 4  # functions
EXACT = ("dot", "numpy", "js")  # engines in float64


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


def profile(names):
    """Where plain spends its time, by cProfile: the functions with most of it, for a name each.

    The cycle collector is off: its time would count as that of whatever makes objects.
    """
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
