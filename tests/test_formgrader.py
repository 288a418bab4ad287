"""What whoever marks sees: Formgrader and feedback, of a class that sends all that could do harm.

Nothing runs, nothing is asked of any other server, and every submission can be read and marked.
Run by make test-slow, with nbgrader in its own environment.
"""

import base64
import contextlib
import io
import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request

import bs4
import pytest
from PIL import Image

from tests import marking
from tests.hostile_answers import AWAY, HOSTILE
from tools import browser
from tools.grading import assignment, beside, grade

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

CHAPTER, WRITTEN = "train0", "train0-no_shuffle"
NAME = "<img src=x onerror=alert(7)>"
TOKEN = "5eed"
TRAP = """\
# </pre><script>alert(3)</script>
def trigram_probs(documents, vocab_size, before, token):
    raise ValueError("</pre><script>alert(4)</script><img src=x onerror=alert(4)> \\x1b[31mred")
"""
SCRIPT = "<script>alert(5)</script>"


def picture(kind, size, **options):
    """A picture's file, as an attachment holds it."""
    content = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(content, kind, **options)
    return {f"image/{kind.lower()}": base64.b64encode(content.getvalue()).decode()}


ATTACHED = {
    "plot(1).png": picture("PNG", (300, 200)),
    "IMG_1.jpeg": picture("JPEG", (4000, 3000)),
    "large.png": picture("PNG", (2000, 900)),
    "s.svg": {"image/svg+xml": base64.b64encode(b"<svg onload='alert(6)'/>").decode()},
    '" onerror="alert(6)': {"image/png": '" onerror="alert(6)'},
    "t.html": {"text/html": SCRIPT, "image/png": base64.b64encode(SCRIPT.encode()).decode()},
}
LARGE = {  # answers that would cover the page, or make it too large to be marked
    "l01": "a" + "\u0301" * 9_000 + "\n\n" + ("b" + "\u0316" * 30) * 300,
    "l02": "W" * 19_900,
    "l03": f"|{'a|' * 140}\n|{'-|' * 140}\n" + "|\n" * 9_500,
    "l04": "BEGIN\nHIDDEN TESTS",
}
LONG = "x = 1\n" * 33_000
HONEST = {
    "o01": "**Because** of $\\frac{1}{n}$:\n\n- one\n- two\n\n```python\nx = 1\n\ny = 2\n```",
    "o02": "![p](attachment:plot(1).png) ![p](attachment:IMG_1.jpeg) ![p](attachment:large.png)",
    "o03": "![p](plot.png) ![p](attachment:s.svg) ![p](attachment:t.html) ![p](attachment:none)",
    "o04": f'![p](attachment:"%20onerror="alert%286%29) ![p]({AWAY}) and a < b',
}


def answers():
    """{student: what they have written}."""
    hostile = {f"h{i:02}": "\n\n".join(HOSTILE[i::12]) for i in range(12)}
    return {**hostile, **HONEST, **LARGE, "h12": f"{SCRIPT} in everything"}


