"""The exercises and questions of the lessons; `python -m tools.making.exercises` lists them.

Each exercise has one record, an Exercise, read once from the lesson's source. Notebooks, pages,
assignments and grading all use it; what a course keeps of it is in `grading.records`.

Cells in notebooks/src are marked, beside the marks that `making.weave` knows:

    # %% [markdown] exercise="train2.tanh" kind="go further" size="short" minutes="15" points="4"
                                      the task; its first line is the exercise's heading
    # %% [markdown] tags=["hint"]     a hint, which is shown folded
    # %% tags=["exercise"]            what learners begin with; not in the solved notebook
    # %% tags=["solution"]            the solution, or words about it; in the solved notebook alone
    # %% tags=["check"]               calls `check`
    # %% [markdown] tags=["question"] question="train2.order"
                                      a question, and its options: `- [x] option :: feedback`
"""

import ast
import html
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import nbformat

from tools.making import sources
from tools.making.sources import SourceError, tags_of

KINDS = ("by hand", "build it first", "go further", "break and explain", "open")
CHECKED = ("by hand", "build it first", "go further")  # the kinds whose answers `check` takes
SIZES = ("short", "longer", "project")
# that only a source has
MARKS = ("exercise", "kind", "size", "minutes", "points", "introduces", "question")
PARTS = {"hint", "exercise", "solution", "check"}  # tags of the cells that follow a task
WRITTEN_POINTS = 4  # of `break and explain`, as the rubric in book/lesson-cards.md gives them
SOLUTIONS = """\
# Solutions to {lesson}

This is the lesson once more, with every exercise solved. On the web page you see the exercises \
alone; the notebook holds the whole lesson, and runs from top to bottom."""
OPTION = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>.+?) :: (?P<feedback>.+)", re.DOTALL)


class ExerciseError(SourceError):
    """An exercise or question in a source has a fault; the message names it."""


@dataclass(frozen=True)
class Cell:
    """A cell of an exercise, by the names that nbformat uses."""

    cell_type: str
    source: str


@dataclass
class Exercise:
    """The record of an exercise."""

    name: str  # such as train2.tanh
    title: str
    kind: str
    size: str
    minutes: int
    points: int  # in a class: for passing the tests, or for the words of `break and explain`
    task: str
    hints: list = field(default_factory=list)
    stub: list = field(default_factory=list)  # Cells that learners begin with
    expression: str | None = None  # what is handed to `check`, as Python; None if no code is asked
    solution: list = field(default_factory=list)  # Cells that replace the stub, up to its check
    follow_up: list = field(default_factory=list)  # Cells after the check: they try the answer out
    cell_id: str = ""  # of the answer's cell in a release
    introduces: str = ""  # names that its text uses and explains itself
    examples: str = ""  # code that follows the call of `check`
    own: bool = False  # a class's own, of which learners have no check

    @property
    def answer_type(self):
        """The type of the cell that holds an answer."""
        return "code" if self.expression else "markdown"

    @property
    def marked_by(self):
        """Who gives the points: "tests", "hand", or None where there are none."""
        if not self.points:
            return None
        return "tests" if self.expression else "hand"

    @property
    def stub_text(self):
        """What stands in the answer's cell before anyone answers."""
        return self.join(self.stub)

    @property
    def solution_text(self):
        """What solves the exercise, in the place of the stub."""
        return self.join(self.solution)

    def join(self, cells):
        """The text of those cells that are of the answer's type."""
        return "\n\n".join(c.source for c in cells if c.cell_type == self.answer_type)

    @property
    def heading(self):
        """The line under the title in a lesson. A reader alone has no one to mark words."""
        points = self.points if self.marked_by == "tests" else 0
        return self.line_of(f"{self.size}, about {self.minutes} minutes", points)

    @property
    def heading_in_class(self):
        """The line under the title in an assignment."""
        return self.line_of(f"about {self.minutes} minutes", self.points)

    def line_of(self, length, points):
        """The line that says of what kind an exercise is, how long it takes and what it's worth."""
        marks = f" · {points} points" if points else ""
        return f"*{self.kind.capitalize()} · {length}{marks}* · `{self.name}`"

    # What nbgrader calls the exercise's cells

    @property
    def grade_id(self):
        """The name of the answer's cell."""
        return self.name.replace(".", "-")

    @property
    def task_id(self):
        """The name of the task's cell."""
        return f"{self.grade_id}-task"

    @property
    def check_id(self):
        """The name of the cell that checks the answer."""
        return f"{self.grade_id}-test" if self.marked_by == "tests" else f"{self.grade_id}-check"

    @property
    def graded_id(self):
        """The name of the cell that has the points."""
        return self.check_id if self.marked_by == "tests" else self.grade_id


