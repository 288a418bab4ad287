"""The check of the pages in a browser: each planted fault is named, and sound pages pass."""

import base64
import subprocess
import sys

import pytest
from test_site import PIXEL

from tools import browser, test
from tools.checking import pages_check
from tools.setup import ROOT

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width">{head}</head>
<body><main><h1>A page</h1>{body}</main></body></html>
"""
IN_THE_DARK = (
    "<style>@media (prefers-color-scheme: dark) {p {color: #ccc; background: #fff}}</style>"
)
ON_A_PHONE = "<style>@media (max-width: 400px) {p {color: #ccc; background: #fff}}</style>"
BOX = '<div class="box" style="width: 500px">wide</div>'
FAULTS = {  # (head, body), and a line of what is found, less the page's name
    "alt": (("", '<img src="small.png">'), "light, dark, phone: axe image-alt "),
    "box": (("", BOX), "phone: {} pixels too wide: div.box"),
    "heavy": (("", '<img src="large.png" alt="a dot">'), "light, dark, phone: 2001 KB with its"),
    "dark": ((IN_THE_DARK, "<p>Some words</p>"), "dark: axe color-contrast "),
    "phone": ((ON_A_PHONE, "<p>Some words</p>"), "phone: axe color-contrast "),
    "fold": (
        ("", '<details><summary>More</summary><img src="small.png"></details>'),
        "light, dark, phone: axe image-alt ",
    ),
    "throws": (("<script>throw Error('planted')</script>", ""), "light, dark, phone: error: plant"),
    "logs": (("<script>console.error('planted')</script>", ""), "light, dark, phone: error: plant"),
    "gone": (("<script src='gone.js'></script>", ""), "light, dark, phone: error: Failed to load"),
}
EXTERNAL = '<script src="https://example.org/x.js"></script>'
SOUND = {
    "plain": (
        "",
        '<p>Words, and <a href="alt.html">a link</a>.</p><img src="small.png" alt="dot">',
    ),
    "scrolls": ("", f'<div tabindex="0" style="overflow-x: auto">{BOX}</div>'),
    "leads": ('<meta http-equiv="refresh" content="0; url=alt.html">', ""),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """The result of the command for a site with all faults and all sound pages."""
    if browser.missing() and not browser.in_ci():
        pytest.skip(browser.missing())
    site = tmp_path_factory.mktemp("site")
    pages = {name: parts for name, (parts, _) in FAULTS.items()} | SOUND
    for name, (head, body) in (pages | {"external": (EXTERNAL, "")}).items():
        (site / f"{name}.html").write_text(PAGE.format(head=head, body=body), encoding="utf-8")
    picture = base64.b64decode(PIXEL)
    (site / "small.png").write_bytes(picture)
    (site / "large.png").write_bytes(picture + bytes(2_000_000))
    command = [sys.executable, "-m", "tools.checking.pages_check", site]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1, result.stderr
    return result


def faults_of(result, name):
    """What is wrong with a page, one line per fault."""
    start = f"pages check: {name}.html, "
    lines = result.stderr.splitlines()
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_and_no_other(found, name):
    _, expected = FAULTS[name]
    (fault,) = faults_of(found, name)
    before, _, after = expected.partition("{}")
    assert fault.startswith(before) and after in fault


@pytest.mark.slow
def test_a_script_of_another_host_is_named(found):
    asked, failed = faults_of(found, "external")
    assert asked == "light, dark, phone: asks another host: https://example.org/x.js"
    assert "ERR_NAME_NOT_RESOLVED" in failed  # nothing left this machine


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUND)
def test_a_sound_page_has_no_fault(found, name):
    assert faults_of(found, name) == []


@pytest.mark.slow
def test_the_table_has_a_line_for_each_page_and_its_violations_by_mode(found):
    rows = {row.split()[0]: row.split()[1:] for row in found.stdout.splitlines()[1:]}
    assert sorted(rows) == sorted(f"{name}.html" for name in [*FAULTS, *SOUND, "external"])
    assert rows["alt.html"][2:] == ["1", "1", "1"] and rows["dark.html"][2:] == ["0", "1", "0"]
    assert rows["heavy.html"][:2] == ["2001", "0"] and rows["plain.html"][:2] == ["1", "0"]


def look(**changes):
    """What a sound page was like, but for the changes."""
    sound = {"too_wide": 0, "wide": [], "violations": [], "external": [], "errors": []}
    return {"page": "a.html", "mode": "light", "bytes": {"page": 1, "rest": 1}} | sound | changes


def test_a_page_may_weigh_as_much_as_is_said_and_no_more():
    most = {"page": pages_check.MOST_BYTES, "rest": 10**9}
    assert pages_check.look_faults(look(bytes=most)) == []
    more = {"page": pages_check.MOST_BYTES + 1, "rest": 0}
    assert pages_check.look_faults(look(bytes=more)) == [
        "1501 KB with its pictures, more than 1500"
    ]


def test_a_page_that_the_browser_never_showed_is_a_fault(monkeypatch, tmp_path):
    (tmp_path / "a.html").touch()
    monkeypatch.setattr(pages_check, "looks", lambda site, names, tell: tell(look()))
    assert pages_check.check(tmp_path) == ["a.html: not seen in every mode"]
    every = [look(mode=mode) for mode in pages_check.MODES]
    monkeypatch.setattr(pages_check, "looks", lambda site, names, tell: [*map(tell, every)])
    assert pages_check.check(tmp_path) == []


def test_a_folder_without_pages_is_a_fault(tmp_path):
    assert pages_check.check(tmp_path) == [f"no page in {tmp_path}"]


@pytest.mark.parametrize("ci, passes", [("", True), ("false", True), ("true", False), ("1", False)])
def test_without_a_browser_the_check_is_skipped_but_never_in_ci(
    monkeypatch, capsys, tmp_path, ci, passes
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(browser, "MAC_CHROME", "no Chrome")
    monkeypatch.setattr(test, "module", lambda name: pages_check.main() == 0)
    assert test.test_pages() == passes
    told = "Chromium is not installed: CONTRIBUTING.md says how"
    out, err = capsys.readouterr()
    assert (out, err) == ((f"skipped: {told}\n", "") if passes else ("", f"pages check: {told}\n"))


POLICY = """<meta http-equiv="Content-Security-Policy" content="script-src 'none'">"""


@pytest.mark.slow
def test_a_policy_that_forbids_all_scripts_keeps_no_fault_from_being_found(tmp_path):
    if browser.missing() and not browser.in_ci():
        pytest.skip(browser.missing())
    body = '<img src="small.png"><script>let planted = 1;</script>'
    (tmp_path / "a.html").write_text(PAGE.format(head=POLICY, body=body), encoding="utf-8")
    (tmp_path / "small.png").write_bytes(base64.b64decode(PIXEL))
    faults = sorted(pages_check.check(tmp_path))
    assert len(faults) == 2 and "axe image-alt" in faults[0]
    assert "Content Security Policy" in faults[1]  # what the policy refuses is told


@pytest.mark.slow
def test_more_pages_than_a_server_usually_lets_wait_are_all_answered(tmp_path):
    pages = [f'<img src="p{i}.png" alt="a dot">' for i in range(60)]
    for i in range(60):
        (tmp_path / f"p{i}.png").write_bytes(base64.b64decode(PIXEL))
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.html").write_text(PAGE.format(head="", body="".join(pages)))
    if browser.missing() and not browser.in_ci():
        pytest.skip(browser.missing())
    assert pages_check.check(tmp_path) == []
