"""Make the golden files of the five stages, or check them, without using microgpt_ref.

Every stage is written here a second time, as plainly as possible: train0 counts, train1 has its
gradient by hand, train2 gets the same from Value, train3 and train4 run on bench/plain.py (which
gives the published losses and names of microgpt). What microgpt_ref computes is compared with
the files that this makes, so the two must stay independent: import nothing of the package.

    python tests/golden/make_golden.py [NAMES.txt]                 write every STAGE.json: minutes
    python tests/golden/make_golden.py --check                     the first 50 steps against them
    python tests/golden/make_golden.py --stages train0 --steps 10  one stage, a shorter training

A golden file holds the stage, its 20 names, the loss of each step before its update, and the loss
on docs[1000:1300] after training (total nats over predicted tokens). Floats are written by repr;
compare them to 1e-6, as the last bits depend on the platform.
"""

import argparse
import gc
import itertools
import json
import math
import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bench import plain  # noqa: E402 - found only once the root is on the path

STEPS = 1000
CHECKED_STEPS = 50
SAMPLES = 20
SAMPLE_LENGTH = 16
N_HIDDEN = 64
TEMPERATURE = 0.5
TOLERANCE = 1e-6


def added(numbers):
    """The sum of floats, left to right: since Python 3.12 sum() compensates for rounding."""
    total = 0.0
    for number in numbers:
        total += number
    return total


def softmax(logits):
    """Probabilities (V,) from logits (V,), both floats."""
    largest = max(logits)
    exps = [math.exp(logit - largest) for logit in logits]
    total = added(exps)
    return [e / total for e in exps]


class PairStage:
    """What train0, train1 and train2 share: the next token depends on the current one alone."""

    def __init__(self, docs, steps, seed=42):
        self.steps = steps  # the length that the learning rate decays over
        self.rng = random.Random(seed)
        self.docs = list(docs)
        self.rng.shuffle(self.docs)
        self.letters = sorted(set("".join(docs)))
        self.bos = len(self.letters)
        self.vocab = self.bos + 1
        self.prepare()

    def pairs(self, doc):
        """The (token, next token) pairs of a document."""
        tokens = [self.bos] + [self.letters.index(letter) for letter in doc] + [self.bos]
        return list(itertools.pairwise(tokens))

    def training_steps(self):
        """Train one step for each loss asked for; the loss is from before the update."""
        for step in range(self.steps):
            pairs = self.pairs(self.docs[step % len(self.docs)])
            yield self.learn(pairs, rate=1.0 * (1 - step / self.steps))

    def nats(self, doc):
        """-ln p(next) for each position of a document."""
        return [-math.log(self.probs(token)[target]) for token, target in self.pairs(doc)]

    def sample(self):
        """A new name, drawn token by token with the rng that made the weights."""
        token, name = self.bos, ""
        for _ in range(SAMPLE_LENGTH):
            token = self.rng.choices(range(self.vocab), weights=self.sampling_probs(token))[0]
            if token == self.bos:
                break
            name += self.letters[token]
        return name


class Counts(PairStage):
    """train0: count what follows each token, starting from one of each."""

    def prepare(self):
        self.counts = [[0] * self.vocab for _ in range(self.vocab)]

    def probs(self, token):
        row = self.counts[token]
        return [(count + 1) / (sum(row) + self.vocab) for count in row]

    sampling_probs = probs

    def learn(self, pairs, rate):
        loss = added(-math.log(self.probs(token)[target]) for token, target in pairs) / len(pairs)
        for token, target in pairs:
            self.counts[token][target] += 1
        return loss


