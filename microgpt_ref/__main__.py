"""The command line: `python -m microgpt_ref train`, and `sample` and `evaluate` for a saved model.

Samples and losses go to stdout, everything else to stderr. Exit status: 0 when all is done, 1 when
the loss stopped being a number, 2 for wrong input (one line says what would be right), 130 after
Ctrl-C.
"""

import sys

if sys.version_info < (3, 11):  # before anything that older Pythons can't import
    sys.stderr.write(
        "microgpt_ref: it needs Python 3.11 or newer, and %s is %d.%d: use a newer one\n"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )
    sys.exit(2)

import argparse
import errno
import os
import random
import tempfile
import time
from array import array
from contextlib import suppress
from itertools import combinations
from pathlib import Path

from microgpt_ref import __version__, checkpoint, fast
from microgpt_ref.data import end_of_links, write_whole
from microgpt_ref.fast import load_docs
from microgpt_ref.model import new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.settings import Settings, check_optimizer, check_positive, check_temperature
from microgpt_ref.stages import LAST, SIZES, STAGES, check_option, find_stage


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are one line, without the usage."""

    def error(self, message):
        raise ValueError(f"{message} (see {self.prog} --help)")


def number(kind, wanted):
    """A converter for argparse: text to a number, with an error that names both."""

    def convert(text):
        try:
            return kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}") from None

    return convert


def parse(arguments):
    """The command and its options, by name; those that were not given are None."""
    whole, real = number(int, "a whole number"), number(float, "a number")
    parser = OneLineParser(prog="python -m microgpt_ref", description="Train a GPT, or try one.")
    parser.add_argument("--version", action="version", version=__version__)
    names = "{train,sample,evaluate}"
    commands = parser.add_subparsers(dest="command", required=True, metavar=names)

    train = commands.add_parser("train", help="train a stage, then print samples")
    train.add_argument("stage", nargs="?", default=LAST, metavar="STAGE", help=", ".join(STAGES))
    train.add_argument("--names", default="ssa2018", metavar="ssa2018|makemore|FILE")
    train.add_argument("--steps", type=whole, default=1000)
    engines = ", ".join(fast.ENGINES)
    about = f"one of {engines}, or {fast.AUTO}: a quick one that is installed"
    train.add_argument("--engine", default="scalar", metavar="NAME", help=about)
    train.add_argument("--batch", type=whole, metavar="B", help="documents a step (default 1)")
    train.add_argument("--optimizer", metavar="adam|sgd")
    for name in SIZES:
        train.add_argument("--" + name.replace("_", "-"), type=whole, metavar="N")
    train.add_argument("--log", metavar="FILE.csv", help="the loss of every step")
    train.add_argument("--save", metavar="MODEL.json", help="the trained model")

    sample = commands.add_parser("sample", help="print samples of a saved model")
    sample.add_argument("model", metavar="MODEL.json")
    sample.add_argument("--prompt", default="", metavar="TEXT", help="what samples begin with")
    sample.add_argument("--engine", default=fast.AUTO, metavar="NAME", help="as in train")
    evaluate = commands.add_parser("evaluate", help="print a saved model's loss on names")
    evaluate.add_argument("model", metavar="MODEL.json")
    evaluate.add_argument("--names", default="ssa2018", metavar="ssa2018|makemore|FILE")
    evaluate.add_argument("--engine", default=fast.AUTO, metavar="NAME", help="as in train")
    for command in (train, sample):
        command.add_argument("--samples", type=whole, default=20, metavar="K")
        command.add_argument("--temperature", type=real, metavar="T")
        command.add_argument("--seed", type=whole, default=42, metavar="S")
    return parser.parse_args(arguments)


def check_shared(stage, options):
    """Raise ValueError for samples or a temperature that can't be."""
    if options.samples < 0:
        raise ValueError(f"samples {options.samples} is out of range: use 0 or more")
    if options.temperature is not None:
        check_option(stage, "temperature")
        check_temperature(options.temperature)