@dataclass
class Question:
    """A question with its options: (text, feedback, whether it is right)."""

    name: str
    text: str
    options: list


def read_exercise(lesson, cell):
    """The Exercise that a task's cell begins; raises ExerciseError for invalid marks or text."""
    data = cell.metadata
    name, kind = data["exercise"], data.get("kind")
    task = re.match(r"#{2,4} (?P<title>.+)\n+(?P<task>(.|\n)+)", cell.source)
    if not name.startswith(f"{lesson}."):
        raise ExerciseError(f"{name}: an exercise of {lesson} has a name like {lesson}.softmax")
    if not task or "**Aim.**" not in cell.source or "**Done when" not in cell.source:
        raise ExerciseError(f"{name}: write a heading, **Aim.** and **Done when**")
    for mark, known in (("kind", KINDS), ("size", SIZES)):
        if data.get(mark) not in known:
            raise ExerciseError(f"{name}: {mark} {data.get(mark)!r}: use one of {', '.join(known)}")
    minutes, points = (whole(name, mark, data.get(mark, 0)) for mark in ("minutes", "points"))
    if minutes < 1 or (points > 0) != (kind == "go further"):
        raise ExerciseError(f"{name}: say minutes, and points if and only if it is to go further")
    points = WRITTEN_POINTS if kind == "break and explain" else points
    text, introduces = task["task"].strip(), data.get("introduces", "")
    about = (kind, data["size"], minutes, points)
    return Exercise(name, task["title"], *about, text, introduces=introduces)


def whole(name, mark, said):
    """The number that a mark of an exercise says; raises ExerciseError for what is none."""
    try:
        return int(said)
    except ValueError:
        raise ExerciseError(f"{name}: {mark} {said!r}: should be a number such as 15") from None


def read_question(cell):
    """The Question that a cell holds; raises ExerciseError for invalid options."""
    name = cell.metadata.get("question", "a question without a name")
    text, *options = re.split(r"\n+(?=- \[)", cell.source.strip())
    found = [OPTION.fullmatch(" ".join(option.split())) for option in options]
    if len(found) < 3 or not all(found) or sum(one["mark"] == "x" for one in found) != 1:
        raise ExerciseError(f"{name}: three options or more, `- [x] text :: feedback`, one right")
    if any("$" in one["text"] for one in found):
        raise ExerciseError(f"{name}: an option is plain text with `code`; put formulas elsewhere")
    rows = [(one["text"], one["feedback"], one["mark"] == "x") for one in found]
    return Question(name, text, rows)


def read_cells(lesson, cells):
    """(exercises, questions) in a lesson's cells, by name, in order."""
    exercises, questions, last = {}, {}, None
    for cell in cells:
        if "exercise" in cell.metadata:
            last = read_exercise(lesson, cell)
            if last.name in exercises:
                raise ExerciseError(f"{last.name}: there are two exercises of this name")
            exercises[last.name] = last
        elif "question" in tags_of(cell):
            one = read_question(cell)
            questions[one.name] = one
        elif PARTS & set(tags_of(cell)) and not is_summary(cell):
            if last is None:
                raise ExerciseError(f"{lesson}: comes before any exercise: {cell.source[:60]!r}")
            add_cell(last, cell)
    for one in exercises.values():
        if (one.kind in CHECKED) != (one.expression is not None):
            raise ExerciseError(f"{one.name}: {', '.join(CHECKED)} have a check, others have none")
    return exercises, questions


