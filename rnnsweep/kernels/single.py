"""One sequence through a small Elman network of one layer: the kernels for a batch of 1.

Calling a product of three rows costs more than computing it, so here are plain loops.
`forward_one` and `backward_one` are used in place of `layers.forward` and `backward.backward`, and
leave the same values in the work arrays.
"""

from numba import njit

from .apart import apart, call
from .arrays import IntVector
from .block import (
    COUNTED,
    DYS,
    KEPT,
    LAST,
    N_BATCH,
    N_ROWS,
    N_TIME,
    SCRATCH,
    STATES,
    UNIFORM,
    YS,
    Sequences,
    Work,
    X,
    gather_inputs,
    gather_targets,
    keep_states,
    output_rows,
    start_states,
)
from .draws import Draws
from .flags import UNCACHED
from .layers import Network, Objective
from .loops import clear, copy
from .masks import masked_loss
from .views import flat, flat_at, table, table_at
from .weights import B_Y, FIRST, RECURRENT, W_HY, Weights


@njit(**UNCACHED)
def lay_out_one(data, sequence, work):
    """Lay out a block of one sequence."""
    n_time = data.lengths[sequence]
    work.sorted[0] = sequence
    for t in range(n_time + 1):
        work.starts[t] = t
    work.shape[N_BATCH] = 1
    work.shape[N_TIME] = n_time
    work.shape[N_ROWS] = n_time
    work.shape[UNIFORM] = 1


@apart
def forward_one(
    weights: Weights,
    network: Network,
    objective: Objective,
    data: Sequences,
    order: IntVector,
    draws: Draws,
    goes_on: bool,
    keeps: bool,
    work: Work,
) -> None:
    """Run the one sequence in `order` forward; compute its loss if there is one."""
    values, n_in, n_hidden = weights.values, weights.n_in, weights.n_hidden
    lay_out_one(data, order[0], work)
    gather_inputs(data, n_in, work)
    start_states(weights, goes_on, work)
    n_time = work.shape[N_TIME]
    x = flat_at(work.memory, work.at, X, 0, n_time * n_in)
    hs = flat_at(work.memory, work.at, STATES, 0, (n_time + 1) * n_hidden)
    zs = flat_at(work.memory, work.at, KEPT, 0, n_time * n_hidden)
    w_xh = flat_at(values, weights.at, FIRST, 0, n_in * n_hidden)
    w_hh = flat_at(values, weights.at, RECURRENT, 0, n_hidden * n_hidden)
    for t in range(n_time):
        z = flat(zs, t * n_hidden, n_hidden)
        for k in range(n_hidden):
            total = w_xh[(n_in - 1) * n_hidden + k]
            for i in range(n_in - 1):
                total += x[t * n_in + i] * w_xh[i * n_hidden + k]
            for j in range(n_hidden):
                total += hs[t * n_hidden + j] * w_hh[j * n_hidden + k]
            z[k] = total
        call(network.activate, (z, flat(hs, (t + 1) * n_hidden, n_hidden)))
    if keeps:
        keep_states(weights, work)
    rows, n_output = n_time if network.every else 1, weights.n_output
    if not network.every:
        last = flat(hs, n_time * n_hidden, n_hidden)
        copy(last, flat_at(work.memory, work.at, LAST, 0, n_hidden))
    ys = table_at(work.memory, work.at, YS, 0, rows, n_output)
    w_hy = flat_at(values, weights.at, W_HY, 0, n_hidden * n_output)
    b_y = flat_at(values, weights.at, B_Y, 0, n_output)
    for row in range(rows):
        at = (row + 1 if network.every else n_time) * n_hidden
        for o in range(n_output):
            total = b_y[o]
            for k in range(n_hidden):
                total += hs[at + k] * w_hy[k * n_output + o]
            ys[row, o] = total
    if objective.loss != 0 and data.mask.shape[0] > 0:
        gather_targets(data, work)
        masked_loss(network, objective, data, n_output, work)
    elif objective.loss != 0:
        n_out, width = data.y.shape[1], data.y.shape[2]
        work.sums[COUNTED] = rows * width
        targets = table(data.y, order[0] * n_out * width, rows, width)
        dys = table_at(work.memory, work.at, DYS, 0, rows, n_output)
        delta = objective.huber_delta
        call(objective.loss, (network.activate_output, delta, ys, targets, dys, work.sums))


@njit(**UNCACHED)
def take_output(weights, gradients, h, dy, dh):
    """Add the share of an output's gradient `dy` (O,) to `dh` (H,) and those by W_hy and b_y."""
    n_output, size = weights.n_output, weights.n_hidden * weights.n_output
    w_hy = flat_at(weights.values, weights.at, W_HY, 0, size)
    d_hy = flat_at(gradients.values, gradients.at, W_HY, 0, size)
    d_y = flat_at(gradients.values, gradients.at, B_Y, 0, n_output)
    for o in range(n_output):
        d_y[o] += dy[o]
    for k in range(weights.n_hidden):
        total = dh[k]
        for o in range(n_output):
            total += dy[o] * w_hy[k * n_output + o]
            d_hy[k * n_output + o] += h[k] * dy[o]
        dh[k] = total


@apart
def backward_one(
    weights: Weights,
    gradients: Weights,
    network: Network,
    objective: Objective,
    draws: Draws,
    work: Work,
) -> None:
    """Write the gradients of the mean loss of the sequence that `forward_one` has run."""
    n_in, n_hidden, n_output = weights.n_in, weights.n_hidden, weights.n_output
    n_time = work.shape[N_TIME]
    dys = flat_at(work.memory, work.at, DYS, 0, output_rows(network.every, work) * n_output)
    scale = dys.dtype.type(1.0 / work.sums[COUNTED])
    for k in range(dys.size):
        dys[k] *= scale
    if objective.spread_slope != 0:
        call(objective.spread_slope, (objective.activate, n_hidden, work))
    clear(gradients.values)
    x = flat_at(work.memory, work.at, X, 0, n_time * n_in)
    hs = flat_at(work.memory, work.at, STATES, 0, (n_time + 1) * n_hidden)
    dh = flat_at(work.memory, work.at, SCRATCH, 0, n_hidden)
    w_hh = flat_at(weights.values, weights.at, RECURRENT, 0, n_hidden * n_hidden)
    d_xh = flat_at(gradients.values, gradients.at, FIRST, 0, n_in * n_hidden)
    d_hh = flat_at(gradients.values, gradients.at, RECURRENT, 0, n_hidden * n_hidden)
    clear(dh)
    for t in range(n_time - 1, -1, -1):
        if network.every or t == n_time - 1:
            dy = flat(dys, t * n_output if network.every else 0, n_output)
            take_output(weights, gradients, flat(hs, (t + 1) * n_hidden, n_hidden), dy, dh)
        dz = flat_at(work.memory, work.at, KEPT, t * n_hidden, n_hidden)
        for k in range(n_hidden):
            dz[k] *= dh[k]
        for i in range(n_in):
            for k in range(n_hidden):
                d_xh[i * n_hidden + k] += x[t * n_in + i] * dz[k]
        cut = objective.window != 0 and t % objective.window == 0
        for j in range(n_hidden):
            total = dh.dtype.type(0.0)
            for k in range(n_hidden):
                d_hh[j * n_hidden + k] += hs[t * n_hidden + j] * dz[k]
                total += dz[k] * w_hh[j * n_hidden + k]
            dh[j] = dh.dtype.type(0.0) if cut else total
    if objective.sum_gradient != 0:
        call(objective.sum_gradient, (network, gradients.values, gradients.at, n_hidden, work))
