"""A whole class, from handing out to marks.

Students s01 to s29 hand in all that classes send, and the marks are exactly these. Run by
make test-slow, with nbgrader in its own environment.
"""

import copy
import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import pytest

from tools.grading import assignment, collect, grade, isolation, records
from tools.grading.course_lock import alone_in
from tools.making import exercises
from tools.making.weave import Weave
from tools.setup import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

CHAPTER = "train0"
TESTS = {"train0.trigram": 4, "train0.split_by_name": 3, "train0.interpolated": 3}
WRITTEN = "train0.no_shuffle"
EVERYTHING = sum(TESTS.values())
LOOP = "def trigram_probs(documents, vocab_size, before, token):\n    while True:\n        pass\n"
EXIT = "import os\n\nos._exit(0)\n"
PRINTS = "def split_by_name(docs, share, rng):\n    while True:\n        print('x' * 1000)\n"
GROWS = (
    "def interpolated_probs(counts, token, weight):\n    x = [0]\n    while True:\n        x += x\n"
)
WRONG = "def split_by_name(docs, share, rng):\n    return docs[:], []\n"
CHEAT = """\
import sys
import zipfile

import microgpt_ref.lab.checks as checks

checks.examine = checks.check = lambda *a, **k: checks
checks.status = "right"
sys.modules["tools.grading.judge"] = sys.modules[__name__]


class Right:
    __class__ = list
    __eq__ = lambda self, other: True
    __len__ = lambda self: 27
    __getitem__ = lambda self, i: self
    __sub__ = __rsub__ = lambda self, other: 0.0
    __float__ = lambda self: 0.0


def trigram_probs(*arguments):
    return Right()
"""
VANDAL = """\
import glob
import os
import shutil
import subprocess

for folder in {folders}:
    shutil.rmtree(folder, ignore_errors=True)
for path in {files}:
    for act in (os.remove, lambda p: open(p, "w").write("full"), lambda p: os.chmod(p, 0)):
        try:
            act(path)
        except OSError:
            pass
try:
    while True:
        os.fork()
except OSError:
    pass
"""
THIEF = """\
import re

text = ""
for path in {files}:
    try:
        text += open(path, encoding="latin-1").read()
    except OSError:
        pass
raise ValueError("<script>alert(1)</script>" + "".join(re.findall("[0-9a-f]{{32}}", text)))
"""


@pytest.fixture(scope="module")
def parts():
    """The parts of the chapter, by exercise."""
    return {one.name: one for one in assignment.make(CHAPTER, Weave()).exercises}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with all chapters handed out, each of which is proved on the way."""
    out = tmp_path_factory.mktemp("class") / "course"
    assert assignment.main([*exercises.read_lessons(), "--out", str(out)]) == 0
    return out


class Class:
    """Students who fill in a chapter's release and hand it in."""

    def __init__(self, course, parts):
        self.course, self.parts = course, parts
        self.ids = {part.grade_id: part for part in parts.values()}

    def blank(self):
        """The release, as a dict."""
        path = self.course / "release" / CHAPTER / f"{CHAPTER}.ipynb"
        return json.loads(path.read_text(encoding="utf-8"))

    def solved(self, changes=(), only=None):
        """The release with every answer filled in, but for these changes {exercise: text}."""
        notebook, changes = self.blank(), dict(changes)
        for cell in notebook["cells"]:
            part = self.ids.get(name_of(cell))
            if part and (only is None or part.name in only or part.name in changes):
                cell["source"] = changes.get(part.name, part.solution_text).splitlines(True)
        return notebook

    def path(self, student, name=f"{CHAPTER}.ipynb"):
        """Where a student hands in a file."""
        path = self.course / "submitted" / student / CHAPTER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def hand_in(self, student, notebook, name=f"{CHAPTER}.ipynb"):
        """Hand in a notebook, or bytes, for a student."""
        content = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
        self.path(student, name).write_bytes(content)


