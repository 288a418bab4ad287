"""Time training: `python -m tools.bench [--steps N] [--rounds R]`.

Prints µs of one core per training name for the stages that build a graph, and for `plain`, the
published algorithm written plainly (bench/plain.py), whose losses must equal those of train4. All
take the same names in turns, round after round, so that a noisy machine is noisy for all of them;
of the rounds the median is printed.
"""

import argparse
import os
import random
import statistics
import sys
import time

from bench import plain
from microgpt_ref.data import load_docs
from microgpt_ref.guards import cycle_collector_paused
from microgpt_ref.model import RATES, Settings, Trainer, new_model
from microgpt_ref.tokenizer import Tokenizer

STAGES = ("train2", "train3", "train4")
STEPS_OF_A_RUN = 1000  # the length that the learning rate falls over


def stage_steps(stage, docs):
    """The loss of each step of a stage, as it trains; the collector is held off for each step."""
    rng = random.Random(42)
    docs = list(docs)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng, Settings(stage))
    optimizer, rate = next(iter(RATES[stage].items()))
    trainer = Trainer(model, optimizer)
    for step in range(STEPS_OF_A_RUN):
        with cycle_collector_paused():
            tokens = model.tokenizer.encode(docs[step])
            loss = trainer.learn(tokens, rate * (1 - step / STEPS_OF_A_RUN))
        yield loss


def timed(steps, count):
    """The losses of the next steps, and how many µs of processor time each took on average."""
    start = time.process_time()
    losses = [next(steps) for _ in range(count)]
    return losses, (time.process_time() - start) / count * 1e6


def measure(docs, steps, rounds):
    """µs per name, a list for each row; the first round is a warm-up. Checks the losses."""
    rows = {stage: stage_steps(stage, docs) for stage in STAGES}
    rows["plain"] = plain.Run(docs).training_steps()
    times, losses = {name: [] for name in rows}, {name: [] for name in rows}
    for _ in range(rounds + 1):
        for name, generator in rows.items():
            made, microseconds = timed(generator, steps)
            losses[name] += made
            times[name].append(microseconds)
    for step, (a, b) in enumerate(zip(losses["train4"], losses["plain"]), 1):
        if abs(a - b) > 1e-6:
            sys.exit(f"step {step}: the loss of train4 is {a}, that of plain {b}; they must agree")
    return {name: row[1:] for name, row in times.items()}


def main(arguments=None):
    """Nothing; prints the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench")
    parser.add_argument("--steps", type=int, default=5, help="names a round (default 5)")
    parser.add_argument("--rounds", type=int, default=7, help="(default 7)")
    options = parser.parse_args(arguments)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    times = measure(load_docs(), options.steps, options.rounds)
    medians = {name: statistics.median(row) for name, row in times.items()}
    print(f"Python {sys.version.split()[0]}, one core, median of {options.rounds} rounds")
    print(f"{'':8}{'µs per name':>13}{'of plain':>10}")
    for name, median in medians.items():
        print(f"{name:8}{median:>13,.0f}{median / medians['plain']:>10.3f}")


if __name__ == "__main__":
    main()
