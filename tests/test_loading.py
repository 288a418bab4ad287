"""What a page costs before it can be read: how much it fetches, what holds it up, what moves."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browsing import an_opener  # noqa: F401

from tools.checking import site_check

PAGES = {"index.html": 500_000, "notebooks/train2.html": 590_000}  # bytes over the line, at most
PACKED = {".woff", ".woff2", ".png", ".zip"}  # a host compresses the others on their way
SHIFTS = """window.shift = 0;
new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
READY = "Promise.all([document.fonts.ready, new Promise((done) => setTimeout(done, 1500))])"


@pytest.fixture(params=[390, 1300], ids=["phone", "desk"])
def loaded(browser, address, request):
    """A function: a page as it has loaded, what it asked for, and how far things moved."""
    contexts = []

    def load(name):
        size = {"width": request.param, "height": 844}
        contexts.append(browser.new_context(viewport=size, service_workers="block"))
        page, asked = contexts[-1].new_page(), []
        page.on("request", lambda one: asked.append(unquote(urlsplit(one.url).path[1:])))
        page.add_init_script(SHIFTS)
        page.goto(f"{address}/{name}")
        page.evaluate(READY)
        return set(asked), page.evaluate("window.shift")

    yield load
    for context in contexts:
        context.close()


def weight(path):
    """How many bytes of a file go over the line."""
    data = path.read_bytes()
    return len(data) if path.suffix in PACKED else len(gzip.compress(data, 6))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light_and_nothing_moves_while_it_loads(loaded, site, name):
    asked, shift = loaded(name)
    files = [site / path for path in asked if (site / path).is_file()]
    assert len(files) > 25 and sum(map(weight, files)) < PAGES[name]
    assert shift < 0.05


@pytest.mark.parametrize("name", [*PAGES, "search.html", "book/glossary.html"])
def test_no_script_holds_up_a_page(site, name):
    head = site_check.page(site / name).head
    held = [s for s in head("script", src=True) if not (s.has_attr("defer") or s.get("async"))]
    names = [Path(urlsplit(one["src"]).path).name for one in held]
    assert names == ["documentation_options.js"]
    assert (site / "_static" / names[0]).stat().st_size < 1000
