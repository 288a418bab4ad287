"""Figures and things to play with for train4."""

import json
import random
import sys
from pathlib import Path

from microgpt_ref.gpt import start_gpt
from microgpt_ref.lab.figures import STAGE_COLOURS, Picture, new_axes, token_label
from microgpt_ref.layers import add, dot, linear, rmsnorm, softmax, with_temperature
from microgpt_ref.sampling import generate

COLOUR = STAGE_COLOURS["train4"]
LIGHT = "#8f8f8f"
DASHES = ("-", "--", ":")


def sliding_means(losses, window, from_start=False):
    """The steps, from 1, and the means of the last `window` losses at each.

    They begin where there are as many; from_start: at step 1, with those that there are
    """
    steps = range(1 if from_start else window, len(losses) + 1)
    lasts = [losses[max(0, step - window) : step] for step in steps]
    return list(steps), [sum(last) / len(last) for last in lasts]


def compare_curves(runs, window=50, colours=None, y_limits=None, log_steps=False):
    """The sliding mean of the losses of several runs.

    runs: by label, the losses (steps,) in nats per token
    colours: by label, for those that aren't this stage's own
    y_limits: the lowest and highest loss that the chart has room for
    log_steps: give the first steps more room, and start at step 1
    """
    figure, axes = new_axes()
    words = []
    for (label, losses), dashes in zip(runs.items(), DASHES):
        steps, means = sliding_means(losses, window, from_start=log_steps)
        colour = (colours or {}).get(label, COLOUR)
        axes.plot(steps, means, dashes, color=colour, label=label)
        words.append(
            f"{label} from {means[0]:.4f} at step {steps[0]} "
            f"to {short(means[-1])} at step {steps[-1]:,}"
        )
    if y_limits:
        axes.set_ylim(*y_limits)
    if log_steps:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("step (log scale)" if log_steps else "step")
    axes.set_ylabel("loss (nats per token)")
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return Picture(figure, f"mean loss of the last {window} names; {'; '.join(words)}")


def short(loss):
    """A loss with 4 decimals, or as a power of ten if it is enormous."""
    return f"{loss:.4f}" if loss < 1000 else f"{loss:.0e}"


def running_mean_chart(gradients, means, label, corrected=None):
    """The gradients (steps,) of one weight as dots, and a running mean of them as a line.

    corrected: a second running mean, drawn dashed
    """
    figure, axes = new_axes()
    steps = range(1, len(gradients) + 1)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.plot(steps, gradients, "o", markersize=5, color=LIGHT, label="one name's gradient")
    axes.plot(steps, means, color=COLOUR, label="running mean")
    rising = sum(gradient > 0 for gradient in gradients)
    caption = (
        f"the gradient of {label} from {len(gradients)} names, one after another: {rising} are "
        f"positive, the lowest {min(gradients):.4f}, the highest {max(gradients):.4f}; of their "
        f"running mean the first is {means[0]:.4f}, the last {means[-1]:.4f}, the lowest "
        f"{min(means):.4f}, the highest {max(means):.4f}"
    )
    if corrected:
        axes.plot(steps, corrected, "--", color="black", label="with its start corrected")
        caption += f"; corrected, it begins at {corrected[0]:.4f} and ends at {corrected[-1]:.4f}"
    axes.set_xlabel("name")
    axes.set_ylabel("gradient (nats per unit)")
    axes.set_xticks(range(1, len(gradients) + 1, 1 if len(gradients) < 12 else 2))
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return Picture(figure, caption)


def rate_chart(runs):
    """The held-out loss by learning rate, a line for each optimizer; what failed stands on top.

    runs: for each optimizer's name a dictionary from rates to runs, as `load_run` gives them
    """
    figure, axes = new_axes(height=4.0)
    ended_well = [run for by_rate in runs.values() for run in by_rate.values() if reached_end(run)]
    top = max(run["held_out_loss"] for run in ended_well) + 0.03
    words = []
    for (name, by_rate), dashes, marker, fill in zip(
        runs.items(), ("--", "-"), "so", ("w", COLOUR)
    ):
        good = [rate for rate in sorted(by_rate) if reached_end(by_rate[rate])]
        losses = [by_rate[rate]["held_out_loss"] for rate in good]
        style = {"color": COLOUR, "markerfacecolor": fill, "label": name}
        axes.plot(good, losses, dashes, marker=marker, **style)
        words.append(f"{name} " + ", ".join(f"{x:g}: {y:.4f}" for x, y in zip(good, losses)))
        for rate in sorted(set(by_rate) - set(good)):
            axes.plot([rate], [top], "x", color=COLOUR)
            note = f"{name} at {rate:g}: blew up, no number"
            axes.annotate(note, (rate, top), (-8, -3), textcoords="offset points", ha="right")
            words.append(f"{name} {rate:g}: blew up, the loss is no longer a number")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("learning rate at the start (log scale)")
    axes.set_ylabel("held-out loss (nats per token)")
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    return Picture(figure, f"held-out loss by learning rate; {'; '.join(words)}")


def reached_end(run):
    """Whether a kept run came to its last step with a loss that is a number."""
    return run["ended"] == "all steps"


def head_weights(weights, tokens, n_head):
    """What the last token attends to in the first layer: for each head its weights (positions,).

    weights: floats, by the names of gpt_shapes
    """
    ys = []
    for position, token in enumerate(tokens):
        x = rmsnorm(add(weights["wte"][token], weights["wpe"][position]))
        ys.append(rmsnorm(x))
    q = linear(weights["layer0.wq"], ys[-1])
    keys = [linear(weights["layer0.wk"], y) for y in ys]
    size = len(q) // n_head
    heads = [slice(start, start + size) for start in range(0, len(q), size)]
    return [softmax([dot(q[h], k[h]) / size**0.5 for k in keys]) for h in heads]


def head_map(weights, tokenizer, text, n_head):
    """What each head of the first layer attends to when all of a text has been read."""
    tokens = tokenizer.encode(text)[:-1]
    rows = head_weights(weights, tokens, n_head)
    figure, axes = new_axes(height=2.6)
    image = axes.imshow(rows, cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for i, row in enumerate(rows):
        for j, weight in enumerate(row):
            colour = "white" if weight > 0.6 else "black"
            axes.text(j, i, f"{weight:.2f}", ha="center", va="center", color=colour, fontsize=9)
    labels = [token_label(tokenizer, token) for token in tokens]
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(n_head), [f"head {i}" for i in range(n_head)])
    axes.set_xlabel(f"token looked at, of ·{text}")
    figure.colorbar(image, ax=axes, label="attention weight")
    caption = f"attention weights after ·{text}, for {' '.join(labels)}, darker for more"
    for i, row in enumerate(rows):
        caption += f"; head {i}: " + " ".join(f"{weight:.2f}" for weight in row)
    return Picture(figure, caption)


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
    methods = {f.__code__: name for name, f in vars(cls).items() if hasattr(f, "__code__")}
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
