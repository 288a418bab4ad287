"""The chapters' sources: which are lessons, which have exercises, and that each is read once."""

import jupytext
import pytest

from microgpt_ref.stages import STAGES
from tools.making import notebooks, pages, sources
from tools.making.exercises import ExerciseError
from tools.making.sources import Source, SourceError
from tools.making.weave import Weave, WeaveError


def test_every_file_is_a_chapter_and_every_stage_has_a_lesson():
    files = {path.stem for path in sources.FOLDER.glob("*.py")}
    assert files == set(sources.names()) and len(files) == len(sources.names())
    assert [source.name for source in sources.lessons()] == list(STAGES)
    assert sources.names()[: len(STAGES)] == list(STAGES)


def test_a_chapter_without_a_stage_is_no_lesson_and_has_one_notebook():
    chapter = sources.find("efficiency")
    assert not chapter.is_lesson and not chapter.has_exercises
    assert notebooks.versions(chapter) == (False,)
    assert all(notebooks.versions(source) == (False, True) for source in sources.lessons())


def test_exercises_are_marks_of_cells_and_not_words_in_a_text():
    text = '# %% [markdown]\n# Write exercise="train0.one" on the cell.\n'
    assert not Source("train0", jupytext.reads(text, fmt="py:percent").cells).has_exercises


def test_a_chapter_that_is_not_there_is_told():
    with pytest.raises(SourceError, match=r"train9: no such chapter; there are train0, "):
        sources.find("train9")


def test_all_faults_of_sources_are_source_errors():
    assert issubclass(WeaveError, SourceError) and issubclass(ExerciseError, SourceError)


def test_building_all_notebooks_reads_each_source_once(monkeypatch):
    read, texts = sources.read, []
    monkeypatch.setattr(sources, "read", lambda path: texts.append(path.stem) or read(path))
    sources.chapters.cache_clear()
    try:
        weave = Weave()
        assert notebooks.check_all(sources.chapters(), weave) == [] and pages.in_step(weave)
    finally:
        sources.chapters.cache_clear()
    assert sorted(texts) == sorted(sources.names())


def test_building_a_notebook_changes_no_source():
    weave, source = Weave(), sources.find("train2")
    before = [(cell.source, str(cell.metadata)) for cell in source.cells]
    assert notebooks.build(source, weave) == notebooks.build(source, weave)
    assert [(cell.source, str(cell.metadata)) for cell in source.cells] == before


def test_a_quick_form_is_kept_with_the_cell_before_it():
    text = '# %%\nx = slow()\n\n# %% tags=["quick"]\nx = 3\n\n# %%\nprint(x)\n'
    first, second = sources.with_quick_forms("train9", jupytext.reads(text, "py:percent").cells)
    assert (first.source, first.metadata) == ("x = slow()", {"quick": "x = 3"})
    assert second.metadata == {}


@pytest.mark.parametrize("before", ["", "# %% [markdown]\n# Words.\n\n", "# %%\nx\n\n{}"])
def test_a_quick_form_without_a_cell_is_told(before):
    form = '# %% tags=["quick"]\nx = 3\n\n'
    cells = jupytext.reads(before.format(form) + form, "py:percent").cells
    with pytest.raises(SourceError, match=r"train9: a quick form follows its cell: 'x = 3'"):
        sources.with_quick_forms("train9", cells)
