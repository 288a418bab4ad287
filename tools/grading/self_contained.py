"""What a release defines, and whether its exercises make sense to a student who has only that.

A lesson's exercises speak of what the lesson has shown. A release imports what the lessons have
built (`imports_of`), has the lesson's functions that its exercises name (`drafts`), and then what
the lesson's source has for releases alone, in cells tagged `release`:

    # %% tags=["release"]              code that every answer is run after, so it takes no time
    # %% tags=["release", "trained"]   code for trying things out, such as a model's training; no
                                       answer is judged with it
    # %% [markdown] tags=["release"]   follows an exercise's task: > quotes words of task or hints,
                                       and below the quotation stands what a release says instead

`check` then refuses an exercise that names what nothing defines, or points to where nothing is.
"""

import ast
import builtins
import re
from dataclasses import dataclass, replace
from functools import cache

from tools.making.sources import SourceError, tags_of
from tools.making.weave import WOVEN, lines_of, names_read
from tools.setup import ROOT

SPAN = re.compile(r"`(\w+)(?:\(.*?\))?`")  # a name in a text
CODE = re.compile(r"`([^`]+)`")
QUOTED = re.compile(r"^> ?", re.MULTILINE)
HERE = r"(?:the|this|last|next|previous|earlier) (?:\w+ )?"
POINTERS = {  # words that point out of a release, and what they may stand beside
    rf"\b{HERE}(?:figure|picture|plot|box|drawing|section|page|chapter)s?\b": "",
    r"\bthe lesson(?:'s)?\b": "",
    r"(?<!`)\s+above(?=\s*(?:[.,;:)]|$))": "",
    r"(?<!`)(?<!check)(?<!cell)\s+below(?=\s*(?:[.,;:)]|$))": "",
    r"\b(?:cells?|code|draft|output|run|table|text|example)\s+above\b": "",
    r"\b(?:as before|you saw|we saw|from before)\b": "",
    r"\bthe (?:\w+ )?(?:formulas?|ideas|equations?)\b": "$",
    r"\bturn (?:a|the) (?:\w+ )?formulas? into\b": "$$",
    r"\btrained model\b": "weights",
}


class NotContainedError(SourceError):
    """An exercise speaks of what its release doesn't have; the message names both."""


@dataclass
class Setting:
    """What a release has before its exercises."""

    start: str  # code that every answer is run after
    trained: str = ""  # code that is for trying things out

    @property
    def names(self):
        """The names that it defines."""
        return defined(self.start) | defined(self.trained)


def setting_of(source, weave, chosen, more=()):
    """The Setting of a release with these exercises; a chapter without a lesson imports all.

    more: cells for releases, as in a Source, beside the lesson's own
    """
    last = source.name if source.is_lesson else weave.lessons[-1].name
    start = START.format(imports=imports_of(weave, last))
    own = [cell for cell, _ in [*source.release, *more] if cell.cell_type == "code"]
    texts = {False: [], True: []}
    for cell in own:
        texts["trained" in tags_of(cell)].append(cell.source)
    start = "\n\n".join([start, *texts[False]])
    start += drafts(source, start, chosen)
    return Setting(start, "\n\n".join(texts[True]))


# Words


def rewordings(source):
    """{exercise: [(words of the lesson, what a release says instead)]} of a lesson's source.

    Raises NotContainedError for a cell that isn't made of quotations and what follows them.
    """
    found = {}
    for cell, name in source.release:
        if cell.cell_type == "markdown":
            parts = re.split(r"((?:^>.*\n?)+)", cell.source, flags=re.MULTILINE)
            if parts[0].strip() or len(parts) < 3 or name is None:
                raise NotContainedError(
                    f"{name or source.name}: a text for releases follows a task, and begins with "
                    f"> and the words that it replaces: {cell.source[:60]!r}"
                )
            pairs = zip(parts[1::2], parts[2::2], strict=True)
            kept = found.setdefault(name, [])
            kept += [(QUOTED.sub("", old).strip(), new.strip()) for old, new in pairs]
    return found


def reworded(one, pairs):
    """An Exercise in which words of its task and hints are replaced by others.

    pairs: (words, what to say instead); lines may be broken elsewhere than in the exercise
    Raises NotContainedError for words that aren't there.
    """
    for old, new in pairs:
        wanted = re.compile(r"\s+".join(map(re.escape, old.split())))
        texts = [one.task, *one.hints]
        if not old.strip() or not any(map(wanted.search, texts)):
            raise NotContainedError(f"{one.name}: its text doesn't have the words {old!r}")
        task, *hints = (wanted.sub(lambda _, new=new: new, text).strip() for text in texts)
        one = replace(one, task=task, hints=hints)
    return one


def in_release(one, lesson, pairs):
    """An Exercise in the words of a release of its lesson."""
    one = reworded(one, pairs)
    task, *hints = (re.sub(r"\bthis\s+lesson\b", f"*{lesson}*", t) for t in [one.task, *one.hints])
    return replace(one, task=task, hints=hints)


# The check


def check(setting, chosen):
    """Check that exercises speak only of what is there; raises NotContainedError naming all."""
    faults = []
    for one in chosen:
        known = setting.names | set(dir(builtins)) | own_names(one) | words_of_package()
        for name in spoken(one):
            if name not in known:
                faults.append(
                    f"{one.name}: its text has `{name}`, which the release doesn't define; define "
                    f'it in a cell tagged release, or say introduces="{name}" beside exercise= if '
                    "the text itself says what it is"
                )
        faults += pointers(one)
    if faults:
        raise NotContainedError("\n".join(faults))