def is_summary(cell):
    """Whether a cell lists the results of a lesson's checks."""
    return "check" in tags_of(cell) and cell.source.startswith("summary(")


def add_cell(exercise, cell):
    """Enter a cell that follows an exercise's task in the exercise's record."""
    tags, plain = tags_of(cell), Cell(cell.cell_type, cell.source)
    if "hint" in tags:
        exercise.hints.append(cell.source)
    elif "exercise" in tags:
        exercise.stub.append(plain)
    elif "check" in tags:
        exercise.expression = checked_expression(exercise.name, cell.source)
        exercise.examples = after_first_statement(cell.source)
    elif exercise.expression:
        exercise.follow_up.append(plain)
    else:
        exercise.solution.append(plain)


def checked_expression(name, source):
    """What a cell's call of `check` hands in; raises ExerciseError for another exercise's call."""
    called, expression = call_of_check(source)
    if called != name:
        raise ExerciseError(f"{name}: its check is called {called}")
    return expression


def call_of_check(source):
    """(name of the exercise, expression handed in) of code that begins with a call of `check`."""
    name, expression = ast.parse(source).body[0].value.args
    return ast.literal_eval(name), ast.unparse(expression)


def after_first_statement(source):
    """The code that follows its first statement, or ""."""
    first = ast.parse(source).body[0]
    return "\n".join(source.splitlines()[first.end_lineno :]).strip()


@cache
def read(source):
    """(exercises, questions) of a Source, by name, in order; each source is read once."""
    return read_cells(source.name, source.cells)


def read_lessons():
    """{lesson: (exercises, questions)} of all lessons."""
    return {source.name: read(source) for source in sources.lessons()}


def cells_for(source, solved):
    """The cells of a notebook for learners, or of the solved one, made of those of its source."""
    if solved:
        yield nbformat.v4.new_markdown_cell(SOLUTIONS.format(lesson=source.name))
    numbers = Counter()
    for cell in source.cells:
        if ("exercise" if solved else "solution") not in tags_of(cell):
            yield cell_for(source, cell, solved, numbers)


def cell_for(source, cell, solved, numbers):
    """A copy of a source's cell, as a notebook has it.

    numbers: of the latest question and the latest hint; counted on
    """
    exercises, questions = read(source)
    cell, tags = nbformat.from_dict(cell), tags_of(cell)
    if "exercise" in cell.metadata:
        numbers["hint"] = 0
        one = exercises[cell.metadata["exercise"]]
        level = "##" if solved else cell.source.split(" ")[0]  # no gap below the page's title
        cell.source = f"{level} Exercise: {one.title}\n\n{one.heading}\n\n{one.task}"
    elif "hint" in tags:
        numbers["hint"] += 1
        cell.source = folded(f"Hint {numbers['hint']}", cell.source)
    elif "question" in tags:
        numbers["question"] += 1
        cell.source = shown(questions[cell.metadata["question"]], numbers["question"])
    if solved and "exercise" not in cell.metadata and not PARTS & set(tags):
        cell.metadata["tags"] = [*tags, "remove-cell"]  # from the page, not the notebook
    for mark in MARKS:
        cell.metadata.pop(mark, None)
    return cell


def folded(summary, text):
    """Markdown that is shown once its summary line, plain text with `code`, is opened."""
    line = re.sub("`(.+?)`", r"<code>\1</code>", html.escape(summary, quote=False))
    return f"<details><summary>{line}</summary>\n\n{text}\n\n</details>"


def shown(question, number):
    """A question as markdown: each option opens, and says whether it is right, and why."""
    lines = [f"**{number}.** {question.text}", ""]
    for text, feedback, right in question.options:
        verdict = "Right." if right else "Not this one."
        lines += [folded(text, f"**{verdict}** {feedback}"), ""]
    return "\n".join(lines).strip()


def main():
    """Print the table of exercises, and how the checks fare with the bank of answers."""
    from tests.bank import report

    print(report(read_lessons()))


if __name__ == "__main__":
    sys.exit(main())
