"""Checks: what they say of an answer, that they leave no trace, and what a cheat tries."""

import contextlib
import functools
import importlib
import inspect
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest

from microgpt_ref import layers
from microgpt_ref.lab import checks
from microgpt_ref.lab.checks import (
    check,
    child_process,
    comparing,
    examine,
    no_answer,
    summary,
)
from microgpt_ref.lab.checks import train0 as lesson
from microgpt_ref.lab.checks.comparing import Wrong, call, collect, equal
from microgpt_ref.value import Value
from tools.making import execution
from tools.setup import ROOT

NAME, LAX = "train0.doubled", "train0.doubled_first"
RIGHT = f"{NAME}: right. 1 of {len(lesson.CHECKS) + 2} in this lesson."
forks = pytest.mark.skipif(not child_process.can_fork, reason="needs a system that forks")


def doubled(answer, rng):
    for length in (3, 5, 1, 0):
        xs = [rng.uniform(-1, 1) for _ in range(length)]
        got = call(answer, xs)
        equal(got, [2 * x for x in xs], "doubles", {"This is the square.": [x * x for x in xs]})


def right(xs):
    return [2 * x for x in xs]


def stub(xs): ...


@pytest.fixture(autouse=True)
def own_checks(monkeypatch):
    """Two exercises more in train0, and no results yet."""
    table = {}
    collect(table)(NAME, gives_away=("layers.softmax",), seconds=5)(doubled)
    collect(table)(LAX, seconds=5)(doubled)
    for name, one in table.items():
        monkeypatch.setitem(lesson.CHECKS, name, one)
    monkeypatch.setattr(checks, "results", {})


@pytest.fixture(params=[pytest.param(True, marks=forks), False], ids=["child", "same process"])
def place(request, monkeypatch):
    """Either place that an answer may run in."""
    monkeypatch.setattr(child_process, "can_fork", request.param)
    monkeypatch.setattr(checks, "can_fork", request.param)


@pytest.fixture
def brief_limit(monkeypatch):
    """A short time for the check."""
    one = collect({})(NAME, gives_away=(), seconds=0.5)
    monkeypatch.setitem(lesson.CHECKS, NAME, comparing.Check(doubled, (), (), 0.5))
    return one


# what a check says


def test_three_things_to_say(place, capsys):
    check(NAME, stub)
    check(NAME, lambda xs: [x * x for x in xs])
    check(NAME, right)
    first, second, cause, third = capsys.readouterr().out.splitlines()[-4:]
    assert (first, third) == (f"{NAME}: not tried.", RIGHT)
    assert second.startswith(f"{NAME}: not right. doubles[0] is 0.")
    assert "; it should be " in second and "(off by " in second
    assert cause == "  This is the square."


@pytest.mark.parametrize("answer", [None, ..., stub])
def test_untouched(answer, place):
    assert examine(NAME, answer).status == "not tried"


def test_untouched_class_and_decorated_stub(place):
    class Stub:
        """One."""

        def __init__(self, x):
            """Two."""
            ...

        def step(self):
            pass

    @decorated
    def wrapped(xs): ...

    for answer in (Stub, wrapped):
        assert examine(NAME, answer).status == "not tried"


def test_touched():
    class Begun:
        def __init__(self, x):
            self.x = x

    class Empty:
        pass

    def zero(xs):
        return 0

    for answer in (Begun, Empty, zero, 0, [], "", print, lambda xs: xs):
        assert examine(NAME, answer).status == "not right"


@pytest.mark.parametrize("answer", [3, "text", [1], np.ones(2), object()])
def test_no_function(answer):
    result = examine(NAME, answer)
    assert result.status == "not right"
    assert result.message.endswith(", and should be a function.")


def test_unknown_names():
    for name in ("train0.none", "train9.doubled", "", 3):
        with pytest.raises(ValueError, match="unknown exercise") as caught:
            examine(name, right)
        assert "\n" not in str(caught.value) and "train0" in str(caught.value)
    with pytest.raises(ValueError, match="unknown lesson 'train9'"):
        summary("train9")


