"""train3 as an independent program has it, in a full run."""

from exactness import ExactRun


class TestTrain3(ExactRun):
    stage = "train3"
