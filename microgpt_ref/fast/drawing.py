"""Names drawn, and losses of names, in machine code: the reference's own, a thousand times faster.

Names begin alike. What a model expects after *ma* is the same in all names that begin so, and has
to be computed once. Both ways through many names make use of that, and change no number by it:

- `draw` remembers each beginning that it has met in a tree: the probabilities of what follows it,
  its keys and values, and a child for each token. Once MEMORY is used up it learns no more of them.
- `surprises` goes through names in alphabetical order, and begins each where it differs from the
  one before.
"""

import random
from collections import namedtuple
from functools import cache
from itertools import pairwise

import numba
import numpy as np

from microgpt_ref.fast import documents, twister
from microgpt_ref.fast.position import (
    FAST,
    LANES,
    Sizes,
    exp,
    filled,
    inlined,
    key_of,
    memory,
    onward,
    places,
    softmax,
)
from microgpt_ref.fast.sampling import layout
from microgpt_ref.fast.twister import choice
from microgpt_ref.model import Model

MEMORY = 32 << 20  # bytes that a tree may take

AT_ONCE = 4096  # names in a call, so that Ctrl-C is heard in between

Tree = namedtuple("Tree", "used sums children cache")


def new_tree(sizes):
    """A tree without nodes: how many there are, and of each sums, children, keys and values.

    sums: (nodes, V) the probabilities added up, to be drawn from
    """
    L, _, d, _, V = sizes
    wide, kept = filled(V), 2 * L * d
    nodes = max(1, MEMORY // (8 * wide + 4 * V + 8 * kept))
    rows = np.empty((nodes, wide)), np.empty((nodes, V), np.int32), np.empty((nodes, kept))
    return Tree(np.zeros(1, np.int64), *rows)


@inlined
def keep(a, t, row, L, d, T, wide, across, keys, values):
    """Copies the keys and values of position t into a row (2 L d,)."""
    for n in range(L):
        for i in range(d):
            row[2 * n * d + i] = a[keys + (n * wide + i) * across + t]
            row[(2 * n + 1) * d + i] = a[values + (n * T + t) * (wide + LANES) + i]


@inlined
def put(a, t, row, L, d, T, wide, across, keys, values):
    """Copies them back."""
    for n in range(L):
        for i in range(d):
            a[keys + (n * wide + i) * across + t] = row[2 * n * d + i]
            a[values + (n * T + t) * (wide + LANES) + i] = row[(2 * n + 1) * d + i]


@inlined
def add_up(a, bits, logits, V, wide, temperature, sums):
    """Sets sums to those of the probabilities, softmax of logits / temperature."""
    peak = a[logits]
    for i in range(logits + 1, logits + V):
        peak = max(peak, a[i])
    for i in range(logits, logits + V):
        a[i] = (a[i] - peak) / temperature
    softmax(a, bits, logits, V, wide)
    total = 0.0
    for i in range(V):
        total += a[logits + i]
        sums[i] = total
    for i in range(V, wide):
        sums[i] = np.inf


@cache
def make_draw(sizes):
    """The function `draw`, for these sizes; it is compiled at its first call."""
    L, _, d, T, V = sizes
    at, wide = places(sizes), filled(V)
    logits, key = at["logits"], key_of(sizes)
    cached = filled(d), filled(T), at["keys"], at["values"]

    @numba.njit(fastmath=FAST, error_model="numpy", cache=True)
    def draw(a, bits, b, tree, words, prompt, longest, bos, temperature, tokens, ends):
        """How many names were drawn: all, or those before one whose probabilities are no numbers.

        words: the state of a random.Random; one draw per token that the prompt doesn't give
        tokens, ends: receive the names' tokens, and where each name ends there
        """
        path, sums = np.zeros(longest, np.int32), np.zeros(wide)
        end = 0
        for name in range(len(ends)):
            token, known, node, at_hand = bos, tree.used[0] > 0, 0, 0
            for t in range(longest):
                if known:
                    row = tree.sums[node]
                else:
                    for u in range(at_hand, t):  # the beginning that was found in the tree
                        put(a, u, tree.cache[path[u]], L, d, T, *cached)
                    onward(key, a, bits, b, t, token)
                    at_hand = t + 1
                    row = sums
                    add_up(a, bits, logits, V, wide, temperature, sums)
                    if tree.used[0] < len(tree.sums) and (t == 0 or node >= 0):
                        new = tree.used[0]
                        tree.used[0] += 1
                        tree.sums[new] = sums
                        tree.children[new] = 0
                        keep(a, t, tree.cache[new], L, d, T, *cached)
                        if t > 0:
                            tree.children[node, token] = new
                        node = new
                    else:
                        node = -1
                if node >= 0:
                    path[t] = node
                if t < len(prompt):
                    token = prompt[t]
                elif np.isfinite(row[V - 1]):
                    token = choice(words, row, V)
                else:
                    return name
                if token == bos:
                    break
                tokens[end] = token
                end += 1
                known = node >= 0 and tree.children[node, token] > 0
                if known:
                    node = tree.children[node, token]
            ends[name] = end
        return len(ends)

    return draw


@cache
def make_surprises(sizes):
    """The function `surprises`, for these sizes; it is compiled at its first call."""
    V, T = sizes.V, sizes.T
    logits, wide, key = places(sizes)["logits"], filled(V), key_of(sizes)

    @numba.njit(fastmath=FAST, error_model="numpy", cache=True)
    def surprises(a, bits, b, tokens, starts, lengths):
        """The sum of -ln p(next) over the positions of some documents, in nats.

        tokens, starts, lengths: as in `documents.Documents`; neighbours should begin alike
        """
        rows, logs, before = np.zeros((T, V)), np.zeros(T), np.zeros(T + 1)
        total, last, alike = 0.0, 0, 0
        for document in range(len(starts)):
            at, n = starts[document], lengths[document]
            here = 0
            while here < min(n, alike) and tokens[at + here] == tokens[last + here]:
                here += 1
            for t in range(max(0, here - 1), n):
                if t >= here:
                    onward(key, a, bits, b, t, tokens[at + t])
                    peak = a[logits]
                    for i in range(logits + 1, logits + V):
                        peak = max(peak, a[i])
                    for i in range(V):
                        rows[t, i] = a[logits + i] - peak
                        a[logits + i] -= peak
                    exp(a, bits, logits, wide)
                    exps_sum = 0.0
                    for i in range(logits, logits + V):
                        exps_sum += a[i]
                    logs[t] = np.log(exps_sum)
                before[t + 1] = before[t] + logs[t] - rows[t, tokens[at + t + 1]]
            total += before[n]
            last, alike = at, n
        return total

    return surprises


class MachineModel(Model):
    """The same model, of train3 or train4, which draws names and takes losses in machine code."""

    def __init__(self, model):
        super().__init__(model.settings, model.tokenizer, model.weights)
        n_layer, n_head, prefix = layout(model.settings)
        sizes = n_layer, n_head, model.settings.n_embd, model.settings.block_size
        self.sizes = Sizes(*sizes, model.tokenizer.vocab_size)
        self.a = memory(model.weights, self.sizes, prefix)
        self.tree = self.temperature = None

    @property
    def numbers(self):
        """The model's numbers, as floats and as whole numbers, and their address."""
        return self.a, self.a.view(np.int64), self.a.ctypes.data

    def drawn(self, count, rng, temperature, prompt):
        """The texts of new documents that begin with some tokens.

        Raises ValueError where probabilities are no numbers.
        """
        if type(rng) is not random.Random:  # it may draw in a way of its own
            return super().drawn(count, rng, temperature, prompt)
        if temperature != self.temperature:
            self.tree, self.temperature = new_tree(self.sizes), temperature
        words, texts = twister.words_of(rng), []
        try:
            for first in range(0, count, AT_ONCE):
                texts += self.some(min(AT_ONCE, count - first), words, prompt)
        finally:
            twister.hand_back(words, rng)
        return texts

    def some(self, count, words, prompt):
        """The texts of some of them."""
        longest, bos = self.settings.max_tokens, self.tokenizer.bos
        tokens, ends = np.empty(count * longest, np.int32), np.zeros(count, np.int64)
        start = np.array(prompt, np.int32), longest, bos, float(self.temperature)
        done = make_draw(self.sizes)(*self.numbers, self.tree, words, *start, tokens, ends)
        if done < count:
            raise ValueError("the probabilities are not numbers")
        codes = np.array([*map(ord, self.tokenizer.characters)], np.uint32)
        text = codes[tokens[: ends[-1]]].tobytes().decode("utf-32", "surrogatepass")
        return [text[first:end] for first, end in pairwise([0, *ends.tolist()])]

    def held_out_loss(self, docs):
        """The loss over all tokens of some documents, in nats per token."""
        docs = docs if hasattr(docs, "encoded") else documents.Listed(docs)
        found = self.encode_all(docs)
        order = alphabetical(found, self.tokenizer.vocab_size)
        lengths = found.lengths
        surprise, surprises = 0.0, make_surprises(self.sizes)
        for first in range(0, len(order), AT_ONCE):
            some = order[first : first + AT_ONCE]
            which = found.tokens, found.starts[some], lengths[some]
            surprise += surprises(*self.numbers, *which)
        return float(surprise / lengths.sum())


def alphabetical(found, vocab_size):
    """An order of Documents in which those that begin alike are neighbours, by 64 bits of each."""
    bits = int(vocab_size).bit_length()
    keys, starts, lengths = np.zeros(len(found), np.uint64), found.starts[:-1], found.lengths
    for t in range(1, 1 + 64 // bits):
        there = lengths >= t
        tokens = found.tokens[np.where(there, starts + t, 0)].astype(np.uint64) + np.uint64(1)
        keys = (keys << np.uint64(bits)) | np.where(there, tokens, np.uint64(0))
    return np.argsort(keys)
