"""The engines: each learns what the reference learns, and ends early as it does."""

import copy
import math
import random
import re
import signal
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from microgpt_ref import checkpoint, fast, runner
from microgpt_ref.__main__ import parse
from microgpt_ref.data import load_docs
from microgpt_ref.layers import total
from microgpt_ref.model import new_model
from microgpt_ref.runner import TrainingError
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

# how far an engine's numbers may be from the reference's: relative to the largest, so that a
# float that should be 0 may be a rounding error
TOLERANCE = {
    "scalar": 1e-12,
    "dot": 1e-9,
    "numpy": 1e-9,
    "js": 1e-9,
    "batch": 1e-4,
    "compiled": 1e-4,
    "simd": 1e-4,
    "torch": 1e-4,
}
ENGINES = [name for name in fast.ENGINES if name in TOLERANCE]
NO_SHRINKING = [phase for phase in Phase if phase.name != "shrink"]  # the reference is slow
SLOW = pytest.mark.slow  # Numba takes some ten seconds to compile for another shape
OTHERS = [name for name in ENGINES if name != "scalar"]


def marked(names):
    """The names of engines, torch's with its mark."""
    torch = pytest.param("torch", marks=pytest.mark.torch)
    return [torch if name == "torch" else name for name in names]


@pytest.fixture(params=marked(ENGINES))
def engine(request):
    """The name of an engine whose libraries are installed."""
    return installed(request.param)


def installed(name):
    """The same name; skips the test if the engine can't run here."""
    try:
        fast.check_engine(name)
    except ValueError as error:
        pytest.skip(str(error))
    return name


DOCS = ("anna", "bob", "cai", "abba", "i")


SMALL = {"n_layer": 2, "n_embd": 8, "n_head": 2, "block_size": 6}  # the sizes of most tests


def train4(seed=1, docs=(*DOCS, "acacia"), size=1.0, **settings):
    """An untrained model, its weights made larger, and its documents as tokens."""
    sizes = SMALL | settings
    model = new_model(Tokenizer(docs), random.Random(seed), Settings("train4", **sizes))
    for row in [row for w in model.weights.values() for row in w]:
        row[:] = [size * a for a in row]
    return model, [model.cut(model.tokenizer.encode(doc)) for doc in docs]


def distance(ours, theirs):
    """The largest difference between two tables of matrices, relative to the largest number."""
    assert list(ours) == list(theirs)
    pairs = []
    for name in ours:
        for row, other in zip(ours[name], theirs[name], strict=True):
            pairs += zip(row, other, strict=True)
    return max(abs(a - b) for a, b in pairs) / max(abs(b) for _, b in pairs)


def gradients(name, model, documents):
    """The loss and the gradient of an engine."""
    return fast.new_engine(name, model, documents).gradient(documents)


@cache
def trained(name, steps, docs=DOCS, batch=1, **options):
    """A small model after some steps, and their losses."""
    model, _ = train4(seed=2, docs=docs)
    options |= {"engine": name, "batch": batch}
    return model, fast.fit(model, docs, steps, **options)


# The numbers

WIDTHS = [(4, 1), (4, 2), (8, 2), (12, 3), (16, 4), (20, 4), (32, 2)]  # n_embd, n_head


@pytest.mark.parametrize("name", marked(["dot", "numpy", "js", "batch", "simd", "torch"]))
@hypothesis_settings(max_examples=6)
@given(
    n_layer=st.integers(1, 3),
    width=st.sampled_from(WIDTHS),
    block_size=st.integers(4, 16),
    docs=st.lists(st.text("abcde", min_size=1, max_size=20), min_size=1, max_size=3),
    seed=st.integers(0, 99),
    size=st.sampled_from([1, 4]),
)
@pytest.mark.no_cover
def test_gradient_is_the_reference_s(name, n_layer, width, block_size, docs, seed, size):
    sizes = {"n_layer": n_layer, "block_size": block_size} | dict(zip(("n_embd", "n_head"), width))
    model, documents = train4(seed, docs, size, **sizes)
    loss, grads = gradients("scalar", model, documents)
    found, found_grads = gradients(installed(name), model, documents)
    assert found == pytest.approx(loss, rel=TOLERANCE[name])
    assert distance(found_grads, grads) < TOLERANCE[name]


SHAPES = {
    "as in most tests": {},
    "the default": {"n_layer": 1, "n_embd": 16, "n_head": 4, "block_size": 16},
    "wide": {"n_layer": 1, "n_embd": 20, "n_head": 4, "block_size": 5},
    "deep": {"n_layer": 3, "n_embd": 12, "n_head": 1, "block_size": 9},
    "odd": {"n_layer": 1, "n_embd": 5, "n_head": 5, "block_size": 4},
}


