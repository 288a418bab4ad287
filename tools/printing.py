"""Print the poster of the program with Chromium: `python -m tools.printing`.

The book is built first. The program's page has print styles that put it on one sheet of A3 or A2.
The PDFs are tagged, and made without a network. There's no SVG: Chromium prints PDF alone, and what
converts one to SVG turns letters into outlines, which nobody can search or copy.
"""

import io
import sys
from contextlib import contextmanager

from pypdf import PdfReader

from tools import book, browser, bundle
from tools.serve import served

SECONDS = 600  # to wait for anything, on a machine that has other things to do
MARGIN = {"top": "8mm", "bottom": "8mm", "left": "9mm", "right": "9mm"}
POSTERS = {
    "a3": {"width": "420mm", "height": "297mm"},
    "a2": {"width": "594mm", "height": "420mm"},
}
LOOK = {"print_background": True, "tagged": True}
READY = """async () => {
    await window.MathJax?.startup?.promise;
    await document.fonts.ready;
}"""
UNLINK = """() => {  // a link to another page would name the server that this is printed from
    for (const link of document.querySelectorAll("a[href]"))
        if (link.href.startsWith(location.origin)) link.removeAttribute("href");
}"""


@contextmanager
def printed_page(site, path):
    """A page of the folder `site`, open in a browser without a network, as it is for paper."""
    from playwright.sync_api import sync_playwright

    with served(site) as address, sync_playwright() as driver:
        one = driver.chromium.launch(**browser.options(browser.ALONE))
        page = one.new_page(color_scheme="light", service_workers="block")
        page.set_default_timeout(1000 * SECONDS)
        page.emulate_media(media="print")
        page.goto(f"{address}/{path}")
        page.evaluate(READY)
        yield page
        one.close()


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


def keep(name, content):
    """Write a file to take along, whole or not at all, and say where it lies."""
    target = bundle.TO_TAKE / name
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{name}.tmp")
    unfinished.write_bytes(content)
    unfinished.replace(target)
    print(f"To take along: {bundle.told(target)}")


def main():
    """Build the book, print the poster, and say where the files lie; return the exit status."""
    if browser.missing():
        print(browser.missing(), file=sys.stderr)
        return 1
    if book.main():
        return 1
    for size, pdf in posters(book.HOME.parent).items():
        keep(f"microgpt-poster-{size}.pdf", pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
