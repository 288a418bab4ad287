"""What live pages are made of: the package's zip, the cells' attributes, policies, scripts."""

import gzip
import html
import json
import os
import re
import subprocess
import zipfile

import pytest
import yaml
from live_cells import checked, data_of, exercise_names, is_lesson, report_url
from policy import inline_scripts, policy, source_hash, with_policy

from tools.making import live, open_course
from tools.setup import ROOT, program

PAGE = "<html><head>\n<title>A</title><script>let a = 1;</script></head><body>{}</body></html>"


# The files


def test_the_zip_is_the_same_each_time_and_lacks_what_pages_cannot_use(tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    live.zip_package(first)
    live.zip_package(second)
    assert first.read_bytes() == second.read_bytes()
    names = zipfile.ZipFile(first).namelist()
    assert {"microgpt_ref/value.py", "microgpt_ref/ssa2018.txt", "microgpt_ref/lab/page.py"} <= {
        *names
    }
    assert not [name for name in names if "pycache" in name or name.endswith("fast/simd.py")]


def test_every_module_left_out_is_one_that_needs_a_library():
    for name in live.LEFT_OUT:
        text = (live.PACKAGE / name).read_text(encoding="utf-8")
        assert any(
            f"{word} {library}" in text
            for word in ("import", "from")
            for library in ("numpy", "numba", "torch", "microgpt_ref.fast")
        ), name


def test_a_changed_script_is_a_new_version(monkeypatch, tmp_path):
    (tmp_path / "page.mjs").write_text("1")
    monkeypatch.setattr(live, "SOURCE", tmp_path)
    before = live.version()
    (tmp_path / ".hidden").write_text("of an editor")
    assert live.version() == before
    (tmp_path / "page.mjs").write_text("2")
    assert live.version() != before


def test_the_version_s_mark_is_put_into_texts_and_addresses_and_not_in_a_name_s_place():
    text = 'const VERSION = "VERSION"; import("./modules/VERSION/a.mjs"); f(`a?v=${VERSION}`);'
    assert live.MARK.sub("1", text) == (
        'const VERSION = "1"; import("./modules/1/a.mjs"); f(`a?v=${VERSION}`);'
    )


def test_a_failed_command_says_what_was_meant_and_what_it_printed():
    with pytest.raises(SystemExit, match=r"(?s)^it failed:\n.*planted"):
        live.run([program("node"), "-e", "throw Error('planted')"], "it failed")


def test_types_and_format_of_the_scripts_are_sound():
    live.check()


def test_the_scripts_own_tests_pass():
    files = sorted((ROOT / "tests" / "live").glob("*.test.mjs"))
    assert files
    result = subprocess.run([program("node"), "--test", *files], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_files_are_served_with_the_types_that_browsers_ask_for():
    types = open_course.Quiet.extensions_map
    assert types[".mjs"] == "text/javascript" and types[".wasm"] == "application/wasm"


# The cells


def cell(identity, source="", **metadata):
    """A code cell as a notebook's file has it."""
    return {"id": identity, "cell_type": "code", "source": [source], "metadata": metadata}


def test_only_lessons_have_live_cells():
    assert is_lesson("notebooks/train0") and is_lesson("notebooks/efficiency")
    assert not is_lesson("notebooks/solutions/train0") and not is_lesson("book/index")


def test_an_answer_goes_by_the_exercise_that_the_next_check_names():
    cells = [
        cell("a", tags=["exercise"]),
        cell("b", 'check("t.one", f)', tags=["check"]),
        cell("c", tags=["exercise"]),
        cell("d", tags=["exercise"]),
        cell("e", 'check("t.two", f)', tags=["check"]),
        cell("f", "summary('t')", tags=["check"]),
        cell("g", tags=["exercise"]),
    ]
    assert exercise_names(cells) == {"a": "t.one", "c": "t.two", "d": "t.two.d"}


def test_a_cell_says_what_the_notebook_says_of_it():
    one = cell("a", tags=["main"], quick="x = 1")
    assert data_of(one, {"a": "t.one"}, {"a": 4}) == {
        "data-cell": "a",
        "data-tags": "main",
        "data-exercise": "t.one",
        "data-quick": "x = 1",
        "data-seconds": 4,
    }
    assert data_of(cell("b"), {}, {}) == {"data-cell": "b"}


@pytest.mark.parametrize("lesson", ["train2", "efficiency"])
def test_a_page_has_the_quick_forms_and_the_guesses_of_its_notebook(site, lesson):
    page = (site / "notebooks" / f"{lesson}.html").read_text(encoding="utf-8")
    text = (ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8")
    metadata = [one["metadata"] for one in json.loads(text)["cells"]]
    forms = re.findall(r'data-quick="(.*?)"', page)
    assert list(map(html.unescape, forms)) == [one["quick"] for one in metadata if "quick" in one]
    guesses = re.findall(r'data-guess="(.*?)"', page)
    answers = [[one["shown"] for one in json.loads(html.unescape(guess))] for guess in guesses]
    assert answers == [one["shown"] for one in metadata if "shown" in one] != []


def test_a_check_s_cell_names_its_exercise():
    check = cell("b", 'check("t.one", f)', tags=["check"])
    assert checked(check) == "t.one" and data_of(check, {}, {})["data-check"] == "t.one"
    assert checked(cell("b", 'check("t.one", f)')) is None
    assert checked(cell("f", "summary('t')", tags=["check"])) is None


def test_every_exercise_that_is_checked_has_its_cell_and_its_check():
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [one for one in cells if one["cell_type"] == "code"]
        checks = {name for name in map(checked, code) if name}
        answers = set(exercise_names(code).values())
        assert checks <= answers, path


# Reporting a mistake


def test_the_form_for_mistakes_takes_the_page_and_the_cell():
    address = report_url("https://github.com/someone/course", "notebooks/train2")
    base, _, query = address.partition("?")
    given = dict(part.split("=") for part in query.split("&"))
    assert base == "https://github.com/someone/course/issues/new"
    assert given["page"] == "notebooks%2Ftrain2"
    form = ROOT / ".github" / "ISSUE_TEMPLATE" / given["template"]
    fields = {one["id"] for one in yaml.safe_load(form.read_text(encoding="utf-8"))["body"]}
    assert {"page", "cell", "what"} <= fields


@pytest.mark.parametrize("repository", [None, "", "https://github.com/OWNER/REPO"])
def test_without_a_repository_there_is_no_form(repository):
    assert report_url(repository, "notebooks/train2") is None


# The policy


def test_a_page_s_own_scripts_are_allowed_by_their_hashes():
    page = PAGE.format('<button class="a" onclick="window.print()">P</button><script src="x.js">')
    rules = policy(page)
    assert inline_scripts(page) == ["let a = 1;"]
    assert source_hash("let a = 1;") in rules
    assert not re.search("unsafe-(hashes|inline)", rules.partition("style-src")[0])


def test_no_page_has_a_handler_in_an_attribute(site):
    page = PAGE.format('<button class="a" onclick="window.print()">P</button>')
    assert '<button class="a" data-print>' in with_policy(page)
    pages = [path for path in site.rglob("*.html") if "data-print" in path.read_text("utf-8")]
    assert len(pages) > 20
    for path in site.rglob("*.html"):
        text = re.sub("<script.*?</script>", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"<[a-z][^>]*?\son[a-z]+=", text), path


def test_a_policy_allows_no_other_host_and_stands_first_in_the_head_once():
    once = with_policy(PAGE)
    assert with_policy(once) == once and once.count("Content-Security-Policy") == 1
    assert once.startswith('<html><head>\n<meta http-equiv="Content-Security-Policy"')
    assert "http:" not in policy(PAGE) and "*" not in policy(PAGE)
    assert "'wasm-unsafe-eval'" in once and "worker-src 'self'" in once


def test_every_page_of_the_site_has_its_policy(site):
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    assert pages
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert with_policy(text) == text, path


# Sizes, as they go over the line


CELLS = ["start.js", "page.js", "live.css"]  # what makes cells live, before their first Run
BESIDES = ["offline.js", "marked.js", "explorables.js"]  # the others, each on some pages or all
MOST_FOR_CELLS, MOST_BEFORE_RUN = 15_000, 20_000  # bytes
MOST_AFTER_RUN, MOST_ON_EDIT = 7_000_000, 130_000


def weight(*paths):
    """How many bytes of some files go over the line: a host compresses what isn't compressed."""
    return sum(
        len(path.read_bytes() if path.suffix == ".zip" else gzip.compress(path.read_bytes(), 6))
        for path in paths
    )


def after_run(folder):
    """The files of the folder that a first Run loads."""
    python = sorted((folder / live.pyodide()).iterdir())
    names = ["worker.mjs", "microgpt_ref.zip", "engine.js"]
    return [*python, *(folder / name for name in names if (folder / name).exists())]


def test_a_lesson_s_page_names_the_live_scripts_that_are_weighed(site):
    page = (site / "notebooks" / "train0.html").read_text(encoding="utf-8")
    named = set(re.findall(r"_static/live/([\w.]+)", page))
    assert {"start.js", "live.css", "offline.js"} <= named <= {*CELLS, *BESIDES}


def test_a_page_weighs_hardly_more_before_its_first_run(site):
    folder = site / "_static" / "live"
    assert weight(*(folder / name for name in CELLS)) <= MOST_FOR_CELLS
    assert weight(*(folder / name for name in (*CELLS, *BESIDES))) <= MOST_BEFORE_RUN


def test_python_is_loaded_in_seven_megabytes(site):
    folder = site / "_static" / "live"
    loaded = after_run(folder)
    assert len(loaded) >= len(live.PYODIDE) + 2
    assert weight(*loaded, *(folder / name for name in (*CELLS, *BESIDES))) <= MOST_AFTER_RUN
    assert os.path.getsize(folder / "microgpt_ref.zip") < 510_000


def test_the_editor_is_one_file_of_a_known_size(site):
    assert weight(site / "_static" / "live" / "editor.js") <= MOST_ON_EDIT
