"""One object for every stage: its settings and weights, how it learns, and what it invents."""

import math
from dataclasses import dataclass

from microgpt_ref.adam import SGD, Adam
from microgpt_ref.bigram import bigram_loss, bigram_probs, count_pairs, zero_counts
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.guards import cycle_collector_paused, interrupts_deferred
from microgpt_ref.layers import document_loss, random_weights, total, with_temperature
from microgpt_ref.mlp import descend, mlp, mlp_gradient, mlp_shapes
from microgpt_ref.sampling import generate
from microgpt_ref.training import train
from microgpt_ref.transformer import start_transformer, transformer_shapes
from microgpt_ref.value import flatten, to_floats, to_values

STAGES = ("train0", "train1", "train2", "train3", "train4")

# which stages have which option
STAGES_WITH = {
    "n_layer": ("train4",),
    "n_embd": ("train1", "train2", "train3", "train4"),
    "n_head": ("train4",),
    "block_size": ("train3", "train4"),
    "optimizer": ("train4",),
    "batch": ("train4",),
    "temperature": ("train1", "train2", "train3", "train4"),
}

# the learning rate of the first step, by optimizer
RATES = {"train0": {"count": 0.0}, "train1": {"sgd": 1.0}, "train2": {"sgd": 1.0}}
RATES |= {"train3": {"sgd": 0.1}, "train4": {"adam": 0.01, "sgd": 0.1}}

MAX_TOKENS = 16  # in a sample of the stages that have no block_size


class TrainingError(ArithmeticError):
    """The loss is no longer a number; the model is left with the last weights that were good."""


@dataclass(frozen=True)
class Settings:
    """What a model is like. Raises ValueError for what can't be, naming the value.

    n_layer, n_embd, n_head, block_size: GPT-2's names; a stage that lacks one has None there
    """

    stage: str = "train4"
    n_layer: int | None = None
    n_embd: int | None = None
    n_head: int | None = None
    block_size: int | None = None

    def __post_init__(self):
        if self.stage not in STAGES:
            raise ValueError(f"unknown stage {self.stage!r}: use one of {', '.join(STAGES)}")
        defaults = {"n_layer": 1, "n_embd": 16, "n_head": 4, "block_size": 16}
        for name, default in defaults.items():
            value = getattr(self, name)
            if value is not None:
                check_option(self.stage, name)
                check_positive(name, value)
            elif self.stage in STAGES_WITH[name]:
                object.__setattr__(self, name, default)
        if self.n_head and self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd {self.n_embd} can't be shared among {self.n_head} heads: "
                f"use a multiple of n_head {self.n_head}"
            )

    @property
    def max_tokens(self):
        """How many positions a document may have."""
        return self.block_size or MAX_TOKENS


def check_option(stage, name):
    """Nothing. Raises ValueError if the stage lacks this option."""
    if stage not in STAGES_WITH[name]:
        stages = ", ".join(STAGES_WITH[name])
        raise ValueError(f"{name} is not an option of {stage}: use it with {stages}")


def check_positive(name, value):
    """Nothing. Raises ValueError unless the value is a whole number, 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} {value!r} is out of range: use a whole number, 1 or more")


def check_temperature(value):
    """Nothing. Raises ValueError unless the value is a finite number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"temperature {value!r} is out of range: use a finite number above 0")


def weight_shapes(settings, vocab_size):
    """The shapes (rows, columns) of a model's matrices, by name, in the order of drawing."""
    if settings.stage == "train0":
        return {"counts": (vocab_size, vocab_size)}
    if settings.stage in ("train1", "train2"):
        return mlp_shapes(vocab_size, settings.n_embd)
    if settings.stage == "train3":
        return transformer_shapes(vocab_size, settings.n_embd, settings.block_size)
    return gpt_shapes(vocab_size, settings.n_embd, settings.block_size, settings.n_layer)


