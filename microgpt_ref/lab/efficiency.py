"""What the chapter on efficiency shows: counts, the ladder of engines, and training at once."""

import json
import random
from pathlib import Path

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.lab.canvas import Chart
from microgpt_ref.lab.canvas.charts import padded
from microgpt_ref.lab.figures import Picture, chart_on, listed, sliding_means
from microgpt_ref.model import new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

FOLDER = Path(__file__).parent


def measured():
    """What a run of `make bench` has found, which is kept beside this module; the slowest first."""
    bench = json.loads((FOLDER / "bench.json").read_text(encoding="utf-8"))
    rows = sorted(bench["engines"].items(), key=lambda row: -row[1]["us_per_name"])
    return {**bench, "engines": dict(rows)}


def rung(bench, name, *others):
    """Print an engine's time for a name, and how many times faster it is than others.

    others: names of engines; plain comes last by itself
    """
    took = {row: found["us_per_name"] for row, found in bench["engines"].items()}
    factors = [
        f"{in_words(took[other] / took[name])} × {other}'s speed"
        for other in dict.fromkeys([*others, "plain"])
        if other != name
    ]
    print(f"{name}: {', '.join([f'{in_words(took[name])} µs per name', *factors])}")


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
    times = {name: found["us_per_name"] for name, found in engines.items()}
    fastest = min(times, key=times.get)
    factor = times["plain"] / times[fastest]

    def draw(drawing):
        draw_ladder(drawing, times, fastest)

    caption = f"From plain to {fastest}, the same training runs {factor:,.0f} times as fast."
    description = (
        "Bar chart of microseconds per name, on a logarithmic scale: "
        f"{', '.join(f'{name} {in_words(t)}' for name, t in times.items())}. "
        f"{fastest} is {factor:,.0f} times as fast as plain."
    )
    return Picture(draw, caption, description)


def draw_ladder(drawing, times, fastest):
    """Draw a bar for each engine, as long as the logarithm of its time."""
    left, pitch = 10 + 8 * max(len(name) for name in times), 30
    bottom = 12 + pitch * len(times)
    edges = left, 8, drawing.width - 80, bottom
    chart = Chart(drawing, edges, (1, max(times.values())), (0, 1), log_x=True)
    for x, words in chart.x.ticks()[:: drawing.by_width(1, 2)]:
        drawing.line([(chart.x(x), 8), (chart.x(x), bottom)], "line", 1)
        drawing.text(chart.x(x), bottom + 13, words, 12, "soft", "middle")
    for i, (name, took) in enumerate(times.items()):
        top, right = 12 + pitch * i, chart.x(max(1.0, took))
        drawing.rectangle(left, top, right - left, 20, "train4", 1.0 if name == fastest else 0.5)
        drawing.text(left - 8, top + 10, name, 13, "ink", "end", bold=name == fastest)
        words = f"{in_words(took)} µs"
        drawing.text(right + 8, top + 10, words, 13, bold=name == fastest, halo=True)
    words = drawing.by_width("µs per name on one core, ×10 per line", "µs per name, ×100 per line")
    drawing.text(left, bottom + 36, words, 13, "soft")
    drawing.height = bottom + 50


def in_words(microseconds):
    """A time with two or three digits that mean something."""
    return f"{microseconds:,.0f}" if microseconds >= 100 else f"{microseconds:.1f}"


def train_now(n_embd, steps, rate, names="ssa2018", stop=1.0, engine=fast.AUTO):
    """A training run made at once: its losses as a picture, and ten names that it invents.

    stop: the part of its steps after which it is looked at; the learning rate falls over all
    names: of a data set, or the path of a file of one document a line; what is wrong with them,
        or with the settings, is said in a text
    """
    try:
        model, docs, rng = fresh(names, n_embd=n_embd)
        last = max(1, round(steps * stop))
        losses = fast.fit(model, docs, steps, rate=rate, engine=engine, stop=last)
        sampler = fast.sampler(model, engine)
        invented = [name or "(empty)" for name in sampler.samples(10, rng)]
    except (TrainingError, ValueError, OSError) as error:
        return str(error)
    done = len(losses)
    window = min(50, done)
    at, means = sliding_means(losses, window)

    def draw(drawing):
        chart = chart_on(drawing, (0, steps + 1), padded(means), 220, 210, right=48)
        chart.y_axis(f"loss, mean of {window} names (nats)")
        chart.x_axis("step")
        chart.line(at, means, "train4", 2.6)
        x, y = chart.at(at[-1], means[-1])
        drawing.circle(x, y, 5, "train4", "paper", 2)
        drawing.text(x + 9, y, f"{means[-1]:.2f}", 14, "train4", bold=True, halo=True)
        style = {"mono": True, "size": 14}
        end = drawing.wrapped(
            8, drawing.height + 14, " ".join(invented), drawing.width * 0.8, **style
        )
        drawing.height = end + 16

    caption = f"After {done:,} of {steps:,} steps it invents {listed(invented[:3])}."
    description = (
        f"After {done:,} of {steps:,} steps of a model with n_embd {n_embd} at a rate of {rate}, "
        f"the mean loss of the last {window} names is {means[-1]:.4f} nats per token. It invents "
        f"{', '.join(invented)}."
    )
    return Picture(draw, caption, description)
