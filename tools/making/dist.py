"""Gather what a release offers in dist/, and check it: `python -m tools.making.dist`.

The package as a wheel and as a source archive, which the wheel is built from; the PDF, the EPUB,
the posters, the slides and the bundle, which other commands have made; the learners' and the solved
notebooks, each as a zip; the licences of what the course is made with; what the changelog says of
this version; and a checksum of each file. The wheel is installed in an empty environment and trains
there.

COURSE_REPOSITORY_URL, where set, is the repository that notebooks and README name, and
COURSE_REVISION the tag that they're released as.
"""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import nbformat
from pypdf import PdfReader

import microgpt_ref
from tools import lock
from tools.making import bundle, notebooks, outlines, printing, publish, release
from tools.setup import ROOT, venv_python

DIST = ROOT / "dist"
SUMS = "SHA256SUMS"
MADE_BY = {  # files that other commands make, in bundle.TO_TAKE
    f"{bundle.FOLDER}.pdf": "make pdf",
    f"{bundle.FOLDER}.epub": "make epub",
    "microgpt-poster-a3.pdf": "make poster",
    "microgpt-poster-a2.pdf": "make poster",
    "microgpt-poster-a3.svg": "make poster",
    "microgpt-poster-a2.svg": "make poster",
    f"{bundle.FOLDER}.zip": "make bundle",
} | {printing.slides_file(lesson): "make slides" for lesson in outlines.lessons()}
BUILD_SDIST = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
README = """\
A complete GPT in plain Python, version {version}
The {what}

    python -m pip install "microgpt-ref[course]=={version}"
    python -m jupyter lab
"""
LINK = re.compile(r"(!?)(\[[^]]*\])\((?!\w+:|#)([^)]+)\)")


class DistError(Exception):
    """A file of the release is missing or not sound; the message says which."""


def run(*command, folder=ROOT):
    """What a command prints; raises DistError with its errors if it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise DistError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


# The package


def copy_package(folder):
    """Copy what the package is built from into a new folder."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "microgpt_ref", folder / "microgpt_ref", ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)


def with_whole_links(text, address, revision):
    """A text of Markdown whose links to the repository's files also work elsewhere."""

    def whole(link):
        return f"{link[1]}{link[2]}({address}/{'raw' if link[1] else 'blob'}/{revision}/{link[3]})"

    return LINK.sub(whole, text)


def build_package(target, address="", revision=""):
    """Build source archive and wheel in the folder `target`, without a network; return the wheel.

    address, revision: where README's links lead, if given
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        copy_package(source)
        if address:
            readme = source / "README.md"
            text = with_whole_links(readme.read_text(encoding="utf-8"), address, revision)
            readme.write_text(text, encoding="utf-8")
        run(sys.executable, "-c", BUILD_SDIST, target, folder=source)
        (archive,) = target.glob("*.tar.gz")
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
        run(*pip, "--no-build-isolation", "--wheel-dir", target, archive)
    (wheel,) = target.glob("*.whl")
    return wheel


def install_alone(wheel, folder):
    """Install a wheel in an empty environment in `folder`; return the environment's Python."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = venv_python(folder)
    install = ["-m", "pip", "--python", python, "install", "--quiet", "--no-index", wheel]
    run(sys.executable, *install)
    return python


def try_wheel(wheel):
    """Raise DistError unless both commands of an installed wheel work."""
    with tempfile.TemporaryDirectory() as folder:
        python = install_alone(wheel, Path(folder) / "venv")
        said = run(python.with_name("microgpt"), "--version", folder=folder).strip()
        train = ["-m", "microgpt_ref", "train", "--steps", "3", "--samples", "2"]
        names = run(python, "-I", *train, folder=folder).splitlines()
    if said != microgpt_ref.__version__ or len(names) != 2:
        raise DistError(f"the wheel says it is {said!r}, and samples {names}")


# The rest


def notebooks_zip(folder, paths, what, address, revision):
    """{name in the zip: bytes} of a folder of notebooks whose first cells name this release."""
    setup = notebooks.setup_text(address, revision)
    readme = README.format(version=microgpt_ref.__version__, what=what)
    found = {f"{folder}/README.txt": readme.encode()}
    for path in paths:
        notebook = publish.stamped(path, setup)
        nbformat.validate(notebook)
        found[f"{folder}/{path.name}"] = notebooks.content(notebook)
    return found


