"""When a chapter is due, and whether what was handed in came later.

due.csv has a date for each chapter, extensions.csv later ones for single students, and
timestamp.txt beside a submission says when it came. A date alone means the end of that day. Times
without a zone are in that of the column `zone`, such as Europe/Berlin, or else in this machine's;
those of an extension are in the zone of the chapter's own date.
"""

import datetime
import os
import re
import stat
import zoneinfo
from dataclasses import dataclass

from tools.grading.tables import RosterError, key_of, read_table

LATEST = 2**37  # seconds; a file's time may be any, and no year has five digits
LATE, UNKNOWN = "late", "time unknown"  # remarks in marks.csv
VERDICTS = {"late": LATE, "in time": None}  # what a learning management system says itself
EXTENSIONS = ["student", "chapter", "due"]  # the columns of extensions.csv


@dataclass
class Deadlines:
    """When chapters are due, and until when single students may hand them in."""

    chapters: dict  # {chapter: time}
    extensions: dict  # {(student, chapter): time}

    def of(self, student, chapter):
        """When a chapter is due for a student, or None without a date."""
        return self.extensions.get((student, chapter), self.chapters.get(chapter))

    def lateness(self, student, chapter, folder, path):
        """The remark on when a student's submission was handed in, or None if it was in time."""
        due, is_extended = self.of(student, chapter), (student, chapter) in self.extensions
        return lateness(folder, path, due, is_extended)


def zone_named(name):
    """A time zone by its name, or this machine's (None) without one. Raises ValueError."""
    if not name:
        return None
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"{name!a} is no time zone like Europe/Berlin") from None


def in_zone(moment, zone):
    """A time that says no zone of its own, in this one."""
    if moment.tzinfo is None and zone is not None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(zone)


def moment(text, zone=None):
    """The time that a text names, such as 2027-01-31 23:59 or a date alone, whose end is meant.

    Raises ValueError or OverflowError.
    """
    text = re.sub(r" (UTC|Z)$", "+00:00", text.strip())
    found = datetime.datetime.fromisoformat(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d|\d{8}", text):
        found = datetime.datetime.combine(found.date(), datetime.time.max)
    return in_zone(found, zone)


def read_due(path):
    """{chapter: time} of the chapters that have a due date. Raises RosterError."""
    if not path.exists():
        return {}
    headings, rows = read_table(path)
    for name in ("chapter", "due"):
        if name not in map(key_of, headings):
            raise RosterError(f"{path}: its first line should have the column {name}")
    due, seen = {}, set()
    for line, row in rows:
        chapter = row["chapter"]
        if chapter in seen:
            raise RosterError(f"{path}, line {line}: {chapter} is there twice")
        seen.add(chapter)
        if found := time_in(row, f"{path}, line {line}"):
            due[chapter] = found
    return due


def time_in(row, where, zone=None):
    """The time in the columns `due` and `zone` of a row, or None. Raises RosterError.

    zone: where the row names none
    """
    text = row["due"]
    try:
        zone = zone_named(row.get("zone", "")) or zone
    except ValueError as error:
        raise RosterError(f"{where}: {error}") from None
    try:
        return moment(text, zone) if text else None
    except (ValueError, OverflowError):
        raise RosterError(
            f"{where}: {text!a} is no time like 2027-01-31 23:59, nor a date like 2027-01-31"
        ) from None


def read(out, roster):
    """The Deadlines of a course. Raises RosterError."""
    due = read_due(out / "due.csv")
    return Deadlines(due, read_extensions(out / "extensions.csv", due, roster))


def read_extensions(path, due, roster):
    """{(student, chapter): time} of a table; due: {chapter: time}. Raises RosterError."""
    if not path.exists():
        return {}
    headings, rows = read_table(path)
    for name in EXTENSIONS:
        if name not in map(key_of, headings):
            raise RosterError(f"{path}: its first line should have the column {name}")
    found = {}
    for line, row in rows:
        where, chapter = f"{path}, line {line}", row["chapter"]
        student = roster.known_as(row["student"])
        if student is None:
            raise RosterError(
                f"{where}: {row['student']!a} is no student of roster.csv; write the id that is "
                "there, or take the line out"
            )
        if (student, chapter) in found:
            raise RosterError(f"{where}: {student} has an extension for {chapter} already")
        time = time_in(row, where, zone_of(due.get(chapter)))
        if time is None:
            raise RosterError(f"{where}: no time; fill in the column due, or take the line out")
        if chapter in due and time < due[chapter]:
            raise RosterError(
                f"{where}: {row['due']!a} is before {chapter} is due, {in_words(due[chapter])}; "
                "an extension ends later"
            )
        found[student, chapter] = time
    return found


def zone_of(when):
    """The named zone of a time, or None: a distance from UTC may change with the season."""
    zone = getattr(when, "tzinfo", None)
    return zone if isinstance(zone, zoneinfo.ZoneInfo) else None


def said(deadlines, chapters):
    """Lines on when chapters are due and for whom later, and on those that aren't there."""
    known, lines = ", ".join(sorted(chapters)), []
    for chapter, when in deadlines.chapters.items():
        if chapter in chapters:
            lines.append(f"{chapter} is due at {in_words(when)}")
        else:
            lines.append(f"NB: due.csv: {chapter!a} is no chapter here; there are {known}")
    for (student, chapter), when in deadlines.extensions.items():
        if chapter in chapters:
            lines.append(f"{chapter} is due for {student} at {in_words(when)}")
        else:
            lines.append(f"NB: extensions.csv: {chapter!a} is no chapter here; there are {known}")
    return lines


def in_words(when):
    """A time with its zone, by name and by distance from UTC."""
    distance = when.strftime("%z")
    zone = (
        f"{getattr(when.tzinfo, 'key', None) or when.tzname()}, UTC{distance[:3]}:{distance[3:5]}"
    )
    return f"{when:%Y-%m-%d %H:%M:%S} ({zone})"


def note_beside(folder):
    """What timestamp.txt beside a submission says, or ''."""
    path = folder / "timestamp.txt"
    try:
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode) and found.st_size < 200:
            return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        pass
    return ""


def time_of_file(path):
    """When a file was last written, as its folder says."""
    seconds = min(max(path.stat().st_mtime, 0), LATEST)
    return datetime.datetime.fromtimestamp(seconds).astimezone()


def handed_in(folder, path):
    """When a submission was handed in: what timestamp.txt says, or the file's own time."""
    try:
        return moment(note_beside(folder).removeprefix("before "))
    except (ValueError, OverflowError):
        return time_of_file(path)


def lateness(folder, path, due, is_extended=False):
    """The remark on when a submission was handed in, or None if it came in time.

    Of a note `before TIME` only that is known: it is in time, or can't be told. A learning
    management system that calls it late doesn't know of an extension: it came before the time of
    its file, or can't be told.
    """
    note = note_beside(folder)
    if note in VERDICTS and not (is_extended and VERDICTS[note]):
        return VERDICTS[note]
    if due is None or handed_in(folder, path) <= due:
        return None
    return UNKNOWN if note.startswith("before ") or note in VERDICTS else LATE
