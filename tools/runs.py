"""Make the long runs that lessons show but don't repeat: `python -m tools.runs [NAME …] [--check]`.

Each run is a file microgpt_ref/lab/runs/NAME.json: stage, parameters, losses of 1,000 steps, the
loss on held-out documents, and 20 samples. With --check nothing is written: the first 50 steps of
each are made again and must be the same.
"""

import argparse
import json
import math
import random
import sys
from pathlib import Path

from microgpt_ref import model as models
from microgpt_ref.adam import Adam
from microgpt_ref.data import load_docs
from microgpt_ref.model import Settings, TrainingError, new_model
from microgpt_ref.tokenizer import Tokenizer

FOLDER = Path(models.__file__).parent / "lab" / "runs"
STEPS = 1000
RATES = {
    "sgd": (0.01, 0.03, 0.1, 0.3, 1.0),
    "adam": (0.0003, 0.001, 0.003, 0.03, 0.1),
}  # 0.01 is train4 itself


class AdamWithout(Adam):
    """Adam less one of its ideas: "momentum", "scaling" or "correction"."""

    def __init__(self, parameters, idea):
        super().__init__(parameters, beta1=0.0 if idea == "momentum" else 0.85)
        self.idea = idea

    def step(self, rate):
        """Nothing; one step, as Adam's but for the idea left out."""
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


def all_runs():
    """The runs by name: (stage, optimizer, rate), where an optimizer may be an idea left out."""
    runs = {stage: (stage, None, None) for stage in models.STAGES}
    for optimizer, rates in RATES.items():
        runs |= {f"train4-{optimizer}-{rate}": ("train4", optimizer, rate) for rate in rates}
    runs["train4-without-momentum"] = ("train4", "momentum", 0.01)
    runs["train4-without-correction"] = ("train4", "correction", 0.01)
    runs["train4-without-scaling"] = ("train4", "scaling", 0.1)
    return runs


def make(name, steps=STEPS):
    """One run, as it is kept; with fewer steps, only the losses of that run's beginning."""
    stage, optimizer, rate = all_runs()[name]
    if optimizer in ("momentum", "correction", "scaling"):
        idea, optimizer = optimizer, lambda parameters: AdamWithout(parameters, idea)
    rng = random.Random(42)
    docs = load_docs()
    rng.shuffle(docs)
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
    }


def same_beginning(name):
    """Whether the first 50 steps of a run, or those before it blows up, come out as kept."""
    kept = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["losses"][:50]
    made = make(name, 50)["losses"]
    sane = next((i for i, loss in enumerate(kept) if loss > 10), 50)  # beyond, every bit counts
    kept, made = kept[:sane], made[:sane]
    return len(kept) == len(made) and all(
        math.isclose(a, b, abs_tol=2e-6) for a, b in zip(kept, made)
    )


def main(arguments=None):
    """The exit status: 1 if a run is missing or begins otherwise than it is kept."""
    parser = argparse.ArgumentParser(prog="python -m tools.runs")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them by default")
    parser.add_argument("--check", action="store_true", help="compare the first 50 steps")
    options = parser.parse_args(arguments)
    FOLDER.mkdir(exist_ok=True)
    for name in options.names or all_runs():
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
