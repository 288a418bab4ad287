"""What the site offers to take along: files that were made, with their sizes."""

from types import SimpleNamespace

import downloads
import pytest

from tools.making import bundle, outlines, printing
from tools.setup import ROOT

PAGE = "<p><code>make pdf</code> {}</p>"
EMPTY = PAGE.format('<span data-download="microgpt-course.pdf"></span>')
FULL = PAGE.format(
    '<span data-download="microgpt-course.pdf">'
    '<a href="../downloads/microgpt-course.pdf" download>The PDF</a>, 1.5&nbsp;MB</span>'
)


@pytest.fixture
def app(monkeypatch, tmp_path):
    """A build whose site has the page, and a folder of what was made with one file."""
    monkeypatch.delenv(downloads.VARIABLE, raising=False)
    monkeypatch.setattr(bundle, "TO_TAKE", tmp_path / "made")
    for folder in ("made", "site/book"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "made" / "microgpt-course.pdf").write_bytes(b"%PDF-" * 300_000)
    (tmp_path / "site" / "book" / "take-away.html").write_text(EMPTY)
    return SimpleNamespace(outdir=tmp_path / "site", builder=SimpleNamespace(name="html"))


def shown(app):
    """The page, and the files that the site offers."""
    page = (app.outdir / "book" / "take-away.html").read_text()
    return page, sorted(path.name for path in app.outdir.glob("downloads/*"))


def test_a_file_that_is_there_is_offered_with_its_size_and_one_that_is_not_is_not(app):
    downloads.offer_all(app, None)
    assert shown(app) == (FULL, ["microgpt-course.pdf"])
    (bundle.TO_TAKE / "microgpt-course.pdf").unlink()
    downloads.offer_all(app, None)
    assert shown(app) == (EMPTY, [])


def test_a_build_for_the_zip_offers_nothing(app, monkeypatch):
    monkeypatch.setenv(downloads.VARIABLE, "none")
    downloads.offer_all(app, None)
    assert shown(app) == (EMPTY, [])


@pytest.mark.parametrize(
    "name, told",
    [
        ("microgpt-course.epub", "The EPUB"),
        ("microgpt-poster-a3.svg", "A3 as SVG"),
        ("microgpt-slides-train0.pdf", "train0 as PDF"),
    ],
)
def test_a_link_says_what_it_leads_to(name, told):
    assert downloads.kind(name) == told


def test_the_page_names_every_file_that_is_made():
    page = (ROOT / "book" / "take-away.md").read_text("utf-8")
    named = {place["name"] for place in downloads.PLACE.finditer(page)}
    posters = {f"microgpt-poster-{size}.{kind}" for size in ("a3", "a2") for kind in ("pdf", "svg")}
    slides = {printing.slides_file(lesson) for lesson in outlines.lessons()}
    whole = {f"{bundle.FOLDER}.{kind}" for kind in ("pdf", "epub", "zip")}
    assert named == whole | posters | slides
