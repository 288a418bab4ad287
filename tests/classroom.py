"""A class of students who hand in a chapter, made up, with the marks that each should get.

Most are honest: the solution in words of their own, an answer out of the bank, right or wrong, or
nothing at all. Some attack the grader, each by one of `hostile_code`'s ways in one exercise and
by one of `hostile_answers`'s in the written one. Everything is drawn from a seed.
"""

import inspect
import json
import random
import re
from functools import cache

from tests import bank
from tests.hostile_answers import HOSTILE
from tests.hostile_code import ATTACKS, written_for
from tools.grading import assignment
from tools.making.weave import Weave

WORDS = "I got 2.4{n} instead of 2.5{n}, because the slopes of {n} names were added up."


def hand_in(out, chapter, students, every=10, first=0, seed=0):
    """Hand in for so many students, and write the roster; return {student: {exercise: points}}.

    every: which students attack, such as each tenth; their ids begin with h
    first: the attack that the first of them tries, by number
    Points are None where they are given by hand.
    """
    rng = random.Random(seed)
    release = (out / "release" / chapter / f"{chapter}.ipynb").read_text(encoding="utf-8")
    parts = assignment.make(chapter, Weave()).exercises
    attacks, expected = list(ATTACKS), {}
    for number in range(students):
        turn, is_honest = first + number // every, number % every < every - 1
        student = f"{'s' if is_honest else 'h'}{number:03d}"
        if not is_honest:
            answers = hostile(parts, attacks[turn % len(attacks)], turn, out)
        else:
            answers = honest(parts, rng, number)
        path = out / "submitted" / student / chapter / f"{chapter}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(filled_in(release, parts, answers), encoding="utf-8")
        expected[student] = {one.name: answers[one.name][1] for one in parts if one.points}
    names = [[name, "Ada", name.upper(), f"{name}@example.org"] for name in expected]
    assignment.write_csv(out / "roster.csv", [assignment.ROSTER, *names])
    return expected


def filled_in(release, parts, answers):
    """A release's text, with {exercise: (text or None, points)} in its cells."""
    notebook, names = json.loads(release), {one.grade_id: one.name for one in parts}
    for cell in notebook["cells"]:
        text, _ = answers.get(names.get(cell["metadata"]["nbgrader"]["grade_id"]), (None, 0))
        if text is not None:
            cell["source"] = text.splitlines(True)
    return json.dumps(notebook)


def honest(parts, rng, number):
    """{exercise: (text or None, points that it should get)} of an honest student."""
    return {one.name: honest_answer(one, rng, number) for one in parts}


def honest_answer(one, rng, number):
    """(text or None, points) of one answer; None where points are given by hand."""
    if not one.expression:
        wrote = rng.random() < 0.7
        return (WORDS.format(n=number), None) if wrote else (None, 0)
    from_bank = [entry for entry in answers_in_bank(one.name) if entry[1] == "right"]
    mistakes = [entry for entry in answers_in_bank(one.name) if entry[1] == "wrong"]
    chance = rng.random()
    if chance < 0.1:
        return None, 0
    if chance < 0.25 and mistakes:
        return under_its_name(one, *rng.choice(mistakes)), 0
    if chance < 0.4 and from_bank:
        return under_its_name(one, *rng.choice(from_bank)), one.points
    return f"# try {number}\n{one.solution_text}", one.points


def under_its_name(one, name, _, text):
    """The text of an answer of the bank, bound to the name that the exercise wants."""
    return f"{text}\n\n{one.expression} = {name}"


def hostile(parts, attack, turn, course):
    """{exercise: (text or None, points)} of a student who attacks, and solves the rest."""
    answers = {one.name: (one.solution_text, one.points) for one in parts if one.expression}
    functions = [one for one in parts if one.points and one.stub_text.startswith("def ")]
    target = functions[turn % len(functions)]
    head = re.match("def .*:", target.stub_text)[0]
    answers[target.name] = written_for(attack, head, course), 0
    words = next(one.name for one in parts if not one.expression)
    answers[words] = "\n\n".join(HOSTILE[turn % 5 :: 5]), None
    return answers


@cache
def answers_in_bank(exercise):
    """[(function, "right" or "wrong", text of its file)] of the bank's answers to an exercise."""
    found = []
    for entry in bank.entries():
        if entry.name != exercise or not inspect.isfunction(entry.answer):
            continue
        name, module = entry.answer.__name__, inspect.getmodule(entry.answer)
        if vars(module).get(name) is entry.answer:
            verdict = "wrong" if entry.mistake else "right"
            found.append((name, verdict, bank.text_of(module)))
    return found
