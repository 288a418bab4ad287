"""Test the whole course: `python -m tools.test`, with --slow what takes too long for every day.

Every step runs, also after one has failed; the failed ones are named at the end, and make the
exit status 1. With --torch, the comparison with PyTorch alone; with --lint, what takes seconds and
is checked before each commit.

Where COURSE_COVERAGE is set, as in .ci/run, the daily tests measure coverage as they run, and
--slow needn't run them once more for it, as long as no file has changed.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import browser
from tools.making.weave import WOVEN
from tools.setup import ROOT, program

NO_TESTS = 5  # pytest's exit status where there is nothing to run
QUICK = ["-m", "not slow and not torch"]
TORCH_MARK = "mark.torch"
NOTEBOOKS = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=900"]
SOLVED = "notebooks/solutions"
LEARNERS = ["notebooks", f"--ignore={SOLVED}"]
# A file at a time; tests/conftest.py says in which order.
WORKERS = ["-n", str(os.cpu_count() or 1), "--dist", "loadfile", "--no-loadscope-reorder"]
# Tests of what doesn't depend on the Python that learners have: pages, JavaScript, marking by hand.
PAGES = ("look", "site", "generated_pages", "pages_check", "publish", "times", "execution")
PAGES += ("live_pages", "live_lessons", "live_policy", "live_quick", "live_work", "offline")
PAGES += ("other_browsers", "licences", "training_panel")
PAGES += ("poster", "changes", "visitors", "lab", "site_address")
PAGES += ("bundle", "printing", "whole_course", "epub", "downloads")
PAGES += ("formulas", "loading", "search", "slides")
JAVASCRIPT = ("javascript", "node", "page_worker", "explorables", "step_backward")
HANDING_IN = ("submissions", "written", "pictures", "roster", "tables", "collect", "deadlines")
HANDING_IN += ("course_files", "course_lock", "formgrader", "mutants")
HANDING_IN += ("reading", "scratch", "orphans", "folders", "repositories")
CLASS = ("class_statistics", "similar_answers", "regrading", "rules", "totals", "import_files")
CLASS += ("give_back", "summary", "refused", "comments", "partial_marks")
RELEASES = ("release", "dist", "lock")
# Tests of what Colab's look-alike runs on a second Python: the checks, in the solved notebooks, the
# figures, long training, all engines. The workflows run them on each Python.
IN_LESSONS = ("exercises", "mistakes", "canvas", "fast", "runs", "bench", "learners")
IN_LESSONS += ("drawing", "twister", "documents", "lab_trained")
# Tests that reach none of microgpt_ref that others don't, as they run it in other processes.
GRADING = ("judge", "syscalls", "isolation", "grade", "assignment", "records")
GRADING += ("class_settings", "own_exercises", "self_contained", "teaching_exercises", "exchange")
COVERAGE = ["--cov=microgpt_ref", "--cov-branch", "--cov-report="]
ENOUGH = "--fail-under=97"  # percent
COVERED = ROOT / "build" / "covered"  # says of which files .coverage holds the daily tests'
UNMEASURED = (*PAGES, *HANDING_IN, *GRADING, *CLASS, *RELEASES)
OF_ONE_PYTHON = (*UNMEASURED, *JAVASCRIPT, *IN_LESSONS)


def run(*command, passing=(0,)):
    """Run a command in the course's folder; return whether it ends with a passing status."""
    return subprocess.run([str(part) for part in command], cwd=ROOT).returncode in passing


def module(*arguments, python=sys.executable, passing=(0,)):
    """Run `python -m` with these arguments; return whether it passes."""
    return run(python, "-m", *arguments, passing=passing)


def lint_workflows():
    """Lint the workflows, for mistakes and for holes; return whether there are none."""
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    zizmor = [program("zizmor"), "--offline", "--quiet", "--no-progress"]
    return all([run(program("actionlint"), *workflows), run(*zizmor, *workflows)])


def formatted():
    """True if all code is formatted, and the pieces that lessons show in at most 72 columns."""
    pieces = [f"microgpt_ref/{name}.py" for name in WOVEN]
    narrow = ["--line-length", "72", *pieces]  # the other call leaves these out: see pyproject.toml
    calls = [["."], narrow]
    return all([module("ruff", "format", "--check", *call) for call in calls])


def without(names):
    """Options that leave out the tests in files of these names."""
    return [f"--ignore=tests/test_{name}.py" for name in names]


def test_everything():
    """Run the quick tests and the learners' notebooks; return whether they pass."""
    COVERED.unlink(missing_ok=True)
    if not os.environ.get("COURSE_COVERAGE"):
        return module("pytest", "tests", *LEARNERS, *QUICK, *NOTEBOOKS, *WORKERS)
    apart = [f"tests/test_{name}.py" for name in UNMEASURED]
    passed = module("pytest", *apart, *LEARNERS, *QUICK, *NOTEBOOKS, *WORKERS)
    if not measure_coverage():
        return False
    COVERED.parent.mkdir(exist_ok=True)
    COVERED.write_text(tree())
    return passed