def test_summary(capsys):
    check(NAME, right)
    check(LAX, lambda xs: xs)
    check("train0.loss", ...)
    n = len(lesson.CHECKS)
    capsys.readouterr()
    summary("train0")
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == f"train0: 1 of {n} checked exercises are right"
    assert f"  {LAX}: not right" in rest and "  train0.loss: not tried" in rest
    assert len(rest) == n - 1 and not any(NAME + ":" in line for line in rest)
    check(NAME, lambda xs: xs)
    capsys.readouterr()
    summary("train0")
    assert capsys.readouterr().out.startswith("train0: 0 of ")


def test_progress_counts_what_is_right_in_this_lesson(capsys):
    for name, answer in ((NAME, right), ("train1.by_hand", 0.0), (LAX, right), (NAME, stub)):
        check(name, answer)
    lines = [line for line in capsys.readouterr().out.splitlines() if ": right." in line]
    n = len(lesson.CHECKS)
    assert lines == [
        f"{NAME}: right. 1 of {n} in this lesson.",
        f"{LAX}: right. 2 of {n} in this lesson.",
    ]


def test_inputs_that_came_out_right_are_counted():
    sizes = {3: "", 5: "(The input before this one came out right.)"}
    sizes |= {1: "(The 2 inputs before this one came out right.)"}
    for size, says in sizes.items():
        result = examine(NAME, lambda xs, size=size: [] if len(xs) == size else right(xs))
        assert result.message.endswith(says or "should have 3.")


def test_limit_is_told_of_where_there_is_none(monkeypatch, capsys):
    monkeypatch.setattr(checks, "can_fork", False)
    monkeypatch.setattr(child_process, "can_fork", False)
    check(NAME, right)
    check(NAME, right)
    out = capsys.readouterr().out.splitlines()
    assert out == [checks.NO_LIMIT, RIGHT, RIGHT]


def test_same_inputs_for_the_same_seed():
    drawn = []

    def answer(xs):
        raise LookupError(" ".join(map(str, xs)))

    for seed in (0, 0, 1):
        drawn.append(examine(NAME, answer, seed=seed).message)
    assert drawn[0] == drawn[1] != drawn[2]


# answers of every kind


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


class Doubler:
    """What doubles, in several ways."""

    factor = 2

    def __call__(self, xs):
        return [self.factor * x for x in xs]

    def method(self, xs):
        return self(xs)

    @staticmethod
    def static(xs):
        return right(xs)

    @classmethod
    def of_class(cls, xs):
        return cls()(xs)


def from_text():
    """A function that has no source."""
    names = {"factor": 2}
    exec("def answer(xs):\n    return [factor * x for x in xs]", names)
    return names["answer"]


FORMS = {
    "lambda": lambda xs: [x + x for x in xs],
    "tuple": lambda xs: tuple(x + x for x in xs),
    "partial": functools.partial(lambda factor, xs: [factor * x for x in xs], 2),
    "decorated": decorated(right),
    "object": Doubler(),
    "method": Doubler().method,
    "static": Doubler.static,
    "of class": Doubler.of_class,
    "no source": from_text(),
    "numpy": lambda xs: 2 * np.array(xs),
    "numpy numbers": lambda xs: [np.float64(2) * x for x in xs],
    "single dispatch": functools.singledispatch(right),
    "defaults": lambda xs, factor=2, *more, **options: [factor * x for x in xs],
    "rounding": lambda xs: [x * 2.2 / 1.1 for x in xs],
}


@pytest.mark.parametrize("answer", FORMS.values(), ids=FORMS)
def test_any_form_that_is_right(answer, place):
    assert examine(NAME, answer) == checks.Result("right")


def test_cached_function():
    @functools.cache
    def double(x):
        return 2 * x

    assert examine(NAME, lambda xs: list(map(double, xs))).status == "right"


