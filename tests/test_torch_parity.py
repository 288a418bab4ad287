"""PyTorch as an independent judge, in float64: logits, loss and every gradient, to 1e-10.

The models are written anew, as one would in PyTorch: a whole document at once, attention behind
a mask, and PyTorch's own rms_norm, scaled_dot_product_attention and cross_entropy.
"""

import random

import pytest

from microgpt_ref.data import load_docs
from microgpt_ref.layers import document_loss
from microgpt_ref.mlp import mlp_gradient
from microgpt_ref.model import Settings, new_model
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.value import to_values

torch = pytest.importorskip("torch", reason="needs PyTorch: make test-torch has it")
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


def attention(w, x, n_head):
    """What all positions (T, n_embd) take from those before them."""
    q, k, v = (F.linear(x, w[name]).unflatten(1, (n_head, -1)) for name in ("wq", "wk", "wv"))
    heads = [t.transpose(0, 1) for t in (q, k, v)]  # (n_head, T, head size)
    output = F.scaled_dot_product_attention(*heads, is_causal=True)
    return F.linear(output.transpose(0, 1).flatten(1), w["wo"])


def norm(x):
    """x with each row's root mean square at 1."""
    return F.rms_norm(x, x.shape[-1:], eps=1e-5)


def transformer(w, tokens, settings):
    """Logits (positions, V) of train3 and train4."""
    x = norm(w["wte"][tokens] + w["wpe"][: len(tokens)])
    for i in range(settings.n_layer or 1):
        prefix = f"layer{i}." if settings.n_layer else ""
        layer = {name.removeprefix(prefix): matrix for name, matrix in w.items()}
        x = x + attention(layer, norm(x), settings.n_head or 1)
        x = x + F.linear(F.relu(F.linear(norm(x), layer["fc1"])), layer["fc2"])
    return F.linear(x, w["lm_head"])


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
