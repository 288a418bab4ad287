"""What the chapter on efficiency shows: counts, the ladder of engines, and training at once."""

import json
import math
import random
from pathlib import Path

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.lab.canvas import Chart
from microgpt_ref.lab.canvas.charts import padded
from microgpt_ref.lab.canvas.scales import Scale
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


def where_timed(bench):
    """The processor and the versions that the times belong to, in a line."""
    machine = bench["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in bench["versions"].items())
    return f"{machine['processor']} ({machine['vectors']}), one core; {versions}"


def times(bench):
    """µs per name of all engines, and of their variants, such as plain in PyPy."""
    rows = {**bench["engines"], **bench["variants"]}
    return {name: row["us_per_name"] for name, row in rows.items()}


def rung(bench, name, *others):
    """Print an engine's time for a name, and how many times faster it is than others.

    others: names of engines; plain comes last by itself
    """
    took = times(bench)
    if name not in took:
        print(f"{name}: not timed ({bench['left_out'].get(name, 'not installed')})")
        return
    factors = [
        f"{in_words(took[other] / took[name])} × {other}'s speed"
        for other in dict.fromkeys([*others, "plain"])
        if other != name
    ]
    print(f"{name}: {', '.join([f'{in_words(took[name])} µs per name', *factors])}")


def names_per_second(bench):
    """Print how many names each engine invents, and how many it scores, in a second."""
    print(f"{'per second':12} invented     scored")
    for name, rates in bench["rates"].items():
        found = (rates.get(key) for key in ("sampled_per_s", "held_out_per_s"))
        print(f"{name:10}", *(f"{rate:10,.0f}" if rate else f"{'–':>10}" for rate in found))


def large_model(bench):
    """Print what a large model takes for one pass over a long text."""
    large = bench["large"]
    if not large:
        print(f"not timed ({bench['left_out'].get('large', 'only measured in full runs')})")
        return
    print(
        f"{large['parameters']:,} parameters, {large['text_mb']} MB: "
        f"{large['seconds_per_step']:.1f} s for {large['tokens_per_step']:,} letters, "
        f"{large['hours_per_pass']:.0f} hours for all"
    )


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


# what each rung of the ladder does, or no longer spends time on
STOPPED = {
    "plain": "a node for every product and sum",
    "scalar": "no search for garbage",
    "dot": "one node for a whole dot product",
    "torch": "whole matrices, one call each",
    "numpy": "whole matrices, and no graph",
    "js": "no graph, in JavaScript",
    "batch64": "each call for 64 names at once",
    "compiled": "no calls, loops in machine code",
    "compiled16": "one update for 16 names",
    "simd": "vectors and registers by hand",
    "simd16": "the same, one update for 16 names",
}


def ladder(bench):
    """The engines' times for a name, as bars on a logarithmic scale, and what each has dropped."""
    engines = bench["engines"]
    times = {name: found["us_per_name"] for name, found in engines.items()}
    fastest = min(times, key=times.get)
    factor = times["plain"] / times[fastest]

    def draw(drawing):
        draw_ladder(drawing, times, fastest)

    caption = f"{fastest} gets through names {factor:,.0f} times as fast as plain."
    said = "; ".join(
        f"{name} {in_words(took)}" + (f", {STOPPED[name]}" if name in STOPPED else "")
        for name, took in times.items()
    )
    description = (
        f"Bar chart of microseconds per name, on a logarithmic scale: {said}. "
        f"{fastest} is {factor:,.0f} times as fast as plain."
    )
    return Picture(draw, caption, description)


def draw_ladder(drawing, times, fastest):
    """Draw a bar for each engine, as long as the logarithm of its time, and words below it."""
    left, pitch, top = 10 + 8 * max(len(name) for name in times), 48, 12
    bottom = top + pitch * len(times)
    edges = left, 8, drawing.width - 80, bottom
    chart = Chart(drawing, edges, (1, max(times.values())), (0, 1), log_x=True)
    for x, words in chart.x.ticks()[:: drawing.by_width(1, 2)]:
        drawing.line([(chart.x(x), 8), (chart.x(x), bottom)], "line", 1)
        drawing.text(chart.x(x), bottom + 13, words, 12, "soft", "middle")
    for i, (name, took) in enumerate(times.items()):
        y, right = top + pitch * i, chart.x(max(1.0, took))
        drawing.rectangle(left, y, right - left, 18, "train4", 1.0 if name == fastest else 0.5)
        drawing.text(left - 8, y + 9, name, 13, "ink", "end", bold=name == fastest)
        words = f"{in_words(took)} µs"
        drawing.text(right + 8, y + 9, words, 13, bold=name == fastest, halo=True)
        drawing.text(left + 2, y + 29, STOPPED.get(name, ""), 12, "soft", halo=True)
    words = drawing.by_width("µs per name on one core, ×10 per line", "µs per name, ×100 per line")
    drawing.text(left, bottom + 36, words, 13, "soft")
    drawing.height = bottom + 50


def where_it_goes(bench, arithmetic):
    """What plain spends a name's time on, as bars: the collector, the graph, and the arithmetic.

    arithmetic: µs that a name's products would take by themselves
    """
    whole = bench["engines"]["plain"]["us_per_name"]
    shares = {"looking for garbage": bench["collector"]}
    for row in bench["profile"]:
        name = DONE.get(row["function"], row["function"])
        shares[name] = shares.get(name, 0.0) + row["share"] * (1 - bench["collector"])
    shares["everything else"] = 1 - sum(shares.values())
    shares["the multiplications"] = arithmetic / whole
    most = max(shares, key=shares.get)

    def draw(drawing):
        left, pitch = drawing.by_width(190, 150), 32
        room = drawing.width - left - 78
        for i, (name, share) in enumerate(shares.items()):
            y, wide = 22 + pitch * i, max(1.5, room * share / shares[most])
            drawing.text(left - 10, y, name, drawing.by_width(14, 13), "ink", "end")
            last = i == len(shares) - 1
            look = ("ink", 1.0) if last else ("train4", 1.0 if name == most else 0.5)
            drawing.rectangle(left, y - 10, wide, 20, *look)
            drawing.text(left + wide + 8, y, percent(share), 13, "ink", bold=name == most)
        drawing.height = 14 + pitch * len(shares)

    caption = f"plain spends {percent(shares[most])} of its time {most}; "
    caption += f"the multiplications would need {percent(arithmetic / whole)}."
    said = ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
    return Picture(draw, caption, f"Bar chart of the parts of plain's time for a name: {said}.")


# what the functions of plain are there for, in the figure
DONE = {
    "visit": "ordering the nodes",
    "backward": "walking back",
    "__mul__": "making nodes",
    "__add__": "making nodes",
    "__init__": "making nodes",
}


def percent(share):
    """A share as a percentage: 74%, 3.1%, 0.008%."""
    digits = 0 if share >= 0.1 else max(1, 1 - math.floor(math.log10(100 * share)))
    return f"{share:.{digits}%}"


def by_width(bench):
    """{engine: {n_embd: µs per name}} of models of one layer and a block of 16, a name a step."""
    lines = {}
    for row in bench["shapes"]:
        if (row["n_layer"], row["block_size"], row["batch"]) == (1, 16, 1):
            for name, took in row["us_per_token"].items():
                lines.setdefault(name, {})[row["n_embd"]] = took * row["tokens_per_document"]
    return lines


def growth(bench, name):
    """How many times as long an engine takes for a name of the widest model as of the narrowest."""
    line = by_width(bench)[name]
    return line[max(line)] / line[min(line)]


def widths(bench):
    """The engines' times against the model's width, both scales logarithmic: a line for each."""
    lines = by_width(bench)
    grown = {name: growth(bench, name) for name in lines}
    least, most = min(grown, key=grown.get), max(grown, key=grown.get)
    sizes = lines[least]

    def draw(drawing):
        draw_widths(drawing, lines)

    caption = f"For a model {max(sizes) / min(sizes):.0f} times as wide, {least} takes "
    caption += f"{few(grown[least])} times as long, and {most} {few(grown[most])} times."
    said = "; ".join(
        f"{name}: " + ", ".join(f"{in_words(took)} at width {n}" for n, took in line.items())
        for name, line in lines.items()
    )
    return Picture(draw, caption, f"Lines of microseconds per name by width. {said}.")


def few(factor):
    """A factor with two digits, if it isn't whole: 1.4, 5, 42."""
    return f"{factor:.2g}" if factor < 10 else f"{factor:.0f}"


def draw_widths(drawing, lines):
    """Draw a line for each engine, with its name where it ends."""
    sizes = sorted({n for line in lines.values() for n in line})
    times = [took for line in lines.values() for took in line.values()]
    x, y = padded(sizes, log=True), padded(times, log=True)
    chart = chart_on(drawing, x, y, 330, 330, left=62, right=82, log_x=True)
    chart.y = Scale(*y, chart.bottom, chart.top, log=True)
    chart.y_axis("µs per name, ×10 per line")
    chart.x_axis("width of the model, n_embd", [(n, str(n)) for n in sizes])
    ends = spread([(chart.y(line[max(line)]), name) for name, line in lines.items()], 17)
    for name, line in lines.items():
        points = [chart.at(n, line[n]) for n in sorted(line)]
        drawing.line(points, "train4", 2.2)
        drawing.dots(points, 3.5, "train4")
        drawing.text(points[-1][0] + 9, ends[name], name, 13, "ink", halo=True)


def spread(places, least):
    """{name: place} of some (place, name), moved down where they lie closer than `least`."""
    found, last = {}, -math.inf
    for place, name in sorted(places):
        last = max(place, last + least)
        found[name] = last
    return found


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
