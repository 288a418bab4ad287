"""Handing out chapters: what an assignment holds, what a release may not, and refusals."""

import re
from pathlib import Path

import nbformat
import pytest

from tools.grading import assignment
from tools.grading.assignment import AssignmentError
from tools.making import exercises, notebooks
from tools.making.weave import Weave
from tools.setup import ROOT

LESSONS = list(exercises.read_lessons())
PAGE = ROOT / "book" / "lesson-cards.md"


@pytest.fixture(scope="module")
def weave():
    """The lessons and their pieces."""
    return Weave()


@pytest.fixture(scope="module")
def made(weave):
    """A function: the assignment of a lesson."""
    return lambda lesson: assignment.make(lesson, weave)


def release_of(one):
    """The text of a release: the source, less what nbgrader takes out."""
    notebook = nbformat.from_dict(one.notebook)
    for cell in notebook.cells:
        for what in ("SOLUTION", "HIDDEN TESTS"):
            pattern = rf"### BEGIN {what}\n(.|\n)*?### END {what}"
            cell.source = re.sub(pattern, "", cell.source)
    return nbformat.writes(notebook)


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_assignment_has_every_exercise_that_is_not_open(made, lesson):
    one = made(lesson)
    known, _ = exercises.read_lessons()[lesson]
    assert [p.name for p in one.exercises] == [n for n, e in known.items() if e.kind != "open"]
    for part in one.exercises:
        points = {"go further": part.points, "break and explain": exercises.WRITTEN_POINTS}
        assert part.points == points.get(part.kind, 0) == known[part.name].points
        assert part.stub_text and part.solution_text
        assert part.expression or part.kind == "break and explain"


@pytest.mark.parametrize("lesson", LESSONS)
def test_nbgrader_s_names_are_unique_and_every_cell_has_one(made, lesson):
    names = [cell.metadata.nbgrader.grade_id for cell in made(lesson).notebook.cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_release_gives_nothing_away(made, lesson):
    one = made(lesson)
    learners = notebooks.target(lesson).read_text(encoding="utf-8")
    assert assignment.leaks(one, release_of(one), "5eed", learners) == []


def test_a_leak_is_found(made):
    one = made("train0")
    learners = notebooks.target("train0").read_text(encoding="utf-8")
    (solution,) = [part.solution_text for part in one.exercises if part.name == "train0.trigram"]
    line = max(solution.splitlines(), key=len).strip()

    def found(change):
        notebook = nbformat.reads(release_of(one), as_version=4)
        cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells}
        change(cells)
        return "\n".join(assignment.leaks(one, nbformat.writes(notebook), "5eed", learners))

    def put(name, text):
        return lambda cells: cells[name].update(source=text)

    assert "this line of the solution" in found(put("train0-trigram-task", f"Do: {line}"))
    assert "not what learners begin with" in found(put("train0-trigram", "x = 1"))
    assert "the word examine" in found(put("train0-trigram-test", "examine"))
    assert "the word 5eed" in found(put("train0-trigram-test", "5eed"))
    printed = nbformat.v4.new_output("stream", text="right")
    assert "has outputs" in found(
        lambda cells: cells["train0-trigram-test"].outputs.append(printed)
    )


@pytest.mark.parametrize("lesson", LESSONS)
def test_points_are_on_locked_checks_and_on_words_and_no_test_is_hidden(made, lesson):
    one = made(lesson)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in one.notebook.cells}
    graded = {name: cell for name, cell in cells.items() if cell.metadata.nbgrader.grade}
    worth = {name: cell.metadata.nbgrader.points for name, cell in graded.items()}
    assert worth == {part.graded_id: part.points for part in one.exercises if part.points}
    for part in one.exercises:
        if part.marked_by == "tests":
            check = graded[part.graded_id]
            assert check.source == f"check({part.name!r}, {part.expression})"
            assert check.metadata.nbgrader.locked
    assert "HIDDEN" not in nbformat.writes(one.notebook)


def test_what_learners_begin_with_is_the_lesson_s_own_stub(made):
    learners = nbformat.read(notebooks.target("train0"), as_version=4)
    texts = [cell.source for cell in learners.cells]
    assert all(one.stub_text in texts for one in made("train0").exercises)


def test_the_first_cells_set_up_and_import_what_was_built(made):
    cells = made("train1").notebook.cells
    assert cells[1].source == notebooks.setup_text(notebooks.configured_address(), "main")
    scope = {}
    exec(cells[2].source, scope)
    assert {"softmax", "linear", "bigram_loss", "docs", "tokenizer", "check"} <= set(scope)
    assert len(scope["held_out"]) == 300


# Refusals


@pytest.mark.parametrize("folder", [".", "build/class", "tools/../notebooks"])
def test_a_folder_inside_the_repository_is_refused(folder):
    with pytest.raises(AssignmentError, match="inside the repository"):
        assignment.outside(str(ROOT / folder))


@pytest.mark.parametrize("folder", ["/usr/class", "/usr", "/usr/local/share/class", "/lib/class"])
def test_a_folder_that_answers_can_read_is_refused(folder):
    with pytest.raises(AssignmentError, match="which answers can read; take a folder elsewhere"):
        assignment.outside(folder)


