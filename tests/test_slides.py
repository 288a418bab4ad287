"""The slides: made of the lesson's own cells, whole without a script, and one at a time with it."""

import html
import json
import re

import explorables
import policy
import pytest
from browsing import MODES, an_opener, playwright  # noqa: F401
from bs4 import BeautifulSoup

from tools.checking import pages_check
from tools.making import live, outlines, predictions, slides
from tools.making.outlines import SlideError

LESSONS = outlines.lessons()
SMALL = {"title": "A title", "minutes": 1}
DESK = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
FIGURES = {"train0": 5, "train1": 5, "train2": 5, "train3": 6, "train4": 8}


@pytest.fixture(scope="module")
def decks(site):
    """{lesson: its page of slides, parsed}."""
    pages = {name: (site / "slides" / f"{name}.html").read_text("utf-8") for name in LESSONS}
    return {name: BeautifulSoup(page, "html.parser") for name, page in pages.items()}


def words(tag):
    """The text of an element in one line, with plain quotation marks."""
    text = " ".join(tag.get_text().split())
    return text.replace("\u2019", "'").replace("\u2018", "'").replace("“", '"').replace("”", '"')


def plain(text):
    """A text of Markdown as it reads."""
    return re.sub(r"[`*]", "", text)


# What a deck holds


def test_each_lesson_has_slides_and_none_lacks_anything():
    assert LESSONS == ["train0", "train1", "train2", "train3", "train4"]
    assert [fault for name in LESSONS for fault in outlines.faults(outlines.read(name))] == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_deck_asks_the_lesson_s_question_shows_its_figures_and_ends_with_what_to_remember(
    lesson, decks
):
    found = decks[lesson].select("section.slide")
    title = outlines.cells(lesson)[0]["text"].split("\n")[0].partition(": ")[2]
    assert words(found[0].h2).lower() == title.lower()
    assert len(decks[lesson].select("figure.course-picture")) >= FIGURES[lesson]
    assert words(found[-2].h2) == "What to remember" and len(found[-2].select("li")) >= 5
    assert "closing" in found[-1]["class"] and words(found[-1].h2).endswith("?")


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_deck_has_every_explorable_with_the_lesson_s_own_data(lesson, decks):
    kept = [
        output["data"][outlines.EXPLORABLE]
        for cell in outlines.cells(lesson)
        for output in cell.get("outputs", [])
        if outlines.EXPLORABLE in output.get("data", {})
    ]
    shown = [json.loads(one.string) for one in decks[lesson].select("figure.explorable script")]
    assert sorted(one["name"] for one in shown) == sorted(one["name"] for one in kept)
    assert all(one in kept for one in shown)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_prediction_of_the_lesson_is_asked_with_its_answer_folded(lesson, decks):
    expected = [
        dict(zip(predictions.as_list(data["ask"]), data["shown"], strict=True))
        for data in (cell["metadata"] for cell in outlines.cells(lesson))
        if "ask" in data
    ]
    found = []
    for slide in decks[lesson].select("section.prediction"):
        rows = slide.select("details.answer:not([open]) dl > div")
        found.append({words(row.dt): words(row.dd) for row in rows})
    assert found == expected


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_speaker_reads_the_card_s_times_and_all_that_it_advises(lesson, decks):
    notes = " ".join(words(one) for one in decks[lesson].select("aside.notes"))
    for did, say in outlines.card(lesson).items():
        assert f"If students {plain(did)}: {plain(say)}" in notes
    assert f"{outlines.minutes_on_card(lesson)} minutes in all." in notes
    seconds = [int(one["data-timing"]) for one in decks[lesson].select("section.slide")]
    assert sum(seconds) == 60 * outlines.minutes_on_card(lesson)
    assert words(decks[lesson].select_one("aside.notes")).count("Before it.") == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_slide_s_words_are_few(lesson):
    for slide in outlines.read(lesson).slides:
        assert len(slide.title.split()) <= 22, slide.title
        assert len(slide.text.split()) <= 30, slide.text
        assert all(len(point.split()) <= 18 for point in slide.points), slide.points


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_number_on_a_slide_is_one_of_the_lesson_s(lesson):
    known = ""
    for cell in outlines.cells(lesson):
        printed = ["".join(one.get("text", "")) for one in cell.get("outputs", [])]
        known += " ".join([cell["text"], *printed, *cell["metadata"].get("shown", [])])
    for slide in outlines.read(lesson).slides:
        told = " ".join([slide.title, slide.text, slide.notes, *slide.points])
        for number in re.findall(r"\d[\d,]*\.\d+|\d[\d,]*\d", told):
            digits = number.replace(",", "")
            assert digits in known.replace(",", ""), f"{slide.title}: {number}"


