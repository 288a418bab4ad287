"""Build the site strictly and check it: `python -m tools.making.book`.

The build is `jupyter-book build`, with every warning an error. The site lies in _build/html and
works from any address, from a path below one, and from a folder of files. COURSE_REPOSITORY_URL,
where set, is the repository that its buttons name; else it is the one in _config.yml.
"""

import hashlib
import os
import shutil
import subprocess
import sys

from tools.checking import site_check
from tools.setup import ROOT, program

BUILD = ROOT / "_build"
HOME = BUILD / "html" / "index.html"
STAMP = BUILD / ".strict"
STRICT = ["-W", "--keep-going", "-n", "-q"]


def shared_files():
    """The files that shape every page, or that every page loads."""
    extensions = [p for p in (ROOT / "book" / "_ext").iterdir() if p.suffix in (".py", ".cjs")]
    folders = [ROOT / "book" / name for name in ("_static", "_templates")]
    static = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    names = ["_config.yml", "_toc.yml", "requirements.txt", "tools/making/links.py"]
    names += ["microgpt_ref/stages.py", "book/live/long_cells.json"]
    return [*(ROOT / name for name in names), *sorted(extensions), *sorted(static)]


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


def build(**variables):
    """Run Jupyter Book, quietly unless something is wrong; return its exit status.

    variables: of its environment, besides this process's own
    """
    start_afresh()
    command = [program("jupyter-book"), "build", str(ROOT), *STRICT]
    environment = os.environ | variables
    result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if result.returncode:
        print(result.stdout, file=sys.stderr)
    else:
        STAMP.write_text(recipe())
    return result.returncode


def main(**variables):
    """Build, check, and say where the site lies; return the exit status.

    variables: of the build's environment
    """
    status = build(**variables) or site_check.main(HOME.parent)
    if status:
        print("The book was not built cleanly: see above.", file=sys.stderr)
    else:
        print(f"The site: {HOME.relative_to(ROOT).as_posix()}  {HOME.as_uri()}")
    return status


if __name__ == "__main__":
    sys.exit(main())
