"""Sampling on arrays: one position at a time, with a cache of keys and values."""

import numpy as np

from microgpt_ref.fast.numpy import rmsnorm, softmax
from microgpt_ref.model import Model


class ArrayModel(Model):
    """The same model, of train4, with logits computed on arrays of float64."""

    def __init__(self, model):
        super().__init__(model.settings, model.tokenizer, model.weights)
        self.arrays = {name: np.array(matrix) for name, matrix in model.weights.items()}

    def start(self, weights=None):
        """A function next_logits(token) → (V,) for one new document; its weights are fixed."""
        return start_arrays(self.arrays, self.settings)


def start_arrays(w, settings):
    """A function next_logits(token) → (V,) for one document: it remembers keys and values."""
    shape = settings.n_layer, settings.block_size, settings.n_head, -1
    keys = np.zeros((settings.n_layer, settings.block_size, settings.n_embd)).reshape(shape)
    values = np.zeros_like(keys)
    positions = iter(range(settings.block_size))

    def attend(q, layer, n):
        q = q.reshape(settings.n_head, -1)
        scores = np.einsum("hd,thd->ht", q, keys[layer, :n]) / np.sqrt(q.shape[1])
        return np.einsum("ht,thd->hd", softmax(scores), values[layer, :n]).reshape(1, -1)

    def next_logits(token):
        t = next(positions)
        x, _ = rmsnorm(w["wte"][token : token + 1] + w["wpe"][t])  # (1, n_embd)
        for i in range(settings.n_layer):
            y, _ = rmsnorm(x)
            q, k, v = (y @ w[f"layer{i}.{name}"].T for name in ("wq", "wk", "wv"))
            keys[i, t], values[i, t] = (a.reshape(settings.n_head, -1) for a in (k, v))
            x = x + attend(q, i, t + 1) @ w[f"layer{i}.wo"].T
            z, _ = rmsnorm(x)
            x = x + np.maximum(z @ w[f"layer{i}.fc1"].T, 0) @ w[f"layer{i}.fc2"].T
        return (x @ w["lm_head"].T)[0].tolist()

    return next_logits