def test_the_lesson_cards_lead_to_every_deck(site):
    text = (site / "book" / "lesson-cards.html").read_text("utf-8")
    assert all(f'href="../slides/{lesson}.html"' in text for lesson in LESSONS)


# Outlines at fault


@pytest.mark.parametrize(
    "row, message",
    [
        ({"heading": "A title"}, "'heading' is no mark"),
        ({"minutes": 1}, "needs a title"),
        ({"title": "A title"}, "'A title' needs a title, and minutes"),
        (SMALL | {"figure": "a", "code": "b"}, "both figure and code"),
        (SMALL | {"figure": "no_such_figure("}, "'no_such_figure(' names 0 cells of train0"),
        (SMALL | {"code": "print("}, "'print(' names [0-9]+ cells of train0, not one"),
        (SMALL | {"explorable": "valley"}, "'valley' names 0 cells"),
        (SMALL | {"prediction": "the weather"}, "'the weather' names 0 cells"),
        (SMALL | {"piece": "bigram.no"}, "'bigram.no' names 0 cells"),
        (SMALL | {"printed": "rng.shuffle(docs)"}, "prints nothing"),
        ({"exercise": "train0.no"}, "no exercise 'train0.no'"),
        (SMALL | {"stumbles": ["sleep"]}, "'sleep' begins 0 rows of the card"),
        (SMALL | {"closing": True}, "doesn't end with the question 'A title'"),
        (SMALL | {"code": "def favourite", "lines": ["def no", "x"]}, "no line of the cell"),
        (SMALL | {"code": "def favourite", "lines": ["return", "def"]}, "no first and last line"),
    ],
)
def test_an_outline_that_names_what_is_not_there_is_refused(row, message):
    with pytest.raises(SlideError, match=message.replace("(", r"\(")):
        outlines.slide("train0", row)


def test_the_message_names_the_slide(tmp_path, monkeypatch):
    monkeypatch.setattr(outlines, "FOLDER", tmp_path)
    (tmp_path / "train0.toml").write_text("[[slide]]\nopening = true\nminutes = 1\n[[slide]]\n")
    with pytest.raises(SlideError, match=r"train0\.toml, slide 2: '' needs a title"):
        outlines.read("train0")
    (tmp_path / "train0.toml").write_text("slides = 3\n")
    with pytest.raises(SlideError, match=r"train0\.toml: it's no list of slides"):
        outlines.read("train0")


def test_what_a_deck_lacks_is_named_one_by_one():
    outline = outlines.read("train0")
    kinds = ("prediction", "explorable", "exercise", "closing")
    outline.slides = [one for one in outline.slides if one.kind not in kinds and not one.points]
    found = "\n".join(outlines.faults(outline))
    for lack in (
        "the prediction 'the loss of emma, in nats'",
        "the explorable 'surprise'",
        "the exercise 'train0.loss'",
        "a slide of the kind 'closing'",
        "what to remember",
        "what to say if students count one prediction per letter",
        "50 minutes, as the card says",
    ):
        assert f"train0.toml lacks {lack}" in found


# The parts


def test_code_is_shown_less_its_docstrings():
    code = 'class A:\n    """Words.\n\n    More.\n    """\n\n'
    code += '    def f(self):\n        """Words."""\n        return "x"'
    assert outlines.without_docstrings(code) == 'class A:\n    def f(self):\n        return "x"'


def test_code_that_would_be_too_small_is_refused():
    assert slides.size_of(["x = 1"], slides.WIDTH) == slides.MOST
    assert slides.LEAST < slides.size_of(["x = 1"] * 5, slides.WIDTH) < slides.MOST
    with pytest.raises(SlideError, match="32 lines of 5 signs are too small"):
        slides.size_of(["\n".join(["x = 1"] * 30)], slides.WIDTH)


def test_a_formula_that_is_not_set_is_refused():
    with pytest.raises(SlideError, match="isn't set"):
        slides.Words({}, explorables.figure).line("the sum $a + b$")


def test_what_a_slide_says_is_text_and_not_markup():
    told = slides.Words({}, explorables.figure).line("a < b & **c**")
    assert told == "a &lt; b &amp; <strong>c</strong>"
    assert (
        slides.printed_block("<b>", 2) == '<pre class="printed" style="--size: 2">&lt;b&gt;</pre>'
    )


def test_the_policy_allows_what_the_speaker_s_window_runs(decks):
    one = policy.source_hash(live.speaker_script())
    for deck in decks.values():
        assert one in deck.select_one('meta[http-equiv="Content-Security-Policy"]')["content"]