@pytest.mark.parametrize(
    "says, answer",
    [
        ("It raised IndexError: list index out of range, in its line 1, w", lambda xs: xs[99]),
        (", when called with ([", lambda xs: xs[99]),
        ("ZeroDivisionError", lambda xs: 1 / 0),
        ("RecursionError", lambda xs: deeper(xs)),
        ("NameError", lambda xs: no_such_name),  # noqa: F821
        ("SystemExit", lambda xs: sys.exit("out")),
        ("KeyboardInterrupt", lambda xs: throw(KeyboardInterrupt)),
        ("GeneratorExit", lambda xs: throw(GeneratorExit)),
        ("TypeError", lambda: 1),
        ("doubles is None", lambda xs: [].append(xs)),
        ("doubles is of type generator", lambda xs: (2 * x for x in xs)),
        ("doubles is of type map", lambda xs: map(abs, xs)),
        ("doubles is of type count", lambda xs: __import__("itertools").count()),
        ("doubles is of type set", lambda xs: set(xs)),
        ("doubles is of type function", lambda xs: lambda: xs),
        ("doubles[0] is of type complex", lambda xs: [2j for _ in xs]),
        ("doubles is a text; it should be a list of 3", lambda xs: "right"),
        ("doubles[0] is 'a'", lambda xs: ["a", "b", "c"]),
        ("doubles[0] is True", lambda xs: [True] * len(xs)),
        ("doubles[0] is a list", lambda xs: [[2 * x] for x in xs]),
        ("doubles has 2 entries; it should have 3", lambda xs: right(xs)[:2]),
        ("doubles[0] is nan", lambda xs: [math.nan for _ in xs]),
        ("doubles[0] is inf", lambda xs: [math.inf for _ in xs]),
        ("doubles[0] is a number of about 5000 digits", lambda xs: [10**5000 for _ in xs]),
        ("It changes what it is given: xs is", lambda xs: right([xs.pop()])),
        ("Its result shares a list with xs", lambda xs: xs),
        ("two different results", lambda xs: [random.random() for _ in xs]),
        ("an error that can't be told", lambda xs: throw(Untold)),
        ("It raised", lambda xs: throw(Odd)),
    ],
)
def test_sentences(says, answer, place):
    result = examine(NAME, answer)
    assert result.status == "not right" and says in result.message
    assert "\n" not in result.message and len(result.message) < 700


def deeper(xs):
    return deeper(xs)


def throw(error):
    raise error


class Untold(Exception):
    def __str__(self):
        raise ValueError


class Odd(Wrong):
    """An error that falls apart when it is read."""

    def __init__(self):
        pass


@forks
def test_result_that_holds_itself():
    def answer(xs):
        sys.setrecursionlimit(300)
        xs = [1]
        xs.append(xs)
        return xs

    assert "RecursionError" in examine(NAME, answer).message


def test_more_seeds():
    calls = []

    def answer(xs):
        calls.append(xs)
        return right(xs) if len(calls) < 10 else []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "can_fork", False)
        assert examine(NAME, answer, 0).status == "right" and len(calls) == 8
        assert examine(NAME, answer, 0, 1).status == "not right" and len(calls) == 10
        calls.clear()
        assert examine(NAME, right, 0, 1, 2).status == "right"


def test_long_texts_are_cut(place):
    for answer in (lambda xs: "x" * 10**6, lambda xs: throw(ValueError("x" * 10**6))):
        result = examine(NAME, answer)
        assert result.status == "not right" and len(result.message) < 700


def test_line_of_a_decorated_function():
    @decorated
    def second(xs):
        return xs[99]

    assert ", in its line 3" in examine(NAME, second).message


