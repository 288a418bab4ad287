"""The mistakes that checks know: each is recognised, and each is held by an answer of the bank."""

import pytest

from microgpt_ref.lab.checks import LESSONS, load
from tests import bank
from tests.mistakes import causes_named

NAMES = [name for lesson in LESSONS for name in load(lesson)]
NEED_THE_ANSWER = {  # what gives these depends on more than the result: on what the answer says to
    # other inputs, or on how many numbers it keeps
    "The first letter of a document has no two tokens before it: begin each document with BOS "
    "twice.",
    "With one more BOS a document begins with two, not with three.",
    "p is taken for the part of the tokens to keep: add up their probabilities.",
    "That is min-p: tokens with at least p times the largest probability. Here the sum counts.",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_mistake_s_result_is_named(name):
    unnamed = {s: cause for s, cause in causes_named(name).items() if s != cause}
    assert unnamed.keys() <= NEED_THE_ANSWER


def held(name):
    """The sentences of an exercise's check that an answer of the bank holds alone."""
    sentences = causes_named(name)
    fragments = {e.says for e in bank.entries() if e.name == name and e.says}
    fits = {part: [s for s in sentences if part in s] for part in fragments}
    return {found[0] for found in fits.values() if len(found) == 1}


@pytest.mark.parametrize("name", NAMES)
def test_every_mistake_is_held_by_an_answer(name):
    """test_exercises.py looks whether the check names it: a record that is removed fails there."""
    missing = [sentence for sentence in causes_named(name) if sentence not in held(name)]
    assert missing == []
