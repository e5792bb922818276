"""Random streams: every draw of a trial comes from its seed and the stream's name alone."""

import numpy as np

TRAIN_DATA = "train data"
VAL_DATA = "val data"
TEST_DATA = "test data"
INITIALIZATION = "initialization"
SHUFFLING = "shuffling"
DROPOUT = "dropout"


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named stream of a seed.

    Streams of different names are independent, and no stream depends on a trial's position in
    its sweep, so trials that share a seed share their data and their draws.
    """
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(name.encode())))
