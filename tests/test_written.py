"""Written answers as a page shows them: nothing runs, nothing loads, and all can be read."""

import re
import time

import bs4
import mistune
import pytest
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from tests.hostile_answers import AWAY, HOSTILE
from tools.grading import written

TAGS = {*written.TAGS, "h4", "div", "pre", "code", "img"}


def rendered(source, attachments=None):
    """The HTML that nbgrader makes of a cell."""
    renderer = IPythonRenderer(escape=False, attachments=attachments or {})
    return MarkdownWithMath(renderer=renderer).render(source)


def check_harmless(page):
    """Check that HTML has only tags and attributes that do nothing."""
    soup = bs4.BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(True):
        assert tag.name in TAGS, tag
        allowed = {"img": {"src", "alt"}, "ol": {"start"}}.get(tag.name, set())
        assert set(tag.attrs) <= allowed, tag
        assert tag.get("src", "data:image/png;").startswith("data:image/png;"), tag
    comments = soup.find_all(string=lambda text: type(text) is not bs4.element.NavigableString)
    assert not comments
    for text in soup.find_all(string=True):
        if text.find_parent(["code", "pre"]) is None:
            assert set(re.findall(r"\\([A-Za-z@]+)", text)) <= written.TYPESETTING, text


PICTURES = {"attachment:p.png": ("picture-1.png", None)}


@pytest.mark.parametrize("answer", HOSTILE)
def test_a_hostile_answer_is_only_text(answer):
    source = written.show(answer, PICTURES)
    check_harmless(rendered(source, {"picture-1.png": {"image/png": "AAAA"}}))
    check_harmless(mistune.html(source.replace("attachment:picture-1.png", "data:image/png;,")))
    without_pictures = source.replace("\n\n![picture-1.png](attachment:picture-1.png)", "")
    check_harmless(without_pictures)  # each block is HTML as it stands
    assert "alert" in source or "alert" not in answer  # what was written can be read


def test_all_hostile_answers_in_one_are_only_text():
    for between in ("\n\n", "\n", " ", "\n> ", "\n  - ", "`", "$", "\\"):
        source = written.show(between.join(HOSTILE), PICTURES)
        check_harmless(rendered(source, {"picture-1.png": {"image/png": "AAAA"}}))


@pytest.mark.parametrize(
    "answer, shown",
    [
        ("**this**, *that*, ~~no~~", "<p><strong>this</strong>, <em>that</em>, <s>no</s></p>"),
        ("a < b && c > d", "<p>a &lt; b &amp;&amp; c &gt; d</p>"),
        ("- a\n  - b\n\n3. c", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("```python\nx = 1\n\ny < 2\n```", "<pre><code>x = 1&#10;&#10;y &lt; 2&#10;</code></pre>"),
        ("    x = 1", "<pre><code>x = 1&#10;</code></pre>"),
        ("`a_1 * b`", "<p><code>a_1 * b</code></p>"),
        ("$a_1 * b_2 * c$", "<p>$a_1 * b_2 * c$</p>"),
        ("$$\n\\frac{1}{n} \\sum_i x_i\n$$", "$$&#10;\\frac{1}{n} \\sum_i x_i&#10;$$"),
        ("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", "a &amp;= b \\\\&#10;c &amp;= d"),
        ("costs $5 and $6", "<p>costs $5 and $6</p>"),
        ("| a | b |\n|--|--|\n| 1 | $x$ |", "<tr><td>1</td><td>$x$</td></tr>"),
        ("> q\n> r", "<blockquote><p>q r</p></blockquote>"),
        ("# H\n\na  \nb\n\n---", "<div><h4>H</h4></div>"),
        ("a\\\nb", "<p>a<br>b</p>"),
        ("&copy; &lt; \\* \\$", "<p>© &lt; * $</p>"),
        ("[docs](https://docs.python.org/3/?a=1&b=2)",
         "<p>docs (<code>https://docs.python.org/3/?a=1&amp;b=2</code>)</p>"),
        ("<https://example.org>", "https://example.org"),
        ("a [b] c [d][e]", "<p>a [b] c [d][e]</p>"),
        ("", ""),
        (" \n\n ", ""),
    ],
)  # fmt: skip
def test_an_honest_answer_is_shown_as_it_was_meant(answer, shown):
    assert shown in written.show(answer)


def test_a_picture_follows_the_block_that_shows_it_once():
    source = written.show(
        "One ![it](attachment:p.png) two\n\n![](attachment:p.png)\n\nend", PICTURES
    )
    assert source == (
        "<div><p>One <em>[picture-1.png. it]</em> two</p></div>\n\n"
        "![picture-1.png](attachment:picture-1.png)\n\n"
        "<div><p><em>[picture-1.png. ]</em></p></div>\n\n"
        "<div><p>end</p></div>"
    )


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="attachment:p.png" width="400"/>',
        "<IMG alt='x' SRC=attachment:p.png>",
        '<img alt="a b"\n  src="ATTACHMENT:p.png" onerror=alert(1)>',
    ],
)
def test_a_picture_that_was_resized_is_shown(tag):
    source = written.show(
        f"see {tag} here", PICTURES | {"ATTACHMENT:p.png": ("picture-1.png", None)}
    )
    assert source.endswith("</p></div>\n\n![picture-1.png](attachment:picture-1.png)")
    assert "see <em>[picture-1.png. " in source and "onerror" not in source


