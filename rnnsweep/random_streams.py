"""Random streams: every draw of a trial comes from its seed and the stream's name alone."""

from operator import index

import numpy as np
from numpy.typing import NDArray

TRAIN_DATA = "train data"
VAL_DATA = "val data"
TEST_DATA = "test data"
INITIALIZATION = "initialization"
SHUFFLING = "shuffling"
DROPOUT = "dropout"

# 32-bit words of a seed that numpy fills up with zeros before a spawn key.
_SEED_WORDS = 4


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named stream of a seed.

    Streams of different names are independent, and no stream depends on a trial's position in
    its sweep, so trials that share a seed share their data and their draws.

    It is that of ``SeedSequence(seed, spawn_key=tuple(name.encode()))``.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(_words(index(seed), name))))


def _words(seed: int, name: str) -> NDArray[np.uint32]:
    """Return the words that numpy would make of the seed and the key, in three times the time."""
    n_seed = max(_SEED_WORDS, -(-seed.bit_length() // 32))
    key = np.frombuffer(name.encode(), np.uint8)
    words = np.empty(n_seed + key.size, np.uint32)
    words[:n_seed] = np.frombuffer(seed.to_bytes(4 * n_seed, "little"), "<u4")
    words[n_seed:] = key
    return words