def test_class_of_the_lesson_behind_any_answer():
    names = {"Value": type("Value", (), {}), "functools": functools}
    exec(
        "def f(): ...\n"
        "class C:\n    def m(self): ...\n    __call__ = m\n"
        "answers = [f, functools.partial(f), functools.cache(f), C, C(), C().m]",
        names,
    )
    for answer in names["answers"]:
        assert comparing.lesson_class(answer, Value) is names["Value"]
    assert comparing.lesson_class(3, Value) is Value
    assert comparing.lesson_class(len, Value) is Value


# no trace


def test_no_trace_in_either_place(place, capfd):
    kept = [1.0, 2.0]

    def answer(xs):
        print("loud")
        print("loud", file=sys.stderr)
        random.seed(3)
        return [2 * x + 0 * kept[0] * random.random() for x in xs]

    random.seed(5)
    before, profile, tracing = random.getstate(), sys.getprofile(), sys.gettrace()
    assert examine(NAME, answer).status == "right"
    assert random.getstate() == before and kept == [1.0, 2.0]
    assert (sys.getprofile(), sys.gettrace()) == (profile, tracing)
    assert capfd.readouterr() == ("", "")


def test_profile_function_goes_on(place):
    def mine(*event):
        pass

    sys.setprofile(mine)
    try:
        status, found = examine(NAME, right).status, sys.getprofile()
    finally:
        sys.setprofile(None)
    assert (status, found) == ("right", mine)


KEPT = {"list": [1]}


@forks
def test_no_trace_of_what_an_answer_changes(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    np.random.seed(3)
    numbers = np.random.get_state()[1].tolist()
    folder, path, limit = os.getcwd(), list(sys.path), sys.getrecursionlimit()

    def answer(xs):
        global new
        new = 1
        KEPT["list"].append(2)
        Doubler.factor = 3
        checks.results["train0.loss"] = checks.Result("right")
        os.environ["COURSE_TRACE"] = "1"
        os.chdir("/")
        os.write(1, b"loud")
        os.write(2, b"loud")
        np.random.rand()
        sys.path.insert(0, "/")
        sys.setrecursionlimit(limit + 100)
        sys.modules["a_module"] = sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return right(xs)

    assert examine(NAME, answer).status == "right"
    assert "new" not in globals() and KEPT == {"list": [1]} and Doubler.factor == 2
    assert not checks.results and "COURSE_TRACE" not in os.environ
    assert (os.getcwd(), sys.path, sys.getrecursionlimit()) == (folder, path, limit)
    assert np.random.get_state()[1].tolist() == numbers and "a_module" not in sys.modules
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_IGN
    assert capfd.readouterr() == ("", "")


def test_state_of_an_object_handed_in():
    class Counting:
        calls = 0

        def __call__(self, xs):
            self.calls += 1
            return right(xs)

    answer = Counting()
    assert examine(NAME, answer).status == "right"
    assert answer.calls == 0 or not child_process.can_fork


def descriptors():
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def children():
    """How many processes this one has started that aren't gone, ended ones included."""
    return sum(len(task.read_text().split()) for task in Path("/proc/self/task").glob("*/children"))


@forks
@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="needs Linux")
def test_nothing_is_left_open(brief_limit):
    before = descriptors(), children()
    for answer in (right, stub, endless, leave, print):
        examine(NAME, answer)
    assert (descriptors(), children()) == before


@forks
def test_child_that_something_else_has_seen_end():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert examine(NAME, right).status == "right"
    finally:
        signal.signal(signal.SIGCHLD, before)


# an end to it


def endless(xs):
    while True:
        pass


def leave(xs):
    os._exit(0)


def stubborn(xs):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(60)


def stopped(xs):
    os.kill(os.getpid(), signal.SIGSTOP)


def printing(xs):
    while True:
        print("x" * 1000)


@forks
@pytest.mark.parametrize("answer", [endless, stubborn, stopped, printing])
def test_time_limit(answer, brief_limit):
    result = examine(NAME, answer)
    assert (result.status, result.cause) == ("not right", child_process.ENDLESS)
    assert result.message == "It didn't end within 0.5 seconds."


