"""What counts towards a total: reading rules.toml, and what is wrong with one."""

from fractions import Fraction

import pytest

from tools.grading import assignment, rules
from tools.grading.tables import RosterError
from tools.making.exercises import Exercise
from tools.making.weave import Weave


def exercise(name, points, tested=True):
    """An exercise that tests mark, or a hand."""
    expression = "f" if tested else None
    return Exercise(name, "T", "go further", "short", 10, points, "Do.", expression=expression)


WORDS = exercise("train1.words", 4, tested=False)
CHAPTERS = {
    "train1": [*(exercise(f"train1.{name}", 3) for name in "abc"), WORDS],
    "train2": [exercise("train2.a", 5)],
}


@pytest.fixture
def read(tmp_path):
    """A function: the Rules in a file of this text."""

    def call(text):
        (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
        return rules.read(tmp_path / "rules.toml", CHAPTERS)

    return call


def test_without_a_rule_everything_counts_once(tmp_path, read):
    for found in (rules.read(tmp_path / "gone.toml", CHAPTERS), read("")):
        one = found.chapters["train1"]
        assert (one.best, one.weight, one.besides) == (3, 1, ["train1.words"])
        assert one.choice == ["train1.a", "train1.b", "train1.c"]
        assert found.drop_lowest == 0
        said = ["train1 counts: all exercises", "train2 counts: all exercises"]
        assert found.said() == said


def test_rules_are_read_and_said(read):
    found = read(
        "drop_lowest = 1\n[train1]\nbest = 1\nof = ['train1.a', 'train1.words']\nweight = 0.1\n"
    )
    one = found.chapters["train1"]
    assert one.weight == Fraction(1, 10) and one.besides == ["train1.b", "train1.c"]
    assert found.said() == [
        "train1 counts: the best 1 of train1.a, train1.words, and train1.b, train1.c, 0.1 times",
        "train2 counts: all exercises",
        "of each student's chapters the lowest 1 don't count",
    ]


def test_a_share_for_what_is_partly_right_is_a_chapter_s_or_that_of_all(read):
    found = read("partial = 0.5\n[train1]\npartial = 0.25\n").chapters
    assert [one.partial for one in found.values()] == [Fraction(1, 4), Fraction(1, 2)]
    assert (
        found["train2"].in_words() == "all exercises; what is partly right gets 0.5 of its points"
    )
    assert (
        read("").chapters["train1"].partial == 0 == read("partial = 0").chapters["train2"].partial
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("partial = true", "partial = True: should be a share from 0 to 1, such as 0.5"),
        ("[train1]\npartial = 1.5", r"\[train1\]: partial = 1.5: should be a share"),
        ("partial = nan", "partial = nan: should be a share"),
        ("canvas_total = true", "canvas_total = True: should be the title of an assignment"),
        ("canvas_total = 'train1'", "that is no chapter's"),
        ("partial = '1'", "partial = '1': should be a share"),
        ("best = \n# two", r"line 1, .*should have lines such as best = 2"),
        ("drop_lowest = -1", "drop_lowest = -1: should be a number such as 0 or 1"),
        ("drop_lowest = true", "drop_lowest = True"),
        ("drop_lowest = 0.5", "drop_lowest = 0.5"),
        (
            "best = 2",
            "'best' is no chapter here; there can be drop_lowest, .*, partial, .train1.",
        ),
        ("[trian1]\nbest = 2", "'trian1' is no chapter here"),
        ("train1 = 2", r"train1 = 2: write \[train1\], and best = 2 below it"),
        ("[train1]\nbest = 4", r"\[train1\]: best = 4: should be from 1 to 3"),
        ("[train1]\nbest = 0", "best = 0: should be from 1 to 3"),
        ("[train1]\nbest = '2'", "best = '2': should be from 1 to 3"),
        ("[train1]\nof = 'train1.a'", "of = 'train1.a': should be a list"),
        ("[train1]\nof = ['train1.a', 'train1.a']", "each once"),
        ("[train1]\nof = ['train2.a']", "'train2.a' has no points here; train1.a, train1.b"),
        ("[train1]\nweight = nan", "weight = nan: should be a number such as 1 or 0.5"),
        ("[train1]\nweight = -1", "weight = -1: should be"),
        ("[train1]\nweight = '1'", "weight = '1': should be"),
        ("[train1]\nwieght = 1", "'wieght' means nothing; best, of, weight and partial do"),
    ],
)
def test_a_wrong_rule_is_told_in_a_line(read, text, message):
    with pytest.raises(RosterError, match=message) as error:
        read(text)
    assert "rules.toml" in str(error.value) and "\n" not in str(error.value)


def test_a_file_in_another_encoding_is_told(tmp_path):
    (tmp_path / "rules.toml").write_bytes("# größer\n".encode("cp1252"))
    with pytest.raises(RosterError, match="save it as UTF-8"):
        rules.read(tmp_path / "rules.toml", CHAPTERS)


def test_what_is_written_is_what_the_lesson_cards_recommend(tmp_path):
    path = tmp_path / "rules.toml"
    rules.add(path, {"train1": CHAPTERS["train1"]})
    found = rules.read(path, CHAPTERS)
    assert (found.chapters["train1"].best, found.chapters["train1"].weight) == (2, 1)
    assert found.said()[0] == (
        "train1 counts: the best 2 of train1.a, train1.b, train1.c, and train1.words"
    )


def test_rules_of_new_chapters_are_added_and_others_kept(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text("drop_lowest = 2 # mine\n[train1]\nbest = 3")
    rules.add(path, CHAPTERS)
    assert path.read_text().startswith("drop_lowest = 2 # mine\n[train1]\nbest = 3\n")
    found = rules.read(path, CHAPTERS)
    assert (found.drop_lowest, found.chapters["train1"].best) == (2, 3)
    assert found.chapters["train2"].best == 1  # of one
    before = path.read_text()
    rules.add(path, CHAPTERS)
    assert path.read_text() == before


def test_rules_of_the_course_s_own_chapters_can_be_read(tmp_path):
    weave = Weave()
    made = {name: assignment.make(name, weave).exercises for name in ("train0", "train4")}
    rules.add(tmp_path / "rules.toml", made)
    marked = {name: [one for one in parts if one.points] for name, parts in made.items()}
    found = rules.read(tmp_path / "rules.toml", marked)
    assert [rule.best for rule in found.chapters.values()] == [2, 2]
    assert all(len(rule.choice) > 2 and rule.besides for rule in found.chapters.values())


def test_students_are_told_which_exercises_count():
    titles = {"t.a": "Adding", "t.b": "Bias", "t.c": "In words"}
    rule = rules.Rule(["t.a", "t.b"], 1, ["t.c"])
    said = "Your best 1 of these count: Adding, Bias. What counts besides: In words."
    assert rule.for_students(titles) == said
    assert rules.Rule(["t.a", "t.b"], 2, ["t.c"]).for_students(titles) == ""
