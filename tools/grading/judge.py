"""Judge the answers of one notebook: `python -m tools.grading.judge`, with a job in JSON on stdin.

The checks run here, the answers in processes of their own, which are confined (`grading.isolation`)
and know neither the checks nor the numbers drawn for them, nor the course's functions that the
exercise withholds (`grading.withheld`). Only numbers, texts, lists and Values come back from there
(`grading.wire`), so an answer can change nothing here.
"""

import contextlib
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from microgpt_ref.lab.checks import comparing, find, no_answer, shortened
from microgpt_ref.value import Value
from tools.grading import isolation, orphans, wire
from tools.grading.withheld import copy_package, copy_without
from tools.setup import ROOT

__all__ = ["copy_package", "judge", "main", "probe"]

# what of this folder decides on an answer
MODULES = ("judge", "wire", "unfolding", "answering", "withheld")
MODULES += ("isolation", "private_view", "syscalls")
PATIENCE = 6  # how many times longer than the processor's time an answer may wait
WAITING = 60  # seconds for which all answers of a job may keep the judge waiting
AT_LEAST = 2  # seconds that each of them gets, whatever the others took
QUICK = 2  # seconds within which an answer has to fail to be run again with the others
SECONDS = 30  # of processor time for the judge itself, for each answer and to begin with
MESSAGE = 4_000  # characters that may be said of an answer
UNSAID = "The answer itself raises Wrong, as a check does, and says nothing of why."
OWN = {}  # the checks of a class's own exercises, by name
PARTLY = "partly right"  # right for the usual inputs, wrong in a special case
WORTH = {PARTLY: 1, "right": 2}  # by which the better of two verdicts is taken; others are worth 0
USED_UP = (-24, -9)  # how a process ends that has used up its processor time: SIGXCPU, SIGKILL
ENDED = {
    "late": ("timed out", "It didn't end in time. Is there a loop without end?"),
    "gone": ("crashed", "It ended Python."),
    "a message too long": ("too much output", "It hands over far more than is asked for."),
    "printed": ("too much output", "It prints without end: a print within a loop?"),
    "memory": ("out of memory", "It takes more memory than there is: does a list grow?"),
}


class Judge(wire.Peer):
    """The judge's side of the pipe: it hands out lists and functions, and takes what comes back."""

    def wrong(self, text, cause=""):
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


@contextlib.contextmanager
def answerer(package, gives_away=None, seconds=60, probe=False, waiting=WAITING):
    """A process for an answer, as (Judge, what it has printed: a path); it ends with the block.

    gives_away: functions of the course that it doesn't get
    seconds: of processor time that it may take
    waiting: seconds after which it is ended, whatever it does
    """
    with tempfile.TemporaryDirectory() as folder:
        if gives_away:
            copy_without(package, folder, gives_away)
            package = folder
        printed = Path(folder) / "printed"
        process = started(folder, printed)
        job = {"package": str(package), "seconds": seconds, "probe": probe}
        # the deadline holds while the judge waits for it; this, while it hands over something
        end = threading.Timer(waiting + 0.5, process.kill)
        end.start()
        try:
            peer = Judge(process.stdout, process.stdin, "j", Value)
            peer.process = process
            peer.deadline = time.monotonic() + waiting
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(job) + "\n")
                process.stdin.flush()
            yield peer, printed
        finally:
            end.cancel()
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                process.stdin.close()


def started(folder, printed):
    """A process that waits for an answer; what it prints goes to a file of this path."""
    command = [sys.executable, "-s", "-P", "-B", str(ROOT / "tools" / "grading" / "answering.py")]
    variables = {"PATH": "/usr/bin:/bin", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
    if os.name == "nt":
        variables = {**os.environ, **variables, "PATH": os.environ["PATH"]}
    with open(printed, "ab") as file:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )


def judge(name, expression, cells, setting, package, seed, others=(), waiting=WAITING):
    """(status, message) of an answer to the exercise of this name.

    expression: what the answer is called
    cells: the text of the cells that make it
    setting: the text of the cells that come before
    others: the answers before it, which are run as well if the answer lacks a name
    waiting: seconds for which it may keep the judge waiting, both times together
    """
    start = time.monotonic()
    found = judge_once(name, expression, cells, setting, package, seed, waiting)
    took = time.monotonic() - start
    if others and found[0] in ("not right", PARTLY) and "NameError" in found[1] and took < QUICK:
        left = waiting - took
        cells = [*others, *cells]
        again = judge_once(name, expression, cells, setting, package, seed, left)
        return max(found, again, key=lambda verdict: WORTH.get(verdict[0], 0))
    return found


