"""Explorables: what a notebook keeps of each, their modules in one text, and live in a browser."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import explorables as extension
import pytest
from browsing import MODES, an_opener, live, playwright  # noqa: F401
from live_reader import axe_faults, notebook_cells
from policy import inline_scripts

from microgpt_ref.lab import explorables, page, showing
from microgpt_ref.lab.explorables import Explorable, example, linking, rounded
from microgpt_ref.stages import STAGES
from tools.making import notebooks
from tools.setup import ROOT

NAMES = explorables.names()
FLOAT = re.compile(r"\.\d{7}")


# What a notebook keeps


def test_the_docstring_names_every_explorable():
    listed = re.findall(r"^(\w+) {2,}\S", explorables.__doc__, flags=re.MULTILINE)
    assert sorted(listed) == NAMES and NAMES


@pytest.mark.parametrize("name", NAMES)
def test_its_forms_say_the_same(name):
    one = example(name)
    bundle = one.bundle()
    start = json.loads(json.dumps(bundle[explorables.MIME]))
    assert start["name"] == name and start["stage"] in STAGES and len(start["heights"]) == 2
    assert bundle["text/plain"] == f"{start['caption']}\n{start['description']}"
    root = ET.fromstring(bundle["image/svg+xml"])
    assert (root.get("role"), root.get("aria-label")) == ("img", start["description"])


@pytest.mark.parametrize("name", NAMES)
def test_it_is_the_same_each_time_and_its_numbers_are_short(name):
    bundle = example(name).bundle()
    assert bundle == example(name).bundle()
    assert not FLOAT.search(json.dumps(bundle[explorables.MIME]))


@pytest.mark.parametrize("name", NAMES)
def test_the_still_picture_has_a_color_for_paper_wherever_the_page_has_one(name):
    still = example(name).still
    assert "var(--" in still
    assert not re.search(r"var\(--[\w-]+\)", still), "a variable has nothing to fall back on"
    assert "data:" not in still and "http" not in still.replace("http://www.w3.org/2000/svg", "")


def test_numbers_are_rounded_to_six_places_and_whole_ones_are_integers():
    given = {"a": [0.12345678, 2.0, -0.00000001], "b": ("x", 3, True, None)}
    assert rounded(given) == {"a": [0.123457, 2, 0], "b": ["x", 3, True, None]}
    assert str(rounded(-0.0)) == "0"


def test_names_are_sorted_as_notebooks_sort_them_so_that_no_order_is_relied_on():
    assert list(rounded({"b": 1, "a": {"d": 2, "c": 3}})) == ["a", "b"]
    assert json.dumps(rounded({"a": {"d": 2, "c": 3}})) == '{"a": {"c": 3, "d": 2}}'


def test_an_unknown_name_or_stage_is_told_the_known_ones():
    with pytest.raises(ValueError, match=r"no explorable 'nothing': use one of .*step_backward"):
        example("nothing")
    with pytest.raises(ValueError, match="no stage 'train9': use one of train0"):
        Explorable("step_backward", "train9", {}, "", "", "", (1, 1))


def test_a_page_is_sent_the_forms_and_no_widget():
    messages = []
    one = page.Page(lambda kind, data: messages.append((kind, json.loads(data))))
    try:
        source = "from microgpt_ref.lab.explorables import example\nexample('step_backward')"
        assert one.run(source, "a")
    finally:
        showing.page = None
    assert messages == [("display", json.loads(json.dumps(example("step_backward").bundle())))]


# In JupyterLab


def test_outside_a_notebook_there_is_no_widget():
    assert linking.view(example("step_backward"), explorables.FOLDER) == {}


class Shell:
    """A stand-in for IPython's, in a kernel."""

    kernel = None


def test_a_kernel_shows_a_widget_beside_the_still_picture(monkeypatch):
    pytest.importorskip("anywidget")
    monkeypatch.setattr("IPython.get_ipython", Shell)
    one = example("step_backward")
    data, metadata = one._repr_mimebundle_()
    assert set(data[linking.VIEW]) >= {"model_id"}
    assert {kind: data[kind] for kind in one.bundle()} == one.bundle()
    assert metadata["image/svg+xml"] == {"needs_background": "light"}
    made = linking.made(one, explorables.FOLDER)
    assert (made.data, made.caption) == (one.data, one.caption)
    assert made.colors == [STAGES[one.stage].color, STAGES[one.stage].color_in_dark]
    made.close()


