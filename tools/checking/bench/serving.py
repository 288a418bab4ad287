"""The process of a row: `python -m tools.checking.bench.serving`, asked in lines of JSON.

It imports what its jobs need, and no more: plain's process holds plain alone. A job takes as many
documents as it is asked to, and says how long they took; the time doesn't include what is asked
before and after.
"""

import gc
import json
import math
import os
import random
import re
import sys
import time
import warnings
from itertools import accumulate
from pathlib import Path

STEPS_OF_A_RUN = 1000  # the length that the learning rate falls over; then it begins anew
COMPARED = 100  # losses that are handed on, to be compared
TRAINED = 300  # steps, before a model is sampled
LONG = 127  # characters of a long document


def documents(long=False):
    """The documents that are learned from; long ones are shuffled names, joined."""
    from microgpt_ref.data import load_docs

    docs = load_docs()
    if not long:
        return docs
    random.Random(42).shuffle(docs)
    text = "".join(docs)
    return [text[i : i + LONG] for i in range(0, len(text) - LONG, LONG)]


class Plain:
    """The published algorithm's steps, one document each."""

    by = "plain"

    def __init__(self):
        self.steps = self.all_steps()

    def all_steps(self):
        """The losses of one run after another."""
        from bench import plain

        while True:
            self.run = plain.Run(documents())
            yield from self.run.training_steps()

    def take(self, count):
        """The losses of the next steps."""
        return [next(self.steps) for _ in range(count)]

    def weights(self):
        """The weights, as numbers."""
        rows = self.run.weights.items()
        return {name: [[p.data for p in row] for row in matrix] for name, matrix in rows}


