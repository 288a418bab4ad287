"""Figures and things to play with for train4."""

import json
import math
import random
import sys
from pathlib import Path

from microgpt_ref.gpt import start_gpt
from microgpt_ref.lab.canvas.charts import Chart, key_above, padded
from microgpt_ref.lab.canvas.drawing import DASHED, DOTTED
from microgpt_ref.lab.figures import Picture, chart_on, listed, sliding_means
from microgpt_ref.layers import with_temperature
from microgpt_ref.sampling import generate
from microgpt_ref.stages import STAGES

STAGE = "train4"
DASHES = ((), DASHED, DOTTED)


def compare_curves(runs, window=50, y_limits=None, log_steps=False):
    """The sliding mean of the losses of several runs.

    runs: by label, the losses (steps,) in nats per token
    y_limits: the lowest and highest loss that the chart has room for
    log_steps: give the first steps more room, and start at step 1
    """
    found = {
        label: sliding_means(losses, window, from_start=log_steps) for label, losses in runs.items()
    }
    words = [
        f"{label} from {means[0]:.4f} at step {steps[0]} "
        f"to {short(means[-1])} at step {steps[-1]:,}"
        for label, (steps, means) in found.items()
    ]

    def draw(drawing):
        draw_curves(drawing, found, y_limits, log_steps)

    lost = [label for label, (_, means) in found.items() if not means[-1] < 100]
    best = min(set(found) - set(lost), key=lambda label: found[label][1][-1])
    caption = f"{best} reached the lowest loss" + (
        f", and {listed(lost)} blew up." if lost else "."
    )
    description = f"Mean loss of the last {window} names: {'; '.join(words)}."
    return Picture(draw, caption, description)


def draw_curves(drawing, found, y_limits, log_steps):
    """Draw sliding means (steps, means) by label; the labels stand above, each after its line."""
    last = max(steps[-1] for steps, _ in found.values())
    finite = [x for _, means in found.values() for x in means if math.isfinite(x)]
    marks = [(label, STAGE, dashes) for label, dashes in zip(found, DASHES)]
    top = key_above(drawing, marks) + 30
    x = (1, last) if log_steps else (0, last)
    chart = chart_on(drawing, x, y_limits or padded(finite), 270, 240, top=top, log_x=log_steps)
    chart.y_axis("loss (nats per token)")
    chart.x_axis("step, ×10 per mark" if log_steps else "step")
    for (steps, means), dashes in zip(found.values(), DASHES):
        chart.line(steps, means, STAGE, 2.4, dashes)


def short(loss):
    """A loss with 4 decimals, or as a power of ten if it is enormous."""
    return f"{loss:.4f}" if loss < 1000 else f"{loss:.0e}"


def running_mean_chart(gradients, means, label):
    """The gradients (steps,) of one weight as dots, and their running mean as a line."""
    rising = sum(gradient > 0 for gradient in gradients)
    description = (
        f"The gradient of {label} from {len(gradients)} names, one after another: {rising} are "
        f"positive, the lowest {min(gradients):.4f}, the highest {max(gradients):.4f}. Their "
        f"running mean begins at {means[0]:.4f} and ends at {means[-1]:.4f}, the lowest "
        f"{min(means):.4f}, the highest {max(means):.4f}."
    )
    caption = "Single gradients jump around; their running mean moves slowly."

    def draw(drawing):
        marks = [("one name’s gradient", "soft", None), ("running mean", STAGE, ())]
        top = key_above(drawing, marks) + 30
        x = 0.4, len(gradients) + 0.6
        chart = chart_on(drawing, x, padded([*gradients, *means]), 240, 220, top=top)
        chart.y_axis("gradient (nats per unit)", most=4)
        every = 1 if len(gradients) < 12 else 2 if not drawing.narrow else 5
        steps = range(1, len(gradients) + 1)
        chart.x_axis("name", [(n, str(n)) for n in steps if (n - 1) % every == 0])
        chart.line(x, [0, 0], "soft", 1)
        drawing.dots(chart.points(steps, gradients), 4, "soft")
        chart.line(steps, means, STAGE, 2.6)

    return Picture(draw, caption, description)


def ladder(losses):
    """The held-out loss of each stage as a rung, from knowing nothing down to the last.

    losses: by stage, in nats per token
    """
    nothing = math.log(27)
    rungs = {"knowing nothing": nothing, **losses}

    def draw(drawing):
        draw_ladder(drawing, rungs)

    last = list(losses)[-1]
    caption = (
        f"Knowing nothing means hesitating between {math.exp(nothing):.0f} tokens; {last} "
        f"hesitates between {math.exp(losses[last]):.1f}."
    )
    said = listed(f"{name} {loss:.4f}, {math.exp(loss):.2f} tokens" for name, loss in rungs.items())
    return Picture(draw, caption, f"Held-out losses in nats per token: {said}.")


