"""The page of a class's statistics: one file of HTML, without scripts, that asks for no other.

It may be shown in class. It names nobody, and says nothing of a chapter that fewer than five
handed in, nor which mistake one student alone made. Pictures are drawn as those of the lessons.
"""

import datetime
import math
from collections import Counter
from html import escape

from microgpt_ref.lab.canvas import Chart, Drawing
from microgpt_ref.lab.canvas.colors import PALETTE, dark_variables
from microgpt_ref.lab.canvas.drawing import NARROW, WIDE
from microgpt_ref.lab.canvas.svg import SANS, picture
from tools.grading import deadlines

FEWEST = 5  # students of whom numbers are shown
HOUR = 3600
STEPS = [HOUR * n for n in (1, 2, 6, 12, 24, 48, 168)]  # seconds that a bar of times may stand for
MOST_BARS = 28
LOOK = """\
:root { color-scheme: light dark; --sans: system-ui, sans-serif; %(light)s }
@media (prefers-color-scheme: dark) { :root { %(dark)s } }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1.2rem 4rem;
  background: var(--paper); color: var(--ink); font: 1.06rem/1.55 Georgia, serif; }
h1, h2, h3, .key, .count, figcaption { font-family: %(sans)s; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 3px solid var(--accent, var(--ink)); }
h3 { margin: 2.4rem 0 .3rem; line-height: 1.3; }
h3 code { font-size: .8em; font-weight: 400; color: var(--soft); overflow-wrap: anywhere; }
p { margin: .5rem 0; }
figure { margin: 1.2rem 0; break-inside: avoid; }
figcaption, .key { font-size: .95rem; color: var(--soft); line-height: 1.5; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .3rem 0 0; padding: 0; }
.key li { list-style: none; }
.key svg { width: .8rem; height: .8rem; margin-right: .4rem; }
.mistakes { padding: 0; margin: .6rem 0; }
.mistakes li { display: grid; grid-template-columns: 7.5rem 1fr; gap: .9rem; margin: .5rem 0;
  list-style: none; line-height: 1.4; break-inside: avoid; }
.count { display: flex; gap: .5rem; align-items: center; font-size: .95rem; height: 1.5rem; }
.count svg { width: 4.4rem; height: .7rem; flex: none; }
.count b { flex: 1; text-align: right; white-space: nowrap; }
.course-figure { display: block; width: 100%%; height: auto; aspect-ratio: var(--wide); }
.course-figure > .ground { display: none; }
@media (max-width: 31rem) {
  .course-figure { aspect-ratio: var(--narrow); }
  .course-figure > .wide { display: none; }
  .course-figure > .narrow { display: inline; }
  .mistakes li { grid-template-columns: 4.9rem 1fr; gap: .7rem; }
  .count svg { width: 2.2rem; }
}
@page { margin: 16mm; }
@media print {
  :root { color-scheme: light; %(light)s }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3 { break-after: avoid; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
TOO_FEW = (
    f"<p>Fewer than {FEWEST} students handed this chapter in. Numbers of so few could tell how "
    "each of them did, so this page leaves them out.</p>"
)


def page(chapters):
    """The page's text, from ChapterNumbers of `grading.class_statistics`."""
    light = "".join(f"--{name}:{color};" for name, (color, _) in PALETTE.items())
    look = LOOK % {"light": light, "dark": dark_variables(), "sans": SANS}
    names = ", ".join(chapter.name for chapter in chapters)
    head = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>How the class did: {escape(names)}</title>
<style>
{look}</style>
</head>
<body>
<main>
<h1>How the class did</h1>
<p>All numbers are of those who handed a chapter in. Nobody is named.</p>
"""
    return head + "".join(map(of_chapter, chapters)) + "</main>\n</body>\n</html>\n"


def of_chapter(chapter):
    """What the page says of a chapter."""
    color = accent(chapter)
    parts = [f'<section style="--accent: var(--{color})"><h2>{escape(chapter.name)}</h2>']
    if chapter.handed_in < FEWEST:
        return "\n".join([*parts, TOO_FEW, "</section>\n"])
    said = f"{chapter.handed_in} of {students(chapter.students)} handed it in"
    if chapter.late:
        said += f", {chapter.late} of them late"
    due = f" It was due at {deadlines.in_words(chapter.due)}." if chapter.due else ""
    parts += [f"<p>{said}.{escape(due)}</p>", of_totals(chapter), of_times(chapter)]
    parts += [of_exercise(chapter, one) for one in chapter.exercises]
    return "\n".join([*parts, "</section>\n"])


def accent(chapter):
    """The name of a chapter's color."""
    return chapter.name if chapter.name in PALETTE else "ink"


def students(n):
    """So many students, in words."""
    return "1 student" if n == 1 else f"{n} students"


def figure(draw, caption, description):
    """A figure whose drawing is made for two widths, with its caption."""
    drawings = [Drawing(width) for width in (WIDE, NARROW)]
    for one in drawings:
        draw(one)
    svg = picture(*drawings, description)
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


# Spread


