"""A class's own exercises: read as lessons are, judged apart from answers, and faults are told."""

import pytest

from tools.grading import assignment, class_statistics, judge, own_exercises
from tools.grading.assignment import AssignmentError
from tools.grading.own_exercises import OwnError
from tools.making.weave import Weave

TASK = """\
# %% [markdown] exercise="{name}" kind="go further" size="short" minutes="5" points="2"
# ### Twice
#
# **Aim.** Double a number.
#
# Write `double(x)`.
#
# **Done when** it's right.

"""
STUB = '# %% tags=["exercise"]\ndef double(x):\n    ...\n\n'
SOLUTION = '# %% tags=["solution"]\ndef double(x):\n    return 2 * x\n\n'
CHECK = '# %% tags=["check"]\ncheck("{name}", double)\nprint(double(1))\n\n'
TEST = """\
# %% tags=["test"]
from microgpt_ref.lab.checks.comparing import call, equal


@exercise("{name}")
def judge_double(answer, rng):
    x = rng.random()
    equal(call(answer, x), 2 * x, "Twice", {{"You add one instead of doubling it.": x + 1}})

"""
WRONG = '# %% tags=["wrong"]\ndef double(x):\n    return x\n'
WHOLE = [TASK, STUB, SOLUTION, CHECK, TEST, WRONG]


def write(out, parts=WHOLE, name="week5.double", chapter=None):
    """A class's folder with a file of these parts."""
    chapter = chapter or name.partition(".")[0]
    path = out / own_exercises.FOLDER / f"{chapter}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(part.format(name=name) for part in parts), encoding="utf-8")
    return path


def test_a_chapter_without_own_exercises_has_none(tmp_path):
    assert own_exercises.read(tmp_path, "week5") is None
    assert own_exercises.chapters(tmp_path) == own_exercises.tests(tmp_path) == {}
    assert own_exercises.digest(tmp_path) == ""


def test_a_file_is_read_as_a_lesson_is(tmp_path):
    write(tmp_path)
    own = own_exercises.read(tmp_path, "week5")
    (one,) = own.exercises
    assert (one.points, one.expression, one.marked_by) == (2, "double", "tests")
    assert one.own and one.examples == "print(double(1))"
    assert own.wrong == {"week5.double": ["def double(x):\n    return x"]}


def test_a_chapter_of_one_s_own_has_what_all_lessons_have_built(tmp_path):
    write(tmp_path)
    one = assignment.made_for(tmp_path, "week5", Weave())
    scope = {}
    exec(one.setting[0], scope)
    assert {"gpt", "Adam", "tokenizer", "held_out", "math"} <= set(scope)


def test_own_exercises_follow_a_lesson_s_and_the_names_of_their_cells_are_nbgrader_s(tmp_path):
    write(tmp_path, name="train1.double")
    one = assignment.made_for(tmp_path, "train1", Weave())
    assert [part.name for part in one.exercises][-2:] == ["train1.no_gate", "train1.double"]
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in one.notebook.cells}
    assert cells["train1-double-test"].endswith("\ndouble\n\nprint(double(1))")
    assert cells["train1-tanh-test"] == "check('train1.tanh', tanh_backward)"
    assert not any("judge_double" in text for text in cells.values())


def verdicts(tmp_path, *texts):
    """The judge's verdicts on answers to week5.double, one after the other."""
    one = assignment.made_for(tmp_path, "week5", Weave())
    package = tmp_path / "package"
    judge.copy_package(package)
    given = (one, {}, "5eed", package, tmp_path)
    for text in texts:
        answers = {"week5.double": text}
        yield assignment.verdicts(given[0], answers, *given[2:])["week5.double"]


def test_the_judge_knows_own_exercises_and_an_answer_has_no_way_to_them(tmp_path):
    write(tmp_path)
    reads = f"def double(x):\n    return len(open({str(tmp_path / 'exercises/week5.py')!r}).read())"
    plus = "def double(x):\n    return x + 1"
    (_, said), (status, _) = verdicts(tmp_path, plus, reads)
    assert said.endswith("You add one instead of doubling it.") and status == "not right"


def test_a_mistake_that_an_own_test_names_is_counted_by_its_name(tmp_path):
    write(tmp_path)
    message = "Twice is 3, should be 4.\nYou add one instead of doubling it."
    texts = own_exercises.test_texts(tmp_path)
    assert class_statistics.mistake_of("not right", message, texts) == message.splitlines()[1]
    assert class_statistics.mistake_of("not right", message) == class_statistics.UNNAMED


def test_wrong_answers_are_tried_each_by_itself(tmp_path):
    write(tmp_path, [*WHOLE, WRONG.replace("return x", "return 0")])
    one = assignment.made_for(tmp_path, "week5", Weave())
    tried = [answers["week5.double"][-8:] for answers in assignment.wrong_answers(one)]
    assert tried == ["return x", "return 0"]


