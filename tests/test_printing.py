"""What is printed with Chromium: the poster of the program, and the course as a book."""

import io
from collections import Counter
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from tools import browser
from tools.making import book, bundle, outlines, printing, whole_course
from tools.setup import ROOT

SVG = "{http://www.w3.org/2000/svg}"
MM = 72 / 25.4  # points
NEEDS_CHROMIUM = pytest.mark.skipif(
    bool(browser.missing()) and not browser.in_ci(), reason="needs Chromium"
)
SMALL_TOC = """\
parts:
  - caption: The program
    chapters:
      - file: book/program
  - caption: Lessons
    chapters:
      - file: notebooks/train0
  - caption: Solutions
    chapters:
      - file: notebooks/solutions/train0
"""


def millimetres(page):
    """Width and height of a page of a PDF."""
    return float(page.mediabox.width) / MM, float(page.mediabox.height) / MM


def addresses(reader):
    """Where the links of a PDF lead that leave it."""
    notes = [one.get_object() for page in reader.pages for one in page.get("/Annots", [])]
    return {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}


def is_tagged(reader):
    """True if a screen reader finds the PDF's structure, and its language."""
    root = reader.trailer["/Root"]
    return bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root and "/Lang" in root


def outline(reader):
    """{title: number of its page} of a PDF's outline."""

    def flat(entries):
        for entry in entries:
            yield from flat(entry) if isinstance(entry, list) else [entry]

    return {one.title: 1 + reader.get_destination_page_number(one) for one in flat(reader.outline)}


@pytest.fixture(scope="module")
def posters(site):
    """{size: the poster as a PDF}."""
    return printing.posters(site)


@pytest.mark.slow
@NEEDS_CHROMIUM
def test_the_poster_is_one_sheet_of_each_size_tagged_and_without_local_links(posters):
    sizes = {}
    for size, pdf in posters.items():
        reader = PdfReader(io.BytesIO(pdf))
        (sheet,) = reader.pages
        sizes[size] = millimetres(sheet)
        text = sheet.extract_text()
        assert "The program, whole" in text and "multi_head_attention" in text
        assert addresses(reader) == set() and is_tagged(reader)
    assert sizes["a3"] == pytest.approx((420, 297), abs=1)
    assert sizes["a2"] == pytest.approx((594, 420), abs=1)


@pytest.mark.slow
@NEEDS_CHROMIUM
def test_the_poster_s_svg_shows_the_same_words_as_text_with_its_fonts_inside(site, posters):
    (sheet,) = PdfReader(io.BytesIO(posters["a3"])).pages
    drawings = printing.drawings(site)
    root = ElementTree.fromstring(drawings["a3"])
    lines = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "The program, whole" in lines
    assert "def multi_head_attention(q, keys, values, n_head):" in lines
    letters = ["".join(text.split()) for text in ("".join(lines), sheet.extract_text())]
    assert Counter(letters[0]) == Counter(letters[1])
    assert [root.get("width"), root.get("height")] == ["420mm", "297mm"]
    assert {rect.get("fill") for rect in root.iter(f"{SVG}rect")} >= {"#ffffff", "#0061a1"}
    assert drawings["a3"].count("url(data:font/woff2") == 3 == drawings["a3"].count("url(")
    assert drawings["a2"] == drawings["a3"].replace("420mm", "594mm").replace("297mm", "420mm")


@pytest.fixture
def small_course(site, monkeypatch, tmp_path):
    """One lesson with its solutions and the poster, as a PDF."""
    style = tmp_path / "book" / "_static" / "look" / "poster.css"
    style.parent.mkdir(parents=True)
    style.write_bytes((ROOT / "book" / "_static" / "look" / "poster.css").read_bytes())
    (tmp_path / "_toc.yml").write_text(SMALL_TOC)
    monkeypatch.setattr(whole_course, "ROOT", tmp_path)
    return PdfReader(io.BytesIO(printing.course(site)))


@pytest.mark.slow
@NEEDS_CHROMIUM
def test_the_course_is_one_pdf_whose_contents_name_its_pages(small_course):
    pages = outline(small_course)
    contents = small_course.pages[1].extract_text()
    for title in ("Counting pairs", "Solutions to train0", "Hints and answers"):
        assert f"{title} {pages[title]}" in contents.split("\n"), title
    assert "train0: What comes next, by counting?" in pages  # no space is lost where a line breaks
    assert pages["Contents"] == 2 and pages["The program, whole"] == len(small_course.pages)
    sheets = [round(millimetres(sheet)[0]) for sheet in small_course.pages]
    assert sheets == [210] * (len(sheets) - 1) + [420]
    assert all("127.0.0.1" not in address for address in addresses(small_course))
    assert is_tagged(small_course)
    assert small_course.pages[1].extract_text().startswith("2\n")


@pytest.mark.slow
@NEEDS_CHROMIUM
def test_in_the_pdf_a_question_comes_a_page_before_its_answer(site):
    reader = PdfReader(io.BytesIO(printing.slides(site, "train0")))
    found = outlines.read("train0").slides
    asked = [one.kind for one in found].count("prediction")
    assert len(reader.pages) == len(found) + asked
    assert {tuple(map(float, page.mediabox[2:])) for page in reader.pages} == {(1440, 810)}
    texts = [page.extract_text() for page in reader.pages]
    first = next(i for i, text in enumerate(texts) if "counted nothing" in text)
    assert "3.2958" not in texts[first] and "3.2958" in texts[first + 1]
    assert addresses(reader) == set() and is_tagged(reader)


def test_without_chromium_nothing_is_built_and_the_reason_is_told(monkeypatch, capsys):
    monkeypatch.setattr(browser, "chromium", lambda: None)
    monkeypatch.setattr(book, "main", lambda: pytest.fail("built"))
    assert printing.main("pdf") == 1
    assert "Chromium is not installed" in capsys.readouterr().err
    assert printing.main("book") == 2
    assert capsys.readouterr().err == "'book' is nothing to print: name poster, pdf or slides\n"


def test_a_file_is_kept_under_its_name_alone(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bundle, "TO_TAKE", tmp_path / "to take")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    printing.keep("poster.pdf", b"%PDF" * 50_000)
    assert [path.name for path in (tmp_path / "to take").iterdir()] == ["poster.pdf"]
    assert capsys.readouterr().out == "To take along: to take/poster.pdf  0.2 MB\n"
