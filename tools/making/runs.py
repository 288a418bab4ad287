"""Make the long runs that lessons show but don't repeat.

    python -m tools.making.runs [NAME …] [--check]

Each run is a file microgpt_ref/lab/runs/NAME.json. Most are 1,000 steps of one stage: parameters,
losses, the loss on held-out documents, and 20 samples. The others, by a fast engine:

    train1-film                        train1's table of probabilities as it learns, at three rates
    train3-puzzle, train3-puzzle-sgd   train3's model on words whose last letter is their first
    train4-seeds                       held-out losses of several settings, from eight first weights
    train4-long                        1,000 to 30,000 names, with attention and without
    train4-heads                       1,000 and 30,000 names with one head and with four

With --check nothing is written: the beginning of each is made again and must be the same.
"""

import argparse
import json
import math
import random
import sys
from pathlib import Path

from microgpt_ref import fast, lab
from microgpt_ref.adam import Adam
from microgpt_ref.data import load_docs
from microgpt_ref.lab.train4 import names_from
from microgpt_ref.layers import random_weights, softmax
from microgpt_ref.mlp import descend, mlp, mlp_gradient, mlp_shapes
from microgpt_ref.model import Model, new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.sampling import generate
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer

FOLDER = Path(lab.__file__).parent / "runs"
STEPS = 1000
RATES = {
    "sgd": (0.01, 0.03, 0.1, 0.3, 1.0),
    "adam": (0.0003, 0.001, 0.003, 0.03, 0.1),
}  # 0.01 is train4 itself


GROWING = (1, 10, 50, 200, 1000)  # steps after which train4 is asked for names
SEEDS = range(1, 9)  # of first weights; the names are always shuffled by 42
SETTINGS = {
    "Adam with 4 heads": {},
    "Adam with 1 head": {"n_head": 1},
    "Adam with 2 layers": {"n_layer": 2},
    "SGD at 0.3": {"optimizer": "sgd", "rate": 0.3},
    "SGD at 0.1": {"optimizer": "sgd", "rate": 0.1},
}
LONG = (1000, 3000, 10000, 30000)  # steps of the long runs, one name each
HEADS_LONG = LONG[0], LONG[-1]
HEADS = {"1 head": 1, "4 heads": 4}
PUZZLES = {"train3-puzzle": (Adam, 0.01, 400), "train3-puzzle-sgd": ("sgd", 0.1, 1000)}
FILM_STEPS = (0, 10, 20, 50, 100, 200, 300, 500, 700, 1000)
FILM_RATES = (0.1, 1.0, 3.0)
TRAINED_WORDS = 116  # of the puzzle's 216


class AdamWithout(Adam):
    """Adam less one of its ideas: "momentum", "scaling" or "correction"."""

    def __init__(self, parameters, idea):
        super().__init__(parameters, beta1=0.0 if idea == "momentum" else 0.85)
        self.idea = idea

    def step(self, rate):
        """Take one step as Adam does, but for the idea left out."""
        self.steps += 1
        m_scale, v_scale = 1 - self.beta1**self.steps, 1 - self.beta2**self.steps
        if self.idea == "correction":
            m_scale = v_scale = 1.0
        for i, p in enumerate(self.parameters):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * p.grad
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * p.grad**2
            size = 1.0 if self.idea == "scaling" else (self.v[i] / v_scale) ** 0.5 + self.eps
            p.data -= rate * (self.m[i] / m_scale) / size
            p.grad = 0.0


def run_names():
    """The names of all runs."""
    return [*one_stage_runs(), *SPECIAL]


def one_stage_runs():
    """Runs of 1,000 steps: {name: (stage, optimizer, rate)}, where an idea may be left out."""
    runs = {stage: (stage, None, None) for stage in STAGES}
    for optimizer, rates in RATES.items():
        runs |= {f"train4-{optimizer}-{rate}": ("train4", optimizer, rate) for rate in rates}
    runs["train4-without-momentum"] = ("train4", "momentum", 0.01)
    runs["train4-without-correction"] = ("train4", "correction", 0.01)
    runs["train4-without-scaling"] = ("train4", "scaling", 0.1)
    return runs


