"""The same model on faster engines, one idea a module; the command line's `--engine` names them.

scalar    the reference: a Value for every number
dot       a Value for every dot product
numpy     no graph: forward and backward written out on arrays
batch     many names at a time
compiled  machine code from plain loops
simd      machine code from explicit vectors
torch     PyTorch, on a GPU where there is one; `distributed` trains with several processes
"""

import math
import time
import warnings
from collections import deque
from importlib import import_module

from microgpt_ref.guards import cycle_collector_paused, interrupts_deferred
from microgpt_ref.model import RATES, TrainingError, check_positive

# the libraries that each engine needs, by the names under which pip installs them
LIBRARIES = {
    "scalar": (),
    "dot": (),
    "numpy": ("numpy",),
    "batch": ("numpy",),
    "compiled": ("numba",),
    "simd": ("numba",),
    "torch": ("torch", "numpy"),
}
ENGINES = tuple(LIBRARIES)


def check_engine(name, stage="train4", batch=1):
    """Nothing. Raises ValueError unless the engine is known, installed, and for this stage."""
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}: use {', '.join(ENGINES)}")
    check_positive("batch", batch)
    if stage != "train4" and batch != 1:
        raise ValueError(f"batch is for train4 alone: for {stage} use a batch of 1")
    if stage != "train4" and name != "scalar":
        raise ValueError(f"engine {name} is for train4 alone: for {stage} use engine scalar")
    missing = [library for library in LIBRARIES[name] if not is_installed(library)]
    if missing:
        raise ValueError(
            f"engine {name} needs {' and '.join(missing)}: "
            f"python -m pip install {' '.join(missing)}"
        )


def is_installed(library):
    """True if a library can be imported."""
    try:
        import_module(library)
    except ImportError:
        return False
    return True


def new_engine(name, model, documents, optimizer="adam", batch=1):
    """An engine that trains a model's weights on some documents; it leaves the model as it is.

    documents: lists of token ids, each cut to the model's block; step s takes those of the
        numbers (s · batch + b) % len(documents), for b from 0 to batch - 1
    """
    check_engine(name, model.settings.stage, batch)
    name, reason = substitute(name, model, batch)
    if reason:
        warnings.warn(reason, stacklevel=2)
    module = import_module(f"microgpt_ref.fast.{name}")
    return module.Engine(model, documents, optimizer, batch)


def substitute(name, model, batch=1):
    """The name of the engine that serves, and why it is not the one asked for, or an empty text."""
    if name == "simd":
        simd = import_module("microgpt_ref.fast.simd")
        if reason := simd.why_not(model.settings, model.tokenizer.vocab_size, batch):
            return "compiled", f"{reason}: engine compiled serves"
    return name, ""


def fit(
    model,
    docs,
    steps=1000,
    optimizer=None,
    rate=None,
    report=None,
    engine="scalar",
    batch=1,
    stop=None,
):
    """Losses of the steps (steps,), in nats per token; trains a model of train4 on an engine.

    As `Model.fit`, which trains all other stages too; a step's loss is the mean over its
    documents. Ctrl-C and a loss that is not a number end a run as they do there.
    stop: after how many of the steps to end; the learning rate falls over all of them
    """
    check_engine(engine, model.settings.stage, batch)
    if (engine, batch, stop) == ("scalar", 1, None):
        return model.fit(docs, steps, optimizer, rate, report)
    check_positive("steps", steps)
    if stop is not None:
        check_positive("stop", stop)
    rates = RATES[model.settings.stage]
    optimizer = optimizer or next(iter(rates))
    if optimizer not in rates:
        raise ValueError(f"unknown optimizer {optimizer!r}: use {' or '.join(rates)}")
    if not docs:
        raise ValueError("there are no documents to learn from: give at least one")
    documents = [model.cut(model.tokenizer.encode(doc)) for doc in docs[: steps * batch]]
    trained = new_engine(engine, model, documents, optimizer, batch)
    run = Run(trained, steps, rates[optimizer] if rate is None else rate)
    with cycle_collector_paused(), interrupts_deferred() as raise_if_pressed:

        def after_step(step, loss):
            if report:
                report(step, loss)
            raise_if_pressed()

        try:
            return run.all_steps(after_step, stop)
        finally:
            model.weights = trained.weights()


def sampler(model, engine):
    """A model that samples as this one does, on arrays if the engine has them."""
    check_engine(engine, model.settings.stage)
    if not LIBRARIES[engine]:
        return model
    return import_module("microgpt_ref.fast.sampling").ArrayModel(model)


class Run:
    """A run on an engine, which takes several steps a call: as many as fit in about 1/50 s.

    What it keeps of earlier calls leads back to the weights of any step since, so that a run
    that ends early has the same weights as if each step had been a call.
    """

    def __init__(self, engine, steps, rate):
        self.engine, self.steps, self.rate = engine, steps, rate
        self.kept = deque(maxlen=2)  # the last calls: (first step, engine's state before it)
        self.losses = []

    def rates(self, first, end):
        """The learning rates of some steps, on a straight line that falls to 0 at the end."""
        return [self.rate * (1 - step / self.steps) for step in range(first, end)]

    def all_steps(self, after_step, stop=None):
        """The losses of all steps, or of the first `stop` of them.

        Whatever else ends the run early leaves the engine at its step.
        """
        count, last = 1, self.steps if stop is None else stop
        while len(self.losses) < last:
            first, start = len(self.losses), time.perf_counter()
            self.kept.append((first, self.engine.state()))
            end = min(first + count, last)
            try:
                made = self.engine.run(first, self.rates(first, end))
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
        """Nothing; notes the losses of some steps. Raises TrainingError at one that is none."""
        for loss in made:
            if not math.isfinite(loss):
                raise TrainingError(
                    f"the loss is not a number at step {len(self.losses) + 1}: use a lower "
                    "learning rate; the weights are the last ones with which it was a number"
                )
            self.losses.append(loss)
            after_step(len(self.losses) - 1, loss)

    def go_back(self, step):
        """Nothing; puts the engine where it was before a step, counted from 0."""
        first, state = next(kept for kept in reversed(self.kept) if kept[0] <= step)
        self.engine.restore(state)
        if first < step:
            self.engine.run(first, self.rates(first, step))
