"""How the program changes from lesson to lesson: the page book/changes.md.

From each program to the next: both in miniature, what takes whose place, how the main part changes,
function by function, and what else comes and goes. notebooks/src/why.toml has the reasons.
"""

import ast
import html
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.making.links import main_fragment, piece_fragment
from tools.making.weave import WeaveError

WHY = "notebooks/src/why.toml"
INTRODUCTION = """\
---
html_theme.sidebar_secondary.remove: true
---

# How the program changes

Every lesson ends with a program that runs, and the next lesson changes it. This page puts each
program beside the one before, and says what was dropped, what was added, what replaced what, and
why. The last of them is [the program, whole](program.md).
"""
COLUMNS = 4  # of a program in miniature
TOP = "the top level"


@dataclass(frozen=True)
class Line:
    """A line of a program, and whether the other program of a pair has it as well."""

    text: str
    name: str  # of its piece, or "main"
    kept: bool


# What differs


def functions(lines):
    """{function, or TOP: numbers of its lines} of a main part, in order; empty lines are nobody's.

    A function is one that stands at the top level.
    """
    tree = ast.parse("\n".join(lines))
    inside = {
        number: node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for number in range(node.lineno - 1, node.end_lineno)
    }
    found = {}
    for number, line in enumerate(lines):
        if line:
            found.setdefault(inside.get(number, TOP), []).append(number)
    return found


def matched(before, after):
    """Pairs (a line's number or None, a line's number or None): how one text becomes another."""
    pairs = []
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for kind, a, a_end, b, b_end in matcher.get_opcodes():
        old, new = list(range(a, a_end)), list(range(b, b_end))
        if kind == "equal":
            pairs += zip(old, new)
        else:
            height = max(len(old), len(new))
            old += [None] * (height - len(old))
            new += [None] * (height - len(new))
            pairs += zip(old, new)
    return pairs


def same(pair, before, after):
    """True if a pair of line numbers stands for one line that both texts have."""
    a, b = pair
    return a is not None and b is not None and before[a] == after[b]


def main_hunks(before, after):
    """[(function or TOP, pairs of line numbers)] for what differs between two main parts."""
    old, new = functions(before), functions(after)
    hunks = []
    for name in [*new, *(name for name in old if name not in new)]:
        a, b = old.get(name, []), new.get(name, [])
        texts = [before[i] for i in a], [after[i] for i in b]
        pairs = [
            (None if i is None else a[i], None if j is None else b[j]) for i, j in matched(*texts)
        ]
        if not all(same(pair, before, after) for pair in pairs):
            hunks.append((name, pairs))
    return hunks


def main_lines(program):
    """The main part of a program, imports included."""
    return [line for line, name in program if name == "main"]


def compared(before, after):
    """The Lines of two programs, before and after; each is a list of (line, piece or "main")."""
    old, new = main_lines(before), main_lines(after)
    gone, come = set(), set()
    for _, pairs in main_hunks(old, new):
        changed = [pair for pair in pairs if not same(pair, old, new)]
        gone |= {a for a, _ in changed}
        come |= {b for _, b in changed}
    return marked(before, after, gone), marked(after, before, come)


def marked(program, other, changed):
    """The Lines of a program; changed: numbers of those of its main part that the other lacks."""
    names = {name for _, name in other}
    lines, number = [], -1
    for text, name in program:
        number += name == "main"
        kept = number not in changed if name == "main" else name in names
        lines.append(Line(text, name, kept))
    return lines


# What is shown


def page(weave, why):
    """The page of differences between each lesson's program and the one before.

    why: what is in why.toml. Raises WeaveError where it doesn't have the very pieces that change.
    """
    check_reasons(weave, why)
    parts = [INTRODUCTION]
    for before, after in zip([None, *weave.lessons], weave.lessons):
        heading = f"From {before.name} to {after.name}" if before else f"The first: {after.name}"
        parts.append(f"## {heading}\n\n{why['lessons'][after.name]}\n")
        body = change(weave, why, before, after) if before else first(weave, why, after)
        parts.append(f"```{{raw}} html\n{body}\n```\n")
    return "\n".join(parts)


