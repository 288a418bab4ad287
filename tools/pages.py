"""Pages that are made, not written: `python -m tools.pages`.

    book/program.md    the program map           made from the weave
    book/changes.md    how the program changes   made from the weave, and notebooks/src/why.toml
    book/stages.md     the table of stages       made from the kept runs of tools.runs
    book/exercises.md  the table of exercises    made from the lessons' sources
    book/stage-cards.md  the home page's cards   made from the same, and from the kept runs

and microgpt_ref/lab/program.json, from which a notebook draws the map in small. Every build of the
book makes them first: see book/_ext/generated_pages.py.
"""

import difflib
import html
import json
import math
import os
import tomllib

from microgpt_ref.stages import STAGES
from tools import exercises, sources, stage_cards
from tools.links import main_fragment, piece_fragment
from tools.weave import ROOT, Weave, WeaveError

BOOK = ROOT / "book"
RUNS = ROOT / "microgpt_ref" / "lab" / "runs"
LINES = ROOT / "microgpt_ref" / "lab" / "program.json"
WHY = ROOT / "notebooks" / "src" / "why.toml"
MAP_INTRODUCTION = """\
---
html_theme.sidebar_secondary.remove: true
---

# The program, whole

This is the whole program that the course arrives at, in one file of {count} lines: a GPT, its
training, and twenty invented names, on nothing but Python's standard library. The number at the
start of each line says in which lesson you met it, train0 to train4, and the line leads there.
Docstrings and most checks of input are left out here; the package has them.

Save it as `microgpt.py` beside a file with one name per line and run `python microgpt.py FILE`. It
trains for 1,000 steps, about a minute or two, then prints its loss on 300 held-out names and
twenty new ones.

"""
CHANGES_INTRODUCTION = """\
# How the program changes

Every lesson ends with a program that runs, and the next one changes it. Here is what comes, what
goes, and why, from each program to the next.
"""
EXERCISES_INTRODUCTION = """\
# The exercises, at a glance

Every lesson has exercises of five kinds. **By hand** means with pencil and paper. **Build it
first** means that you write a piece before the lesson shows you ours. To **go further**, you use
what the lesson taught you on something that it doesn't show, and in a class these exercises earn
points. **Break and explain** asks you to do something wrong on purpose and to say in words what
happens. Here a teacher gives the points. An **open** exercise has no known answer. A *short*
exercise takes up to a quarter of an hour, a *longer* one up to three quarters, and a *project* an
hour or more.
"""


def programs_with_owners(weave):
    """{lesson: its one-file program, as (line, piece or "main", lesson that introduces it)}.

    A line of the main part belongs to the first lesson whose main part has the same line.
    """
    first, programs = {}, {}
    for lesson in weave.lessons:
        program = programs[lesson.name] = []
        for line, name in weave.program(lesson):
            if name == "main":
                owner = first.setdefault(line, lesson.name)
            else:
                owner = weave.pieces[name].lesson
            program.append((line, name, owner))
    return programs


def map_page(program):
    """The page that shows a program whole.

    program: (line, piece or "main", lesson that introduces it), one by one
    """
    rows, last = [], None
    for line, name, lesson in program:
        target = main_fragment(lesson) if name == "main" else piece_fragment(name)
        rows.append(map_row(line, lesson, target, stop=name != last))
        last = name if line else last
    body = '<pre class="program-map">' + "".join(rows) + "</pre>"
    introduction = MAP_INTRODUCTION.format(count=len(program))
    return f"{introduction}```{{raw}} html\n{body}\n```\n"


def map_row(line, lesson, target, stop):
    """A line of the map, which leads to the cell `target`; `stop` if the Tab key stops there."""
    if not line:
        return '<span class="program-line"> </span>'
    number = lesson.removeprefix("train")
    indent = len(line) - len(line.lstrip())  # by which the continuation of a long line is indented
    tab = "" if stop else ' tabindex="-1"'
    return (
        f'<a class="program-line {lesson}" href="../notebooks/{lesson}.html#{target}"'
        f' style="--indent: {indent}"{tab}>'
        f'<span class="program-lesson">{number}</span> {html.escape(line)}</a>'
    )


def changes_page(weave, why):
    """The page of differences between each lesson's program and the one before."""
    parts = [CHANGES_INTRODUCTION]
    for before, after in zip([None, *weave.lessons], weave.lessons):
        if before:
            parts.append(f"## From {before.name} to {after.name}\n")
        else:
            parts.append(f"## The first program: {after.name}\n")
        new = [n for n in weave.introduced if weave.pieces[n].lesson == after.name]
        gone = [n for n in weave.introduced if weave.pieces[n].retired == after.name]
        for heading, names, key in (("What comes", new, "added"), ("What goes", gone, "retired")):
            if names:
                parts.append(f"**{heading}**\n")
                parts += [change_line(weave, name, why[key]) for name in names]
                parts.append("")
        if before:
            parts += ["**The main part**\n", diff_block(before.main(), after.main())]
    return "\n".join(parts)


