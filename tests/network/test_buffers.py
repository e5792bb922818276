"""The arrays that kernels take: where they begin, and that nothing becomes infinite in them."""

import numpy as np
import pytest
from some_cells import CELLS

from rnnsweep.kernels.views import CHECKED
from rnnsweep.network.buffers import (
    SequencesBuilder,
    empty_aligned,
    make_learner,
    make_sequences,
    make_work,
)
from rnnsweep.network.layout import Sizes, count_params
from rnnsweep.vocabulary import DTYPES

SIZES = Sizes(input=2, hidden=1, output=1)
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


@pytest.mark.parametrize("where", ["x", "y"])
def test_numbers_that_would_become_infinite_are_refused(where):
    arrays = {"x": np.zeros((3, 4, 2)), "y": np.zeros((3, 1))}
    arrays[where].flat[-1] = -1e39
    with pytest.raises(ValueError, match="infinite in float32"):
        make_sequences(**arrays, dtype=F32, sizes=SIZES, n_out=1)
    builder = SequencesBuilder(3, F32, SIZES, 1)
    *finite, (x, y) = zip(*arrays.values(), strict=True)
    for some_x, some_y in finite:
        builder.add(some_x[np.newaxis], some_y[np.newaxis])
    with pytest.raises(ValueError, match="infinite in float32"):
        builder.add(x[np.newaxis], y[np.newaxis])
    made = make_sequences(**arrays, dtype=F64, sizes=SIZES, n_out=1)
    np.testing.assert_array_equal(made.x, arrays["x"])
    np.testing.assert_array_equal(made.y[:, 0], arrays["y"])


def test_small_numbers_are_rounded():
    made = make_sequences(np.full((1, 2, 2), 1e-300), np.full((1, 1), 3e38), F32, SIZES, 1)
    assert not made.x.any()
    assert made.y.item() == np.float32(3e38)


@pytest.mark.skipif(CHECKED, reason="interpreted: no gaps, so that the ends are exact")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cell", CELLS)
def test_what_kernels_run_through_begins_on_a_cache_line(cell, dtype):
    # Numbers of elements that no allocator would align by itself, small and large.
    for hidden, capacity in ((1, 1), (3, 5), (7, 3), (8, 32), (33, 2), (65, 17)):
        sizes = Sizes(2, hidden, 1, cell, layers=2)
        work = make_work(sizes, 5, 5, capacity, np.dtype(dtype), dropout=True, stateful=True)
        starts = work.memory.ctypes.data + work.at * work.memory.itemsize
        assert np.all(starts % 64 == 0)
        assert work.memory.size == work.at[-1]
        learner = make_learner(np.arange(count_params(sizes), dtype=dtype))
        vectors = (learner.params, learner.grads, learner.first, learner.second, learner.best)
        assert all(vector.ctypes.data % 64 == 0 for vector in vectors)
        assert all(vector.flags.c_contiguous for vector in vectors)
        np.testing.assert_array_equal(learner.best, learner.params)
        assert not np.shares_memory(learner.best, learner.params)


def test_an_empty_vector_is_one():
    assert empty_aligned(0, np.dtype("float32")).shape == (0,)
