"""A training run, the same for every stage and engine: it can stop at any step and stay whole.

Ctrl-C and a loss that is not a number end it between two steps, with good weights.
"""

import gc
import math
import signal
import sys
import threading
import time
from collections import deque
from contextlib import contextmanager


class TrainingError(ArithmeticError):
    """The loss is no longer a number; the model is left with the last weights that were good."""


def run(model, learner, steps, rate, report=None, stop=None, losses=None):
    """Losses of the steps (steps,), in nats per token; the model gets the learner's weights.

    learner: what takes the steps, as in `learners`
    rate: the learning rate of the first step, which falls in a straight line to 0 after the last
    report: called after each step with its number, from 0, and its loss
    stop: after how many of the steps to end; the learning rate falls over all of them
    losses: what the losses are added to, such as array("d"), a quarter as large as a list

    However the run ends, the model's weights are those of the last step that was taken. Raises
    KeyboardInterrupt between two steps after Ctrl-C, and TrainingError when the loss is no longer
    a number, with the weights of the last step at which it was one.
    """
    with cycle_collector_paused(), interrupts_deferred() as raise_if_pressed:

        def after_step(step, loss):
            if report:
                report(step, loss)
            raise_if_pressed()

        try:
            return Run(learner, steps, rate, losses).all_steps(after_step, stop)
        finally:
            model.weights = learner.weights()


class Run:
    """A run in which a learner takes several steps per call: as many as fit in about 1/50 s.

    What it keeps of earlier calls leads back to the weights of any step since, so that a run
    that ends early has the same weights as if each step had been a call.
    """

    def __init__(self, learner, steps, rate, losses=None):
        self.learner, self.steps, self.rate = learner, steps, rate
        self.kept = deque(maxlen=2)  # the last calls: (first step, learner's state before it)
        self.losses = [] if losses is None else losses

    def rates(self, first, end):
        """The learning rates of some steps, on a straight line that falls to 0 at the end."""
        return [self.rate * (1 - step / self.steps) for step in range(first, end)]

    def all_steps(self, after_step, stop=None):
        """The losses of all steps, or of the first `stop` of them.

        Whatever else ends the run early leaves the learner at its step.
        """
        count, last = 1, self.steps if stop is None else stop
        while len(self.losses) < last:
            first, start = len(self.losses), time.perf_counter()
            self.kept.append((first, self.learner.state()))
            end = min(first + count, last)
            try:
                made = self.learner.run(first, self.rates(first, end))
                self.take(made, after_step)
            except TrainingError:
                self.go_back(max(0, len(self.losses) - 1))
                raise
            except BaseException:  # such as KeyboardInterrupt, from wherever it comes
                self.go_back(len(self.losses))
                raise
            seconds = time.perf_counter() - start
            if seconds < 0.01:
                count *= 2
            elif seconds > 0.04:
                count = max(1, count // 2)
        return self.losses

    def take(self, made, after_step):
        """Note the losses of some steps. Raises TrainingError at one that is not a number."""
        for loss in made:
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is not a number at step {len(self.losses) + 1}: use a lower "
                    "learning rate; the weights are the last ones with which it was a number"
                )
            self.losses.append(loss)
            after_step(len(self.losses) - 1, loss)

    def go_back(self, step):
        """Put the learner where it was before a step, counted from 0."""
        first, state = next(kept for kept in reversed(self.kept) if kept[0] <= step)
        self.learner.restore(state)
        if first < step:
            self.learner.run(first, self.rates(first, step))


@contextmanager
def cycle_collector_paused():
    """CPython's cycle collector, off while the block runs, and then as it was before.

    A graph of Values has no cycles: the collector would walk through it in vain, over and over,
    and take up to half of the time. Other Pythons, such as PyPy, free all memory by such a
    collector, so there it stays on.
    """
    pause = gc.isenabled() and sys.implementation.name == "cpython"
    if pause:
        gc.disable()
    try:
        yield
    finally:
        if pause:
            gc.enable()


@contextmanager
def interrupts_deferred():
    """A function that raises KeyboardInterrupt if Ctrl-C was pressed since the block began.

    A run can then end between two steps, with whole weights. A second Ctrl-C doesn't wait.
    Outside the main thread, where Python delivers no signals, the function does nothing.
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
