"""Make the names that train4's model invents on its way: `python -m tools.making.growing_names`.

The explorable train_gpt opens on them. The reference trains the model from the beginning up to each
of a few steps, which takes two minutes; a test has the JavaScript engine do the same in a second.
"""

import json
import random

from microgpt_ref.data import load_docs
from microgpt_ref.lab.explorables.train_gpt import NAMES
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

SEED = 42
STEPS = 1000
MILESTONES = (0, 10, 50, 100, 300, 1000)


def names_after(step):
    """Twenty names of the model after so many steps of the run, from the same draws each time."""
    rng = random.Random(SEED)
    docs = load_docs()
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng, Settings("train4"))
    if step:
        model.fit(docs, STEPS, stop=step)
    draws = random.Random(SEED)
    return [model.sample(draws) for _ in range(20)]


def main():
    """Write the names of all milestones."""
    rows = [
        json.dumps({"step": step, "samples": names_after(step)}, ensure_ascii=False)
        for step in MILESTONES
    ]
    NAMES.write_text("[\n" + ",\n".join(rows) + "\n]\n", encoding="utf-8")
    print(NAMES.name)


if __name__ == "__main__":
    main()
