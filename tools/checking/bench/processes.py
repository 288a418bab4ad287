"""The processes of rows: they are started, asked, and ended; what goes wrong has a reason."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager

from tools.setup import ROOT

PATIENCE = 600  # seconds for an answer; some engines compile for a while
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class RowFailed(Exception):
    """A row can't be measured; its text says why."""


class RowProcess:
    """A process of `serving`, which answers one request at a time."""

    def __init__(self, row):
        self.row = row
        self.said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        command = [row.python, "-m", "tools.checking.bench.serving"]
        variables = os.environ | ONE_THREAD | {"PYTHONPATH": str(ROOT)} | row.variables
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.said}
        try:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=variables, encoding="utf-8", **pipes
            )
        except OSError as error:
            raise RowFailed(f"{row.python} can't be started ({error.strerror})") from None

    def ask(self, what, **request):
        """The answer to a request. Raises RowFailed where there is none, or an error."""
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            self.process.stdin.write(json.dumps({"ask": what, **request}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            raise RowFailed(self.end())
        answer = json.loads(line)
        if "error" in answer:
            raise RowFailed(answer["error"])
        return answer

    def begin(self):
        """Begin the row's job."""
        return self.ask("begin", **self.row.job)

    def end(self):
        """The last line that the process said, or how it ended; it is ended if it hasn't."""
        self.stop()
        self.said.seek(0)
        lines = [line.strip() for line in self.said if line.strip()]
        status = self.process.returncode
        return lines[-1] if lines else f"its process ended with status {status}"

    def close(self):
        """End the process, and let go of what it said."""
        self.stop()
        self.process.stdout.close()
        self.said.close()

    def stop(self):
        """End the process."""
        if self.process.poll() is None:
            try:
                self.process.stdin.close()
                self.process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()


@contextmanager
def processes(rows, left_out):
    """A process for each row, by its name, which has begun its job; those that fail are left out.

    left_out: {row: why}, to be added to
    """
    found = {}
    try:
        for row in rows:
            with noted(row.name, left_out):
                found[row.name] = RowProcess(row)
                found[row.name].begun = found[row.name].begin()
        yield {name: one for name, one in found.items() if name not in left_out}
    finally:
        for one in found.values():
            one.close()


@contextmanager
def noted(name, left_out):
    """Note why a row fails, and say it on stderr, in place of ending all."""
    try:
        yield
    except RowFailed as reason:
        left_out[name] = str(reason)
        print(f"{name} is left out: {reason}", file=sys.stderr, flush=True)


@contextmanager
def one_core():
    """Keep this process, and those it starts, to one core, where the system allows it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
