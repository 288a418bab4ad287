"""The judge: right and wrong answers, cheats and vandals, and what an answer's process may do."""

import dataclasses
import io
import json
import random
import subprocess
import sys
import time

import pytest

from microgpt_ref.lab.checks import comparing
from microgpt_ref.value import Value
from tools.grading import judge, wire

MIXTURE = """\
def interpolated_probs(counts, token, weight):
    came = [sum(row[target] for row in counts) for target in range(len(counts))]
    row, whole = counts[token], sum(came)
    if not sum(row):
        return [n / whole for n in came]
    return [weight * a / sum(row) + (1 - weight) * b / whole for a, b in zip(row, came)]
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="confined on Linux alone")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package without its checks."""
    folder = tmp_path_factory.mktemp("package")
    judge.copy_package(folder)
    return folder


@pytest.fixture
def judged(package):
    """A function: (status, message) of a cell's text, for one exercise."""

    def call(text, setting="import math"):
        name = "interpolated_probs"
        return judge.judge("train0.interpolated", name, [text], [setting], package, "seed")

    return call


def body(text):
    """An answer that does this."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return f"def interpolated_probs(counts, token, weight):\n{lines}"


def test_a_right_answer_is_right(judged):
    assert judged(MIXTURE) == ("right", "")


def test_an_untouched_one_is_not_tried(judged):
    assert judged(body("...")) == ("not tried", "")


@pytest.mark.parametrize(
    "text, status, part",
    [
        (body("return [1.0] * len(counts)"), "not right", "should be"),
        (body("counts[0][0] += 1\nreturn counts[0]"), "not right", "changes what it is given"),
        (body("return counts[token]"), "not right", "shares a list with counts"),
        (body("return (x for x in counts)"), "not right", "of type generator"),
        (body("return {1: counts}.items()"), "not right", "of type dict_items"),
        (body("return len"), "not right", "of type builtin_function_or_method"),
        (body("return 1 / 0"), "not right", "ZeroDivisionError"),
        (body("raise SystemExit"), "not right", "SystemExit"),
        (body("x = []\nx.append(x)\nreturn x"), "not right", "Recursion"),
        (body("x = []\nfor _ in range(10**5): x = [x]\nreturn x"), "not right", "Recursion"),
        (body("return [10**9999]"), "not right", ""),
        (body("return [float('nan')] * len(counts)"), "not right", "it should be"),
        (body("import os\nos._exit(0)"), "crashed", "ended Python"),
        (body("x = [0]\nwhile True: x += x"), "out of memory", "memory"),
        (body("return [0] * 10**7"), "out of memory", ""),
        (body("while True: print('x' * 10**5)"), "too much output", "print"),
        ("x = (", "not right", "SyntaxError"),
        ("import sys\nsys.exit()", "not right", "SystemExit"),
        ("import ctypes\nctypes.string_at(0)", "crashed", ""),
        ("y = 1", "not right", "NameError"),
        ("interpolated_probs = 0.5", "not right", "should be a function"),
    ],
)
def test_a_wrong_answer_has_its_status(judged, text, status, part):
    found = judged(text)
    assert found[0] == status and part in found[1]


@pytest.mark.parametrize("text", ["while True:\n    pass", body("while True: pass")])
def test_an_answer_without_an_end_is_timed_out(judged, monkeypatch, text):
    one = dataclasses.replace(judge.find("train0.interpolated"), seconds=1)
    monkeypatch.setattr(judge, "find", lambda name: one)
    assert judged(text)[0] == "timed out"


def test_an_answer_that_sleeps_is_timed_out(judged, monkeypatch):
    monkeypatch.setattr(judge, "PATIENCE", 0.5)
    assert judged("import time\ntime.sleep(3600)")[0] == "timed out"


def test_an_answer_may_use_the_answers_before_it(package):
    cells = [body("return mixture(counts, token, weight)")]
    before = ["def broken(:", MIXTURE.replace("interpolated_probs", "mixture")]
    given = ["train0.interpolated", "interpolated_probs", cells, ["import math"], package, "seed"]
    assert judge.judge(*given, before[1:]) == ("right", "")
    for others in ((), before):
        assert judge.judge(*given, others)[0] == "not right"


def test_chance_and_hashing_are_the_same_each_time(package):
    def drawn():
        with judge.answerer(package) as (peer, _):
            peer.ask("run", cells=["import random\nx = [random.random(), hash('a')]"])
            return peer.ask("answer", expression="x")[1]

    assert drawn() == drawn()


# Cheats

ODD = """\
class Odd(float):
    __eq__ = __le__ = __ge__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda *a: Odd(0)
