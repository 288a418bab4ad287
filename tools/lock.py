"""Lock what the course is made with: `python -m tools.lock [--upgrade]`.

requirements.txt and requirements-grading.txt hold each package's version, for every Python and
system that the course is made on, with the hashes of all its files. They're made from the groups
`course` and `grading` in pyproject.toml. A version stays as long as its group allows it; with
--upgrade each becomes the newest that is allowed and a week old: what's published in bad faith is
mostly found by then.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.files import write_whole
from tools.setup import ROOT, program

LOCKS = {"requirements.txt": "course", "requirements-grading.txt": "grading"}
OLDEST = "3.11"  # of the Pythons that a lock is for
OPTIONS = ["--universal", "--generate-hashes", "--no-annotate", "--quiet"]
NEWEST = ["--upgrade", "--exclude-newer", "7 days"]
COMMAND = "make lock"  # named at the head of a lock
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def pins(lock):
    """The (name, version) pairs of a lock's text; a package that differs by Python has several."""
    return PIN.findall(lock)


def licence(package):
    """The licence that an installed package states in its metadata; "" if it states none."""
    data = package.metadata
    classifiers = [c for c in data.get_all("Classifier") or [] if c.startswith("License ::")]
    told = data.get("License-Expression") or data.get("License") or ""
    if told in ("", "UNKNOWN") or "\n" in told:
        return classifiers[0].rpartition(" :: ")[2] if classifiers else ""
    return told


def locked(name, group, upgrade=False):
    """The text of the lock `name` for a group of pyproject.toml."""
    command = [program("uv"), "pip", "compile", *OPTIONS, "--python-version", OLDEST]
    command += ["--custom-compile-command", COMMAND, "--group", group]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / name
        if (ROOT / name).exists():  # what uv keeps the versions of
            target.write_bytes((ROOT / name).read_bytes())
        command += ["--output-file", str(target), *(NEWEST if upgrade else [])]
        if subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL).returncode:
            sys.exit(f"{name} could not be made: uv's message stands above, and nothing is changed")
        return target.read_text(encoding="utf-8")


def changes(before, after):
    """What differs between two locks, in lines such as 'numpy 2.4.6 → 2.4.7'."""
    old, new = set(pins(before)), set(pins(after))
    gone, added = dict(sorted(old - new)), dict(sorted(new - old))
    return [
        f"{name} {gone.get(name, 'new')} → {added.get(name, 'gone')}"
        for name in sorted({*gone, *added})
    ]


def main(arguments=None):
    """Write all locks or none, say what has changed, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.lock")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions allowed")
    upgrade = parser.parse_args(arguments).upgrade
    made = {ROOT / name: locked(name, group, upgrade) for name, group in LOCKS.items()}
    for path, text in made.items():
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        write_whole(path, text.encode())
        print(f"{path.name}: {len(pins(text))} packages")
        for line in changes(before, text):
            print(f"  {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
