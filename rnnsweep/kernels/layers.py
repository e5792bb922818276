"""The forward pass of a block through all layers.

Here and in `backward.py` is what all cells share: the products over several time steps at once, the
order of the time steps, and where gradients enter or are cut off. `time_steps.py` has a time step.
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
    N_ROWS,
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
from .draws import Draws
from .flags import UNCACHED
from .loops import copy
from .masks import masked_loss
from .products import add_product, product
from .time_steps import advance, enter_layer, spread_own_biases
from .views import flat, flat_at, table, table_at
from .weights import B_Y, FIRST, UPPER, W_HY, Weights

# Elements of the sums that products over several time steps take at once: 128 KB in float32, a
# part of the second cache. With T = 1000 and H = 128 all of them at once took 1.7 times as long.
ROWS_AT_ONCE = 2**15


class Network(NamedTuple):
    """The functions of a network, by their addresses; 0 where it needs none."""

    multiply: int
    advance: int  # the elementwise parts of the cell, see `elementwise.time_step`
    retreat: int
    slopes: int  # of pre-activations, see `probe`
    activate: int  # for the plain loops of `single`
    activate_output: int
    forward: int
    backward: int
    forward_one: int  # the same for a block of one sequence
    backward_one: int
    every: bool  # outputs at every time step


class Objective(NamedTuple):
    """The loss and how its gradient is computed; an address of 0 means no function."""

    loss: int = 0
    huber_delta: float = 1.0
    window: int = 0  # time steps of a truncated gradient
    spread_slope: int = 0  # the notebook's gradient: three functions, and its activation
    retreat: int = 0
    sum_gradient: int = 0
    activate: int = 0
    add_flow: int = 0  # into `Work.flow`


@apart
def forward(
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
    """Run the sequences whose numbers are in `order` forward; compute their loss if there is one.

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
        layer = enter_layer(weights, index, work)
        ready = 0  # rows whose sums over the inputs are complete
        if index > 0:
            sum_states_below(weights, layer, network, index, draws, work)
            ready = layer.n_rows
        for t in range(work.shape[N_TIME]):
            first, end = work.starts[t], work.starts[t + 1]
            if end > ready:
                following = min(layer.n_rows, max(end, ready + rows_at_once(weights)))
                sum_inputs(weights, layer, network, ready, following, work)
                ready = following
            before = row_before(work, t)
            advance(weights, layer, network, draws, t, before, first, end, work)
    if keeps:
        keep_states(weights, work)
    if not network.every:
        gather_last_states(weights, work)
    rows, n_output = output_rows(network.every, work), weights.n_output
    place, start = read_at(weights, network.every, work)
    ys = table_at(work.memory, work.at, YS, 0, rows, n_output)
    b_y = flat_at(weights.values, weights.at, B_Y, 0, n_output)
    for row in range(rows):
        copy(b_y, flat(ys, row * n_output, n_output))
    add_product(
        network.multiply,
        table_at(work.memory, work.at, place, start, rows, weights.n_hidden),
        table_at(weights.values, weights.at, W_HY, 0, weights.n_hidden, n_output),
        ys,
    )
    if objective.loss != 0:
        gather_targets(data, work)
    if objective.loss != 0 and data.mask.shape[0] > 0:
        masked_loss(network, objective, data, n_output, work)
    elif objective.loss != 0:
        width = data.y.shape[2]
        work.sums[COUNTED] = rows * width
        targets = table_at(work.memory, work.at, Y, 0, rows, width)
        dys = table_at(work.memory, work.at, DYS, 0, rows, n_output)
        delta = objective.huber_delta
        call(objective.loss, (network.activate_output, delta, ys, targets, dys, work.sums))


