"""Fewer and larger nodes: a whole dot product, or a whole loss, is one Value.

A Value costs about as much for one product as for many: the object, its place in the graph's
order, a round of the loop on the way back. A dot product of n pairs is n + 1 Values in the
reference, and here one, with 2n inputs. Its local derivative in each entry of x is the entry of
y beside it, and the other way round.

    scalar   for a row of 16: 16 products and their sum, 17 nodes
    dot      1 node

What is equal: every number to about 1e-15, since only the order of a few additions differs.
"""

import math
from operator import attrgetter, mul

from microgpt_ref.layers import add, total
from microgpt_ref.learners import Autograd
from microgpt_ref.value import Value


class Loss(Value):
    """A Value whose `backward` spends no time on the weights, which have no inputs to order."""

    __slots__ = ()

    def topological_order(self):
        """All computed nodes that this was made from and itself, inputs first."""
        found, waiting = {self}, [self]
        while waiting:
            for child in waiting.pop().inputs:
                if child.inputs and child not in found:
                    found.add(child)
                    waiting.append(child)
        return sorted(found, key=attrgetter("birth"))


def numbers(x):
    """The vector (n,) of floats in a vector of Values."""
    return [a.data for a in x]


def linear(w, x):
    """The vector (n_out,) W x, one node an entry."""
    xs = numbers(x)
    nodes = []
    for row in w:
        ws = numbers(row)
        nodes.append(Value(sum(map(mul, ws, xs)), row + x, xs + ws))
    return nodes


def dot(x, y, scale=1.0):
    """x · y · scale, of two vectors (n,): one node."""
    xs, ys = numbers(x), numbers(y)
    if scale != 1.0:
        return Value(
            sum(map(mul, xs, ys)) * scale, x + y, [b * scale for b in ys] + [a * scale for a in xs]
        )
    return Value(sum(map(mul, xs, ys)), x + y, ys + xs)


def rmsnorm(x):
    """The vector (n,) x · s, where s = (mean(x²) + 1e-5)^(-1/2) is one node: ds/dx = -s³ x / n."""
    xs = numbers(x)
    s = (sum(map(mul, xs, xs)) / len(x) + 1e-5) ** -0.5
    slope = -(s**3) / len(x)
    scale = Value(s, x, [slope * a for a in xs])
    return [a * scale for a in x]


def softmax(logits):
    """Probabilities (n,) from logits (n,); the sum of the exponentials is one node."""
    peak = max(numbers(logits))
    exps = [(logit - peak).exp() for logit in logits]
    inverse = 1 / sum(numbers(exps))
    scale = Value(inverse, exps, [-inverse * inverse] * len(exps))
    return [e * scale for e in exps]


def cross_entropy(logits, target):
    """Surprise at the target, -ln p[target] with p = softmax(logits): one node.

    Its slope in each logit is that logit's p, less 1 at the target.
    """
    zs = numbers(logits)
    peak = max(zs)
    exps = [math.exp(z - peak) for z in zs]
    exps_sum = sum(exps)
    slopes = [e / exps_sum for e in exps]
    slopes[target] -= 1
    return Value(math.log(exps_sum) + peak - zs[target], logits, slopes)


def attention(q, keys, values):
    """The average (d,) of the values, each weighted by how well its key fits the query q (d,)."""
    scale = 1 / math.sqrt(len(q))
    attention_weights = softmax([dot(q, k, scale) for k in keys])
    return [dot(attention_weights, list(column)) for column in zip(*values)]


def gpt(weights, token, keys, values, n_head):
    """Logits (V,) of the token that follows `token`; keys and values hold a cache a layer."""
    x = rmsnorm(add(weights["wte"][token], weights["wpe"][len(keys[0])]))
    size = len(x) // n_head
    for i in range(len(keys)):
        y = rmsnorm(x)
        q = linear(weights[f"layer{i}.wq"], y)
        keys[i].append(linear(weights[f"layer{i}.wk"], y))
        values[i].append(linear(weights[f"layer{i}.wv"], y))
        heads = []
        for first in range(0, len(x), size):
            head = slice(first, first + size)
            heads += attention(q[head], [k[head] for k in keys[i]], [v[head] for v in values[i]])
        x = add(x, linear(weights[f"layer{i}.wo"], heads))
        hidden = [h.relu() for h in linear(weights[f"layer{i}.fc1"], rmsnorm(x))]
        x = add(x, linear(weights[f"layer{i}.fc2"], hidden))
    return linear(weights["lm_head"], x)


class Engine(Autograd):
    """The reference's graph with about a tenth of the nodes."""

    def document_loss(self, tokens):
        n_layer = self.settings.n_layer
        keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
        losses = []
        for token, target in zip(tokens, tokens[1:]):
            logits = gpt(self.values, token, keys, values, self.settings.n_head)
            losses.append(cross_entropy(logits, target))
        return total(losses) / len(losses)

    def backward(self, documents):
        losses = [self.document_loss(tokens) for tokens in documents]
        n = len(losses)
        loss = Loss(sum(numbers(losses)) / n, losses, [1 / n] * n)
        loss.backward()
        return loss.data
