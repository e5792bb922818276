"""The cell lstm with tanh: written by rnnsweep from its equations; see docs/cells.md.

    i = sigmoid(zi)
    f = sigmoid(zf)
    o = sigmoid(zo)
    c = f * c_prev + i * act(zg)
    h = o * act(c)

The arrays, from number 0 on: zi (then i), zf (then f), zg (then tanh_zg), zo (then o), tanh_c,
h_prev, c_prev, h, c, g_h, g_c.
On the way back, g_<state> is the gradient by a state from what comes after the time step, d_<name>
that by a value of it; the arrays of the sums get the gradients by the sums.
"""

from rnnsweep.kernels import elementary
from rnnsweep.kernels.elementwise import array, elementwise, load, store


@elementwise
def advance(memory, at, constants, here, before, size, stage):
    """Write the states after a time step, and what the way back needs."""
    zi_ = array(memory, at, 0, here, size)
    zf_ = array(memory, at, 1, here, size)
    zg_ = array(memory, at, 2, here, size)
    zo_ = array(memory, at, 3, here, size)
    tanh_c_ = array(memory, at, 4, here, size)
    c_prev_ = array(memory, at, 6, before, size)
    h_ = array(memory, at, 7, here, size)
    c_ = array(memory, at, 8, here, size)
    for k in range(size):
        zi = load(0, zi_, k)
        i = elementary.sigmoid(zi)  # i = sigmoid(zi)
        store(0, zi_, k, i)
    for k in range(size):
        zf = load(1, zf_, k)
        f = elementary.sigmoid(zf)  # f = sigmoid(zf)
        store(1, zf_, k, f)
    for k in range(size):
        zo = load(3, zo_, k)
        o = elementary.sigmoid(zo)  # o = sigmoid(zo)
        store(3, zo_, k, o)
    for k in range(size):
        zg = load(2, zg_, k)
        tanh_zg = elementary.tanh(zg)  # c = f * c_prev + i * act(zg)
        store(2, zg_, k, tanh_zg)
    for k in range(size):
        c_prev = load(6, c_prev_, k)
        i = load(0, zi_, k)
        f = load(1, zf_, k)
        o = load(3, zo_, k)
        tanh_zg = load(2, zg_, k)
        c = f * c_prev + i * tanh_zg  # c = f * c_prev + i * act(zg)
        tanh_c = elementary.tanh(c)  # h = o * act(c)
        h = o * tanh_c  # h = o * act(c)
        store(8, c_, k, c)
        store(4, tanh_c_, k, tanh_c)
        store(7, h_, k, h)


@elementwise
def retreat(memory, at, constants, here, before, size, stage):
    """Turn the sums into the gradients by them, and hand those by the states back."""
    real = memory.dtype.type
    one = real(1.0)
    zi_ = array(memory, at, 0, here, size)
    zf_ = array(memory, at, 1, here, size)
    zg_ = array(memory, at, 2, here, size)
    zo_ = array(memory, at, 3, here, size)
    tanh_c_ = array(memory, at, 4, here, size)
    c_prev_ = array(memory, at, 6, before, size)
    g_h_ = array(memory, at, 9, 0, size)
    g_c_ = array(memory, at, 10, 0, size)
    for k in range(size):
        i = load(0, zi_, k)
        f = load(1, zf_, k)
        tanh_zg = load(2, zg_, k)
        o = load(3, zo_, k)
        tanh_c = load(4, tanh_c_, k)
        c_prev = load(6, c_prev_, k)
        g_h = load(9, g_h_, k)
        g_c = load(10, g_c_, k)
        d_tanh_c = g_h * o  # h = o * act(c)
        d_c = g_c + d_tanh_c * (one - tanh_c * tanh_c)  # h = o * act(c)
        d_tanh_zg = d_c * i  # c = f * c_prev + i * act(zg)
        d_o = g_h * tanh_c  # h = o * act(c)
        d_f = d_c * c_prev  # c = f * c_prev + i * act(zg)
        d_i = d_c * tanh_zg  # c = f * c_prev + i * act(zg)
        store(0, zi_, k, d_i * (i * (one - i)))  # i = sigmoid(zi)
        store(1, zf_, k, d_f * (f * (one - f)))  # f = sigmoid(zf)
        store(2, zg_, k, d_tanh_zg * (one - tanh_zg * tanh_zg))  # c = f * c_prev + i * act(zg)
        store(3, zo_, k, d_o * (o * (one - o)))  # o = sigmoid(zo)
        store(10, g_c_, k, d_c * f)  # c = f * c_prev + i * act(zg)


@elementwise
def slopes(memory, at, constants, here, before, size, stage):
    """Write the slope of a pre-activation into the first array without time."""
    real = memory.dtype.type
    one = real(1.0)
    if stage == 0:
        zi_ = array(memory, at, 0, here, size)
        g_h_ = array(memory, at, 9, 0, size)
        for k in range(size):
            i = load(0, zi_, k)
            store(9, g_h_, k, i * (one - i))
    elif stage == 1:
        zf_ = array(memory, at, 1, here, size)
        g_h_ = array(memory, at, 9, 0, size)
        for k in range(size):
            f = load(1, zf_, k)
            store(9, g_h_, k, f * (one - f))
    elif stage == 2:
        zo_ = array(memory, at, 3, here, size)
        g_h_ = array(memory, at, 9, 0, size)
        for k in range(size):
            o = load(3, zo_, k)
            store(9, g_h_, k, o * (one - o))
    elif stage == 3:
        zg_ = array(memory, at, 2, here, size)
        g_h_ = array(memory, at, 9, 0, size)
        for k in range(size):
            tanh_zg = load(2, zg_, k)
            store(9, g_h_, k, one - tanh_zg * tanh_zg)
