"""What students hand in: finding it, reading it whatever it is, and taking the answers out.

A submission is never executed or graded as it is. Its answers are put into the cells of the
release, so tests, metadata and cells that a student or a tool has changed don't count.
"""

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from tools.grading import pictures, written

LARGEST = 32 << 20  # bytes of a notebook
LONGEST = 20_000  # characters of an answer that are shown, in code as in words
JUDGED = 200_000  # characters of an answer that is judged at all
CUT = f"[The answer goes on; only its first {LONGEST:,} characters are shown.]"
MOST = 5_000  # cells
EMPTY = re.compile(r"\n(?:[^\S\n]*\n){20,}")  # lines that take a highlighter minutes
MARKS = re.compile(r"(BEGIN|END) (?=HIDDEN TESTS|SOLUTION|MARK SCHEME)")  # nbgrader's


class Refused(Exception):
    """A submission that can't be graded; the message is its status."""


@dataclass
class Submission:
    """The answers of a student to a chapter."""

    answers: dict  # grade_id → text
    attachments: dict = field(default_factory=dict)  # grade_id → pictures, of written answers
    remarks: list = field(default_factory=list)  # such as "late", in the marks beside the status
    missing: set = field(default_factory=set)  # grade_ids whose cell is gone


# Files


def regular(path):
    """Whether this is a file, and no link, pipe, folder or device."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def find_file(folder, chapter):
    """(the notebook in a student's folder, remarks). Raises Refused where there is none."""
    path = folder / f"{chapter}.ipynb"
    if folder.is_symlink() or folder.parent.is_symlink():
        raise Refused("not a notebook")
    if regular(path):
        return path, []
    if os.path.lexists(path):
        raise Refused("not a notebook")
    try:
        others = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    except OSError:
        raise Refused("missing") from None
    others = [p for p in others if p.name != "timestamp.txt"]
    named = [p for p in others if p.suffix.lower() == ".ipynb" and regular(p)]
    if not others:
        raise Refused("missing")
    if len(named) == 1:  # such as train1 (1).ipynb
        return named[0], ["wrong name"]
    raise Refused("wrong name")


def read_cells(path):
    """The cells of a notebook file, as plain dicts with kind, text, metadata, id, attachments.

    Whatever minor format it has, and whatever tool has saved it. Raises Refused.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise Refused("too large")
    content = path.read_bytes()
    if not content.strip():
        raise Refused("empty")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused("not a notebook") from None
    if not isinstance(notebook, dict):
        raise Refused("not a notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # format 3
        sheets = [s.get("cells") for s in notebook["worksheets"] if isinstance(s, dict)]
        cells = [c for sheet in sheets if isinstance(sheet, list) for c in sheet]
    if not isinstance(cells, list):
        raise Refused("not a notebook")
    if len(cells) > MOST:
        raise Refused("too large")
    found = [plain_cell(cell) for cell in cells if isinstance(cell, dict)]
    if not found:
        raise Refused("empty")
    return found


def plain_cell(cell):
    """What of a cell is looked at, each of the kind that it should be."""

    def of(kind, thing):
        return thing if isinstance(thing, kind) else kind()

    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    metadata = of(dict, cell.get("metadata"))
    return {
        "kind": of(str, cell.get("cell_type")),
        "text": of(str, source).replace("\r\n", "\n").encode("utf-8", "replace").decode(),
        "metadata": metadata,
        "grade_id": of(str, of(dict, metadata.get("nbgrader")).get("grade_id")),
        "id": of(str, cell.get("id") or metadata.get("id")),
        "attachments": of(dict, cell.get("attachments")),
    }


# Answers


def same(one, other):
    """Whether two texts are the same, but for space at the end of lines and around them."""
    lines = ([line.rstrip() for line in text.strip().splitlines()] for text in (one, other))
    return next(lines) == next(lines)


def first_names(text):
    """The names that the lines of a stub define at the left margin."""
    pattern = r"^(?:def|class) +(\w+)|^(\w+) *="
    return {a or b for a, b in re.findall(pattern, text, flags=re.MULTILINE)}


def cells_for(part, cells, task):
    """The cells of a submission that may hold the answer of a part, best known first.

    By nbgrader's name; else by the cell's own id; else, where a tool has dropped both, a code cell
    that defines what the stub does, and for words the cell that follows the task.
    """
    kind = part.answer_type
    mine = [c for c in cells if c["kind"] == kind]
    found = [c for c in mine if c["grade_id"] == part.grade_id]
    if not found:
        found = [c for c in mine if c["id"] and c["id"] == part.cell_id]
    if not found and kind == "code":
        wanted = first_names(part.stub_text)
        found = [c for c in mine if wanted and wanted <= first_names(c["text"])]
        found = [c for c in found if not c["grade_id"]]
    if not found and kind == "markdown":
        places = [i for i, c in enumerate(cells) if same(c["text"], task)]
        after = cells[places[0] + 1 :] if places else []
        words = (c for c in after if c["kind"] == kind and not c["text"].startswith("<details"))
        found = [c for c in [next(words, None)] if c and not c["grade_id"]]
        found = [c for c in found if not c["text"].startswith("## ")]
    return found


def take(cells, parts, locked):
    """The Submission that is in these cells. Raises Refused if it is of something else.

    parts: the records of the release's exercises
    locked: {grade_id: text} of its other cells
    """
    known = {part.grade_id for part in parts} | set(locked)
    result = Submission({})
    for part in parts:
        found = cells_for(part, cells, locked[part.task_id])
        if not found:
            result.missing.add(part.grade_id)
            continue
        if len(found) > 1:
            note(result, "copied cells")
        tried = [cell for cell in found if not same(cell["text"], part.stub_text)]
        chosen = (tried or found)[-1]  # the last one counts, as when the notebook is run
        result.answers[part.grade_id] = chosen["text"]
        if not part.expression and chosen["attachments"]:
            result.attachments[part.grade_id] = chosen["attachments"]
    if not result.answers:
        raise Refused("another notebook")
    texts = {}
    for cell in cells:
        if cell["grade_id"] in locked:
            texts.setdefault(cell["grade_id"], cell["text"])
    if any(not same(text, locked[name]) for name, text in texts.items()):
        note(result, "tests edited")
    own = [c for c in cells if c["kind"] == "code" and c["text"].strip()]
    if any(c["grade_id"] and c["grade_id"] not in known for c in cells):
        note(result, "unknown cells")
    elif sum(bool(c["grade_id"]) for c in own) < len(own) and any(c["grade_id"] for c in own):
        note(result, "cells of their own")
    return result


def note(submission, remark):
    """Add a remark, once."""
    if remark not in submission.remarks:
        submission.remarks.append(remark)


def as_it_was_typed(text):
    """The text that shows a written answer letter by letter, without any picture."""
    return MARKS.sub(r"\1_", written.as_it_stands(text[:LONGEST])) + end_of(text)


def end_of(text):
    """What follows a written answer that is too long to be shown."""
    return f"\n\n<div><p><em>{CUT}</em></p></div>" if len(text) > LONGEST else ""


def in_words(cell, text, submission, attachments):
    """The text that shows a written answer; its pictures go into the cell."""
    text, attachments = pictures.taken_out(text, attachments)
    end, text = end_of(text), text[:LONGEST]
    shown = pictures.prepare(attachments, written.pictures_in(text))
    if shown.kept:
        cell["attachments"] = shown.kept
    for remark in shown.remarks:
        note(submission, remark)
    # again, as what stood between the words of a mark may be gone
    return MARKS.sub(r"\1_", written.show(text, shown.shown)) + end


def how_rebuilt():
    """A hash of what rebuilds submissions, so that they are rebuilt when it changes."""
    paths = [Path(module.__file__) for module in (pictures, written)] + [Path(__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:20]


def rebuild(release, submission, parts, as_typed=False):
    """The release's notebook, a dict, with a submission's answers in its cells.

    as_typed: written ones without layout and pictures, which takes no time
    """
    notebook = json.loads(json.dumps(release))
    kinds = {part.grade_id: part for part in parts}
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        text = submission.answers.get(name)
        if name not in kinds or text is None:
            continue
        written_by_hand = not kinds[name].expression
        text = MARKS.sub(r"\1_", text)
        if same(text, kinds[name].stub_text):
            continue  # as released, to the letter: nbgrader then gives 0
        if written_by_hand and as_typed:
            text = as_it_was_typed(text)
        elif written_by_hand:
            text = in_words(cell, text, submission, submission.attachments.get(name, {}))
        else:
            end = f"\n# {CUT}" if len(text) > LONGEST else ""
            text = EMPTY.sub("\n" * 21, text[:LONGEST]) + end
        cell["source"] = text
    return notebook