class HandMLP(PairStage):
    """train1: token -> wte -> fc1 -> ReLU -> fc2 -> softmax on floats, its gradient by hand."""

    def prepare(self):
        self.wte = self.matrix(self.vocab, plain.N_EMBD)
        self.fc1 = self.matrix(N_HIDDEN, plain.N_EMBD)
        self.fc2 = self.matrix(self.vocab, N_HIDDEN)

    def matrix(self, rows, columns):
        return [[self.rng.gauss(0, 0.08) for _ in range(columns)] for _ in range(rows)]

    def forward(self, token):
        """The hidden layer (64,) after its ReLU, and the logits (V,)."""
        x = self.wte[token]
        hidden = [added(w * xi for w, xi in zip(row, x)) for row in self.fc1]
        hidden = [h if h > 0 else 0.0 for h in hidden]
        return hidden, [added(w * h for w, h in zip(row, hidden)) for row in self.fc2]

    def probs(self, token):
        return softmax(self.forward(token)[1])

    def sampling_probs(self, token):
        return softmax([logit / TEMPERATURE for logit in self.forward(token)[1]])

    def learn(self, pairs, rate):
        dwte, dfc1, dfc2 = ([[0.0] * len(w[0]) for _ in w] for w in (self.wte, self.fc1, self.fc2))
        loss = 0.0
        for token, target in pairs:
            loss += self.add_gradient(token, target, len(pairs), dwte, dfc1, dfc2)
        for weight, dweight in ((self.wte, dwte), (self.fc1, dfc1), (self.fc2, dfc2)):
            for row, drow in zip(weight, dweight):
                for j in range(len(row)):
                    row[j] -= rate * drow[j]
        return loss / len(pairs)

    def add_gradient(self, token, target, n, dwte, dfc1, dfc2):
        """-ln p(target | token); adds the gradient of 1/n of it to dwte, dfc1 and dfc2."""
        x = self.wte[token]
        hidden, logits = self.forward(token)
        probs = softmax(logits)
        dhidden = [0.0] * N_HIDDEN
        for i in range(self.vocab):
            dlogit = (probs[i] - (1.0 if i == target else 0.0)) / n
            for j in range(N_HIDDEN):
                dfc2[i][j] += dlogit * hidden[j]
                dhidden[j] += dlogit * self.fc2[i][j]
        for j in range(N_HIDDEN):
            if hidden[j] > 0:  # the ReLU lets through only what it let through on the way forward
                for k in range(plain.N_EMBD):
                    dfc1[j][k] += dhidden[j] * x[k]
                    dwte[token][k] += dhidden[j] * self.fc1[j][k]
        return -math.log(probs[target])


class ValueMLP(PairStage):
    """train2: the model of train1, its gradient through Value."""

    def prepare(self):
        self.wte = plain.matrix(self.rng, self.vocab, plain.N_EMBD)
        self.fc1 = plain.matrix(self.rng, N_HIDDEN, plain.N_EMBD)
        self.fc2 = plain.matrix(self.rng, self.vocab, N_HIDDEN)
        self.params = [p for w in (self.wte, self.fc1, self.fc2) for row in w for p in row]

    def logits(self, token):
        hidden = [h.relu() for h in plain.linear(self.wte[token], self.fc1)]
        return plain.linear(hidden, self.fc2)

    def probs(self, token):
        return [p.data for p in plain.softmax(self.logits(token))]

    def sampling_probs(self, token):
        return [p.data for p in plain.softmax([x / TEMPERATURE for x in self.logits(token)])]

    def learn(self, pairs, rate):
        nats = [-plain.softmax(self.logits(token))[target].log() for token, target in pairs]
        loss = (1 / len(nats)) * sum(nats)
        loss.backward()
        descend(self.params, rate)
        return loss.data


def descend(params, rate):
    """One step of plain gradient descent (SGD); clears the gradients."""
    for p in params:
        p.data -= rate * p.grad
        p.grad = 0


class GPT(plain.Run):
    """train4 with Adam: the yardstick itself."""

    def nats(self, doc):
        return [surprise.data for surprise in self.surprises(doc)]


class GPTWithSGD(GPT):
    """train4 with SGD."""

    def update(self, step):
        descend(self.params, 0.1 * (1 - step / self.steps))


class OneHead(GPTWithSGD):
    """train3: one head, lm_head drawn last, SGD."""

    n_head = 1

    def draw_weights(self):
        vocab, d = self.bos + 1, plain.N_EMBD
        weights = {"wte": plain.matrix(self.rng, vocab, d)}
        weights["wpe"] = plain.matrix(self.rng, plain.BLOCK_SIZE, d)
        for name in ("wq", "wk", "wv", "wo"):
            weights[f"layer0.{name}"] = plain.matrix(self.rng, d, d)
        weights["layer0.fc1"] = plain.matrix(self.rng, N_HIDDEN, d)
        weights["layer0.fc2"] = plain.matrix(self.rng, d, N_HIDDEN)
        weights["lm_head"] = plain.matrix(self.rng, vocab, d)
        return weights


