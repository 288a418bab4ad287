"""The site kept in a real browser: without its server, in a newer build, beside other sites."""

import json
import os
import re
import shutil
import socket
import threading
import time
from contextlib import ExitStack
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import service_worker
from live_reader import Reader, notebook_cells, printed

from tools.checking import site_check
from tools.making import live, open_course

KEPT = "opens and runs offline"
OURS = """(async () => {  // the caches of sites that hold anything
    const found = [];
    for (const name of (await caches.keys()).filter((name) => name.startsWith("course:")))
        if ((await (await caches.open(name)).keys()).length) found.push(name);
    return found;
})()"""
SCOPES = "navigator.serviceWorker.getRegistrations().then((all) => all.map((one) => one.scope))"
NEWER = "b" * 12  # the version of another build's live files


class Slow(open_course.Quiet):
    """Serves files after a pause of `seconds`, each by a connection of its own."""

    protocol_version = "HTTP/1.0"  # or a connection outlives its server
    seconds = 0

    def do_GET(self):
        time.sleep(Slow.seconds)
        super().do_GET()


class Host:
    """A host that serves a site below /course/, can serve another one there, and can go away."""

    def __init__(self, folder, site):
        self.folder, self.stack, self.port = folder, ExitStack(), 0
        self.serve(site)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/course"

    def put(self, site):
        """Serve the folder `site` from now on."""
        (self.folder / "course").unlink(missing_ok=True)
        (self.folder / "course").symlink_to(site, target_is_directory=True)

    def serve(self, site):
        self.put(site)
        make = partial(ThreadingHTTPServer, ("127.0.0.1", self.port))
        one = make(partial(Slow, directory=self.folder))
        self.port = one.server_port
        self.stack.callback(one.server_close)
        self.stack.callback(one.shutdown)
        threading.Thread(target=one.serve_forever, daemon=True).start()

    def go(self):
        """Serve nothing any longer."""
        self.stack.close()
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", self.port)) != 0


@pytest.fixture
def host(site, tmp_path):
    """A host of the built site."""
    one = Host(tmp_path, site)
    yield one
    Slow.seconds = 0
    one.go()


@pytest.fixture
def visit(browser, host):
    """A function that opens a page of the host's site in a browser that was never used before."""
    contexts = []

    def open_page(page="notebooks/train0.html", script="", context=None):
        if not context:
            contexts.append(browser.new_context())
            context = contexts[-1]
            context.add_init_script(script)
        return Reader(context.new_page(), f"{host.address}/{page}")

    yield open_page
    for context in contexts:
        context.close()


def line(one):
    """The line at the foot of a page."""
    return one.page.locator("[data-offline]")


def says(one, words):
    """Wait until the line at the foot says something."""
    one.expect(line(one), words)


def keep(one):
    """Keep the site by its button, as a reader does."""
    line(one).get_by_role("button", name=re.compile("Keep for offline")).click()
    says(one, KEPT)


def first_cells_run(one):
    """True if the first cells of train0 print what the notebook holds."""
    first = notebook_cells("train0")[:2]
    return all(one.run(cell["id"]) == "done" for cell in first) and [
        one.output(cell["id"]) for cell in first
    ] == [printed(cell) for cell in first]


# In the browser


def test_a_kept_site_opens_and_runs_with_its_server_gone_and_leaves_others_alone(visit, host):
    one = visit("notebooks/train1.html")
    one.page.evaluate("caches.open('course:/:of-another-site')")
    keep(one)
    assert one.page.evaluate(SCOPES) == [f"{host.address}/"]
    host.go()
    one.page.goto(f"{host.address}/notebooks/train0.html")
    one.wake()
    assert first_cells_run(one)
    broken = "[...document.images].filter((i) => i.complete && !i.naturalWidth).length"
    assert one.page.evaluate(broken) == 0
    one.page.goto(f"{host.address}/")
    assert one.page.locator(".stage-card").count() == 5
    one.page.goto(f"{host.address}/book/index.html")
    one.page.wait_for_url(f"{host.address}/index.html")
    one.page.goto(f"{host.address}/search.html?q=attention")
    one.page.wait_for_selector("#search-results li")
    one.page.goto(f"{host.address}/notebooks/train3.html#what-to-remember")
    one.page.wait_for_selector("mjx-container")
    says(one, KEPT)
    assert one.errors == []
    assert "course:/:of-another-site" in one.page.evaluate("caches.keys()")


