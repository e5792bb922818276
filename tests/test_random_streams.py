"""Random streams are those of numpy's own seed sequences."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnnsweep import random_streams
from rnnsweep.random_streams import stream

NAMES = sorted(
    value for name, value in vars(random_streams).items() if name[0] != "_" and name.isupper()
)


@given(st.integers(0, 2**200), st.sampled_from([*NAMES, "train data 7", "x"]))
@example(0, "train data")
@example(2**32 - 1, "train data")
@example(2**32, "train data")
@example(2**63 - 1, "train data")
@example(2**128 - 1, "train data")
@example(2**128, "train data")
def test_a_stream_is_that_of_its_seed_and_name(seed, name):
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(name.encode()))
    expected = np.random.default_rng(sequence)
    assert stream(seed, name).bit_generator.state == expected.bit_generator.state


@pytest.mark.parametrize("seed", [0, 7])
def test_streams_differ(seed):
    first = {stream(s, name).random() for s in (seed, seed + 1) for name in NAMES}
    assert len(first) == 2 * len(NAMES)
