"""Python's random numbers in machine code: the Mersenne Twister, taken over and handed back.

`random.Random` draws with the generator of Matsumoto and Nishimura (1998): 624 words of 32 bits,
and how many of them have been used. `words_of` copies those out of a random.Random and `hand_back`
puts them in again, so that compiled code can draw in between, and whoever draws after it gets the
numbers that would have come anyway.

`random`, `choice` and `shuffle` return what Random's methods `random`, `choices` and `shuffle`
return, to the last bit.
"""

import numba
import numpy as np

WORDS, MIDDLE = 624, 397
USED = WORDS  # the entry after the words says how many of them have been used

inlined = numba.njit(error_model="numpy")


def words_of(rng):
    """The state (625,) of a random.Random."""
    _, words, _ = rng.getstate()
    return np.array(words, np.uint32)


def hand_back(words, rng):
    """Put a state (625,) into a random.Random."""
    version, _, gauss_next = rng.getstate()
    rng.setstate((version, tuple(words.tolist()), gauss_next))


@inlined
def twist(words):
    """Makes the next 624 words out of the last ones."""
    for i in range(WORDS):
        joined = (words[i] & np.uint32(0x80000000)) | (
            words[(i + 1) % WORDS] & np.uint32(0x7FFFFFFF)
        )
        odd = np.uint32(0x9908B0DF) if joined & np.uint32(1) else np.uint32(0)
        words[i] = words[(i + MIDDLE) % WORDS] ^ (joined >> np.uint32(1)) ^ odd
    words[USED] = 0


@inlined
def next_word(words):
    """32 random bits."""
    if words[USED] >= WORDS:
        twist(words)
    y = words[words[USED]]
    words[USED] += np.uint32(1)
    y ^= y >> np.uint32(11)
    y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
    y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
    return y ^ (y >> np.uint32(18))


@inlined
def random(words):
    """A float from 0 up to 1, of 53 random bits."""
    high = np.float64(next_word(words) >> np.uint32(5))
    low = np.float64(next_word(words) >> np.uint32(6))
    return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0)


@inlined
def choice(words, sums, n):
    """A number below n, each as likely as its weight; sums (n,) are those of the weights so far."""
    at = random(words) * sums[n - 1]
    found = 0
    for i in range(n - 1):
        found += at >= sums[i]
    return found


@numba.njit(error_model="numpy", cache=True)
def shuffle(words, x):
    """Puts the entries of x in another order, as random.Random.shuffle does with a list."""
    for i in range(len(x) - 1, 0, -1):
        bits = 0
        while (i + 1) >> bits:
            bits += 1
        j = i + 1
        while j > i:
            j = np.int64(next_word(words) >> np.uint32(32 - bits))
        x[i], x[j] = x[j], x[i]
