"""What the pages keep of the reader's work, in a real browser: how it stays, moves and goes."""

import json
import os

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from live_reader import SECONDS, Reader, notebook_cells
from playwright.sync_api import expect
from test_live_pages import ENDLESS, RIGHT

from tools.checking import site_check
from tools.checking.pages_check import RULES
from tools.making import execution
from tools.setup import ROOT

expect.set_options(timeout=1000 * SECONDS)
EXERCISE, CHECK = "train0-c4f1b63f", "train0-9bc0d9df"
WRONG = RIGHT.replace("(len(tokens) - 1)", "len(tokens)")
PLAIN = "train0-3a6f373c"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
FULL = """
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""
BLOCKED = "Object.defineProperty(window, 'localStorage', {get() {throw new Error('blocked')}})"


def kept(one):
    """{name: what is kept under it} of this site, in this format."""
    found = one.page.evaluate("({...localStorage})")
    return {
        key.removeprefix("course:1:/:"): json.loads(value)
        for key, value in found.items()
        if key.startswith("course:1:/:")
    }


def kept_hash(text):
    """The hash by which the pages tell texts apart: 32 bits of FNV-1a."""
    code = 0x811C9DC5
    for letter in text:
        code = (code ^ ord(letter)) * 0x01000193 % 2**32
    return f"{code:08x}"


def put(one, name, text="1", printed=""):
    """Keep a text under a name, as made for a printed one."""
    value = json.dumps({"text": text, "from": kept_hash(printed)})
    one.call("localStorage.setItem(`course:1:/:${a[0]}`, a[1])", name, value)


def printed_of(identity):
    """The printed text of a cell of train0."""
    (cell,) = [cell for cell in notebook_cells("train0") if cell["id"] == identity]
    return "".join(cell["source"])


def text_of(one, cell):
    return one.call("course.cells.find((cell) => cell.id === a[0]).text", cell)


def mark(one, lesson):
    """What the side bar says of a lesson."""
    link = one.page.locator("nav.bd-links a", has_text=f"{lesson}:")
    return link.locator(".work-mark")


def work(one):
    """The part at the page's end that says what is kept."""
    return one.page.locator("section.work")


def press(one, name):
    work(one).get_by_role("button", name=name).click()


def said(one, part):
    expect(work(one).get_by_role("status")).to_contain_text(part)


def second_tab(one):
    """Another tab of the same browser with the same page."""
    return Reader(one.page.context.new_page(), one.page.url)


def offered(one, cell):
    return one.element(cell).locator(".live-older")


# Checks that have passed


def test_a_passed_check_is_kept_and_a_later_edit_says_so(visitor):
    one = visitor()
    badge = one.element(CHECK).locator(".live-passed")
    one.edit(EXERCISE, WRONG)
    one.run(CHECK)
    assert badge.count() == 0 and "passed:train0.loss" not in kept(one)
    one.edit(EXERCISE, RIGHT)
    one.run(CHECK)
    assert "1 of 6 in this lesson" in one.status(CHECK, "in this lesson")
    one.reload()
    expect(badge).to_have_text("Passed")
    assert one.state(CHECK) == "ready"
    one.edit(EXERCISE, WRONG)
    expect(badge).to_have_text("Passed with an earlier answer")
    one.edit(EXERCISE, RIGHT)
    expect(badge).to_have_text("Passed")


@pytest.mark.slow
def test_the_summary_counts_what_passed_at_an_earlier_visit(visitor):
    one = visitor()
    put(one, "passed:train0.loss", kept_hash(RIGHT), printed_of(CHECK))
    put(one, "answer:train0.loss", RIGHT, printed_of(EXERCISE))
    one.reload()
    (*_, last) = one.cells("check")
    assert one.run(last) == "done"
    assert one.output(last).startswith("train0: 1 of 6 checked exercises are right\n")
    assert "train0.loss" not in one.output(last)


# Two tabs, and browsers that keep nothing


