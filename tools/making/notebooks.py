"""Make the notebooks from their sources: `python -m tools.making.notebooks [CHAPTER …] [--check]`.

notebooks/src/CHAPTER.py (percent format) → notebooks/CHAPTER.ipynb, for learners, and, where the
chapter has exercises, notebooks/solutions/CHAPTER.ipynb, with the exercises solved; both executed.
What the marks on cells mean is said in `making.weave` and, for exercises, in `making.exercises`.

With --check nothing is executed or written: the notebooks must be what their sources make, but
for the outputs, which nbval compares.

A notebook that somebody has typed into is not made anew, and then no other is: `making.typed` says
how that is known. --overwrite makes it all the same.
"""

import argparse
import hashlib
import os
import sys
from collections import Counter
from pathlib import Path
from unittest import mock

import nbformat
import yaml

from microgpt_ref import __version__
from microgpt_ref.lab.explorables.linking import VIEW
from tools.files import write_whole
from tools.making import execution, exercises, pages, predictions, sources, typed
from tools.making.sources import SourceError, tags_of
from tools.making.weave import Weave
from tools.setup import ROOT

SETUP = """\
try:
    import microgpt_ref
except ModuleNotFoundError:
    import subprocess
    import sys

    if "google.colab" in sys.modules:
        archive = "{address}/archive/{revision}.zip"
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", archive], check=True)
    else:  # in a clone of the course the package lies one folder up, or two
        sys.path[:0] = ["..", "../.."]
    try:
        import microgpt_ref
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "microgpt_ref is not here: open this notebook in a clone of the course, "
            "or install it with: pip install {address}/archive/{revision}.zip"
        ) from None

print("microgpt_ref", microgpt_ref.__version__)
if microgpt_ref.__version__ != "{version}":
    print("NB: this notebook was made for version {version}; bring one of them up to date")"""
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def configured_address():
    """The repository's address, from the one place where it stands."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"]


def setup_text(address, revision, version=__version__):
    """The text of a notebook's first cell, for the course at this address and revision."""
    return SETUP.format(address=address, revision=revision, version=version)


def cell_id(chapter, kind, source, place=1):
    """The id of a cell, from its own text; `place` counts the cells of a chapter that are equal."""
    digest = hashlib.sha256(f"{kind}\n{source}\n{place}".encode()).hexdigest()[:8]
    return f"{chapter}-{digest}"


def fill_piece(cell, chapter, weave):
    """Put the text of the pieces that a cell names into it."""
    names = cell.metadata.get("piece", "").split()
    if not names or cell.source.strip():
        raise SourceError(f"{chapter}: a piece cell names its pieces and is empty: {cell.source!r}")
    unknown = [name for name in names if weave.find(name) is None]
    if unknown:
        raise SourceError(f"{chapter}: there is no piece {unknown[0]} in microgpt_ref")
    cell.source = weave.cell_text(names)


def build(source, weave, solved=False):
    """The notebook of a Source, without outputs; every id comes from the cell's own text.

    solved: with solutions in the place of what learners begin with
    """
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    seen = Counter()
    for cell in exercises.cells_for(source, solved):
        finish_cell(cell, source.name, weave)
        text = cell.cell_type, cell.source
        seen[text] += 1
        cell.id = cell_id(source.name, *text, seen[text])
        notebook.cells.append(cell)
    nbformat.validate(notebook)
    return notebook


def finish_cell(cell, chapter, weave):
    """Give a cell its final text and metadata, by its tags."""
    tags = tags_of(cell)
    cell.metadata.pop("retires", None)
    cell.metadata.pop("unused", None)
    predictions.check(cell.metadata, chapter)
    if "piece" in tags:
        fill_piece(cell, chapter, weave)
    if "setup" in tags:
        cell.source = setup_text(configured_address(), "main")
        cell.metadata["tags"] = [*tags, "hide-input"]
        cell.metadata["jupyter"] = {"source_hidden": True}
    if "reveal" in tags:  # folded in JupyterLab, and on the page
        cell.metadata["tags"] = [*tags, "hide-output"]
        cell.metadata["jupyter"] = {"outputs_hidden": True}
    if "live" in tags:  # what a learner plays with: it runs everywhere, and is not compared
        cell.metadata["tags"] = [*tags, "nbval-ignore-output"]


def without_outputs(notebook):
    """A copy of a notebook as it was before it ran."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("shown", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def execute(notebook):
    """Run a notebook in the folder of the notebooks; return it with its outputs."""
    notebook = predictions.asking_cells(notebook)
    # The kernel imports the package of this tree, whatever else is installed.
    with mock.patch.dict(os.environ, PYTHONPATH=str(ROOT)):
        execution.execute(notebook, ROOT / "notebooks")
    predictions.take_answers(notebook)
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            live = "live" in cell.metadata.get("tags", [])  # widgets are of no use without a kernel
            cell.outputs = [] if live else joined_streams(cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(VIEW, None)  # an explorable's widget is the kernel's
    return notebook


def joined_streams(outputs):
    """The outputs, with printed text in one piece wherever a kernel happened to send several."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def target(chapter, solved=False):
    """Where a chapter's notebook lies."""
    folder = ROOT / "notebooks" / "solutions" if solved else ROOT / "notebooks"
    return folder / f"{chapter}.ipynb"


