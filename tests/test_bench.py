"""The benchmark: what it times trains as it should, and the table says what was measured."""

import gc
import json
import math
import re
import subprocess
import sys

import node
import pytest

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.layers import dot
from microgpt_ref.value import Value
from tools.checking import bench
from tools.setup import ROOT


@pytest.fixture(scope="module")
def docs():
    """The embedded names."""
    return load_docs()


def test_every_row_of_an_engine_names_one():
    assert {name for name, _, _ in bench.ROWS.values()} == set(fast.ENGINES) - {"scalar"}


def test_engine_s_steps_are_those_of_a_run(docs):
    model, shuffled = bench.start(docs)
    losses = fast.fit(model, shuffled, bench.STEPS_OF_A_RUN, engine="numpy")
    steps = bench.EngineSteps("numpy", docs)
    assert steps.take(3) + steps.take(4) == losses[:7]


@pytest.mark.no_cover
def test_all_rows_are_timed_and_held_to_the_losses_of_plain(docs, monkeypatch):
    monkeypatch.setitem(bench.ROWS, "numpy", ("numpy", 1, 2))
    monkeypatch.setitem(bench.ROWS, "batch4", ("batch", 4, 1))
    times = bench.measure(docs, steps=1, rounds=2, engines=["numpy", "batch4"])
    assert set(times) == {"plain", *bench.TIMED, "numpy", "batch4"}
    assert all(len(row) == 2 and min(row) > 0 for row in times.values())
    right = bench.EngineSteps.take
    monkeypatch.setattr(
        bench.EngineSteps, "take", lambda *steps: [loss + 0.001 for loss in right(*steps)]
    )
    with pytest.raises(SystemExit, match=r"step 1: the loss of numpy is 3\.46.*they must agree"):
        bench.measure(docs, steps=1, rounds=1, engines=["numpy"])


@pytest.mark.parametrize("loss", [3.0, math.nan])
def test_other_losses_end_the_program(loss):
    with pytest.raises(SystemExit, match="step 2: the loss of dot is"):
        bench.check_losses("dot", [2.0, loss], [2.0, 3.1])


def test_engines_without_their_library_are_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setattr(fast, "is_installed", lambda library: library == "numpy")
    monkeypatch.delitem(bench.ROWS, "js")  # which needs no library
    assert bench.installed() == ["dot", "numpy", "batch64"]
    says = "compiled16 is left out: engine compiled needs numba: python -m pip install numba"
    assert says in capsys.readouterr().err


@pytest.mark.no_cover
def test_alone_a_row_has_memory_and_the_loss_after_as_many_names(capsys):
    bench.main(["--alone", "numpy"])
    found = json.loads(capsys.readouterr().out)
    assert found["peak_mb"] > 10 and 2.5 < found["loss"] < 3.3
    bench.main(["--alone", "batch64"])
    assert found["loss"] < json.loads(capsys.readouterr().out)["loss"] < 3.4


def test_time_and_memory_of_node_count(docs):
    node.find()
    steps = bench.EngineSteps("js", docs)
    steps.take(1)
    seconds, megabytes = bench.usage(steps)
    assert 0.01 < seconds < 60 and 20 < megabytes < 1000
    begin = bench.processor_time(steps)
    _, microseconds = bench.timed(steps, 500)
    assert 500 * microseconds / 1e6 <= bench.processor_time(steps) - begin
    assert bench.usage(steps)[0] > seconds
    assert bench.usage(bench.Steps(iter([]))) == (0.0, 0.0)


def test_peak_is_that_of_the_process_alone():
    held = b"x" * 200_000_000  # which a child doesn't inherit
    code = "from tools.checking.bench import peak_mb; print(peak_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert 5 < float(done.stdout) < len(held) / 1e6


def test_table_has_a_line_for_each_row():
    medians = {"plain": 120_000.0, "train4": 48_000.0, "numpy": 120.0}
    engines = {"numpy": {"peak_mb": 33.3, "loss": 2.75, "first_step_s": 0.1}}
    engines["numpy"]["cached_first_step_s"] = 0.05
    heading, plain, train4, numpy = bench.table(medians, engines)
    assert plain.split() == ["plain", "120,000.0", "2.500", "1.000"]
    assert train4.split() == ["train4", "48,000.0", "1.000", "0.400"]
    assert numpy.split()[:6] == ["numpy", "120.0", "1/400", "1/1,000", "33", "2.7500"]
    assert heading.split()[:3] == ["µs", "per", "name"]


def test_plot_is_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    bench.plot({"plain": {"us_per_name": 1e5}, "numpy": {"us_per_name": 150}}, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_profile_has_the_functions_that_take_most(docs):
    rows = bench.profile(docs, names=2)
    assert {"visit", "backward"} <= {row["function"] for row in rows}
    assert [row["share"] for row in rows] == sorted((r["share"] for r in rows), reverse=True)
    assert sum(row["share"] for row in rows) <= 1
    (backward,) = [row for row in rows if row["function"] == "backward"]
    assert backward["calls"] == 1


def test_pypy_is_measured_where_there_is_one(docs, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bench.pypy(docs[:50], names=1) is None
    (tmp_path / "pypy3").symlink_to(sys.executable)
    assert bench.pypy(docs[:50], names=1) > 0


def test_the_collector_s_share_is_a_part_of_the_time(docs):
    before = list(gc.callbacks)
    assert 0 < bench.collector_share(docs, names=1) < 1
    assert gc.callbacks == before and gc.isenabled()


def nodes_made(result, inputs):
    """How many nodes there are behind a result, besides the weights and numbers it came from."""
    found, waiting = {result}, [result]
    while waiting:
        node = waiting.pop()
        for child in getattr(node, "children", None) or getattr(node, "inputs", ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return len(found - set(inputs))


def test_nodes_of_a_dot_product_are_as_the_chapter_says():
    text = (ROOT / "notebooks" / "src" / "efficiency.py").read_text(encoding="utf-8")
    plain, ours = re.search(
        r"program makes (\d+) nodes .*?reference makes (\d+)", text, re.S
    ).groups()
    row, x = ([bench.plain.Value(0.5) for _ in range(16)] for _ in range(2))
    assert nodes_made(bench.plain.linear(x, [row])[0], row + x) == int(plain)
    row, x = ([Value(0.5) for _ in range(16)] for _ in range(2))
    assert nodes_made(dot(row, x), row + x) == int(ours)
