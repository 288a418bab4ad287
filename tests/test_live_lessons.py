"""Every lesson's page in a real browser: each cell prints there what the committed notebook holds.

train0 is run whole every day, the others by make test-slow; every day a check of each lesson is
given a wrong and a right answer. Each test here is one for itself, so that workers share the wait.
"""

import ast
import inspect
import itertools
import json
import re
import textwrap

import pytest
from live_reader import compared, differences, notebook_cells, printed

from tests import bank
from tools.making import sources
from tools.setup import ROOT

FIRST = "train0"
CHAPTERS = sources.names()
LESSONS = [source.name for source in sources.lessons()]
CHECK = re.compile(r'check\("([\w.]+)", (\w+)\)')
PATIENCE = 10  # seconds that the cells above a pressed one may take
LONG = json.loads((ROOT / "book" / "live" / "long_cells.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "lesson",
    [pytest.param(name, marks=[] if name == FIRST else pytest.mark.slow) for name in CHAPTERS],
)
def test_every_cell_of_a_lesson_prints_what_the_notebook_holds(reader, lesson, address):
    one = reader(lesson)
    there = [cell["id"] for cell in notebook_cells(lesson)]
    assert set(one.cells()) <= set(there) and (lesson != FIRST or one.cells() == there)
    assert differences(one, lesson) == {}
    assert one.elsewhere(address) == []
    assert one.errors == []


def seconds_above(cells):
    """How long the cells take that run before each of these: a long one in its quick form."""
    total = 0
    for cell in cells:
        yield total
        total += 0 if "quick" in cell["metadata"] else LONG.get(cell["id"], 0)


def pressed_first(lesson):
    """Three cells of a lesson that are compared, spread over those that needn't wait for long."""
    cells = notebook_cells(lesson)
    found = [
        (position, cell)
        for position, (cell, seconds) in enumerate(zip(cells, seconds_above(cells), strict=True))
        if seconds <= PATIENCE and compared(cell) and cell["outputs"] and cell["id"] not in LONG
    ]
    return [found[len(found) * part // 4] for part in (1, 2, 3)]


def sample():
    """(lesson, position) of the cells that are pressed first; those of train0 every day."""
    for lesson in CHAPTERS:
        for position, _ in pressed_first(lesson):
            marks = [] if lesson == FIRST else pytest.mark.slow
            yield pytest.param(lesson, position, marks=marks)


@pytest.mark.parametrize("lesson, position", [*sample()])
def test_a_cell_that_is_pressed_first_runs_those_above_it(visitor, lesson, position):
    one, cell = visitor(lesson), notebook_cells(lesson)[position]
    one.press(cell["id"], "Run")
    one.wait(cell["id"], "done")
    assert one.output(cell["id"]) == printed(cell)
    above = one.cells()[: one.cells().index(cell["id"])]
    apart = set(one.cells("check")) | set(one.cells("live"))
    assert {one.state(other) for other in set(above) - apart} <= {"done"}
    assert {one.state(other) for other in set(above) & apart} <= {"ready"}


def first_check(lesson):
    """(cell id, exercise, name of the answer) of a lesson's first check."""
    for cell in notebook_cells(lesson):
        found = CHECK.search("".join(cell["source"]))
        if found and "check" in cell["metadata"].get("tags", []):
            return cell["id"], *found.groups()
    raise AssertionError(f"{lesson} has no check")


def text_of(answer, name):
    """The text of a function of the bank, as a reader could write it under this name."""
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(answer))).body
    function.name, function.decorator_list = name, []
    return ast.unparse(function)


def all_known(answer, lesson, check):
    """True if a lesson's cells above a check name all that an answer uses of other modules."""
    above = itertools.takewhile(lambda cell: cell["id"] != check, notebook_cells(lesson))
    words = set(re.findall(r"\w+", "".join(line for cell in above for line in cell["source"])))
    return words.issuperset(inspect.getclosurevars(answer).globals)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_wrong_and_a_right_answer_are_told_as_in_a_notebook(visitor, lesson):
    check, exercise, name = first_check(lesson)
    mine = [e for e in bank.entries() if e.name == exercise and all_known(e.answer, lesson, check)]
    wrong = next(entry for entry in mine if entry.says)
    right = next(entry for entry in mine if not entry.mistake)
    one = visitor(lesson)
    above = one.cells()[: one.cells().index(check)]
    cell = [identity for identity in one.cells("exercise") if identity in above][-1]
    assert one.run(check) == "done" and one.output(check) == f"{exercise}: not tried.\n"
    one.edit(cell, text_of(wrong.answer, name))
    assert one.run(check) == "done"
    assert one.output(check).startswith(f"{exercise}: not right. ")
    assert wrong.says in one.output(check)
    one.edit(cell, text_of(right.answer, name))
    assert one.run(check) == "done" and one.output(check).startswith(f"{exercise}: right. ")