def change_line(weave, name, sentences):
    """A list entry for a piece that comes or goes, with its reason."""
    if name not in sentences:
        raise WeaveError(f"{weave.pieces[name].lesson}: {WHY.name} has no sentence for {name}")
    lesson = weave.pieces[name].lesson
    return f"- [`{name}`](../notebooks/{lesson}.ipynb): {sentences[name]}"


def diff_block(before, after):
    """A block that shows how one text became another, line by line."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    kept = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return "```diff\n" + "\n".join(kept) + "\n```\n"


def line_data(programs):
    """For each lesson, as JSON: [indentation, length, lesson that introduces it] for each line.

    programs: {lesson: [(line, piece or "main", lesson that introduces it)]}
    """
    data = {
        lesson: [[len(line) - len(line.lstrip()), len(line), owner] for line, _, owner in lines]
        for lesson, lines in programs.items()
    }
    return json.dumps(data, separators=(",", ":")) + "\n"


def stages_table(stages):
    """The table of stages: parameters, losses, letters of hesitation, samples."""
    rows = [
        "| stage | parameters | loss in training | held out | letters | it invents |",
        "|---|---|---|---|---|---|",
    ]
    for stage in stages:
        run = json.loads((RUNS / f"{stage}.json").read_text(encoding="utf-8"))
        end = sum(run["losses"][-100:]) / 100
        held_out = run["held_out_loss"]
        rows.append(
            f"| {stage} | {run['parameters']:,} | {end:.3f} | {held_out:.3f} "
            f"| {math.exp(held_out):.1f} | {', '.join(run['samples'][:5])} |"
        )
    note = (
        "Losses are mean surprises in nats per token. In training, that's the mean over the last"
        " 100 of 1,000 names. Held out, it's the mean over 300 rows of the list that no run learned"
        " from. Letters are the number that the model hesitates between, $e^{\\text{loss}}$. The"
        " parameters of train0 are its counts."
    )
    return "\n".join(rows) + f"\n\n{note}\n"


def exercises_page(lessons):
    """The page that lists all exercises: what kind they are, and how long they take.

    lessons: {lesson: (exercises, questions)}
    """
    parts = [EXERCISES_INTRODUCTION]
    with_exercises = {lesson: pair for lesson, pair in lessons.items() if pair[0]}
    for lesson, (found, questions) in with_exercises.items():
        minutes = sum(one.minutes for one in found.values())
        points = sum(one.points for one in found.values())
        parts.append(f"## {lesson}\n")
        parts.append(
            f"There are {len(found)} exercises, which take about {minutes} minutes in all and earn "
            f"{points} points, and {len(questions)} questions. Here's "
            f"[the lesson](../notebooks/{lesson}.ipynb), and here are "
            f"[its solutions](../notebooks/solutions/{lesson}.ipynb).\n"
        )
        parts += ["| exercise | kind | size | minutes | points |", "|---|---|---|---|---|"]
        parts += [
            f"| {one.title} | {one.kind} | {one.size} | {one.minutes} | {one.points or '–'} |"
            for one in found.values()
        ]
        parts.append("")
    return "\n".join(parts)


def write_if_changed(path, text):
    """Write a file, whole, and only if that changes it: Sphinx reads again what is newer."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def in_step(weave):
    """True if the committed data of the small map are those of the lessons."""
    data = line_data(programs_with_owners(weave))
    return LINES.exists() and LINES.read_text(encoding="utf-8") == data


def main(weave=None):
    """Write all that is made. Raises WeaveError or ExerciseError for a source at fault."""
    weave = weave or Weave()
    programs = programs_with_owners(weave)
    why = tomllib.loads(WHY.read_text(encoding="utf-8"))
    write_if_changed(BOOK / "program.md", map_page(programs[weave.lessons[-1].name]))
    write_if_changed(BOOK / "changes.md", changes_page(weave, why))
    write_if_changed(BOOK / "stages.md", stages_table(STAGES))
    write_if_changed(BOOK / "exercises.md", exercises_page(exercises.read_lessons()))
    write_if_changed(BOOK / "stage-cards.md", stage_cards.cards(sources.lessons()))
    write_if_changed(LINES, line_data(programs))


if __name__ == "__main__":
    main()
