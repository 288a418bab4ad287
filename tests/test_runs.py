"""The kept runs: they read back, and their first 50 steps come out again."""

import json
import math

import pytest

from microgpt_ref.lab.runs import load_run, run_names
from tools import runs

QUICK = ("train0", "train1", "train2", "train3", "train4", "train4-without-correction")


def test_every_run_is_kept_and_no_other():
    assert run_names() == sorted(runs.all_runs())


@pytest.mark.parametrize("name", runs.all_runs())
def test_kept_run_is_whole(name):
    run = load_run(name)
    assert set(run) == {"stage", "parameters", "ended", "losses", "held_out_loss", "samples"}
    assert run["stage"] == runs.all_runs()[name][0]
    assert all(math.isfinite(loss) for loss in [*run["losses"], run["held_out_loss"]])
    assert len(run["samples"]) == 20
    if run["ended"] == "all steps":
        assert len(run["losses"]) == 1000
    else:
        assert run["ended"] == "the loss is no longer a number"
        assert name == "train4-sgd-1.0" and len(run["losses"]) < 100


def test_unknown_run_is_refused_with_the_names_that_exist():
    with pytest.raises(
        ValueError, match=r"no run 'train9': use one of train0, train1, .*train4-sgd"
    ):
        load_run("train9")


def test_a_path_is_no_name():
    with pytest.raises(ValueError, match="there is no run"):
        load_run("../runs/train0")


@pytest.mark.parametrize(
    "name",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in runs.all_runs()],
)
def test_run_begins_as_it_is_kept(name):
    assert runs.same_beginning(name)


def test_a_changed_run_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "FOLDER", tmp_path)
    content = load_run("train0")
    for losses in (content["losses"], content["losses"][:49]):
        (tmp_path / "train0.json").write_text(json.dumps(content | {"losses": losses}))
        assert runs.same_beginning("train0") == (len(losses) > 49)
    content["losses"][49] += 0.001
    (tmp_path / "train0.json").write_text(json.dumps(content))
    assert not runs.same_beginning("train0")
