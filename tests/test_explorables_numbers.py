"""What explorables compute in the page is what the course's own functions compute."""

import math

import node
import pytest

from microgpt_ref.lab.explorables import example, learning_film, name_machine, valley
from microgpt_ref.lab.network import Passes
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import cross_entropy, softmax

MODULES = "const from = (name) => import(`../../lab/explorables/${name}.mjs`);\n"


def run(script, given=None):
    """What a script answers that has `from`, which loads an explorable's module."""
    return node.run(MODULES + script, given)


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_softmax_is_the_course_s(temperature):
    logits = [[1.5, -2.0, 0.25], [1000.0, 0.0], [0.0]]
    script = (
        'const { softmax } = await from("softmax_arrows");'
        "answer(given.logits.map((row) => softmax(row, given.temperature)));"
    )
    found = run(script, {"logits": logits, "temperature": temperature})
    for row, probs in zip(logits, found):
        assert probs == pytest.approx(softmax([z / temperature for z in row]), abs=1e-12)


def test_the_arrows_open_on_the_lesson_s_slopes():
    data = example("softmax_arrows").data
    assert data["slopes"] == pytest.approx([0.5, -0.75, 0.25], abs=1e-6)
    assert data["loss"] == pytest.approx(cross_entropy(data["logits"], data["target"]), abs=1e-6)


@pytest.mark.parametrize("optimizer", valley.OPTIMIZERS)
@pytest.mark.parametrize("rate", [0.001, 0.018, 0.05])
def test_the_ball_rolls_as_the_course_s_optimizers_step(optimizer, rate):
    data = example("valley").data
    script = (
        'const { path } = await from("valley");'
        "answer(path(given.optimizer, given.rate, given.data));"
    )
    found = run(script, {"optimizer": optimizer, "rate": rate, "data": data})
    expected = valley.path(optimizer, rate)
    assert len(found) == len(expected) == data["steps"] + 1
    for point, other in zip(found, expected):
        assert point == pytest.approx(other, rel=1e-9, abs=1e-12)


def test_a_ball_that_leaves_the_valley_stops_where_numbers_end():
    data = example("valley").data | {"steps": 2000}
    script = 'const { path } = await from("valley"); answer(path("SGD", 0.1, given).length);'
    assert 100 < run(script, data) < 2000


@pytest.mark.parametrize("token", [0, 1, 2])
@pytest.mark.parametrize("target", [0, 2])
def test_the_tiny_network_s_numbers_are_those_of_the_figure(token, target):
    data = example("tiny_network").data
    script = (
        'const { passes } = await from("tiny_network");'
        "answer(passes(given.weights, given.token, given.target));"
    )
    ln2 = math.log(2)
    weights = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[ln2], [ln2 / 2], [ln2 / 2]]}
    assert data["weights"]["wte"] == weights["wte"]
    found = run(script, {"weights": weights, "token": token, "target": target})
    passes = Passes(weights, token, target)
    for name in ("x", "hidden", "loss", "dhidden", "dfc1", "dx"):
        assert found[name] == pytest.approx(getattr(passes, name), abs=1e-12), name
    for name in ("logits", "probs", "dlogits", "dfc2"):
        assert found[name] == pytest.approx(getattr(passes, name), abs=1e-12), name


def test_the_tiny_network_s_lines_say_each_number():
    data = example("tiny_network").data
    script = (
        'const { passes, lines } = await from("tiny_network");'
        "const n = passes(given.weights, 0, 1); answer(lines(n, given.labels, 0, 1));"
    )
    lines = run(script, data)
    assert len(lines) == 11
    assert "a 0.50, n −0.75, · 0.25" in lines[7] and lines[-1].endswith(
        "x gets 0.17 · 0.50 = 0.09."
    )


def test_the_machine_draws_the_names_that_train0_prints():
    data = example("name_machine").data
    script = (
        "const dice = new PythonRandom(given.seed); const bos = given.labels.length - 1;"
        "const name = () => { let [token, text] = [bos, '']; do {"
        "const row = given.counts[token]; const sum = row.reduce((a, b) => a + b, 0);"
        "[token] = dice.choices(row.map((_, i) => i), row.map((c) => c / sum));"
        "if (token !== bos) text += given.labels[token];"
        "} while (token !== bos && text.length < given.longest); return text; };"
        "answer(times(10, name));"
    )
    names = name_machine.names(data, 10)
    assert run(script, data) == names
    assert names[:5] == ["dandan", "rtereiak", "styallo", "tarondha", "sle"]


def test_the_film_s_tables_come_out_of_their_packing():
    data, film = example("learning_film").data, load_run("train1-film")
    assert list(data["rates"]) == list(film["rates"])
    script = 'const { unpacked } = await from("learning_film"); answer(given.map(unpacked));'
    for rate, one in film["rates"].items():
        expected = [[min(99, p) for row in table for p in row] for table in one["tables"]]
        assert run(script, data["rates"][rate]["tables"]) == expected
    assert learning_film.packed([[5, 100]]) == "0599"
