"""The training loop, the same for every stage, and the loss on documents held out from it."""


def train(learn, docs, tokenizer, steps, rate=0.0, report=None):
    """Losses (steps,), in nats per token, each from before its step.

    learn: takes a document's tokens and a learning rate, updates the
        model and returns the loss
    rate: the learning rate of the first step; it falls in a straight
        line to 0 at the end
    report: called after each step with its number, from 0, and loss
    """
    losses = []
    for step in range(steps):
        tokens = tokenizer.encode(docs[step % len(docs)])
        loss = learn(tokens, rate * (1 - step / steps))
        losses.append(loss)
        if report:
            report(step, loss)
    return losses


def evaluate(loss, docs, tokenizer):
    """The loss over all tokens of some documents, in nats per token.

    loss: takes a document's tokens, returns their mean surprise
    """
    surprise, count = 0.0, 0
    for doc in docs:
        tokens = tokenizer.encode(doc)
        surprise += loss(tokens) * (len(tokens) - 1)
        count += len(tokens) - 1
    return surprise / count
