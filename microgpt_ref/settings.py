"""What a model is like, and the checks of what comes from outside."""

import math
from dataclasses import asdict, dataclass

from microgpt_ref.stages import LAST, SIZES, STAGES, check_option, find_stage

MAX_TOKENS = 16  # in a sample of the stages that have no block_size


@dataclass(frozen=True)
class Settings:
    """Stage and sizes of a model. Raises ValueError for what can't be, naming the value.

    n_layer, n_embd, n_head, block_size: a stage that lacks one has None there
    """

    stage: str = LAST
    n_layer: int | None = None
    n_embd: int | None = None
    n_head: int | None = None
    block_size: int | None = None

    def __post_init__(self):
        options = find_stage(self.stage).options
        for name in SIZES:
            value = getattr(self, name)
            if value is not None:
                check_option(self.stage, name)
                check_positive(name, value)
            elif name in options:
                object.__setattr__(self, name, options[name])
        if self.n_head and self.n_embd % self.n_head:
            raise ValueError(
                f"n_embd {self.n_embd} can't be shared among {self.n_head} heads: "
                f"use a multiple of n_head {self.n_head}"
            )

    @property
    def max_tokens(self):
        """How many positions a document may have."""
        return self.block_size or MAX_TOKENS

    @property
    def row(self):
        """The stage's row in the table of stages."""
        return STAGES[self.stage]

    def sizes(self):
        """The sizes that this stage has, by name."""
        return {name: value for name, value in asdict(self).items() if name in self.row.options}

    def shapes(self, vocab_size):
        """The shapes (rows, columns) of the weights, by name, in drawing order."""
        return self.row.shapes(vocab_size, self)


def check_positive(name, value):
    """Raise ValueError unless the value is a whole number, 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} {value!r} is out of range: use a whole number, 1 or more")


def check_temperature(value):
    """Raise ValueError unless the value is a finite number above 0."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"temperature {value!r} is out of range: use a finite number above 0")


def check_optimizer(stage, optimizer):
    """Raise ValueError unless the stage has an optimizer of this name."""
    rates = find_stage(stage).rates
    if optimizer not in rates:
        raise ValueError(f"unknown optimizer {optimizer!r} for {stage}: use {' or '.join(rates)}")
