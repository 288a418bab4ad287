"""Quick forms of long cells: they bind the same names, and all cells below print the same."""

import json
import random
import symtable

import node
import pytest
from conftest import DOCS

from microgpt_ref import training
from microgpt_ref.adam import SGD, Adam
from microgpt_ref.lab import checks, explorables, page, showing
from microgpt_ref.lab.checks import child_process
from microgpt_ref.lab.quick import new_engine, quick_loss, quick_train, quick_trial
from microgpt_ref.layers import add, document_loss, linear, random_weights, rmsnorm
from microgpt_ref.mlp import feed_forward
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.training import train
from microgpt_ref.transformer import self_attention
from microgpt_ref.value import flatten, to_floats, to_values
from tools.making import predictions, sources
from tools.setup import ROOT

FORMS = [
    pytest.param(cell.source, cell.metadata["quick"], id=f"{source.name}-{i}")
    for source in sources.chapters()
    for i, cell in enumerate(source.cells)
    if "quick" in cell.metadata
]
OWN = {"quick_train", "quick_loss", "quick_trial", "quick_run"}  # what quick forms are made with


# The forms


def bound(text):
    """The names that a cell binds: by assignments, loops, definitions and imports."""
    table = symtable.symtable(text, "cell", "exec")
    return {one.get_name() for one in table.get_symbols() if one.is_assigned() or one.is_imported()}


@pytest.mark.parametrize("long, quick", FORMS)
def test_a_quick_form_binds_the_names_that_its_cell_binds(long, quick):
    assert bound(quick) - OWN == bound(long)
    assert OWN & bound(quick) and "quick_" not in long


def test_there_is_a_quick_form_for_every_training_of_a_thousand_steps():
    for lesson in list(STAGES)[1:]:
        cells = sources.find(lesson).cells
        learners = [cell for cell in cells if "solution" not in cell.metadata.get("tags", [])]
        lacking = [
            cell.source
            for cell in learners
            if "train(learn, docs, tokenizer, steps" in cell.source
            and "steps = 1000" in cell.source
            and "quick" not in cell.metadata
        ]
        assert lacking == [], lesson


# What they call


def beginning(stage):
    """A tokenizer, and weights of a stage's own size."""
    tokenizer = Tokenizer(DOCS)
    shapes = Settings(stage).shapes(tokenizer.vocab_size)
    return tokenizer, random_weights(shapes, random.Random(1))


def trained(stage, values, optimizer, tokenizer, steps, rate):
    """The losses of training as the lessons do it."""
    model = Model(Settings(stage), tokenizer, to_floats(values))

    def learn(tokens, rate):
        loss = document_loss(model.start(values), model.cut(tokens))
        loss.backward()
        optimizer.step(rate)
        return loss.data

    return train(learn, DOCS, tokenizer, steps, rate)


@pytest.mark.parametrize("stage, kind", [("train2", SGD), ("train3", SGD), ("train4", Adam)])
def test_values_and_optimizer_are_left_as_training_leaves_them(stage, kind):
    node.find()
    tokenizer, weights = beginning(stage)
    values, expected = to_values(weights), to_values(weights)
    optimizer, right = kind(flatten(values)), kind(flatten(expected))
    before = flatten(values)
    losses = quick_train(stage, values, DOCS, tokenizer, 7, 0.02, optimizer)
    assert losses == pytest.approx(trained(stage, expected, right, tokenizer, 7, 0.02), abs=1e-12)
    after = flatten(values)
    assert all(a is b for a, b in zip(before, after, strict=True))
    assert [p.data for p in after] == pytest.approx([p.data for p in flatten(expected)], abs=1e-11)
    assert {p.grad for p in after} == {0.0}
    if kind is Adam:
        assert optimizer.steps == right.steps == 7 and type(optimizer.steps) is int
        assert optimizer.m == pytest.approx(right.m, abs=1e-12)
        assert optimizer.v == pytest.approx(right.v, abs=1e-12)


def test_weights_that_are_numbers_move_in_their_rows_and_copies_are_kept():
    node.find()
    tokenizer, weights = beginning("train1")
    row, first, snapshots = weights["wte"][0], weights["wte"][0][0], {}
    quick_train("train1", weights, DOCS, tokenizer, 5, 1.0, snapshots=snapshots, at=[1, 3])
    assert weights["wte"][0] is row and type(row[0]) is float and row[0] != first
    assert list(snapshots) == [1, 3] and list(snapshots[1]) == list(weights)
    assert snapshots[1] != snapshots[3] != weights


