"""Whose a file is that a learning management system has zipped: read from names, never guessed.

Moodle: a folder for each student, `Ada Lovelace_12345_assignsubmission_file_/train1.ipynb`, or the
same as the beginning of a file's name. The number is the participant's, another one in each
assignment. Some sites put a user name or ID number first, with a space or `_` behind it.
Canvas: `lovelaceada_LATE_12345_67890_train1-2.ipynb`, the numbers being the student's and the
file's, LATE only where it is, -2 a second attempt.

Only the first step of a path counts: what is below it is named by the student.
"""

import re
import unicodedata
from dataclasses import dataclass

MOODLE = re.compile(
    r"(?P<who>.+?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)", re.DOTALL
)
CANVAS = re.compile(
    r"(?P<who>[^_]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL
)
UNKNOWN = "fits no student of roster.csv"


@dataclass
class Handin:
    """What the name of a file says about who has handed it in."""

    system: str  # moodle or canvas
    who: str  # the text that names a student
    number: str
    file: str  # the file's own name
    owner: str  # the same for all files of one student
    kind: str = "file"  # or onlinetext, which was typed into Moodle
    late: bool = False  # as Canvas has it


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
    return marks | {mark.partition("@")[0] for mark in marks if "@" in mark} - {""}


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
    number = {handin.number, f"participant {handin.number}"}
    yield {one.id for one in students if number & known_by(one)}
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
    if front in known_by(student):
        spellings |= letters(rest)
    if not student.name or (not rest and front in {*known_by(student), "participant"}):
        return True
    return bool(spellings & names_of(student))
