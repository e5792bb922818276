"""A block forward through the network.

What is a cell's own is in its file. Here and in `backward.py` is what all share: the products over
several time steps at once, the order of time steps, where gradients come in, where they are cut.
"""

from typing import NamedTuple

from numba import njit

from .apart import apart, call
from .arrays import IntVector
from .block import (
    COUNTED,
    DROPPED,
    DYS,
    LAST,
    N_BATCH,
    N_TIME,
    STATES,
    YS,
    Sequences,
    Work,
    X,
    Y,
    gather_inputs,
    gather_targets,
    keep_states,
    lay_out,
    output_rows,
    row_before,
    start_states,
    states_at,
)
from .cells import advance, layer_of
from .dropout import Dropout
from .flags import UNCACHED
from .loops import copy
from .products import add_product, product
from .views import flat, table
from .weights import B_Y, FIRST, UPPER, W_HY, Weights

# Elements of `zs` that products over several time steps take at once: 128 KB in float32, a part of
# the second cache. With T = 1000 and H = 128 all of them at once took 1.7 times as long.
ROWS_AT_ONCE = 2**15


class Network(NamedTuple):
    """The functions of a network, by their addresses."""

    multiply: int
    activate: int
    squash: int  # of gates
    activate_output: int
    forward: int
    backward: int
    forward_one: int  # the same for a block of one sequence
    backward_one: int
    every: bool  # outputs at every time step


class Objective(NamedTuple):
    """What is minimised, and how its gradient is taken; addresses are 0 for what is not."""

    loss: int = 0
    huber_delta: float = 1.0
    window: int = 0  # time steps of a truncated gradient
    spread_slope: int = 0  # the notebook's gradient: two functions
    sum_gradient: int = 0
    add_flow: int = 0  # into `Work.flow`


@apart
def forward(
    weights: Weights,
    network: Network,
    objective: Objective,
    data: Sequences,
    order: IntVector,
    dropout: Dropout,
    goes_on: bool,
    keeps: bool,
    work: Work,
) -> None:
    """Run the sequences named by `order` forward, and take their loss if there is one.

    Leaves the outputs (or without a loss, the output layer's sums) in the work array `YS`, the
    loss in `sums`, and all that `backward` needs.

    Parameters
    ----------
    goes_on, keeps : bool
        Whether the states start as they were kept, and are kept at the end.
    """
    lay_out(data, order, work)
    gather_inputs(data, weights.n_in, work)
    start_states(weights, goes_on, work)
    for index in range(weights.n_layers):
        layer = layer_of(weights, index, work)
        ready = 0  # rows whose sums over the inputs are there
        if index > 0:
            sum_states_below(weights, layer, network, index, dropout, work)
            ready = layer.n_rows
        for t in range(work.shape[N_TIME]):
            first, end = work.starts[t], work.starts[t + 1]
            if end > ready:
                following = min(layer.n_rows, max(end, ready + rows_at_once(weights)))
                sum_inputs(weights, layer, network, ready, following, work)
                ready = following
            advance(weights, layer, network, row_before(work, t), first, end)
    if keeps:
        keep_states(weights, work)
    rows, n_output = output_rows(network.every, work), weights.n_output
    ys = table(work.memory, work.at[YS], rows, n_output)
    b_y = flat(weights.values, weights.at[B_Y], n_output)
    for row in range(rows):
        copy(b_y, flat(ys, row * n_output, n_output))
    add_product(
        network.multiply,
        table(work.memory, read_states(weights, network.every, work), rows, weights.n_hidden),
        table(weights.values, weights.at[W_HY], weights.n_hidden, n_output),
        ys,
    )
    if objective.loss != 0:
        gather_targets(data, work)
        width = data.y.shape[2]
        work.sums[COUNTED] = rows * width
        targets = table(work.memory, work.at[Y], rows, width)
        dys = table(work.memory, work.at[DYS], rows, n_output)
        delta = objective.huber_delta
        call(objective.loss, (network.activate_output, delta, ys, targets, dys, work.sums))


@njit(**UNCACHED)
def rows_at_once(weights):
    """Return how many rows products over several time steps take.

    Few enough that the time loop finds in the cache what they wrote, and they what it wrote.
    """
    return max(1, ROWS_AT_ONCE // (weights.n_gates * weights.n_hidden))


@njit(**UNCACHED)
def sum_inputs(weights, layer, network, first, end, work):
    """Write the first layer's sums over its inputs, bias included, into rows of `zs`."""
    n_in, n_hidden = weights.n_in, layer.n_hidden
    x = table(work.memory, work.at[X] + first * n_in, end - first, n_in)
    for gate in range(weights.n_gates):
        matrix = weights.at[FIRST] + gate * n_in * n_hidden
        product(
            network.multiply,
            x,
            table(weights.values, matrix, n_in, n_hidden),
            table(layer.zs, (gate * layer.n_rows + first) * n_hidden, end - first, n_hidden),
        )


@njit(**UNCACHED)
def upper_at(weights, index, gate):
    """Return where the matrix of an upper layer's gate begins, its bias as last row."""
    size = (weights.n_hidden + 1) * weights.n_hidden
    return weights.at[UPPER] + ((index - 1) * weights.n_gates + gate) * size


@njit(**UNCACHED)
def inputs_at(weights, layer, index, dropout, work):
    """Return where the inputs (R, H) of an upper layer begin: the states below, or what is left."""
    if dropout.drop != 0:
        return work.at[DROPPED] + (index - 1) * layer.n_rows * layer.n_hidden
    below = states_at(weights, work, index - 1)
    return work.at[STATES] + below + layer.n_batch * layer.n_hidden


@njit(**UNCACHED)
def sum_states_below(weights, layer, network, index, dropout, work):
    """Write an upper layer's sums over the states below, bias included, into `zs`."""
    n_rows, n_hidden = layer.n_rows, layer.n_hidden
    size = n_rows * n_hidden
    inputs = inputs_at(weights, layer, index, dropout, work)
    if dropout.drop != 0:
        below = states_at(weights, work, index - 1) + layer.n_batch * n_hidden
        left = flat(work.memory, inputs, size)
        copy(flat(work.memory, work.at[STATES] + below, size), left)
        call(dropout.drop, (left, index, dropout.rate, dropout.key, dropout.update))
    for gate in range(weights.n_gates):
        matrix = upper_at(weights, index, gate)
        bias = flat(weights.values, matrix + n_hidden * n_hidden, n_hidden)
        for row in range(n_rows):
            copy(bias, flat(layer.zs, gate * size + row * n_hidden, n_hidden))
        add_product(
            network.multiply,
            table(work.memory, inputs, n_rows, n_hidden),
            table(weights.values, matrix, n_hidden, n_hidden),
            table(layer.zs, gate * size, n_rows, n_hidden),
        )


@njit(**UNCACHED)
def read_states(weights, every, work):
    """Return where the states of the top layer that have an output begin: (R, H), or (B, H).

    Those of each sequence's last time step are copied together.
    """
    n_batch, n_hidden = work.shape[N_BATCH], weights.n_hidden
    hs = work.at[STATES] + states_at(weights, work, weights.n_layers - 1) + n_batch * n_hidden
    if every:
        return hs
    n_next = 0
    for t in range(work.shape[N_TIME] - 1, -1, -1):
        first, n = work.starts[t], work.starts[t + 1] - work.starts[t]
        size = (n - n_next) * n_hidden
        copy(
            flat(work.memory, hs + (first + n_next) * n_hidden, size),
            flat(work.memory, work.at[LAST] + n_next * n_hidden, size),
        )
        n_next = n
    return work.at[LAST]
