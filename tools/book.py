"""Build the site strictly and check it: `python -m tools.book`.

Every warning is an error. The site lies in _build/html and works from any address, from a path
below one, and from a folder of files. COURSE_REPOSITORY_URL, where set, is the repository that its
buttons name; else it is the one in _config.yml.
"""

import hashlib
import shutil
import subprocess
import sys

from tools import pages, site_check
from tools.setup import ROOT, program
from tools.weave import WeaveError

BUILD = ROOT / "_build"
HOME = BUILD / "html" / "index.html"
STAMP = BUILD / ".strict"
STRICT = ["-W", "--keep-going", "-n", "-q"]


def recipe():
    """One hash of what shapes every page; Sphinx itself notices changes in the pages alone."""
    digest = hashlib.sha256()
    shared = [ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "tools" / "constraints.txt"]
    for path in [*shared, *sorted((ROOT / "book" / "_ext").glob("*.py"))]:
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
        STAMP.write_text(recipe())
    return result.returncode


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