class Model:
    """A model of one stage: settings, tokenizer, and weights as plain floats.

    `new_model` makes one to train, `checkpoint.load` brings one back.
    """

    def __init__(self, settings, tokenizer, weights):
        self.settings = settings
        self.tokenizer = tokenizer
        self.weights = weights

    @property
    def parameter_count(self):
        """How many numbers the weights hold."""
        return len(flatten(self.weights))

    def start(self, weights=None):
        """A function next_logits(token) → (V,) for one new document, from train1 on.

        weights: those to use, of floats or of Values; the model's own if not given
        """
        weights, settings = weights or self.weights, self.settings
        if settings.stage == "train3":
            return start_transformer(weights)
        if settings.stage == "train4":
            return start_gpt(weights, settings.n_layer, settings.n_head)
        return lambda token: mlp(weights, token)

    def start_probs(self, temperature=1.0):
        """A function next_probs(token) → (V,) for one new document."""
        if self.settings.stage == "train0":
            return lambda token: bigram_probs(self.weights["counts"], token)
        return with_temperature(self.start(), temperature)

    def cut(self, tokens):
        """The tokens of the first block_size positions of a document; all, if there is no block."""
        return tokens[: self.settings.block_size + 1] if self.settings.block_size else tokens

    def loss(self, tokens):
        """Mean surprise of a document's tokens, in nats per token."""
        if self.settings.stage == "train0":
            return bigram_loss(self.weights["counts"], tokens)
        return document_loss(self.start(), self.cut(tokens))

    def held_out_loss(self, docs):
        """The loss over all tokens of some documents, in nats per token."""
        documents = [self.cut(self.tokenizer.encode(doc)) for doc in docs]
        surprises = [self.loss(tokens) * (len(tokens) - 1) for tokens in documents]
        return total(surprises) / sum(len(tokens) - 1 for tokens in documents)

    def sample(self, rng, temperature=0.5, prompt=""):
        """The text of one new document; the prompt is its beginning.

        Raises ValueError for a prompt that is too long or has unknown characters, for a
        temperature that is not a finite number above 0, and for weights so large that the
        probabilities are not numbers. train0 has no temperature.
        """
        check_temperature(temperature)
        max_tokens = self.settings.max_tokens
        if len(prompt) > max_tokens:
            raise ValueError(
                f"prompt {prompt!r} has {len(prompt)} characters: use at most {max_tokens}"
            )
        prompt_tokens = self.tokenizer.characters_to_ids(prompt)
        probs = self.start_probs(temperature)
        try:
            tokens = generate(probs, self.tokenizer.bos, max_tokens, rng, prompt_tokens)
        except (ArithmeticError, ValueError):
            largest = max(map(abs, flatten(self.weights)))
            raise ValueError(
                f"weights as large as {largest:.3g} give probabilities that are not numbers: "
                "train the model again with a lower learning rate"
            ) from None
        return self.tokenizer.decode(tokens)

    def fit(self, docs, steps=1000, optimizer=None, rate=None, report=None):
        """Losses of the steps (steps,), in nats per token; trains the model.

        The model's `weights` become new lists, step by step; train0 counts in its own.

        optimizer: "adam" (the default of train4) or "sgd"; from train2 on also a class like those
            of `adam`, which then needs a rate
        rate: the learning rate at the start; the stage's own if not given

        Ctrl-C raises KeyboardInterrupt between two steps, with the weights as far as they came.
        Raises TrainingError when the loss is no longer a number, and leaves the weights of the
        last step at which it was one. Python's cycle collector is held off meanwhile.
        """
        check_positive("steps", steps)
        if not docs:
            raise ValueError("there are no documents to learn from: give at least one")
        stage, rates = self.settings.stage, RATES[self.settings.stage]
        optimizer = optimizer or next(iter(rates))
        if not callable(optimizer) and optimizer not in rates:
            raise ValueError(
                f"unknown optimizer {optimizer!r} for {stage}: use {' or '.join(rates)}"
            )
        if callable(optimizer) and stage in ("train0", "train1"):
            raise ValueError(f"{stage} has no graph for an optimizer of your own: use train2 to 4")
        if callable(optimizer) and rate is None:
            raise ValueError("an optimizer of your own needs a rate: give fit a rate, such as 0.01")
        trainer = Trainer(self, optimizer)
        with cycle_collector_paused(), interrupts_deferred() as raise_if_pressed:

            def after_step(step, loss):
                if report:
                    report(step, loss)
                raise_if_pressed()

            rate = rates[optimizer] if rate is None else rate
            return train(trainer.learn, docs, self.tokenizer, steps, rate, after_step)


class Trainer:
    """Teaches a model, one document a step, and keeps its weights good."""

    def __init__(self, model, optimizer):
        self.model = model
        self.step = 0
        self.last_good = model.weights
        if model.settings.stage not in ("train0", "train1"):
            self.values = to_values(model.weights)
            make_optimizer = {"sgd": SGD, "adam": Adam}.get(optimizer, optimizer)
            self.optimizer = make_optimizer(flatten(self.values))

    def learn(self, tokens, rate):
        """The loss of the tokens, in nats per token; then updates the model's weights."""
        if self.model.settings.stage == "train0":
            loss = self.model.loss(tokens)
            count_pairs(self.model.weights["counts"], tokens)
            return loss
        self.step += 1
        try:
            loss, updated = self.updated(self.model.cut(tokens), rate)
        except (ArithmeticError, ValueError) as error:  # overflow, or the log of zero
            loss, cause = math.nan, error
        else:
            cause = None
        if not math.isfinite(loss):
            self.model.weights = self.last_good
            raise TrainingError(
                f"the loss is not a number at step {self.step}: use a lower learning rate; "
                "the weights are the last ones with which it was a number"
            ) from cause
        self.last_good, self.model.weights = self.model.weights, updated
        return loss

    def updated(self, tokens, rate):
        """The loss of the tokens, and new weights."""
        if self.model.settings.stage == "train1":
            loss, grads = mlp_gradient(self.model.weights, tokens)
            weights = {name: [row[:] for row in w] for name, w in self.model.weights.items()}
            descend(weights, grads, rate)
            return loss, weights
        loss = document_loss(self.model.start(self.values), tokens)
        loss.backward()
        self.optimizer.step(rate)
        return loss.data, to_floats(self.values)


def new_model(tokenizer, rng, settings=None):
    """A model to be trained, with weights drawn from rng, or for train0 with nothing counted."""
    settings = settings or Settings()
    if settings.stage == "train0":
        weights = {"counts": zero_counts(tokenizer.vocab_size)}
    else:
        weights = random_weights(weight_shapes(settings, tokenizer.vocab_size), rng)
    return Model(settings, tokenizer, weights)
