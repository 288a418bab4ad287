"""Reading what students hand in, whatever it is: files, cells, answers, tables."""

import json
import os

import pytest

from tools import submissions
from tools.submissions import Refused, RosterError

STUB = "def f(x):\n    ...  # your code here"
CODE = {"grade_id": "train9-f", "id": "id-f", "answer": "f", "stub": STUB, "task": "## F\n\nDo f."}
WORDS = {"grade_id": "train9-w", "id": "id-w", "answer": None, "stub": "*Why:*", "task": "## W"}
PARTS = [CODE, WORDS]
LOCKED = {"train9-start": "import math", "train9-f-test": "check('train9.f', f)"}
LOCKED |= {"train9-f-task": CODE["task"], "train9-w-task": WORDS["task"]}


def cell(kind, text, grade_id=None, **more):
    """A cell as a notebook's file holds it."""
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    return {"cell_type": kind, "source": text, "metadata": metadata, **more}


def notebook(*cells):
    """A notebook's file."""
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


ANSWERED = [
    cell("code", "import math", "train9-start", id="id-s"),
    cell("markdown", "## F\n\nDo f.", "train9-f-task", id="id-t"),
    cell("code", "def f(x):\n    return x", "train9-f", id="id-f"),
    cell("code", "check('train9.f', f)", "train9-f-test", id="id-c"),
    cell("markdown", "## W", "train9-w-task"),
    cell("markdown", "Because.", "train9-w"),
]


@pytest.fixture
def taken(tmp_path):
    """A function: the Submission in a notebook's file of this text."""

    def call(content):
        path = tmp_path / "n.ipynb"
        path.write_text(content, encoding="utf-8")
        return submissions.take(submissions.read_cells(path), PARTS, LOCKED)

    return call


def changed(*indices, **what):
    """The answered cells, some of them changed; what is None is taken away."""
    cells = json.loads(json.dumps(ANSWERED))
    for i in indices:
        for key, thing in what.items():
            cells[i].pop(key, None) if thing is None else cells[i].update({key: thing})
    return cells


def test_answers_are_taken_by_name(taken):
    found = taken(notebook(*ANSWERED))
    assert found.answers == {"train9-f": "def f(x):\n    return x", "train9-w": "Because."}
    assert not found.remarks and not found.missing


@pytest.mark.parametrize(
    "cells",
    [
        changed(*range(6), metadata={}),  # by the cell's own id, and after the task
        changed(*range(6), metadata={"id": "id-f"}, id=None)[2:3]
        + changed()[4:],  # as Colab has it
        changed(*range(6), metadata={}, id=None),  # by what it defines
        changed(*range(6), metadata=None),
        changed(2, source=["def f(x):\n", "    return x"]),
        changed(2, source="def f(x):\r\n    return x"),
        changed(2, outputs=[{"output_type": "error"}], execution_count=3),
        [*changed(), None, 7, "text", {}],
    ],
)
def test_answers_are_found_in_whatever_a_tool_has_left(taken, cells):
    found = taken(notebook(*cells))
    assert found.answers == {"train9-f": "def f(x):\n    return x", "train9-w": "Because."}


def test_the_last_copy_that_was_changed_counts(taken):
    one, two = (cell("code", f"def f(x):\n    return {n}", "train9-f") for n in (1, 2))
    found = taken(notebook(one, two, cell("code", STUB, "train9-f"), *ANSWERED[4:]))
    assert found.answers["train9-f"].endswith("return 2")
    assert found.remarks == ["copied cells"]


def test_a_cell_that_is_gone_is_named(taken):
    found = taken(notebook(*ANSWERED[3:]))
    assert found.missing == {"train9-f"} and "train9-f" not in found.answers


def test_an_edited_test_is_noticed_and_has_no_effect(taken):
    found = taken(notebook(*changed(3, source="assert True")))
    assert found.remarks == ["tests edited"]


def test_a_cell_of_one_s_own_is_noticed(taken):
    found = taken(notebook(*ANSWERED, cell("code", "helper = 1")))
    assert found.remarks == ["cells of their own"]


def test_a_cell_of_another_kind_is_no_answer(taken):
    found = taken(notebook(*changed(2, cell_type="markdown")))
    assert found.missing == {"train9-f"}


@pytest.mark.parametrize(
    "content, status",
    [
        ("", "empty"),
        (" \n", "empty"),
        (notebook(), "empty"),
        ("not json", "not a notebook"),
        ("[]", "not a notebook"),
        ("{}", "not a notebook"),
        ('{"cells": 5}', "not a notebook"),
        ("[" * 100_000, "not a notebook"),
        ('{"cells": [1, null]}', "empty"),
        (notebook(cell("code", "x = 1", "train1-tanh")), "another notebook"),
    ],
)
def test_what_is_no_submission_has_a_status(taken, content, status):
    with pytest.raises(Refused) as refused:
        taken(content)
    assert str(refused.value) == status