def test_the_page_is_shown_the_losses(monkeypatch):
    node.find()
    told = []
    one = type("Page", (), {"show_losses": lambda self, *arguments: told.append(arguments)})()
    monkeypatch.setattr(showing, "page", one)
    tokenizer, weights = beginning("train3")
    losses = quick_train("train3", weights, DOCS, tokenizer, 5, 0.1)
    assert told == [(losses, 5)]


@pytest.mark.parametrize("stage", ["train1", "train3", "train4"])
def test_the_loss_of_a_document_is_the_model_s(stage):
    node.find()
    tokenizer, weights = beginning(stage)
    model, loss = Model(Settings(stage), tokenizer, weights), quick_loss(stage, weights, tokenizer)
    for doc in DOCS[:3]:
        tokens = model.cut(tokenizer.encode(doc))
        assert loss(tokens) == pytest.approx(model.loss(tokens), abs=1e-12)


# Whole lessons


def printed(cell):
    """The text of a cell's committed output, but for explorables, which print nothing."""
    texts = []
    for output in cell["outputs"]:
        if explorables.MIME in output.get("data", {}):
            continue
        if output["output_type"] == "stream":
            texts += output["text"]
        elif output["output_type"] == "execute_result":
            texts += [*output["data"]["text/plain"], "\n"]
    return "".join(texts)


def code_cells(lesson):
    """The code cells of the committed notebook."""
    notebook = json.loads((ROOT / "notebooks" / f"{lesson}.ipynb").read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def reader(monkeypatch):
    """A page, and a function of a cell's text: what it shows."""
    for module, name in [(showing, "page"), (child_process, "watched")]:
        monkeypatch.setattr(module, name, None)
    monkeypatch.setattr(training, "train", train)
    monkeypatch.setattr(checks, "results", {})
    texts = []

    def post(kind, data):
        data = json.loads(data)
        if kind in ("stream", "error"):
            texts.append(data)
        elif kind == "result":
            texts.append(f"{data}\n")

    one = page.Page(post)

    def run(text, cell):
        texts.clear()
        one.run(text, cell)
        return "".join(texts)

    return one, run


@pytest.mark.slow
@pytest.mark.parametrize("lesson", sources.names())
def test_all_cells_print_the_same_with_quick_forms_and_answers_are_those_shown(lesson, reader):
    node.find()
    one, run = reader
    for cell in code_cells(lesson):
        metadata = cell["metadata"]
        tags = set(metadata.get("tags", []))
        if "check" in tags:
            continue
        shown = run(metadata.get("quick") or "".join(cell["source"]), cell["id"])
        if "live" not in tags:
            assert shown == printed(cell), cell["id"]
        values = [eval(answer, one.names) for answer in predictions.expressions(metadata)]
        assert predictions.shown(metadata, values) == metadata.get("shown", []), cell["id"]


@pytest.mark.parametrize("parts", [["rmsnorm"], ["residuals"], ["rmsnorm", "residuals"]])
def test_gradients_of_a_transformer_without_some_parts_are_those_of_its_graph(parts):
    node.find()
    tokenizer, weights = beginning("train3")
    values, tokens = to_values(weights), tokenizer.encode(DOCS[0])
    norm = (lambda x: x) if "rmsnorm" in parts else rmsnorm
    join = (lambda x, change: change) if "residuals" in parts else add
    keys, made = [], []

    def next_logits(token):
        x = norm(add(values["wte"][token], values["wpe"][len(keys)]))
        x = join(x, self_attention(values, norm(x), keys, made))
        x = join(x, feed_forward(values["fc1"], values["fc2"], norm(x)))
        return linear(values["lm_head"], x)

    expected = document_loss(next_logits, tokens)
    expected.backward()
    engine = new_engine("train3", weights, tokenizer)
    engine.leave_out(parts)
    loss, grads = engine.gradient([tokens])
    assert loss == pytest.approx(expected.data, abs=1e-12)
    for name, matrix in grads.items():
        slopes = [p.grad for row in values[name] for p in row]
        assert [d for row in matrix for d in row] == pytest.approx(slopes, abs=1e-12), name


def test_a_trial_leaves_the_weights_as_they_are_and_gives_a_loss():
    node.find()
    tokenizer, weights = beginning("train3")
    before = {name: [row[:] for row in w] for name, w in weights.items()}
    trial = ("train3", weights, DOCS, tokenizer)
    start, end = quick_trial(*trial, 0, 0.0, DOCS[:5]), quick_trial(*trial, 9, 0.1, DOCS[:5])
    model = Model(Settings("train3"), tokenizer, before)
    assert weights == before and end < start
    assert start == pytest.approx(model.held_out_loss(DOCS[:5]), abs=1e-12)
