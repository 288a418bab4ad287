"""The published run of microgpt: the same losses and the same names, on the same list."""

import json

import pytest
from conftest import skip_without_names

from microgpt_ref import checkpoint, fast
from microgpt_ref.data import MAKEMORE_SHA256, find_makemore, load_docs
from microgpt_ref.lab.efficiency import fresh
from tools.setup import ROOT

PUBLISHED = json.loads((ROOT / "tests" / "published.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def names():
    """Skip a test where the list of the published run is absent."""
    skip_without_names(["makemore"])


@pytest.fixture(scope="module")
def run(full_run):
    """The full run of train4 on the list of the published run."""
    return full_run("train4", "--names", "makemore")


@pytest.mark.no_cover
def test_first_13_losses():
    assert len(PUBLISHED["losses"]) == 13
    model, docs, _ = fresh("makemore")
    losses = model.fit(docs, stop=13)
    assert [f"{loss:.4f}" for loss in losses] == PUBLISHED["losses"]


@pytest.mark.parametrize("engine", ["numpy", "js"])
def test_all_20_names_on_a_fast_engine(engine):
    if not fast.serves(engine, "train4"):
        pytest.skip(f"engine {engine} is not installed")
    model, docs, rng = fresh("makemore")
    losses = fast.fit(model, docs, engine=engine)
    assert [f"{loss:.4f}" for loss in losses[:13]] == PUBLISHED["losses"]
    assert [model.sample(rng) for _ in range(20)] == PUBLISHED["samples"]


@pytest.mark.slow
def test_the_whole_run(run):
    assert [f"{loss:.4f}" for loss in run.losses[:13]] == PUBLISHED["losses"]
    assert len(PUBLISHED["samples"]) == 20
    assert run.names == PUBLISHED["samples"]
    assert checkpoint.load(run.model).parameter_count == 4192


def test_list():
    assert PUBLISHED["sha256"] == MAKEMORE_SHA256
    assert len(load_docs("makemore")) == PUBLISHED["rows"]
    assert find_makemore().is_file()
