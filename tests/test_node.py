"""The engine js: a process of Node behind a learner; and auto, which takes it where it can."""

import gc
import math
import os
import random
import signal
import sys
import time
import types

import node
import pytest
from conftest import DOCS, SMALL

from microgpt_ref import fast
from microgpt_ref.fast import js
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX scripts and signals")


def fresh(stage="train4"):
    """A small untrained model."""
    settings = Settings(stage, **SMALL[stage])
    return new_model(Tokenizer(DOCS), random.Random(1), settings)


@pytest.fixture
def new_engine():
    """A function: the engine of a small model and its documents, where there is Node."""
    node.find()

    def make(stage="train4"):
        model = fresh(stage)
        documents = [model.cut(model.tokenizer.encode(doc)) for doc in DOCS]
        return fast.new_engine("js", model, documents, next(iter(STAGES[stage].rates)))

    return make


@pytest.fixture
def node_is(tmp_path, monkeypatch):
    """A function: puts a script, or nothing, in the place of Node."""

    def put(script=None):
        if script is not None:
            path = tmp_path / "node"
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        js.find_node.cache_clear()

    yield put
    js.find_node.cache_clear()


# Node


def test_absent_node_is_named_in_one_line(node_is, refused):
    node_is()
    says = "engine js needs Node 18 or newer: install it from https://nodejs.org"
    assert refused("train", "--engine", "js") == says


@POSIX
@pytest.mark.parametrize(
    "script, says",
    [
        ("echo v16.20.1", "is v16.20.1: install it from https://nodejs.org"),
        ("echo hello", "doesn't say its version: install it anew"),
        ("exit 3", "doesn't say its version: install it anew"),
    ],
)
def test_node_that_can_not_serve_is_named(script, says, node_is):
    node_is(script)
    with pytest.raises(ValueError) as raised:
        fast.check_engine("js")
    message = str(raised.value)
    assert message.startswith("engine js needs Node 18 or newer, and /") and message.endswith(says)


@POSIX
def test_node_beside_python_is_found(node_is, tmp_path, monkeypatch):
    node_is("echo v18.0.0")
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert js.find_node() == str(tmp_path / "node")


# The engine


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_learns_what_the_reference_learns(stage):
    node.find()
    model, expected = fresh(stage), fresh(stage)
    losses = fast.fit(model, DOCS, 12, engine="js")
    assert losses == pytest.approx(expected.fit(DOCS, 12), abs=1e-9)
    for name, matrix in expected.weights.items():
        for row, other in zip(model.weights[name], matrix, strict=True):
            assert row == pytest.approx(other, abs=1e-9)
            assert set(map(type, row)) == set(map(type, other))
    assert list(model.weights) == list(expected.weights)


@pytest.mark.parametrize("stage", STAGES)
def test_command_line_prints_the_same_names_for_every_stage(stage, command):
    node.find()
    arguments = ("train", stage, "--steps", 4, "--samples", 3)
    result = command(*arguments, "--engine", "js")
    assert (result.status, result.out) == (0, command(*arguments).out)


def test_state_and_weights_come_back_to_the_last_bit(new_engine):
    engine = new_engine()
    engine.run(0, [0.01] * 3)
    state, weights = engine.state(), engine.weights()
    losses = engine.run(3, [0.01] * 3)
    engine.restore(state)
    assert engine.weights() == weights
    assert engine.run(3, [0.01] * 3) == losses


def test_steps_end_at_a_loss_that_is_no_number(new_engine):
    losses = new_engine().run(0, [1e300] * 50)
    assert 1 < len(losses) < 50 and not math.isfinite(losses[-1])
    assert all(map(math.isfinite, losses[:-1]))


def test_numbers_of_any_size_travel_whole():
    numbers = [0.1, -0.0, 5e-324, 1.7e308, float("inf")]
    assert repr(js.unpacked(js.packed(numbers))) == repr(numbers)


def test_counting_has_no_gradient(new_engine, capfd):
    with pytest.raises(ChildProcessError, match="Node ended with status"):
        new_engine("train0").gradient([[0, 1]])
    assert "counting has no gradient" in capfd.readouterr().err


def test_process_ends_with_its_engine(new_engine):
    engine = new_engine()
    process = engine.answering.process
    assert process.poll() is None
    del engine
    gc.collect()
    assert process.returncode is not None


def test_answer_that_was_cut_short_does_not_reach_the_next_question(new_engine, monkeypatch):
    engine = new_engine()
    engine.run(0, [0.01] * 2)
    state, weights = engine.state(), engine.weights()
    right = engine.answering.process

    class Interrupted:
        def readline(self):
            raise KeyboardInterrupt

        def close(self):
            right.stdout_of_node.close()

    right.stdout_of_node, right.stdout = right.stdout, Interrupted()
    with pytest.raises(KeyboardInterrupt):
        engine.run(2, [0.01] * 5)
    assert right.returncode is not None
    engine.restore(state)
    assert engine.weights() == weights


