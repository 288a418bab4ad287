"""Answers that are alike: what counts, what is nobody's own, and what is said of the rest."""

import csv
import inspect
import textwrap
import time
import tokenize
from itertools import combinations

import pytest

from tests import bank, graded_class
from tools.grading import similar_answers
from tools.grading.answer_tokens import fingerprints, likeness, tokens_of_code, tokens_of_words
from tools.grading.similar_answers import ALIKE, LEAST, NO_REASON, compare
from tools.making import exercises

TANH = """\
def tanh_backward(x, dy):
    # my own way
    dx = []
    for one, slope in zip(x, dy):
        grown = math.exp(one)
        shrunk = math.exp(-one)
        value = (grown - shrunk) / (grown + shrunk)
        dx.append(slope * (1 - value * value))
    return dx
"""
RENAMED = '''\
def tanh_backward(inputs, gradient):
    """Another text."""
    result = []

    for number, g in zip(inputs,
                         gradient):
        up = math.exp( number )   # e to the x
        down = math.exp(-number)
        t = (up - down) / (up + down)
        result.append(g * (1 - t * t))
    return result
'''
OTHER = """\
def tanh_backward(x, dy):
    slopes = [1 - math.tanh(number) ** 2 for number in x]
    return [slopes[i] * dy[i] for i in range(len(dy)) if True or slopes]
"""
ESSAY = "Without the gate every entry passes, so both layers together are one matrix and no more."


@pytest.mark.parametrize(
    "one, other",
    [
        ("a = b + 1", "x  =  y+1  # why"),
        ("def f(x):\n    return x", "def g(a):\n\n    'What for'\n    return a\n"),
        ("x = 'a'", "y = 'b'"),
        ("f(a,\n  b)", "f(a, b)"),
    ],
)
def test_names_comments_and_layout_don_t_count(one, other):
    assert tokens_of_code(one) == tokens_of_code(other)


@pytest.mark.parametrize(
    "one, other",
    [("a + b", "a - b"), ("x.exp()", "x.log()"), ("range(n)", "len(n)"), ("a = 1", "a = 2")],
)
def test_what_an_answer_does_counts(one, other):
    assert tokens_of_code(one) != tokens_of_code(other)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000,
        "x = '''" + "a" * 50_000,
        "\n".join(" " * i + "if x:" for i in range(300)),
        "if x:\n        a\n   b\n",
        "f'{" * 9_000,
        "\0\r\\" * 9_000,
        "0_" * 30_000,
        "'" * 50_000,
        "\\\n" * 20_000,
        "é€\ud800" * 9_000,
        "lambda: " * 9_000,
    ],
)
def test_no_text_breaks_or_hangs_it(text):
    start = time.process_time()
    tokens = tokens_of_code(text), tokens_of_words(text)
    assert likeness(*(fingerprints(t, 6) for t in tokens)) <= 1 and len(tokens[0]) <= 20_000
    assert time.process_time() - start < 2


def test_what_comes_before_broken_code_is_read():
    assert tokens_of_code("a = 1\nb = (") == ["name", "=", "1", "name", "=", "("]
    assert tokens_of_code("") == [] and fingerprints([], 6) == set()
    assert fingerprints(["a"], 6) == {("a",)} and likeness(set(), set()) == 0


def test_only_reading_text_can_go_wrong(monkeypatch):
    def fail(readline):
        raise tokenize.TokenError("EOF")
        yield

    monkeypatch.setattr(tokenize, "generate_tokens", fail)
    assert tokens_of_code("a = 1") == []


def part(name):
    """An exercise of train1."""
    return next(one for one in graded_class.made("train1").exercises if one.name == name)


def pairs_of(texts, known=(), name="train1.tanh"):
    """What comes of comparing texts."""
    found = compare(part(name), {f"s{i}": text for i, text in enumerate(texts)}, set(known))
    return found, [(pair.one.student, pair.other.student) for pair in found.pairs]


def test_a_renamed_answer_is_wholly_alike_and_another_isn_t():
    found, names = pairs_of([TANH, OTHER, RENAMED])
    assert names == [("s0", "s2")] and found.pairs[0].alike == 1
    assert (found.answers, found.plain) == (3, 0)
    (pair,) = found.pairs
    assert pair.one.length == pair.other.length == len(tokens_of_code(TANH)) > similar_answers.SHORT
    assert pair.reasons == NO_REASON