@pytest.mark.parametrize(
    "shape",
    ["as in most tests", "the default"]
    + [pytest.param(name, marks=SLOW) for name in [*SHAPES][2:]],
)
@pytest.mark.no_cover
def test_gradient_of_the_compiled_engine_is_the_reference_s(shape):
    installed("compiled")

    @hypothesis_settings(max_examples=10, phases=NO_SHRINKING)
    @given(
        docs=st.lists(st.text("abcino", min_size=1, max_size=20), min_size=1, max_size=2),
        seed=st.integers(0, 99),
        size=st.sampled_from([1, 4]),
    )
    def check(docs, seed, size):
        model, _ = train4(seed, size=size, **SHAPES[shape])
        documents = [model.cut(model.tokenizer.encode(doc)) for doc in docs]
        loss, grads = gradients("scalar", model, documents)
        found, found_grads = gradients("compiled", model, documents)
        assert found == pytest.approx(loss, rel=TOLERANCE["compiled"])
        assert distance(found_grads, grads) < TOLERANCE["compiled"]

    check()


def test_docstring_and_help_name_every_engine(capsys):
    named = re.findall(r"^(\w+) {2,}\S", fast.__doc__, flags=re.MULTILINE)
    assert tuple(named) == fast.ENGINES
    with pytest.raises(SystemExit):
        parse(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"one of {', '.join(fast.ENGINES)}, or auto" in said


def test_gradient_of_the_reference_s_engine_is_the_reference_s():
    model, documents = train4(size=3)
    loss, grads = gradients("scalar", model, documents[:1])
    assert loss == pytest.approx(model.loss(documents[0]), abs=1e-12)
    row, nudge = model.weights["layer1.fc1"][3], 1e-6
    before = row[2]
    row[2] = before + nudge
    after = model.loss(documents[0])
    row[2] = before - nudge
    slope = (after - model.loss(documents[0])) / (2 * nudge)
    assert grads["layer1.fc1"][3][2] == pytest.approx(slope, rel=1e-4) != 0


def test_gradient_of_a_batch_is_the_mean_of_those_of_its_documents(engine):
    model, documents = train4(size=3)
    loss, grads = gradients(engine, model, documents)
    losses, singles = zip(*(gradients(engine, model, [document]) for document in documents))
    assert loss == pytest.approx(total(losses) / len(documents), rel=TOLERANCE[engine])
    mean = {
        name: [[sum(a) / len(singles) for a in zip(*rows)] for rows in zip(*matrices)]
        for name, matrices in zip(grads, zip(*(single.values() for single in singles)))
    }
    assert distance(grads, mean) < TOLERANCE[engine]
    assert distance(grads, singles[0]) > 0.01


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.no_cover
def test_training_is_the_reference_s(engine, optimizer, batch):
    model, losses = trained(engine, 20, optimizer=optimizer, batch=batch)
    expected, expected_losses = trained("scalar", 20, optimizer=optimizer, batch=batch)
    tolerance = max(1e-9, TOLERANCE[engine] * 10)
    assert losses == pytest.approx(expected_losses, abs=tolerance)
    assert distance(model.weights, expected.weights) < tolerance
    assert losses[-1] < losses[0]


def test_batches_take_the_documents_in_turn():
    docs = ("anna", "bob", "cai")
    model, losses = trained("scalar", 3, docs, batch=2, rate=0.0)
    losses_of_one = [model.loss(model.cut(model.tokenizer.encode(doc))) for doc in docs]
    pairs = [(0, 1), (2, 0), (1, 2)]
    assert losses == pytest.approx([(losses_of_one[i] + losses_of_one[j]) / 2 for i, j in pairs])


@pytest.mark.no_cover
def test_scalar_engine_in_batches_of_one_is_the_reference():
    model, losses = trained("scalar", 10)
    engine = fast.new_engine("scalar", *train4(seed=2, docs=DOCS))
    assert runner.Run(engine, 10, 0.01).all_steps(lambda step, loss: None) == losses
    assert engine.weights() == model.weights


def thousand_steps(name, golden, steps=1000):
    """Hold a default run to what an independent program found: losses and names."""
    docs, rng = load_docs(), random.Random(42)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng)
    expected = golden("train4")
    losses = []

    def report(step, loss):
        losses.append(loss)
        if len(losses) == steps:
            raise StopIteration

    with suppress(StopIteration):
        fast.fit(model, docs, engine=name, report=report)
    assert len(losses) == steps
    assert losses == pytest.approx(expected["losses"][:steps], abs=5e-5)
    if steps == 1000:
        sampler = fast.sampler(model, name)
        assert [sampler.sample(rng) for _ in range(20)] == expected["names"]