def test_a_text_from_another_tab_is_offered_and_neither_is_lost(reader):
    one = reader()
    other = second_tab(one)
    one.edit(EXERCISE, "mine = 1")
    box = offered(other, EXERCISE)
    expect(box).to_contain_text("mine = 1")
    assert text_of(other, EXERCISE) != "mine = 1"
    one.edit(EXERCISE, "mine = 2")  # the later one takes its place
    expect(box).to_contain_text("mine = 2")
    assert box.count() == 1
    other.edit(EXERCISE, "other = 1")
    expect(offered(one, EXERCISE)).to_contain_text("other = 1")
    assert text_of(one, EXERCISE) == "mine = 2"
    other.page.close()
    one.reload()
    assert text_of(one, EXERCISE) == "other = 1"
    expect(offered(one, EXERCISE)).to_contain_text("mine = 2")
    offered(one, EXERCISE).locator("summary").click()
    one.press(EXERCISE, "Use it")
    assert text_of(one, EXERCISE) == "mine = 2"
    expect(offered(one, EXERCISE)).to_contain_text("other = 1")
    offered(one, EXERCISE).locator("summary").click()
    one.press(EXERCISE, "Drop it")
    one.reload()
    assert text_of(one, EXERCISE) == "mine = 2" and offered(one, EXERCISE).count() == 0


def test_a_reset_in_one_tab_leaves_the_other_s_text(reader):
    one = reader()
    other = second_tab(one)
    one.edit(PLAIN, "mine")
    other.edit(PLAIN, "other's")
    expect(offered(one, PLAIN)).to_contain_text("other's")
    one.call("course.reset(a[0])", PLAIN)
    assert text_of(other, PLAIN) == "other's"
    other.page.close()
    one.reload()
    expect(offered(one, PLAIN).filter(has_text="other's")).to_have_count(1)


def test_a_tab_left_behind_does_not_overwrite_a_later_text(reader):
    one = reader()
    one.edit(PLAIN, "first")
    other = second_tab(one)
    other.edit(PLAIN, "second")
    one.page.close()
    assert kept(other)[f"cell:{PLAIN}"]["text"] == "second"


def test_a_full_browser_says_so_and_keeps_what_it_has(reader):
    one = reader()
    one.edit(PLAIN, "kept")
    one.call(f"(() => {{ {FULL} }})()")
    one.edit(PLAIN, "not kept")
    assert "no room left" in one.status(PLAIN, "no room")
    assert kept(one)[f"cell:{PLAIN}"]["text"] == "kept"
    assert text_of(one, PLAIN) == "not kept"


def test_a_browser_that_keeps_nothing_shows_what_it_can(browser, address):
    context = browser.new_context()
    context.add_init_script(BLOCKED)
    one = Reader(context.new_page(), f"{address}/notebooks/train0.html")
    expect(work(one)).to_contain_text("This browser keeps nothing for this site")
    assert one.page.evaluate("document.documentElement.dataset.theme") == "light"
    one.edit(EXERCISE, RIGHT)
    with one.page.expect_download() as saved:
        press(one, "Take it along")
    assert RIGHT.splitlines()[1] in saved.value.path().read_text("utf-8")
    press(one, "Clear")
    said(one, "nothing to forget")
    one.page.goto(f"{address}/index.html")
    assert one.page.locator(".go-on").count() == 0
    context.close()


def test_what_another_format_has_kept_is_left_alone_even_by_clear(reader):
    one = reader()
    one.call(f"localStorage.setItem('course:2:/:cell:{PLAIN}', 'newer')")
    one.reload()
    expect(work(one)).to_contain_text("another version of this site")
    one.edit(PLAIN, "mine")
    press(one, "Clear")
    one.page.get_by_role("button", name="Forget the whole course").click()
    said(one, "Forgotten")
    assert one.call(f"localStorage.getItem('course:2:/:cell:{PLAIN}')") == "newer"


# Take it along, and bring it back


