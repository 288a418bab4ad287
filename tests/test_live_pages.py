"""Live pages in a real browser: running, editing, stopping, and what is remembered of it."""

import json

import pytest
from live_reader import Reader, axe_faults, figures, notebook_cells, printed

LOSS = "def my_loss(counts, tokens):\n    {}\n"
RIGHT = LOSS.format(
    "return sum(-math.log(bigram_probs(counts, a)[b]) for a, b in zip(tokens, tokens[1:])) "
    "/ (len(tokens) - 1)"
)
ENDLESS = "while True:\n    pass"


def test_nothing_of_python_is_loaded_before_the_first_run_nor_the_editor_before_edit(reader):
    one = reader("efficiency")
    loaded = [url.rpartition("/")[2].partition("?")[0] for url in one.requests if "/live/" in url]
    ours = ["explorables.js", "live.css", "offline.js", "page.js", "start.js"]
    assert sorted(loaded) == ours
    one.press(one.cells()[2], "Edit")
    one.page.wait_for_selector(".cm-content")
    assert not any("pyodide" in url for url in one.requests)


@pytest.mark.slow  # the check waits for ten seconds
def test_a_check_of_an_endless_answer_is_ended_and_python_goes_on(visitor):
    one = visitor()
    exercise, check = one.cells("exercise")[1], one.cells("check")[1]
    one.edit(exercise, LOSS.format("while True: pass"))
    assert one.run(check) == "done"
    assert one.output(check) == (
        "train0.loss: not right. It didn't end within 10 seconds.\n  Is there a loop without end?\n"
    )
    one.status(check, "above ran again")
    assert one.run(one.cells("check")[-1]) == "done"
    assert "train0.loss: not right" in one.output(one.cells("check")[-1])


def test_stop_ends_an_endless_loop_and_the_cells_above_run_again(visitor):
    one = visitor()
    cell = one.cells()[4]
    one.edit(cell, f"print('begun')\n{ENDLESS}")
    one.press(cell, "Run")
    one.shows(cell, "begun")
    one.press(cell, "Stop")
    one.wait(cell, "error")
    assert "4 cells above ran again" in one.status(cell, "above ran again")
    assert one.call("course.cells[4].text") == f"print('begun')\n{ENDLESS}"
    one.edit(cell, "print(len(docs))")
    assert one.run(cell) == "done" and one.output(cell) == "32257\n"


def test_stop_while_the_cells_above_run_again(visitor):
    one = visitor()
    first, second = one.cells()[1:3]
    one.edit(first, "import time\ntime.sleep(3)")
    one.edit(second, ENDLESS)
    one.press(second, "Run")
    one.status(second, "Running")
    one.press(second, "Stop")
    one.status(second, "Running again")
    one.press(second, "Stop")
    one.status(second, "when they are needed")
    one.edit(first, "x = 5")
    one.edit(second, "x")
    assert one.run(second) == "done" and one.output(second) == "5\n"


def test_endless_output_is_cut_and_the_page_stays_usable(visitor):
    one = visitor()
    cell = one.cells()[0]
    one.edit(cell, "while True:\n    print('again and again')")
    one.press(cell, "Run")
    one.shows(cell, "cut here")
    one.press(cell, "Stop")
    one.wait(cell, "error")
    assert len(one.output(cell)) < 101_000


def test_what_ran_below_an_edited_cell_is_stale_and_keeps_its_output(visitor):
    one = visitor()
    first, second = one.cells()[2:4]
    one.run(second)
    before = one.output(second)
    one.edit(first, "docs = ['anna']")
    assert one.run(first) == "done" and one.state(second) == "stale"
    assert one.output(second) == before
    assert one.run(second) == "done" and one.output(second) != before
    one.press(first, "Reset")
    assert one.state(first) == "ready" and one.element(first).locator(".cell_output").is_visible()
    assert one.call("course.cells[2].edited") is False


def test_an_edit_is_typed_run_by_keys_and_kept_over_a_reload(visitor):
    one = visitor()
    cell = one.cells()[0]
    one.press(cell, "Edit")
    one.page.wait_for_selector(".cm-content")
    one.page.keyboard.press("Control+a")
    one.page.keyboard.type("for i in range(2):\nprint(i / 1, end=' ')")  # the editor indents
    one.page.keyboard.press("Shift+Enter")
    one.wait(cell, "done")
    assert one.output(cell) == "0.0 1.0 "
    one.page.reload()
    one.wake()
    text = "for i in range(2):\n    print(i / 1, end=' ')"
    assert one.call("course.cells[0].text") == text
    assert one.element(cell).locator(".cell_input pre").first.text_content() == text
    assert one.run(cell) == "done" and one.output(cell) == "0.0 1.0 "
    one.press(cell, "Reset")
    one.page.reload()
    one.wake()
    assert one.call("course.cells[0].edited") is False


