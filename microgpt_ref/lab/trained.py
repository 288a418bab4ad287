"""A lesson's model as it stands after its training, for a notebook that doesn't train it itself."""

import random

from microgpt_ref.data import load_docs
from microgpt_ref.fast import AUTO, chosen, learner_of
from microgpt_ref.layers import random_weights
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import find_stage
from microgpt_ref.tokenizer import Tokenizer

STEPS = 1000
OUTSIDE = ("wte", "wpe", "lm_head")  # of the layers
STAGES = ("train3", "train4")


def trained(stage, steps=STEPS, engine=AUTO):
    """A lesson's weights after its training, matrices of floats by name.

    They are trained here, on the fastest engine that is installed: with numpy in a second. They
    equal the lesson's to within rounding.

    NB: train3 is trained as train4 with a single head and SGD, which is the same model by other
    names, because the fast engines know train4 alone.
    Raises ValueError for another stage than train3 and train4.
    """
    if stage not in STAGES:
        raise ValueError(f"trained has no stage {stage!r}: use one of {', '.join(STAGES)}")
    docs, rng = load_docs("ssa2018"), random.Random(42)
    rng.shuffle(docs)
    tokenizer = Tokenizer(docs)
    row = find_stage(stage)
    shapes = Settings(stage).shapes(tokenizer.vocab_size)
    settings = Settings("train4", n_head=row.options.get("n_head", 1))
    order = settings.shapes(tokenizer.vocab_size)
    drawn = {in_layer(name): w for name, w in random_weights(shapes, rng).items()}
    model = Model(settings, tokenizer, {name: drawn[name] for name in order})
    optimizer, rate = next(iter(row.rates.items()))
    model.fit(docs, steps, optimizer, rate, learner=learner_of(chosen(engine), model))
    return {name: model.weights[in_layer(name)] for name in shapes}


def in_layer(name):
    """What train4 calls a matrix of train3, or of its own."""
    return name if name in OUTSIDE or "." in name else f"layer0.{name}"
