"""The tokenizer: ids in sorted order, one more for both ends, and whatever was encoded back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgpt_ref.data import load_docs
from microgpt_ref.tokenizer import Tokenizer


def test_ids_follow_the_sorted_characters():
    tokenizer = Tokenizer(["cab", "bad"])
    assert tokenizer.characters == ["a", "b", "c", "d"]
    assert (tokenizer.bos, tokenizer.vocab_size) == (4, 5)
    assert tokenizer.encode("bad") == [4, 1, 0, 3, 4]
    assert tokenizer.characters_to_ids("cab") == [2, 0, 1]


def test_names_have_27_tokens():
    tokenizer = Tokenizer(load_docs())
    assert "".join(tokenizer.characters) == "abcdefghijklmnopqrstuvwxyz"
    assert (tokenizer.bos, tokenizer.vocab_size) == (26, 27)


def test_empty_document_is_bos_twice():
    tokenizer = Tokenizer(["a"])
    assert tokenizer.encode("") == [1, 1]
    assert tokenizer.decode([1, 1]) == ""


def test_decode_leaves_bos_out_wherever_it_stands():
    assert Tokenizer(["ab"]).decode([2, 0, 2, 1, 1, 2]) == "abb"


@pytest.mark.parametrize("method", ["encode", "characters_to_ids"])
def test_unknown_character_is_named_with_those_known(method):
    with pytest.raises(ValueError, match="'é' is not in the vocabulary: abc"):
        getattr(Tokenizer(["cab"]), method)("acé")


@given(st.lists(st.text(max_size=8), min_size=1, max_size=5))
@pytest.mark.no_cover
def test_round_trip(docs):
    tokenizer = Tokenizer(docs)
    for doc in docs:
        tokens = tokenizer.encode(doc)
        assert len(tokens) == len(doc) + 2
        assert tokens[0] == tokens[-1] == tokenizer.bos
        assert all(0 <= token < tokenizer.bos for token in tokens[1:-1])
        assert tokenizer.decode(tokens) == doc
