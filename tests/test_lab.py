"""A learner's own copies of the notebooks: nothing that somebody typed is in the way, or lost."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import datetime
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from jupyter_core.paths import jupyter_config_path

from tools.making import lab, notebooks, pages, sources, typed
from tools.setup import ROOT

NEEDS_GIT = pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
FIRST, SECOND, MINE = "x = ...  # your code", "x = ...  # your code, please", "x = 42"


def notebook(*texts, output=None):
    """The bytes of a notebook with these code cells, of which the last has an output."""
    cells = [nbformat.v4.new_code_cell(text, id=f"c{n}") for n, text in enumerate(texts)]
    if output:
        cells[-1].outputs = [nbformat.v4.new_output("stream", text=output)]
    return notebooks.content(nbformat.v4.new_notebook(cells=cells))


class Course:
    """A course in miniature: train0 with an exercise, efficiency without any."""

    def __init__(self, root):
        self.root, self.mine = root, root / "my-work"
        self.made = {}  # what the sources make
        for chapter in ("train0", "efficiency", "solutions/train0"):
            self.edit(chapter, "1 + 1", FIRST)
            self.tracked(chapter).parent.mkdir(parents=True, exist_ok=True)
            self.tracked(chapter).write_bytes(self.made[chapter])

    def tracked(self, chapter):
        return self.root / "notebooks" / f"{chapter}.ipynb"

    def edit(self, chapter, *texts):
        """Change what a chapter's source makes."""
        self.made[chapter] = notebook(*texts)

    def publish(self, chapter, *texts):
        """Give a chapter a new edition, in source and notebook."""
        self.edit(chapter, *texts)
        self.tracked(chapter).write_bytes(self.made[chapter])

    def build(self, source, weave, solved=False):
        name = f"solutions/{source.name}" if solved else source.name
        return nbformat.reads(self.made[name].decode(), 4)

    def commit(self):
        (self.root / ".gitignore").write_text("my-work/\nbuild/\n")
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
            who = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
            subprocess.run(["git", *who, *command], cwd=self.root, check=True)

    def make(self, *arguments):
        """(status, text of the notebook of train0) after `make notebooks`."""
        status = notebooks.main([*arguments, "train0"])
        return status, self.tracked("train0").read_text(encoding="utf-8")

    def said(self, chapter="train0"):
        """What is said of a chapter when the copies are brought up to date."""
        (line,) = [line for line in lab.prepare() if f". {chapter}.ipynb: " in line]
        return line.partition(": ")[2]

    def copies(self):
        return sorted(path.name for path in self.mine.glob("*") if path.name != lab.RECORD)

    def copy(self, name="train0.ipynb"):
        return (self.mine / name).read_bytes()


@pytest.fixture
def course(tmp_path, monkeypatch):
    for module in (lab, notebooks, typed):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(lab, "FOLDER", tmp_path / "my-work")
    monkeypatch.setattr(typed, "NOTES", tmp_path / "build" / "cells.json")
    exercise = nbformat.v4.new_markdown_cell(metadata={"exercise": "train0.x"})
    chapters = sources.Source("train0", [exercise]), sources.Source("efficiency", [])
    monkeypatch.setattr(sources, "chapters", lambda: chapters)
    monkeypatch.setattr(lab, "Weave", lambda: None)
    monkeypatch.setattr(notebooks, "Weave", lambda: None)
    monkeypatch.setattr(notebooks, "execute", lambda one: one)
    monkeypatch.setattr(pages, "main", lambda weave=None: None)
    small = Course(tmp_path)
    monkeypatch.setattr(notebooks, "build", small.build)
    return small


# Copies


def test_each_chapter_is_copied_in_the_order_to_read_them(course):
    lines = lab.prepare()
    assert lines[1:] == [
        "  1. train0.ipynb: copied",
        "  2. efficiency.ipynb: copied",
        "The solutions are in notebooks/solutions/.",
    ]
    assert course.copies() == ["efficiency.ipynb", "train0.ipynb"]
    assert course.copy() == course.tracked("train0").read_bytes()


def test_a_second_time_changes_nothing_and_writes_nothing(course, monkeypatch):
    lab.prepare()
    monkeypatch.setattr(lab, "write_whole", None)  # as in a folder that can only be read
    assert course.said() == "not begun yet"


