"""What counts towards a total: rules.toml in a course's folder, which people change.

    drop_lowest = 1     # of a student's chapters, so many with the lowest percentages don't count

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

    def in_words(self):
        """What counts, for whoever reads along."""
        also = f", and {', '.join(self.besides)}" if self.besides else ""
        all_count = self.best == len(self.choice)
        text = "all exercises" if all_count else f"the best {self.best} of {self.names}{also}"
        return text + (f", {float(self.weight):g} times" if self.weight != 1 else "")

    @property
    def names(self):
        """The exercises that there are to choose from."""
        return ", ".join(self.choice)


@dataclass
class Rules:
    """What counts of the chapters of a course."""

    chapters: dict  # {name: Rule}
    drop_lowest: int = 0

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
    found = {name: rule_for(exercises) for name, exercises in chapters.items()}
    for name, said in content.items():
        if name not in chapters:
            known = ", ".join(["drop_lowest", *(f"[{chapter}]" for chapter in sorted(chapters))])
            raise RosterError(f"{path}: {name!a} is no chapter here; there can be {known}")
        if not isinstance(said, dict):
            raise RosterError(f"{path}: {name} = {said!r}: write [{name}], and best = 2 below it")
        found[name] = rule_for(chapters[name], said, f"{path}, [{name}]")
    return Rules(found, lowest)


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
        raise RosterError(f"{path}: {error}; it should have lines such as {hint}") from None


def is_whole(thing):
    """Whether something is a whole number, and no truth value."""
    return isinstance(thing, int) and not isinstance(thing, bool)


def rule_for(exercises, said=None, where=""):
    """The Rule for a chapter with these exercises, of which a table says this.

    Raises RosterError.
    """
    said = dict(said or {})
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
        raise RosterError(f"{where}: {next(iter(said))!a} means nothing; best, of and weight do")
    besides = [name for name in names if name not in choice]
    return Rule(choice, best, besides, Fraction(str(weight)))


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
