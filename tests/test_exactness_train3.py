"""train3 as an independent program has it, in a full run."""

import pytest
from exactness import ExactRun


@pytest.mark.slow
class TestTrain3(ExactRun):
    stage = "train3"
