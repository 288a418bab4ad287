"""The files of a release: all that it offers is there, sound, of one version, with checksums."""

import csv
import hashlib
import io
import json
import zipfile

import nbformat
import pytest
import yaml
from pypdf import PdfWriter

import microgpt_ref
from tools import lock
from tools.making import bundle, dist, notebooks
from tools.setup import ROOT

ADDRESS, TAG = "https://github.com/someone/a-fork", f"v{microgpt_ref.__version__}"
PACKAGE = f"microgpt_ref-{microgpt_ref.__version__}"
ALL = {*dist.MADE_BY, f"{PACKAGE}.tar.gz", f"{PACKAGE}-py3-none-any.whl", "CHANGES.md"}
ALL |= {"licences.csv", "microgpt-notebooks.zip", "microgpt-solutions.zip", dist.SUMS}


def make_stand_ins(folder):
    """Write small files in place of the PDFs and zips that other commands make."""
    for name in dist.MADE_BY:
        if name.endswith(".pdf"):
            writer = PdfWriter()
            writer.add_blank_page(100, 100)
            writer.write(folder / name)
        else:
            bundle.pack({"folder/a.txt": b"a"}, folder / name)


@pytest.fixture
def release_here(tmp_path, monkeypatch):
    """Let the files be gathered from and into folders of their own; returns the latter."""
    monkeypatch.setattr(dist, "DIST", tmp_path / "dist")
    monkeypatch.setattr(bundle, "TO_TAKE", tmp_path / "made")
    monkeypatch.setenv("COURSE_REPOSITORY_URL", ADDRESS)
    monkeypatch.setenv("COURSE_REVISION", TAG)
    monkeypatch.setattr(dist.release, "STATED", {"CITATION.cff": "^version: (.*)$"})  # no old site
    (tmp_path / "made").mkdir()
    make_stand_ins(tmp_path / "made")
    return tmp_path / "dist"


def first_cells(path):
    """{notebook: the text of its first cell} in a zip, whose names have no folder but one."""
    with zipfile.ZipFile(path) as packed:
        files = {name.split("/")[1]: packed.read(name).decode() for name in packed.namelist()}
    readme = files.pop("README.txt")
    assert f"microgpt-ref[course]=={microgpt_ref.__version__}" in readme
    found = {name: nbformat.reads(text, as_version=4).cells for name, text in files.items()}
    return {
        name: next(cell.source for cell in cells if "setup" in cell.metadata.get("tags", []))
        for name, cells in found.items()
    }


def test_all_files_are_gathered_and_their_checksums_are_right(release_here, capsys):
    assert dist.main() == 0
    made = {path.name: path.read_bytes() for path in release_here.iterdir()}
    assert set(made) == ALL and all(made.values())
    assert all(f"dist/{name}\n" in capsys.readouterr().out for name in [dist.SUMS])
    sums = dict(reversed(line.split("  ")) for line in made.pop(dist.SUMS).decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}

    setup = notebooks.setup_text(ADDRESS, TAG)
    learners = first_cells(release_here / "microgpt-notebooks.zip")
    solved = first_cells(release_here / "microgpt-solutions.zip")
    assert set(learners.values()) == set(solved.values()) == {setup}
    names = {path.relative_to(ROOT / "notebooks").as_posix() for path in notebooks.all_targets()}
    assert {*learners, *(f"solutions/{name}" for name in solved)} == names

    rows = list(csv.reader(io.StringIO(made["licences.csv"].decode())))
    assert ["PyPI", "sphinx", "7.4.7", "BSD License"] in rows
    assert {name for kind, name, *_ in rows if kind == "npm"} >= {"pyodide", "@codemirror/view"}
    locked = {name for file in lock.LOCKS for name, _ in lock.pins((ROOT / file).read_text())}
    assert {name for kind, name, *_ in rows if kind == "PyPI"} == locked
    assert all(len(row) == 4 and all(row) for row in rows)


def test_readme_s_links_lead_to_the_repository_from_wherever_it_is_shown():
    text = "[a](book/a.md) ![b, (c)](.github/b.svg) [d](https://d.invalid) [e](#e)"
    assert dist.with_whole_links(text, ADDRESS, TAG) == (
        f"[a]({ADDRESS}/blob/{TAG}/book/a.md) ![b, (c)]({ADDRESS}/raw/{TAG}/.github/b.svg) "
        "[d](https://d.invalid) [e](#e)"
    )


def test_the_workflow_makes_all_of_it_and_only_then_publishes():
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    jobs = workflow["jobs"]
    steps = [step["run"] for step in jobs["files"]["steps"] if "run" in step]
    assert steps[-1] == "make dist" and set(steps[:-1]) == set(dist.MADE_BY.values())
    assert jobs["files"]["env"].keys() == {"COURSE_REPOSITORY_URL", "COURSE_REVISION"}
    order = ["tests", "files", "attach", "publish"]
    assert [jobs[job].get("needs") for job in order] == [None, *order[:-1]]
    assert jobs["publish"]["permissions"] == {"id-token": "write"} and "secrets" not in str(jobs)


def remove_epub(made):
    (made / "microgpt-course.epub").unlink()


def cut_zip(made):
    path = made / "microgpt-course.zip"
    path.write_bytes(path.read_bytes()[:-10])


def empty_poster(made):
    (made / "microgpt-poster-a2.pdf").write_bytes(b"")


@pytest.mark.parametrize(
    "fault, tag, words",
    [
        (remove_epub, TAG, "first run make epub"),
        (cut_zip, TAG, "microgpt-course.zip can't be read"),
        (empty_poster, TAG, "microgpt-poster-a2.pdf can't be read"),
        (None, "v9.9.9", "the tag: v9.9.9"),
    ],
)
def test_a_fault_is_named_and_what_was_there_stays(
    release_here, monkeypatch, capsys, fault, tag, words
):
    if fault:
        fault(release_here.with_name("made"))
    release_here.mkdir()
    (release_here / "earlier").touch()
    monkeypatch.setenv("COURSE_REVISION", tag)
    monkeypatch.setattr(dist, "build_package", lambda *_: None)
    monkeypatch.setattr(dist, "try_wheel", lambda _: None)
    assert dist.main() == 1
    assert words in capsys.readouterr().err
    assert [path.name for path in release_here.iterdir()] == ["earlier"]
    assert {path.name for path in release_here.parent.iterdir()} == {"dist", "made"}


def test_a_file_of_another_version_is_named(monkeypatch):
    monkeypatch.setattr(dist.release, "stated", lambda: {"a": "0.0.1", "b": TAG[1:]})
    with pytest.raises(dist.DistError, match=r"version .*: a: 0\.0\.1$"):
        dist.check_versions(TAG)


def test_a_package_s_licence_is_told_if_it_is_installed_in_that_version():
    assert dist.licence("sphinx", "7.4.7") == "BSD License"
    assert dist.licence("sphinx", "0.1") == dist.licence("no-such", "1") == "not installed here"
    npm = json.loads((ROOT / "book" / "live" / "package-lock.json").read_text(encoding="utf-8"))
    assert len(dist.licence_rows()) > len(npm["packages"])