@pytest.mark.slow
def test_a_site_is_kept_after_a_run_and_removed_at_a_wish(visit):
    one = visit()
    says(one, "MB)")
    assert one.page.evaluate(OURS) == []
    assert first_cells_run(one)
    says(one, KEPT)
    line(one).get_by_role("button", name="Remove").click()
    says(one, "Removed.")
    assert one.page.evaluate(OURS) == []
    assert one.page.evaluate(SCOPES) == []
    one.page.reload()
    one.wake()
    assert first_cells_run(one)
    one.page.wait_for_timeout(7000)
    assert one.page.evaluate(OURS) == []


@pytest.fixture(scope="module")
def newer(site, tmp_path_factory):
    """The site in a newer build: one page and the live scripts are others."""
    folder = tmp_path_factory.mktemp("newer") / "site"
    shutil.copytree(site, folder)
    older = (folder / "_static" / "live" / live.STAMP).read_text()
    for name in ("start.js", "worker.mjs", live.STAMP):
        change(folder / "_static" / "live" / name, older, NEWER)
    change(folder / "_static" / "live" / "page.js", "", "window.newer = true;\n", count=1)
    change(folder / "notebooks" / "train0.html", "<h1", '<p id="newer">Newer</p><h1', count=1)
    service_worker.finish(folder, NEWER)
    return folder


