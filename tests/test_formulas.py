"""Formulas are set while the site is built: pages show them without a script, to all readers."""

import formulas
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from live_reader import axe_faults


@pytest.fixture(scope="module")
def some():
    """({formula: HTML}, style sheet) of two formulas."""
    return formulas.set_all({(r"-\ln p", False), (r"\frac{a}{b}", True)})


def test_a_formula_is_shown_and_also_read_aloud(some):
    html, _ = some
    inline = BeautifulSoup(html[r"-\ln p", False], "html.parser").find("mjx-container")
    assert inline.find("mjx-math")["aria-hidden"] == "true"
    assert inline.find("mjx-assistive-mml").math.get_text() == "−ln\u2061p"
    assert not inline.get("display") and not inline.find(attrs={"tabindex": True})
    display = BeautifulSoup(html[r"\frac{a}{b}", True], "html.parser").find("mjx-container")
    assert display["tabindex"] == "0" and display.find("mfrac").get_text() == "ab"


def test_the_style_sheet_has_the_signs_of_these_formulas_alone(some):
    _, css = some
    assert "mjx-c.mjx-c2212::before" in css and "mjx-c.mjx-c2211::before" not in css
    assert 'url("fonts/mathjax/MathJax_Main-Regular.woff")' in css


def test_wrong_tex_ends_the_build_and_is_named():
    with pytest.raises(SystemExit, match=r"Undefined control sequence \\frek: \\frek\{1\}"):
        formulas.set_all({(r"\frek{1}", False)})


@pytest.mark.parametrize(
    "node, tex",
    [
        (nodes.math("", r"a \\ b"), r"a \\ b"),
        (nodes.math_block("", " x\n"), "x"),
        (nodes.math_block("", r"a \\ b"), r"\begin{split}a \\ b\end{split}"),
    ],
)
def test_lines_of_a_formula_are_split_where_it_stands_alone(node, tex):
    assert formulas.formula(node) == (tex, isinstance(node, nodes.math_block))


def test_no_page_loads_mathjax_and_those_without_formulas_no_style_of_it(site):
    sheets = set()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if "/_static/" in path.as_posix():
            continue
        assert "mathjax" not in page.partition("</head>")[0].lower(), path
        assert ("formulas.css" in page) == ("<mjx-container" in page), path
        sheets.add("formulas.css" in page)
    assert sheets == {True, False} and not (site / "_static" / "mathjax").exists()
    assert "formulas.css" not in (site / "index.html").read_text(encoding="utf-8")


def test_formulas_stand_still_without_a_script(browser, address):
    """What a page shows without a script is where it is with one: nothing moves as it loads."""
    places = (
        "[...document.querySelectorAll('mjx-math')].map((m) => m.getBoundingClientRect().width)"
    )
    found = []
    for scripts in (False, True):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{address}/book/prerequisites.html")
        page.evaluate("document.fonts.ready")
        found.append(page.evaluate(places))
        context.close()
    assert found[0] == found[1] and len(found[0]) > 100 and min(found[0]) > 3


def test_a_formula_that_is_wider_than_a_phone_scrolls_and_is_accessible(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/book/prerequisites.html")
    assert axe_faults(page, "article") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
