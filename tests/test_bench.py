"""The benchmark: each row trains as it should and fails alone; the report says what was found."""

import gc
import io
import itertools
import json
import math
import os
import re
import subprocess
import sys
from dataclasses import replace

import node
import pytest

from bench import plain
from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.layers import dot
from microgpt_ref.value import Value
from tools.checking.bench import __main__ as command
from tools.checking.bench import ladder, processes, rates, report, rounds, rows, serving, sizes
from tools.setup import ROOT

NUMPY = rows.training("numpy", "numpy")


@pytest.fixture(scope="module")
def docs():
    """The embedded names."""
    return load_docs()


def only(*names):
    """A function that chooses rows of these names."""
    return lambda found: [row for row in found if row.name in names]


# Rows


def test_every_engine_has_a_row():
    assert {row.job["engine"] for row in rows.ENGINES} == set(fast.ENGINES) - {"scalar"}


def test_names_of_rows_are_unique_and_variants_name_their_row():
    found = rows.ladder("cache")
    names = [row.name for row in found]
    assert len(set(names)) == len(names) and {row.of for row in found} - {""} <= set(names)
    assert {row.name for row in found if row.job.get("avx2")} == {
        row.name + rows.AVX2 for row in rows.ENGINES if row.name.startswith(("compiled", "simd"))
    }


def test_engines_without_their_library_are_left_out_and_named(monkeypatch, capsys):
    monkeypatch.setattr(fast, "is_installed", lambda library: library == "numpy")
    left_out, asked = {}, [row for row in rows.ENGINES if row.name != "js"]
    found = rows.possible(asked, left_out)
    assert [row.name for row in found] == ["dot", "numpy", "batch64"]
    assert list(left_out) == ["compiled", "compiled16", "simd", "simd16", "torch"]
    says = "compiled16 is left out: engine compiled needs numba: python -m pip install numba"
    assert says in capsys.readouterr().err