STAGES = {
    "train0": Counts,
    "train1": HandMLP,
    "train2": ValueMLP,
    "train3": OneHead,
    "train4": GPT,
    "train4-sgd": GPTWithSGD,
}


def train(run, stage, count):
    """The losses of the first `count` steps of a run; on a terminal, it shows how far it is."""
    losses = []
    for loss, step in zip(run.training_steps(), range(1, count + 1)):
        losses.append(loss)
        if step % 10 == 0 or step == count:
            gc.collect()  # each backward() leaves a cycle behind; see bench/plain.py
            if sys.stderr.isatty():
                end = "\n" if step == count else ""
                print(f"\r{stage}: step {step}/{count}", end=end, file=sys.stderr, flush=True)
    return losses


def finish(run, stage, losses):
    """The content of a golden file, from a trained run."""
    names = [run.sample() for _ in range(SAMPLES)]
    nats = [nat for doc in run.docs[1000:1300] for nat in run.nats(doc)]
    held_out_loss = added(nats) / len(nats)
    return {"stage": stage, "names": names, "losses": losses, "held_out_loss": held_out_loss}


def layout(golden):
    """JSON with one loss a line, so that a change shows as the steps it touches."""
    losses = ",\n".join(repr(loss) for loss in golden["losses"])
    return (
        f'{{\n"stage": {json.dumps(golden["stage"])},\n"names": {json.dumps(golden["names"])},\n'
        f'"losses": [\n{losses}\n],\n"held_out_loss": {golden["held_out_loss"]!r}\n}}\n'
    )


def differs(a, b):
    return not abs(a - b) <= TOLERANCE  # true for NaN too


def difference(stage, docs, file, steps):
    """What the first steps of a stage and its golden file disagree about, or None."""
    try:
        golden = json.loads(file.read_text(encoding="utf-8"))
        expected, names, held_out_loss = (golden[k] for k in ("losses", "names", "held_out_loss"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        return f"{stage}: no golden file to compare with: {error!r}"
    run = STAGES[stage](docs, len(expected))
    losses = train(run, stage, min(steps, len(expected)))
    for step, (ours, theirs) in enumerate(zip(losses, expected), start=1):
        if differs(ours, theirs):
            return f"{stage}: step {step}: loss {ours!r}, the golden file has {theirs!r}"
    if len(losses) == len(expected):
        end = f"{stage}: after step {len(losses)}"
        ours = finish(run, stage, losses)
        if ours["names"] != names:
            return f"{end}: names {ours['names']}, the golden file has {names}"
        if differs(ours["held_out_loss"], held_out_loss):
            found = ours["held_out_loss"]
            return f"{end}: held-out loss {found!r}, the golden file has {held_out_loss!r}"
    return None


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description="Make or check the golden files.",
        usage="%(prog)s [NAMES.txt] [--stages STAGE ...] [--steps N] [--out DIR] [--check]",
    )
    parser.add_argument("names", nargs="?", type=Path, default=ROOT / "microgpt_ref/ssa2018.txt")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--steps", type=int, help=f"{STEPS}, or {CHECKED_STEPS} with --check")
    parser.add_argument("--out", type=Path, default=here, help="the folder of the golden files")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    args = parser.parse_args()
    steps = args.steps if args.steps is not None else CHECKED_STEPS if args.check else STEPS
    if steps < 1:
        parser.error(f"--steps {steps}: must be 1 or more")
    try:
        docs = plain.read_docs(args.names)
    except OSError as error:
        parser.error(f"cannot read the names: {error}")
    if len(docs) < 1300:
        parser.error(f"{args.names}: {len(docs)} names, and the held-out ones end at 1300")

    gc.disable()  # about twice as fast; train() collects by itself
    failed = False
    for stage in args.stages:
        file = args.out / f"{stage}.json"
        if args.check:
            problem = difference(stage, docs, file, steps)
            print(problem or f"{stage}: agrees", flush=True)
            failed = failed or problem is not None
        else:
            run = STAGES[stage](docs, steps)
            golden = finish(run, stage, train(run, stage, steps))
            args.out.mkdir(parents=True, exist_ok=True)
            file.write_text(layout(golden), encoding="utf-8")
            print(f"{stage}: held-out loss {golden['held_out_loss']:.4f}, {file}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
