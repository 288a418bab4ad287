"""Checkpoints: what is saved comes back to the last bit, and nothing else is taken for one."""

import json
import math
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref import checkpoint
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import STAGES
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import flatten

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture
def saved(small_model, docs, tmp_path):
    """A function: the path of a saved model of a stage, trained a little."""

    def save(stage="train4"):
        model = small_model(stage)
        model.fit(docs, 3)
        path = tmp_path / "model.json"
        checkpoint.save(model, path)
        return path

    return save


def tiny_model():
    """A model of 19 weights, of the characters a and é."""
    return new_model(Tokenizer(["éa"]), random.Random(1), Settings("train1", n_embd=1))


@pytest.mark.parametrize("stage", STAGES)
def test_loaded_model_is_the_saved_one_to_the_last_bit(stage, small_model, docs, tmp_path):
    model = small_model(stage)
    model.fit(docs, 3)
    checkpoint.save(model, tmp_path / "model.json")
    loaded = checkpoint.load(tmp_path / "model.json")
    assert loaded.settings == model.settings
    assert loaded.tokenizer.characters == model.tokenizer.characters
    assert loaded.weights == model.weights and list(loaded.weights) == list(model.weights)
    before, after = model.start_probs(), loaded.start_probs()
    for token in model.tokenizer.encode("abba")[:-1]:
        assert after(token) == before(token)
    assert loaded.sample(random.Random(5)) == model.sample(random.Random(5))


@pytest.mark.parametrize("stage", STAGES)
def test_loaded_model_can_go_on_training(stage, saved, docs):
    model = checkpoint.load(saved(stage))
    assert model.loss(model.tokenizer.encode("anna")) == pytest.approx(model.fit(docs, 1)[0])


@given(st.lists(finite, min_size=19, max_size=19))
def test_any_finite_weights_come_back_to_the_last_bit(numbers):
    model, numbers = tiny_model(), iter(numbers)
    for row in [row for w in model.weights.values() for row in w]:
        row[:] = [next(numbers) for _ in row]
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.save(model, Path(folder) / "model.json")
        loaded = checkpoint.load(Path(folder) / "model.json")
    found, expected = flatten(loaded.weights), flatten(model.weights)
    assert [a.hex() for a in found] == [a.hex() for a in expected]


def test_file_says_what_it_is(saved):
    text = saved("train4").read_text(encoding="ascii")
    content = json.loads(text)
    assert text.endswith("}\n") and text.count("\n") == 1
    assert list(content) == ["format", "version", "stage", "settings", "vocabulary", "weights"]
    assert content["format"] == "microgpt_ref checkpoint" and content["version"] == 1
    assert content["stage"] == "train4"
    assert content["settings"] == {"n_layer": 2, "n_embd": 4, "n_head": 2, "block_size": 6}
    assert content["vocabulary"] == ["a", "b", "c", "i", "n", "o"]


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_weights_that_are_no_numbers_are_not_saved(number, saved):
    path = saved()
    before, model = path.read_bytes(), tiny_model()
    model.weights["wte"][0][0] = number
    with pytest.raises(ValueError, match="JSON"):
        checkpoint.save(model, path)
    assert path.read_bytes() == before and len(list(path.parent.iterdir())) == 1


# What is not a checkpoint: how a file is edited, and what the one line must say of it