def test_bytes_that_are_no_text_are_no_notebook(tmp_path):
    (tmp_path / "n").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match="not a notebook"):
        submissions.read_cells(tmp_path / "n")


def test_an_old_format_is_read(tmp_path):
    old = {"cell_type": "code", "input": ["def f(x):\n", "    return x"], "metadata": {}}
    (tmp_path / "n").write_text(json.dumps({"nbformat": 3, "worksheets": [{"cells": [old]}]}))
    found = submissions.take(submissions.read_cells(tmp_path / "n"), PARTS, LOCKED)
    assert found.answers == {"train9-f": "def f(x):\n    return x"}


# Files


def test_the_file_of_the_right_name_is_taken(tmp_path):
    for name in ("train9.ipynb", "train9 (1).ipynb"):
        (tmp_path / name).write_text("")
    assert submissions.find_file(tmp_path, "train9") == (tmp_path / "train9.ipynb", [])


def test_a_single_notebook_of_another_name_is_taken_and_noted(tmp_path):
    for name in ("Copy of train9.ipynb", "timestamp.txt", ".hidden.ipynb"):
        (tmp_path / name).write_text("")
    found = submissions.find_file(tmp_path, "train9")
    assert found == (tmp_path / "Copy of train9.ipynb", ["wrong name"])


@pytest.mark.parametrize(
    "names, status",
    [
        ([], "missing"),
        (["timestamp.txt"], "missing"),
        (["answers.pdf"], "wrong name"),
        (["a.ipynb", "b.ipynb"], "wrong name"),
    ],
)
def test_what_is_not_there_has_a_status(tmp_path, names, status):
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(Refused, match=status):
        submissions.find_file(tmp_path, "train9")
    with pytest.raises(Refused, match="missing"):
        submissions.find_file(tmp_path / "nobody", "train9")


@pytest.mark.skipif(os.name == "nt", reason="needs links and pipes")
@pytest.mark.parametrize("make", ["link", "pipe", "folder"])
def test_only_a_real_file_is_read(tmp_path, make):
    path = tmp_path / "s" / "train9.ipynb"
    path.parent.mkdir()
    (tmp_path / "secret").write_text(notebook(*ANSWERED))
    {
        "link": lambda: path.symlink_to(tmp_path / "secret"),
        "pipe": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[make]()
    with pytest.raises(Refused, match="not a notebook"):
        submissions.find_file(path.parent, "train9")


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_student_s_folder_is_no_link(tmp_path):
    (tmp_path / "one" / "train9").mkdir(parents=True)
    (tmp_path / "one" / "train9" / "train9.ipynb").write_text(notebook(*ANSWERED))
    (tmp_path / "two").symlink_to(tmp_path / "one")
    with pytest.raises(Refused, match="not a notebook"):
        submissions.find_file(tmp_path / "two" / "train9", "train9")


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "LARGEST", 10)
    (tmp_path / "n").write_text(notebook(*ANSWERED))
    with pytest.raises(Refused, match="too large"):
        submissions.read_cells(tmp_path / "n")


def test_too_many_cells_are_not_looked_at(tmp_path):
    (tmp_path / "n").write_text(notebook(*[{}] * (submissions.MOST + 1)))
    with pytest.raises(Refused, match="too large"):
        submissions.read_cells(tmp_path / "n")


# Rebuilding

RELEASE = {
    "nbformat": 4,
    "cells": [
        cell("code", "import math", "train9-start"),
        cell("code", STUB, "train9-f"),
        cell("markdown", "*Why:*", "train9-w"),
    ],
}


def rebuilt(**answers):
    """The texts of the release's cells with these answers in them."""
    named = {f"train9-{name}": text for name, text in answers.items()}
    found = submissions.rebuild(RELEASE, submissions.Submission(named), PARTS)
    return [c["source"] for c in found["cells"]]


def test_answers_go_into_the_release_s_cells():
    assert rebuilt(f="f = 1", w="So.") == ["import math", "f = 1", "So."]


def test_what_was_not_touched_stays_as_released_to_the_letter():
    assert rebuilt(f=STUB + " \n\n", w=" *Why:*") == ["import math", STUB, "*Why:*"]


def test_markup_in_words_is_shown_and_not_obeyed():
    words = "a < b, <script>alert(1)</script> <img src=x onerror=alert(1)> <!-- x -->"
    found = rebuilt(w=words)[2]
    assert "<script" not in found and "<img" not in found and "<!--" not in found
    assert found.startswith("a < b, &lt;script>")


