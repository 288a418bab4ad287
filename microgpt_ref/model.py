"""One object for every stage: its settings and weights, how it learns, and what it invents."""

from microgpt_ref.layers import total
from microgpt_ref.learners import Autograd
from microgpt_ref.runner import run
from microgpt_ref.sampling import generate
from microgpt_ref.settings import (
    Settings,
    check_optimizer,
    check_positive,
    check_temperature,
)
from microgpt_ref.value import flatten


class Model:
    """A model of one stage: settings, tokenizer, and weights as plain numbers.

    `new_model` makes one to train, `checkpoint.load` brings one back.
    """

    def __init__(self, settings, tokenizer, weights):
        self.settings = settings
        self.tokenizer = tokenizer
        self.weights = weights

    @property
    def stage(self):
        """The model's row in the table of stages."""
        return self.settings.row

    @property
    def parameter_count(self):
        """How many numbers the weights hold."""
        return len(flatten(self.weights))

    def start(self, weights=None):
        """A function next_logits(token) → (V,) for one new document, from train1 on.

        weights: those to use, of floats or of Values; the model's own if not given
        """
        return self.stage.start(weights or self.weights, self.settings)

    def start_probs(self, temperature=1.0):
        """A function next_probs(token) → (V,) for one new document."""
        return self.stage.start_probs(self.weights, self.settings, temperature)

    def cut(self, tokens):
        """The tokens of the first block_size positions of a document; all, if there is no block."""
        return tokens[: self.settings.block_size + 1] if self.settings.block_size else tokens

    def encode_all(self, docs):
        """The tokens of some documents, each cut to the block.

        Documents that are kept compactly (see `fast.documents`) are encoded as a whole.
        """
        if hasattr(docs, "encoded"):
            return docs.encoded(self.tokenizer, self.settings.block_size)
        return [self.cut(self.tokenizer.encode(doc)) for doc in docs]

    def loss(self, tokens):
        """Mean surprise of a document's tokens, in nats per token."""
        return self.stage.loss(self.weights, self.settings, self.cut(tokens))

    def held_out_loss(self, docs):
        """The loss over all tokens of some documents, in nats per token."""
        documents = self.encode_all(docs)
        surprises = [self.loss(tokens) * (len(tokens) - 1) for tokens in documents]
        return total(surprises) / sum(len(tokens) - 1 for tokens in documents)

    def sample(self, rng, temperature=0.5, prompt=""):
        """The text of one new document; see `samples`."""
        return self.samples(1, rng, temperature, prompt)[0]

    def samples(self, count, rng, temperature=0.5, prompt=""):
        """The texts of new documents, drawn one after another; the prompt is their beginning.

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
        try:
            return self.drawn(count, rng, temperature, prompt_tokens)
        except (ArithmeticError, ValueError):
            largest = max(map(abs, flatten(self.weights)))
            raise ValueError(
                f"weights as large as {largest:.3g} give probabilities that are not numbers: "
                "train the model again with a lower learning rate"
            ) from None

    def drawn(self, count, rng, temperature, prompt):
        """The texts of new documents that begin with some tokens; for `samples`."""
        texts = []
        for _ in range(count):
            probs = self.start_probs(temperature)
            bos, max_tokens = self.tokenizer.bos, self.settings.max_tokens
            tokens = generate(probs, bos, max_tokens, rng, prompt)
            texts.append(self.tokenizer.decode(tokens))
        return texts

    def fit(
        self,
        docs,
        steps=1000,
        optimizer=None,
        rate=None,
        report=None,
        batch=1,
        stop=None,
        learner=None,
        losses=None,
    ):
        """Losses of the steps (steps,), in nats per token; trains the model.

        optimizer: "adam" (the default of train4) or "sgd"; where Values learn also a class like
            those of `adam`, which then needs a rate
        rate: the learning rate at the start; the stage's own if not given
        batch: how many documents a step takes; its loss is their mean
        learner: a class of `learners` or an engine's; the stage's own if not given

        See `runner.run` for `report`, `stop` and `losses`, and for how a run can end.
        """
        check_positive("steps", steps)
        check_positive("batch", batch)
        if stop is not None:
            check_positive("stop", stop)
            if stop > steps:
                raise ValueError(f"stop {stop} is past the last step: use at most steps {steps}")
        if not docs:
            raise ValueError("there are no documents to learn from: give at least one")
        learner = learner or self.stage.learner
        optimizer, rate = self.check_learning(learner, optimizer, rate)
        documents = self.encode_all(docs[: steps * batch])
        learner = learner(self, documents, optimizer, batch)
        return run(self, learner, steps, rate, report, stop, losses)

    def check_learning(self, learner, optimizer, rate):
        """The optimizer and the rate of a run. Raises ValueError for what doesn't go together."""
        rates = self.stage.rates
        optimizer = optimizer or next(iter(rates))
        if callable(optimizer):
            if not issubclass(learner, Autograd):
                raise ValueError(
                    f"{self.settings.stage} has no graph for an optimizer of your own: "
                    "use train2 to 4"
                )
            if rate is None:
                raise ValueError(
                    "an optimizer of your own needs a rate: give fit a rate, such as 0.01"
                )
            return optimizer, rate
        check_optimizer(self.settings.stage, optimizer)
        return optimizer, rates[optimizer] if rate is None else rate


def new_model(tokenizer, rng, settings=None):
    """A model to be trained, with weights drawn from rng, or for train0 with nothing counted."""
    settings = settings or Settings()
    shapes = settings.shapes(tokenizer.vocab_size)
    return Model(settings, tokenizer, settings.row.first_weights(shapes, rng))
