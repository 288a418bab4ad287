"""train4 as an independent program has it, in a full run."""

from exactness import ExactRun


class TestTrain4(ExactRun):
    stage = "train4"