def versions(source):
    """The versions of a chapter's notebook: False for learners, True with the exercises solved."""
    return (False, True) if source.has_exercises else (False,)


def all_targets():
    """Where all notebooks lie."""
    chapters = sources.chapters()
    return [target(source.name, solved) for source in chapters for solved in versions(source)]


def check(source, weave, solved=False):
    """What is wrong with a committed notebook of a chapter, one line each; empty if nothing is."""
    path = target(source.name, solved)
    name = path.relative_to(ROOT).as_posix()
    if not path.exists():
        return [f"{source.name}: {name} is missing; run `make notebooks LESSON={source.name}`"]
    committed = nbformat.read(path, as_version=4)
    if without_outputs(committed) != build(source, weave, solved):
        return [f"{source.name}: {name} is not what its source makes; run `make notebooks`"]
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    if counts != list(range(1, len(counts) + 1)):
        return [f"{source.name}: {name} was not run from top to bottom; run `make notebooks`"]
    return []


def check_all(chosen, weave):
    """All that is out of step, one line each; empty if nothing is."""
    faults = sorted(strays())
    for source in chosen:
        for solved in versions(source):
            faults += check(source, weave, solved)
    if not pages.in_step(weave):
        faults.append("the lessons' small map is not up to date; run `make notebooks`")
    return faults


def strays():
    """The notebooks that no source makes, one line each."""
    made = set(all_targets())
    found = {path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_" not in str(path)}
    return [f"{path.relative_to(ROOT)}: a notebook without a source" for path in found - made]


def content(notebook):
    """The bytes of a notebook's file."""
    return f"{nbformat.writes(notebook).rstrip()}\n".encode()


def command(*arguments):
    """A command of this Python, as one would type it in the course's folder."""
    python = Path(sys.executable)
    python = python.relative_to(ROOT) if ROOT in python.parents else "python"
    return " ".join([str(python), "-m", *arguments])


def typed_into(source, weave, solved=False):
    """What somebody has typed into a notebook of a chapter, in words; empty if nothing.

    weave: a function that returns the Weave, as making one takes a moment
    """
    path = target(source.name, solved)
    try:
        cells = typed.typed_cells(path, lambda: content(build(source, weave(), solved)))
    except typed.NoNotebook:
        return "it can't be read as a notebook (is there a conflict of git in it?)"
    named = [f"cell {number} ({text.strip().splitlines()[0][:60]})" for number, text in cells]
    return f"somebody has typed into {', '.join(named)}" if named else ""


def protect(chosen, weave):
    """Raise SourceError if anybody has typed into a notebook of these Sources."""
    faults = []
    for source in chosen:
        for solved in versions(source):
            found = typed_into(source, lambda: weave, solved)
            if found:
                name = target(source.name, solved).relative_to(ROOT).as_posix()
                keep = command("tools.making.lab", "--keep", source.name)
                drop = command("tools.making.notebooks", "--overwrite", source.name)
                faults.append(
                    f"{name}: {found}, so nothing has been made. To keep that, move it to a folder "
                    f"of its own: {keep}. To lose it: {drop}"
                )
    if faults:
        raise SourceError("\n".join(faults))


def make(chosen, weave, overwrite=False):
    """Write the notebooks of these Sources, and the pages; nothing unless all can be built.

    overwrite: whether to write over cells that somebody has typed into them
    """
    if not overwrite:
        protect(chosen, weave)
    pages.main(weave)
    made = [
        (target(s.name, solved), build(s, weave, solved)) for s in chosen for solved in versions(s)
    ]
    for path, notebook in made:
        path.parent.mkdir(exist_ok=True)
        try:
            write_whole(path, content(execute(notebook)))
        except execution.Unfinished as error:
            raise SourceError(f"{path.relative_to(ROOT).as_posix()}: {error}") from None
        typed.note(path)
        print(f"made {path.relative_to(ROOT).as_posix()}")


def main(arguments=None):
    """Make or check; return the exit status, 1 if a notebook or a source is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.making.notebooks")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all of them by default")
    parser.add_argument("--check", action="store_true", help="only compare, execute nothing")
    parser.add_argument(
        "--overwrite", action="store_true", help="also notebooks that somebody has typed into"
    )
    options = parser.parse_args(arguments)
    try:
        weave = Weave()
        chosen = [sources.find(name) for name in options.chapters or sources.names()]
        if not options.check:
            make(chosen, weave, options.overwrite)
            return 0
        faults = check_all(chosen, weave)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    count = sum(len(versions(source)) for source in chosen)
    print("\n".join(faults) or f"{count} notebooks in step with their sources")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
