"""Points for what is partly right: who earns them, who doesn't, and that a class gets them."""

import os
import random
from collections import Counter

import pytest

from microgpt_ref.lab.checks import comparing, find
from microgpt_ref.value import Value
from tests import bank
from tests.classroom import filled_in
from tests.test_grade_class import marks
from tools.grading import assignment, grade, judge
from tools.making.exercises import read_lessons
from tools.making.weave import Weave

SOLUTIONS = {
    name: one for found, _ in read_lessons().values() for name, one in found.items() if one.points
}
PARTED = [name for name, one in SOLUTIONS.items() if one.expression and find(name).usual]
OVERFLOWING = """\
def tanh_backward(x, dy):
    found = []
    for a, d in zip(x, dy):
        up, down = math.exp(a), math.exp(-a)
        found.append(d * (1 - ((up - down) / (up + down)) ** 2))
    return found
"""
# How many of the bank's wrong answers are right for all usual inputs, and what they get wrong.
SPECIAL = {
    "train0.interpolated": 4,  # a row without counts
    "train1.central": 2,  # an empty list
    "train1.tanh": 5,  # far out, where powers of e overflow
    "train1.smoothed": 2,  # large logits
    "train2.tanh": 4,
    "train2.sigmoid": 12,  # large numbers, or cut off there
    "train2.maximum": 4,  # ties, and a Value that stands there twice
    "train2.dot": 1,  # a Value that meets itself
    "train3.mask": 4,  # hidden scores that are the largest
    "train3.layer_norm": 4,  # equal entries, a single one
    "train3.score_slopes": 2,  # large scores
    "train4.clip": 2,  # gradients of 0
    "train4.schedule": 4,  # no warm-up, or nothing but that
    "train4.top_p": 1,  # p = 1
}


def status_of(name, answer, seed=0):
    """What a check makes of an answer, in this process."""
    comparing.passed.clear()
    try:
        find(name).run(answer, random.Random(f"{name} {seed}"))
    except comparing.Wrong:
        return judge.how_wrong(find(name))
    except Exception:
        return "not right"
    return "right"


@pytest.mark.parametrize("name", PARTED)
def test_special_cases_come_after_the_usual_inputs_whatever_the_seed(name):
    for entry in bank.entries():
        if entry.name == name and entry.mistake is None:
            for seed in range(2):
                assert status_of(name, entry.answer, seed) == "right"
                assert len(comparing.passed) > find(name).usual


def test_of_the_wrong_answers_only_those_wrong_in_a_special_case_are_partly_right():
    found = Counter()
    for entry in bank.entries():
        if entry.name in SOLUTIONS and entry.mistake and SOLUTIONS[entry.name].expression:
            found[entry.name] += status_of(entry.name, entry.answer) == judge.PARTLY
    assert {name: n for name, n in found.items() if n} == SPECIAL


def constants(name):
    """Answers that do nothing of what is asked."""
    yield from (None, 0, "", ..., [0.5])
    things = (None, 0, 1.0, 0.25, [], [0.0], [1.0, 0.0], [[]], {}, "", True, Value(0.0), (0.5, 0.5))
    for thing in things:
        yield lambda *given, thing=thing: thing
    for n in range(1, 8):
        yield lambda *given, n=n: [0.0] * n
        yield lambda *given, n=n: [1 / n] * n
    for i in range(4):
        yield lambda *given, i=i: given[i]
        yield lambda *given, i=i: [0.0 for _ in given[i]]
        yield lambda *given, i=i: [1 / len(given[i]) for _ in given[i]]
        yield lambda *given, i=i: [x * 1 for x in given[i]]


@pytest.mark.parametrize("name", PARTED)
def test_a_constant_or_what_it_was_given_earns_nothing(name):
    for seed in range(3):
        assert {status_of(name, answer, seed) for answer in constants(name)} == {"not right"}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package without its checks."""
    folder = tmp_path_factory.mktemp("package")
    judge.copy_package(folder)
    return folder


def judged(package, text, **job):
    """The verdict on an answer to train1.tanh."""
    answers = {"train1.tanh": ["tanh_backward", [text], []]}
    job = {"answers": answers, "setting": ["import math"], "seed": "0", "package": package, **job}
    return judge.judge_all(job)["train1.tanh"]


def test_what_is_partly_right_is_not_right_unless_that_is_asked_for(package):
    status, message = judged(package, OVERFLOWING)
    assert status == "not right" and "OverflowError" in message
    assert judged(package, OVERFLOWING, partial=True) == (judge.PARTLY, message)


@pytest.mark.parametrize(
    "end, status",
    [
        ("os._exit(0)", "crashed"),
        ("while True: pass", "timed out"),
        ("raise type('Wrong', (Exception,), {})('fine')", judge.PARTLY),
    ],
)
def test_who_gives_up_in_a_special_case_keeps_only_what_a_mistake_would(package, end, status):
    text = OVERFLOWING.replace(
        "    found = []\n", f"    found = []\n    if max(x) > 99:\n        {end}\n"
    )
    waiting = {"waiting": 4} if "while" in end else {}
    assert judged(package, f"import os\n{text}", partial=True, **waiting)[0] == status


def test_the_better_of_two_tries_counts(package):
    """An answer that lacks a name of another one is run again with that."""
    text = OVERFLOWING.replace("math.exp(a)", "power(a)")
    assert judged(package, text, partial=True)[0] == "not right"
    answers = {"train1.tanh": ["tanh_backward", [text], ["power = math.exp"]]}
    job = {"answers": answers, "setting": ["import math"], "seed": "0", "package": package}
    assert judge.judge_all({**job, "partial": True})["train1.tanh"][0] == judge.PARTLY


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")
def test_a_class_gets_its_shares_and_loses_them_with_the_rule(tmp_path):
    out = tmp_path / "course"
    assert assignment.main(["train1", "--out", str(out)]) == 0
    release = (out / "release" / "train1" / "train1.ipynb").read_text(encoding="utf-8")
    parts = assignment.make("train1", Weave()).exercises
    path = out / "submitted" / "s01" / "train1" / "train1.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(filled_in(release, parts, {"train1.tanh": (OVERFLOWING, 0)}), encoding="utf-8")
    assignment.write_csv(out / "roster.csv", [["id", "name"], ["s01", "Ada L"], ["s02", "Eve O"]])
    rules = (out / "rules.toml").read_text(encoding="utf-8")
    page = out / "feedback" / "s01" / "train1" / "train1.html"
    for share, points, status in (
        (0, 0, "not right"),
        (0.5, 1.5, judge.PARTLY),
        (0, 0, "not right"),
    ):
        (out / "rules.toml").write_text(rules.replace("partial = 0", f"partial = {share}"))
        assert grade.main(["--out", str(out)]) == 0
        found, rows = marks(out)
        statuses = {(row["student"], row["exercise"]): row["status"] for row in rows}
        assert found["s01"]["train1.tanh"] == points
        assert statuses["s01", "train1.tanh"].split("; ")[0] == status
        assert found["s01"]["train1.bias"] == 0 == found["s02"]["train1.tanh"]
        text = page.read_text(encoding="utf-8")
        assert ("1.5 points for that" in text) == (points > 0) and "OverflowError" in text
        assert f"({points:g} of 3 points)" in text
    grade.main(["--out", str(out), "--exercise", "train1.tanh", "--student", "s01"])
    assert marks(out)[0]["s01"]["train1.tanh"] == 0
