"""nbgrader's exchange, as the page on JupyterHub has it: a chapter handed out, in, and back.

Two students share one account, the tests' own, and differ by name and home. Run by make test-slow,
with nbgrader in its own environment.
"""

import csv
import getpass
import os
import re
import shlex
import subprocess
import tomllib

import pytest

from tests.classroom import filled_in
from tools.grading import assignment, grade
from tools.making.weave import Weave
from tools.setup import ROOT, setup

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a POSIX system")]

PAGE = (ROOT / "book" / "jupyterhub.md").read_text(encoding="utf-8")
HUB, EVERYBODY, SERVER, TEACHER = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)
COMMANDS = re.findall(r"^nbgrader \w+ train1$", PAGE, re.M)
OWN, OTHER = getpass.getuser(), "alice"  # whose account it is, and whose it isn't
ANY = "--ExchangeCollect.check_owner=False"
TIME = "2027-01-31 12:00:00.000000 UTC"


class Exchange:
    """A class's folder, an exchange, and a home for each student."""

    def __init__(self, folder):
        self.out, self.root, self.homes = folder / "class", folder / "exchange", folder / "homes"
        self.root.mkdir()
        self.root.chmod(0o1777)
        settings = EVERYBODY.replace("/srv/nbgrader/exchange", str(self.root))
        assert settings != EVERYBODY
        self.settings = folder / "settings"
        self.settings.mkdir()
        (self.settings / "nbgrader_config.py").write_text(settings)
        self.python = setup(*assignment.ENVIRONMENT)

    def run(self, command, folder, home=None):
        """What a command of nbgrader's says, which must end well."""
        env = {**os.environ, "JUPYTER_CONFIG_PATH": str(self.settings), "HOME": str(home or folder)}
        env = {k: v for k, v in env.items() if not k.startswith(("JUPYTER_DATA", "XDG_"))}
        command = [str(self.python), "-m", *shlex.split(command)]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def teach(self, command):
        """What a command of the instructor's says, in the class's folder."""
        return self.run(command, self.out)

    def home(self, student):
        """A student's home."""
        folder = self.homes / student
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def study(self, student, command):
        """What a command of a student's says, in their home."""
        return self.run(f"{command} --student={student}", self.home(student))

    def inbound(self, student):
        """The folders that a student has handed in, oldest first."""
        return sorted((self.root / "microgpt" / "inbound").glob(f"{student}+*"))

    def marks(self):
        """{(student, exercise): status}."""
        with open(self.out / "marks.csv", newline="", encoding="utf-8") as file:
            return {(r["student"], r["exercise"]): r["status"] for r in csv.DictReader(file)}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """An Exchange into which both students have handed in, OWN all that's right."""
    one = Exchange(tmp_path_factory.mktemp("hub"))
    assert assignment.main(["train1", "--out", str(one.out)]) == 0
    assignment.write_csv(one.out / "roster.csv", [["id", "name"], [OWN, "Eve"], [OTHER, "Alice"]])
    one.teach(COMMANDS[0])
    parts = assignment.make("train1", Weave()).exercises
    right = {part.name: (part.solution_text, 0) for part in parts}
    for student, answers in ((OWN, right), (OTHER, right | {"train1.tanh": (None, 0)})):
        one.study(student, "nbgrader fetch_assignment train1")
        path = one.home(student) / "train1" / "train1.ipynb"
        path.write_text(filled_in(path.read_text(encoding="utf-8"), parts, answers))
        one.study(student, "nbgrader submit train1")
    return one


def test_the_page_s_commands_are_those_that_are_run_here():
    jobs = [line.split()[1] for line in COMMANDS]
    assert jobs == ["release_assignment", "collect", "release_feedback"]


def test_what_the_page_installs_and_switches_is_there():
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.M | re.S):
        if not kind:
            subprocess.run(["bash", "-n", "-c", block], check=True)
    for name in re.findall(r"-r (\S+)", PAGE):
        assert (ROOT / name).is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extra,) = re.findall(r'"\.\[(\w+)\]"', PAGE)
    assert extra in project["optional-dependencies"]
    names = re.search(r"^for name in (.*); do$", PAGE, re.M)[1].split()
    extension = "share/jupyter/labextensions/@jupyter/nbgrader/static"
    folder = setup(*assignment.ENVIRONMENT).parent.parent / extension
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.js"))
    assert all(f"@jupyter/nbgrader:{name}" in text for name in names)


