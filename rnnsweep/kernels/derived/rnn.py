"""The cell rnn with tanh: written by rnnsweep from its equations; see docs/cells.md.

    h = act(z)

The arrays, from number 0 on: z, h_prev, h, g_h.
On the way back, g_<state> is the gradient by a state from what comes after the time step, d_<name>
that by a value of it; the arrays of the sums get the gradients by the sums.
"""

from rnnsweep.kernels import elementary
from rnnsweep.kernels.elementwise import array, elementwise, load, store


@elementwise
def advance(memory, at, constants, here, before, size, stage):
    """Write the states after a time step, and what the way back needs."""
    z_ = array(memory, at, 0, here, size)
    h_ = array(memory, at, 2, here, size)
    for k in range(size):
        z = load(0, z_, k)
        h = elementary.tanh(z)  # h = act(z)
        store(2, h_, k, h)


@elementwise
def retreat(memory, at, constants, here, before, size, stage):
    """Turn the sums into the gradients by them, and hand those by the states back."""
    real = memory.dtype.type
    one = real(1.0)
    z_ = array(memory, at, 0, here, size)
    h_ = array(memory, at, 2, here, size)
    g_h_ = array(memory, at, 3, 0, size)
    for k in range(size):
        h = load(2, h_, k)
        g_h = load(3, g_h_, k)
        store(0, z_, k, g_h * (one - h * h))  # h = act(z)


@elementwise
def slopes(memory, at, constants, here, before, size, stage):
    """Write the slope of a pre-activation into the first array without time."""
    real = memory.dtype.type
    one = real(1.0)
    h_ = array(memory, at, 2, here, size)
    g_h_ = array(memory, at, 3, 0, size)
    for k in range(size):
        h = load(2, h_, k)
        store(3, g_h_, k, one - h * h)
