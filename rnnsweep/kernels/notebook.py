"""The notebook's training rule: the last hidden state h_T stands in for every other.

    dz_t = dh_t * f'(h_T),    dW_hh = sum over t of h_T^T dz_t

in place of f'(z_t) and h_{t-1}; the output layer's gradients are exact. For one layer of the
Elman cell with one output.
"""

from numba import njit

from .activations import activate
from .flags import ELEMENTWISE
from .loops import add, clear, copy
from .products import transposed_product


@njit(**ELEMENTWISE)
def spread_last_slope(activation, block, work):
    """Write f'(h_T) of each sequence over the slopes of all its time steps."""
    n_hidden = block.last.shape[1]
    slope = work.dh[: block.n_batch * n_hidden]
    value = work.seeds[: slope.size]
    copy(block.last.reshape(slope.size), slope)
    activate(activation, slope, value)
    for t in range(block.n_time):
        first, n = block.starts[t], block.starts[t + 1] - block.starts[t]
        copy(slope[: n * n_hidden], block.zs[0, 0, first : first + n].reshape(n * n_hidden))


@njit(**ELEMENTWISE)
def recurrent_gradient(block, gradients, work):
    """Write dW_hh, after dz_t has been written over the slopes."""
    n_hidden = block.last.shape[1]
    total = work.dh[: block.n_batch * n_hidden]
    clear(total)
    for t in range(block.n_time):
        first, n = block.starts[t], block.starts[t + 1] - block.starts[t]
        add(total[: n * n_hidden], block.zs[0, 0, first : first + n].reshape(n * n_hidden))
    transposed_product(
        block.last, total.reshape((block.n_batch, n_hidden)), gradients.recurrent[0, 0]
    )
