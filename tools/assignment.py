"""Hand out chapters: `python -m tools.assignment train1 train2 --out DIR`.

DIR becomes an nbgrader course: nbgrader_config.py, source/ with solutions and hidden tests,
release/ to hand out, gradebook.db, and the tables roster.csv and due.csv to fill in. An assignment
holds the exercises of a lesson, made from the lesson's own source in notebooks/src, and imports
what the lesson has built. Exercises to go further are marked by hidden tests, `break and explain`
by hand; those to build first and by hand are there without points.

The release is then examined: without solutions, tests and seed, and worth 0 points as it stands.
"""

import argparse
import ast
import builtins
import csv
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools import exercises, judge, notebooks
from tools.setup import ROOT, setup
from tools.weave import Weave, WeaveError, lines_of, names_read

WRITTEN = 4  # points of a written answer, as the rubric in book/teaching.md gives them
SEED = "seed.txt"
ENVIRONMENT = (".venv-grading", "requirements-grading.txt")
INTRODUCTION = """\
# {lesson}: the exercises

These are the exercises of the lesson *{lesson}*. Have the lesson open beside this notebook: that
is the place for trying things out. What you hand in is this notebook, under its own name.

- Write an answer into the cell that is there for it, with all that it needs: helpers and imports
  as well. **Cells that you add are not graded**, and neither is a second copy of a cell.
- The check below an answer says whether it is right. Marks are given by the same check on other
  inputs, {points} points in all, {written} of them for what you explain in words.
- Before you hand it in: *Restart and run all*.
"""
HIDDEN = """\
check({name!r}, {answer})
### BEGIN HIDDEN TESTS
from microgpt_ref.lab.checks import examine

result = examine({name!r}, {answer}, seed={seed!r})
assert result.status == "right", result
### END HIDDEN TESTS"""
CONFIG = '''\
"""An nbgrader course, made by the course's `make assignment`."""

c = get_config()  # noqa: F821, which nbgrader defines
c.CourseDirectory.course_id = "microgpt"
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = ""
c.ExecutePreprocessor.timeout = 60
# Feedback without the hidden tests.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# Nothing that a student wrote runs in the browser of whoever marks it.
c.HTMLExporter.sanitize_html = True
'''
SPAN = re.compile(r"`(\w+)(?:\(.*?\))?`")  # a name in a text
ROSTER = ["id", "first_name", "last_name", "email"]


class AssignmentError(Exception):
    """An assignment can't be made as asked; the message says why."""


@dataclass
class Part:
    """An exercise in an assignment."""

    name: str
    grade_id: str
    kind: str
    points: int
    answer: str | None  # what is handed to the check
    stub: str
    solution: str


@dataclass
class Assignment:
    """An assignment: its notebook with solutions, and what is in it."""

    lesson: str
    notebook: object
    setting: list  # the text of the cells that come before the exercises, for a judge
    parts: list

    @property
    def marked(self):
        """The parts that bear points."""
        return [part for part in self.parts if part.points]


def outside(text):
    """The folder of a course. Raises AssignmentError for one inside the repository."""
    if not text:
        raise AssignmentError("say where the course shall be: OUT=some/folder")
    out = Path(text).expanduser().resolve()
    if out == ROOT or ROOT in out.parents:
        raise AssignmentError(
            f"{text}: this lies inside the repository, where nothing of students may be; "
            "take a folder outside of it"
        )
    return out


def grade_id(name):
    """What nbgrader calls an exercise."""
    return name.replace(".", "-")


def address_of_course():
    """From where students in Colab install the course."""
    return os.environ.get("COURSE_REPOSITORY_URL") or notebooks.configured_address()


def imports_of(weave, lesson):
    """The text that imports what the lessons up to this one have built."""
    modules = {}
    for name in weave.introduced:
        piece = weave.pieces[name]
        module = name.partition(".")[0]
        if not piece.owner and piece.lesson <= lesson:
            modules.setdefault(module, []).append(piece.short)
    lines = []
    for module, names in modules.items():
        text = f"from microgpt_ref.{module} import {', '.join(sorted(names))}"
        if len(text) > 100:
            inside = "".join(f"    {name},\n" for name in sorted(names))
            text = f"from microgpt_ref.{module} import (\n{inside})"
        lines.append(text)
    return "\n".join(lines)


