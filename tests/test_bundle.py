"""The course to take along: its zip, and the script that serves it and opens the browser."""

import ast
import os
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from http.client import HTTPConnection
from pathlib import Path

import downloads
import pytest
from live_reader import Reader, notebook_cells, printed

from tools.making import bundle, open_course
from tools.setup import ROOT

ALONE = [sys.executable, "-I", "-S"]  # as a Python that knows nothing of the course
REQUIRED = {"README.txt", "open_course.py", "site/index.html", "site/book/index.html"}


@pytest.fixture(scope="module")
def taken(site, tmp_path_factory):
    """The folder that the zip of the built site unpacks to."""
    folder = tmp_path_factory.mktemp("taken along")
    bundle.write(site, folder / "course.zip")
    with zipfile.ZipFile(folder / "course.zip") as packed:
        packed.extractall(folder)
    return folder / bundle.FOLDER


@pytest.fixture(scope="module")
def opened_course(taken):
    """The address at which the unpacked script serves the site."""
    command = [*ALONE, "-u", taken / "open_course.py", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        if "in use" in line:
            line = running.stdout.readline()
        yield line.split("open at ")[1].split()[0].rstrip("/")
        running.kill()


@pytest.fixture
def small_site(tmp_path):
    """A folder with two pages."""
    folder = tmp_path / "site"
    (folder / "book").mkdir(parents=True)
    (folder / "index.html").write_text("<p>first")
    (folder / "book" / "b.html").write_text("<p>second")
    return folder


def test_the_bundle_holds_the_site_byte_for_byte(site, taken):
    ours = {path.relative_to(site) for path in site.rglob("*") if path.is_file()}
    theirs = {path.relative_to(taken / "site") for path in taken.rglob("site/**/*")}
    assert ours == {path for path in theirs if (taken / "site" / path).is_file()}
    assert all((site / path).read_bytes() == (taken / "site" / path).read_bytes() for path in ours)
    whole = {path.relative_to(taken).as_posix() for path in taken.rglob("*")}
    assert whole >= REQUIRED


def test_every_file_is_served_from_there_with_its_type(opened_course, taken):
    host = opened_course.removeprefix("http://")
    kinds, connection = {}, HTTPConnection(host, timeout=60)
    for path in sorted((taken / "site").rglob("*")):
        if path.is_file():
            connection.request("GET", f"/{path.relative_to(taken / 'site').as_posix()}")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, path.read_bytes()), path
            kinds.setdefault(path.suffix, set()).add(answer.headers["Content-Type"])
    assert kinds[".mjs"] == {"text/javascript"} and kinds[".wasm"] == {"application/wasm"}
    assert kinds[".html"] == {"text/html"} and kinds[".css"] == {"text/css"}


def test_the_zip_is_made_of_a_site_that_offers_no_older_zip(monkeypatch):
    builds = []
    monkeypatch.setattr(bundle.book, "main", lambda **variables: builds.append(variables) or 1)
    assert bundle.main() == 1 and builds == [{downloads.VARIABLE: "none"}]


def test_the_same_site_makes_the_same_bytes(small_site, tmp_path):
    bundle.write(small_site, tmp_path / "a.zip")
    os.utime(small_site / "index.html", (0, 2_000_000_000))
    (small_site / "index.html").chmod(0o600)
    bundle.write(small_site, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    names = zipfile.ZipFile(tmp_path / "a.zip").namelist()
    assert names == sorted(names) and all(name.startswith("microgpt-course/") for name in names)
    (small_site / "index.html").write_text("<p>changed")
    bundle.write(small_site, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() != (tmp_path / "b.zip").read_bytes()
    assert not list(tmp_path.glob("*.tmp"))


def test_the_script_is_one_that_python_3_9_can_read():
    text = (ROOT / "tools" / "making" / "open_course.py").read_text("utf-8")
    tree = ast.parse(text, feature_version=(3, 9))
    imports = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
    names = {alias.name for one in imports if isinstance(one, ast.Import) for alias in one.names}
    names |= {one.module.split(".")[0] for one in imports if isinstance(one, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_it_opens_the_browser_on_what_it_serves(monkeypatch, capsys, small_site):
    seen = []

    def serve(one):
        seen.append(one.server_port)
        raise KeyboardInterrupt

    monkeypatch.setattr(open_course.webbrowser, "open", seen.append)
    monkeypatch.setattr(open_course.Server, "serve_forever", serve)
    assert open_course.main([], small_site) == 0
    address, port = seen
    assert address == f"http://127.0.0.1:{port}/" and address in capsys.readouterr().out
    seen.clear()
    assert open_course.main(["--no-browser"], small_site) == 0 and len(seen) == 1


def test_a_port_in_use_is_replaced_or_if_it_was_named_refused(monkeypatch, capsys, small_site):
    monkeypatch.setattr(open_course.Server, "serve_forever", lambda one: None)
    with open_course.server(small_site) as other:
        monkeypatch.setattr(open_course, "PORT", other.server_port)
        assert open_course.main(["--no-browser"], small_site) == 0
        told = capsys.readouterr().out
        assert f"Port {other.server_port} is in use" in told
        assert f":{other.server_port}/" not in told
        assert open_course.main([str(other.server_port)], small_site) == 1
    assert f"port {other.server_port} can't be used" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000x", "٣", ""])
def test_what_is_no_port_is_told(port, capsys, small_site):
    assert open_course.main([port], small_site) == 2
    assert f"{port!r} is no port: name a number from 1 to 65535" in capsys.readouterr().err


def test_a_script_without_its_site_says_so(tmp_path):
    script = tmp_path / "open_course.py"
    script.write_bytes(Path(open_course.__file__).read_bytes())
    result = subprocess.run([*ALONE, script], capture_output=True, text=True)
    assert result.returncode == 2 and "unpack the whole zip" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_run_prints_a_cell_s_output_in_a_class_without_a_network(browser, opened_course):
    context = browser.new_context()
    context.route(lambda url: not url.startswith(f"{opened_course}/"), lambda route: route.abort())
    reader = Reader(context.new_page(), f"{opened_course}/notebooks/train0.html")
    cell = next(one for one in notebook_cells("train0") if printed(one).strip())
    reader.press(cell["id"], "Run")
    reader.wait(cell["id"], "done")
    assert reader.output(cell["id"]) == printed(cell)
    assert reader.elsewhere(opened_course) == [] and reader.errors == []
    context.close()


def test_what_is_no_page_is_not_found(opened_course):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{opened_course}/../README.txt")
