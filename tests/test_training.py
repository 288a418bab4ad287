"""The training loop, and the loss on documents held out from it."""

import pytest

from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import evaluate, train

DOCS = ["ab", "b", "aab"]


def test_documents_in_turn_and_rates_in_a_straight_line_to_0():
    calls, tokenizer = [], Tokenizer(DOCS)
    train(lambda tokens, rate: calls.append((tokens, rate)), DOCS, tokenizer, 5, rate=0.5)
    tokens, rates = zip(*calls)
    assert list(tokens) == [tokenizer.encode(DOCS[i]) for i in (0, 1, 2, 0, 1)]
    assert rates == pytest.approx([0.5, 0.4, 0.3, 0.2, 0.1], abs=1e-15)


def test_losses_are_returned_and_reported_as_they_come():
    reported, losses = [], iter([3.0, 2.0, 1.5])

    def learn(tokens, rate):
        return next(losses)

    found = train(learn, DOCS, Tokenizer(DOCS), 3, report=lambda *args: reported.append(args))
    assert found == [3.0, 2.0, 1.5]
    assert reported == [(0, 3.0), (1, 2.0), (2, 1.5)]


def test_rate_is_0_unless_given():
    rates = []
    train(lambda tokens, rate: rates.append(rate), DOCS, Tokenizer(DOCS), 2)
    assert rates == [0.0, 0.0]


def test_a_report_may_end_the_training():
    steps = []

    def report(step, loss):
        steps.append(step)
        if step == 1:
            raise StopIteration

    with pytest.raises(StopIteration):
        train(lambda tokens, rate: 1.0, DOCS, Tokenizer(DOCS), 10, report=report)
    assert steps == [0, 1]


def test_held_out_loss_counts_every_token_once():
    means = {4: 1.0, 3: 2.0, 5: 4.0}  # by the number of tokens, BOS at both ends
    loss = evaluate(lambda tokens: means[len(tokens)], DOCS, Tokenizer(DOCS))
    assert loss == pytest.approx((3 * 1.0 + 2 * 2.0 + 4 * 4.0) / 9, abs=1e-15)
