"""Notebooks in students' git repositories, which repositories.csv lists.

    student,repository,branch
    s01,https://github.com/our-class/train-ada,
    s02,/srv/git/alan.git,main

Each is fetched into OUT/repositories/STUDENT, which is bare: no file of a student's is ever checked
out, and nothing of a repository's is run. The latest commit counts. It was handed in when it was
made, as far as that can be known (`time_of`): whoever makes a commit sets its time.
"""

import contextlib
import dataclasses
import datetime
import io
import json
import os
import re
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from tools.files import write_whole
from tools.grading import deadlines, handins, submissions
from tools.grading.assignment import AssignmentError
from tools.grading.roster import read_roster
from tools.grading.tables import RosterError, key_of, read_table

FILE, FOLDER = "repositories.csv", "repositories"
SECONDS = 120  # for each thing that git does
LARGEST = 1 << 30  # bytes of any file that git writes, such as all that it fetches
MEMORY = 4 << 30  # bytes of addresses
LISTED = 8 << 20  # bytes of a repository's list of files
REF = "refs/heads/fetched"
FETCHES = "fetches.json"
NOTHING = "no commit there yet, or no branch of this name"
SETTINGS = {  # whatever the instructor's own settings are
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.bigFileThreshold": "32m",  # larger files are never unpacked in memory
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",  # one file, whose size is limited
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
}
VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "file:https:http:ssh",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
}
KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL")  # of git's variables


class Failed(Exception):
    """Git couldn't do something; the message says why."""


@dataclasses.dataclass
class Listed:
    """A line of repositories.csv."""

    student: str
    repository: str  # an address or a path
    branch: str = ""


def read(path, out, roster):
    """[Listed] of a table. Raises RosterError."""
    headings, rows = read_table(path)
    for name in ("student", "repository"):
        if name not in map(key_of, headings):
            raise RosterError(
                f"{path}: its first line should have the column {name}: student,repository,branch"
            )
    found = {}
    for line, row in rows:
        where, student = f"{path}, line {line}", roster.known_as(row["student"])
        if student is None:
            raise RosterError(
                f"{where}: {row['student']!a} is no student of roster.csv; write the id that is "
                "there, or take the line out"
            )
        if student in found:
            raise RosterError(f"{where}: {student} is there twice; one repository for each")
        branch = row.get("branch", "")
        if branch and not re.fullmatch(r"(?!-)(?!.*\.\.)[\w./+@#-]{1,200}", branch):
            raise RosterError(f"{where}: {branch!a} is no branch's name; leave it empty for HEAD")
        if row["repository"]:
            address = address_of(row["repository"], out, where)
            found[student] = Listed(student, address, branch)
    return list(found.values())


def address_of(text, out, where):
    """What git is given for a repository: an address, or a path. Raises RosterError."""
    if re.match(r"(https?|ssh|file)://[^-\s]", text) or re.match(r"[\w.-]+@[\w.-]+:[^-:]", text):
        return text
    if text.startswith("-") or "::" in text or "://" in text or not text.isprintable():
        raise RosterError(
            f"{where}: {text!a} is no repository; it should be a path, or an address that begins "
            "with https://, ssh:// or git@"
        )
    return str((out / Path(text).expanduser()).resolve())


