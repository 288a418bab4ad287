"""Right and wrong answers to the exercises, to hold the checks against.

tests/bank/train2.py was written beside the checks, tests/bank/train2_unseen.py from the lesson's
notebook alone, by someone who had not seen them. At first sight, before any check was changed on
their account, the checks rejected 471 of these 478 wrong answers, and named a cause for 395; the
rates that `make exercises` prints are those of today. An answer is entered by a decorator:

    @wrong("train2.tanh", "The sign", says="sign")     the mistake; what the check's cause holds,
                                                       None where it names none
    @right("train2.tanh")

or, where it is no function, as `wrong("train0.by_hand", "…", says="…")(0.25)`.

A known mistake is written once, as a result in its check, with its cause. Here it is held by an
answer, so that its record can't go unnoticed: by one of the unseen, or else by a right answer of
the other file that is `changed` so as to make it. tests/test_mistakes.py looks whether each is.
"""

import ast
import importlib
import inspect
import statistics
import sys
import textwrap
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from microgpt_ref.lab.checks import examine

ENTRIES = []


@dataclass
class Entry:
    """An answer to an exercise: right, or with a mistake that the check may name."""

    name: str
    answer: Any
    file: str  # such as train2 or train2_unseen
    mistake: str | None = None  # None: it is right
    says: str | None = None  # part of the cause that the check names

    @property
    def unseen(self):
        """Whether it was written without having seen the checks."""
        return self.file.endswith("_unseen")

    @property
    def id(self):
        """What a test calls it."""
        label = getattr(self.answer, "__name__", repr(self.answer)[:20])
        return f"{self.file}-{self.name}-{label}"


def enter(name, mistake=None, says=None):
    """A decorator that enters an answer."""

    def add(answer):
        ENTRIES.append(Entry(name, answer, loading, mistake, says))
        return answer

    return add


def wrong(name, mistake, says=None):
    """A decorator for an answer with a mistake."""
    return enter(name, mistake, says)


def right(name):
    """A decorator for an answer that is right."""
    return enter(name)


def changed(name, answer, *changes):
    """Enter a right answer's text with one change or several, for each known mistake.

    changes: (what the check's cause holds, old text, new text, …); the old one stands in the
        answer's text as `ast.unparse` gives it, and is replaced wherever it stands
    """
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(answer))).body
    function.decorator_list = []
    for number, (says, *pairs) in enumerate(changes, 1):
        text = ast.unparse(function)
        for old, new in zip(pairs[::2], pairs[1::2]):
            if old not in text:
                raise ValueError(f"{name}: {old!r} does not stand in {answer.__name__}")
            text = text.replace(old, new)
        scope = dict(vars(sys.modules[answer.__module__]))
        exec(compile(text, f"<{answer.__name__}>", "exec"), scope)
        made = scope[function.name]
        made.__name__ = f"{answer.__name__}_{number}"
        wrong(name, says, says)(made)


def by_hand_results(name, known):
    """Enter wrong results of an exercise by hand: {result: what the check's cause holds}."""
    for result, says in known.items():
        wrong(name, says, says)(list(result) if isinstance(result, tuple) else result)


loading = None  # the file whose entries are being read


def entries():
    """All entries of all files."""
    global loading
    if not ENTRIES:
        for path in sorted(Path(__file__).parent.glob("train*.py")):
            loading = path.stem
            importlib.import_module(f"tests.bank.{loading}")
    return ENTRIES


@cache
def text_of(module):
    """The text of a file of the bank, as a student's cell could hold it: without its entering."""
    kept = []
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("tests"):
            continue
        if isinstance(node, ast.Expr):
            continue
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.decorator_list = [d for d in node.decorator_list if not enters(d)]
        kept.append(ast.unparse(node))
    return "\n\n".join(kept)


def enters(decorator):
    """Whether a decorator is one of the bank's own."""
    called = getattr(decorator, "func", None)
    return getattr(called, "id", "") in ("right", "wrong")


def rates(results):
    """How many of (entry, result) pairs of wrong answers are rejected, and named: as a text."""
    if not results:
        return "none"
    n = len(results)
    rejected = sum(result.status == "not right" for _, result in results)
    named = sum(bool(entry.says) and entry.says in result.cause for entry, result in results)
    return f"{rejected} of {n} rejected, {named} ({named / n:.0%}) with the cause named"


def report(lessons):
    """The table of exercises and what the bank says of their checks, as markdown.

    lessons: {lesson: (exercises, questions)}
    """
    results, seconds = {}, []
    for entry in entries():
        start = time.perf_counter()
        results[id(entry)] = examine(entry.name, entry.answer)
        seconds.append(time.perf_counter() - start)
    lines = ["| exercise | kind | size | minutes | points | hints | wrong | right |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for exercises, _ in lessons.values():
        for one in exercises.values():
            mine = [e for e in entries() if e.name == one.name]
            caught = [e for e in mine if e.mistake and results[id(e)].status == "not right"]
            n_wrong = sum(bool(e.mistake) for e in mine)
            passed = sum(not e.mistake and results[id(e)].status == "right" for e in mine)
            lines.append(
                f"| {one.name} | {one.kind} | {one.size} | {one.minutes} | {one.points or ''} "
                f"| {len(one.hints)} | {len(caught)}/{n_wrong} | {passed}/{len(mine) - n_wrong} |"
            )
    counts = ", ".join(f"{lesson} {len(questions)}" for lesson, (_, questions) in lessons.items())
    wrongs = [(e, results[id(e)]) for e in entries() if e.mistake]
    lines += ["", f"Questions: {counts}"]
    lines.append(f"Seen answers:   {rates([w for w in wrongs if not w[0].unseen])}")
    lines.append(f"Unseen answers: {rates([w for w in wrongs if w[0].unseen])}")
    if seconds:
        slow = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
        lines.append(
            f"{len(seconds)} checks in {sum(seconds):.1f} s, 95% of them under {slow:.2f} s"
        )
    return "\n".join(lines)
