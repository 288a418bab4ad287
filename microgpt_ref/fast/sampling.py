"""Sampling on arrays: one position at a time, with a cache of keys and values.

The loss on names that nobody learns from needs no cache: all positions of all documents of a length
go through at the same time.

For many names at once machine code takes over, where Numba is installed: see `drawing`.
"""

import math
from importlib import import_module

import numpy as np

from microgpt_ref.fast.documents import Listed
from microgpt_ref.fast.numpy import attention, rmsnorm, softmax
from microgpt_ref.layers import with_temperature
from microgpt_ref.model import Model
from microgpt_ref.stages import find_stage

AT_ONCE = 32  # documents of one length, whose arrays a processor's cache still holds
AS_QUICK = 20  # the loss of so many names takes no longer than drawing one
OF_LAYER = ("wq", "wk", "wv", "wo", "fc1", "fc2")


class ArrayModel(Model):
    """The same model, of train3 or train4, with logits computed on arrays of float64.

    enough: how many names at a time are worth machine code
    """

    def __init__(self, model, enough=math.inf):
        super().__init__(model.settings, model.tokenizer, model.weights)
        self.arrays = {name: np.array(matrix) for name, matrix in model.weights.items()}
        self.enough = enough
        self.machine = None

    def start(self, weights=None):
        """A function next_logits(token) → (V,) for one new document; its weights are fixed."""
        return start_arrays(self.arrays, self.settings)

    def start_probs(self, temperature=1.0):
        """A function next_probs(token) → (V,) for one new document."""
        return with_temperature(self.start(), temperature)

    def loss(self, tokens):
        """Mean surprise of a document's tokens, in nats per token."""
        tokens = np.array([self.cut(tokens)])
        return float(surprises(self.arrays, self.settings, tokens) / tokens[:, 1:].size)

    def drawn(self, count, rng, temperature, prompt):
        """The texts of new documents that begin with some tokens; for `samples`."""
        model = self.fitting(count)
        with np.errstate(all="ignore"):  # what is not a number is noticed as such
            return (model or super()).drawn(count, rng, temperature, prompt)

    def held_out_loss(self, docs):
        """The loss over all tokens of some documents, in nats per token."""
        if model := self.fitting(len(docs) // AS_QUICK):
            return model.held_out_loss(docs)
        if not hasattr(docs, "encoded"):
            docs = Listed(docs)
        by_length = {}
        for tokens in self.encode_all(docs):
            by_length.setdefault(len(tokens), []).append(tokens)
        surprise = count = 0.0
        for documents in by_length.values():
            for first in range(0, len(documents), AT_ONCE):
                tokens = np.array(documents[first : first + AT_ONCE])
                surprise += surprises(self.arrays, self.settings, tokens)
                count += tokens[:, 1:].size
        return float(surprise / count)

    def fitting(self, count):
        """The model in machine code, if it's worth it and can be had; else None."""
        if count < self.enough:
            return None
        if not self.machine:
            try:
                self.machine = import_module("microgpt_ref.fast.drawing").MachineModel(self)
            except ImportError:
                self.enough = math.inf
        return self.machine


def layout(settings):
    """How many layers and heads, and what stands before a layer's names; train3 has one of each."""
    if "n_layer" not in find_stage(settings.stage).options:
        return 1, 1, ""
    return settings.n_layer, settings.n_head, "layer{}."


def surprises(w, settings, tokens):
    """The sum of -ln p(next) over all positions of documents (documents, n + 1), in nats."""
    n_layer, n_head, prefix = layout(settings)
    count, n = tokens.shape[0], tokens.shape[1] - 1
    mask = np.triu(np.full((n, n), -np.inf), 1)

    def split(rows):
        return rows.reshape(count, n, n_head, -1).swapaxes(1, 2)

    x, _ = rmsnorm((w["wte"][tokens[:, :-1]] + w["wpe"][:n]).reshape(count * n, -1))
    for i in range(n_layer):
        wq, wk, wv, wo, fc1, fc2 = (w[prefix.format(i) + name].T for name in OF_LAYER)
        y, _ = rmsnorm(x)
        heads, _ = attention(*(split(y @ matrix) for matrix in (wq, wk, wv)), mask)
        x = x + heads.swapaxes(1, 2).reshape(count * n, -1) @ wo
        z, _ = rmsnorm(x)
        x = x + np.maximum(z @ fc1, 0) @ fc2
    logits = x @ w["lm_head"].T
    logits -= logits.max(-1, keepdims=True)
    at_target = np.take_along_axis(logits, tokens[:, 1:].reshape(-1, 1), -1)
    return (np.log(np.exp(logits).sum(-1)) - at_target[:, 0]).sum()


def start_arrays(w, settings):
    """A function next_logits(token) → (V,) for one document: it remembers keys and values."""
    n_layer, n_head, prefix = layout(settings)
    shape = n_layer, settings.block_size, n_head, -1
    keys = np.zeros((n_layer, settings.block_size, settings.n_embd)).reshape(shape)
    values = np.zeros_like(keys)
    positions = iter(range(settings.block_size))

    def attend(q, layer, n):
        q = q.reshape(n_head, -1)
        scores = np.einsum("hd,thd->ht", q, keys[layer, :n]) / np.sqrt(q.shape[1])
        return np.einsum("ht,thd->hd", softmax(scores), values[layer, :n]).reshape(1, -1)

    def next_logits(token):
        t = next(positions)
        x, _ = rmsnorm(w["wte"][token : token + 1] + w["wpe"][t])  # (1, n_embd)
        for i in range(n_layer):
            wq, wk, wv, wo, fc1, fc2 = (w[prefix.format(i) + name].T for name in OF_LAYER)
            y, _ = rmsnorm(x)
            q, k, v = y @ wq, y @ wk, y @ wv
            keys[i, t], values[i, t] = (a.reshape(n_head, -1) for a in (k, v))
            x = x + attend(q, i, t + 1) @ wo
            z, _ = rmsnorm(x)
            x = x + np.maximum(z @ fc1, 0) @ fc2
        return (x @ w["lm_head"].T)[0].tolist()

    return next_logits
