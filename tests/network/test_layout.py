"""Named parameters, and the flat vector they lie in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.network.buffers import weights_of
from rnnsweep.network.layout import Sizes, count_params, join, param_shapes, split, stacks
from rnnsweep.vocabulary import CELLS

SIZES = st.builds(
    Sizes, *[st.integers(1, 12)] * 3, cell=st.sampled_from(list(CELLS)), layers=st.integers(1, 3)
)


def numbered(sizes):
    return np.arange(count_params(sizes), dtype=np.float64)


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
    values = np.sort(np.concatenate([value.ravel() for value in named.values()]))
    np.testing.assert_array_equal(values, numbered(sizes))


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
def test_a_gate_is_a_block_of_columns_of_the_named_matrix(sizes):
    flat, h = numbered(sizes), sizes.hidden
    named, weights = split(flat, sizes), stacks(flat, sizes)
    for layer in range(sizes.layers):
        end = f"_{layer}" if layer else ""
        inputs = weights.upper[layer - 1] if layer else weights.first
        for gate in range(sizes.gates):
            columns = slice(gate * h, (gate + 1) * h)
            np.testing.assert_array_equal(inputs[gate, :-1], named[f"W_xh{end}"][:, columns])
            np.testing.assert_array_equal(inputs[gate, -1], named[f"b_h{end}"][columns])
            recurrent = weights.recurrent[layer, gate]
            np.testing.assert_array_equal(recurrent, named[f"W_hh{end}"][:, columns])
        if bias := sizes.facts.recurrent_bias_name:
            np.testing.assert_array_equal(weights.recurrent_bias[layer], named[f"{bias}{end}"])
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
