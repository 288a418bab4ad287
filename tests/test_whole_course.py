"""The course as one document: its order, its links, and what becomes of folds on paper."""

import re

import pytest
import yaml
from bs4 import BeautifulSoup

from tools.making import whole_course
from tools.setup import ROOT

PAGE = """<html><head><meta charset="utf-8"></head><body class="in-book page-x">
<article class="bd-article"><section id="x"><h1>X</h1>
{}</section></article></body></html>"""
HINTS = """<h2>Exercise: one</h2><p>Do it.</p>
<details><summary>Hint 1</summary><p>Look.</p></details>
<details><summary>Hint 2</summary><p>Look again.</p></details><p>Between.</p>"""
QUESTIONS = """<h2>Questions</h2>
<p>How many?</p><details><summary>5</summary><p>No.</p></details>
<details><summary>6</summary><p>Right.</p></details>
<p>Which?</p><details><summary>this</summary><p>Right.</p></details>"""


def chapter(inner, name="book/x", part="Around it"):
    """A chapter of a page with this inside."""
    return whole_course.Chapter(name, part, BeautifulSoup(PAGE.format(inner), "html.parser"), "X")


def mended(inner, anchors=None, **about):
    """A chapter as the document has it; anchors: those of the pages that there are."""
    one = chapter(inner, **about)
    whole_course.mend(one, {one.name: {"x"}} | (anchors or {}))
    return one


def test_the_chapters_are_the_table_of_contents_with_the_poster_last(monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr(whole_course, "parsed", lambda path: read.append(path) or chapter("").soup)
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    listed = [one["file"] for part in contents["parts"] for one in part["chapters"]]
    found = [one.name for one in whole_course.chapters(tmp_path)]
    assert read == [tmp_path / f"{name}.html" for name in listed]
    assert sorted(found) == sorted(listed) and found[-1] == "book/program"
    listed.remove("book/program")
    assert found[:-1] == listed


@pytest.mark.parametrize(
    "address, becomes",
    [
        ("#x", "#book-x--x"),
        ("#gone", "#book-x"),
        ("glossary.html#term-loss", "#book-glossary--term-loss"),
        ("glossary.html#gone", "#book-glossary"),
        ("../notebooks/train0.html", "#notebooks-train0"),
        ("microgpt.py", None),
        ("index.html", None),
        ("https://arxiv.org/abs/1", "https://arxiv.org/abs/1"),
    ],
)
def test_a_link_leads_to_its_place_in_the_document_or_to_nothing(address, becomes):
    pages = {"book/glossary": {"term-loss"}, "notebooks/train0": set()}
    one = mended(f'<p><a href="{address}">there</a></p>', pages)
    found = one.soup.find(string="there").parent
    assert found.get("href") == becomes and found.name == ("a" if becomes else "span")


def test_hints_move_together_and_leave_a_line_each():
    one = mended(HINTS)
    (group,) = one.folds
    assert (group.heading, group.asked) == ("Exercise: one", "")
    assert [whole_course.words(BeautifulSoup(text, "html.parser")) for _, text in group.folds] == [
        "Look.",
        "Look again.",
    ]
    lines = one.soup.select("p.folded")
    assert [line.text.split() for line in lines] == [["Hint", "1", "page"], ["Hint", "2"]]
    assert lines[0].a["href"] == f"#{group.anchor}"
    assert "Look" not in one.soup.text and not one.soup("details")


def test_a_folded_answer_is_no_button_on_paper():
    one = mended('<h2>Test</h2><details class="sd"><summary>Show the answer</summary>7</details>')
    assert one.folds[0].folds == [("The answer", "7")]
    assert one.soup.select_one("p.folded").text.split() == ["The", "answer", "page"]


def test_options_move_with_their_question():
    one = mended(QUESTIONS)
    assert [group.asked for group in one.folds] == ["How many?", "Which?"]
    assert [label for label, _ in one.folds[0].folds] == ["5", "6"]
    text = whole_course.answers_html([one])
    assert re.findall("<h[23]>(.*?)</h[23]>", text) == ["X", "Questions"]
    assert text.index("How many?") < text.index("Right.") < text.index("Which?")


def test_a_table_before_a_fold_is_no_question():
    one = mended("<h2>Times</h2><table></table><details><summary>More</summary>7</details>")
    assert [(group.heading, group.asked) for group in one.folds] == [("Times", "")]


def test_code_and_answers_of_cells_stand_open():
    one = mended('<details class="admonition hide"><summary>Show</summary><pre>1</pre></details>')
    assert one.soup.select_one("div.opened > pre").text == "1"
    assert not one.folds and "Show" not in one.soup.text


def test_solutions_have_no_hints_of_their_own():
    one = mended(HINTS, part="Solutions")
    assert not one.folds and "Hint" not in one.soup.text
