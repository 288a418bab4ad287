"""Plant faults in the reference, and see tests catch them.

    python -m tools.checking.mutants [MODULE …]

A mutant is the package with one change in one module. What can be changed:

    arithmetic    + and -, * and /, & and |; // to *, % to //, ** to *, ^ to &; += and so on alike
    comparisons   < to <= and >=, and so on; == and !=, in and not in, is and is not
    logic         `and` and `or`; `not` left out; a bare condition gets a `not`
    signs         a minus left out
    constants     n to n + 1, x to 2x, 0.0 to 1.0, True and False
    bounds        those of a slice, or of range() and slice(), that are no constants: one more

Annotations and text stay. Of all changes that can be made, COUNT are drawn by a seed, at least one
in each module; editing a line changes the draw of that line's mutants alone. Each is made in a copy
of the project, in a temporary folder, and met by the tests that concern its module (TESTS). One
that runs into the time limit is caught as well.

The result is kept in tests/mutants.toml. A mutant that no test catches needs a reason there,
written by hand; where one has none, or fewer than 95% of those drawn are caught, the exit status
is 1. With --check nothing is written, and the table must be of this reference. Where modules are
named, all of their mutants are tried, and nothing is written.

mutmut 3 doesn't serve: it leaves out decorated functions, such as the guards and properties, and
the constants of modules and classes, and it draws no sample.
"""

import argparse
import ast
import contextlib
import copy
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tools.setup import ROOT

PACKAGE = ROOT / "microgpt_ref"
TABLE = ROOT / "tests" / "mutants.toml"
COPIED = ("microgpt_ref", "tests", "tools", "pyproject.toml")
SEED, COUNT, ENOUGH = 42, 150, 0.95
SECONDS = 90  # for the tests of one mutant, which mostly take 1 or 2
AT_ONCE = 2

# the tests of a module, by their files' names: its own first, then others that it concerns
TESTS = {
    "data": ("data", "command_line"),
    "tokenizer": ("tokenizer", "model"),
    "sampling": ("sampling", "model"),
    "bigram": ("bigram", "model"),
    "layers": ("layers", "value", "mlp", "transformer", "model"),
    "mlp": ("mlp", "model"),
    "value": ("value", "layers", "model"),
    "transformer": ("transformer", "model"),
    "gpt": ("gpt", "model"),
    "adam": ("adam", "model"),
    "training": ("training", "model"),
    "learners": ("learners", "model", "fast"),
    "stages": ("stages", "model", "command_line"),
    "settings": ("model", "checkpoint", "command_line"),
    "runner": ("runner", "model", "command_line", "fast"),
    "model": ("model", "checkpoint", "command_line"),
    "checkpoint": ("checkpoint", "command_line"),
    "__main__": ("command_line",),
}

SWAPS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}

# pytest in the folder where it runs, after a look at which package it will test
RUN = """\
import sys
from pathlib import Path
import microgpt_ref
if Path(microgpt_ref.__file__).resolve().parent != Path("microgpt_ref").resolve():
    sys.exit(f"not the copy is tested, but {microgpt_ref.__file__}")
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
except ImportError:
    pass
import pytest
from hypothesis import Phase, settings
phases = [Phase.explicit, Phase.generate]  # the first failure will do, it needn't be small
settings.register_profile("first", deadline=None, derandomize=True, max_examples=50, phases=phases)
status = pytest.main(sys.argv[1:])
print(f"pytest: {int(status)}")
"""


class Mutant(NamedTuple):
    """One change in one module, and the module's whole text with it."""

    module: str
    line: str
    change: str
    program: str

    @property
    def key(self):
        """What it is known by, wherever its line moves."""
        return self.module, self.line, self.change


