"""Test the whole course: `python -m tools.test`, with --slow what takes too long for every day.

Every step runs, also after one has failed; the failed ones are named at the end, and make the
exit status 1. With --torch, the comparison with PyTorch alone.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import pages_check
from tools.setup import ROOT, program

NO_TESTS = 5  # pytest's exit status where there is nothing to run
QUICK = ["-m", "not slow and not torch"]
TORCH_MARK = "mark.torch"
NOTEBOOKS = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=900"]
SOLVED = "notebooks/solutions"
# A file at a time; tests/conftest.py says in which order.
WORKERS = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder"]
COVERAGE = ["--cov=microgpt_ref", "--cov-branch", "--cov-report=term", "--cov-fail-under=97"]


def run(*command, passing=(0,)):
    """True if a command, run in the course's folder, ends with one of the passing statuses."""
    return subprocess.run([str(part) for part in command], cwd=ROOT).returncode in passing


def module(*arguments, python=sys.executable, passing=(0,)):
    """True if `python -m` with these arguments passes."""
    return run(python, "-m", *arguments, passing=passing)


def lint_workflows():
    """True if actionlint finds nothing in the workflows."""
    return run(program("actionlint"), *sorted((ROOT / ".github" / "workflows").glob("*.yml")))


def test_everything(python=sys.executable):
    """True if the quick tests and the learners' notebooks pass with the interpreter `python`."""
    paths = ["tests", "notebooks", f"--ignore={SOLVED}"]
    return module("pytest", *paths, *QUICK, *NOTEBOOKS, *WORKERS, python=python)


def test_solved():
    """True if the solved notebooks pass, all checks in them included."""
    return module("pytest", SOLVED, *NOTEBOOKS, *WORKERS)


def test_coverage():
    """True if the quick tests reach the lines and branches of microgpt_ref that they should."""
    return module("pytest", "tests", *QUICK, *WORKERS, *COVERAGE)


def test_slow():
    """True if the tests marked slow pass."""
    return module("pytest", "tests", "-m", "slow", *WORKERS, passing=(0, NO_TESTS))


def environment(name, requirements="requirements.txt", python=sys.executable):
    """The interpreter of an environment, made with `python` if need be; None if that fails."""
    if not module("tools.setup", name, requirements, python=python):
        return None
    return ROOT / name / Path(sys.executable).relative_to(sys.prefix)


def test_torch():
    """True if the comparison with PyTorch passes, in an environment of its own."""
    tests = [
        p for p in sorted((ROOT / "tests").glob("test_*.py")) if TORCH_MARK in p.read_text("utf-8")
    ]
    python = tests and environment(".venv-torch", "requirements-torch.txt")
    return bool(python) and module("pytest", "-m", "torch", *tests, python=python)


def test_grading_environment():
    """True if nbgrader can be installed, in an environment of its own, for the slow tests."""
    return bool(environment(".venv-grading", "requirements-grading.txt"))


def version(python):
    """The version of an interpreter, such as (3, 12), or None if it can't make an environment."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return None
    return tuple(map(int, result.stdout.split())) if result.returncode == 0 else None


def pythons():
    """The paths of the Pythons that are installed, 3.11 or later, by version such as (3, 12)."""
    named = [shutil.which(f"python3.{minor}") for minor in range(11, 15)]
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    found = {version(python): str(python) for python in [*named, *pyenv] if python}
    return {number: path for number, path in found.items() if number and number >= (3, 11)}


def second_python():
    """(version, path) of the newest other Python that is installed, or None."""
    others = [pair for pair in pythons().items() if pair[0] != sys.version_info[:2]]
    return max(others, default=None)


def test_second_python():
    """True if everything passes with a second Python as well, or none is installed."""
    found = second_python()
    if not found:
        print("no second Python, 3.11 or later, is installed: nothing to run")
        return True
    (major, minor), path = found
    print(f"with Python {major}.{minor}, {path}", flush=True)
    python = environment(f".venv-{major}.{minor}", python=path)
    return bool(python) and test_everything(python)


def test_pages():
    """True if every page passes in a browser, or, elsewhere than in CI, there is no browser."""
    reason = pages_check.missing()
    if reason and not pages_check.in_ci():
        print(f"skipped: {reason}")
        return True
    return module("tools.pages_check")


DAILY = {
    "lint (ruff)": lambda: module("ruff", "check", "."),
    "format (ruff)": lambda: module("ruff", "format", "--check", "."),
    "workflows (actionlint)": lint_workflows,
    "sources and notebooks in step": lambda: module("tools.notebooks", "--check"),
    "the book, warnings being errors": lambda: module("tools.book"),
    "tests and notebooks": test_everything,
}
TORCH = {"comparison with PyTorch": test_torch}
SLOW = {
    "a second Python": test_second_python,
    **TORCH,
    "the lessons as in Colab": lambda: module("tools.colab"),
    "every page in a browser": test_pages,
    "the solved notebooks": test_solved,
    "nbgrader's environment": test_grading_environment,
    "slow tests": test_slow,
    "faults planted in the reference": lambda: module("tools.mutants", "--check"),
    "coverage of microgpt_ref by the quick tests": test_coverage,
}


def main():
    """Run the steps asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.test", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--slow", action="store_true", help="what takes too long for every day")
    which.add_argument("--torch", action="store_true", help="the comparison with PyTorch alone")
    options = parser.parse_args()
    steps = SLOW if options.slow else TORCH if options.torch else DAILY
    failed = [heading for heading, step in steps.items() if not timed(heading, step)]
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def timed(heading, step):
    """What a step returns; its heading is printed before it, and a line once it has ended.

    The last step is pytest, whose own closing line has its seconds and stays the last one.
    """
    print(f"\n== {heading}", flush=True)
    start = time.perf_counter()
    passed = step()
    if step not in (test_everything, test_coverage, test_torch):
        print(f"{'ok' if passed else 'FAILED'}, {time.perf_counter() - start:.1f} s", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
