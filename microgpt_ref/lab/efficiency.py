"""What the chapter on efficiency shows: counts, the ladder of engines, and training at once."""

import json
import random
from pathlib import Path

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.lab.figures import STAGE_COLOURS, Picture, new_axes
from microgpt_ref.model import Settings, TrainingError, new_model
from microgpt_ref.tokenizer import Tokenizer

FOLDER = Path(__file__).parent


def measured():
    """What a run of `make bench` has found, which is kept beside this module."""
    return json.loads((FOLDER / "bench.json").read_text(encoding="utf-8"))


def rung(bench, name, *others):
    """Nothing; prints an engine's time for a name, and how many times faster it is than others.

    others: names of engines; plain comes last by itself
    """
    took = {row: found["us_per_name"] for row, found in bench["engines"].items()}
    factors = [
        f"{in_words(took[other] / took[name])} × {other}'s speed"
        for other in dict.fromkeys([*others, "plain"])
        if other != name
    ]
    print(f"{name}: {', '.join([f'{in_words(took[name])} µs a name', *factors])}")


def fresh(names="ssa2018", **sizes):
    """An untrained model of train4, the shuffled documents, and the rng after both."""
    docs, rng = load_docs(names), random.Random(42)
    rng.shuffle(docs)
    return new_model(Tokenizer(docs), rng, Settings("train4", **sizes)), docs, rng


def nodes_and_inputs(loss):
    """How many nodes a loss was computed through, and how many inputs they have in all."""
    order = [node for node in loss.topological_order() if node.inputs]
    return len(order), sum(len(node.inputs) for node in order)


def products(shapes, positions):
    """Products of two numbers that a name's forward pass takes in its matrices, about.

    Embeddings are looked up, so that they take none; attention's own are left out.
    """
    sizes = [n * m for name, (n, m) in shapes.items() if name not in ("wte", "wpe")]
    return positions * sum(sizes)


def ladder(bench):
    """The engines' times for a name, as bars on a logarithmic scale."""
    engines = bench["engines"]
    figure, axes = new_axes(height=3.4)
    names = list(engines)
    times = [engines[name]["us_per_name"] for name in names]
    bars = axes.barh(names, times, color=STAGE_COLOURS["train4"], log=True)
    axes.bar_label(bars, [in_words(t) for t in times], padding=3, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(1, 10 * max(times))
    axes.set_xlabel("µs of one core per training name (logarithmic)")
    fastest = min(names, key=lambda name: engines[name]["us_per_name"])
    factor = engines["plain"]["us_per_name"] / engines[fastest]["us_per_name"]
    caption = (
        f"bars of µs per name on a logarithmic scale: "
        f"{', '.join(f'{name} {in_words(t)}' for name, t in zip(names, times))}; "
        f"{fastest} is {factor:,.0f} times as fast as plain"
    )
    return Picture(figure, caption)


def in_words(microseconds):
    """A time with two or three digits that mean something."""
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.1f}"


def train_now(n_embd, steps, rate, names="ssa2018", stop=1.0, engine="numpy"):
    """A training run made at once: its losses as a picture, with ten names as its title.

    stop: the part of its steps after which it is looked at; the learning rate falls over all
    names: of a data set, or the path of a file of one document a line; what is wrong with them,
        or with the settings, is said in a text
    """
    try:
        model, docs, rng = fresh(names, n_embd=n_embd)
        last = max(1, round(steps * stop))
        losses = fast.fit(model, docs, steps, rate=rate, engine=engine, stop=last)
        sampler = fast.sampler(model, engine)
        invented = [sampler.sample(rng) or "(empty)" for _ in range(10)]
    except (TrainingError, ValueError, OSError) as error:
        return str(error)
    done = len(losses)
    window = min(50, done)
    means = [sum(losses[i - window : i]) / window for i in range(window, done + 1)]
    figure, axes = new_axes(height=3.0)
    marker = "." if len(means) == 1 else ""
    axes.plot(range(window, done + 1), means, marker=marker, color=STAGE_COLOURS["train4"])
    axes.set_xlim(0, steps + 1)
    axes.set_xlabel("step")
    axes.set_ylabel(f"loss, mean of {window} (nats)")
    axes.set_title(" ".join(invented), fontsize=9)
    caption = (
        f"after {done:,} of {steps:,} steps of a model with n_embd {n_embd} at a rate of {rate}, "
        f"the mean loss of the last {window} names is {means[-1]:.4f} nats per token; it invents "
        f"{', '.join(invented)}"
    )
    return Picture(figure, caption)