def changed(node, **fields):
    """A copy of a node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def variants(node, parent, field):
    """What may stand in the place of a node that is a field of its parent."""
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        for swap in SWAPS.get(type(node.op), ()):
            yield changed(node, op=swap())
    elif isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for swap in SWAPS[type(op)]:
                yield changed(node, ops=[*node.ops[:i], swap(), *node.ops[i + 1 :]])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield ast.Constant(2 * node.value or 1.0)
    if isinstance(node, ast.Name | ast.Attribute | ast.Call) and field in ("test", "ifs"):
        yield ast.UnaryOp(ast.Not(), node)
    if is_bound(node, parent, field):
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))


def is_bound(node, parent, field):
    """Whether a node is a bound of a slice or of range(), but no constant."""
    if not isinstance(node, ast.expr) or isinstance(node, ast.Constant):
        return False
    if isinstance(parent, ast.Call) and field == "args":
        return isinstance(parent.func, ast.Name) and parent.func.id in ("range", "slice")
    return isinstance(parent, ast.Slice)


def places(parent, line=1):
    """(parent, field, index or None, node, line) of every node below `parent`, in their order.

    The line of what stands in an f-string is that of the f-string: Pythons differ within it.
    """
    for field, value in ast.iter_fields(parent):
        if field in ("annotation", "returns"):
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                inside = isinstance(parent, ast.JoinedStr | ast.FormattedValue)
                here = line if inside else getattr(node, "lineno", line)
                yield parent, field, index, node, here
                if inside or isinstance(node, ast.JoinedStr):
                    yield from ((*place[:4], here) for place in places(node, here))
                else:
                    yield from places(node, here)


def put(parent, field, index, node):
    """Put the node in its place in the tree."""
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def mutants(module, source):
    """Every mutant of a module's text; changes that read the same are numbered from the second."""
    tree, lines, found, seen = ast.parse(source), source.splitlines(), [], Counter()
    for parent, field, index, node, line in list(places(tree)):
        for new in variants(node, parent, field):
            key = lines[line - 1].strip(), f"{ast.unparse(node)} → {ast.unparse(new)}"
            seen[key] += 1
            number = f" ({seen[key]})" if seen[key] > 1 else ""
            put(parent, field, index, new)
            found.append(Mutant(module, key[0], key[1] + number, ast.unparse(tree) + "\n"))
            put(parent, field, index, node)
    return found


def all_mutants():
    """Every mutant of the reference's own modules."""
    paths = sorted(PACKAGE.glob("*.py"))
    return [m for path in paths for m in mutants(path.stem, path.read_text(encoding="utf-8"))]


def draw(possible, seed=SEED, count=COUNT):
    """The mutants drawn: one of each module, then of all the rest, `count` together."""

    def rank(mutant):
        return hashlib.sha256("\n".join((str(seed), *mutant.key)).encode()).digest()

    ranked = sorted(possible, key=rank)
    first = {m.module: m for m in reversed(ranked)}
    chosen = sorted(first.values(), key=rank)
    return (chosen + [m for m in ranked if m is not first[m.module]])[:count]


def copy_project(folder):
    """Copy what the tests need into a folder."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy(ROOT / name, folder / name)


def run_tests(folder, names, seconds):
    """Run tests of these names in a folder; return the end of pytest's output, None if they pass.

    Raises TimeoutExpired after so many seconds, and RuntimeError if the folder isn't tested.
    """
    files = [str(Path("tests", f"test_{name}.py")) for name in names]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--tb=line", "-m", "not slow and not torch"]
    options += ["-p", "hypothesispytest", "--hypothesis-profile=first"]
    # A faulty reference writes where it shouldn't: what it takes for home is the copy's folder.
    homes = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    variables = os.environ | homes | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    variables |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the plugins take longer than most tests
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8"}
    command = [sys.executable, "-c", RUN, *options, *files]
    group = {"start_new_session": True} if os.name == "posix" else {}
    process = subprocess.Popen(command, cwd=folder, env=variables, **pipes, **group)
    try:
        output, _ = process.communicate(timeout=seconds)
    finally:
        end(process)
    if "not the copy is tested" in output or output.endswith("pytest: 5\n"):
        raise RuntimeError(output)
    return None if output.endswith("pytest: 0\n") else output[-2000:]


def end(process):
    """End a process, if it still runs, with all that it started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def fate(mutant):
    """Test a mutant; return what becomes of it: "caught", "caught by time-out" or "survived"."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy_project(Path(folder))
        Path(folder, "microgpt_ref", f"{mutant.module}.py").write_text(mutant.program, "utf-8")
        try:
            failure = run_tests(Path(folder), TESTS[mutant.module], SECONDS)
        except subprocess.TimeoutExpired:
            return "caught by time-out"
    return "caught" if failure else "survived"


def check_unchanged(modules):
    """End the program unless the tests of these modules pass where nothing is changed."""
    names = dict.fromkeys(name for module in modules for name in TESTS[module])
    with tempfile.TemporaryDirectory() as folder:
        copy_project(Path(folder))
        failure = run_tests(Path(folder), names, 10 * SECONDS)
    if failure:
        sys.exit(f"the tests fail without any change; first mend that:\n{failure}")


def fates(drawn):
    """Test each mutant; return what becomes of each, and print those that no test catches."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = []
        for mutant, result in zip(drawn, pool.map(fate, drawn)):
            found.append(result)
            if result != "caught":
                print(f"{result}: {mutant.module}: {mutant.line}\n    {mutant.change}", flush=True)
    return found


