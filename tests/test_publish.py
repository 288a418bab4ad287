"""Notebooks are made to install the package of the repository that they are published from."""

import shutil
import subprocess

import nbformat
import pytest

from tools.making import notebooks, publish
from tools.making.weave import ROOT

ADDRESS, REVISION = "https://github.com/someone/a-fork", "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def copies(tmp_path, monkeypatch):
    """Copies of all notebooks, in place of those of the tree; and what is needed to publish."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(publish, "ROOT", tmp_path)
    monkeypatch.setenv("COURSE_REPOSITORY_URL", ADDRESS)
    monkeypatch.setenv("COURSE_REVISION", REVISION)
    monkeypatch.setattr(publish, "push", lambda: None)
    return sorted((tmp_path / "notebooks").rglob("*.ipynb"))


def test_first_cells_name_the_repository_and_nothing_else_changes(copies):
    before = {path: nbformat.read(path, 4) for path in copies}
    assert len(before) == len(notebooks.all_targets())
    assert publish.main() == 0
    for path in copies:
        after = nbformat.read(path, 4)
        changed = [b for a, b in zip(before[path].cells, after.cells) if a != b]
        assert [cell.metadata["tags"][0] for cell in changed] == ["setup"]
        assert f"{ADDRESS}/archive/{REVISION}.zip" in changed[0].source
        compile(changed[0].source, path.name, "exec")


def git(*arguments, folder):
    """What a git command prints."""
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.invalid", *arguments]
    result = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return result.stdout


def test_changed_files_are_pushed_to_a_branch_of_their_own(tmp_path):
    git("init", "--quiet", "--bare", "origin", folder=tmp_path)
    git("clone", "--quiet", "origin", "clone", folder=tmp_path)
    clone = tmp_path / "clone"
    for content in ("one", "two"):  # the second time the branch is there already
        (clone / "notebook").write_text(content)
        git("add", "notebook", folder=clone)
        git("commit", "--quiet", "-m", content, folder=clone)
        (clone / "notebook").write_text(f"{content}, published")
        publish.push(clone)
        shown = git("show", f"{publish.BRANCH}:notebook", folder=tmp_path / "origin")
        assert shown == f"{content}, published"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COURSE_REPOSITORY_URL", ""),
        ("COURSE_REPOSITORY_URL", "https://github.com/OWNER/REPO"),
        ("COURSE_REPOSITORY_URL", "github.com/someone/a-fork"),
        ("COURSE_REVISION", ""),
        ("COURSE_REVISION", "main; rm -r ."),
    ],
)
def test_unset_or_odd_address_ends_publishing(copies, monkeypatch, capsys, name, value):
    before = {path: path.read_bytes() for path in copies}
    monkeypatch.setenv(name, value)
    assert publish.main() == 2
    assert name in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in copies}


def test_first_cell_names_the_version_it_was_made_for():
    text = notebooks.setup_text(ADDRESS, REVISION)
    assert f'microgpt_ref.__version__ != "{notebooks.__version__}"' in text
