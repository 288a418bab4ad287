"""The weave of lessons and package: its faults are noticed, and its programs train equally."""

import ast
import json
import os
import subprocess
import sys
import tomllib

import jupytext
import pytest

from microgpt_ref.data import SSA2018
from tools.making import notebooks
from tools.making import weave as weaving
from tools.making.sources import Source, SourceError
from tools.making.weave import WOVEN, Weave, WeaveError
from tools.setup import ROOT

PACKAGE = {
    "tokenizer": "def encode(text):\n    return list(text)\n",
    "layers": (
        "import math\n\n\ndef double(x):\n    return x + x\n\n\n"
        "def fourfold(x):\n    return double(double(x))\n"
    ),
    "value": (
        "class Box:\n    def __init__(self, x):\n        self.x = x\n\n"
        "    def twice(self):\n        return double(self.x)\n\n"
        "    def double(self):\n        return self.twice()\n"
    ),
}
TRAIN0 = """\
# %% tags=["piece"] piece="tokenizer.encode layers.double"

# %% tags=["main"]
print(double(encode("a")))
"""
TRAIN1 = """\
# %%
from microgpt_ref.layers import double

# %% tags=["piece"] piece="layers.fourfold value.Box"

# %% tags=["piece"] piece="value.Box.twice"

# %% [markdown] retires="tokenizer.encode"
# Nothing is encoded any more.

# %% tags=["main"]
print(Box(fourfold(1)).twice())
"""


@pytest.fixture
def weave(tmp_path):
    """A function: the weave of sources, train0 first, and the small package above."""
    for module, text in PACKAGE.items():
        (tmp_path / f"{module}.py").write_text(text)

    def make(*sources, **options):
        cells = [jupytext.reads(source, fmt="py:percent").cells for source in sources]
        lessons = [Source(f"train{i}", c) for i, c in enumerate(cells)]
        return Weave(lessons, tmp_path, **options)

    return make


def test_pieces_are_narrow_enough_for_pages_and_posters():
    wide = [
        f"{piece.name}: {line}"
        for piece in [*weaving.package_pieces(), *weaving.shown_pieces().values()]
        for line in piece.text.splitlines()
        if len(line) > 72 - 4 * bool(piece.owner)
    ]
    assert not wide


def test_formatter_keeps_the_modules_of_pieces_narrow():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    left_out = {p for p in settings["tool"]["ruff"]["format"]["exclude"] if "microgpt_ref" in p}
    woven = {f"microgpt_ref/{module}.py" for module in WOVEN}
    assert left_out == woven | {f"microgpt_ref/{path}" for path in weaving.SHOWN.values()}


def test_lessons_without_a_fault(weave):
    woven = weave(TRAIN0, TRAIN1, complete=True)
    assert [p.name for p in woven.pieces.values() if p.retired] == ["tokenizer.encode"]


def test_piece_may_be_unused_for_a_lesson(weave):
    without_it = TRAIN1.replace("retires=", "unused=")
    assert weave(TRAIN0, without_it).pieces["tokenizer.encode"].retired is None


def test_program_holds_what_it_needs_and_no_more(weave, tmp_path, capsys):
    woven = weave(TRAIN0, TRAIN1)
    text = "\n".join(line for line, _ in woven.program(woven.lessons[1]))
    assert "def twice" in text and "def encode" not in text
    (tmp_path / "docs").write_text("a\n")
    assert run_program(text, tmp_path / "docs") == "8\n"
    assert run_program(woven.proof(woven.lessons[1]), tmp_path / "docs") == "8\n"


def test_class_cell_leaves_out_methods_with_cells_of_their_own(weave):
    woven = weave(TRAIN0, TRAIN1)
    assert "def twice" not in woven.cell_text(["value.Box"])
    assert woven.cell_text(["value.Box.twice"]).endswith("\n\n\nBox.twice = twice")


