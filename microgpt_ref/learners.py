"""How a model learns: by counting, by a gradient worked out by hand, or through a graph of Values.

A learner takes training steps with weights of its own. The engines of `fast` are learners too.
"""

import math

from microgpt_ref.adam import SGD, Adam
from microgpt_ref.bigram import bigram_loss, count_pairs
from microgpt_ref.layers import document_loss, total
from microgpt_ref.mlp import descend, mlp_gradient
from microgpt_ref.value import flatten, to_floats, to_values

OPTIMIZERS = {"sgd": SGD, "adam": Adam}


class Learner:
    """Takes training steps on some documents, with weights of its own.

    Subclasses have `learn`, `weights`, `state` and `restore`; those that take several steps in
    one call have a `run` of their own, and those with gradients to compare have `gradient`.

    model: what to begin with; it stays as it is
    documents: lists of token ids, cut to the model's block; step s takes those of the numbers
        (s · batch + b) % len(documents), for b from 0 to batch - 1
    optimizer: a name in the stage's rates, or for `Autograd` also a class like those of `adam`
    """

    def __init__(self, model, documents, optimizer, batch=1):
        self.settings = model.settings
        self.documents = documents
        self.optimizer = optimizer
        self.batch = batch

    def chosen(self, step):
        """The documents of a step, counted from 0."""
        first, n = step * self.batch, len(self.documents)
        return [self.documents[(first + b) % n] for b in range(self.batch)]

    def run(self, first, rates):
        """Losses, in nats per token, of the steps from `first` on, one for each learning rate.

        Ends early after a loss that is not a number.
        """
        losses = []
        for step, rate in enumerate(rates, first):
            try:
                losses.append(self.learn(self.chosen(step), rate))
            except (ArithmeticError, ValueError):  # overflow, or the log of zero
                losses.append(math.nan)
            if not math.isfinite(losses[-1]):
                break
        return losses

    def learn(self, documents, rate):
        """The mean loss of some documents, from before the step that it then takes."""
        raise NotImplementedError

    def gradient(self, documents):
        """The mean loss of some documents, and its gradient: matrices named as the weights."""
        raise NotImplementedError

    def weights(self):
        """The weights, as a model and its checkpoint have them: matrices of numbers by name."""
        raise NotImplementedError

    def state(self):
        """A copy of all that a step changes."""
        raise NotImplementedError

    def restore(self, state):
        """Put back what `state` returned."""
        raise NotImplementedError


class Counting(Learner):
    """Counts pairs: no gradient, and no learning rate."""

    def __init__(self, model, documents, optimizer, batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.matrices = copied(model.weights)

    def learn(self, documents, rate):
        counts = self.matrices["counts"]
        losses = [bigram_loss(counts, tokens) for tokens in documents]
        for tokens in documents:
            count_pairs(counts, tokens)
        return total(losses) / len(losses)

    def weights(self):
        return copied(self.matrices)

    def state(self):
        return self.weights()

    def restore(self, state):
        self.matrices = copied(state)


class HandGradient(Counting):
    """Goes down the gradient of `mlp_gradient`, which was worked out by hand."""

    def learn(self, documents, rate):
        found = [mlp_gradient(self.matrices, tokens) for tokens in documents]
        for _, grads in found:
            descend(self.matrices, grads, rate / len(documents))
        return total([loss for loss, _ in found]) / len(documents)


class Autograd(Learner):
    """The reference itself: a Value for every number, so that any model has its gradient."""

    def __init__(self, model, documents, optimizer, batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.values = to_values(model.weights)
        self.parameters = flatten(self.values)
        self.stepper = OPTIMIZERS.get(optimizer, optimizer)(self.parameters)
        self.start = model.start

    def document_loss(self, tokens):
        """The loss of one document, a Value, in nats per token."""
        return document_loss(self.start(self.values), tokens)

    def backward(self, documents):
        """The mean loss of some documents; adds its gradient to that of the weights."""
        loss = total([self.document_loss(tokens) for tokens in documents]) / len(documents)
        loss.backward()
        return loss.data

    def learn(self, documents, rate):
        loss = self.backward(documents)
        self.stepper.step(rate)
        return loss

    def gradient(self, documents):
        loss = self.backward(documents)
        grads = {name: [[p.grad for p in row] for row in w] for name, w in self.values.items()}
        for p in self.parameters:
            p.grad = 0.0
        return loss, grads

    def weights(self):
        return to_floats(self.values)

    def state(self):
        attributes = {
            name: a[:] if isinstance(a, list) else a for name, a in vars(self.stepper).items()
        }
        return [p.data for p in self.parameters], attributes

    def restore(self, state):
        numbers, attributes = state
        for p, number in zip(self.parameters, numbers):
            p.data, p.grad = number, 0.0
        for name, a in attributes.items():
            setattr(self.stepper, name, a[:] if isinstance(a, list) else a)


def copied(weights):
    """The same matrices, with a copy of each row."""
    return {name: [row[:] for row in w] for name, w in weights.items()}
