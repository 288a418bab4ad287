"""How the pages look: the lesson's band, lines of code, exercises' facts, cards, and colors."""

import re
from html import unescape

import pytest
from code_lines import LineFormatter, in_element
from colors import contrast
from docutils import nodes
from exercise_facts import mark
from lesson_band import page_classes, split_title, take_band
from pygments import highlight
from pygments.lexers import PythonLexer
from stage_colors import style_sheet

from microgpt_ref.lab.canvas.drawing import width_of
from microgpt_ref.lab.canvas.shapes import Words
from microgpt_ref.stages import ROWS
from tools.checking import site_check
from tools.making import book, card_pictures, sources, stage_cards
from tools.setup import ROOT

LOOK = ROOT / "book" / "_static" / "look"
LESSONS = [f"train{i}" for i in range(5)]


# The band


def table_of(*pairs, head=""):
    """A table node with these (label, fact) rows, labels in bold, and a head if it has a text."""
    group = nodes.tgroup("")
    if head:
        group += nodes.thead("", nodes.row("", nodes.entry("", nodes.paragraph("", head))))
    body = nodes.tbody("")
    for label, fact in pairs:
        first = nodes.entry("", nodes.paragraph("", "", nodes.strong("", label)))
        body += nodes.row("", first, nodes.entry("", nodes.paragraph("", fact)))
    group += body
    return nodes.table("", group)


def page_of(title, *parts):
    """A page with this title and these parts."""
    return nodes.container("", nodes.section("", nodes.title("", title), *parts))


FACTS = [("question", "can it?"), ("new here", "much"), ("time", "an hour")]


def test_the_band_takes_title_and_facts_off_the_page():
    text = nodes.paragraph("", "In this lesson")
    page = page_of("train1: can it?", text, table_of(*FACTS))
    band = take_band(page)
    assert (band.name, band.question) == ("train1", "Can it?")
    assert {label: fact.astext() for label, fact in band.facts.items()} == {
        "new here": "much",
        "time": "an hour",
    }
    assert page[0].children == [text]


def test_a_question_that_the_title_does_not_hold_stays_among_the_facts():
    band = take_band(page_of("train0: what next?", table_of(("question", "by what?"), *FACTS[1:])))
    assert list(band.facts) == ["question", "new here", "time"]


@pytest.mark.parametrize(
    "parts",
    [
        [nodes.paragraph("", "text alone")],
        [table_of(*FACTS, head="lesson")],
        [nodes.section("", nodes.title("", "A part"), table_of(*FACTS))],
        [nodes.container(""), table_of(*FACTS)],
    ],
    ids=["no table", "a table with a head", "a later table", "after a cell"],
)
def test_a_page_that_opens_otherwise_stays_as_it_is(parts):
    page = page_of("Solutions to train1", *parts)
    before = page.pformat()
    assert take_band(page) is None and page.pformat() == before


def test_a_title_without_a_stage_is_a_question_whole():
    assert split_title("Everything: efficiency") == ("", "Everything: efficiency")


@pytest.mark.parametrize(
    "page, expected",
    [
        ("notebooks/train2", "in-notebooks page-train2 train2"),
        ("notebooks/solutions/train2", "in-notebooks-solutions page-train2 train2"),
        ("notebooks/efficiency", "in-notebooks page-efficiency"),
        ("book/index", "in-book page-index"),
        ("search", "in-root page-search"),
    ],
)
def test_a_page_s_body_says_its_stage(page, expected):
    assert page_classes(page) == expected


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_opens_with_a_band_in_its_color_and_no_table(site, lesson):
    body = site_check.page(site / "notebooks" / f"{lesson}.html").body
    assert lesson in body["class"]
    (heading,) = body("h1")
    assert heading.parent["class"] == ["band"] and heading.text.endswith("?")
    assert body.select_one(".band-name").text == lesson
    labels = [label.text for label in body.select(".band-facts dt")]
    assert "new here" in labels and "time" not in labels
    assert body.select_one(".band-time").text.startswith("about an hour") or "minutes" in str(
        body.select_one(".band-time")
    )
    assert body.article.section.find(recursive=False).name == "p"


def test_pages_without_facts_keep_their_heading(site):
    for name in ("book/glossary", "notebooks/solutions/train0", "index"):
        page = site_check.page(site / f"{name}.html")
        assert page.article.h1 and not page.select(".band")


# Lines of code


def test_each_line_of_code_says_how_far_in_it_begins():
    html = highlight("if x:\n    y = '''a\n  b'''\n\nz\n", PythonLexer(), LineFormatter())
    starts = re.findall(r'<span class="line"( style="--indent:\d+")?>', html)
    assert starts == ["", ' style="--indent:4"', ' style="--indent:2"', ""]
    text = unescape(re.sub(r"<[^>]*>", "", html))
    assert text.strip() == "if x:\n    y = '''a\n  b'''\n\nz"


