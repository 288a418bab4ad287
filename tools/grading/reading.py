"""Reading what students hand in, and showing it, by a process with limits.

A notebook can be made to take minutes and gigabytes to read, and an answer in words to show. So a
process of its own does both (`python -m tools.grading.reading`, which does the jobs that come in
JSON, one on each line). A job that takes more than it may ends it, and costs that one student
alone.
"""

import contextlib
import json
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from tools.grading import orphans, pictures, records, submissions
from tools.grading.submissions import Refused, Submission
from tools.setup import ROOT

SECONDS = 20  # of processor time for a job
MEMORY = 1 << 30  # bytes of addresses
WAITING = 600  # seconds; pictures are made anew meanwhile, by processes with limits of their own
AS_TYPED = "shown as typed"  # a remark in marks.csv


class TooMuch(Exception):
    """A job took more time or memory than it may."""


def line_for(process, job, seconds):
    """The line in which a process answers a job, or what came of it until the process ended.

    After so many seconds the process is killed.
    """
    late = threading.Timer(seconds, process.kill)
    late.daemon = True  # whenever Ctrl-C comes, nobody waits for it
    try:
        late.start()
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        return process.stdout.readline()
    except OSError:
        return ""
    finally:
        late.cancel()


class Reader:
    """The process, started when it is needed, and again if a job has ended it."""

    def __init__(self, seconds=SECONDS, memory=MEMORY, waiting=WAITING):
        self.command = [sys.executable, "-m", "tools.grading.reading", str(seconds), str(memory)]
        self.waiting, self.process = waiting, None

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.end()

    def read(self, path, exercises, locked):
        """The Submission in a notebook's file. Raises Refused."""
        kept = list(map(records.without_solution, exercises))
        try:
            found = self.do("read", path=str(path), exercises=kept, locked=locked)
        except TooMuch:
            raise Refused("too large") from None
        if "refused" in found:
            raise Refused(found["refused"])
        return Submission(**{**found, "missing": set(found["missing"])})

    def rebuild(self, release, found, exercises):
        """The release's notebook, a dict, with a Submission's answers; may add remarks to it."""
        kept = list(map(records.without_solution, exercises))
        given = {**asdict(found), "missing": sorted(found.missing)}
        try:
            result = self.do("rebuild", release=release, found=given, exercises=kept)
        except TooMuch:
            submissions.note(found, AS_TYPED)
            return submissions.rebuild(release, found, exercises, as_typed=True)
        found.remarks = result["remarks"]
        return result["notebook"]

    def do(self, op, **what):
        """What comes of a job. Raises TooMuch, and RuntimeError for a fault of ours."""
        if self.process is None:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            self.process = subprocess.Popen(self.command, cwd=ROOT, encoding="ascii", **pipes)
        line = line_for(self.process, {"op": op, **what}, self.waiting)
        if not line.endswith("\n"):
            self.end()
            raise TooMuch
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def end(self):
        """End the process."""
        if self.process:
            process, self.process = self.process, None
            process.kill()
            process.wait()
            process.stdout.close()
            with contextlib.suppress(OSError):
                process.stdin.close()


# In the process


def read(path, exercises, locked):
    """What is in a notebook's file, as JSON holds it: a Submission, or why it is refused."""
    exercises = list(map(records.exercise_from, exercises))
    try:
        found = submissions.take(submissions.read_cells(Path(path)), exercises, locked)
    except Refused as refused:
        return {"refused": str(refused)}
    attachments = {
        name: pictures.of_known_kinds(bundles) for name, bundles in found.attachments.items()
    }
    return {**asdict(found), "attachments": attachments, "missing": sorted(found.missing)}


def rebuild(release, found, exercises):
    """The notebook that nbgrader gets, and the remarks on it."""
    found = Submission(**found)
    notebook = submissions.rebuild(release, found, list(map(records.exercise_from, exercises)))
    return {"notebook": notebook, "remarks": found.remarks}


JOBS = {"read": read, "rebuild": rebuild}


def allow(seconds, memory=None):
    """Let this process take so much more processor time, and of memory what it may take in all."""
    with contextlib.suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        limits = {"RLIMIT_CPU": int(used.ru_utime + used.ru_stime + 1 + seconds)}
        if memory:
            limits["RLIMIT_AS"] = memory
        for name, size in limits.items():
            with contextlib.suppress(AttributeError, OSError, ValueError):
                kind = getattr(resource, name)
                resource.setrlimit(kind, (size, resource.getrlimit(kind)[1]))


def main(seconds, memory):
    """Do the jobs on stdin, and print a line of JSON for each."""
    orphans.end_with_parent()
    allow(seconds, memory)
    for line in sys.stdin:
        job = json.loads(line)
        allow(seconds)
        try:
            answer = {"result": JOBS[job.pop("op")](**job)}
            print(json.dumps(answer), flush=True)
        except MemoryError:
            sys.exit("too much memory")
        except Exception as error:
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