@pytest.mark.parametrize(
    "tag", [f"<img src={AWAY}>", "<img>", "<img src>", "<imgsrc=attachment:p>"]
)
def test_a_picture_of_another_kind_stays_text(tag):
    assert tag.replace("<", "&lt;").replace(">", "&gt;") in written.show(tag)


def test_a_picture_that_isnt_shown_says_why():
    source = written.show(
        "![a](attachment:a.svg) ![b](b.png)", {"attachment:a.svg": (None, "S<V>G")}
    )
    assert "[picture <code>attachment:a.svg</code> not shown: S&lt;V&gt;G. a]" in source
    assert "[picture <code>b.png</code> not shown: it is not in the notebook. b]" in source


def test_pictures_are_found_wherever_they_stand():
    text = "![a](attachment:plot(1).png)\n\n> - ![b](<attachment:a b.png>)\n\n| ![c](c.png) |\n|--|"
    found = written.pictures_in(text + "\n\n`![d](d)` ![a](attachment:plot%281%29.png)")
    assert found == ["attachment:plot(1).png", "attachment:a b.png", "c.png"]


@pytest.mark.parametrize("text", ["> " * 90 + "deep", "- " * 90 + "deep"])
def test_what_is_too_deep_to_be_parsed_is_shown_letter_by_letter(text):
    assert written.show(text) == f"<div><pre>{text.replace('>', '&gt;')}</pre></div>"


@pytest.mark.parametrize(
    "piece",
    ["[", "![a](", "*a_", "**a", "`a ``", "$", "$a ", "$$\n", "\\begin{a}", "<a ", "> ", "- ",
     "&a;", "[a](b)", "[a]: b\n", "|a", "a|b\n-|-\n", "\\", "\n", "1. a\n", "<!--", "~~a", "<img ",
     "<img src=attachment:a>", "<img src=attachment:a "],
)  # fmt: skip
def test_an_answer_made_to_take_long_is_shown_within_seconds(piece):
    start = time.process_time()
    check_harmless(written.show(piece * (20_000 // len(piece))))
    assert time.process_time() - start < 10


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("cell", ["a|", "\u2028|"])
@pytest.mark.parametrize("columns, rows", [(3000, 3500), (140, 9500), (9, 3000)])
def test_a_vast_table_is_text_and_takes_no_time(columns, rows, cell, end):
    answer = f"|{cell * columns}{end}|{'-|' * columns}{end}bbbb{end}" + f"|{end}" * rows
    start = time.perf_counter()
    source = written.show(answer[:20_000])
    assert written.pictures_in(answer[:20_000]) == []
    assert time.perf_counter() - start < 5
    assert "bbbb" in source and len(source) < 200_000


def test_a_table_of_hundreds_of_rows_is_a_table():
    source = written.show("| a | b | c |\n|--|--|--|\n" + "| 1 | 2 | 3 |\n" * 1_000)
    assert source.count("<tr>") == 1_001