def put(value, *keys):
    """An edit: this value at the place that the keys lead to."""

    def edit(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return edit


def drop(*keys):
    """An edit: without what is at the place that the keys lead to."""

    def edit(content):
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return edit


KEYS = ("format", "version", "stage", "settings", "vocabulary", "weights")
SETTINGS = ("n_layer", "n_embd", "n_head", "block_size")
ROW = ("weights", "layer1.fc1", 2)
NAN = float("nan")

EDITS = {
    "other format": (put("other", "format"), "its format is not 'microgpt_ref checkpoint'"),
    "format null": (put(None, "format"), "its format is not"),
    "version 2": (put(2, "version"), "its version is 2, this program reads 1"),
    "version '1'": (put("1", "version"), "its version is '1'"),
    "version true": (put(True, "version"), "its version is True"),
    "version list": (put([1], "version"), "its version is [1]"),
    "one key more": (put(1, "extra"), "it must have format, version, stage"),
    "unknown stage": (put("train9", "stage"), "unknown stage 'train9'"),
    "stage null": (put(None, "stage"), "its stage must be a name"),
    "stage list": (put(["train4"], "stage"), "its stage must be a name"),
    "earlier stage": (put("train3", "stage"), "settings of train3 must be: n_embd, block_size"),
    "settings list": (put([1, 16, 4, 16], "settings"), "its settings a table"),
    "settings null": (put(None, "settings"), "its settings a table"),
    "settings stage": (put("train4", "settings", "stage"), "settings of train4 must be: n_layer"),
    "one setting more": (put(1, "settings", "n_mlp"), "settings of train4 must be: n_layer"),
    "heads don't fit": (put(3, "settings", "n_head"), "n_embd 4 can't be shared among 3 heads"),
    "n_layer 10**9": (put(10**9, "settings", "n_layer"), "n_layer is 1000000000, but it has only"),
    "n_embd 10**9": (put(10**9, "settings", "n_embd"), "must have 1000000000 numbers"),
    "block_size 10**9": (put(10**9, "settings", "block_size"), "wpe must have 1000000000 rows"),
    "one layer less": (
        put(1, "settings", "n_layer"),
        "matrices are not those of its settings: see",
    ),
    "one layer more": (put(3, "settings", "n_layer"), "see layer2.fc1, layer2.fc2, layer2.wk"),
    "vocabulary null": (put(None, "vocabulary"), "its vocabulary must be a list"),
    "vocabulary text": (put("abcino", "vocabulary"), "its vocabulary must be a list"),
    "vocabulary empty": (put([], "vocabulary"), "its vocabulary must be a list"),
    "two characters": (put("ab", "vocabulary", 1), "has 'ab', which is not one character"),
    "no character": (put("", "vocabulary", 1), "has '', which is not one character"),
    "a number for one": (put(7, "vocabulary", 1), "has 7, which is not one character"),
    "new line in it": (put("\n", "vocabulary", 0), "has '\\n', which can't stand in a name"),
    "escape in it": (put("\x1b", "vocabulary", 0), "has '\\x1b', which can't stand in a name"),
    "half a pair in it": (put("\ud800", "vocabulary", 5), "has '\\ud800', which can't stand in"),
    "line separator in it": (put("\u2028", "vocabulary", 5), "has '\\u2028', which can't stand in"),
    "unsorted": (put(list("bacino"), "vocabulary"), "must be sorted, with each character once"),
    "twice the same": (put(list("aacino"), "vocabulary"), "must be sorted, with each character"),
    "one character less": (drop("vocabulary", 5), "wte must have 6 rows"),
    "one character more": (put(list("abcinox"), "vocabulary"), "wte must have 8 rows"),
    "weights list": (put([], "weights"), "its weights must be a table of matrices"),
    "weights null": (put(None, "weights"), "its weights must be a table of matrices"),
    "weights empty": (put({}, "weights"), "it has only 0 matrices"),
    "matrix missing": (drop("weights", "layer1.fc1"), "see layer1.fc1"),
    "matrix more": (put([[1.0]], "weights", "bias"), "see bias"),
    "matrix null": (put(None, "weights", "wte"), "wte must have 7 rows"),
    "matrix a table": (put({"0": [1.0]}, "weights", "wte"), "wte must have 7 rows"),
    "row missing": (drop(*ROW), "layer1.fc1 must have 16 rows"),
    "row a number": (put(1.0, *ROW), "row 2 of layer1.fc1 must have 4 numbers"),
    "row a text": (put("1234", *ROW), "row 2 of layer1.fc1 must have 4 numbers"),
    "ragged row": (drop(*ROW, 3), "row 2 of layer1.fc1 must have 4 numbers"),
    "longer row": (put([1.0] * 5, *ROW), "row 2 of layer1.fc1 must have 4 numbers"),
    "number a text": (put("0.1", *ROW, 3), "row 2 of layer1.fc1 has '0.1': a weight must be"),
    "number null": (put(None, *ROW, 3), "row 2 of layer1.fc1 has None"),
    "number true": (put(True, *ROW, 3), "row 2 of layer1.fc1 has True"),
    "number whole": (put(1, *ROW, 3), "row 2 of layer1.fc1 has 1: a weight must be a finite float"),
    "number a list": (put([0.1], *ROW, 3), "row 2 of layer1.fc1 has [0.1]"),
    "NaN": (put(NAN, *ROW, 3), "row 2 of layer1.fc1 has nan"),
    "Infinity": (put(math.inf, *ROW, 3), "row 2 of layer1.fc1 has inf"),
    "-Infinity": (put(-math.inf, *ROW, 3), "row 2 of layer1.fc1 has -inf"),
    "line break in a key": (put(1, "ex\ntra"), "it must have format"),
    "line break in a setting": (put(1, "settings", "n\nmlp"), "settings of train4 must be"),
    "line break in a matrix": (put([[1.0]], "weights", "bi\nas"), "see bi"),
}
EDITS |= {f"no {key}": (drop(key), "") for key in KEYS}
EDITS |= {f"no {key}": (drop("settings", key), "settings of train4 must be") for key in SETTINGS}
for name in SETTINGS:
    for value in (0, -1, 1.0, "1", True, None, [1]):
        EDITS[f"{name} {value!r}"] = (put(value, "settings", name), f"{name} ")

COUNTS = {
    "negative count": (put(-1, "weights", "counts", 2, 3), "row 2 of counts has -1: a count must"),
    "count and a half": (put(1.5, "weights", "counts", 2, 3), "row 2 of counts has 1.5"),
    "float count": (put(1.0, "weights", "counts", 2, 3), "row 2 of counts has 1.0"),
    "true count": (put(True, "weights", "counts", 2, 3), "row 2 of counts has True"),
    "NaN count": (put(NAN, "weights", "counts", 2, 3), "row 2 of counts has nan"),
    "setting of others": (put(4, "settings", "n_embd"), "settings of train0 must be: none; it has"),
}


def check_edit(path, edit, says, refused):
    """Hold that the edited checkpoint is refused, and why."""
    content = json.loads(path.read_text(encoding="ascii"))
    edit(content)
    path.write_text(json.dumps(content), encoding="ascii")
    message = refused("sample", path)
    assert message.startswith(f"{path} is not a usable checkpoint: ")
    assert says in message


@pytest.mark.parametrize("name", EDITS)
def test_edited_checkpoint_is_refused(name, saved, refused):
    check_edit(saved("train4"), *EDITS[name], refused)


@pytest.mark.parametrize("name", COUNTS)
def test_edited_counts_are_refused(name, saved, refused):
    check_edit(saved("train0"), *COUNTS[name], refused)


@pytest.mark.parametrize("key", KEYS)
def test_missing_key_is_noticed(key, saved):
    content = json.loads(saved().read_text(encoding="ascii"))
    del content[key]
    with pytest.raises(ValueError, match=r"its format|its version|it must have format, version"):
        checkpoint.build(content)


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_number_too_large_for_a_float_is_refused(number, saved, refused):
    path = saved()
    text = path.read_text(encoding="ascii")
    first = text[text.index("[[") + 2 : text.index(",", text.index("[["))]
    path.write_text(text.replace(first, number, 1), encoding="ascii")
    assert "row 0 of wte has " in refused("sample", path)


FOREIGN = {
    "empty": b"",
    "a table of nothing": b"{}",
    "a list": b"[]",
    "null": b"null",
    "a number": b"3",
    "a text": b'"microgpt_ref checkpoint"',
    "names": b"anna\nbob\n",
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe",
    "another program's": b'{"format": "pt", "version": 1, "weights": {}}',
    "nested too deep": b"[" * 100_000,
    "a number of 10,000 digits": b"9" * 10_000,
    "utf-16": '{"format": 1}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_file_is_refused(name, tmp_path, refused):
    path = tmp_path / "model.json"
    path.write_bytes(FOREIGN[name])
    message = refused("sample", path)
    assert message.startswith(f"{path} is not a ") and len(message) < 300


def test_truncated_checkpoint_is_refused(saved, refused):
    path = saved("train1")
    content = path.read_bytes()
    for length in [*range(0, len(content) - 2, len(content) // 40), len(content) - 2]:
        path.write_bytes(content[:length])
        assert refused("sample", path).startswith(f"{path} is not a checkpoint: not whole JSON")


@given(st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3))
def test_damaged_checkpoint_is_loaded_or_refused(place, damage, length):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        checkpoint.save(tiny_model(), path)
        content = path.read_bytes()
        place %= len(content)
        path.write_bytes(content[:place] + damage + content[place + length :])
        try:
            loaded = checkpoint.load(path)
        except ValueError as error:
            assert str(path) in str(error)
        else:
            assert loaded.parameter_count == 19


@pytest.mark.parametrize("name", ["nowhere.json", "."])
def test_checkpoint_that_can_not_be_read(name, tmp_path, refused):
    path = tmp_path / name
    message = refused("sample", path)
    assert message.startswith(f"can't read {path} (")
    assert message.endswith("): use a model that `train --save` wrote")


def test_model_without_any_matrix_is_told_those_it_lacks(saved, refused):
    path = saved("train0")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"weights": {}}))
    assert refused("sample", path).endswith(" matrices are not those of its settings: see counts")


def test_no_more_than_three_odd_matrices_are_named(saved, refused):
    path = saved("train3")
    content = json.loads(path.read_text())
    content["weights"] = {name: w for name, w in content["weights"].items() if name[0] != "w"}
    path.write_text(json.dumps(content))
    assert refused("sample", path).endswith(" see wk, wo, wpe")
