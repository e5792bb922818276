"""The notebook's training rule: the last hidden state h_T is used in place of every other one.

    dz_t = dh_t * f'(h_T),    dW_hh = sum over t of h_T^T dz_t

instead of f'(z_t) and h_{t-1}; the output layer's gradients are exact. The rule is for one layer of
the Elman cell with one output.
"""

from .apart import apart, call
from .arrays import IntVector, RealVector
from .block import KEPT, LAST, N_BATCH, N_TIME, SCRATCH, SEEDS, Work
from .elementwise import array, elementwise
from .layers import Network
from .loops import add, clear, copy
from .products import transposed_product
from .views import flat, flat_at, table, table_at
from .weights import RECURRENT


@apart
def spread_slope(activate: int, n_hidden: int, work: Work) -> None:
    """Write f'(h_T) of each sequence over the sums of all its time steps."""
    size = work.shape[N_BATCH] * n_hidden
    slope = flat_at(work.memory, work.at, SCRATCH, 0, size)
    copy(flat_at(work.memory, work.at, LAST, 0, size), slope)
    call(activate, (slope, flat_at(work.memory, work.at, SEEDS, 0, size)))
    for t in range(work.shape[N_TIME]):
        first, end = work.starts[t] * n_hidden, work.starts[t + 1] * n_hidden
        copy(flat(slope, 0, end - first), flat_at(work.memory, work.at, KEPT, first, end - first))


@elementwise
def retreat(memory, at, constants, here, before, size, stage):
    """Turn the slope f'(h_T) in the sum's place into dz_t = dh_t * f'(h_T).

    It is the way back of an Elman cell, whose last array is the gradient by h_t.
    """
    dz = array(memory, at, 0, here, size)
    dh = array(memory, at, at.size // 2 - 1, 0, size)
    for k in range(size):
        dz[k] *= dh[k]


@apart
def sum_gradient(
    network: Network, values: RealVector, at: IntVector, n_hidden: int, work: Work
) -> None:
    """Write dW_hh into the gradients `values`, after dz_t has been written over the slopes."""
    n_batch = work.shape[N_BATCH]
    total = flat_at(work.memory, work.at, SCRATCH, 0, n_batch * n_hidden)
    clear(total)
    for t in range(work.shape[N_TIME]):
        first, end = work.starts[t] * n_hidden, work.starts[t + 1] * n_hidden
        add(flat(total, 0, end - first), flat_at(work.memory, work.at, KEPT, first, end - first))
    transposed_product(
        network.multiply,
        table_at(work.memory, work.at, LAST, 0, n_batch, n_hidden),
        table(total, 0, n_batch, n_hidden),
        table_at(values, at, RECURRENT, 0, n_hidden, n_hidden),
    )