def name_of(cell):
    """The name by which nbgrader knows a cell."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def by_colab(notebook, forgetful=False):
    """A notebook as Colab saves it: older format, ids in metadata, its own metadata and outputs.

    forgetful: nothing of nbgrader's is left
    """
    notebook = copy.deepcopy(notebook)
    notebook["nbformat_minor"] = 0
    notebook["metadata"]["colab"] = {"provenance": [], "toc_visible": True}
    notebook["metadata"]["language_info"] = {"name": "python"}
    for number, cell in enumerate(notebook["cells"]):
        cell.pop("id")
        cell["metadata"]["id"] = f"Xy{number:04d}zAbCd"
        cell["metadata"]["colab"] = {"base_uri": "https://localhost:8080/", "height": 35}
        cell["metadata"]["outputId"] = "0e1f"
        if forgetful:
            del cell["metadata"]["nbgrader"]
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            stream = {"output_type": "stream", "name": "stdout", "text": ["train0.loss: right.\n"]}
            cell["outputs"] = [stream]
    return notebook


def by_vs_code(notebook):
    """A notebook as VS Code saves it: ids anew, a language for each cell, more about the kernel."""
    notebook = copy.deepcopy(notebook)
    kernel = {"display_name": ".venv", "language": "python", "name": "python3"}
    notebook["metadata"] = {"kernelspec": kernel, "language_info": {"version": "3.12.3"}}
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n").splitlines(True)
    return notebook


def by_an_older_tool(notebook):
    """A notebook of format 4.2: no ids, a text as one piece."""
    notebook = copy.deepcopy(notebook)
    notebook["nbformat_minor"] = 2
    for cell in notebook["cells"]:
        del cell["id"]
        cell["source"] = "".join(cell["source"])
    return notebook


def without(notebook, gone):
    """A notebook without some cells."""
    cells = [cell for cell in notebook["cells"] if not gone(name_of(cell))]
    return {**notebook, "cells": cells}


def with_copies(notebook, names):
    """A notebook in which cells stand twice, the second time as a student's last try."""
    cells = []
    for cell in notebook["cells"]:
        if name_of(cell) in names:
            before = copy.deepcopy(cell)
            before["source"] = (
                "def trigram_probs(documents, vocab_size, before, token):\n    return 1"
            )
            cells.append(before)
        cells.append(cell)
        if name_of(cell) and name_of(cell).endswith("-test"):
            cells.append(copy.deepcopy(cell))
    return {**notebook, "cells": cells}


