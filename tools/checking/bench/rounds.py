"""Rounds: rows work in turns, each about as long in each round, whatever a document takes it."""

import statistics
from dataclasses import dataclass

from tools.checking.bench.processes import noted


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
    shapes: int = 100
    shape_seconds: float = 660
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
    """How many documents take about these seconds of a process; adds its answers to the others.

    A take that is long enough is taken once more: the first one may have compiled.
    """
    batch = process.row.job.get("batch", 1)
    count, again = batch, False
    answers.append(process.ask("take", count=process.row.warmup or count))
    while True:
        answers.append(process.ask("take", count=count))
        took = answers[-1]["seconds"]
        if took < seconds / 2:
            count, again = count * (2 if took > seconds / 20 else 8), False
        elif again:
            return max(1, round(count * seconds / took / batch)) * batch
        else:
            again = True


def per_document(answers, count):
    """µs of processor time for a document, the median of the last rounds."""
    last = [answer["seconds"] / answer["documents"] for answer in answers[-count:]]
    return statistics.median(last) * 1e6