def test_work_is_left_and_a_new_edition_is_put_beside_it_once(course):
    lab.prepare()
    (course.mine / "train0.ipynb").write_bytes(notebook("1 + 1", MINE))
    assert course.said() == "yours, as you left it"
    course.publish("train0", "1 + 1", SECOND)
    beside = "train0 (new edition).ipynb"
    words = f"yours, as you left it; a new edition is beside it, {beside}"
    assert [course.said(), course.said()] == [words, words]
    assert MINE.encode() in course.copy() and SECOND.encode() in course.copy(beside)
    (course.mine / beside).unlink()
    assert course.said() == "yours, as you left it"  # thrown away: it doesn't come back
    course.publish("train0", "1 + 1", FIRST, SECOND)
    assert course.said() == words and SECOND.encode() in course.copy(beside)


def test_a_new_edition_that_was_begun_is_work_too(course):
    lab.prepare()
    names = ["train0.ipynb", "train0 (new edition).ipynb", "train0 (new edition 2).ipynb"]
    for n, name in enumerate(names):
        course.publish("train0", f"edition = {n}")
        lab.prepare()
        (course.mine / name).write_bytes(notebook(f"edition = {n}", f"mine = {n}"))
    assert all(f"mine = {n}".encode() in course.copy(name) for n, name in enumerate(names))


def test_a_new_edition_takes_the_place_of_one_that_was_not_begun(course):
    lab.prepare()
    (course.mine / "efficiency.ipynb").write_bytes(notebook("1 + 1", MINE))
    for text in ("edition = 1", "edition = 2"):
        course.publish("train0", text)
        course.publish("efficiency", text)
        assert course.said() == "not begun, so the new edition took its place"
        assert text.encode() in course.copy("efficiency (new edition).ipynb")
    assert len(course.copies()) == 3


def test_running_a_copy_is_no_work(course):
    lab.prepare()
    (course.mine / "train0.ipynb").write_bytes(notebook("1 + 1", FIRST, output="2"))
    assert course.said() == "not begun yet"
    assert b"stream" in course.copy()  # and yet it stays, as long as there's no new edition
    course.publish("train0", "1 + 1", SECOND)
    assert "new edition took its place" in course.said()


def with_picture(content):
    """A notebook's bytes after a picture has been pasted into it."""
    found = json.loads(content)
    found["cells"][0]["attachments"] = {"drawing.png": {"image/png": "iVBORw0="}}
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    "change",
    [
        with_picture,
        lambda content: content[:-9],
        lambda content: b"",
        lambda content: notebook(FIRST),
        lambda content: notebook("1 + 1", FIRST, "mine = 1"),
    ],
    ids=["picture", "half", "empty", "cell removed", "cell added"],
)
def test_any_other_change_is_work(course, change):
    lab.prepare()
    changed = change(course.copy())
    (course.mine / "train0.ipynb").write_bytes(changed)
    course.publish("train0", "1 + 1", SECOND)
    assert "a new edition is beside it" in course.said()
    assert course.copy() == changed


@pytest.mark.parametrize("record", [None, b"", b"[1]", b'{"train0.ipynb": 3}', b"\xff"])
def test_without_a_record_every_copy_counts_as_work(course, record):
    lab.prepare()
    (course.mine / lab.RECORD).unlink()
    if record is not None:
        (course.mine / lab.RECORD).write_bytes(record)
    assert course.said() == "not begun yet"  # the very edition: there's nothing to lose
    (course.mine / lab.RECORD).unlink()
    before = course.copy()
    course.publish("train0", "1 + 1", SECOND)
    assert "a new edition is beside it" in course.said()
    assert course.copy() == before


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(course, monkeypatch, capsys):
    lab.prepare()
    before = course.copy()
    course.publish("train0", "1 + 1", SECOND)

    def refuse(path, target):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    assert lab.main(["--no-server"]) == 1
    assert "train0.ipynb.tmp can't be read or written: Permission denied" in capsys.readouterr().err
    assert course.copy() == before and course.copies() == ["efficiency.ipynb", "train0.ipynb"]


# Starting afresh


def test_a_lesson_started_afresh_keeps_the_old_one_under_its_date(course):
    train0, _ = sources.chapters()
    for name in ("train0 2026-11-29.ipynb", "train0 2026-11-29 (2).ipynb"):
        lab.prepare()
        (course.mine / "train0.ipynb").write_bytes(notebook(name))
        noon = datetime(2026, 11, 29, 12).timestamp()
        os.utime(course.mine / "train0.ipynb", (noon, noon))
        assert f"started afresh; what you had is now {name}" in lab.prepare([train0])[1]
        assert name.encode() in course.copy(name)
        assert course.copy() == course.made["train0"] and course.said() == "not begun yet"
    assert b"2026-11-29.ipynb" in course.copy("train0 2026-11-29.ipynb")


