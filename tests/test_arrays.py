"""The arrays that kernels take: nothing becomes infinite on the way into them."""

import numpy as np
import pytest

from rnnsweep.arrays import gather_sequences, make_sequences
from rnnsweep.params import Sizes

SIZES = Sizes(input=2, hidden=1, output=1)
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


@pytest.mark.parametrize("where", ["x", "y"])
def test_numbers_that_would_become_infinite_are_refused(where):
    arrays = {"x": np.zeros((3, 4, 2)), "y": np.zeros((3, 1))}
    arrays[where].flat[-1] = -1e39
    with pytest.raises(ValueError, match="infinite in float32"):
        make_sequences(**arrays, dtype=F32, sizes=SIZES, n_out=1)
    blocks = [(x[np.newaxis], y[np.newaxis], None) for x, y in zip(*arrays.values(), strict=True)]
    with pytest.raises(ValueError, match="infinite in float32"):
        gather_sequences(blocks, 3, F32, SIZES, 1)
    made = make_sequences(**arrays, dtype=F64, sizes=SIZES, n_out=1)
    np.testing.assert_array_equal(made.x, arrays["x"])
    np.testing.assert_array_equal(made.y[:, 0], arrays["y"])


def test_small_numbers_are_rounded():
    made = make_sequences(np.full((1, 2, 2), 1e-300), np.full((1, 1), 3e38), F32, SIZES, 1)
    assert not made.x.any()
    assert made.y.item() == np.float32(3e38)