@pytest.mark.parametrize("empty", ["\n", '<span class="w">   </span>\n'])
def test_an_empty_line_stays_as_it_is(empty):
    assert in_element(empty) == empty


def test_a_last_line_without_an_end_gets_none():
    assert in_element("  x") == '<span class="line" style="--indent:2">  x</span>'


def test_a_lesson_s_code_stands_in_lines(site):
    page = site_check.page(site / "notebooks" / "train0.html")
    cell = page.select_one("#piece-tokenizer-tokenizer pre")
    lines = [line.text for line in cell.select(".line")]
    assert lines[0] == "class Tokenizer:" and "    def encode(self, doc):" in lines
    assert lines == [line for line in cell.text.split("\n") if line]


# Exercises


def exercise(*parts):
    """The section of an exercise whose heading these parts follow."""
    return nodes.section("", nodes.title("", "Exercise: Count"), *parts)


FACTS_LINE = [nodes.emphasis("", "By hand"), nodes.Text(" · "), nodes.literal("", "train0.x")]


@pytest.mark.parametrize(
    "line, expected",
    [(FACTS_LINE, ["exercise-facts"]), ([nodes.Text("Write it.")], []), (FACTS_LINE[:1], [])],
)
def test_the_facts_of_an_exercise_are_marked_and_no_other_line(line, expected):
    paragraph = nodes.paragraph("", "", *[part.deepcopy() for part in line])
    section = exercise(paragraph)
    mark(None, nodes.container("", section))
    assert section["classes"] == ["exercise"] and paragraph["classes"] == expected


def test_every_exercise_of_a_lesson_shows_its_facts(site):
    article = site_check.page(site / "notebooks" / "train0.html").article
    exercises = article.select("section.exercise")
    assert len(exercises) == len(article.select("section.exercise > p.exercise-facts")) >= 8


# The home page's cards


def test_a_card_says_what_the_lesson_opens_with(site):
    home = site_check.page(site / "index.html")
    found = home.select(".stage-card")
    assert [card["class"][1] for card in found] == LESSONS
    for card, source in zip(found, sources.lessons(), strict=True):
        question, new = stage_cards.opening(source)
        texts = [paragraph.text for paragraph in card("p")]
        assert texts[:3] == [source.name, question, new]
        assert texts[3] == f"it invents {stage_cards.sample_of(source.name)}"
        assert card.a["href"] == f"notebooks/{source.name}.html"


def test_a_lesson_that_opens_otherwise_has_no_card():
    cell = type("Cell", (), {"source": "# train0: what next?\n\nText."})
    with pytest.raises(sources.SourceError, match="train0 doesn't open with a question and what"):
        stage_cards.opening(sources.Source("train0", [cell]))
    with pytest.raises(sources.SourceError, match="train0 doesn't open with the minutes that it"):
        stage_cards.minutes(sources.Source("train0", [cell]))


def test_each_card_has_a_picture_of_its_own_that_screen_readers_pass_by(site):
    pictures = site_check.page(site / "index.html").select(".stage-card > svg")
    assert len({str(picture) for picture in pictures}) == len(LESSONS)
    assert {picture["aria-hidden"] for picture in pictures} == {"true"}
    for name, picture in zip(LESSONS, pictures, strict=True):
        assert f"var(--{name}," in str(picture)


@pytest.mark.parametrize("name", LESSONS)
def test_a_card_s_picture_stays_within_its_frame(name):
    drawing, places = card_pictures.draw(name), []
    for shape in drawing.shapes:
        if isinstance(shape, Words):
            wide = width_of(shape.text, shape.size) * (shape.anchor == "start")
            places += [(shape.x, shape.y), (shape.x + wide, shape.y)]
        else:
            numbers = [x for _, *step in shape.steps for x in step]
            places += zip(numbers[::2], numbers[1::2])
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in places)


def test_the_home_page_shows_how_far_each_lesson_gets_as_a_figure_and_as_a_table(site):
    article = site_check.page(site / "index.html").article
    told = article.select_one("figure.course-picture > svg")["aria-label"]
    for name, loss in stage_cards.losses().items():
        assert f"{name} {loss:.4f}" in told
        assert article.find("td", string=name).parent.find("td", string=f"{loss:.3f}")


def test_the_home_page_tells_how_long_the_lessons_say_that_they_take(site):
    lessons = sources.lessons()
    times = [int(re.search(r"about (\d+) min", s.cells[0].source)[1]) for s in lessons]
    assert [stage_cards.minutes(lesson) for lesson in lessons] == times
    text = " ".join(site_check.page(site / "index.html").article.text.split())
    assert f"The five lessons take about {stage_cards.hours(lessons)} in all" in text


@pytest.mark.parametrize(
    "minutes, expected", [(430, "7 hours"), (435, "7 and a half hours"), (60, "1 hour")]
)
def test_hours_are_told_to_the_nearest_half(minutes, expected):
    assert stage_cards.in_hours(minutes) == expected


# Fonts and colors


