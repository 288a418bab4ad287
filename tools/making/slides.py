"""The slides of a lesson as a page, from its outline and its executed notebook.

The page is whole without a script: slides one below the other, answers folded. Where there is room,
book/live/slides.mjs makes a presentation of it with reveal.js, and answers become the next step.
`python -m tools.making.slides` looks for faults in the outlines and lists how long each part takes.
"""

import html
import re
import sys

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.making import outlines, predictions
from tools.making.outlines import EXPLORABLE, SlideError

SHAPE = {name: re.compile(rf"--{name}:(\d+)/(\d+)") for name in ("wide", "narrow")}
TEX = re.compile(r"\$([^$]+)\$")
LEAST, MOST, MOST_PRINTED = 1.15, 2.3, 3  # size of code, in hundredths of the slide's width
WIDTH, HALF, HEIGHT = 86, 42, 33  # of the room for code
ROOM, ROOM_BESIDE = (89, 36), (58, 43)  # for a figure
NARROW = 1.25  # so much larger must a figure's lettering be for its narrow drawing to be shown
MANY, SHORT = 8, 20  # lines that are set in two columns, and how long they may be
LETTER, LINE = 0.6, 1.45  # how wide a letter of code is, and how high a line, for its size
SHEETS = ("look/fonts", "look/variables", "look/type", "stages", "look/cells", "look/live")
SHEETS += ("formulas", "live/slides")
PAGE = """\
<!DOCTYPE html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{lesson}, the slides: {question}</title>
<meta name="description" content="Slides to present the lesson {lesson} with. {question}">
<link rel="icon" href="../_static/icons/mark.svg" type="image/svg+xml">
{sheets}
<script src="../_static/live/slides.js" data-writes="{speaker}"></script>
<script type="module" src="../_static/live/explorables.js"></script>
</head>
<body class="deck {lesson}">
<main>
<h1 class="unseen">{lesson}, the slides: {question}</h1>
<div><div class="deck-slides">
{slides}
</div></div>
</main>
</body>
</html>
"""
SLIDE = """\
<section id="slide-{number}" class="slide {kind}{beside}" data-timing="{seconds}">
<header>{eyebrow}<h2>{title}</h2>{text}</header>
{body}
{foot}
<aside class="notes">{notes}</aside>
</section>"""
EYEBROWS = {"exercise": "Your turn", "prediction": "What do you expect?"}
HURTS = "What still hurts"


class Words:
    """Turns short texts of an outline into HTML, with formulas as the site has set them.

    formulas: {(TeX, whether it has a line of its own): HTML}
    figure: takes what an explorable starts from and its still picture, returns HTML
    """

    def __init__(self, formulas, figure):
        self.formulas, self.figure = formulas, figure
        markdown = MarkdownIt("commonmark", {"typographer": True}).enable("smartquotes")
        self.markdown = markdown.use(dollarmath_plugin, renderer=self.formula)

    def formula(self, tex, options):
        """The HTML of a formula; raises SlideError for one that nobody has set."""
        key = (tex.strip(), options["display_mode"])
        if key not in self.formulas:
            raise SlideError(f"the formula {tex!r} isn't set")
        return f'<span class="math">{self.formulas[key]}</span>'

    def line(self, text):
        """A text within a line."""
        return self.markdown.renderInline(text)

    def block(self, text):
        """Paragraphs and lists."""
        return self.markdown.render(text)


def formulas(outline):
    """{(TeX, whether it has a line of its own)} of all formulas of an outline."""
    found = set()
    for slide in outline.slides:
        texts = [slide.title, slide.text, slide.notes, *slide.points]
        found |= {(tex.strip(), False) for text in texts for tex in TEX.findall(text)}
        if slide.kind == "formula":
            found.add((slide.name.strip(), True))
    return found


# What a slide shows


