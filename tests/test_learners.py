"""How each learner takes a step: the losses, the gradient, and what is as it was afterwards."""

import math
import random

import pytest

from microgpt_ref.bigram import bigram_loss
from microgpt_ref.layers import total
from microgpt_ref.learners import Autograd, Counting, HandGradient, Learner
from microgpt_ref.mlp import mlp_gradient
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

DOCS = ["emma", "olivia", "ava", "mia"]
LEARNERS = {"train0": Counting, "train1": HandGradient, "train2": Autograd}


class Scripted(Learner):
    """Takes no step, and returns the losses it was given, or raises what stands among them."""

    def __init__(self, losses):
        self.losses, self.batch, self.documents = iter(losses), 1, DOCS

    def learn(self, documents, rate):
        loss = next(self.losses)
        if isinstance(loss, Exception):
            raise loss
        return loss


def learner(stage, **options):
    """(model, learner of its stage), on four names."""
    model = new_model(Tokenizer(DOCS), random.Random(7), Settings(stage))
    documents = [model.tokenizer.encode(doc) for doc in DOCS]
    optimizer = next(iter(model.settings.row.rates))
    return model, LEARNERS[stage](model, documents, optimizer, **options)


def test_a_run_takes_all_steps_whose_losses_are_numbers():
    assert Scripted([3.0, 2.0, 1.0]).run(0, [0.1] * 3) == [3.0, 2.0, 1.0]


@pytest.mark.parametrize("end", [math.nan, math.inf, OverflowError(), ValueError()])
def test_a_run_ends_with_the_first_loss_that_is_no_number(end):
    losses = Scripted([3.0, end, 1.0]).run(0, [0.1] * 3)
    assert len(losses) == 2 and losses[0] == 3.0 and not math.isfinite(losses[1])


@pytest.mark.parametrize("stage", LEARNERS)
def test_a_step_takes_one_document_unless_told(stage):
    _, one = learner(stage)
    assert [one.chosen(step) for step in range(5)] == [
        [d] for d in [*one.documents, one.documents[0]]
    ]
    assert Learner(new_model(Tokenizer(DOCS), random.Random(7)), DOCS, "sgd").batch == 1


def test_counting_two_documents_gives_their_mean_loss():
    model, two = learner("train0", batch=2)
    expected = total([bigram_loss(model.weights["counts"], d) for d in two.documents[:2]]) / 2
    assert two.learn(two.documents[:2], 0.0) == expected


def test_two_documents_move_the_weights_by_their_mean_gradient_and_give_their_mean_loss():
    model, two = learner("train1", batch=2)
    (first, a), (second, b) = [mlp_gradient(model.weights, d) for d in two.documents[:2]]
    assert two.learn(two.documents[:2], 0.5) == (first + second) / 2
    for name, rows in two.weights().items():
        for i, row in enumerate(rows):
            for j, w in enumerate(row):
                moved = model.weights[name][i][j] - 0.5 * (a[name][i][j] + b[name][i][j]) / 2
                assert w == pytest.approx(moved, abs=1e-12)


def test_a_gradient_is_no_larger_when_it_is_asked_for_again():
    _, one = learner("train2")
    assert one.gradient(one.documents[:1]) == one.gradient(one.documents[:1])