"""
FORGE = """\
import json, os

for number in range(3, 64):
    try:
        os.write(number, ({line!r} + chr(10)).encode())
    except OSError:
        pass
"""
CHEATS = {
    "the check replaced": "import microgpt_ref.lab.checks as c\nc.examine = c.check = print\n"
    + body("return 1"),
    "the comparison replaced": "from microgpt_ref.lab.checks import comparing as c\n"
    "c.equal = c.call = c.first_difference = lambda *a, **k: None\n" + body("return 1"),
    "numbers that equal all": ODD + body("return [Odd(0)] * len(counts)"),
    "a profile that ends": "import sys\nsys.setprofile(print)\n" + body("return 1"),
    "the caller's variables": body(
        "import sys\nf = sys._getframe()\nwhile f:\n"
        "    for n in ('wanted', 'got', 'mistakes'): f.f_locals[n] = 1\n    f = f.f_back\nreturn 1"
    ),
    "a result forged": FORGE.format(line='{"result": {"root": true, "objects": {}}}')
    + body("return 1"),
    "an untouched one forged": FORGE.format(
        line='{"result": {"root": {"o": "s1"}, "objects": {"s1": ["tuple", [false, 1]]}}}'
    )
    + body("return 1"),
    "the judge asked to look": FORGE.format(
        line='{"op": "get", "what": {"root": {"o": "s1"}, "objects": {"s1": ["dict", []]}}}'
    )
    + body("return 1"),
    "the judge's names": FORGE.format(
        line='{"result": {"root": {"o": "j99"}, "objects": {"j99": ["list", []]}}}'
    )
    + body("return 1"),
    "no message": FORGE.format(line="right") + body("return 1"),
    "not even that": FORGE.format(line="[" * 100_000) + body("return 1"),
    "the course's own": "def interpolated_probs(counts, token, weight):\n"
    "    from microgpt_ref.bigram import bigram_probs\n    return bigram_probs(counts, token)",
    "the check's own file": "import microgpt_ref.lab.checks.train0\n" + body("return 1"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_gets_nothing(judged, cheat):
    status, _ = judged(CHEATS[cheat])
    assert status in ("not right", "crashed", "timed out", "not tried", "grader failed")


def test_the_course_s_own_function_handed_in_is_noticed(package):
    text = "from microgpt_ref.mlp import mlp_gradient as bias_gradient"
    with judge.answerer(package, ["mlp.mlp_gradient"]) as (peer, _):
        peer.ask("run", cells=[text])
        _, answer = peer.ask("answer", expression="bias_gradient")
        with pytest.raises(comparing.Wrong, match=r"hands in the course's own mlp.mlp_gradient"):
            answer({"wte": [[1.0]], "fc1": [[1.0]], "fc2": [[1.0]]}, [0, 0])


def test_who_is_gone_stays_gone(package):
    with judge.answerer(package) as (peer, _):
        for _ in range(3):
            with pytest.raises(wire.Broken, match="gone"):
                peer.ask("run", cells=["import os\nos._exit(0)"])
            with pytest.raises(wire.Broken, match="gone"):
                peer.receive()


# Confined


VANDALISM = {
    "a socket": "import socket; socket.socket(socket.AF_UNIX).bind('x')",
    "a fork": "import os; os.fork()",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a signal": "import os; os.kill(os.getppid(), 9)",
    "a file of its own": "open('mine', 'w')",
    "a temporary file": "import tempfile; tempfile.TemporaryFile()",
    "its limits": "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "a mode": "import os; os.chmod({file!r}, 0)",
    "an owner": "import os; os.chown({file!r}, 1, 1)",
    "a time": "import os; os.utime({file!r}, (1, 1))",
    "a removal": "import os; os.remove({file!r})",
    "a new name": "import os; os.rename({file!r}, {file!r} + '.old')",
    "a link": "import os; os.symlink({file!r}, {file!r} + '.link')",
    "a reading": "open({file!r}).read()",
    "a listing": "import os; os.listdir({folder!r})",
    "the processes": "open('/proc/self/environ').read()",
    "an emptying": "import os; os.truncate({file!r}, 0)",
    "an emptying by reading": "import microgpt_ref, os\n"
    "os.open(microgpt_ref.__file__, os.O_RDONLY | os.O_TRUNC)",
    "a priority": "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "processors": "import os; os.sched_setaffinity(os.getppid(), [0])",
    "a pipe's signals": "import fcntl, os; fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid())",
    "its end with its judge": "import ctypes\n"
    "if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0): raise OSError",
    "the checks": "open({checks!r}).read()",
}


@linux
@pytest.mark.parametrize("what", VANDALISM)
def test_a_vandal_breaks_nothing(package, tmp_path, what):
    file = tmp_path / "file"
    file.write_text("as it was")
    before = file.stat()
    checks = str(judge.ROOT / "microgpt_ref" / "lab" / "checks" / "train0.py")
    act = VANDALISM[what].format(file=str(file), folder=str(tmp_path), checks=checks)
    with (
        judge.answerer(package) as (peer, _),
        pytest.raises((OSError, ValueError, RuntimeError)),
    ):
        peer.ask("run", cells=[act])
    after = file.stat()
    assert file.read_text() == "as it was" and list(tmp_path.iterdir()) == [file]
    assert (before.st_mode, before.st_uid, before.st_mtime) == (
        after.st_mode,
        after.st_uid,
        after.st_mtime,
    )


FLOOD = """\
def numerical_gradient(f, x, h):
    while True:
        f(x)