def check_train(options):
    """Settings of a run. Raises ValueError for whatever is wrong with the options."""
    defaults = find_stage(options.stage).options
    if options.batch is not None:
        check_option(options.stage, "batch")
    options.batch = defaults.get("batch", 1) if options.batch is None else options.batch
    fast.check_engine(options.engine, options.stage, options.batch)
    if options.optimizer is not None:
        check_option(options.stage, "optimizer")
        check_optimizer(options.stage, options.optimizer)
    check_positive("steps", options.steps)
    check_shared(options.stage, options)
    sizes = {name: getattr(options, name) for name in SIZES}
    check_files(options)
    return Settings(options.stage, **sizes)


def check_files(options):
    """Raise ValueError or OSError unless each option names a file of its own."""
    lists = {"ssa2018": None, "makemore": os.environ.get("MICROGPT_NAMES") or None}
    names = lists.get(options.names, options.names)
    named = {"--names": names, "--log": options.log, "--save": options.save}
    files = [(option, path) for option, path in named.items() if path is not None]
    for option, path in files:
        if not path:
            raise ValueError(f"{option} '' names no file: give its path")
    for (first, path), (second, other) in combinations(files, 2):
        if same_file(path, other):
            raise ValueError(f"{first} and {second} both name {path}: use two files")
    for option, path in files:
        if option != "--names":
            check_writable(path)


def same_file(path, other):
    """True if two paths lead to one file, through links and other spellings too."""
    if os.path.exists(path) and os.path.exists(other):
        return os.path.samefile(path, other)
    return os.path.realpath(path) == os.path.realpath(other)


def check_writable(path):
    """Raise OSError, before the work is done, if a file could not be written there."""
    try:
        if Path(path).is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not Path(path).exists() or Path(path).is_file():
            tempfile.TemporaryFile(dir=end_of_links(path).parent).close()
    except OSError as error:
        raise OSError(
            f"can't write {path} ({error.strerror}): use a file in a folder that can be written in"
        ) from None


def say(text, end="\n"):
    """Print to stderr. A run goes on even if nobody can read what it says there."""
    with suppress(OSError):
        print(text, end=end, file=sys.stderr, flush=True)


