"""Tables as Excel, Moodle and Canvas write them, read or refused with what would help."""

import csv

import pytest

from tools.grading import tables
from tools.grading.tables import RosterError

PLAIN = "id,name\ns01,Zoë\n\ns02,Müller\n"
ROWS = [(2, {"id": "s01", "name": "Zoë"}), (4, {"id": "s02", "name": "Müller"})]


def read(tmp_path, content):
    """The rows of a table of these bytes, or this text."""
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return tables.read_table(path)[1]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", ", "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_is_read_in_any_shape(tmp_path, encoding, separator, end):
    text = PLAIN.replace(",", separator).replace("\n", end)
    assert read(tmp_path, text.encode(encoding)) == ROWS


@pytest.mark.parametrize(
    "text",
    [
        '"id","name"\n"s01","Zoë"\n\n"s02","Müller"\n',
        "sep=;\nid;name\ns01;Zoë\ns02;Müller\n",
        "ID, Name ,\ns01,Zoë,\n,,\ns02,Müller,,,\n",
        "id,name,id\ns01,Zoë,other\ns02,Müller\n",
    ],
)
def test_what_programs_add_is_passed_over(tmp_path, text):
    found = [{key: row[key] for key in ("id", "name")} for _, row in read(tmp_path, text)]
    assert found == [row for _, row in ROWS]


def test_a_field_may_hold_what_separates_in_other_tables(tmp_path):
    found = read(tmp_path, 'Student,ID\n"Lovelace, Ada",1\nb;c,2\n')
    assert [row["student"] for _, row in found] == ["Lovelace, Ada", "b;c"]
    assert read(tmp_path, "id;name\n1;Lovelace, Ada\n")[0][1]["name"] == "Lovelace, Ada"


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "empty; its first line should be one of headings"),
        ("\n\n", "empty"),
        ("id,name\n1,Lovelace, Ada\n", 'line 2: 3 fields below 2 headings.*"Lovelace, Ada"'),
        ('id,name\n1,"Ada\n2,Bob\n', "line 2: a quotation mark that is opened here isn't closed"),
        ('id,name\n1,x\n2,"Ada\n3,y', "line 3: a quotation mark"),
        (b"PK\x03\x04...", "a workbook; in Excel, save it as CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0...", "a workbook"),
        ("id\n" + "x" * 200_000, "line 2: field larger than"),
    ],
)
def test_a_table_that_can_t_be_read_is_refused_with_the_line(tmp_path, content, message):
    with pytest.raises(RosterError, match=message) as error:
        read(tmp_path, content)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing_or_huge_is_refused(tmp_path, monkeypatch):
    with pytest.raises(RosterError, match="No such file"):
        tables.read_table(tmp_path / "none.csv")
    with pytest.raises(RosterError):
        tables.read_table(tmp_path)
    monkeypatch.setattr(tables, "LARGEST", 3)
    with pytest.raises(RosterError, match="larger than"):
        read(tmp_path, PLAIN)


def test_columns_of_our_own_are_asked_for(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Chapter;DUE\ntrain1;x\n")
    assert tables.rows_of(path, ["chapter", "due"]) == [{"chapter": "train1", "due": "x"}]
    with pytest.raises(RosterError, match="should have the column zone, and has Chapter, DUE"):
        tables.rows_of(path, ["chapter", "zone"])


def test_a_table_of_our_own_does_nothing_in_a_spreadsheet(tmp_path):
    fields = ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "＝1", "s-1", "1 × =", -1, 2.5, 'a"b\nc']
    path = tmp_path / "t.csv"
    path.write_bytes(tables.to_csv([fields]))
    with open(path, newline="", encoding="utf-8-sig") as file:
        (found,) = csv.reader(file)
    assert [text[0] == "'" for text in found] == [True] * 7 + [False] * 5
    assert found[7:] == ["s-1", "1 × =", "-1", "2.5", 'a"b\nc'] and found[0] == "'=1+1"
