"""The pages around the lessons: what they state is true, and what lessons name they explain."""

import csv
import doctest
import functools
import json
import math
import os
import random
import re
from pathlib import Path

import jupytext
import pytest

from microgpt_ref import checkpoint
from microgpt_ref.data import MAKEMORE_SHA256, load_docs
from microgpt_ref.gpt import gpt_shapes, start_gpt
from microgpt_ref.lab.efficiency import fresh, measured, nodes_and_inputs
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import document_loss, random_matrix
from microgpt_ref.mlp import mlp_shapes
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.transformer import transformer_shapes
from microgpt_ref.value import to_values

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
LESSONS = sorted((ROOT / "notebooks" / "src").glob("train*.py"))
CHAPTERS = [*LESSONS, ROOT / "notebooks" / "src" / "efficiency.py"]
PUBLISHED = json.loads((ROOT / "tests" / "published.json").read_text(encoding="utf-8"))

# What stands in bold in a lesson and is no term: labels, and sentences with some weight.
NO_TERMS = {
    "question",
    "loss so far",
    "needs",
    "new here",
    "dropped",
    "what it drops",
    "time",
    "the loss.",
    "aim.",
    "done when",
    "once more than seen",
    "once more than you have seen it",
    "along one path, multiply. where several paths meet, add.",
    "what do you expect?",
    "can you answer these without looking?",
    "what still hurts.",
}


def page(name):
    """The text of a page."""
    return (BOOK / f"{name}.md").read_text(encoding="utf-8")


def prose(name):
    """The text of a page, each run of blanks and line ends as one blank."""
    return " ".join(page(name).split())


