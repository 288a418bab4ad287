"""The outlines of the lessons' slides, and what they name in a lesson.

notebooks/src/slides/LESSON.toml lists the slides of a lesson in order. A slide has a title, perhaps
a short text, and shows at most one thing, which it names by what a reader would call it:

    explorable = "surprise"            an explorable of the lesson, by its name
    figure = "loss_curve("             a figure, by words of its cell's code
    code = "p_a = "                    a cell's code and what it prints, by words of its code
    printed = "ckejadr"                what a cell prints, by words of its code or of the print
    piece = "bigram.bigram_probs"      a piece of the program, less its docstring
    prediction = "the loss of emma"    a prediction, by what it asks for, or by words of its code;
                                       the title is the question, the text stands by the answer
    exercise = "train0.count_pairs"    an exercise, which gives its title and its minutes
    formula = "p_i = …"                TeX
    points = ["…", "…"]                a few short lines
    opening = true                     the lesson's question, as its title
    closing = true                     the next question, as its title, which the lesson ends with

`lines = ["first", "last"]` cuts code from the line with the one words to the line with the other.
`minutes` and `notes` are the speaker's; `stumbles` names rows of the lesson's card, whose advice
belongs to the slide. Words that fit no cell, or several, are a SlideError.
"""

import ast
import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache

from tools.making import exercises, predictions, sources
from tools.making.sources import SourceError
from tools.setup import ROOT

FOLDER = sources.FOLDER / "slides"
CARDS = ROOT / "book" / "lesson-cards.md"
SHOWN = ("explorable", "figure", "code", "printed", "piece", "prediction", "exercise")
SHOWN += ("formula", "points", "opening", "closing")
KNOWN = {*SHOWN, "title", "text", "minutes", "notes", "stumbles", "lines", "beside", "output"}
EXPLORABLE = "application/vnd.microgpt.explorable+json"
FIGURE = re.compile(r"^Figure: (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| (.+?) \| (.+?) \|$", re.MULTILINE)


class SlideError(SourceError):
    """An outline has a fault, or names what its lesson doesn't have."""


@dataclass
class Slide:
    """One slide: its words, what it shows, and the cell of the lesson that this comes from."""

    kind: str  # one of SHOWN, or "words"
    title: str
    text: str
    minutes: float
    notes: str
    stumbles: list  # (what students do, what to ask or say)
    name: str = ""  # the words by which the outline names what is shown
    cell: dict | None = None
    code: str = ""
    printed: str = ""
    points: list = field(default_factory=list)
    beside: bool | None = None  # whether text stands beside what is shown; None: as it fits


@dataclass
class Outline:
    """The slides of a lesson, with its question and how long they take."""

    lesson: str
    question: str
    slides: list

    @property
    def minutes(self):
        """How long the lesson takes in class, exercises included."""
        return sum(slide.minutes for slide in self.slides)


# A lesson, its card and its outline


@cache
def cells(lesson):
    """The cells of a lesson's notebook, as a learner gets it, with `text` for their source."""
    path = ROOT / "notebooks" / f"{lesson}.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in found:
        cell["text"] = "".join(cell["source"])
    return found


def question(lesson):
    """A lesson's question, as its title asks it."""
    title = cells(lesson)[0]["text"].partition("\n")[0]
    asked = title.removeprefix(f"# {lesson}: ")
    return asked[:1].upper() + asked[1:]


@cache
def card(lesson):
    """{what students do: what to ask or say} on a lesson's card."""
    text = CARDS.read_text(encoding="utf-8")
    part = re.search(rf"^## {lesson}: .*?(?=^## )", text, re.MULTILINE | re.DOTALL)
    rows = ROW.findall(part[0]) if part else []
    return {did: say for did, say in rows if did not in ("if students", "---")}


def aims(lesson):
    """What a lesson's card says of its aims, and of what comes before it: two paragraphs."""
    text = CARDS.read_text(encoding="utf-8")
    part = text.partition(f"\n## {lesson}: ")[2].partition("\n## ")[0]
    return re.findall(r"^\*\*(?:Aims|Before it)\.\*\*(?:.+\n)+", part, re.MULTILINE)


@cache
def minutes_on_card(lesson):
    """How many minutes a lesson takes, by the table of the cards."""
    row = re.search(rf"^\| {lesson} \| (\d+) min \|", CARDS.read_text(encoding="utf-8"), re.M)
    return int(row[1])


def lessons():
    """The lessons that have slides, in order."""
    return [one.name for one in sources.lessons() if (FOLDER / f"{one.name}.toml").exists()]


