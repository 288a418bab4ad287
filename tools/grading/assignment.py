"""Hand out chapters: `python -m tools.grading.assignment train1 train2 --out DIR`.

DIR becomes an nbgrader course: nbgrader_config.py, source/ with solutions, release/ to hand out,
records/ for the grader (`grading.records`), gradebook.db, the tables roster.csv, due.csv and
extensions.csv to fill in, the rules for totals (`grading.rules`), and exercises.toml, in which
people change what their class gets (`grading.class_settings`). An assignment holds the exercises of
a lesson, made from the lesson's own source in notebooks/src, and defines what they speak of
(`grading.self_contained`); DIR/exercises may have more (`grading.own_exercises`). Exercises to go
further are marked by their checks, which `grading.judge` runs on inputs of its own; `break and
explain` is marked by hand; those to build first and by hand are there without points.

The release is then examined: without solutions, tests and seed, and worth 0 points as it stands.
"""

import argparse
import contextlib
import csv
import hashlib
import json
import os
import secrets
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from tools.grading import (
    class_settings,
    course_files,
    deadlines,
    judge,
    own_exercises,
    records,
    rules,
    self_contained,
)
from tools.grading.course_lock import Busy, alone_in
from tools.grading.records import Records
from tools.grading.tables import RosterError
from tools.making import exercises, notebooks, sources
from tools.making.sources import SourceError
from tools.making.weave import Weave
from tools.setup import ROOT, setup

SEED = "seed.txt"
OPEN = ("/usr", "/lib", "/lib64")  # what answers can read, as Python needs it
ENVIRONMENT = (".venv-grading", "requirements-grading.txt")
INTRODUCTION = """\
# {lesson}: the exercises

These are the exercises of *{lesson}*. You need nothing else: the folded cells below
define what the tasks speak of. What you hand in is this notebook, under its own name.

- Write an answer into the cell that is there for it, with all that it needs: helpers and imports
  as well. Add cells of your own to try things out. **They are not graded**, and neither is a
  second copy of a cell.
{judging}
- A cell with `generate??` shows you the code of `generate`, or of whatever else a task names.
- Before you hand it in: *Restart and run all*.
"""
# what may be in a folder before it is that of a class
PREPARED = {"roster.csv", "due.csv", "extensions.csv", "rules.toml", "comments.csv"}
PREPARED |= {"repositories.csv", "exercises.toml", "exercises"}
CHECKED = """\
- The check below an answer says whether it is right. Marks are given by the same check on other
  inputs, {points} points in all{in_words}."""
LATER = "- Where there's no check, your answer is judged after you've handed it in.\n"
ALL_LATER = "- Each answer is judged after you've handed it in, {points} points in all{in_words}."
HERE = "# Your answer is judged after you've handed it in. This shows that it's here:\n"
ROSTER = ["id", "first_name", "last_name", "email"]


class AssignmentError(Exception):
    """An assignment can't be made as asked; the message says why."""


@dataclass
class Assignment:
    """An assignment: its notebook with solutions, and the records of what is in it."""

    lesson: str
    notebook: object
    setting: list  # the text of the cells that come before the exercises, for a judge
    exercises: list
    own: object = None  # the class's own exercises that are among them

    def points(self, marked_by):
        """The points that tests give, or a hand."""
        return sum(one.points for one in self.exercises if one.marked_by == marked_by)


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
    for path, what in ((out, text), (ROOT, f"the course's clone, {ROOT}")):
        for folder in OPEN:
            if Path(folder) in (path, *path.parents):
                raise AssignmentError(
                    f"{what}: this lies below {folder}, which answers can read; take a folder "
                    "elsewhere, such as one in your home"
                )
    return out


def address_of_course():
    """From where students in Colab install the course."""
    return os.environ.get("COURSE_REPOSITORY_URL") or notebooks.configured_address()


CHECKING = "from microgpt_ref.lab.checks import check"


def new_cell(kind, source, identifier=None, **grading):
    """A cell; with an identifier, it has nbgrader's metadata, changed by what grading says."""
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


