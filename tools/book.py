"""Build the site strictly and check it: `python -m tools.book`.

Every warning is an error. The site lies in _build/html and works from any address, from a path
below one, and from a folder of files. COURSE_REPOSITORY_URL, where set, is the repository that its
buttons name; else it is the one in _config.yml.
"""

import hashlib
import html
import shutil
import subprocess
import sys

import yaml

from tools import pages, site_check
from tools.setup import ROOT, program
from tools.weave import WeaveError

BUILD = ROOT / "_build"
HOME = BUILD / "html" / "index.html"
STAMP = BUILD / ".strict"
FRONT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={home}">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
<p><a href="{home}">To the first page of the course</a></p>
</main>
</body>
</html>
"""
STRICT = ["-W", "--keep-going", "-n", "-q"]


def shared_files():
    """The files that shape every page, or that every page loads."""
    extensions = (ROOT / "book" / "_ext").glob("*.py")
    static = [path for path in (ROOT / "book" / "_static").rglob("*") if path.is_file()]
    settings = [ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "tools" / "constraints.txt"]
    return [*settings, *sorted(extensions), *sorted(static)]


def recipe():
    """One hash of what all pages share; Sphinx itself notices changes in the pages alone."""
    digest = hashlib.sha256()
    for path in shared_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def start_afresh():
    """Drop an earlier build's pages, unless it had no warning and was made in the same way.

    A page that Sphinx finds unchanged isn't read again, and its warnings would be lost.
    """
    if not STAMP.exists() or STAMP.read_text() != recipe():
        shutil.rmtree(BUILD, ignore_errors=True)
    STAMP.unlink(missing_ok=True)


def build():
    """Exit status of Jupyter Book, which is quiet unless something is wrong."""
    start_afresh()
    command = [program("jupyter-book"), "build", ".", *STRICT]
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        print(result.stdout, file=sys.stderr)
    else:
        write_front()
        STAMP.write_text(recipe())
    return result.returncode


def write_front():
    """Write what the site's own address shows: Jupyter Book's page there has no title or text."""
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    home = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["root"] + ".html"
    HOME.write_text(FRONT.format(home=home, title=html.escape(title)), encoding="utf-8")


def make_pages():
    """Exit status of making the pages that are not written by hand."""
    try:
        pages.main()
    except WeaveError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main():
    """Build, check, and say where the site lies; return the exit status."""
    status = make_pages() or build() or site_check.main(HOME.parent)
    if status:
        print("The book was not built cleanly: see above.", file=sys.stderr)
    else:
        print(f"The site: {HOME.relative_to(ROOT).as_posix()}  {HOME.as_uri()}")
    return status


if __name__ == "__main__":
    sys.exit(main())
