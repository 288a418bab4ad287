"""Print the course with Chromium: `python -m tools.making.printing poster`, `pdf` or `slides`.

The book is built first. The program's page has print styles that put it on one sheet of A3 or A2.
The course is `making.whole_course`, printed twice: the first time says on which pages its parts
begin, and the second has these numbers in the contents. Slides become a PDF for each lesson, in
which a prediction takes two pages: what is asked, and then the answer. The PDFs are tagged, and
made without a network. Chromium prints no SVG, and what converts a PDF to one turns letters into
outlines, which nobody can search or copy: the poster's SVG is written from the page itself, with
the fonts that it needs inside.
"""

import base64
import io
import re
import sys
from contextlib import contextmanager
from functools import partial

from pypdf import PdfReader

from tools import browser
from tools.files import write_whole
from tools.making import book, bundle, outlines, whole_course
from tools.making.serve import served
from tools.setup import ROOT

KINDS = ("poster", "pdf", "slides")
SECONDS = 600  # to wait for anything, on a machine that has other things to do
MARGIN = {"top": "8mm", "bottom": "8mm", "left": "9mm", "right": "9mm"}
POSTERS = {
    "a3": {"width": "420mm", "height": "297mm"},
    "a2": {"width": "594mm", "height": "420mm"},
}
DRAWING = {"width": 1519, "height": 1062}  # pixels: A3 less its margins of 34 and 30
SHAPES = (ROOT / "tools" / "making" / "page_shapes.js").read_text(encoding="utf-8")
LOOKS = ROOT / "book" / "_static" / "look"
FACE = re.compile(r'@font-face {\n  font-family: "Course [^}]*}')
SOURCE = re.compile(r"url\((.*?\.woff2)\)")
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"
 viewBox="-34 -30 1587 1122" lang="en">
<title>{title}</title>
<style>{faces} text {{ white-space: pre; font-variant-ligatures: none; }}</style>
<rect x="-34" y="-30" width="1587" height="1122" fill="#ffffff"/>
{shapes}
</svg>
"""
ROUNDS = 4  # numbers are found, then filled in; their widths may move something
LOOK = {"print_background": True, "tagged": True}
READY = """async () => {
    await document.fonts.ready;
}"""
UNLINK = """() => {  // a link to another page would name the server that this is printed from
    for (const link of document.querySelectorAll("a[href]"))
        if (link.href.startsWith(location.origin)) link.removeAttribute("href");
}"""

STEPS = """() => {  // a page for the question, and one for the answer
    for (const fold of document.querySelectorAll("details.answer")) {
        const slide = fold.closest(".slide");
        fold.open = true;
        const before = slide.cloneNode(true);
        before.removeAttribute("id");
        before.querySelector("details.answer").classList.add("later");
        slide.before(before);
    }
}"""

FILL = """(numbers) => {
    for (const place of document.querySelectorAll("[data-to]"))
        place.textContent = numbers[place.dataset.to];
}"""


@contextmanager
def printed_page(site, path, text=None, without=None):
    """A page of the folder `site`, open in a browser without a network, as it is for paper.

    text: the page's HTML, where the folder has no such file
    without: a pattern of addresses that aren't loaded
    """
    from playwright.sync_api import sync_playwright

    with served(site) as address, sync_playwright() as driver:
        one = driver.chromium.launch(**browser.options(browser.ALONE))
        page = one.new_page(color_scheme="light", service_workers="block")
        page.set_default_timeout(1000 * SECONDS)
        if text is not None:
            page.route(f"{address}/{path}", partial(answer, text))
        if without:
            page.route(without, lambda route: route.abort())
        page.emulate_media(media="print")
        page.goto(f"{address}/{path}")
        page.evaluate(READY)
        yield page
        one.close()


def answer(text, route):
    """Answer a request with a page's HTML."""
    route.fulfill(body=text, content_type="text/html; charset=utf-8")


