"""A process that ends when the one that has started it does, however that one ends.

A grader that is killed can't end its judge or nbgrader's process itself, and a judge that nobody
waits for would go on for minutes. The standard library alone, as nbgrader's process imports it.
"""

import ctypes
import os
import signal
import sys
import threading
import time

WHEN_ALONE = 1  # of prctl: the signal that comes when the parent has gone
LOOKS = 0.2  # seconds between two looks at the parent, where the system doesn't tell


def end_with_parent(parent=None):
    """Have this process killed when its parent ends, and leave Ctrl-C to the parent.

    parent: the number of the process that has started it, which may have ended already
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(WHEN_ALONE, signal.SIGKILL, 0, 0, 0)
    elif os.name == "posix":
        threading.Thread(target=watch, args=[os.getppid()], daemon=True).start()
    if parent and os.name == "posix" and os.getppid() != parent:
        os._exit(1)


def watch(parent):
    """End this process once it has another parent than this one."""
    while os.getppid() == parent:
        time.sleep(LOOKS)
    os._exit(1)
