"""The bank's answers to exercises with points, judged from outside: as in a learner's notebook."""

import inspect

import pytest

from tests import bank
from tools.grading import judge
from tools.making.exercises import read_lessons

pytestmark = pytest.mark.slow

POINTS = {name for found, _ in read_lessons().values() for name, one in found.items() if one.points}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package without its checks."""
    folder = tmp_path_factory.mktemp("package")
    judge.copy_package(folder)
    return folder


def answers(lesson):
    """The bank's answers of a lesson that stand in its files under a name of their own."""
    for entry in bank.entries():
        name = getattr(entry.answer, "__name__", "")
        module = inspect.getmodule(entry.answer)
        ours = entry.name in POINTS and entry.name.startswith(lesson)
        if ours and vars(module).get(name) is entry.answer:
            yield entry, name, module


@pytest.mark.parametrize("lesson", ["train0", "train1", "train2", "train3", "train4"])
def test_the_judge_s_verdict_is_the_check_s(package, lesson):
    n_right, differing = 0, []
    for entry, name, module in answers(lesson):
        text, setting = bank.text_of(module), "import math\nimport random"
        status, message = judge.judge(entry.name, name, [text], [setting], package, "0")
        n_right += status == "right"
        if (status == "right") != (entry.mistake is None) or "NameError" in message:
            differing.append((entry.id, entry.mistake, status, message))
    assert n_right >= 9 and differing == []
