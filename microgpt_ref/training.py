"""The training loop, the same for every stage, and the loss on documents held out from it."""

import gc
import signal
import threading
from contextlib import contextmanager


def train(learn, docs, tokenizer, steps, rate=0.0, report=None):
    """Losses (steps,), in nats per token, each from before the step that learned from it.

    learn: takes a document's tokens and a learning rate, returns the loss and updates the model
    rate: the learning rate of the first step, which falls in a straight line to 0 at the end
    report: called after each step with its number, from 0, and its loss
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


@contextmanager
def cycle_collector_paused():
    """Python's cycle collector, off while the block runs, and then as it was before.

    A graph of Values has no cycles: the collector would walk through it in vain, over and over,
    and take half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def interrupts_deferred():
    """A function that raises KeyboardInterrupt if Ctrl-C was pressed since the block began.

    So a run can end between two steps, with whole weights. A second Ctrl-C doesn't wait. Outside
    the main thread, where Python delivers no signals, the function does nothing.
    """
    pressed = []

    def note_it(signum, frame):
        pressed.append(signum)
        if len(pressed) > 1:
            raise KeyboardInterrupt

    def raise_if_pressed():
        if pressed:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield raise_if_pressed
        return
    previous = signal.signal(signal.SIGINT, note_it)
    try:
        yield raise_if_pressed
    finally:
        signal.signal(signal.SIGINT, previous)