def change(path, old, new, count=-1):
    """Replace a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def test_a_newer_build_is_taken_up_at_the_next_visit_and_then_kept(visit, host, newer):
    one = visit()
    keep(one)
    (before,) = one.page.evaluate(OURS)
    host.put(newer)
    one.page.reload()
    one.wake()
    assert one.page.locator("#newer").count() == 1 and one.page.evaluate("window.newer")
    assert first_cells_run(one)
    says(one, KEPT)
    (after,) = one.page.evaluate(OURS)
    assert after != before and after.endswith(line(one).get_attribute("data-build"))
    host.go()
    one.page.reload()
    one.wake()
    assert one.page.locator("#newer").count() == 1 and one.page.evaluate("window.newer")
    assert first_cells_run(one) and one.errors == []


@pytest.mark.slow
def test_a_newer_build_that_is_not_kept_whole_yet_leaves_the_older_one(visit, host, newer):
    one = visit()
    keep(one)
    broken = host.folder / "broken"
    shutil.copytree(newer, broken)
    change(broken / "notebooks" / "train4.html", "<h1", "<b></b><h1", count=1)  # not as listed
    host.put(broken)
    one.page.reload()
    one.wake()
    says(one, "couldn't be kept whole")
    assert len(one.page.evaluate(OURS)) == 2
    host.go()
    one.page.reload()
    one.wake()
    assert one.page.locator("#newer").count() == 0 and not one.page.evaluate("window.newer")
    assert first_cells_run(one)


def test_a_page_that_was_opened_before_the_site_changed_says_so(visit, host, newer):
    one = visit()
    host.put(newer)
    cell = one.cells()[0]
    assert one.run(cell) == "error"
    assert "has changed since the page was opened: reload" in one.output(cell)
    one.page.reload()
    one.wake()
    assert first_cells_run(one)


@pytest.mark.slow
def test_a_slow_network_is_not_waited_for_where_the_page_is_kept(visit):
    one = visit()
    keep(one)
    Slow.seconds = 30
    start = time.monotonic()
    one.page.reload()
    one.wake()
    assert time.monotonic() - start < 25


def test_a_full_disk_is_told_and_leaves_nothing(visit):
    full = "Cache.prototype.put = async () => { throw new DOMException('', 'QuotaExceededError'); }"
    one = visit(script=full)
    line(one).get_by_role("button").click()
    says(one, "no room left")
    assert one.page.evaluate(OURS) == []
    assert line(one).get_by_role("button", name=re.compile("Keep for offline")).is_visible()


@pytest.mark.parametrize(
    "lacking",
    [
        "Object.defineProperty(Navigator.prototype, 'serviceWorker', {get() {}})",
        "Object.defineProperty(window, 'caches', {get() { throw new Error('blocked'); }})",
    ],
)
def test_a_browser_that_can_keep_nothing_offers_nothing(visit, lacking):
    one = visit(script=lacking)
    assert line(one).is_hidden() and one.page.locator("link[rel=manifest]").count() == 0
    assert one.errors == []


def test_from_a_folder_of_files_nothing_is_offered(browser, site):
    page = browser.new_page()
    page.goto((site / "notebooks" / "train0.html").as_uri())
    page.wait_for_selector(".live-note")
    assert page.locator("[data-offline]").is_hidden()
    assert page.locator("link[rel=manifest]").count() == 0
    page.close()


# What the build writes


def test_what_every_page_names_is_kept_as_it_is_named(site):
    listed = json.loads((site / "offline.json").read_text(encoding="utf-8"))["files"]
    for path in site_check.pages(site):
        for tag, address in site_check.addresses(site_check.page(path)):
            target, _, rest = address.partition("?")
            if site_check.is_loaded(tag) and not address.startswith("data:"):
                name = (path.parent / target).resolve().relative_to(site).as_posix()
                assert name + ("?" + rest if rest else "") in listed, (path, address)
    assert {"index.html", "licences.txt", "manifest.webmanifest"} <= listed.keys()
    assert "_sources/notebooks/train0.ipynb" in listed
    assert not any(name.startswith("_sources/notebooks/solutions") for name in listed)


def test_the_list_has_each_file_s_hash_and_size(site):
    listed = json.loads((site / "offline.json").read_text(encoding="utf-8"))["files"]
    for address, (mark, size) in listed.items():
        data = (site / address.partition("?")[0]).read_bytes()
        assert (mark, size) == (service_worker.short_hash(data), len(data)), address


def test_every_script_and_style_of_a_page_is_named_by_what_is_in_it(site):
    for path in site_check.pages(site):
        text = path.read_text(encoding="utf-8")
        for match in service_worker.ADDRESS.finditer(text):
            if not (path.parent / match["path"]).is_file():
                continue
            data = (path.parent / match["path"]).read_bytes()
            assert match["query"] == f"?v={service_worker.short_hash(data)[:8]}", match[0]


def test_the_button_tells_how_much_there_is_to_fetch(site):
    listed = json.loads((site / "offline.json").read_text(encoding="utf-8"))
    names = [address.partition("?")[0] for address in listed["files"]]
    all_bytes = sum(service_worker.weight(n, (site / n).read_bytes()) for n in names)
    page = site_check.page(site / "index.html").find(attrs={"data-offline": True})
    assert page["data-build"] == listed["build"]
    assert abs(int(page["data-megabytes"]) - all_bytes / 1e6) < 0.6


def write_site(folder, text="<p>One</p>"):
    """A site of one page, one script and the service worker."""
    (folder / "_static" / "live").mkdir(parents=True)
    (folder / "_static" / "live" / "sw.js").write_text("// worker")
    (folder / "_static" / "a.js").write_text("1")
    place = '<div class="keep-offline" data-offline hidden></div>'
    script = '<script src="_static/a.js?digest=old"></script><a href="https://example.org/x.js">'
    (folder / "index.html").write_text(f"{text}{script}{place}")
    return folder


def build_of(folder):
    """The build's name in the list of a site's files."""
    return json.loads((folder / "offline.json").read_text())["build"]


def test_a_build_is_named_by_all_its_files_and_finishing_twice_changes_nothing(tmp_path):
    site = write_site(tmp_path / "site")
    service_worker.finish(site, "1")
    first, page = build_of(site), (site / "index.html").read_text()
    assert f'data-build="{first}" data-megabytes="1" hidden>' in page
    assert f"_static/a.js?v={service_worker.short_hash(b'1')[:8]}" in page
    assert "https://example.org/x.js" in page
    service_worker.finish(site, "1")
    assert build_of(site) == first and (site / "index.html").read_text() == page
    (site / "_static" / "a.js").write_text("2")
    service_worker.finish(site, "1")
    assert build_of(site) != first and build_of(site) in (site / "index.html").read_text()


def test_the_manifest_s_icons_are_as_large_as_it_says(site):
    manifest = json.loads((site / "manifest.webmanifest").read_text(encoding="utf-8"))
    for icon in manifest["icons"]:
        data = (site / icon["src"]).read_bytes()
        if icon["type"] == "image/png":
            assert data[:8] == b"\x89PNG\r\n\x1a\n"
            width, height = (int.from_bytes(data[i : i + 4], "big") for i in (16, 20))
            assert icon["sizes"] == f"{width}x{height}"
    assert manifest["start_url"] == manifest["scope"] == "./" and (site / "index.html").is_file()
    assert not any(os.path.isabs(icon["src"]) for icon in manifest["icons"])


def test_the_theme_s_colors_are_the_paper_s(site):
    styles = Path(site / "_static" / "look" / "variables.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"--paper: (#\w+);", styles)
    assert service_worker.MANIFEST["theme_color"] == light
    metas = site_check.page(site / "index.html")("meta", {"name": "theme-color"})
    assert [meta["content"] for meta in metas] == [light, dark]