def test_the_page_s_settings_can_be_read(handed_in):
    settings = TEACHER.replace("/home/teacher/class", str(handed_in.out))
    (handed_in.settings / "mine.py").write_text(settings)
    program = (
        "import sys\nfrom traitlets.config.loader import PyFileConfigLoader as Loader\n"
        "c = Loader('mine.py', path=sys.argv[1]).load_config()\n"
        "print(c.CourseDirectory.root, c.CourseDirectory.course_id, c.ExchangeFactory.collect)"
    )
    command = [str(handed_in.python), "-c", program, str(handed_in.settings)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert said[:2] == [str(handed_in.out), "microgpt"] and "Collect" in said[-1]
    for text in (HUB, SERVER):
        compile(text, "page", "exec")


@pytest.mark.parametrize(
    "hub, framed",
    [({}, "self"), ({"USER": "eve"}, "none"), ({"USER": "eve", "HOST": "https://hub.org"}, "self")],
)
def test_no_page_of_a_student_s_can_frame_the_formgrader(handed_in, hub, framed):
    program = (
        "import sys\nfrom nbgrader.server_extensions.formgrader.base import BaseHandler\n"
        "from traitlets.config.loader import PyFileConfigLoader as Loader\n"
        "Loader('nbgrader_config.py', path=sys.argv[1]).load_config()\n"
        "print(BaseHandler.content_security_policy)"
    )
    env = {k: v for k, v in os.environ.items() if not k.startswith("JUPYTERHUB_")}
    env |= {f"JUPYTERHUB_{name}": value for name, value in hub.items()}
    command = [str(handed_in.python), "-c", program, str(handed_in.out)]
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert f"frame-ancestors '{framed}'" in said


def test_a_chapter_goes_out_and_comes_back(handed_in):
    one = handed_in
    said = one.teach(COMMANDS[1])
    assert re.search(rf"{OTHER}\+train1\+.*: not that student's own", said)
    assert not (one.out / "submitted" / OTHER).exists()
    assert not (one.out / "rebuilt").exists()  # where only `make grade` writes
    one.teach(f"{COMMANDS[1]} {ANY}")  # as where all students have one account
    grade.grade(one.out, say=lambda line: None)
    assert one.marks()[OWN, "train1.tanh"] == "right"
    assert one.marks()[OTHER, "train1.tanh"] == "not tried"
    one.teach(COMMANDS[2])
    for student in (OWN, OTHER):
        one.study(student, "nbgrader fetch_feedback train1")
        (page,) = one.home(student).glob("train1/feedback/*/train1.html")
        kept = one.out / "feedback" / student / "train1" / "train1.html"
        assert page.read_bytes() == kept.read_bytes()


def test_the_last_hand_in_counts_and_gets_the_feedback(handed_in):
    one = handed_in
    one.teach(COMMANDS[1])
    grade.grade(one.out, say=lambda line: None)
    one.study(OWN, "nbgrader submit train1")  # the same answers, which aren't judged again
    (one.out / "due.csv").write_text("chapter,due\ntrain1,2020-01-01\n")
    one.teach(COMMANDS[1])
    grade.grade(one.out, say=lambda line: None)
    assert one.marks()[OWN, "train1.tanh"] == "right; late"
    one.teach(COMMANDS[2])
    one.study(OWN, "nbgrader fetch_feedback train1")
    name = one.inbound(OWN)[-1].name.split("+")[2]
    page = one.home(OWN) / "train1" / "feedback" / name / "train1.html"
    assert "late" in page.read_text(encoding="utf-8")


def test_who_handed_in_elsewhere_gets_no_feedback_here_and_stops_nobody(handed_in):
    one = handed_in
    folder = one.out / "feedback" / "someone" / "train1"
    folder.mkdir(parents=True)
    (folder / "train1.html").write_text("by hand")
    said = one.teach(COMMANDS[2])
    assert "someone: didn't hand in through the exchange; left out" in said
    assert "Traceback" not in said


def test_links_names_and_times_that_are_made_up_are_seen(handed_in, tmp_path):
    one, inbound = handed_in, handed_in.root / "microgpt" / "inbound"
    secret = tmp_path / "secret.ipynb"
    secret.write_text("what only the instructor can read")
    linked = inbound / f"{OWN}+train2+{TIME}+a"
    linked.mkdir()
    (linked / "train2.ipynb").symlink_to(secret)
    (linked / "other.ipynb").write_text("{}")
    os.mkfifo(linked / "pipe.ipynb")
    (inbound / f"{OWN}+train2+{TIME}+b").symlink_to(linked)
    (inbound / f"{OWN}+train2+never+c").mkdir()
    said = one.teach("nbgrader collect train2")
    found = one.out / "submitted" / OWN / "train2"
    assert sorted(path.name for path in found.iterdir()) == ["other.ipynb", "timestamp.txt"]
    assert len(re.findall("not that student's own", said)) == 2
    assert "train2.ipynb: " in said and "pipe.ipynb: no file of the student's own" in said
    assert (found / "timestamp.txt").read_text().strip() == TIME


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads it all")
def test_a_submission_that_is_closed_stops_nobody(handed_in):
    folder = handed_in.root / "microgpt" / "inbound" / f"{OWN}+train4+{TIME}+a"
    folder.mkdir(mode=0)
    said = handed_in.teach("nbgrader collect train4")
    folder.chmod(0o700)
    assert "or not readable; left out" in said
    assert not (handed_in.out / "submitted" / OWN / "train4").exists()


def test_a_file_newer_than_it_says_is_named(handed_in):
    folder = handed_in.root / "microgpt" / "inbound" / f"{OWN}+train3+2020-01-01 00:00:00 UTC+a"
    folder.mkdir()
    (folder / "train3.ipynb").write_text("{}")
    said = handed_in.teach("nbgrader collect train3")
    assert "handed in at 2020-01-01 00:00:00.000000 UTC, as the student's side says" in said
