"""Reading the course in a real browser: one Chromium and one server for all tests of a process.

`visitor` opens a page as somebody who was here before: Python starts from the snapshot that their
browser keeps, in half a second, and nothing else is remembered. Most tests want this one.
`reader` opens it in a browser that was never used, where the first Run takes seconds; options are
those of Playwright's new_context. `browser` and `address` are there for all else. conftest.py
makes these fixtures known to every test file.

    def test_something(visitor):
        one = visitor("train0")
        cell = one.cells()[0]
        assert one.run(cell) == "done" and one.output(cell) == printed(notebook_cells("train0")[0])
"""

import asyncio
import json
from contextlib import contextmanager

import pytest

from microgpt_ref.lab import explorables
from tools.setup import ROOT

COMPARED_APART = {"live", "desk"}  # tags of cells whose output isn't the notebook's
KEPT = """async () => {
    const cache = await caches.open("course-python:/");
    while (!(await cache.keys()).length) await new Promise((done) => setTimeout(done, 50));
}"""
SECONDS = 120  # to wait for anything, on a machine that has other things to do


class Reader:
    """A page of a lesson, as somebody has it open; notes what it asks for and what goes wrong."""

    def __init__(self, page, url):
        self.page, self.requests, self.errors = page, [], []
        page.set_default_timeout(1000 * SECONDS)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self.note)
        page.goto(url)
        self.wake()

    def wake(self):
        """Wait until the cells are live."""
        self.page.wait_for_selector("[data-state]", state="attached")

    def note(self, message):
        if message.type == "error" and "favicon" not in message.location["url"]:
            self.errors.append(message.text)

    def elsewhere(self, address):
        """The addresses that the page asked for, but for those of its own server."""
        own = (f"{address}/", f"blob:{address}/", "data:")
        return [url for url in self.requests if not url.startswith(own)]

    def reload(self):
        """Open the page anew, with what the browser remembers."""
        self.page.reload()
        self.wake()

    def call(self, code, *arguments):
        """What some code makes of the arguments, which it has as `a`; promises are awaited."""
        return self.page.evaluate(f"(a) => {code}", list(arguments))

    def run(self, cell):
        """The state in which a cell ends."""
        return self.call("course.run(a[0])", cell)["state"]

    def edit(self, cell, text):
        self.call("course.edit(a[0], a[1])", cell, text)

    def cells(self, tag=None):
        """The ids of the live cells, or of those with a tag."""
        return [one["id"] for one in self.call("course.cells") if not tag or tag in one["tags"]]

    def element(self, cell):
        return self.page.locator(f'[data-cell="{cell}"]')

    def press(self, cell, name):
        folded = self.element(cell).locator(":scope > details.hide:not([open]) > summary")
        if folded.count():  # the buttons are folded with the code
            folded.click()
        self.element(cell).get_by_role("button", name=name, exact=True).click()

    def wait(self, cell, state):
        self.page.wait_for_selector(f'[data-cell="{cell}"][data-state="{state}"]')

    def state(self, cell):
        return self.element(cell).get_attribute("data-state")

    def output(self, cell):
        """The text that a cell shows, without the lettering of its figures."""
        return (
            self.element(cell)
            .locator("[data-output]")
            .evaluate(
                "(one) => { const copy = one.cloneNode(true);"
                " copy.querySelectorAll('svg').forEach((svg) => svg.remove());"
                " return copy.textContent; }"
            )
        )

    def shows(self, cell, part):
        """Wait until a cell's output has this part."""
        self.expect(self.element(cell).locator("[data-output]"), part)

    def status(self, cell, part):
        """What is said beside a cell's buttons, as soon as it has this part."""
        found = self.element(cell).locator(".live-status")
        self.expect(found, part)
        return found.text_content()

    def expect(self, locator, part):
        """Wait until an element has this text."""
        from playwright.sync_api import expect

        expect(locator).to_contain_text(part, timeout=1000 * SECONDS)


def axe_faults(page, part="html"):
    """The rules of axe that a part of a page breaks, each with the HTML of where it does."""
    from axe_playwright_python.sync_playwright import Axe

    from tools.checking.pages_check import RULES

    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = Axe().run(page, context=part, options=options).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


@contextmanager
def running(loop):
    """Let an event loop count as the one that runs in this thread, or none with None."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(before)


@pytest.fixture(scope="session")
def chromium():
    """(Chromium, the event loop that it is driven from); without it the tests are skipped."""
    from tools import browser as chrome

    playwright = pytest.importorskip("playwright.sync_api")
    if chrome.missing() and not chrome.in_ci():
        pytest.skip(chrome.missing())
    with playwright.sync_playwright() as driver:
        one = driver.chromium.launch(**chrome.options())
        loop = asyncio.get_running_loop()
        with running(None):  # tests without a browser may start loops of their own
            yield one, loop
        one.close()


@pytest.fixture(scope="module")
def browser(chromium):
    """Chromium, for the tests of a file."""
    one, loop = chromium
    with running(loop):
        yield one


@pytest.fixture(scope="session")
def address(site):
    """Where the built site is served."""
    from tools.making.serve import served

    with served(site) as one:
        yield one


@pytest.fixture
def reader(browser, address):
    """A function that opens a lesson's page in a browser that was never used before."""
    contexts = []

    def open_page(lesson="train0", **options):
        contexts.append(browser.new_context(**options))
        return Reader(contexts[-1].new_page(), f"{address}/notebooks/{lesson}.html")

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def visited(chromium, address):
    """A browser that has run Python before, and keeps its snapshot."""
    one, loop = chromium
    with running(loop):
        context = one.new_context(service_workers="block")
        first = Reader(context.new_page(), f"{address}/notebooks/train0.html")
        first.run(first.cells()[0])
        first.page.evaluate(KEPT)
        first.page.close()
    return context


@pytest.fixture
def visitor(visited, browser, address):
    """A function that opens a lesson's page in a browser that was used before, as if it were new.

    Only the snapshot of Python is kept from test to test; what a page remembers is forgotten.
    """
    pages = []

    def open_page(lesson="train0"):
        page = visited.new_page()
        pages.append(page)
        return Reader(page, f"{address}/notebooks/{lesson}.html")

    yield open_page
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()


def notebook_cells(lesson):
    """The code cells of the committed notebook."""
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def printed(cell):
    """The text of a cell's committed output; of an explorable, the page shows the caption."""
    texts = []
    for output in cell["outputs"]:
        explorable = output.get("data", {}).get(explorables.MIME)
        if output["output_type"] == "stream":
            texts += output["text"]
        elif explorable:
            texts.append(explorable["caption"])
        elif output["output_type"] == "execute_result":
            texts += [*output["data"]["text/plain"], "\n"]
    return "".join(texts)


def figures(cell):
    """How many figures a cell's committed output has."""
    return sum("image/png" in output.get("data", {}) for output in cell["outputs"])


def compared(cell):
    """Whether a cell's output has to be the same on the page."""
    return not COMPARED_APART & set(cell["metadata"].get("tags", []))


def differences(one, lesson):
    """Run all cells of a page; what differs from the notebook, by cell."""
    found, live = {}, set(one.cells())
    for cell in notebook_cells(lesson):
        tags = cell["metadata"].get("tags", [])
        if cell["id"] not in live:
            assert "desk" in tags, cell["id"]
            continue
        state, shown = one.run(cell["id"]), one.output(cell["id"])
        drawn = one.element(cell["id"]).locator(".live-figure").count()
        if compared(cell) and (state, shown, drawn) != ("done", printed(cell), figures(cell)):
            found[cell["id"]] = state, shown
    return found
