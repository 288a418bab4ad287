"""What a training run needs to go on after it was broken off, in a folder of its own.

The folder holds one file, with the weights, Adam's moments, how many steps were taken, their
losses, and what the run is like. What a step draws depends on the seed and on its number, so that
no generator's state has to be kept.
"""

import os
import tempfile
from pathlib import Path

import torch

FORMAT, VERSION = "microgpt_ref training", 1
NAME = "training.pt"


def check_folder(folder):
    """Make the folder unless it's there. Raises OSError where it can't be written in."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(
            f"can't write in {folder} ({error.strerror}): use a folder that can be written in"
        ) from None


def write(folder, run, losses, gpt, stepper):
    """Write the state after the steps that had these losses, whole or not at all.

    run: what the run is like: names and plain values
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "step": len(losses),
        "losses": losses,
        "weights": gpt.state_dict(),
        "moments": stepper.state_dict(),
    }
    path = Path(folder) / NAME
    beside = path.with_suffix(".part")
    try:
        with open(beside, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise OSError(
            f"can't write {path} ({error.strerror}): use a folder with room to write in"
        ) from None


def read(folder, run, gpt, stepper):
    """The losses so far, one for each step taken; puts weights and moments where they were.

    Raises ValueError where the folder has another run, or a file that is no such state. Where it
    has none, nothing was learned yet.
    """
    path = Path(folder) / NAME
    if not path.exists():
        return []
    content = loaded(path)
    for name, value in run.items():
        if content["run"].get(name) != value:
            raise ValueError(
                f"{path} is of a run with {name} {content['run'].get(name)!r}, not {value!r}: "
                "use another folder, or the same options"
            )
    gpt.load_state_dict(content["weights"])
    stepper.load_state_dict(content["moments"])
    return content["losses"]


def loaded(path):
    """The content of such a file. Raises ValueError for any other."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # PyTorch unpickles, and stumbles in many ways over other files
        kind = type(error).__name__
        raise ValueError(f"{path} is not the state of a training run ({kind})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} is not the state of a training run: its format isn't {FORMAT!r}")
    if content.get("version") != VERSION:
        found = content.get("version")
        raise ValueError(f"{path} has version {found!r}, this program reads {VERSION}")
    return content