"""
FORGED_FLOOD = """\
import os

while True:
    for number in range(3, 12):
        try:
            os.write(number, b'{"op": "call", "what": {"root": {"o": "s2"}, "objects":'
                b' {"s2": ["dict", ["target", "j1", "arguments", {"o": "s3"}]],'
                b' "s3": ["list", []]}}}' + bytes([10]))
        except OSError:
            pass
"""


def test_a_flood_of_requests_ends_too(package, monkeypatch):
    monkeypatch.setattr(judge, "PATIENCE", 0.2)
    given = ["train1.central", "numerical_gradient", [FLOOD], ["import math"], package, "seed"]
    start = time.monotonic()
    assert judge.judge(*given)[0] == "timed out"
    assert time.monotonic() - start < 15


def test_a_flood_of_forged_requests_ends_at_once(judged):
    start = time.monotonic()
    status, message = judged(body(FORGED_FLOOD))
    assert status == "not right" and "tampers" in message
    assert time.monotonic() - start < 5


def handed(package, text):
    """(what the judge's process prints of an answer, how it ends)."""
    cells = {"train0.interpolated": ["interpolated_probs", [text], []]}
    job = {"answers": cells, "setting": [], "package": str(package), "seed": "seed"}
    code = "from tools.grading import judge\njudge.SECONDS = 2\njudge.main()"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, cwd=judge.ROOT, timeout=60
    )
    return done.stdout, done.returncode


@pytest.mark.parametrize("last", ["return x", "counts[0][0] = x\nreturn 1"])
@pytest.mark.parametrize("n", [18, 50, 60])
def test_a_list_that_doubles_many_times_is_told_at_once(package, last, n):
    doubling = f"x = []\nfor _ in range({n}): x = [x, x]\n"
    start = time.monotonic()
    printed, status = handed(package, body(doubling + last))
    assert "not right" in printed and "hands over" in printed and status == 0
    assert time.monotonic() - start < 10


def test_a_message_holds_nothing_that_no_file_can(package):
    printed, _ = handed(package, body("raise ValueError(chr(0xD800) + chr(27) + 'ä')"))
    assert json.loads(printed)["train0.interpolated"][1].count("\ufffd") == 2


# Values


VALUES = "import math\nfrom microgpt_ref.value import Value"
OPERATIONS = {  # (exercise, arguments of the answer, a Value among them, a wrong number for all)
    "maximum": ("train2.maximum", "values", "values[0]"),
    "dot": ("train2.dot", "x, y", "(x + y)[0]"),
    "tanh": ("train2.tanh", "x", "x"),
    "sigmoid": ("train2.sigmoid", "x", "x"),
    "squared_relu": ("train4.squared_relu", "x", "x"),
}
FITTING = """\
calls = []

def answer({arguments}):
    calls.append(1)
    value = {value}
    if len(calls) % 2 == {turn} and hasattr(value, "grad"):
        {act}
    return Value(0.0, (value,), (0.0,))
"""


