"""train4 as an independent program has it, in a full run."""

import pytest
from exactness import ExactRun


@pytest.mark.slow
class TestTrain4(ExactRun):
    stage = "train4"