def test_node_that_dies_is_an_error_in_one_line(monkeypatch, refused, tmp_path):
    node.find()
    right = js.Engine.run

    def run(engine, first, rates):
        if first > 2:
            engine.answering.process.kill()
            engine.answering.process.wait()
        return right(engine, first, rates)

    monkeypatch.setattr(js.Engine, "run", run)
    monkeypatch.setattr("microgpt_ref.__main__.Progress.__call__", lambda *arguments: None)
    message = refused("train", "--engine", "js", "--save", tmp_path / "model.json")
    assert message.startswith("Node ended with status ")


def test_engine_of_a_page_needs_no_node(node_is, monkeypatch):
    node.find()
    answers = [js.InNode()]
    node_is()
    assert not fast.serves("js", "train3")
    page = types.SimpleNamespace(newAnswers=answers.pop)
    monkeypatch.setitem(sys.modules, js.COURSE_ENGINE, page)
    assert fast.chosen("auto", "train3") == "js"
    model, expected = fresh(), fresh()
    losses = fast.fit(model, DOCS, 5, engine="js")
    assert losses == pytest.approx(expected.fit(DOCS, 5), abs=1e-9)


def test_losses_of_documents_are_the_model_s_own(new_engine):
    engine, model = new_engine(), fresh()
    expected = [model.loss(tokens) for tokens in engine.documents]
    assert engine.losses(engine.documents) == pytest.approx(expected, abs=1e-12)


@POSIX
def test_ctrl_c_ends_a_run_with_whole_weights(start, tmp_path):
    node.find()
    files = ("--log", tmp_path / "log.csv", "--save", tmp_path / "model.json")
    arguments = ("train", "--engine", "js", "--steps", 500_000, *files)
    process = start(*arguments, start_new_session=True)
    assert "step" in process.stderr.readline()
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to Node as well
    out, err = process.communicate(timeout=60)
    taken = len((tmp_path / "log.csv").read_text().splitlines()) - 1
    assert process.returncode == 130 and out == "" and taken > 1
    assert f"stopped by Ctrl-C after {taken} of 500000 steps" in err
    assert (tmp_path / "model.json").exists()


# auto


@pytest.fixture
def installed(monkeypatch):
    """A function: makes these engines the only ones that are installed."""

    def only(*names):
        def check(name):
            if name not in (*names, "dot", "scalar"):
                raise ValueError(f"engine {name} is absent")

        monkeypatch.setattr(fast, "check_installed", check)

    return only


@pytest.mark.parametrize(
    "there, stage, name",
    [
        (("numpy", "js", "batch"), "train4", "numpy"),
        (("js",), "train4", "js"),
        ((), "train4", "dot"),
        (("numpy", "js"), "train3", "js"),
        (("numpy",), "train2", "scalar"),
        ((), "train0", "scalar"),
    ],
)
def test_auto_is_the_first_quick_engine_that_is_there(there, stage, name, installed):
    installed(*there)
    assert fast.chosen("auto", stage) == name
    assert fast.chosen("scalar", stage) == "scalar"


def test_auto_trains_and_samples_without_a_warning(recwarn):
    model, expected = fresh(), fresh()
    losses = fast.fit(model, DOCS, 4, engine="auto")
    assert losses == pytest.approx(expected.fit(DOCS, 4), abs=1e-9)
    sample = fast.sampler(model, "auto").sample(random.Random(1))
    assert sample == model.sample(random.Random(1))
    assert [warning for warning in recwarn if warning.category is UserWarning] == []


def test_auto_in_batches_is_checked_as_any_other():
    with pytest.raises(ValueError, match="batch 0 is out of range"):
        fast.fit(fresh(), DOCS, 1, engine="auto", batch=0)
    with pytest.raises(ValueError, match="batch is not an option of train1"):
        fast.fit(fresh("train1"), DOCS, 1, engine="auto", batch=2)


@pytest.mark.parametrize("stage", ["train0", "train4"])
def test_command_line_says_on_stderr_what_auto_is(stage, command, installed):
    installed()
    arguments = ("train", stage, "--steps", 3, "--samples", 2)
    name = {"train0": "scalar", "train4": "dot"}[stage]
    found, expected = command(*arguments, "--engine", "auto"), command(*arguments)
    says = "the first of numpy, js, dot, scalar that is installed and has"
    assert found.err.splitlines()[0] == f"engine auto is {name}: {says} {stage}"
    assert found.out == expected.out and "engine" not in expected.err
