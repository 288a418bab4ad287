"""What a class gets of the exercises: exercises.toml in a course's folder, which people change.

    [train1]
    title = "Sheet 3"            # of the notebook
    intro = "Until Friday."      # what stands below it

    [train1.tanh]
    points = 5                   # for the whole answer
    drop = true                  # not in the release; or, once it's out, it no longer counts
    replace = { "entries like 1000" = "entries like 800" }    # words of the task and its hints

`grading.assignment` makes releases by it. Points and what is dropped also count for a release that
is out already, from the next grading on (`grading.grade`); the rest is as it was handed out.
"""

from dataclasses import dataclass, field, replace

from tools.files import write_whole
from tools.grading import rules
from tools.grading.tables import RosterError

FILE = "exercises.toml"
MOST = 100  # points
HINT = "points = 4"
TEXTS = ("title", "intro")
BEGINNING = """\
# What your class gets of the course's exercises. Take the # off a line, change it, and run make
# assignment again. Once students have a chapter, change nothing but points and drop.
"""


@dataclass
class Settings:
    """What a file says of a chapter."""

    title: str = ""
    intro: str = ""
    points: dict = field(default_factory=dict)  # {exercise: points}
    dropped: set = field(default_factory=set)
    words: dict = field(default_factory=dict)  # {exercise: [(words, what to say instead)]}

    def changed(self, one):
        """An Exercise with the points that it has in this class."""
        return replace(one, points=self.points.get(one.name, one.points))


def read(path, chapter, known):
    """The Settings of a chapter with these Exercises. Raises RosterError."""
    return settings_of(path, chapter, rules.load(path, HINT).get(chapter, {}), known)


def settings_of(path, chapter, said, known):
    """The Settings that a chapter's table stands for. Raises RosterError."""
    where, found = f"{path}, [{chapter}]", Settings()
    if not isinstance(said, dict):
        raise RosterError(f"{path}: {chapter} = {said!r}: write [{chapter}.NAME] and {HINT} below")
    names = {one.name.partition(".")[2]: one for one in known}
    for key, content in said.items():
        if key in TEXTS and isinstance(content, str):
            setattr(found, key, content.strip())
        elif key in TEXTS:
            raise RosterError(f'{where}: {key} = {content!r}: should be a text, such as "Sheet 3"')
        elif key not in names:
            there = ", ".join([*TEXTS, *(f"[{chapter}.{name}]" for name in names)])
            raise RosterError(f"{where}: {key!a} is no exercise of it; there can be {there}")
        else:
            enter(found, f"{path}, [{chapter}.{key}]", names[key], content)
    return found


def enter(settings, where, one, said):
    """Enter what is said of an exercise. Raises RosterError."""
    if not isinstance(said, dict):
        raise RosterError(f"{where}: {said!r}: write it as a table, with {HINT} below")
    for key, content in said.items():
        if key == "points":
            settings.points[one.name] = points_for(where, one, content)
        elif key == "drop" and isinstance(content, bool):
            settings.dropped |= {one.name} if content else set()
        elif key == "drop":
            raise RosterError(f"{where}: drop = {content!r}: should be true or false")
        elif key == "replace":
            settings.words[one.name] = words_for(where, content)
        else:
            raise RosterError(f"{where}: {key!a} means nothing; points, drop and replace do")


def points_for(where, one, points):
    """Points that an exercise may have. Raises RosterError."""
    if not one.points:
        raise RosterError(
            f"{where}: points = {points!r}: it's for practice and can have none, because its check "
            "accepts the course's own function"
        )
    if not rules.is_whole(points) or not 1 <= points <= MOST:
        raise RosterError(
            f"{where}: points = {points!r}: should be from 1 to {MOST}; to do without it, "
            "write drop = true"
        )
    return points


def words_for(where, said):
    """[(words, what to say instead)] of a table. Raises RosterError."""
    is_table = isinstance(said, dict) and all(isinstance(text, str) for text in said.values())
    if not is_table:
        raise RosterError(f'{where}: replace: should be {{ "60 steps" = "300 steps" }}')
    return list(said.items())


def check_chapters(path, names):
    """Raise RosterError for a chapter that isn't among these."""
    for name in rules.load(path, HINT):
        if name not in names:
            there = ", ".join(f"[{one}]" for one in sorted(names))
            raise RosterError(f"{path}: {name!a} is no chapter; there can be {there}")


def add(path, chapters):
    """Add what can be changed, as comments, for chapters and exercises that aren't there yet.

    chapters: {name: Exercises}. Raises RosterError.
    """
    there = rules.load(path, HINT)
    text = path.read_text(encoding="utf-8-sig") if path.exists() else BEGINNING
    for name, exercises in chapters.items():
        text = text.rstrip("\n") + "\n"
        if name not in there:
            text += f'\n[{name}]\n# title = "{name}: the exercises"\n# intro = ""\n'
        known = there.get(name, {})
        new = [one for one in exercises if one.name.partition(".")[2] not in known]
        text += "".join(map(lines_for, new))
    write_whole(path, text.encode())


def lines_for(one):
    """The lines on an exercise, with what is so by default."""
    points = f"# points = {one.points}\n" if one.points else ""
    return f"\n[{one.name}]  # {one.title} ({one.kind})\n{points}# drop = true\n"
