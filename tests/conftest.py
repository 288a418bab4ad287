"""What the tests share: small models, the command line, golden files, and the full runs.

A full run takes up to a minute or more, so each is made once, by the command line in a process
of its own, and kept in build/runs until the package, the Python or the arguments change. A
process that needs a run which another one is making waits for it.
"""

import hashlib
import importlib.util
import json
import os
import platform
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from live_reader import address, browser, chromium, reader, visited, visitor  # noqa: F401

from microgpt_ref.__main__ import main
from microgpt_ref.data import cache_folder
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer

pytest.register_assert_rewrite("exactness")

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "microgpt_ref"
RUNS = ROOT / "build" / "runs"

EXACTNESS = ("test_exactness", "test_exactness_train3", "test_exactness_train4")  # each a run

DOCS = ["anna", "bob", "cai", "abba", "i"]
SMALLEST = {"n_layer": 2, "n_embd": 4, "n_head": 2, "block_size": 6}
SMALL = {
    name: {size: number for size, number in SMALLEST.items() if size in stage.options}
    for name, stage in STAGES.items()
}

if importlib.util.find_spec("hypothesis"):  # the comparison with PyTorch does without
    from hypothesis import settings

    settings.register_profile("course", deadline=None, derandomize=True, max_examples=50)
    settings.load_profile("course")


GRADING = ("test_grade_end_to_end", "test_grade_interrupted", "test_grade_class")  # minutes each
APART = "test_live_lessons.py"  # each lesson is read in the browser for a minute or more


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give workers a file at a time, but of the lessons in the browser a test at a time."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid):
            return nodeid if APART in nodeid else super()._split_scope(nodeid)

    return ByFile(config, log)


