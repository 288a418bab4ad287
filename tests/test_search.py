"""The search finds what a learner would type: 30 questions, asked on the page in a browser.

Learners bring words from elsewhere, so few of these are the course's own. In each row stand a
question, how far down its answer may be, and the places that answer it, of which one is enough.
"""

import json
import re

import passages
import pytest
from browsing import an_opener, playwright  # noqa: F401
from docutils import nodes
from live_reader import axe_faults
from sphinx import addnodes

FIELD = ".bd-search-container input"
QUESTIONS = """
what is a token | 3 | glossary#term-token train0#letters-become-numbers
why subtract max | 3 | train1#exercise-a-softmax-for-any-logits train1#the-real-thing
adam bias correction | 3 | train4#third-idea-correct-the-start glossary#term-bias-correction
why is my loss nan | 5 | train1#the-real-thing train0#a-pair-never-seen glossary#term-overflow
softmax temperature | 3 | train1#bolder-or-more-careful glossary#term-temperature
what does attention do | 3 | train3#asking-a-question glossary#term-attention
chain rule | 3 | prerequisites#the-chain-rule glossary#term-chain-rule
how does backpropagation work | 3 | train1#backward glossary#term-backpropagation
learning rate too high | 3 | train4#the-old-recipe-too-slow-or-too-fast
kv cache | 3 | train3#nothing-is-computed-twice glossary#term-cache
skip connection | 3 | train3#a-stream-and-two-helpers glossary#term-residual-connection
layer norm vs rmsnorm | 3 | train3#exercise-layer-norm train3#numbers-that-fade
word embeddings | 3 | train1#why-bother-with-a-network glossary#term-embedding
overfitting train test split | 3 | train0#a-fair-test train0#exercise-a-split-without-leaks
how many parameters | 5 | notation#the-weights-by-name train3#the-whole-model train4#layers
open in colab | 5 | how-to-work#where-to-run-it index#where-to-work
do I need numpy | 3 | prerequisites index#is-it-for-you how-to-work#on-these-pages
install on windows | 3 | how-to-work#where-to-run-it index#where-to-work
grade students | 3 | teaching teaching#grade
cross entropy loss | 3 | train0#the-loss questions#what-does-the-loss-mean
why multiple heads | 3 | train4#several-small-heads glossary#term-multi-head-attention
positional encoding | 3 | train3#a-bag-of-letters glossary#term-position-embedding
zero_grad | 3 | train2#the-optimizer train2#exercise-gradients-that-are-never-cleared
train on gpu | 5 | day-after#a-graphics-processor-and-several-machines
use my own dataset | 3 | questions#may-i-use-my-own-names day-after#other-data
is it just memorizing | 3 | questions#is-it-memorising
weight initialization | 3 | questions#why-these-numbers
where is my work saved | 3 | how-to-work#your-work
why divide by sqrt(d) | 3 | train3#why-a-square-root
causal mask | 3 | questions#where-is-the-mask train3#exercise-with-a-mask glossary#term-causal
"""


@pytest.fixture(scope="module")
def search(browser, address):
    """The search page, open in a browser."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.faults, page.asked = [], []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(f"{address}/search.html?q=softmax")
    yield page
    page.close()


def short(address):
    """An address within the site as the rows above have it."""
    return re.sub(r"\.html|^(?:notebooks|book)/|#$", "", address)


def ask(page, question):
    """The places that the page names for a question, best first: page and anchor."""
    page.fill(FIELD, question)
    links = page.eval_on_selector_all("#search-results li a", "all => all.map((a) => a.href)")
    return [short("/".join(link.split("/")[3:])) for link in links]


def summary(page):
    return page.text_content(".search-summary")


def questions():
    """(question, among the first how many, places) of each row above."""
    rows = [row.split(" | ") for row in QUESTIONS.strip().splitlines()]
    return [(question, int(first), set(places.split())) for question, first, places in rows]


def missed(page):
    """The questions whose answer isn't where it has to be, with what is there."""
    found = {}
    for question, first, places in questions():
        there = ask(page, question)[:first]
        if not places & set(there):
            found[question] = there
    return found