def measure_coverage():
    """Run the quick tests that reach microgpt_ref's code, measured; return whether they pass."""
    return module("pytest", "tests", *QUICK, *WORKERS, *COVERAGE, *without(UNMEASURED))


def tree():
    """One hash of all files of the course that are no product of others, or "" without git."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    digest = hashlib.sha256(sys.version.encode())
    for name in sorted(set(listed.decode().split("\0")) - {""}):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}".encode())
    return digest.hexdigest()


def measured_already():
    """True if the daily tests have measured coverage, and all files are as they were then."""
    return COVERED.is_file() and COVERED.read_text() == tree() != ""


def test_coverage():
    """True if the quick tests reach enough of microgpt_ref's code; they run unless they have."""
    return (measured_already() or measure_coverage()) and module("coverage", "report", ENOUGH)


def test_slow():
    """Run the tests marked slow; return whether they pass."""
    return module("pytest", "tests", "-m", "slow", *WORKERS, passing=(0, NO_TESTS))


def environment(name, requirements="requirements.txt", python=sys.executable):
    """Make or mend an environment with `python`; return its interpreter, or None if that fails."""
    if not module("tools.setup", name, requirements, python=python):
        return None
    return ROOT / name / Path(sys.executable).relative_to(sys.prefix)


def test_torch():
    """Compare with PyTorch in an environment of its own; return whether the tests pass."""
    tests = [
        p for p in sorted((ROOT / "tests").glob("test_*.py")) if TORCH_MARK in p.read_text("utf-8")
    ]
    python = tests and environment(".venv-torch", "requirements-torch.txt")
    return bool(python) and module("pytest", "-m", "torch", *tests, python=python)


def test_grading_environment():
    """Install nbgrader in an environment of its own; return whether that works."""
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
    """Test with a second Python; return whether all passes, or True where none is installed.

    The look-alike of Colab runs the notebooks, with Colab's own Python where there is one.
    """
    found = second_python()
    if not found:
        print("no second Python, 3.11 or later, is installed: nothing to run")
        return True
    (major, minor), path = found
    print(f"with Python {major}.{minor}, {path}", flush=True)
    python = environment(f".venv-{major}.{minor}", python=path)
    options = [*QUICK, *WORKERS, *without(OF_ONE_PYTHON)]
    return bool(python) and module("pytest", "tests", *options, python=python)


def test_pages():
    """Check every page in a browser; return whether all pass, or True without one outside CI."""
    if browser.missing() and not browser.in_ci():
        print(f"skipped: {browser.missing()}")
        return True
    return module("tools.checking.pages_check")


LINT = {
    "lint (ruff)": lambda: module("ruff", "check", "."),
    "format (ruff)": formatted,
    "spelling (codespell)": lambda: module("codespell_lib"),
    "workflows (actionlint, zizmor)": lint_workflows,
    "sources and notebooks in step": lambda: module("tools.making.notebooks", "--check"),
}
DAILY = {
    **LINT,
    "the book, warnings being errors": lambda: module("tools.making.book"),
    "tests and notebooks": test_everything,
}
TORCH = {"comparison with PyTorch": test_torch}
SLOW = {
    "a second Python": test_second_python,
    **TORCH,
    "the solved lessons as in Colab": lambda: module("tools.checking.colab"),
    "every page in a browser": test_pages,
    "nbgrader's environment": test_grading_environment,
    "slow tests": test_slow,
    "faults planted in the reference": lambda: module("tools.checking.mutants", "--check"),
    "coverage of microgpt_ref by the quick tests": test_coverage,
}


def main():
    """Run the steps asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.test", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--slow", action="store_true", help="what takes too long for every day")
    which.add_argument("--lint", action="store_true", help="what is checked before each commit")
    which.add_argument("--torch", action="store_true", help="the comparison with PyTorch alone")
    options = parser.parse_args()
    asked = {"slow": SLOW, "torch": TORCH, "lint": LINT}
    steps = next((asked[name] for name in asked if getattr(options, name)), DAILY)
    failed = [heading for heading, step in steps.items() if not timed(heading, step)]
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def timed(heading, step):
    """Run a step and return its result; print a heading before it, and a line once it has ended.

    The last step is pytest, whose own closing line has its seconds and stays the last one.
    """
    print(f"\n== {heading}", flush=True)
    start = time.perf_counter()
    passed = step()
    if step not in (test_everything, test_torch):
        print(f"{'ok' if passed else 'FAILED'}, {time.perf_counter() - start:.1f} s", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