def test_tab_indents_in_the_editor_and_leaves_it_after_escape(visitor):
    one = visitor()
    cell = one.cells()[0]
    one.press(cell, "Edit")
    one.page.wait_for_selector(".cm-content")
    one.page.keyboard.press("Control+a")
    one.page.keyboard.press("Delete")
    one.page.keyboard.press("Tab")
    assert one.call("course.cells[0].text") == "    "
    one.page.keyboard.press("Escape")
    one.page.keyboard.press("Tab")
    assert one.page.evaluate("!document.activeElement.closest('.live-editor')")


def test_a_text_for_an_older_version_of_a_cell_is_offered(visitor):
    one = visitor()
    exercise = one.cells("exercise")[1]
    kept = json.dumps({"text": RIGHT, "from": "00000000"})
    one.call("localStorage.setItem('course:1:/:answer:train0.loss', a[0])", kept)
    one.call("localStorage.setItem('course:1:/:cell:train0-gone', a[0])", kept)
    one.page.reload()
    one.wake()
    assert one.page.locator(".live-older").count() == 2
    one.element(exercise).locator(".live-older summary").click()
    one.press(exercise, "Use it")
    assert one.call("course.cells.find((cell) => cell.id === a[0]).text", exercise) == RIGHT
    assert one.page.locator(".live-older").count() == 1


def test_a_browser_that_keeps_nothing_says_so_and_runs_all_the_same(browser, address):
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() {throw new Error('blocked')}});"
        "Object.defineProperty(window, 'caches', {get() {throw new Error('blocked')}});"
    )
    one = Reader(context.new_page(), f"{address}/notebooks/train0.html")
    cell = one.cells()[0]
    one.edit(cell, "6 * 7")
    one.status(cell, "keeps nothing")
    assert one.run(cell) == "done" and one.output(cell) == "42\n"
    context.close()


def test_a_library_that_pages_lack_is_an_error_that_says_what_to_do(visitor):
    one = visitor()
    cell = one.cells()[0]
    one.edit(cell, "import numpy")
    assert one.run(cell) == "error" and "not numpy. In JupyterLab" in one.output(cell)


def bring_into_all_states(one):
    """Let the first cells of a page run, be edited, done, stale and with an error; their states."""
    cells = running, done, stale, failed, edited = one.cells()[:5]
    one.run(stale)
    one.edit(done, "x = 1")
    one.run(done)
    one.edit(failed, "1 / 0")
    one.run(failed)
    one.press(edited, "Edit")
    one.page.wait_for_selector(".cm-content")
    one.edit(running, f"print('begun')\n{ENDLESS}")
    one.press(running, "Run")
    one.shows(running, "begun")
    return [one.state(cell) for cell in cells]


@pytest.mark.parametrize("scheme, width", [("light", 390), ("dark", 1280)])
def test_in_every_state_axe_finds_no_fault_and_nothing_widens_the_page(visitor, scheme, width):
    one = visitor()
    one.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    one.page.set_viewport_size({"width": width, "height": 900})
    one.reload()
    assert bring_into_all_states(one) == ["running", "done", "stale", "error", "ready"]
    assert one.page.evaluate("document.documentElement.dataset.theme") == scheme
    assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe_faults(one.page) == []


def test_a_second_visit_starts_from_the_snapshot_with_other_random_numbers(reader):
    one = reader()
    cell = one.cells()[0]
    one.edit(cell, "import random\nprint(random.random())")
    drawn = set()
    for _ in range(3):
        assert one.run(cell) == "done"
        drawn.add(one.output(cell))
        one.page.reload()
        one.wake()
    assert len(drawn) == 3
    kept = "caches.open('course-python:/').then((c) => c.keys()).then((keys) => keys.length)"
    assert one.page.evaluate(kept) == 1


def test_stop_while_python_loads(reader):
    one = reader()
    cell = one.cells()[0]
    one.press(cell, "Run")
    one.press(cell, "Stop")
    one.wait(cell, "error")
    assert one.status(cell, "Stopped") == "Stopped."
    assert one.run(cell) == "done"


