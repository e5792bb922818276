"""Calls by address check nothing: here the types of each call are held against its function's."""

import subprocess
import sys

import numpy as np
import pytest
from numba import config, njit

from rnnsweep.kernels import activations
from rnnsweep.kernels.apart import array_type, call

# Compiles everything anew, and prints the types of every call that no function was compiled for.
PROGRAM = """
import sys
from numba import types
from rnnsweep.kernels import apart, dropout, linking, losses, optimizers, products

def plain(kind):
    if isinstance(kind, types.BaseNamedTuple):
        return (kind.instance_class, *map(plain, kind))
    if isinstance(kind, types.Array):
        return (kind.dtype, kind.ndim, kind.layout)
    return types.unliteral(kind)

calls, functions = set(), set()
emit, address = apart.emit_call, apart.Apart.address

def emit_and_note(context, builder, place, kinds, values):
    calls.add(tuple(map(plain, kinds)))
    return emit(context, builder, place, kinds, values)

def address_and_note(self, *kinds):
    functions.add(tuple(map(plain, kinds)))
    return address(self, *kinds)

apart.emit_call = products.emit_call = emit_and_note
apart.Apart.address = address_and_note

cell = sys.argv[1]
for word in losses.LOSSES:
    linking.objective_of(word, "float32", gradient="notebook")
for word in optimizers.OPTIMIZERS:
    optimizers.address(word, "float32")
dropout.address("float32")
linking.flow_address("float32")
linking.network_of(cell, "tanh", "identity", False, cell == "rnn", "float32")
linking.compile_entries(cell, "float32", predicts=True, probes=True)
print(len(calls), *(calls - functions))
"""


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_every_call_has_the_types_of_its_function(cell, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, cell], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    n_calls, *strangers = done.stdout.split(maxsplit=1)
    assert int(n_calls) >= 8
    assert strangers == []


def test_a_function_is_called_by_its_address():
    address = activations.address("relu", np.float64)
    assert address != 0
    assert activations.address("relu", "float64") == address
    assert activations.address("relu", "float32") != address

    @njit
    def run(address, z, h):
        call(address, (z, h))

    z, h = np.array([-1.0, 2.0]), np.zeros(2)
    run(address, z, h)
    np.testing.assert_array_equal([z, h], [[0, 1], [0, 2]])


def test_no_function_has_the_address_of_none():
    vector = array_type(np.float32, 1)
    kernels = [activation.kernel for activation in activations.ACTIVATIONS.values()]
    addresses = [kernel.address(vector, vector) for kernel in kernels]
    assert 0 not in addresses
    assert len(set(addresses)) == len(addresses)
