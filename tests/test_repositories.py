"""Collecting from students' git repositories, all of them on this machine."""

import os
import shutil
import subprocess
import time

import pytest

from tests.test_collect import ROSTER
from tools.grading import collect, repositories
from tools.grading.repositories import address_of
from tools.grading.tables import RosterError

pytestmark = pytest.mark.skipif(
    os.name == "nt" or shutil.which("git") is None, reason="needs git, and a POSIX system"
)

NOON = 1_580_472_000  # 2020-01-31 12:00 UTC
PATH = "train9/train9.ipynb"


class Repository:
    """A student's repository."""

    def __init__(self, path):
        self.path = path
        self.git("init", "--quiet", "--initial-branch=main", str(path))

    def git(self, *arguments, when=NOON, text=None):
        """What a command of git's prints, at this time."""
        there = self.path if self.path.exists() else self.path.parent
        known = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        known |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            known |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org"}
            known[f"GIT_{who}_DATE"] = f"{when} +0000"
        command = ["git", *arguments]
        return subprocess.run(
            command, cwd=there, env=known, input=text, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, files, when=NOON):
        """Commit files: {path: text}; return the commit."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "work", when=when)
        return self.git("rev-parse", "HEAD")

    def tree(self, *entries):
        """Commit a tree that no editor makes: (mode, kind, object, name)."""
        made = "".join(f"{mode} {kind} {thing}\t{name}\n" for mode, kind, thing, name in entries)
        tree = self.git("mktree", "--missing", text=made)
        commit = self.git("commit-tree", tree, "-m", "work")
        self.git("update-ref", "refs/heads/main", commit)
        return tree


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with a roster and a chapter."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    out = tmp_path / "class"
    (out / "release" / "train9").mkdir(parents=True)
    (out / "submitted").mkdir()
    (out / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return out


@pytest.fixture
def ada(tmp_path):
    """Ada's repository."""
    return Repository(tmp_path / "ada")


@pytest.fixture
def collected(course, ada):
    """A function: ({student: what would be graded}, what was said) after collecting from a list."""

    def call(*lines):
        said = []
        lines = lines or [f"s01,{ada.path}"]
        table = "\n".join(["student,repository,branch", *lines])
        (course / "repositories.csv").write_text(table, encoding="utf-8")
        collect.collect("repositories.csv", course, "train9", say=said.append)
        paths = (course / "submitted").glob("*/train9/train9.ipynb")
        return {path.parts[-3]: path.read_text() for path in paths}, "\n".join(said)

    return call


def note(course, student="s01"):
    """What is noted on when a student handed in."""
    return (course / "submitted" / student / "train9" / "timestamp.txt").read_text().strip()


def test_the_latest_commit_counts_with_its_time(collected, ada, course):
    (course / "due.csv").write_text("chapter,due\ntrain9,2020-01-31 13:30 UTC\n")
    ada.commit({PATH: "first"})
    ada.commit({PATH: "second"}, NOON + 3600)
    ada.commit({"train8.ipynb": "another chapter"}, NOON + 7200)
    found, said = collected()
    assert found == {"s01": "second"} and note(course) == "2020-01-31 13:00:00 UTC"
    assert not said.endswith(": late")
    ada.commit({PATH: "third"}, NOON + 10_000)
    found, said = collected()
    assert found == {"s01": "third"} and said.endswith(": late")
    kept = (course / "submitted" / "s01" / "train9" / "earlier").glob("*/train9.ipynb")
    assert [path.read_text() for path in kept] == ["second"]
    assert "was collected before" in collected()[1]


@pytest.mark.parametrize(
    "paths, taken",
    [
        (["train9.ipynb", PATH, "old/train9.ipynb"], PATH),
        (["train9.ipynb", "old/train9.ipynb"], "train9.ipynb"),
        (["deep/er/train9.ipynb", "train8.ipynb"], "deep/er/train9.ipynb"),
        (["a/train9.ipynb", "b/train9.ipynb"], None),
        (["Train9.ipynb"], None),
        (["a\x1b[2J\n/train9.ipynb", "train8.ipynb"], "a\x1b[2J\n/train9.ipynb"),
        ([":(top)*/train9.ipynb", "train8.ipynb"], ":(top)*/train9.ipynb"),
    ],
)
def test_where_the_notebook_is_looked_for(collected, ada, paths, taken):
    ada.commit({path: f"of {path}" for path in paths})
    found, said = collected()
    assert found == ({"s01": f"of {taken}"} if taken else {})
    assert said.replace("\n", "").isprintable()
    assert taken or "no train9.ipynb in it" in said or "is in it 2 times" in said


def test_a_branch_and_a_path_from_the_class_s_folder(collected, ada):
    ada.commit({PATH: "of main"})
    ada.git("checkout", "--quiet", "-b", "hand-in/1")
    ada.commit({PATH: "of the branch"})
    ada.git("checkout", "--quiet", "main")
    assert collected("s01,../ada,hand-in/1")[0] == {"s01": "of the branch"}
    assert collected("s01,../ada,")[0] == {"s01": "of main"}
    assert "no branch of this name" in collected("s01,../ada,none")[1]


