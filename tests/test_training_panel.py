"""The panel that trains the GPT: its numbers are the course's, and it takes what it is given."""

import json
import math
import subprocess
import sys

import node
import pytest
from browsing import MODES, SECONDS, an_opener, live, playwright  # noqa: F401
from live_reader import axe_faults

from microgpt_ref.data import SSA2018, load_docs
from microgpt_ref.lab.explorables import FOLDER, train_gpt
from microgpt_ref.lab.explorables.train_gpt import kept_run, running_means
from tools.making import growing_names
from tools.setup import ROOT

PARTS = FOLDER / "training_panel"
CALM = {"reduced_motion": "reduce"}
GOLDEN = json.loads((ROOT / "tests" / "golden" / "train4.json").read_text(encoding="utf-8"))


# What it opens on


@pytest.fixture(scope="module")
def engine_run():
    """What the engine's worker posts for the panel's first message, joined by kind."""
    script = """
    const { Trainer } = await import("./trainer.mjs");
    const { start } = await import(given.engine);
    const { DEFAULTS, milestones } = await import(given.choices);
    const found = { losses: [], snapshots: [] };
    const trainer = new Trainer((message) => {
      const { type, step, samples } = message;
      if (type === "losses") found.losses.push(...message.losses);
      else if (type !== "snapshot") found[type] = message;
      else if (milestones(1000).includes(step)) found.snapshots.push({ step, samples });
    });
    await trainer.receive(start(DEFAULTS, 42, 1, readFileSync(given.names, "utf8")));
    answer(found);"""
    modules = {name: str(PARTS / f"{name}.mjs") for name in ("engine", "choices")}
    return node.run(script, {**modules, "names": str(SSA2018)})


def test_it_opens_on_the_golden_run(golden):
    kept = kept_run()
    assert kept["losses"] == pytest.approx(golden("train4")["losses"], abs=5.1e-5)
    assert kept["samples"] == golden("train4")["names"]
    assert kept["pairs"] == pytest.approx(golden("train0")["held_out_loss"], abs=1e-6)
    assert kept["parameters"] == 4192 and len(kept["letters"]) == 26


def test_a_press_makes_the_run_that_it_opens_on(engine_run):
    kept = kept_run()
    assert engine_run["losses"] == pytest.approx(kept["losses"], abs=5.1e-5)
    assert engine_run["done"]["samples"] == kept["samples"]
    assert engine_run["snapshots"] == kept["snapshots"]
    started = engine_run["started"]
    assert (started["parameters"], started["characters"]) == (kept["parameters"], kept["letters"])


def test_the_names_on_the_way_are_the_reference_s():
    kept = {row["step"]: row["samples"] for row in kept_run()["snapshots"]}
    assert tuple(kept) == growing_names.MILESTONES
    assert growing_names.names_after(0) == kept[0]
    assert growing_names.names_after(10) == kept[10]


def test_real_names_are_known_as_such():
    kept, docs = kept_run(), {*load_docs()}
    shown = [*kept["samples"], *(name for row in kept["snapshots"] for name in row["samples"])]
    assert {*kept["known"]} == {name for name in shown if name in docs}


def test_the_still_picture_s_curve_is_the_live_one_s():
    script = (
        "const { runningMeans } = await import(given.curve); answer(runningMeans(given.losses));"
    )
    losses = kept_run()["losses"]
    found = node.run(script, {"curve": str(PARTS / "curve.mjs"), "losses": losses})
    expected = running_means(losses)
    assert [step for step, _ in found] == [step for step, _ in expected]
    assert [loss for _, loss in found] == pytest.approx([loss for _, loss in expected], abs=1e-9)


def test_the_description_has_the_key_numbers_and_follows_the_data():
    data = kept_run()
    words = train_gpt.describe(data)
    for part in ("4,192 parameters", f"costs {math.log(27):.2f}", "pairs 2.48", "malet, saman"):
        assert part in words
    data["losses"][-1] += 60
    assert train_gpt.describe(data) != words


