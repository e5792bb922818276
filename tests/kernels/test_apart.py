"""Calls by address: their types are those of a declared function, or the caller is not compiled."""

import numpy as np
import pytest
from numba import config, njit, typeof
from numba.core.errors import TypingError
from some_cells import CELLS

from rnnsweep.kernels import activations, backward
from rnnsweep.kernels.apart import call
from rnnsweep.kernels.argument_types import numba_types
from rnnsweep.kernels.arrays import DoubleVector, RealVector
from rnnsweep.kernels.block import Sequences
from rnnsweep.kernels.draws import NONE, Draws
from rnnsweep.network.buffers import weights_of
from rnnsweep.network.layout import Sizes, flat_size
from rnnsweep.vocabulary import DTYPES

jitted = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")


@njit
def run(address, z, h):
    call(address, (z, h))


def test_a_function_is_called_by_its_address():
    address = activations.address("relu", np.float64)
    assert address != 0
    assert activations.address("relu", "float64") == address
    assert activations.address("relu", "float32") != address

    z, h = np.array([-1.0, 2.0]), np.zeros(2)
    run(address, z, h)
    np.testing.assert_array_equal([z, h], [[0, 1], [0, 2]])


def test_no_function_has_the_address_of_none():
    kernels = [activation.kernel for activation in activations.ACTIVATIONS.values()]
    addresses = [kernel.address(np.float32) for kernel in kernels]
    assert 0 not in addresses
    assert len(set(addresses)) == len(addresses)


@jitted
@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros(2, np.int64), np.zeros(2, np.int64)),
        (np.zeros(2), np.zeros(2, np.float32)),
        (np.zeros((2, 2)), np.zeros((2, 2))),
        (np.zeros(4)[::2], np.zeros(2)),
        (np.zeros(2), NONE),
    ],
    ids=["integers", "two precisions", "matrices", "not contiguous", "a struct"],
)
def test_a_call_with_types_that_no_function_takes_is_not_compiled(arguments):
    with pytest.raises(TypingError, match="no function that is called by its address takes"):
        run(1, *arguments)


@pytest.mark.parametrize("dtype", DTYPES)
def test_annotations_become_the_types_of_what_is_passed(dtype):
    def kernel(
        values: RealVector, rates: DoubleVector, data: Sequences, draws: Draws, keeps: bool
    ) -> None: ...

    inputs, tokens = np.zeros((1, 2, 3), dtype), np.zeros((1, 2), np.int64)
    data = Sequences(inputs, tokens, inputs, tokens[0])
    arguments = (inputs[0, 0], np.zeros(1), data, NONE, True)
    assert numba_types(kernel, np.dtype(dtype)) == tuple(map(typeof, arguments))


@pytest.mark.parametrize("cell", CELLS)
def test_weights_of_every_cell_have_one_type(cell):
    # So that a kernel is compiled once, whatever cells it runs.
    sizes = Sizes(3, 4, 2, cell)
    weights = weights_of(np.zeros(flat_size(sizes), np.float32), sizes)
    assert backward.backward.types("float32")[0] == typeof(weights)
