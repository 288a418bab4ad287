"""The table of stages: all that sets one apart from the others, in one row for each.

Model, command line, checkpoint, figures, style sheet, lessons and tests read it. A sixth stage
would be a row here, a module with its model, and a lesson.
"""

from collections.abc import Callable
from dataclasses import dataclass

from microgpt_ref.bigram import bigram_loss, bigram_probs, zero_counts
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.layers import document_loss, random_weights, with_temperature
from microgpt_ref.learners import Autograd, Counting, HandGradient
from microgpt_ref.mlp import mlp, mlp_shapes
from microgpt_ref.transformer import start_transformer, transformer_shapes

SIZES = ("n_layer", "n_embd", "n_head", "block_size")  # GPT-2's names and nanoGPT's


@dataclass(frozen=True)
class Stage:
    """A stage whose model is a network: token in, logits out.

    color, color_in_dark: wherever this stage is drawn, on paper and on a dark ground
    options: what can be set from outside, with defaults; those in SIZES are its settings
    rates: the learning rate of the first step, by optimizer; the first optimizer is the default
    shapes: takes the size of the vocabulary and settings, returns {name: (rows, columns)} of the
        weights, in drawing order
    start: takes weights and settings, returns a function next_logits(token) → (V,) for one new
        document
    learner: a class of `learners`
    """

    name: str
    color: str
    color_in_dark: str
    options: dict
    rates: dict
    shapes: Callable
    start: Callable
    learner: type
    whole_numbers: bool = False  # what its weights are; floats elsewhere

    def first_weights(self, shapes, rng):
        """The weights of a model that has learned nothing yet."""
        return random_weights(shapes, rng)

    def loss(self, weights, settings, tokens):
        """Mean surprise of a document's tokens, in nats per token."""
        return document_loss(self.start(weights, settings), tokens)

    def start_probs(self, weights, settings, temperature):
        """A function next_probs(token) → (V,) for one new document."""
        return with_temperature(self.start(weights, settings), temperature)


class CountingStage(Stage):
    """A stage whose model is a table of counts: token in, probabilities out."""

    def first_weights(self, shapes, rng):
        return {name: zero_counts(n_rows) for name, (n_rows, _) in shapes.items()}

    def loss(self, weights, settings, tokens):
        return bigram_loss(weights["counts"], tokens)

    def start_probs(self, weights, settings, temperature):
        return lambda token: bigram_probs(weights["counts"], token)


ROWS = (
    CountingStage(
        name="train0",
        color="#0061a1",
        color_in_dark="#93caf5",
        options={},
        rates={"count": 0.0},
        shapes=lambda vocab_size, s: {"counts": (vocab_size, vocab_size)},
        start=None,  # it has no logits
        learner=Counting,
        whole_numbers=True,
    ),
    Stage(
        name="train1",
        color="#c74f00",
        color_in_dark="#ec8a42",
        options={"n_embd": 16, "temperature": 0.5},
        rates={"sgd": 1.0},
        shapes=lambda vocab_size, s: mlp_shapes(vocab_size, s.n_embd),
        start=lambda weights, s: lambda token: mlp(weights, token),
        learner=HandGradient,
    ),
    Stage(
        name="train2",
        color="#6f1c62",
        color_in_dark="#d160bc",
        options={"n_embd": 16, "temperature": 0.5},
        rates={"sgd": 1.0},
        shapes=lambda vocab_size, s: mlp_shapes(vocab_size, s.n_embd),
        start=lambda weights, s: lambda token: mlp(weights, token),
        learner=Autograd,
    ),
    Stage(
        name="train3",
        color="#0b775a",
        color_in_dark="#4fc99d",
        options={"n_embd": 16, "block_size": 16, "temperature": 0.5},
        rates={"sgd": 0.1},
        shapes=lambda vocab_size, s: transformer_shapes(vocab_size, s.n_embd, s.block_size),
        start=lambda weights, s: start_transformer(weights),
        learner=Autograd,
    ),
    Stage(
        name="train4",
        color="#685000",
        color_in_dark="#ffe27a",
        options={
            "n_layer": 1,
            "n_embd": 16,
            "n_head": 4,
            "block_size": 16,
            "optimizer": "adam",
            "engine": "scalar",
            "batch": 1,
            "temperature": 0.5,
        },
        rates={"adam": 0.01, "sgd": 0.1},
        shapes=lambda vocab_size, s: gpt_shapes(vocab_size, s.n_embd, s.block_size, s.n_layer),
        start=lambda weights, s: start_gpt(weights, s.n_layer, s.n_head),
        learner=Autograd,
    ),
)
STAGES = {stage.name: stage for stage in ROWS}
LAST = ROWS[-1].name  # the full GPT, which is meant where no stage is named


def find_stage(name):
    """The Stage of this name. Raises ValueError if there is none."""
    if name not in STAGES:
        raise ValueError(f"unknown stage {name!r}: use one of {', '.join(STAGES)}")
    return STAGES[name]


def check_option(stage, name):
    """Raise ValueError if the stage of this name lacks an option."""
    if name not in find_stage(stage).options:
        stages = ", ".join(one.name for one in ROWS if name in one.options)
        raise ValueError(f"{name} is not an option of {stage}: use it with {stages}")
