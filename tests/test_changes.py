"""How the program changes: what differs between programs, the reasons for it, and the page."""

import re
import tomllib

import pytest
from browsing import MODES, an_opener, playwright  # noqa: F401
from live_reader import axe_faults
from piece_anchors import anchors

from tools.checking import site_check
from tools.making import changes, pages
from tools.making.weave import Weave, WeaveError

BEFORE = ["import math", "a = 1", "b = 2", "", "def f(x):", "    return x", "", "print(f(a))"]
AFTER = [
    "import math",
    "a = 1",
    "",
    "def f(x):",
    "    y = x",
    "    return y",
    "",
    "",
    "print(f(a))",
]


@pytest.fixture(scope="module")
def weave():
    return Weave()


@pytest.fixture
def why():
    return tomllib.loads(pages.WHY.read_text(encoding="utf-8"))


# What differs


def test_a_hunk_lies_in_one_function_or_outside_of_all():
    hunks = dict(changes.main_hunks(BEFORE, AFTER))
    assert list(hunks) == [changes.TOP, "f"]
    assert hunks[changes.TOP] == [(0, 0), (1, 1), (2, None), (7, 8)]
    assert hunks["f"] == [(4, 3), (5, 4), (None, 5)]


def test_what_moved_as_a_whole_is_no_change():
    moved = [*BEFORE[:3], "print(f(a))", *BEFORE[4:6]]
    assert changes.main_hunks(BEFORE, moved) == []
    assert [name for name, _ in changes.main_hunks(BEFORE, BEFORE[:3])] == [changes.TOP, "f"]


def test_far_from_any_change_nothing_is_shown():
    before = list("abcdefghijkl")
    pairs = changes.matched(before, [*before[:-1], "x"])
    assert changes.near(pairs, before, [*before[:-1], "x"])[0] == (9, 9)
    pairs = changes.matched(before, ["x", *before[1:-1], "y"])
    shown = changes.near(pairs, before, ["x", *before[1:-1], "y"])
    assert shown == [(0, 0), (1, 1), (2, 2), None, (9, 9), (10, 10), (11, 11)]


def test_lines_that_go_and_come_are_those_of_pieces_and_of_the_main_part(weave):
    before, after = (weave.program(lesson) for lesson in weave.lessons[1:3])
    old, new = changes.compared(before, after)
    assert [line.text for line in old] == [line for line, _ in before]
    gone = {line.text for line in old if not line.kept and line.text}
    come = {line.text for line in new if not line.kept and line.text}
    assert "def mlp_gradient(weights, tokens):" in gone and "import gc" in come
    assert "    loss.backward()" in come and "steps = 1000" not in gone | come


# The reasons


def test_there_is_a_reason_for_every_change_and_none_besides(weave, why):
    changes.check_reasons(weave, why)
    del why["added"]["layers.dot"]
    with pytest.raises(WeaveError, match=r"no sentence for layers\.dot among those added"):
        changes.check_reasons(weave, why)


@pytest.mark.parametrize("key, name", [("retired", "layers.dot"), ("lessons", "train9")])
def test_a_reason_left_over_is_told(weave, why, key, name):
    why[key][name] = "It was there once."
    with pytest.raises(WeaveError, match=f"a sentence for {name} among those {key}"):
        changes.check_reasons(weave, why)


def test_an_heir_that_no_lesson_has_is_told(weave, why):
    why["becomes"]["mlp.mlp"] = "layers.gone"
    with pytest.raises(WeaveError, match=r"what mlp\.mlp becomes"):
        changes.check_reasons(weave, why)


def test_reasons_are_sentences(why):
    for key in ("lessons", "added", "retired"):
        for name, sentence in why[key].items():
            assert re.match(r"[A-Z`].*[.]$", sentence), name


def test_what_reasons_count_is_so(weave, why):
    assert why["retired"]["mlp.mlp_shapes"] == "Three matrices become nine."
    counts = [
        weave.pieces[name].text.count('": (')
        for name in ("mlp.mlp_shapes", "transformer.transformer_shapes")
    ]
    assert counts == [3, 9]


# The page


def test_every_link_leads_to_an_anchor_of_its_lesson(weave, why):
    links = set(re.findall(r'href="\.\./notebooks/(\w+)\.html#([\w-]+)"', changes.page(weave, why)))
    there = {
        (lesson.name, one)
        for lesson in weave.lessons
        for cell in [*lesson.code(), *lesson.code("piece")]
        for one in anchors(cell.metadata, lesson.name)
    }
    assert len(links) > 50 and links <= there


def test_every_hunk_says_where_it_is(site):
    page = site_check.page(site / "book" / "changes.html")
    hunks = page.select(".change-hunk")
    assert len(hunks) >= 20
    for hunk in hunks:
        place = hunk.find("h4").text
        assert re.match(r"In \w+|Outside any function|[\w.]+ becomes [\w.]+", place), place
    assert {"In learn", "In name_loss", "In next_logits"} <= {hunk.h4.text for hunk in hunks}


def test_each_program_but_the_first_and_last_is_drawn_before_and_after(site, weave):
    page = site_check.page(site / "book" / "changes.html")
    drawn = [svg["aria-label"] for svg in page.select(".change-map svg")]
    assert len(drawn) == 9 and all("one bar per line" in text for text in drawn)
    last = re.search(r"(\d+) lines, (\d+) of them new", drawn[-1])
    n = sum(bool(line) for line, _ in weave.programs["train4"])
    assert int(last[1]) == n > int(last[2]) > 0


def test_axe_finds_no_fault_on_a_phone_in_the_dark(opened, address):  # the rest is pages_check's
    page = opened(f"{address}/book/changes.html", **MODES["dark phone"])
    assert axe_faults(page) == [] and page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


BOXES = """() => [...document.querySelectorAll(".change-code")].map((code) =>
    [".change-before", ".change-after"].map((side) => {
        const box = code.querySelector(side)?.getBoundingClientRect();
        return box && [box.left, box.top, box.bottom].map(Math.round);
    })).filter(([before, after]) => before && after)"""
ROWS_APART = """() => [...document.querySelectorAll(".change-code")].map((code) => {
    const [before, after] = [...code.querySelectorAll("pre")].map((side) =>
        [...side.children].map((one) => Math.round(one.getBoundingClientRect().top)));
    return after && before.some((top, i) => top !== after[i]);
}).filter(Boolean).length"""


def test_before_and_after_stand_beside_each_other_line_by_line(opened, address):
    page = opened(f"{address}/book/changes.html", **MODES["light"])
    boxes = page.evaluate(BOXES)
    assert len(boxes) >= 15
    assert all(before[0] < after[0] and before[1] == after[1] for before, after in boxes)
    assert page.evaluate(ROWS_APART) == 0


def test_on_a_phone_after_stands_below_before(opened, address):
    page = opened(f"{address}/book/changes.html", **MODES["phone"])
    boxes = page.evaluate(BOXES)
    assert all(before[0] == after[0] and before[2] <= after[1] for before, after in boxes)
