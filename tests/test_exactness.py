"""train0, train1 and train2 as an independent program has them, in full runs; and that program.

The runs of train3 and train4 are in files of their own, so that several workers share the wait.
Runs of a minute or more are slow tests: every day the kept runs are held to the same numbers, and
tests/test_runs.py holds the first steps to the kept runs.
"""

import subprocess
import sys

import pytest
from exactness import ExactRun

from microgpt_ref.lab.runs import load_run
from microgpt_ref.stages import STAGES
from tools.setup import ROOT


@pytest.mark.parametrize("stage", STAGES)
def test_kept_run_is_the_independent_program_s(stage, golden):
    kept, expected = load_run(stage), golden(stage)
    assert kept["losses"] == pytest.approx(expected["losses"], abs=1e-6)
    assert kept["samples"] == expected["names"]


@pytest.mark.slow
class TestTrain2(ExactRun):
    stage = "train2"


class TestTrain1(ExactRun):
    stage = "train1"


class TestTrain0(ExactRun):
    stage = "train0"


@pytest.mark.slow
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
