"""What all engines have in common: which documents a step takes, and one step after another."""

import math


class BaseEngine:
    """An engine has weights of its own, and takes training steps with them.

    Other engines fill in `gradient`, `learn`, `weights`, `state` and `restore`; those that take
    several steps in one call fill in `run`.
    """

    def __init__(self, model, documents, optimizer="adam", batch=1):
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

        It ends early after a loss that is not a number.
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
        """The mean loss of some documents; then takes a step that makes it smaller."""
        raise NotImplementedError

    def gradient(self, documents):
        """The mean loss of some documents, and its gradient: matrices named as the weights."""
        raise NotImplementedError

    def weights(self):
        """The weights, as a model and its checkpoint have them: matrices of floats by name."""
        raise NotImplementedError

    def state(self):
        """A copy of all that a step changes."""
        raise NotImplementedError

    def restore(self, state):
        """Nothing; puts back what `state` returned."""
        raise NotImplementedError
