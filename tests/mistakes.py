"""The known mistakes of the checks: what each gives, found by running a check on a right answer."""

import importlib
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

from microgpt_ref.lab.checks import comparing, find
from tests import bank


@dataclass
class Record:
    """A mistake that a check knows, with one of the results by which the check knows it."""

    sentence: str  # the cause that it names
    mistaken: Any  # the result, or a function that computes it
    wanted: Any
    mistakes: dict  # all that are known where this one is
    options: dict  # of `equal`

    def named(self):
        """The cause that is named if this result comes back."""
        try:
            result = self.mistaken() if callable(self.mistaken) else self.mistaken
            comparing.equal(result, self.wanted, "y", self.mistakes, **self.options)
        except comparing.Wrong as wrong:
            return wrong.cause
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return "none: it can't be computed here"
        return "none: it is right here"


@cache
def causes_named(name):
    """{sentence: what is named, at best, if its result comes back} for an exercise's mistakes."""
    module = importlib.import_module(f"microgpt_ref.lab.checks.{name.partition('.')[0]}")
    found = {}

    def note(got, wanted, what, mistakes=None, **options):
        for sentence, mistaken in (mistakes or {}).items():
            if found.get(sentence) != sentence:
                found[sentence] = Record(sentence, mistaken, wanted, mistakes, options).named()
        comparing.equal(got, wanted, what, mistakes, **options)

    kept, module.equal = module.equal, note
    try:
        answers = [e.answer for e in bank.entries() if e.name == name and not e.mistake]
        for seed, answer in enumerate(answers[:2]):
            find(name).run(answer, random.Random(f"{name} {seed}"))
    finally:
        module.equal = kept
    return found
