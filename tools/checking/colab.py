"""Run the chapters as in Google Colab: `python -m tools.checking.colab [--image FILE] [CHAPTER …]`.

In an environment with the versions of Colab's image, on its Python where that is installed, a first
cell installs the package from an archive of this tree. nbval then runs the solved notebooks, which
have all of the learners' cells, as Colab saves them, in a folder where nothing of the course lies
beside them, and compares every output.
After the cells with widgets, every control is moved through its settings.

Nothing is downloaded, once the environment stands. With --image its versions become those in FILE,
which lists an image's packages as `pip freeze` does.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from tools.files import write_whole
from tools.lock import PIN, pins
from tools.making import notebooks, sources
from tools.making.dist import copy_package
from tools.making.sources import SourceError
from tools.setup import ROOT
from tools.test import NOTEBOOKS, WORKERS, environment, pythons

IMAGE = (3, 13)  # the version of Colab's Python
REQUIREMENTS = "requirements-colab.txt"
IN_COLAB = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('google.colab')\n"
TYPED = ["", "a", "Anna", "zoë", "a" * 40]
MOVE_ALL = f"""\
def _move_all(box):
    for control in box.children[1:-1]:
        for value in [*getattr(control, "options", {TYPED}), control.value]:
            control.value = value
_move_all(Out[max(Out)])"""


def as_in_image(requirements, image):
    """The requirements, those before the first empty line at the versions of an image's packages.

    Raises ValueError if the image lacks one of them.
    """
    found = {name.lower(): version for name, version in pins(image)}
    ours, blank, rest = requirements.partition("\n\n")
    missing = [name for name, _ in pins(ours) if name not in found]
    if missing:
        raise ValueError(f"the image has no {', '.join(missing)}")
    return PIN.sub(lambda pin: f"{pin[1]}=={found[pin[1]]}", ours) + blank + rest


def take_image(path):
    """Take over the versions in an image's list of packages, and say which."""
    ours = ROOT / REQUIREMENTS
    text = as_in_image(ours.read_text(encoding="utf-8"), Path(path).read_text(encoding="utf-8"))
    write_whole(ours, text.encode())
    print(f"{REQUIREMENTS}:", *(f"{name}=={version}" for name, version in pins(text)))


def as_saved_by_colab(notebook):
    """The notebook in the older format that Colab writes, where an id is a cell's metadata.

    After each cell with widgets comes one that moves them, so that an error shows.
    """
    cells = []
    for cell in notebook.cells:
        cell.metadata.id = cell.pop("id")
        cells.append(cell)
        if "live" in cell.metadata.get("tags", []):
            cells.append(nbformat.v4.new_code_cell(MOVE_ALL, metadata=cell.metadata))
            del cells[-1]["id"]
    metadata = {**notebook.metadata, "colab": {"provenance": [], "toc_visible": True}}
    return nbformat.from_dict(
        {**notebook, "nbformat_minor": 0, "metadata": metadata, "cells": cells}
    )


def fullest(chapter):
    """Where a chapter's solved notebook lies, or its only one if it has no exercises."""
    solved = notebooks.target(chapter, solved=True)
    return solved if solved.exists() else notebooks.target(chapter)


def pack(folder):
    """Put an archive of what the package is made of where a first cell looks for it."""
    tree = folder / "tree" / "course-main"
    copy_package(tree)
    shutil.make_archive(str(folder / "archive" / "main"), "zip", tree.parent, tree.name)


def run_first_cell(python, folder, variables):
    """Run a first cell as if in Colab; return whether it installs the package and finds it."""
    cell = notebooks.setup_text(folder.as_uri(), "main")
    command = [python, "-c", IN_COLAB + cell]
    done = subprocess.run(command, cwd=folder / "notebooks", env=variables)
    installed = Path(variables["PIP_TARGET"], "microgpt_ref").is_dir()
    if done.returncode == 0 and not installed:
        print("the first cell found a package without installing it", file=sys.stderr)
    return done.returncode == 0 and installed


def run(chapters, python, folder):
    """Run the first cell and then the chapters in a folder; return whether all pass."""
    site = folder / "site"
    for path in (site, folder / "notebooks"):
        path.mkdir()
    pack(folder)
    for name in chapters:
        notebook = as_saved_by_colab(nbformat.read(fullest(name), as_version=4))
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    # 0 is how pip's variable says that the build takes place in the environment itself.
    pip = {"PIP_TARGET": str(site), "PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}
    variables = os.environ | {"PYTHONPATH": str(site)} | pip
    if not run_first_cell(python, folder, variables):
        return False
    command = [python, "-m", "pytest", "notebooks", "-p", "no:cacheprovider", *NOTEBOOKS, *WORKERS]
    return subprocess.run(command, cwd=folder, env=variables).returncode == 0


def main():
    """Run the chapters; return the exit status, 1 if one doesn't run in Colab as it did here."""
    parser = argparse.ArgumentParser(prog="python -m tools.checking.colab")
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all of them by default")
    parser.add_argument("--image", metavar="FILE", help="take the versions of an image's packages")
    options = parser.parse_args()
    try:
        chosen = [sources.find(name).name for name in options.chapters] or sources.names()
        if options.image:
            take_image(options.image)
    except (OSError, SourceError, ValueError) as error:
        parser.error(str(error))
    base = pythons().get(IMAGE, sys.executable)
    python = environment(".venv-colab", REQUIREMENTS, python=base)
    if not python:
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return 0 if run(chosen, python, Path(folder).resolve()) else 1


if __name__ == "__main__":
    sys.exit(main())
