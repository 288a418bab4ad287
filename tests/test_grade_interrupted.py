"""A grader that is killed or interrupted leaves nothing half done, nothing running, no files.

Run by make test-slow, with nbgrader in its own environment.
"""

import csv
import itertools
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.classroom import hand_in
from tools.grading import assignment
from tools.setup import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

CHAPTER = "train0"
LOOP = "while True:\n    pass"
PATIENCE = 300  # seconds in which any moment comes
MOMENTS = {  # what a run is at, as seen by its processes and files, in the order of a run
    "at the start": lambda seen: seen.in_course("nbgrader.log"),
    "judging": lambda seen: "tools.grading.judge" in seen.commands,
    "entering": lambda seen: seen.in_course("rebuilt/s001"),
    "in an endless answer": lambda seen: "answering.py" in seen.commands and seen.judged("s001"),
    "showing": lambda seen: seen.in_course("feedback/s000"),
    "showing the second": lambda seen: seen.in_course(f"feedback/s001/{CHAPTER}/{CHAPTER}.html"),
}


class Seen:
    """What can be seen of a run: its course, and its processes {number: command line}."""

    def __init__(self, out, process):
        self.out = out
        self.processes = processes(process.pid)
        self.commands = " ".join(self.processes.values())

    def in_course(self, path):
        """Whether there is such a file or folder in the course."""
        return (self.out / path).exists()

    def judged(self, student):
        """Whether there is a verdict on a student."""
        return self.in_course(f"judged/{student}/{CHAPTER}.json")


def table():
    """[(number, its parent's, command line)] of all processes that haven't ended."""
    command = ["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split(None, 3) for line in done.stdout.splitlines()]
    return [
        (int(row[0]), int(row[1]), row[3]) for row in rows if len(row) == 4 and row[2][0] != "Z"
    ]


def processes(first):
    """{number: command line} of a process and all that it and they have started."""
    rows, found, n_found = table(), {}, -1
    while len(found) > n_found:  # numbers start over, so a child's may be the smaller one
        n_found = len(found)
        found |= {n: command for n, parent, command in rows if n == first or parent in found}
    return found


def still_there(found, seconds=30):
    """Those of some processes that go on after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        left = found.items() & {(number, command) for number, _, command in table()}
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


@pytest.fixture
def course(tmp_path):
    """A course of five, whose third has an answer without an end, and the points of all."""
    out = tmp_path / "course"
    assert assignment.main([CHAPTER, "--out", str(out)]) == 0
    points = hand_in(out, CHAPTER, 5)
    path = out / "submitted" / "s002" / CHAPTER / f"{CHAPTER}.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"]["nbgrader"]["grade_id"] == "train0-trigram":
            cell["source"] = LOOP
    path.write_text(json.dumps(notebook))
    points["s002"]["train0.trigram"] = 0
    return out, points


def started(out, temporary):
    """A grader at work, whose temporary files go to a folder; a terminal's worth of its own."""
    command = [sys.executable, "-m", "tools.grading.grade", "--out", str(out)]
    with open(out.with_name(f"{out.name}.log"), "ab") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def marks(out):
    """{student: {exercise: points or None}} of marks.csv."""
    found = {}
    with open(out / "marks.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            points = float(row["points"]) if row["points"] else None
            found.setdefault(row["student"], {})[row["exercise"]] = points
    return found


def awaited(out, process, moment):
    """What is seen of a run at a moment."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        seen = Seen(out, process)
        if MOMENTS[moment](seen):
            return seen
        assert process.poll() is None, f"it ended before the moment: {moment}"
        time.sleep(0.005)
    raise AssertionError(f"never seen: {moment}")


def stop(process, how):
    """Kill the grader alone, as a lack of memory does, or press Ctrl-C in its terminal."""
    if how == "killed":
        process.kill()
    else:
        os.killpg(process.pid, getattr(signal, how))
    return process.wait(timeout=30)


@pytest.mark.parametrize("ways", [["killed", "SIGINT"], ["SIGTERM", "killed"]])
def test_a_run_that_is_stopped_leaves_nothing_and_the_next_one_goes_on(course, tmp_path, ways):
    out, expected = course
    temporary, log = tmp_path / "temporary", tmp_path / "course.log"
    temporary.mkdir()
    for moment, how in zip(MOMENTS, itertools.cycle(ways)):
        process = started(out, temporary)
        seen = awaited(out, process, moment)
        status = stop(process, how)
        assert not still_there(seen.processes)
        assert not (out / "marks.csv").exists()
        if how != "killed":
            assert status == 130 and "it goes on where it stopped" in log.read_text()
            assert list(temporary.iterdir()) == []
    assert started(out, temporary).wait(timeout=300) == 0
    assert marks(out) == expected and list(temporary.iterdir()) == []
    assert "Traceback" not in log.read_text() and "grader failed" not in log.read_text()
    assert list(out.rglob("*.tmp")) == [] and not (out / ".scratch").exists()
    pages = list((out / "feedback").rglob("*.html"))
    assert len(pages) == 5 and all("</html>" in page.read_text() for page in pages)