class Training:
    """Steps of a stage's reference, or of an engine."""

    def __init__(self, engine="scalar", stage="train4", batch=1, rate=None, **sizes):
        from microgpt_ref import fast
        from microgpt_ref.stages import STAGES

        docs = documents(long=sizes.get("block_size", 0) > LONG)
        model, docs = start(docs, stage, **sizes)
        ids = [model.cut(model.tokenizer.encode(doc)) for doc in docs]
        optimizer, own_rate = next(iter(STAGES[stage].rates.items()))
        with warnings.catch_warnings(record=True) as warned:
            self.learner = fast.new_engine(engine, model, ids, optimizer, batch)
        self.by = f"{type(self.learner).__module__}.{type(self.learner).__name__}"
        if engine not in ("scalar", self.by.split(".")[-2]):
            raise ValueError(str(warned[-1].message) if warned else f"{self.by} serves")
        self.rate, self.batch, self.step = rate or own_rate, batch, 0
        self.parameters = model.parameter_count
        self.ends = [0, *accumulate(len(tokens) - 1 for tokens in ids)]

    def take(self, count):
        """The losses of the steps for the next documents, of which `batch` are one step."""
        losses, steps = [], -(-count // self.batch)
        while len(losses) < steps:  # a run begins anew after its last step, with these weights
            first = self.step % STEPS_OF_A_RUN
            last = min(first + steps - len(losses), STEPS_OF_A_RUN)
            rates = [self.rate * (1 - step / STEPS_OF_A_RUN) for step in range(first, last)]
            found = self.learner.run(self.step, rates)
            if len(found) < len(rates) or not math.isfinite(found[-1]):
                raise ArithmeticError(f"the loss is not a number at step {self.step + len(found)}")
            losses += found
            self.step += len(found)
        return losses

    def tokens(self, first, last):
        """How many positions the documents from one number to another have, as they come round."""
        whole = len(self.ends) - 1
        counted = [n // whole * self.ends[-1] + self.ends[n % whole] for n in (first, last)]
        return counted[1] - counted[0]

    def weights(self):
        """The weights, as numbers."""
        return self.learner.weights()

    def usage(self):
        """Seconds of processor time and MB of an engine's own process; 0 if it has none."""
        return self.learner.usage() if hasattr(self.learner, "usage") else (0.0, 0.0)


def start(docs, stage="train4", **sizes):
    """An untrained model and the shuffled documents, as every run begins."""
    from microgpt_ref.model import new_model
    from microgpt_ref.settings import Settings
    from microgpt_ref.tokenizer import Tokenizer

    rng = random.Random(42)
    docs = list(docs)
    rng.shuffle(docs)
    return new_model(Tokenizer(docs), rng, Settings(stage, **sizes)), docs


class Drawing:
    """Names that a trained model invents on an engine: the same model for all."""

    def __init__(self, engine):
        from microgpt_ref import fast

        model, self.docs = start(documents())
        fast.fit(model, self.docs, TRAINED, engine=fast.AUTO)
        self.model, self.rng = sampler(model, engine), random.Random(42)
        self.by = f"{type(self.model).__module__}.{type(self.model).__name__}"
        if getattr(self.model, "enough", None) == 0:
            self.by += ", machine code"
        self.at = 0

    def take(self, count):
        """Nothing to compare; draws names."""
        self.model.samples(count, self.rng)
        return []


def sampler(model, engine):
    """A model that samples as the engine does: for those of machine code, as for many names."""
    from microgpt_ref import fast

    return fast.sampler(model, engine, 10**9 if "numba" in fast.LIBRARIES[engine] else 1)


class HeldOut(Drawing):
    """The loss on names that weren't learned from."""

    def take(self, count):
        """Nothing to compare; computes the loss of the next names."""
        held_out = self.docs[STEPS_OF_A_RUN:]
        while count:
            chosen = held_out[self.at : self.at + count]
            self.model.held_out_loss(chosen)
            self.at, count = (self.at + len(chosen)) % len(held_out), count - len(chosen)
        return []


KINDS = {"plain": Plain, "training": Training, "sampling": Drawing, "held out": HeldOut}


def without_avx512():
    """Let Numba, which isn't imported yet, make code for processors that have AVX2 at most."""
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    wide = {name for name in features if name.startswith(("avx512", "avx10", "evex512"))}
    signs = [f"{'+' if on and name not in wide else '-'}{name}" for name, on in features.items()]
    os.environ["NUMBA_CPU_NAME"] = "x86-64-v3"
    os.environ["NUMBA_CPU_FEATURES"] = ",".join(signs)


class Server:
    """A job, and what has been taken of it."""

    def begin(self, kind, collector=False, avx2=False, **arguments):
        """Begin a job in place of another.

        collector: whether Python's cycle collector is on while it works
        """
        if avx2:
            without_avx512()
        self.job, self.collector, self.taken = KINDS[kind](**arguments), collector, 0
        parameters = getattr(self.job, "parameters", None)
        return {"by": self.job.by, "parameters": parameters}

    def take(self, count):
        """How long the next documents took: seconds of processor time, and by the clock."""
        gc.collect()  # frees what was left where the collector is off
        (gc.enable if self.collector else gc.disable)()
        clock, processor = time.perf_counter(), self.processor_time()
        try:
            losses = self.job.take(count)
        finally:
            gc.enable()
        processor, clock = self.processor_time() - processor, time.perf_counter() - clock
        first, batch = self.taken, getattr(self.job, "batch", 1)
        self.taken += len(losses) * batch if losses else count
        answer = {"documents": self.taken - first, "seconds": processor, "clock": clock}
        if hasattr(self.job, "tokens"):
            answer["tokens"] = self.job.tokens(first, self.taken)
        compared = max(0, COMPARED - first // batch)
        return answer | {"losses": losses[:compared]}

    def usage(self):
        """Seconds and MB of a process that the job has beside this one."""
        return self.job.usage() if hasattr(self.job, "usage") else (0.0, 0.0)

    def processor_time(self):
        """Seconds of this process, and of the one that an engine of JavaScript has."""
        return time.process_time() + self.usage()[0]

    def look(self, held_out):
        """The most memory that was held, in MB, and the loss on so many held-out names."""
        peak = peak_mb() + self.usage()[1]
        from microgpt_ref.model import Model

        model, docs = start(documents())
        docs = docs[STEPS_OF_A_RUN : STEPS_OF_A_RUN + held_out]
        loss = Model(model.settings, model.tokenizer, self.job.weights()).held_out_loss(docs)
        return {"peak_mb": peak, "loss": round(loss, 4)}


def peak_mb():
    """The most memory that this process has held, in MB; not a number where that isn't known."""
    status = Path("/proc/self/status")
    if status.exists():  # NB: what getrusage says on Linux includes the process that started this
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1e3
    try:
        import resource
    except ImportError:  # Windows
        return math.nan
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # as macOS counts it, in bytes


def main():
    """Answer each line with a line, an error as {"error": its text}."""
    server, answers = Server(), sys.stdout
    sys.stdout = sys.stderr  # whatever a library prints
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(server, request.pop("ask"))(**request)
        except Exception as error:  # it is told to whoever asked
            answer = {"error": f"{error}".partition("\n")[0] or type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
