"""The kept runs: they read back, and their first 50 steps come out again."""

import json
import math
import random

import pytest

from microgpt_ref.lab.runs import load_run, run_names
from microgpt_ref.model import Model, new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import flatten
from tools.making import runs

QUICK = ("train0", "train1", "train2", "train3", "train4", "train4-without-correction")


def test_every_run_is_kept_and_no_other():
    assert run_names() == sorted(runs.run_names())


@pytest.mark.parametrize("name", runs.one_stage_runs())
def test_kept_run_is_whole(name):
    run = load_run(name)
    keys = {"stage", "parameters", "ended", "losses", "held_out_loss", "samples"}
    assert set(run) - {"growing_up"} == keys
    assert ("growing_up" in run) == (name == "train4")
    assert run["stage"] == runs.one_stage_runs()[name][0]
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
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in runs.run_names()],
)
@pytest.mark.no_cover
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


# What lessons say of the runs that they don't print whole


def test_adam_beats_sgd_with_every_seed_and_heads_and_layers_make_no_difference():
    losses = load_run("train4-seeds")["held_out_losses"]
    assert max(losses["Adam with 4 heads"]) < min(losses["SGD at 0.3"])
    mean = {label: sum(found) / len(found) for label, found in losses.items()}
    spread = max(losses["Adam with 4 heads"]) - min(losses["Adam with 4 heads"])
    for label in ("Adam with 1 head", "Adam with 2 layers"):
        assert abs(mean[label] - mean["Adam with 4 heads"]) < spread


def test_attention_wakes_up_as_training_goes_on():
    run = load_run("train4-long")
    cost = [without - loss for without, loss in zip(run["without_wq"], run["held_out_loss"])]
    assert cost == sorted(cost) and cost[0] < 0.002 and cost[-1] > 80 * cost[0]
    assert all(2.29 < loss < 2.32 for loss in run["without_wq"][1:])


def test_four_heads_beat_one_after_thirty_thousand_names_and_not_after_a_thousand():
    one, four = load_run("train4-heads")["held_out_losses"].values()
    assert [four["30000"][i] < loss for i, loss in enumerate(one["30000"])] == [True] * 8
    assert [loss < max(four["30000"]) for loss in one["30000"]].count(True) == 1
    assert [four["1000"][i] < loss for i, loss in enumerate(one["1000"])].count(False) == 2


@pytest.mark.no_cover
def test_the_puzzle_is_solved_by_adam_and_not_by_sgd():
    words = runs.puzzle_words()[runs.TRAINED_WORDS :]
    tokenizer = Tokenizer(runs.puzzle_words())
    right = {}
    for name in runs.PUZZLES:
        model = Model(Settings("train3"), tokenizer, load_run(name)["weights"])
        right[name] = sum(last_letter(model, word) == word[-1] for word in words)
    assert len(words) == 100 and right["train3-puzzle"] == 100 and right["train3-puzzle-sgd"] < 25


def test_adam_moves_the_queries_of_the_puzzle_as_far_as_the_rest_and_sgd_does_not():
    rng = random.Random(42)
    first = new_model(Tokenizer(runs.puzzle_words(rng)), rng, Settings("train3")).weights
    moved = {}
    for name in runs.PUZZLES:
        kept = load_run(name)["weights"]
        moved[name] = {
            key: math.dist(flatten({0: kept[key]}), flatten({0: matrix})) / len(matrix) ** 0.5
            for key, matrix in first.items()
        }
    adam, sgd = (moved[name] for name in ("train3-puzzle", "train3-puzzle-sgd"))
    assert min(adam.values()) < adam["wq"] < max(adam.values())
    assert sgd["wq"] < 0.02 * max(sgd.values())


def last_letter(model, word):
    """What the model finds likeliest after all but the last letter."""
    next_logits = model.start()
    logits = [next_logits(token) for token in model.tokenizer.encode(word)[:-2]][-1]
    return model.tokenizer.decode([logits.index(max(logits))])