class Progress:
    """One line on stderr that says how far a run is; on a terminal it is written over.

    After PACED seconds it also says how many names a second it takes, and how long the rest will.
    """

    PACED, APART = 2.0, 0.05  # seconds: from when on, and between two lines of a long run
    EACH = 100  # steps that are all shown on a terminal

    def __init__(self, steps, batch=1):
        self.steps, self.batch = steps, batch
        self.ends = "\r" if sys.stderr.isatty() else "\n"
        self.begun = self.shown = 0.0

    def __call__(self, step, loss):
        done = step + 1
        if done == 1:
            self.begun = time.monotonic()  # by now all that is compiled has been
        if self.is_due(done):
            self.show(done, loss)

    def is_due(self, done):
        """Whether a step is shown: every tenth of the run, or on a terminal a few each second."""
        if self.ends == "\n":
            return done == 1 or done % max(1, self.steps // 10) == 0
        late = time.monotonic() - self.shown > self.APART
        return late or done <= self.EACH or done == self.steps

    def show(self, done, loss):
        """Write the line."""
        self.shown = time.monotonic()
        took, pace = self.shown - self.begun, ""
        if took > self.PACED:
            rate = (done - 1) / took
            left = in_words((self.steps - done) / rate)
            pace = f" | {rate * self.batch:,.0f} names/s, {left} left"
        line = f"step {done:4d} / {self.steps} | loss {loss:.4f}{pace}"
        say(f"{line:<72}" if pace and self.ends == "\r" else line, end=self.ends)

    def close(self):
        """Leave the cursor on a new line."""
        if self.ends == "\r" and self.begun:
            say("")


def in_words(seconds):
    """A time with its unit."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def train(options):
    """Carry out the command `train`, and return its exit status."""
    settings = check_train(options)
    wanted = options.engine
    options.engine = choose_engine(options, settings)
    docs = load_docs(options.names, options.engine)
    rng = random.Random(options.seed)
    fast.shuffle(docs, rng)
    model = new_model(fast.tokenizer_of(docs), rng, settings)
    warn_of_cuts(model, docs, options.steps * options.batch)
    if what := fast.to_compile(options.engine, model):
        say(f"compiling {what}: about {fast.COMPILING:.0f} s, once on this machine")
    docs = fast.needed(docs, options.steps * options.batch, model)
    progress, losses, status = Progress(options.steps, options.batch), array("d"), 0
    try:
        how = {"engine": options.engine, "batch": options.batch}
        how |= {"report": progress, "losses": losses}
        fast.fit(model, docs, options.steps, options.optimizer, **how)
    except KeyboardInterrupt:
        status = 130
        message = f"stopped by Ctrl-C after {len(losses)} of {options.steps} steps"
    except TrainingError as error:
        status, message = 1, str(error)
    finally:
        progress.close()
    if status:
        say(message)
    try:
        write_results(model, losses, options)
    finally:  # a disk that is full takes no samples away
        if not status:
            print_samples(fast.sampler(model, wanted, options.samples), rng, options)
    return status


def choose_engine(options, settings):
    """The engine to train on; says on stderr which one auto stands for, and why."""
    engine, reason = fast.choose(options.engine, settings, options.steps, options.batch)
    if reason:
        say(f"engine auto is {engine}: {reason}")
    return engine


def write_results(model, losses, options):
    """Write what --save and --log ask for: both, if only one of them can't be."""
    try:
        if options.save:
            checkpoint.save(model, options.save)
            say(f"model saved in {options.save}")
    finally:
        if options.log:
            rows = [f"{step},{loss!r}\n" for step, loss in enumerate(losses, 1)]
            write_whole(options.log, ("step,loss\n" + "".join(rows)).encode("ascii"))


def warn_of_cuts(model, docs, documents, use="learned from"):
    """Say on stderr if documents of this run are longer than the block."""
    block_size = model.settings.block_size
    used = docs[:documents]
    cut = fast.count_longer(used, block_size) if block_size else 0
    if cut:
        say(
            f"{cut} of {len(used)} documents are longer than the block: "
            f"only their first {block_size} positions are {use}"
        )


def sample(options):
    """Carry out the command `sample`, and return its exit status."""
    model = checkpoint.load(options.model)
    check_shared(model.settings.stage, options)
    fast.check_engine(options.engine, model.settings.stage)
    model = fast.sampler(model, options.engine, options.samples)
    print_samples(model, random.Random(options.seed), options, options.prompt)
    return 0


def evaluate(options):
    """Carry out the command `evaluate`, and return its exit status."""
    model = checkpoint.load(options.model)
    engine = fast.chosen(options.engine, model.settings.stage)
    docs = load_docs(options.names, engine)
    warn_of_cuts(model, docs, len(docs), "looked at")
    loss = fast.sampler(model, options.engine).held_out_loss(docs)
    print(f"loss {loss:.6f} nats per token, of {len(docs)} documents", flush=True)
    return 0


def print_samples(model, rng, options, prompt=""):
    """Print the samples, one per line, as many at a time as take a moment."""
    temperature = options.temperature
    if temperature is None:
        temperature = model.stage.options.get("temperature", 1.0)  # train0 makes no use of it
    done, count = 0, 1
    while done < options.samples:
        begun = time.perf_counter()
        count = min(count, options.samples - done)
        texts = model.samples(count, rng, temperature, prompt)
        lines = [f"sample {i:2d}: {text}" for i, text in enumerate(texts, done + 1)]
        done += count
        count = 2 * count if time.perf_counter() - begun < 0.05 else max(1, count // 2)
        try:
            print("\n".join(lines), flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(
                f"can't write the samples ({error.strerror}): send standard output elsewhere"
            ) from None


def main(arguments=None):
    """Carry out the command that the arguments describe, and return its exit status."""
    try:
        options = parse(arguments)
        commands = {"train": train, "sample": sample, "evaluate": evaluate}
        return commands[options.command](options)
    except KeyboardInterrupt:
        say("stopped by Ctrl-C")
        return 130
    except BrokenPipeError:  # whoever read the samples, such as `head`, has enough of them
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError) as error:
        say("microgpt_ref: " + "\\n".join(str(error).splitlines()))  # whatever a name may hold
        return 2


if __name__ == "__main__":
    sys.exit(main())