def size_of(blocks, width, most=MOST):
    """How large code may be, for texts one below the other; raises SlideError if it's too small."""
    rows = sum(len(text.split("\n")) for text in blocks) + 2.4 * len(blocks)
    columns = max(len(line) for text in blocks for line in text.split("\n"))
    size = min(most, HEIGHT / (LINE * rows), width / (LETTER * (columns + 2)))
    if size < LEAST:
        raise SlideError(f"{rows:.0f} lines of {columns} signs are too small: cut them with lines")
    return round(size, 2)


def is_beside(slide):
    """Whether a slide's text stands beside what it shows, or its code beside what that prints."""
    if slide.beside is not None:
        return slide.beside
    return bool(slide.code and slide.printed) and (slide.code + slide.printed).count("\n") > 11


def code_block(code, size):
    """Python code as HTML."""
    shown = highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<div class="highlight code" style="--size: {size}"><pre>{shown}</pre></div>'


def printed_block(text, size):
    """What a cell printed, as HTML."""
    return f'<pre class="printed" style="--size: {size}">{html.escape(text)}</pre>'


def show_code(slide, words):
    """Code, and what it prints."""
    code = re.sub(r"\n{3,}", "\n\n", slide.code)
    blocks = [text for text in (code, slide.printed) if text]
    if is_beside(slide) and len(blocks) == 2:
        sizes = [size_of([text], HALF) for text in blocks]
    else:
        sizes = [size_of(blocks, HALF if is_beside(slide) else WIDTH)] * 2
    made = code_block(code, sizes[0]) if code else ""
    return made + (printed_block(slide.printed, sizes[-1]) if slide.printed else "")


def show_printed(slide, words):
    """What a cell prints; many short lines, such as names, in two columns."""
    rows = slide.printed.split("\n")
    if len(rows) <= MANY or max(map(len, rows)) > SHORT:
        width = HALF if is_beside(slide) else WIDTH
        return printed_block(slide.printed, size_of([slide.printed], width, MOST_PRINTED))
    half = (len(rows) + 1) // 2
    columns = ["\n".join(rows[:half]), "\n".join(rows[half:])]
    size = size_of([columns[0]], HALF / 2, MOST_PRINTED)
    made = "".join(printed_block(column, size) for column in columns)
    return f'<div class="columns">{made}</div>'


def show_explorable(slide, words):
    """An explorable as its still picture, with the data from which the page makes it move."""
    start = outlines.data(slide.cell, EXPLORABLE)
    still = outlines.data(slide.cell, "image/svg+xml")
    return words.figure(start, still)


def show_figure(slide, words):
    """A figure with its caption."""
    still = outlines.data(slide.cell, "image/svg+xml")
    told = f"<figcaption>{html.escape(outlines.caption(slide.cell))}</figcaption>"
    narrow = " as-narrow" if is_narrow(still, ROOM_BESIDE if is_beside(slide) else ROOM) else ""
    return f'<figure class="course-picture{narrow}">{still}{told}</figure>'


def is_narrow(still, room):
    """Whether a figure's narrow drawing has clearly larger lettering than its wide one."""
    shapes = [map(float, SHAPE[name].search(still).groups()) for name in SHAPE]
    wide, narrow = (min(room[0] / width, room[1] / height) for width, height in shapes)
    return narrow > NARROW * wide


def show_prediction(slide, words):
    """The answers to a prediction, folded, with the text that explains them."""
    data = slide.cell["metadata"]
    rows = zip(predictions.as_list(data["ask"]), data["shown"], strict=True)
    told = "".join(
        f"<div><dt>{html.escape(ask)}</dt><dd>{html.escape(answer)}</dd></div>"
        for ask, answer in rows
    )
    asked = "".join(f"<li>{html.escape(one)}</li>" for one in predictions.as_list(data["ask"]))
    return (
        f'<ul class="asked">{asked}</ul>'
        f'<details class="answer"><summary>Show the answer</summary><dl>{told}</dl>'
        f"{paragraph(slide, words)}</details>"
    )


def show_exercise(slide, words):
    """How long an exercise takes."""
    return f'<p class="time">{slide.minutes:g} minutes</p>'


def show_formula(slide, words):
    """A formula on a line of its own."""
    return f'<div class="formula">{words.formula(slide.name, {"display_mode": True})}</div>'


