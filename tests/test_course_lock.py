"""One command at a time in a course, and no lock that outlives its command."""

import os
import signal
import subprocess
import sys

import pytest

from tools.grading import assignment, collect, grade
from tools.grading.course_lock import Busy, alone_in
from tools.setup import ROOT

HOLDER = """\
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
from pathlib import Path
from tools.grading.course_lock import alone_in

with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the course's folder."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=ROOT, text=True, **pipes)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_second_command_is_refused(holder, tmp_path):
    with pytest.raises(Busy, match="another make command is at work"), alone_in(tmp_path):
        pass


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_command_that_was_killed_holds_nothing(holder, tmp_path, end):
    holder.send_signal(end)
    holder.wait(timeout=60)
    with alone_in(tmp_path):
        pass


def test_a_file_that_was_left_behind_and_an_error_hold_nothing(tmp_path):
    (tmp_path / ".lock").write_text("1234")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), alone_in(tmp_path):
            raise ZeroDivisionError


def test_each_command_says_so_in_a_line(holder, tmp_path, capsys, monkeypatch):
    for folder in ("release/train0", "submitted", "source"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "seed.txt").write_text("5eed")
    monkeypatch.setattr(grade, "chapters_of", lambda out, wanted: [])
    out = ["--out", str(tmp_path)]
    for main, arguments in (
        (grade.main, out),
        (assignment.main, ["train0", *out]),
        (collect.main, ["a.zip", "--chapter", "train0", *out]),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert "another make command is at work" in said.err
        assert len(said.err.splitlines()) == 1 and not said.out
