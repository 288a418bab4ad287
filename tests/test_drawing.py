"""Names in machine code: to the letter those of the reference, and its losses."""

import math
import random
import warnings

import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

pytest.importorskip("numba")
from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.fast import drawing
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

SLOW = pytest.mark.slow  # Numba takes some ten seconds to compile for another shape
SHAPES = {
    "two layers": ("train4", {"n_layer": 2, "n_embd": 8, "n_head": 2, "block_size": 6}),
    "the default": ("train4", {}),
    "train3": ("train3", {"n_embd": 12, "block_size": 9}),
    "odd": ("train4", {"n_layer": 1, "n_embd": 5, "n_head": 5, "block_size": 4}),
    "wide": ("train4", {"n_layer": 1, "n_embd": 72, "n_head": 2, "block_size": 17}),
    "deep": ("train4", {"n_layer": 3, "n_embd": 12, "n_head": 1, "block_size": 10}),
    "one number": ("train4", {"n_layer": 1, "n_embd": 1, "n_head": 1, "block_size": 1}),
}
ALPHABET = "abcdefghijklmnopqrstuvwxyz"  # whose size is compiled for anyway
DOCS = ("anna", "bob", ALPHABET)
ANY = [name if name == "the default" else pytest.param(name, marks=SLOW) for name in SHAPES]
NO_SHRINKING = [phase for phase in Phase if phase.name != "shrink"]  # the reference is slow


def made(shape="the default", seed=1, size=4.0, docs=DOCS):
    """A model whose weights are made larger, so that its probabilities differ."""
    stage, sizes = SHAPES[shape]
    model = new_model(Tokenizer(docs), random.Random(seed), Settings(stage, **sizes))
    for row in [row for w in model.weights.values() for row in w]:
        row[:] = [size * a for a in row]
    return model


def drawn_alike(model, machine, seed, temperature, prompt, count):
    """Both models' names from one seed, which must leave the generators in one state."""
    ours, python = random.Random(seed), random.Random(seed)
    found = machine.samples(count, ours, temperature, prompt)
    assert found == model.samples(count, python, temperature, prompt)
    assert ours.getstate() == python.getstate()
    return found


@pytest.mark.parametrize("shape", ANY)
@pytest.mark.no_cover
def test_names_and_losses_are_the_reference_s(shape):
    @hypothesis_settings(max_examples=8, phases=NO_SHRINKING)
    @given(
        seed=st.integers(0, 999),
        size=st.sampled_from([1, 4, 9]),
        temperature=st.sampled_from([0.05, 0.5, 1.0, 3.7]),
        prompt=st.text("abcino", max_size=4),
        docs=st.lists(st.text("abcino", max_size=20), min_size=1, max_size=9),
    )
    def check(seed, size, temperature, prompt, docs):
        model = made(shape, seed, size)
        machine = drawing.MachineModel(model)
        prompt = prompt[: model.settings.max_tokens]
        for start in ("", prompt, prompt):  # the tree knows more each time
            drawn_alike(model, machine, seed, temperature, start, 6)
        loss = model.held_out_loss(docs)
        assert machine.held_out_loss(docs) == pytest.approx(loss, abs=1e-9)

    check()


def test_arrays_draw_train3_s_names_too():
    model = made("train3")
    drawn_alike(model, fast.sampler(model, "auto"), 3, 1.0, "a", 9)


@pytest.mark.parametrize("shape", SHAPES)
def test_arrays_have_the_reference_s_losses(shape, monkeypatch):
    monkeypatch.setattr(fast.sampling, "AT_ONCE", 3)
    model, docs = made(shape), [*DOCS, "", "i", "ob", "anna", "abba", "cain"]
    arrays = fast.sampler(model, "auto")
    assert arrays.held_out_loss(docs) == pytest.approx(model.held_out_loss(docs), abs=1e-12)


def test_published_names_and_losses(golden):
    docs, rng = load_docs(), random.Random(42)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng)
    fast.fit(model, docs, engine="numpy")
    machine = drawing.MachineModel(model)
    assert machine.samples(20, rng) == golden("train4")["names"]
    arrays = fast.sampler(model, "numpy")
    some = docs[1000:1600]
    assert machine.held_out_loss(some) == pytest.approx(arrays.held_out_loss(some), abs=1e-12)


