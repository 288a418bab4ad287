"""Pages that are made, not written: `python -m tools.making.pages`.

    book/program.md    the program as a poster   made from the weave
    book/changes.md    how the program changes   made from the weave, and notebooks/src/why.toml
    book/stages.md     the table of stages       made from the kept runs of tools.making.runs
    book/exercises.md  the table of exercises    made from the lessons' sources
    book/stage-cards.md  the home page's cards   made from the same, and from the kept runs
    book/ladder.md     the home page's figure    made from the kept runs
    book/time.md       how long the course takes made from the lessons' sources

and microgpt_ref/lab/program.json, from which a notebook draws the map in small. Every build of the
book makes them first: see book/_ext/generated_pages.py.
"""

import json
import math
import os
import shutil
import tomllib

from microgpt_ref.data import SSA2018
from microgpt_ref.stages import STAGES
from tools.making import changes, exercises, poster, sources, stage_cards
from tools.making.weave import ROOT, Weave

BOOK = ROOT / "book"
RUNS = ROOT / "microgpt_ref" / "lab" / "runs"
LINES = ROOT / "microgpt_ref" / "lab" / "program.json"
WHY = ROOT / changes.WHY
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


def write_program(folder):
    """Write the finished program, and the names it learns from, into the folder of its page."""
    weave = Weave()
    program = programs_with_owners(weave)[weave.lessons[-1].name]
    write_if_changed(folder / poster.FILE, poster.file_text(program))
    shutil.copyfile(SSA2018, folder / poster.NAMES)


def in_step(weave):
    """True if the committed data of the small map are those of the lessons."""
    data = line_data(programs_with_owners(weave))
    return LINES.exists() and LINES.read_text(encoding="utf-8") == data


def main(weave=None):
    """Write all that is made. Raises WeaveError or ExerciseError for a source at fault."""
    weave = weave or Weave()
    programs = programs_with_owners(weave)
    why = tomllib.loads(WHY.read_text(encoding="utf-8"))
    write_if_changed(
        BOOK / "program.md", poster.page(programs[weave.lessons[-1].name], weave.lessons)
    )
    write_if_changed(BOOK / "changes.md", changes.page(weave, why))
    write_if_changed(BOOK / "stages.md", stages_table(STAGES))
    write_if_changed(BOOK / "exercises.md", exercises_page(exercises.read_lessons()))
    write_if_changed(BOOK / "stage-cards.md", stage_cards.cards(sources.lessons()))
    write_if_changed(BOOK / "ladder.md", stage_cards.losses_figure())
    write_if_changed(BOOK / "time.md", stage_cards.course_time(sources.lessons()))
    write_if_changed(LINES, line_data(programs))


if __name__ == "__main__":
    main()
