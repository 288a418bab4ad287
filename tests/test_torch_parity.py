"""PyTorch as an independent judge, in float64: logits, loss and every gradient, to 1e-10.

The models are written anew, as one would in PyTorch: a whole document at once, attention behind
a mask, and PyTorch's own rms_norm, scaled_dot_product_attention and cross_entropy. Those of train3
and train4 are the engine `torch`, which is held to the reference here.
"""

import random

import pytest

from microgpt_ref import fast
from microgpt_ref.data import load_docs
from microgpt_ref.layers import document_loss
from microgpt_ref.mlp import mlp_gradient
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import to_values

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch has it")
engine = pytest.importorskip("microgpt_ref.fast.torch", reason="needs PyTorch")
F = torch.nn.functional
pytestmark = pytest.mark.torch

MODELS = {
    "train1": Settings("train1"),
    "train2": Settings("train2"),
    "train3": Settings("train3"),
    "train4": Settings("train4"),
    "train4 of 2 layers and 2 heads": Settings("train4", n_layer=2, n_head=2),
    "train4 of other sizes": Settings("train4", n_layer=3, n_embd=6, n_head=3, block_size=5),
}
DOCS = ["emma", "bartholomew", "aaaaaaaaaaaaaaa", "i"]
SPREADS = [1, 4]  # as drawn, and larger, so that every part of the model matters


def mlp(w, tokens, settings):
    """Logits (positions, V) of train1 and train2."""
    return F.linear(F.relu(F.linear(w["wte"][tokens], w["fc1"])), w["fc2"])


def transformer(w, tokens, settings):
    """Logits (positions, V) of train3 and train4: those of the engine `torch`."""
    outer = ("wte", "wpe", "lm_head")
    if settings.stage == "train3":
        w = {name if name in outer else f"layer0.{name}": matrix for name, matrix in w.items()}
    return engine.logits(w, tokens[None], settings.n_layer or 1, settings.n_head or 1)[0]


@pytest.fixture(params=MODELS)
def settings(request):
    """What a model is like."""
    return MODELS[request.param]


@pytest.fixture(params=SPREADS)
def model(request, settings):
    """A model of our own, with weights of one size or the other."""
    model = new_model(Tokenizer(load_docs()), random.Random(7), settings)
    for row in [row for w in model.weights.values() for row in w]:
        row[:] = [request.param * a for a in row]
    return model


def their_results(model, tokens):
    """PyTorch's logits, loss and gradients."""
    w = {n: torch.tensor(m, dtype=torch.float64, requires_grad=True) for n, m in weights(model)}
    network = mlp if model.settings.stage in ("train1", "train2") else transformer
    logits = network(w, torch.tensor(tokens[:-1]), model.settings)
    loss = F.cross_entropy(logits, torch.tensor(tokens[1:]))
    loss.backward()
    return logits, loss, {name: matrix.grad for name, matrix in w.items()}


def our_results(model, tokens):
    """The same of our own model."""
    next_logits = model.start()
    logits = [next_logits(token) for token in tokens[:-1]]
    if model.settings.stage == "train1":
        return logits, *mlp_gradient(model.weights, tokens)
    values = to_values(model.weights)
    loss = document_loss(model.start(values), tokens)
    loss.backward()
    grads = {name: [[value.grad for value in row] for row in w] for name, w in values.items()}
    return logits, loss.data, grads


def weights(model):
    """The names and matrices of a model."""
    return model.weights.items()


def distance(ours, theirs):
    """The largest difference between numbers in lists and in a tensor of the same shape."""
    ours = torch.tensor(ours, dtype=torch.float64)
    assert ours.shape == theirs.shape
    return (ours - theirs).abs().max().item()


@pytest.mark.parametrize("doc", DOCS)
def test_logits_loss_and_gradients(model, doc):
    tokens = model.cut(model.tokenizer.encode(doc))
    our_logits, our_loss, our_grads = our_results(model, tokens)
    logits, loss, grads = their_results(model, tokens)
    assert distance(our_logits, logits) < 1e-10
    assert distance(our_loss, loss) < 1e-10
    assert list(our_grads) == list(grads)
    for name in grads:
        assert distance(our_grads[name], grads[name]) < 1e-10
        assert grads[name].abs().max() > 0 or len(tokens) == 3  # one position attends to itself


def engine_gradient(model, dtype):
    """The loss of all documents, and its gradient, from the engine `torch` with a dtype."""
    documents = [model.cut(model.tokenizer.encode(doc)) for doc in DOCS]
    name = {"dtype": dtype}
    trained = type("Engine", (engine.Engine,), name)(model, documents)
    return trained.gradient(documents), fast.new_engine("scalar", model, documents)


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-10), ("float32", 1e-6)])
def test_engine_on_a_batch(dtype, tolerance):
    settings = Settings("train4", n_layer=2, n_embd=8, n_head=2, block_size=5)
    model = new_model(Tokenizer(load_docs()), random.Random(7), settings)
    (loss, grads), scalar = engine_gradient(model, getattr(torch, dtype))
    our_loss, our_grads = scalar.gradient(scalar.documents)
    assert loss == pytest.approx(our_loss, rel=tolerance)
    for name, matrix in grads.items():
        assert distance(our_grads[name], torch.tensor(matrix, dtype=torch.float64)) < tolerance
