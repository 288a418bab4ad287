"""What a visitor of the repository meets: README's picture, and what it says."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from microgpt_ref.lab.canvas.colors import PALETTE
from microgpt_ref.lab.runs import load_run
from tools import readme_picture, sources, stage_cards
from tools.setup import ROOT


def read(name):
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


# README's picture


def test_the_picture_is_what_the_code_draws():
    assert read(".github/growing-names.svg") == readme_picture.svg()


def test_the_picture_s_alternative_text_has_all_of_its_names():
    found = re.findall(r"!\[(.*?)\]\((.*?)\)", read("README.md"))
    words = readme_picture.describe(readme_picture.rows())
    assert found == [(words, ".github/growing-names.svg")]
    picture = ElementTree.fromstring(readme_picture.svg())
    assert picture.get("role") == "img" and picture.get("aria-label") == words
    for _, names in readme_picture.rows():
        assert names and all(name in words for name, _ in names)


def test_other_names_make_another_picture_and_other_words(monkeypatch):
    words, picture = readme_picture.describe(readme_picture.rows()), readme_picture.svg()
    monkeypatch.setattr(readme_picture, "SHOWN", (0, 50, 1000))
    assert readme_picture.describe(readme_picture.rows()) != words
    assert readme_picture.svg() != picture


def test_the_picture_has_a_light_and_a_dark_form_and_fits_its_edges():
    picture = readme_picture.svg()
    used = set(re.findall(r"var\(--(\w+),#", picture))
    assert used <= {*PALETTE} and "prefers-color-scheme:dark" in picture
    for step, names in readme_picture.rows():
        name, x = names[-1]
        assert x + readme_picture.LETTER * len(name) <= readme_picture.EDGE, step


def test_the_picture_is_written_whole_and_its_words_are_printed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(readme_picture, "PICTURE", tmp_path / "growing-names.svg")
    readme_picture.main()
    assert [path.name for path in tmp_path.iterdir()] == ["growing-names.svg"]
    assert readme_picture.PICTURE.read_text(encoding="utf-8") == readme_picture.svg()
    assert capsys.readouterr().out == readme_picture.describe(readme_picture.rows()) + "\n"


# README's words


def test_the_readme_tells_what_the_run_made():
    opening = read("README.md").partition("![")[0]
    _, names = readme_picture.rows()[-1]
    invented = {name.capitalize() for name, _ in names}
    assert len(set(re.findall(r"[A-Z]\w+", opening)) & invented) == 3
    assert f"a GPT of {load_run('train4')['parameters']:,} numbers" in opening


@pytest.mark.parametrize("source", sources.lessons(), ids=lambda source: source.name)
def test_the_readme_has_a_row_for_each_lesson_as_it_opens(source):
    question, new = stage_cards.opening(source)
    row = f"| [{source.name}](notebooks/{source.name}.ipynb) | {question} | {new} |\n"
    assert row in read("README.md")
