"""Running an answer where it can do no harm: in a child process with limits, where there is one."""

import contextlib
import io
import json
import os
import random
import select
import signal
import sys
import time
import warnings

can_fork = hasattr(os, "fork") and sys.platform != "emscripten"
MEMORY = 1 << 30  # bytes that an answer may use beyond what the notebook already does
STATUSES = ("right", "not right")


class Nowhere(io.TextIOBase):
    """A stream that forgets what is written to it, however much it is."""

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def quiet():
    """Nothing is printed inside, and Python's own random numbers go on afterwards as before."""
    state = random.getstate()
    try:
        with contextlib.redirect_stdout(Nowhere()), contextlib.redirect_stderr(Nowhere()):
            yield
    finally:
        random.setstate(state)


def isolated(job, seconds):
    """(status, message, cause) as `job` returns them, from a child process where there is one."""
    return in_child(job, seconds) if can_fork else job()


def in_child(job, seconds):
    """What the job returns, computed by a child process that is ended after so many seconds."""
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    with warnings.catch_warnings():
        # Python warns of forking beside other threads. The child starts none, takes no lock of
        # theirs, and ends without tidying up.
        warnings.simplefilter("ignore")
        child = os.fork()
    if child == 0:
        os.close(read_end)
        run_child(job, write_end)
    os.close(write_end)
    try:
        content, in_time = read_until(read_end, time.monotonic() + seconds)
    finally:
        os.close(read_end)
        end(child)
    if not in_time:
        return (
            "not right",
            f"It didn't end within {seconds} seconds.",
            "Is there a loop without end?",
        )
    return reported(content)


def run_child(job, write_end):
    """Never returns: does the job, writes what it returns, and ends the process."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()  # so that whatever it starts can be ended with it
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        limit_memory()
        content = json.dumps(job()).encode()
        while content:
            content = content[os.write(write_end, content) :]
    finally:
        os._exit(0)


def limit_memory():
    """Nothing; lets this process take only so much more memory, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def read_until(read_end, deadline):
    """All that comes out of a pipe, and whether its other end was closed before the deadline."""
    content = b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([read_end], [], [], left)[0]:
            more = os.read(read_end, 65536)
            if not more:
                return content, True
            content += more
    return content, False


def end(child):
    """Nothing; ends a child process and all that it started."""
    for stop in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            stop(child, signal.SIGKILL)
    os.waitpid(child, 0)


def reported(content):
    """(status, message, cause) from what the child wrote, if it wrote just that."""
    try:
        status, message, cause = json.loads(content)
    except ValueError:
        return "not right", "It ended Python, or took more memory than there is.", ""
    if status not in STATUSES:
        return "not right", "It wrote into the check's own report.", ""
    return status, message, cause