def program(path, text):
    """A program that prints a text."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="the programs are shell scripts")
def test_a_pypy_that_is_absent_old_or_broken_has_a_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    row = next(row for row in rows.ladder("") if row.name == rows.PYPY)
    assert rows.why_not(row) == "pypy3 is not installed"
    program(tmp_path / "pypy3", "echo 3 9")
    assert rows.why_not(row) == "pypy3 has Python 3.9, and the course needs 3.11 or newer"
    program(tmp_path / "pypy3", "exit 1")
    assert rows.why_not(row) == "pypy3 doesn't say its version"
    program(tmp_path / "pypy3", "echo 3 11")
    assert rows.why_not(row) == ""


@pytest.mark.skipif(os.name == "nt", reason="the program is a shell script")
def test_pypy_does_the_job_of_plain(tmp_path, monkeypatch):
    program(tmp_path / "pypy3", f'exec {sys.executable} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    row = next(row for row in rows.ladder("") if row.name == rows.PYPY)
    assert rows.why_not(row) == ""
    with processes.processes([replace(row, warmup=2)], {}) as found:
        answers = rounds.rounds(found, 1, 0.001, {})
    first, second = answers[rows.PYPY][:2]
    assert (first["documents"], second["documents"]) == (2, 1)
    losses = list(itertools.islice(plain.Run(load_docs()).training_steps(), 3))
    assert first["losses"] + second["losses"] == losses


def test_avx2_is_forced_only_where_there_is_more(monkeypatch):
    row = next(row for row in rows.ladder("") if row.job.get("avx2"))
    monkeypatch.setattr(rows, "cpuinfo", lambda name: "fma avx2 sse4_2")
    assert rows.vectors() == "AVX2" and "no AVX-512" in rows.why_not(row)
    monkeypatch.setattr(rows, "cpuinfo", lambda name: "fma avx2 avx512f")
    assert rows.vectors() == "AVX-512" and "AVX-512" not in rows.why_not(row)


def test_without_avx512_numba_is_told_so():
    pytest.importorskip("llvmlite")
    code = (
        "from tools.checking.bench.serving import without_avx512; without_avx512()\n"
        "from numba.core.registry import cpu_target as target; import numba\n"
        "f = target.target_context.codegen()._tm_features\n"
        "print(numba.config.CPU_NAME, '+avx512' in f, '-avx512f' in f)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split()[:2] == ["x86-64-v3", "False"], done.stderr


# A row's process


def test_engine_s_steps_are_those_of_a_run(docs):
    model, shuffled = serving.start(docs)
    losses = fast.fit(model, shuffled, serving.STEPS_OF_A_RUN, engine="numpy")
    steps = serving.Training("numpy")
    assert steps.take(3) + steps.take(4) == losses[:7]
    steps.take(990)
    assert steps.take(5)[:3] == losses[-3:] and steps.step == 1002


def test_tokens_are_counted_as_documents_come_round(docs):
    model, shuffled = serving.start(docs)
    lengths = [len(model.cut(model.tokenizer.encode(doc))) - 1 for doc in shuffled]
    job = serving.Training("numpy")
    assert job.tokens(0, 3) == sum(lengths[:3]) and job.tokens(2, 5) == sum(lengths[2:5])
    n = len(lengths)
    assert job.tokens(n - 1, n + 2) == lengths[-1] + sum(lengths[:2])


def test_a_batch_takes_whole_steps():
    server = serving.Server()
    server.begin("training", engine="batch", batch=4)
    answer = server.take(6)
    assert answer["documents"] == 8 and len(answer["losses"]) == 2


def test_plain_goes_on_after_its_last_step(monkeypatch):
    monkeypatch.setattr(plain.Run, "training_steps", lambda run: iter([1.0, 2.0]))
    assert serving.Plain().take(5) == [1.0, 2.0, 1.0, 2.0, 1.0]


def test_long_documents_fill_their_block():
    found = serving.documents(long=True)
    assert len(found) > 1000 and {*map(len, found)} == {serving.LONG}
    assert found == serving.documents(long=True)


@pytest.mark.parametrize("collector", [True, False])
def test_the_collector_is_as_asked_while_a_job_works(collector, monkeypatch):
    seen = []

    class Job:
        by = "test"

        def take(self, count):
            seen.append(gc.isenabled())
            return []

    monkeypatch.setitem(serving.KINDS, "test", Job)
    server = serving.Server()
    server.begin("test", collector=collector)
    answer = server.take(7)
    assert seen == [collector] and gc.isenabled()
    assert answer["documents"] == 7 and answer["seconds"] >= 0 and "tokens" not in answer


def test_a_loss_that_is_no_number_is_an_error():
    job = serving.Training("numpy", rate=1e300)
    with pytest.raises(ArithmeticError, match="the loss is not a number at step"):
        job.take(50)
    server = serving.Server()
    server.begin("training", engine="numpy", rate=1e300)
    with pytest.raises(ArithmeticError):
        server.take(50)
    assert gc.isenabled()


def test_an_engine_that_another_one_serves_is_an_error(monkeypatch):
    other = fast.learner_of("dot", serving.start(load_docs())[0])
    monkeypatch.setattr(fast, "new_engine", lambda *arguments: other(*arguments[1:]))
    with pytest.raises(ValueError, match=r"fast\.dot\.Engine serves"):
        serving.Training("numpy")


@pytest.mark.parametrize("kind", ["sampling", "held out"])
def test_names_are_drawn_and_their_losses_computed(kind):
    server = serving.Server()
    server.begin(kind, engine="numpy")
    assert server.take(3)["documents"] == 3
    docs = server.job.docs
    server.job.docs = docs[: serving.STEPS_OF_A_RUN + 4]  # those past the ones learned from
    assert server.take(3)["documents"] == 3
    assert server.job.at == {"sampling": 0, "held out": 2}[kind]  # round and round


def test_lines_are_answered_and_errors_too(monkeypatch, capsys):
    asked = [
        {"ask": "begin", "kind": "training", "engine": "numpy"},
        {"ask": "take", "count": 2},
        {"ask": "begin", "kind": "training", "engine": "none"},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in asked)
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    serving.main()
    begun, taken, wrong = map(json.loads, capsys.readouterr().out.splitlines())
    assert begun == {"by": "microgpt_ref.fast.numpy.Engine", "parameters": 4192}
    assert taken["documents"] == len(taken["losses"]) == 2 and taken["tokens"] > 4
    assert wrong["error"].startswith("unknown engine 'none'")


def test_time_and_memory_of_node_count():
    node.find()
    server = serving.Server()
    server.begin("training", engine="js")
    server.take(1)
    seconds, megabytes = server.usage()
    assert 0.01 < seconds < 60 and 20 < megabytes < 1000
    assert server.take(300)["seconds"] > 0 and server.usage()[0] > seconds
    server.begin("plain")
    assert server.usage() == (0.0, 0.0)


def test_peak_is_that_of_the_process_alone():
    held = b"x" * 200_000_000  # which a child doesn't inherit
    code = "from tools.checking.bench.serving import peak_mb; print(peak_mb())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert 5 < float(done.stdout) < len(held) / 1e6


def test_plain_s_process_has_neither_numpy_nor_numba_nor_torch():
    code = (
        "import sys; from tools.checking.bench import serving as s\n"
        "server = s.Server(); server.begin('plain'); server.take(1)\n"
        "print(*{'numpy', 'numba', 'torch', 'llvmlite', 'matplotlib'} & set(sys.modules), len('x'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["1"], done.stderr


def test_a_take_that_was_long_is_repeated_before_its_time_counts():
    class Process:
        row, took = NUMPY, iter([9.0, 9.0, 0.001, 0.1, 0.1, 0.2, 0.3])

        def ask(self, what, count):
            return {"seconds": next(self.took), "documents": count}

    answers = []
    assert rounds.warmed_up(Process(), 0.4, answers) == 43  # as 32 took 0.3
    assert [answer["documents"] for answer in answers] == [1, 1, 1, 8, 16, 32, 32]


# What goes wrong in one row


def test_a_row_that_fails_loses_no_other(capsys):
    broken = replace(NUMPY, name="broken", python="no-such-python")
    unknown = rows.Row("unknown", {"kind": "training", "engine": "none"})
    left_out = {}
    with processes.processes([broken, NUMPY, unknown], left_out) as found:
        assert list(found) == ["numpy"]
        answers = rounds.rounds(found, 1, 0.001, left_out)
    assert len(answers["numpy"]) >= 3 and list(left_out) == ["broken", "unknown"]
    assert "no-such-python can't be started" in left_out["broken"]
    assert left_out["unknown"].startswith("unknown engine 'none'")
    assert "unknown is left out: unknown engine 'none'" in capsys.readouterr().err


def test_a_process_that_ends_in_the_middle_is_left_out_with_its_last_words():
    left_out = {}
    with processes.processes([NUMPY, replace(NUMPY, name="other")], left_out) as found:
        found["other"].process.kill()
        answers = rounds.rounds(found, 1, 0.001, left_out)
    assert list(answers) == ["numpy"] and left_out["other"].startswith("its process ended with")


def test_a_process_that_doesn_t_answer_is_ended(monkeypatch):
    process = processes.RowProcess(NUMPY)
    process.begin()
    monkeypatch.setattr(processes, "PATIENCE", 0.2)
    with pytest.raises(processes.RowFailed, match="its process ended"):
        process.ask("take", count=10**7)
    process.close()


@pytest.mark.parametrize("loss", [3.0, math.nan])
def test_other_losses_than_plain_s_are_said_and_are_wrong(loss, capsys):
    answers = {"plain": [{"losses": [2.0, 3.1]}], "numpy": [{"losses": [2.0]}, {"losses": [loss]}]}
    left_out = {}
    wrong = ladder.unlike_plain([rows.PLAIN, NUMPY], answers, left_out)
    assert wrong == ["numpy"] and list(answers) == ["plain"]
    assert left_out["numpy"].startswith(f"the loss of step 2 is {loss}, and plain's is 3.1")


def test_rates_of_two_engines_with_one_way_are_those_of_the_first():
    left_out, effort = {}, replace(rounds.QUICK, seconds=0.001)
    found = rates.rates(only("numpy", "batch"), effort, left_out)
    assert list(found) == ["numpy"] and min(found["numpy"].values()) > 1
    assert left_out["batch, sampling"] == "it has no way of its own, and takes that of numpy"


def test_shapes_stop_when_their_time_is_over():
    left_out = {}
    effort = replace(rounds.QUICK, seconds=0.001, shape_seconds=0.0)
    assert sizes.shapes(only("numpy"), effort, left_out) == []
    assert left_out["1 × 16, block 16, batch 16"] == "the 0 s for shapes were over"


def test_a_large_model_needs_pytorch(monkeypatch):
    monkeypatch.setattr(fast, "is_installed", lambda library: library != "torch")
    left_out = {}
    assert sizes.large(left_out) is None
    assert left_out["large"].startswith("engine torch needs torch")


@pytest.mark.torch
def test_a_large_model_is_timed_on_a_text():
    given = {"n_layer": 1, "n_embd": 16, "n_head": 4, "block_size": 16}
    found = sizes.large({}, steps=3, megabytes=0.1, model=given, batch=4)
    assert found["parameters"] == 4192 and found["tokens_per_step"] == 64
    hours = 0.1e6 / 64 * found["seconds_per_step"] / 3600
    assert found["hours_per_pass"] == pytest.approx(hours) and found["seconds_per_step"] > 0


@pytest.mark.torch
def test_a_large_model_that_can_t_be_trained_has_a_reason():
    given = {"n_layer": 1, "n_embd": 10, "n_head": 4, "block_size": 16}
    left_out = {}
    assert sizes.large(left_out, 3, 0.1, given, 4) is None
    assert left_out["large"].startswith("n_embd 10 can't be shared among 4 heads")


# All of it


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """A quick run of few rows: the folder with what it wrote."""
    folder = tmp_path_factory.mktemp("bench")
    command.main(["--quick", "--only", "plain", "numpy", "--out", str(folder)])
    return folder


@pytest.mark.no_cover
def test_a_quick_run_writes_all_that_the_chapter_reads(quick):
    found = json.loads((quick / "bench.json").read_text(encoding="utf-8"))
    assert found["version"] == command.VERSION
    kept = json.loads(command.KEPT.read_text(encoding="utf-8"))
    assert list(found["engines"]) == ["plain", "numpy"]
    assert set(found["engines"]["numpy"]) == set(kept["engines"]["numpy"])
    assert 0.05 < found["collector"] < 0.95 and len(found["profile"]) == ladder.PROFILED
    assert {"processor", "vectors", "cores", "threads"} < set(found["machine"])
    assert {"Python", "NumPy"} <= set(found["versions"])
    assert found["shapes"][0]["us_per_token"]["numpy"] > found["shapes"][1]["us_per_token"]["numpy"]
    assert found["rates"]["numpy"]["sampled_per_s"] > 1 and found["large"] is None
    assert found["engines"]["plain"]["us_per_name"] == found["collectors"]["plain"]["on"]


@pytest.mark.no_cover
def test_what_is_kept_for_the_chapter_has_all_that_a_run_finds(quick):
    found = json.loads((quick / "bench.json").read_text(encoding="utf-8"))
    kept = json.loads(command.KEPT.read_text(encoding="utf-8"))
    if kept.get("version") != command.VERSION:
        pytest.skip("what is kept is of an older version: python -m tools.checking.bench --keep")
    assert list(kept) == list(found)
    assert {"scalar", "numpy", "torch"} <= set(kept["engines"])
    assert kept["large"]["parameters"] > 9e6
    for size in ("n_embd", "n_layer", "block_size"):
        expected = {dict(zip(sizes.SIZES, shape))[size] for shape in sizes.SHAPES}
        assert {row[size] for row in kept["shapes"]} == expected


def test_wrong_losses_end_with_a_status(monkeypatch, tmp_path, capsys):
    found = {**FOUND, "left_out": {"numpy": "the loss of step 1 is 3"}}
    monkeypatch.setattr(command, "measure", lambda *arguments: (found, ["numpy"]))
    assert command.main(["--out", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert "left out, as the loss of step 1 is 3: numpy" in printed.out
    assert "wrong losses: numpy" in printed.err and (tmp_path / "bench.json").exists()


# The report

FOUND = {
    "machine": {"processor": "A", "vectors": "AVX2", "system": "Linux x86_64", "rounds": 7},
    "versions": {"Python": "3.14.1", "NumPy": "2.4.6"},
    "engines": {
        "plain": {"us_per_name": 120_000.0},
        "scalar": {"us_per_name": 48_000.0},
        "numpy": {
            "us_per_name": 120.0,
            "peak_mb": 33.3,
            "loss": 2.75,
            "first_step_s": 0.1,
            "cached_first_step_s": 0.05,
        },
    },
    "collectors": {"plain": {"on": 120_000.0, "off": 60_000.0, "share": 0.5}},
    "variants": {"plain, PyPy": {"of": "plain", "us_per_name": 30_000.0}},
    "stages": {},
    "shapes": [
        {
            **{"n_layer": 1, "n_embd": n_embd, "block_size": 16, "batch": 1, "parameters": 4192},
            "us_per_token": {"numpy": 20.0, "torch": 150.0} if n_embd == 16 else {"numpy": 30.0},
        }
        for n_embd in (16, 32)
    ],
    "rates": {"numpy": {"sampled_per_s": 500.0}},
    "large": {
        "parameters": 10_000_000,
        "processes": 2,
        "seconds_per_step": 5.0,
        "tokens_per_step": 8192,
        "hours_per_pass": 17.0,
        "text_mb": 100,
    },
    "left_out": dict.fromkeys(("torch", "large"), "engine torch needs torch"),
}


def test_table_has_a_line_for_each_row():
    heading, plain_row, scalar, numpy, _, pypy = report.table(FOUND)
    assert heading.split()[:3] == ["µs", "per", "name"]
    assert plain_row.split() == ["plain", "120,000.0", "2.500", "1.000", "2.000", "50%"]
    assert scalar.split() == ["scalar", "48,000.0", "1.000", "0.400", "0.800"]
    assert numpy.split()[:7] == ["numpy", "120.0", "1/400", "1/1,000", "1/500", "33", "2.7500"]
    assert pypy.split() == ["plain,", "PyPy", "30,000.0", "0.625", "0.250", "0.500"]


def test_what_a_row_is_compared_with_may_be_missing():
    found = {**FOUND, "engines": {"numpy": {"us_per_name": 120.0}}, "collectors": {}}
    _, numpy, _ = report.table({**found})
    assert numpy.split() == ["numpy", "120.0", "–", "–", "–"]


def test_report_says_where_how_and_all_else():
    text = "\n".join(report.lines(FOUND))
    assert text.startswith(
        "A, AVX2, Linux x86_64\nPython 3.14.1, NumPy 2.4.6\none core, one thread"
    )
    assert re.search(r"1 × 32, block 16, batch 1 +4,192 +30.00 +–", text)
    assert re.search(r"numpy +500 +–", text)
    assert "10,000,000 parameters, 2 processes: 5.0 s for a step of 8,192 tokens, 17 hours" in text
    assert "left out, as engine torch needs torch: torch; large" in text


def test_plot_is_a_picture(tmp_path):
    pytest.importorskip("matplotlib")
    report.plot(FOUND, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_profile_has_the_functions_that_take_most():
    found = ladder.profile(names=2)
    assert [row["share"] for row in found] == sorted((r["share"] for r in found), reverse=True)
    assert sum(row["share"] for row in found) <= 1
    (visit,) = [row for row in found if row["function"] == "visit"]
    assert visit["calls"] > 10_000 and gc.isenabled()


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
    theirs, ours = re.search(
        r"program makes (\d+) nodes .*?reference makes (\d+)", text, re.S
    ).groups()
    row, x = ([plain.Value(0.5) for _ in range(16)] for _ in range(2))
    assert nodes_made(plain.linear(x, [row])[0], row + x) == int(theirs)
    row, x = ([Value(0.5) for _ in range(16)] for _ in range(2))
    assert nodes_made(dot(row, x), row + x) == int(ours)