def make(name, steps=STEPS):
    """Make a run; return it as it is kept, or with fewer steps only the losses of its beginning."""
    if name in SPECIAL:
        return SPECIAL[name]()
    stage, optimizer, rate = one_stage_runs()[name]
    if optimizer in ("momentum", "correction", "scaling"):
        idea, optimizer = optimizer, lambda parameters: AdamWithout(parameters, idea)
    docs, rng = shuffled_docs()
    model = new_model(Tokenizer(docs), rng, Settings(stage))
    losses = []

    def note(step, loss):
        losses.append(round(loss, 6))
        if len(losses) == steps < STEPS:
            raise KeyboardInterrupt

    ended = "all steps"
    try:
        model.fit(docs, STEPS, optimizer, rate, note)
    except TrainingError:
        ended = "the loss is no longer a number"
    except KeyboardInterrupt:
        return {"losses": losses}
    return {
        "stage": stage,
        "parameters": model.parameter_count,
        "ended": ended,
        "losses": losses,
        "held_out_loss": round(model.held_out_loss(docs[1000:1300]), 6),
        "samples": [model.sample(rng) for _ in range(20)],
    } | ({"growing_up": growing_up()} if name == "train4" else {})


# Names, by a fast engine


def shuffled_docs():
    """The names in the order of all lessons, and the generator that shuffled them."""
    rng = random.Random(42)
    docs = load_docs()
    rng.shuffle(docs)
    return docs, rng


def trained(docs, rng, steps, stop=None, optimizer=None, rate=None, engine="numpy", **settings):
    """A model of train4 after so many steps."""
    model = new_model(Tokenizer(docs), rng, Settings("train4", **settings))
    fast.fit(model, docs, steps, optimizer, rate, engine=engine, stop=stop)
    return model


def growing_up():
    """{step: five names} of train4's run, on the way to its end."""
    names = {}
    for step in GROWING:
        docs, rng = shuffled_docs()
        model = trained(docs, rng, STEPS, stop=step)
        names[str(step)] = names_from(model.weights, model.tokenizer)
    return names


def seeds(settings=SETTINGS, numbers=SEEDS):
    """Held-out losses of each setting, from the first weights of each seed."""
    docs, _ = shuffled_docs()
    found = {}
    for label, options in settings.items():
        models = [trained(docs, random.Random(n), STEPS, **options) for n in numbers]
        arrays = [fast.sampler(model, "numpy") for model in models]
        found[label] = [round(model.held_out_loss(docs[1000:1300]), 6) for model in arrays]
    return {"stage": "train4", "steps": STEPS, "seeds": [*numbers], "held_out_losses": found}


def blanked(weights, name):
    """The weights with one matrix set to zeros."""
    return {**weights, name: [[0.0] * len(row) for row in weights[name]]}


def unseen_rows():
    """The names that come after the longest run's last one, less those that it was trained on."""
    docs, _ = shuffled_docs()
    seen = set(docs[: LONG[-1]])
    return [doc for doc in docs[LONG[-1] :] if doc not in seen]


def long_runs(lengths=LONG):
    """The losses on unseen rows after so many names, with attention and without."""
    rows = unseen_rows()
    found = {"stage": "train4", "steps": [*lengths], "rows": len(rows), "samples": {}}
    kinds = {"held_out_loss": None, "without_wo": "layer0.wo", "without_wq": "layer0.wq"}
    found |= {kind: [] for kind in kinds}
    for steps in lengths:
        docs, rng = shuffled_docs()
        model = trained(docs, rng, steps)
        for kind, name in kinds.items():
            weights = blanked(model.weights, name) if name else model.weights
            other = Model(model.settings, model.tokenizer, weights)
            found[kind].append(round(fast.sampler(other, "numpy").held_out_loss(rows), 6))
        found["samples"][str(steps)] = [model.sample(rng) for _ in range(20)]
    return found


def heads(lengths=HEADS_LONG, numbers=SEEDS):
    """The losses on unseen rows with one head and with four: {label: {steps: a loss per seed}}.

    A seed draws the same first weights for both, because their shapes are the same.
    """
    (docs, _), rows = shuffled_docs(), unseen_rows()
    found = {label: {} for label in HEADS}
    for label, n_head in HEADS.items():
        for steps in lengths:
            models = [trained(docs, random.Random(n), steps, n_head=n_head) for n in numbers]
            losses = [fast.sampler(model, "numpy").held_out_loss(rows) for model in models]
            found[label][str(steps)] = [round(loss, 6) for loss in losses]
    return {"stage": "train4", "rows": len(rows), "seeds": [*numbers], "held_out_losses": found}


# Train1's table


def film(rates=FILM_RATES, stop=None):
    """By rate, at some steps: the table in percent, names drawn from it, and the loss so far."""
    return {
        "stage": "train1",
        "steps": [*FILM_STEPS],
        "rates": {f"{r:.1f}": filmed(r, stop) for r in rates},
    }