@pytest.mark.parametrize("bytes_of_tree", [0, 9000])
def test_a_tree_that_is_full_changes_no_name(bytes_of_tree, monkeypatch):
    monkeypatch.setattr(drawing, "MEMORY", bytes_of_tree)
    monkeypatch.setattr(drawing, "AT_ONCE", 7)
    model = made()
    machine = drawing.MachineModel(model)
    names = drawn_alike(model, machine, 5, 1.0, "", 40)
    assert len(set(names)) > 10
    assert machine.tree.used[0] == len(machine.tree.sums)  # it learned no more
    drawn_alike(model, machine, 6, 2.0, "ab", 9)  # another temperature is another tree


def test_a_generator_of_its_own_kind_is_asked_itself():
    class Other(random.Random):
        def random(self):
            return 0.999 * super().random()

    model = made()
    machine = drawing.MachineModel(model)
    assert machine.samples(9, Other(1), 1.0) == model.samples(9, Other(1), 1.0)


@pytest.mark.parametrize("number", [1e308, math.inf, math.nan])
def test_weights_too_large_are_refused_as_by_the_reference(number):
    model = made()
    for i, row in enumerate(model.weights["lm_head"]):
        row[:] = [number if i % 2 else -number] * len(row)
    machine = drawing.MachineModel(model)
    ours, python = random.Random(5), random.Random(5)
    says = "give probabilities that are not numbers: train the model again"
    with pytest.raises(ValueError, match=says):
        model.samples(1, python)
    with pytest.raises(ValueError, match=says):
        machine.samples(1, ours)
    assert ours.getstate() == python.getstate()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=says):
            fast.sampler(model, "numpy").samples(1, ours)


@pytest.mark.parametrize(
    "options, says",
    [
        ({"temperature": 0}, "temperature 0 is out of range"),
        ({"prompt": "abX"}, "character 'X' is not in the vocabulary: abcdef"),
        ({"prompt": 17 * "a"}, f"prompt {17 * 'a'!r} has 17 characters: use at most 16"),
    ],
)
def test_wrong_options_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        drawing.MachineModel(made()).samples(3, random.Random(1), **options)


def test_unknown_characters_are_named():
    with pytest.raises(ValueError, match="character 'X' is not in the vocabulary: abcdef"):
        drawing.MachineModel(made()).held_out_loss(["ab", "aXb"])


def test_any_temperature_that_is_a_number():
    model = made()
    machine = drawing.MachineModel(model)
    for temperature in (5e-324, 1e-9, 1e308):
        drawn_alike(model, machine, 2, temperature, "", 3)


def test_characters_beyond_the_basic_plane():
    odd = "é李👩\n"  # lists may hold what files may not
    model = made(docs=(odd, ALPHABET[len(odd) :]))
    drawn_alike(model, drawing.MachineModel(model), 1, 2.0, "", 9)


@pytest.mark.parametrize(
    "engine, names, machine",
    [
        ("simd", 20, False),
        ("simd", 10_000, True),
        ("auto", 1000, False),
        ("auto", 30_000, True),
        ("auto", None, False),
    ],
)
def test_machine_code_is_for_many_names(engine, names, machine):
    model = fast.sampler(made(), engine, names)
    assert isinstance(model, fast.sampling.ArrayModel)
    model.samples(2, random.Random(1))
    assert bool(model.machine) == machine


def test_few_names_need_no_arrays_unless_they_are_asked_for():
    model = made()
    assert fast.sampler(model, "auto", 20) is model
    assert fast.sampler(model, "scalar", 10**6) is model
    assert fast.sampler(made("train3"), "auto", 50) is not model


def test_a_call_of_many_names_is_judged_by_itself(monkeypatch):
    monkeypatch.setattr(fast, "LOADED_PAYS", 3)
    model = fast.sampler(made(), "compiled")
    names = model.samples(2, random.Random(1))
    assert not model.machine
    assert model.samples(3, random.Random(1))[:2] == names and model.machine