START = """\
import math
import random

from microgpt_ref.data import load_docs
{imports}

rng = random.Random(42)
docs = load_docs("ssa2018")
rng.shuffle(docs)
held_out = docs[1000:1300]
tokenizer = Tokenizer(docs)"""
CHECKING = "from microgpt_ref.lab.checks import check"


def new_cell(kind, source, identifier=None, **grading):
    """A cell, with nbgrader's metadata where grading says more than nothing."""
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    cell = make(source)
    if identifier:
        known = {"grade": False, "solution": False, "task": False, "locked": True}
        known |= {"schema_version": 3, "grade_id": identifier} | grading
        cell.metadata["nbgrader"] = known
    digest = hashlib.sha256(f"{kind} {identifier} {source}".encode()).hexdigest()[:12]
    cell.id = f"{identifier}-{digest}"[-64:] if identifier else digest
    return cell


def with_solution(stub, solution):
    """A stub and then the solution, between the marks where nbgrader takes it out."""
    return f"{stub}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"


def own_parts(lesson, cells):
    """[(exercise, text of the solution)] of a lesson, without those that are open.

    Of the code that solves an exercise, what comes before its check is its solution; what comes
    after tries it out.
    """
    found, _ = exercises.read_source(lesson, cells)
    solutions, last, checked = {}, None, False
    for cell in cells:
        tags = exercises.tags_of(cell)
        if "exercise" in cell.metadata:
            last, checked = found[cell.metadata["exercise"]], False
            solutions[last.name] = []
        elif last and "check" in tags:
            checked = True
        elif last and "solution" in tags:
            wanted = "code" if last.answer else "markdown"
            if cell.cell_type == wanted and not (last.answer and checked):
                solutions[last.name].append(cell.source)
    return [
        (one, "\n\n".join(solutions[name])) for name, one in found.items() if one.kind != "open"
    ]


def make(lesson, weave, seed):
    """The assignment of a lesson."""
    source = next(one for one in weave.lessons if one.name == lesson)
    start = START.format(imports=imports_of(weave, lesson))
    parts, cells = [], []
    found = own_parts(lesson, source.cells)
    for one, solution in found:
        part = part_of(one, solution)
        parts.append(part)
        cells += cells_of(one, part, seed)
    start += drafts(source, start, found)
    points = sum(part.points for part in parts)
    written = sum(part.points for part in parts if not part.answer)
    text = INTRODUCTION.format(lesson=lesson, points=points, written=written)
    setup_text = notebooks.setup_text(address_of_course(), "main")
    name = f"{lesson}-start"
    first = [
        new_cell("markdown", text.strip(), f"{name}-text"),
        new_cell("code", setup_text, f"{name}-setup"),
        new_cell("code", f"{start}\n\n{CHECKING}", name),
    ]
    notebook = nbformat.v4.new_notebook(metadata=notebooks.KERNEL, cells=first + cells)
    nbformat.validate(notebook)
    check_names(lesson, start, parts)
    return Assignment(lesson, notebook, [start], parts)


def part_of(one, solution):
    """The part of an assignment that an exercise makes."""
    written = one.kind == "break and explain"
    if written != (one.answer is None):
        raise AssignmentError(f"{one.name}: written answers have no check, and others have one")
    wanted = "markdown" if written else "code"
    stub = "\n\n".join(cell.source for cell in one.stub if cell.cell_type == wanted)
    points = WRITTEN if written else one.points
    return Part(one.name, grade_id(one.name), one.kind, points, one.answer, stub, solution)


def cells_of(one, part, seed):
    """The cells of an exercise: its task, hints, answer, and what checks it."""
    marks = f" · {part.points} points" if part.points else ""
    heading = f"*{one.kind.capitalize()} · about {one.minutes} minutes{marks}* · `{one.name}`"
    task = f"## {one.title}\n\n{heading}\n\n{one.task}"
    cells = [new_cell("markdown", task, f"{part.grade_id}-task")]
    for number, hint in enumerate(one.hints, 1):
        text = exercises.folded(f"Hint {number}", hint)
        cells.append(new_cell("markdown", text, f"{part.grade_id}-hint{number}"))
    kind = "code" if part.answer else "markdown"
    grading = {"solution": True, "locked": False}
    if not part.answer:
        grading |= {"grade": True, "points": part.points}
    text = with_solution(part.stub, part.solution)
    cells.append(new_cell(kind, text, part.grade_id, **grading))
    if part.answer and part.points:
        text = HIDDEN.format(name=one.name, answer=part.answer, seed=seed)
        test = {"grade": True, "points": part.points}
        cells.append(new_cell("code", text, f"{part.grade_id}-test", **test))
    elif part.answer:
        text = f"check({one.name!r}, {part.answer})"
        cells.append(new_cell("code", text, f"{part.grade_id}-check"))
    return cells


