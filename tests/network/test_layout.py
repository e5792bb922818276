"""Named parameters, and the flat vector they lie in."""

from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from some_cells import CELLS

from rnnsweep.network.buffers import weights_of
from rnnsweep.network.layout import (
    Sizes,
    count_params,
    flat_size,
    join,
    param_shapes,
    split,
    stacks,
)

SIZES = st.builds(
    Sizes, *[st.integers(1, 12)] * 3, cell=st.sampled_from(list(CELLS)), layers=st.integers(1, 3)
)


def numbered(sizes):
    """Return a vector whose learned values are 1, 2, ... in the order of the parameters."""
    params, start = {}, 1
    for name, shape in param_shapes(sizes).items():
        params[name] = np.arange(start, start + prod(shape), dtype=np.float64).reshape(shape)
        start += prod(shape)
    return join(params, sizes, np.dtype(np.float64))


def test_names_and_shapes():
    assert param_shapes(Sizes(2, 5, 3)) == {
        "W_xh": (2, 5),
        "W_hh": (5, 5),
        "b_h": (5,),
        "W_hy": (5, 3),
        "b_y": (3,),
    }


def test_names_and_shapes_of_a_stack_of_gated_cells():
    assert param_shapes(Sizes(2, 5, 3, "gru", 2)) == {
        "W_xh": (2, 15),
        "W_hh": (5, 15),
        "b_h": (15,),
        "b_hn": (5,),
        "W_xh_1": (5, 15),
        "W_hh_1": (5, 15),
        "b_h_1": (15,),
        "b_hn_1": (5,),
        "W_hy": (5, 3),
        "b_y": (3,),
    }
    assert param_shapes(Sizes(2, 5, 3, "lstm"))["W_xh"] == (2, 20)


def test_count():
    # 2 x 5 + 5 + 5 x 5 + 5 x 3 + 3
    assert count_params(Sizes(2, 5, 3)) == 58


@given(sizes=SIZES)
def test_split_covers_the_vector_once(sizes):
    named = split(numbered(sizes), sizes)
    assert {name: value.shape for name, value in named.items()} == param_shapes(sizes)
    assert list(named) == list(param_shapes(sizes))
    values = np.concatenate([value.ravel() for value in named.values()])
    np.testing.assert_array_equal(values, np.arange(1, 1 + count_params(sizes)))
    # What is left over is the place of a bias that a sum has not.
    flat = numbered(sizes)
    assert np.count_nonzero(flat) == count_params(sizes)
    assert flat.size == flat_size(sizes)


@given(sizes=SIZES)
def test_split_copies(sizes):
    flat = numbered(sizes)
    for value in split(flat, sizes).values():
        value[...] = -1
    np.testing.assert_array_equal(flat, numbered(sizes))


@given(sizes=SIZES)
def test_join_is_the_inverse_of_split(sizes):
    flat = numbered(sizes)
    named = split(flat, sizes)
    shuffled = dict(reversed(named.items()))  # by name, so that the order does not matter
    joined = join(shuffled, sizes, np.dtype(np.float64))
    np.testing.assert_array_equal(joined, flat)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_join_casts(dtype):
    sizes = Sizes(1, 2, 1)
    params = {name: np.ones(shape, int) for name, shape in param_shapes(sizes).items()}
    assert join(params, sizes, np.dtype(dtype)).dtype == dtype


@given(sizes=SIZES)
def test_a_sum_is_a_block_of_columns_of_the_named_matrices(sizes):
    flat, h = numbered(sizes), sizes.hidden
    named, weights = split(flat, sizes), stacks(flat, sizes)
    cell, matrices = sizes.record, sizes.program.matrices
    for layer in range(sizes.layers):
        end = f"_{layer}" if layer else ""
        inputs = weights.upper[layer - 1] if layer else weights.first
        n_biased = 0
        for number, each in enumerate(s for s in cell.sums if s.has_input):
            columns = slice(number * h, (number + 1) * h)
            np.testing.assert_array_equal(inputs[number, :-1], named[f"W_xh{end}"][:, columns])
            if each.has_bias:
                columns = slice(n_biased * h, (n_biased + 1) * h)
                np.testing.assert_array_equal(inputs[number, -1], named[f"b_h{end}"][columns])
                n_biased += 1
            else:
                np.testing.assert_array_equal(inputs[number, -1], 0)
        for number, each in enumerate(s for s in cell.sums if not s.has_input):
            own = named[f"b_{each.name}{end}"]
            np.testing.assert_array_equal(weights.own_bias[layer, number], own)
        for feed in {feed for each in cell.sums for feed in each.feeds}:
            name = "W_hh" if feed == f"{cell.states[0]}_prev" else f"W_{feed}_h"
            fed = [each.name for each in cell.sums if feed in each.feeds]
            for k, name_of_sum in enumerate(fed):
                matrix = weights.recurrent[layer, matrices.index((feed, name_of_sum))]
                columns = named[f"{name}{end}"][:, k * h : (k + 1) * h]
                np.testing.assert_array_equal(matrix, columns)
        for number, vector in enumerate(cell.vectors):
            np.testing.assert_array_equal(
                weights.vectors[layer, number], named[f"{vector.name}{end}"]
            )
    np.testing.assert_array_equal(weights.W_hy, named["W_hy"])
    np.testing.assert_array_equal(weights.b_y, named["b_y"])


@given(sizes=SIZES)
def test_kernels_write_into_the_vector(sizes):
    flat = numbered(sizes)
    weights = weights_of(flat, sizes)
    assert weights.values is flat
    for start, array in zip(weights.at, stacks(flat, sizes), strict=True):
        assert array.flags.c_contiguous
        np.testing.assert_array_equal(flat[start : start + array.size], array.ravel())
        array[...] = -1
    np.testing.assert_array_equal(flat, -1)