def check_reasons(weave, why):
    """Raise WeaveError where reasons are missing or left over."""
    come, gone = set(), set()
    for before, after in zip([None, *weave.lessons], weave.lessons):
        come |= set(without(weave, after, before))
        gone |= set(without(weave, before, after))
    wanted = {"lessons": {one.name for one in weave.lessons}, "added": come, "retired": gone}
    for key, names in wanted.items():
        for name in sorted(names - set(why[key])):
            raise WeaveError(f"{WHY} has no sentence for {name} among those {key}")
        for name in sorted(set(why[key]) - names):
            raise WeaveError(f"{WHY} has a sentence for {name} among those {key}, where none is")
    for name, heirs in why["becomes"].items():
        for one in [name, *heirs.split()]:
            if one not in weave.introduced:
                raise WeaveError(f"{WHY} tells what {name} becomes, and no lesson has {one}")


def pieces_of(weave, lesson):
    """The names of the pieces in a lesson's program; no lesson has none."""
    return {name for _, name in weave.program(lesson)} - {"main"} if lesson else set()


def without(weave, lesson, other):
    """The pieces in a lesson's program that another's hasn't, in the lessons' order."""
    names = pieces_of(weave, lesson) - pieces_of(weave, other)
    return [name for name in weave.introduced if name in names]


def first(weave, why, lesson):
    """What there is to see of the first program: itself, and what each piece is for."""
    lines = [Line(text, name, False) for text, name in weave.program(lesson)]
    names = without(weave, lesson, None)
    return two_sides(
        f"<h3>What is in it</h3>{reasons(weave, names, why['added'])}",
        miniature(lesson.name, lines, "after"),
    )


def change(weave, why, before, after):
    """What there is to see of a program and the one before it."""
    old, new = compared(weave.program(before), weave.program(after))
    come, gone = without(weave, after, before), without(weave, before, after)
    heirs = {name: why["becomes"][name].split() for name in gone if name in why["becomes"]}
    parts = [two_sides(miniature(before.name, old, "before"), miniature(after.name, new, "after"))]
    if heirs:
        parts.append("<h3>What replaces what</h3>")
        parts += [succession(weave, why, name, heirs[name], after.name) for name in heirs]
    parts.append("<h3>The main part</h3>")
    texts = main_lines(weave.program(before)), main_lines(weave.program(after))
    parts += [main_hunk(name, pairs, *texts, after.name) for name, pairs in main_hunks(*texts)]
    told = {heir for names in heirs.values() for heir in names}
    left = [name for name in gone if name not in heirs]
    fresh = [name for name in come if name not in told]
    sides = [
        f"<h3>{heading}</h3>{reasons(weave, names, why[key])}" if names else ""
        for heading, names, key in (
            ("What else was dropped", left, "retired"),
            ("What else was added", fresh, "added"),
        )
    ]
    parts.append(two_sides(*sides))
    return "\n".join(parts)


def two_sides(before, after):
    """Two pieces of HTML beside each other; on a phone one below the other."""
    sides = "".join(f'<div class="change-side">{side}</div>' for side in (before, after) if side)
    return f'<div class="change-sides">{sides}</div>'


def reasons(weave, names, sentences):
    """A list of pieces that come or go; those with one reason share an entry."""
    entries = []
    for sentence, group in groupby(names, key=sentences.get):
        links = ", ".join(piece_link(weave, name) for name in group)
        entries.append(f"<li><div>{links}</div>{words(sentence)}</li>")
    return f'<ul class="change-list">{"".join(entries)}</ul>'


def piece_link(weave, name):
    """A piece's name, which leads to the cell that introduces it."""
    lesson = weave.pieces[name].lesson
    address = f"../notebooks/{lesson}.html#{piece_fragment(name)}"
    return f'<a class="{lesson}" href="{address}"><code>{called(name)}</code></a>'


def called(name):
    """What a page calls a piece: by its name alone, a method with its class."""
    return ".".join(name.split(".")[1:])


