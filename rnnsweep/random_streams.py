"""Random streams: each draw of a trial depends only on its seed and on the name of a stream."""

from operator import index

import numpy as np
from numpy.typing import NDArray

TRAIN_DATA = "train data"
VAL_DATA = "val data"
TEST_DATA = "test data"
INITIALIZATION = "initialization"
SHUFFLING = "shuffling"
DROPOUT = "dropout"
NOISE = "noise"

# Before a spawn key, NumPy pads a seed with zeros to this number of 32-bit words.
_SEED_WORDS = 4


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random generator of one named stream of a seed.

    Streams of different names are independent. No stream depends on a trial's position in its
    sweep, so that trials with the same seed share their data and their draws.

    The generator is that of ``SeedSequence(seed, spawn_key=tuple(name.encode()))``.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(_words(index(seed), name))))


def _words(seed: int, name: str) -> NDArray[np.uint32]:
    """Return the words that NumPy makes of a seed and a key, in a third of its time."""
    n_seed = max(_SEED_WORDS, -(-seed.bit_length() // 32))
    key = np.frombuffer(name.encode(), np.uint8)
    words = np.empty(n_seed + key.size, np.uint32)
    words[:n_seed] = np.frombuffer(seed.to_bytes(4 * n_seed, "little"), "<u4")
    words[n_seed:] = key
    return words