def code_blocks(name, language):
    """The contents of a page's code blocks in a language; "" for those without one."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page(name), flags=re.S | re.M)


def table_rows(name):
    """The rows of all tables of a page, heads included, as lists of cells."""
    rows = [line for line in page(name).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def golden(stage):
    """The golden run of a stage."""
    return json.loads((ROOT / "tests" / "golden" / f"{stage}.json").read_text(encoding="utf-8"))


@functools.cache
def names_of(source):
    """The documents of a list, in the order of training."""
    docs = load_docs(source)
    random.Random(42).shuffle(docs)
    return docs


# The glossary


def glossary():
    """Definitions by term."""
    body = re.search(r"^```\{glossary\}\n:sorted:\n\n(.*?)^```$", page("glossary"), re.S | re.M)[1]
    entries = {}
    for entry in body.strip().split("\n\n"):
        lines = entry.splitlines()
        terms = [line for line in lines if not line.startswith(" ")]
        definition = " ".join(line.strip() for line in lines if line.startswith(" "))
        entries.update(dict.fromkeys(terms, definition))
    return entries


def bold_phrases(lesson):
    """What stands in bold in the text of a lesson, in order, each once."""
    found = []
    for cell in jupytext.read(lesson, fmt="py:percent").cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", "", cell.source, flags=re.S)
            found += re.findall(r"\*\*(.+?)\*\*", text, flags=re.S)
    return list(dict.fromkeys(" ".join(phrase.split()) for phrase in found))


def lesson_terms(lesson):
    """The terms that a lesson puts in bold."""
    return [phrase for phrase in bold_phrases(lesson) if phrase.lower() not in NO_TERMS]


def find_term(term, entries):
    """The definition of a term, of its singular, or of either in other letters; None if none."""
    small = {name.lower(): definition for name, definition in reversed(entries.items())}
    singular = term.removesuffix("s")
    found = entries.get(term) or entries.get(singular)
    return found or small.get(term.lower()) or small.get(singular.lower())


@pytest.mark.parametrize("lesson", CHAPTERS, ids=lambda path: path.stem)
def test_glossary_has_every_term_of_a_lesson(lesson):
    missing = [term for term in lesson_terms(lesson) if not find_term(term, glossary())]
    assert not missing, f"{lesson.stem} has these in bold, and the glossary lacks them: {missing}"


@pytest.mark.parametrize("lesson", CHAPTERS, ids=lambda path: path.stem)
def test_glossary_names_the_lesson_that_defines_a_term(lesson):
    before = CHAPTERS[: CHAPTERS.index(lesson)]
    earlier = [term for other in before for term in lesson_terms(other)]
    known = [find_term(term, glossary()) for term in earlier]
    for term in lesson_terms(lesson):
        definition = find_term(term, glossary())
        if definition not in known:
            assert definition and f"[{lesson.stem}]" in definition, (
                f"{term} is defined in {lesson.stem}; the glossary has: {definition}"
            )


def test_find_term_knows_plurals_and_nothing_more():
    entries = {"token": "a unit", "BOS": "the end", "Value": "a class", "value": "a vector"}
    assert find_term("tokens", entries) == find_term("Token", entries) == "a unit"
    assert find_term("BOS", entries) == "the end"
    assert find_term("Value", entries) == find_term("Values", entries) == "a class"
    assert find_term("values", entries) == "a vector"
    assert find_term("tok", entries) is None


# References


def test_references_are_all_cited_and_all_there():
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{(\w+),$", bibliography, flags=re.M)
    text = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.md"))
    cited = {key for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", text) for key in keys.split(",")}
    assert len(keys) == len(set(keys))
    assert cited == set(keys)


# The published run


def test_page_has_the_published_losses_and_names():
    rows = [row for row in table_rows("reproduce") if row[0].isdigit()]
    assert rows == [[str(i), loss] for i, loss in enumerate(PUBLISHED["losses"], 1)]
    samples = "".join(f"sample {i:2d}: {s}\n" for i, s in enumerate(PUBLISHED["samples"], 1))
    assert samples in code_blocks("reproduce", "")


def test_page_has_the_checksum_of_the_published_list():
    assert PUBLISHED["sha256"] == MAKEMORE_SHA256
    assert f"{MAKEMORE_SHA256}\n" in code_blocks("reproduce", "")
    assert f"its {PUBLISHED['rows']:,} rows" in prose("reproduce")


def test_how_many_published_names_are_in_their_list():
    if not os.environ.get("MICROGPT_NAMES"):
        pytest.skip("makemore's names.txt is not here: set MICROGPT_NAMES to a copy")
    docs, samples = names_of("makemore"), PUBLISHED["samples"]
    listed, seen = sum(s in docs for s in samples), sum(s in docs[:1000] for s in samples)
    said = f"{listed} of these names are in the list that the model learned from, and {seen} of"
    assert said in prose("reproduce")
    assert len(docs) == PUBLISHED["rows"]


def test_losses_are_read_as_the_page_says(tmp_path, monkeypatch, capsys):
    with open(tmp_path / "losses.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "loss"])
        writer.writerows((i + 1, repr(3 + i / 1000)) for i in range(20))
    monkeypatch.chdir(tmp_path)
    exec(code_blocks("reproduce", "python")[0], {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "1 3.0000" and printed[-1] == "13 3.0120" and len(printed) == 13


# What one should know


def test_examples_print_what_the_page_says():
    text = "\n".join(code_blocks("prerequisites", "python"))
    test = doctest.DocTestParser().get_doctest(text, {}, "prerequisites.md", None, 0)
    result = doctest.DocTestRunner().run(test, clear_globs=False)
    assert result.attempted > 20 and result.failed == 0
    assert test.globs["rows"] == [[1, 0], [0, 0]] and test.globs["copies"] == [[1, 0], [1, 0]]
    assert "`rows` is `[[1, 0], [0, 0]]`" in page("prerequisites")
    assert "`copies` is `[[1, 0], [1, 0]]`" in page("prerequisites")


# Notation


def test_shapes_of_the_weights():
    mlp, gpt = mlp_shapes(27, 16), transformer_shapes(27, 16, 16)
    with_layers = gpt_shapes(27, 16, 16, 1)
    assert gpt == {name.removeprefix("layer0."): s for name, s in with_layers.items()}
    rows = {row[0].strip("`"): row[2:4] for row in table_rows("notation") if len(row) == 5}
    for name in set(mlp) | set(gpt):
        assert rows[name] == [str(mlp.get(name, "–")), str(gpt.get(name, "–"))]
    totals = [f"{sum(n * m for n, m in shapes.values()):,}" for shapes in (mlp, gpt)]
    assert rows["all together"] == totals


def test_notation_has_the_settings():
    values = {row[0]: row[1] for row in table_rows("notation") if len(row) == 4}
    for name in ("n_embd", "block_size", "n_head", "n_layer"):
        assert values[f"`{name}`"] == str(getattr(Settings(), name))


# Questions


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_says_what_the_loss_is_or_links_to_where_it_is_said(lesson):
    text = lesson.read_text(encoding="utf-8")
    said = "\n# ## The loss\n" in text and "$-\\ln p$" in text
    assert said if lesson.stem == "train0" else "[loss](train0.ipynb#the-loss)" in text


def test_is_it_memorising():
    run, docs, text = golden("train4"), names_of("ssa2018"), prose("questions")
    listed = sum(name in docs for name in run["names"])
    seen = sum(name in docs[:1000] for name in run["names"])
    assert f"{listed} are in the list, and {seen} was seen in training" in text
    last = sum(run["losses"][-200:]) / 200
    assert f"held-out names, {run['held_out_loss']:.3f}, is close" in text
    assert f"last 200 training steps, {last:.3f}." in text


def test_program_that_counts_what_was_memorised(tmp_path, monkeypatch, capsys):
    docs = names_of("ssa2018")
    model = new_model(Tokenizer(docs), random.Random(1), Settings("train0"))
    model.fit(docs, 20)
    checkpoint.save(model, tmp_path / "model.json")
    monkeypatch.chdir(tmp_path)
    exec(code_blocks("questions", "python")[0], {})
    assert re.fullmatch(r"in the list: \d+\nseen in training: \d+\n", capsys.readouterr().out)


def test_network_and_counting():
    losses = [f"{golden(stage)['held_out_loss']:.3f}" for stage in ("train0", "train1", "train4")]
    text = prose("questions")
    assert f"held-out loss of {losses[0]}" in text and f"one of {losses[1]}" in text
    assert f"The GPT of train4 comes to {losses[2]}" in text
    assert f"\\approx {math.log(27):.3f}" in text


def test_longest_name():
    longest = max(map(len, names_of("ssa2018")))
    assert f"The longest name in the list has {longest} letters" in prose("questions")


def test_how_many_values_one_name_makes():
    model, docs, _ = fresh()
    name = next(doc for doc in docs if len(doc) == 6)
    values = to_values(model.weights)
    loss = document_loss(model.start(values), model.tokenizer.encode(name))
    made, _ = nodes_and_inputs(loss)
    said = f"For *{name}*, a name of six letters, the reference makes {made:,} of them"
    assert said in prose("questions")


def test_how_much_faster_the_fastest_engine_is():
    bench = measured()
    times = [found["us_per_name"] for found in bench["engines"].values()]
    assert "tens of thousands of times faster" in prose("questions")
    assert bench["engines"]["plain"]["us_per_name"] > 20_000 * min(times)
    assert "it takes most of the time" in prose("questions") and bench["collector"] > 0.5


def untrained_loss(spread):
    """The mean loss of 20 names, of a GPT with random weights of this spread."""
    rng, docs = random.Random(42), names_of("ssa2018")
    shapes = gpt_shapes(27, 16, 16, 1)
    weights = {name: random_matrix(*shape, rng, spread) for name, shape in shapes.items()}
    tokenizer = Tokenizer(docs)
    losses = [document_loss(start_gpt(weights, 1, 4), tokenizer.encode(doc)) for doc in docs[:20]]
    return sum(losses) / len(losses)


def test_why_small_random_weights():
    assert abs(untrained_loss(0.08) - math.log(27)) < 0.2
    assert untrained_loss(0.8) > 10 * math.log(27)


def test_weights_of_zero_never_move():
    docs = names_of("ssa2018")
    model = new_model(Tokenizer(docs), random.Random(42))
    for w in model.weights.values():
        for row in w:
            row[:] = [0.0] * len(row)
    values = to_values(model.weights)
    document_loss(model.start(values), model.tokenizer.encode("emma")).backward()
    assert all(a.grad == 0 for w in values.values() for row in w for a in row)


# From microgpt to ChatGPT


def test_how_many_times_larger():
    ours = sum(n * m for n, m in gpt_shapes(27, 16, 16, 1).values())
    rows = {row[0]: row[1:] for row in table_rows("to-chatgpt") if len(row) == 3}
    assert rows["this course's GPT"] == [f"{ours:,}", "1"]
    gpt2, gpt3 = (rows[name] for name in rows if name.startswith("GPT-"))
    assert gpt2 == ["1.5 billion", f"about {round(1.5e9 / ours, -4):,.0f}"]
    assert gpt3 == ["175 billion", f"about {175e9 / ours / 1e6:.0f} million"]


def test_versions_of_microgpt_differ_by_eight_positions():
    first, final = (
        sum(n * m for n, m in gpt_shapes(27, 16, block_size, 1).values()) for block_size in (8, 16)
    )
    assert ["parameters", f"{first:,}", f"{final:,}"] in table_rows("history")
    assert final - first == 8 * 16 == 128


# The day after


def test_products_for_a_token_of_the_smallest_gpt2():
    layers, width, vocabulary = 12, 768, 50_257
    products = layers * 12 * width**2 + vocabulary * width
    text = prose("day-after")
    assert f"about {products / 1e6:.0f} million products per token" in text
    assert f"{layers} layers, 12 heads and a width of {width}" in text
    assert f"{vocabulary:,} tokens" in text


# The cards


def test_the_cards_name_headings_that_the_lessons_have():
    days = page("lesson-cards").split("## One day")[1]
    headings = {
        heading
        for lesson in LESSONS
        for heading in re.findall(r"^# ##+ (.+)$", lesson.read_text(encoding="utf-8"), re.M)
    }
    named = re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", days)
    assert len(named) > 8 and not set(named) - headings - {"go further"}


# The home page


def test_the_home_page_opens_with_names_that_were_made_up():
    names = re.search(r"^((?:[A-Z][a-z]+\. )+)A program made these names up", page("index"), re.M)
    made = [name.lower() for name in names[1].replace(".", "").split()]
    assert len(made) == 4 and set(made) <= set(golden("train4")["names"])
    assert not set(made) & set(names_of("ssa2018"))


def test_the_home_page_says_how_many_numbers_the_last_model_has():
    parameters = load_run("train4")["parameters"]
    assert f"Yours has {parameters:,} numbers, learns in a minute" in prose("index")