@njit(**UNCACHED)
def rows_at_once(weights):
    """Return how many rows products over several time steps take.

    So few that the rows written by a product are still in the cache when the loop over time reads
    them, and the other way round.
    """
    return max(1, ROWS_AT_ONCE // (weights.n_sums * weights.n_hidden))


@njit(**UNCACHED)
def sum_inputs(weights, layer, network, first, end, work):
    """Write the first layer's sums over its inputs, bias included, into their rows."""
    n_in, n_hidden = weights.n_in, layer.n_hidden
    x = table_at(work.memory, work.at, X, first * n_in, end - first, n_in)
    for number in range(weights.n_sums):
        matrix = number * n_in * n_hidden
        product(
            network.multiply,
            x,
            table_at(weights.values, weights.at, FIRST, matrix, n_in, n_hidden),
            table(layer.kept, (number * layer.n_rows + first) * n_hidden, end - first, n_hidden),
        )
    spread_own_biases(weights, layer, first, end)


@njit(**UNCACHED)
def upper_at(weights, index, number):
    """Return where the matrix of an upper layer's sum begins in `UPPER`, its bias as last row."""
    size = (weights.n_hidden + 1) * weights.n_hidden
    return ((index - 1) * weights.n_sums + number) * size


@njit(**UNCACHED)
def inputs_at(weights, index, draws, work):
    """Return the place and the start of an upper layer's inputs (R, H).

    They are the states of the layer below, or what dropout leaves of them.
    """
    if draws.drop != 0:
        return DROPPED, (index - 1) * work.shape[N_ROWS] * weights.n_hidden
    return STATES, rows_at(weights, index - 1, work)


@njit(**UNCACHED)
def sum_states_below(weights, layer, network, index, draws, work):
    """Write an upper layer's sums over the states below, bias included."""
    n_rows, n_hidden = layer.n_rows, layer.n_hidden
    size = n_rows * n_hidden
    place, start = inputs_at(weights, index, draws, work)
    if draws.drop != 0:
        left = flat_at(work.memory, work.at, place, start, size)
        below = rows_at(weights, index - 1, work)
        copy(flat_at(work.memory, work.at, STATES, below, size), left)
        call(draws.drop, (left, index, draws.rate, draws.drop_key, draws.update))
    for number in range(weights.n_sums):
        matrix = upper_at(weights, index, number)
        bias = flat_at(weights.values, weights.at, UPPER, matrix + n_hidden * n_hidden, n_hidden)
        for row in range(n_rows):
            copy(bias, flat(layer.kept, number * size + row * n_hidden, n_hidden))
        add_product(
            network.multiply,
            table_at(work.memory, work.at, place, start, n_rows, n_hidden),
            table_at(weights.values, weights.at, UPPER, matrix, n_hidden, n_hidden),
            table(layer.kept, number * size, n_rows, n_hidden),
        )
    spread_own_biases(weights, layer, 0, n_rows)


@njit(**UNCACHED)
def rows_at(weights, index, work):
    """Return where h_t (R, H) of a layer begins in `STATES`, after the initial states."""
    return states_at(weights, work, index, 0) + work.shape[N_BATCH] * weights.n_hidden


@njit(**UNCACHED)
def read_at(weights, every, work):
    """Return the place and the start of the top layer's states that have an output.

    They are the states at every time step (R, H), or the last ones (B, H).
    """
    if every:
        return STATES, rows_at(weights, weights.n_layers - 1, work)
    return LAST, 0


@njit(**UNCACHED)
def gather_last_states(weights, work):
    """Copy the top layer's states of each sequence's last time step together, into `LAST`."""
    n_hidden = weights.n_hidden
    hs = rows_at(weights, weights.n_layers - 1, work)
    n_next = 0
    for t in range(work.shape[N_TIME] - 1, -1, -1):
        first, n = work.starts[t], work.starts[t + 1] - work.starts[t]
        size = (n - n_next) * n_hidden
        copy(
            flat_at(work.memory, work.at, STATES, hs + (first + n_next) * n_hidden, size),
            flat_at(work.memory, work.at, LAST, n_next * n_hidden, size),
        )
        n_next = n
