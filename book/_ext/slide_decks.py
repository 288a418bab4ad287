"""Make the slides of the lessons: slides/LESSON.html, from the outlines beside the sources.

Their formulas are set with those of the pages. reveal.js writes the speaker's window, with a script
in it that the page's policy has to allow: see policy.
"""

import sys
from pathlib import Path

import course_folder  # noqa: F401  for the import of tools
import explorables
import policy

from tools.making import live, outlines, pages, slides
from tools.making.sources import SourceError

FOLDER = "slides"


def read_outlines(app, env, docnames):
    """Read the outlines, and have their formulas set; end the build if one is at fault."""
    try:
        found = [outlines.read(lesson) for lesson in outlines.lessons()]
    except SourceError as error:
        sys.exit(str(error))
    if missing := [fault for outline in found for fault in outlines.faults(outline)]:
        sys.exit("\n".join(missing))
    app.course_outlines = found
    formulas = env.__dict__.setdefault("formulas", {})
    formulas[FOLDER] = set().union(*(slides.formulas(one) for one in found))


def write_decks(app, exception):
    """Write the page of each lesson's slides."""
    if exception or app.builder.name != "html":
        return
    words = slides.Words(app.env.formulas_set[0], explorables.figure)
    speaker = policy.source_hash(live.speaker_script()).strip("'")
    shown = [one for one in app.course_outlines if f"notebooks/{one.lesson}" in app.env.found_docs]
    for outline in shown:
        target = Path(app.outdir) / FOLDER / f"{outline.lesson}.html"
        target.parent.mkdir(exist_ok=True)
        pages.write_if_changed(target, slides.page(outline, words, speaker))


def setup(app):
    app.connect("env-before-read-docs", read_outlines)
    app.connect("build-finished", write_decks, priority=890)  # pages get their policies at 900
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
