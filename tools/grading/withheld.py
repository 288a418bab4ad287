"""The package's copy that an answer may use: no checks in it, and nothing its exercise withholds.

Some exercises ask for what a function of the course would do, such as `transformer.attention`.
Whatever watches for a call of it from inside an answer's process is in the answer's hands. So the
function isn't there: in the copy its body is gone, in source as in memory, and calling it ends in
a message. What a student pastes from the book is told by its shape, before any of it runs, and
loses its body as well.
"""

import ast
import shutil
from pathlib import Path

from microgpt_ref.lab.checks import no_answer
from tools.setup import ROOT

STAND_IN = '''"""No checks: this process runs an answer, and another one judges it."""


def check(*arguments):
    """Do nothing."""


summary = examine = check
'''
KEPT_OF_CHECKS = ("comparing.py", "no_answer.py", "snapshots.py")
# other places that hold the same functions, in another form
ELSEWHERE = ("fast", "__main__.py", "program.json", "bench.json", "train2.py")  # of lab: figures


def copy_package(folder):
    """Put the package into a folder without its checks, and with a stand-in for them."""
    source, target = ROOT / "microgpt_ref", Path(folder) / "microgpt_ref"
    ignore = shutil.ignore_patterns("__pycache__", "checks", "runs")
    shutil.copytree(source, target, ignore=ignore)
    checks = target / "lab" / "checks"
    checks.mkdir()
    (checks / "__init__.py").write_text(STAND_IN, encoding="utf-8")
    for name in KEPT_OF_CHECKS:
        shutil.copy(source / "lab" / "checks" / name, checks)


def copy_without(package, folder, names):
    """Copy a package's copy into a folder, without functions such as "layers.softmax"."""
    target = Path(folder) / "microgpt_ref"
    ignore = shutil.ignore_patterns("__pycache__", *ELSEWHERE)
    shutil.copytree(Path(package) / "microgpt_ref", target, ignore=ignore)
    for name in names:
        path = target / f"{name.partition('.')[0]}.py"
        path.write_text(without(path.read_text(encoding="utf-8"), name), encoding="utf-8")


def without(text, name):
    """A module's text in which one function, such as "value.Value.backward", has lost its body."""
    nodes = ast.parse(text).body
    for part in name.split(".")[1:]:
        (node,) = [n for n in nodes if getattr(n, "name", None) == part]
        nodes = node.body
    lines = text.splitlines()
    gone = [
        " " * node.body[0].col_offset + line
        for line in no_answer.GONE.format(name=name).splitlines()
    ]
    lines[node.body[0].lineno - 1 : node.end_lineno] = gone
    return "\n".join(line.rstrip() for line in lines) + "\n"