def test_each_question_finds_its_answer(search):
    assert len(questions()) == 30 and missed(search) == {}


def test_every_place_that_the_search_names_is_there(search, site):
    for question, _, _ in questions():
        search.fill(FIELD, question)
        links = search.eval_on_selector_all("#search-results li a", "all => all.map((a) => a.href)")
        for link in links:
            path, _, anchor = link.split("/", 3)[3].partition("#")
            html = (site / path).read_text(encoding="utf-8")
            assert not anchor or f'id="{anchor}"' in html, link


def test_a_word_that_no_page_has_is_left_out_and_named(search):
    without = ask(search, "attention")
    assert ask(search, "attention flibbertigibbet") == without != []
    assert summary(search).startswith(
        "No page has “flibbertigibbet”, so the search went on without"
    )
    assert ask(search, "flibbertigibbet") == [] and "glossary" in summary(search)
    ask(search, "attention")
    assert "No page" not in summary(search)


def test_a_letter_amiss_or_a_word_half_typed_finds_the_word(search):
    assert ask(search, "attqention")[0] == "glossary#term-attention"
    assert ask(search, "softma")[0] == "glossary#term-softmax"


def test_the_address_keeps_the_question_and_nothing_else_is_asked_for(search, address):
    ask(search, "chain rule")
    assert search.url == f"{address}/search.html?q=chain+rule"
    assert search.locator("#search-results mark").count() > 5
    assert [url for url in search.asked if not url.startswith(address)] == []
    assert not [url for url in search.asked if "/notebooks/" in url], "it reads whole pages"
    assert search.faults == []


def test_more_results_come_on_a_click_and_all_is_accessible(search):
    before = len(ask(search, "gradient"))
    search.get_by_role("button", name="Show", exact=False).last.click()
    assert search.locator("#search-results li").count() > before
    assert axe_faults(search) == []
    assert search.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_field_above_any_page_leads_to_the_answers(opened, address):
    page = opened(f"{address}/notebooks/train0.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("kv cache")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=kv+cache")
    playwright.expect(page.locator("#search-results li").first).to_contain_text("cache")
    assert not any("searchindex" in url for url in page.content().split('"'))


# What is looked through


def section_of(title, identity, *parts):
    return nodes.section("", nodes.title("", title), *parts, ids=[identity])


def test_a_passage_is_what_a_heading_says_without_what_stands_below_the_next():
    code = nodes.literal_block("", "def softmax(logits):\n    return 1")
    output = nodes.container("", nodes.literal_block("", "printed"), nb_element="cell_code_output")
    cell = nodes.container("", code, output, nb_element="cell_code")
    index = addnodes.index(entries=[("single", "Windows", "index-0", "", None)])
    formula = nodes.paragraph("", "", nodes.Text("Now "), nodes.math("", r"\frac{a}{b} \cdot c"))
    inner = section_of("Inner", "inner", formula)
    page = nodes.container(
        "", section_of("Outer", "outer", index, nodes.paragraph("", "Hi."), cell, inner)
    )
    outer, below = passages.passages(page)
    assert (outer.anchor, outer.title, outer.text) == ("", "Outer", "Hi.")
    assert outer.code == "def logits return softmax" and outer.also == "Windows"
    assert (below.anchor, below.title, below.text) == ("inner", "Inner", "Now a/b · c")


def test_passages_of_all_pages_stand_in_one_file(site):
    text = (site / "_static" / "passages.js").read_text(encoding="utf-8")
    pages = dict(json.loads(text.removeprefix("var coursePassages = ").removesuffix(";\n")))
    assert next(iter(pages)) == "index.html"
    assert {f"notebooks/train{i}.html" for i in range(5)} < set(pages)
    anchors = {anchor for anchor, *_ in pages["book/glossary.html"]}
    assert {"term-token", "term-Adam"} < anchors
    assert not (site / "searchindex.js").exists()
    named = {place for _, _, places in questions() for place in places}
    there = {short(f"{uri}#{one[0]}") for uri, found in pages.items() for one in found}
    assert named <= there