def test_starting_afresh_takes_the_new_edition_that_was_beside(course):
    train0, _ = sources.chapters()
    lab.prepare()
    (course.mine / "train0.ipynb").write_bytes(notebook(MINE))
    course.publish("train0", SECOND)
    lab.prepare()
    lab.prepare([train0])
    assert len(course.copies()) == 3 and "train0 (new edition).ipynb" not in course.copies()
    assert course.copy() == course.made["train0"]


def test_starting_afresh_before_beginning_keeps_nothing(course):
    train0, _ = sources.chapters()
    assert "started afresh" in lab.prepare([train0])[1]
    (course.mine / "train0.ipynb").write_bytes(notebook("1 + 1", FIRST, output="2"))
    lab.prepare([train0])
    assert course.copies() == ["efficiency.ipynb", "train0.ipynb"]
    assert course.copy() == course.made["train0"]


# Typed into a tracked notebook


@NEEDS_GIT
def test_what_was_typed_into_a_tracked_notebook_is_moved(course):
    course.commit()
    before = course.tracked("train0").read_bytes()
    course.tracked("train0").write_bytes(notebook("1 + 1", MINE))
    course.tracked("solutions/train0").write_bytes(notebook("1 + 1", MINE, "2"))
    lines = lab.prepare()
    assert course.copy() == before  # not what was typed
    assert any("--keep train0" in line for line in lines)
    lines = lab.prepare(kept=[sources.chapters()[0]])
    assert lines[0] == "What you typed into notebooks/train0.ipynb is now in my-work/train0.ipynb."
    assert course.said() == "yours, as you left it"
    assert (
        course.copy() == notebook("1 + 1", MINE) and course.tracked("train0").read_bytes() == before
    )
    assert course.copy("train0 solved.ipynb") == notebook("1 + 1", MINE, "2")
    assert b"42" not in course.tracked("solutions/train0").read_bytes()


@NEEDS_GIT
def test_what_is_moved_takes_no_one_s_place(course):
    course.commit()
    lab.prepare()
    (course.mine / "train0.ipynb").write_bytes(notebook("mine"))
    for name in ("train0 from notebooks.ipynb", "train0 from notebooks (2).ipynb"):
        course.tracked("train0").write_bytes(notebook(name))
        lab.prepare(kept=[sources.chapters()[0]])
        assert name.encode() in course.copy(name)
    assert course.copy() == notebook("mine")


def test_without_git_it_is_copied_and_that_is_said(course, monkeypatch):
    monkeypatch.setattr(typed, "git", lambda *arguments: None)
    course.tracked("train0").write_bytes(notebook("1 + 1", MINE))
    lines = lab.prepare(kept=[sources.chapters()[0]])
    assert lines[1].startswith("It's still in notebooks/train0.ipynb, too. To make that anew: ")
    assert course.copy() == course.tracked("train0").read_bytes() == notebook("1 + 1", MINE)
    assert lab.prepare(kept=[sources.chapters()[1]])[0] == (
        "Nobody has typed into notebooks/efficiency.ipynb."
    )


def test_notebooks_are_not_made_over_what_was_typed(course, capsys, monkeypatch):
    monkeypatch.setattr(pages, "main", None)
    mine = notebook("1 + 1", MINE, " ", "def mine():\n    pass")
    course.tracked("train0").write_bytes(mine)
    course.edit("train0", "1 + 1", SECOND)
    assert course.make() == (1, mine.decode())
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "notebooks/train0.ipynb: somebody has typed into cell 2 (x = 42), cell 4 (def mine():), "
    )
    assert "tools.making.lab --keep train0" in line
    assert "tools.making.notebooks --overwrite train0" in line
    assert not (course.root / "build").exists()


def test_solved_notebooks_are_not_made_over_either(course, capsys):
    course.tracked("solutions/train0").write_bytes(notebook("1 + 1", MINE))
    assert course.make()[0] == 1
    assert "notebooks/solutions/train0.ipynb: " in capsys.readouterr().err


def test_notebooks_are_made_over_what_was_typed_if_that_is_asked_for(course):
    course.tracked("train0").write_bytes(notebook("1 + 1", MINE))
    assert course.make("--overwrite") == (0, course.made["train0"].decode())


def test_a_notebook_that_is_none_is_not_written_over(course, capsys):
    course.tracked("train0").write_text("<<<<<<< HEAD")
    assert course.make() == (1, "<<<<<<< HEAD")
    assert "is there a conflict of git in it?" in capsys.readouterr().err


