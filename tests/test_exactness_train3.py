"""train3 as an independent program has it, in a full run."""

import random

import pytest

from microgpt_ref import checkpoint
from microgpt_ref.data import load_docs


@pytest.fixture(scope="module")
def run(full_run):
    """The full run of train3."""
    return full_run("train3")


def test_losses(run, golden):
    assert run.losses == pytest.approx(golden("train3")["losses"], abs=1e-6)


def test_names(run, golden):
    assert run.names == golden("train3")["names"]


def test_held_out_loss(run, golden):
    docs = load_docs()
    random.Random(42).shuffle(docs)
    found = checkpoint.load(run.model).held_out_loss(docs[1000:1300])
    assert found == pytest.approx(golden("train3")["held_out_loss"], abs=1e-6)


def test_progress(run):
    first, *_, last, saved = run.progress.splitlines()
    assert first == f"step    1 / 1000 | loss {run.losses[0]:.4f}"
    assert last == f"step 1000 / 1000 | loss {run.losses[-1]:.4f}"
    assert saved.startswith("model saved in ")


def test_prompt_is_continued_by_the_trained_model(run, command):
    result = command("sample", run.model, "--prompt", "ann", "--samples", 5)
    names = [line.partition(": ")[2] for line in result.out.splitlines()]
    assert result.status == 0 and len(names) == 5
    assert all(name.startswith("ann") and len(name) <= 16 for name in names)