def read(lesson):
    """The Outline of a lesson; raises SlideError, which names the slide at fault."""
    path = FOLDER / f"{lesson}.toml"
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["slide"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise SlideError(f"{path.name}: it's no list of slides: {error}") from None
    found = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(slide(lesson, row))
        except SlideError as error:
            raise SlideError(f"{path.name}, slide {number}: {error}") from None
    return Outline(lesson, question(lesson), found)


def slide(lesson, row):
    """The Slide that a table of the outline describes; raises SlideError."""
    if unknown := sorted(set(row) - KNOWN):
        raise SlideError(f"{unknown[0]!r} is no mark: use {', '.join(sorted(KNOWN))}")
    shown = [kind for kind in SHOWN if kind in row]
    if len(shown) > 1:
        raise SlideError(f"it shows both {shown[0]} and {shown[1]}: make two slides of it")
    kind = shown[0] if shown else "words"
    one = Slide(
        kind,
        row.get("title", ""),
        row.get("text", ""),
        row.get("minutes", 0),
        row.get("notes", "").strip(),
        [stumble(lesson, words) for words in row.get("stumbles", [])],
        beside=row.get("beside"),
    )
    if kind == "points":
        one.points = row["points"]
    elif kind != "words":
        one.name = row[kind]
        FILL[kind](lesson, one, row)
    if not one.title or one.minutes <= 0:
        raise SlideError(f"{one.title or one.name!r} needs a title, and minutes")
    return one


def stumble(lesson, words):
    """The row of the lesson's card that begins with the words."""
    found = [pair for pair in card(lesson).items() if pair[0].startswith(words)]
    if len(found) != 1:
        raise SlideError(f"{words!r} begins {len(found)} rows of the card of {lesson}, not one")
    return found[0]


# What a slide shows


def find(lesson, words, fits):
    """The one code cell of a lesson that fits; raises SlideError for none or several."""
    found = [cell for cell in cells(lesson) if cell["cell_type"] == "code" and fits(cell)]
    if len(found) != 1:
        raise SlideError(f"{words!r} names {len(found)} cells of {lesson}, not one")
    return found[0]


def data(cell, kind):
    """What a cell's outputs hold of a kind, or None."""
    for output in cell["outputs"]:
        if kind in output.get("data", {}):
            found = output["data"][kind]
            return "".join(found) if isinstance(found, list) else found
    return None


def streams(cell):
    """What a cell has printed, less the captions of its figures."""
    text = "".join("".join(one["text"]) for one in cell["outputs"] if "text" in one)
    return FIGURE.sub("", text).strip("\n")


def caption(cell):
    """The caption of a cell's figure."""
    text = "".join("".join(one["text"]) for one in cell["outputs"] if "text" in one)
    found = FIGURE.search(text)
    return found[1] if found else ""


def cut(code, lines):
    """The lines of code from the one with the first words to the one with the last."""
    rows = code.split("\n")
    places = []
    for words in lines:
        found = [i for i, row in enumerate(rows) if words in row]
        if not found:
            raise SlideError(f"no line of the cell has {words!r}")
        places.append(found[0])
    if len(places) != 2 or places[0] > places[1]:
        raise SlideError(f"lines {lines} are no first and last line of the cell, in this order")
    return "\n".join(rows[places[0] : places[1] + 1])


def without_docstrings(code):
    """Python code less its docstrings, which say to readers what a speaker says aloud."""
    rows = code.split("\n")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            text = node.body[0]
            last = text.end_lineno
            while last < len(rows) and not rows[last].strip():
                last += 1
            rows[text.lineno - 1 : last] = [None] * (last - text.lineno + 1)
    return "\n".join(row for row in rows if row is not None)


def definition(code, name):
    """The text of a function or class in a cell's code."""
    for node in ast.parse(code).body:
        if getattr(node, "name", None) == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            return "\n".join(code.split("\n")[first - 1 : node.end_lineno])
    raise SlideError(f"the cell defines no {name}")


def fill_formula(lesson, one, row):
    """A formula is in the outline itself."""


def fill_opening(lesson, one, row):
    """Take a lesson's question as the title."""
    one.title = question(lesson)


def fill_closing(lesson, one, row):
    """See that a lesson ends with the question that the title asks."""
    ends = " ".join(" ".join(cell["text"].split()) for cell in cells(lesson)[-4:])
    if f"*{one.title}*" not in ends:
        raise SlideError(f"{lesson} doesn't end with the question {one.title!r}")


def fill_explorable(lesson, one, row):
    """Find an explorable by its name."""

    def fits(cell):
        return (data(cell, EXPLORABLE) or {}).get("name") == one.name

    one.cell = find(lesson, one.name, fits)


def fill_figure(lesson, one, row):
    """Find a figure by words of its cell."""
    one.cell = find(lesson, one.name, lambda cell: one.name in cell["text"] and caption(cell))


def fill_code(lesson, one, row):
    """Find a cell by words of its code, and cut from it what is shown."""
    one.cell = find(lesson, one.name, lambda cell: one.name in cell["text"])
    one.code = cut(one.cell["text"], row["lines"]) if "lines" in row else one.cell["text"]
    one.printed = streams(one.cell) if row.get("output", True) else ""


def fill_printed(lesson, one, row):
    """Find a cell by words of its code, or of what it prints."""
    one.cell = find(
        lesson, one.name, lambda cell: one.name in cell["text"] or one.name in streams(cell)
    )
    one.printed = streams(one.cell)
    if "lines" in row:
        one.printed = cut(one.printed, row["lines"])
    if not one.printed:
        raise SlideError(f"the cell with {one.name!r} prints nothing")


def fill_piece(lesson, one, row):
    """Find a piece of the program by its name."""
    words = one.name

    def fits(cell):
        return words in cell["metadata"].get("piece", "").split()

    one.cell = find(lesson, words, fits)
    one.code = without_docstrings(definition(one.cell["text"], words.rpartition(".")[2]))
    if "lines" in row:
        one.code = cut(one.code, row["lines"])


def fill_prediction(lesson, one, row):
    """Find a prediction by what it asks for first, or by words of its code."""

    def fits(cell):
        asked = predictions.as_list(cell["metadata"].get("ask", []))
        return bool(asked) and (asked[0].startswith(one.name) or one.name in cell["text"])

    one.cell = find(lesson, one.name, fits)
    one.printed = streams(one.cell)


def fill_exercise(lesson, one, row):
    """Take title and minutes from an exercise, and its aim where the outline has no text."""
    known = exercises.read(sources.find(lesson))[0]
    if one.name not in known:
        raise SlideError(f"{lesson} has no exercise {one.name!r}")
    exercise = known[one.name]
    one.title, one.minutes = exercise.title, exercise.minutes
    aim = re.search(r"\*\*Aim\.\*\* (.+?)(?=\n\n|$)", exercise.task, re.DOTALL)
    one.text = one.text or " ".join(aim[1].split())
    heading = f"Exercise: {exercise.title}\n"
    one.cell = next(cell for cell in cells(lesson) if heading in cell["text"])


FILL = {
    "formula": fill_formula,
    "opening": fill_opening,
    "closing": fill_closing,
    "explorable": fill_explorable,
    "figure": fill_figure,
    "code": fill_code,
    "printed": fill_printed,
    "piece": fill_piece,
    "prediction": fill_prediction,
    "exercise": fill_exercise,
}


# What a deck has to hold


def faults(outline):
    """What is missing in a lesson's slides, a line for each thing."""
    lesson, slides = outline.lesson, outline.slides
    found = []
    shown = {id(slide.cell) for slide in slides if slide.cell}
    for cell in cells(lesson):
        if cell["metadata"].get("ask") and id(cell) not in shown:
            found.append(f"the prediction {predictions.as_list(cell['metadata']['ask'])[0]!r}")
        if cell["cell_type"] == "code" and data(cell, EXPLORABLE) and id(cell) not in shown:
            found.append(f"the explorable {data(cell, EXPLORABLE)['name']!r}")
    kinds = {slide.kind for slide in slides}
    found += [
        f"a slide of the kind {kind!r}" for kind in ("opening", "closing") if kind not in kinds
    ]
    if not any(slide.title == "What to remember" for slide in slides):
        found.append("what to remember")
    given = {slide.name for slide in slides if slide.kind == "exercise"}
    wanted = exercises.read(sources.find(lesson))[0].values()
    built = {one.name for one in wanted if one.kind == "build it first"}
    found += [f"the exercise {name!r}" for name in sorted(built - given)]
    told = {did for slide in slides for did, _ in slide.stumbles}
    found += [f"what to say if students {did}" for did in card(lesson) if did not in told]
    if outline.minutes != (wanted := minutes_on_card(lesson)):
        found.append(f"{wanted} minutes, as the card says: it takes {outline.minutes:g}")
    return [f"{lesson}.toml lacks {fault}" for fault in found]
