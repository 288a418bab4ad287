"""What Python in a page may reach, and which browsers it runs in: seen in a real browser."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from live_reader import Reader

from tools.making.serve import served
from tools.setup import ROOT

ASKING = """
from js import XMLHttpRequest
request = XMLHttpRequest.new()
request.open("GET", "{}", False)
request.send()
print(request.status)
"""
LACKING = [
    "delete window.WebAssembly",
    "delete window.CompressionStream",
    "delete Array.prototype.toSorted",
    "CSS.supports = () => false",
]


@contextmanager
def elsewhere():
    """(address, paths) of another host, which answers to everybody, and what it was asked for."""
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(204)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_python_in_a_page_reaches_no_other_host(reader):
    one = reader()
    cell = one.cells()[0]
    with elsewhere() as (url, asked):
        one.edit(cell, ASKING.format(url))
        assert one.run(cell) == "error" and asked == []
        one.edit(cell, f"from js import WebSocket\nWebSocket.new('ws{url[4:]}')")
        one.run(cell)
        one.edit(cell, f"from js import importScripts\nimportScripts('{url}')")
        assert one.run(cell) == "error"
        one.edit(cell, "from js import eval\neval('1')")
        assert one.run(cell) == "error" and "EvalError" in one.output(cell)
    assert asked == []


def test_without_its_policy_the_same_request_gets_through(browser, site, tmp_path):
    for name in ("_static", "_images"):
        (tmp_path / name).symlink_to(site / name, target_is_directory=True)
    page = (site / "notebooks" / "train0.html").read_text(encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    unheld = tmp_path / "notebooks" / "train0.html"
    unheld.write_text(re.sub("<meta http-equiv[^>]*>", "", page), encoding="utf-8")
    context = browser.new_context()
    with served(tmp_path) as address, elsewhere() as (url, asked):
        one = Reader(context.new_page(), f"{address}/notebooks/train0.html")
        cell = one.cells()[0]
        one.edit(cell, ASKING.format(url))
        assert (one.run(cell), one.output(cell), asked) == ("done", "204\n", ["/"])
    context.close()


def test_python_does_not_start_where_no_policy_holds_it(reader):
    one = reader()
    answer = """new Promise((resolve) => {
        const worker = new Worker(a[0], {type: "module"});
        worker.onmessage = (event) => resolve(event.data);
        worker.postMessage({recall: []});
    })"""
    version = one.page.evaluate("document.querySelector('script[src*=page]').src.split('=')[1]")
    told = one.call(answer, f"../_static/live/worker.mjs?v={version}")
    assert told["kind"] == "failed" and "under its page's policy" in told["data"]


@pytest.mark.parametrize("lacking", LACKING)
def test_an_older_browser_gets_a_sentence_in_place_of_the_buttons(browser, address, lacking):
    page = browser.new_page()
    page.add_init_script(lacking)
    page.goto(f"{address}/notebooks/train0.html")
    note = page.locator(".live-note")
    assert "Chrome or Edge from version 111" in note.text_content()
    assert note.count() == 1 and page.locator(".live-bar").count() == 0
    assert page.locator(".course-picture").count() > 0 and not page.evaluate("'course' in window")
    page.close()


def test_how_to_work_names_the_same_browsers_as_the_pages():
    words = " ".join((ROOT / "book" / "how-to-work.md").read_text(encoding="utf-8").split())
    script = (ROOT / "book" / "live" / "start.js").read_text(encoding="utf-8")
    assert "Chrome and Edge from version 111, in Firefox from 115 and in Safari from 16.4" in words
    assert re.search(
        r"Chrome or Edge from version 111, Firefox .{1,20}from 115, Safari", script, re.DOTALL
    )
    assert "from 16.4" in script
