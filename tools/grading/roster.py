"""Who is in the class: roster.csv, as one writes it or as a learning management system exports it.

A name may come from the student, and goes into pages that would obey what is in it. So names keep
letters, and of other signs only those that have no meaning there.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from tools.grading.tables import RosterError, key_of, read_table

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
IDS = [  # headings of columns that hold an id, the best first
    "id idnumber studentid studentnumber studentno matriculationnumber matrikelnummer idnummer",
    "number sisuserid sisid username user loginid sisloginid login benutzername anmeldename",
    "emailaddress email emailaddresses mail emailadresse identifier",
]
FIRST = ["firstname", "givenname", "forename", "first", "vorname"]
LAST = ["lastname", "surname", "familyname", "last", "nachname"]
FULL = [
    "fullname",
    "name",
    "student",
    "studentname",
    "displayname",
    "vollstandigername",
    "vollständigername",
]
EMAIL = ["emailaddress", "email", "emailaddresses", "mail", "emailadresse"]
NOT_STUDENTS = {"points possible", "student, test", "test student"}  # lines of Canvas's
ALIKE = str.maketrans({"'": "’", '"': "”", "`": "’", "&": "＆", "<": "‹", ">": "›"})
PLAIN = set(" -.,()/’”＆‹›·")
LONGEST = 80  # characters of a name
PILE = 4  # accents on a letter
# Persian and the scripts of India spell with signs that join two letters or keep them apart.
JOINERS = "\u200c\u200d"
JOINER = re.compile(f"(?<=[\u0600-\u1aff])[{JOINERS}](?![{JOINERS}])")


@dataclass
class Student:
    """A student: what the gradebook calls them, and what else they are known by."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    others: list = field(default_factory=list)  # other ids, in small letters
    name: str = ""  # in full, as it was written, to be compared
    row: dict = field(default_factory=dict)  # of the table: {key of the heading: text}

    @property
    def details(self):
        """What the gradebook holds of a student beside the id."""
        return {"first_name": self.first_name, "last_name": self.last_name, "email": self.email}


@dataclass
class Roster:
    """The students by id, in the order of the table, and what there is to say about it."""

    students: dict
    notes: list
    taken: set = field(default_factory=set)  # the ids, in small letters

    def details(self):
        """{id: {first_name, last_name, email}} of the students."""
        return {name: student.details for name, student in self.students.items()}

    def known_as(self, text):
        """The id of the student whom a text names by it, in any case, or None."""
        wanted = text.casefold()
        return next((name for name in self.students if name.casefold() == wanted), None)


def read_roster(path):
    """The Roster in a file. Raises RosterError with the line and what would help."""
    headings, rows = read_table(path)
    keys = [key_of(heading) for heading in headings]
    rows = [(line, row) for line, row in rows if not not_a_student(row)]
    columns = [key for key in " ".join(IDS).split() if key in keys]
    if not columns:
        raise RosterError(
            f"{path}: its first line should have the column id, or ID number, Student ID, "
            f"SIS User ID, Email address; it has {', '.join(filter(None, headings))}"
        )
    if not rows:
        raise RosterError(f"{path}: no students yet; write one on each line, below {headings[0]!r}")
    column = next((key for key in columns if all(row[key] for _, row in rows)), columns[0])
    roster = Roster({}, [])
    for line, row in rows:
        add(roster, f"{path}, line {line}", row, column, columns)
    roster.notes += zeros_lost(path, list(roster.students))
    return roster


def zeros_lost(path, ids):
    """A line, where a few of many ids are numbers that are shorter than the others."""
    longest = max(map(len, ids))
    short = [name for name in ids if len(name) < longest]
    if short and len(short) * 2 < len(ids) and all(name.isdigit() for name in ids):
        yield (
            f"{path}: {short[0]} has fewer digits than other ids; Excel drops zeros that an id "
            "begins with, unless its column is formatted as text"
        )


def not_a_student(row):
    """Whether a row is one of those that Canvas adds."""
    return any(row.get(key, "").casefold() in NOT_STUDENTS for key in FULL)


def add(roster, where, row, column, columns):
    """Add the student of a row. Raises RosterError if the row names none that is new."""
    name = row[column]
    if not name:
        raise RosterError(f"{where}: no id; fill in the column, or take a line out")
    if not ID.fullmatch(name):
        hint = ""
        if re.fullmatch(r"\d+(?:[.,]\d+)?E\+\d+", name):
            hint = "; Excel has cut it short: format the column as text, and enter it again"
        raise RosterError(f"{where}: {name!a} is no id: letters, digits and _ . @ - only{hint}")
    if name.casefold() in roster.taken:
        raise RosterError(f"{where}: {name} is there twice; each student has an id of their own")
    first, last, full = names_of(row)
    email = first_of(row, EMAIL)
    others = {row[key].casefold() for key in columns if row[key] and key != column}
    student = Student(name, shown(first), shown(last), shown_address(email), sorted(others), full)
    student.row = row
    for before, after in ((first, student.first_name), (last, student.last_name)):
        if before.replace("'", "’") != after:
            roster.notes.append(f"{where}: the name {before[:LONGEST]!a} is shown as {after!a}")
    roster.students[name] = student
    roster.taken.add(name.casefold())


def first_of(row, keys):
    """The first of these fields that says something."""
    return next((row[key] for key in keys if row.get(key)), "")


def names_of(row):
    """(first name, last name, the name in full) of a row."""
    first, last = first_of(row, FIRST), first_of(row, LAST)
    full = first_of(row, FULL)
    if not (first or last) and "," in full:  # as Canvas has it
        last, _, first = (part.strip() for part in full.partition(","))
    elif not (first or last):
        first, _, last = full.rpartition(" ")
    return first, last, f"{first} {last}".strip()


def shown(name):
    """A name in which nothing has a meaning to a page, a table or a terminal."""
    name = unicodedata.normalize("NFC", name).translate(ALIKE)
    joiners = {found.start() for found in JOINER.finditer(name)}
    kept = [s if may_be_shown(s) or i in joiners else " " for i, s in enumerate(name)]
    return " ".join(without_piles(kept).split())[:LONGEST]


def without_piles(signs):
    """Signs joined, with at most PILE accents on a letter: more reach into other lines."""
    kept, pile = [], 0
    for sign in signs:
        pile = pile + 1 if unicodedata.category(sign)[0] == "M" else pile * (sign in JOINERS)
        if pile <= PILE:
            kept.append(sign)
    return "".join(kept)


def may_be_shown(sign):
    """Whether a sign may stand in a name."""
    return sign in PLAIN or unicodedata.category(sign)[0] in "LMN"


def shown_address(email):
    """An e-mail address, or nothing where it isn't one."""
    return email if re.fullmatch(r"[\w.+-]{1,64}@[\w.-]{1,128}", email) else ""
