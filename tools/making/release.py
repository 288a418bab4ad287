"""Make a release: `python -m tools.making.release 0.2.0`.

It writes the version wherever one is stated, turns what the changelog holds as unreleased into the
section of that version, commits this, and tags the commit with the section as its message. All of
it happens or nothing does. Nothing is pushed: a workflow publishes whatever tag arrives on GitHub,
so the last step is a person's, and the command says which it is.

`microgpt_ref.__version__` is the one source of the version. The wheel, the site, the PDF and the
bundle read it from there. What can't read it, `STATED` lists.
"""

import argparse
import re
import subprocess
import sys
from datetime import date

import nbformat

import microgpt_ref
from tools.files import write_whole
from tools.making import notebooks
from tools.setup import ROOT

BRANCH = "main"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
UNRELEASED = "## [Unreleased]\n"
HEADING = re.compile(r"^## \[(\d+\.\d+\.\d+)\]", re.MULTILINE)
STATED = {  # files, and where in each of them the version stands
    "microgpt_ref/__init__.py": r'^__version__ = "(.*)"$',
    "CITATION.cff": r"^version: (.*)$",
    "notebooks/**/*.ipynb": r'microgpt_ref\.__version__ != \\"(.*?)\\"',
    "_build/html/**/*.html": r'<p class="colophon">Version (.*?)\. <',
}
DONE = """\
{tag} is committed and tagged in this clone, and nowhere else yet.

look at it    git show {tag}
publish it    git push --atomic origin {branch} {tag}
or undo it    git tag --delete {tag} && git reset --keep {before}"""


class ReleaseError(Exception):
    """A release can't be made; the message says what to do first."""


def git(*arguments, text=None):
    """What a git command prints; raises ReleaseError with its message if it fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, input=text, capture_output=True, encoding="utf-8"
    )
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def numbers(version):
    """The three numbers of a version, to compare it by. Raises ReleaseError if it isn't one."""
    if not VERSION.fullmatch(version):
        raise ReleaseError(f"{version!r} is not a version: name three numbers, such as 0.2.0")
    return tuple(int(part) for part in version.split("."))


def stated():
    """{file: the version that it states}, the site's pages included where they are built."""
    found = {}
    for files, place in STATED.items():
        for path in sorted(ROOT.glob(files)):
            match = re.search(place, path.read_text(encoding="utf-8"), re.MULTILINE)
            if match or path.suffix != ".html":
                found[path.relative_to(ROOT).as_posix()] = match and match[1]
    return found


# The changelog


def section(changelog, version=None):
    """What a changelog says of a version, or of what isn't released yet; "" if nothing."""
    heading = rf"## \[{re.escape(version)}\][^\n]*\n" if version else re.escape(UNRELEASED)
    found = re.search(rf"^{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def with_section(changelog, version, day):
    """The changelog with the version's section in place of what was unreleased."""
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n## [{version}] - {day}\n", 1)


# The files


def check(version, changelog):
    """Raise ReleaseError unless the version can be released from here."""
    released, now = HEADING.findall(changelog), microgpt_ref.__version__
    latest = max(released, key=numbers, default="nothing")
    wanted, known = numbers(version), [numbers(one) for one in released]
    if wanted < numbers(now) or wanted <= max(known, default=()):
        raise ReleaseError(f"{version} is not newer: {latest} is released, and this tree is {now}")
    if not re.search(r"^[^#\s]", section(changelog), re.MULTILINE):  # more than headings
        raise ReleaseError("CHANGELOG.md has nothing under [Unreleased]: write there what is new")
    if git("branch", "--show-current") != BRANCH:
        raise ReleaseError(f"releases are made on the branch {BRANCH}: git switch {BRANCH}")
    if git("status", "--porcelain"):
        raise ReleaseError("files are changed or new: commit them or put them away, see git status")
    if git("tag", "--list", f"v{version}"):
        raise ReleaseError(f"there is a tag v{version} already")


def citation(text, version, day):
    """CITATION.cff for a version that is released on a day."""
    text = re.sub(r"^date-released: .*\n", "", text, flags=re.MULTILINE)
    lines = f"version: {version}\ndate-released: {day}"
    return re.sub(r"^version: .*$", lines, text, flags=re.MULTILINE)


def package(text, version):
    """The package's __init__.py for a version."""
    return re.sub(r'^__version__ = ".*"$', f'__version__ = "{version}"', text, flags=re.MULTILINE)


def first_cell(path, version):
    """A notebook's text with a first cell for the version, as if it had been made anew."""
    notebook = nbformat.read(path, as_version=4)
    (cell,) = [cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", [])]
    before, now = microgpt_ref.__version__, f"microgpt_ref {version}\n"
    cell.source = notebooks.setup_text(notebooks.configured_address(), BRANCH, version)
    cell.id = notebooks.cell_id(path.stem, cell.cell_type, cell.source)
    for output in cell.outputs:
        output.text = output.text.replace(f"microgpt_ref {before}\n", now)
    return notebooks.content(notebook)


def changed_files(version, day):
    """{path: bytes} of all files that change with a version."""
    changes = {
        "microgpt_ref/__init__.py": lambda text: package(text, version),
        "CITATION.cff": lambda text: citation(text, version, day),
        "CHANGELOG.md": lambda text: with_section(text, version, day),
    }
    made = {}
    for name, change in changes.items():
        made[ROOT / name] = change((ROOT / name).read_text(encoding="utf-8")).encode()
    return made | {path: first_cell(path, version) for path in notebooks.all_targets()}


# The release


def release(version, day):
    """Write, commit and tag a version, or leave everything as it is; return the commit before."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    check(version, changelog)
    files, before = changed_files(version, day), git("rev-parse", "HEAD")
    message = f"Version {version}\n\n{section(changelog)}\n"
    try:
        for path, content in files.items():
            write_whole(path, content)
        git("commit", "--all", "--message", f"Version {version}")
        git("tag", "--annotate", "--cleanup=whitespace", "--file=-", f"v{version}", text=message)
    except BaseException:
        if git("tag", "--list", f"v{version}"):
            git("tag", "--delete", f"v{version}")
        git("reset", "--quiet", "--hard", before)
        raise
    return before


def main(arguments=None):
    """Make the release that the arguments name; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.making.release")
    parser.add_argument("version", metavar="VERSION", help="of the release, such as 0.2.0")
    version = parser.parse_args(arguments).version
    try:
        before = release(version, date.today().isoformat())
    except (OSError, ReleaseError) as error:
        print(f"Nothing is released: {error}", file=sys.stderr)
        return 1
    print(DONE.format(tag=f"v{version}", branch=BRANCH, before=before[:10]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
