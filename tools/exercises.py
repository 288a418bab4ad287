"""The exercises and questions of the lessons: `python -m tools.exercises` prints their table.

Cells in notebooks/src are marked, beside the marks that `tools.weave` knows:

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
from dataclasses import dataclass, field

import nbformat

from tools import weave

KINDS = ("by hand", "build it first", "go further", "break and explain", "open")
SIZES = ("short", "longer", "project")
MARKS = ("exercise", "kind", "size", "minutes", "points", "question")  # that only a source has
OPTION = re.compile(r"- \[(?P<mark>[ x])\] (?P<text>.+?) :: (?P<feedback>.+)", re.DOTALL)


class ExerciseError(Exception):
    """An exercise or question in a source is not as it should be; the message names it."""


@dataclass
class Exercise:
    """An exercise as its source describes it."""

    name: str
    title: str
    kind: str
    size: str
    minutes: int
    points: int
    task: str
    hints: list = field(default_factory=list)
    stub: list = field(default_factory=list)  # cells that learners begin with
    solution: list = field(default_factory=list)  # cells that replace them
    answer: str | None = None  # what the call of `check` hands in, as it stands there

    @property
    def heading(self):
        """The line under the heading, which says what kind of exercise this is."""
        marks = f" · {self.points} points" if self.points else ""
        kind, name = self.kind.capitalize(), self.name
        return f"*{kind} · {self.size}, about {self.minutes} minutes{marks}* · `{name}`"


@dataclass
class Question:
    """A question with its options: (text, feedback, whether it is right)."""

    name: str
    text: str
    options: list


def tags_of(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def read_exercise(lesson, cell):
    """The exercise that a task's cell describes. Raises ExerciseError for what is amiss."""
    data = cell.metadata
    name = data["exercise"]
    task = re.match(r"#{2,4} (?P<title>.+)\n+(?P<task>(.|\n)+)", cell.source)
    if not name.startswith(f"{lesson}."):
        raise ExerciseError(f"{name}: an exercise of {lesson} has a name like {lesson}.softmax")
    if not task or "**Aim.**" not in cell.source or "**Done when" not in cell.source:
        raise ExerciseError(f"{name}: write a heading, **Aim.** and **Done when**")
    for mark, known in (("kind", KINDS), ("size", SIZES)):
        if data.get(mark) not in known:
            raise ExerciseError(f"{name}: {mark} {data.get(mark)!r}: use one of {', '.join(known)}")
    minutes, points = int(data.get("minutes", 0)), int(data.get("points", 0))
    if minutes < 1 or (points > 0) != (data["kind"] == "go further"):
        raise ExerciseError(f"{name}: say minutes, and points if and only if it is to go further")
    title = task["title"]
    return Exercise(name, title, data["kind"], data["size"], minutes, points, task["task"].strip())


def read_question(cell):
    """The question that a cell holds. Raises ExerciseError for what is amiss."""
    name = cell.metadata.get("question", "a question without a name")
    text, *options = re.split(r"\n+(?=- \[)", cell.source.strip())
    found = [OPTION.fullmatch(" ".join(option.split())) for option in options]
    if len(found) < 3 or not all(found) or sum(one["mark"] == "x" for one in found) != 1:
        raise ExerciseError(f"{name}: three options or more, `- [x] text :: feedback`, one right")
    if any("$" in one["text"] for one in found):
        raise ExerciseError(f"{name}: an option is plain text with `code`; put formulas elsewhere")
    rows = [(one["text"], one["feedback"], one["mark"] == "x") for one in found]
    return Question(name, text, rows)


def read_source(lesson, cells):
    """(exercises, questions) of a lesson, by name, in order."""
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
        elif {"hint", "exercise", "solution", "check"} & set(tags_of(cell)):
            read_part(lesson, cell, last)
    return exercises, questions


def read_part(lesson, cell, exercise):
    """Nothing; enters a cell that belongs to the exercise before it."""
    tags = tags_of(cell)
    if "check" in tags and cell.source.startswith("summary("):
        return
    if exercise is None:
        raise ExerciseError(f"{lesson}: this cell comes before any exercise: {cell.source[:60]!r}")
    if "hint" in tags:
        exercise.hints.append(cell.source)
    elif "exercise" in tags:
        exercise.stub.append(cell)
    elif "solution" in tags:
        exercise.solution.append(cell)
    else:
        (statement,) = ast.parse(cell.source).body
        name, answer = statement.value.args
        if ast.literal_eval(name) != exercise.name:
            raise ExerciseError(f"{exercise.name}: its check is called {ast.literal_eval(name)}")
        exercise.answer = ast.unparse(answer)


def cells_for(lesson, cells, solved):
    """A notebook's cells from those of its source: without what this reader doesn't get."""
    exercises, _ = read_source(lesson, cells)
    if solved:
        yield nbformat.v4.new_markdown_cell(
            f"# Solutions to {lesson}\n\nThis is the lesson once more, with every exercise solved. "
            "On the web page you see the exercises alone; the notebook holds the whole lesson, "
            "and runs from top to bottom."
        )
    hints = questions = 0
    about = False  # whether we are among the cells of an exercise
    for cell in cells:
        tags = tags_of(cell)
        parts = {"hint", "exercise", "solution", "check"} & set(tags)
        about = bool(parts) or "exercise" in cell.metadata
        if ("exercise" if solved else "solution") in tags:
            continue
        cell = nbformat.from_dict(cell)
        if "exercise" in cell.metadata:
            hints = 0
            one = exercises[cell.metadata["exercise"]]
            level = "##" if solved else cell.source.split(" ")[0]  # no gap below the page's title
            cell.source = f"{level} Exercise: {one.title}\n\n{one.heading}\n\n{one.task}"
        if "hint" in tags:
            hints += 1
            cell.source = folded(f"Hint {hints}", cell.source)
        if "question" in tags:
            questions += 1
            cell.source = shown(read_question(cell), questions)
        if solved and not about:
            cell.metadata["tags"] = [*tags, "remove-cell"]  # from the page, not the notebook
        for mark in MARKS:
            cell.metadata.pop(mark, None)
        yield cell


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


def read_lessons():
    """{lesson: (exercises, questions)} of all sources."""
    return {one.name: read_source(one.name, one.cells) for one in weave.read_lessons()}


def main():
    """Nothing; prints the table of exercises, and how the bank of answers fares."""
    from tests.bank import report

    print(report(read_lessons()))


if __name__ == "__main__":
    sys.exit(main())