def words(sentence):
    """A sentence as HTML, with what stands between backquotes as code."""
    parts = html.escape(sentence, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def succession(weave, why, name, heirs, lesson):
    """A piece that goes, beside those that take its place."""
    before = code_of(weave, name)
    after = [line for i, heir in enumerate(heirs) for line in [""] * (i > 0) + code_of(weave, heir)]
    names = " and ".join(piece_link(weave, heir) for heir in heirs)
    heading = f"{piece_link(weave, name)} becomes {names}"
    reason = f"<p>{words(why['retired'][name])}</p>"
    if len(heirs) == 1:
        purpose = f"<p>{words(why['added'][heirs[0]])}</p>"
    else:
        purpose = reasons(weave, heirs, why["added"])
    told = two_sides(reason, purpose)
    return hunk(heading, told, matched(before, after), before, after, lesson)


def code_of(weave, name):
    """The lines of a piece as programs have them, without its docstrings."""
    piece = weave.pieces[name]
    return [line for _, line in piece.program_lines(weave.own_methods(piece))]


def main_hunk(name, pairs, before, after, lesson):
    """What changes in a function of the main part, or at its top level."""
    link = f'<a class="{lesson}" href="../notebooks/{lesson}.html#{main_fragment(lesson)}">'
    place = f"Outside any function{'</a>'}" if name == TOP else f"In <code>{name}</code></a>"
    return hunk(link + place, "", near(pairs, before, after), before, after, lesson)


def near(pairs, before, after, reach=2):
    """The pairs that differ, and those close to them; None for each stretch that is left out."""
    differ = [i for i, pair in enumerate(pairs) if not same(pair, before, after)]
    shown = [i for i in range(len(pairs)) if any(abs(i - one) <= reach for one in differ)]
    result = []
    for place, i in enumerate(shown):
        if place and i > shown[place - 1] + 1:
            result.append(None)
        result.append(pairs[i])
    return result


def hunk(heading, told, pairs, before, after, lesson):
    """Two texts beside each other, line by line, with what leaves one and comes in the other."""
    colors = [colored(lines) for lines in (before, after)]
    sides = []
    for side, lines, look, tag in ((0, before, colors[0], "del"), (1, after, colors[1], "ins")):
        rows = []
        for pair in pairs:
            number = pair and pair[side]
            if pair is None:
                rows.append('<span class="line change-cut">⋯\n</span>')
            elif number is None:
                rows.append('<span class="line change-none">\n</span>')
            else:
                text = lines[number]
                one = tag if not same(pair, before, after) and text else "span"
                indent = len(text) - len(text.lstrip())
                style = f' style="--indent: {indent}"' if indent else ""
                rows.append(f'<{one} class="line"{style}>{look[number]}\n</{one}>')
        sides.append(rows)
    full = [[row for row in rows if "change-none" not in row] for rows in sides]
    blocks = [
        f'<pre class="change-{which}">{"".join(rows)}</pre>' if some else ""
        for which, rows, some in zip(("before", "after"), sides, full)
    ]
    return (
        f'<div class="change-hunk no-copybutton {lesson}" style="--rows: {len(pairs)}">'
        f'<h4 class="change-place">{heading}</h4>{told}'
        f'<div class="change-code highlight">{"".join(blocks)}</div></div>'
    )


def colored(lines):
    """The lines of some code as HTML."""
    return highlight(
        "\n".join(lines), PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)
    ).split("\n")


def miniature(lesson, lines, side):
    """A program in miniature, one bar per line: what goes, or what is new, stands out."""
    n = sum(bool(line.text) for line in lines)
    changed = sum(bool(line.text) and not line.kept for line in lines)
    what = f"{changed} of them go" if side == "before" else f"{changed} of them new"
    if side == "after" and changed == n:
        what = "all of them new"
    per_column, pitch = -(-len(lines) // COLUMNS), 3
    bars = []
    for i, line in enumerate(lines):
        if line.text:
            indent = len(line.text) - len(line.text.lstrip())
            x = 100 * (i // per_column) + indent
            y, width = pitch * (i % per_column), max(1, min(88, len(line.text)) - indent)
            kind = "" if line.kept else ' class="new"'
            height = 1 if line.kept else 2.2
            top = y + (2.2 - height) / 2
            size = f'width="{width}" height="{height}"'
            bars.append(f'<rect x="{x}" y="{top:.1f}" {size}{kind}/>')
    told = f"The program of {lesson} in miniature, one bar per line: {n} lines, {what}."
    box = f"0 0 {100 * COLUMNS - 12} {pitch * per_column}"
    return (
        f'<figure class="change-map {lesson} {side}"><figcaption><b>{lesson}</b> {n} lines, {what}'
        f'</figcaption><svg viewBox="{box}" role="img" aria-label="{told}">{"".join(bars)}</svg>'
        "</figure>"
    )
