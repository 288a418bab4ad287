"""What the chapter on efficiency shows: its figures describe themselves, its counts are right."""

import pytest

from microgpt_ref.gpt import gpt_shapes
from microgpt_ref.lab import efficiency
from microgpt_ref.lab.canvas.shapes import Words
from microgpt_ref.lab.runs import load_run
from microgpt_ref.value import Value


def test_kept_measurement_has_every_engine():
    bench = efficiency.measured()
    engines = bench["engines"]
    assert list(engines)[:5] == ["plain", "scalar", "dot", "torch", "numpy"]
    assert all(row["us_per_name"] > 0 and row["peak_mb"] > 0 for row in engines.values())


def test_nodes_and_inputs_of_a_small_graph():
    x, y = Value(2.0), Value(3.0)
    assert efficiency.nodes_and_inputs(x * y + x) == (2, 4)


def test_products_of_the_default_model():
    shapes = gpt_shapes(27, 16, 16, 1)
    assert efficiency.products(shapes, 1) == 4 * 256 + 2 * 1024 + 27 * 16


def test_ladder_s_caption_changes_with_the_times():
    engines = {"plain": {"us_per_name": 120_000.0}, "numpy": {"us_per_name": 150.0}}
    description = efficiency.ladder({"engines": engines}).description
    assert "plain 120,000, numpy 150. numpy is 800 times as fast as plain" in description
    engines["numpy"]["us_per_name"] = 15.25
    assert "numpy 15.2. numpy is 7,869 times" in efficiency.ladder({"engines": engines}).description
    assert efficiency.ladder({"engines": engines}).png().startswith(b"\x89PNG")


def invented(picture):
    """The names that a picture of training at once writes below its curve."""
    shapes = [shape for shape in picture.drawing().shapes if isinstance(shape, Words)]
    return " ".join(shape.text for shape in shapes if shape.mono).split()


def test_training_at_once_shows_losses_and_names():
    picture = efficiency.train_now(8, 60, 0.01)
    other = efficiency.train_now(8, 60, 0.03)
    begins = "After 60 of 60 steps of a model with n_embd 8 at a rate of"
    assert picture.description.startswith(begins)
    assert picture.description.split("nats")[0] != other.description.split("nats")[0]
    assert len(invented(picture)) >= 10


def test_what_can_not_be_trained_is_said():
    assert efficiency.train_now(10, 10, 0.01).startswith("n_embd 10 can't be shared among 4 heads")
    assert "no such file" in efficiency.train_now(8, 10, 0.01, "nowhere.txt").lower()


def test_training_at_once_takes_a_file_of_ones_own(tmp_path):
    path = tmp_path / "own.txt"
    path.write_text("abba\nbaab\n" * 20, encoding="utf-8")
    picture = efficiency.train_now(8, 200, 0.03, str(path))
    assert set("".join(invented(picture))) <= set("ab()empty")


def test_a_rung_says_time_and_speed(capsys):
    times = {"plain": 120_000.0, "scalar": 48_000.0, "numpy": 60.0}
    bench = {"engines": {name: {"us_per_name": time} for name, time in times.items()}}
    efficiency.rung(bench, "plain")
    efficiency.rung(bench, "numpy", "scalar")
    assert capsys.readouterr().out == (
        "plain: 120,000 µs per name\n"
        "numpy: 60.0 µs per name, 800 × scalar's speed, 2,000 × plain's speed\n"
    )


def test_a_rate_that_breaks_the_training_is_said():
    assert "the loss is not a number at step" in efficiency.train_now(8, 50, 1e300)


@pytest.mark.parametrize("stop, done", [(0.0, 1), (0.05, 50), (1.0, 1000)])
def test_training_at_once_is_the_kept_run_as_far_as_it_goes(stop, done):
    picture = efficiency.train_now(16, 1000, 0.01, stop=stop)
    assert picture.description.startswith(f"After {done:,} of 1,000 steps")
    kept = load_run("train4")["losses"]
    last = kept[:done][-50:]
    assert f"names is {sum(last) / len(last):.4f} nats" in picture.description
