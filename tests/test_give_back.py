"""Zips of feedback: whose a page is, by the rules that Moodle and Canvas have for it."""

import stat
import zipfile

import pytest

from tools.grading import collect, give_back

ROSTER = "id,first_name,last_name\ns01,Ada,Lovelace\ns02,Alan,Turing\ns03,Eve,O'Neil\n"


@pytest.fixture
def course(tmp_path):
    """A course with three students, each of whom has a page of feedback."""
    out = tmp_path / "class"
    (out / "release" / "train9").mkdir(parents=True)
    (out / "roster.csv").write_text(ROSTER)
    for student in ("s01", "s02", "s03"):
        page = out / "feedback" / student / "train9" / "train9.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"for {student}")
    return out


@pytest.fixture
def returned(course, tmp_path):
    """A function: ({system: {name in the zip: text}}, lines) after collecting files so named."""

    def call(*names):
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, f"of {name}")
        collect.collect(path, course, "train9", say=lambda line: None)
        lines = give_back.write(course, "train9", ["s01", "s02", "s03"])
        found = {}
        for path in (course / "give-back").glob("*"):
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                texts = {one: archive.read(one).decode() for one in archive.namelist()}
                modes = {info.external_attr >> 16 for info in archive.infolist()}
            assert all(stat.S_ISREG(mode) and mode & 0o777 == 0o644 for mode in modes)
            found[path.stem] = texts
        return found, lines

    return call


def owner_in_moodle(name):
    """(participant, name that the student sees) of a file, as Moodle's import finds them."""
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        info = parts.pop(0).split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[2:4] == ["assignsubmission", "file"]:
            return info[1], "/".join([*info[4:], *parts]).lstrip("/")
    return None


def owner_in_canvas(name):
    """(user, attachment) of a file, as Canvas's import finds them."""
    base = name.split("/")[-1]
    numbers = [part for part in base.split("_") if part.isdigit()]
    return tuple(numbers[:2]) if not base.startswith("._") else None


@pytest.mark.parametrize(
    "name, back",
    [
        (
            "Ada Lovelace_12345_assignsubmission_file_/train9.ipynb",
            "Ada Lovelace_12345_assignsubmission_file_/train9.html",
        ),
        (
            "Ada Lovelace_12345_assignsubmission_file/my own/x.ipynb",  # Moodle 4.1 and newer
            "Ada Lovelace_12345_assignsubmission_file/train9.html",
        ),
        (
            "Ada Lovelace_12345_assignsubmission_file_my own_1_2.ipynb",  # without folders
            "Ada Lovelace_12345_assignsubmission_file_train9.html",
        ),
    ],
)
def test_moodle_gets_feedback_in_the_folder_that_it_made(returned, name, back):
    found, lines = returned(name)
    assert found == {"train9-moodle": {back: "for s01"}}
    assert owner_in_moodle(back) == ("12345", "train9.html")
    assert lines[0].endswith("train9-moodle.zip: feedback for 1 student")
    assert lines[1] == "NB: no zip has the feedback for s02, s03: not collected from a zip"


@pytest.mark.parametrize(
    "name, back",
    [
        ("lovelaceada_12345_67890_train9.ipynb", "lovelaceada_12345_67890_train9.html"),
        ("lovelaceada_LATE_12345_67890_1_2-3.ipynb", "lovelaceada_LATE_12345_67890_train9.html"),
    ],
)
def test_canvas_gets_feedback_under_the_numbers_that_it_gave(returned, name, back):
    found, _ = returned(name)
    assert found == {"train9-canvas": {back: "for s01"}}
    assert owner_in_canvas(back) == owner_in_canvas(name) == ("12345", "67890")


def test_the_name_of_the_file_that_counts_is_remembered(returned):
    returned("lovelaceada_12345_10_train9-1.ipynb", "lovelaceada_12345_11_train9-2.ipynb")
    found, _ = returned("turingalan_12346_12_train9.ipynb")  # a second zip, for those who were late
    assert found["train9-canvas"] == {
        "lovelaceada_12345_11_train9.html": "for s01",
        "turingalan_12346_12_train9.html": "for s02",
    }


def test_a_zip_that_is_collected_once_more_brings_the_names_of_an_older_course(returned, course):
    returned("turingalan_12346_12_train9.ipynb")
    give_back.path_of_names(course, "train9").write_text("[not what it was")
    found, _ = returned("turingalan_12346_12_train9.ipynb")
    assert found["train9-canvas"] == {"turingalan_12346_12_train9.html": "for s02"}


def test_who_has_no_feedback_is_in_no_zip(returned, course):
    page = course / "feedback" / "s01" / "train9" / "train9.html"
    page.unlink()
    page.symlink_to(course / "roster.csv")
    found, lines = returned("lovelaceada_12345_10_train9.ipynb", "turingalan_12346_12_train9.ipynb")
    assert list(found["train9-canvas"].values()) == ["for s02"]
    assert "feedback for 1 student" in lines[0]


def test_a_page_has_beside_it_what_the_exchange_knows_its_submission_by(course):
    mine = course / "submitted" / "s01" / "train9"
    mine.mkdir(parents=True)
    secret, kept = (
        course / folder / "s01" / "train9" / "submission_secret.txt"
        for folder in ("submitted", "feedback")
    )
    secret.write_text("5eed")
    give_back.write(course, "train9", ["s01", "s02"])
    assert kept.read_text() == "5eed"
    for make in (lambda: secret.write_text("x" * 1001), lambda: secret.symlink_to("/etc/passwd")):
        secret.write_text("5eed")
        give_back.write(course, "train9", ["s01"])
        secret.unlink()
        make()
        give_back.write(course, "train9", ["s01"])
        assert not kept.exists()
        secret.unlink()


def test_a_class_that_hands_in_by_hand_gets_no_zip(course):
    assert give_back.write(course, "train9", ["s01", "s02"]) == []
    assert not (course / "give-back").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../x_1_assignsubmission_file_/train9.ipynb",
        "/x_1_assignsubmission_file_/train9.ipynb",
        "C:x_1_assignsubmission_file_/train9.ipynb",
        "..x_1_assignsubmission_file_/train9.ipynb",
        "~x_1_assignsubmission_file_/train9.ipynb",
        "x\n_1_assignsubmission_file_/train9.ipynb",
        "x\u202e_1_2_train9.ipynb",
        "train9.ipynb",
        "",
        None,
        ["x_1_2_train9.ipynb"],
    ],
)
def test_a_name_that_leads_elsewhere_or_says_nothing_is_not_used(name):
    assert give_back.name_back(name, "train9") is None


def test_what_a_student_s_folders_are_called_is_in_no_name():
    name = "Ada_1_assignsubmission_file_/../../etc/passwd.ipynb"
    assert give_back.name_back(name, "train9") == (
        "moodle",
        "Ada_1_assignsubmission_file_/train9.html",
    )
