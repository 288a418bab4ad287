"""Reading what students hand in, whatever it is: files, cells, answers."""

import base64
import io
import json
import os
from dataclasses import replace

import pytest
from PIL import Image

from tools.grading import submissions
from tools.grading.submissions import Refused
from tools.making.exercises import Cell, Exercise

STUB = "def f(x):\n    ...  # your code here"
CODE = Exercise("train9.f", "F", "go further", "short", 10, 3, "Do f.", expression="f")
CODE = replace(CODE, stub=[Cell("code", STUB)], cell_id="id-f")
WORDS = Exercise("train9.w", "W", "break and explain", "short", 10, 4, "Say why.")
WORDS = replace(WORDS, stub=[Cell("markdown", "*Why:*")], cell_id="id-w")
PARTS = [CODE, WORDS]
LOCKED = {"train9-start": "import math", "train9-f-test": "check('train9.f', f)"}
LOCKED |= {"train9-f-task": "## F\n\nDo f.", "train9-w-task": "## W"}


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


@pytest.mark.parametrize("sheet", [5, True, "cells", {"a": 1}, None])
def test_sheets_of_an_old_format_that_are_none_hold_nothing(taken, sheet):
    with pytest.raises(Refused, match="empty"):
        taken(json.dumps({"worksheets": [{"cells": sheet}, 7]}))


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
    assert rebuilt(f="f = 1", w="So.") == ["import math", "f = 1", "<div><p>So.</p></div>"]


def test_what_was_not_touched_stays_as_released_to_the_letter():
    assert rebuilt(f=STUB + " \n\n", w=" *Why:*") == ["import math", STUB, "*Why:*"]


def test_words_are_shown_as_html_that_no_parser_looks_into():
    words = "*So*, a < b, <script>alert(1)</script> [x](javascript:alert(1))"
    assert rebuilt(w=words)[2] == (
        "<div><p><em>So</em>, a &lt; b, &lt;script&gt;alert(1)&lt;/script&gt; x "
        "(<code>javascript:alert(1)</code>)</p></div>"
    )


def test_words_without_an_end_are_cut():
    shown = rebuilt(w="ab " * 10**5)[2]
    assert submissions.LONGEST - 9 < len(shown) < submissions.LONGEST + 150
    assert "only its first 20,000 characters are shown" in shown
    assert "characters are shown" not in rebuilt(w="ab " * 6_000)[2]


def test_code_without_an_end_is_cut_where_it_is_shown():
    _, shown, _ = rebuilt(f="x = 1\n" * 30_000)
    assert submissions.LONGEST < len(shown) < submissions.LONGEST + 100
    assert shown.endswith("\n# [The answer goes on; only its first 20,000 characters are shown.]")
    assert rebuilt(f="x = 1\n" * 3_000)[1] == "x = 1\n" * 3_000


def test_an_ordinary_program_is_shown_to_the_letter():
    program = "def f(x):\n\n\n    return x  # é\n" * 500
    assert rebuilt(f=program)[1] == program


def test_nbgrader_s_own_marks_in_an_answer_are_only_words():
    found = rebuilt(f="### BEGIN HIDDEN TESTS\n### END SOLUTION")[1]
    assert found == "### BEGIN_HIDDEN TESTS\n### END_SOLUTION"


@pytest.mark.parametrize("between", ["\n", "\0 ", "\r\n", " \x1b", "&#32;", " ", "\u2028"])
def test_showing_an_answer_makes_no_mark_of_nbgrader_s(between):
    shown = rebuilt(w=f"### BEGIN{between}HIDDEN TESTS\n\nBEGIN{between}SOLUTION")[2]
    assert "BEGIN HIDDEN" not in shown and "BEGIN SOLUTION" not in shown
    assert "HIDDEN TESTS" in shown


@pytest.mark.parametrize("line", [" \n", "\t\n", "\u3000\n", "\r \n", "\n"])
def test_empty_lines_without_end_are_not_left_to_a_highlighter(line):
    shown = rebuilt(f=f"x = 1\n{line * 6_000}y = 2")[1]
    assert shown == "x = 1" + "\n" * 21 + "y = 2"
    assert rebuilt(f="x = 1\n \n\ny = 2")[1] == "x = 1\n \n\ny = 2"


def picture():
    """A small PNG, as an attachment holds it."""
    file = io.BytesIO()
    Image.new("RGB", (4, 3)).save(file, "PNG")
    return {"image/png": base64.b64encode(file.getvalue()).decode()}


def test_only_pictures_that_are_shown_come_along_under_names_of_ours(taken):
    pictures = {"a(1).png": picture(), "unused.png": picture(), "b": {"text/html": "<script>"}}
    pictures |= {"c": {"image/png": '" onerror="'}, "d": {"image/png": "\ud800"}, "e": 7}
    words = "".join(f"![x](attachment:{name})" for name in ("a(1).png", "b", "c", "d", "e", "f"))
    found = taken(notebook(*changed(5, source=words, attachments=pictures)))
    cells = submissions.rebuild(RELEASE, found, PARTS)["cells"]
    assert list(cells[2]["attachments"]) == ["picture-1.png"]
    assert "![picture-1.png](attachment:picture-1.png)" in cells[2]["source"]
    assert found.remarks == ["picture left out"]
    assert cells[2]["source"].count("not shown") == 5


def test_a_picture_that_stands_in_the_text_is_no_reason_to_cut_it(taken):
    data = picture_of_noise()
    assert len(data) > 2 * submissions.LONGEST
    words = (
        f"Before ![p](data:image/png;base64,{data}) after, <img src='data:image/png;base64,{data}'>"
    )
    found = taken(notebook(*changed(5, source=words)))
    cell = submissions.rebuild(RELEASE, found, PARTS)["cells"][2]
    assert list(cell["attachments"]) == ["picture-1.png", "picture-2.png"]
    assert "Before" in cell["source"] and "after," in cell["source"]
    assert len(cell["source"]) < 300 and not found.remarks


def picture_of_noise():
    """A PNG that takes many bytes, in base64."""
    file = io.BytesIO()
    Image.effect_noise((250, 250), 90).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_attachments_of_any_shape_are_no_fault_of_the_grader(taken):
    for attachments in ([], "x", {"a": None}, {"a": []}, {"a": {"image/png": {}}}, {"a": {}}):
        cells = changed(5, source="![x](attachment:a)", attachments=attachments)
        found = taken(notebook(*cells))
        assert submissions.rebuild(RELEASE, found, PARTS)["cells"][2].get("attachments") is None


def test_what_rebuilds_submissions_has_a_digest(monkeypatch, tmp_path):
    before = submissions.how_rebuilt()
    assert before == submissions.how_rebuilt()
    (tmp_path / "written.py").write_text("x = 1")
    monkeypatch.setattr(submissions.written, "__file__", str(tmp_path / "written.py"))
    assert submissions.how_rebuilt() != before