def filmed(rate, stop=None):
    """The frames of one rate, up to the step at which the loss is no longer a number."""
    docs, rng = shuffled_docs()
    tokenizer = Tokenizer(docs)
    weights = random_weights(mlp_shapes(tokenizer.vocab_size, 16), rng)
    frames, losses = {"tables": [], "names": [], "losses": []}, []
    for step in range(1 + (stop or FILM_STEPS[-1])):
        if step in FILM_STEPS:
            frame = framed(weights, tokenizer)
            frames["tables"].append(frame[0])
            frames["names"].append(frame[1])
            last = losses[-50:] or [frame[2]]
            frames["losses"].append(round(sum(last) / len(last), 4))
        loss, grads = mlp_gradient(weights, tokenizer.encode(docs[step]))
        losses.append(loss)
        if not math.isfinite(loss) or loss > 1e6:
            frames["lost"] = step + 1
            break
        descend(weights, grads, rate * (1 - step / FILM_STEPS[-1]))
    return frames


def framed(weights, tokenizer):
    """A table of probabilities in percent, five names drawn from it, and the loss of knowing it."""
    table = [softmax(mlp(weights, token)) for token in range(tokenizer.vocab_size)]
    dice = random.Random(1)
    names = [
        tokenizer.decode(generate(lambda token: table[token], tokenizer.bos, 16, dice))
        for _ in range(5)
    ]
    percent = [[round(100 * p) for p in row] for row in table]
    return percent, names, math.log(tokenizer.vocab_size)


# The puzzle


def puzzle_words(rng=None):
    """All words of four letters out of six whose last letter is their first, shuffled."""
    words = [a + b + c + a for a in "abcdef" for b in "abcdef" for c in "abcdef"]
    (rng or random.Random(42)).shuffle(words)
    return words


def puzzle(name, stop=None):
    """train3's model after its training on the puzzle's words: losses and weights."""
    optimizer, rate, steps = PUZZLES[name]
    rng = random.Random(42)
    words = puzzle_words(rng)
    model = new_model(Tokenizer(words), rng, Settings("train3"))
    losses = model.fit(words[:TRAINED_WORDS], steps, optimizer, rate, stop=stop)
    weights = {
        key: [[round(a, 5) for a in row] for row in matrix] for key, matrix in model.weights.items()
    }
    losses = [round(loss, 6) for loss in losses]
    return {"stage": "train3", "rate": rate, "losses": losses, "weights": weights}


SPECIAL = {
    "train1-film": film,
    "train3-puzzle": lambda: puzzle("train3-puzzle"),
    "train3-puzzle-sgd": lambda: puzzle("train3-puzzle-sgd"),
    "train4-seeds": seeds,
    "train4-long": long_runs,
    "train4-heads": heads,
}


def same_beginning(name):
    """Whether the beginning of a run comes out as kept."""
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    if name == "train4-seeds":
        made = seeds(numbers=SEEDS[:1])["held_out_losses"]
        pairs = [(kept["held_out_losses"][label][0], losses[0]) for label, losses in made.items()]
        return all(math.isclose(a, b, abs_tol=2e-6) for a, b in pairs)
    if name == "train4-long":
        made = long_runs(LONG[:1])
        kinds = ("held_out_loss", "without_wo", "without_wq")
        return all(math.isclose(kept[kind][0], made[kind][0], abs_tol=2e-6) for kind in kinds)
    if name == "train4-heads":
        made = heads(HEADS_LONG[:1], SEEDS[:1])["held_out_losses"]
        return all(
            math.isclose(kept["held_out_losses"][label][steps][0], losses[0], abs_tol=2e-6)
            for label, by_steps in made.items()
            for steps, losses in by_steps.items()
        )
    if name == "train1-film":
        made = film(rates=(1.0,), stop=50)["rates"]["1.0"]
        return all(kept["rates"]["1.0"][key][:4] == found for key, found in made.items())
    if name in PUZZLES:
        made = puzzle(name, stop=50)
        return same_losses(kept["losses"][:50], made["losses"])
    return same_losses(kept["losses"][:50], make(name, 50)["losses"])


def same_losses(kept, made):
    """Whether the losses of 50 steps, or of those before a run blows up, are equal."""
    sane = next((i for i, loss in enumerate(kept) if loss > 10), 50)  # beyond, every bit counts
    kept, made = kept[:sane], made[:sane]
    return len(kept) == len(made) and all(
        math.isclose(a, b, abs_tol=2e-6) for a, b in zip(kept, made)
    )


def main(arguments=None):
    """Make or check the runs; return the exit status, 1 if one begins otherwise than it is kept."""
    parser = argparse.ArgumentParser(prog="python -m tools.making.runs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them by default")
    parser.add_argument("--check", action="store_true", help="compare the first 50 steps")
    options = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    for name in options.names or run_names():
        if options.check:
            if not same_beginning(name):
                print(f"{name} begins otherwise than it is kept; run `make runs`", file=sys.stderr)
                return 1
        else:
            text = json.dumps(make(name), allow_nan=False).replace("], ", "],\n")
            (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
