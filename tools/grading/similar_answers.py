"""Answers that are alike: `python -m tools.grading.similar_answers --out DIR --chapter train1`.

Out come similar.csv, a line for each exercise and each pair of students, and similar.txt, the same
in words, for the lecturer alone. How alike two answers are is told by their tokens
(`grading.answer_tokens`), less what anybody could have: what the release gives, the course's
solution, and what more than a quarter of the class wrote. What is left of an answer is its own.

The library copydetect does as well on code: of the 648 pairs of right answers in tests/bank, 6 are
at least 60 % alike by either. But it takes 30 times as long, compares files in folders, knows
nothing of words nor of how many others share an answer, and gives no reasons.
"""

import argparse
import sys
import textwrap
import time
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from tools.files import write_whole
from tools.grading import (
    answer_tokens,
    assignment,
    grade,
    own_exercises,
    records,
    submissions,
    tables,
)
from tools.grading.answer_tokens import fingerprints, likeness, tokens_of_code, tokens_of_words
from tools.grading.assignment import AssignmentError
from tools.grading.course_lock import Busy, alone_in
from tools.grading.reading import Reader
from tools.grading.records import RecordsError
from tools.grading.roster import read_roster
from tools.grading.submissions import Refused
from tools.grading.tables import RosterError
from tools.making.sources import SourceError

COLUMNS = ["chapter", "exercise", "student", "other student", "alike in %", "tokens"]
COLUMNS += ["other tokens", "in common", "others alike", "may be harmless because"]
ALIKE = {"code": 0.6, "markdown": 0.3}  # from where on a pair is listed, by the answer's type
LEAST = 10  # fingerprints of its own without which an answer can't be compared
USUAL = 4  # what a quarter of the class wrote, and at least so many students, is nobody's own
SHORT = 60  # tokens, as the course's solutions have in the middle
HEAD = """\
Answers that are alike

For your eyes alone. A number says how alike two texts are. It doesn't say why, who wrote one first,
or whether anything was wrong with that. Working together, the same tutor, the same page on the web
and chance all lead here. Look at both answers, and ask both students to explain theirs, before you
think anything of it.

Comments, layout and the names of variables don't count, nor does anything that is in the release,
in the course's solution, or in more than a quarter of the class's answers (and in at least four).
Of what is left, the number is the share that both have. A pair is listed from 60 % on for code, and
from 30 % for words, if both have 10 sequences in common, of 6 tokens or 4 words. Of the right
answers that the course has itself, written to differ, one pair in a hundred reaches that.
"""
PLAIN = (
    "Not compared: {n}, with next to nothing but what is given, in the solution, or in many "
    "answers. That's the form that most people find, or find where all can, and nothing follows "
    "from it."
)
NO_REASON = (
    "the two may have worked together, or had the same help; their texts alone don't tell, so have "
    "each of them explain the answer"
)


@dataclass
class Answer:
    """A student's answer to an exercise, as it is compared."""

    student: str
    length: int  # tokens
    whole: set  # its fingerprints
    own: set  # those that are in nothing given, nor in the solution, nor in many answers
    in_words: bool = False


@dataclass
class Pair:
    """Two students whose answers are alike."""

    one: Answer
    other: Answer
    alike: float  # from 0 to 1
    in_common: int  # fingerprints of their own
    others: int = 0  # students beside them whose answers are like one of the two

    @property
    def reasons(self):
        """Why it may be harmless, in a sentence."""
        found = []
        # NB: words can be put in many ways, also in a short answer
        if not self.one.in_words and min(self.one.length, self.other.length) <= SHORT:
            found.append("the answers are short, and there are only so many ways to write them")
        if self.others:
            n = "1 other student" if self.others == 1 else f"{self.others} other students"
            found.append(f"{n} wrote much the same, perhaps from one source that all could see")
        shared = len(self.one.whole & self.other.whole) - self.in_common
        if shared > self.in_common:
            found.append(
                "most of what they have in common is the course's, or is in many answers, "
                "and the rest may follow from it"
            )
        return "; ".join(found) or NO_REASON


@dataclass
class Compared:
    """What came of comparing the answers to an exercise."""

    name: str
    answers: int
    plain: int  # answers with too little of their own to be compared
    pairs: list


def tokens_of(text, kind):
    """(tokens, fingerprints) of an answer of this type."""
    if kind == "code":
        tokens = tokens_of_code(text)
        return tokens, fingerprints(tokens, answer_tokens.IN_CODE)
    tokens = tokens_of_words(text)
    return tokens, fingerprints(tokens, answer_tokens.IN_WORDS)


