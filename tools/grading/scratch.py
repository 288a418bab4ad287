"""A run's temporary files, in one folder that the next run removes if this one is killed.

The folder lies among the system's temporary ones and not in the course's: where the system can't
keep an answer from reading, the way from there to the course's seed would be a short one. Its name
is noted in the course before it is made.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

NOTE = ".scratch"
PREFIX = "microgpt-grading-"


@contextlib.contextmanager
def scratch_of(out):
    """Give the only command at work in a course a folder, in which all make temporary files."""
    note = out / NOTE
    remove_noted(note)
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(8)}"
    note.write_text(f"{folder}\n", encoding="utf-8")
    folder.mkdir(mode=0o700)
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before[1]
        del os.environ["TMPDIR"]
        if before[0] is not None:
            os.environ["TMPDIR"] = before[0]
        remove_noted(note)


def remove_noted(note):
    """Remove the folder that is noted there, if it is one of ours, and the note."""
    with contextlib.suppress(OSError, ValueError):
        folder = Path(note.read_text(encoding="utf-8").rstrip("\n"))
        ours = folder.name.startswith(PREFIX) and folder.is_absolute()
        if ours and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
    note.unlink(missing_ok=True)