def with_changed(notebook, change):
    """A notebook, each of whose cells went through a function."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        change(cell)
    return notebook


def edit_tests(cell):
    """Makes a test of an answer one that always passes."""
    if (name_of(cell) or "").endswith("-test"):
        cell["source"] = "assert True"


def change_metadata(cell):
    """Gives a test other points, and marks an answer as none."""
    if "nbgrader" in cell["metadata"] and name_of(cell).endswith("-test"):
        cell["metadata"]["nbgrader"] |= {"points": 1000, "grade": False, "locked": False}
        cell["metadata"]["nbgrader"]["schema_version"] = 99
    cell["metadata"]["deletable"] = "maybe"


EXPECTED = {  # student: (points by tests, what the statuses say), by what `hand_in_all` hands in
    "s01": (0, "not tried"),
    "s02": (10, "right"),
    "s03": (7, "not right"),
    "s04": (10, "right"),
    "s05": (10, "right"),
    "s06": (10, "right"),
    "s07": (10, "right"),
    "s08": (6, "timed out"),
    "s09": (6, "crashed"),
    "s10": (7, "too much output"),
    "s11": (6, "cell deleted"),
    "s12": (10, "copied cells"),
    "s13": (0, "tests edited"),
    "s14": (10, "right"),
    "s15": (0, "not a notebook"),
    "s16": (0, "empty"),
    "s17": (10, "wrong name"),
    "s18": (0, "missing"),
    "s19": (6, "not right"),
    "s20": (6, "not right"),
    "s21": (0, "not a notebook"),
    "s22": (0, "not a notebook"),
    "s23": (0, "wrong name"),
    "s24": (0, "too large"),
    "s25": (0, "another notebook"),
    "s26": (10, "late"),
    "s27": (7, "out of memory"),
    "s28": (0, "not a notebook"),
    "s29": (6, "not right"),
}


def hand_in_all(group):
    """Hand in for every student."""
    solved, course = group.solved(), group.course
    group.hand_in("s01", group.blank())
    group.hand_in("s02", solved)
    group.hand_in("s03", group.solved({"train0.split_by_name": WRONG}))
    group.hand_in("s04", by_colab(solved))
    group.hand_in("s05", by_colab(solved, forgetful=True))
    group.hand_in("s06", by_vs_code(solved))
    group.hand_in("s07", by_an_older_tool(solved))
    group.hand_in("s08", group.solved({"train0.trigram": LOOP}))
    group.hand_in("s09", group.solved({"train0.trigram": EXIT}))
    group.hand_in("s10", group.solved({"train0.split_by_name": PRINTS}))
    lost = {"train0-trigram", "train0-trigram-test", "train0-interpolated-test"}
    group.hand_in("s11", without(solved, lost.__contains__))
    group.hand_in("s12", with_copies(solved, {"train0-trigram"}))
    group.hand_in("s13", with_changed(group.blank(), edit_tests))
    group.hand_in("s14", with_changed(solved, change_metadata))
    group.hand_in("s15", b"%PDF-1.7 not this")
    group.hand_in("s16", b"")
    group.hand_in("s17", solved, "train0 (1).ipynb")
    group.path("s18").parent.rmdir()
    group.hand_in("s19", group.solved({"train0.trigram": CHEAT}))
    files = [str(course / "gradebook.db"), str(course / "seed.txt")]
    files.append(str(course / "source" / CHAPTER / f"{CHAPTER}.ipynb"))
    vandal = VANDAL.format(folders=[str(course / "submitted"), str(course)], files=files)
    group.hand_in("s20", group.solved({"train0.trigram": vandal}))
    group.path("s21").symlink_to(group.path("s02"))
    os.mkfifo(group.path("s22"))
    for name in ("final.ipynb", "really final.ipynb"):
        group.hand_in("s23", solved, name)
    group.hand_in("s24", b" " * (33 << 20))
    other = course / "release" / "train1" / "train1.ipynb"
    group.hand_in("s25", other.read_bytes())
    group.hand_in("s26", solved)
    group.path("s26", "timestamp.txt").write_text("2027-02-01 00:00:01 UTC")
    group.hand_in("s27", group.solved({"train0.interpolated": GROWS}))
    group.hand_in("s28", b"[" * 200_000)
    thief = {"train0.trigram": THIEF.format(files=files), WRITTEN: "<script>alert(2)</script>"}
    thief["train0.count_pairs"] = "### BEGIN HIDDEN TESTS"
    group.hand_in("s29", group.solved(thief))
    for student in EXPECTED:
        note = course / "submitted" / student / CHAPTER / "timestamp.txt"
        if note.parent.is_dir() and not note.exists():
            note.write_text("2027-01-31 12:00:00 UTC")


@pytest.fixture(scope="module")
def group(course, parts):
    """The class, all of whom have handed in."""
    group = Class(course, parts)
    hand_in_all(group)
    names = [[student, "Ada", student.upper(), f"{student}@example.org"] for student in EXPECTED]
    assignment.write_csv(course / "roster.csv", [assignment.ROSTER, *names])
    assignment.write_csv(
        course / "due.csv", [["chapter", "due"], [CHAPTER, "2027-02-01 00:00+00:00"]]
    )
    return group


def grading(course, *arguments):
    """What the grader prints; it must end well."""
    command = [sys.executable, "-m", "tools.grading.grade", "--out", str(course)]
    command += ["--chapter", CHAPTER, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def marks(course):
    """{student: {exercise: (points, status)}} of marks.csv."""
    found = {}
    with open(course / "marks.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert row["chapter"] == CHAPTER and float(row["maximum"]) in (3, 4)
            mine = found.setdefault(row["student"], {})
            mine[row["exercise"]] = (row["points"], row["status"])
    return found


def test_a_release_has_the_cells_that_its_records_name(course):
    for lesson in exercises.read_lessons():
        folder = course / "release" / lesson
        assert [path.name for path in folder.iterdir()] == [f"{lesson}.ipynb"]
        release = json.loads((folder / f"{lesson}.ipynb").read_text(encoding="utf-8"))
        found = records.read(course, lesson, release).exercises
        ids = {name_of(cell): cell["id"] for cell in release["cells"]}
        assert found and all(ids[one.grade_id] == one.cell_id for one in found)
        assert records.path_of(course, lesson).exists()


@pytest.fixture(scope="module")
def first(group):
    """(what the first run printed, the marks after it)."""
    return grading(group.course), marks(group.course)


@pytest.mark.parametrize("student", EXPECTED)
def test_a_student_s_marks(first, student):
    mine = first[1][student]
    points, status = EXPECTED[student]
    assert set(mine) == {*TESTS, WRITTEN}
    assert sum(float(mine[name][0]) for name in TESTS) == points, mine
    assert any(status in said for _, said in mine.values()), mine


def test_every_status_is_on_the_instructor_s_page(first):
    page = (ROOT / "book" / "teaching.md").read_text(encoding="utf-8")
    for mine in first[1].values():
        for _, said in mine.values():
            for status in said.split("; "):
                assert f"| {status} |" in page


def test_written_answers_wait_for_a_hand_and_blank_ones_are_worth_nothing(first):
    assert first[1]["s01"][WRITTEN] == ("0", "not tried")
    assert first[1]["s02"][WRITTEN] == ("", "to be marked by hand")


def test_nothing_was_stolen_broken_or_left_open(first, group):
    said = first[0]
    assert f"closed off: {', '.join(isolation.OUTSIDE)}" in said or "NB: " in said
    with sqlite3.connect(group.course / "gradebook.db") as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    assert assignment.seed_of(group.course) not in json.dumps(group.blank())


def test_feedback_shows_what_is_wrong_and_hides_the_tests(first, group):
    page = group.course / "feedback" / "s03" / CHAPTER / f"{CHAPTER}.html"
    text = page.read_text(encoding="utf-8")
    assert "The second list is empty: nothing is held out." in text
    for word in (assignment.seed_of(group.course), "HIDDEN", "examine"):
        assert word not in text


def test_nothing_that_a_student_wrote_runs_in_a_browser(first, group):
    page = group.course / "feedback" / "s29" / CHAPTER / f"{CHAPTER}.html"
    text = page.read_text(encoding="utf-8")
    assert "alert(1)" in text and "alert(2)" in text
    assert not re.search(r"<script>\s*alert", text)
    seed = assignment.seed_of(group.course)
    assert seed not in text and seed not in (group.course / "marks.csv").read_text()


def students_judged(said):
    """The students that a run of the grader has judged, going by what it printed."""
    return set(re.findall(r"^(s\d\d) .*, [\d.]+ s$", said, flags=re.MULTILINE))


def test_twice_the_same_marks_whether_judged_again_or_not(first, group):
    second = grading(group.course)
    assert marks(group.course) == first[1]
    assert students_judged(second) == set()
    grading(group.course, "--again")
    assert marks(group.course) == first[1]


def by_hand(course, student, points):
    """Give points for the written answer, in nbgrader's gradebook."""
    python = assignment.setup(*assignment.ENVIRONMENT)
    code = (
        "from nbgrader.api import Gradebook\n"
        f"with Gradebook('sqlite:///{course}/gradebook.db', 'microgpt') as book:\n"
        f"    grade = book.find_grade('train0-no_shuffle', 'train0', 'train0', '{student}')\n"
        f"    grade.manual_score, grade.needs_manual_grade = {points}, False\n"
        "    book.db.commit()\n"
    )
    subprocess.run([python, "-c", code], check=True)


