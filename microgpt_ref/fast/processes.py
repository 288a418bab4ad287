"""One of several processes that train together: its group, and how it learns that one has ended."""

import gc
import os
import signal
import sys
from contextlib import contextmanager

import torch
import torch.distributed as dist


class Ended(Exception):
    """Another process of the run has ended, or this one is told to."""


@contextmanager
def process_group():
    """The device of this process, while it is one of a group; torchrun says which."""
    use_gpu = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if use_gpu else torch.device("cpu")
    dist.init_process_group("nccl" if use_gpu else "gloo")
    previous = signal.signal(signal.SIGTERM, told_to_end)
    try:
        yield device
    finally:
        signal.signal(signal.SIGTERM, previous)
        gc.collect()  # of DistributedDataParallel, which points to itself, and to the group
        dist.destroy_process_group()


def told_to_end(signum, frame):
    """Raise Ended: this is how torchrun ends the others once a process has ended."""
    raise Ended


@contextmanager
def others_needed():
    """Raise Ended if what PyTorch reports is that another process can't be reached."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise Ended from None
        raise


def share(items):
    """Those of a step's items that are this process's: one in every `world size`."""
    return items[dist.get_rank() :: dist.get_world_size()]


def summed(numbers, device):
    """The numbers, each added up over all processes, which all wait for one another here."""
    tensor = torch.tensor(numbers, dtype=torch.float64, device=device)
    dist.all_reduce(tensor)
    return tensor.tolist()


def say(text):
    """Print to stderr, from the first process alone."""
    if dist.get_rank() == 0:
        print(text, file=sys.stderr, flush=True)


def first_to_say():
    """True in one of the processes that ask, as torchrun counts, or in all if it has ended."""
    try:
        store, _, _ = next(dist.rendezvous("env://"))
        return store.add("microgpt_ref/ended", 1) == 1
    except (RuntimeError, ValueError):
        return True
