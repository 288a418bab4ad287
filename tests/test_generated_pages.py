"""Pages that nobody writes: Jupyter Book alone makes them, and says what is wrong with a source."""

import re
import shutil
import subprocess
from types import SimpleNamespace

import first_page
import generated_pages
import pytest

from tools.making import book, pages
from tools.making.exercises import ExerciseError
from tools.making.weave import Weave, WeaveError
from tools.setup import ROOT, program

FOLDERS = ["book", "notebooks", "microgpt_ref", "tools"]
GENERATED = ["program.md", "changes.md", "stages.md", "exercises.md", "stage-cards.md"]
GENERATED += ["ladder.md", "time.md"]
MINUTES = re.compile(r'(exercise="train2\.\w+" kind="go further".*?minutes=)"(\d+)"')


def copy_of_course(target):
    """Copy what the book is made from, as a fresh clone has it, into the new folder `target`."""
    ignore = shutil.ignore_patterns("__pycache__", ".*", *GENERATED)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=ignore)
    for name in ("_config.yml", "_toc.yml", "requirements.txt", "LICENSE"):
        shutil.copy(ROOT / name, target)
    return target


def jupyter_book(course):
    """The result of `jupyter-book build`, without options, run outside the course."""
    command = [program("jupyter-book"), "build", course]
    return subprocess.run(command, cwd=course.parent, capture_output=True, encoding="utf-8")


def replace(path, old, new):
    """Replace the first `old` in a file, where it must stand."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contents(site):
    """The bytes of every file of a site, by path."""
    files = [path for path in site.rglob("*") if path.is_file()]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


# Through Jupyter Book


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(folder of a copy of the course, result of building it by Jupyter Book alone)."""
    course = copy_of_course(tmp_path_factory.mktemp("elsewhere") / "course")
    return course, jupyter_book(course)


@pytest.mark.slow
def test_jupyter_book_alone_builds_without_a_warning(built):
    _, result = built
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stdout + result.stderr


@pytest.mark.slow
def test_jupyter_book_alone_makes_the_site_of_make_book(built, site):
    course, _ = built
    for name in GENERATED:
        assert (course / "book" / name).read_bytes() == (ROOT / "book" / name).read_bytes()
    ours, alone = contents(site), contents(course / "_build" / "html")
    assert sorted(alone) == sorted(ours)
    pages_of_site = [name for name in ours if name.endswith(".html")]
    assert [name for name in pages_of_site if alone[name] != ours[name]] == []


@pytest.mark.slow
def test_a_changed_source_changes_its_pages_and_nothing_changes_none(built):
    course, _ = built
    written = {name: (course / "book" / name).stat().st_mtime_ns for name in GENERATED}
    assert "no targets are out of date" in jupyter_book(course).stdout
    for name, moment in written.items():
        assert (course / "book" / name).stat().st_mtime_ns == moment
    source = course / "notebooks" / "src" / "train2.py"
    old = MINUTES.search(source.read_text(encoding="utf-8"))
    replace(source, old[0], f'{old[1]}"997"')
    replace(course / "microgpt_ref" / "data.py", '"""', '"""Planted words. ')
    assert jupyter_book(course).returncode == 0
    html = course / "_build" / "html" / "book"
    assert "<p>997</p>" in (html / "exercises.html").read_text(encoding="utf-8")
    assert "Planted words." in (html / "api.html").read_text(encoding="utf-8")  # not another copy's


@pytest.mark.parametrize(
    "old, new, message",
    [
        ('piece="layers.dot', 'piece="layers.gone', "train1: there is no piece layers.gone"),
        ('size="short"', 'size="tiny"', "size 'tiny': use one of short, longer, project"),
    ],
)
def test_a_source_at_fault_ends_the_build_with_its_message(tmp_path, old, new, message):
    course = copy_of_course(tmp_path / "course")
    replace(course / "notebooks" / "src" / "train1.py", old, new)
    result = jupyter_book(course)
    assert result.returncode == 1 and message in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert not (course / "_build" / "html" / "index.html").exists()


# Its parts


@pytest.mark.parametrize("error", [WeaveError, ExerciseError])
def test_a_fault_is_an_end_and_not_an_error_of_sphinx(monkeypatch, error):
    def fail():
        raise error("train1: is at fault")

    monkeypatch.setattr(pages, "main", fail)
    with pytest.raises(SystemExit, match=r"^train1: is at fault$"):
        generated_pages.make_pages(None, None)


def test_a_build_of_any_kind_drops_the_mark_of_a_strict_one(monkeypatch, tmp_path):
    monkeypatch.setattr(book, "STAMP", tmp_path / ".strict")
    generated_pages.forget_stamp(None, None)
    book.STAMP.touch()
    generated_pages.forget_stamp(None, None)
    assert not book.STAMP.exists()


def sphinx_app(folder, builder="html", root_doc="book/index"):
    """What `write_leading_on` asks of Sphinx, for a site in `folder`."""
    config = SimpleNamespace(root_doc=root_doc, html_title="Q & A")
    maker = SimpleNamespace(name=builder, get_target_uri=lambda page: "index.html")
    return SimpleNamespace(outdir=folder, config=config, builder=maker)


def test_the_page_at_the_earlier_address_names_the_course_and_leads_to_its_first(tmp_path):
    first_page.write_leading_on(sphinx_app(tmp_path), None)
    text = (tmp_path / "book" / "index.html").read_text(encoding="utf-8")
    assert "<title>Q &amp; A</title>" in text and '<a href="../index.html">' in text


def test_no_page_leads_on_in_a_failed_build_or_another_format_or_from_the_root(tmp_path):
    first_page.write_leading_on(sphinx_app(tmp_path), ValueError("failed"))
    first_page.write_leading_on(sphinx_app(tmp_path, builder="linkcheck"), None)
    first_page.write_leading_on(sphinx_app(tmp_path, root_doc="index"), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "docname, root_doc, expected",
    [
        ("book/index", "book/index", "index"),
        ("book/glossary", "book/index", "book/glossary"),
        ("other/index", "book/index", "other/index"),
        ("train0", "train0", "train0"),  # Jupyter Book can build a page by itself
    ],
)
def test_only_the_first_page_lies_elsewhere_than_its_source(docname, root_doc, expected):
    assert first_page.place(docname, root_doc) == expected


def test_a_file_is_written_only_if_that_changes_it_and_leaves_no_other(tmp_path):
    path = tmp_path / "page.md"
    pages.write_if_changed(path, "é\n")
    before = path.stat()
    pages.write_if_changed(path, "é\n")
    assert path.stat() == before
    pages.write_if_changed(path, "è\n")
    assert path.read_text(encoding="utf-8") == "è\n" and list(tmp_path.iterdir()) == [path]


def test_a_line_of_the_main_part_belongs_to_the_first_lesson_that_has_it():
    programs = pages.programs_with_owners(Weave())
    owners = {line: owner for line, name, owner in programs["train4"] if name == "main"}
    assert owners["rng = random.Random(42)"] == "train0"
    assert owners["    loss.backward()"] == "train2"
    assert owners["optimizer = Adam(flatten(values))"] == "train4"
    assert {owner for _, _, owner in programs["train1"]} == {"train0", "train1"}
