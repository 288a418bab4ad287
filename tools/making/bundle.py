"""Make the course to take along, for a class without a network: `python -m tools.making.bundle`.

The book is built first. The zip holds the site, a script that serves it and opens the browser
(`tools/making/open_course.py`), and a text that says how. The same site makes the same bytes.
"""

import sys
import zipfile

import microgpt_ref
from tools.making import book, open_course
from tools.setup import ROOT

TO_TAKE = book.BUILD / "take-away"
FOLDER = "microgpt-course"
BUNDLE = TO_TAKE / f"{FOLDER}.zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
PLAIN_FILE = 0o100644 << 16
README = """\
A complete GPT in plain Python, version {version}
The course's site, to use without a network

1. Unpack the whole zip.
2. Start open_course.py with Python 3.9 or newer. On Windows, double-click it, or type in the
   unpacked folder

       py open_course.py

   and on macOS and Linux

       python3 open_course.py

3. The browser opens on the first page. Leave the window open while you read; Ctrl-C ends it.

The code on the pages runs in the browser, so there's nothing to install but Python, which only
serves the pages. Nobody else on the network can reach them. What you write on a page stays in your
browser, under the address that it's opened at; use the same browser next time and it's there again.

If port {port} is in use, name another: python3 open_course.py 8001

Licences: site/licences.txt
"""


def files(site):
    """{name in the zip: bytes} of all that the zip holds, in the order of their names."""
    readme = README.format(version=microgpt_ref.__version__, port=open_course.PORT)
    script = ROOT / "tools" / "making" / "open_course.py"
    found = {"README.txt": readme.encode(), "open_course.py": script.read_bytes()}
    for path in site.rglob("*"):
        if path.is_file():
            found[f"site/{path.relative_to(site).as_posix()}"] = path.read_bytes()
    return dict(sorted(found.items()))


def pack(contents, target, stored=()):
    """Write {name: bytes} to the zip `target`, in this order, whole or not at all.

    stored: the names of those that aren't compressed
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.tmp")
    with zipfile.ZipFile(unfinished, "w") as bundle:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.external_attr, entry.create_system = PLAIN_FILE, 3  # as on Unix, made anywhere
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            bundle.writestr(entry, content)
    unfinished.replace(target)


def write(site, target):
    """Write the zip of the folder `site` to `target`."""
    pack({f"{FOLDER}/{name}": content for name, content in files(site).items()}, target)


def told(path):
    """Where a file lies and how large it is, in one line."""
    return f"{path.relative_to(ROOT).as_posix()}  {path.stat().st_size / 1e6:.1f} MB"


def main():
    """Build the book, make the zip and say where it lies; return the exit status."""
    if book.main(COURSE_DOWNLOADS="none"):
        return 1
    write(book.HOME.parent, BUNDLE)
    print(f"To take along: {told(BUNDLE)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
