"""Noticing an answer that reaches for the check that runs it, instead of for the task.

An answer runs in the same Python as its check, for what it gets and gives may be anything, so one
that goes about it cleverly enough can have itself called right. What is noticed is what comes to
mind first: putting something else in the place of what the check computes with, reading or
changing it through frames, the garbage collector or a tracing function, leaving a thread or a
timer behind, and ending early with a report of its own. No more is promised.
"""

import _thread
import builtins
import functools
import inspect
import math
import operator
import os
import random
import signal
import sys
import sysconfig
import traceback

HERE = os.path.dirname(__file__) + os.sep
PYTHON = tuple({sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")})
PASSING_ON = (inspect.__file__, traceback.__file__)  # they hand out frames to whoever asks

REACHING = {"sys._getframe", "sys._current_frames", "sys._current_exceptions"}
REACHING |= {"sys.setprofile", "sys.settrace", "os.fork", "os.forkpty"}
REACHING |= {"gc.get_objects", "gc.get_referrers", "gc.get_referents"}
ATTRIBUTES = {
    "object.__getattr__": {"tb_frame", "gi_frame", "cr_frame", "ag_frame"},
    "object.__setattr__": {"__code__", "__defaults__", "__kwdefaults__"},
}
WATCHED = REACHING | ATTRIBUTES.keys()
REACHES = "It reaches for the check that runs it."


@functools.cache
def ours(filename):
    """True for the files of the checks, of Python itself, and of what is installed."""
    return filename.startswith((HERE, "<frozen ", *PYTHON))


def sealed():
    """A function: whether something that checks compute with has been replaced since."""
    courses = [m for name, m in sys.modules.items() if name.startswith("microgpt_ref.")]
    modules = [m for m in courses if m.__name__ == __package__ or not hasattr(m, "__path__")]
    for module in modules:
        vars(module).setdefault("__warningregistry__", {})  # Python may add it at any time
    modules += [builtins, math, random]
    classes = {
        thing
        for module in (*courses, random)
        for thing in vars(module).values()
        if type(thing) is type and thing.__module__ == module.__name__
    }
    # bound here, out of an answer's reach
    every, each, same, size, threads = all, map, operator.is_, len, _thread._count
    kept = [(vars(owner), [*vars(owner).values()]) for owner in (*modules, *classes)]
    alone = threads() <= 1  # which holds in a child process
    timer = getattr(signal, "getitimer", None)

    def broken():
        for table, values in kept:
            if size(table) != size(values) or not every(each(same, table.values(), values)):
                return True
        return alone and (threads() > 1 or (bool(timer) and timer(signal.ITIMER_REAL)[0] > 0))

    return broken


def on_guard(stop):
    """Have `stop` called, with a message, whenever an answer reaches for the check from now on.

    This lasts as long as the process does, so it is for a child process only.
    """
    asking = []  # true while the hook itself asks for a frame

    def hook(event, arguments):
        if event not in WATCHED or asking:
            return
        if event in ATTRIBUTES and arguments[1] not in ATTRIBUTES[event]:
            return
        asking.append(True)
        try:
            frame = sys._getframe(1)
            if frame.f_code.co_filename in PASSING_ON:
                frame = frame.f_back
        finally:
            asking.clear()
        if frame and not ours(frame.f_code.co_filename):
            stop(REACHES)

    sys.addaudithook(hook)
