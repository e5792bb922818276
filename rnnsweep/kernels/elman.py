"""The Elman cell: forward over time, and backpropagation through time.

    z_t = x_t W_xh + b_h + h_{t-1} W_hh,    h_t = f(z_t)                        (Elman 1990)

Arrays are time-major and C-contiguous. `x` (T, B, I+1) ends in a column of ones, so that `W_x`
(I+1, H), which is `W_xh` with `b_h` as its last row, gives both in one product.
"""

from typing import NamedTuple

from numba import njit

from .activations import activate
from .flags import PART, Array
from .loops import add, copy, transpose
from .products import add_product, product, transposed_product


class Weights(NamedTuple):
    """Views into a flat vector of parameters, or of their gradients."""

    W_x: Array  # (I+1, H): W_xh and, as the last row, b_h
    W_hh: Array  # (H, H)
    W_hy: Array  # (H, O)
    b_y: Array  # (O,)


class Scratch(NamedTuple):
    """Work arrays of the backward pass; their contents mean nothing outside."""

    dh: Array  # (capacity * H,): gradient of the loss by the hidden state
    slope: Array  # (capacity * H,)
    W_hh_T: Array  # (H, H)
    W_hy_T: Array  # (O, H)


@njit(**PART)
def forward(weights, activation, x, hs, zs):
    """Run the cell from `hs[0]`; writes ``hs[1:]`` and leaves f'(z) in `zs`.

    `x` (T, B, I+1), `hs` (T+1, B, H), `zs` (T, B, H).
    """
    n_time, n_batch, n_hidden = zs.shape
    rows = n_time * n_batch
    block = n_batch * n_hidden
    product(x.reshape(rows, x.shape[2]), weights.W_x, zs.reshape(rows, n_hidden))
    for t in range(n_time):
        add_product(hs[t], weights.W_hh, zs[t])
        activate(activation, zs[t].reshape(block), hs[t + 1].reshape(block))


@njit(**PART)
def readout(weights, hs, n_out, ys):
    """Write the output layer's sums, ``h W_hy + b_y``, of the last `n_out` time steps.

    `hs` (T+1, B, H), `ys` (n_out * B, O).
    """
    for row in range(ys.shape[0]):
        copy(weights.b_y, ys[row])
    last = hs[hs.shape[0] - n_out :]
    add_product(last.reshape(ys.shape[0], hs.shape[2]), weights.W_hy, ys)


@njit(**PART)
def readout_gradients(hs, dys, n_out, gradients):
    """Write the gradients of `W_hy` and `b_y`; `dys` (n_out * B, O) as in `readout`."""
    n_rows = dys.shape[0]
    last = hs[hs.shape[0] - n_out :]
    transposed_product(last.reshape(n_rows, hs.shape[2]), dys, gradients.W_hy)
    gradients.b_y[:] = 0
    for row in range(n_rows):
        add(gradients.b_y, dys[row])


@njit(**PART)
def backward_through_time(weights, zs, dys, n_out, scratch):
    """Turn the slopes f'(z_t) in `zs` (T, B, H) into dz_t, the gradient by z_t, in place.

    dh_t = dy_t W_hy^T + dz_{t+1} W_hh^T,    dz_t = dh_t * f'(z_t)
    (Goodfellow et al. 2016, eq. 10.20 and 10.21)
    """
    n_time, n_batch, n_hidden = zs.shape
    transpose(weights.W_hh, scratch.W_hh_T)
    transpose(weights.W_hy, scratch.W_hy_T)
    dh_flat = scratch.dh[: n_batch * n_hidden]
    dh = dh_flat.reshape(n_batch, n_hidden)
    for t in range(n_time - 1, -1, -1):
        out = t - (n_time - n_out)
        dh_flat[:] = 0
        if out >= 0:
            add_product(dys[out * n_batch : (out + 1) * n_batch], scratch.W_hy_T, dh)
        if t < n_time - 1:
            add_product(zs[t + 1], scratch.W_hh_T, dh)
        dz = zs[t].reshape(n_batch * n_hidden)
        for k in range(dz.size):
            dz[k] *= dh_flat[k]


@njit(**PART)
def input_gradients(x, dzs, gradients):
    """Write the gradients of `W_x`, which are those of `W_xh` and `b_h`."""
    rows = dzs.shape[0] * dzs.shape[1]
    transposed_product(x.reshape(rows, x.shape[2]), dzs.reshape(rows, dzs.shape[2]), gradients.W_x)


@njit(**PART)
def bptt(weights, x, hs, zs, dys, n_out, gradients, scratch):
    """Write the exact gradients into `gradients`; `zs` holds f'(z) and is overwritten by dz."""
    n_time, n_batch, n_hidden = zs.shape
    rows = n_time * n_batch
    readout_gradients(hs, dys, n_out, gradients)
    backward_through_time(weights, zs, dys, n_out, scratch)
    input_gradients(x, zs, gradients)
    transposed_product(
        hs[:n_time].reshape(rows, n_hidden), zs.reshape(rows, n_hidden), gradients.W_hh
    )


@njit(**PART)
def notebook_rule(weights, activation, x, hs, zs, dys, gradients, scratch):
    """Write the gradients of the notebook's rule: the last hidden state h_T at every time step.

        dz_t = dh_t * f'(h_T),    dW_hh = sum_t h_T^T dz_t

    in place of f'(z_t) and h_{t-1}; the output layer's gradients are exact. One output, from
    the last time step. `zs` is overwritten.
    """
    n_time, n_batch, n_hidden = zs.shape
    block = n_batch * n_hidden
    readout_gradients(hs, dys, 1, gradients)
    slope = scratch.slope[:block]
    copy(hs[n_time].reshape(block), slope)
    activate(activation, slope, scratch.dh[:block])
    for t in range(n_time):
        copy(slope, zs[t].reshape(block))
    backward_through_time(weights, zs, dys, 1, scratch)
    input_gradients(x, zs, gradients)
    total = zs[0].reshape(block)
    for t in range(1, n_time):
        add(total, zs[t].reshape(block))
    transposed_product(hs[n_time], zs[0], gradients.W_hh)