def judge_once(name, expression, cells, setting, package, seed, waiting=WAITING):
    """(status, message) of an answer, in a process of its own."""
    one = OWN.get(name) or find(name)
    seconds = one.seconds + 1
    limits = {"seconds": seconds, "waiting": min(waiting, PATIENCE * seconds)}
    with answerer(package, one.gives_away, **limits) as (peer, printed):
        try:
            peer.ask("run", cells=[*setting])
        except Exception as error:
            return "grader failed", f"The cells before the answer: {error!r}"[:300]
        # other inputs for another text: a table of those that feedback has shown is of no use
        text = hashlib.sha256(json.dumps(cells).encode()).hexdigest()
        result = examine(one, peer, expression, cells, f"{name} {seed} {text}")
        if result == ENDED["gone"] and ended(peer.process) in USED_UP:
            result = ENDED["late"]
        too_much = printed.stat().st_size >= isolation.PRINTED
        if too_much and result[0] != "right":
            return ENDED["printed"]
        return result


def ended(process):
    """How a process ended that has closed its pipe; None if it goes on without it."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(timeout=0.5)


def examine(one, peer, expression, cells, seed):
    """(status, message): what a check says of an answer in another process."""
    try:
        withheld = no_answer.digests(one.gives_away)
        peer.ask("run", cells=cells, withheld=withheld)
        untouched, answer = peer.ask("answer", expression=expression)
        if untouched:
            return "not tried", ""
        comparing.passed.clear()
        one.run(answer, random.Random(seed))
    except comparing.Wrong as wrong:
        said = [shortened(part, MESSAGE) for part in (wrong.message, wrong.cause)]
        result = how_wrong(one), "\n".join(filter(str.strip, said)) or UNSAID
    except BaseException as error:
        result = "not right", f"It raised {type(error).__name__}: {wire.first_line(error)}"
    else:
        result = "right", ""
    if peer.broken:
        return ENDED.get(peer.broken, ("not right", f"It tampers with its judge: {peer.broken}."))
    return result


def own_check(name, text, path, line):
    """The Check that a class's own test defines, a text that begins on this line of a file.

    Raises ValueError if it defines none of this name, and whatever the test itself raises.
    """
    found = {}
    code = compile("\n" * (line - 1) + text, path, "exec")
    exec(code, {"exercise": comparing.collect(found), "__name__": name})
    if list(found) != [name]:
        said = ", ".join(found) or "nothing"
        raise ValueError(f'it should have @exercise("{name}"), has {said}')
    return found[name]


def how_wrong(one):
    """The status of an answer in which a check has just found a fault.

    A check compares before it calls the answer again. So where the first call after those with
    usual inputs has begun, these came out right.
    """
    return PARTLY if one.usual and len(comparing.passed) > one.usual else "not right"


def judge_all(job):
    """{exercise: (status, message)} of a job's answers, in all within the time they may take.

    Those that are partly right are not right, unless the job says that they are worth something.
    """
    left, results = job.get("waiting", WAITING), {}
    given = [job["setting"], job["package"], job["seed"]]
    answers = job["answers"].items()
    for i, (name, (expression, cells, others)) in enumerate(answers):
        start = time.monotonic()
        share = max(AT_LEAST, left / (len(answers) - i))
        status, message = judge(name, expression, cells, *given, others, share)
        if status == PARTLY and not job.get("partial"):
            status = "not right"
        results[name] = status, shown(message)
        left -= time.monotonic() - start
    return results


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
    """Print {exercise: [status, message]} for the job on stdin."""
    job = json.load(sys.stdin)
    orphans.end_with_parent(job.get("grader"))
    OWN.update({name: own_check(name, *test) for name, test in job.get("own", {}).items()})
    isolation.limit(SECONDS * (1 + len(job["answers"])))  # what it is handed may be a vast thing
    json.dump(judge_all(job), sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