@forks
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux")
def test_memory_limit():
    result = examine(NAME, lambda xs: bytearray(1 << 40))
    assert "MemoryError" in result.message and "more memory than there is" in result.cause


@forks
def test_end_of_python():
    for answer in (leave, lambda xs: os.kill(os.getpid(), signal.SIGKILL)):
        assert examine(NAME, answer) == checks.Result("not right", child_process.CRASHED)


@forks
def test_descriptors_closed():
    def answer(xs):
        os.closerange(0, 200)
        return right(xs)

    assert examine(NAME, answer).status == "not right"


@forks
def test_input_asks_nobody():
    result = examine(NAME, lambda xs: input("what?"))
    assert "EOFError: it asks for input" in result.message


@forks
def test_process_left_behind_is_ended(tmp_path):
    note = tmp_path / "note"

    def answer(xs):
        if not note.exists():
            started = subprocess.Popen(["sleep", "60"])
            note.write_text(str(started.pid))
        return right(xs)

    assert examine(NAME, answer).status == "right"
    number = int(note.read_text())
    for _ in range(200):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        status = f"/proc/{number}/stat"
        with contextlib.suppress(OSError), open(status) as file:
            if file.read().split()[2] == "Z":  # ended, and not yet seen to by whoever should
                return
        time.sleep(0.05)
    pytest.fail("it still runs")


INTERRUPTED = """
import os, signal, sys, threading, time
from microgpt_ref.lab.checks import check
note = sys.argv[1]

def answer(*arguments):
    with open(note, "w") as file:
        file.write(str(os.getpid()))
    os.rename(note, note + ".done")
    while True:
        pass

def interrupt():
    while not os.path.exists(note + ".done"):
        time.sleep(0.01)
    WAY

signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever this test was started from
threading.Thread(target=interrupt).start()
try:
    check("train0.loss", answer)
except KeyboardInterrupt:
    child = int(open(note + ".done").read())
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        print("interrupted, and the child is gone")
"""


@forks
@pytest.mark.parametrize(
    "way", ["os.kill(os.getpid(), signal.SIGINT)", "os.killpg(os.getpgid(0), signal.SIGINT)"]
)
def test_interrupt(way, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.replace("WAY", way), tmp_path / "note"],
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("interrupted, and the child is gone\n", "")