def run_notebook(path, last):
    """Run a saved notebook's cells as JupyterLab would, up to the last; its cells by id."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    client = execution.Client(notebook, timeout=300, kernel_name="python3")
    with client.setup_kernel(env=environment):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                client.execute_cell(cell, index)
            if cell.id == last:
                break
    return {cell.id: cell for cell in notebook.cells}


def test_a_lesson_taken_along_passes_its_check_and_can_be_brought_back(reader, tmp_path):
    one = reader()
    one.edit(EXERCISE, RIGHT)
    one.edit(PLAIN, text_of(one, PLAIN) + "\nprint('mine')")
    put(one, f"guess:{PLAIN}", "2.5")
    with one.page.expect_download() as saved:
        press(one, "Take it along")
    said(one, "Saved as train0.ipynb, with the 2 cells that you changed")
    path = tmp_path / saved.value.suggested_filename
    saved.value.save_as(path)
    cells = run_notebook(path, CHECK)
    assert cells[CHECK].outputs[0].text.startswith("train0.loss: right. ")
    assert cells[PLAIN].outputs[-1].text.endswith("mine\n")
    assert cells[PLAIN].metadata.guess == "2.5"

    other = reader()  # on another device
    with other.page.expect_file_chooser() as chooser:
        press(other, "Bring it back")
    chooser.value.set_files(path)
    said(other, "Brought back: 1 answer, 1 edited cell and 1 guess. Nothing has run yet.")
    assert text_of(other, EXERCISE) == RIGHT and text_of(other, PLAIN).endswith("print('mine')")
    other.reload()
    assert text_of(other, EXERCISE) == RIGHT
    assert kept(other)[f"guess:{PLAIN}"]["text"] == "2.5"


def test_a_guess_begins_a_lesson_is_kept_goes_along_and_is_cleared(reader, tmp_path):
    one = reader("train2")
    form = one.page.locator("form.guess").first
    field = form.get_by_role("textbox").first
    field.fill("3")
    form.get_by_role("button", name="Reveal").click()
    expect(mark(one, "train2")).to_have_text("begun")
    one.reload()
    expect(field).to_have_value("3")
    expect(form.locator("output")).to_contain_text("you guessed 3")
    with one.page.expect_download() as saved:
        press(one, "Take it along")
    saved.value.save_as(tmp_path / "train2.ipynb")
    press(one, "Clear")
    one.page.get_by_role("button", name="Forget train2").click()
    said(one, "Forgotten")
    expect(field).to_have_value("")
    expect(form.locator("output")).to_be_empty()
    bring(one, "train2.ipynb", (tmp_path / "train2.ipynb").read_text("utf-8"))
    said(one, "Brought back: 1 guess. Nothing has run yet.")
    expect(form.locator("output")).to_contain_text("you guessed 3")


def test_what_comes_back_replaces_nothing_in_silence(reader):
    one = reader()
    path = ROOT / "notebooks" / "train0.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    (cell,) = [cell for cell in notebook["cells"] if cell.get("id") == EXERCISE]
    cell["source"] = "brought = 1"
    one.edit(EXERCISE, "here = 1")
    one.edit(PLAIN, "here = 2")  # which the notebook doesn't change
    expect(work(one)).to_contain_text("Kept in this browser, and nowhere else: 1 answer and 1 ed")
    bring(one, "mine.ipynb", json.dumps(notebook))
    said(one, "Brought back: 1 answer.")
    assert text_of(one, EXERCISE) == "brought = 1" and text_of(one, PLAIN) == "here = 2"
    expect(offered(one, EXERCISE)).to_contain_text("here = 1")
    bring(one, "mine.ipynb", path.read_text("utf-8"))
    said(one, "mine.ipynb changes nothing here.")


def bring(one, name, text):
    file = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    with one.page.expect_file_chooser() as chooser:
        press(one, "Bring it back")
    chooser.value.set_files(file)


def test_a_wrong_file_gets_a_sentence(reader):
    one = reader()
    other = (ROOT / "notebooks" / "train1.ipynb").read_text("utf-8")
    bring(one, "cat.png", "GIF89a")
    said(one, "cat.png isn't a notebook")
    bring(one, "train1.ipynb", other)
    said(one, "train1.ipynb is the notebook of train1: bring it back on that lesson's page.")
    assert kept(one) == {}


@pytest.mark.parametrize("lesson", ["train0", "train1", "train2", "train3", "train4", "efficiency"])
def test_the_committed_notebook_changes_nothing_on_its_page(reader, lesson):
    one = reader(lesson)
    bring(one, "a.ipynb", (ROOT / "notebooks" / f"{lesson}.ipynb").read_text("utf-8"))
    said(one, "changes nothing here")


# Clear


def test_clear_says_what_it_forgets_asks_and_forgets_the_lesson_alone(reader):
    one = reader()
    one.edit(EXERCISE, RIGHT)
    put(one, "passed:train0.loss")
    one.edit(PLAIN, "x = 1")
    put(one, "cell:train1-00000001")
    press(one, "Clear")
    dialog = one.page.get_by_role("dialog")
    keep = dialog.get_by_role("button", name="Keep everything")
    expect(keep).to_be_focused()
    lesson = dialog.get_by_role("button", name="Forget train0")
    expect(lesson).to_have_accessible_description("1 answer, 1 edited cell and 1 passed check")
    one.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(work(one).get_by_role("button", name="Clear")).to_be_focused()
    assert len(kept(one)) == 5
    press(one, "Clear")
    keep.press("Enter")
    assert len(kept(one)) == 5
    press(one, "Clear")
    lesson.press("Enter")
    said(one, "Forgotten: your work in train0.")
    assert list(kept(one)) == ["cell:train1-00000001"]
    assert one.call("course.cells.some((cell) => cell.edited)") is False
    assert one.page.locator(".live-passed, .live-older").count() == 0
    assert mark(one, "train0").count() == 0
    one.reload()
    assert one.call("course.cells.some((cell) => cell.edited)") is False


@pytest.mark.slow
def test_clear_forgets_the_whole_course_and_stops_what_runs(visitor):
    one = visitor()
    for name in ("cell:train1-00000001", "answer:train2.x", "other:cell:train0-gone:1"):
        put(one, name)
    one.call("localStorage.setItem('course:1:/elsewhere/:cell:train1-00000001', '7')")
    one.edit(PLAIN, ENDLESS)
    one.press(PLAIN, "Run")
    one.status(PLAIN, "Running")
    press(one, "Clear")
    one.page.get_by_role("button", name="Forget the whole course").click()
    said(one, "Forgotten: all your work.")
    assert kept(one) == {} and one.state(PLAIN) == "ready"
    assert one.call("'course:1:/elsewhere/:cell:train1-00000001' in localStorage")


# Side bar, first page, and mistakes


def pass_all(one, lesson):
    """Let all checks of a lesson have passed with the answers that are there."""
    script = """([lesson, at]) => {
        const checks = document.querySelectorAll("[data-check]").length;
        const stand = {cell: course.cells[9].id, heading: "", passed: checks, of: checks,
                       ended: true, at};
        const kept = JSON.stringify({text: JSON.stringify(stand), from: ""});
        localStorage.setItem(`course:1:/:lesson:${lesson}`, kept);
    }"""
    one.page.evaluate(script, [lesson, 1])


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_side_bar_marks_lessons_and_the_first_page_goes_on(reader, address, options):
    one = reader(**options)
    assert mark(one, "train0").count() == 0
    pass_all(one, "train0")
    one.page.goto(f"{address}/notebooks/train2.html")
    one.wake()
    expect(mark(one, "train0")).to_have_text("done")
    cell = "train2-320bd99d"
    heading = one.element(cell).locator("xpath=ancestor::section[1]/*[self::h2 or self::h3]")
    name = heading.first.text_content().removesuffix("#")
    one.edit(cell, "x = 1")
    expect(mark(one, "train2")).to_have_text("begun")
    one.page.goto(f"{address}/index.html")
    door = one.page.locator(".doors a").first
    expect(door).to_have_text(f"Go on with train2, {name}")
    if options:
        one.page.get_by_role("button", name="Menu").click()
    shown = one.page.get_by_role("link", name="train2: can the chain rule run itself? begun")
    expect(shown).to_be_visible()
    if options:
        one.page.keyboard.press("Escape")
    width = "document.documentElement.scrollWidth - innerWidth"
    assert one.page.evaluate(width) <= 0
    door.click()
    one.wake()
    assert one.page.url.endswith(f"/notebooks/train2.html#{cell}")
    expect(one.element(cell)).to_be_in_viewport()
    assert one.page.evaluate(width) <= 0


def test_after_a_lesson_that_is_done_the_first_page_offers_the_next(reader, address):
    one = reader()
    pass_all(one, "train0")
    one.page.goto(f"{address}/index.html")
    door = one.page.locator(".doors a").first
    expect(door).to_have_text("Go on with train1")
    assert door.get_attribute("href").endswith("/notebooks/train1.html")


def test_the_work_is_folded_in_the_band_and_says_how_far_one_got(reader):
    one = reader(**PHONE)
    band = one.page.locator(".band .work")
    height = band.bounding_box()["height"]
    assert height < 60 and band.get_by_role("button").count() == 0
    put(one, "passed:train0.loss", printed=printed_of(CHECK))
    one.edit(EXERCISE, RIGHT)
    expect(band.locator("summary")).to_have_text("Your work: 1 of 6 passed")
    band.locator("summary").tap()
    for button in band.get_by_role("button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44
    assert one.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_mistake_is_reported_with_page_and_cell(reader):
    one = reader()
    form = "https://github.com/someone/course/issues/new?template=mistake.yml"
    link = f'<a class="{{}}" href="{form}&amp;page=notebooks%2Ftrain0">Report a mistake here</a>'
    end, above = '<h2 id="your-work">Your work</h2>', '<div class="article-header-buttons">'

    def add_links(route):
        page = route.fetch()
        text = page.text().replace(end, end + link.format("work-report"))
        text = text.replace(above, above + link.format("dropdown-item"))
        route.fulfill(response=page, body=text)

    one.page.route("**/train0.html", add_links)
    one.reload()
    one.edit(PLAIN, "x = 1")
    found = work(one).locator(".work-report").last
    assert found.get_attribute("href") == f"{form}&page=notebooks%2Ftrain0&cell={PLAIN}"
    one.element(EXERCISE).scroll_into_view_if_needed()
    menu = one.page.locator(".article-header-buttons a.dropdown-item").first
    assert "cell=" not in menu.get_attribute("href")
    menu.evaluate("(link) => link.dispatchEvent(new Event('focus'))")
    named = menu.get_attribute("href").partition("&cell=")[2]
    places = [one.element(cell).bounding_box()["y"] for cell in one.cells()]
    half = one.page.viewport_size["height"] / 2
    assert named == one.cells()[sum(place < half for place in places) - 1]


def test_no_page_offers_to_report_where_no_repository_is_named(site):
    page = site_check.page(site / "notebooks" / "train0.html")
    link = page.select_one("section.work a.work-report")
    assert bool(link) == ("OWNER/REPO" not in str(page.select(".article-header-buttons a")))


def test_the_band_has_the_place_of_the_work_before_it_is_there(reader):
    one = reader()
    height = one.page.locator(".band").bounding_box()["height"]
    one.page.route("**/start.js*", lambda route: route.abort())
    one.page.reload()
    assert one.page.locator(".band").bounding_box()["height"] == height
    expect(one.page.locator(".band .work")).not_to_be_visible()


def test_without_scripts_no_work_is_shown(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/notebooks/train0.html")
    for place in page.locator("[data-work]").all():
        assert not place.is_visible()
    context.close()


# Accessibility


def faults(one):
    """The rules of axe that the page breaks."""
    found = Axe().run(one.page, options={"runOnly": RULES})
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found.response["violations"]]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_what_is_shown_of_the_work(reader, scheme):
    one = reader(color_scheme=scheme)
    put(one, "passed:train0.loss", printed=printed_of(CHECK))
    one.edit(EXERCISE, RIGHT)
    put(one, f"other:cell:{PLAIN}:1", "older")
    one.reload()
    one.page.locator(".band .work summary").click()
    offered(one, PLAIN).locator("summary").click()
    assert faults(one) == []
    press(one, "Clear")
    assert faults(one) == []
    one.page.goto(one.page.url.replace("notebooks/train0", "index"))
    assert one.page.locator(".go-on").is_visible() and mark(one, "train0").is_visible()
    assert faults(one) == []