def draw_ladder(drawing, rungs):
    """Draw a bar for each rung, as long as the number of tokens that it hesitates between."""
    left, row = drawing.by_width(140, 8), drawing.by_width(38, 56)
    room = drawing.width - left - drawing.by_width(190, 120)
    widest = math.exp(max(rungs.values()))
    for i, (name, loss) in enumerate(rungs.items()):
        y, tokens = drawing.by_width(22, 36) + row * i, math.exp(loss)
        color = name if name in STAGES else "soft"
        at = (left - 12, y) if not drawing.narrow else (left, y - 18)
        drawing.text(*at, name, 14, color, drawing.by_width("end", "start"), bold=True)
        wide = room * tokens / widest
        drawing.rectangle(left, y - 9, wide, 18, color, 0.85, rounding=4)
        words = drawing.by_width(f"{tokens:.2f} tokens, loss {loss:.4f}", f"{tokens:.2f} tokens")
        drawing.text(left + wide + 10, y, words, 14, "ink")
    drawing.height = drawing.by_width(8, 0) + row * len(rungs)


def seeds_chart(losses):
    """The held-out losses of several settings, a dot for each seed and a tick at their mean.

    losses: by label, in nats per token
    """
    means = {label: sum(found) / len(found) for label, found in losses.items()}

    def draw(drawing):
        draw_seeds(drawing, losses, means)

    best = min(means, key=means.get)
    beaten = [label for label, found in losses.items() if min(found) > max(losses[best])]
    caption = f"Every run of {best} beats every run of {listed(beaten)}."
    if not beaten:
        caption = "No setting is ahead of another with every seed."
    said = "; ".join(
        f"{label}: mean {means[label]:.4f}, from {min(found):.4f} to {max(found):.4f}"
        for label, found in losses.items()
    )
    count = len(next(iter(losses.values())))
    return Picture(draw, caption, f"Held-out losses from {count} first weights each. {said}.")


def draw_seeds(drawing, losses, means):
    """Draw a row of dots for each setting."""
    numbers = [loss for found in losses.values() for loss in found]
    left, row = drawing.by_width(190, 14), drawing.by_width(40, 58)
    bottom = 30 + row * len(losses)
    edges = left, 10, drawing.width - 20, bottom
    chart = Chart(drawing, edges, padded(numbers), (0, 1))
    chart.x_axis("held-out loss (nats per token)")
    for i, (label, found) in enumerate(losses.items()):
        y = 34 + row * i
        color = STAGE if label.startswith("Adam") else "train3"
        at = (left - 14, y) if not drawing.narrow else (left, y - 20)
        drawing.text(*at, label, 14, "ink", drawing.by_width("end", "start"))
        drawing.line([(left, y), (drawing.width - 20, y)], "line", 1)
        drawing.dots([(chart.x(loss), y) for loss in found], 5, color, 0.55)
        x = chart.x(means[label])
        drawing.line([(x, y - 13), (x, y + 13)], "ink", 3)
    drawing.height = bottom + 46


def awakening(run):
    """What it costs to blank wq or wo after training on more and more names.

    run: a kept run with `steps` and, for each of them, `held_out_loss`, `without_wq`, `without_wo`
    """
    steps = run["steps"]
    costs = {
        label: [without - loss for without, loss in zip(run[key], run["held_out_loss"])]
        for label, key in (
            ("nobody asks (wq blank)", "without_wq"),
            ("no attention (wo blank)", "without_wo"),
        )
    }

    def draw(drawing):
        draw_awakening(drawing, steps, costs)

    first, last = (costs["nobody asks (wq blank)"][i] for i in (0, -1))
    caption = (
        f"Asking is worth {first:.3f} nats after {steps[0]:,} names and {last:.3f} after "
        f"{steps[-1]:,}."
    )
    said = "; ".join(
        f"{label}: " + ", ".join(f"{n:,} names {cost:.4f}" for n, cost in zip(steps, found))
        for label, found in costs.items()
    )
    said = f"By how many nats the held-out loss rises when a matrix is set to zeros. {said}."
    return Picture(draw, caption, said)


def draw_awakening(drawing, steps, costs):
    """Draw a line for each kind of cost over the number of names, on a log scale."""
    marks = [(label, STAGE, dashes) for label, dashes in zip(costs, ((), DASHED))]
    top = key_above(drawing, marks) + 34
    highest = max(cost for found in costs.values() for cost in found)
    x = steps[0] * 0.85, steps[-1] * 1.2
    chart = chart_on(drawing, x, (0, highest * 1.05), 250, 230, top=top, log_x=True)
    chart.y_axis("what it costs to go without (nats per token)")
    chart.x_axis("names trained on", [(n, f"{n:,}") for n in steps])
    for (_, found), (_, color, dashes) in zip(costs.items(), marks):
        chart.line(steps, found, color, 2.6, dashes)
        drawing.dots(chart.points(steps, found), 4.5, color)