def test_marks_given_by_hand_stay_and_are_in_the_table(first, group):
    by_hand(group.course, "s02", 3)
    backups = len(list((group.course / "backups").iterdir()))
    grading(group.course)
    assert marks(group.course)["s02"][WRITTEN] == ("3", "marked by hand")
    page = group.course / "feedback" / "s02" / CHAPTER / f"{CHAPTER}.html"
    assert "marked (3 of 4 points)" in page.read_text(encoding="utf-8")
    assert len(list((group.course / "backups").iterdir())) == backups + 1
    grading(group.course, "--again")
    assert marks(group.course)["s02"][WRITTEN] == ("3", "marked by hand, to be looked at again")


def test_an_interrupted_run_goes_on_where_it_stopped(first, group):
    # as if it had been stopped between the judge and the gradebook, and before either
    record = group.course / "judged" / "s04" / f"{CHAPTER}.json"
    half = json.loads(record.read_text())
    record.write_text(json.dumps({**half, "entered": False}))
    (group.course / "judged" / "s08" / f"{CHAPTER}.json").unlink()
    shutil.rmtree(group.course / "autograded" / "s07")
    said = grading(group.course)
    assert students_judged(said) == {"s04", "s07", "s08"}
    now = marks(group.course)
    assert {name: now["s04"][name] for name in TESTS} == {n: first[1]["s04"][n] for n in TESTS}
    assert sum(float(now["s08"][name][0]) for name in TESTS) == EXPECTED["s08"][0]


def test_a_corrected_check_is_graded_again_and_marks_by_hand_stay(
    first, group, tmp_path, monkeypatch
):
    by_hand(group.course, "s06", 2)
    for name in ("tools", "microgpt_ref"):
        shutil.copytree(ROOT / name, tmp_path / name)
    check = tmp_path / "microgpt_ref" / "lab" / "checks" / f"{CHAPTER}.py"
    sound = check.read_text(encoding="utf-8")
    fault = 'def split_by_name(answer, rng):\n    raise Wrong("a fault in the test")\n'
    assert "def split_by_name(answer, rng):\n" in sound
    monkeypatch.setattr(grade, "ROOT", tmp_path)
    for text, points in (
        (sound.replace("def split_by_name(answer, rng):\n", fault), 7),
        (sound, 10),
    ):
        check.write_text(text, encoding="utf-8")
        grade.grade(group.course, [CHAPTER], say=lambda line: None)
        mine = marks(group.course)["s06"]
        assert sum(float(mine[name][0]) for name in TESTS) == points
        assert mine[WRITTEN][0] == "2"


