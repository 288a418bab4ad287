"""The exercises and questions of the lessons; their checks, against right and wrong answers."""

import importlib
from collections import Counter

import jupytext
import nbformat
import pytest
from bs4 import BeautifulSoup

from microgpt_ref.lab import checks
from microgpt_ref.lab.checks import examine
from tests import bank
from tools.making import exercises, sources
from tools.making.exercises import ExerciseError, cells_for, read_cells, read_lessons
from tools.making.notebooks import target
from tools.making.sources import Source, tags_of
from tools.setup import ROOT

LESSONS = read_lessons()
EXERCISES = {one.name: one for found, _ in LESSONS.values() for one in found.values()}
CHECKED = {name: one for name, one in EXERCISES.items() if one.expression}
QUESTIONS = {one.name: one for _, found in LESSONS.values() for one in found.values()}
ENTRIES = bank.entries()


def ids(entries):
    """What tests call some entries of the bank."""
    return [entry.id for entry in entries]


# what a lesson asks


@pytest.mark.parametrize("lesson", LESSONS)
def test_lesson_has_exercises_of_every_kind(lesson):
    kinds = Counter(one.kind for one in LESSONS[lesson][0].values())
    assert kinds.total() >= 6
    assert kinds["build it first"] >= 2
    assert kinds["go further"] >= 3
    assert all(kinds[kind] >= 1 for kind in ("by hand", "break and explain", "open"))
    assert len(LESSONS[lesson][1]) >= 5


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise_has_hints_a_beginning_and_a_solution(name):
    one = EXERCISES[name]
    assert 1 <= len(one.hints) <= 3
    assert one.stub
    solution = one.solution + one.follow_up
    assert any(cell.cell_type == "markdown" for cell in solution)
    assert bool(one.expression) == (one.kind in ("by hand", "build it first", "go further"))
    assert one.solution_text or one.kind == "open"
    assert all(cell.cell_type == "code" for cell in one.solution) or not one.expression


@pytest.mark.parametrize("lesson", LESSONS)
def test_checks_are_those_of_the_exercises(lesson):
    assert set(checks.load(lesson)) == {n for n in CHECKED if n.startswith(lesson)}


def test_points_are_for_going_further_and_for_words():
    markers = {"go further": "tests", "break and explain": "hand"}
    for one in EXERCISES.values():
        assert one.marked_by == markers.get(one.kind)
        assert (one.points > 0) == (one.kind in markers)


def test_a_lesson_s_heading_names_only_points_that_tests_give():
    words, code = EXERCISES["train0.no_shuffle"], EXERCISES["train0.trigram"]
    assert (words.points, code.points) == (4, 4)
    assert "4 points" in code.heading and "points" not in words.heading
    assert all("· 4 points" in one.heading_in_class for one in (words, code))


@pytest.mark.usefixtures("seen_by_coverage")
@pytest.mark.parametrize("name", CHECKED)
def test_an_exercise_begins_untried_and_its_check_says_so(name):
    scope = {"__name__": "__main__"}
    for cell in CHECKED[name].stub:
        exec(cell.source, scope)
    assert examine(name, eval(CHECKED[name].expression, scope)).status == "not tried"


# the bank


@pytest.mark.parametrize("name", CHECKED)
def test_bank_has_enough_answers(name):
    mine = [entry for entry in ENTRIES if entry.name == name]
    wrong = [entry for entry in mine if entry.mistake]
    assert len(wrong) >= 10
    assert sum(bool(entry.says) for entry in wrong) >= 0.8 * len(wrong)
    assert len([entry for entry in mine if not entry.mistake]) >= 3


def test_bank_knows_only_exercises_that_there_are():
    assert {entry.name for entry in ENTRIES} == set(CHECKED)


def test_a_third_of_the_bank_was_written_without_sight_of_the_checks():
    wrong = [entry for entry in ENTRIES if entry.mistake]
    assert sum(entry.unseen for entry in wrong) >= len(wrong) / 3


WRONG = [entry for entry in ENTRIES if entry.mistake]
RIGHT = [entry for entry in ENTRIES if not entry.mistake]


SEEDS = [0, pytest.param(1, marks=pytest.mark.slow)]


@pytest.mark.usefixtures("seen_by_coverage")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("entry", WRONG, ids=ids(WRONG))
def test_wrong_answer_is_rejected(entry, seed):
    result = examine(entry.name, entry.answer, seed)
    assert result.status == "not right"
    assert result.message
    assert seed or (entry.says or "") in result.cause


@pytest.mark.usefixtures("seen_by_coverage")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("entry", RIGHT, ids=ids(RIGHT))
def test_right_answer_passes(entry, seed):
    assert examine(entry.name, entry.answer, seed).status == "right"


@pytest.mark.slow
def test_table_of_exercises(capsys, monkeypatch):
    first = [entry for entry in ENTRIES if entry.name.startswith("train0.")]
    monkeypatch.setattr(bank, "entries", lambda: first)
    exercises.main()
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("| train")]) == len(EXERCISES)
    (unseen,) = [line for line in lines if line.startswith("Unseen answers: ")]
    assert unseen.startswith("Unseen answers: {0} of {0} rejected".format(unseen.split()[2]))


