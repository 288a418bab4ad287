"""One command at a time in a course's folder.

The system holds the lock, and lets go of it when a process ends, however it ends; the file that
stays behind means nothing by itself.
"""

from contextlib import contextmanager

from filelock import FileLock, Timeout

NAME = ".lock"


class Busy(Exception):
    """Another command is at work; the message says where."""


@contextmanager
def alone_in(out):
    """Hold a course's folder for one command. Raises Busy while another one holds it."""
    lock = FileLock(out / NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(
            f"{out}: another make command is at work in this folder; run this one when it has ended"
        ) from None
    try:
        yield
    finally:
        lock.release()