def test_without_anywidget_a_kernel_shows_the_still_picture(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", Shell)
    monkeypatch.setattr(linking, "find_spec", lambda name: None)
    one = example("step_backward")
    assert one._repr_mimebundle_()[0] == one.bundle()


def test_committed_notebooks_keep_no_widget(tmp_path, monkeypatch):
    """Nothing that changes from run to run is kept, though a kernel shows a widget."""
    nbformat = notebooks.nbformat
    source = "from microgpt_ref.lab.explorables import example\nexample('step_backward')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    (output,) = notebooks.execute(notebook).cells[0].outputs
    assert dict(output.data) == json.loads(json.dumps(example("step_backward").bundle()))
    assert "widgets" not in notebook.metadata


@pytest.mark.parametrize("name", NAMES)
def test_one_text_carries_all_modules_each_after_what_it_needs(name):
    path = explorables.FOLDER / f"{name}.mjs"
    order = linking.modules_needed(path.resolve())
    assert order[-1] == path and len(order) == len(set(order)) > 1
    text = linking.linked(path)
    for module in order:
        for found in linking.IMPORT.finditer(linking.code(module)):
            needed = (module.parent / (found["path"] or found["file"])).resolve()
            assert order.index(needed) < order.index(module)
    assert not linking.IMPORT.search(text) and "</" not in text


def test_a_worker_s_modules_are_carried_too(tmp_path):
    (tmp_path / "a.mjs").write_text(
        '/** @param {import("./types.mjs").T} x */\nimport { b } from "./b.mjs";\n'
        'new Worker(new URL("./w.mjs", import.meta.url), { type: "module" });\n'
    )
    (tmp_path / "b.mjs").write_text('export { c as b } from "./c.mjs";\n')
    (tmp_path / "c.mjs").write_text("export const c = 1;\n")
    (tmp_path / "w.mjs").write_text('import "./c.mjs";\n')
    order = [path.name for path in linking.modules_needed((tmp_path / "a.mjs").resolve())]
    assert order == ["c.mjs", "b.mjs", "w.mjs", "a.mjs"]
    text, needs = linking.mark(
        (tmp_path / "a.mjs").resolve(),
        {(tmp_path / name).resolve(): i for i, name in enumerate(order)},
    )
    assert needs == [["module:1!", 1], ["module:2!", 2]]
    assert 'from "module:1!"' in text and 'new Worker("module:2!", { type' in text


# On the page


def test_a_figure_has_the_still_picture_the_caption_and_data_that_no_browser_runs():
    start = {**example("step_backward").started_from(), "caption": "a < b </script>"}
    shown = extension.figure(start, "<svg/>")
    assert '<div class="explorable-stage"><svg/></div>' in shown
    assert "<figcaption>a &lt; b &lt;/script&gt;</figcaption>" in shown
    data = re.search(r'<script type="application/json">(.*)</script>', shown)[1]
    assert "<" not in data and json.loads(data) == start
    assert inline_scripts(f"<body>{shown}<script>let a;</script></body>") == ["let a;"]


CONF = f"""\
import sys
sys.path[:0] = [{str(ROOT / "book" / "_ext")!r}, {str(ROOT)!r}]
extensions = ["myst_nb", "explorables"]
myst_enable_extensions = ["colon_fence"]
"""


def built(folder, text):
    """(status, HTML, what was said) of a book of one page."""
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.md").write_text(f"# Home\n\n{text}\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", folder, folder / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, folder / "out" / "index.html", done.stderr


def test_a_page_that_is_no_notebook_shows_an_explorable_made_at_build(tmp_path):
    status, page, said = built(tmp_path, ":::{explorable} step_backward\n:::")
    assert (status, said) == (0, "")
    text, one = page.read_text(encoding="utf-8"), example("step_backward")
    assert extension.figure(one.started_from(), one.still) in text
    assert 'type="module"' in text and "live/explorables.js" in text


def test_an_unknown_explorable_is_an_error_that_names_the_known_ones(tmp_path):
    status, _, said = built(tmp_path, ":::{explorable} nothing\n:::")
    assert status and "no explorable 'nothing': use one of" in said


def test_only_pages_with_explorables_load_the_script(site):
    pages = [*(site / "book").glob("*.html"), *(site / "notebooks").rglob("*.html")]
    texts = [path.read_text(encoding="utf-8") for path in pages]
    having = [("data-explorable" in text, "live/explorables.js" in text) for text in texts]
    assert set(having) == {(True, True), (False, False)}


def test_nothing_of_an_explorable_is_loaded_until_it_is_near(opened, address):
    page = opened("about:blank", **MODES["light"])
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/notebooks/train1.html")
    page.wait_for_load_state("networkidle")
    low = "lab/explorables/tiny_network.mjs"
    assert not any(url.endswith(low) for url in asked)
    live(page, "tiny_network")
    assert any(url.partition("?")[0].endswith(low) for url in asked if "/modules/" in url)
    assert all(url.startswith(address) for url in asked)


@pytest.mark.parametrize("mode", MODES)
def test_the_live_one_takes_the_still_one_s_place_and_nothing_shifts(opened, address, mode):
    page = opened(f"{address}/notebooks/train2.html", **MODES[mode])
    figure = page.locator("figure[data-explorable]").first
    before = figure.bounding_box()["height"]
    live(page)
    after = figure.bounding_box()["height"]
    assert abs(after - before) < 1, "change HEIGHTS"
    stage = figure.locator(".explorable-stage")
    inner = stage.locator(".explorable").bounding_box()["height"]
    assert stage.bounding_box()["height"] - inner < 60, "change HEIGHTS: too much is kept free"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.errors == []


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_in_a_live_one(opened, address, mode):
    page = opened(f"{address}/notebooks/train2.html", **MODES[mode])
    live(page)
    assert axe_faults(page, "figure[data-explorable]") == []


@pytest.mark.parametrize("name", NAMES)
def test_its_one_text_runs_alone_and_cleans_up(opened, name):
    """As anywidget runs it: from an address from which nothing relative can be found."""
    text, data = linking.linked(explorables.FOLDER / f"{name}.mjs"), example(name).data
    page = opened("about:blank")
    page.set_content("<div id='a'></div>")
    script = """async ([text, data]) => {
      const address = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
      const timers = new Set(), {setInterval: start, clearInterval: stop} = window;
      window.setInterval = (...a) => { const t = start(...a); timers.add(t); return t; };
      window.clearInterval = (t) => { timers.delete(t); stop(t); };
      const model = {get: (key) => ({data, caption: "A caption.", colors: ["#700", "#faa"]})[key]};
      const el = document.getElementById("a");
      const cleanup = await (await import(address)).default.render({model, el});
      for (const button of el.shadowRoot.querySelectorAll("button")) button.click();
      const shown = el.shadowRoot.textContent;
      cleanup();
      return [shown, timers.size, el.shadowRoot.querySelectorAll("button").length];
    }"""
    shown, timers, buttons = page.evaluate(script, [text, data])
    assert "A caption." in shown
    assert (timers, buttons) == (0, 0)
    assert page.errors == []


PRODUCT = """from microgpt_ref.lab.explorables.step_backward import step_backward
from microgpt_ref.value import Value
a, b = Value(2.0), Value(3.0)
c = a * b
step_backward(c, {"a": a, "b": b, "c": c})"""


@pytest.mark.slow
def test_a_cell_that_is_run_shows_it_live_and_reset_ends_it(visitor):
    one = visitor("train2")
    (cell,) = [
        c["id"] for c in notebook_cells("train2") if 'e("step_backward' in "".join(c["source"])
    ]
    assert one.run(cell) == "done"
    assert one.output(cell) == example("step_backward").caption
    shown = one.element(cell).locator("[data-output] figure[data-explorable]")
    playwright.expect(shown).to_have_attribute("data-mounted", "live", timeout=60_000)
    shown.get_by_role("button", name="Step").click()
    line = example("step_backward").data["walks"]["topological"][4]["line"]
    playwright.expect(shown.locator(".line")).to_have_text(line)
    one.edit(cell, PRODUCT)
    assert one.run(cell) == "done"
    playwright.expect(shown.locator(".node")).to_have_count(3)
    one.press(cell, "Reset")
    assert one.element(cell).locator("[data-output]").count() == 0
    assert one.errors == []