def pytest_collection_modifyitems(items):
    """Put first what takes long, so that no worker begins with it when others end.

    The chapter on efficiency is skipped where the libraries of its engines are absent.
    """
    absent = [name for name in ("numpy", "numba") if not importlib.util.find_spec(name)]
    for item in items if absent else ():
        if item.path.name == "efficiency.ipynb":
            item.add_marker(pytest.mark.skip(reason=f"needs {' and '.join(absent)}"))
    paths = sorted({item.path for item in items}, reverse=True)
    runs = [path for path in paths if path.stem in GRADING]
    runs += [path for path in paths if path.stem in ("test_published", *EXACTNESS)]
    runs += [path for path in paths if path.name == APART]
    notebooks = [path for path in paths if path.suffix == ".ipynb"]
    order = {path: place for place, path in enumerate(runs + notebooks)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.fixture(scope="session")
def site():
    """The folder of the built site; it is built first if there is none that is sound."""
    from tools.making import book

    if not book.STAMP.exists():
        subprocess.run([sys.executable, "-m", "tools.making.book"], cwd=ROOT, check=True)
    return book.HOME.parent


@pytest.fixture
def seen_by_coverage(request, monkeypatch):
    """Run checks in this process while coverage is measured: it sees no child process."""
    if request.config.getoption("cov_source", None):
        monkeypatch.setattr("microgpt_ref.lab.checks.child_process.can_fork", False)


class Result(NamedTuple):
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


class Run(NamedTuple):
    """What a full run left behind."""

    losses: list  # (steps,), nats per token
    names: list  # (samples,)
    model: Path
    progress: str


@pytest.fixture
def docs():
    """A few short documents."""
    return list(DOCS)


@pytest.fixture
def small_model():
    """A function: an untrained model of a stage, small enough for any test."""

    def make(stage, **settings):
        settings = Settings(stage, **SMALL[stage] | settings)
        return new_model(Tokenizer(DOCS), random.Random(1), settings)

    return make


@pytest.fixture(scope="session")
def golden():
    """A function: what an independent program found for a stage, from tests/golden."""

    def read(stage):
        path = ROOT / "tests" / "golden" / f"{stage}.json"
        return json.loads(path.read_text(encoding="utf-8"))

    return read


@pytest.fixture
def command(capsys):
    """A function: the result of a command, run in this process."""

    def call(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Result(status, *capsys.readouterr())

    return call


def program(*arguments):
    """A command as a process runs it."""
    return [sys.executable, "-m", "microgpt_ref", *map(str, arguments)]


def environment(**changes):
    """The variables of a process that finds the package wherever it runs, and writes UTF-8."""
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | changes


@pytest.fixture
def start():
    """A function: a command as a process of its own, started; it is ended with the test."""
    started = []

    def call(*arguments, variables=None, **options):
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE) | options
        env = environment(**variables or {})
        process = subprocess.Popen(program(*arguments), env=env, encoding="utf-8", **pipes)
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def process(start):
    """A function: the result of a command, run in a process of its own."""

    def call(*arguments, **options):
        child = start(*arguments, **options)
        out, err = child.communicate(timeout=120)
        return Result(child.returncode, out, err)

    return call


def snapshot(folder):
    """Every path in a folder, with what tells whether it was touched."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (s.st_mode, s.st_ino, s.st_size, s.st_mtime_ns) for path, s in found.items()}


def one_line(result):
    """What is wrong, as a command says that was refused: status 2, a line on stderr, no more."""
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("microgpt_ref: ")
    assert result.err.endswith("\n") and len(result.err.splitlines()) == 1
    return result.err.removeprefix("microgpt_ref: ").rstrip("\n")


@pytest.fixture
def refused(command, tmp_path):
    """A function: what is wrong with a command that must be refused and touch no file."""

    def check(*arguments):
        before = snapshot(tmp_path)
        message = one_line(command(*arguments))
        assert snapshot(tmp_path) == before
        return message

    return check


@pytest.fixture
def refused_process(process, tmp_path):
    """The same, for a command in a process of its own."""

    def check(*arguments, **options):
        before = snapshot(tmp_path)
        message = one_line(process(*arguments, **options))
        assert snapshot(tmp_path) == before
        return message

    return check


@pytest.fixture(scope="session")
def full_run():
    """A function: the full run of a stage, 1,000 steps and 20 samples from seed 42."""

    def find(stage, *more):
        skip_without_names(more)
        arguments = ["train", stage, *more]
        folder = RUNS / f"{stage}-{run_key(arguments)}"
        make_once(folder, arguments)
        return read_run(folder)

    return find


def skip_without_names(arguments):
    """Skip the test if it needs names that aren't there."""
    there = os.environ.get("MICROGPT_NAMES") or (cache_folder() / "names.txt").exists()
    if "makemore" in arguments and not there:
        pytest.skip("needs the names of the published run: set MICROGPT_NAMES to their file")


def run_key(arguments):
    """Hexadecimal digits that change with whatever a run depends on."""
    digest = hashlib.sha256()
    for text in (platform.python_implementation(), platform.python_version(), *arguments):
        digest.update(text.encode() + b"\0")
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("*.txt")]):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def make_once(folder, arguments):
    """Make a run unless its folder is there, which then holds all of it."""
    from filelock import FileLock  # the comparison with PyTorch does without

    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make_run(part, arguments)
            part.rename(folder)


def make_run(folder, arguments):
    """Train, and put all that comes of it into the folder."""
    files = ["--log", folder / "log.csv", "--save", folder / "model.json"]
    with open(folder / "samples.txt", "w") as out, open(folder / "progress.txt", "w") as err:
        streams = {"stdout": out, "stderr": err}
        done = subprocess.run(program(*arguments, *files), env=environment(), **streams)
    assert done.returncode == 0, (folder / "progress.txt").read_text(encoding="utf-8")


def read_run(folder):
    """The full run in a folder."""
    texts = [(folder / name).read_text("utf-8") for name in ("log.csv", "samples.txt")]
    header, *rows = texts[0].splitlines()
    assert header == "step,loss"
    assert [row.partition(",")[0] for row in rows] == [str(i + 1) for i in range(len(rows))]
    losses = [float(row.partition(",")[2]) for row in rows]
    names = [line.partition(": ")[2] for line in texts[1].splitlines()]
    progress = (folder / "progress.txt").read_text(encoding="utf-8")
    return Run(losses, names, folder / "model.json", progress)
