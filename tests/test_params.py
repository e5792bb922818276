"""Named parameters, and the flat vector they lie in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.arrays import weight_views
from rnnsweep.params import Sizes, count_params, join, param_shapes, split

SIZES = st.builds(Sizes, *[st.integers(1, 20)] * 3)


def numbered(sizes):
    return np.arange(count_params(sizes), dtype=np.float64)


def test_names_and_shapes():
    assert param_shapes(Sizes(2, 5, 3)) == {
        "W_xh": (2, 5),
        "b_h": (5,),
        "W_hh": (5, 5),
        "W_hy": (5, 3),
        "b_y": (3,),
    }


def test_count():
    # 2 x 5 + 5 + 5 x 5 + 5 x 3 + 3
    assert count_params(Sizes(2, 5, 3)) == 58


@given(sizes=SIZES)
def test_split_covers_the_vector_once_and_in_order(sizes):
    flat = numbered(sizes)
    views = split(flat, sizes)
    assert {name: view.shape for name, view in views.items()} == param_shapes(sizes)
    in_order = [views[name].ravel() for name in param_shapes(sizes)]
    np.testing.assert_array_equal(np.concatenate(in_order), flat)
    assert list(views) == ["W_xh", "W_hh", "b_h", "W_hy", "b_y"]


@given(sizes=SIZES)
def test_split_gives_views(sizes):
    flat = numbered(sizes)
    for view in split(flat, sizes).values():
        view[...] = -1
    np.testing.assert_array_equal(flat, -1)


@given(sizes=SIZES)
def test_join_is_the_inverse_of_split(sizes):
    flat = numbered(sizes)
    views = split(flat, sizes)
    shuffled = dict(reversed(views.items()))  # by name, so that the order does not matter
    joined = join(shuffled, sizes, np.dtype(np.float64))
    np.testing.assert_array_equal(joined, flat)
    assert not np.shares_memory(joined, flat)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_join_casts(dtype):
    sizes = Sizes(1, 2, 1)
    params = {name: np.ones(shape, int) for name, shape in param_shapes(sizes).items()}
    assert join(params, sizes, np.dtype(dtype)).dtype == dtype


@given(sizes=SIZES)
def test_the_matrices_of_the_kernels_are_the_named_params(sizes):
    flat = numbered(sizes)
    named, weights = split(flat, sizes), weight_views(flat, sizes)
    np.testing.assert_array_equal(weights.W_x[:-1], named["W_xh"])
    np.testing.assert_array_equal(weights.W_x[-1], named["b_h"])
    for name in ("W_hh", "W_hy", "b_y"):
        np.testing.assert_array_equal(getattr(weights, name), named[name])
    for matrix in weights:
        assert matrix.flags.c_contiguous
        matrix[...] = -1
    np.testing.assert_array_equal(flat, -1)