def compare(one, texts, known):
    """Compare the answers to an Exercise, {student: text}.

    known: the fingerprints of what everybody has, such as the solution
    """
    kind, answers = one.answer_type, []
    for student, text in texts.items():
        tokens, whole = tokens_of(text, kind)
        answers.append(Answer(student, len(tokens), whole, whole - known, kind != "code"))
    often = Counter(mark for answer in answers for mark in answer.own)
    usual = {mark for mark, n in often.items() if n >= USUAL and n > len(answers) / 4}
    for answer in answers:
        answer.own -= usual
    own = [answer for answer in answers if len(answer.own) >= LEAST]
    pairs = alike(own, ALIKE[kind])
    return Compared(one.name, len(answers), len(answers) - len(own), pairs)


def alike(answers, least):
    """The Pairs that are at least so much alike, the most alike first."""
    pairs = []
    for one, other in combinations(answers, 2):
        in_common = len(one.own & other.own)
        if in_common >= LEAST and likeness(one.own, other.own) >= least:
            pairs.append(Pair(one, other, likeness(one.own, other.own), in_common))
    near = {}
    for pair in pairs:
        near.setdefault(pair.one.student, set()).add(pair.other.student)
        near.setdefault(pair.other.student, set()).add(pair.one.student)
    for pair in pairs:
        names = {pair.one.student, pair.other.student}
        pair.others = len(set().union(*(near[name] for name in names)) - names)
    return sorted(pairs, key=lambda pair: -pair.alike)


# A class


def answers_of(out, chapter, students, reader):
    """{exercise: {student: text}} of what was handed in and isn't as it was released."""
    found = {one.name: {} for one in chapter.marked}
    for student in students:
        folder = out / "submitted" / student / chapter.name
        try:
            path, _ = submissions.find_file(folder, chapter.name)
            given = reader.read(path, chapter.exercises, chapter.locked).answers
        except Refused:
            continue
        for one in chapter.marked:
            text = given.get(one.grade_id)
            if text is not None and not submissions.same(text, one.stub_text):
                found[one.name][student] = text
    return found


def known_to_all(out, chapter):
    """{exercise: the fingerprints of what everybody has}: the release's text, and the solution."""
    solved = own_exercises.solutions(out, chapter.name)
    texts = [*map(records.text_of, chapter.release["cells"]), *chapter.setting]
    released = {kind: set().union(*(tokens_of(t, kind)[1] for t in texts)) for kind in ALIKE}
    found = {}
    for one in chapter.marked:
        kind = one.answer_type
        text = solved.get(one.name, "")
        found[one.name] = released[kind] | tokens_of(text, kind)[1]
    return found


def of_chapter(out, chapter, students):
    """[Compared] of a grade.Chapter, an entry for each exercise with points."""
    known = known_to_all(out, chapter)
    with Reader() as reader:
        answers = answers_of(out, chapter, students, reader)
    return [compare(one, answers[one.name], known[one.name]) for one in chapter.marked]


def rows_of(found):
    """The rows of similar.csv, from {chapter: [Compared]}."""
    yield COLUMNS
    for chapter, compared in found.items():
        for one in compared:
            for pair in one.pairs:
                who = [pair.one.student, pair.other.student, round(100 * pair.alike)]
                sizes = [pair.one.length, pair.other.length, pair.in_common, pair.others]
                yield [chapter, one.name, *who, *sizes, pair.reasons]


def report(found):
    """The text of similar.txt, from {chapter: [Compared]}."""
    parts = [HEAD]
    for one in (one for compared in found.values() for one in compared):
        pairs = "1 pair" if len(one.pairs) == 1 else f"{len(one.pairs)} pairs"
        lines = [f"{one.name}: {one.answers} answers, {pairs} alike"]
        lines += [indented(PLAIN.format(n=one.plain), 2)] * bool(one.plain)
        for pair in one.pairs:
            one_size, other_size = pair.one.length, pair.other.length
            lines.append(
                f"  {pair.one.student} and {pair.other.student}: {pair.alike:.0%} alike "
                f"({one_size} and {other_size} tokens, {pair.in_common} sequences in common)"
            )
            lines.append(indented(f"May be harmless: {pair.reasons}.", 4))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def indented(text, by):
    """A paragraph of lines that begin with so many spaces."""
    return textwrap.fill(text, 100, initial_indent=" " * by, subsequent_indent=" " * by)


def main(arguments=None):
    """List a class's answers that are alike; return the exit status, 2 where it can't be told."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.similar_answers")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", action="append", default=[], help="all by default")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        out = assignment.outside(options.out)
        chapters = grade.chapters_of(out, options.chapter)
        with alone_in(out):
            students = list(read_roster(out / "roster.csv").students)
            found = {one.name: of_chapter(out, one, students) for one in chapters}
            write_whole(out / "similar.csv", tables.to_csv(rows_of(found)))
            write_whole(out / "similar.txt", report(found).encode("utf-8"))
    except (AssignmentError, Busy, RecordsError, RosterError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    n = sum(len(one.pairs) for compared in found.values() for one in compared)
    pairs = "1 pair of answers is" if n == 1 else f"{n} pairs of answers are"
    print(f"{out / 'similar.txt'}: {pairs} alike; it says why that may be harmless")
    print(f"made in {time.perf_counter() - start:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
