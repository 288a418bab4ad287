"""Whose a file is that was handed in: read from names, never guessed.

Moodle: a folder for each student, `Ada Lovelace_12345_assignsubmission_file_/train1.ipynb`, or the
same as the beginning of a file's name. The number is the participant's, another one in each
assignment. Some sites put a user name or ID number first, with a space or `_` behind it.
Canvas: `lovelaceada_LATE_12345_67890_train1-2.ipynb`, the numbers being the student's and the
file's, LATE only where it is, -2 a second attempt.
In a folder of the instructor's: `s01/train1.ipynb`, `s01.ipynb` or `s01_train1.ipynb`, where s01
may be an id, a name or an address as well.

Only the first step of a path counts: what is below it is named by the student.
"""

import datetime
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from tools.grading import deadlines

MOODLE = re.compile(
    r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL
)
UNKNOWN = "fits no student of roster.csv"
MOST = 50_000  # files in a zip or a folder
AT_ONCE = 600  # seconds within which all times lie that only say when a zip or a copy was made


@dataclass
class Handin:
    """What the name of a file says about who has handed it in."""

    system: str  # moodle, canvas or folder
    who: str  # the text that names a student
    number: str
    file: str  # the file's own name
    owner: str  # the same for all files of one student
    kind: str = "file"  # or onlinetext, which was typed into Moodle
    late: bool = False  # as Canvas has it


@dataclass
class Found:
    """A notebook that was handed in, and whose it is."""

    name: str  # where it was found
    file: str  # its own name
    time: datetime.datetime
    size: int  # bytes
    open: Callable  # gives what it holds, as a binary file
    handin: Handin | None = None  # None where the student is known already
    student: str = ""
    note: str = ""  # what timestamp.txt is to say of its time
    is_current: bool = False  # whether it counts, whatever was collected before


def parse(name):
    """The Handin of a file's name in a zip, or None if it is named otherwise."""
    top, *below = name.replace("\\", "/").split("/")
    found = MOODLE.fullmatch(top)
    if found and bool(below) != bool(found["rest"]):
        file = below[-1] if below else found["rest"]
        owner = f"{found['who']}_{found['number']}"
        return Handin("moodle", found["who"], found["number"], file, owner, found["kind"])
    found = CANVAS.fullmatch(top)
    if found and not below:
        late, owner = bool(found["late"]), f"{found['who']}_{found['number']}"
        return Handin("canvas", found["who"], found["number"], found["rest"], owner, late=late)
    return None


def in_folder(name, chapter):
    """The Handin of a path below a folder that has a step or a file for each student.

    The chapter's name may stand before or behind the student's: s01_train1.ipynb.
    """
    top, *below = name.split("/")
    who = top if below else re.sub(r"\.ipynb$", "", top, flags=re.IGNORECASE)
    own = re.escape(chapter)
    who = re.sub(rf"^{own}[ _-]+|[ _-]+{own}$", "", who.strip(), flags=re.IGNORECASE)
    return Handin("folder", who, "", below[-1] if below else top, who.casefold())


def attempt(file):
    """Which attempt a file is, as Canvas counts: 2 for train1-2.ipynb, else 0."""
    found = re.search(r"-(\d{1,4})\.\w+$", file)
    return int(found[1]) if found else 0


def letters(text):
    """A name as it is compared: small letters and digits, in two spellings of accents."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return {
        "".join(sign for sign in spelling if sign.isalnum()) for spelling in (folded, plain)
    } - {""}


def known_by(student):
    """What identifies a student beside the name, in small letters."""
    marks = {student.id.casefold(), *student.others, student.email.casefold()}
    return (marks | {mark.partition("@")[0] for mark in marks if "@" in mark}) - {""}


def names_of(student):
    """How a student's name may stand in a file's name."""
    first, last = student.first_name, student.last_name
    spellings = [student.name, f"{first} {last}", f"{last} {first}"]
    return set().union(*map(letters, spellings))


def students_of(handin, roster):
    """(the ids of the students that a file may be of, why there isn't exactly one).

    Each thing that the name says (a number, an id in front, a name) may fit some students; those
    that fit any of them have to be the same single student. A number alone isn't enough where a
    name says something else: Moodle's are numbers of its own, and may be another student's id.
    """
    students = roster.students.values()
    found = [fitting for fitting in evidence(handin, students) if fitting]
    together = set.intersection(*found) if found else set()
    if len(together) == 1:
        (name,) = together
        if fits(handin, roster.students[name]):
            return [name], ""
        return [], f"has an id of {name}, but another name; put it where it belongs by hand"
    if not found:
        return [], UNKNOWN
    names = ", ".join(sorted(set().union(*found)))
    return [], f"may be of {names}; put it where it belongs by hand"


def front_and_rest(who):
    """The first word of a text that names a student, which may be an id, and what follows."""
    front, _, rest = re.match(r"([^ _]*)([ _]?)(.*)", who, re.DOTALL).groups()
    return front.casefold(), rest


def evidence(handin, students):
    """Sets of ids: the students that each part of a name fits."""
    number = {handin.number, f"participant {handin.number}"} if handin.number else set()
    yield {one.id for one in students if number & known_by(one)}
    yield {one.id for one in students if handin.who.casefold() in known_by(one)}
    whole = {one.id for one in students if letters(handin.who) & names_of(one)}
    yield whole
    front, rest = front_and_rest(handin.who)
    if not rest or not whole:
        yield {one.id for one in students if front in known_by(one)}
        yield {one.id for one in students if letters(rest) & names_of(one)}


def fits(handin, student):
    """Whether the name in a file's name may be a student's, as far as both have one."""
    front, rest = front_and_rest(handin.who)
    spellings = letters(handin.who)
    if handin.who.casefold() in known_by(student):
        return True
    if front in known_by(student):
        spellings |= letters(rest)
    if not student.name or (not rest and front in {*known_by(student), "participant"}):
        return True
    return bool(spellings & names_of(student))


# Times


def utc(time):
    """A time as timestamp.txt has it."""
    return time.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def note_times(found, zone, exact, otherwise):
    """Note when files were handed in; a line that says how that is known.

    exact: the line, where their times say it
    otherwise: what their times are, where they are all about the same
    """
    if any(one.handin.system == "canvas" for one in found):
        for one in found:
            one.note = "late" if one.handin.late else "in time"
        return "late is what Canvas calls late; it doesn't say when a file was handed in"
    times = [one.time for one in found]
    if times and (max(times) - min(times)).total_seconds() > AT_ONCE:
        for one in found:
            one.note = utc(one.time)
        return exact
    for one in found:
        one.note = f"before {utc(one.time)}"
    when = deadlines.in_words(max(times).astimezone(zone)) if times else ""
    return (
        f"NB: all files have {otherwise}, {when}: "
        "if the chapter was due before that, who was late can't be told from it"
    )
