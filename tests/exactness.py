"""What holds for the full run of any stage: it is as an independent program has it."""

import random

import pytest

from microgpt_ref import checkpoint
from microgpt_ref.data import load_docs


class ExactRun:
    """The tests of a stage's full run; a class of tests names the stage."""

    stage = None

    @pytest.fixture
    def run(self, full_run):
        """The full run of the stage."""
        return full_run(self.stage)

    @pytest.fixture
    def expected(self, golden):
        """What the independent program found."""
        return golden(self.stage)

    def test_losses(self, run, expected):
        assert run.losses == pytest.approx(expected["losses"], abs=1e-6)

    def test_names(self, run, expected):
        assert run.names == expected["names"]

    def test_held_out_loss(self, run, expected):
        docs = load_docs()
        random.Random(42).shuffle(docs)
        found = checkpoint.load(run.model).held_out_loss(docs[1000:1300])
        assert found == pytest.approx(expected["held_out_loss"], abs=1e-6)

    def test_progress(self, run):
        first, *_, last, saved = run.progress.splitlines()
        assert first == f"step    1 / 1000 | loss {run.losses[0]:.4f}"
        assert last.startswith(f"step 1000 / 1000 | loss {run.losses[-1]:.4f}")
        assert saved.startswith("model saved in ")

    def test_prompt_is_continued_by_the_trained_model(self, run, command):
        result = command("sample", run.model, "--prompt", "ann", "--samples", 5)
        names = [line.partition(": ")[2] for line in result.out.splitlines()]
        assert result.status == 0 and len(names) == 5
        assert all(name.startswith("ann") and len(name) <= 16 for name in names)
