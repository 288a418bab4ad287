r"""Several processes, on one machine or on many, that train one model together.

    python -m torch.distributed.run --standalone --nproc-per-node 2 \
        -m microgpt_ref.fast.distributed --batch 64 --steps 1000 --save model.json

Each process holds all the weights and takes its share of a step's documents. What it finds is
averaged over all processes before the update (DistributedDataParallel), so that all of them keep
equal weights: those that one process would have, but for rounding.

A text that is too large for the memory is read from the disk, a token a byte, in blocks:

    ... -m microgpt_ref.fast.distributed --text FILE --block-size 256 --n-layer 6 --n-embd 384 \
        --n-head 6 --batch 32 --rate 0.001 --steps 10000 --checkpoint FOLDER --every 500

The same command goes on where the last checkpoint stands, to the same losses as if nothing had
happened. (With more than two processes, sums may round in another order.)

On several machines, each runs the same command with `--nnodes`, and `--rdzv-backend c10d` and
`--rdzv-endpoint HOST:PORT` in place of `--standalone`; all of them have to see the files and the
folder. The processes talk through gloo, and on GPUs, of which each takes one, through NCCL.
"""

import argparse
import math
import os
import sys
import time

import torch
import torch.distributed as dist

from microgpt_ref import checkpoint
from microgpt_ref.__main__ import check_writable
from microgpt_ref.data import write_whole
from microgpt_ref.fast import resume
from microgpt_ref.fast.parallel import Training
from microgpt_ref.fast.processes import Ended, first_to_say, process_group, say, summed
from microgpt_ref.fast.sources import Names, Stream
from microgpt_ref.settings import Settings, check_positive
from microgpt_ref.stages import SIZES, STAGES

DTYPES = ("float32", "float64", "bfloat16")
SAID_EVERY = 30  # seconds, if a tenth of the steps takes longer


class Progress:
    """A line for each tenth of the steps, and for each half minute: loss, speed and time left."""

    def __init__(self, first, options, tokens):
        self.first, self.steps, self.tokens = first, options.steps, tokens  # tokens: for each step
        self.every = max(1, options.steps // 10)
        self.begun = self.said = time.perf_counter()

    def __call__(self, done, loss):
        now = time.perf_counter()
        if done % self.every and now - self.said < SAID_EVERY:
            return
        self.said = now
        seconds = (now - self.begun) / (done - self.first)
        left = duration((self.steps - done) * seconds)
        speed = f"{self.tokens / seconds:,.0f} tokens/s" if self.tokens else f"{seconds:.3f} s/step"
        say(f"step {done:4d} / {self.steps} | loss {loss:.4f} | {speed} | {left} left")


def duration(seconds):
    """Seconds in words: 45 s, 12 min, 3.4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def say_that_it_ended(training):
    """Print one line, from the first of the processes that are left, on how the run goes on."""
    folder, done = training.options.checkpoint, len(training.losses)
    text = f"a process has ended: the run stops after {done} of {training.options.steps} steps"
    if folder:
        text += f"; the same command goes on after step {training.kept}, as kept in {folder}"
    else:
        text += ", and nothing of it is kept: give it a --checkpoint"
    if first_to_say():
        print(text, file=sys.stderr, flush=True)


def parse(arguments):
    """The options. Numbers that can't be are refused."""
    parser = argparse.ArgumentParser(prog="python -m microgpt_ref.fast.distributed")
    parser.add_argument("--names", default="ssa2018", metavar="ssa2018|makemore|FILE")
    parser.add_argument("--text", metavar="FILE", help="read from the disk, in place of names")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=64, help="documents a step, of all processes")
    for name in SIZES:
        parser.add_argument("--" + name.replace("_", "-"), type=int)
    parser.add_argument("--rate", type=float, default=STAGES["train4"].rates["adam"])
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--dtype", choices=DTYPES, default=usual_dtype(), help="(%(default)s)")
    parser.add_argument("--checkpoint", metavar="FOLDER", help="where the run can go on from")
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints")
    # NB: not --log, which torchrun takes for one of its own
    parser.add_argument("--losses", metavar="FILE.csv", help="the loss of every step")
    parser.add_argument("--save", metavar="MODEL.json")
    options = parser.parse_args(arguments)
    try:
        for name in ("steps", "batch", "every"):
            check_positive(name, getattr(options, name))
        if not (math.isfinite(options.rate) and options.rate > 0):
            raise ValueError(f"rate {options.rate!r} is out of range: use a finite number above 0")
    except ValueError as error:
        parser.error(str(error))
    return options


def usual_dtype():
    """What matrices are multiplied in by default: bfloat16 on a GPU that has it, else float32."""
    has_it = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return "bfloat16" if has_it else "float32"


def main(arguments=None):
    """The exit status, of each process."""
    options = parse(arguments)
    if "RANK" not in os.environ:
        sys.exit("start this with torchrun: python -m torch.distributed.run --nproc-per-node 2 ...")
    try:
        settings = Settings("train4", **{name: getattr(options, name) for name in SIZES})
        check_files(options)
        source = (Stream if options.text else Names)(options, settings)
        with process_group() as device:
            return trained(source, options, device)
    except (ValueError, OSError) as error:
        if os.environ["RANK"] == "0":
            print(error, file=sys.stderr, flush=True)
        return 2
    except Ended:  # before or after the training itself
        return 1


def check_files(options):
    """Raise OSError, before the work is done, where it could not be written."""
    for path in filter(None, (options.save, options.losses)):
        check_writable(path)
    if options.checkpoint:
        resume.check_folder(options.checkpoint)


def trained(source, options, device):
    """The exit status of training from a source; writes what the options ask for."""
    if options.batch < dist.get_world_size():
        raise ValueError(
            f"batch {options.batch} is smaller than the number of processes, "
            f"{dist.get_world_size()}: give each at least one document"
        )
    training = Training(source, options, device)
    first = len(training.losses)
    if summed([first], device)[0] != first * dist.get_world_size():
        raise ValueError(
            f"not all processes find the same state in {options.checkpoint}: use a folder that "
            "all machines share"
        )
    count, processes = sum(w.numel() for w in training.gpt.parameters()), dist.get_world_size()
    working = f"{processes} process{'es' * (processes > 1)}"
    say(f"{count:,} parameters, {options.dtype} on {device.type}, {working}")
    if first:
        say(f"goes on after step {first} of {options.steps}, as kept in {options.checkpoint}")
    tokens = options.batch * source.model.settings.block_size if options.text else None
    try:
        done = training.all_steps(Progress(first, options, tokens))
    except Ended:
        say_that_it_ended(training)
        return 1
    if dist.get_rank() == 0:
        write_results(training, options)
    return 0 if done else 1


def write_results(training, options):
    """Write the model and the losses, as the options ask."""
    if options.save:
        model = training.source.model
        model.weights = {name: w.tolist() for name, w in training.good.items()}
        checkpoint.save(model, options.save)
        say(f"model saved in {options.save}")
    if options.losses:
        rows = [f"{step},{loss!r}\n" for step, loss in enumerate(training.losses, 1)]
        write_whole(options.losses, ("step,loss\n" + "".join(rows)).encode("ascii"))


if __name__ == "__main__":
    sys.exit(main())
