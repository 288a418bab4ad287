"""licences.txt: all that the site ships is in it, by its version, with its licence's text."""

import json

import licences
import pytest

from tools.making import live


@pytest.fixture(scope="module")
def told(site):
    """What the site's licences.txt says."""
    return (site / "licences.txt").read_text(encoding="utf-8-sig")


def test_every_file_of_the_site_s_own_folder_belongs_to_something(site):
    assert licences.uncovered(site / "_static") == []


def test_a_file_that_belongs_to_nothing_is_named(tmp_path):
    for name in ("basic.css", "live/pyodide-1.0/pyodide.mjs", "new/library.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert licences.uncovered(tmp_path) == ["new/library.js"]


def test_no_component_is_listed_whose_files_are_gone(site):
    static = site / "_static"
    names = [path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()]
    idle = [
        component["name"]
        for component in licences.components()
        if not any(licences.covers(component, name) for name in names)
    ]
    assert idle == []


def test_every_npm_package_in_the_scripts_is_named_with_its_version(told):
    lock = json.loads((live.SOURCE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    names = live.bundled()
    assert {"@codemirror/state", "@lezer/python", "style-mod"} <= set(names)
    for name in names:
        assert f"{name} {lock[f'node_modules/{name}']['version']}\n" in told
    assert f"Pyodide {lock['node_modules/pyodide']['version']}\n    MPL-2.0; text" in told


def test_every_component_has_a_licence_and_a_text(site):
    for component in licences.components():
        one = licences.Notice()
        one.add_component(component)
        assert one.texts, component["name"]
        said = [line for line in one.lines[1:] if not line.strip().startswith("with ")]
        assert "\n    ;" not in "\n".join(said), component["name"]


def test_the_texts_that_licences_ask_for_are_there(told):
    for words in (
        "Mozilla Public License",
        "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2",
        "Apache License",
        "SIL OPEN FONT LICENSE",
        "Permission is hereby granted, free of charge",
        "Redistributions in binary form must reproduce",
        "Marijn Haverbeke",
        "the Sphinx team",
    ):
        assert words in told, words
    assert told.count("Mozilla Public License Version 2.0\n") == 1


def test_each_page_links_to_the_licences(site):
    for name in ("index.html", "notebooks/train0.html", "search.html"):
        page = (site / name).read_text(encoding="utf-8")
        assert 'licences.txt">Licences' in page, name