def test_a_test_that_accepts_a_wrong_answer_is_no_test(tmp_path, monkeypatch):
    write(
        tmp_path, [TASK, STUB, SOLUTION, CHECK, TEST.replace("2 * x,", "call(answer, x),"), WRONG]
    )
    one = assignment.made_for(tmp_path, "week5", Weave())
    path = tmp_path / "release" / "week5" / "week5.ipynb"
    path.parent.mkdir(parents=True)
    from tests.graded_class import SOLUTION as BETWEEN

    for cell in one.notebook.cells:
        cell.source = BETWEEN.sub("", cell.source)
    path.write_text(assignment.nbformat.writes(one.notebook), encoding="utf-8")
    with pytest.raises(
        AssignmentError, match=r"week5.double: .* should be 'not right', is 'right'"
    ):
        assignment.prove(one, tmp_path, "5eed")


# Faults


@pytest.mark.parametrize(
    "parts, line, message",
    [
        ([TASK.replace("**Aim.**", "Aim"), *WHOLE[1:]], 1, "week5.double: write a heading"),
        ([TASK.replace("go further", "gofurther"), *WHOLE[1:]], 1, "kind 'gofurther': use one of"),
        (
            [TASK.replace('points="2"', 'points="two"'), *WHOLE[1:]],
            1,
            "points 'two': should be a number",
        ),
        ([TASK, SOLUTION, CHECK, TEST], 1, "needs a cell tagged exercise and one solution"),
        ([TASK, STUB, CHECK, TEST], 1, "needs a cell tagged exercise and one solution"),
        ([TASK, STUB, SOLUTION, CHECK], 1, "a cell tagged check goes with one tagged test"),
        ([TEST, *WHOLE], 2, "comes before any exercise"),
        ([*WHOLE, "\n\n", TEST], 23, "week5.double has a test already"),
        (["# %%\nx = 1\n\n", *WHOLE], 2, "a cell without a tag; there are check, exercise"),
        ([TASK.replace("double(x)", "double(rows)"), *WHOLE[1:]], 1, "its text has `rows`, which"),
        ([TASK.replace("it's right", "you see the figure"), *WHOLE[1:]], 1, "'the figure' points"),
    ],
)
def test_a_fault_is_told_with_file_line_and_exercise(tmp_path, parts, line, message):
    path = write(tmp_path, parts)
    with pytest.raises((OwnError, AssignmentError)) as found:
        assignment.made_for(tmp_path, "week5", Weave())
    place = f"{path}, line {line}: " if line else str(path)
    assert str(found.value).startswith(place) and message in str(found.value)


@pytest.mark.parametrize(
    "test, message",
    [
        (TEST.replace("def judge", "de judge"), "its test: SyntaxError("),
        (TEST.replace("from microgpt_ref.lab.checks.comparing", "from nowhere"), "named 'nowhere'"),
        (TEST.replace("{name}", "week5.other"), 'should have @exercise("week5.double"), has week5'),
        (TEST.replace("@exercise", "# @exercise"), "has nothing"),
    ],
)
def test_a_test_that_can_t_be_used_is_told(tmp_path, test, message):
    path = write(tmp_path, [TASK, STUB, SOLUTION, CHECK, test])
    with pytest.raises(OwnError) as found:
        own_exercises.tests(tmp_path)
    assert f"{path}, line " in str(found.value) and message in str(found.value)


def test_a_name_of_the_course_s_is_refused(tmp_path):
    write(tmp_path, name="train1.tanh")
    with pytest.raises(OwnError, match=r"train1.tanh: the course has an exercise of this name"):
        own_exercises.read(tmp_path, "train1")


def test_a_name_of_another_chapter_is_refused(tmp_path):
    write(tmp_path, name="week6.double", chapter="week5")
    with pytest.raises(OwnError, match=r"an exercise of week5 has a name like week5.softmax"):
        own_exercises.read(tmp_path, "week5")


@pytest.mark.parametrize("name", ["Week5", "week 5", "5week", "week-5"])
def test_a_file_has_a_name_that_a_chapter_can_have(tmp_path, name):
    write(tmp_path, chapter=name)
    with pytest.raises(OwnError, match="call it by small letters and digits"):
        own_exercises.chapters(tmp_path)


def test_a_file_that_is_no_text_is_told(tmp_path):
    write(tmp_path).write_bytes(b"\xff\xfe")
    with pytest.raises(OwnError, match=r"week5.py: can't be read .* save it as UTF-8"):
        own_exercises.read(tmp_path, "week5")


def test_a_fault_stops_the_command_before_anything_is_made(tmp_path, capsys):
    out = tmp_path / "class"
    assignment.begin(out)
    write(out, [TASK, STUB, SOLUTION, CHECK])
    assert assignment.main(["week5", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert "week5.py, line 1: week5.double" in said and len(said.splitlines()) == 1
    assert list((out / "source").iterdir()) == []