@NEEDS_GIT
@pytest.mark.parametrize("state", ["committed", "staged", "built", "run", "missing"])
def test_an_edited_source_makes_its_notebook_anew(course, state):
    course.commit()
    if state == "staged":
        course.tracked("train0").write_bytes(notebook("staged = 1"))
        subprocess.run(["git", "add", "."], cwd=course.root, check=True)
    if state == "built":  # since the last commit, twice
        for text in ("built = 1", "built = 2"):
            course.edit("train0", text)
            assert course.make()[0] == 0
    if state == "run":
        course.tracked("train0").write_bytes(notebook("1 + 1", FIRST, output="2"))
    if state == "missing":
        course.tracked("train0").unlink()
    course.edit("train0", "1 + 1", SECOND)
    assert course.make() == (0, course.made["train0"].decode())


# Starting JupyterLab


@pytest.fixture
def started(course, monkeypatch):
    calls = []
    monkeypatch.setattr(lab, "serve", calls.append)
    monkeypatch.setattr(lab, "make_pages", lambda: None)
    return calls


@pytest.mark.parametrize(
    ("arguments", "front", "others"),
    [
        ([], "train0", []),
        (["--fresh", "efficiency"], "efficiency", []),
        (["--", "--no-browser", "--port=8900"], "train0", ["--no-browser", "--port=8900"]),
    ],
)
def test_jupyterlab_opens_the_copy_of_a_lesson(course, started, arguments, front, others):
    assert lab.main(arguments) == 0
    page = f"--LabApp.default_url=/lab/tree/my-work/{front}.ipynb"
    assert started == [[f"--ServerApp.root_dir={course.root}", page, *others]]


def test_nothing_is_started_without_a_need(course, started, capsys):
    assert lab.main(["--no-server"]) == 0 and not started
    assert lab.main(["--fresh", "train9"]) == 1 and not started
    assert "train9: no such chapter; there are train0, efficiency" in capsys.readouterr().err
    shutil.rmtree(course.mine)
    course.mine.touch()
    assert lab.main([]) == 1 and not started
    assert "my-work is a file" in capsys.readouterr().err


@pytest.mark.parametrize("theirs", ["", "elsewhere"])
def test_jupyterlab_has_the_course_s_settings_before_those_of_the_user(monkeypatch, theirs):
    calls = []
    app = SimpleNamespace(main=lambda options: calls.append((options, jupyter_config_path())))
    monkeypatch.setitem(sys.modules, "jupyterlab", SimpleNamespace(labapp=app))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", theirs)
    lab.serve(["--no-browser"])
    ((options, folders),) = calls
    assert options == ["--no-browser"]
    assert folders[: 1 + bool(theirs)] == [str(lab.SETTINGS), *filter(None, [theirs])]
    overrides = json.loads(read("tools/making/jupyter/labconfig/default_setting_overrides.json"))
    viewers = overrides["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers["markdown"] == "Markdown Preview"


def test_a_missing_jupyterlab_is_told_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    with pytest.raises(SystemExit, match="JupyterLab is not installed: "):
        lab.serve([])


def test_pages_that_lessons_link_to_are_made_if_they_are_missing(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(pages, "BOOK", tmp_path)
    monkeypatch.setattr(pages, "main", lambda: made.append("pages"))
    lab.make_pages()
    for name in lab.MADE_PAGES:
        (tmp_path / name).touch()
    lab.make_pages()
    assert made == ["pages"]


# The course around it


def test_copies_lie_where_links_and_the_first_cell_lead_on():
    assert lab.FOLDER.parent == notebooks.target("train0").parents[1]
    linked = set()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        for _, text, _ in typed.cells_in(path.read_bytes()):
            linked |= set(re.findall(r"\]\(\.\./book/([\w-]+\.md)", text))
    made = set(re.findall(r"^book/([\w-]+\.md)$", read(".gitignore"), flags=re.MULTILINE))
    assert linked & made == set(lab.MADE_PAGES)
    assert all((ROOT / "book" / name).exists() for name in linked - made)


def read(name):
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def test_neither_git_nor_ruff_nor_the_book_sees_the_copies():
    folder = lab.FOLDER.name
    assert f"{folder}/" in read(".gitignore").splitlines()
    assert folder in yaml.safe_load(read("_config.yml"))["exclude_patterns"]
    assert folder in tomllib.loads(read("pyproject.toml"))["tool"]["ruff"]["extend-exclude"]
