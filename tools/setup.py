"""Make or mend a virtual environment; standard library only, so that a bare Python can run it.

    python -m tools.setup                                  .venv, from requirements.txt
    python -m tools.setup .venv-torch requirements-torch.txt

A lock names versions and hashes (see tools.lock). Nothing is installed that differs from its hash,
and then the course's own package is added. The other files of requirements hold no hashes: PyTorch
is another file for each kind of machine, and Colab's image isn't ours to choose.

An environment is ready when its stamp matches what it was made from. With an old stamp it is
brought up to date in place; without one, or when its Python no longer runs, it is made anew.
"""

import sys

# This stands before all else, and in words that any Python can read.
if sys.version_info < (3, 11):
    sys.exit(
        "The course needs Python 3.11 or newer, and %s is %d.%d. Name another one:"
        " make PYTHON=python3.12" % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = ".ready"
LOCK = "requirements.txt"
UNLIKE_LOCK = ["requirements-colab.txt"]  # has versions of its own
HASH = "--hash="


def venv_python(venv):
    """Path of the interpreter in the environment `venv`, on Windows and elsewhere."""
    return Path(venv) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def program(name):
    """Path of the program `name` that is installed beside the running Python."""
    found = shutil.which(name, path=Path(sys.executable).parent)
    return found or sys.exit(f"{name} is not installed: python -m tools.setup installs it.")


def fingerprint(requirements):
    """What an environment is made from, as one hash: a changed pin or a moved tree changes it."""
    sources = [requirements, LOCK, "pyproject.toml", "tools/setup.py"]
    digest = hashlib.sha256(str(ROOT).encode())
    for name in sources:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def state(venv, requirements):
    """'ready', 'stale' (works, made from something older) or 'broken' (absent or half made)."""
    stamp = venv / STAMP
    if not stamp.is_file() or not runs(venv_python(venv), "import pip"):
        return "broken"
    return "ready" if stamp.read_text() == fingerprint(requirements) else "stale"


def runs(python, code):
    """True if the interpreter `python` exists and runs `code` without an error."""
    try:
        return subprocess.run([python, "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def clean_environment():
    """The process's environment, in which pip leaves compiled files: later starts are faster."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def create(venv):
    """Make the empty environment `venv` in place of whatever stands there."""
    if not runs(sys.executable, "import venv, ensurepip"):
        sys.exit(
            f"{sys.executable} has no venv or ensurepip module, which a virtual environment needs;"
            " on Debian and Ubuntu: apt install python3-venv"
        )
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    if subprocess.run(command, env=clean_environment()).returncode:
        sys.exit(f"{venv.name} could not be made with {sys.executable}: its message stands above.")


def versions(lock):
    """The versions in a lock's text, without hashes, as constraints for pip."""
    return "".join(f"{line}\n" for line in re.findall(r"^(\w.*?) *\\?$", lock, re.MULTILINE))


def install(venv, requirements):
    """Install `requirements` into `venv`: from a lock as it is, from others at its versions."""
    text = (ROOT / requirements).read_text(encoding="utf-8")
    if HASH in text:
        pip(venv, requirements, "--require-hashes", "--no-deps", "-r", requirements)
        pip(venv, "the course's package", "--no-deps", "--no-build-isolation", "-e", ".")
    elif requirements in UNLIKE_LOCK:
        pip(venv, requirements, "-r", requirements)
    else:
        with tempfile.TemporaryDirectory() as folder:
            constraints = Path(folder) / "constraints.txt"
            constraints.write_text(versions((ROOT / LOCK).read_text(encoding="utf-8")))
            pip(venv, requirements, "-r", requirements, "-c", str(constraints))


def pip(venv, what, *arguments):
    """Let pip install something into `venv`; it says nothing but errors."""
    command = [venv_python(venv), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    if subprocess.run([*command, *arguments], cwd=ROOT, env=clean_environment()).returncode:
        sys.exit(f"pip could not install {what} into {venv.name}; run the command again.")


def setup(venv=".venv", requirements=LOCK):
    """Path of the interpreter of the environment `venv`, which is made or mended if need be."""
    venv = ROOT / venv
    found = state(venv, requirements)
    if found == "ready":
        return venv_python(venv)
    start = time.perf_counter()
    print(f"setting up {venv.name} from {requirements} (a minute or two) ...", flush=True)
    if found == "broken":
        create(venv)
    install(venv, requirements)
    (venv / STAMP).write_text(fingerprint(requirements))
    print(f"set up {venv.name} in {time.perf_counter() - start:.0f} s", flush=True)
    return venv_python(venv)


if __name__ == "__main__":
    setup(*sys.argv[1:])