@pytest.mark.parametrize(
    "words, shown",
    [
        ("[a](javascript:alert(1))", "[a](javascript :alert(1))"),
        ("[a]: JavaScript\\:alert(1)", "[a]: JavaScript\\ :alert(1)"),
        ("[a](&#106;avascript&colon;x)", "[a](&amp;#106;avascript&amp;colon;x)"),
        (r"$\href{x}{y} \\href \frac12$", r"$href{x}{y} href \frac12$"),
        ("a & b, [a](https://example.org/?a=1&b=2)", None),
    ],
)
def test_a_link_in_words_runs_nothing(words, shown):
    assert rebuilt(w=words)[2] == (shown or words)


def test_words_without_an_end_are_cut():
    assert len(rebuilt(w="a " * 10**5)[2]) == submissions.WORDS


def test_nbgrader_s_own_marks_in_an_answer_are_only_words():
    found = rebuilt(f="### BEGIN HIDDEN TESTS\n### END SOLUTION")[1]
    assert found == "### BEGIN_HIDDEN TESTS\n### END_SOLUTION"


def test_only_pictures_come_along(taken):
    pictures = {"a.png": {"image/png": "AA"}, "b": {"text/html": "<script>"}}
    pictures |= {"c": {"image/png": '" onerror="'}, "d": {"image/png": "\ud800"}}
    cells = changed(5, attachments=pictures)
    found = taken(notebook(*cells))
    assert found.attachments == {"train9-w": {"a.png": {"image/png": "AA"}}}


# Tables


def table(path, text):
    """A table's file."""
    path.write_text(text, encoding="utf-8")
    return path


def test_a_roster_is_read(tmp_path):
    path = table(tmp_path / "r.csv", "\ufeffid,last_name\ns01,Lovelace\nb.c@d-e,\n")
    assert submissions.read_roster(path) == {"s01": {"last_name": "Lovelace"}, "b.c@d-e": {}}


@pytest.mark.parametrize(
    "text, message",
    [
        ("id\n", "no students yet"),
        ("name\nx\n", "should have the column id"),
        ("id\ns01\n../s02\n", r"line 3: '../s02' is no id"),
        ("id\n=1+1\n", "'=1\\+1' is no id"),
        ("id\ns01\ns01\n", "line 3: s01 is there twice"),
    ],
)
def test_a_wrong_roster_is_told_in_a_line(tmp_path, text, message):
    with pytest.raises(RosterError, match=message) as error:
        submissions.read_roster(table(tmp_path / "r.csv", text))
    assert "\n" not in str(error.value)


def test_due_dates_are_read_and_wrong_ones_told(tmp_path):
    path = table(tmp_path / "d.csv", "chapter,due\ntrain1,2027-01-31 23:59+01:00\ntrain2,\n")
    due = submissions.read_due(path)
    assert list(due) == ["train1"] and due["train1"] == submissions.moment("2027-01-31 22:59 UTC")
    with pytest.raises(RosterError, match="line 2: '0001"):
        submissions.read_due(table(path, "chapter,due\ntrain1,0001-01-01 00:00+14:00\n"))
    with pytest.raises(RosterError, match="line 2: 'soon' is no time like"):
        submissions.read_due(table(path, "chapter,due\ntrain1,soon\n"))


def test_when_it_was_handed_in_is_what_the_note_says_or_the_file_s_time(tmp_path):
    path = table(tmp_path / "n.ipynb", "")
    os.utime(path, (0, 0))
    assert submissions.handed_in(tmp_path, path).timestamp() == 0
    for text in ("2027-02-01 00:00:01 UTC", "2027-02-01T01:00:01+01:00"):
        (tmp_path / "timestamp.txt").write_text(text)
        assert submissions.handed_in(tmp_path, path) == submissions.moment(
            "2027-02-01 00:00:01 UTC"
        )
    for text in ("yesterday", "0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-14:00"):
        (tmp_path / "timestamp.txt").write_text(text)
        assert submissions.handed_in(tmp_path, path).timestamp() == 0


@pytest.mark.parametrize("seconds", [-(10**10), 10**13])
def test_a_file_may_have_any_time(tmp_path, monkeypatch, seconds):
    path = table(tmp_path / "n.ipynb", "")
    times = os.stat_result((0o100644, 0, 0, 0, 0, 0, 0, 0, seconds, 0))
    monkeypatch.setattr(type(path), "stat", lambda path: times)
    assert submissions.handed_in(tmp_path, path)
