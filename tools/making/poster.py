"""The finished program as a poster, and as a file that runs.

The program is the weave's. Here its lines are put into parts with a heading each, in the order in
which the program is best read: what reads the names stands first, what puts the rest to work stands
last. The page (book/program.md), the file that it offers (microgpt.py) and what its button copies
come from the same parts.
"""

import html
import json
from dataclasses import dataclass
from itertools import groupby

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from microgpt_ref.data import SSA2018
from tools.making import stage_cards
from tools.making.links import main_fragment, piece_fragment
from tools.making.weave import WeaveError

FILE = "microgpt.py"
NAMES = SSA2018.name
LAST_OF_DATA = "rng.shuffle(docs)"  # the line of the main part with which the first part ends
GIVEN = (
    "sys.argv[1]"  # the file of names, as the weave's program has it, and as one that runs alone
)
FOUND = f'sys.argv[1] if sys.argv[1:] else "{NAMES}"'
OPENING = f'''\
"""A GPT in plain Python: it learns from names, then invents some. After Andrej Karpathy's microgpt.

python {FILE}         trains on {NAMES} beside it, about a minute, and prints twenty names
python {FILE} FILE    does the same with your own list, one name per line

From the course "A complete GPT in plain Python". MIT licence.
"""
'''
INTRODUCTION = """\
---
html_theme.sidebar_secondary.remove: true
---

# The program, whole

This is all of it. {count} lines of Python, not counting empty ones, read a list of names, learn
from a thousand of them, and invent twenty of their own. There's no library underneath, only what
comes with Python. Five lessons build it. The colour and the number beside a block say which of
them wrote it, and the name of a function leads to the place where it's explained.

Put the two files below into one folder and run `python {file}`. It's silent for about a minute
while it trains, then it prints its names. Give it another list, one name per line, and it learns
from that: `python {file} FILE`. This page also prints as a poster, on one sheet of A3 or A2.

"""


PRINTED = """\
A GPT in {count} lines of plain Python. It reads a list of names, learns from a thousand of them,
and invents twenty of its own. From the course “A complete GPT in plain Python”, after Andrej
Karpathy’s microgpt."""


@dataclass(frozen=True)
class Part:
    """A part of the poster: modules or pieces whose lines stand in it, under a heading."""

    name: str
    title: str
    point: str  # a sentence below the title
    holds: tuple


PARTS = (
    Part("data", "Data", "One name per line, shuffled.", ()),
    Part(
        "tokenizer",
        "Tokenizer",
        "Letters become numbers. BOS marks both ends of a name.",
        ("tokenizer",),
    ),
    Part(
        "autograd",
        "Autograd",
        "Numbers that remember what made them, so slopes find their way back.",
        ("value",),
    ),
    Part(
        "layers",
        "Layers",
        "Multiply, add, bend: what every network is made of.",
        ("layers", "mlp"),
    ),
    Part(
        "attention",
        "Attention",
        "A position asks, and those before it answer.",
        ("transformer", "gpt.multi_head_attention"),
    ),
    Part(
        "gpt",
        "GPT",
        "Attention and network, again and again, then a score for each letter.",
        ("gpt",),
    ),
    Part(
        "adam",
        "Adam",
        "A step for every weight, each of its own size.",
        ("adam",),
    ),
    Part(
        "run",
        "Run",
        "A name, a loss, a step downhill, a thousand times. Then it invents.",
        (
            "layers.document_loss",
            "training",
            "layers.with_temperature",
            "sampling",
        ),
    ),
)


def place_of(name):
    """(place of its part, place within it) of a piece. Raises WeaveError where there is none."""
    while name:
        for i, part in enumerate(PARTS):
            if name in part.holds:
                return i, part.holds.index(name)
        name = name.rpartition(".")[0]  # a method stands with its class, and that with its module
    raise WeaveError("the poster has no part for a piece: see PARTS in tools/making/poster.py")


def in_parts(program):
    """The lines of the program for each part, without empty ones at either end.

    program: (line, piece or "main", lesson that introduces it), one by one; so are the parts' lines
    """
    begun = [line for line, name, _ in program if name == "main"]
    if LAST_OF_DATA not in begun:
        raise WeaveError(f"the poster's first part ends with {LAST_OF_DATA!r}, which isn't there")
    parts = [[] for _ in PARTS]
    pieces = [(place_of(row[1]), row) for row in program if row[1] != "main"]
    for (i, _), row in sorted(pieces, key=lambda one: one[0]):  # stable: else the package's order
        parts[i].append(row)
    main = [(line.replace(GIVEN, FOUND), *more) for line, *more in program if more[0] == "main"]
    last = begun.index(LAST_OF_DATA) + 1
    parts[0] += main[:last]
    parts[-1] += [("", *main[last][1:]), *main[last:]]
    return [stripped(lines) for lines in parts]


def stripped(lines):
    """Lines of the program without empty ones at either end."""
    full = [i for i, (line, _, _) in enumerate(lines) if line]
    return lines[full[0] : full[-1] + 1]


def count(program):
    """The number of lines of the program that aren't empty."""
    return sum(bool(line) for line, _, _ in program)


def file_text(program):
    """The program as a file: an opening, and a comment above each part."""
    texts = [OPENING]
    for part, lines in zip(PARTS, in_parts(program), strict=True):
        code = "\n".join(line for line, _, _ in lines)
        texts.append(f"# {part.title}: {part.point[0].lower()}{part.point[1:]}\n\n{code}\n")
    return "\n\n".join(texts).replace("\n\n\n\n", "\n\n\n")


# The page


