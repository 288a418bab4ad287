"""The course as an EPUB: what becomes of a page, its package, and what epubcheck says of it."""

import re
import shutil
import zipfile
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup

from tools.making import bundle, epub
from tools.setup import ROOT

SVG = (
    '<svg role="img" aria-label="Two bars" class="course-figure" viewBox="0 0 9 9">'
    '<svg class="wide"><rect clip-path="none" fill="var(--ink, #1c1b1a)"/></svg>'
    '<svg class="narrow" display="none"><rect/></svg></svg>'
)
LINE = '<pre><span class="line" style="--indent:4">    x = 1</span></pre>'


def page(inner):
    """A page of the site with this inside, parsed."""
    return BeautifulSoup(f"<html><body>{inner}</body></html>", "html.parser")


@pytest.mark.parametrize(
    "tex, spoken",
    [
        (r"\frac{1}{2}", ["mfrac"]),
        (r"e^{z_i}", ["msup", "msub"]),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", ["mtable", "mtr", "mtd"]),
        (r"\sqrt{d}", ["msqrt"]),
    ],
)
@pytest.mark.parametrize("opening, closing, tag", [(r"\(", r"\)", "span"), (r"\[", r"\]", "div")])
def test_a_formula_becomes_mathml_that_keeps_its_tex(tex, spoken, opening, closing, tag):
    soup = page(f'<{tag} class="math">{opening}</{tag}>')
    soup.find(class_="math").string = f"\n{opening}{tex}{closing}"
    epub.dress(soup)
    formula = soup.math
    assert formula["alttext"] == tex and all(formula(name) for name in spoken)
    assert formula["display"] == ("block" if tag == "div" else "inline")
    assert "\\" not in formula.get_text()


@pytest.mark.parametrize(
    "tex, spaces", [(r"\ln x", 1), (r"2 \ln 2", 2), (r"\ln(a)", 0), (r"\ln", 0), (r"-\ln p", 1)]
)
def test_a_function_s_name_has_room_around_it_where_tex_leaves_some(tex, spaces):
    soup = page(f'<span class="math">\\({tex}\\)</span>')
    epub.dress(soup)
    assert len(soup("mspace")) == spaces


@pytest.mark.parametrize(
    "tex, signs",
    [("[-3, 0]", ["prefix"]), ("(1, -1)", ["prefix"]), ("a - b", [None]), ("-a", [None])],
)
def test_the_sign_of_a_number_stands_close_to_it(tex, signs):
    soup = page(f'<span class="math">\\({tex}\\)</span>')
    epub.dress(soup)
    assert [sign.get("form") for sign in soup("mo", string="−")] == signs


def test_a_picture_becomes_a_file_in_the_colors_of_paper_with_its_description():
    soup = page(SVG)
    (file,) = (found := epub.take_pictures(soup, "a-page"))
    assert soup.img.attrs == {"src": "a-page-1.svg", "alt": "Two bars"} and file == "a-page-1.svg"
    root = ElementTree.fromstring(found[file])
    assert root.get("viewBox") == "0 0 9 9"
    (bar,) = root.iter("{http://www.w3.org/2000/svg}rect")  # the narrow form is left out
    assert bar.get("fill") == "#1c1b1a" and "var(" not in found[file]


def test_a_line_of_code_that_goes_on_does_so_further_in():
    soup = page(LINE)
    epub.dress(soup)
    assert soup.select_one(".line")["style"] == "padding-left: 4.8em; text-indent: -4.8em"


def test_links_lead_to_the_file_that_their_place_is_in():
    files = [
        epub.File("one", "One", "", '<p id="a"><a href="#b">there</a></p>'),
        epub.File("two", "Two", "", '<p id="b"><a href="#b">page <i data-to="b"></i></a></p>'),
    ]
    epub.lead(files)
    assert files[0].text == '<p id="a"><a href="two.xhtml#b">there</a></p>'
    assert files[1].text == '<p id="b"><a href="two.xhtml#b">look it up</a></p>'


def test_the_contents_list_parts_chapters_and_a_lesson_s_sections():
    files = [
        epub.File("title", "The title", "", ""),
        epub.File("x", "X & Y", "Lessons", "", [("x--a", "A"), ("x--b", "B")]),
        epub.File("z", "Z", "Lessons", ""),
        epub.File("end", "End", "At the end", ""),
    ]
    links = re.findall(r'<li><a href="(\S+)">(.*?)</a>', epub.contents(files))
    assert links == [
        ("title.xhtml", "About this book"),
        ("x.xhtml", "X &amp; Y"),
        ("x.xhtml#x--a", "A"),
        ("x.xhtml#x--b", "B"),
        ("z.xhtml", "Z"),
        ("end.xhtml", "End"),
    ]
    assert re.findall("<span>(.*?)</span>", epub.contents(files)) == ["Lessons", "At the end"]


def test_without_java_the_check_says_that_it_did_not_look(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(epub.book, "main", lambda: 0)
    monkeypatch.setattr(epub, "contents_of", lambda site: {epub.MIMETYPE: b"x"})
    monkeypatch.setattr(epub, "EPUB", tmp_path / "course.epub")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    assert epub.main() == 0
    assert "epubcheck needs Java" in capsys.readouterr().out


def test_faults_are_told_and_fail(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(epub.book, "main", lambda: 0)
    monkeypatch.setattr(epub, "contents_of", lambda site: {epub.MIMETYPE: b"x"})
    monkeypatch.setattr(epub, "EPUB", tmp_path / "course.epub")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    monkeypatch.setattr(epub, "checked", lambda path: ["ERROR RSC-005: no such element"])
    assert epub.main() == 1
    assert capsys.readouterr().err == "epubcheck: ERROR RSC-005: no such element\n"


# The whole book


@pytest.fixture(scope="module")
def made(site, tmp_path_factory):
    """The EPUB of the built site."""
    target = tmp_path_factory.mktemp("epub") / "course.epub"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        bundle.pack(epub.contents_of(site), target, stored={epub.MIMETYPE})
    return target


@pytest.mark.slow
def test_the_whole_book_is_one_that_every_reader_can_open(made):
    packed = zipfile.ZipFile(made)
    first = packed.infolist()[0]
    assert (first.filename, first.compress_type) == (epub.MIMETYPE, zipfile.ZIP_STORED)
    texts = {name: packed.read(name).decode() for name in packed.namelist() if "png" not in name}
    for name, text in texts.items():
        if name.endswith(("xhtml", "svg", "opf", "xml")):
            ElementTree.fromstring(text.replace("<!DOCTYPE html>\n", ""))
        assert "var(--" not in text and "<script" not in text, name
    assert "2026-01-01T00:00:00Z" in texts["content/package.opf"]
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))["parts"]
    pages = [one["file"].replace("/", "-") for part in parts for one in part["chapters"]]
    assert {f"content/{name}.xhtml" for name in pages} < set(texts)
    loaded = [re.findall(r'(?:src|href)="(https?:[^"]*)"', text) for text in texts.values()]
    outside = {address for found in loaded for address in found}
    linked = re.findall(r'<a [^>]*href="(https?:[^"]*)"', "".join(texts.values()))
    assert outside <= set(linked)  # links alone lead outside, and nothing is loaded from there


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("java"), reason="needs Java")
def test_epubcheck_finds_nothing(made):
    assert epub.checked(made) == []