class Repositories:
    """Students' repositories, which are fetched as they're looked through."""

    what = "list of repositories"

    def __init__(self, listed, out, chapter):
        self.listed, self.out, self.chapter = listed, out, chapter
        self.remarks = []

    def found(self, leave):
        """[Found] of their notebooks; `leave` is called with what is left out, and why."""
        kept = []
        for one in self.listed:
            name = f"{one.student}: {shown(one.repository)}"
            others = [other.student for other in self.listed if other.repository == one.repository]
            if len(others) > 1:
                self.remarks.append(f"NB: {' and '.join(others)} have the same repository")
            try:
                kept.append(self.one(one))
            except Failed as failed:
                leave(name, printable(str(failed)))
            except OSError as error:
                leave(name, f"git can't be started: {error}")
        return kept

    def one(self, listed):
        """A student's notebook as Found. Raises Failed."""
        folder = self.out / FOLDER / listed.student
        tip = fetch(folder, listed)
        path = notebook_in(folder, tip, self.chapter)
        blob, size = blob_of(folder, tip, path)
        commit, made = last_change(folder, tip, path)
        when = time_of(folder, commit, made)

        def opened():
            try:
                return io.BytesIO(git(folder, "cat-file", "blob", blob, most=submissions.LARGEST))
            except Failed as failed:
                raise OSError(str(failed)) from None

        name = f"{path} of {shown(listed.repository)}, {commit[:10]}"
        found = handins.Found(name, f"{self.chapter}.ipynb", when, size, opened)
        found.student, found.is_current = listed.student, True
        return found

    def about_times(self, found):
        """Note when notebooks were handed in; lines that say how that is known."""
        for one in found:
            one.note = handins.utc(one.time)
        known = "a notebook counts as handed in at its last commit's date, which its author can set"
        return "\n".join([known, *dict.fromkeys(self.remarks)])


@contextlib.contextmanager
def opened(path, out, chapter):
    """A list of repositories as a source to collect from. Raises AssignmentError, RosterError."""
    if shutil.which("git") is None:
        raise AssignmentError("git isn't there; install it, and collect again")
    yield Repositories(read(path, out, read_roster(out / "roster.csv")), out, chapter)


# Git


def printable(text):
    """A text of git's, or a name, that does nothing to a terminal."""
    text = text.encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else " " for c in text)


def shown(address):
    """An address without what it says of who asks, such as a token."""
    return re.sub(r"//[^/@]*@", "//", address)


def environment():
    """The variables for git: none that lead it elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k in KEPT}
    return kept | VARIABLES


def limit():
    """Limit this process, which becomes git, and what it writes."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, size in (("RLIMIT_FSIZE", LARGEST), ("RLIMIT_AS", MEMORY)):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                number = getattr(resource, kind)
                resource.setrlimit(number, (size, resource.getrlimit(number)[1]))