def test_pictures_keep_their_descriptions(decks):
    for lesson, deck in decks.items():
        told = {html.unescape(one["aria-label"]) for one in deck.select('svg[role="img"]')}
        kept = {
            " ".join(str(outlines.data(cell, "text/plain")).split())
            for cell in outlines.cells(lesson)
            if cell["cell_type"] == "code"
        }
        assert all(any(" ".join(one.split()) in text for text in kept) for one in told), lesson


# In a browser


@pytest.fixture
def deck(opened, address):
    """A function that opens a lesson's slides at one of them, by a number from 1."""

    def show(lesson, number=1, **options):
        page = opened(f"{address}/slides/{lesson}.html#/{number - 1}", **(DESK | options))
        if "viewport" not in options:
            page.wait_for_selector("section.present")
        return page

    return show


def number_of(lesson, name):
    """The number of the slide that shows what the outline names so."""
    return [one.name for one in outlines.read(lesson).slides].index(name) + 1


def test_a_prediction_is_asked_and_its_answer_is_the_next_step(deck):
    page = deck("train0", number_of("train0", "the loss of emma"))
    answer = page.locator("section.present dd")
    assert answer.text_content() == "3.2958" and not answer.is_visible()
    page.keyboard.press("ArrowRight")
    playwright.expect(answer).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("section.present.figure")
    assert not answer.count() and page.errors == []


def test_an_explorable_moves_on_its_slide_and_keeps_its_keys(deck):
    page = deck("train0", number_of("train0", "surprise"))
    figure = page.locator("section.present figure.explorable")
    playwright.expect(figure).to_have_attribute("data-mounted", "live", timeout=60_000)
    line = figure.locator("p.line")
    assert "0.25" in line.inner_text()
    figure.get_by_role("button", name="Halve p").click()
    playwright.expect(line).to_contain_text("0.125")
    figure.locator("input[type=range]").press("ArrowRight")
    playwright.expect(line).not_to_contain_text("0.125")
    assert figure.is_visible(), "an arrow that moves the slider leaves the slide where it is"
    box = figure.bounding_box()
    assert box["y"] + box["height"] <= DESK["viewport"]["height"] and page.errors == []


def test_d_changes_light_for_dark_and_the_site_keeps_it(deck):
    page = deck("train1", 3)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.keyboard.press("d")
    assert page.evaluate(ground) != light
    assert page.evaluate("localStorage.getItem('mode')") == "dark"


def test_the_speaker_sees_what_to_say(deck):
    number = number_of("train0", "bigram.bigram_probs")
    page = deck("train0", number)
    with page.expect_popup() as opened_window:
        page.keyboard.press("s")
    notes = opened_window.value.locator(".speaker-controls-notes")
    playwright.expect(notes).to_contain_text("Do the probabilities still add up to 1?")
    assert page.errors == []


def test_on_a_phone_the_slides_are_a_page_to_read(deck):
    page = deck("train3", viewport=MODES["phone"]["viewport"])
    assert page.locator("section.slide").count() == len(outlines.read("train3").slides)
    assert page.locator("section.slide").last.is_visible() and not page.locator(".reveal").count()
    answer = page.locator("section.prediction").first
    assert not answer.locator("dd").is_visible()
    answer.locator("summary").click()
    assert answer.locator("dd").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390 and page.errors == []


@pytest.mark.slow
@pytest.mark.parametrize("lesson", LESSONS)
def test_nothing_stands_out_of_its_slide(lesson, deck):
    page = deck(lesson, viewport={"width": 1920, "height": 1080})
    page.wait_for_selector("section.present")
    for number in range(len(outlines.read(lesson).slides)):
        assert page.evaluate(pages_check.SHOW, number)
        if page.locator("section.present figure.explorable").count():
            page.wait_for_selector('section.present [data-mounted="live"]')
        lowest, foot = page.evaluate("""() => {
            const slide = document.querySelector("section.present");
            const bottom = (one) => one.getBoundingClientRect().bottom;
            const shown = [...slide.querySelectorAll(".show > *, .show pre, .show .answer .text")];
            const foot = slide.querySelector("footer").getBoundingClientRect().top;
            return [Math.max(0, ...shown.map(bottom)), foot];
        }""")
        assert lowest <= foot + 1, number + 1
        wide = page.evaluate("""() => [...document.querySelectorAll("section.present pre")]
            .some((one) => one.scrollWidth > one.clientWidth + 1)""")
        assert not wide, number + 1


@pytest.mark.slow
def test_the_check_of_pages_looks_at_every_slide(deck):
    page = deck("train0")
    assert page.evaluate(pages_check.SHOW, 2)
    assert page.locator("section.present").get_attribute("id") == "slide-3"
    assert not page.evaluate(pages_check.SHOW, len(outlines.read("train0").slides))
