"""Many names at a time, in float32: a call of NumPy costs the same, and does more.

The positions of all names of a batch are packed, one under another, as the N rows of one array:
no row is wasted on padding. Only attention has to know which rows belong to one name; there,
names are put side by side in an array (B, T, ...) as long as the longest, and what is missing at
the ends of the shorter ones is padding. No mask is needed for it: it stands after every position
of its name, where the mask of later positions is -inf already, and its own results are dropped.

The mean of the names' losses has the mean of their gradients as its gradient: a row of a name of
n positions has the share 1 / (n B) in it.
"""

import numpy as np

from microgpt_ref.fast import numpy as one_name


class Engine(one_name.Engine):
    """As the engine for one name; a step's documents go through together."""

    dtype = np.float32

    def backward(self, documents):
        return self.backward_rows(*self.rows(documents))

    def rows(self, documents):
        """tokens, positions, targets and shares, each (N,), of all rows of some documents.

        Remembers for attention which name (0 to B - 1) each row belongs to, and where it stands.
        """
        lengths = np.array([len(document) - 1 for document in documents])
        tokens = np.array([token for document in documents for token in document[:-1]])
        targets = np.array([token for document in documents for token in document[1:]])
        names = np.repeat(np.arange(len(documents)), lengths)
        starts = np.cumsum(lengths) - lengths
        positions = np.arange(len(tokens)) - starts[names]
        self.places = names, positions
        self.padded_shape = len(documents), int(lengths.max())
        return (
            tokens,
            positions,
            targets,
            (1 / (lengths * len(documents)))[names].astype(self.dtype),
        )

    def split_heads(self, x):
        """(kinds, B, n_head, T, d) from rows (N, kinds · n_embd), with zeros as padding."""
        n_head = self.settings.n_head
        padded = np.zeros((*self.padded_shape, x.shape[1]), self.dtype)
        padded[self.places] = x
        size = self.settings.n_embd // n_head
        return padded.reshape(*self.padded_shape, -1, n_head, size).transpose(2, 0, 3, 1, 4)

    def join_heads(self, x):
        """Rows (N, kinds · n_embd) from (kinds, B, n_head, T, d)."""
        return x.transpose(1, 3, 0, 2, 4).reshape(*self.padded_shape, -1)[self.places]