def test_a_second_run_at_the_same_time_is_refused_in_a_line(first, group):
    with alone_in(group.course):
        command = [sys.executable, "-m", "tools.grading.grade", "--out", str(group.course)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "another make command is at work" in done.stderr
    assert not done.stdout and len(done.stderr.splitlines()) == 1


def test_files_from_a_learning_management_system_are_collected_and_graded(tmp_path):
    assert assignment.main(["train0", "--out", str(tmp_path)]) == 0
    release = tmp_path / "release" / "train0" / "train0.ipynb"
    (tmp_path / "roster.csv").write_text(
        "First name;Last name;ID number\nAda;Lovelace;a1\nÜmit;O'Neil;u2\n", encoding="utf-8"
    )
    (tmp_path / "due.csv").write_text("chapter,due,zone\ntrain0,2027-01-31,UTC\n")
    zipped = tmp_path / "downloaded.zip"
    days = {"Ada Lovelace_12345": 31, "Ümit O'Neil_67": 30}
    with zipfile.ZipFile(zipped, "w") as file:
        for folder, day in days.items():
            name = f"{folder}_assignsubmission_file_/train0.ipynb"
            info = zipfile.ZipInfo(name, (2027, 1, day, 23, 59, 58))
            file.writestr(info, release.read_bytes())
    options = ["--out", str(tmp_path), "--chapter", "train0"]
    assert collect.main([str(zipped), *options]) == 0
    for student in ("a1", "u2"):
        path = tmp_path / "submitted" / student / "train0" / "train0.ipynb"
        assert path.read_bytes() == release.read_bytes()
    said = grading(tmp_path)
    assert "train0 is due at 2027-01-31 23:59:59 (UTC, UTC+00:00)" in said
    assert not any(
        "late" in status for mine in marks(tmp_path).values() for _, status in mine.values()
    )


def test_whatever_stands_in_the_class_feedback_has_no_address_to_load_from(first, group):
    for page in (group.course / "feedback").glob("*/*/*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(src|href)=["']?(https?:)?//|url\(["']?(https?:)?//""", text)
        assert "<script" not in text


def test_a_chapter_that_was_released_without_records_is_graded(tmp_path):
    assignment.begin(tmp_path)
    source = tmp_path / "source" / CHAPTER / f"{CHAPTER}.ipynb"
    source.parent.mkdir()
    shutil.copy(ROOT / "tests" / "released" / "source.json", source)
    python = assignment.setup(*assignment.ENVIRONMENT)
    assignment.nbgrader(python, tmp_path, [{"op": "release", "chapter": CHAPTER}])
    release = tmp_path / "release" / CHAPTER / f"{CHAPTER}.ipynb"
    kept = json.loads((ROOT / "tests" / "released" / "release.json").read_text(encoding="utf-8"))
    assert json.loads(release.read_text(encoding="utf-8"))["cells"] == kept["cells"]
    known = {one.grade_id: one for one in assignment.make(CHAPTER, Weave()).exercises}
    for student in ("s01", "s02", "s03"):
        notebook = copy.deepcopy(kept)
        for cell in notebook["cells"]:
            if name_of(cell) in known and student != "s01":
                cell["source"] = known[name_of(cell)].solution_text
            if name_of(cell) == "train0-trigram" and student == "s03":
                cell["source"] = cell["source"].replace("return", "return -")
        path = tmp_path / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    assignment.write_csv(tmp_path / "roster.csv", [["id"], ["s01"], ["s02"], ["s03"]])
    grading(tmp_path)
    assert not (tmp_path / "records").exists()
    assert {student: list(mine.values()) for student, mine in marks(tmp_path).items()} == {
        "s01": [("0", "not tried"), ("0", "not tried")],
        "s02": [("4", "right"), ("", "to be marked by hand")],
        "s03": [("0", "not right"), ("", "to be marked by hand")],
    }
    page = tmp_path / "feedback" / "s02" / CHAPTER / f"{CHAPTER}.html"
    assert "HIDDEN" not in page.read_text(encoding="utf-8")