def test_a_clone_that_answers_can_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(assignment, "ROOT", Path("/usr/local/src/course"))
    with pytest.raises(AssignmentError, match=r"clone, /usr/local/src/course: .* below /usr"):
        assignment.outside(str(tmp_path))
    monkeypatch.setattr(assignment, "ROOT", Path("/home/usr/course"))
    assert assignment.outside(str(tmp_path)) == tmp_path.resolve()


def test_a_link_into_the_repository_is_refused(tmp_path):
    (tmp_path / "link").symlink_to(ROOT / "book")
    with pytest.raises(AssignmentError, match="inside the repository"):
        assignment.outside(str(tmp_path / "link" / "class"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "OUT=some/folder"),
        (["--out", str(ROOT)], "inside the repository"),
        (["--out", "{new}"], 'CHAPTERS="train1 train2"'),
        (["train9", "--out", "{new}"], "train9: no such chapter; there are train0"),
        (["train0", "--out", "{full}"], "this folder holds something else"),
        (["train0", "--out", "{full}/file"], "this is no folder"),
    ],
)
def test_a_wrong_command_is_told_in_a_line_and_nothing_is_made(
    tmp_path, capsys, arguments, message
):
    full, new = tmp_path / "full", tmp_path / "new"
    full.mkdir()
    (full / "file").touch()
    arguments = [a.format(full=full, new=new) for a in arguments]
    assert assignment.main(arguments) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.splitlines()) == 1 and not said.out
    assert sorted(tmp_path.rglob("*")) == [full, full / "file"]


def test_the_seed_is_drawn_once_for_a_course_and_differs_between_courses(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        assignment.begin(folder)
    seed = assignment.seed_of(one)
    assignment.begin(one)
    assert seed == assignment.seed_of(one) != assignment.seed_of(two)
    assert re.fullmatch("[0-9a-f]{32}", seed)


def test_tables_that_were_filled_in_are_kept(tmp_path):
    assignment.begin(tmp_path)
    (tmp_path / "roster.csv").write_text("id\ns01\n")
    (tmp_path / "due.csv").write_text("chapter,due\ntrain1,2027-01-31\n")
    assignment.begin(tmp_path)
    assignment.add_due(tmp_path, ["train1", "train2"])
    assert (tmp_path / "roster.csv").read_text() == "id\ns01\n"
    rows = (tmp_path / "due.csv").read_text().split()
    assert rows == ["chapter,due", "train1,2027-01-31", "train2,"]


def test_rules_that_can_t_be_read_stop_a_chapter_before_it_is_made(tmp_path, capsys):
    assignment.begin(tmp_path)
    (tmp_path / "rules.toml").write_text("best two")
    assert assignment.main(["train0", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "rules.toml" in said and "best = 2" in said and len(said.splitlines()) == 1
    assert list((tmp_path / "source").iterdir()) == []


# The pages for those who teach


def test_points_and_minutes_on_the_cards_are_those_of_the_sources(made):
    rows = re.findall(
        r"^\| (train\d) \| (\d+) min \| (\d+) min \| (\d+) \| (\d+) \|$",
        PAGE.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert [row[0] for row in rows] == LESSONS
    known = exercises.read_lessons()
    for lesson, _, minutes, tests, written in rows:
        parts = made(lesson).exercises
        assert int(minutes) == sum(known[lesson][0][part.name].minutes for part in parts)
        assert int(tests) == sum(part.points for part in parts if part.expression)
        assert int(written) == sum(part.points for part in parts if not part.expression)


def test_minutes_to_read_are_those_that_the_lessons_announce():
    words = {"an hour and a half": 90, "an hour": 60}
    page = PAGE.read_text(encoding="utf-8")
    for lesson in LESSONS:
        source = (ROOT / "notebooks" / "src" / f"{lesson}.py").read_text(encoding="utf-8")
        said = re.search(
            r"\*\*time\*\* \| about (\d+) minutes|about (an hour[a-z ]*?) (in|to)", source
        )
        minutes = int(said[1]) if said[1] else words[said[2]]
        assert f"| {lesson} | {minutes} min |" in page


def test_numbers_in_the_graded_samples_are_those_that_the_solutions_print():
    wrong = {"2.6307"}  # a sample of a number that was made up
    printed = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted(Path(ROOT / "notebooks" / "solutions").glob("*.ipynb"))
    )
    numbers = set(re.findall(r"\d\.\d{4,}", PAGE.read_text(encoding="utf-8"))) - wrong
    assert len(numbers) > 15 and [n for n in sorted(numbers) if n not in printed] == []


def test_every_written_question_has_graded_samples(made):
    page = PAGE.read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert len(re.findall(rf"^\*\*{lesson}, ", page, flags=re.MULTILINE)) == sum(
            not part.expression for part in made(lesson).exercises
        )


def test_a_release_installs_the_course_from_the_address_that_is_given(made, monkeypatch):
    monkeypatch.setenv("COURSE_REPOSITORY_URL", "https://github.com/someone/course")
    assert "https://github.com/someone/course/archive/main.zip" in release_of(made("train0"))
