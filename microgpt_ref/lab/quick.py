"""What quick forms of long cells call: the JavaScript engine trains the same steps in a second.

A cell that trains for long through a graph of Values has a quick form, in its metadata, which ends
with the same names bound to the same numbers, but for their last bits. The page runs it where the
cell itself isn't what a reader wants to see.

NB: Values and optimizers are known by what they have, since a lesson may have classes of its own.
"""

from microgpt_ref.fast import js
from microgpt_ref.lab import showing
from microgpt_ref.layers import plain
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings
from microgpt_ref.training import evaluate


def quick_train(stage, weights, docs, tokenizer, steps, rate, optimizer=None, **copies):
    """Losses (steps,), in nats per token, as `training.train` has them; moves the weights.

    weights: matrices by name, of floats or of Values
    optimizer: SGD if not given; an Adam remembers what it would have after these steps
    copies: see `take_steps`
    """
    name = "adam" if hasattr(optimizer, "m") else "sgd"
    engine = new_engine(stage, weights, tokenizer, docs[:steps], name)
    rates = [rate * (1 - step / steps) for step in range(steps)]
    losses = take_steps(engine, rates, **copies)
    move(weights, engine.weights())
    if name == "adam":
        remember(optimizer, js.unpacked(engine.state()))
    if showing.page:
        showing.page.show_losses(losses, steps)
    return losses


def take_steps(engine, rates, snapshots=None, at=()):
    """Losses of the steps, one for each rate.

    at: the numbers of steps after which a copy of the weights is put into `snapshots`
    """
    losses = []
    for end in sorted({*at, len(rates)}):
        losses += engine.run(len(losses), rates[len(losses) : end])
        if end in at:
            snapshots[end] = engine.weights()
    return losses


def quick_loss(stage, weights, tokenizer):
    """A function of a document's tokens: their mean surprise, in nats per token.

    weights: matrices of floats by name
    """
    engine = new_engine(stage, weights, tokenizer)
    return lambda tokens: engine.losses([tokens])[0]


def quick_trial(stage, weights, docs, tokenizer, steps, rate, held_out, without=()):
    """The loss on held-out documents after a short run from these weights, which stay as they are.

    without: parts of a transformer that are left out, "rmsnorm" or "residuals"
    """
    engine = new_engine(stage, weights, tokenizer, docs[:steps])
    engine.leave_out(list(without))
    engine.run(0, [rate * (1 - step / steps) for step in range(steps)])
    return evaluate(lambda tokens: engine.losses([tokens])[0], held_out, tokenizer)


def new_engine(stage, weights, tokenizer, docs=(), optimizer="sgd"):
    """The JavaScript engine, with these weights and documents, and the stage's own settings."""
    numbers = {name: [list(map(plain, row)) for row in w] for name, w in weights.items()}
    model = Model(Settings(stage), tokenizer, numbers)
    documents = [model.cut(tokenizer.encode(doc)) for doc in docs]
    return js.Engine(model, documents, optimizer)


def move(weights, trained):
    """Put the trained numbers in the place of the weights', in place."""
    for name, w in weights.items():
        for row, numbers in zip(w, trained[name]):
            for i, number in enumerate(numbers):
                if hasattr(row[i], "data"):
                    row[i].data, row[i].grad = number, 0.0
                else:
                    row[i] = number


def remember(adam, state):
    """Give an Adam the engine's: weights, number of steps, means, and means of squares."""
    n = len(adam.parameters)
    adam.steps = round(state[n])
    adam.m, adam.v = state[n + 1 : 2 * n + 1], state[2 * n + 1 :]