def drafts(source, start, found):
    """The text of functions that the lesson defines on its way, and its exercises speak of.

    source: the lesson; start: what comes before; found: [(exercise, solution)]
    """
    own = {}
    for cell in source.code():
        if not {"exercise", "solution", "check", "setup"} & set(exercises.tags_of(cell)):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    own[node.name] = node, "\n".join(lines_of(cell.source, node))
    wanted = [
        name for one, _ in found for text in [one.task, *one.hints] for name in SPAN.findall(text)
    ]
    wanted += [n for one, text in found if one.answer for n in sorted(names_read(ast.parse(text)))]
    known, chosen = set(dir(builtins)) | defined(start), {}

    def choose(name):
        """Whether a name is known, or was made so."""
        if name in known or name in chosen:
            return True
        if name not in own:
            return False
        node, text = own[name]
        chosen[name] = text
        if all([choose(n) for n in sorted(names_read(node) - local_names(node))]):
            return True
        del chosen[name]
        return False

    for name in wanted:
        choose(name)
    return "".join(f"\n\n\n{chosen[name]}" for name in own if name in chosen)


def check_names(lesson, start, parts):
    """Nothing. Raises AssignmentError if a solution reads a name that nothing defines."""
    known = set(dir(builtins)) | defined(start)
    for part in parts:
        if part.answer:
            tree = ast.parse(f"{part.stub}\n{part.solution}")
            missing = names_read(tree) - known - defined(part.solution) - local_names(tree)
            if missing:
                names = ", ".join(sorted(missing))
                raise AssignmentError(f"{part.name}: the assignment doesn't define {names}")


def defined(text):
    """The names that the top level of some code defines."""
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            names |= local_names(node)
    return names


def local_names(tree):
    """All names that some code sets, anywhere in it."""
    names = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}


# The course's folder


def seed_of(out):
    """The seed from which the hidden tests of this course draw; drawn once."""
    path = out / SEED
    if not path.exists():
        path.write_text(secrets.token_hex(16) + "\n", encoding="utf-8")
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def begin(out):
    """Nothing; makes the folder of a course, or finds it. Raises AssignmentError for another's."""
    if out.exists() and not out.is_dir():
        raise AssignmentError(f"{out}: this is no folder")
    config = out / "nbgrader_config.py"
    if out.exists() and any(out.iterdir()) and not config.exists():
        raise AssignmentError(f"{out}: this folder holds something else; take an empty one")
    for name in ("submitted", "source"):
        (out / name).mkdir(parents=True, exist_ok=True)
    config.exists() or config.write_text(CONFIG, encoding="utf-8")
    if not (out / "roster.csv").exists():
        write_csv(out / "roster.csv", [ROSTER])


def write_csv(path, rows):
    """Nothing; writes a table whole, or not at all."""
    part = path.with_name(f"{path.name}.tmp")
    with open(part, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    part.replace(path)


def add_due(out, lessons):
    """Nothing; sees to it that due.csv has a line for each chapter."""
    path = out / "due.csv"
    rows = [["chapter", "due"]]
    if path.exists():
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    there = {row[0] for row in rows}
    write_csv(path, rows + [[lesson, ""] for lesson in lessons if lesson not in there])


def nbgrader(python, out, jobs):
    """What each job of `tools.gradebook` gives, done one after the other in nbgrader's own
    environment. Raises AssignmentError if nbgrader fails."""
    command = [str(python), str(ROOT / "tools" / "gradebook.py"), str(out)]
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=out)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [answer["error"] for answer in answers if "error" in answer]
    if failed or len(answers) < len(jobs):
        raise AssignmentError(f"nbgrader failed: {(failed or [done.stderr])[0][-2000:]}")
    return [answer["result"] for answer in answers]


# The proof