def pointers(one):
    """The faults of an exercise whose words point to where nothing is in a release."""
    whole = "\n".join([one.task, *one.hints])
    for text in [one.task, *one.hints]:
        for pattern, beside in POINTERS.items():
            for found in re.finditer(pattern, text, re.IGNORECASE):
                if not beside or beside not in whole:
                    line = text[max(0, found.start() - 30) : found.end() + 10].replace("\n", " ")
                    words = " ".join(found[0].split())
                    yield (
                        f"{one.name}: {words!r} points out of the release: …{line}…; say what is "
                        "meant, in a text cell tagged release"
                    )


def spoken(one):
    """The names in the code that an exercise's text has in backticks, in order, each once."""
    found = {}
    for text in [one.task, *one.hints]:
        for span in CODE.findall(text):
            tree = parsed(" ".join(span.split()))
            if tree:
                found |= dict.fromkeys(sorted(names_read(tree) - local_names(tree)))
    return [name for name in found if len(name) > 1]  # a letter is a number of the text's own


def own_names(one):
    """The names that an exercise brings along: those of its stub, its solution and its text."""
    spans = [span for text in [one.task, *one.hints] for span in CODE.findall(text)]
    trees = [parsed(" ".join(span.split())) for span in spans]
    for cells in (one.stub, one.solution, one.follow_up):
        trees += [parsed(cell.source) for cell in cells if cell.cell_type == "code"]
    names = set(one.introduces.split())
    for tree in filter(None, trees):
        names |= local_names(tree) | words_in(tree)
    return names


def parsed(code):
    """The syntax of some code, or of the first line of a function or class; None for none."""
    for text in (code, f"{code} pass"):
        try:
            return ast.parse(text)
        except SyntaxError:
            pass
    return None


def words_in(tree):
    """The attributes, keywords and words in texts that some code has."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.ClassDef):
            found |= {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\w+", node.value)) if len(node.value) < 20 else set()
    return found


@cache
def words_of_package():
    """What the program calls its attributes and its matrices, such as grad and wte."""
    found = {"microgpt_ref", "layer0"}
    for name in WOVEN:
        text = (ROOT / "microgpt_ref" / f"{name}.py").read_text(encoding="utf-8")
        found |= words_in(ast.parse(text))
    return found


# Code


def imports_of(weave, lesson):
    """The text that imports what the lessons up to this one have built."""
    modules = {}
    for name in weave.introduced:
        piece = weave.pieces[name]
        module = name.partition(".")[0]
        if not piece.owner and piece.lesson <= lesson:
            modules.setdefault(module, []).append(piece.short)
    lines = []
    for module, names in modules.items():
        text = f"from microgpt_ref.{module} import {', '.join(sorted(names))}"
        if len(text) > 100:
            inside = "".join(f"    {name},\n" for name in sorted(names))
            text = f"from microgpt_ref.{module} import (\n{inside})"
        lines.append(text)
    return "\n".join(lines)


START = """\
import math
import random

from microgpt_ref.data import load_docs
{imports}

rng = random.Random(42)
docs = load_docs("ssa2018")
rng.shuffle(docs)
held_out = docs[1000:1300]
tokenizer = Tokenizer(docs)"""


def drafts(source, start, chosen):
    """The text of functions that the lesson defines on its way, and its exercises speak of.

    source: the lesson; start: what comes before; chosen: the exercises
    """
    own = own_definitions(source)
    spoken = [SPAN.findall(text) for one in chosen for text in [one.task, *one.hints]]
    wanted = [name for names in spoken for name in names]
    for one in chosen:
        if one.expression:
            wanted += sorted(names_read(ast.parse(one.solution_text)))
    known, found = set(dir(builtins)) | defined(start), {}

    def find(name):
        """Whether a name is known, or was found."""
        if name in known or name in found:
            return True
        if name not in own:
            return False
        node, text = own[name]
        found[name] = text
        if all([find(n) for n in sorted(names_read(node) - local_names(node))]):
            return True
        del found[name]
        return False

    for name in wanted:
        find(name)
    return "".join(f"\n\n\n{found[name]}" for name in own if name in found)


def own_definitions(source):
    """{name: (syntax, text)} of what a lesson's plain cells define."""
    own = {}
    for cell in source.code():
        if not {"exercise", "solution", "check", "setup"} & set(tags_of(cell)):
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    own[node.name] = node, "\n".join(lines_of(cell.source, node))
    return own


def check_solutions(setting, chosen):
    """Check that solutions read only names that something defines; raises NotContainedError."""
    known = set(dir(builtins)) | defined(setting)
    for one in chosen:
        if one.expression:
            tree = ast.parse(f"{one.stub_text}\n{one.solution_text}")
            missing = names_read(tree) - known - defined(one.solution_text) - local_names(tree)
            if missing:
                names = ", ".join(sorted(missing))
                raise NotContainedError(f"{one.name}: the assignment doesn't define {names}")


def defined(text):
    """The names that the top level of some code defines."""
    names = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        else:
            names |= local_names(node)
    return names


def local_names(tree):
    """All names that some code sets, anywhere in it."""
    names = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