@forks
def test_no_warning_of_threads():
    code = """
import sys, threading
from microgpt_ref.lab.checks import check
gate = threading.Event()
threading.Thread(target=gate.wait).start()
check("train0.by_hand", 1.791759)
gate.set()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.stdout, done.stderr) == ("train0.by_hand: right. 1 of 6 in this lesson.\n", "")


@forks
def test_from_another_thread(capsys):
    thread = threading.Thread(target=check, args=(NAME, right))
    thread.start()
    thread.join()
    assert capsys.readouterr().out == RIGHT + "\n"


# results of every kind


VICTIM = "train0.interpolated"  # an exercise with points


class Zero(float):
    def __sub__(self, other):
        return 0.0

    __rsub__ = __add__ = __sub__


class AnyType(type):
    """A class of classes that are equal to float."""

    def __eq__(cls, other):
        return other is float

    def __hash__(cls):
        return hash(float)


class Chameleon(float, metaclass=AnyType):
    __class__ = float

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Agreeing:
    """Is equal to everything, and gives whatever is asked of it."""

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return self

    def __float__(self):
        return 0.5

    def __iter__(self):
        return iter([0.5] * 4)

    def __len__(self):
        return 4

    def __getitem__(self, i):
        return self

    __hash__ = None


class AgreeingList(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = None


Posing = type("Value", (), {"local_derivatives": (), "data": Chameleon(1), "children": ()})
Numpyish = type(
    "ndarray", (Agreeing,), {"__module__": "numpy", "tolist": lambda self: [Zero()] * 4}
)

ODD = [
    Zero(),
    Chameleon(),
    Agreeing(),
    Posing(),
    Numpyish(),
    AgreeingList([1]),
    [Zero()] * 4,
    [Chameleon()] * 4,
    [Agreeing()] * 4,
    [Posing()] * 4,
    np.array([Zero()] * 4, dtype=object),
    [math.nan] * 4,
    [np.nan] * 4,
    "right",
    ("right", "", ""),
    NotImplemented,
    checks.Result("right"),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_odd_results(odd, place):
    for name in (VICTIM, "train0.loss", "train0.trigram", "train0.split_by_name", NAME):
        assert examine(name, lambda *arguments: odd).status == "not right"
    assert examine("train0.by_hand", odd).status == "not right"


def test_type_that_passes_itself_off():
    kinds = (int, float, str, bool)
    assert type(Chameleon()) in kinds and not comparing.exactly(Chameleon(), *kinds)
    assert comparing.exactly(1.0, *kinds) and comparing.exactly(True, *kinds)


# handing in the course's own


def own(zs):
    return layers.softmax(zs)


def soft(answer, rng):
    zs = [rng.gauss(0, 1) for _ in range(5)]
    exps = [math.exp(z) for z in zs]
    equal(call(answer, zs), [e / sum(exps) for e in exps], "probs")


def renamed():
    """The text of softmax, with names and a docstring of one's own."""
    text = inspect.getsource(layers.softmax).replace("softmax", "mine")
    for old, new in (("logits", "zs"), ("peak", "top"), ("exps_sum", "whole"), ("exps", "es")):
        text = text.replace(old, new)
    names = dict(vars(layers))
    exec(text, names)
    return names["mine"]


HANDED_IN = {
    "itself": layers.softmax,
    "wrapper": own,
    "lambda": lambda zs: layers.softmax(zs),
    "partial": functools.partial(layers.softmax),
    "cached": decorated(layers.softmax),
    "copy": renamed(),
    "in text": lambda zs: eval("softmax(zs)", {"softmax": layers.softmax, "zs": zs}),
    "mapped": lambda zs: next(map(layers.softmax, [zs])),
    "deep": lambda zs: sorted([zs], key=lambda z: own(z) and 0) and own(zs),
}


@forks
@pytest.mark.parametrize("answer", HANDED_IN.values(), ids=HANDED_IN)
def test_own_function_is_noticed(answer, monkeypatch):
    collect(lesson.CHECKS)(NAME, gives_away=("layers.softmax",))(soft)
    result = examine(NAME, answer)
    assert result.status == "not right"
    assert "This hands in the course's own layers.softmax." in result.message


@pytest.mark.parametrize(
    "name",
    [
        f"{module}.{function.__name__}"
        for module in ("layers", "mlp", "transformer", "gpt")
        for function in vars(importlib.import_module(f"microgpt_ref.{module}")).values()
        if inspect.isfunction(function) and function.__module__ == f"microgpt_ref.{module}"
    ],
)
def test_function_is_known_in_a_cell_of_a_notebook(name):
    """A cell imports modules in other cells, and Python then makes other steps of their calls."""
    module, _, short = name.partition(".")
    module = importlib.import_module(f"microgpt_ref.{module}")
    scope = dict(vars(module))
    exec(compile(inspect.getsource(getattr(module, short)), "<cell>", "exec"), scope)
    assert no_answer.fingerprint(scope[short].__code__) == no_answer.fingerprint_of(name)


def test_own_function_may_be_used_where_that_is_no_matter(place):
    collect(lesson.CHECKS)(NAME, gives_away=("layers.rmsnorm",))(soft)
    assert examine(NAME, own) == checks.Result("right")


