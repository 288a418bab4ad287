"""The program as a poster: its parts, its look in a browser and on paper, and the file it gives."""

import ast
import json
import re
import subprocess
import sys

import pytest
from browsing import MODES, an_opener, playwright  # noqa: F401
from colors import contrast
from live_reader import axe_faults
from piece_anchors import anchors
from stage_colors import style_sheet
from test_look import colors_of, mixed
from test_weave import cut_short

from microgpt_ref.stages import ROWS, STAGES
from tools.checking import site_check
from tools.making import pages, poster
from tools.making.weave import Weave, WeaveError
from tools.setup import ROOT

A3 = {"width": "420mm", "height": "297mm"}
A2 = {"width": "594mm", "height": "420mm"}
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
SHEET = re.compile(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]")


@pytest.fixture(scope="module")
def weave():
    return Weave()


@pytest.fixture(scope="module")
def program(weave):
    """The finished program: (line, piece or "main", lesson), one by one."""
    return pages.programs_with_owners(weave)["train4"]


def known_names():
    """The names that the finished program invents, of an independent program."""
    return json.loads((ROOT / "tests" / "golden" / "train4.json").read_text("utf-8"))["names"]


def known_losses():
    return json.loads((ROOT / "tests" / "golden" / "train4.json").read_text("utf-8"))["losses"]


# Its parts


def full_lines(rows):
    """The lines that aren't empty, sorted."""
    return sorted(line for line, *_ in rows if line)


def test_every_line_of_the_program_stands_in_one_part(program):
    parts = poster.in_parts(program)
    shown = [row for rows in parts for row in rows]
    expected = [(line.replace(poster.GIVEN, poster.FOUND), *more) for line, *more in program]
    assert full_lines(shown) == full_lines(expected)
    assert all(rows[0][0] and rows[-1][0] for rows in parts)


def test_the_parts_stand_in_the_order_in_which_the_program_is_read():
    names = [part.title for part in poster.PARTS]
    assert names == ["Data", "Tokenizer", "Autograd", "Layers", "Attention", "GPT", "Adam", "Run"]


def test_a_piece_stands_where_it_or_its_module_is_named_and_a_method_with_its_class():
    weave = Weave()
    names = weave.program_pieces(weave.lessons[-1])
    places = {name: poster.PARTS[poster.place_of(name)[0]].name for name in names}
    assert places["gpt.multi_head_attention"] == places["transformer.attention"] == "attention"
    assert (places["gpt.gpt"], places["layers.dot"]) == ("gpt", "layers")
    assert (places["layers.document_loss"], places["training.train"]) == ("run", "run")
    assert {place for name, place in places.items() if name.startswith("value.")} == {"autograd"}


def test_a_piece_without_a_part_and_a_program_without_data_are_told(program):
    with pytest.raises(WeaveError, match="no part for a piece"):
        poster.in_parts([("x = 1", "elsewhere.x", "train0"), *program])
    with pytest.raises(WeaveError, match=r"rng\.shuffle"):
        poster.in_parts([row for row in program if row[0] != poster.LAST_OF_DATA])


def test_strips_are_of_one_lesson_and_keep_their_own_empty_lines():
    rows = [("a", "main", "0"), ("", "main", "9"), ("b", "main", "0"), ("c", "main", "1")]
    found = [(owner, [row[0] for row in group]) for owner, group in poster.in_strips(rows)]
    assert found == [("0", ["a", "", "b"]), ("1", ["c"])]
    rows[2] = ("b", "main", "1")
    found = [(owner, [row[0] for row in group]) for owner, group in poster.in_strips(rows)]
    assert found == [("0", ["a"]), (None, [""]), ("1", ["b", "c"])]


def test_every_link_of_the_poster_leads_to_an_anchor_of_its_lesson(weave, program):
    page = poster.page(program, weave.lessons)
    links = set(re.findall(r'href="\.\./notebooks/(\w+)\.html#([\w-]+)"', page))
    there = {
        (lesson.name, one)
        for lesson in weave.lessons
        for cell in [*lesson.code(), *lesson.code("piece")]
        for one in anchors(cell.metadata, lesson.name)
    }
    assert len(links) > 40 and links <= there


# The file


def test_an_anchor_of_the_poster_stands_once_where_its_piece_begins(weave, program):
    page = poster.page(program, weave.lessons)
    found = re.findall(r' id="(piece-[^"]+)"', page)
    assert len(found) == len({name for _, name, _ in program if name != "main"}) == len(set(found))
    first = page.partition('id="piece-value-value"')[2].partition("</a>")[0]
    assert first.endswith(">Value")


