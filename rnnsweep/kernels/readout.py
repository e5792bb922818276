"""The output layer, ``y = g(h W_hy + b_y)``, at every time step or at each sequence's last."""

from numba import njit

from .flags import PART
from .loops import add_rows, copy, transpose
from .products import add_product, product, transposed_product


@njit(**PART)
def read_states(block, every):
    """Return the states of the top layer that have an output: (R, H), or (B, H) copied."""
    top = block.states[block.states.shape[0] - 1, block.n_batch :]
    if every:
        return top
    n_next = 0
    for t in range(block.n_time - 1, -1, -1):
        first, n = block.starts[t], block.starts[t + 1] - block.starts[t]
        for b in range(n_next, n):
            copy(top[first + b], block.last[b])
        n_next = n
    return block.last


@njit(**PART)
def readout(weights, hs, ys):
    """Write the output layer's sums of the states `hs` (rows, H) into `ys` (rows, O)."""
    for row in range(ys.shape[0]):
        copy(weights.b_y, ys[row])
    add_product(hs, weights.W_hy, ys)


@njit(**PART)
def readout_gradients(weights, hs, dys, gradients, work):
    """Write the gradients of `W_hy` and `b_y`, and those by `hs` into `work.seeds`."""
    transposed_product(hs, dys, gradients.W_hy)
    add_rows(dys, gradients.b_y)
    transpose(weights.W_hy, work.W_hy_T)
    product(dys, work.W_hy_T, work.seeds[: hs.size].reshape(hs.shape))
