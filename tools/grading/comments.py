"""Comments that whoever marks writes once: comments.csv in a course's folder.

    key,comment,exercise
    units,Say what the numbers measure: bits or nats?,
    gate,The gate lets a slope through or stops it.,train1.no_gate

`#units` in a comment in Formgrader then stands for the text in the feedback. A line without an
exercise is for all of them.
"""

import re
from dataclasses import dataclass

from tools.grading.tables import RosterError, key_of, read_table

FILE = "comments.csv"
NEEDED = ("key", "comment")
KEY = r"[A-Za-z][\w-]{0,40}"
WRITTEN = re.compile(rf"(?<![\w#&/])#({KEY})")


@dataclass
class Comments:
    """What the keys stand for."""

    texts: dict  # {(exercise or "", key in small letters): text}

    def keys(self, exercise):
        """{key: text} of those that can be used for an exercise; its own come before others."""
        shared = {key: text for (one, key), text in self.texts.items() if not one}
        return {k: t for (one, k), t in self.texts.items() if one == exercise} | {
            key: text for key, text in shared.items() if (exercise, key) not in self.texts
        }

    def written_out(self, comment, exercise):
        """(a comment with texts in the place of keys, the keys in it that nothing is known by)."""
        known, unknown = self.keys(exercise), []

        def text_of(found):
            text = known.get(found[1].casefold())
            if text is None:
                unknown.append(found[1])
            return found[0] if text is None else text

        if not self.texts:
            return comment, []
        return WRITTEN.sub(text_of, comment), unknown


def read(path, exercises):
    """The Comments in a table; exercises: names of those there are. Raises RosterError."""
    if not path.exists():
        return Comments({})
    headings, rows = read_table(path)
    for name in NEEDED:
        if name not in map(key_of, headings):
            raise RosterError(
                f"{path}: its first line should have the column {name}: key,comment,exercise"
            )
    texts, known = {}, {name.casefold(): name for name in exercises}
    for line, row in rows:
        where, key = f"{path}, line {line}", row["key"].removeprefix("#").casefold()
        exercise = row.get("exercise", "")
        if not re.fullmatch(KEY, key):
            raise RosterError(
                f"{where}: {row['key']!a} is no key: a letter, then letters, digits, _ and -"
            )
        if exercise and exercise.casefold() not in known:
            names = ", ".join(exercises)
            raise RosterError(f"{where}: {exercise!a} is no exercise here; there are {names}")
        place = known.get(exercise.casefold(), ""), key
        if place in texts:
            raise RosterError(f"{where}: {key} is there twice; give each comment a key of its own")
        if not row["comment"]:
            raise RosterError(f"{where}: {key} has no comment; write one, or take the line out")
        texts[place] = row["comment"]
    return Comments(texts)
