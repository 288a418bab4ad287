"""Cells of the course's notebooks that somebody has typed, rather than a build.

A tracked notebook may differ from its source without an answer in it, as the source may have been
edited since it was built. So a cell counts as known if it stands in what the last build wrote
(noted in build/cells.json), in what git has staged or committed, or in what the source makes now.
Any other cell was typed by somebody, and nothing may write over it. Outputs don't count: running
the cell brings them back.
"""

import hashlib
import json
import subprocess

from tools.files import write_whole
from tools.setup import ROOT

NOTES = ROOT / "build" / "cells.json"


class NoNotebook(ValueError):
    """These bytes are no notebook."""


def cells_in(content):
    """[[kind, text, pasted pictures], …] of a notebook's bytes. Raises NoNotebook."""
    try:
        cells = json.loads(content)["cells"]
        return [
            [cell["cell_type"], "".join(cell["source"]), cell.get("attachments") or {}]
            for cell in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoNotebook(f"no notebook: {error}") from None


def hashed(value):
    """The SHA-256 of a value of JSON's types."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def digest(content):
    """One hash of all that can be typed into a notebook, or None if these bytes are none."""
    try:
        return hashed(cells_in(content))
    except NoNotebook:
        return None


def name_of(path):
    """A file's name within the course, on every system with slashes."""
    return path.relative_to(ROOT).as_posix()


def git(*arguments):
    """What git prints, as bytes, or None where there is no git or it fails."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def versions_in_git(path):
    """The bytes of a file as staged and as committed, as far as git has them."""
    found = [git("show", f"{version}:./{name_of(path)}") for version in ("", "HEAD")]
    return [content for content in found if content is not None]


def notes():
    """{notebook: hashes of the cells that its last build wrote}; empty if nothing is noted."""
    try:
        found = json.loads(NOTES.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(path):
    """Note the cells of a notebook that has been built."""
    cells = [hashed(cell) for cell in cells_in(path.read_bytes())]
    NOTES.parent.mkdir(exist_ok=True)
    write_whole(NOTES, json.dumps(notes() | {name_of(path): cells}).encode())


def known_cells(path, build):
    """Sets of hashes of cells that nobody typed here, those that are found quickly first."""
    yield set(notes().get(name_of(path), []))
    for content in versions_in_git(path):
        if digest(content):
            yield {hashed(cell) for cell in cells_in(content)}
    yield {hashed(cell) for cell in cells_in(build())}


def typed_cells(path, build):
    """[(number from 1, text), …] of the cells that somebody typed into a tracked notebook.

    build: returns the bytes of the notebook that the source makes now; called only if need be.
    Raises NoNotebook for a file that is none, such as one with a conflict of git in it.
    """
    if not path.exists():
        return []
    cells = [*enumerate(cells_in(path.read_bytes()), 1)]
    cells = [(number, cell) for number, cell in cells if cell[1].strip()]
    for known in known_cells(path, build):
        cells = [(number, cell) for number, cell in cells if hashed(cell) not in known]
        if not cells:
            break
    return [(number, cell[1]) for number, cell in cells]
