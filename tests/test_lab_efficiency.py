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
    assert list(engines)[:3] == ["plain", "scalar", "dot"]
    assert {"numpy", "batch64", "compiled", "compiled16", "simd", "simd16", "torch"} <= set(engines)
    assert set(engines) <= set(efficiency.STOPPED)
    times = [row["us_per_name"] for row in engines.values()]
    assert times == sorted(times, reverse=True) and times[-1] > 0
    assert all(row["peak_mb"] > 0 for row in engines.values())


def test_kept_measurement_has_what_the_chapter_asks_of_it():
    bench = efficiency.measured()
    assert bench["collectors"]["plain"]["share"] == bench["collector"]
    for name in ("numpy", "compiled", "simd"):
        assert set(efficiency.by_width(bench)[name]) == {16, 32, 64, 128}
    assert {"scalar", "numpy"} <= set(bench["rates"])
    assert efficiency.where_timed(bench).startswith(bench["machine"]["processor"])


def test_what_the_chapter_says_of_the_times_in_words():
    bench = efficiency.measured()
    took = efficiency.times(bench)
    assert 35e6 < 1000 * took["scalar"] < 60e6  # most of a minute, for a thousand names
    assert 20 * 1000 * took["simd"] < 100e3  # twenty times over in a blink
    assert took["compiled"] < 25  # µs, the first estimate
    assert all(took[f"{name}, AVX2"] < 1.4 * took[name] for name in ("compiled", "simd"))
    assert took["simd"] < took["compiled"] < took["numpy"] < took["torch"]
    seconds = {name: row["first_step_s"] for name, row in bench["engines"].items()}
    assert all(5 < seconds[name] < 15 for name in ("compiled", "simd"))


def test_what_the_chapter_says_of_larger_models_in_words():
    bench = efficiency.measured()
    lines = efficiency.by_width(bench)
    grown = {name: efficiency.growth(bench, name) for name in lines}
    assert grown["torch"] < 2 < grown["numpy"] / 2 < grown["compiled"] / 2 < grown["simd"] / 2
    assert lines["torch"][16] > lines["numpy"][16] and lines["torch"][128] < lines["numpy"][128]
    large = bench["large"]
    bound = 3 * 10e6 * large["text_mb"] * 1e6 / (32 * 3e9) / large["processes"]  # s
    assert 2 < large["hours_per_pass"] * 3600 / bound < 3
    rates = bench["rates"]
    machine_code, arrays = rates["compiled"], rates["numpy"]
    assert machine_code["sampled_per_s"] > machine_code["held_out_per_s"]
    assert arrays["sampled_per_s"] < arrays["held_out_per_s"] / 10


def test_nodes_and_inputs_of_a_small_graph():
    x, y = Value(2.0), Value(3.0)
    assert efficiency.nodes_and_inputs(x * y + x) == (2, 4)


def test_products_of_the_default_model():
    shapes = gpt_shapes(27, 16, 16, 1)
    assert efficiency.products(shapes, 1) == 4 * 256 + 2 * 1024 + 27 * 16


def test_ladder_s_caption_changes_with_the_times():
    engines = {"plain": {"us_per_name": 120_000.0}, "numpy": {"us_per_name": 150.0}}
    description = efficiency.ladder({"engines": engines}).description
    assert "numpy 150, whole matrices, and no graph. numpy is 800 times as fast" in description
    engines["numpy"]["us_per_name"] = 15.25
    assert "plain 120,000, a node for every product and sum; numpy 15.2, whole matrices" in (
        description := efficiency.ladder({"engines": engines}).description
    )
    assert "numpy is 7,869 times as fast as plain" in description
    assert efficiency.ladder({"engines": engines}).png().startswith(b"\x89PNG")


def test_the_parts_of_plain_s_time_add_up_to_all_of_it():
    bench = parts_of_time(collector=0.6)
    picture = efficiency.where_it_goes(bench, arithmetic=25.0)
    assert picture.caption.startswith("plain spends 60% of its time looking for garbage; ")
    assert picture.description.endswith(
        "looking for garbage 60%, ordering the nodes 20%, making nodes 15%, everything else 5.0%, "
        "the multiplications 0.025%."
    )
    picture = efficiency.where_it_goes(parts_of_time(collector=0.1), arithmetic=25.0)
    assert "plain spends 45% of its time ordering the nodes" in picture.caption


