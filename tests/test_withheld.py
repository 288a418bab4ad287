"""What an exercise withholds is not in an answer's process: ways to get at it, and fair answers."""

import ast
import textwrap

import pytest

from microgpt_ref.lab.checks import LESSONS, load, no_answer
from microgpt_ref.lab.checks.comparing import Wrong
from microgpt_ref.layers import exp, plain, total
from tools.grading import judge, withheld
from tools.setup import ROOT

NAMES = sorted({n for lesson in LESSONS for c in load(lesson).values() for n in c.gives_away})
SETTING = """\
import math
from microgpt_ref.layers import dot, linear, softmax
from microgpt_ref.transformer import attention, self_attention
from microgpt_ref.value import Value
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package without its checks."""
    folder = tmp_path_factory.mktemp("package")
    judge.copy_package(folder)
    return folder


# the course's own functions, got at by each of these: each leaves it under the name `own`
WAYS = {
    "as it is": "own = {name}",
    "without a profile": "import sys\nsys.setprofile(None)\nown = {name}",
    "without any tracing": "import sys, threading\nsys.settrace(None)\n"
    "threading.setprofile(None)\nsys.setprofile(None)\nown = {name}",
    "through another's profile": "import sys\nsys.setprofile(lambda *a: None)\nown = {name}",
    "among all objects": "import gc, types\nown = next(o for o in gc.get_objects()\n"
    "    if isinstance(o, types.FunctionType) and o.__name__ == {name}.__name__)",
    "by its code": "import types\nown = types.FunctionType({name}.__code__, {name}.__globals__)",
    "by its code, renamed": "import types\nown = types.FunctionType(\n"
    "    {name}.__code__.replace(co_name='mine', co_filename='<mine>'), {name}.__globals__)",
    "by its text": "import inspect, sys, textwrap\n"
    "ns = vars(sys.modules[{name}.__module__]).copy()\n"
    "exec(textwrap.dedent(inspect.getsource({name})), ns)\nown = ns[{name}.__name__]",
    "imported anew": "import importlib, sys\nm = {name}.__module__\nsys.modules.pop(m)\n"
    "own = importlib.import_module(m)\nfor part in {name}.__qualname__.split('.'):\n"
    "    own = getattr(own, part)",
    "imported under another name": "import importlib.util, sys\n"
    "s = importlib.util.spec_from_file_location('x', sys.modules[{name}.__module__].__file__)\n"
    "own = importlib.util.module_from_spec(s)\ns.loader.exec_module(own)\n"
    "for part in {name}.__qualname__.split('.'):\n    own = getattr(own, part)",
    "from the file": "import sys\nns = {{'__name__': 'x'}}\n"
    "exec(open(sys.modules[{name}.__module__].__file__).read(), ns)\n"
    "own = ns[{name}.__qualname__.split('.')[0]]\n"
    "for part in {name}.__qualname__.split('.')[1:]:\n    own = getattr(own, part)",
    "in a wrapper": "import functools\nown = functools.partial({name})",
    "in a thread": "import threading\n\ndef own(*a):\n    found = []\n"
    "    t = threading.Thread(target=lambda: found.append({name}(*a)))\n"
    "    t.start()\n    t.join()\n    return found[0]",
    "with its message swallowed": "import microgpt_ref.lab.checks.no_answer as n\n\n"
    "def own(*a):\n    n.handed_in = lambda name: StopIteration(name)\n"
    "    try:\n        return {name}(*a)\n    except BaseException:\n        return None",
}
ANSWERS = {  # (exercise, the function withheld, an answer that is right if `own` is that function)
    "mask": (
        "train3.mask",
        "attention",
        """\
def answer(queries, keys, values, mask):
    outputs = []
    for q, row in zip(queries, mask):
        seen = [j for j, visible in enumerate(row) if visible]
        outputs.append(own(q, [keys[j] for j in seen], [values[j] for j in seen]))
    return outputs
""",
    ),
    "score_slopes": (
        "train3.score_slopes",
        "Value.backward",
        """\
def answer(scores, values, slopes):
    leaves = [Value(s) for s in scores]
    shares = softmax(leaves)
    own(dot([dot(shares, column) for column in zip(*values)], slopes))
    return [leaf.grad for leaf in leaves]
""",
    ),
}


@pytest.mark.parametrize("exercise", ANSWERS)
@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_what_is_withheld(package, exercise, way):
    name, function, text = ANSWERS[exercise]
    cell = WAYS[way].format(name=function) + "\n\n\n" + text
    status, message = judge.judge(name, "answer", [cell], [SETTING], package, "seed")
    assert status == "not right"
    assert "the course's own" in message or way in ("in a thread", "with its message swallowed")


def test_the_figures_of_train2_hand_on_no_gradients_for_an_answer(package):
    name, _, text = ANSWERS["score_slopes"]
    text = text.replace("own(dot(", "found = after_all(dot(").replace("leaf.grad", "found[leaf]")
    figures = """\
from microgpt_ref.lab.train2 import after, handings

def after_all(result):
    return after(result, handings(result, "topological"))
"""
    status, message = judge.judge(name, "answer", [figures + text], [SETTING], package, "seed")
    assert status == "not right" and "ModuleNotFoundError" in message


