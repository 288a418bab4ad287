"""Noticing an answer that is none: an untouched stub, or the course's own function handed in."""

import contextlib
import dis
import functools
import importlib
import os
import sys
import types

from microgpt_ref.lab.checks.comparing import Wrong

HERE = os.path.dirname(__file__)
SILENT = {"RESUME", "NOP", "CACHE", "PRECALL", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
SILENT |= {"POP_TOP", "COPY_FREE_VARS", "MAKE_CELL"}


def untouched(answer):
    """True for what an exercise begins with: `...`, or functions that do nothing."""
    if answer is None or answer is ...:
        return True
    if isinstance(answer, type):
        methods = [f for f in vars(answer).values() if isinstance(f, types.FunctionType)]
        return bool(methods) and all(map(does_nothing, methods))
    return isinstance(answer, types.FunctionType) and does_nothing(answer)


def does_nothing(function):
    """True if a function has no statement but a docstring, `...` and `pass`."""
    code = function.__code__
    if any(isinstance(value, types.CodeType) for value in code.co_consts):
        return False
    steps = list(dis.get_instructions(code))
    loaded = [step.argval for step in steps if step.opname in ("LOAD_CONST", "RETURN_CONST")]
    harmless = all(value is None or value is ... for value in loaded)
    return harmless and all(step.opname in SILENT for step in steps)


def fingerprint(code):
    """What a function does, apart from the names of its own variables and its docstring."""
    return tuple(step_of(step) for step in dis.get_instructions(code) if step.opname != "RESUME")


def step_of(step):
    """One instruction, comparable between functions."""
    if isinstance(step.argval, types.CodeType):
        return step.opname, fingerprint(step.argval)
    if step.opcode in dis.haslocal or step.opcode in dis.hasfree:
        return step.opname, step.arg
    if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
        return step.opname, step.arg
    return step.opname, repr(step.argval)


@functools.cache
def fingerprint_of(name):
    """The fingerprint of a function of the package, such as "layers.softmax"."""
    module, _, path = name.partition(".")
    found = importlib.import_module(f"microgpt_ref.{module}")
    for part in path.split("."):
        found = getattr(found, part)
    return fingerprint(found.__code__)


@contextlib.contextmanager
def own_work(answer, gives_away):
    """Raises Wrong if the course's own functions do inside what the answer should do itself.

    gives_away: names, such as "layers.softmax", of functions that it may not call, copies of
        their text included; None if any may be called
    """
    if gives_away is None:
        yield
        return
    known = {fingerprint_of(name): name for name in gives_away}
    seen = {}  # code → the name that it goes by, or None
    caught = []

    def watch(frame, event, argument):
        if event != "call" or caught:
            return
        code = frame.f_code
        if code not in seen:
            seen[code] = known.get(fingerprint(code)) if known else None
        if seen[code]:
            caught.append(f"the course's own {seen[code]}")
        elif from_outside(frame):
            caught.append("a function of the checks")

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)
        if caught:
            raise Wrong(
                f"This hands in {caught[0]}.", "Write it yourself: the point is in the making."
            ) from None


def from_outside(frame):
    """True if other code than the checks' has called one of their top-level functions."""
    code, caller = frame.f_code, frame.f_back
    inside = os.path.dirname(code.co_filename) == HERE and "<" not in code.co_qualname
    return inside and caller is not None and not ours(caller.f_code.co_filename)


def ours(filename):
    """True for the checks' files and for those of Python itself."""
    folder = os.path.dirname(filename)
    return folder == HERE or folder.startswith(os.path.dirname(os.__file__)) or filename[:1] == "<"
