"""The reference itself: a Value for every number."""

from microgpt_ref.adam import SGD, Adam
from microgpt_ref.fast.engine import BaseEngine
from microgpt_ref.gpt import start_gpt
from microgpt_ref.layers import document_loss, total
from microgpt_ref.value import flatten, to_floats, to_values


class Engine(BaseEngine):
    """About 30,000 Values for a name of six letters."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.values = to_values(model.weights)
        self.parameters = flatten(self.values)
        self.stepper = {"sgd": SGD, "adam": Adam}[optimizer](self.parameters)

    def document_loss(self, tokens):
        """The loss of one document, a Value."""
        next_logits = start_gpt(self.values, self.settings.n_layer, self.settings.n_head)
        return document_loss(next_logits, tokens)

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
        return [p.data for p in self.parameters], copied(vars(self.stepper))

    def restore(self, state):
        numbers, moments = state
        for p, number in zip(self.parameters, numbers):
            p.data, p.grad = number, 0.0
        vars(self.stepper).update(copied(moments))


def copied(attributes):
    """The same table, with a copy of each list."""
    return {name: a[:] if isinstance(a, list) else a for name, a in attributes.items()}
