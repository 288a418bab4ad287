"""Documents kept compactly: a million names in about 20 MB, a file of any size on the disk.

A list of strings takes some 60 bytes for each name, and lists of tokens several hundred. `Texts`
keep all tokens in one array, which begins and ends with BOS, and two neighbours share the BOS
between them:

    flat      BOS e m m a BOS a v a BOS …
    starts    where the BOS before each document stands
    lengths   how many positions each has: its characters and one more

To shuffle the texts is to shuffle `starts` and `lengths`. Those that are learned from then stand
one after another in `Documents`, so that training goes through memory in a straight line. What
comes of a file of more than LARGE bytes is kept in temporary files, which the system maps into
memory and out again as needed.
"""

import io
import os
import random
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from microgpt_ref.data import (
    bad_byte,
    bad_character,
    find_names,
    fits_in_a_line,
    no_documents,
    unreadable,
)

LARGE = 1 << 30  # bytes of a file; what comes of a larger one is kept on the disk
PIECE = 1 << 18  # bytes that are read at a time
MANY = 300_000  # documents from which on machine code shuffles them, if Numba is installed
NARROW = 255  # characters that leave room for BOS in a byte
BOM = b"\xef\xbb\xbf"


class Documents(Sequence):
    """Lists of token ids, cut to a block: what `Learner` takes.

    Document i is tokens[starts[i] : starts[i + 1]], in the order in which they are learned from.
    """

    def __init__(self, tokens, starts):
        self.tokens, self.starts = tokens, starts

    def __len__(self):
        return len(self.starts) - 1

    def __getitem__(self, i):
        if isinstance(i, slice):
            first, end, step = i.indices(len(self))
            if step == 1:
                return Documents(self.tokens, self.starts[first : max(first, end) + 1])
            return [self[j] for j in range(first, end, step)]
        i = range(len(self))[i]
        return self.tokens[self.starts[i] : self.starts[i + 1]].tolist()

    @property
    def lengths(self):
        """How many positions each document has."""
        return np.diff(self.starts) - 1

    def encoded(self, tokenizer, block_size=None):
        """These documents, which are encoded already."""
        return self