def parts_of_time(collector):
    """What a bench says of where plain's time goes."""
    calls = {"visit": 0.5, "__mul__": 0.25, "__add__": 0.125}
    profile = [{"function": name, "share": share} for name, share in calls.items()]
    engines = {"plain": {"us_per_name": 100_000.0}}
    return {"engines": engines, "collector": collector, "profile": profile}


@pytest.mark.parametrize("share, words", [(0.74, "74%"), (0.031, "3.1%"), (0.0000834, "0.0083%")])
def test_a_share_is_written_with_two_digits(share, words):
    assert efficiency.percent(share) == words


def timed_shapes(numpy, simd):
    """Times of two engines for models of two widths, as the bench keeps them, and others."""
    rows = []
    for i, n_embd in enumerate((16, 128)):
        took = {"numpy": numpy[i] / 8, "simd": simd[i] / 8}
        row = {"n_layer": 1, "block_size": 16, "batch": 1, "n_embd": n_embd}
        rows.append(row | {"tokens_per_document": 8, "us_per_token": took})
        rows.append(rows[-1] | {"batch": 16, "us_per_token": {"numpy": 1.0}})
    return {"shapes": rows}


def test_widths_compare_the_models_of_one_layer_that_take_a_name_a_step():
    bench = timed_shapes(numpy=(100.0, 500.0), simd=(2.0, 120.0))
    assert efficiency.by_width(bench)["simd"] == {16: 2.0, 128: 120.0}
    assert efficiency.growth(bench, "simd") == 60
    picture = efficiency.widths(bench)
    assert picture.caption == (
        "For a model 8 times as wide, numpy takes 5 times as long, and simd 60 times."
    )
    assert "numpy: 100 at width 16, 500 at width 128" in picture.description
    slow = efficiency.widths(timed_shapes(numpy=(100.0, 139.0), simd=(2.0, 83.5)))
    assert slow.caption.endswith("numpy takes 1.4 times as long, and simd 42 times.")


def test_names_at_the_ends_of_lines_keep_apart():
    places = efficiency.spread([(50.0, "a"), (52.0, "b"), (90.0, "c")], 17)
    assert places == {"a": 50.0, "b": 67.0, "c": 90.0}


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
    bench = {
        "engines": {name: {"us_per_name": time} for name, time in times.items()},
        "variants": {"plain, PyPy": {"of": "plain", "us_per_name": 30_000.0}},
        "left_out": {"torch": "engine torch needs torch"},
    }
    efficiency.rung(bench, "plain")
    efficiency.rung(bench, "numpy", "scalar")
    efficiency.rung(bench, "plain, PyPy", "scalar")
    efficiency.rung(bench, "torch", "numpy")
    assert capsys.readouterr().out == (
        "plain: 120,000 µs per name\n"
        "numpy: 60.0 µs per name, 800 × scalar's speed, 2,000 × plain's speed\n"
        "plain, PyPy: 30,000 µs per name, 1.6 × scalar's speed, 4.0 × plain's speed\n"
        "torch: not timed (engine torch needs torch)\n"
    )


def test_rates_and_a_large_model_are_told_or_why_they_are_not(capsys):
    large = {"parameters": 10_700_000, "text_mb": 100, "seconds_per_step": 6.25}
    large |= {"tokens_per_step": 8192, "hours_per_pass": 21.2}
    rates = {"scalar": {"sampled_per_s": 80.4, "held_out_per_s": 70.0}}
    rates["simd"] = {"sampled_per_s": 51_234.0}
    efficiency.names_per_second({"rates": rates})
    efficiency.large_model({"large": large})
    efficiency.large_model({"large": None, "left_out": {"large": "engine torch needs torch"}})
    assert capsys.readouterr().out == (
        "per second   invented     scored\n"
        "scalar             80         70\n"
        "simd           51,234          –\n"
        "10,700,000 parameters, 100 MB: 6.2 s for 8,192 letters, 21 hours for all\n"
        "not timed (engine torch needs torch)\n"
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
