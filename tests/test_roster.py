"""The roster: whatever exports it, and names that would be obeyed by a page."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tools.grading import roster
from tools.grading.tables import RosterError


@pytest.fixture
def read(tmp_path):
    """A function: the Roster in a file of this text."""

    def call(text):
        path = tmp_path / "r.csv"
        path.write_text(text, encoding="utf-8")
        return roster.read_roster(path)

    return call


ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}
NAMES = "Ada,Lovelace,ada@example.org"


@pytest.mark.parametrize(
    "text, name",
    [
        (f"id,first_name,last_name,email\ns01,{NAMES}", "s01"),
        (f"ID, First_Name, LAST NAME, E-mail\ns01,{NAMES}", "s01"),
        (f"Student ID,First name,Surname,Email\ns01,{NAMES}", "s01"),
        (f'ID number,"First name","Last name","Email address"\n7,{NAMES}', "7"),  # Moodle
        (f"First name,Last name,Email address,ID number\n{NAMES},7", "7"),
        (f"First name,Last name,Email address,ID number,Groups\n{NAMES},,G", "ada@example.org"),
        ("Identifier,Full name,ID number,Email\nParticipant 9,Ada Lovelace,7,ada@example.org", "7"),
        ('Student,ID,SIS User ID,SIS Login ID,Section,Email\n"    Points Possible",,,,,\n'
         '"Lovelace, Ada",12,u7,ada,S,ada@example.org\n"Student, Test",99,,,S,\n', "12"),  # Canvas
        ("SIS User ID,Student,Email\nu7,\"Lovelace, Ada\",ada@example.org", "u7"),
        ("Username,Name,Mail\nada,Ada Lovelace,ada@example.org", "ada"),
        ("Vorname;Nachname;ID-Nummer;E-Mail-Adresse\nAda;Lovelace;7;ada@example.org", "7"),
    ],
)  # fmt: skip
def test_a_roster_is_read_as_it_is_exported(read, text, name):
    found = read(text)
    assert found.details() == {name: ADA} and not found.notes


def test_ids_alone_are_a_roster(read):
    assert list(read("id\ns01\nb.c@d-e\n").students) == ["s01", "b.c@d-e"]


def test_what_a_student_is_also_known_by_is_kept(read):
    text = 'Student,ID,SIS User ID,SIS Login ID\n"Lovelace, Ada",12,U7,ada\n'
    assert read(text).students["12"].others == ["ada", "u7"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("id\n", "no students yet; write one on each line, below 'id'"),
        ("name\nx\n", "should have the column id, or ID number.*it has name"),
        ("s01,Ada\ns02,Bob\n", "should have the column id.*it has s01, Ada"),
        ("id\ns01\n../s02\n", r"line 3: '../s02' is no id: letters, digits"),
        ("id\n=1+1\n", r"line 2: '=1\+1' is no id"),
        ("id\n<b>x</b>\n", "line 2: '<b>x</b>' is no id"),
        ("id\n-rf\n", "is no id"),
        ("id\n" + "x" * 65, "is no id"),
        ("id\n1.23457E+11\n", "Excel has cut it short: format the column as text"),
        ("id\ns01\n\ns01\n", "line 4: s01 is there twice"),
        ("id\nS01\ns01\n", "line 3: s01 is there twice"),  # one folder on a Mac
        ("id,name\ns01,a\n,b\n", "line 3: no id; fill in"),
        ("ID number,Email\n,\n7,\n,x@y.z\n", "line 4: no id"),
    ],
)
def test_a_roster_that_can_t_be_read_is_refused_with_the_line(read, text, message):
    with pytest.raises(RosterError, match=message) as error:
        read(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["O'Neil", "d’Arc", "Jean-Luc", "Ümit Straße", "Nguyễn Thị", "李 小龙", "Мария", "محمد",
     "علی\u200cرضا", "क्\u200dष", "ശ്രീ ര്\u200d",
     "Anne (she/her)", "Martin Luther King, Jr.", "José·María", "Smith 2"],
)  # fmt: skip
def test_an_honest_name_is_shown_as_it_is(read, name):
    found = read(f'id,first_name\ns01,"{name}"\n')
    assert found.students["s01"].first_name == name.replace("'", "’") and not found.notes


@pytest.mark.parametrize(
    "name",
    ["<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "' onmouseover='alert(1)",
     "&lt;script&gt;", "`${alert(1)}`", "{{7*7}}", "a\\u003cscript", "javascript:alert(1)",
     "\u202eevil", "a\u200cb", "\u200dمحمد", "م\u200d\u200dد", "م\u2067\u202eد",
     "a\x00b\x1b[31m", "=HYPERLINK(1)", "＜script＞"],
)  # fmt: skip
def test_a_name_with_markup_is_shown_without_and_said_so(read, name):
    found = read('id,first_name,last_name\ns01,"{0}","{0}"\n'.format(name.replace('"', '""')))
    student = found.students["s01"]
    for text in (student.first_name, student.last_name):
        assert not set("<>&\"'`{}$\\:=;[]\u202e\u2067＜＞") & set(text)
        assert as_printed(text).isprintable()
    assert "line 2" in found.notes[0]
    assert all(note.isascii() and note.isprintable() for note in found.notes)


def test_a_name_has_no_piles_of_accents_that_would_cover_other_lines():
    assert roster.shown("Z" + "\u0316" * 70 + "oe") == "Z" + "\u0316" * 4 + "oe"
    joined = roster.shown("ع" + ("\u064e" * 4 + "\u200c") * 9)
    assert joined.count("\u064e") == 4
    assert roster.shown("นุ้ย") == "นุ้ย" and roster.shown("e\u0302\u0301") == "ế"


def test_a_vast_name_does_not_fill_the_terminal(read):
    (note,) = read(f"id,first_name\ns01,{'a' * 10_000}\n").notes
    assert len(note) < 500


def as_printed(text):
    """A text without the signs that join letters of some scripts, where they may stand."""
    return roster.JOINER.sub("", text)


@given(some.text())
def test_no_text_at_all_is_shown_with_a_sign_that_means_something(name):
    text = roster.shown(name)
    assert len(text) <= roster.LONGEST and "\n" not in text
    text = as_printed(text)
    assert all(c in roster.PLAIN or unicodedata.category(c)[0] in "LMN" for c in text)


@pytest.mark.parametrize("email", ["<script>@x.org", 'a@b"c', "a b@c", "javascript:x", "a@b<c>"])
def test_an_address_that_is_none_is_dropped(read, email):
    text = 'id,email\ns01,"{}"\n'.format(email.replace('"', '""'))
    assert read(text).students["s01"].email == ""


def test_a_whole_university_is_read(read):
    assert len(read("id\n" + "".join(f"u{i}\n" for i in range(20_000))).students) == 20_000


@pytest.mark.parametrize(
    "ids, lost",
    [("1234 0123 3456", False), ("1234 123 3456", True), ("99 100 101", True),
     ("1 2 3 10", False), ("s1 s22 s33", False), ("7", False)],
)  # fmt: skip
def test_zeros_that_excel_has_dropped_are_told(read, ids, lost):
    notes = read("\n".join(["id", *ids.split()])).notes
    assert ["Excel drops zeros" in note for note in notes] == [True] * lost


def test_ids_that_differ_by_capitals_are_one(read):
    with pytest.raises(RosterError, match="line 3: U1 is there twice"):
        read("id\nu1\nU1\n")
