"""The notebooks: what of them is compared, that they repeat themselves, and their first cell."""

import subprocess
import sys
import tomllib

import nbformat
import pytest
from nbval.plugin import find_comment_markers, find_metadata_tags

from microgpt_ref import __version__
from tools.making import notebooks, sources
from tools.setup import ROOT

EXEMPT = tomllib.loads((sources.FOLDER / "exempt.toml").read_text(encoding="utf-8"))

# What is compared


def code_cells(lesson):
    """The code cells of a lesson's notebook."""
    cells = nbformat.read(notebooks.target(lesson), as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def options(cell):
    """What nbval makes of a cell's tags and comments, by name."""
    return dict(find_metadata_tags(cell.metadata)) | dict(find_comment_markers(cell.source))


def faults(lesson, cells, reasons):
    """What is wrong with a lesson's exemptions, one line for each; empty if nothing is."""
    found = []
    exempt = [cell.source for cell in cells if options(cell).get("check") is False]
    for source in exempt:
        if not any(words in source and reason.strip() for words, reason in reasons.items()):
            found.append(f"{lesson}: a cell is not compared, and no reason says why: {source!r}")
    for words in reasons:
        if [words in cell.source for cell in cells].count(True) != 1:
            found.append(f"{lesson}: not in just one cell: {words!r}")
        elif not any(words in source for source in exempt):
            found.append(f"{lesson}: there is a reason, but the cell is compared: {words!r}")
    if len(exempt) > 2:
        found.append(f"{lesson}: {len(exempt)} cells are not compared; at most 2 may be")
    for cell in cells:
        if {"skip", "check_exception"} & set(options(cell)):
            found.append(f"{lesson}: a cell is skipped, or may raise anything: {cell.source!r}")
    return found


@pytest.mark.parametrize("lesson", sources.names())
def test_every_cell_is_compared_or_there_is_a_reason(lesson):
    assert faults(lesson, code_cells(lesson), EXEMPT.get(lesson, {})) == []


def test_reasons_are_for_lessons_that_there_are():
    assert set(EXEMPT) <= set(sources.names())


def test_at_least_95_percent_of_all_code_cells_are_compared():
    cells = [cell for lesson in sources.names() for cell in code_cells(lesson)]
    compared = [cell for cell in cells if options(cell).get("check") is not False]
    assert len(compared) >= 0.95 * len(cells)


WIDGET, PLAIN = ("play(show_one)", "nbval-ignore-output"), ("print(1)", "main")


@pytest.mark.parametrize(
    ("cells", "reasons", "fault"),
    [
        ([PLAIN, WIDGET], {}, "no reason says why: 'play(show_one)'"),
        ([PLAIN, WIDGET], {"show_one": " "}, "no reason says why: 'play(show_one)'"),
        ([PLAIN, ("# NBVAL_IGNORE_OUTPUT\n1", "main")], {}, "no reason says why"),
        ([PLAIN], {"show_one": "why"}, "not in just one cell: 'show_one'"),
        ([("show_one()", "main"), WIDGET], {"show_one": "why"}, "not in just one cell: 'show_one'"),
        ([PLAIN], {"print": "why"}, "but the cell is compared: 'print'"),
        ([WIDGET] * 3, {}, "3 cells are not compared; at most 2 may be"),
        ([("1 / 0", "raises-exception")], {}, "a cell is skipped, or may raise anything: '1 / 0'"),
        ([("1", "nbval-skip")], {}, "a cell is skipped, or may raise anything: '1'"),
        ([("# NBVAL_SKIP\n1", "main")], {}, "a cell is skipped, or may raise anything"),
    ],
)
def test_a_fault_in_exemptions_is_named(cells, reasons, fault):
    cells = [nbformat.v4.new_code_cell(text, metadata={"tags": [tag]}) for text, tag in cells]
    assert any(fault in line for line in faults("train9", cells, reasons))


def test_a_cell_with_a_reason_is_no_fault():
    cells = [nbformat.v4.new_code_cell(WIDGET[0], metadata={"tags": [WIDGET[1]]})]
    assert faults("train9", cells, {"show_one": "why"}) == []


# Two runs


@pytest.mark.slow
@pytest.mark.parametrize("lesson", ["train0", "train1"])
def test_two_fresh_runs_are_equal_byte_for_byte(lesson, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")  # set by the runs, and put back after the test
    notebook = notebooks.without_outputs(nbformat.read(notebooks.target(lesson), as_version=4))
    first, second = (
        nbformat.writes(notebooks.execute(nbformat.from_dict(notebook))) for _ in range(2)
    )
    assert '"image/png"' in first
    assert first == second  # pictures included, which nbval leaves out


# The first cell

ADDRESS, REVISION = "https://github.com/someone/a-fork", "0123456"
ARCHIVE = f"{ADDRESS}/archive/{REVISION}.zip"
COLAB = "import types\nsys.modules['google.colab'] = types.ModuleType('google.colab')\n"
HERE = f"sys.path.append({str(ROOT)!r})\n"
PIP = f"""\
import subprocess
def pip(command, check):
    print(*command[1:])
    assert command[0] == sys.executable and check
    {HERE.strip()}
subprocess.run = pip
"""


def first_cell(folder, situation, change=("", "")):
    """What became of a first cell, on a Python without site packages, in this situation."""
    cell = notebooks.setup_text(ADDRESS, REVISION).replace(*change)
    command = [sys.executable, "-I", "-S", "-c", f"import sys\n{situation}\n{cell}"]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")


def test_first_cell_takes_the_package_that_is_installed(tmp_path):
    for situation in (HERE, HERE + COLAB + PIP):
        done = first_cell(tmp_path, situation)
        assert (done.returncode, done.stdout) == (0, f"microgpt_ref {__version__}\n")


def test_first_cell_finds_the_package_in_a_clone():
    done = first_cell(ROOT / "notebooks", PIP)
    assert (done.returncode, done.stdout) == (0, f"microgpt_ref {__version__}\n")


def test_first_cell_installs_the_package_in_colab(tmp_path):
    done = first_cell(tmp_path, COLAB + PIP)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"-m pip install -q {ARCHIVE}\nmicrogpt_ref {__version__}\n"


def test_first_cell_says_where_the_package_is_to_be_had(tmp_path):
    (tmp_path / "notebooks").mkdir()
    done = first_cell(tmp_path / "notebooks", PIP)
    assert done.returncode == 1 and done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: microgpt_ref is not here: ") and ARCHIVE in last
    assert "During handling" not in done.stderr


def test_first_cell_warns_of_another_version(tmp_path):
    done = first_cell(tmp_path, HERE, (f'"{__version__}"', '"0.0.9"'))
    warning = done.stdout.splitlines()[-1]
    assert done.returncode == 0 and warning.startswith("NB: this notebook was made for version")


@pytest.mark.parametrize("lesson", sources.names())
def test_every_lesson_has_that_first_cell(lesson):
    assert "setup" in code_cells(lesson)[0].metadata["tags"]
