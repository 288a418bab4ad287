"""What each student has in all: totals.csv, made of marks.csv by the rules in rules.toml.

Points are exact, as fractions are; percentages are rounded once, when they're written, half up to
two decimals. A mark that is still to be given counts as nothing so far, and is named.
"""

import datetime
import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tools.grading.tables import RosterError

COLUMNS = ["total", "total of", "total percent", "still to be marked", "doesn't count"]
MISSING = "missing"  # the status of an exercise of which nothing was handed in
STUDENT, CHAPTER, EXERCISE, POINTS, MAXIMUM, STATUS = range(6)  # of a row of marks.csv


@dataclass
class Result:
    """What a student has in a chapter."""

    points: Fraction
    maximum: Fraction
    waiting: list = field(default_factory=list)  # exercises that are still to be marked
    unused: list = field(default_factory=list)  # exercises that don't count

    @property
    def share(self):
        """The part of the maximum that is reached; 0 of 0 is 0."""
        return self.points / self.maximum if self.maximum else Fraction(0)

    @property
    def percent(self):
        """The share as text."""
        return percent(self.share) if self.maximum else ""

    @property
    def for_students(self):
        """What a student has, in a sentence for feedback."""
        points, maximum = (f"{float(number):g}" for number in (self.points, self.maximum))
        if self.waiting:
            return f"So far they bring {points} of {maximum} points, with some still to be marked."
        return f"They bring {points} of {maximum} points, {self.percent}%."


@dataclass
class Line:
    """What a student has in all chapters."""

    student: str
    results: dict  # {chapter: Result} of those that are graded and due
    total: Result
    left_out: list  # texts: chapters that don't count, and why


def result_of(rows, rule):
    """The Result of a student's rows of one chapter.

    Of the exercises that there are to choose from, those count that give the largest share.
    """
    marks = {row[EXERCISE]: row for row in rows}
    choice = [name for name in rule.choice if name in marks]
    fixed = [name for name in marks if name not in choice]
    best = None
    for chosen in itertools.combinations(choice, min(rule.best, len(choice))):
        counted = [marks[name] for name in [*fixed, *chosen]]
        points = sum(number(row[POINTS] or "0") for row in counted)
        one = Result(Fraction(points), Fraction(sum(number(row[MAXIMUM]) for row in counted)))
        if best is None or (one.share, -one.maximum) > (best.share, -best.maximum):
            best = one
            best.waiting = [row[EXERCISE] for row in counted if row[POINTS] == ""]
            best.unused = [name for name in choice if name not in chosen]
    return best


def number(text):
    """The number in a cell of marks.csv. Raises RosterError."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise RosterError(
            f"marks.csv: {text!a} is no number of points; grade all chapters, and it's made anew"
        ) from None


def total_of(results, rules):
    """(the Result of all chapters that count, those that don't as they are lowest)."""
    order = sorted(results, key=lambda name: (results[name].share, -results[name].maximum))
    dropped = order[: max(0, min(rules.drop_lowest, len(order) - 1))]
    total = Result(Fraction(0), Fraction(0))
    for name, result in results.items():
        if name not in dropped:
            weight = rules.chapters[name].weight
            total.points += weight * result.points
            total.maximum += weight * result.maximum
            total.waiting += result.waiting
    return total, dropped


def lines(rows, students, rules, due, now=None):
    """A Line for each student, from the rows of marks.csv.

    rows: lists of texts; due: Deadlines. A chapter that isn't due yet counts only for those who
    have handed it in.
    """
    now = now or datetime.datetime.now(datetime.UTC)
    by_student = {}
    for row in rows:
        by_student.setdefault((row[STUDENT], row[CHAPTER]), []).append(row)
    for student in students:
        results, left_out = {}, []
        for chapter, rule in rules.chapters.items():
            mine, until = by_student.get((student, chapter)), due.of(student, chapter)
            is_missing = mine and all(row[STATUS].startswith(MISSING) for row in mine)
            if not mine:
                left_out.append(f"{chapter} (not graded)")
            elif is_missing and until and until > now:
                left_out.append(f"{chapter} (not due yet)")
            else:
                results[chapter] = result_of(mine, rule)
        total, dropped = total_of(results, rules)
        unused = [name for result in results.values() for name in result.unused]
        left_out += [*(f"{name} (lowest)" for name in dropped), *unused]
        yield Line(student, results, total, left_out)


def table(found, rules):
    """The rows of totals.csv, headings first; found: Lines."""
    chapters = list(rules.chapters)
    columns = [[name, f"{name} of", f"{name} percent"] for name in chapters]
    rows = [["student", *itertools.chain(*columns), *COLUMNS]]
    for line in found:
        cells = [cells_of(line.results.get(name)) for name in chapters]
        waiting = [name for result in line.results.values() for name in result.waiting]
        last = ["; ".join(waiting), "; ".join(line.left_out)]
        rows.append([line.student, *itertools.chain(*cells), *cells_of(line.total), *last])
    return rows


def cells_of(result):
    """A Result as points, maximum and percent; empty ones where there is none."""
    if result is None or not result.maximum:
        return ["", "", ""]
    return [exact(result.points), exact(result.maximum), result.percent]


def exact(number):
    """A fraction as a decimal without a rounding, such as 2.5."""
    text = f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share):
    """A share in percent, rounded half up to two decimals: 2/3 is 66.67."""
    hundredths = (share * 10_000 + Fraction(1, 2)).__floor__()
    return exact(Fraction(hundredths, 100))