def page(program, lessons):
    """The page that shows the program: an introduction, the files, the lessons, and the parts.

    lessons: the sources of those that introduce a line
    """
    introduction = INTRODUCTION.format(count=count(program), file=FILE)
    parts = in_parts(program)
    rows = sum(3.2 + sum(1 if line else 0.5 for line, _, _ in lines) for lines in parts)
    body = [
        f'<div class="poster" style="--rows: {rows:.0f}">',
        f'<p class="poster-printed">{PRINTED.format(count=count(program))}</p>',
        doors(file_text(program)),
        legend(program, lessons),
        '<div class="poster-parts">',
        *map(part_html, PARTS, parts),
        "</div>",
        "</div>",
        '<script defer src="../_static/live/poster.js"></script>',
    ]
    return introduction + "```{raw} html\n" + "\n".join(body) + "\n```\n"


def doors(text):
    """The links to the files, the button that copies, and what it copies."""
    data = json.dumps(text, ensure_ascii=False).replace("</", "<\\/")
    return f"""\
<div class="doors poster-doors">
<a href="{FILE}" download>Download {FILE}</a>
<a href="{NAMES}" download>Download its names</a>
<button type="button" class="quiet pst-js-only" data-copies="poster-file">Copy the program</button>
<span class="poster-told" role="status"></span>
</div>
<script type="application/json" id="poster-file">{data}</script>"""


def legend(program, lessons):
    """What the colors mean, as a choice of one lesson that is to stand out, or of all."""
    entries = ['<fieldset class="poster-legend">']
    entries.append("<legend>Point at a lesson, or tap it, to see what it adds</legend>")
    for source in lessons:
        question, _ = stage_cards.opening(source)
        own = count([row for row in program if row[2] == source.name])
        entries.append(choice(source.name, source.name, question, f"{own} lines"))
    entries.append(choice("all", "all five", "The finished program", f"{count(program)} lines"))
    return "\n".join([*entries, "</fieldset>"])


def choice(value, name, *facts):
    """An entry of the legend."""
    checked = " checked" if value == "all" else ""
    told = " ".join(f"<span>{html.escape(fact)}</span>" for fact in facts)
    return (
        f'<label class="poster-choice {value}">'
        f'<input type="radio" name="poster-lesson" value="{value}" autocomplete="off"{checked}>'
        f'<span class="poster-name">{name}</span> {told}</label>'
    )


def part_html(part, lines):
    """A part of the poster: its heading, and its lines in strips of one lesson each."""
    code = "\n".join(line for line, _, _ in lines)
    colored = highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)).split("\n")
    rows = [(*line, look) for line, look in zip(lines, colored)]
    named = {"main"}  # pieces that an anchor leads to by now
    strips = "".join(strip(owner, group, named) for owner, group in in_strips(rows))
    return (
        f'<div class="poster-part no-copybutton">'
        f'<h2 id="poster-{part.name}">{part.title}</h2>'
        f"<p>{html.escape(part.point)}</p>"
        f'<div class="poster-code highlight"><pre>{strips}</pre></div></div>'
    )


def in_strips(rows):
    """(lesson or None, rows) of each stretch of rows from one lesson; None for empty lines between.

    Empty lines within what a lesson wrote belong to it.
    """
    strips = []
    for empty, group in groupby(rows, key=lambda row: not row[0]):
        group = list(group)
        if empty:
            strips.append((None, group))
            continue
        for owner, same in groupby(group, key=lambda row: row[2]):
            if len(strips) > 1 and strips[-1][0] is None and strips[-2][0] == owner:
                between = strips.pop()[1]
                strips[-1][1].extend([*between, *same])
            else:
                strips.append((owner, list(same)))
    return strips


def strip(owner, rows, named):
    """Consecutive lines from one lesson, with its number beside the first; or an empty line."""
    if owner is None:
        return "".join('<span class="poster-gap">\n</span>' for _ in rows)
    first = target(rows[0][1], owner)
    stop = "" if rows[0][1] == "main" else ' tabindex="-1"'  # a piece's name leads there as well
    number = (
        f'<a class="poster-number" href="../notebooks/{owner}.html#{first}"{stop}>'
        f'<span class="poster-word">train</span>{owner.removeprefix("train")}</a>'
    )
    pieces = [list(group) for _, group in groupby(rows, key=lambda row: row[1])]
    return (
        f'<span class="poster-strip {owner}">{number}'
        + "".join(piece(one, named) for one in pieces)
        + "</span>"
    )


def target(name, lesson):
    """The fragment of the cell that a line of the program comes from."""
    return main_fragment(lesson) if name == "main" else piece_fragment(name)


def piece(rows, named):
    """The lines of one piece; the name that it defines leads to its lesson.

    named: the pieces with an anchor, which stands at the first lines of each; it's added to
    """
    name, lesson = rows[0][1:3]
    lines = [line(text, look) for text, _, _, look in rows]
    identity = "" if name in named else f' id="{piece_fragment(name)}"'
    named.add(name)
    if name != "main":
        link = f'<a href="../notebooks/{lesson}.html#{piece_fragment(name)}">'
        for i, (text, *_) in enumerate(rows):
            if text.lstrip().startswith(("def ", "class ")):
                lines[i] = linked(lines[i], name.rpartition(".")[2], link)
                break
    return f'<span class="poster-piece"{identity}>' + "".join(lines) + "</span>"


def linked(look, short, link):
    """The first line of a definition, whose name is a link."""
    before, name, after = look.partition(f">{short}<")
    return f"{before}>{link}{short}</a><{after}" if name else look


def line(text, look):
    """A line of the poster; the rest of one that is too long stands further in."""
    if not text:
        return '<span class="poster-gap">\n</span>'
    indent = len(text) - len(text.lstrip())
    return f'<span class="line" style="--indent: {indent}">{look}\n</span>'