def read_table():
    """What tests/mutants.toml holds, or {} if it isn't there."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8")) if TABLE.exists() else {}


def reasons(kept):
    """The reasons in a table, by mutants' keys."""
    return {(s["module"], s["line"], s["change"]): s["reason"] for s in kept.get("survivor", [])}


def counts(possible, drawn, caught):
    """How many mutants of each module, and of all, can be made, were drawn, and were caught."""
    by_module = [Counter(m.module for m in some) for some in (possible, drawn, caught)]
    rows = {name: [count[name] for count in by_module] for name in sorted(by_module[0])}
    return rows | {"all": [count.total() for count in by_module]}


def drawn_from(rows):
    """The rows of `counts` without what was caught."""
    return {name: row[:2] for name, row in rows.items()}


def table(rows, known):
    """The text of tests/mutants.toml; `known` are the reasons for survivors, by their keys."""
    text = [
        "# Written by `make mutants`; by hand only the reasons: why no test catches a mutant.",
        "# They stay for as long as the mutant can be made and isn't caught, drawn again or not.",
        f"seed = {SEED}",
        "",
        "[modules] # changes that can be made, drawn, caught",
        *[f"{name} = {row}" for name, row in rows.items()],
    ]
    for key in sorted(known):
        fields = zip(("module", "line", "change", "reason"), (*key, known[key]))
        text += ["", "[[survivor]]"]
        text += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields]
    return "\n".join(text) + "\n"


def main(arguments=None):
    """Try mutants; return the exit status, 1 if any survive without a reason, or more than 5%."""
    parser = argparse.ArgumentParser(prog="python -m tools.checking.mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="all mutants of this module")
    parser.add_argument("--check", action="store_true", help="write no table")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.modules if name not in TESTS]
    if unknown:
        parser.error(f"there is no module {unknown[0]!r}: use {', '.join(TESTS)}")
    possible = all_mutants()
    drawn = [m for m in possible if m.module in options.modules] or draw(possible)
    check_unchanged(dict.fromkeys(m.module for m in drawn))
    results = fates(drawn)
    caught = [m for m, result in zip(drawn, results) if result != "survived"]
    print(f"{len(caught)} of {len(drawn)} mutants caught, of {len(possible)} that can be made")
    kept, rows = read_table(), counts(possible, drawn, caught)
    known = reasons(kept)
    for m, result in zip(drawn, results):
        if result == "survived":
            known.setdefault(m.key, "")
    there = {m.key for m in possible} - {m.key for m in caught}
    known = {key: reason for key, reason in known.items() if key in there}
    if not options.check and not options.modules:
        TABLE.write_text(table(rows, known), encoding="utf-8")
    faults = {
        "some that survived have no reason in tests/mutants.toml": "" in known.values(),
        f"fewer than {ENOUGH:.0%} are caught": len(caught) < ENOUGH * len(drawn),
        "tests/mutants.toml is of another reference: run `make mutants`": options.check
        and not options.modules
        and drawn_from(kept.get("modules", {})) != drawn_from(rows),
    }
    for fault in filter(faults.get, faults):
        print(fault, file=sys.stderr)
    return int(any(faults.values()))


if __name__ == "__main__":
    sys.exit(main())