@pytest.mark.parametrize("turn", [0, 1])
@pytest.mark.parametrize(
    "act",
    [
        "value.data = 0.0",
        "value.data = -1e9",
        "value.grad = 1.0",
        "value.inputs = (value,)",
        "value.local_derivatives = (1.0,)",
        "value.__init__(0.0)",
        "value.data, value.inputs = 0.0, ()",
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_values_set_to_fit_earn_nothing(package, operation, act, turn):
    name, arguments, value = OPERATIONS[operation]
    cell = FITTING.format(arguments=arguments, value=value, act=act, turn=turn)
    status, _ = judge.judge(name, "answer", [cell], [VALUES], package, "seed")
    assert status == "not right"


GRADIENT = """\
def numerical_gradient(f, x, h):
    start = list(x)
    f(x)
    {act}
    return [(f([*start[:i], start[i] + h, *start[i + 1:]])
             - f([*start[:i], start[i] - h, *start[i + 1:]])) / (2 * h) for i in range(len(start))]
"""


@pytest.mark.parametrize("act, status", [("pass", "right"), ("x[:1] = [7.0]", "not right")])
def test_arguments_stay_watched_when_an_answer_calls_back(package, act, status):
    given = ["train1.central", "numerical_gradient", [GRADIENT.format(act=act)], ["import math"]]
    found = judge.judge(*given, package, "seed")
    assert found[0] == status, found
    if status == "not right":
        assert "changes what it is given" in found[1]


ORDERS = {
    "a stack": """\
def order(result):
    row, seen, stack = [], set(), [(result, False)]
    while stack:
        node, done = stack.pop()
        if done:
            row.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((child, False) for child in node.inputs)
    return row
""",
    "recursion with a raised limit": """\
import sys

sys.setrecursionlimit(100_000)

def order(result):
    row, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for child in node.inputs:
                visit(child)
            row.append(node)

    visit(result)
    return row
""",
    "Kahn's algorithm": """\
from collections import deque

def order(result):
    nodes, users, todo = [], {}, [result]
    seen = {result}
    while todo:
        node = todo.pop()
        nodes.append(node)
        for child in node.inputs:
            users.setdefault(child, []).append(node)
            if child not in seen:
                seen.add(child)
                todo.append(child)
    waiting = {node: len(node.inputs) for node in nodes}
    ready, row = deque(node for node in nodes if not waiting[node]), []
    while ready:
        node = ready.popleft()
        row.append(node)
        for user in users.get(node, []):
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return row
""",
    "sorting by height": """\
def order(result):
    found, todo = [result], [result]
    seen = {id(result)}
    while todo:
        for child in todo.pop().inputs:
            if id(child) not in seen:
                seen.add(id(child))
                found.append(child)
                todo.append(child)
    height, todo = {}, [result]
    while todo:
        node = todo[-1]
        missing = [child for child in node.inputs if id(child) not in height]
        if missing:
            todo.extend(missing)
        else:
            height[id(node)] = 1 + max([height[id(c)] for c in node.inputs], default=0)
            todo.pop()
    return sorted(found, key=lambda node: height[id(node)])
""",
    "generators on a stack": """\
def order(result):
    row, seen, path = [], {result}, [(result, iter(result.inputs))]
    while path:
        node, inputs = path[-1]
        for child in inputs:
            if child not in seen:
                seen.add(child)
                path.append((child, iter(child.inputs)))
                break
        else:
            row.append(node)
            path.pop()
    return tuple(row)
""",
    "the order of births": """\
def order(result):
    found, waiting = {result}, [result]
    while waiting:
        for child in waiting.pop().inputs:
            if child not in found:
                found.add(child)
                waiting.append(child)
    return sorted(found, key=lambda node: node.birth)
""",
    "any of a set that is ready, another one each time": """\
def order(result):
    nodes, waiting = {result}, [result]
    while waiting:
        new = set(waiting.pop().inputs) - nodes
        nodes |= new
        waiting += new
    users = {}
    for node in nodes:
        for child in set(node.inputs):
            users.setdefault(child, set()).add(node)
    row, placed, ready = [], set(), {node for node in nodes if not node.inputs}
    while ready:
        node = ready.pop()
        row.append(node)
        placed.add(node)
        ready |= {user for user in users.get(node, ()) if placed.issuperset(user.inputs)}
    return row
""",
}
SETS = {  # answers whose result has its inputs out of a set
    "train2.dot": """\
def answer(x, y):
    def number(entry):
        return entry.data if isinstance(entry, Value) else entry

    nodes = [*{entry for entry in (*x, *y) if isinstance(entry, Value)}]
    slopes = []
    for node in nodes:
        left = sum(number(b) for a, b in zip(x, y) if a is node)
        slopes.append(left + sum(number(a) for a, b in zip(x, y) if b is node))
    return Value(sum(number(a) * number(b) for a, b in zip(x, y)), tuple(nodes), tuple(slopes))
""",
    "train2.maximum": """\
def answer(values):
    nodes, largest = [*{*values}], max(value.data for value in values)
    among = sum(node.data == largest for node in nodes)
    return Value(largest, nodes, [(node.data == largest) / among for node in nodes])
""",
}


@pytest.mark.parametrize("name", SETS)
def test_inputs_out_of_a_set_are_right_in_any_order(package, name):
    for seed in "abc":  # where Values lie in memory, and so their order in a set, is chance
        given = [name, "answer", [SETS[name]], [VALUES], package, seed]
        assert judge.judge(*given) == ("right", "")


def test_what_feedback_has_shown_fits_no_other_text(package):
    telling = "def answer(scores, values, slopes):\n    raise ValueError(scores)\n"
    given = [package, "seed"]

    def said(text):
        return judge.judge("train3.score_slopes", "answer", [text], [VALUES], *given)[1]

    assert said(telling) == said(telling)
    assert said(telling) != said(telling + "# handed in once more")


KEEPING = """\
def order(result, row=[]):
    row += result.topological_order()
    return row
"""


def test_an_order_that_keeps_the_one_before_it_is_told_so(package):
    given = ["train2.topological_order", "order", [KEEPING], [VALUES], package, "seed"]
    status, message = judge.judge(*given)
    assert status == "not right"
    assert "Called a second time" in message
    assert "keep something" in message


@pytest.mark.parametrize("style", ORDERS)
def test_a_right_order_is_right_in_any_style(package, style):
    given = ["train2.topological_order", "order", [ORDERS[style]], [VALUES], package, "seed"]
    assert judge.judge(*given) == ("right", "")


def test_an_order_that_goes_too_deep_is_told_so(package):
    cell = ORDERS["recursion with a raised limit"].replace("sys.setrec", "0 and sys.setrec")
    given = ["train2.topological_order", "order", [cell], [VALUES], package, "seed"]
    status, message = judge.judge(*given)
    assert status == "not right" and "keep a list" in message


# Time


HANGING = {
    "sleeps": body("import time\nwhile True: time.sleep(1)"),
    "sleeps in a cell": "import time\ntime.sleep(3600)",
    "sleeps, whatever comes": body(
        "import time\nwhile True:\n    try: time.sleep(3600)\n    except BaseException: pass"
    ),
    "works": body("while True: pass"),
    "reads no more": body("counts.clear()\nimport time\ntime.sleep(3600)"),
    "lacks a name, late": body("import time\ntime.sleep(3600)\nno_name"),
}


@pytest.mark.parametrize("what", HANGING)
def test_none_keeps_the_judge_waiting_for_longer_than_it_may(package, what):
    start = time.monotonic()
    given = ["train0.interpolated", "interpolated_probs", [HANGING[what]], [], package, "seed"]
    assert judge.judge(*given, [MIXTURE], waiting=2)[0] == "timed out"
    assert time.monotonic() - start < 4


CLOSING = {
    "and sleeps": "import os, time\nos.closerange(3, 256)\ntime.sleep(3600)",
    "and works": "import os\nos.closerange(3, 256)\nwhile True: pass",
    "all of them": "import os, time\nos.closerange(0, 256)\ntime.sleep(3600)",
    "with another in its place": "import os, time\nfor n in range(3, 64):\n"
    "    try: os.dup2(2, n)\n    except OSError: pass\ntime.sleep(3600)",
    "by its object": "import gc, io, time\nfor o in gc.get_objects():\n"
    "    if isinstance(o, io.TextIOWrapper): o.close()\ntime.sleep(3600)",
}


@pytest.mark.parametrize("how", CLOSING)
@pytest.mark.parametrize("where", ["in a cell", "in a call"])
def test_closing_the_pipe_ends_it_at_once(judged, how, where):
    start = time.monotonic()
    status, _ = judged(CLOSING[how] if where == "in a cell" else body(CLOSING[how]))
    assert status in ("crashed", "not right")
    assert time.monotonic() - start < 4


def test_an_answer_that_lacks_a_name_late_is_not_run_again(package, monkeypatch):
    monkeypatch.setattr(judge, "QUICK", 0.5)
    cell = body("import time\ntime.sleep(1)\nreturn mixture(counts, token, weight)")
    others = [MIXTURE.replace("interpolated_probs", "mixture")]
    given = ["train0.interpolated", "interpolated_probs", [cell], [], package, "seed", others]
    status, message = judge.judge(*given)
    assert status == "not right" and "NameError" in message


def job(package, answers, **more):
    """A job for the judge."""
    given = {"setting": [], "package": str(package), "seed": "seed"}
    return {"answers": {name: [*answer, []] for name, answer in answers.items()}, **given, **more}


def test_all_answers_together_wait_no_longer_than_they_may_and_each_gets_its_share(package):
    sleeps = body("import time\ntime.sleep(3600)")
    trigram = "def trigram_probs(*a):\n    import time\n    time.sleep(3600)"
    split = "def split_by_name(*a):\n    while True: pass"
    answers = {
        "train0.trigram": ["trigram_probs", [trigram]],
        "train0.split_by_name": ["split_by_name", [split]],
        "train0.interpolated": ["interpolated_probs", [MIXTURE]],
    }
    start = time.monotonic()
    results = judge.judge_all(job(package, answers, waiting=6))
    assert time.monotonic() - start < 8
    assert [status for status, _ in results.values()] == ["timed out", "timed out", "right"]
    answers["train0.interpolated"] = ["interpolated_probs", [sleeps]]
    start = time.monotonic()
    assert {s for s, _ in judge.judge_all(job(package, answers, waiting=6)).values()} == {
        "timed out"
    }
    assert time.monotonic() - start < 9


def test_a_minute_is_what_a_job_gets_that_says_nothing(package, monkeypatch):
    shares = []
    monkeypatch.setattr(judge, "judge", lambda *given: shares.append(given[-1]) or ("right", ""))
    names = ["train0.trigram", "train0.split_by_name", "train0.interpolated"]
    judge.judge_all(job(package, {name: ["f", [""]] for name in names}))
    assert shares == pytest.approx([20, 30, 60], abs=0.5)


# What an answer hands over


HANDED = {
    "a generator": "return (p for p in [1.0])",
    "numbers of a type of its own": "class F(float): __eq__ = lambda a, b: True\n"
    "return [F(0)] * len(counts)",
    "whole numbers of a type of its own": "class F(int): __eq__ = lambda a, b: True\n"
    "return [F(0)] * len(counts)",
    "a list of a type of its own": "class L(list): __eq__ = lambda a, b: True\nreturn L(counts[0])",
    "a text of a type of its own": "class T(str): __eq__ = lambda a, b: True\n"
    "return [T('0')] * len(counts)",
    "what passes itself off as a number": "class F:\n    __class__ = float\n"
    "    __float__ = lambda self: 0.5\n    __eq__ = __lt__ = __le__ = lambda a, b: True\n"
    "    __sub__ = __rsub__ = __abs__ = lambda *a: 0\nreturn [F()] * len(counts)",
    "what passes itself off as numpy's": "class A:\n    tolist = lambda self: self\n"
    "A.__module__ = 'numpy'\nreturn A()",
    "none": "return [float('nan')] * len(counts)",
    "infinity": "return [float('inf')] * len(counts)",
    "truths": "return [True] * len(counts)",
    "a number of many digits": "return [10 ** 4000] * len(counts)",
    "a number of more digits": "import sys\nsys.set_int_max_str_digits(0)\n"
    "return [10 ** 10 ** 5] * len(counts)",
    "a number without end": "return [1 << 4 * 10 ** 7] * len(counts)",  # shifted: no time to make
    "a fraction": "from fractions import Fraction\nreturn [Fraction(1, 2)] * len(counts)",
    "bytes": "return b'0' * len(counts)",
    "functions": "return [len] * len(counts)",
    "a property that answers all": "class A:\n    def __getattr__(self, name): return self\n"
    "    def __call__(self, *a): return 0.5\nreturn [A()] * len(counts)",
}


@pytest.mark.parametrize("what", HANDED)
def test_what_is_handed_over_is_taken_for_what_it_is(judged, what):
    status, _ = judged(body(HANDED[what]))
    assert status in ("not right", "too much output", "out of memory")


PATCHES = {
    "json": 'import json\njson.dumps = lambda *a, **k: \'{"result": {"root": 1, "objects": {}}}\'',
    "json's encoder": "import json.encoder\njson.encoder.c_make_encoder = None\n"
    "json.encoder.JSONEncoder.iterencode = lambda *a, **k: ['1']\n"
    "json.JSONEncoder.encode = lambda *a: '1'",
    "type": "import builtins\nbuiltins.type = lambda *a: float",
    "isinstance": "import builtins\nbuiltins.isinstance = lambda *a: True",
    "math": "import math\nmath.fsum = math.sqrt = lambda *a: 0.0",
    "random": "import random\nrandom.Random.random = lambda self: 0.5\n"
    "random.Random.getstate = lambda self: (3, (0,) * 625, None)",
    "the other end": "import gc\nfor o in gc.get_objects():\n"
    "    if type(o).__name__ == 'Peer':\n"
    "        o.encode = lambda *a: 1\n        o.calls = lambda *a: 1\n        o.keys = {}",
    "its caller": "import sys\nf = sys._getframe(1)\nwhile f:\n"
    "    f.f_globals.clear() if f.f_globals.get('__name__') == 'tools.grading.wire' else None\n"
    "    f = f.f_back",
    "an end that is none": "import os\nos._exit = lambda n: None\nos._exit(0)",
    "a last word": "import atexit\natexit.register(print, 'right')",
    "signals": "import signal\nfor n in (2, 13, 15, 24): signal.signal(n, signal.SIG_IGN)",
    "a profile": "import sys, threading\nsys.setprofile(lambda *a: None)\n"
    "sys.settrace(lambda *a: None)\nthreading.setprofile(print)",
    "faulthandler": "import faulthandler\nfaulthandler.enable()\nfaulthandler.disable()",
    "a hook": "import sys\nsys.addaudithook(lambda *a: None)\nsys.excepthook = print",
    "the notice of it": "import microgpt_ref.lab.checks.no_answer as n\n"
    "n.untouched = n.does_nothing = lambda *a: False",
}


@pytest.mark.parametrize("what", PATCHES)
@pytest.mark.parametrize("where", ["in a cell", "in a call"])
def test_whatever_is_changed_there_a_wrong_answer_is_wrong(judged, what, where):
    wrong = body("return [1.0] + [0.0] * (len(counts) - 1)")
    if where == "in a cell":
        text = f"{PATCHES[what]}\n{wrong}"
    else:
        text = body(f"{PATCHES[what]}\nreturn [1.0] + [0.0] * (len(counts) - 1)")
    status, _ = judged(text)
    assert status in ("not right", "crashed", "not tried", "grader failed", "timed out")


FORGED = {
    "right": '{"result": "right"}',
    "right, in a packet": '{"result": {"root": "right", "objects": {}}}',
    "a status": '{"status": "right", "message": ""}',
    "all results": '{"train0.interpolated": ["right", ""]}',
    "no error": '{"error": null}',
    "an end of the check": '{"error": ["StopIteration", "", ""]}',
    "another error": '{"error": ["SystemExit", "0", ""]}',
    "an error that isn't one": '{"error": ["KeyboardInterrupt", "right", ""]}',
    "a fault": '{"error": ["Wrong", "right", ""]}',
    "the judge's function": '{"op": "examine", "what": {"root": {"o": "s9"},'
    ' "objects": {"s9": ["dict", []]}}}',
    "the judge's attributes": '{"op": "get", "what": {"root": {"o": "s9"}, "objects": {"s9":'
    ' ["dict", ["target", "j1", "name", "__globals__"]]}}}',
    "something forgotten": '{"op": "call", "fresh": true, "what": {"root": null, "objects": {}}}',
    "many answers": '{"result": {"root": [], "objects": {}}}\\n' * 50,
}


@pytest.mark.parametrize("what", FORGED)
@pytest.mark.parametrize("last", ["return 1", "import time\ntime.sleep(3600)"])
def test_no_message_of_its_own_makes_an_answer_right(package, what, last):
    text = f"""\
import os
for number in range(3, 64):
    try:
        os.write(number, ({FORGED[what]!r} + chr(10)).encode())
    except OSError:
        pass
{last}"""
    given = ["train0.interpolated", "interpolated_probs", [body(text)], [], package, "seed"]
    assert judge.judge(*given, waiting=1)[0] in ("not right", "crashed", "timed out")


@pytest.mark.parametrize("said", ["''", "' '", "'', ' '"])
def test_a_check_s_own_error_without_a_word_gets_one(judged, said):
    raised = f"from microgpt_ref.lab.checks.comparing import Wrong\nraise Wrong({said})"
    for text in (raised, body(raised)):
        assert judged(text) == ("not right", judge.UNSAID)


@pytest.mark.parametrize("what", ["x" * 10**6, "x\n" * 10**5])
def test_a_message_has_an_end(judged, what):
    status, message = judged(body(f"raise ValueError({what!r})"))
    assert status == "not right" and len(message) < 2 * judge.MESSAGE + 100


def test_what_decides_on_an_answer_is_known_by_name():
    """All modules of this folder that the judge or an answer's process imports."""
    code = "import sys\nfrom tools.grading import answering, judge\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=judge.ROOT, check=True
    )
    found = {name for name in done.stdout.split() if name.startswith("tools.")}
    own = {f"tools.grading.{name}" for name in judge.MODULES}
    assert found - {"tools.setup", "tools.grading", "tools.grading.orphans"} == own


# The pipe


def pair():
    """Two ends, each of which packs what the other unpacks."""
    return [wire.Peer(io.StringIO(), io.StringIO(), letter, Value) for letter in "js"]


def carried(one, other, thing):
    """A thing, as it arrives on the other side."""
    return other.unpack(json.loads(json.dumps(one.pack(thing))))


@pytest.mark.parametrize(
    "thing",
    [
        None,
        True,
        -3,
        0.1,
        float("inf"),
        "ä\n",
        [1, [2.0, "x"], []],
        (1, (2,), [3]),
        {"a": [1], 2: {3}},
        {1: (2, {3: 4})},
    ],
)
def test_what_is_carried_arrives_as_it_was(thing):
    one, other = pair()
    arrived = carried(one, other, thing)
    assert arrived == thing and type(arrived) is type(thing)


def test_lists_stay_themselves_and_changes_come_along():
    one, other = pair()
    row = [1, 2]
    table = [row, row]
    there = carried(one, other, table)
    assert there[0] is there[1]
    there[0].append(3)
    assert carried(other, one, there) is table and row == [1, 2, 3]


def test_a_list_that_holds_itself_is_refused():
    one, other = pair()
    row = []
    row.append(row)
    with pytest.raises(RuntimeError, match="holds itself"):
        carried(one, other, row)


def test_values_keep_their_graph_and_their_tuples():
    one, other = pair()
    x = Value(3.0)
    inputs = x.inputs
    there = carried(one, other, [x])
    back = carried(other, one, there[0] * there[0])
    back.backward()
    assert (back.data, x.grad) == (9.0, 6.0) and x.inputs is inputs


def test_a_generator_of_random_numbers_goes_on_where_it_was():
    one, other = pair()
    rng = random.Random(5)
    rng.random()
    there = carried(one, other, rng)
    assert there.random() == random.Random(5).random() or there.getstate() != rng.getstate()
    carried(other, one, there)
    assert rng.getstate() == there.getstate()


@pytest.mark.parametrize(
    "packet",
    [
        None,
        [],
        {},
        {"root": [1], "objects": {}},
        {"root": {"o": "s1"}, "objects": {}},
        {"root": {"o": "s1"}, "objects": {"s1": ["module", "os"]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["list", 5]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["random", [[1], None]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["dict", [{"o": "s2"}, 1]], "s2": ["list", []]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["list", [{"o": "s2"}]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["list", {"o": "s2"}]}},
        {"root": {"yours": "j1"}, "objects": {}},
        {"root": {"o": "j1"}, "objects": {"j1": ["list", []]}},
    ],
)
def test_what_is_no_message_is_told(packet):
    with pytest.raises(wire.Broken):
        pair()[0].unpack(packet)


@pytest.mark.parametrize("body", [["tuple", [{"o": "s1"}]], ["dict", [{"o": "s1"}, 1]]])
def test_what_holds_itself_is_told(body):
    with pytest.raises(RuntimeError, match="holds itself"):
        pair()[0].unpack({"root": {"o": "s1"}, "objects": {"s1": body}})


def test_only_the_answer_s_side_lets_attributes_be_fetched():
    one, _ = pair()
    key = one.key(len, "handle")
    with pytest.raises(wire.Broken):
        one.perform("get", {"target": key, "name": "__self__"})
    one.lets_look = True
    assert one.perform("get", {"target": key, "name": "__name__"}) == "len"