@pytest.mark.parametrize("name", marked(name for name in OTHERS if name != "dot"))
def test_thousand_steps_have_the_reference_s_losses_and_names(name, golden):
    thousand_steps(installed(name), golden)


@pytest.mark.no_cover
def test_dot_begins_with_the_reference_s_losses(golden):
    thousand_steps("dot", golden, 60)


@pytest.mark.slow
def test_thousand_steps_of_dot(golden):
    thousand_steps("dot", golden)


def test_engine_samples_what_the_reference_samples(engine):
    model, _ = train4(size=4)
    sampler = fast.sampler(model, engine)
    for prompt in ("", "ab"):
        draws, expected = random.Random(3), random.Random(3)
        for _ in range(20):
            name = model.sample(expected, 0.7, prompt)
            assert sampler.sample(draws, 0.7, prompt) == name


def test_checkpoint_of_one_engine_goes_on_in_another(engine, tmp_path):
    model, _ = trained(engine, 5)
    checkpoint.save(model, tmp_path / "model.json")
    loaded = checkpoint.load(tmp_path / "model.json")
    assert loaded.weights == model.weights
    docs = ["cai", "bob"]
    again = checkpoint.load(tmp_path / "model.json")
    losses = fast.fit(loaded, docs, 5, engine="numpy")
    assert losses == pytest.approx(fast.fit(again, docs, 5, engine="scalar"), abs=1e-9)


# what it may treat in another way: several panels of columns, heads of all sizes, documents of
# several vectors of positions, more rows than go through together, a vocabulary of several vectors
@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [
        ({"n_layer": 1, "n_embd": 16, "n_head": 16, "block_size": 33}, (32, 1, 16, 17)),
        ({"n_layer": 2, "n_embd": 80, "n_head": 2, "block_size": 90}, (89, 40, 64, 65)),
        ({"n_layer": 1, "n_embd": 66, "n_head": 3, "block_size": 7}, [1, 2, 3, 4, 5, 6] * 11),
        ({"n_layer": 1, "n_embd": 8, "n_head": 1, "block_size": 300}, (299, 3, 150)),
    ],
)
def test_simd_has_the_gradient_of_numpy_at_all_sizes(sizes, lengths):
    installed("simd")
    rng = random.Random(7)
    letters = [chr(97 + i) for i in range(70)]
    docs = ["".join(letters), *("".join(rng.choices(letters, k=n)) for n in lengths)]
    model, documents = train4(docs=docs, size=2, **sizes)
    loss, grads = gradients("numpy", model, documents[1:])
    found, found_grads = gradients("simd", model, documents[1:])
    assert found == pytest.approx(loss, rel=1e-4) and distance(found_grads, grads) < 1e-4


def test_simd_learns_nothing_beyond_an_odd_width():
    """What it has beyond n_embd stays 0, whatever lengths documents had before."""
    installed("simd")
    rng = random.Random(7)
    docs = ["".join(rng.choices("abcdefgh", k=n)) for n in (39, 31, 36, 20, 33, 32, 17, 38)]
    model, documents = train4(docs=docs, size=2, n_layer=1, n_embd=66, n_head=3, block_size=40)
    engine = fast.new_engine("simd", model, documents, batch=2)
    engine.run(0, [0.02] * 12)
    model.weights = engine.weights()
    assert gradients("simd", model, documents) == engine.gradient(documents)


def test_simd_is_compiled_anew_when_a_part_of_it_changes():
    simd = pytest.importorskip("microgpt_ref.fast.simd", reason="needs numba")
    folder = Path(simd.__file__).parent
    texts = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in ("simd", *simd.PARTS)]
    imported = set(re.findall(r"^from microgpt_ref\.fast\.(\w+) import", "\n".join(texts), re.M))
    assert imported - {"documents"} == {*simd.PARTS}  # no machine code is made of `documents`


# What has to be compiled, and when it pays