def test_the_others_are_collected_where_one_can_t_be(collected, ada, tmp_path):
    ada.commit({PATH: "Ada's"})
    Repository(tmp_path / "empty")
    said = collected(f"s02,{tmp_path}/none", f"s03,{tmp_path}/empty", f"s01,{ada.path}", "s04,")
    assert said[0] == {"s01": "Ada's"}
    assert "does not appear to be a git repository" in said[1] and "no commit there yet" in said[1]


def test_what_came_after_a_fetch_can_t_claim_an_earlier_time(collected, ada, course):
    ada.commit({PATH: "first"})
    collected()
    collecting = time.time()
    ada.commit({PATH: "made later, and dated back"}, NOON - 86_400 * 300)
    ada.git("commit", "--quiet", "--amend", "-m", "of long ago", when=1_000_000_000)
    found, _ = collected()
    assert found == {"s01": "made later, and dated back"}
    seconds = (course / "submitted" / "s01" / "train9" / "train9.ipynb").stat().st_mtime
    assert abs(seconds - collecting) < 60


def test_an_empty_repository_keeps_later_commits_from_being_dated_back(collected, ada, course):
    collected()
    collecting = time.time()
    ada.commit({PATH: "x"}, 1_000_000_000)
    collected()
    seconds = (course / "submitted" / "s01" / "train9" / "train9.ipynb").stat().st_mtime
    assert abs(seconds - collecting) < 60


def test_what_was_there_at_a_fetch_keeps_its_time(collected, ada, course):
    first = ada.commit({PATH: "first"}, 1_500_000_000)
    ada.commit({PATH: "second"}, 1_600_000_000)
    collected()
    ada.git("reset", "--quiet", "--hard", first)
    assert collected()[0] == {"s01": "first"} and note(course).startswith("2017-07-14")


def test_two_with_the_same_repository_are_told(collected, ada):
    ada.commit({PATH: "x"})
    found, said = collected(f"s01,{ada.path}", f"s02,{ada.path}")
    assert set(found) == {"s01", "s02"} and said.count("s01 and s02 have the same") == 1


@pytest.mark.parametrize(
    "line, why",
    [
        ("s09,/x", "'s09' is no student"),
        ("s01,/y", "s01 is there twice"),
        ("s02,--upload-pack=touch x", "is no repository"),
        ("s02,ext::sh -c touch% x", "is no repository"),
        ("s02,git://example.org/x", "is no repository"),
        ("s02,ssh://-oProxyCommand=x/y", "is no repository"),
        ("s02,fd::17/x", "is no repository"),
        ("s02,/x,--all", "is no branch"),
        ("s02,/x,a..b", "is no branch"),
        ("s02,/x,a:b", "is no branch"),
    ],
)
def test_a_list_that_can_t_be_right_is_told_with_its_line(collected, line, why):
    with pytest.raises(RosterError, match="line 3: ") as told:
        collected("s01,/x", line)
    assert why in str(told.value)


def test_addresses_that_are_understood(tmp_path):
    for text in ("https://example.org/a", "ssh://git@example.org/a", "git@example.org:a/b.git"):
        assert address_of(text, tmp_path, "") == text
    assert address_of("a/b", tmp_path, "") == str(tmp_path / "a" / "b")
    assert repositories.shown("https://x:token@example.org/a") == "https://example.org/a"


# Repositories made to do harm


