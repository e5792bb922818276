"""The loss where a mask says at which time steps the targets count.

The output layer's sums and the targets of the rows that count are moved to the front, the loss sees
these alone, and its gradients go back to the rows that they belong to, with 0 in all others.
"""

from numba import njit

from .apart import call
from .block import COUNTED, DYS, N_ROWS, N_TIME, YS, Y
from .flags import UNCACHED
from .loops import clear, copy
from .views import flat, flat_at, table, table_at


@njit(**UNCACHED)
def masked_loss(network, objective, data, n_output, work):
    """Write the loss of a block with outputs at every time step, and its gradients by the sums.

    The output layer's sums (R, O) in `YS` and the targets in `Y` are overwritten.
    """
    n_rows, width = work.shape[N_ROWS], data.y.shape[2]
    ys = flat_at(work.memory, work.at, YS, 0, n_rows * n_output)
    targets = flat_at(work.memory, work.at, Y, 0, n_rows * width)
    n = 0  # rows that count, so far
    for t in range(work.shape[N_TIME]):
        for row in range(work.starts[t], work.starts[t + 1]):
            if data.mask[work.sorted[row - work.starts[t]], t]:
                copy(flat(ys, row * n_output, n_output), flat(ys, n * n_output, n_output))
                copy(flat(targets, row * width, width), flat(targets, n * width, width))
                n += 1
    work.sums[COUNTED] = n * width
    arguments = (
        network.activate_output,
        objective.huber_delta,
        table(ys, 0, n, n_output),
        table(targets, 0, n, width),
        table_at(work.memory, work.at, DYS, 0, n, n_output),
        work.sums,
    )
    call(objective.loss, arguments)
    dys = flat_at(work.memory, work.at, DYS, 0, n_rows * n_output)
    # The last row first: none is overwritten before it is moved.
    for t in range(work.shape[N_TIME] - 1, -1, -1):
        for row in range(work.starts[t + 1] - 1, work.starts[t] - 1, -1):
            dy = flat(dys, row * n_output, n_output)
            if data.mask[work.sorted[row - work.starts[t]], t]:
                n -= 1
                copy(flat(dys, n * n_output, n_output), dy)
            else:
                clear(dy)
