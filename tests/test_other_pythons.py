"""Other Pythons: those that are too old are told so in a line, and PyPy trains as CPython does."""

import runpy
import shutil
import subprocess
import sys

import pytest
from conftest import environment

OLD = ("pypy3.9", "pypy3.10", "python3.8", "python3.9", "python3.10", "pypy3")
SAYS = "microgpt_ref: it needs Python 3.11 or newer, and "


def run(python, *arguments):
    """What a command prints and returns in a Python."""
    command = [python, "-m", "microgpt_ref", *map(str, arguments)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True)


def version(python):
    """The version of a Python on the path, or None."""
    if not shutil.which(python):
        return None
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return tuple(map(int, done.stdout.split())) or None


@pytest.mark.parametrize("python", OLD)
def test_older_python_is_refused_in_one_line(python):
    found = version(python)
    if found is None or found >= (3, 11):
        pytest.skip(f"there is no {python} that is older than 3.11")
    done = run(python, "train")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(SAYS) and done.stderr.count("\n") == 1
    assert f" is {found[0]}.{found[1]}: use a newer one" in done.stderr


def test_older_version_is_refused_before_anything_is_imported(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    monkeypatch.delitem(sys.modules, "microgpt_ref.__main__")
    monkeypatch.setitem(sys.modules, "argparse", None)  # an import of it would fail
    with pytest.raises(SystemExit) as end:
        runpy.run_module("microgpt_ref", run_name="__main__")
    assert end.value.code == 2
    assert capsys.readouterr().err == f"{SAYS}{sys.executable} is 3.10: use a newer one\n"


@pytest.mark.parametrize("stage", ["train0", "train2", "train4"])
def test_pypy_trains_as_cpython_does(stage, tmp_path):
    python = next(
        (name for name in ("pypy3.11", "pypy3") if (version(name) or ()) >= (3, 11)), None
    )
    if not python:
        pytest.skip("there is no PyPy 3.11: put pypy3.11 on the path")
    logs = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    short = "train", stage, "--steps", 10, "--samples", 5
    ours, theirs = (
        run(name, *short, "--log", log) for name, log in zip((sys.executable, python), logs)
    )
    assert theirs.returncode == 0, theirs.stderr
    assert theirs.stdout == ours.stdout
    losses, others = (
        [float(row.split(",")[1]) for row in log.read_text().split()[1:]] for log in logs
    )
    assert others == pytest.approx(losses, abs=1e-9)