def posters(site):
    """{size: the poster as a PDF}. Raises ValueError where it takes more than a sheet."""
    found = {}
    with printed_page(site, "book/program.html") as page:
        page.evaluate(UNLINK)
        for size, sheet in POSTERS.items():
            found[size] = page.pdf(**sheet, margin=MARGIN, **LOOK)
            count = len(PdfReader(io.BytesIO(found[size])).pages)
            if count != 1:
                raise ValueError(f"the poster takes {count} sheets of {size.upper()}, not one")
    return found


def faces():
    """The upright Latin fonts of the site, as a style sheet that holds them."""

    def inside(source):
        font = base64.b64encode((LOOKS / source[1]).read_bytes()).decode("ascii")
        return f"url(data:font/woff2;base64,{font})"

    rules = FACE.findall((LOOKS / "fonts.css").read_text(encoding="utf-8"))
    kept = [one for one in rules if "italic" not in one and "unicode-range" not in one]
    return SOURCE.sub(inside, "\n".join(kept))


def drawings(site):
    """{size: the poster as SVG}. Raises ValueError where it takes more than a sheet."""
    with printed_page(site, "book/program.html") as page:
        page.set_viewport_size(DRAWING)
        high = page.evaluate("document.querySelector('article').getBoundingClientRect().bottom")
        if high > DRAWING["height"]:
            raise ValueError(f"the poster is {high:.0f} pixels high, not {DRAWING['height']}")
        shapes = page.evaluate(SHAPES, "article")
    about = {"title": whole_course.TITLE, "faces": faces(), "shapes": shapes}
    return {size: SVG.format(**sheet, **about) for size, sheet in POSTERS.items()}


def page_numbers(pdf):
    """{anchor: number of the page that it stands on, from 1}, of anchors that a link leads to."""
    reader = PdfReader(io.BytesIO(pdf))
    return {
        name.removeprefix("/"): 1 + reader.get_destination_page_number(place)
        for name, place in reader.named_destinations.items()
    }


def course(site):
    """The course as a PDF, with the numbers of its pages in the contents."""
    with printed_page(site, "book/whole.html", whole_course.document(site)) as page:
        filled_in = None
        for _ in range(ROUNDS):
            pdf = page.pdf(prefer_css_page_size=True, outline=True, **LOOK)
            numbers = page_numbers(pdf)
            if numbers == filled_in:
                return pdf
            page.evaluate(FILL, numbers)
            filled_in = numbers
    raise ValueError(f"page numbers still change after {ROUNDS} rounds")


def slides(site, lesson):
    """The slides of a lesson as a PDF; explorables are still pictures."""
    path = f"slides/{lesson}.html?page"
    with printed_page(site, path, without="**/live/explorables.js*") as page:
        page.evaluate(UNLINK)
        page.evaluate(STEPS)
        return page.pdf(prefer_css_page_size=True, outline=True, **LOOK)


def slides_file(lesson):
    """The name of the PDF with a lesson's slides."""
    return f"microgpt-slides-{lesson}.pdf"


def keep(name, content):
    """Write a file to take along, whole or not at all, and say where it lies."""
    target = bundle.TO_TAKE / name
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, content)
    print(f"To take along: {bundle.told(target)}")


def main(what):
    """Build the book, print one of KINDS, say where it lies; return the exit status."""
    if what not in KINDS:
        print(
            f"{what!r} is nothing to print: name {', '.join(KINDS[:-1])} or {KINDS[-1]}",
            file=sys.stderr,
        )
        return 2
    if browser.missing():
        print(browser.missing(), file=sys.stderr)
        return 1
    if book.main():
        return 1
    if what == "poster":
        for size, pdf in posters(book.HOME.parent).items():
            keep(f"microgpt-poster-{size}.pdf", pdf)
        for size, svg in drawings(book.HOME.parent).items():
            keep(f"microgpt-poster-{size}.svg", svg.encode())
    elif what == "slides":
        for lesson in outlines.lessons():
            keep(slides_file(lesson), slides(book.HOME.parent, lesson))
    else:
        keep(f"{bundle.FOLDER}.pdf", course(book.HOME.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