def in_bars(numbers, maximum, most=20):
    """(width of a bar, how many of the numbers each holds); the last one holds the maximum."""
    step = max(1, math.ceil(maximum / most))
    last = int(maximum // step)
    places = Counter(max(0, min(last, int(number // step))) for number in numbers)
    return step, [places[i] for i in range(last + 1)]


def of_totals(chapter):
    """The spread of what students have in the whole chapter; of tests alone until all is marked."""
    everything = len(chapter.totals) == chapter.handed_in
    numbers = chapter.totals if everything else chapter.by_tests
    maximum = chapter.maximum("tests", "hand") if everything else chapter.maximum("tests")
    caption = "How many students have how many points in the whole chapter"
    if not everything:
        caption += ", as far as tests give them: some written answers are still to be marked"
    return of_spread(numbers, maximum, caption, accent(chapter))


def of_spread(numbers, maximum, caption, color):
    """A figure of how many students have how many points."""
    step, counts = in_bars(numbers, maximum)
    ends = [f"{i * step:g}" if step == 1 else f"{i * step:g}+" for i in range(len(counts))]
    held = [f"{n} with {end}" for n, end in zip(counts, ends) if n]
    description = f"Bars: students by points, of {maximum:g}: {', '.join(held)}."

    def draw(drawing):
        drawing.height = 190
        every = math.ceil(len(counts) / drawing.by_width(21, 9))
        ticks = [(i, end) for i, end in enumerate(ends) if i % every == 0]
        bars(drawing, counts, color, ticks, "points")

    return figure(draw, f"{caption}, of {maximum:g}.", description)


def bars(drawing, counts, color, ticks, label):
    """Draw a bar for each count, with the count above it; ticks: [(place, text)]; returns Chart."""
    edges = 12, 34, drawing.width - 12, drawing.height - 48
    chart = Chart(drawing, edges, (-0.6, len(counts) - 0.4), (0, max(counts) or 1))
    chart.bars(counts, color)
    room = (chart.x(1) - chart.x(0)) > 15
    for i, n in enumerate(counts):
        if n and room:
            drawing.text(chart.x(i), chart.y(n) - 9, n, 12, "soft", "middle")
    chart.x_axis(label, ticks)
    return chart


# Times


def of_times(chapter):
    """When students handed in, a bar for each span of time, beside the due date."""
    if len(chapter.times) < FEWEST:
        return "<p>When it was handed in isn't known of enough students to be shown.</p>"
    zone = chapter.due.tzinfo if chapter.due else None
    times = [when.astimezone(datetime.UTC) for when in chapter.times]
    origin = (chapter.due or midnight_after(max(times))).astimezone(datetime.UTC)
    seconds = [(when - origin).total_seconds() for when in times]
    step, first, counts = spans(seconds, chapter.due is not None)

    def at(edge):
        """What a time so many bars after the due date is called."""
        moment = origin + datetime.timedelta(seconds=edge * step + 1)  # 23:59:59 ends a day
        moment = moment.astimezone(zone)
        day = f"{moment.day} {moment:%b}"
        return day if step >= 24 * HOUR else f"{day} {moment:%H:%M}"

    def draw(drawing):
        drawing.height = 190
        every = math.ceil(len(counts) / drawing.by_width(7, 3))
        # an edge of a bar lies half a bar to the left of its middle
        edges = [i for i in range(len(counts) + 1) if (first + i) % every == 0]
        ticks = [(i - 0.5, two_lines(at(first + i))) for i in edges]
        chart = bars(drawing, counts, accent(chapter), ticks, "")
        if chapter.due:
            x = chart.x(-first - 0.5)
            drawing.line([(x, 22), (x, chart.bottom)], "ink", 1.4, (5, 4))
            drawing.text(*beside(drawing, x), "due", 13, bold=True, **side(drawing, x))

    held = [f"{n} from {at(i)} to {at(i + 1)}" for i, n in enumerate(counts, first) if n]
    before = sum(n for i, n in enumerate(counts) if first + i < 0)
    description = f"Bars: students by the time of handing in: {'; '.join(held)}."
    caption = f"When it was handed in: a bar for each {span_in_words(step)}."
    if chapter.due:
        caption += f" {before} of {len(seconds)} came before it was due."
    if min(seconds) <= first * step or max(seconds) > (first + len(counts)) * step:
        caption += " What came earlier or later than all bars counts in the outermost."
    if len(seconds) < chapter.handed_in:
        caption += f" The time isn't known of {chapter.handed_in - len(seconds)} more."
    return figure(draw, caption, description)


def two_lines(text):
    """A day and an hour below each other, below the line of an axis."""
    day, _, hour = text.rpartition(" ")
    return f"\n{day}\n{hour}" if ":" in hour else text


def midnight_after(when):
    """The end of a time's day, where one is."""
    local = when.astimezone() + datetime.timedelta(days=1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def spans(seconds, is_due):
    """(seconds of a bar, number of the first one, counts) of times around a due date, at 0.

    What ends at 0 is bar -1. Times further away than bars reach count in the first or last one.
    """
    inner = sorted(seconds)[len(seconds) // 20 : len(seconds) - len(seconds) // 20]
    low, high = min(inner), max(*inner, 0 if is_due else inner[-1])
    wanted = (max(high, 0) - min(low, 0)) / (MOST_BARS - 2)
    step = next((step for step in STEPS if step >= wanted), STEPS[-1])
    places = [math.ceil(moment / step) - 1 for moment in seconds]
    last = max(math.ceil(high / step) - 1, 0 if is_due else -1)
    first = max(min(math.ceil(low / step) - 1, -1), last - MOST_BARS)
    counts = Counter(max(first, min(last, place)) for place in places)
    return step, first, [counts[i] for i in range(first, last + 1)]


def span_in_words(seconds):
    """A length of time."""
    hours = seconds // HOUR
    if hours < 24:
        return "hour" if hours == 1 else f"{hours} hours"
    days = hours // 24
    return {1: "day", 7: "week"}.get(days, f"{days} days")


def side(drawing, x):
    """On which side of a line words find room."""
    return {"anchor": "end" if x > drawing.width - 60 else "start"}


def beside(drawing, x):
    """Where words stand beside a line's upper end."""
    return (x - 6 if x > drawing.width - 60 else x + 6), 14


# Exercises


def of_exercise(chapter, one):
    """What the page says of an exercise."""
    parts = [f"<h3>{escape(one.title)} <code>{escape(one.name)}</code></h3>"]
    parts += [of_shares(chapter, one), marks_in_words(one)]
    if one.marked_by == "hand" and one.marks:
        caption = "How many students have how many points for this answer"
        parts.append(of_spread(one.marks, one.maximum, caption, accent(chapter)))
    return "\n".join([*parts, of_mistakes(chapter, one)])


def shares(chapter, one):
    """[(how many, what they did, color, opacity)] of those who handed in."""
    color, by_hand = accent(chapter), one.marked_by == "hand"
    found = [
        (one.right, "all points" if by_hand else "right", color, 1.0),
        (one.in_part, "some of the points", color, 0.5),
        (one.not_right, "no points" if by_hand else "not right", "soft", 0.75),
        (one.waiting, "still to be marked", "soft", 0.35),
        (chapter.handed_in - one.tried, "not tried", "paper", 1.0),
    ]
    return [share for share in found if share[0]]


def of_shares(chapter, one):
    """A bar of who was right, who wasn't, and who didn't try."""
    found = shares(chapter, one)

    def draw(drawing):
        drawing.height, left = 34, 0
        for n, _, color, opacity in found:
            width = n / chapter.handed_in * drawing.width
            edge = {"stroke": "soft", "line_width": 1} if color == "paper" else {}
            drawing.rectangle(left + 1, 1, max(1, width - 2), 32, color, opacity, **edge)
            left += width

    drawings = [Drawing(width) for width in (WIDE, NARROW)]
    for drawing in drawings:
        draw(drawing)
    said = ", ".join(f"{n} {what}" for n, what, *_ in found)
    svg = picture(*drawings, f"A bar of {students(chapter.handed_in)}: {said}.")
    key = "".join(
        f'<li><svg viewBox="-1 -1 10 10" aria-hidden="true"><path d="M0 0h8v8h-8z" '
        f'fill="var(--{color})" fill-opacity="{opacity}"{edge_of(color)}/></svg>{n} {what}</li>'
        for n, what, color, opacity in found
    )
    return f'<figure>{svg}<ul class="key">{key}</ul></figure>'


def edge_of(color):
    """The attribute that outlines what is as light as the page."""
    return ' stroke="var(--soft)"' if color == "paper" else ""


def marks_in_words(one):
    """A sentence on the marks."""
    if not one.marks:
        return ""
    middle = sorted(one.marks)
    half = len(middle) // 2
    median = middle[half] if len(middle) % 2 else (middle[half - 1] + middle[half]) / 2
    mean = sum(middle) / len(middle)
    return f"<p>Of {one.maximum:g} points, the mean is {mean:.3g} and the median {median:.3g}.</p>"


def of_mistakes(chapter, one):
    """The mistakes that the check knows by name, and how many made each."""
    if not one.mistakes:
        return ""
    shown = [(n, name) for name, n in one.mistakes.most_common() if n > 1]
    alone = len(one.mistakes) - len(shown)
    color, items = accent(chapter), []
    for n, name in shown:
        width = f"{70 * n / shown[0][0]:.1f}"
        items.append(
            f'<li><span class="count"><svg viewBox="0 0 70 10" preserveAspectRatio="none" '
            f'aria-hidden="true"><path d="M0 0h{width}v10h-{width}z" fill="var(--{color})"/></svg>'
            f"<b>{n} ×</b></span><span>{escape(name)}</span></li>"
        )
    text = ""
    if shown:
        text = "<p>What went wrong, as the check calls it:</p>\n"
        text += f'<ul class="mistakes">{"".join(items)}</ul>'
    if alone:
        what = "One mistake was" if alone == 1 else f"{alone} mistakes were"
        text += f"\n<p>{what} made by one student alone, and left out here.</p>"
    return text