def make(lesson, weave, settings=None, own=None):
    """The assignment of a chapter: all of its exercises but the open ones, and the class's own.

    settings: what the class changes (`class_settings.Settings`)
    own: its exercises for this chapter (`own_exercises.Own`), or None
    """
    settings = settings or class_settings.Settings()
    is_lesson = lesson in sources.names()
    source = sources.find(lesson) if is_lesson else own_exercises.source_of(own)
    parts = [*exercises_of(source), *(own.exercises if own else ())]
    parts = [
        self_contained.reworded(settings.changed(one), settings.words.get(one.name, []))
        for one in parts
        if one.name not in settings.dropped and one.kind != "open"
    ]
    if not parts:
        raise AssignmentError(f"{lesson}: no exercise is left; drop fewer in {class_settings.FILE}")
    more = own.release if own and is_lesson else []
    setting = self_contained.setting_of(source, weave, parts, more)
    self_contained.check_solutions(setting.start, parts)
    self_contained.check(setting, parts)
    chosen, cells = [], []
    for one in parts:
        made = cells_of(one)
        (answer,) = [cell for cell in made if cell.metadata["nbgrader"]["solution"]]
        chosen.append(replace(one, cell_id=answer.id))
        cells += made
    notebook = nbformat.v4.new_notebook(metadata=notebooks.KERNEL)
    one = Assignment(lesson, notebook, [setting.start], chosen, own)
    intro = settings.intro or (own.intro if own else "")
    one.notebook.cells = first_cells(one, setting, settings.title, intro) + cells
    nbformat.validate(one.notebook)
    return one


def exercises_of(source):
    """The Exercises of a source, in the words of its release."""
    known, _ = exercises.read(source)
    words = self_contained.rewordings(source)
    return [
        self_contained.in_release(one, source.name, words.get(one.name, []))
        for one in known.values()
    ]


def first_cells(assignment, setting, title="", intro=""):
    """The cells before the exercises: how to go about it, the set-up, what the lesson has built."""
    written, tests = assignment.points("hand"), assignment.points("tests")
    name, lesson = f"{assignment.lesson}-start", assignment.lesson
    in_words = f", {written} of them for what you explain in words" if written else ""
    has_checks = any(one.expression and not one.own for one in assignment.exercises)
    judging = (CHECKED if has_checks else ALL_LATER).format(
        points=written + tests, in_words=in_words
    )
    text = INTRODUCTION.format(lesson=lesson, judging=judging)
    heading, rest = text.split("\n\n", 1)
    heading = f"# {title}" if title else heading
    text = "\n\n".join(filter(None, [heading, intro, rest]))
    if has_checks and any(one.own and one.expression for one in assignment.exercises):
        text += LATER
    setup_text = notebooks.setup_text(address_of_course(), "main")
    cells = [
        new_cell("markdown", text.strip(), f"{name}-text"),
        new_cell("code", setup_text, f"{name}-setup"),
        new_cell("code", f"{setting.start}\n\n\n{CHECKING}", name),
    ]
    if setting.trained:
        cells.append(new_cell("code", setting.trained, f"{assignment.lesson}-trained"))
    for cell in cells[1:]:  # folded, as nobody has to read them
        cell.metadata["jupyter"] = {"source_hidden": True}
    return cells


def cells_of(one):
    """The cells of an exercise: its task, hints, answer, and what checks it.

    The check's cell has the points where tests give them. What it does to an answer is not in it:
    the judge runs the same check on other inputs, and its verdict becomes the cell's output.
    """
    task = f"## {one.title}\n\n{one.heading_in_class}\n\n{one.task}"
    cells = [new_cell("markdown", task, one.task_id)]
    for number, hint in enumerate(one.hints, 1):
        text = exercises.folded(f"Hint {number}", hint)
        cells.append(new_cell("markdown", text, f"{one.grade_id}-hint{number}"))
    grading = {"solution": True, "locked": False}
    points = {"grade": True, "points": one.points}
    if one.marked_by == "hand":
        grading |= points
    text = with_solution(one.stub_text, one.solution_text)
    cells.append(new_cell(one.answer_type, text, one.grade_id, **grading))
    if one.expression:
        text = f"check({one.name!r}, {one.expression})"
        text = f"{HERE}{one.expression}" if one.own else text
        text = f"{text}\n\n{one.examples}" if one.examples else text
        grading = points if one.marked_by == "tests" else {}
        cells.append(new_cell("code", text, one.check_id, **grading))
    return cells


# The course's folder


def seed_of(out):
    """The seed from which the judge draws this course's inputs; drawn once, by the first call."""
    path = out / SEED
    if not path.exists():
        path.write_text(secrets.token_hex(16) + "\n", encoding="utf-8")
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def begin(out):
    """Make the folder of a course, or find it; raises AssignmentError for a folder of others."""
    if out.exists() and not out.is_dir():
        raise AssignmentError(f"{out}: this is no folder")
    known = any((out / name).exists() for name in ("nbgrader_config.py", SEED))
    others = sorted({path.name for path in out.iterdir()} - PREPARED) if out.exists() else []
    if others and not known:
        raise AssignmentError(
            f"{out}: this folder holds something else, such as {others[0]}; take an empty one"
        )
    for name in ("submitted", "source"):
        (out / name).mkdir(parents=True, exist_ok=True)
    course_files.lay_out(out)
    for name, headings in (("roster.csv", ROSTER), ("extensions.csv", deadlines.EXTENSIONS)):
        if not (out / name).exists():
            write_csv(out / name, [headings])


