"""The models that releases train: they are the lessons' own."""

import random

import pytest

from microgpt_ref.data import load_docs
from microgpt_ref.lab.runs import load_run
from microgpt_ref.lab.trained import trained
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer


@pytest.mark.parametrize("stage", ["train3", "train4"])
def test_a_trained_model_is_the_lesson_s_own(stage):
    docs = load_docs("ssa2018")
    random.Random(42).shuffle(docs)
    model = Model(Settings(stage), Tokenizer(docs), trained(stage))
    assert model.held_out_loss(docs[1000:1300]) == pytest.approx(
        load_run(stage)["held_out_loss"], abs=1e-6
    )


def test_without_numpy_the_weights_are_the_same():
    quick, slow = trained("train3", 5, "numpy"), trained("train3", 5, "dot")
    for name, rows in quick.items():
        for row, other in zip(rows, slow[name], strict=True):
            assert row == pytest.approx(other, abs=1e-12)


def test_a_stage_without_such_a_model_is_refused():
    with pytest.raises(ValueError, match="no stage 'train2': use one of train3, train4"):
        trained("train2")
