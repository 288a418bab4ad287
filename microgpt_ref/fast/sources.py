"""What several processes learn from, each its share: documents of a data set, or blocks of a text.

A source has the model to begin with, and `inputs_and_targets`, which depend on the step's number
and on nothing that came before it.
"""

import math
import random
from pathlib import Path

import torch

from microgpt_ref.data import load_docs
from microgpt_ref.fast.processes import share
from microgpt_ref.fast.stream import Text
from microgpt_ref.fast.torch import padded
from microgpt_ref.model import Model, new_model
from microgpt_ref.tokenizer import Tokenizer


class Names:
    """Documents of a data set, in the order and with the first weights of `train`."""

    def __init__(self, options, settings):
        docs, rng = load_docs(options.names), random.Random(options.seed)
        rng.shuffle(docs)
        self.model = new_model(Tokenizer(docs), rng, settings)
        self.docs, self.batch = docs, options.batch

    def inputs_and_targets(self, step, device):
        """This process's share of a step's documents, (B, T) each."""
        first = step * self.batch
        chosen = share([self.docs[(first + b) % len(self.docs)] for b in range(self.batch)])
        return padded([self.model.cut(self.model.tokenizer.encode(doc)) for doc in chosen], device)


class Stream:
    """Blocks of a text; the first weights are drawn by PyTorch, in a moment however many."""

    def __init__(self, options, settings):
        self.text = Text(Path(options.text), settings.block_size)
        if options.save:
            self.text.check_savable()
        shapes = settings.shapes(self.text.tokenizer.vocab_size)
        generator = torch.Generator().manual_seed(options.seed)
        spread = 0.08 * math.sqrt(16 / settings.n_embd)  # 0.08 at the course's width
        drawn = {name: spread * torch.randn(s, generator=generator) for name, s in shapes.items()}
        self.model = Model(settings, self.text.tokenizer, drawn)
        self.batch, self.seed = options.batch, options.seed

    def inputs_and_targets(self, step, device):
        """This process's share of a step's blocks, (B, block_size) each."""
        tokens = torch.from_numpy(
            self.text.blocks(share(self.text.starts(step, self.batch, self.seed)))
        ).to(device)
        return tokens[:, :-1], tokens[:, 1:]