def leaks(assignment, release, seed, learners):
    """What a release holds that it shouldn't, a line each.

    release: the text of its file
    learners: the text of the lesson's own notebook for learners, whose lines are no secret
    """
    found = []
    for word in ("BEGIN", "HIDDEN", "SOLUTION", "examine", seed):
        if word in release:
            found.append(f"{assignment.lesson}: the release has the word {word}")
    notebook = nbformat.reads(release, as_version=4)
    texts = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells}
    everything = "\n".join(texts.values())
    for part in assignment.parts:
        if texts.get(part.grade_id, "").strip() != part.stub.strip():
            found.append(f"{part.name}: its cell is not what learners begin with")
        for line in {line.strip() for line in part.solution.splitlines()}:
            if len(line) > 12 and line in everything and line not in learners:
                found.append(f"{part.name}: the release has this line of the solution: {line}")
    if any(cell.get("outputs") for cell in notebook.cells):
        found.append(f"{assignment.lesson}: the release has outputs")
    return found


def judged(assignment, answers, seed, package):
    """{exercise: [status, message]} of answers, {exercise: text}, to what tests mark."""
    wanted = {
        part.name: [part.answer, [answers[part.name]], []]
        for part in assignment.marked
        if part.answer and part.name in answers
    }
    job = {"answers": wanted, "setting": assignment.setting, "package": str(package), "seed": seed}
    command = [sys.executable, "-m", "tools.judge"]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise AssignmentError(f"the judge failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def prove(assignment, out, seed):
    """Nothing. Raises AssignmentError if a release gives something away, is worth points as it
    stands, or can't be solved."""
    lesson = assignment.lesson
    release = (out / "release" / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8")
    learners = nbformat.read(notebooks.target(lesson), as_version=4)
    known = "\n".join(cell.source for cell in learners.cells)
    faults = leaks(assignment, release, seed, known)
    with tempfile.TemporaryDirectory() as package:
        judge.copy_package(package)
        cells = nbformat.reads(release, as_version=4).cells
        texts = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}
        begun = {part.name: texts[part.grade_id] for part in assignment.parts}
        solved = {part.name: part.solution for part in assignment.parts}
        for answers, status in ((begun, "not tried"), (solved, "right")):
            for name, (found, message) in judged(assignment, answers, seed, package).items():
                if found != status:
                    faults.append(f"{name}: should be {status!r}, is {found!r}: {message}")
    if faults:
        raise AssignmentError("\n".join(faults))


def build(out, lessons, weave):
    """[Assignment]; makes the course's folder with these chapters, and proves the release."""
    begin(out)
    seed = seed_of(out)
    found = [make(lesson, weave, seed) for lesson in lessons]
    for one in found:
        folder = out / "source" / one.lesson
        folder.mkdir(exist_ok=True)
        nbformat.write(one.notebook, folder / f"{one.lesson}.ipynb")
    add_due(out, lessons)
    python = setup(*ENVIRONMENT)
    nbgrader(python, out, [{"op": "release", "chapter": lesson} for lesson in lessons])
    for one in found:
        prove(one, out, seed)
    return found


def main(arguments=None):
    """The exit status: 1 if the release can't be handed out, 2 for a wrong command."""
    parser = argparse.ArgumentParser(prog="python -m tools.assignment")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as train1")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        out = outside(options.out)
        if not options.chapters:
            raise AssignmentError('say which chapters: CHAPTERS="train1 train2"')
        weave = Weave()
        known = [one.name for one in weave.lessons]
        for lesson in options.chapters:
            if lesson not in known:
                raise AssignmentError(f"{lesson}: no such chapter; there are {', '.join(known)}")
        found = build(out, options.chapters, weave)
    except (AssignmentError, WeaveError) as error:
        print(error, file=sys.stderr)
        return 2
    for one in found:
        tests = sum(part.points for part in one.marked if part.answer)
        written = sum(part.points for part in one.marked if not part.answer)
        file = out / "release" / one.lesson / f"{one.lesson}.ipynb"
        print(f"{file}: {len(one.parts)} exercises, {tests} points by tests, {written} by hand")
    if address_of_course().endswith("/OWNER/REPO"):
        print(
            "NB: in Colab a release installs nothing: set COURSE_REPOSITORY_URL to the address of "
            "the course's repository, and make it again"
        )
    print("each release: without solutions, tests and seed; worth 0 points as it stands")
    print(f"made in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
