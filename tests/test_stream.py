"""A text on disk: its tokens, and the blocks that a step takes, whatever came before."""

import random

import pytest

np = pytest.importorskip("numpy")

from microgpt_ref.fast import stream  # noqa: E402 - needs NumPy
from microgpt_ref.tokenizer import Tokenizer  # noqa: E402


@pytest.fixture
def path(tmp_path):
    """A text of three kinds of bytes."""
    path = tmp_path / "text.txt"
    path.write_bytes(b"ab\nba\n" * 10)
    return path


def test_tokens_are_those_of_the_documents_that_the_lines_are(path):
    text = stream.Text(path, 5)
    tokens = text.blocks([0, 1])
    assert tokens.tolist() == [[0, 1, 2, 1, 0, 2], [1, 2, 1, 0, 2, 0]]
    assert text.tokenizer.characters == Tokenizer(["ab"]).characters
    assert text.tokenizer.encode("ba") == [2, *tokens[0][3:]]


def test_vocabulary_is_that_of_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 7)
    path = tmp_path / "text.txt"
    path.write_bytes(b"abc\n" * 10 + b"z")
    text = stream.Text(path, 4)
    assert text.tokenizer.characters == ["a", "b", "c", "z"] and len(text) == 41
    assert text.counts()[ord("b")] == 10 and text.counts().sum() == 41


def test_blocks_of_a_step_depend_on_seed_and_step_alone(path):
    text = stream.Text(path, 5)
    forward = [text.starts(step, 4, 42).tolist() for step in range(50)]
    order = random.Random(1).sample(range(50), 50)
    assert all(text.starts(step, 4, 42).tolist() == forward[step] for step in order)
    assert len({*map(tuple, forward)}) > 40
    assert text.starts(0, 4, 43).tolist() != forward[0]


def test_every_place_is_drawn_from_which_a_block_fits(path):
    text = stream.Text(path, 57)  # of 60: at 0, 1 and 2
    assert {*text.starts(0, 100, 1).tolist()} == {0, 1, 2}
    assert text.blocks([2]).shape == (1, 58)
    assert {*stream.Text(path, 59).starts(0, 100, 1).tolist()} == {0}


@pytest.mark.parametrize("size", [60, 1000])
def test_a_text_shorter_than_a_block_is_refused(path, size):
    with pytest.raises(ValueError, match=f"has 60 bytes: a block of {size} needs {size + 1} or"):
        stream.Text(path, size)


def test_an_empty_text_and_one_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "empty.txt").touch()
    with pytest.raises(ValueError, match="has 0 bytes"):
        stream.Text(tmp_path / "empty.txt", 5)
    with pytest.raises(OSError, match=r"can't read .*none.txt \(No such file"):
        stream.Text(tmp_path / "none.txt", 5)


def test_only_a_text_of_plain_characters_can_be_saved_as_a_model(tmp_path, path):
    stream.Text(path, 5).check_savable()
    (tmp_path / "tab.txt").write_bytes("a\tbé\n".encode("latin-1") * 5)
    stream.Text(tmp_path / "tab.txt", 5).check_savable()
    (tmp_path / "odd.txt").write_bytes(b"a\x85b\n" * 5)
    with pytest.raises(ValueError, match="the byte 133 in its vocabulary: leave out --save"):
        stream.Text(tmp_path / "odd.txt", 5).check_savable()
