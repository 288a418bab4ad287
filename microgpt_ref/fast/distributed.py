r"""Several processes, on one machine or on many, that train one model together.

    python -m torch.distributed.run --standalone --nproc-per-node 2 \
        -m microgpt_ref.fast.distributed --batch 64 --steps 1000 --save model.json

Each process holds all the weights and takes its share of a step's documents. What it finds is
averaged over all processes before the update (DistributedDataParallel), so that all of them keep
equal weights: those that one process would have, but for rounding.

On several machines, each runs the same command with `--nnodes`, and `--rdzv-backend c10d` and
`--rdzv-endpoint HOST:PORT` in place of `--standalone`. The processes talk through gloo, and on
GPUs, of which each takes one, through NCCL.
"""

import argparse
import math
import os
import random
import sys
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from microgpt_ref import checkpoint
from microgpt_ref.data import load_docs
from microgpt_ref.fast.torch import GPT, new_optimizer, padded
from microgpt_ref.model import new_model
from microgpt_ref.runner import interrupts_deferred
from microgpt_ref.settings import Settings, check_positive
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer


@contextmanager
def process_group():
    """The device of this process, while it is one of a group; torchrun says which."""
    use_gpu = torch.cuda.is_available()
    dist.init_process_group("nccl" if use_gpu else "gloo")
    try:
        yield (
            torch.device("cuda", int(os.environ["LOCAL_RANK"])) if use_gpu else torch.device("cpu")
        )
    finally:
        dist.destroy_process_group()


def share(documents):
    """Those of a step's documents that are this process's: one in every `world size`."""
    return documents[dist.get_rank() :: dist.get_world_size()]


def summed(numbers, device):
    """The numbers, each added up over all processes, which all wait for one another here."""
    tensor = torch.tensor(numbers, dtype=torch.float64, device=device)
    dist.all_reduce(tensor)
    return tensor.tolist()


def train(model, docs, options, device, report):
    """True if all steps were done; trains the model, whose weights are then new ones.

    It ends early, in all processes at the same step, after Ctrl-C in any of them, or when the loss
    is not a number: then with the last weights with which it was one.
    """
    dtype = getattr(torch, options.dtype)
    gpt = GPT(model.weights, model.settings, dtype).to(device)
    together = DistributedDataParallel(gpt)
    stepper, rate = new_optimizer("adam", gpt.parameters()), STAGES["train4"].rates["adam"]
    good = gpt.matrices()
    with interrupts_deferred() as raise_if_pressed:
        for step in range(options.steps):
            first = step * options.batch
            chosen = [docs[(first + b) % len(docs)] for b in range(options.batch)]
            ids = [model.cut(model.tokenizer.encode(doc)) for doc in share(chosen)]
            stepper.zero_grad()
            loss = together(*padded(ids, device)) / options.batch
            # NB: the gradients are averaged over the processes, whose shares need not be equal
            (loss * dist.get_world_size()).backward()
            total, stops = summed([loss.item(), pressed(raise_if_pressed)], device)
            if not math.isfinite(total):
                say(f"the loss is not a number at step {step + 1}: use a lower learning rate")
                break
            good = {name: w.detach().clone() for name, w in gpt.matrices().items()}
            stepper.param_groups[0]["lr"] = rate * (1 - step / options.steps)
            stepper.step()
            report(step, total)
            if stops:
                say(f"stopped by Ctrl-C after {step + 1} of {options.steps} steps")
                good = gpt.matrices()
                break
        else:
            good, step = gpt.matrices(), options.steps
    model.weights = {name: w.tolist() for name, w in good.items()}
    return step == options.steps


def pressed(raise_if_pressed):
    """1 if Ctrl-C was pressed in this process, else 0."""
    try:
        raise_if_pressed()
    except KeyboardInterrupt:
        return 1
    return 0


def say(text):
    """Print to stderr, from the first process alone."""
    if dist.get_rank() == 0:
        print(text, file=sys.stderr, flush=True)


def parse(arguments):
    """The options. Numbers that can't be are refused."""
    parser = argparse.ArgumentParser(prog="python -m microgpt_ref.fast.distributed")
    parser.add_argument("--names", default="ssa2018", metavar="ssa2018|makemore|FILE")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=64, help="documents a step, of all processes")
    for option in ("--n-layer", "--n-embd", "--n-head", "--block-size"):
        parser.add_argument(option, type=int)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--save", metavar="MODEL.json")
    options = parser.parse_args(arguments)
    for name in ("steps", "batch"):
        try:
            check_positive(name, getattr(options, name))
        except ValueError as error:
            parser.error(str(error))
    return options


def main(arguments=None):
    """The exit status, of each process."""
    options = parse(arguments)
    if "RANK" not in os.environ:
        sys.exit("start this with torchrun: python -m torch.distributed.run --nproc-per-node 2 ...")
    docs, rng = load_docs(options.names), random.Random(options.seed)
    rng.shuffle(docs)
    sizes = {name: getattr(options, name) for name in ("n_layer", "n_embd", "n_head", "block_size")}
    model = new_model(Tokenizer(docs), rng, Settings("train4", **sizes))
    with process_group() as device:
        if options.batch < dist.get_world_size():
            raise SystemExit(
                f"batch {options.batch} is smaller than the number of processes, "
                f"{dist.get_world_size()}: give each at least one document"
            )
        every = max(1, options.steps // 10)

        def report(step, loss):
            if (step + 1) % every == 0:
                say(f"step {step + 1:4d} / {options.steps} | loss {loss:.4f}")

        done = train(model, docs, options, device, report)
        if dist.get_rank() == 0 and options.save:
            checkpoint.save(model, options.save)
            say(f"model saved in {options.save}")
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