def test_nothing_of_a_repository_s_or_of_the_settings_is_run(
    collected, ada, course, tmp_path, monkeypatch
):
    trap, sprung = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\ntouch {sprung}\ncat\n")
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    for folder in (hooks, ada.path / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("post-checkout", "reference-transaction", "post-index-change", "update"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {sprung}\n")
            (folder / name).chmod(0o755)
    attributes = "*.ipynb filter=x diff=x\n"
    modules = '[submodule "s"]\n\tpath = s\n\turl = ext::touch sprung\n'
    files = {PATH: "x", ".gitattributes": attributes, ".gitmodules": modules}
    ada.commit(files)
    sprung.unlink(missing_ok=True)  # by Ada's own hooks
    settings = tmp_path / "settings"
    lines = [f"[core]\n\thooksPath = {hooks}\n\tfsmonitor = {trap}\n\tpager = {trap}"]
    lines += [f'[filter "x"]\n\tsmudge = {trap}\n[diff "x"]\n\ttextconv = {trap}']
    lines += [f"[uploadpack]\n\tpackObjectsHook = {trap}\n[log]\n\tshowSignature = true"]
    (ada.path / ".git" / "config").open("a").write("\n".join(lines) + "\n")
    settings.write_text("\n".join(lines[:2]) + "\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(ada.path / ".git"))
    assert collected()[0] == {"s01": "x"}
    assert not sprung.exists()
    kept = course / "repositories" / "s01"
    assert not list(kept.rglob("*.ipynb")) and not (kept / "hooks").exists()


def test_links_and_submodules_are_no_notebooks(collected, ada, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_text("secret")
    ada.commit({"x": "x"})
    (ada.path / "train9.ipynb").symlink_to(secret)
    ada.git("add", "--all")
    ada.git("commit", "--quiet", "-m", "a link")
    found, said = collected()
    assert not found and "is a link, not a file" in said
    ada.tree(("160000", "commit", "1" * 40, "train9.ipynb"))
    found, said = collected()
    assert not found and "is a link, not a file" in said


def test_large_files_and_repositories_are_refused(collected, ada, course, monkeypatch):
    ada.commit({PATH: "x" * 5000})
    with monkeypatch.context() as patch:
        patch.setattr(collect.submissions, "LARGEST", 4999)
        found, said = collected()
        assert not found and "is larger than" in said
    ada.commit({"noise": os.urandom(300_000).hex()})
    with monkeypatch.context() as patch:
        patch.setattr(repositories, "LARGEST", 100_000)
        found, said = collected()
        assert not found and "larger than" in said
    assert set(collected()[0]) == {"s01"}
    assert not list((course / "repositories").rglob("tmp_*"))


def test_a_tree_that_unfolds_without_end_is_given_up(collected, ada, monkeypatch):
    blob = ada.git("hash-object", "-w", "--stdin", text="x")
    tree = ada.git("mktree", text=f"100644 blob {blob}\tx\n")
    for _ in range(12):
        lines = "".join(f"040000 tree {tree}\t{'d' * 20}{i}\n" for i in range(10))
        tree = ada.git("mktree", text=lines)
    ada.tree(("040000", "tree", tree, "train9"))
    monkeypatch.setattr(repositories, "LISTED", 100_000)
    found, said = collected()
    assert not found and "git ls-tree gives more than" in said


def test_git_is_ended_when_it_takes_too_long(collected, ada, monkeypatch):
    ada.commit({PATH: "x"})
    monkeypatch.setattr(repositories, "SECONDS", 0)
    assert "git took longer than 0 s" in collected()[1]
    monkeypatch.undo()


def test_what_a_repository_says_does_nothing_to_a_terminal(collected, ada):
    ada.commit({"x": "x"})
    (ada.path / "a\x1b[2J").mkdir()
    (ada.path / "a\x1b[2J" / "train9.ipynb").symlink_to("/etc/passwd")
    ada.git("add", "--all")
    ada.git("commit", "--quiet", "-m", "a link")
    _, said = collected()
    assert "is a link" in said and "\x1b" not in said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another's files")
def test_a_repository_of_another_user_s_is_told(collected, ada):
    ada.commit({PATH: "x"})
    for path in [ada.path, *ada.path.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    found, said = collected()
    assert not found and "belongs to another user" in said


def test_a_history_that_was_cut_short_is_told(collected, ada, tmp_path):
    ada.commit({PATH: "x"})
    ada.commit({PATH: "y"})
    ada.git("clone", "--quiet", "--depth=1", ada.path.as_uri(), str(tmp_path / "cut"))
    found, said = collected(f"s01,{tmp_path}/cut")
    assert found == {} and "a copy without its history" in said
    assert collected()[0] == {"s01": "y"}
    ada.commit({PATH: "z"})
    ada.commit({"x": "x"})
    ada.git("clone", "--quiet", "--depth=1", ada.path.as_uri(), str(tmp_path / "again"))
    assert "a copy without its history" in collected(f"s01,{tmp_path}/again")[1]


def test_a_notebook_that_can_t_be_read_keeps_no_one_from_being_collected(
    collected, ada, tmp_path, monkeypatch
):
    ada.commit({PATH: "x"})
    Repository(tmp_path / "alan").commit({PATH: "y"})
    run = repositories.git

    def git(folder, *arguments, **limits):
        if arguments[0] == "cat-file" and folder.name == "s01":
            raise repositories.Failed("damaged")
        return run(folder, *arguments, **limits)

    monkeypatch.setattr(repositories, "git", git)
    found, said = collected(f"s01,{ada.path}", f"s02,{tmp_path}/alan")
    assert found == {"s02": "y"} and "damaged; left out" in said


def test_times_of_any_size_are_times(collected, ada, course):
    tree = ada.commit({PATH: "x"}) and ada.git("rev-parse", "HEAD^{tree}")
    for seconds in ("99999999999999", "18446744073709551615"):
        text = f"tree {tree}\nauthor A <a> {seconds} +0000\ncommitter A <a> {seconds} +0000\n\nx\n"
        made = ada.git("hash-object", "-w", "-t", "commit", "--stdin", "--literally", text=text)
        ada.git("update-ref", "refs/heads/main", made)
        shutil.rmtree(course / "submitted" / "s01", ignore_errors=True)
        shutil.rmtree(course / "repositories", ignore_errors=True)
        assert collected()[0] == {"s01": "x"}
        assert note(course) < "3"  # no later than it was fetched