def test_an_imported_function_is_right_because_it_is_ours(place, capsys):
    collect(lesson.CHECKS)(NAME, ours=("layers.softmax", "layers.rmsnorm"))(soft)
    for answer in (own, layers.softmax, HANDED_IN["mapped"]):
        check(NAME, answer)
        first, second = capsys.readouterr().out.splitlines()[-2:]
        assert first.startswith(f"{NAME}: right. 1 of ")
        assert second.startswith("  It's right because it's ours: layers.softmax did the work.")
    assert examine(NAME, renamed()) == checks.Result("right")


def test_what_the_check_itself_computes_with_is_not_the_answer_s(place):
    def both(answer, rng):
        layers.softmax([0.0, 1.0])
        soft(answer, rng)

    collect(lesson.CHECKS)(NAME, ours=("layers.softmax",))(both)
    assert examine(NAME, renamed()) == checks.Result("right")


# for the same inputs only; in the notebook's own process


def test_answer_for_the_usual_inputs_only(place, capsys):
    table = {}

    def recording(xs):
        table[repr(xs)] = right(xs)
        return right(xs)

    doubled(recording, random.Random(f"{NAME} 0"))

    def by_heart(xs):
        return list(table[repr(xs)])

    assert examine(NAME, by_heart).status == "right"
    check(NAME, by_heart)
    assert f"{NAME}: not right. " in capsys.readouterr().out


@forks
def test_nothing_of_an_answer_runs_here():
    ran = []

    class Meta(type):
        @property
        def __dict__(cls):
            ran.append("dict")
            return {}

        def __instancecheck__(cls, other):
            ran.append("instance")

        def __eq__(cls, other):
            ran.append("eq")
            return True

        __hash__ = type.__hash__

    class Sneaking(metaclass=Meta):
        @property
        def __class__(self):
            ran.append("class")
            return float

        def __getattr__(self, name):
            ran.append(name)

        def __eq__(self, other):
            ran.append("eq")
            return True

        def __bool__(self):
            ran.append("bool")

        __hash__ = None

        def __call__(self, *arguments):
            ran.append("call")

    for answer in (Sneaking(), Sneaking, [Sneaking()]):
        for name in (NAME, VICTIM, "train0.by_hand"):
            assert examine(name, answer).status == "not right"
    assert ran == []


# in a notebook

NOTEBOOK = """
import os, threading, time
import ipywidgets, matplotlib.pyplot as plt
from IPython.display import display
from microgpt_ref.lab.checks import check

slider = ipywidgets.IntSlider()
figure = plt.figure()
gate = threading.Event()
for _ in range(3):
    threading.Thread(target=gate.wait, daemon=True).start()
factor = 1

def split(docs, share, rng):
    display("SHOWN")
    print("SHOWN")
    os.system("echo SHOWN")
    os.write(1, b"SHOWN")
    slider.value = 7
    figure.clf()
    names = sorted(set(docs))
    rng.shuffle(names)
    held_out = set(names[: round(factor * share * len(names))])
    return [d for d in docs if d not in held_out], [d for d in docs if d in held_out]

check("train0.split_by_name", split)
print(slider.value, len(plt.get_fignums()), threading.active_count() > 3)
####
factor = 2
check("train0.split_by_name", split)
####
check("train0.split_by_name", lambda docs, share, rng: input("SHOWN"))
####
def endless(docs, share, rng):
    while True:
        pass

threading.Timer(1, os.kill, (os.getpid(), 2)).start()
try:
    check("train0.split_by_name", endless)
except KeyboardInterrupt:
    print("interrupted")
plt.close(figure)
"""


def test_in_a_notebook():
    cells = [nbformat.v4.new_code_cell(text) for text in NOTEBOOK.split("####\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    execution.execute(notebook, ROOT)
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert "SHOWN" not in str(outputs)
    texts = ["".join(o.text for o in cell.outputs if "text" in o) for cell in notebook.cells]
    assert texts[0] == "train0.split_by_name: right. 1 of 6 in this lesson.\n0 1 True\n"
    assert "it should be 20%" in texts[1]
    assert "EOFError: it asks for input" in texts[2]
    assert texts[3] == "interrupted\n"