@pytest.mark.parametrize(
    ("changes", "steps", "ready", "engine", "says"),
    [
        ({}, 1000, True, "numpy", "too short to load"),
        ({}, 20_000, True, "simd", "its machine code is ready, and numpy would take about 5 s"),
        ({}, 20_000, False, "numpy", "too short to compile"),
        ({}, 100_000, False, "simd", "numpy would take about 23 s, and compiling about 10"),
        ({"n_embd": 128}, 10_000, False, "simd", "numpy would take about 22 s"),
    ],
)
def test_auto_is_machine_code_where_that_pays(changes, steps, ready, engine, says, monkeypatch):
    simd = pytest.importorskip("microgpt_ref.fast.simd", reason="needs numba")
    monkeypatch.setattr(simd, "is_ready", lambda: ready)
    found, reason = fast.choose("auto", Settings("train4", **changes), steps)
    assert found == engine and says in reason
    assert fast.choose("auto", Settings("train4", **changes), steps // 50, batch=50)[0] == engine
    assert fast.choose("dot", Settings("train4", **changes), steps) == ("dot", "")


def test_auto_is_as_ever_where_there_is_no_numba(monkeypatch):
    pytest.importorskip("numpy")
    monkeypatch.setitem(sys.modules, "numba", None)
    engine, reason = fast.choose("auto", Settings("train4"), 1_000_000)
    assert engine == "numpy"
    assert reason == "the first of numpy, js, dot, scalar that is installed and has train4"


def test_machine_code_on_the_disk_is_noticed(monkeypatch, tmp_path):
    compiled = pytest.importorskip("microgpt_ref.fast.compiled", reason="needs numba")
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))

    def double_of():
        """The same function each time, as another process would have it."""

        def double(x):
            return 2 * x

        return compiled.kept(double)

    function = double_of()
    assert not compiled.is_compiled(function)
    assert function(3) == 6
    assert compiled.is_compiled(function) and compiled.is_compiled(double_of())


def test_command_line_says_what_it_compiles(command, monkeypatch):
    installed("simd")
    arguments = ("train", "--engine", "simd", "--steps", 2, "--samples", 1)
    expected = command(*arguments)
    simd = sys.modules["microgpt_ref.fast.simd"]
    monkeypatch.setattr(simd, "is_ready", lambda: False)
    found = command(*arguments)
    says = "compiling engine simd for models of all sizes: about 10 s, once on this machine"
    assert found.err.splitlines()[0] == says and found.out == expected.out


# Runs that end early


@cache
def interrupted(name, at, raises):
    """A model whose run of 30 steps is ended by its report at a step."""
    model, _ = train4(seed=2, docs=DOCS)
    seen = []

    def report(step, loss):
        seen.append(loss)
        if step == at:
            raises()

    with pytest.raises((KeyboardInterrupt, StopIteration)):
        fast.fit(model, DOCS, 30, report=report, engine=name)
    return model, seen


def stop():
    """End a run at once."""
    raise StopIteration


@pytest.mark.parametrize("at", [0, 1, 5, 16])
@pytest.mark.parametrize("raises", [stop, lambda: signal.raise_signal(signal.SIGINT)])
def test_run_that_is_interrupted_has_the_weights_of_its_step(engine, at, raises):
    model, seen = interrupted(engine, at, raises)
    expected, losses = interrupted("scalar", at, stop)
    assert len(seen) == len(losses) == at + 1
    assert distance(model.weights, expected.weights) < max(1e-9, TOLERANCE[engine] * 10)


def test_run_stopped_early_by_request_takes_the_first_steps_of_the_whole_run(engine):
    whole, _ = interrupted(engine, 5, stop)
    model, _ = train4(seed=2, docs=DOCS)
    losses = fast.fit(model, DOCS, 30, engine=engine, stop=6)
    assert len(losses) == 6
    assert distance(model.weights, whole.weights) < max(1e-9, TOLERANCE[engine] * 10)


@pytest.mark.parametrize(
    ("stop", "message"),
    [(0, "stop 0"), (31, "stop 31 is past the last step: use at most steps 30")],
)
def test_stop_that_can_not_be_is_refused(stop, message):
    model, _ = train4(seed=2, docs=DOCS)
    before = copy.deepcopy(model.weights)
    with pytest.raises(ValueError, match=message):
        fast.fit(model, DOCS, 30, engine="numpy", stop=stop)
    assert model.weights == before


@pytest.mark.parametrize("rate", [1e200, 300.0])
def test_loss_that_is_no_number_leaves_the_last_good_weights(engine, rate):
    losses = []
    with pytest.raises(TrainingError) as raised:
        model, _ = train4(seed=2, size=2)
        docs = ["anna", "bob", "cai", "abba"]
        fast.fit(
            model,
            docs,
            300,
            "sgd",
            rate,
            lambda step, loss: losses.append(loss),
            engine=engine,
        )
    assert f"the loss is not a number at step {len(losses) + 1}: use a lower" in str(raised.value)
    assert all(map(math.isfinite, losses)) and losses
    last = model.cut(model.tokenizer.encode(docs[(len(losses) - 1) % len(docs)]))
    # by the engine itself: among such numbers, another order of additions is another loss
    loss, _ = fast.new_engine(engine, model, [last]).gradient([last])
    assert loss == pytest.approx(losses[-1], rel=1e-3)


