"""The look-alike of Colab: what a notebook becomes there, and that a first cell really installs."""

import os
import sys
import zipfile

import nbformat
import pytest

from microgpt_ref.lab.widgets import choice, play, slider, text
from tools.checking import colab
from tools.making import notebooks, sources


@pytest.mark.parametrize("lesson", sources.names())
def test_notebook_as_colab_saves_it(lesson):
    before = nbformat.read(notebooks.target(lesson), as_version=4)
    ids = [cell.id for cell in before.cells]
    plain = [(cell.source, cell.get("outputs")) for cell in before.cells]
    after = colab.as_saved_by_colab(before)
    nbformat.validate(after)
    assert (after.nbformat, after.nbformat_minor) == (4, 0)
    kept = [cell for cell in after.cells if cell.source != colab.MOVE_ALL]
    assert [(cell.source, cell.get("outputs")) for cell in kept] == plain
    assert [cell.metadata.id for cell in kept] == ids and "id" not in after.cells[0]


def test_widgets_are_moved_by_a_cell_after_theirs():
    cells = [nbformat.v4.new_code_cell("1"), nbformat.v4.new_code_cell("play()")]
    cells[1].metadata.tags = ["live", "nbval-ignore-output"]
    after = colab.as_saved_by_colab(nbformat.v4.new_notebook(cells=cells)).cells
    assert [cell.source for cell in after] == ["1", "play()", colab.MOVE_ALL]
    assert "nbval-ignore-output" in after[2].metadata.tags


def test_every_setting_is_visited():
    seen = []
    controls = {"a": slider("a", [1, 2], 1), "b": choice("b", "xyz", "x"), "c": text("c", "anna")}
    box = play("Which?", lambda **now: seen.append(tuple(now.values())) or "", **controls)
    exec(colab.MOVE_ALL, {"Out": {1: "before", 2: box}})
    assert {a for a, _, _ in seen} == {1, 2} and {b for _, b, _ in seen} == set("xyz")
    assert {*colab.TYPED, "anna"} == {c for _, _, c in seen} and seen[-1] == (1, "x", "anna")


def test_archive_holds_the_package_in_a_folder_as_the_repository_s_archive_does(tmp_path):
    colab.pack(tmp_path)
    with zipfile.ZipFile(tmp_path / "archive" / "main.zip") as archive:
        names = archive.namelist()
    assert all(name.startswith("course-main/") for name in names)
    assert {"course-main/pyproject.toml", "course-main/microgpt_ref/ssa2018.txt"} <= set(names)
    assert not any("__pycache__" in name for name in names)


def test_a_first_cell_that_need_not_install_anything_is_no_proof(tmp_path, capfd):
    (tmp_path / "notebooks").mkdir()
    variables = os.environ | {"PYTHONPATH": str(notebooks.ROOT), "PIP_TARGET": str(tmp_path)}
    assert not colab.run_first_cell(sys.executable, tmp_path, variables)
    assert "found a package without installing it" in capfd.readouterr().err


def test_versions_are_those_of_the_image_as_far_as_it_has_them_to_give():
    ours = "# the image\nnumpy==2.1.3\nnumba==0.61.2\n\n# ours\npytest==9.2.0\n"
    image = "numpy==2.2.0\nnumba==0.63.0\npytest==8.0.0\ngoogle-colab @ file:///colabtools\n"
    assert colab.as_in_image(ours, image) == (
        "# the image\nnumpy==2.2.0\nnumba==0.63.0\n\n# ours\npytest==9.2.0\n"
    )
    with pytest.raises(ValueError, match="the image has no numba"):
        colab.as_in_image(ours, "numpy==2.2.0\n")


def test_an_image_is_taken_before_the_lessons_run(monkeypatch, tmp_path, capsys):
    asked = []
    (tmp_path / colab.REQUIREMENTS).write_text("ipython==7.34.0\n\npytest==9.2.0\n")
    (tmp_path / "freeze.txt").write_text("IPython==7.35.0\n")
    monkeypatch.setattr(colab, "ROOT", tmp_path)
    monkeypatch.setattr(colab, "environment", lambda *which, python: asked.append(which))
    monkeypatch.setattr(sys, "argv", ["colab", "--image", str(tmp_path / "freeze.txt")])
    assert colab.main() == 1 and asked == [(".venv-colab", colab.REQUIREMENTS)]
    assert (tmp_path / colab.REQUIREMENTS).read_text() == "ipython==7.35.0\n\npytest==9.2.0\n"
    assert "ipython==7.35.0" in capsys.readouterr().out


def test_a_chapter_that_is_not_there_is_named(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["colab", "train9"])
    with pytest.raises(SystemExit) as error:
        colab.main()
    assert error.value.code == 2 and "train9: no such chapter" in capsys.readouterr().err
