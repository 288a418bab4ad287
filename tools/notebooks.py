"""Make the notebooks from their sources: `python -m tools.notebooks [LESSON …] [--check]`.

notebooks/src/LESSON.py (percent format) → notebooks/LESSON.ipynb, executed. A cell tagged `piece`
is left empty in the source, and names the functions or classes of microgpt_ref whose text it
shows: `# %% tags=["piece"] piece="bigram.count_pairs bigram.bigram_probs"`.

With --check nothing is executed or written: the notebooks must be what their sources make, but
for the outputs, which nbval compares.
"""

import argparse
import ast
import hashlib
import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "notebooks" / "src"
PACKAGE = ROOT / "microgpt_ref"
LEFT_OUT = {"solution", "hidden-test"}  # tags of cells that learners don't get
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class SourceError(Exception):
    """A lesson's source can't be made into a notebook; the message names lesson and piece."""


def lessons():
    """The names of all lessons that have a source, in order."""
    return sorted(path.stem for path in SOURCES.glob("*.py"))


def piece_text(name, lesson):
    """The text of a piece of the package, such as "bigram.count_pairs".

    Raises SourceError if the package has no such function or class.
    """
    module, _, definition = name.partition(".")
    path = PACKAGE / f"{module}.py"
    if path.exists():
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if getattr(node, "name", None) == definition:
                first = min([node.lineno] + [d.lineno for d in node.decorator_list])
                return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    raise SourceError(f"{lesson}: there is no piece {name!r} in microgpt_ref")


def fill_piece(cell, lesson):
    """Nothing; puts the text of the pieces that a cell names into it."""
    names = cell.metadata.pop("piece", "").split()
    if not names or cell.source.strip():
        raise SourceError(f"{lesson}: a piece cell names its pieces and is empty: {cell.source!r}")
    cell.source = "\n\n\n".join(piece_text(name, lesson) for name in names)


def build(lesson):
    """The lesson's notebook, without outputs; every id comes from the cell's own text."""
    path = SOURCES / f"{lesson}.py"
    if not path.exists():
        raise SourceError(f"{lesson}: no such lesson; there are {', '.join(lessons())}")
    source = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    seen = {}
    for cell in source.cells:
        tags = cell.metadata.get("tags", [])
        if LEFT_OUT & set(tags):
            continue
        if "piece" in tags:
            fill_piece(cell, lesson)
        if "reveal" in tags:  # folded in JupyterLab, and on the page
            cell.metadata["tags"] = [*tags, "hide-output"]
            cell.metadata["jupyter"] = {"outputs_hidden": True}
        text = f"{cell.cell_type}\n{cell.source}"
        seen[text] = seen.get(text, 0) + 1
        digest = hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()[:8]
        cell.id = f"{lesson}-{digest}"
        notebook.cells.append(cell)
    nbformat.validate(notebook)
    return notebook


def without_outputs(notebook):
    """A copy of a notebook as it was before it ran."""
    notebook = nbformat.from_dict(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def execute(notebook):
    """The notebook, with the outputs of a run in the folder of the notebooks."""
    # The kernel imports the package of this tree, whatever else is installed.
    os.environ["PYTHONPATH"] = str(ROOT)
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=600, record_timing=False, resources=folder).execute()
    notebook.metadata = nbformat.from_dict(KERNEL)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined_streams(cell.outputs)
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


def target(lesson):
    """Where a lesson's notebook lies."""
    return ROOT / "notebooks" / f"{lesson}.ipynb"


def check(lesson):
    """What is wrong with the committed notebook of a lesson, a line each; empty if nothing is."""
    path = target(lesson)
    if not path.exists():
        return [f"{lesson}: {path.name} is missing; run `make notebooks LESSON={lesson}`"]
    committed = nbformat.read(path, as_version=4)
    if nbformat.writes(without_outputs(committed)) != nbformat.writes(build(lesson)):
        return [f"{lesson}: {path.name} is not what its source makes; run `make notebooks`"]
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    if counts != list(range(1, len(counts) + 1)):
        return [f"{lesson}: {path.name} was not run from top to bottom; run `make notebooks`"]
    return []


def main(arguments=None):
    """The exit status: 1 if a notebook is out of step or a source is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="all of them by default")
    parser.add_argument("--check", action="store_true", help="only compare, execute nothing")
    options = parser.parse_args(arguments)
    try:
        names = options.lessons or lessons()
        if options.check:
            strays = {path.stem for path in target("").parent.glob("*.ipynb")} - set(lessons())
            faults = [f"{name}: notebook without a source" for name in sorted(strays)]
            faults += [fault for name in names for fault in check(name)]
            print("\n".join(faults) or f"{len(names)} notebooks in step with their sources")
            return 1 if faults else 0
        for name in names:
            nbformat.write(execute(build(name)), target(name))
            print(f"made notebooks/{name}.ipynb")
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