def test_the_file_holds_the_program_below_its_headings(program):
    text = poster.file_text(program)
    headings = re.findall(r"^# (\w+): ", text, flags=re.MULTILINE)
    assert headings == [part.title for part in poster.PARTS]
    tree = ast.parse(text)
    assert ast.get_docstring(tree).startswith("A GPT in plain Python")
    code = text.removeprefix(poster.OPENING)
    lines = [line for line in code.splitlines() if line and not re.match(r"# \w+: ", line)]
    assert len(lines) == poster.count(program)
    assert max(map(len, text.splitlines())) <= 100


def run_alone(folder, text=None):
    """What the program prints in a folder of its own, beside its names, with no package near."""
    if text is not None:
        (folder / poster.FILE).write_text(text, encoding="utf-8")
    command = [sys.executable, "-I", "-S", poster.FILE]
    result = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def beside_names(site, tmp_path):
    """A folder that holds the names which the page offers."""
    (tmp_path / poster.NAMES).write_bytes((site / "book" / poster.NAMES).read_bytes())
    return tmp_path


@pytest.fixture
def copied(opened, address):
    """What the page's button puts on the clipboard."""
    page = opened(f"{address}/book/program.html", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the program").click()
    playwright.expect(page.locator(".poster-told")).to_have_text(re.compile("^Copied"))
    return page.evaluate("navigator.clipboard.readText()")


def test_what_the_button_copies_finds_its_names_and_trains_with_the_known_losses(
    copied, beside_names
):
    losses = json.loads(run_alone(beside_names, cut_short(copied, 12)))
    assert losses == pytest.approx(known_losses()[:12], abs=1e-6)


@pytest.mark.slow
def test_what_the_button_copies_invents_the_known_names(copied, beside_names):
    assert run_alone(beside_names, copied).split() == known_names() and len(known_names()) == 20


def test_what_is_downloaded_is_what_is_copied(opened, address, copied, program, tmp_path):
    page = opened(f"{address}/book/program.html")
    for name in (poster.FILE, poster.NAMES):
        with page.expect_download() as caught:
            page.locator(f'a[download][href="{name}"]').click()
        assert caught.value.suggested_filename == name
        caught.value.save_as(tmp_path / name)
    assert (tmp_path / poster.FILE).read_text("utf-8") == copied == poster.file_text(program)
    names = (ROOT / "microgpt_ref" / "ssa2018.txt").read_bytes()
    assert (tmp_path / poster.NAMES).read_bytes() == names


def test_a_browser_without_a_clipboard_copies_in_the_old_way(opened, site, program):
    page = opened((site / "book" / "program.html").as_uri())
    page.evaluate(
        "() => { Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        " document.execCommand = () => { window.taken = document.activeElement.value;"
        " return true; } }"
    )
    page.get_by_role("button", name="Copy the program").click()
    playwright.expect(page.locator(".poster-told")).to_have_text(re.compile("^Copied"))
    assert page.evaluate("window.taken") == poster.file_text(program)
    page.evaluate("document.execCommand = () => false")
    page.get_by_role("button", name="Copy the program").click()
    playwright.expect(page.locator(".poster-told")).to_have_text(re.compile("download"))


def test_a_part_that_is_marked_by_hand_copies_as_code(opened, address, program):
    page = opened(f"{address}/book/program.html")
    for i, rows in enumerate(poster.in_parts(program)):
        text = page.evaluate(
            "(i) => { const code = document.querySelectorAll('.poster-code')[i];"
            " getSelection().selectAllChildren(code); return getSelection().toString(); }",
            i,
        )
        lines = [line for line in text.splitlines() if line.strip()]
        assert lines == [line for line, *_ in rows if line]


# Its look


def test_the_site_s_page_says_each_lesson_once_a_strip(site):
    page = site_check.page(site / "book" / "program.html")
    strips = page.select(".poster-strip")
    assert len(strips) >= 20
    for strip in strips:
        (number,) = strip.select(".poster-number")
        assert [number.text] == [name for name in strip["class"] if name in STAGES]


@pytest.mark.parametrize("mode", MODES)
def test_axe_finds_no_fault_where_a_lesson_is_chosen(opened, address, mode):
    page = opened(f"{address}/book/program.html", **MODES[mode])
    if mode == "dark phone":  # pages_check looks at it so in the other modes
        assert axe_faults(page) == []
    page.locator(".poster-choice.train2").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert page.errors == []


def standing_out(page):
    """{lesson: how strong the ground of its strips is}."""
    page.wait_for_timeout(300)
    return page.evaluate(
        """() => { const found = {};
        for (const one of document.querySelectorAll(".poster-strip"))
            found[one.classList[1]] = getComputedStyle(one).getPropertyValue("--wash").trim();
        return found; }"""
    )


def test_a_lesson_stands_out_when_it_is_pointed_at_focused_or_chosen(opened, address):
    page = opened(f"{address}/book/program.html", **MODES["light"])
    assert set(standing_out(page).values()) == {"9%"}
    page.locator(".poster-choice.train3").hover()
    only = {name: "14%" if name == "train3" else "0%" for name in STAGES}
    assert standing_out(page) == only
    page.mouse.move(0, 0)
    assert set(standing_out(page).values()) == {"9%"}
    page.locator('.poster-legend [value="all"]').focus()
    page.keyboard.press("ArrowUp")
    assert standing_out(page) == {name: "14%" if name == "train4" else "0%" for name in STAGES}
    page.keyboard.press("ArrowDown")
    assert set(standing_out(page).values()) == {"9%"}


def test_a_finger_chooses_a_lesson_and_code_is_moved_sideways(opened, address):
    page = opened(f"{address}/book/program.html", **MODES["phone"], has_touch=True, is_mobile=True)
    page.locator(".poster-choice.train0").tap()
    assert page.locator('[value="train0"]').is_checked()
    wide = "(one) => [getComputedStyle(one).overflowX, one.scrollWidth > one.clientWidth]"
    assert page.locator(".poster-code").first.evaluate(wide) == ["auto", True]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width, columns", [(1920, 3), (1300, 2), (390, 1)])
def test_columns_by_width_and_no_line_of_a_piece_is_cut(opened, address, width, columns):
    page = opened(f"{address}/book/program.html", viewport={"width": width, "height": 900})
    lefts = page.evaluate(
        "() => [...document.querySelectorAll('.poster-strip')].flatMap((one) =>"
        " [...one.getClientRects()].map((box) => Math.round(box.left)))"
    )
    assert len(set(lefts)) == columns
    tall = """() => [...document.querySelectorAll(".poster-piece[id] .line")].filter((one) =>
        one.clientHeight > 1.8 * parseFloat(getComputedStyle(one).lineHeight)).length"""
    assert page.evaluate(tall) == 0


def test_there_is_no_side_bar_until_the_menu_is_pressed(opened, address):
    page = opened(f"{address}/book/program.html", **MODES["light"])
    bar = page.locator("#pst-primary-sidebar")
    assert not bar.is_visible() and page.locator(".bd-sidebar-secondary").count() == 0
    page.get_by_role("button", name="Menu").click()
    playwright.expect(bar).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    playwright.expect(bar).not_to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_prints_on_one_sheet_of_a3_or_a2_and_fills_it(opened, address, scheme):
    page = opened(f"{address}/book/program.html", color_scheme=scheme)
    page.emulate_media(media="print")
    asked = page.pdf(prefer_css_page_size=True, print_background=True)
    width, height = (float(side) for side in SHEET.search(asked).groups())
    assert len(PAGE.findall(asked)) == 1
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((420, 297), abs=1)
    for sheet in (A3, A2):
        margin = {"top": "8mm", "bottom": "8mm", "left": "9mm", "right": "9mm"}
        assert len(PAGE.findall(page.pdf(**sheet, margin=margin, print_background=True))) == 1
    page.set_viewport_size({"width": 1519, "height": 1062})  # A3 within its margins
    bottom = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('.poster-strip')].flatMap((one) =>"
        " [...one.getClientRects()].map((box) => box.bottom)))"
    )
    assert 0.9 * 1062 < bottom <= 1062


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("row", ROWS, ids=list(STAGES))
def test_code_can_be_read_on_a_strip_whether_it_stands_out_or_not(mode, row):
    colors = colors_of(mode)
    stage = row.color if mode == "light" else row.color_in_dark
    name = mixed(stage, colors["ink"], 0.86)
    for wash in (0.09, 0.14):
        ground = mixed(stage, colors["paper"], wash)
        for color in (name, colors["ink"], colors["literal"], colors["soft"]):
            assert contrast(color, ground) >= 4.5, (row.name, wash, color)
    assert contrast(mixed(colors["soft"], colors["paper"], 0.88), colors["paper"]) >= 4.5


def test_each_stage_can_stand_out():
    for row in ROWS:
        assert f".poster:has(.poster-choice.{row.name}:hover)" in style_sheet()