FAULTS = {
    "no lesson introduces layers.fourfold": (
        [TRAIN0, TRAIN1.replace("layers.fourfold ", "").replace("fourfold(1)", "1")],
        {"complete": True},
    ),
    "train1: introduces layers.double again, after train0": (
        [TRAIN0, TRAIN1.replace("layers.fourfold", "layers.fourfold layers.double")],
        {},
    ),
    "train0: layers.fourfold needs layers.double, not yet introduced": (
        [TRAIN0.replace("layers.double", "layers.fourfold layers.double")],
        {},
    ),
    "train1: a plain cell redefines layers.double": (
        [TRAIN0, TRAIN1 + "\n# %%\ndef double(x):\n    return 2 * x\n"],
        {},
    ),
    "train1: a plain cell redefines tokenizer.encode": (
        [TRAIN0, TRAIN1 + "\n# %%\nencode = 3\n"],
        {},
    ),
    "train1: its program drops tokenizer.encode without saying so": (
        [TRAIN0, TRAIN1.replace('retires="tokenizer.encode"', "")],
        {},
    ),
    "train1: its program needs tokenizer.encode, retired in train1": (
        [TRAIN0, TRAIN1.replace("print(", "print(encode('b'), ")],
        {},
    ),
    "train0: imports layers.fourfold before it was introduced": (
        ["# %%\nfrom microgpt_ref.layers import fourfold\n\n" + TRAIN0, TRAIN1],
        {},
    ),
    "train0: imports layers.double before it was introduced": (
        ["# %%\nimport microgpt_ref.layers\n\nmicrogpt_ref.layers.double(1)\n\n" + TRAIN0],
        {},
    ),
    "train0: imports value.Box before it was introduced": (
        ["# %%\nfrom microgpt_ref import value as v\n\n# %%\nv.Box(1)\n\n" + TRAIN0],
        {},
    ),
    "train1: says that layers.double is unused, but it isn't": (
        [TRAIN0, TRAIN1.replace("retires=", 'unused="layers.double" retires=')],
        {},
    ),
    "train1: value.Box.double, in a cell of its own, would hide layers.double": (
        [TRAIN0, TRAIN1 + '\n# %% tags=["piece"] piece="value.Box.double"\n'],
        {},
    ),
    "train0: there is no piece layers.triple in microgpt_ref": (
        [TRAIN0.replace("layers.double", "layers.double layers.triple")],
        {},
    ),
    "train1: retires layers.triple, which was never introduced": (
        [TRAIN0, TRAIN1.replace('retires="', 'retires="layers.triple ')],
        {},
    ),
}


@pytest.mark.parametrize("message", FAULTS)
def test_fault_is_named_with_its_lesson_and_piece(weave, message):
    sources, options = FAULTS[message]
    with pytest.raises(WeaveError) as error:
        weave(*sources, **options)
    assert message in str(error.value).splitlines()


def run_program(text, names, *, bare=True):
    """What a program prints, on a Python without site packages that may open no socket."""
    guard = (
        "import sys\n"
        "def no_network(event, details):\n"
        "    assert not event.startswith('socket.'), event\n"
        "sys.addaudithook(no_network)\n"
    )
    flags = ["-I", "-S"] if bare else []
    command = [sys.executable, *flags, "-c", guard + text, str(names)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def cut_short(text, steps):
    """The same program, which prints its first losses after so many steps and ends there."""
    stop = f"""\
whole_learn, first_losses = learn, []
def learn(tokens, rate):
    first_losses.append(whole_learn(tokens, rate))
    if len(first_losses) == {steps}:
        print(first_losses)
        sys.exit()
    return first_losses[-1]
"""
    assert text.count("\nlosses = train(") == 1 and text.count("\nsteps = 1000\n") == 1
    text = text.replace("\nlosses = train(", f"\n{stop}losses = train(")
    return text if "import sys" in text else "import sys\n" + text


LESSONS = [lesson.name for lesson in Weave().lessons]


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.parametrize("kind", ["proof", "program"])
@pytest.mark.no_cover
def test_woven_cells_alone_train_with_golden_losses(name, kind):
    woven = Weave()
    lesson = woven.lessons[LESSONS.index(name)]
    text = woven.proof(lesson)
    if kind == "program":
        text = "\n".join(line for line, _ in woven.program(lesson))
    losses = json.loads(run_program(cut_short(text, 20), SSA2018))
    golden = os.path.join(os.path.dirname(__file__), "golden", f"{name}.json")
    with open(golden, encoding="utf-8") as file:
        expected = json.load(file)["losses"][:20]
    assert losses == pytest.approx(expected, abs=1e-6)


def test_every_function_of_the_package_is_shell_or_piece():
    woven = Weave()
    assert {name.partition(".")[0] for name in woven.pieces} == set(WOVEN)


def test_a_chapter_that_is_no_lesson_shows_pieces_that_belong_to_no_program():
    woven = Weave()
    assert "def linear(w, x):" in woven.cell_text(["numpy.linear"])
    assert "\nEngine.attend = attend" in woven.cell_text(["numpy.Engine.attend"])
    assert not set(woven.shown) & set(woven.pieces)


def test_an_unknown_piece_is_told_with_its_chapter():
    (cell,) = jupytext.reads('# %% tags=["piece"] piece="numpy.cube"\n', fmt="py:percent").cells
    with pytest.raises(SourceError, match=r"efficiency: there is no piece numpy\.cube in microgpt"):
        notebooks.fill_piece(cell, "efficiency", Weave())


def test_programs_import_the_standard_library_alone():
    woven = Weave()
    for lesson in woven.lessons:
        tree = ast.parse("\n".join(line for line, _ in woven.program(lesson)))
        imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
        names = {alias.name for node in imports for alias in node.names}
        assert names <= sys.stdlib_module_names


def test_a_lesson_s_program_is_printed_and_an_unknown_lesson_is_told(capsys):
    assert weaving.main(["--program", "train0"]) == 0
    text = "\n".join(line for line, _ in Weave().programs["train0"])
    assert capsys.readouterr().out == text + "\n"
    with pytest.raises(SystemExit) as error:
        weaving.main(["--program", "efficiency"])
    assert error.value.code == 2
    assert "efficiency: no such lesson; there are train0, train1" in capsys.readouterr().err
