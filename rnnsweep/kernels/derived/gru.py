"""The cell gru with tanh: written by rnnsweep from its equations; see docs/cells.md.

    r = sigmoid(zr)
    z = sigmoid(zz)
    n = act(xn + r * hn)
    h = (1 - z) * n + z * h_prev

The arrays, from number 0 on: zr (then r), zz (then z), xn (then n), hn, h_prev, h, g_h.
On the way back, g_<state> is the gradient by a state from what comes after the time step, d_<name>
that by a value of it; the arrays of the sums get the gradients by the sums.
"""

from rnnsweep.kernels import elementary
from rnnsweep.kernels.elementwise import array, elementwise, load, store


@elementwise
def advance(memory, at, constants, here, before, size, stage):
    """Write the states after a time step, and what the way back needs."""
    real = memory.dtype.type
    one = real(1.0)
    zr_ = array(memory, at, 0, here, size)
    zz_ = array(memory, at, 1, here, size)
    xn_ = array(memory, at, 2, here, size)
    hn_ = array(memory, at, 3, here, size)
    h_prev_ = array(memory, at, 4, before, size)
    h_ = array(memory, at, 5, here, size)
    for k in range(size):
        zr = load(0, zr_, k)
        r = elementary.sigmoid(zr)  # r = sigmoid(zr)
        store(0, zr_, k, r)
    for k in range(size):
        zz = load(1, zz_, k)
        z = elementary.sigmoid(zz)  # z = sigmoid(zz)
        store(1, zz_, k, z)
    for k in range(size):
        xn = load(2, xn_, k)
        hn = load(3, hn_, k)
        h_prev = load(4, h_prev_, k)
        r = load(0, zr_, k)
        z = load(1, zz_, k)
        n = elementary.tanh(xn + r * hn)  # n = act(xn + r * hn)
        h = (one - z) * n + z * h_prev  # h = (1 - z) * n + z * h_prev
        store(2, xn_, k, n)
        store(5, h_, k, h)


@elementwise
def retreat(memory, at, constants, here, before, size, stage):
    """Turn the sums into the gradients by them, and hand those by the states back."""
    real = memory.dtype.type
    one = real(1.0)
    zr_ = array(memory, at, 0, here, size)
    zz_ = array(memory, at, 1, here, size)
    xn_ = array(memory, at, 2, here, size)
    hn_ = array(memory, at, 3, here, size)
    h_prev_ = array(memory, at, 4, before, size)
    g_h_ = array(memory, at, 6, 0, size)
    for k in range(size):
        r = load(0, zr_, k)
        z = load(1, zz_, k)
        n = load(2, xn_, k)
        hn = load(3, hn_, k)
        h_prev = load(4, h_prev_, k)
        g_h = load(6, g_h_, k)
        d_n = g_h * (one - z)  # h = (1 - z) * n + z * h_prev
        d_n_in = d_n * (one - n * n)  # n = act(xn + r * hn)
        d_z = g_h * h_prev - g_h * n  # h = (1 - z) * n + z * h_prev
        d_r = d_n_in * hn  # n = act(xn + r * hn)
        store(0, zr_, k, d_r * (r * (one - r)))  # r = sigmoid(zr)
        store(1, zz_, k, d_z * (z * (one - z)))  # z = sigmoid(zz)
        store(2, xn_, k, d_n_in)  # n = act(xn + r * hn)
        store(3, hn_, k, d_n_in * r)  # n = act(xn + r * hn)
        store(6, g_h_, k, g_h * z)  # h = (1 - z) * n + z * h_prev


@elementwise
def slopes(memory, at, constants, here, before, size, stage):
    """Write the slope of a pre-activation into the first array without time."""
    real = memory.dtype.type
    one = real(1.0)
    if stage == 0:
        zr_ = array(memory, at, 0, here, size)
        g_h_ = array(memory, at, 6, 0, size)
        for k in range(size):
            r = load(0, zr_, k)
            store(6, g_h_, k, r * (one - r))
    elif stage == 1:
        zz_ = array(memory, at, 1, here, size)
        g_h_ = array(memory, at, 6, 0, size)
        for k in range(size):
            z = load(1, zz_, k)
            store(6, g_h_, k, z * (one - z))
    elif stage == 2:
        xn_ = array(memory, at, 2, here, size)
        g_h_ = array(memory, at, 6, 0, size)
        for k in range(size):
            n = load(2, xn_, k)
            store(6, g_h_, k, one - n * n)
