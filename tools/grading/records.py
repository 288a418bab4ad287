"""What a course keeps of its exercises, so that grading reads records and takes no text apart.

`grading.assignment` writes OUT/records/CHAPTER.json when it releases a chapter: the records of its
exercises and the code that a judge runs before an answer. The folder is the instructor's, beside
seed.txt. It can't be source/, because nbgrader copies to release/ whatever else lies there, and it
can't be the release itself, because students change and lose what is in a notebook. The solutions
are left out even so: grading has no use for them, and a file that leaks gives none away.

A course released before there were records has none. `derived` makes them from the released
notebook, and is used for nothing else.
"""

import json
import re
from dataclasses import asdict, dataclass

from tools.making.exercises import Cell, Exercise, call_of_check

FOLDER = "records"
FORMAT = 1
NAME = re.compile(r"`([\w.]+)`$")  # of an exercise, at the end of the line under its title
IMPORT_OF_CHECK = "from microgpt_ref.lab.checks import check"


class RecordsError(Exception):
    """A course's records can't be read or don't belong to its release; the message says why."""


@dataclass
class Records:
    """The records of a chapter: its exercises, and the code that comes before any answer."""

    setting: list  # texts of cells
    exercises: list


def path_of(out, chapter):
    """Where a course keeps a chapter's records."""
    return out / FOLDER / f"{chapter}.json"


def without_solution(exercise):
    """What is kept of an Exercise, as JSON holds it."""
    kept = asdict(exercise)
    del kept["solution"], kept["follow_up"]
    return kept


def write(out, chapter, records):
    """Keep a chapter's records, in a file written whole or not at all."""
    path = path_of(out, chapter)
    path.parent.mkdir(exist_ok=True)
    kept = [without_solution(exercise) for exercise in records.exercises]
    content = {"format": FORMAT, "setting": records.setting, "exercises": kept}
    part = path.with_name(f"{path.name}.tmp")
    part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def read(out, chapter, release):
    """The Records of a chapter, whose release is a notebook as a dict; raises RecordsError."""
    path = path_of(out, chapter)
    if not path.exists():
        return derived(release)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RecordsError(f"{path}: not JSON: {error}") from None
    if content.get("format") != FORMAT:
        raise RecordsError(f"{path}: format {content.get('format')!r}; this course reads {FORMAT}")
    exercises = [exercise_from(kept) for kept in content["exercises"]]
    there = set(cells_by_name(release))
    for one in exercises:
        if not {one.grade_id, one.task_id, one.graded_id} <= there:
            raise RecordsError(f"{path}: {one.name} is not in the release of {chapter}")
    return Records(content["setting"], exercises)


def exercise_from(kept):
    """The Exercise of which this is kept."""
    return Exercise(**{**kept, "stub": [Cell(**cell) for cell in kept["stub"]]})


def cells_by_name(notebook):
    """{nbgrader's name: cell} of a notebook, as a dict."""
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"]}


# Courses without records


def derived(release):
    """The Records of a released notebook, as far as grading needs them.

    Kind, size, minutes and hints stay empty.
    """
    cells = cells_by_name(release)
    answers = [name for name, cell in cells.items() if cell["metadata"]["nbgrader"]["solution"]]
    (start,) = [text_of(cell) for name, cell in cells.items() if name.endswith("-start")]
    setting = [start.replace(IMPORT_OF_CHECK, "")]
    return Records(setting, [derived_exercise(name, cells) for name in answers])


def derived_exercise(grade_id, cells):
    """The Exercise whose answer goes into the cell of this name."""
    title, line, task = text_of(cells[f"{grade_id}-task"]).split("\n\n", 2)
    checks = [cells[name] for name in (f"{grade_id}-test", f"{grade_id}-check") if name in cells]
    answer = cells[grade_id]
    name, expression, graded = NAME.search(line)[1], None, answer
    if checks:
        (graded,) = checks
        name, expression = call_of_check(text_of(graded))
    return Exercise(
        name,
        title.removeprefix("## "),
        kind="",
        size="",
        minutes=0,
        points=graded["metadata"]["nbgrader"].get("points", 0),
        task=task,
        stub=[Cell(answer["cell_type"], text_of(answer))],
        expression=expression,
        cell_id=answer.get("id", ""),
    )


def text_of(cell):
    """The text of a cell in a notebook's file, where it may be a list of lines."""
    return "".join(cell["source"])
