"""A release: one version everywhere, a section and a tag, or nothing at all."""

import os
import shutil
import subprocess
import sys

import pytest

from tools.making import notebooks, release
from tools.setup import ROOT

COPIED = ["CITATION.cff", "CHANGELOG.md", "_config.yml", "pyproject.toml"]
FOLDERS = ["microgpt_ref", "notebooks", "tools"]
NEW, DAY = "7.8.9", "2030-01-02"
CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A wheel, # round.\n\n"
EARLIER = "## [0.0.9] - 2020-01-01\n\n- A start.\n"

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")


def git(*arguments, folder):
    """What a git command prints."""
    command = ["git", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """A repository with what a release reads and writes, as it is in this tree."""
    folder = tmp_path_factory.mktemp("origin")
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    for name in COPIED:
        shutil.copy(ROOT / name, folder)
    (folder / "CHANGELOG.md").write_text(CHANGELOG + EARLIER)
    git("init", "--quiet", "--initial-branch=main", folder=folder)
    git("add", ".", folder=folder)
    commit = ["-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "--quiet"]
    git(*commit, "--message=all", folder=folder)
    return folder


@pytest.fixture
def clone(origin, tmp_path, monkeypatch):
    """A throw-away clone, in which releases are made."""
    folder = tmp_path / "clone"
    git("clone", "--quiet", str(origin), str(folder), folder=tmp_path)
    git("config", "user.name", "a", folder=folder)
    git("config", "user.email", "a@b.invalid", folder=folder)
    monkeypatch.setattr(release, "ROOT", folder)
    monkeypatch.setattr(notebooks, "ROOT", folder)
    return folder


def as_it_is(folder):
    """The commit, the tags and the state of the files of a clone."""
    commands = [["rev-parse", "HEAD"], ["tag"], ["status", "--porcelain"]]
    return [git(*command, folder=folder) for command in commands]


def test_a_release_is_a_commit_and_a_tag_that_say_one_version(clone, origin, capsys):
    before, theirs = as_it_is(clone), as_it_is(origin)
    assert release.main([NEW]) == 0
    stated = release.stated()
    assert set(stated.values()) == {NEW} and len(stated) == 2 + len(notebooks.all_targets())
    said = git("tag", "--list", "--format=%(contents)", f"v{NEW}", folder=clone).strip()
    assert said == f"Version {NEW}\n\n### Added\n\n- A wheel, # round."
    now = as_it_is(clone)
    assert now == [git("rev-parse", f"v{NEW}^{{commit}}", folder=clone), f"v{NEW}\n", ""]
    assert git("rev-parse", "HEAD~1", folder=clone) == before[0]
    out = capsys.readouterr().out
    assert f"git push --atomic origin main v{NEW}\n" in out and before[0][:10] in out
    assert as_it_is(origin) == theirs  # nothing is pushed


def test_the_notebooks_of_a_release_are_what_their_sources_make(clone):
    release.release(NEW, DAY)
    command = [sys.executable, "-m", "tools.making.notebooks", "--check"]
    environment = os.environ | {"PYTHONPATH": str(clone)}
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in notebooks.all_targets():
        assert f'"microgpt_ref {NEW}\\n"' in path.read_text(encoding="utf-8")


def test_what_was_unreleased_is_the_section_of_the_version(clone):
    release.release(NEW, DAY)
    text = (clone / "CHANGELOG.md").read_text()
    unreleased, section = "## [Unreleased]\n", f"## [{NEW}] - {DAY}\n\n### Added\n\n- A wheel"
    assert text.index(unreleased) + len(unreleased) + 1 == text.index(section)
    assert text.endswith(EARLIER) and release.section(text) == ""
    assert release.section(text, NEW) == release.section(CHANGELOG)
    with pytest.raises(release.ReleaseError, match=r"nothing under \[Unreleased\]"):
        release.release("8.0.0", DAY)


@pytest.mark.parametrize("unreleased", ["", "### Added\n\n### Fixed\n\n"])
def test_a_version_without_news_is_no_release(clone, unreleased):
    (clone / "CHANGELOG.md").write_text(f"{release.UNRELEASED}\n{unreleased}{EARLIER}")
    git("commit", "--quiet", "--all", "--message=b", folder=clone)
    with pytest.raises(release.ReleaseError, match=r"nothing under \[Unreleased\]"):
        release.release(NEW, DAY)


def test_the_citation_has_the_day_of_the_last_release():
    text = "title: a\nversion: 0.1.0\nlicense: b\n"
    once = release.citation(text, NEW, DAY)
    assert once == f"title: a\nversion: {NEW}\ndate-released: {DAY}\nlicense: b\n"
    assert release.citation(once, "8.0.0", "2031-01-01").count("date-released: 2031-01-01\n") == 1


def change(folder):
    (folder / "CITATION.cff").write_text("title: half written\n")


def add(folder):
    (folder / "new.txt").touch()


def switch(folder):
    git("switch", "--quiet", "--create", "work", folder=folder)


def tag(folder):
    git("tag", f"v{NEW}", folder=folder)


@pytest.mark.parametrize(
    "situation, version, words",
    [
        (None, "0.0.9", "0.0.9 is not newer: 0.0.9 is released"),
        (None, "0.0.10", "this tree is"),
        (None, "1.0", "'1.0' is not a version"),
        (None, "v1.0.0", "not a version"),
        (None, "1.01.0", "not a version"),
        (change, NEW, "files are changed or new"),
        (add, NEW, "files are changed or new"),
        (switch, NEW, "made on the branch main"),
        (tag, NEW, f"a tag v{NEW} already"),
    ],
)
def test_nothing_happens_where_a_release_would_be_wrong(clone, capsys, situation, version, words):
    if situation:
        situation(clone)
    before = as_it_is(clone)
    assert release.main([version]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Nothing is released: ") and words in told
    assert as_it_is(clone) == before


def refuse_to_commit(folder):
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no, never >&2\nexit 1\n")
    hook.chmod(0o755)


def refuse_to_tag(folder):
    git("tag", f"v{NEW}/part", folder=folder)  # a folder stands where the tag would be written


def refuse_to_write(folder):
    (folder / "notebooks" / "train4.ipynb.tmp").mkdir()


@pytest.mark.parametrize(
    "obstacle, words",
    [(refuse_to_commit, "no, never"), (refuse_to_tag, "git tag failed"), (refuse_to_write, "")],
)
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_what_fails_half_way_leaves_everything_as_it_was(clone, capsys, obstacle, words):
    obstacle(clone)
    before = as_it_is(clone)
    assert release.main([NEW]) == 1
    assert words in capsys.readouterr().err
    assert as_it_is(clone) == before and NEW not in release.stated().values()