def write_csv(path, rows):
    """Write a table whole, or not at all."""
    part = path.with_name(f"{path.name}.tmp")
    with open(part, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    part.replace(path)


def add_due(out, lessons):
    """Add a line to due.csv for each chapter that has none yet."""
    path = out / "due.csv"
    rows = [["chapter", "due"]]
    if path.exists():
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    there = {row[0] for row in rows}
    write_csv(path, rows + [[lesson, ""] for lesson in lessons if lesson not in there])


def nbgrader(python, out, jobs):
    """Do jobs of `grading.gradebook`, one after the other, in nbgrader's own environment.

    Returns what each gives. Raises AssignmentError if nbgrader fails.
    """
    command = [python, ROOT / "tools" / "grading" / "gradebook.py", out, os.getpid()]
    command = [str(part) for part in command]
    text = "".join(json.dumps(job) + "\n" for job in jobs)
    done = subprocess.run(command, input=text, capture_output=True, text=True, cwd=out)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [answer["error"] for answer in answers if "error" in answer]
    if failed or len(answers) < len(jobs):
        raise AssignmentError(f"nbgrader failed: {(failed or [done.stderr])[0][-2000:]}")
    return [answer["result"] for answer in answers]


def check_gradebook(out):
    """Raise AssignmentError if gradebook.db is damaged, or gone though answers were graded."""
    path = out / "gradebook.db"
    if path.exists() and path.stat().st_size:
        if is_sound(path):
            return
        how = "is damaged"
    else:
        records = (out / "judged").glob("*/*.json")
        if not any('"entered": true' in file.read_text(encoding="utf-8") for file in records):
            return
        how = "is gone or empty, though answers have been graded"
    raise AssignmentError(
        f"{path} {how}; nothing was done. Put the newest sound copy from {out / 'backups'} in its "
        'place, as the page on teaching says under "When things go wrong"'
    )


def is_sound(path):
    """Whether a database can be read, all of it."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            return database.execute("pragma quick_check").fetchone() == ("ok",)
    except sqlite3.Error:
        return False


# The proof


def leaks(assignment, release, seed, learners):
    """What a release holds that it shouldn't, one line for each.

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
    for one in assignment.exercises:
        if texts.get(one.grade_id, "").strip() != one.stub_text.strip():
            found.append(f"{one.name}: its cell is not what learners begin with")
        for line in {line.strip() for line in one.solution_text.splitlines()}:
            if len(line) > 12 and line in everything and line not in learners:
                found.append(f"{one.name}: the release has this line of the solution: {line}")
    if any(cell.get("outputs") for cell in notebook.cells):
        found.append(f"{assignment.lesson}: the release has outputs")
    return found


def verdicts(assignment, answers, seed, package, out):
    """{exercise: [status, message]} of answers, {exercise: text}, to what has a check."""
    wanted = {
        one.name: [one.expression, [answers[one.name]], []]
        for one in assignment.exercises
        if one.expression and one.name in answers
    }
    job = {"answers": wanted, "setting": assignment.setting, "package": str(package), "seed": seed}
    job["own"] = own_exercises.tests(out)
    command = [sys.executable, "-m", "tools.grading.judge"]
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise AssignmentError(f"the judge failed: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def known_to_learners(assignment):
    """The text whose lines are no secret: the lesson's notebook, and stubs of the class's own."""
    texts = [text for one in assignment.exercises for text in (one.stub_text, one.examples)]
    if assignment.lesson in sources.names():
        learners = nbformat.read(notebooks.target(assignment.lesson), as_version=4)
        texts += [cell.source for cell in learners.cells]
    return "\n".join([*texts, *assignment.setting])


def wrong_answers(assignment):
    """[{exercise: an answer that its test has to reject}], of the class's own exercises."""
    there = {one.name for one in assignment.exercises if one.expression}
    wrong = assignment.own.wrong if assignment.own else {}
    wrong = {name: texts for name, texts in wrong.items() if name in there}
    longest = max(map(len, wrong.values()), default=0)
    return [
        {name: texts[i] for name, texts in wrong.items() if i < len(texts)} for i in range(longest)
    ]


def prove(assignment, out, seed):
    """Check that a release gives nothing away, is worth 0 points as it stands, and can be solved.

    Raises AssignmentError that names all that is wrong.
    """
    lesson = assignment.lesson
    release = (out / "release" / lesson / f"{lesson}.ipynb").read_text(encoding="utf-8")
    faults = leaks(assignment, release, seed, known_to_learners(assignment))
    with tempfile.TemporaryDirectory() as package:
        judge.copy_package(package)
        cells = nbformat.reads(release, as_version=4).cells
        texts = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells}
        begun = {one.name: texts[one.grade_id] for one in assignment.exercises}
        solved = {one.name: one.solution_text for one in assignment.exercises}
        tries = [(begun, "not tried"), (solved, "right")]
        tries += [(answers, "not right") for answers in wrong_answers(assignment)]
        for answers, status in tries:
            found = verdicts(assignment, answers, seed, package, out)
            for name, (said, message) in found.items():
                if said != status:
                    place = (
                        f"{answers[name].strip().splitlines()[0][:60]!r} " if answers[name] else ""
                    )
                    why = f": {message}" if message else ""
                    faults.append(f"{name}: {place}should be {status!r}, is {said!r}{why}")
    if faults:
        raise AssignmentError("\n".join(faults))


def made_for(out, lesson, weave):
    """The Assignment of a chapter as a class gets it. Raises AssignmentError."""
    own = own_exercises.read(out, lesson)
    known = own_exercises.known(out, lesson)
    settings = class_settings.read(out / class_settings.FILE, lesson, known)
    before = handed_out(out, lesson)
    try:
        if before is None:
            return make(lesson, weave, settings, own)
        # nbgrader keeps its cells once students have answered; what is dropped no longer counts
        gone = {one.name for one in known if one.grade_id not in before}
        settings.dropped &= gone
        one = make(lesson, weave, settings, own)
    except self_contained.NotContainedError as error:
        raise AssignmentError(own.placed(error) if own else str(error)) from None
    now = {cell.metadata.nbgrader.grade_id for cell in one.notebook.cells}
    if now != before:
        raise AssignmentError(
            f"{lesson}: students have handed it in, so no cell can come or go: "
            f"{', '.join(sorted(now ^ before))}; put new exercises into a chapter of their own, "
            f"and write drop = true in {class_settings.FILE} where one shall no longer count"
        )
    return one


def handed_out(out, lesson):
    """The names of the cells of a release that somebody has handed in, or None."""
    release = out / "release" / lesson / f"{lesson}.ipynb"
    if not release.exists() or not any((out / "submitted").glob(f"*/{lesson}/*")):
        return None
    notebook = json.loads(release.read_text(encoding="utf-8"))
    return set(records.cells_by_name(notebook))


def build(out, lessons, weave):
    """Make a course's folder with these chapters and prove each release; return Assignments."""
    begin(out)
    check_gradebook(out)
    rules.load(out / rules.FILE)  # or say at once that it can't be read
    class_settings.check_chapters(out / class_settings.FILE, known_chapters(out))
    own_exercises.tests(out)  # or say at once that one can't be used
    seed = seed_of(out)
    found = [made_for(out, lesson, weave) for lesson in lessons]
    for one in found:
        folder = out / "source" / one.lesson
        folder.mkdir(exist_ok=True)
        nbformat.write(one.notebook, folder / f"{one.lesson}.ipynb")
        # until the release is there, an earlier one is read without records
        records.path_of(out, one.lesson).unlink(missing_ok=True)
    add_due(out, lessons)
    python = setup(*ENVIRONMENT)
    nbgrader(python, out, [{"op": "release", "chapter": lesson} for lesson in lessons])
    for one in found:
        records.write(out, one.lesson, Records(one.setting, one.exercises))
        prove(one, out, seed)
    made = {one.lesson: one.exercises for one in found}
    rules.add(out / rules.FILE, made)
    class_settings.add(out / class_settings.FILE, made)
    return found


def known_chapters(out):
    """The names of the chapters that there can be: the course's, and the class's own."""
    known = [source.name for source in sources.lessons() if source.has_exercises]
    return [*known, *(name for name in own_exercises.chapters(out) if name not in known)]


def main(arguments=None):
    """Make a course; return the exit status, 2 if a release can't be made or handed out."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.assignment")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="such as train1")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        out = outside(options.out)
        if not options.chapters:
            raise AssignmentError('say which chapters: CHAPTERS="train1 train2"')
        known = known_chapters(out)
        for lesson in options.chapters:
            if lesson not in known:
                raise AssignmentError(f"{lesson}: no such chapter; there are {', '.join(known)}")
        begin(out)
        with alone_in(out):
            found = build(out, options.chapters, Weave())
    except (AssignmentError, Busy, RosterError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    for one in found:
        tests, written = one.points("tests"), one.points("hand")
        file = out / "release" / one.lesson / f"{one.lesson}.ipynb"
        count = f"{len(one.exercises)} exercise{'s' * (len(one.exercises) != 1)}"
        print(f"{file}: {count}, {tests} points by tests, {written} by hand")
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
