"""Import files: read back by the rules that Moodle and Canvas document for them."""

import csv
from fractions import Fraction

import pytest

from tools.grading import import_files
from tools.grading.roster import read_roster
from tools.grading.rules import Rules
from tools.grading.totals import Line, Result

FROM_CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,old (1)
Points Possible,,,,,10
"Lovelace, Ada",901,a1,ada,Group 1,3
"Turing, Alan",902,a2,alan,Group 2,
"""
FROM_MOODLE = """\
First name;Last name;ID number;Username;Email address
Ada;Lovelace;7001;ada;ada@example.org
Alan;Turing;7002;alan;
"""
OURS = "id,first_name,last_name,email\n7001,Ada,Lovelace,ada@example.org\n7002,Alan,Turing,\n"


def result(points, maximum, waiting=()):
    """What a student has in a chapter."""
    return Result(Fraction(points), Fraction(maximum), list(waiting))


@pytest.fixture
def write(tmp_path):
    """A function: ({file: its rows}, what was said) for a roster of two students."""

    def call(roster, one=None, two=None, canvas_total=""):
        (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
        found = read_roster(tmp_path / "roster.csv")
        made = one or {"train1": result(2, 3)}, two or {"train1": result(7, 11, ["train1.w"])}
        lines = [
            Line(name, results, next(iter(results.values())), [])
            for name, results in zip(found.students, made, strict=False)
        ]
        said = []
        counting = Rules(dict.fromkeys(["train0", "train1"]), canvas_total=canvas_total)
        import_files.write(tmp_path, found, lines, counting, said.append)
        rows = {}
        for path in (tmp_path / "moodle.csv", tmp_path / "canvas.csv"):
            if path.exists():
                with open(path, newline="", encoding="utf-8") as file:
                    rows[path.stem] = list(csv.reader(file))
        return rows, "\n".join(said)

    return call


def imported_by_canvas(rows):
    """{(ID, SIS User ID, SIS Login ID, name): {assignment: (grade, points possible)}}.

    As Canvas documents its format: at least a name and an ID in front; then SIS User ID and SIS
    Login ID, or SIS Login ID alone; Section; and behind it the assignments.
    """
    head, possible, *students = rows
    assert len(head) > 3 and "Student" in head[0] and "ID" in head[1]
    columns, user, login = 3, None, None
    if head[2] == "SIS Login ID":
        columns, login = 4, 2
    elif head[2:4] == ["SIS User ID", "SIS Login ID"]:
        columns, user, login = 5, 2, 3
    assert "Section" in head[columns - 1] and "Points Possible" in possible[0]
    found = {}
    for row in students:
        assert len(row) == len(head)
        who = row[1], row[user] if user else "", row[login] if login else "", row[0]
        cells = zip(row[columns:], possible[columns:], strict=True)
        found[who] = dict(zip(head[columns:], cells, strict=True))
    return found


def imported_by_moodle(rows, by):
    """{student, in the column `by`: {column: grade or None}}; cells are numbers or empty."""
    head, *students = rows
    found = {}
    for row in students:
        assert len(row) == len(head) > 1
        one = dict(zip(head, row, strict=True))
        assert one[by]  # a line that names nobody stops an import
        known = ("ID number", "Username", "Email address")
        grades = {name: text for name, text in one.items() if name not in known}
        found[one[by]] = {name: float(text) if text else None for name, text in grades.items()}
    return found


def test_canvas_finds_students_of_its_own_export(write):
    rows, said = write(FROM_CANVAS)
    assert imported_by_canvas(rows["canvas"]) == {
        ("901", "a1", "ada", "Lovelace, Ada"): {"train1": ("66.67", "100")},
        ("902", "a2", "alan", "Turing, Alan"): {"train1": ("", "100")},  # still to be marked
    }
    assert "canvas.csv" not in said


@pytest.mark.parametrize(
    "roster, ids",
    [
        ("name,SIS User ID\nAda L,a1\nAlan T,a2\n", [("", "a1", ""), ("", "a2", "")]),
        ("name,SIS Login ID\nAda L,ada\nAlan T,alan\n", [("", "", "ada"), ("", "", "alan")]),
        ("id,SIS Login ID\n1,ada\n2,alan\n", [("", "", "ada"), ("", "", "alan")]),
    ],
)
def test_canvas_finds_students_by_what_the_roster_has(write, roster, ids):
    rows, _ = write(roster)
    assert [who[:3] for who in imported_by_canvas(rows["canvas"])] == ids


def test_canvas_gets_the_total_for_an_assignment_that_the_rules_name(write):
    assert "total" not in write(FROM_CANVAS)[0]["canvas"][0]
    rows, _ = write(FROM_CANVAS, canvas_total="Course total")
    found = imported_by_canvas(rows["canvas"])
    assert [grades["Course total"] for grades in found.values()] == [("66.67", "100"), ("", "100")]
    assert rows["moodle"][0][-1] == "total"


def test_an_id_of_the_school_s_is_not_taken_for_canvas_s(write):
    rows, said = write(OURS)
    found = imported_by_canvas(rows["canvas"])
    assert list(found) == [("", "", "", "Ada Lovelace"), ("", "", "", "Alan Turing")]
    assert "NB: canvas.csv: Canvas will know 7001 and others by name alone" in said


@pytest.mark.parametrize("roster", ["id\n1\n2\n", "id,name\n1,Jo Kim\n2,Jo Kim\n"])
def test_where_canvas_can_t_tell_who_somebody_is_there_is_no_file(write, tmp_path, roster):
    (tmp_path / "canvas.csv").write_text("of an earlier run")
    rows, said = write(roster)
    assert "canvas" not in rows and "moodle" in rows
    assert "canvas.csv: not written: Canvas can't tell who 1 is; take the roster from" in said


def test_moodle_finds_students_by_each_column_that_all_have(write):
    rows, said = write(FROM_MOODLE)
    grades = [{"train1": 66.67, "total": 66.67}, {"train1": None, "total": None}]
    for by, names in (("ID number", ("7001", "7002")), ("Username", ("ada", "alan"))):
        assert imported_by_moodle(rows["moodle"], by) == dict(zip(names, grades, strict=True))
    assert "Email address" not in rows["moodle"][0]
    assert "NB: moodle.csv: no column Email address, as roster.csv has none for 7002" in said


def test_an_id_is_moodle_s_id_number(write):
    assert list(imported_by_moodle(write(OURS)[0]["moodle"], "ID number")) == ["7001", "7002"]


def test_where_moodle_can_t_tell_who_somebody_is_there_is_no_file(write, tmp_path):
    (tmp_path / "moodle.csv").write_text("of an earlier run")
    rows, said = write("SIS User ID,name\na1,Ada L\na2,Alan T\n")
    assert "moodle" not in rows and "roster.csv needs an ID number, user name or e-mail" in said


def test_a_chapter_that_nobody_has_yet_has_no_column(write):
    one, two = {"train1": result(3, 3)}, {"train0": result(0, 3), "train1": result(1, 3)}
    rows, _ = write(FROM_CANVAS, one, two)
    (first, second) = imported_by_canvas(rows["canvas"]).values()
    assert first == {"train0": ("", "100"), "train1": ("100", "100")}
    assert second == {"train0": ("0", "100"), "train1": ("33.33", "100")}
    assert list(imported_by_canvas(write(FROM_CANVAS)[0]["canvas"]).popitem()[1]) == ["train1"]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1+1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(write, text):
    rows, said = write(f"id,name,section,username\n1,{text},{text},{text}\n2,Alan,x,alan\n")
    cells = [cell for table in rows.values() for row in table for cell in row]
    assert f"'{text}" in cells and not any(cell in FORMULAS for cell in cells)
    assert f"{text!a} gets a ' in front" in said
