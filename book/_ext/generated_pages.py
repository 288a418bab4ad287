"""Make what nobody writes: the pages of tools.making.pages, and the program's file."""

import sys
from pathlib import Path

from course_folder import ROOT

from tools.making import book, pages
from tools.making.exercises import ExerciseError
from tools.making.sources import SourceError
from tools.making.weave import WeaveError


def forget_stamp(app, config):
    """Drop the mark of a strict build: only `make book` knows whether this one is strict."""
    book.STAMP.unlink(missing_ok=True)


def make_pages(app, config):
    """Write the pages before Sphinx looks for documents; end the build if a source is at fault.

    SystemExit, as Jupyter Book shows the traceback of any other error.
    """
    try:
        pages.main()
    except (WeaveError, ExerciseError, SourceError) as error:
        sys.exit(str(error))


def write_program(app, exception):
    """Write the files that the page of the program offers, beside it."""
    if exception or app.builder.name != "html" or Path(app.srcdir) != ROOT:
        return
    pages.write_program(Path(app.outdir) / "book")


def setup(app):
    app.add_config_value("course_recipe", book.recipe(), "env")  # a change rebuilds every page
    app.connect("config-inited", forget_stamp)
    app.connect("config-inited", make_pages)  # before the table of contents, which is read at 900
    app.connect("build-finished", write_program)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