def test_what_shapes_the_pages_is_part_of_the_recipe():
    shared = {path.relative_to(ROOT).as_posix() for path in book.shared_files()}
    assert "book/_templates/layout.html" in shared
    assert "book/_static/look/variables.css" in shared


def test_every_font_that_a_sheet_names_is_there_with_its_licence():
    fonts = LOOK.parent / "fonts"
    named = set(re.findall(r"url\(\.\./fonts/(\S+?)\)", (LOOK / "fonts.css").read_text("utf-8")))
    assert named == {path.name for path in fonts.glob("*.woff2")}
    for family in ("source-serif-4", "source-sans-3", "jetbrains-mono"):
        text = (fonts / f"{family}-LICENSE.txt").read_text("utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text


def test_each_style_sheet_is_loaded_and_each_one_loaded_is_there(site):
    page = site_check.page(site / "index.html")
    loaded = [link["href"] for link in page("link", rel="stylesheet") if "/look/" in link["href"]]
    names = [re.search(r"look/(\w+\.css)", address)[1] for address in loaded]
    assert sorted(names) == sorted(path.name for path in LOOK.glob("*.css"))
    assert names[0] == "fonts.css" and names[-1] == "print.css"


def test_what_is_printed_from_a_dark_screen_has_the_colors_of_paper():
    for sheet in (style_sheet(), (LOOK / "variables.css").read_text(encoding="utf-8")):
        outside = re.sub(r"@media screen \{.*?\}\s*\}", "", sheet, flags=re.DOTALL)
        assert 'data-theme="dark"' in sheet and 'data-theme="dark"' not in outside


def test_links_to_a_lesson_have_its_color():
    for row in ROWS:
        assert f'a[href$="{row.name}.html"] {{ --stage: var(--{row.name}); }}' in style_sheet()


def colors_of(mode):
    """The colors of variables.css by name, on paper or in the dark."""
    text = (LOOK / "variables.css").read_text(encoding="utf-8")
    start = text.index(":root {" if mode == "light" else 'html[data-theme="dark"] {')
    block = text[start : text.index("}", start)]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def band_in_the_dark(accent, paper):
    """The ground of a lesson's band on a dark screen."""
    text = (LOOK / "variables.css").read_text(encoding="utf-8")
    (share,) = re.findall(
        r"--band: color-mix\(in srgb, var\(--accent\) (\d+)%, var\(--paper\)", text
    )
    return mixed(accent, paper, int(share) / 100)


def mixed(color, other, share):
    """A color mixed as CSS's color-mix does in srgb."""
    parts = [[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in (color, other)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in zip(*parts))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_and_code_can_be_read_on_their_grounds(mode):
    colors = colors_of(mode)
    for ground in ("paper", "panel"):
        for name in ("ink", "soft", "literal", "good", "bad", "neutral"):
            assert contrast(colors[name], colors[ground]) >= 4.5, (name, ground)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("row", ROWS, ids=LESSONS)
def test_a_stage_s_color_can_be_read_and_written_on(mode, row):
    colors = colors_of(mode)
    accent = row.color if mode == "light" else row.color_in_dark
    read = mixed(accent, colors["ink"], 0.86)
    wash = mixed(accent, colors["paper"], 0.09)  # the ground of a cell to write in
    for ground in (colors["paper"], colors["panel"], wash):
        assert contrast(read, ground) >= 4.5
    assert min(contrast(colors[name], wash) for name in ("soft", "literal")) >= 4.5
    assert contrast(accent, colors["on-accent"]) >= 4.5
    if mode == "dark":
        assert contrast(accent, band_in_the_dark(accent, colors["paper"])) >= 4.5


# Buttons above a page


@pytest.mark.parametrize(
    "page, expected",
    [
        ("notebooks/train1", ["Run it", "More", "Search", "Contents"]),
        ("book/glossary", ["More", "Search"]),
        ("book/teaching", ["More", "Search", "Contents"]),
        ("index", ["More", "Search"]),
    ],
)
def test_the_buttons_above_a_page_lead_to_what_it_has(site, page, expected):
    found = site_check.page(site / f"{page}.html")
    buttons = found.select(".article-header-buttons .btn:not(.theme-switch-button)")
    assert [button.text.strip() for button in buttons] == expected
    has_contents = bool(found.select("#pst-secondary-sidebar nav"))
    assert has_contents == ("Contents" in expected)


def test_a_lesson_can_be_run_in_colab_and_on_binder_and_taken_along(site):
    page = site_check.page(site / "notebooks" / "train1.html")
    items = {item.text: item.get("href", "") for item in page.select(".dropdown-item")}
    assert "/notebooks/train1.ipynb" in items["in Google Colab"]
    assert "/train1.ipynb" in items["on Binder"] and "mybinder.org" in items["on Binder"]
    assert items["Download the notebook"].endswith("_sources/notebooks/train1.ipynb")
    assert {"Print, or save as PDF", "The repository"} <= set(items)
