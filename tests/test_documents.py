"""Documents kept compactly: the same texts, tokens, order and errors, in little memory."""

import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import environment
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
from microgpt_ref import fast  # noqa: E402
from microgpt_ref.data import load_docs, read_docs  # noqa: E402
from microgpt_ref.fast import documents  # noqa: E402
from microgpt_ref.model import new_model  # noqa: E402
from microgpt_ref.settings import Settings  # noqa: E402
from microgpt_ref.tokenizer import Tokenizer  # noqa: E402

ODD = "ab \n\r\té\x85李\x0b\u2028\ufeff👩"
PER_FUNCTION = [HealthCheck.function_scoped_fixture]


def outcome(function, *arguments):
    """What comes of a call: a list, or the error's kind and text."""
    try:
        return list(function(*arguments))
    except (ValueError, OSError) as error:
        return type(error), str(error)


@hypothesis_settings(max_examples=300, suppress_health_check=PER_FUNCTION)
@given(
    content=st.one_of(st.binary(max_size=40), st.text(ODD, max_size=40).map(str.encode)),
    piece=st.sampled_from([1, 2, 7, 1 << 18]),
    large=st.sampled_from([-1, 1 << 30]),
    narrow=st.sampled_from([2, 255]),
)
def test_any_file_is_read_as_the_reference_reads_it(content, piece, large, narrow, tmp_path):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "PIECE", piece)
        patch.setattr(documents, "LARGE", large)
        patch.setattr(documents, "NARROW", narrow)
        assert outcome(documents.read, path) == outcome(read_docs, path)


def test_embedded_names_in_their_order_and_shuffled():
    docs, texts = load_docs(), documents.load("ssa2018")
    tokenizer = Tokenizer(docs)
    assert list(texts) == docs and texts.characters == tokenizer.characters
    assert texts.flat.dtype == np.uint8
    one, two = random.Random(42), random.Random(42)
    one.shuffle(docs)
    texts.shuffle(two)
    assert list(texts) == docs and one.getstate() == two.getstate()
    assert texts[5] == docs[5] and texts[-1] == docs[-1] and list(texts[7:9]) == docs[7:9]
    expected = [tokenizer.encode(doc)[:6] for doc in docs]
    assert list(texts.encoded(tokenizer, 5)) == expected
    assert list(documents.Listed(docs).encoded(tokenizer, 5)) == expected


def test_machine_code_shuffles_alike(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(documents, "MANY", 10)
    docs, texts = load_docs(), documents.load("ssa2018")
    one, two = random.Random(42), random.Random(42)
    one.shuffle(docs)
    texts.shuffle(two)
    assert list(texts[:500]) == docs[:500] and one.getstate() == two.getstate()


@hypothesis_settings(max_examples=60)
@given(docs=st.lists(st.text("ab\nc\ré李👩", max_size=6), min_size=1, max_size=6))
@pytest.mark.no_cover
def test_lists_are_encoded_as_the_tokenizer_does(docs):
    def by_one(tokenizer):
        return [tokenizer.encode(doc)[:4] for doc in docs]

    def as_a_whole(tokenizer):
        return documents.Listed(docs).encoded(tokenizer, 3)

    for known in (docs, ["ab"], ["ab\nc"]):
        tokenizer = Tokenizer(known)
        assert outcome(as_a_whole, tokenizer) == outcome(by_one, tokenizer)


def test_texts_for_another_tokenizer(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("anna\nbob\ncai\n", encoding="utf-8")
    texts, wider = documents.read(path), Tokenizer(["abcdefghijklmnopqrstuvwxyz"])
    assert list(texts.encoded(wider)) == [wider.encode(doc) for doc in texts]
    narrower = Tokenizer(["abno"])
    with pytest.raises(ValueError, match="character 'c' is not in the vocabulary: abno"):
        texts.encoded(narrower)
    assert list(texts[:2].encoded(narrower)) == [narrower.encode(doc) for doc in texts[:2]]


def test_more_characters_than_a_byte_holds(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("\n".join(map(chr, range(0x4E00, 0x4E00 + 300))), encoding="utf-8")
    texts = documents.read(path)
    assert list(texts) == read_docs(path)
    assert texts.flat.dtype == np.int32 and len(texts.characters) == 300


def test_what_is_packed_of_lists_and_of_documents_is_the_same():
    tokenizer = Tokenizer(["anna", "bob"])
    kept = documents.Listed(["anna", "bob", ""]).encoded(tokenizer, 4)
    for some in (kept, list(kept)):
        tokens, starts = documents.packed(some, tokenizer.vocab_size)
        assert tokens.dtype == np.uint8 and starts.dtype == np.int64
        parts = [tokens[first:end].tolist() for first, end in itertools.pairwise(starts)]
        assert parts == list(kept)


@pytest.mark.parametrize("engine", ["numpy", "batch", "simd"])
def test_mapped_and_listed_documents_have_equal_losses(engine, tmp_path, monkeypatch):
    try:
        fast.check_engine(engine)
    except ValueError as error:
        pytest.skip(str(error))
    path = tmp_path / "names.txt"
    path.write_text("\n".join(load_docs()[:300]), encoding="utf-8")
    losses = []
    for large in (1 << 30, -1):
        monkeypatch.setattr(documents, "LARGE", large)
        docs, rng = fast.load_docs(path, engine), random.Random(1)
        fast.shuffle(docs, rng)
        model = new_model(fast.tokenizer_of(docs), rng, Settings("train4"))
        losses.append(fast.fit(model, docs, 30, engine=engine))
    docs, rng = read_docs(path), random.Random(1)
    rng.shuffle(docs)
    model = new_model(Tokenizer(docs), rng, Settings("train4"))
    losses.append(fast.fit(model, docs, 30, engine=engine))
    assert losses[0] == losses[1] == losses[2]


READING = """\
import random, resource, sys
from microgpt_ref import fast
from microgpt_ref.fast import documents, twister
import numpy as np
twister.shuffle(twister.words_of(random.Random(1)), np.arange(9))
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
docs = fast.load_docs(sys.argv[1], "simd")
docs.shuffle(random.Random(1))
docs.encoded(fast.tokenizer_of(docs), 16)
print(len(docs), peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
def test_half_a_million_names_take_little_memory(tmp_path):
    pytest.importorskip("numba")
    path = tmp_path / "many.txt"
    names = load_docs()
    path.write_text("\n".join(names * 16), encoding="utf-8")
    command = [sys.executable, "-c", READING, str(path)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, megabytes = done.stdout.split()
    assert int(count) == 16 * len(names)
    assert float(megabytes) < 60  # a list of strings takes 33 more, and lists of tokens 90
    assert Path(path).stat().st_size > 3_000_000
