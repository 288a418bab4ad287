"""What is printed with Chromium: the poster of the program, in two sizes."""

import io

import pytest
from pypdf import PdfReader

from tools import book, browser, bundle, printing

MM = 72 / 25.4  # points


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


@pytest.mark.slow
@pytest.mark.skipif(bool(browser.missing()) and not browser.in_ci(), reason="needs Chromium")
def test_the_poster_is_one_sheet_of_each_size_tagged_and_without_local_links(site):
    sizes = {}
    for size, pdf in printing.posters(site).items():
        reader = PdfReader(io.BytesIO(pdf))
        (sheet,) = reader.pages
        sizes[size] = millimetres(sheet)
        text = sheet.extract_text()
        assert "The program, whole" in text and "multi_head_attention" in text
        assert addresses(reader) == set() and is_tagged(reader)
    assert sizes["a3"] == pytest.approx((420, 297), abs=1)
    assert sizes["a2"] == pytest.approx((594, 420), abs=1)


def test_without_chromium_nothing_is_built_and_the_reason_is_told(monkeypatch, capsys):
    monkeypatch.setattr(browser, "chromium", lambda: None)
    monkeypatch.setattr(book, "main", lambda: pytest.fail("built"))
    assert printing.main() == 1
    assert "Chromium is not installed" in capsys.readouterr().err


def test_a_file_is_kept_under_its_name_alone(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bundle, "TO_TAKE", tmp_path / "to take")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    printing.keep("poster.pdf", b"%PDF" * 50_000)
    assert [path.name for path in (tmp_path / "to take").iterdir()] == ["poster.pdf"]
    assert capsys.readouterr().out == "To take along: to take/poster.pdf  0.2 MB\n"
