"""Releases make sense to those who have nothing else: names are defined, words point to things."""

from dataclasses import replace

import pytest

from tools.grading import assignment, self_contained
from tools.grading.self_contained import NotContainedError, Setting
from tools.making import exercises, sources
from tools.making.exercises import Cell, Exercise
from tools.making.weave import Weave

PLAIN = Setting("import math\nnumbers = [1, 2]", "losses = [0.5]")
SHORT = "Write `f(x)`, for each of the `numbers`."


def exercise(task=SHORT, hints=(), **more):
    """An exercise with this task."""
    stub, solution = [Cell("code", "def f(x):\n    ...")], [Cell("code", "def f(x):\n    return x")]
    about = ("train1.f", "F", "go further", "short", 5, 3, task, list(hints), stub, "f", solution)
    return Exercise(*about, **more)


def faults(*arguments, **more):
    """What the check says of an exercise; empty if nothing."""
    try:
        self_contained.check(PLAIN, [exercise(*arguments, **more)])
    except NotContainedError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    "task",
    [
        SHORT,
        "Compare with `losses`, of which `sum(losses[:20])` is known.",  # trained, for trying out
        "Let `f(x)` be `math.sqrt(x)`. `q` and `k` are vectors.",
        "Write `values = [1.0]`, then use `values`.",  # the text itself sets it
        "Each Value's `grad`, and `weights['wte']`: all of `wte`.",
        "It's 0 below 1 and above `x`. The limit is above a hundred; see the check below.",
        "Take a formula: $x^2$. The formula is above 0.",
    ],
)
def test_what_makes_sense_alone_is_accepted(task):
    assert faults(task) == []


@pytest.mark.parametrize(
    "task, words",
    [
        ("Compare with `levels`.", "`levels`, which the release doesn't define"),
        ("Call `mean_of(levels)`.", "`levels`, which"),
        ("Look at the cell\nabove.", "'above' points out"),
        ("The code above does it", "'code above' points out"),
        ("See the figure, and mind its end", "'the figure' points out"),
        ("The last picture shows it.", "'The last picture' points out"),
        ("Look at this section again", "'this section' points out"),
        ("Do as in the lesson", "'the lesson' points out"),
        ("Turn the two formulas into loops", "'Turn the two formulas into' points out"),
        ("Take the trained model", "'trained model' points out"),
    ],
)
def test_what_points_to_where_nothing_is_names_the_exercise(task, words):
    found = faults(task)
    assert any(words in fault for fault in found)
    assert all(fault.startswith("train1.f: ") for fault in found)
    assert faults(SHORT, [task]) == found  # hints as well


def test_a_name_that_the_text_explains_is_said_beside_the_exercise():
    assert faults("The entry `table[row]`.") and not faults(
        "The entry `table[row]`.", introduces="table row"
    )


def test_a_release_of_the_course_with_a_planted_fault_is_refused(monkeypatch):
    source, weave = sources.find("train2"), Weave()
    known, questions = exercises.read(source)
    planted = dict(known)
    planted["train2.dot"] = replace(known["train2.dot"], task="Write `my_dot` as in `old_losses`.")
    monkeypatch.setattr(self_contained, "rewordings", lambda source: {})
    monkeypatch.setattr(exercises, "read", lambda source: (planted, questions))
    with pytest.raises(NotContainedError) as found:
        assignment.make("train2", weave)
    (said,) = [line for line in str(found.value).splitlines() if "old_losses" in line]
    assert said.startswith(
        "train2.dot: its text has `old_losses`, which the release doesn't define"
    )


# Words that a release says instead


def source_of(text):
    """The Source of some text."""
    return sources.Source("train1", [], sources.for_releases(text))


CELLS = """\
# %% [markdown] exercise="train1.f"
# ### F

# %% [markdown] tags=["release"]
# > the first
# > words
#
# others
#
# > gone
"""


def test_rewordings_are_quotations_and_what_follows():
    found = self_contained.rewordings(source_of(CELLS))
    assert found == {"train1.f": [("the first\nwords", "others"), ("gone", "")]}


def test_words_are_replaced_wherever_their_lines_are_broken():
    one = exercise("Take the\nfirst words.", ["A hint: the first words"])
    new = self_contained.reworded(one, [("the first words", r"the \last")])
    assert (new.task, new.hints) == (r"Take the \last.", [r"A hint: the \last"])


def test_words_that_are_not_there_are_told():
    with pytest.raises(NotContainedError, match=r"train1.f: its text doesn't have .*'no such'"):
        self_contained.reworded(exercise(), [("no such", "")])


@pytest.mark.parametrize("text", ["# Words", "# Words\n#\n# > quoted"])
def test_a_text_for_releases_begins_with_what_it_replaces(text):
    cells = f'# %% [markdown] exercise="train1.f"\n# F\n\n# %% [markdown] tags=["release"]\n{text}'
    with pytest.raises(NotContainedError, match=r"train1.f: .* begins with > and the words"):
        self_contained.rewordings(source_of(cells))


def test_a_solution_that_needs_what_nothing_defines_is_told():
    one = replace(exercise(), solution=[Cell("code", "def f(x):\n    return nowhere(x)")])
    with pytest.raises(NotContainedError, match=r"train1.f: .* doesn't define nowhere"):
        self_contained.check_solutions("import math", [one])


# What the releases of the course have


@pytest.mark.parametrize("lesson", exercises.read_lessons())
def test_a_lesson_s_own_notebook_has_nothing_of_what_is_for_releases(lesson):
    source = sources.find(lesson)
    texts = {cell.source for cell in source.cells}
    assert source.release and not texts & {cell.source for cell, _ in source.release}


@pytest.mark.parametrize("lesson", ["train2", "train3", "train4"])
def test_what_is_trained_is_apart_from_what_answers_are_judged_with(lesson):
    one = assignment.make(lesson, Weave())
    (cell,) = [c for c in one.notebook.cells if c.metadata.nbgrader.grade_id.endswith("-trained")]
    assert cell.source not in one.setting[0] and "import" in cell.source
    scope = {}
    exec(one.setting[0], scope)
    assert lesson == "train2" or scope["weights"]  # untrained, for an answer that tries things
