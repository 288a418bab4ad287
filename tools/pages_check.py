"""Check every page of the site in a browser: `python -m tools.pages_check [FOLDER]`.

Each page is opened in Chromium in light, in the dark and as on a phone, 390 pixels wide, with all
its folds open. It must break no rule of axe (WCAG 2.1 A and AA, and best practice), need no
scrolling sideways, weigh at most 1.5 MB with its pictures, ask no other host for anything, and
report no error. Styles, scripts and fonts are the same files for all pages, which a browser keeps:
they are counted apart. Without a FOLDER the book is built first.

Needs Chromium or Chrome, Node and npm; axe and Playwright are installed into build/pages-check, in
the versions that tools/browser/package.json names. Where CI is set, what is missing is installed.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools import book, site_check
from tools.setup import ROOT

BROWSER = ROOT / "tools" / "browser"
MODULES = ROOT / "build" / "pages-check"
CHROMIUMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
MODES = ["light", "dark", "phone"]
MOST_BYTES = 1_500_000


def chromium():
    """Path of Chromium or Chrome, or None."""
    found = [shutil.which(name) for name in CHROMIUMS] + [shutil.which(MAC_CHROME)]
    return next(filter(None, found), None)


def missing_programs():
    """Debian's packages of the programs that this machine lacks."""
    programs = {"chromium": chromium(), "nodejs": shutil.which("node"), "npm": shutil.which("npm")}
    return [package for package, path in programs.items() if not path]


def in_ci():
    """True if this runs as CI, where nothing may be skipped."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def install_programs(packages):
    """Nothing; installs Debian's packages where that can be done."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "-qq", *command], env=environment, stdout=sys.stderr)


def installed(modules):
    """True if the folder `modules` has what package.json names, in those versions."""
    for name, version in json.loads((BROWSER / "package.json").read_text())["dependencies"].items():
        package = modules / "node_modules" / name / "package.json"
        if not package.exists() or json.loads(package.read_text("utf-8"))["version"] != version:
            return False
    return True


def install_modules(modules):
    """Nothing; installs what package.json names into the folder `modules`."""
    modules.mkdir(parents=True, exist_ok=True)
    shutil.copy(BROWSER / "package.json", modules)
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    subprocess.run([shutil.which("npm"), "install", *options], cwd=modules, stdout=sys.stderr)


def missing():
    """What the check can't do without and can't get on this machine, in words, or None."""
    if missing_programs() and in_ci():
        install_programs(missing_programs())
    if missing_programs():
        return f"not installed: {', '.join(missing_programs())}"
    if not installed(MODULES):
        install_modules(MODULES)
    if not installed(MODULES):
        return "npm could not install what tools/browser/package.json names"
    return None


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and says nothing about it."""

    def log_message(self, *arguments):
        pass


@contextmanager
def served(site):
    """The address of the folder `site`, served on this machine alone."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def looks(site, names):
    """One dict for each page and mode, as soon as it is there: see tools/browser/check.mjs."""
    with served(site) as address:
        script = ["node", BROWSER / "check.mjs", MODULES, chromium(), address, *names]
        with subprocess.Popen(script, stdout=subprocess.PIPE, encoding="utf-8") as process:
            yield from map(json.loads, process.stdout)


def look_faults(look):
    """What is wrong with a page in a mode, a line for each fault."""
    faults = []
    for rule in look["violations"]:
        places, n = rule["places"][:3], len(rule["places"])
        faults.append(f"axe {rule['id']} ({rule['help']}), {n} times: {', '.join(places)}")
    if look["too_wide"] > 0:
        faults.append(f"{look['too_wide']} pixels too wide: {', '.join(look['wide'])}")
    if look["bytes"]["page"] > MOST_BYTES:
        faults.append(
            f"{kilobytes(look['bytes']['page'])} KB with its pictures, more than"
            f" {kilobytes(MOST_BYTES)}"
        )
    faults += [f"asks another host: {url}" for url in look["external"]]
    return faults + [f"error: {' '.join(text.split())[:200]}" for text in look["errors"]]


def kilobytes(n):
    """n bytes in KB, rounded up."""
    return -(-n // 1000)


def table_row(name, found):
    """A page's line of the table, from its looks by mode."""
    weights = [max(kilobytes(look["bytes"][part]) for look in found) for part in ("page", "rest")]
    by_mode = {look["mode"]: len(look["violations"]) for look in found}
    return f"{name:<28} {weights[0]:>6} {weights[1]:>8} " + " ".join(
        f"{by_mode[mode]:>6}" for mode in MODES
    )


def check(site):
    """All faults of the site's pages, each as "page, modes: what is wrong"; prints the table."""
    names = [path.relative_to(site).as_posix() for path in site_check.pages(site)]
    if not names:
        return [f"no page in {site}"]
    heads = " ".join(f"{mode:>6}" for mode in MODES)
    print(f"{'page':<28} {'KB':>6} {'rest, KB':>8} {heads}", flush=True)
    seen, faults = {name: [] for name in names}, {}
    for look in looks(site, names):
        name = look["page"]
        seen[name].append(look)
        for fault in look_faults(look):
            faults.setdefault((name, fault), []).append(look["mode"])
        if len(seen[name]) == len(MODES):
            print(table_row(name, seen[name]), flush=True)
    found = [f"{name}: not seen in every mode" for name in names if len(seen[name]) < len(MODES)]
    for (name, fault), modes in faults.items():
        found.append(f"{name}, {', '.join(sorted(modes, key=MODES.index))}: {fault}")
    return found


def main(site=None):
    """Check the site, built first unless it is given; return the exit status."""
    reason = missing()
    if reason:
        print(f"pages check: {reason}", file=sys.stderr)
        return 1
    if site is None and book.main():
        return 1
    faults = check(Path(site or book.HOME.parent).resolve())
    for fault in faults:
        print(f"pages check: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