def licence(name, version):
    """The licence that an installed package states; a remark if another or none is installed."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return "not installed here"
    told = lock.licence(package) or "not stated"
    return told if package.version == version else "not installed here"


def licence_rows():
    """(registry, name, version, licence) of every package in the locks."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in lock.LOCKS]
    python = sorted({pin for text in texts for pin in lock.pins(text)})
    rows = [("PyPI", name, version, licence(name, version)) for name, version in python]
    npm = json.loads((ROOT / "book" / "live" / "package-lock.json").read_text(encoding="utf-8"))
    for path, package in npm["packages"].items():
        if path:
            name = path.rpartition("node_modules/")[2]
            rows.append(("npm", name, package["version"], package.get("license", "not stated")))
    return rows


def as_csv(rows):
    """Rows as the bytes of a table."""
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    return table.getvalue().encode()


def check_file(path):
    """Raise DistError unless a file can be read as what its name says."""
    try:
        if path.suffix == ".pdf":
            sound = len(PdfReader(path).pages) > 0
        elif path.suffix in (".epub", ".zip", ".whl"):
            with zipfile.ZipFile(path) as packed:
                sound = packed.testzip() is None and packed.namelist() != []
        else:
            sound = path.stat().st_size > 0
    except Exception as error:
        raise DistError(f"{path.name} can't be read: {error}") from None
    if not sound:
        raise DistError(f"{path.name} is damaged or empty")


def sums(folder):
    """The text of the checksums of a folder's files, as sha256sum reads it."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    return "".join(lines)


def check_versions(revision):
    """Raise DistError unless everything states one version, the revision too if it's a tag."""
    version, stated = microgpt_ref.__version__, release.stated()
    others = {f"{name}: {said}" for name, said in stated.items() if said != version}
    if revision.startswith("v") and revision != f"v{version}":
        others.add(f"the tag: {revision}")
    if others:
        raise DistError(f"not everything is of version {version}: {', '.join(sorted(others))}")


def check_made():
    """Raise DistError unless the files that other commands make are there."""
    missing = {command for name, command in MADE_BY.items() if not (bundle.TO_TAKE / name).exists()}
    if missing:
        raise DistError(f"first run {', '.join(sorted(missing))}")


def fill(folder, address, revision):
    """Put all files of the release into an empty folder. Raises DistError."""
    check_versions(revision)
    check_made()
    for name in MADE_BY:
        shutil.copy(bundle.TO_TAKE / name, folder)
    try_wheel(build_package(folder, address, revision))
    solved = [path for path in notebooks.all_targets() if path.parent.name == "solutions"]
    learners = [path for path in notebooks.all_targets() if path not in solved]
    for name, paths in {"notebooks": learners, "solutions": solved}.items():
        what = "lessons as notebooks" + (", with the exercises solved" if paths == solved else "")
        files = notebooks_zip(f"microgpt-{name}", paths, what, address, revision)
        bundle.pack(files, folder / f"microgpt-{name}.zip")
    (folder / "licences.csv").write_bytes(as_csv(licence_rows()))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    news = release.section(changelog, microgpt_ref.__version__) or release.section(changelog)
    (folder / "CHANGES.md").write_text(f"{news}\n", encoding="utf-8")
    for path in sorted(folder.iterdir()):
        check_file(path)
    (folder / SUMS).write_text(sums(folder), encoding="utf-8")


def main():
    """Make dist/ anew, whole or not at all, and list it; return the exit status."""
    address = os.environ.get("COURSE_REPOSITORY_URL") or notebooks.configured_address()
    revision = os.environ.get("COURSE_REVISION") or f"v{microgpt_ref.__version__}"
    part = DIST.with_name("dist.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        fill(part, address, revision)
    except (DistError, OSError) as error:
        shutil.rmtree(part)
        print(f"dist/ is as it was: {error}", file=sys.stderr)
        return 1
    shutil.rmtree(DIST, ignore_errors=True)
    part.rename(DIST)
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {DIST.name}/{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
