"""Make this tree's notebooks fit for the repository that they are published from, and push them.

    COURSE_REPOSITORY_URL=https://… COURSE_REVISION=COMMIT python -m tools.making.publish

writes that address and commit into the first cell of every notebook, so that in Colab it installs
the package that belongs to it, also in a fork; nothing is executed. The result is committed and
pushed to the branch `published`, where the buttons of the site lead. The publishing workflow runs
this, and then builds the site from what it has made.
"""

import os
import re
import subprocess
import sys

import nbformat

from tools.making import notebooks
from tools.setup import ROOT

BRANCH = "published"

ADDRESS = re.compile(r"https://[^\s/]+/[^\s/]+/[^\s/]+")


def check(address, revision):
    """Raise ValueError unless these could be a repository's address and a commit."""
    if not ADDRESS.fullmatch(address) or address.endswith("/OWNER/REPO"):
        raise ValueError(
            f"COURSE_REPOSITORY_URL is {address!r}: set it to the address of the repository that "
            "the course is published from, such as https://github.com/someone/course"
        )
    if not re.fullmatch(r"[0-9a-f]{7,40}|v[0-9][\w.]*", revision):
        raise ValueError(f"COURSE_REVISION is {revision!r}: set it to a commit or a tag like v1.0")


def stamped(path, setup):
    """A notebook with this text in its first cell, and the rest as it is."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = setup
    return notebook


def push(folder=ROOT):
    """Commit the changed notebooks, on top of what is checked out, and push them."""
    author = ["-c", "user.name=publish", "-c", "user.email=publish@users.noreply.invalid"]
    for command in (
        ["checkout", "--quiet", "-B", BRANCH],
        [*author, "commit", "--quiet", "--all", "--message", "Name the repository in first cells"],
        ["push", "--quiet", "--force", "origin", BRANCH],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def main():
    """Publish the notebooks; return the exit status, 2 without a valid address and revision."""
    address = os.environ.get("COURSE_REPOSITORY_URL", "").removesuffix("/")
    revision = os.environ.get("COURSE_REVISION", "")
    try:
        check(address, revision)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    setup = notebooks.setup_text(address, revision)
    for path in notebooks.all_targets():
        nbformat.write(stamped(path, setup), path)
        print(f"{path.relative_to(ROOT).as_posix()} installs {address} at {revision}")
    push()
    return 0


if __name__ == "__main__":
    sys.exit(main())
