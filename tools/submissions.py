"""What students hand in: finding it, reading it whatever it is, and taking the answers out.

A submission is never executed or graded as it is. Its answers are put into the cells of the
release, so tests, metadata and cells that a student or a tool has changed don't count.
"""

import csv
import datetime
import json
import os
import re
import stat
from dataclasses import dataclass, field

LARGEST = 32 << 20  # bytes of a notebook
LONGEST = 200_000  # characters of an answer
WORDS = 20_000  # and of one in words, which takes long to typeset where it is made for that
MOST = 5_000  # cells
LATEST = 2**37  # seconds; a file's time may be any, and no year has five digits
PICTURES = 4 << 20  # characters of the pictures pasted into an answer
PICTURE = re.compile(r"[A-Za-z0-9_. -]{1,100}")  # the name of one
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
MARKS = re.compile(r"(BEGIN|END) (?=HIDDEN TESTS|SOLUTION|MARK SCHEME)")  # nbgrader's
TAG = re.compile(r"<(?=[A-Za-z/!?])")
ENTITY = re.compile(r"&(?=#|\w+;)")
SCRIPT = re.compile(r"(?i)(script\s*\\?):")  # in a link's address
LINK = re.compile(r"\\+(?=href|require)")  # in a formula


class RosterError(Exception):
    """A table of the instructor's can't be read; the message says which line, and why."""


class Refused(Exception):
    """A submission that can't be graded; the message is its status."""


@dataclass
class Submission:
    """The answers of a student to a chapter."""

    answers: dict  # grade_id → text
    attachments: dict = field(default_factory=dict)  # grade_id → pictures, of written answers
    remarks: list = field(default_factory=list)  # such as "late", in the marks beside the status
    missing: set = field(default_factory=set)  # grade_ids whose cell is gone


# Tables


def rows_of(path, columns):
    """The rows of a table, as dicts. Raises RosterError for columns that are missing."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RosterError(f"{path}: {error}") from None
    missing = [name for name in columns if name not in (reader.fieldnames or [])]
    if missing:
        raise RosterError(f"{path}: its first line should have the column {missing[0]}")
    return rows


def read_roster(path):
    """{id: {first_name, last_name, email}} of the students. Raises RosterError."""
    students = {}
    for number, row in enumerate(rows_of(path, ["id"]), 2):
        name = (row["id"] or "").strip()
        if not NAME.fullmatch(name):
            raise RosterError(
                f"{path}, line {number}: {name!r} is no id: letters, digits and _ . @ - only"
            )
        if name in students:
            raise RosterError(f"{path}, line {number}: {name} is there twice")
        keys = ("first_name", "last_name", "email")
        details = {key: (row.get(key) or "").strip() for key in keys}
        students[name] = {key: text for key, text in details.items() if text}
    if not students:
        raise RosterError(f"{path}: no students yet; write one on each line, below {'id'!r}")
    return students


def moment(text):
    """The time that a text names, such as 2027-01-31 23:59; without a zone, this machine's."""
    found = datetime.datetime.fromisoformat(re.sub(r" (UTC|Z)$", "+00:00", text.strip()))
    return found.astimezone()


def read_due(path):
    """{chapter: time} of the chapters that have a due date. Raises RosterError."""
    due = {}
    for number, row in enumerate(rows_of(path, ["chapter", "due"]) if path.exists() else [], 2):
        text = (row["due"] or "").strip()
        try:
            if text:
                due[row["chapter"]] = moment(text)
        except (ValueError, OverflowError):
            raise RosterError(
                f"{path}, line {number}: {text!r} is no time like 2027-01-31 23:59"
            ) from None
    return due


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


def handed_in(folder, path):
    """When a submission was handed in: what timestamp.txt says, or the file's own time."""
    note = folder / "timestamp.txt"
    if regular(note) and note.stat().st_size < 200:
        try:
            return moment(note.read_text(encoding="utf-8"))
        except (ValueError, OSError, OverflowError):
            pass
    seconds = min(max(path.stat().st_mtime, 0), LATEST)
    return datetime.datetime.fromtimestamp(seconds).astimezone()


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
        sheets = [s for s in notebook["worksheets"] if isinstance(s, dict)]
        cells = [c for s in sheets for c in s.get("cells") or []]
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
    kind = "code" if part["answer"] else "markdown"
    mine = [c for c in cells if c["kind"] == kind]
    found = [c for c in mine if c["grade_id"] == part["grade_id"]]
    if not found:
        found = [c for c in mine if c["id"] and c["id"] == part["id"]]
    if not found and kind == "code":
        wanted = first_names(part["stub"])
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

    parts: [{grade_id, id, answer, stub, task}] of the release
    locked: {grade_id: text} of its other cells
    """
    known = {part["grade_id"] for part in parts} | set(locked)
    result = Submission({})
    for part in parts:
        found = cells_for(part, cells, part["task"])
        if not found:
            result.missing.add(part["grade_id"])
            continue
        if len(found) > 1:
            note(result, "copied cells")
        tried = [cell for cell in found if not same(cell["text"], part["stub"])]
        chosen = (tried or found)[-1]  # the last one counts, as when the notebook is run
        result.answers[part["grade_id"]] = chosen["text"]
        if not part["answer"] and chosen["attachments"]:
            pictures = chosen["attachments"].items()
            pictures = {k: v for k, v in pictures if PICTURE.fullmatch(k) and is_picture(v)}
            if len(json.dumps(pictures)) <= PICTURES:
                result.attachments[part["grade_id"]] = pictures
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


def is_picture(bundle):
    """Whether an attachment is a picture and nothing else."""
    kinds = {"image/png", "image/jpeg", "image/gif"}
    texts = isinstance(bundle, dict) and all(map(is_base64, bundle.values()))
    return texts and bool(bundle) and set(bundle) <= kinds


def is_base64(thing):
    """Whether something is a text of base64."""
    return isinstance(thing, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", thing) is not None


def note(submission, remark):
    """Nothing; adds a remark, once."""
    if remark not in submission.remarks:
        submission.remarks.append(remark)


def harmless(words):
    """Words that a page may show: no markup, link or formula of a student's runs anything."""
    words = ENTITY.sub("&amp;", words)
    return LINK.sub("", SCRIPT.sub(r"\1 :", TAG.sub("&lt;", words)))


def rebuild(release, submission, parts):
    """The release's notebook, a dict, with a submission's answers in its cells."""
    notebook = json.loads(json.dumps(release))
    kinds = {part["grade_id"]: part for part in parts}
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        text = submission.answers.get(name)
        if name not in kinds or text is None:
            continue
        text = MARKS.sub(r"\1_", text[:LONGEST])
        if same(text, kinds[name]["stub"]):
            continue  # as released, to the letter: nbgrader then gives 0
        if not kinds[name]["answer"]:
            text = harmless(text[:WORDS])
            if name in submission.attachments:
                cell["attachments"] = submission.attachments[name]
        cell["source"] = text
    return notebook