def test_what_everybody_has_is_discounted():
    known = fingerprints(tokens_of_code(TANH), 6)
    found, names = pairs_of([TANH, RENAMED], known)
    assert (names, found.plain) == ([], 2)
    found, names = pairs_of([TANH, RENAMED, *[TANH] * 2, *[OTHER] * 2, *[""] * 6])
    assert names == [("s4", "s5")] and found.plain == 4 + 6
    assert "the answers are short" in found.pairs[0].reasons


def test_how_many_others_share_an_answer_is_said():
    found, names = pairs_of([TANH, RENAMED, TANH, *(f"x{i} = {i}" for i in range(20))])
    assert len(names) == 3 and {pair.others for pair in found.pairs} == {1}
    assert "1 other student wrote much the same" in found.pairs[0].reasons


def test_what_follows_from_the_course_is_said_to():
    known = set(list(sorted(fingerprints(tokens_of_code(TANH), 6)))[:-15])
    found, _ = pairs_of([TANH, RENAMED], known)
    assert found.pairs[0].in_common == 15 and "is the course's" in found.pairs[0].reasons


def test_words_are_compared_as_words():
    more = " I saw it when I trained it twice."
    found, names = pairs_of([ESSAY + more, ESSAY.upper(), more], name="train1.no_gate")
    assert names == [("s0", "s1")] and 0.3 < found.pairs[0].alike < 1 and found.plain == 1


def right_answers():
    """[(exercise, [the text of each right function or class in the bank])]."""
    texts = {}
    for entry in bank.entries():
        if not entry.mistake and (
            inspect.isfunction(entry.answer) or inspect.isclass(entry.answer)
        ):
            text = textwrap.dedent(inspect.getsource(entry.answer))
            lines = text.splitlines(True)
            start = next(i for i, line in enumerate(lines) if line.startswith(("def ", "class ")))
            texts.setdefault(entry.name, set()).add("".join(lines[start:]))
    return texts.items()


def test_of_right_answers_written_to_differ_one_pair_in_a_hundred_is_listed():
    known = {n: one for parts, _ in exercises.read_lessons().values() for n, one in parts.items()}
    n_pairs = n_listed = 0
    for name, texts in right_answers():
        given = [known[name].solution_text, known[name].stub_text]
        marks = set().union(*(fingerprints(tokens_of_code(text), 6) for text in given))
        own = [fingerprints(tokens_of_code(text), 6) - marks for text in texts]
        for one, other in combinations(own, 2):
            n_pairs += 1
            n_listed += len(one & other) >= LEAST and likeness(one, other) >= ALIKE["code"]
    assert n_pairs > 600 and 0.005 < n_listed / n_pairs < 0.015


@pytest.fixture
def course(tmp_path):
    """A class in which two hand in one answer, one nothing, one the solution and one rubbish."""
    graded_class.begin(tmp_path)
    answers = {"s1": TANH, "s2": RENAMED, "s3": part("train1.tanh").solution_text, "s4": OTHER}
    given = {name: {"train1.tanh": text} for name, text in answers.items()}
    graded_class.hand_in(tmp_path, {**given, "s5": {}, "s6": {}})
    (tmp_path / "submitted" / "s6" / "train1" / "train1.ipynb").write_text("rubbish")
    return tmp_path


def test_a_class_s_pairs_are_listed_for_the_lecturer(course, capsys):
    before = sorted(path for path in course.rglob("*") if path.is_file())
    assert similar_answers.main(["--out", str(course), "--chapter", "train1"]) == 0
    assert "1 pairs" not in capsys.readouterr().out
    with open(course / "similar.csv", newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert list(row.values())[:5] == ["train1", "train1.tanh", "s1", "s2", "100"]
    text = (course / "similar.txt").read_text(encoding="utf-8")
    assert "train1.tanh: 4 answers, 1 pair alike" in text and "s1 and s2: 100% alike" in text
    assert "Not compared: 1, with next to nothing but what is given" in " ".join(text.split())
    for word in ("cheat", "plagiar", "copied", "suspect", "guilty"):
        assert word not in text.lower()
    after = sorted(path for path in course.rglob("*") if path.is_file() and path.name != ".lock")
    assert set(after) - set(before) == {course / "similar.csv", course / "similar.txt"}


def test_a_wrong_chapter_is_told_in_a_line(course, capsys):
    assert similar_answers.main(["--out", str(course), "--chapter", "train9"]) == 2
    said = capsys.readouterr().err
    assert "train9: not released" in said and len(said.splitlines()) == 1
    assert not (course / "similar.csv").exists()
