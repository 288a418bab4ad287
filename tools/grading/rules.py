"""What counts towards a total: rules.toml in a course's folder, which people change.

    drop_lowest = 1     # of a student's chapters, so many with the lowest percentages don't count
    canvas_total = "X"  # canvas.csv has the total, for an assignment of this title in Canvas
    partial = 0.5       # of its points, what is right but for a special case gets this share

    [train1]
    best = 2            # of the exercises that tests mark, a student's best two count
    of = ["train1.a"]   # instead of all that tests mark; what isn't named counts besides
    weight = 2          # the chapter's points count twice in the total

Without a rule everything counts, once.
"""

import math
import tomllib
from dataclasses import dataclass
from fractions import Fraction

from tools.files import write_whole
from tools.grading.tables import RosterError

FILE = "rules.toml"
RECOMMENDED = 2  # exercises of a chapter, as the lesson cards say
BEGINNING = """\
# What counts in totals.csv. Change the numbers, and run make grade again.

# Of each student's chapters, so many with the lowest percentages don't count.
drop_lowest = 0
# Of its points, an answer that is right but for a special case gets this share, such as 0.5.
partial = 0
"""
CHAPTER = """
[{name}]
# Of the exercises that tests mark ({exercises}),
# so many count: those with which the student does best. What you mark by hand counts besides.
# Take the line out, and all of them count.
best = {best}
# The chapter's points count so many times in the total.
weight = 1
"""


@dataclass
class Rule:
    """What counts of a chapter."""

    choice: list  # the exercises of which the best count
    best: int  # so many of them
    besides: list  # those that always count
    weight: Fraction = Fraction(1)
    partial: Fraction = Fraction(0)

    def in_words(self):
        """What counts, for whoever reads along."""
        also = f", and {', '.join(self.besides)}" if self.besides else ""
        all_count = self.best == len(self.choice)
        text = "all exercises" if all_count else f"the best {self.best} of {self.names}{also}"
        text += f", {float(self.weight):g} times" if self.weight != 1 else ""
        share = f"; what is partly right gets {float(self.partial):g} of its points"
        return text + (share if self.partial else "")

    def for_students(self, titles):
        """What counts, in a sentence for feedback, or "" where all does; titles: by name."""
        if self.best == len(self.choice):
            return ""
        choice, besides = (
            ", ".join(titles.get(name, name) for name in names)
            for names in (self.choice, self.besides)
        )
        also = f" What counts besides: {besides}." if besides else ""
        return f"Your best {self.best} of these count: {choice}.{also}"

    @property
    def names(self):
        """The exercises that there are to choose from."""
        return ", ".join(self.choice)


@dataclass
class Rules:
    """What counts of the chapters of a course."""

    chapters: dict  # {name: Rule}
    drop_lowest: int = 0
    canvas_total: str = ""  # the title of an assignment in Canvas

    def said(self):
        """Lines that say what counts."""
        lines = [f"{name} counts: {rule.in_words()}" for name, rule in self.chapters.items()]
        if self.drop_lowest:
            lines.append(f"of each student's chapters the lowest {self.drop_lowest} don't count")
        return lines


def read(path, chapters):
    """The Rules in a file; chapters: {name: its exercises that have points}. Raises RosterError."""
    content = load(path)
    lowest = content.pop("drop_lowest", 0)
    if not is_whole(lowest) or lowest < 0:
        raise RosterError(f"{path}: drop_lowest = {lowest!r}: should be a number such as 0 or 1")
    title = content.pop("canvas_total", "")
    if not isinstance(title, str) or title in chapters or not title.isprintable():
        raise RosterError(
            f"{path}: canvas_total = {title!r}: should be the title of an assignment in Canvas "
            'that is no chapter\'s, such as "course total"'
        )
    partial = share_in(content, Fraction(0), str(path))
    found = {name: rule_for(exercises, partial=partial) for name, exercises in chapters.items()}
    for name, said in content.items():
        if name not in chapters:
            known = ", ".join(
                [
                    "drop_lowest",
                    "canvas_total",
                    "partial",
                    *(f"[{chapter}]" for chapter in sorted(chapters)),
                ]
            )
            raise RosterError(f"{path}: {name!a} is no chapter here; there can be {known}")
        if not isinstance(said, dict):
            raise RosterError(f"{path}: {name} = {said!r}: write [{name}], and best = 2 below it")
        found[name] = rule_for(chapters[name], said, f"{path}, [{name}]", partial)
    return Rules(found, lowest, title.strip())


def load(path, hint="best = 2"):
    """What a file of rules says, as a dict; {} without one. Raises RosterError.

    hint: a line as it should have
    """
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise RosterError(f"{path}: save it as UTF-8") from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RosterError(
            f"{path}: {error}; it should have lines such as {hint}, and each heading once"
        ) from None


def is_whole(thing):
    """Whether something is a whole number, and no truth value."""
    return isinstance(thing, int) and not isinstance(thing, bool)


def share_in(said, otherwise, where):
    """The share in a table for what is partly right, taken out of it. Raises RosterError."""
    share = said.pop("partial", otherwise)
    is_number = isinstance(share, float | Fraction) or is_whole(share)
    if not is_number or not 0 <= share <= 1:
        raise RosterError(
            f"{where}: partial = {share!r}: should be a share from 0 to 1, such as 0.5"
        )
    return Fraction(str(share))


def rule_for(exercises, said=None, where="", partial=Fraction(0)):
    """The Rule for a chapter with these exercises, of which a table says this.

    partial: the share where it says none. Raises RosterError.
    """
    said = dict(said or {})
    partial = share_in(said, partial, where)
    names = [one.name for one in exercises]
    choice = said.pop("of", [one.name for one in exercises if one.marked_by == "tests"])
    if not isinstance(choice, list) or any(choice.count(name) > 1 for name in choice):
        raise RosterError(f"{where}: of = {choice!r}: should be a list of exercises, each once")
    for name in choice:
        if name not in names:
            raise RosterError(f"{where}: {name!r} has no points here; {', '.join(names)} have")
    best, weight = said.pop("best", len(choice)), said.pop("weight", 1)
    if not is_whole(best) or not min(1, len(choice)) <= best <= len(choice):
        raise RosterError(f"{where}: best = {best!r}: should be from 1 to {len(choice)}")
    is_number = isinstance(weight, float) or is_whole(weight)
    if not is_number or not math.isfinite(weight) or weight < 0:
        raise RosterError(f"{where}: weight = {weight!r}: should be a number such as 1 or 0.5")
    if said:
        raise RosterError(
            f"{where}: {next(iter(said))!a} means nothing; best, of, weight and partial do"
        )
    besides = [name for name in names if name not in choice]
    return Rule(choice, best, besides, Fraction(str(weight)), partial)


def add(path, chapters):
    """Add the rules that the lesson cards recommend for chapters that have none yet.

    chapters: {name: exercises}. Raises RosterError.
    """
    there = load(path)
    text = path.read_text(encoding="utf-8-sig") if path.exists() else BEGINNING
    for name, exercises in chapters.items():
        if name not in there:
            tested = [one.name for one in exercises if one.marked_by == "tests"]
            best = min(RECOMMENDED, len(tested))
            text = text.rstrip("\n") + "\n"
            text += CHAPTER.format(name=name, exercises=", ".join(tested), best=best)
    write_whole(path, text.encode())
