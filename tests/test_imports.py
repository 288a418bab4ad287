"""The package's modules: their order, the standard library alone, and quiet imports."""

import ast
import os
import re
import subprocess
import sys

import pytest

import microgpt_ref
from tools.setup import ROOT

PACKAGE = ROOT / "microgpt_ref"
MODULES = re.findall(r"^(\w+) {2,}\S", microgpt_ref.__doc__, flags=re.MULTILINE)
ORDER = [*MODULES, "__main__"]

# imports what it is told to, and prints whatever is opened on the way but modules
WATCH = """\
import importlib
import importlib.machinery
import sys

MODULES = tuple(importlib.machinery.all_suffixes())
NOTED = ("socket", "urllib", "subprocess", "tempfile", "shutil", "os")

def watch(event, details):
    if event == "open" and not str(details[0]).endswith(MODULES):
        print(event, details)
    if event.partition(".")[0] in NOTED and event != "os.listdir":
        print(event, details)

sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def imports(path):
    """The full names of all modules, and names in them, that a file imports anywhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: import modules by their full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_modules(path):
    """The package's modules that a file imports; a folder of it counts as one."""
    for name in imports(path):
        first, _, rest = name.partition(".")
        if first == "microgpt_ref" and rest != "__version__":
            yield rest.partition(".")[0]


def test_docstring_names_every_module_once():
    files = sorted(path.stem for path in PACKAGE.glob("*.py"))
    assert sorted([*ORDER, "__init__"]) == files


@pytest.mark.parametrize("module", ORDER)
def test_module_imports_only_from_those_before_it(module):
    before = ORDER[: ORDER.index(module)]
    before += ["fast"] if module == "__main__" else []  # what --engine names
    assert set(own_modules(PACKAGE / f"{module}.py")) <= set(before)


@pytest.mark.parametrize("module", ["__init__", *ORDER])
def test_module_needs_the_standard_library_alone(module):
    needed = {name.partition(".")[0] for name in imports(PACKAGE / f"{module}.py")}
    assert needed <= sys.stdlib_module_names | {"microgpt_ref"}


def test_importing_the_package_imports_no_module_of_it():
    assert list(imports(PACKAGE / "__init__.py")) == []


def test_imports_print_and_open_nothing():
    names = ["microgpt_ref", *(f"microgpt_ref.{module}" for module in ORDER)]
    variables = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-B", "-c", WATCH, *names]
    done = subprocess.run(command, env=variables, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