def handed_in(release, student, text):
    """A release with a written answer, and one student's with markup wherever there is a place."""
    notebook = json.loads(json.dumps(release))
    for cell in notebook["cells"]:
        name = cell["metadata"]["nbgrader"]["grade_id"]
        if name == WRITTEN:
            cell["source"], cell["attachments"] = text, ATTACHED
        if student in LARGE and name == "train0-interpolated":
            cell["source"] = LONG
        if student == "h12":
            cell["metadata"] |= {"name": SCRIPT, "tags": [SCRIPT], SCRIPT: SCRIPT}
            cell["metadata"]["nbgrader"] |= {"comment": SCRIPT, "points": SCRIPT}
            if name == "train0-trigram":
                cell["source"] = TRAP
            if cell["cell_type"] == "code":
                data = {"text/html": SCRIPT, "application/javascript": "alert(5)"}
                output = {"output_type": "display_data", "metadata": {}, "data": data}
                cell["outputs"] = [output]
    if student == "h12":
        widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"x": SCRIPT}}}
        kernel = {"name": SCRIPT, "display_name": SCRIPT, "language": SCRIPT}
        notebook["metadata"] = {"title": SCRIPT, "widgets": widgets, "kernelspec": kernel}
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which all have handed in and been graded."""
    out = tmp_path_factory.mktemp("class") / "course"
    assert assignment.main([CHAPTER, "--out", str(out)]) == 0
    release = json.loads((out / "release" / CHAPTER / f"{CHAPTER}.ipynb").read_text())
    for student, text in answers().items():
        folder = out / "submitted" / student / CHAPTER
        folder.mkdir(parents=True)
        notebook = handed_in(release, student, text)
        (folder / f"{CHAPTER}.ipynb").write_text(json.dumps(notebook))
        (folder / f"{NAME}.html".replace("/", "")).write_text(SCRIPT)
    (out / "submitted" / NAME / CHAPTER).mkdir(parents=True)
    rows = [[student, NAME, f'"{NAME}', "<b>@x"] for student in answers()]
    assignment.write_csv(out / "roster.csv", [assignment.ROSTER, *rows])
    (out / "due.csv").write_text(f"chapter,due\n{CHAPTER},2027-01-31 12:00 UTC\n")
    late = out / "submitted" / "o01" / CHAPTER / "timestamp.txt"
    late.write_text("2027-02-01 12:00:00 UTC\n")
    (out / "comments.csv").write_text("key,comment\nunits,Say *what* <b>this</b> measures.\n")
    said = []
    grade.grade(out, [CHAPTER], say=said.append)
    assert "grader failed" not in "\n".join(said)
    return out


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def server(course, tmp_path_factory):
    """The address of JupyterLab, started in the course's folder as the page says."""
    python, port = assignment.setup(*assignment.ENVIRONMENT), free_port()
    home = str(tmp_path_factory.mktemp("home"))
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    environment = {**os.environ, "HOME": home, "PATH": path, "JUPYTER_NO_CONFIG": ""}
    command = [python, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--allow-root"]
    command += [f"--ServerApp.token={TOKEN}", "--ServerApp.port_retries=0"]
    with open(course / "lab.log", "w") as log:
        process = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            with contextlib.suppress(OSError):
                get(f"{address}/api")
                break
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def get(url, data=None):
    """(headers, text) of a page of the server."""
    request = urllib.request.Request(url, data, {"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers, answer.read().decode()


@pytest.fixture(scope="module")
def addresses(course, server):
    """{what: the address} of Formgrader's pages and of the feedback."""
    base = f"{server}/formgrader"
    _, text = get(f"{base}/api/submitted_notebooks/{CHAPTER}/{CHAPTER}")
    found = {one["student"]: f"{base}/submissions/{one['id']}/" for one in json.loads(text)}
    assert set(found) == set(answers())
    lists = ["manage_assignments", "gradebook", f"gradebook/{CHAPTER}", "manage_students"]
    lists += [f"gradebook/{CHAPTER}/{CHAPTER}", f"manage_submissions/{CHAPTER}"]
    lists += [f"manage_students/h00/{CHAPTER}"]
    found |= {name: f"{base}/{name}" for name in lists}
    for student in answers():
        page = course / "feedback" / student / CHAPTER / f"{CHAPTER}.html"
        found[f"feedback {student}"] = page.as_uri()
    return found


def test_pages_as_they_are_sent_ask_nothing_of_others(addresses):
    for what, address in addresses.items():
        if address.startswith("file:"):
            headers, text = {}, urllib.request.urlopen(address).read().decode()
        else:
            headers, text = get(address)
        soup = bs4.BeautifulSoup(text, "html.parser")
        for tag in soup.find_all(["script", "img", "link", "iframe", "object", "embed", "form"]):
            for name in ("src", "href", "data", "action"):
                value = tag.get(name, "")
                assert not re.match(r"(?i)(https?:)?//|javascript:", value), (what, tag)
        policy = headers.get("Content-Security-Policy", "")
        if address.startswith("file:"):
            policy = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
            assert "default-src 'none'" in policy and "script-src" not in policy
        else:
            assert "default-src 'self'" in policy and "http" not in policy, what


@pytest.fixture(scope="module")
def looks(course, server, addresses):
    """{what: how a page was in a browser}, after all that students wrote was clicked."""
    if browser.missing() and not browser.in_ci():
        pytest.skip(browser.missing())
    found = marking.looks(f"{server}/formgrader?token={TOKEN}", addresses.values())
    return dict(zip(addresses, found, strict=True))


def test_nothing_runs_and_nothing_is_asked_of_another_server(looks, server, course):
    own = (f"{server}/", "data:", course.as_uri())
    for what, look in looks.items():
        assert [url for url in look["requests"] if not url.startswith(own)] == [], what
        assert look["dialogs"] == [] == look["errors"], (what, look["errors"])
        assert look["handlers"] == [] == look["active"] == look["links"], what
        assert look["stayed"] and look["status"] in (0, 200), what


def test_every_submission_is_shown_and_can_be_marked(looks):
    for student, text in answers().items():
        for what in (student, f"feedback {student}"):
            assert "train0.no_shuffle" in looks[what]["text"]
        if student in HONEST:
            assert "not shown" in looks[student]["text"] or student in ("o01", "o02")
        else:
            assert "alert" in looks[student]["text"] or "alert" not in text
    shown = looks["o01"]["text"]
    assert "Because of $\\frac{1}{n}$:" in shown and "x = 1\n\ny = 2" in shown
    assert NAME not in looks["o01"]["text"] and "‹img src x onerror" in looks["o01"]["text"]
    widths = [[width for _, width in looks[what]["pictures"]] for what in ("o02", "feedback o02")]
    assert widths == [[300, 1600, 1600]] * 2


def test_what_was_written_stays_in_its_place(looks):
    for student in answers():
        for what in (student, f"feedback {student}"):
            look = looks[what]
            assert look["spilling"] == [] and look["size"][0] <= look["window"], what
            assert look["size"][1] < 30_000 and look["elements"] < 40_000, what
    assert all("goes on; only its first" in looks[student]["text"] for student in LARGE)


def test_a_page_opens_at_the_written_answer_with_what_helps_to_mark_it(course, server, addresses):
    if browser.missing() and not browser.in_ci():
        pytest.skip(browser.missing())
    first = f"{server}/formgrader?token={TOKEN}"
    seen = marking.mark(first, addresses["o01"], WRITTEN, "3")
    assert seen["focus"] == WRITTEN and seen["seen"] == [True, True]
    assert "late: due at 2027-01-31" in seen["beside"] and seen["comment"] == "#units"
    assert all(text in seen["beside"] for _, text in beside.rubric())
    said = []
    rows = grade.grade(course, [CHAPTER], say=said.append)
    assert [row[3] for row in rows if row[0] == "o01" and row[2] == "train0.no_shuffle"] == ["3"]
    page = course / "feedback" / "o01" / CHAPTER / f"{CHAPTER}.html"
    soup = bs4.BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    assert soup.select_one(".beside").get_text().count("it ") >= 3
    assert soup.find("em", string="what") and "#units" not in soup.get_text()
    (course / "comments.csv").write_text("key,comment\nother,x\n")
    grade.grade(course, [CHAPTER], say=said.append)
    assert "NB: o01 train0.no_shuffle: the comment has #units, which comments.csv hasn't" in (
        "\n".join(said)
    )


def test_the_bolt_refuses_and_says_what_to_use(course, server):
    before = (course / "autograded" / "h12" / CHAPTER / f"{CHAPTER}.ipynb").read_bytes()
    url = f"{server}/formgrader/api/submission/{CHAPTER}/h12/autograde"
    answer = json.loads(get(url, b"")[1])
    assert not answer["success"] and f"Use make grade OUT={course}" in answer["error"]
    after = (course / "autograded" / "h12" / CHAPTER / f"{CHAPTER}.ipynb").read_bytes()
    assert after == before


@pytest.mark.parametrize("arguments", [["autograde", CHAPTER], ["autograde", CHAPTER, "--force"]])
def test_nbgrader_s_own_command_refuses_too(course, arguments, tmp_path):
    nbgrader = assignment.setup(*assignment.ENVIRONMENT).with_name("nbgrader")
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [nbgrader, *arguments], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode and "Use make grade OUT=" in done.stdout + done.stderr
    assert "Executing" not in done.stderr


def test_a_submission_that_was_put_where_nbgrader_looks_isn_t_run(course):
    assert not (course / "rebuilt" / NAME).exists()
    config = (course / "nbgrader_config.py").read_text(encoding="utf-8")
    assert 'submitted_directory = "rebuilt"' in config
