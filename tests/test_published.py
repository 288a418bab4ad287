"""The published run of microgpt: the same losses and the same names, on the same list."""

import json

import pytest

from microgpt_ref import checkpoint
from microgpt_ref.data import MAKEMORE_SHA256, find_makemore, load_docs
from tools.setup import ROOT

PUBLISHED = json.loads((ROOT / "tests" / "published.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def run(full_run):
    """The full run of train4 on the list of the published run."""
    return full_run("train4", "--names", "makemore")


def test_first_13_losses(run):
    assert len(PUBLISHED["losses"]) == 13
    assert [f"{loss:.4f}" for loss in run.losses[:13]] == PUBLISHED["losses"]


def test_all_20_names(run):
    assert len(PUBLISHED["samples"]) == 20
    assert run.names == PUBLISHED["samples"]


def test_list(run):
    assert PUBLISHED["sha256"] == MAKEMORE_SHA256
    assert len(load_docs("makemore")) == PUBLISHED["rows"]
    assert find_makemore().is_file()


def test_model_has_4192_parameters(run):
    assert checkpoint.load(run.model).parameter_count == 4192
