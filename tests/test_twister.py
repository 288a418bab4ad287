"""Python's generator in machine code: the same numbers, and the state that Python goes on with."""

import random
from itertools import accumulate

import pytest

np = pytest.importorskip("numpy")
numba = pytest.importorskip("numba")
from microgpt_ref.fast import twister  # noqa: E402


@numba.njit
def drawn(words, sums, count):
    """Some choices."""
    return [twister.choice(words, sums, len(sums)) for _ in range(count)]


@pytest.mark.parametrize("used", [0, 1, 623, 624, 5000])
def test_choices_are_python_s_and_leave_its_state(used):
    ours, python = random.Random(7), random.Random(7)
    for rng in (ours, python):
        rng.gauss(0, 1)  # leaves half of its pair in the state
        for _ in range(used):
            rng.getrandbits(32)
    weights = [0.1, 0.0, 0.5, 0.15, 0.25, 0.0]
    words = twister.words_of(ours)
    found = drawn(words, np.array([*accumulate(weights)]), 2000)
    twister.hand_back(words, ours)
    assert found == python.choices(range(6), weights=weights, k=2000)
    assert ours.getstate() == python.getstate()
    assert ours.gauss(0, 1) == python.gauss(0, 1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 31, 32, 33, 5000])
def test_shuffle_is_python_s_and_leaves_its_state(count):
    ours, python = random.Random(3), random.Random(3)
    expected, found = [*range(count)], np.arange(count)
    python.shuffle(expected)
    words = twister.words_of(ours)
    twister.shuffle(words, found)
    twister.hand_back(words, ours)
    assert found.tolist() == expected
    assert ours.getstate() == python.getstate()
