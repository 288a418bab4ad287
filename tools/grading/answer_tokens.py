"""Answers as tokens, and how alike two of them are; nothing here runs or parses an answer.

Comments, layout and docstrings are dropped. A name becomes a mere `name`, except Python's own and
those behind a dot, so that renaming changes nothing. Of the tokens that are left, every sequence of
a few is a fingerprint, as in Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
document fingerprinting" (SIGMOD 2003). Answers are short, so all fingerprints are kept.
"""

import builtins
import io
import keyword
import re
import tokenize

LONGEST = 20_000  # characters of an answer that are looked at
OWN = {*keyword.kwlist, *dir(builtins)}  # names that mean the same everywhere
LAYOUT = (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING, tokenize.DEDENT, tokenize.ENDMARKER)
STARTS = (tokenize.NEWLINE, tokenize.INDENT)  # after which a statement begins
IN_CODE, IN_WORDS = 6, 4  # tokens of a fingerprint


def tokens_of_code(text):
    """The tokens of some Python, as far as it can be taken apart."""
    found, before = [], None
    for kind, word in read(text[:LONGEST]):
        is_docstring = kind == tokenize.STRING and before in (None, *STARTS)
        if kind == tokenize.NAME:
            behind_a_dot = found[-1:] == ["."]
            found.append(word if word in OWN or behind_a_dot else "name")
        elif kind == tokenize.STRING and not is_docstring:
            found.append("text")
        elif kind in (tokenize.NUMBER, tokenize.OP):
            found.append(word)
        before = kind
    return found


def read(text):
    """(kind, text) of Python's tokens, up to where they end or can't be told."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type not in LAYOUT:
                yield token.type, token.string
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError, MemoryError):
        return


def tokens_of_words(text):
    """The words of an answer, in small letters."""
    return re.findall(r"\w+", text[:LONGEST].casefold())


def fingerprints(tokens, length):
    """The set of all sequences of so many tokens; of fewer tokens it is the whole."""
    if len(tokens) < length:
        return {tuple(tokens)} if tokens else set()
    return set(zip(*(tokens[i:] for i in range(length))))


def likeness(one, other):
    """The share of two sets of fingerprints that is in both, from 0 to 1 (Dice's coefficient)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