# What is wrong with the settings


@pytest.mark.parametrize(
    "options, says",
    [
        ({"engine": "gpu"}, "unknown engine 'gpu': use scalar, dot, numpy"),
        ({"batch": 0}, "batch 0 is out of range: use a whole number, 1 or more"),
        ({"engine": "numpy", "steps": 0}, "steps 0 is out of range"),
        ({"engine": "numpy", "docs": []}, "no documents to learn from"),
        (
            {"engine": "numpy", "optimizer": "adamw"},
            "unknown optimizer 'adamw' for train4: use adam or sgd",
        ),
    ],
)
def test_wrong_setting_is_named(options, says):
    model, _ = train4()
    with pytest.raises(ValueError, match=says):
        fast.fit(model, **{"docs": ["bob"], "steps": 1} | options)


@pytest.mark.parametrize("stage", ["train0", "train1", "train2", "train3"])
def test_other_stages_are_sent_to_the_reference(stage, small_model, docs):
    message = f"engine numpy is for train4 alone: for {stage} use engine scalar or js"
    with pytest.raises(ValueError, match=message):
        fast.fit(small_model(stage), docs, 1, engine="numpy")
    with pytest.raises(ValueError, match=f"batch is not an option of {stage}: use it with train4"):
        fast.fit(small_model(stage), docs, 1, batch=2)
    assert len(fast.fit(small_model(stage), docs, 3)) == 3


@pytest.mark.parametrize("name", [name for name in fast.ENGINES if name != "js"])
def test_absent_library_is_named_with_the_command_that_installs_it(name, monkeypatch):
    libraries = fast.LIBRARIES[name]
    for library in libraries:
        monkeypatch.setitem(sys.modules, library, None)
    if not libraries:
        fast.check_engine(name)
        return
    with pytest.raises(ValueError) as raised:
        fast.check_engine(name)
    names = " and ".join(libraries)
    says = f"engine {name} needs {names}: python -m pip install {' '.join(libraries)}"
    assert str(raised.value) == says


# The command line


def test_command_line_trains_on_an_engine(engine, command, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("anna\nbob\ncai\nabba", encoding="utf-8")
    sizes = [(f"--{name.replace('_', '-')}", size) for name, size in SMALL.items()]
    sizes = [word for option in sizes for word in option]
    files = ("--log", tmp_path / "log.csv", "--save", tmp_path / "model.json")
    arguments = ("train", "--names", names, "--batch", 3, *sizes, *files)
    arguments += ("--steps", 6, "--samples", 3)
    result = command(*arguments, "--engine", engine)
    assert result.status == 0 and len(result.out.splitlines()) == 3
    found = [float(row.split(",")[1]) for row in (tmp_path / "log.csv").read_text().split()[1:]]
    assert command(*arguments).status == 0
    log = (tmp_path / "log.csv").read_text()
    expected = [float(row.split(",")[1]) for row in log.split()[1:]]
    assert found == pytest.approx(expected, abs=1e-3) and len(found) == 6


def test_command_line_counts_the_cut_documents_of_all_batches(command, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("aaaaaa\nbbbbb\nabababab", encoding="utf-8")
    sizes = ("--block-size", 6, "--n-embd", 4, "--samples", 0)
    result = command("train", "--names", names, "--steps", 1, "--batch", 3, *sizes)
    assert result.err.startswith("2 of 3 documents are longer than the block")


def test_a_step_of_numpy_takes_about_as_many_calls_as_the_chapter_says(small_model):
    np = pytest.importorskip("numpy")
    calls = []

    class Counting(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
            calls.append(ufunc.__name__)
            plain = [np.asarray(a) if isinstance(a, Counting) else a for a in inputs]
            into = {"out": tuple(np.asarray(a) for a in out)} if out else {}
            result = getattr(ufunc, method)(*plain, **into, **options)
            return out[0] if out else np.asarray(result).view(Counting)

    model = small_model("train4", n_layer=1)
    tokens = model.tokenizer.encode("anna")
    engine = fast.new_engine("numpy", model, [tokens])
    expected = engine.learn([tokens], 0.01)
    engine = fast.new_engine("numpy", model, [tokens])
    for name in ("p", "m", "v", "g"):
        setattr(engine, name, getattr(engine, name).view(Counting))
    for matrices in (engine.w, engine.dw):
        matrices |= {name: matrix.view(Counting) for name, matrix in matrices.items()}
    assert engine.learn([tokens], 0.01) == expected
    assert 80 <= len(calls) <= 130
