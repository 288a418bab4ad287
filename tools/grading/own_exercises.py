"""A class's own exercises: exercises/CHAPTER.py in a course's folder, written as lessons are.

A file named after a lesson adds exercises to it; any other one is a chapter of its own. It is in
the percent format of notebooks/src, with the marks that `making.exercises` knows, and two more:

    # %% tags=["test"]    the check: a function of an answer and an rng, with the decorator
                          `exercise` that names the exercise, as in microgpt_ref/lab/checks
    # %% tags=["wrong"]   an answer that this check has to reject, said wrong when it's made

Cells tagged `release` are those of `grading.self_contained`. Words before the first exercise stand
on top of the release. The tests are the instructor's own: they run in the judge's process, never
where answers do, and are in no release.
"""

import hashlib
import re
from dataclasses import dataclass, field, replace

import jupytext

from tools.grading import judge
from tools.making import exercises, sources
from tools.making.sources import Source, SourceError, tags_of

FOLDER = "exercises"
NAME = re.compile(r"[a-z][a-z0-9_]*")
TESTS = ("test", "wrong")


class OwnError(SourceError):
    """A file of exercises has a fault; the message names file, line and exercise."""


@dataclass
class Own:
    """What a file has: exercises, and the texts that judge them."""

    name: str
    path: object
    text: str
    intro: str = ""
    exercises: list = field(default_factory=list)
    release: list = field(default_factory=list)  # as in a Source
    tests: dict = field(default_factory=dict)  # {exercise: text}
    wrong: dict = field(default_factory=dict)  # {exercise: [text]}

    def place(self, words):
        """The file and the line on which some words first stand."""
        before, found, _ = self.text.partition(words.strip())
        return f"{self.path}, line {before.count(chr(10)) + 1}" if found else str(self.path)

    def placed(self, error):
        """An error's lines, of which those on exercises in this file say where these are."""
        lines = []
        for line in str(error).splitlines():
            name = line.partition(":")[0]
            mine = any(one.name == name for one in self.exercises)
            lines.append(self.place(f'exercise="{name}"') + f": {line}" if mine else line)
        return "\n".join(lines)


def chapters(out):
    """{chapter: path} of the files in a course's folder. Raises OwnError for an invalid name."""
    found = {}
    for path in sorted((out / FOLDER).glob("*.py")):
        if not NAME.fullmatch(path.stem):
            raise OwnError(f"{path}: call it by small letters and digits, such as week5.py")
        found[path.stem] = path
    return found


def read(out, chapter):
    """The Own of a chapter; None if the class has no exercises for it. Raises OwnError."""
    path = chapters(out).get(chapter)
    if path is None:
        return None
    try:
        own = Own(chapter, path, path.read_text(encoding="utf-8-sig").replace("\r\n", "\n"))
        cells = jupytext.reads(own.text, fmt="py:percent").cells
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise OwnError(f"{path}: can't be read as cells: {error}; save it as UTF-8") from None
    own.release = sources.for_releases(own.text)
    fill(own, sort_cells(own, cells))
    return own


def sort_cells(own, cells):
    """Enter tests, wrong answers and words; return the cells that `making.exercises` reads."""
    others, last = [], None
    for cell in cells:
        tags = set(tags_of(cell))
        last = cell.metadata.get("exercise", last)
        if {"test", "wrong"} & tags and last is None:
            raise OwnError(f"{own.place(cell.source)}: comes before any exercise")
        if "test" in tags and last in own.tests:
            raise OwnError(f"{own.place(cell.source)}: {last} has a test already")
        if "test" in tags:
            own.tests[last] = cell.source
        elif "wrong" in tags:
            own.wrong.setdefault(last, []).append(cell.source)
        elif "release" in tags:
            pass
        elif tags & exercises.PARTS or "exercise" in cell.metadata:
            others.append(cell)
        elif cell.cell_type == "markdown" and last is None:
            own.intro = f"{own.intro}\n\n{cell.source}".strip()
        elif cell.source.strip():
            known = ", ".join(sorted({*exercises.PARTS, "release", *TESTS}))
            raise OwnError(f"{own.place(cell.source)}: a cell without a tag; there are {known}")
    return others


def fill(own, cells):
    """Enter the exercises that are in these cells. Raises OwnError."""
    try:
        found, _ = exercises.read_cells(own.name, cells)
    except (SourceError, ValueError, TypeError, SyntaxError) as error:
        named = [name for name in own_names(own.text) if str(error).startswith(f"{name}:")]
        place = own.place(f'exercise="{named[0]}"') if named else own.path
        raise OwnError(f"{place}: {error}") from None
    theirs = exercises.read(sources.find(own.name))[0] if own.name in sources.names() else {}
    for one in found.values():
        place = own.place(f'exercise="{one.name}"')
        if one.name in theirs:
            raise OwnError(f"{place}: {one.name}: the course has an exercise of this name")
        if not one.stub_text or not one.solution_text:
            raise OwnError(f"{place}: {one.name}: needs a cell tagged exercise and one solution")
        if (one.expression is not None) != (one.name in own.tests):
            raise OwnError(
                f"{place}: {one.name}: a cell tagged check goes with one tagged test, which has "
                f'@exercise("{one.name}")'
            )
        own.exercises.append(replace(one, own=True))


def own_names(text):
    """The names of exercises in a file's text."""
    return re.findall(r'exercise="([^"]+)"', text)


def source_of(own):
    """The Source of a chapter of one's own, whose lesson there is none."""
    return Source(own.name, [], own.release)


def known(out, chapter):
    """The Exercises that a chapter can have: the course's, and the class's own."""
    own = read(out, chapter)
    course = exercises.read(sources.find(chapter))[0] if chapter in sources.names() else {}
    return [*course.values(), *(own.exercises if own else ())]


# What judges


def tests(out):
    """{exercise: [text of its test, file, line]} of all files. Raises OwnError for a broken one."""
    found = {}
    for chapter in chapters(out):
        own = read(out, chapter)
        for name, text in own.tests.items():
            path, line = own.place(text).rsplit(", line ", 1)
            found[name] = [text, path, int(line)]
            try:
                judge.own_check(name, *found[name])
            except Exception as error:
                place = f"{path}, line {line}"
                said = str(error) if isinstance(error, ValueError) else repr(error)
                raise OwnError(f"{place}: {name}: its test: {said}") from None
    return found


def test_texts(out):
    """The texts of all tests, in order."""
    return tuple(text for text, *_ in tests(out).values())


def digest(out):
    """A hash of the tests, so that a corrected one is graded again; "" without any."""
    texts = "\n".join(test_texts(out))
    return hashlib.sha256(texts.encode()).hexdigest()[:20] if texts else ""


def solutions(out, chapter):
    """{exercise: text of its solution} of a chapter, the course's and the class's own."""
    return {one.name: one.solution_text for one in known(out, chapter)}
