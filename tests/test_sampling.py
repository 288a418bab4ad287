"""Drawing a document: one draw a token, from BOS until BOS, and a prompt before the draws."""

import random

import pytest

from microgpt_ref.sampling import generate

BOS = 3


class Script:
    """A model sure of each next token in turn; it notes the tokens that it is called with."""

    def __init__(self, tokens):
        self.tokens = iter(tokens)
        self.calls = []

    def __call__(self, token):
        self.calls.append(token)
        chosen = next(self.tokens)
        return [1.0 if i == chosen else 0.0 for i in range(BOS + 1)]


class Draws(random.Random):
    """A random.Random that counts the documents' draws."""

    count = 0

    def choices(self, *arguments, **options):
        self.count += 1
        return super().choices(*arguments, **options)


def test_bos_starts_and_ends_a_document():
    model, rng = Script([1, 0, BOS]), Draws(0)
    assert generate(model, BOS, 16, rng) == [1, 0]
    assert model.calls == [BOS, 1, 0]
    assert rng.count == 3


def test_a_document_may_be_empty():
    assert generate(Script([BOS]), BOS, 16, random.Random(0)) == []


def test_no_more_than_max_tokens():
    model, rng = Script([1, 2, 0, 1, 2]), Draws(0)
    assert generate(model, BOS, 4, rng) == [1, 2, 0, 1]
    assert rng.count == 4
    assert generate(model, BOS, 0, rng) == []


def test_prompt_is_read_and_not_drawn():
    model, rng = Script([0, 0, 2, BOS]), Draws(0)
    assert generate(model, BOS, 16, rng, prompt=[2, 1]) == [2, 1, 2]
    assert model.calls == [BOS, 2, 1, 2]
    assert rng.count == 2


@pytest.mark.parametrize("length", [3, 4])
def test_prompt_counts_towards_max_tokens(length):
    prompt = [1] * length
    found = generate(Script([2] * 9), BOS, 4, random.Random(0), prompt)
    assert found == [*prompt, *[2] * (4 - length)]


def test_draws_follow_the_probabilities():
    probs = [0.1, 0.6, 0.0, 0.3]
    rng, same = random.Random(5), random.Random(5)
    drawn = [generate(lambda token: probs, BOS, 1, rng) for _ in range(2000)]
    expected = [same.choices(range(4), weights=probs) for _ in range(2000)]
    assert drawn == [[] if tokens == [BOS] else tokens for tokens in expected]
    assert drawn.count([1]) / 2000 == pytest.approx(0.6, abs=0.05)
    assert drawn.count([2]) == 0
