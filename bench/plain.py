"""The yardstick of `make bench`: a GPT in plain Python, with no attempt at being fast.

This is the algorithm of Andrej Karpathy's microgpt (February 2026) in our own words, and it keeps
the plain operations of his program on purpose. Every number is a Value that remembers how it was
made; a - b is a + b * -1 and a / b is a * b ** -1; every sum is the built-in sum(), which starts
from 0; the backward pass sorts the graph by recursion; the cycle collector stays on. What the
engines of microgpt_ref gain, they gain against this. It imports nothing of that package, so it is
also an independent check of it: tests/golden/make_golden.py builds on this file.

    python bench/plain.py NAMES.txt [--steps N]

On makemore's names.txt it prints the losses and the names of the published run.
"""

import argparse
import math
import random

N_LAYER = 1
N_HEAD = 4
N_EMBD = 16
BLOCK_SIZE = 16


class Value:
    """A number that knows which numbers it came from, and its local derivative in each of them."""

    __slots__ = ("children", "data", "grad", "local_derivatives")

    def __init__(self, data, children=(), local_derivatives=()):
        self.data = data
        self.grad = 0
        self.children = children
        self.local_derivatives = local_derivatives

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        slope = exponent * self.data ** (exponent - 1)
        return Value(self.data**exponent, (self,), (slope,))

    def exp(self):
        result = math.exp(self.data)
        return Value(result, (self,), (result,))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def relu(self):
        return Value(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def backward(self):
        """Add the derivative of this value in every value below it to that value's grad."""
        order, seen = [], set()

        # This inner function refers to itself, and through `order` it keeps the whole graph alive
        # until the cycle collector comes by. That is part of what the yardstick measures.
        def visit(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1
        for node in reversed(order):
            for child, local_derivative in zip(node.children, node.local_derivatives):
                child.grad += local_derivative * node.grad


def linear(x, weight):
    """The product weight @ x: Values (rows,) from x (columns,) and weight (rows, columns)."""
    return [sum(w * xi for w, xi in zip(row, x)) for row in weight]


def softmax(logits):
    """Probabilities (V,) from logits (V,), which are shifted by their maximum, a plain number."""
    largest = max(logit.data for logit in logits)
    exps = [(logit - largest).exp() for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    """The vector x divided by the root of its mean square."""
    mean_square = sum(xi * xi for xi in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attention(q, keys, values):
    """One head: the values (T, d) weighted by how well their keys (T, d) match the query q (d,)."""
    scores = [sum(qi * ki for qi, ki in zip(q, k)) / len(q) ** 0.5 for k in keys]
    weights = softmax(scores)
    return [sum(weights[t] * values[t][j] for t in range(len(values))) for j in range(len(q))]


def gpt(weights, token, position, keys, values, n_head=N_HEAD):
    """Logits (V,) of what follows `token` at `position`; adds to the cache `keys`, `values`."""
    x = [a + b for a, b in zip(weights["wte"][token], weights["wpe"][position])]
    x = rmsnorm(x)
    size = len(x) // n_head
    for i in range(len(keys)):
        residual, x = x, rmsnorm(x)
        q = linear(x, weights[f"layer{i}.wq"])
        keys[i].append(linear(x, weights[f"layer{i}.wk"]))
        values[i].append(linear(x, weights[f"layer{i}.wv"]))
        heads = []
        for start in range(0, len(x), size):
            part = slice(start, start + size)
            heads += attention(q[part], [k[part] for k in keys[i]], [v[part] for v in values[i]])
        x = [a + b for a, b in zip(residual, linear(heads, weights[f"layer{i}.wo"]))]
        residual, x = x, rmsnorm(x)
        hidden = [h.relu() for h in linear(x, weights[f"layer{i}.fc1"])]
        x = [a + b for a, b in zip(residual, linear(hidden, weights[f"layer{i}.fc2"]))]
    return linear(x, weights["lm_head"])


def matrix(rng, rows, columns):
    """A weight matrix (rows, columns) of Values, drawn row by row."""
    return [[Value(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]


class Run:
    """One run of the program: shuffled documents, weights, Adam's state, and one rng for all."""

    n_head = N_HEAD

    def __init__(self, docs, steps=1000, seed=42):
        self.steps = steps  # the length that the learning rate decays over
        self.rng = random.Random(seed)
        self.docs = list(docs)
        self.rng.shuffle(self.docs)
        self.letters = sorted(set("".join(docs)))
        self.bos = len(self.letters)
        self.weights = self.draw_weights()
        self.params = [p for rows in self.weights.values() for row in rows for p in row]
        self.m = [0.0] * len(self.params)
        self.v = [0.0] * len(self.params)

    def draw_weights(self):
        """The matrices of the model by name, in the order in which they are drawn."""
        vocab, d = self.bos + 1, N_EMBD
        shapes = {"wte": (vocab, d), "wpe": (BLOCK_SIZE, d), "lm_head": (vocab, d)}
        for i in range(N_LAYER):
            shapes |= {f"layer{i}.{name}": (d, d) for name in ("wq", "wk", "wv", "wo")}
            shapes |= {f"layer{i}.fc1": (4 * d, d), f"layer{i}.fc2": (d, 4 * d)}
        return {name: matrix(self.rng, *shape) for name, shape in shapes.items()}

    def surprises(self, doc):
        """For each position of a document, cut to the block, the Value -log p(next token)."""
        tokens = [self.bos, *(self.letters.index(letter) for letter in doc), self.bos]
        keys, values = [[] for _ in range(N_LAYER)], [[] for _ in range(N_LAYER)]
        result = []
        for position in range(min(BLOCK_SIZE, len(tokens) - 1)):
            logits = gpt(self.weights, tokens[position], position, keys, values, self.n_head)
            result.append(-softmax(logits)[tokens[position + 1]].log())
        return result

    def update(self, step):
        """Adam, with a learning rate that falls linearly to 0; clears the gradients."""
        rate, beta1, beta2, eps = 0.01 * (1 - step / self.steps), 0.85, 0.99, 1e-8
        for i, p in enumerate(self.params):
            self.m[i] = beta1 * self.m[i] + (1 - beta1) * p.grad
            self.v[i] = beta2 * self.v[i] + (1 - beta2) * p.grad**2
            m_hat = self.m[i] / (1 - beta1 ** (step + 1))
            v_hat = self.v[i] / (1 - beta2 ** (step + 1))
            p.data -= rate * m_hat / (v_hat**0.5 + eps)
            p.grad = 0

    def training_steps(self):
        """Train one step for each loss asked for; the loss, in nats, is from before the update."""
        for step in range(self.steps):
            surprises = self.surprises(self.docs[step % len(self.docs)])
            loss = (1 / len(surprises)) * sum(surprises)
            loss.backward()
            self.update(step)
            yield loss.data

    def sample(self, temperature=0.5):
        """A new name, drawn letter by letter until BOS comes or the block is full."""
        keys, values = [[] for _ in range(N_LAYER)], [[] for _ in range(N_LAYER)]
        token, name = self.bos, ""
        for position in range(BLOCK_SIZE):
            logits = gpt(self.weights, token, position, keys, values, self.n_head)
            probs = softmax([logit / temperature for logit in logits])
            weights = [p.data for p in probs]
            token = self.rng.choices(range(len(weights)), weights=weights)[0]
            if token == self.bos:
                break
            name += self.letters[token]
        return name


def train(docs, steps=1000, seed=42, samples=20):
    """Losses (steps,) of a whole training run, and the names it invents afterwards."""
    run = Run(docs, steps, seed)
    losses = list(run.training_steps())
    return losses, [run.sample() for _ in range(samples)]


def read_docs(path):
    """The lines of a file, stripped, without the empty ones."""
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]


def main():
    """Train on the file that is named, and print losses and names."""
    parser = argparse.ArgumentParser(description="Train the yardstick and print what it does.")
    parser.add_argument("names", metavar="NAMES.txt", help="a file of one name a line")
    parser.add_argument("--steps", type=int, default=1000, metavar="N")
    args = parser.parse_args()
    run = Run(read_docs(args.names), args.steps)
    for step, loss in enumerate(run.training_steps(), start=1):
        print(f"step {step:4d}: {loss:.4f}", flush=True)
    for number in range(1, 21):
        print(f"sample {number:2d}: {run.sample()}", flush=True)


if __name__ == "__main__":
    main()