# the notebooks


def outputs_of_checks(path):
    """{name: what the check printed} in a notebook."""
    found = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and cell.source.startswith("check("):
            (output,) = cell.outputs
            name, _, said = output.text.partition(": ")
            found[name] = said.strip()
    return found


@pytest.mark.parametrize("lesson", LESSONS)
def test_notebooks_say_not_tried_and_right(lesson):
    names = [name for name in CHECKED if name.startswith(lesson)]
    assert outputs_of_checks(target(lesson)) == dict.fromkeys(names, "not tried.")
    said = outputs_of_checks(target(lesson, solved=True))
    in_order = enumerate(sorted(names, key=list(said).index), 1)
    n = len(names)
    assert said == {name: f"right. {i} of {n} in this lesson." for i, name in in_order}


def telling_lines(exercise):
    """Lines of a solution's code that its task doesn't hold, without blanks; in pairs."""
    given = exercise.task + "".join(cell.source for cell in exercise.stub) + "".join(exercise.hints)
    given = "".join(given.split())
    code = next(cell.source for cell in exercise.solution if cell.cell_type == "code")
    lines = ["".join(line.split()) for line in code.splitlines()]
    lines = [line for line in lines if line and line not in given and line not in (")", "]", "}")]
    return ["".join(pair) for pair in zip(lines, lines[1:])] or lines


def text_of_notebook(path):
    """All sources and printed outputs of a notebook, without blanks."""
    parts = []
    for cell in nbformat.read(path, as_version=4).cells:
        parts.append(cell.source)
        for output in cell.get("outputs", []):
            parts.append(output.get("text") or str(output.get("data", {}).get("text/plain", "")))
    return "".join("\n".join(parts).split())


FURTHER = [name for name, one in EXERCISES.items() if one.kind == "go further"]


@pytest.mark.parametrize("name", FURTHER)
def test_solution_stands_in_no_notebook_of_learners_and_nowhere_in_the_package(name):
    lines = telling_lines(EXERCISES[name])
    assert lines
    places = {path: text_of_notebook(path) for path in map(target, sources.names())}
    for path in (ROOT / "microgpt_ref").rglob("*.py"):
        places[path] = "".join(path.read_text(encoding="utf-8").split())
    for path, text in places.items():
        assert not [line for line in lines if line in text], path


@pytest.mark.parametrize("name", FURTHER)
def test_solution_is_found_where_it_stands(name, site):
    lesson, lines = name.partition(".")[0], telling_lines(EXERCISES[name])
    text = text_of_notebook(target(lesson, solved=True))
    assert all(line in text for line in lines)
    page = text_of_page(site / "notebooks" / "solutions" / f"{lesson}.html")
    assert all(line in page for line in lines)


def text_of_page(path):
    """The text of a page of the site, or of another file that it serves, without blanks."""
    text = path.read_text(encoding="utf-8")
    text = BeautifulSoup(text, "html.parser").get_text() if path.suffix == ".html" else text
    return "".join(text.replace("\\n", "").replace('\\"', '"').split())


@pytest.mark.no_cover
def test_site_shows_solutions_in_its_last_part_alone(site):
    lines = {line for name in FURTHER for line in telling_lines(EXERCISES[name])}
    served = [p for p in site.rglob("*") if p.suffix in (".html", ".ipynb", ".txt", ".md", ".js")]
    places = {
        path.relative_to(site).as_posix()
        for path in served
        if any(line in text for text in [text_of_page(path)] for line in lines)
    }
    allowed = [p for p in places if "solutions/" in p or p == "searchindex.js"]
    assert sorted(places) == sorted(allowed)
    assert len([p for p in places if p.endswith(".html")]) == len(LESSONS)


# the questions


@pytest.mark.parametrize("name", QUESTIONS)
def test_question_says_something_of_every_option(name):
    one = QUESTIONS[name]
    assert len(one.options) >= 3
    assert sum(right for _, _, right in one.options) == 1
    assert all(len(feedback) > 20 for _, feedback, _ in one.options)
    assert len({feedback for _, feedback, _ in one.options}) == len(one.options)


def computed_answers():
    """{question: a function that computes what its right option says} from the bank's files."""
    found = {}
    for lesson in {entry.file for entry in ENTRIES if not entry.unseen}:
        found |= importlib.import_module(f"tests.bank.{lesson}").QUESTIONS
    return found


COMPUTED = computed_answers()


@pytest.mark.parametrize("name", QUESTIONS)
def test_numbers_in_right_options_are_those_of_the_reference(name):
    (text,) = [text for text, _, right in QUESTIONS[name].options if right]
    if name in COMPUTED:
        assert COMPUTED[name]() in text
    else:
        assert not any(character.isdigit() for character in text), "compute it in the bank"


def test_computed_answers_belong_to_questions():
    assert set(COMPUTED) <= set(QUESTIONS)