@pytest.mark.parametrize("exercise", ["mask", "score_slopes"])
def test_the_same_answer_is_right_with_the_student_s_own_function(package, exercise):
    own = {
        "mask": "def own(q, keys, values):\n"
        "    shares = softmax([dot(q, k) / len(q) ** 0.5 for k in keys])\n"
        "    return [sum(p * v[i] for p, v in zip(shares, values)) for i in range(len(values[0]))]",
        "score_slopes": "def own(result):\n    result.grad = 1.0\n"
        "    for node in reversed(result.topological_order()):\n"
        "        for child, slope in zip(node.inputs, node.local_derivatives):\n"
        "            child.grad += slope * node.grad",
    }[exercise]
    name, _, text = ANSWERS[exercise]
    cell = own + "\n\n\n" + text
    assert judge.judge(name, "answer", [cell], [SETTING], package, "seed") == ("right", "")


FAIR = """\
def own(q, keys, values):
    shares = softmax([dot(q, k) / len(q) ** 0.5 for k in keys])
    return [sum(a * b for a, b in zip(shares, column)) for column in zip(*values)]
"""


def pasted(name):
    """A function's text as it stands in the course, under another name."""
    module, _, path = name.partition(".")
    text = (ROOT / "microgpt_ref" / f"{module}.py").read_text(encoding="utf-8")
    (node,) = [
        n
        for n in ast.walk(ast.parse(text))
        if isinstance(n, ast.FunctionDef) and n.name == path.rpartition(".")[2]
    ]
    node.name = "own"
    return ast.unparse(node)


@pytest.mark.parametrize("name", NAMES)
def test_a_pasted_copy_is_told_whatever_is_switched_off(package, name):
    exercise, _, text = next(a for a in ANSWERS.values() if name in judge.find(a[0]).gives_away)
    if name.endswith("self_attention"):
        text = text.replace("own(q, ", "own({}, q, ")
    cell = f"import sys\nsys.setprofile(None)\n{pasted(name)}\n\n\n{text}"
    status, message = judge.judge(exercise, "answer", [cell], [SETTING], package, "seed")
    assert status == "not right" and f"the course's own {name}" in message


def test_a_copy_among_the_answers_before_is_no_way_either(package):
    name, _, text = ANSWERS["mask"]
    given = [name, "answer", [text], [SETTING], package, "seed"]
    copy = pasted("transformer.attention")
    assert judge.judge(*given, [copy, FAIR]) == ("right", "")
    assert judge.judge(*given, [copy])[0] == "not right"


def test_a_copy_that_the_answer_does_not_use_does_no_harm(package):
    name, _, text = ANSWERS["mask"]
    copy = pasted("transformer.attention").replace("own", "attention")
    given = [f"{copy}\n\n\n{FAIR}\n\n\n{text}"], [SETTING], package, "seed"
    assert judge.judge(name, "answer", *given) == ("right", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_copy_has_no_text_of_what_is_withheld(package, tmp_path, name):
    withheld.copy_without(package, tmp_path, [name])
    body = [line.strip() for line in pasted(name).splitlines()[1:] if len(line.strip()) > 25]
    body = [line for line in body if '"""' not in line]
    assert body
    everything = "\n".join(
        "".join(p.read_text(encoding="utf-8").split())
        for p in tmp_path.rglob("*")
        if p.suffix in (".py", ".json", ".js", ".txt")
    )
    own = [line for line in body if "".join(line.split()) in everything]
    assert len(own) < len(body)  # lines such as `for k in keys` may stand elsewhere too
    compile(
        next((tmp_path / "microgpt_ref").glob(f"{name.split('.')[0]}.py")).read_text(), "x", "exec"
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace("exps_sum", "s").replace("logits", "numbers"),
        lambda text: "import functools\n@functools.cache\n" + text,
        lambda text: (
            "def around():\n" + textwrap.indent(text, "    ") + "\n    return own\n\nown = around()"
        ),
        lambda text: (
            "class A:\n    @staticmethod\n" + textwrap.indent(text, "    ") + "\n\nown = A.own"
        ),
        lambda text: "x = 1; y = 2\n\n" + text + "\nother = own",
    ],
    ids=["as it is", "renamed", "decorated", "within a function", "within a class", "among others"],
)
def test_a_copy_loses_its_body_wherever_it_stands(change):
    digests, ns = (
        no_answer.digests(["layers.softmax"]),
        {"exp": exp, "plain": plain, "total": total},
    )
    text = change(pasted("layers.softmax"))
    exec(no_answer.without_copies(text, {}), ns)
    assert ns["own"]((1.0, 1.0)) == [0.5, 0.5]
    exec(no_answer.without_copies(text, digests), ns)
    with pytest.raises(Wrong, match=r"the course's own layers\.softmax"):
        ns["own"]((1.0, 1.0))


@pytest.mark.parametrize(
    "text", ["", "def own(x):\n    return x", pasted("layers.softmax").replace("/", "*"), "own = 1"]
)
def test_what_is_no_copy_stays_as_it_is(text):
    digests = no_answer.digests(["layers.softmax"])
    assert no_answer.without_copies(text, digests) == compile(text, "<answer>", "exec")


def test_every_name_that_is_withheld_is_covered_here():
    covered = {n for exercise, _, _ in ANSWERS.values() for n in judge.find(exercise).gives_away}
    assert covered == set(NAMES)


def test_a_function_loses_its_body_and_nothing_else():
    text = 'class A:\n    def f(self, x):\n        """Doc."""\n        return x\n\n    y = 1\n'
    ns = {}
    exec(withheld.without(text, "m.A.f"), ns)
    assert ns["A"].y == 1
    with pytest.raises(Exception, match=r"the course's own m\.A\.f"):
        ns["A"]().f(2)


def test_digests_tell_functions_apart():
    found = no_answer.digests(NAMES)
    assert sorted(found.values()) == NAMES
