"""The table of stages: rows that fit together, and colors that can be told apart."""

import itertools
import re

import pytest

from microgpt_ref.learners import Autograd, Learner
from microgpt_ref.settings import Settings, check_optimizer
from microgpt_ref.stages import ROWS, SIZES, STAGES, check_option, find_stage
from tests.colors import contrast, difference, lightness, seen_by
from tools.setup import ROOT

PAPER, DARK = "#fffdf9", "#16161a"
GROUNDS = {"color": PAPER, "color_in_dark": DARK}


def test_rows_are_found_by_name():
    assert [row.name for row in ROWS] == list(STAGES)
    assert all(find_stage(row.name) is row for row in ROWS)
    with pytest.raises(ValueError, match="'train9': use one of train0, train1, train2, train3"):
        find_stage("train9")


@pytest.mark.parametrize("row", ROWS, ids=list(STAGES))
def test_defaults_of_a_row_can_be_used(row):
    settings = Settings(row.name)
    assert settings.sizes() == {n: v for n, v in row.options.items() if n in SIZES}
    assert issubclass(row.learner, Learner)
    first = next(iter(row.rates))
    assert row.options.get("optimizer", first) == first
    assert ("optimizer" in row.options) == (len(row.rates) > 1)
    check_optimizer(row.name, first)


def test_options_of_the_five_stages():
    attention = {"block_size"}
    network = {"n_embd", "temperature"}
    gpt = {"n_layer", "n_head", "optimizer", "engine", "batch"}
    found = [set(STAGES[f"train{i}"].options) for i in range(5)]
    expected = [set(), network, network, network | attention, network | attention | gpt]
    assert found == expected


def test_option_that_a_stage_lacks_names_the_stages_that_have_it():
    check_option("train3", "block_size")
    with pytest.raises(ValueError, match="block_size is not an option of train1: use it with tra"):
        check_option("train1", "block_size")


def test_stages_whose_options_are_alike_differ_in_their_learner():
    assert STAGES["train1"].options == STAGES["train2"].options
    assert STAGES["train1"].learner is not STAGES["train2"].learner is Autograd


def test_no_other_module_compares_names_of_stages():
    """Numbers, shapes and ways to learn are asked of the table, not told from a name."""
    for path in sorted((ROOT / "microgpt_ref").glob("**/*.py")):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"(?:==|!=|\bin) [(\[{]?\"train\d", text)
        assert not found or "checks" in path.parts, f"{path.name}: {found}"


def test_colors_stand_in_the_table_alone():
    known = {color for row in ROWS for color in (row.color, row.color_in_dark)}
    places = [*(ROOT / "microgpt_ref").glob("**/*.py"), *(ROOT / "book").glob("_*/**/*.[cp][sy]*")]
    for path in places:
        if path.name != "stages.py" and path.is_file():
            assert not known & set(re.findall(r"#[0-9a-f]{6}", path.read_text("utf-8"))), path


@pytest.mark.parametrize("ground", GROUNDS)
def test_colors_stand_out_from_their_ground(ground):
    for row in ROWS:
        assert contrast(getattr(row, ground), GROUNDS[ground]) >= 4.5, row.name


@pytest.mark.parametrize("ground", GROUNDS)
def test_colors_differ_in_gray_print(ground):
    levels = sorted(lightness(getattr(row, ground)) for row in ROWS)
    assert min(b - a for a, b in itertools.pairwise(levels)) >= 4


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("eye", ["usual", "protanopia", "deuteranopia", "tritanopia"])
def test_colors_differ_for_every_eye(ground, eye):
    colors = [seen_by(eye, getattr(row, ground)) for row in ROWS]
    assert min(difference(a, b) for a, b in itertools.combinations(colors, 2)) >= 10
