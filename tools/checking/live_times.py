"""Time the lessons' cells in a browser: `python -m tools.checking.live_times [LESSON …]`.

Cells that take LONG seconds or more are kept in book/live/long_cells.json, by their ids, so that a
page can say beforehand that it takes a while. The site must be built; Chromium is needed.
"""

import json
import sys
import time

from tools import browser
from tools.making import book, sources
from tools.making.serve import served
from tools.setup import ROOT

KEPT = ROOT / "book" / "live" / "long_cells.json"
LONG = 3  # seconds


def times(page):
    """(cell id, seconds) of a page's cells, run from top to bottom."""
    for cell in page.evaluate("course.cells.map((cell) => cell.id)"):
        start = time.perf_counter()
        page.evaluate("(id) => course.run(id)", cell)
        yield cell, time.perf_counter() - start


def time_lesson(chromium, address, lesson):
    """{cell id: seconds} of a lesson's long cells."""
    page = chromium.new_page()
    page.set_default_timeout(0)
    page.goto(f"{address}/notebooks/{lesson}.html")
    page.wait_for_selector("[data-state]", state="attached")
    page.evaluate("course.run(course.cells[0].id)")  # so that Python's start counts for no cell
    found = {cell: round(seconds) for cell, seconds in times(page) if seconds >= LONG}
    page.close()
    return found


def keep(lesson, found):
    """Put a lesson's long cells in the place of those that were kept for it."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    kept = {cell: n for cell, n in kept.items() if not cell.startswith(f"{lesson}-")}
    text = json.dumps(dict(sorted((kept | found).items())), indent=2)
    KEPT.write_text(f"{text}\n", encoding="utf-8")


def main(*lessons):
    """Time the lessons, all by default; return the exit status."""
    from playwright.sync_api import sync_playwright

    if not browser.chromium() or not book.HOME.exists():
        print("live times: needs Chromium, and the site: make book", file=sys.stderr)
        return 1
    with served(book.HOME.parent) as address, sync_playwright() as driver:
        chromium = driver.chromium.launch(**browser.options())
        for lesson in lessons or sources.names():
            found = time_lesson(chromium, address, lesson)
            keep(lesson, found)
            print(f"{lesson}: {len(found)} long cells, {sum(found.values())} s in all", flush=True)
        chromium.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
