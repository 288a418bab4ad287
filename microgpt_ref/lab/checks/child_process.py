"""Running an answer where it can do no harm: in a child process with limits, where there is one.

The child is a copy of the notebook, and an answer may do there what Python can. Its changes are
lost with it, and so is all that it has started, unless that makes itself a session of its own. It
is no sandbox: files are written, and signals sent, as by any cell. Nor does anything here stop an
answer that has itself called right: a check is there for the learner, and trusts them. Answers that
are graded run in `tools.grading.judge`, which does not.
"""

import builtins
import contextlib
import gc
import io
import os
import random
import select
import signal
import sys
import time
import warnings

can_fork = hasattr(os, "fork") and sys.platform not in ("emscripten", "wasi")
watched = None  # in a page, a context manager of a check's name, seconds, and what to say if late
MEMORY = 1 << 30  # bytes that an answer may use beyond what the notebook already does
LONGEST = 1 << 16  # bytes that are read at a time
PARTS = 3  # of a report: status, message, cause
CRASHED = "It ended Python, or took more memory than there is."
ENDLESS = "Is there a loop without end?"


class Nowhere(io.TextIOBase):
    """A stream that forgets what is written to it, however much it is."""

    def write(self, text):
        return len(text)


@contextlib.contextmanager
def quiet():
    """Print nothing inside, and let Python's own random numbers go on afterwards as before."""
    state = random.getstate()
    try:
        with contextlib.redirect_stdout(Nowhere()), contextlib.redirect_stderr(Nowhere()):
            yield
    finally:
        random.setstate(state)


def isolated(job, seconds, name=""):
    """(status, message, cause) as `job` returns them, from a child process where there is one.

    name: of the check, for a page that watches it
    """
    if can_fork and not watched:
        return in_child(job, seconds)
    with watched(name, seconds, late(seconds)) if watched else contextlib.nullcontext():
        return job()


def late(seconds):
    """(status, message, cause) of a job that takes longer than so many seconds."""
    return "not right", f"It didn't end within {seconds} seconds.", ENDLESS


def in_child(job, seconds):
    """What the job returns, computed by a child process that is ended after so many seconds."""
    sys.stdout.flush()
    read_end, write_end = os.pipe()
    child = None
    try:
        # An interrupt goes to both processes. The child must not take it before it can end itself.
        allowed = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            child = forked()
            if child == 0:
                run_child(job, write_end)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, allowed)
        os.close(write_end)
        write_end = None
        content, in_time = read_until(read_end, time.monotonic() + seconds)
    finally:
        for number in filter(None, (read_end, write_end)):
            os.close(number)
        if child:
            end(child)
    if not in_time:
        return late(seconds)
    return reported(content)


def forked():
    """0 in the child process; its number in this one."""
    with warnings.catch_warnings():
        # Python warns of forking beside other threads. The child starts none, takes no lock of
        # theirs, and ends without tidying up.
        warnings.simplefilter("ignore")
        return os.fork()


def run_child(job, write_end):
    """Never returns: does the job, writes what it returns, and ends the process."""

    def report(*texts):
        parts = [text.replace("\0", " ").encode("utf-8", "replace") for text in texts]
        content = b"".join(part + b"\0" for part in parts)
        while content:
            content = content[os.write(write_end, content) :]

    def unasked(prompt=""):
        raise EOFError("it asks for input, which nobody gives here")

    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.setsid()  # so that whatever it starts can be ended with it
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nowhere, number)
        close_all_but(write_end)
        builtins.input = unasked
        limit_memory()
        gc.freeze()  # what the notebook holds isn't looked through, which would copy all of it
        report(*job())
    finally:
        os._exit(0)


def close_all_but(number):
    """Close what the notebook has open, such as its connection to the page."""
    with contextlib.suppress(OSError):
        for other in map(int, os.listdir("/dev/fd")):
            if other > 2 and other != number:
                with contextlib.suppress(OSError):
                    os.close(other)


def limit_memory():
    """Let this process take only so much more memory, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))


def read_until(read_end, deadline):
    """A report that comes out of a pipe, and whether it came to an end before the deadline."""
    content = b""
    while (left := deadline - time.monotonic()) > 0:
        if select.select([read_end], [], [], left)[0]:
            more = os.read(read_end, LONGEST)
            content += more
            if not more or content.count(b"\0") == PARTS:
                return content, True
    return content, False


def end(child):
    """End a child process and all that it started."""
    for stop in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            stop(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # something else in the notebook saw it end
        os.waitpid(child, 0)


def reported(content):
    """(status, message, cause) from what the child wrote, if it came to write that."""
    parts = [part.decode("utf-8", "replace") for part in content.split(b"\0")]
    return tuple(parts[:-1]) if len(parts) == PARTS + 1 else ("not right", CRASHED, "")
