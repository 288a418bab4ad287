"""train0, train1 and train2 as an independent program has them, in full runs; and that program.

The runs of train3 and train4 are in files of their own, so that several workers share the wait.
"""

import random
import subprocess
import sys

import pytest

from microgpt_ref import checkpoint
from microgpt_ref.data import load_docs
from tools.setup import ROOT

STAGES = ["train2", "train1", "train0"]  # the longest first


@pytest.mark.parametrize("stage", STAGES)
def test_losses(stage, full_run, golden):
    assert full_run(stage).losses == pytest.approx(golden(stage)["losses"], abs=1e-6)


@pytest.mark.parametrize("stage", STAGES)
def test_names(stage, full_run, golden):
    assert full_run(stage).names == golden(stage)["names"]


@pytest.mark.parametrize("stage", STAGES)
def test_held_out_loss(stage, full_run, golden):
    docs = load_docs()
    random.Random(42).shuffle(docs)
    found = checkpoint.load(full_run(stage).model).held_out_loss(docs[1000:1300])
    assert found == pytest.approx(golden(stage)["held_out_loss"], abs=1e-6)


def test_gradient_by_hand_and_by_values_learn_alike(full_run):
    by_hand, by_values = full_run("train1"), full_run("train2")
    assert by_hand.losses == pytest.approx(by_values.losses, abs=1e-9)
    assert by_hand.names == by_values.names


@pytest.mark.slow
def test_golden_files_are_what_their_program_makes():
    command = [sys.executable, ROOT / "tests" / "golden" / "make_golden.py", "--check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": agrees\n") == 6
