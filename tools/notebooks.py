"""Make the notebooks from their sources: `python -m tools.notebooks [LESSON …] [--check]`.

notebooks/src/LESSON.py (percent format) → notebooks/LESSON.ipynb, for learners, and
notebooks/solutions/LESSON.ipynb, with the exercises solved; both executed. What the marks on cells
mean is said in `tools.weave` and, for exercises, in `tools.exercises`.

With --check nothing is executed or written: the notebooks must be what their sources make, but
for the outputs, which nbval compares.
"""

import argparse
import hashlib
import os
import sys

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient

from microgpt_ref import __version__
from tools import exercises, pages
from tools.weave import ROOT, Weave, WeaveError

SOURCES = ROOT / "notebooks" / "src"
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


def setup_text(address, revision):
    """The text of a notebook's first cell, for the course at this address and revision."""
    return SETUP.format(address=address, revision=revision, version=__version__)


def lessons():
    """The names of all lessons that have a source, in order."""
    return sorted(path.stem for path in SOURCES.glob("*.py"))


def source_text(lesson):
    """The text of a lesson's source. Raises WeaveError if there is none."""
    path = SOURCES / f"{lesson}.py"
    if not path.exists():
        raise WeaveError(f"{lesson}: no such lesson; there are {', '.join(lessons())}")
    return path.read_text(encoding="utf-8")


def fill_piece(cell, lesson, weave):
    """Nothing; puts the text of the pieces that a cell names into it."""
    names = cell.metadata.get("piece", "").split()
    if not names or cell.source.strip():
        raise WeaveError(f"{lesson}: a piece cell names its pieces and is empty: {cell.source!r}")
    cell.source = weave.cell_text(names)


def build(lesson, weave, solved=False):
    """The lesson's notebook, without outputs; every id comes from the cell's own text.

    solved: with solutions in the place of what learners begin with
    """
    source = jupytext.reads(source_text(lesson), fmt="py:percent")
    notebook = nbformat.v4.new_notebook(metadata=KERNEL)
    seen = {}
    for cell in exercises.cells_for(lesson, source.cells, solved):
        tags = cell.metadata.get("tags", [])
        if "piece" in tags:
            fill_piece(cell, lesson, weave)
        cell.metadata.pop("retires", None)
        cell.metadata.pop("rests", None)
        if "setup" in tags:
            cell.source = setup_text(configured_address(), "main")
            cell.metadata["tags"] = [*tags, "hide-input"]
            cell.metadata["jupyter"] = {"source_hidden": True}
        if "reveal" in tags:  # folded in JupyterLab, and on the page
            cell.metadata["tags"] = [*tags, "hide-output"]
            cell.metadata["jupyter"] = {"outputs_hidden": True}
        if "live" in tags:  # what a learner plays with: it runs everywhere, and is not compared
            cell.metadata["tags"] = [*tags, "nbval-ignore-output"]
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
            live = "live" in cell.metadata.get("tags", [])  # widgets are of no use without a kernel
            cell.outputs = [] if live else joined_streams(cell.outputs)
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


def target(lesson, solved=False):
    """Where a lesson's notebook lies."""
    folder = ROOT / "notebooks" / "solutions" if solved else ROOT / "notebooks"
    return folder / f"{lesson}.ipynb"


def versions(lesson):
    """The versions of a lesson's notebook: False for learners, True with the exercises solved."""
    return (False, True) if ' exercise="' in source_text(lesson) else (False,)


def all_targets():
    """Where all notebooks lie."""
    return [target(lesson, solved) for lesson in lessons() for solved in versions(lesson)]


def check(lesson, weave, solved=False):
    """What is wrong with a committed notebook of a lesson, a line each; empty if nothing is."""
    path = target(lesson, solved)
    name = path.relative_to(ROOT).as_posix()
    if not path.exists():
        return [f"{lesson}: {name} is missing; run `make notebooks LESSON={lesson}`"]
    committed = nbformat.read(path, as_version=4)
    if nbformat.writes(without_outputs(committed)) != nbformat.writes(build(lesson, weave, solved)):
        return [f"{lesson}: {name} is not what its source makes; run `make notebooks`"]
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    if counts != list(range(1, len(counts) + 1)):
        return [f"{lesson}: {name} was not run from top to bottom; run `make notebooks`"]
    return []


def strays():
    """Faults, a line each: notebooks that no source makes."""
    made = set(all_targets())
    found = {path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_" not in str(path)}
    return [f"{path.relative_to(ROOT)}: a notebook without a source" for path in found - made]


def main(arguments=None):
    """The exit status: 1 if a notebook is out of step or a source is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.notebooks")
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="all of them by default")
    parser.add_argument("--check", action="store_true", help="only compare, execute nothing")
    options = parser.parse_args(arguments)
    try:
        weave = Weave()
        names = options.lessons or lessons()
        if options.check:
            faults = sorted(strays())
            pairs = [(name, solved) for name in names for solved in versions(name)]
            for name, solved in pairs:
                faults += check(name, weave, solved)
            if not pages.in_step(weave):
                faults.append("the lessons' small map is not up to date; run `make notebooks`")
            print("\n".join(faults) or f"{len(pairs)} notebooks in step with their sources")
            return 1 if faults else 0
        pages.main(weave)
        made = [(target(n, s), build(n, weave, s)) for n in names for s in versions(n)]
        for path, notebook in made:
            path.parent.mkdir(exist_ok=True)
            nbformat.write(execute(notebook), path)
            print(f"made {path.relative_to(ROOT).as_posix()}")
    except WeaveError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