def test_the_parts_pass_their_own_tests():
    files = sorted((ROOT / "tests" / "explorables").glob("*.test.mjs"))
    assert files
    result = subprocess.run([node.find(), "--test", *files], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


# On the home page


@pytest.mark.slow
def test_the_engine_in_a_page_is_timed_beside_those_of_python():
    for library in ("numpy", "numba"):
        pytest.importorskip(library)
    command = [sys.executable, "-m", "tools.checking.js_times", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["page", "numpy", "simd"]
    assert all(int(row[1]) > 0 for row in rows)


@pytest.fixture
def panel(opened, address):
    """A function that opens the home page, and returns the panel's figure, live."""

    def open_panel(**options):
        page = opened("about:blank", **options)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{address}/index.html")
        return live(page, "train_gpt")

    return open_panel


def press(figure, name):
    figure.get_by_role("button", name=name, exact=True).click()


def says(figure, part):
    """Wait until the panel says this beside its buttons."""
    playwright.expect(figure.locator(".said")).to_contain_text(part, timeout=1000 * SECONDS)


def names(figure):
    """The names in the grid."""
    return figure.locator(".names li").all_text_contents()


def own_list(figure, text):
    """Open the settings, and type a list; return what is said of it."""
    figure.locator("summary").click()
    figure.get_by_label("A list of your own").check()
    figure.get_by_role("textbox", name="Your list").fill(text)
    notes = figure.locator(".own .notes")
    playwright.expect(notes).not_to_be_empty()
    return notes.text_content()


def test_it_opens_finished_and_loads_neither_names_nor_engine_before_a_press(panel, address):
    figure = panel()
    page = figure.page
    page.wait_for_load_state("networkidle")
    assert names(figure) == GOLDEN["names"]
    assert figure.locator(".ladder dt").all_text_contents()[-1] == "1,000"
    assert not [url for url in page.asked if url.endswith(".txt") or "worker" in url]
    press(figure, "Train it")
    says(figure, "learned from 1,000 names")
    assert {"ssa2018.txt", "worker.mjs"} <= {url.rpartition("/")[2] for url in page.asked}
    assert all(url.startswith(address) for url in page.asked) and page.errors == []


def test_a_press_makes_the_golden_names(panel):
    figure = panel(**CALM)
    curve = figure.locator(".curve")
    before = [names(figure), curve.get_attribute("aria-label")]
    rows = figure.locator(".ladder > div").all_text_contents()
    press(figure, "Train it")
    says(figure, "4,192 numbers learned from 1,000 names")
    assert [names(figure), curve.get_attribute("aria-label")] == before
    assert figure.locator(".ladder > div").all_text_contents() == rows
    assert "from 3.08 to 2.39" in before[1] and "pairs 2.48" in before[1]
    assert figure.page.errors == []


def test_names_grow_before_one_s_eyes_and_a_pause_holds_them(panel):
    figure = panel()
    press(figure, "Train it")
    press(figure, "Pause")
    says(figure, "Paused after")
    shown = names(figure)
    figure.page.wait_for_timeout(300)
    assert names(figure) == shown != GOLDEN["names"]
    press(figure, "Go on")
    says(figure, "learned from 1,000 names")
    assert names(figure) == GOLDEN["names"]


def test_another_seed_is_another_run_with_the_one_before_behind_it(panel):
    figure = panel(**CALM)
    press(figure, "Another seed")
    says(figure, "Seed 43.")
    assert names(figure) != GOLDEN["names"]
    assert figure.get_by_text("dashed: the run before, seed 42").is_visible()
    assert len(figure.locator(".curve .before").get_attribute("d")) > 1000
    press(figure, "Train it again")
    says(figure, "Seed 43.")


def test_a_beginning_and_a_temperature_give_new_names_at_once(panel):
    figure = panel(**CALM)
    figure.get_by_label("Begin with").fill("Jo")  # trains it first
    says(figure, "learned from 1,000 names")
    expect = playwright.expect(figure.locator(".names li").first)
    expect.to_contain_text("jo", timeout=1000 * SECONDS)
    assert all(name.startswith("jo") for name in names(figure))
    heard = ", ".join(names(figure)[:5])
    assert figure.locator(".invented .unseen").text_content() == f"It invents {heard}."
    cool = names(figure)
    figure.get_by_label("Temperature").fill("2")
    playwright.expect(figure.locator(".names li").nth(1)).not_to_have_text(cool[1])
    figure.get_by_label("Begin with").fill("Zoé")
    asking = figure.locator(".asking .notes")
    playwright.expect(asking).to_have_text("The model has never seen “é”: use letters of its list.")
    figure.get_by_label("Begin with").fill("")
    figure.get_by_label("Temperature").fill("0.5")
    playwright.expect(figure.locator(".names li").first).to_have_text(GOLDEN["names"][0])
    assert asking.text_content() == "" and names(figure) == GOLDEN["names"]


def test_the_model_can_be_changed_but_not_into_what_can_t_be(panel):
    figure = panel(**CALM)
    figure.locator("summary").click()
    figure.get_by_label("8", exact=True).nth(1).check()  # heads
    figure.get_by_label("4", exact=True).first.check()  # width
    eight, four = (
        figure.locator(f"fieldset:nth-of-type(2) label:has-text('{n}') input") for n in (8, 4)
    )
    assert eight.is_disabled() and four.is_checked()
    figure.get_by_label("100", exact=True).check()
    says(figure, "Press to train it with these settings.")
    press(figure, "Train it")
    says(figure, "472 numbers learned from 100 names")
    assert figure.get_by_text("width 4, 100 steps").first.is_visible()
    assert figure.page.errors == []


WRONG = {
    "": "The list is empty: write one name per line.",
    "  \n \n": "The list is empty: write one name per line.",
    "anna\nb\x07b": "line 2 has the control character",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_list_that_can_t_be_trained_on_says_what_would_be_right(panel, text):
    figure = panel(**CALM)
    figure.locator("summary").click()
    figure.get_by_label("A list of your own").check()
    figure.get_by_role("textbox", name="Your list").fill(text)
    press(figure, "Train it")
    playwright.expect(figure.locator(".own .notes")).to_contain_text(WRONG[text])
    field = figure.get_by_role("textbox", name="Your list")
    playwright.expect(field).to_be_focused()
    assert names(figure) == GOLDEN["names"] and figure.page.errors == []


def test_capitals_and_other_alphabets_work(panel):
    figure = panel(**CALM)
    said = own_list(figure, "Анна\nБорис\nВера\nГлеб\n")
    assert said.startswith("4 names, 13 different characters")
    assert "“А” and “а” are two different letters" in said
    press(figure, "Make all letters small")
    playwright.expect(figure.locator(".own .notes")).not_to_contain_text("two different")
    figure.get_by_label("300", exact=True).check()
    press(figure, "Train it")
    says(figure, "numbers learned from 300 names")
    assert {*"".join(names(figure))} <= {*"аннаборисверагле·"} | {"б"}
    assert figure.page.errors == []


def test_of_a_file_of_10_mb_the_beginning_is_used(panel, tmp_path):
    figure = panel(**CALM)
    (tmp_path / "names.txt").write_text("anna\nbob\ncai\n" * 900_000, encoding="utf-8")
    figure.locator("summary").click()
    figure.get_by_label("A list of your own").check()
    figure.locator("input[type=file]").set_input_files(tmp_path / "names.txt")
    notes = figure.locator(".own .notes")
    playwright.expect(notes).to_contain_text("The file is long", timeout=1000 * SECONDS)
    assert "1,000,000 characters" in notes.text_content()
    press(figure, "Train it")
    says(figure, "learned from 1,000 names")
    assert {*names(figure)} <= {"anna", "bob", "cai"} or "anna" in names(figure)
    assert figure.page.errors == []


def test_a_rate_that_is_too_high_is_told(panel):
    figure = panel(**CALM)
    figure.evaluate(
        """(figure) => { const stage = figure.querySelector(".explorable-stage > div");
        stage.shadowRoot.querySelector("details").open = true; }"""
    )
    figure.get_by_label("0.3", exact=True).check()
    press(figure, "Train it")
    says(figure, "4,192 numbers learned from 1,000 names")
    assert figure.page.errors == []


def test_it_is_worked_by_keyboard(panel):
    figure = panel(**CALM)
    figure.get_by_role("button", name="Train it").focus()
    figure.page.keyboard.press("Enter")
    says(figure, "learned from 1,000 names")
    for _ in range(2):
        figure.page.keyboard.press("Tab")
    figure.page.keyboard.type("ka")
    playwright.expect(figure.locator(".names li").first).to_contain_text("ka")
    for _ in range(2):
        figure.page.keyboard.press("Tab")
    before = names(figure)
    figure.page.keyboard.press("ArrowRight")
    playwright.expect(figure.locator("output")).to_have_text("0.6")
    figure.page.keyboard.press("Tab")
    figure.page.keyboard.press("Enter")  # opens the fold
    figure.page.keyboard.press("Tab")
    figure.page.keyboard.press("ArrowRight")
    assert figure.get_by_label("32", exact=True).is_checked()
    assert before[0].startswith("ka")


def test_without_a_network_it_says_what_is_missing(panel):
    figure = panel(**CALM)
    figure.page.route("**/ssa2018.txt", lambda route: route.abort())
    press(figure, "Train it")
    says(figure, "couldn't load the list of names")
    figure.page.unroute("**/ssa2018.txt")
    press(figure, "Train it again")
    says(figure, "learned from 1,000 names")
    assert names(figure) == GOLDEN["names"]


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_nothing_when_all_is_open_and_trained(panel, mode):
    figure = panel(**MODES[mode], **CALM)
    own_list(figure, "Anna\nBob")
    press(figure, "Another seed")
    says(figure, "Seed 43")
    assert axe_faults(figure.page, "figure[data-explorable]") == []
    assert figure.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("mode", ["light", "phone"])
def test_targets_are_large_and_nothing_shifts(panel, mode):
    figure = panel(**MODES[mode], **CALM)
    stage = figure.locator(".explorable-stage")
    free = stage.bounding_box()["height"] - stage.locator(".explorable").bounding_box()["height"]
    assert 0 <= free < 30, "change HEIGHTS"
    before = figure.bounding_box()["height"]
    press(figure, "Train it")
    says(figure, "learned from")
    assert figure.bounding_box()["height"] == before
    figure.locator("summary").click()
    sizes = "(all) => all.map((e) => e.getBoundingClientRect()).map((r) => [r.width, r.height])"
    for width, height in figure.locator("button:visible, input:visible, summary").evaluate_all(
        sizes
    ):
        assert width >= 40 and height >= 40


TWO = """async (url) => {
  const { default: explorable } = await import(url);
  const figure = document.querySelector("figure[data-explorable]");
  const data = JSON.parse(figure.querySelector("script").textContent).data;
  const started = [], RealWorker = window.Worker;
  window.Worker = class extends RealWorker {
    constructor(...given) { super(...given); started.push(this); this.ended = false; }
    terminate() { this.ended = true; super.terminate(); }
  };
  const model = { get: (name) => (name === "data" ? data : undefined) };
  const panels = [1, 2].map(() => {
    const el = document.createElement("div");
    document.querySelector("main").append(el);
    return { el, end: explorable.render({ model, el }) };
  });
  const find = (i, css) => panels[i].el.shadowRoot.querySelector(css);
  const until = async (f) => { while (!f()) await new Promise((go) => setTimeout(go, 20)); };
  find(0, "button.main").click();
  find(1, "button.quiet").click();
  const trained = (i) => find(i, ".said").textContent.includes("learned from");
  await until(() => trained(0) && trained(1));
  const texts = [0, 1].map((i) =>
    [...panels[i].el.shadowRoot.querySelectorAll(".names li")].map((e) => e.textContent));
  find(0, "input[type=radio]").click();
  const checked = [0, 1].map((i) => find(i, "input[type=radio]").checked);
  const alive = () => started.filter((worker) => !worker.ended).length;
  const left = [alive()];
  for (const panel of panels) {
    panel.end();
    left.push(alive());
  }
  return { texts, checked, left };
}"""


def test_two_panels_leave_each_other_alone_and_end_their_workers(panel):
    page = panel(**CALM).page
    loaded = "performance.getEntriesByType('resource').map((r) => r.name)"
    url = next(u for u in page.evaluate(loaded) if u.endswith("train_gpt.mjs"))
    found = page.evaluate(TWO, url)
    assert found["texts"][0] == GOLDEN["names"] != found["texts"][1]
    assert found["checked"] == [True, False]
    assert found["left"] == [2, 1, 0]
