"""A page of feedback for what can't be graded: what was handed in, what is wrong, what to do."""

import html

from tools.files import write_whole
from tools.grading import deadlines, give_back, handins, submissions

MOST = 20  # files that are named
SAID = {  # by status: what is wrong, and what to do
    "empty": (
        "The file is empty, or it's a notebook without cells.",
        "Open your notebook, see that your answers are in it, save it, and hand it in again.",
    ),
    "not a notebook": (
        "It isn't a notebook, or it's damaged.",
        "Hand in {chapter}.ipynb itself: no PDF, no zip, no link, and no web page under its name. "
        "In Colab, you get it with File, Download, Download .ipynb.",
    ),
    "too large": (
        "It's larger than {megabytes} MB, it has more than {cells:,} cells, or reading it takes "
        "too long.",
        "Clear all outputs, take out large pictures and cells that you don't need, save the "
        "notebook, and hand it in again.",
    ),
    "another notebook": (
        "It's a notebook, but it has none of the cells for the answers to {chapter}.",
        "Write your answers into the {chapter}.ipynb that you were given, and hand in that file.",
    ),
    "wrong name": (
        "No file is called {chapter}.ipynb, and there isn't exactly one notebook that could be "
        "meant.",
        "Hand in one notebook, under the name {chapter}.ipynb.",
    ),
}
OVER = "The chapter was due at {}. If that is over, ask whether it still counts."
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'" />
<meta name="viewport" content="width=device-width" />
<title>{chapter}</title>
<style>
  body {{ font-family: sans-serif; line-height: 1.5; max-width: 40em; margin: 2em auto; }}
  body {{ padding: 0 1em; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>{chapter}: not graded</h1>
<p>What you handed in couldn't be graded. It has no points so far.</p>
<h2>What you handed in</h2>
<ul>
{files}
</ul>
<h2>What is wrong</h2>
<p>{wrong}</p>
<h2>What to do</h2>
<p>{remedy} {due}</p>
</body>
</html>
"""


def page(chapter, status, files, due=None):
    """The HTML of a page.

    files: [(name, bytes or None)]; due: a time, or None
    """
    known = {"megabytes": submissions.LARGEST >> 20, "cells": submissions.MOST, "chapter": chapter}
    wrong, remedy = (html.escape(text.format(**known)) for text in SAID[status])
    when = OVER.format(deadlines.in_words(due)) if due else ""
    items = [f"<li>{in_words(*file)}</li>" for file in files[:MOST]]
    if len(files) > MOST:
        items.append(f"<li>and {len(files) - MOST} more</li>")
    listed = "\n".join(items or ["<li>nothing that can be read</li>"])
    words = {"files": listed, "wrong": wrong, "remedy": remedy}
    words["due"] = html.escape(when)
    return PAGE.format(chapter=html.escape(chapter), **words)


def in_words(name, size):
    """A file's name and size, as HTML."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name)[:200]
    return html.escape(shown) + (f", {size:,} bytes" if size is not None else ", not a file")


def files_in(out, chapter, student):
    """[(name, bytes or None)] of what a student has handed in, by the name that it came with."""
    folder = out / "submitted" / student / chapter
    came = handins.parse(str(give_back.names(out, chapter).get(student, "")))
    try:
        paths = [] if folder.is_symlink() else sorted(folder.iterdir())
    except OSError:
        return []
    found = []
    for path in paths:
        if path.name not in ("timestamp.txt", "earlier") and not path.name.startswith("."):
            collected = came is not None and path.name == f"{chapter}.ipynb"
            name = came.file if collected else path.name
            size = path.lstat().st_size if submissions.regular(path) else None
            found.append((name, size))
    return found


def write(out, chapter, student, status, due=None):
    """Write a student's page, or take away an earlier one where there is nothing to be said."""
    path = out / "feedback" / student / chapter / f"{chapter}.html"
    if status in SAID:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = page(chapter, status, files_in(out, chapter, student), due)
        write_whole(path, text.encode("utf-8", "replace"))
    elif status == "missing":
        path.unlink(missing_ok=True)