def show_points(slide, words):
    """A few short lines."""
    return "<ul>" + "".join(f"<li>{words.line(one)}</li>" for one in slide.points) + "</ul>"


def show_words(slide, words):
    """Nothing beside the title and the text."""
    return ""


SHOW = {
    "explorable": show_explorable,
    "figure": show_figure,
    "code": show_code,
    "printed": show_printed,
    "piece": show_code,
    "prediction": show_prediction,
    "exercise": show_exercise,
    "formula": show_formula,
    "points": show_points,
    "opening": show_words,
    "closing": show_words,
    "words": show_words,
}


# A slide, and the page


def paragraph(slide, words):
    """The text of a slide."""
    return f'<p class="text">{words.line(slide.text)}</p>' if slide.text else ""


def notes(slide, outline, words):
    """What the speaker sees: the time, what to say, and what to say if something goes wrong."""
    unit = "minute" if slide.minutes == 1 else "minutes"
    parts = [f"<p><strong>{slide.minutes:g} {unit}.</strong></p>", words.block(slide.notes)]
    if slide.kind == "opening":
        parts.insert(0, f"<p><strong>{outline.minutes:g} minutes in all.</strong></p>")
        parts += [words.block(one) for one in outlines.aims(outline.lesson)]
    for did, say in slide.stumbles:
        parts.append(f"<p>If students {words.line(did)}: <em>{words.line(say)}</em></p>")
    return "".join(parts)


def foot(slide, lesson):
    """The line below a slide, which leads to its place in the lesson."""
    anchor = f"#{slide.cell['id']}" if slide.cell and slide.cell["cell_type"] == "code" else ""
    return f'<footer><a href="../notebooks/{lesson}.html{anchor}">{lesson}</a></footer>'


def eyebrow_of(slide, lesson):
    """The small line above a slide's title, if it has one."""
    if slide.kind == "opening":
        return lesson
    if slide.kind == "closing":
        return HURTS if f"**{HURTS}.**" in outlines.cells(lesson)[-1]["text"] else "At the end"
    return EYEBROWS.get(slide.kind, "")


def slide_html(slide, number, outline, words):
    """A slide as a section of the page."""
    eyebrow = eyebrow_of(slide, outline.lesson)
    return SLIDE.format(
        number=number,
        kind=slide.kind,
        beside=" beside" if is_beside(slide) else "",
        seconds=round(60 * slide.minutes),
        eyebrow=f'<p class="eyebrow">{eyebrow}</p>' if eyebrow else "",
        title=words.line(slide.title),
        text="" if slide.kind == "prediction" else paragraph(slide, words),
        body=f'<div class="show">{SHOW[slide.kind](slide, words)}</div>',
        foot=foot(slide, outline.lesson),
        notes=notes(slide, outline, words),
    )


def page(outline, words, speaker):
    """The page of a lesson's slides, with Words that know its formulas.

    speaker: the hash of the script that is written into the speaker's window
    """
    made = []
    for number, slide in enumerate(outline.slides, 1):
        try:
            made.append(slide_html(slide, number, outline, words))
        except SlideError as error:
            raise SlideError(f"{outline.lesson}.toml, slide {number}: {error}") from None
    sheets = [f'<link rel="stylesheet" href="../_static/{name}.css">' for name in SHEETS]
    return PAGE.format(
        lesson=outline.lesson,
        speaker=speaker,
        question=html.escape(outline.question),
        sheets="\n".join(sheets),
        slides="\n".join(made),
    )


def main():
    """List the decks and their times; return the exit status, 1 if an outline has a fault."""
    try:
        found = [outlines.read(lesson) for lesson in outlines.lessons()]
    except SlideError as error:
        print(error, file=sys.stderr)
        return 1
    for outline in found:
        print(f"{outline.lesson}: {len(outline.slides)} slides, {outline.minutes:g} minutes")
    missing = [fault for outline in found for fault in outlines.faults(outline)]
    for fault in missing:
        print(fault, file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
