"""A run's temporary files: in one folder, which goes with the run or with the next one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tools.grading import scratch


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder in the place of the system's temporary one."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_all_temporary_files_lie_in_it_those_of_other_processes_too(temporary, tmp_path):
    with scratch.scratch_of(tmp_path) as folder:
        assert folder.parent == temporary and Path(tempfile.mkdtemp()).parent == folder
        code = "import tempfile; print(tempfile.mkdtemp())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert Path(done.stdout.strip()).parent == folder
        if os.name == "posix":
            assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == [] and not (tmp_path / scratch.NOTE).exists()
    assert tempfile.tempdir == os.environ["TMPDIR"] == str(temporary)


def test_it_goes_also_where_the_run_fails(temporary, tmp_path):
    with pytest.raises(KeyboardInterrupt), scratch.scratch_of(tmp_path):
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_has_left_goes_with_the_next(temporary, tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom tools.grading import scratch\n"
        "with scratch.scratch_of(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'package').mkdir()\n    os._exit(9)\n"
    )
    root = str(scratch.__file__).rsplit("tools", 1)[0]
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root)
    (left,) = temporary.iterdir()
    with scratch.scratch_of(tmp_path) as folder:
        assert list(temporary.iterdir()) == [folder] != [left]


@pytest.mark.parametrize("note", ["{other}", "{other}/microgpt-grading-link", "x\0", "", "\xff"])
def test_a_note_of_another_folder_removes_nothing(temporary, tmp_path, note):
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("kept")
    if os.name == "posix":
        (other / "microgpt-grading-link").symlink_to(other)
    text = note.format(other=other)
    (tmp_path / scratch.NOTE).write_bytes(text.encode("latin-1"))
    with scratch.scratch_of(tmp_path):
        pass
    assert (other / "file").read_text() == "kept"