def test_python_that_cannot_be_loaded_says_so_and_is_tried_again(reader):
    one = reader()
    cell = one.cells()[0]
    one.page.context.route("**/pyodide.asm.wasm", lambda route: route.abort())
    assert one.run(cell) == "error"
    assert "couldn't be loaded" in one.status(cell, "couldn't")
    one.page.context.unroute("**/pyodide.asm.wasm")
    assert one.run(cell) == "done"


def test_a_cell_with_a_quick_form_runs_in_it_for_those_below(visitor, address):
    one = visitor()
    long, below = one.cells()[2:4]
    mark = f'data-cell="{long}"'
    quick = f'{mark} data-quick="docs = [&quot;bo&quot;]" data-seconds="40"'

    def add_quick_form(route):
        page = route.fetch()
        route.fulfill(response=page, body=page.text().replace(mark, quick))

    one.page.route("**/train0.html", add_quick_form)
    one.page.reload()
    one.wake()
    assert one.run(below) == "done" and "peaks at 2 letters" in one.output(below)
    assert one.state(long) == "done" and "quick form" in one.status(long, "quick")
    assert one.element(long).locator(".cell_output").is_visible()
    assert one.run(long) == "done" and one.output(long).startswith("32257 names")


def test_a_finger_on_a_phone_runs_and_edits_and_nothing_widens_the_page(reader):
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    one = reader(**phone)
    cell = one.cells()[4]
    one.element(cell).get_by_role("button", name="Run").tap()
    one.wait(cell, "done")
    one.element(cell).get_by_role("button", name="Edit").tap()
    one.page.wait_for_selector(".cm-content")
    assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    button = one.element(cell).get_by_role("button", name="Reset").bounding_box()
    assert min(button["width"], button["height"]) >= 24


def test_controls_answer_to_choices(visitor):
    one = visitor()
    cell, _ = one.cells("live")
    assert one.run(cell) == "done"
    one.element(cell).get_by_role("combobox").select_option("x")
    one.shows(cell, "After x, the likeliest letter")
    assert one.element(cell).locator(".live-figure").count() == 1


def test_a_figure_is_the_same_before_and_after_it_is_drawn_anew(reader):
    one = reader()
    cell = next(cell["id"] for cell in notebook_cells("train0") if figures(cell))
    show = "(one) => one.querySelector('figure').innerHTML"
    before = one.element(cell).evaluate(show)
    assert one.run(cell) == "done"
    assert one.element(cell).locator(".live-figure").evaluate("(one) => one.innerHTML") == before


@pytest.mark.parametrize("width, shown", [(390, "narrow"), (1300, "wide")])
def test_what_figures_write_can_be_read_at_every_width(reader, width, shown):
    one = reader(viewport={"width": width, "height": 900})
    sizes = one.call(
        "[...document.querySelectorAll('.course-figure > svg')].map((svg) => ["
        "svg.getAttribute('class'), getComputedStyle(svg).display != 'none', Math.min("
        "...[...svg.querySelectorAll('text')].map((text) => "
        "parseFloat(text.getAttribute('font-size')) * (text.getScreenCTM()?.a ?? 0)))])"
    )
    assert len(sizes) >= 8
    for name, displayed, smallest in sizes:
        assert displayed == (name == shown)
        assert not displayed or smallest >= 11
    assert one.call("document.documentElement.scrollWidth") <= width


def test_a_snapshot_that_is_no_good_is_made_anew(reader):
    one = reader()
    cell = one.cells()[0]
    assert one.run(cell) == "done"
    spoil = """async () => {
        const cache = await caches.open("course-python:/");
        for (const key of await cache.keys()) await cache.put(key, new Response("spoilt"));
    }"""
    one.page.evaluate(spoil)
    one.page.reload()
    one.wake()
    assert one.run(cell) == "done" and one.output(cell) == printed(notebook_cells("train0")[0])


def test_without_scripts_a_page_is_what_was_printed(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/notebooks/train0.html")
    assert page.locator(".live-bar").count() == 0 and page.locator(".course-picture").count() > 0
    context.close()


def test_a_page_of_a_folder_of_files_says_how_to_run_it(browser, site):
    page = browser.new_page()
    page.goto((site / "notebooks" / "train0.html").as_uri())
    page.locator(".live-note", has_text="make site").wait_for()
    assert page.locator(".live-bar").count() == 0 and page.locator(".course-picture").count() > 0
    page.close()


def test_the_solutions_stay_printed(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/notebooks/solutions/train0.html")
    assert page.locator("[data-cell]").count() == 0 and not page.evaluate("'course' in window")
    page.close()
