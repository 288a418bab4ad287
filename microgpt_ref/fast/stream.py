"""A text on disk as a stream of tokens, one for each byte, read where it's needed, never whole.

An end of line is BOS, so that lines are documents, and every other byte is a character. A training
step takes blocks from places that depend on the seed and on the step's number alone. A run that was
broken off therefore goes on with the blocks that it would have had.
"""

import numpy as np

from microgpt_ref.data import fits_in_a_line
from microgpt_ref.tokenizer import Tokenizer

END_OF_LINE = ord("\n")
CHUNK = 1 << 22  # bytes that are looked at together


class Text:
    """The tokens of a file, and the blocks of block_size + 1 of them that a step learns from.

    Raises OSError for a file that can't be read, and ValueError for one that is too short.
    """

    def __init__(self, path, block_size):
        try:
            size = path.stat().st_size
            self.bytes = np.memmap(path, np.uint8, "r") if size else np.empty(0, np.uint8)
        except OSError as error:
            raise type(error)(f"can't read {path} ({error.strerror}): use a text file") from None
        if size < block_size + 1:
            raise ValueError(
                f"{path} has {size} bytes: a block of {block_size} needs {block_size + 1} or more"
            )
        self.block_size = block_size
        present = np.flatnonzero(self.counts())
        self.tokenizer = Tokenizer([chr(byte) for byte in present if byte != END_OF_LINE])
        self.ids = np.full(256, self.tokenizer.bos)
        for character, token in self.tokenizer.ids.items():
            self.ids[ord(character)] = token

    def __len__(self):
        return len(self.bytes)

    def counts(self):
        """How often each byte occurs (256,)."""
        starts = range(0, len(self.bytes), CHUNK)
        chunks = (self.bytes[start : start + CHUNK] for start in starts)
        return sum(np.bincount(chunk, minlength=256) for chunk in chunks)

    def check_savable(self):
        """Raise ValueError for bytes that a saved model, whose documents are lines, can't name."""
        for character in self.tokenizer.characters:
            if not fits_in_a_line(character):
                raise ValueError(
                    f"a saved model can't have the byte {ord(character)} in its vocabulary: leave "
                    "out --save, as --checkpoint keeps the weights too, or take it out of the text"
                )

    def starts(self, step, batch, seed):
        """Where the blocks of a step, counted from 0, begin (batch,)."""
        places = len(self.bytes) - self.block_size  # where a whole block, and a token more, follows
        return np.random.default_rng([seed, step]).integers(0, places, batch)

    def blocks(self, starts):
        """The tokens (len(starts), block_size + 1) of the blocks that begin there."""
        places = np.asarray(starts)[:, None] + np.arange(self.block_size + 1)
        return self.ids[self.bytes[places]]