def rate_chart(runs, hide=()):
    """The held-out loss by learning rate, a line for each optimizer; what failed stands on top.

    runs: for each optimizer's name a dictionary from rates to runs, as `load_run` gives them
    hide: an optimizer's name and a rate that stay out of the chart
    """
    runs = {
        name: {rate: run for rate, run in by_rate.items() if (name, rate) != tuple(hide)}
        for name, by_rate in runs.items()
    }
    good = {
        name: {
            rate: by_rate[rate]["held_out_loss"]
            for rate in sorted(by_rate)
            if reached_end(by_rate[rate])
        }
        for name, by_rate in runs.items()
    }
    failed = {name: sorted(set(by_rate) - set(good[name])) for name, by_rate in runs.items()}

    def draw(drawing):
        draw_rates(drawing, good, failed)

    words = []
    for name in runs:
        words.append(f"{name} " + ", ".join(f"{x:g}: {y:.4f}" for x, y in good[name].items()))
        words += [
            f"{name} at {rate:g} blew up: its loss is no longer a number" for rate in failed[name]
        ]
    description = f"Held-out loss by learning rate. {'; '.join(words)}."
    ends = [
        f"{name} does best at {min(found, key=found.get):g} and blows up at the next rate"
        if failed[name]
        else f"{name} never blows up"
        for name, found in good.items()
    ]
    return Picture(draw, f"{'; '.join(ends)}.", description)


def draw_rates(drawing, good, failed):
    """Draw losses by rate for each optimizer, and a cross at the top for each run that failed."""
    losses = [loss for found in good.values() for loss in found.values()]
    rates = [rate for found in (*good.values(), *failed.values()) for rate in found]
    room = 0.14 * (max(losses) - min(losses)) + 0.02
    low, high = min(losses) - room, max(losses) + room
    x = min(rates) / 1.4, max(rates) * 1.6
    chart = chart_on(drawing, x, (low, high), 290, 270, top=40, log_x=True)
    chart.y_axis("held-out loss (nats per token)")
    chart.x_axis("learning rate, ×10 per mark")
    for (name, found), dashes in zip(good.items(), (DASHED, ())):
        chart.line(found, found.values(), STAGE, 2.2, dashes)
        for rate, loss in found.items():
            drawing.circle(*chart.at(rate, loss), 4.5, "paper" if dashes else STAGE, STAGE, 2)
        best = min(found, key=found.get)
        x, y = chart.at(best, found[best])
        drawing.text(
            x, y + 18, f"{name} {found[best]:.2f}", 14, STAGE, "middle", bold=True, halo=True
        )
        for rate in failed[name]:
            x, y = chart.at(rate, high - room / 3)
            drawing.crosses([(x, y)], 5, STAGE, 2.2)
            drawing.text(x - 12, y, f"{name} at {rate:g} blew up", 13, "ink", "end", halo=True)


def reached_end(run):
    """Whether a kept run came to its last step with a loss that is a number."""
    return run["ended"] == "all steps"


def names_from(weights, tokenizer, temperature=0.5, prompt="", count=5, seed=1, n_head=4):
    """Invented names (count,), each beginning with the prompt.

    weights: floats, by the names of gpt_shapes. Raises ValueError for a prompt with unknown
    characters or longer than the block.
    """
    n_layer, block_size = (len(weights) - 3) // 6, len(weights["wpe"])
    if len(prompt) > block_size:
        raise ValueError(f"prompt {prompt!r} is too long: use at most {block_size} letters")
    prompt_tokens = tokenizer.characters_to_ids(prompt)
    rng, names = random.Random(seed), []
    for _ in range(count):
        next_probs = with_temperature(start_gpt(weights, n_layer, n_head), temperature)
        tokens = generate(next_probs, tokenizer.bos, block_size, rng, prompt_tokens)
        names.append(tokenizer.decode(tokens))
    return names


def show_names(weights, tokenizer, temperature, prompt, count=5, n_head=4):
    """A line of invented names at this temperature, or what is wrong with the prompt."""
    prompt = prompt.strip().lower()
    try:
        names = names_from(weights, tokenizer, temperature, prompt, count, n_head=n_head)
    except ValueError as error:
        return str(error)
    return f"temperature {temperature}: {' '.join(name or '(empty)' for name in names)}"


def methods_called(cls, action):
    """The names of the methods of a class that are called while `action()` runs."""
    functions = {name: getattr(f, "__func__", f) for name, f in vars(cls).items()}
    methods = {f.__code__: name for name, f in functions.items() if hasattr(f, "__code__")}
    called = set()

    def note(frame, event, argument):
        if event == "call" and frame.f_code in methods:
            called.add(methods[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return called


def lines_by_lesson(stage):
    """How many lines of the program as it stands at the end of a lesson come from which lesson.

    Lines that are empty count for none.
    """
    lines = json.loads(Path(__file__).with_name("program.json").read_text(encoding="utf-8"))[stage]
    owners = [owner for _, length, owner in lines if length]
    return {owner: owners.count(owner) for owner in sorted(set(owners))}
