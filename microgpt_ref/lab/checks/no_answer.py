"""Noticing an answer that is none: an untouched stub, or the course's own function handed in."""

import ast
import contextlib
import dis
import functools
import hashlib
import importlib
import inspect
import sys
import types

from microgpt_ref.lab.checks.comparing import Wrong, answering

SILENT = {"RESUME", "NOP", "CACHE", "PRECALL", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
SILENT |= {"POP_TOP", "COPY_FREE_VARS", "MAKE_CELL"}
UNORDERED = {"RESUME", "COPY_FREE_VARS", "MAKE_CELL", "LOAD_CLOSURE"}  # or in order of names
# Python calls `math.sqrt` in other steps where `math` is imported in the same file than in a cell.
GONE = """\
from microgpt_ref.lab.checks import no_answer

raise no_answer.handed_in({name!r})
"""  # what stands in the place of a function that is withheld
ENOUGH = 10_000  # calls of functions, in which a function of the course shows if it is used
OWN_WORK = "Write it yourself: the point is in the making."
PADDING = {"PRECALL", "PUSH_NULL", "CACHE", "EXTENDED_ARG"}


def untouched(answer):
    """True for what an exercise begins with: `...`, or functions that do nothing."""
    if answer is None or answer is ...:
        return True
    answer = inspect.unwrap(answer) if isinstance(answer, types.FunctionType) else answer
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


def fingerprint(code, outer=None):
    """What a function does, apart from the names of its own variables and its docstring.

    outer: for a function within another, the numbers of that one's variables by name
    """
    numbers = {}

    def number(name):
        if outer and name in code.co_freevars:
            return "outer", outer(name)
        return numbers.setdefault(name, len(numbers))

    left_out = UNORDERED | PADDING
    steps = [step for step in dis.get_instructions(code) if step.opname not in left_out]
    return tuple(step_of(step, number) for step in steps)


def step_of(step, number):
    """One instruction, comparable between functions."""
    if isinstance(step.argval, types.CodeType):
        return step.opname, fingerprint(step.argval, number)
    if step.opcode in dis.haslocal or step.opcode in dis.hasfree:
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        return step.opname, tuple(map(number, names))
    if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
        return step.opname, None  # how far it jumps depends on what is left out
    opname = "LOAD_ATTR" if step.opname == "LOAD_METHOD" else step.opname
    return opname, repr(step.argval)


def function_of_name(name):
    """A function of the package, such as "layers.softmax"."""
    module, _, path = name.partition(".")
    found = importlib.import_module(f"microgpt_ref.{module}")
    for part in path.split("."):
        found = getattr(found, part)
    return found


@functools.cache
def fingerprint_of(name):
    """The fingerprint of a function of the package, such as "layers.softmax"."""
    return fingerprint(function_of_name(name).__code__)


def codes_in(code):
    """A code object and all those inside it."""
    found = [code]
    for one in found:
        found += [part for part in one.co_consts if isinstance(part, types.CodeType)]
    return found


def digest(code):
    """A hash of what a function does, which tells a copy of it without the original."""
    return hashlib.sha256(repr(fingerprint(code)).encode()).hexdigest()


def digests(names):
    """{digest: name} of functions of the package, such as "layers.softmax"."""
    return {digest(function_of_name(name).__code__): name for name in names}


def without_copies(text, withheld):
    """The code of a cell in which copies of what is withheld have no body but a message.

    withheld: as `digests` gives it
    Raises Wrong for a copy whose body can't be taken out.
    """
    tree = ast.parse(text, "<answer>")
    codes = codes_in(compile(tree, "<answer>", "exec")) if withheld else ()
    copies = {(one.co_firstlineno, one.co_name): withheld.get(digest(one)) for one in codes}
    copies = {place: name for place, name in copies.items() if name}
    for node in ast.walk(tree) if copies else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = (node.decorator_list or [node])[0]
            name = copies.pop((first.lineno, node.name), None)
            if name:
                node.body = ast.parse(GONE.format(name=name)).body
    for name in copies.values():
        raise handed_in(name)
    return compile(ast.fix_missing_locations(tree), "<answer>", "exec")


def handed_in(name):
    """What to raise for an answer that hands in a function of the course."""
    return Wrong(f"This hands in the course's own {name}.", OWN_WORK)


@contextlib.contextmanager
def own_work(gives_away, ours=()):
    """Raise Wrong if an answer hands in what it should make itself.

    gives_away: names, such as "layers.softmax", of functions of the course that may not run
        inside, copies of their text included
    ours: of those that may. Gives a set, into which their names go if they run.
    """
    known = {fingerprint_of(name): name for name in gives_away}
    lent = {function_of_name(name).__code__: name for name in ours}
    seen = {}  # code → the name that it goes by, or None
    caught, used, counted = [], set(), []

    def watch(frame, event, argument):
        code = frame.f_code
        if event != "call" or caught:
            return
        counted.append(code)
        if not known and len(counted) > ENOUGH:
            sys.setprofile(before)  # it takes time, and what runs runs early
        if code in lent and answering:
            used.add(lent[code])
        if known and code not in seen:
            seen[code] = known.get(fingerprint(code))
        if seen.get(code):
            caught.append(seen[code])

    before = sys.getprofile()
    if known or lent:
        sys.setprofile(watch)
    try:
        yield used
    finally:
        sys.setprofile(before)
        if caught:
            raise handed_in(caught[0]) from None