class Texts(Sequence):
    """Texts, read-only but for their order.

    characters: all that occur, sorted; the ids in `flat` are their places, and one more is BOS
    """

    def __init__(self, characters, flat, starts, lengths):
        self.characters = characters
        self.flat, self.starts, self.lengths = flat, starts, lengths

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, i):
        if isinstance(i, slice):
            return Texts(self.characters, self.flat, self.starts[i], self.lengths[i])
        start = self.starts[i] + 1
        ids = self.flat[start : start + self.lengths[i] - 1].tolist()
        return "".join([self.characters[token] for token in ids])

    def shuffle(self, rng):
        """Put the texts in the order in which rng.shuffle would put a list of them."""
        if len(self) >= MANY and type(rng) is random.Random and shuffled_by_machine(self, rng):
            return
        order = list(range(len(self)))
        rng.shuffle(order)
        self.starts, self.lengths = self.starts[order], self.lengths[order]

    def encoded(self, tokenizer, block_size=None):
        """The Documents of these texts; raises ValueError as the tokenizer does."""
        ids = [tokenizer.ids.get(character, -1) for character in self.characters]
        if -1 in ids:
            check_known(self, tokenizer, ids)
        table = np.array([*ids, tokenizer.bos]).astype(kind_for(tokenizer.vocab_size))
        sizes = self.lengths + np.int32(1)
        if block_size:
            np.minimum(sizes, np.int32(block_size + 1), out=sizes)
        starts = np.zeros(len(self) + 1, np.int64)
        np.cumsum(sizes, out=starts[1:])
        tokens = room(starts[-1], table.dtype, starts[-1] > LARGE)
        for first in range(0, len(self), PIECE // 8):  # each with about as many tokens as a piece
            some = slice(first, min(len(self), first + PIECE // 8))
            begin, end = starts[some.start], starts[some.stop]
            shift = np.repeat(self.starts[some] - starts[some], sizes[some])
            tokens[begin:end] = table[self.flat[np.arange(begin, end) + shift]]
        return Documents(tokens, starts)


def check_known(texts, tokenizer, ids):
    """Raise the tokenizer's error for the first text with a character that it lacks."""
    known = np.array([token >= 0 for token in ids] + [True])
    for i in range(len(texts)):
        start = texts.starts[i]
        if not known[texts.flat[start : start + texts.lengths[i]]].all():
            tokenizer.encode(texts[i])


def shuffled_by_machine(texts, rng):
    """True after machine code has put the texts in order; it needs Numba."""
    try:
        from microgpt_ref.fast import twister
    except ImportError:
        return False
    words = twister.words_of(rng)
    twister.shuffle(words.copy(), texts.starts)
    twister.shuffle(words, texts.lengths)
    twister.hand_back(words, rng)
    return True


def kind_for(vocab_size):
    """The smallest kind of number for the tokens: one for nearly all alphabets, to compile for."""
    return np.uint8 if vocab_size <= NARROW + 1 else np.int32


# From a list


class Listed(Sequence):
    """A list of strings that is encoded as a whole, which is quicker than one by one."""

    def __init__(self, docs):
        self.docs = docs

    def __len__(self):
        return len(self.docs)

    def __getitem__(self, i):
        return Listed(self.docs[i]) if isinstance(i, slice) else self.docs[i]

    def encoded(self, tokenizer, block_size=None):
        """The Documents of these strings; raises ValueError as the tokenizer does."""
        return compact(self.docs, tokenizer).encoded(tokenizer, block_size)


def compact(docs, tokenizer):
    """The Texts of a list of strings, with the tokenizer's ids; raises ValueError as it does."""
    taken = set(tokenizer.characters)
    mark = next(chr(code) for code in range(10, 0x110000) if chr(code) not in taken)
    text = mark + mark.join(docs) + mark
    codes = codes_of(text)
    if text.count(mark) != len(docs) + 1 or not (set(text) - {mark}) <= taken:
        for doc in docs:
            tokenizer.encode(doc)
    table = np.zeros(1 + int(codes.max()), kind_for(tokenizer.vocab_size))
    for token, character in enumerate(tokenizer.characters):
        if ord(character) < len(table):
            table[ord(character)] = token
    table[ord(mark)] = tokenizer.bos
    flat = table[codes]
    starts, lengths = np.empty(len(docs), np.int64), np.empty(len(docs), np.int32)
    find_documents(flat, tokenizer.bos, starts, lengths)
    return Texts(tokenizer.characters, flat, starts, lengths)


def codes_of(text):
    """The code points of a text, an array."""
    if not text:
        return np.zeros(0, np.uint8)
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def find_documents(flat, bos, starts, lengths):
    """Fill in where the documents between the BOS of `flat` are, a piece at a time."""
    found, last = 0, -1
    for first in range(0, len(flat), PIECE):
        at = first + np.flatnonzero(flat[first : first + PIECE] == bos)
        ends = at if last >= 0 else at[1:]
        begins = np.concatenate([[last], at[:-1]]) if last >= 0 else at[:-1]
        starts[found : found + len(ends)] = begins
        lengths[found : found + len(ends)] = ends - begins
        found += len(ends)
        last = at[-1] if len(at) else last


def packed(documents, vocab_size):
    """The tokens and starts of some Documents, or of lists of tokens."""
    if not isinstance(documents, Documents):
        documents = from_lists(documents, vocab_size)
    return documents.tokens, documents.starts


def from_lists(documents, vocab_size):
    """The Documents of some lists of tokens."""
    starts = np.cumsum([0, *map(len, documents)])
    tokens = np.fromiter(chain.from_iterable(documents), kind_for(vocab_size), starts[-1])
    return Documents(tokens, starts)


# From a file


def load(names):
    """The Texts of a list, as `data.load_docs` finds it."""
    return read(find_names(names))


def read(path):
    """The Texts of a UTF-8 text file, as `data.read_docs` reads it, with the same errors."""
    try:
        with open(path, "rb") as file:
            if not Path(path).is_file():  # such as a pipe, whose size nobody knows
                content = file.read()
                return Reader(path, len(content)).read(io.BytesIO(content))
            return Reader(path, os.fstat(file.fileno()).st_size).read(file)
    except OSError as error:
        raise unreadable(path, error) from None


class Reader:
    """Reads a file piece by piece; a character gets the next free id where it is first met.

    table: the id of each code point, or -1; a new line, between two documents, has the id 0
    flat: the ids so far, `end` of them; there are no more than one for each byte, and two
    invalid: control characters, each with the line in which it is first met
    """

    def __init__(self, path, size):
        self.path, self.size, self.mapped = path, size, size > LARGE
        self.table = np.full(128, -1, np.int32)
        self.table[10] = 0
        self.characters = ["\n"]
        self.invalid = {}
        self.lines = 1
        self.flat = room(size + 2, np.uint8, self.mapped)
        self.flat[0], self.end = 0, 1

    def read(self, file):
        """All that the file holds."""
        rest, done = file.read(len(BOM)), 0
        left = self.size - len(rest)
        if BOM.startswith(rest):  # all of it, or a part that says no more
            rest = b""
        while piece := file.read(min(PIECE, left)):
            left -= len(piece)
            whole, end, after = piece.rpartition(b"\n")
            if end:
                self.take(rest + whole + end, done)
                done += len(rest) + len(whole) + len(end)
                rest = after
            else:
                rest += piece
        self.take(rest, done)
        if self.invalid:
            character = min(self.invalid)
            raise bad_character(self.path, character, self.invalid[character])
        return self.texts()

    def take(self, piece, done):
        """Add the documents of some whole lines; `done` bytes came before them."""
        try:
            text = piece.decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_byte(self.path, done + error.start) from None
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        codes = codes_of(text)
        self.learn(codes, text)
        self.lines += text.count("\n")
        if not text.isascii() or " " in text or "\t" in text or "\n\n" in text or text[:1] == "\n":
            stripped = (line.strip() for line in text.split("\n"))
            codes = codes_of("".join([line + "\n" for line in stripped if line]))
        elif text and text[-1] != "\n":
            codes = np.append(codes, np.uint8(10))
        if len(self.characters) > NARROW and self.flat.dtype == np.uint8:
            self.widen()
        begin, self.end = self.end, self.end + len(codes)
        self.flat[begin : self.end] = self.table[codes]

    def widen(self):
        """Go over to ids of four bytes."""
        before = self.flat[: self.end]
        self.flat = room(self.size + 2, np.int32, self.mapped)
        self.flat[: self.end] = before

    def learn(self, codes, text):
        """Give ids to the characters of a text that have none."""
        top = int(codes.max(initial=0))
        if top >= len(self.table):
            longer = np.full(top + 1, -1, np.int32)
            longer[: len(self.table)] = self.table
            self.table = longer
        for code in np.unique(codes[self.table[codes] < 0]).tolist():
            self.table[code] = len(self.characters)
            self.characters.append(chr(code))
            if not fits_in_a_line(chr(code)):
                line = self.lines + text[: text.index(chr(code))].count("\n")
                self.invalid[chr(code)] = line

    def texts(self):
        """All documents, with ids in sorted order."""
        flat = self.flat[: self.end]
        counts = sum(np.bincount(piece, minlength=len(self.characters)) for piece in pieces(flat))
        count = int(counts[0]) - 1
        if not count:
            raise no_documents(self.path)
        characters = sorted(c for c, n in zip(self.characters[1:], counts[1:]) if n)
        ids = {character: token for token, character in enumerate(characters)}
        final = [len(characters), *(ids.get(c, 0) for c in self.characters[1:])]
        final = np.array(final).astype(flat.dtype)
        for piece in pieces(flat):
            piece[:] = final[piece]
        starts, lengths = (room(count, kind, self.mapped) for kind in (np.int64, np.int32))
        find_documents(flat, len(characters), starts, lengths)
        if len(characters) <= NARROW and flat.dtype != np.uint8:
            flat = flat.astype(np.uint8)
        return Texts(characters, flat, starts, lengths)


def pieces(array):
    """The array, a part at a time."""
    return (array[first : first + PIECE] for first in range(0, len(array), PIECE))


def room(count, kind, mapped):
    """An array to be filled in, in memory or in a temporary file without a name."""
    if not mapped:
        return np.empty(count, kind)
    return np.asarray(np.memmap(tempfile.TemporaryFile(), kind, "w+", shape=(count,)))
