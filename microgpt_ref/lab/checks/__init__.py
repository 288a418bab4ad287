"""Checks of the exercises: `check("train2.tanh", tanh)` says not tried, not right, or right.

An answer is called on inputs that are drawn for the purpose. That happens in a child process
wherever the system can fork one: nothing an answer does there reaches the notebook, and it ends
after a time limit. Elsewhere (Windows, or Python in a browser) it happens in the notebook's own
process; what an answer changes besides its arguments and Python's own random numbers then stays
changed. There a page watches the time from outside; elsewhere nobody does, and the first check
says so.

An answer that hands in the course's own function, a wrapper of it or a copy of its text is noticed
where that isn't what is asked. Where it may be used, the learner is told that it was.
"""

import importlib
import random
from dataclasses import dataclass

from microgpt_ref.lab.checks import child_process, comparing
from microgpt_ref.lab.checks.child_process import can_fork, isolated, quiet
from microgpt_ref.lab.checks.comparing import Wrong, raised
from microgpt_ref.lab.checks.no_answer import own_work, untouched
from microgpt_ref.stages import STAGES

LESSONS = tuple(STAGES)
NO_LIMIT = "(On this system a check has no time limit: interrupt the kernel if one doesn't end.)"


OURS = "It's right because it's ours: {} did the work. Write your own, and the credit is yours."


@dataclass(frozen=True)
class Result:
    """What a check says of an answer.

    status: "not tried", "not right" or "right"
    message: which quantity is off, where, and by how much; empty unless the status is "not right"
    cause: the likely mistake, where it is a known one, or ""; of a right answer, what there is to
        add
    """

    status: str
    message: str = ""
    cause: str = ""

    def __str__(self):
        return "\n  ".join(filter(None, [f"{self.status}. {self.message}".strip(), self.cause]))


results = {}  # of the checks that were called in this notebook, by the exercise's name


def check(name, answer):
    """Print whether an answer to the exercise of this name is right.

    The first inputs are the same each time, so that one can look into a mistake. An answer that is
    right for them has to be right for inputs that nobody has seen yet.
    """
    if not (can_fork or child_process.watched or results):
        print(NO_LIMIT)
    results[name] = examine(name, answer, 0, random.SystemRandom().getrandbits(64))
    first, *more = str(results[name]).splitlines()
    print("\n".join([f"{name}: {first}{progress(name)}", *more]))


def progress(name):
    """How many of a lesson's checked exercises are right, to say after an answer that is."""
    if results[name].status != "right":
        return ""
    names = load(name.partition(".")[0])
    n_right = sum(results[one].status == "right" for one in names if one in results)
    return f" {n_right} of {len(names)} in this lesson."


def summary(lesson):
    """Print how many of a lesson's checked exercises are done, and which are not."""
    names = list(load(lesson))
    done = {name: results[name].status if name in results else "not tried" for name in names}
    right = [name for name in names if done[name] == "right"]
    print(f"{lesson}: {len(right)} of {len(names)} checked exercises are right")
    for name in names:
        if name not in right:
            print(f"  {name}: {done[name]}")


def examine(name, answer, seed=0, *more):
    """The Result of checking an answer.

    seed: what the inputs are drawn from, together with the name
    more: seeds of further inputs for an answer that is right so far
    Raises ValueError for a name that no exercise has.
    """
    one = find(name)

    def judge():
        with quiet():
            for part in (seed, *more):
                found = judged(one, answer, random.Random(f"{name} {part}"))
                if found[0] != "right":
                    break
        return found

    return Result(*isolated(judge, one.seconds, name))


def judged(one, answer, rng):
    """(status, message, cause) of an answer, whatever it does."""
    try:
        if untouched(answer):
            return "not tried", "", ""
        comparing.passed.clear()
        with own_work(one.gives_away, one.ours) as used:
            one.run(answer, rng)
        return "right", "", OURS.format(" and ".join(sorted(used))) if used else ""
    except BaseException as error:
        try:
            return "not right", *told(error)
        except BaseException:
            return "not right", "It raised an error that can't be told.", ""


def told(error):
    """(message, cause) of an error, of no great length."""
    if type(error) is Wrong:
        return shortened(error.message) + so_far(), shortened(error.cause)
    # an answer that was called without the help of `call`, or a class that falls apart
    return shortened(f"{raised(error)}."), ""


def so_far():
    """A sentence on the inputs for which the answer was right before it was wrong; or ""."""
    n = len(comparing.passed) - 1
    if n < 1:
        return ""
    return f" (The {f'{n} inputs' if n > 1 else 'input'} before this one came out right.)"


def shortened(text, most=600):
    """A text, cut where it is longer than that."""
    return text if len(text) <= most else text[:most] + " …"


def load(lesson):
    """The checks of a lesson by name, in the lesson's order. Raises ValueError for other names."""
    if lesson not in LESSONS:
        raise ValueError(f"unknown lesson {lesson!r}: use one of {', '.join(LESSONS)}")
    return importlib.import_module(f"microgpt_ref.lab.checks.{lesson}").CHECKS


def find(name):
    """The check of this name. Raises ValueError if there is none."""
    lesson = str(name).partition(".")[0]
    known = load(lesson) if lesson in LESSONS else {}
    if name not in known:
        names = ", ".join(known) or f"a name that begins with one of {', '.join(LESSONS)}"
        raise ValueError(f"unknown exercise {name!r}: use {names}")
    return known[name]
