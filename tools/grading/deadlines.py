"""When a chapter is due, and whether what was handed in came later: due.csv and timestamp.txt.

A date alone means the end of that day. Times without a zone are in that of the column `zone`, such
as Europe/Berlin, or else in this machine's.
"""

import datetime
import os
import re
import stat
import zoneinfo

from tools.grading.tables import RosterError, key_of, read_table

LATEST = 2**37  # seconds; a file's time may be any, and no year has five digits
LATE, UNKNOWN = "late", "time unknown"  # remarks in marks.csv
VERDICTS = {"late": LATE, "in time": None}  # what a learning management system says itself


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
        chapter, text = row["chapter"], row["due"]
        if chapter in seen:
            raise RosterError(f"{path}, line {line}: {chapter} is there twice")
        seen.add(chapter)
        try:
            zone = zone_named(row.get("zone", ""))
        except ValueError as error:
            raise RosterError(f"{path}, line {line}: {error}") from None
        try:
            if text:
                due[chapter] = moment(text, zone)
        except (ValueError, OverflowError):
            raise RosterError(
                f"{path}, line {line}: {text!a} is no time like 2027-01-31 23:59, "
                "nor a date like 2027-01-31"
            ) from None
    return due


def said(due, chapters):
    """Lines on when chapters are due, and on those that aren't there."""
    lines = []
    for chapter, when in due.items():
        if chapter in chapters:
            lines.append(f"{chapter} is due at {in_words(when)}")
        else:
            known = ", ".join(sorted(chapters))
            lines.append(f"NB: due.csv: {chapter!a} is no chapter here; there are {known}")
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


def lateness(folder, path, due):
    """The remark on when a submission was handed in, or None if it came in time.

    Of a note `before TIME` only that is known: it is in time, or can't be told.
    """
    note = note_beside(folder)
    if note in VERDICTS:
        return VERDICTS[note]
    if due is None or handed_in(folder, path) <= due:
        return None
    return UNKNOWN if note.startswith("before ") else LATE
