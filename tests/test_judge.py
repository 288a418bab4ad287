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
from tools import isolation, judge, wire

MIXTURE = """\
def interpolated_probs(counts, token, weight):
    came = [sum(row[target] for row in counts) for target in range(len(counts))]
    row, whole = counts[token], sum(came)
    if not sum(row):
        return [n / whole for n in came]
    return [weight * a / sum(row) + (1 - weight) * b / whole for a, b in zip(row, came)]
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="shut in on Linux alone")


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


# Shut in


@linux
def test_an_answer_is_shut_in(package):
    assert judge.probe(package) == dict.fromkeys(
        ("network", "writing", "reading", "programs", "memory"), True
    )


def test_what_is_open_is_found_open(tmp_path):
    (tmp_path / "file").write_text("")
    found = isolation.in_force(tmp_path / "file")
    assert not any(found[what] for what in ("writing", "reading", "programs", "memory"))


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


def test_a_flood_of_requests_ends_too(judged, monkeypatch):
    monkeypatch.setattr(judge, "PATIENCE", 0.2)
    start = time.monotonic()
    assert judged(body(FLOOD))[0] == "timed out"
    assert time.monotonic() - start < 15


def handed(package, text):
    """(what the judge's process prints of an answer, how it ends)."""
    cells = {"train0.interpolated": ["interpolated_probs", [text], []]}
    job = {"answers": cells, "setting": [], "package": str(package), "seed": "seed"}
    command = [sys.executable, "-c", "from tools import judge\njudge.SECONDS = 2\njudge.main()"]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, cwd=judge.ROOT, timeout=60
    )
    return done.stdout, done.returncode


@linux
@pytest.mark.parametrize("last", ["return x", "counts[0][0] = x\nreturn 1"])
def test_a_list_that_doubles_sixty_times_ends_with_the_judge_s_own_limits(package, last):
    doubling = "x = []\nfor _ in range(60): x = [x, x]\n"
    printed, status = handed(package, body(doubling + last))
    assert "not right" in printed or status in judge.USED_UP


def test_a_message_holds_nothing_that_no_file_can(package):
    printed, _ = handed(package, body("raise ValueError(chr(0xD800) + chr(27) + 'ä')"))
    assert json.loads(printed)["train0.interpolated"][1].count("\ufffd") == 2


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


def test_a_list_that_holds_itself_is_carried():
    one, other = pair()
    row = []
    row.append(row)
    there = carried(one, other, row)
    assert there[0] is there


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
        {"root": {"o": "s1"}, "objects": {"s1": ["tuple", [{"o": "s1"}]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["random", [[1], None]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["dict", [{"o": "s1"}, 1]]}},
        {"root": {"yours": "j1"}, "objects": {}},
        {"root": {"o": "j1"}, "objects": {"j1": ["list", []]}},
    ],
)
def test_what_is_no_message_is_told(packet):
    with pytest.raises(wire.Broken):
        pair()[0].unpack(packet)


def test_only_the_answer_s_side_lets_attributes_be_fetched():
    one, _ = pair()
    key = one.key(len, "handle")
    with pytest.raises(wire.Broken):
        one.perform("get", {"target": key, "name": "__self__"})
    one.lets_look = True
    assert one.perform("get", {"target": key, "name": "__name__"}) == "len"