# reading a source

TASK = """\
# %% [markdown] exercise="train0.one" kind="go further" size="short" minutes="5" points="2"
# ### One
#
# **Aim.** See.
#
# Write it.
#
# **Done when** it is.

# %% [markdown] tags=["hint"]
# Think.

# %% tags=["exercise"]
one = ...

# %% tags=["solution"]
one = 1

# %% tags=["check"]
check("train0.one", one)
"""
QUESTION = """\
# %% [markdown] tags=["question"] question="train0.which"
# Which?
#
# - [ ] `a < b` :: No: it is the other way round.
# - [x] b :: Yes, as
#   one can see.
# - [ ] c :: There is no c here.
"""


def read(text):
    """The exercises and questions of a source."""
    return read_cells("train0", jupytext.reads(text, fmt="py:percent").cells)


def cells(text, solved):
    """The cells made of a source."""
    source = Source("train0", jupytext.reads(text, fmt="py:percent").cells)
    return list(cells_for(source, solved))


def test_source_is_read():
    found, _ = read(TASK)
    one = found["train0.one"]
    assert (one.title, one.minutes, one.points, one.hints) == ("One", 5, 2, ["Think."])
    assert (one.expression, one.stub_text, one.solution_text) == ("one", "one = ...", "one = 1")


def test_what_follows_the_check_is_no_part_of_the_solution():
    tried = (
        '\n# %% tags=["solution"]\nprint(one)\n\n# %% [markdown] tags=["solution"]\n# It is 1.\n'
    )
    one = read(TASK + tried)[0]["train0.one"]
    assert one.solution_text == "one = 1"
    assert [cell.source for cell in one.follow_up] == ["print(one)", "It is 1."]


def test_learners_get_the_stub_and_solved_notebooks_the_solution():
    task, hint, stub, check = cells(TASK, solved=False)
    assert task.source.startswith("### Exercise: One\n\n*Go further · short, about 5 minutes · 2")
    assert hint.source == "<details><summary>Hint 1</summary>\n\nThink.\n\n</details>"
    assert (stub.source, check.source) == ("one = ...", 'check("train0.one", one)')
    title, *_, solution, check = cells(TASK, solved=True)
    assert title.source.startswith("# Solutions to train0")
    assert (solution.source, check.source) == ("one = 1", 'check("train0.one", one)')
    assert all("remove-cell" not in tags_of(cell) for cell in cells(TASK, solved=True))


def test_solutions_page_leaves_the_lesson_out():
    _, lesson, *_ = cells("# %%\nx = 1\n\n" + TASK, solved=True)
    assert (lesson.source, lesson.metadata.tags) == ("x = 1", ["remove-cell"])


def test_question_is_a_list_of_folds():
    (cell,) = cells(QUESTION, solved=False)
    assert cell.source.startswith(
        "**1.** Which?\n\n<details><summary><code>a &lt; b</code></summary>\n\n**Not this one.** No"
    )
    assert "<summary>b</summary>\n\n**Right.** Yes, as one can see.\n\n</details>" in cell.source


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("go further", "harder", "kind 'harder'"),
        ('size="short"', 'size="tiny"', "size 'tiny'"),
        ('minutes="5"', 'minutes="0"', "say minutes"),
        (' points="2"', "", "points if and only if"),
        ("**Aim.**", "Aim.", "write a heading"),
        ("**Done when**", "Done", "write a heading"),
        ('exercise="train0.one"', 'exercise="train1.one"', "an exercise of train0 has a name"),
        ('check("train0.one"', 'check("train0.two"', "its check is called train0.two"),
    ],
)
def test_faults_in_a_task_are_told(old, new, says):
    assert TASK.count(old) == 1
    with pytest.raises(ExerciseError, match=says):
        read(TASK.replace(old, new))


@pytest.mark.parametrize(
    "old, new",
    [("[x] b", "[ ] b"), ("[ ] c", "[x] c"), (" :: There is", " There is"), ("[ ] c", "[ ] $c$")],
)
def test_faults_in_a_question_are_told(old, new):
    with pytest.raises(ExerciseError, match=r"train0\.which"):
        read(QUESTION.replace(old, new))


@pytest.mark.parametrize(
    "old, new",
    [('check("train0.one", one)', ""), ('"go further"', '"open"')],
)
def test_a_check_that_lacks_or_is_too_much_is_told(old, new):
    text = TASK.replace(old, new).replace('tags=["check"]', "" if not new else 'tags=["check"]')
    text = text.replace(' points="2"', "") if "open" in new else text
    with pytest.raises(ExerciseError, match=r"train0\.one: .* have a check, others have none"):
        read(text)


def test_two_exercises_of_one_name():
    with pytest.raises(ExerciseError, match="two exercises of this name"):
        read(TASK + "\n" + TASK)


def test_hint_without_an_exercise():
    with pytest.raises(ExerciseError, match="before any exercise"):
        read('# %% [markdown] tags=["hint"]\n# Think.\n')
