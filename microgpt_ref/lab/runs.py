"""Long runs that were made once and are kept in runs/, beside this module: tools.making.runs."""

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("runs")


def run_names():
    """The names of all kept runs, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load_run(name):
    """A kept run: stage, parameters, ended, losses (steps,), held_out_loss and samples.

    Losses are in nats per token; `ended` is "all steps", or says why there are fewer of them.
    Raises ValueError, naming those that exist, for an unknown name.
    """
    if name not in run_names():
        raise ValueError(f"there is no run {name!r}: use one of {', '.join(run_names())}")
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
