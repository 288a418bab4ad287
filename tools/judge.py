"""Judge the answers of one notebook: `python -m tools.judge`, with a job in JSON on stdin.

The checks run here, the answers in processes of their own, which are shut in (`tools.isolation`)
and know neither the checks nor the numbers drawn for them. Only numbers, texts, lists and Values
come back from there (`tools.wire`), so an answer can change nothing here.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from microgpt_ref.lab.checks import comparing, find
from microgpt_ref.value import Value
from tools import isolation, wire
from tools.setup import ROOT

PATIENCE = 6  # how many times longer than the processor's time an answer may wait
SECONDS = 60  # of processor time for the judge itself, for each answer and to begin with
USED_UP = (-24, -9)  # how a process ends that has used up its processor time: SIGXCPU, SIGKILL
STAND_IN = '''"""No checks: this process runs an answer, and another one judges it."""


def check(*arguments):
    """Nothing."""


summary = examine = check
'''
ENDED = {
    "late": ("timed out", "It didn't end in time. Is there a loop without end?"),
    "gone": ("crashed", "It ended Python."),
    "a message too long": ("too much output", "It hands over far more than is asked for."),
    "printed": ("too much output", "It prints without end: a print within a loop?"),
    "memory": ("out of memory", "It takes more memory than there is: does a list grow?"),
}


class Judge(wire.Peer):
    """The judge's side of the pipe: it hands out lists and functions, and takes what comes back."""

    def wrong(self, text, cause):
        return comparing.Wrong(text, cause)

    def error(self, content):
        if isinstance(content, list) and content[:1] == ["MemoryError"]:
            self.broken = "memory"
        return super().error(content)

    def ask(self, op, **what):
        try:
            return super().ask(op, **what)
        except wire.Broken as broken:
            self.broken = str(broken)
            raise

    broken = process = None


def copy_package(folder):
    """Nothing; puts the package there without its checks, and with a stand-in for them."""
    source, target = ROOT / "microgpt_ref", Path(folder) / "microgpt_ref"
    ignore = shutil.ignore_patterns("__pycache__", "checks", "runs")
    shutil.copytree(source, target, ignore=ignore)
    checks = target / "lab" / "checks"
    checks.mkdir()
    (checks / "__init__.py").write_text(STAND_IN, encoding="utf-8")
    for name in ("comparing.py", "guarding.py", "noticing.py"):
        shutil.copy(source / "lab" / "checks" / name, checks)


@contextlib.contextmanager
def answerer(package, gives_away=None, seconds=60, probe=False):
    """A process for an answer, as (Judge, what it has printed: a path); it ends with the block."""
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "printed"
        command = [sys.executable, "-s", "-P", "-B", str(ROOT / "tools" / "answering.py")]
        variables = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        if os.name == "nt":
            variables = {**os.environ, **variables, "PATH": os.environ["PATH"]}
        with open(printed, "ab") as file:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                encoding="utf-8",
                errors="replace",
            )
        job = {"package": str(package), "gives_away": gives_away, "seconds": seconds}
        # a deadline holds while the judge waits for it; this, while it hands over something
        end = threading.Timer(2 * PATIENCE * seconds, process.kill)
        end.start()
        try:
            peer = Judge(process.stdout, process.stdin, "j", Value)
            peer.process = process
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(job | {"probe": probe}) + "\n")
                process.stdin.flush()
            peer.deadline = time.monotonic() + PATIENCE * seconds
            yield peer, printed
        finally:
            end.cancel()
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()


def judge(name, expression, cells, setting, package, seed, others=()):
    """(status, message) of an answer to the exercise of this name.

    expression: what the answer is called
    cells: the text of the cells that make it
    setting: the text of the cells that come before
    others: the answers before it, which are run as well if the answer lacks a name
    """
    found = judge_once(name, expression, cells, setting, package, seed)
    if others and found[0] == "not right" and "NameError" in found[1]:
        again = judge_once(name, expression, [*others, *cells], setting, package, seed)
        return again if again[0] == "right" else found
    return found


def judge_once(name, expression, cells, setting, package, seed):
    """(status, message) of an answer, in a process of its own."""
    one = find(name)
    with answerer(package, one.gives_away, one.seconds + 1) as (peer, printed):
        try:
            peer.ask("run", cells=[*setting])
        except Exception as error:
            return "grader failed", f"The cells before the answer: {error!r}"[:300]
        result = examine(one, peer, expression, cells, f"{name} {seed}")
        if result == ENDED["gone"] and peer.process.wait() in USED_UP:
            result = ENDED["late"]
        too_much = printed.stat().st_size >= isolation.PRINTED
        if too_much and result[0] != "right":
            return ENDED["printed"]
        return result


def examine(one, peer, expression, cells, seed):
    """(status, message): what a check says of an answer in another process."""
    try:
        peer.ask("run", cells=cells)
        peer.deadline = time.monotonic() + PATIENCE * one.seconds
        untouched, answer = peer.ask("answer", expression=expression)
        if untouched:
            return "not tried", ""
        one.run(answer, random.Random(seed))
    except comparing.Wrong as wrong:
        result = "not right", "\n".join(filter(None, [wrong.message, wrong.cause]))
    except BaseException as error:
        result = "not right", f"It raised {type(error).__name__}: {wire.first_line(error)}"
    else:
        result = "right", ""
    if peer.broken:
        return ENDED.get(peer.broken, ("not right", f"It tampers with its judge: {peer.broken}."))
    return result


def probe(package):
    """{what: whether it is closed to an answer's process}, found by trying in one."""
    with (
        tempfile.NamedTemporaryFile("w", suffix=".txt") as outside,
        answerer(package, probe=True) as (peer, _),
    ):
        outside.write("not for an answer")
        outside.flush()
        return peer.ask("look", outside=outside.name)


def shown(message):
    """A message that any file can hold and any terminal show."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in message)


def main():
    """Nothing; prints {exercise: [status, message]} for the job on stdin."""
    job = json.load(sys.stdin)
    isolation.limit(SECONDS * (1 + len(job["answers"])))  # what it is handed may be a vast thing
    results = {}
    given = [job["setting"], job["package"], job["seed"]]
    for name, (expression, cells, others) in job["answers"].items():
        status, message = judge(name, expression, cells, *given, others)
        results[name] = status, shown(message)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
