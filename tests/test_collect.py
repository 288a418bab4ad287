"""Collecting from a zip: whose a file is, when it was handed in, and zips made to do harm."""

import datetime
import io
import os
import stat
import struct
import zipfile

import pytest

from tools.grading import collect, deadlines, handins, submissions, zipped
from tools.grading.assignment import AssignmentError
from tools.grading.roster import read_roster

ROSTER = """\
id,first_name,last_name,email,ID number
s01,Ada,Lovelace,ada@example.org,7001
s02,Alan,Turing,turing.a@example.org,7002
s03,Eve,O'Neil,eve@example.org,7003
s04,Ümit,Straße,umit@example.org,7004
s05,Jo,Kim,jo1@example.org,7005
s06,Jo,Kim,jo2@example.org,7006
"""
NOON = (2027, 1, 31, 12, 0, 0)


@pytest.fixture
def course(tmp_path):
    """A course with a roster and one chapter, as far as the collector looks at it."""
    out = tmp_path / "class"
    (out / "release" / "train9").mkdir(parents=True)
    (out / "submitted").mkdir()
    (out / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return out


def entry(name, time=NOON, **attributes):
    """A file's head in a zip."""
    info = zipfile.ZipInfo(name, time)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def archive(path, *files):
    """A zip of files: (name or head, content), or names alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for one in files:
            head, content = one if isinstance(one, tuple) else (one, f"of {one}")
            target.writestr(head if isinstance(head, zipfile.ZipInfo) else entry(head), content)
    return path


@pytest.fixture
def collected(course, tmp_path):
    """A function: ({student: text that would be graded}, what was said) after a zip of files."""

    def call(*files):
        said = []
        path = archive(tmp_path / "all.zip", *files)
        collect.collect(path, course, "train9", datetime.UTC, said.append)
        found = {
            path.parent.parent.name: path.read_text()
            for path in (course / "submitted").glob("*/train9/train9.ipynb")
        }
        return found, "\n".join(said)

    return call


@pytest.mark.parametrize(
    "name, student",
    [
        ("Ada Lovelace_12345_assignsubmission_file_/train9.ipynb", "s01"),
        ("Ada Lovelace_12345_assignsubmission_file/train9.ipynb", "s01"),  # Moodle 4
        ("Ada Lovelace_12345_assignsubmission_file_train9.ipynb", "s01"),  # without folders
        ("Ada Lovelace_12345_assignsubmission_file_/deep/er/train9.ipynb", "s01"),
        ("LOVELACE Ada_12345_assignsubmission_file_/train9.ipynb", "s01"),
        ("Eve O'Neil_1_assignsubmission_file_/train9.ipynb", "s03"),
        ("Eve ONeil_1_assignsubmission_file_/train9.ipynb", "s03"),
        ("Ümit Straße_1_assignsubmission_file_/train9.ipynb", "s04"),
        ("U\u0308mit Strasse_1_assignsubmission_file_/train9.ipynb", "s04"),
        ("7002_Alan Turing_9_assignsubmission_file_/train9.ipynb", "s02"),
        ("7002 Alan Turing_9_assignsubmission_file_/train9.ipynb", "s02"),
        ("turing.a Alan Turing_9_assignsubmission_file_/train9.ipynb", "s02"),
        ("7005_Jo Kim_9_assignsubmission_file_/train9.ipynb", "s05"),
        ("7002_9_assignsubmission_file_/train9.ipynb", "s02"),
        ("Participant_7002_assignsubmission_file_/train9.ipynb", "s02"),
        ("lovelaceada_12345_67890_train9.ipynb", "s01"),
        ("lovelaceada_LATE_12345_67890_train9-1.ipynb", "s01"),
        ("oneileve_12345_67890_train9.ipynb", "s03"),
        ("straßeümit_12345_67890_train9.ipynb", "s04"),
        ("turingalan_7002_67890_train9.ipynb", "s02"),
        ("kimjo_7006_67890_my_own_name.ipynb", "s06"),
    ],
)
def test_whose_a_file_is_says_its_name(collected, name, student):
    found, _ = collected(name)
    assert found == {student: f"of {name}"}


@pytest.mark.parametrize(
    "name, why",
    [
        ("Jo Kim_9_assignsubmission_file_/train9.ipynb", "may be of s05, s06"),
        ("Nobody_9_assignsubmission_file_/train9.ipynb", "fits no student"),
        ("Participant_9_assignsubmission_file_/train9.ipynb", "fits no student"),
        ("Ada Lovelace_7002_assignsubmission_file_/train9.ipynb", "may be of s01, s02"),
        ("7002_Ada Lovelace_9_assignsubmission_file_/train9.ipynb", "may be of s01, s02"),
        ("lovelaceada_7002_1_train9.ipynb", "may be of s01, s02"),
        ("Somebody_7002_assignsubmission_file_/train9.ipynb", "an id of s02, but another name"),
        ("7002 Eve_9_assignsubmission_file_/train9.ipynb", "an id of s02, but another name"),
        ("7002 Eve O'Neil_9_assignsubmission_file_/train9.ipynb", "may be of s02, s03"),
        ("nobody_7002_67890_train9.ipynb", "an id of s02, but another name"),
        ("anon_x7_12345_train9.ipynb", "not named as"),
        ("train9.ipynb", "not named as"),
        ("submissions/Ada Lovelace_1_assignsubmission_file_/train9.ipynb", "not named as"),
        ("Ada Lovelace_1_assignsubmission_onlinetext_/onlinetext.html", "not a notebook"),
        ("Ada Lovelace_1_assignsubmission_onlinetext_/train9.ipynb", "not a notebook"),
        ("Ada Lovelace_1_assignsubmission_file_/answers.pdf", "not a notebook"),
    ],
)
def test_what_fits_nobody_or_several_is_listed_and_not_guessed(collected, name, why):
    found, said = collected(name)
    assert not found and why in said and ascii(name) in said


def test_only_the_top_folder_says_whose_a_file_is(collected):
    eve = "Eve O'Neil_678_assignsubmission_file_"
    nested = f"{eve}/Alan Turing_12345_assignsubmission_file_/train9.ipynb"
    found, _ = collected(nested)
    assert found == {"s03": f"of {nested}"}
    flat = f"{eve}Alan Turing_12345_assignsubmission_file_train9.ipynb"
    assert collected(flat)[0]["s03"] == f"of {flat}"
    slashed = f"{eve}\\Alan Turing_12345_assignsubmission_file_\\train9.ipynb"
    assert "s02" not in collected(slashed)[0]


@pytest.mark.parametrize(
    "names",
    [
        [
            "Alan Turing_1_assignsubmission_file_/a.ipynb",
            "Alan Turing_2_assignsubmission_file_/b.ipynb",
        ],
        ["turingalan_1_5_train9.ipynb", "turingalan_2_6_train9.ipynb"],
        [
            "Alan Turing_1_assignsubmission_file_/a.ipynb",
            "turing alan_2_assignsubmission_file_/b.ipynb",
        ],
    ],
)
def test_two_who_would_be_the_same_student_are_both_left_alone(collected, names):
    ada = "Ada Lovelace_3_assignsubmission_file_/train9.ipynb"
    found, said = collected(*names, ada)
    assert set(found) == {"s01"}
    assert said.count("would both be s02") == 2


# Times


def note(course, student="s01"):
    """What the collector has noted on when a student handed in."""
    return (course / "submitted" / student / "train9" / "timestamp.txt").read_text().strip()


ADA = "Ada Lovelace_1_assignsubmission_file_/train9.ipynb"
ALAN = "Alan Turing_2_assignsubmission_file_/train9.ipynb"


def test_times_of_handing_in_are_kept(collected, course):
    collected((entry(ADA), "a"), (entry(ALAN, (2027, 2, 1, 0, 0, 2)), "b"))
    assert note(course) == "2027-01-31 12:00:00 UTC"
    assert note(course, "s02") == "2027-02-01 00:00:02 UTC"
    due = deadlines.moment("2027-02-01 00:00 UTC")
    folders = [course / "submitted" / student / "train9" for student in ("s01", "s02")]
    found = [deadlines.lateness(f, f / "train9.ipynb", due) for f in folders]
    assert found == [None, "late"]


def test_a_time_in_utc_counts_before_one_without_a_zone(collected, course):
    head = entry(ADA)
    head.extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_800_000_000)
    collected((head, "a"), (entry(ALAN, (2027, 2, 5, 0, 0, 0)), "b"))
    assert note(course) == "2027-01-15 08:00:00 UTC"


def test_a_zip_whose_times_are_those_of_the_download_makes_nobody_late(collected, course):
    _, said = collected((entry(ADA), "a"), (entry(ALAN, (2027, 1, 31, 12, 0, 4)), "b"))
    assert "have the time at which it was made" in said
    assert note(course) == "before 2027-01-31 12:00:00 UTC"
    folder = course / "submitted" / "s01" / "train9"
    for due, remark in (("2027-01-31 13:00 UTC", None), ("2027-01-31 11:00 UTC", "time unknown")):
        path = folder / "train9.ipynb"
        assert deadlines.lateness(folder, path, deadlines.moment(due)) == remark


def test_late_in_canvas_is_what_canvas_says(collected, course):
    collected("lovelaceada_LATE_1_2_train9.ipynb", "turingalan_3_4_train9.ipynb")
    due = deadlines.moment("2000-01-01")
    folders = [course / "submitted" / student / "train9" for student in ("s01", "s02")]
    found = [deadlines.lateness(f, f / "train9.ipynb", due) for f in folders]
    assert found == ["late", None]


def test_the_zone_is_said_and_taken_from_the_due_dates(course, tmp_path):
    (course / "due.csv").write_text("chapter,due,zone\ntrain9,2027-02-01,Asia/Tokyo\n")
    path = archive(tmp_path / "a.zip", (entry(ADA), "a"), (entry(ALAN, (2027, 1, 1, 0, 0, 0)), "b"))
    said = []
    collect.collect(path, course, "train9", say=said.append)
    assert note(course) == "2027-01-31 03:00:00 UTC" and "Asia/Tokyo" in said[0]


def test_who_is_late_is_said_unless_they_have_an_extension(course, tmp_path):
    (course / "due.csv").write_text("chapter,due,zone\ntrain9,2027-01-30,UTC\n")
    (course / "extensions.csv").write_text("student,chapter,due\ns01,train9,2027-02-05\n")
    times = [(2027, 1, 31, 12, 0, 0), (2027, 1, 31, 13, 0, 0)]
    files = [(entry(name, time), "x") for name, time in zip((ADA, ALAN), times, strict=True)]
    said = []
    collect.collect(archive(tmp_path / "a.zip", *files), course, "train9", say=said.append)
    assert said[1].endswith("2027-01-31 12:00:00 UTC")
    assert said[2].startswith("s02: ") and said[2].endswith("2027-01-31 13:00:00 UTC: late")


# More than one


def test_the_newest_counts_and_older_ones_are_kept_and_told(collected, course):
    names = [f"lovelaceada_1_{n}_train9-{n}.ipynb" for n in (10, 9, 2)]
    found, said = collected(*names)
    assert found == {"s01": f"of {names[0]}"} and said.count("it doesn't count") == 2
    earlier = sorted((course / "submitted" / "s01" / "train9" / "earlier").glob("*/train9.ipynb"))
    assert {path.read_text() for path in earlier} == {f"of {name}" for name in names[1:]}


def test_the_file_of_the_right_name_counts_before_others(collected):
    folder = "Ada Lovelace_1_assignsubmission_file_"
    found, _ = collected(
        (entry(f"{folder}/train9.ipynb"), "right"),
        (entry(f"{folder}/scratch.ipynb", (2027, 3, 1, 0, 0, 0)), "newer"),
    )
    assert found == {"s01": "right"}


def test_a_second_zip_overwrites_nothing(collected, course):
    collected((entry(ADA), "first"))
    later, newer = (2027, 2, 2, 0, 0, 0), (2027, 2, 3, 0, 0, 0)
    assert collected((entry(ADA, later), "second"))[0] == {"s01": "second"}
    assert "was collected before" in collected((entry(ADA, newer), "second"))[1]
    found, said = collected((entry(ADA), "an old zip once more"))
    assert found == {"s01": "second"} and "it doesn't count" in said
    kept = (course / "submitted" / "s01" / "train9" / "earlier").glob("*/train9.ipynb")
    assert {path.read_text() for path in kept} == {"first", "an old zip once more"}


def test_who_goes_back_to_an_earlier_version_has_it_graded(collected):
    for day, text in enumerate(["first", "second", "first"], 1):
        found, _ = collected((entry(ADA, (2027, 2, day, 0, 0, 0)), text))
        assert found == {"s01": text}


def test_what_was_there_by_hand_is_kept(collected, course):
    folder = course / "submitted" / "s01" / "train9"
    folder.mkdir(parents=True)
    (folder / "Copy of train9.ipynb").write_text("by hand")
    collected((entry(ADA), "new"))
    assert (folder / "earlier" / "1" / "Copy of train9.ipynb").read_text() == "by hand"


# Zips made to do harm


@pytest.mark.parametrize(
    "name",
    ["../../Ada Lovelace_1_assignsubmission_file_/train9.ipynb", "/etc/train9.ipynb",
     "Ada Lovelace_1_assignsubmission_file_/../../../train9.ipynb", "C:\\train9.ipynb",
     "..\\Ada Lovelace_1_assignsubmission_file_\\train9.ipynb", "Ada_1_assignsubmission_file_/.."],
)  # fmt: skip
def test_a_name_that_leads_out_of_the_zip_is_left_out(collected, course, name):
    before = sorted(course.parent.rglob("*"))
    found, said = collected(name)
    assert not found and "left out" in said
    assert [p for p in sorted(course.parent.rglob("*")) if p.name != "all.zip"] == before


def test_links_encrypted_and_damaged_files_are_left_out(collected, course, tmp_path):
    link = entry(ADA, external_attr=(stat.S_IFLNK | 0o777) << 16)
    assert "a link or a device" in collected((link, "/etc/passwd"))[1]
    path = archive(tmp_path / "bad.zip", (entry(ADA, compress_type=zipfile.ZIP_STORED), "a" * 99))
    path.write_bytes(path.read_bytes().replace(b"a" * 9, b"b" * 9, 1))
    said = []
    _, left = collect.collect(path, course, "train9", say=said.append)
    assert left == 1 and "damaged" in "\n".join(said)
    assert not list((course / "submitted").rglob("*.ipynb"))
    path = archive(tmp_path / "bad.zip", (ADA, "".join(map(str, range(999)))))
    path.write_bytes(path.read_bytes().replace(path.read_bytes()[200:240], b"\xff" * 40))
    assert collect.collect(path, course, "train9", say=said.append)[1] == 1
    content = path.read_bytes()
    head = content.index(b"PK\x01\x02") + 8
    path.write_bytes(content[:head] + b"\x01" + content[head + 1 :])
    said.clear()
    collect.collect(path, course, "train9", say=said.append)
    assert "encrypted" in said[0]


def test_bombs_are_not_unpacked(collected, monkeypatch, course, tmp_path):
    monkeypatch.setattr(collect.submissions, "LARGEST", 1000)
    found, said = collected((entry(ADA), "x" * 1001), (entry(ALAN), "x" * 1000))
    assert set(found) == {"s02"} and "larger than" in said
    for where, limit, value in ((handins, "MOST", 1), (collect, "LARGEST", 1999)):
        with monkeypatch.context() as patch, pytest.raises(AssignmentError, match="zip holds more"):
            patch.setattr(where, limit, value)
            collected((entry(ADA), "x" * 1000), (entry(ALAN), "x" * 1000))


def test_a_student_s_bomb_of_many_files_keeps_no_one_from_being_collected(collected, monkeypatch):
    for name, limit in (("SHARE", 3000), ("LARGEST", 5000)):
        monkeypatch.setattr(collect, name, limit)
    top = "Ada Lovelace_11_assignsubmission_file_"
    bombs = [(f"{top}/{i}.ipynb", "x" * 1000) for i in range(60)]
    found, said = collected(*bombs, (entry(ALAN), "Alan's"))
    assert set(found) == {"s01", "s02"} and found["s02"] == "Alan's"
    assert said.count("MB of s01; left out") == 57


def test_a_zip_in_a_zip_stays_one(collected, tmp_path):
    inner = archive(tmp_path / "inner.zip", (entry(ADA), "x" * 10**6)).read_bytes()
    found, said = collected((f"{ADA[: -len('train9.ipynb')]}train9.zip", inner))
    assert not found and "not a notebook; left out" in said


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["train9.ipynb", "TRAIN9.ipynb", "Train9.IPYNB"])
def test_of_two_files_whose_names_are_alike_none_is_lost(collected, course, other):
    top = ADA[: -len("train9.ipynb")]
    found, said = collected((entry(ADA), "one"), (entry(top + other), "other"))
    aside = course / "submitted" / "s01" / "train9" / "earlier" / "1" / "train9.ipynb"
    assert {found["s01"], aside.read_text()} == {"one", "other"} and "doesn't count" in said


@pytest.mark.parametrize(
    "file",
    ["CON.ipynb", "nul.ipynb", "COM1.ipynb", "train9.ipynb.", "a:b.ipynb", "-rf.ipynb", ".ipynb",
     "x" * 500 + ".ipynb", "\u202etrain9.ipynb", "a\nb.ipynb", "a\x1b[2J.ipynb"],
)  # fmt: skip
def test_whatever_a_file_is_called_it_gets_a_name_of_ours(collected, course, file):
    _, said = collected((entry(ADA[: -len("train9.ipynb")] + file), "1"))
    there = {p.name for p in (course / "submitted").rglob("*") if p.is_file()}
    assert there <= {"train9.ipynb", "timestamp.txt"}
    assert said.isascii() and said.replace("\n", "").isprintable()


def test_what_a_killed_collecting_leaves_is_graded_by_nobody(collected, course):
    folder = course / "submitted" / "s01" / "train9"
    folder.mkdir(parents=True)
    (folder / ".collected").write_text("half of")
    with pytest.raises(submissions.Refused, match="missing"):
        submissions.find_file(folder, "train9")
    assert collected((entry(ADA), "whole"))[0] == {"s01": "whole"}
    assert {p.name for p in folder.iterdir()} == {"train9.ipynb", "timestamp.txt"}


def test_a_file_longer_than_its_head_says_is_cut_off():
    limited = collect.Limited(io.BytesIO(b"x" * 11), 10)
    assert limited.read(10) == b"x" * 10
    with pytest.raises(ValueError):
        limited.read(1)


def test_what_systems_add_is_passed_over_in_silence(collected):
    junk = ["__MACOSX/Ada Lovelace_1_assignsubmission_file_/._train9.ipynb", ".DS_Store"]
    found, said = collected(ADA, *junk)
    assert set(found) == {"s01"} and "left out" not in said


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_name_in_another_encoding_is_read(encoding):
    name = "Ümit Straße_1_assignsubmission_file_/train9.ipynb"
    info = zipfile.ZipInfo(name.encode(encoding).decode("cp437"))
    assert zipped.name_of(info) == name


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_link_in_the_course_is_not_followed(course, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (course / "submitted" / "s01").symlink_to(tmp_path / "elsewhere")
    path = archive(tmp_path / "a.zip", ADA)
    with pytest.raises(AssignmentError, match="a link"):
        collect.collect(path, course, "train9", say=lambda line: None)
    assert not list((tmp_path / "elsewhere").rglob("*.ipynb"))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--out", "{out}", "--chapter", "train9"], "say FROM"),
        (["a.zip", "--out", "{out}"], "say CHAPTER"),
        (["a.zip", "--chapter", "train9"], "OUT=some/folder"),
        (["a.zip", "--out", "{out}", "--chapter", "train8"], "there are train9"),
        (["a.zip", "--out", "{out}", "--chapter", "train9", "--zone", "Mars"], "no time zone"),
        (["{out}/roster.csv", "--out", "{out}", "--chapter", "train9"], "have the column student"),
        (["{out}/none.zip", "--out", "{out}", "--chapter", "train9"], "no such file"),
    ],
)
def test_a_wrong_command_is_told_in_a_line(course, capsys, arguments, message):
    assert collect.main([one.format(out=course) for one in arguments]) == 2
    said = capsys.readouterr()
    assert message in said.err and len(said.err.splitlines()) == 1 and not said.out


def test_the_command_says_how_many_were_collected_and_left_out(course, tmp_path, capsys):
    path = archive(tmp_path / "a.zip", ADA, "Nobody_1_assignsubmission_file_/train9.ipynb")
    arguments = [str(path), "--out", str(course), "--chapter", "train9"]
    assert collect.main(arguments) == 0
    assert "1 students' notebooks collected, 1 files left out" in capsys.readouterr().out


def test_a_hundred_thousand_letters_are_parsed_at_once():
    for name in ("_1" * 50_000, "a_1_assignsubmission_" * 5_000, "_" * 100_000):
        handins.parse(name)


def test_students_who_have_only_ids_are_found_by_them(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("id\n12345\n67\n")
    roster = read_roster(path)
    handin = handins.parse("Ümit O'Neil_67_assignsubmission_file_/train0.ipynb")
    assert handins.students_of(handin, roster)[0] == ["67"]


def test_a_participant_without_a_name_is_found_in_a_grading_worksheet(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("Identifier,Full name,ID number\nParticipant 67,Ada Lovelace,s01\n")
    handin = handins.parse("Participant_67_assignsubmission_file_/train0.ipynb")
    assert handins.students_of(handin, read_roster(path))[0] == ["s01"]
    other = handins.parse("Eve_67_assignsubmission_file_/train0.ipynb")
    assert handins.students_of(other, read_roster(path))[0] == []


def test_of_a_student_s_files_without_number_the_best_are_unpacked(collected, monkeypatch):
    monkeypatch.setattr(collect, "EACH", 3)
    top = "Ada Lovelace_11_assignsubmission_file_"
    found, said = collected(*(f"{top}/a{i}.ipynb" for i in range(9)), f"{top}/train9.ipynb")
    assert found == {"s01": f"of {top}/train9.ipynb"}
    assert said.count("more than 3 files of s01; left out") == 7


def test_a_vast_file_that_is_left_out_keeps_no_one_from_being_collected(collected, monkeypatch):
    monkeypatch.setattr(collect, "LARGEST", 1000)
    mine = "Ada Lovelace_11_assignsubmission_file_/train9.ipynb"
    found, said = collected(mine, ("Alan Turing_12_assignsubmission_file_/a.mp4", b"x" * 2000))
    assert found == {"s01": f"of {mine}"} and "not a notebook; left out" in said