def git(folder, *arguments, most=1 << 20):
    """What a command of git's prints, as bytes. Raises Failed."""
    settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
    process = subprocess.Popen(
        ["git", "--no-pager", f"--git-dir={folder}", *settings, *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # what git says, where it is no answer
        stderr=subprocess.STDOUT if arguments[0] in ("fetch", "init") else subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=limit if os.name == "posix" else None,
    )
    late = threading.Timer(SECONDS, end, [process])
    late.start()
    try:
        content = process.stdout.read(most + 1)
        if len(content) <= most:
            process.wait()
    finally:
        in_time = late.is_alive()
        late.cancel()
        end(process)
    if len(content) > most:
        raise Failed(f"git {arguments[0]} gives more than {most / (1 << 20):g} MB")
    if process.returncode:
        why = reason(content) if in_time else f"git took longer than {SECONDS} s"
        raise Failed(why or f"git {arguments[0]} failed; is the repository damaged?")
    return content


def end(process):
    """End a process, and what it has started."""
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    if threading.current_thread() is threading.main_thread():
        process.wait()
        process.stdout.close()


def reason(content):
    """Why git failed, in its own words, or what that means; "" where it says nothing."""
    text = content.decode("utf-8", "replace")
    lines = [line for line in text.splitlines() if line.startswith(("fatal:", "error:"))]
    said = (lines or text.splitlines() or [""])[0]
    if "couldn't find remote ref" in text:
        return NOTHING
    if "dubious ownership" in text:
        return "it belongs to another user; see safe.directory in git's help, or use an address"
    if "index-pack" in text or "pack-objects" in text:
        return f"can't be fetched: damaged, or larger than {LARGEST >> 20} MB"
    return shown(said.partition(":")[2].strip() or said)[:300]


# A repository


def fetch(folder, listed):
    """The commit of a student that counts. Raises Failed."""
    if not (folder / "HEAD").exists():
        shutil.rmtree(folder, ignore_errors=True)  # half of one
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--bare", "--template=", str(folder))
    for part in folder.glob("objects/pack/tmp_*"):  # of a fetch that was ended
        part.unlink(missing_ok=True)
    branch = f"refs/heads/{listed.branch}" if listed.branch else "HEAD"
    options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
    now = datetime.datetime.now(datetime.UTC)
    git(folder, "update-ref", "-d", REF)  # what doesn't come now isn't there
    try:
        git(folder, "fetch", *options, "--force", "--", listed.repository, f"+{branch}:{REF}")
    except Failed as failed:
        if str(failed) == NOTHING:
            remember(folder, now, "")
        raise
    try:
        tip = git(folder, "rev-parse", "--verify", f"{REF}^{{commit}}").decode().strip()
    except Failed:
        raise Failed("git got no commit from it: is it a copy without its history?") from None
    remember(folder, now, tip)
    return tip


def fetches(folder):
    """[(time in seconds, the commit that counted then, "" for none)] of all fetches, in order."""
    try:
        return json.loads((folder / FETCHES).read_text(encoding="utf-8"))
    except OSError:
        return []


def remember(folder, when, tip):
    """Add a fetch to those that are kept."""
    kept = [*fetches(folder), [when.timestamp(), tip]]
    write_whole(folder / FETCHES, (json.dumps(kept) + "\n").encode())


def time_of(folder, commit, made):
    """When a commit was handed in: when it says that it was made, as far as fetches allow.

    It came after the last fetch that was without it, and before the next one.
    """
    for seconds, tip in reversed(fetches(folder)):
        fetched = datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)
        if not tip or not is_within(folder, commit, tip):
            return max(made, fetched)
        made = min(made, fetched)
    return made


def is_within(folder, commit, tip):
    """Whether a commit is one of those that lead to another one."""
    if commit == tip:
        return True
    return git(folder, "rev-list", "-1", commit, f"^{tip}") == b""


def notebook_in(folder, tip, chapter):
    """The path of a chapter's notebook in a commit. Raises Failed.

    train1/train1.ipynb, else train1.ipynb, else the only file of that name, wherever it is.
    """
    name = f"{chapter}.ipynb"
    listed = git(folder, "ls-tree", "-r", "-z", "--name-only", tip, most=LISTED)
    paths = listed.decode("utf-8", "surrogateescape").split("\0")
    found = [path for path in paths if path.rpartition("/")[2] == name]
    for path in (f"{chapter}/{name}", name):
        if path in found:
            return path
    if not found:
        raise Failed(f"no {name} in it")
    if len(found) > 1:
        some = ", ".join(ascii(path) for path in found[:5])
        raise Failed(f"{name} is in it {len(found)} times, and none is at {chapter}/{name}: {some}")
    return found[0]


def blob_of(folder, tip, path):
    """(the name of a file's content, its bytes' number) in a commit. Raises Failed."""
    entry = git(folder, "ls-tree", "-z", "--long", tip, "--", path)
    mode, kind, blob, size = entry.partition(b"\t")[0].decode().split()
    if kind != "blob" or mode not in ("100644", "100755", "100664"):
        raise Failed(f"{path} is a link, not a file")
    if int(size) > submissions.LARGEST:
        raise Failed(f"{path} is larger than {submissions.LARGEST >> 20} MB")
    return blob, int(size)


def last_change(folder, tip, path):
    """(the last commit that touched a file, when that says it was made). Raises Failed."""
    said = git(folder, "rev-list", "-1", "--timestamp", tip, "--", path).decode().split()
    if len(said) != 2:
        raise Failed(f"{path}: git doesn't know when it was last changed")
    seconds = min(max(int(said[0]), 0), deadlines.LATEST)
    return said[1], datetime.datetime.fromtimestamp(seconds, datetime.UTC)
