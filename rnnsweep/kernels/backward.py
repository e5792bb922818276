"""The backward pass of a block: backpropagation through time, after `layers.forward`."""

import numpy as np
from numba import njit

from .apart import apart, call
from .arrays import RealVector
from .block import (
    BEFORE,
    COUNTED,
    DYS,
    N_TIME,
    RECURRENT_T,
    SEEDS,
    UNIFORM,
    UPPER_T,
    W_HY_T,
    Work,
    X,
    output_rows,
    row_before,
)
from .draws import Draws
from .flags import UNCACHED
from .layers import Network, Objective, inputs_at, read_at, rows_at_once, upper_at
from .loops import add_rows, clear, copy, transpose
from .products import add_product, add_transposed_product, product, transposed_product
from .time_steps import (
    carry_back,
    clear_vector_gradients,
    enter_layer,
    recurrent_gradients,
    retreat,
    scratch_number,
    sum_vector_gradients,
)
from .views import array, flat, flat_at, table, table_at
from .weights import B_Y, FEED_STATE, FIRST, UPPER, W_HY, Weights


@apart
def backward(
    weights: Weights,
    gradients: Weights,
    network: Network,
    objective: Objective,
    draws: Draws,
    work: Work,
) -> None:
    """Write the gradients of the mean loss of the block that `forward` has run."""
    rows, n_output, n_hidden = output_rows(network.every, work), weights.n_output, weights.n_hidden
    dys = flat_at(work.memory, work.at, DYS, 0, rows * n_output)
    scale = dys.dtype.type(1.0 / work.sums[COUNTED])
    for k in range(dys.size):
        dys[k] *= scale
    if objective.spread_slope != 0:
        call(objective.spread_slope, (objective.activate, n_hidden, work))
    clear(gradients.values)
    read_gradients(weights, gradients, network, rows, work)
    for index in range(weights.n_layers - 1, -1, -1):
        layer = enter_layer(weights, index, work)
        turned = flat_at(work.memory, work.at, RECURRENT_T, 0, layer.recurrent.size)
        transpose_all(layer.recurrent, weights.products.shape[0], n_hidden, turned)
        every = network.every or index < weights.n_layers - 1
        back_through_time(weights, gradients, layer, network, objective, index, every, work)
        if index > 0:
            upper_gradients(weights, gradients, layer, network, index, draws, work)
    if objective.sum_gradient != 0:
        call(objective.sum_gradient, (network, gradients.values, gradients.at, n_hidden, work))


@njit(**UNCACHED)
def read_gradients(weights, gradients, network, rows, work):
    """Write the gradients of `W_hy` and `b_y`, and those by the states into `SEEDS`."""
    n_hidden, n_output = weights.n_hidden, weights.n_output
    place, start = read_at(weights, network.every, work)
    dys = table_at(work.memory, work.at, DYS, 0, rows, n_output)
    transposed_product(
        network.multiply,
        table_at(work.memory, work.at, place, start, rows, n_hidden),
        dys,
        table_at(gradients.values, gradients.at, W_HY, 0, n_hidden, n_output),
    )
    add_rows(dys, flat_at(gradients.values, gradients.at, B_Y, 0, n_output))
    turned = table_at(work.memory, work.at, W_HY_T, 0, n_output, n_hidden)
    transpose(table_at(weights.values, weights.at, W_HY, 0, n_hidden, n_output), turned)
    seeds = table_at(work.memory, work.at, SEEDS, 0, rows, n_hidden)
    product(network.multiply, dys, turned, seeds)


@njit(**UNCACHED)
def transpose_all(matrices, n, n_hidden, out):
    """Write the transpose of each of `n` matrices (H, H)."""
    size = n_hidden * n_hidden
    for k in range(n):
        transpose(
            table(matrices, k * size, n_hidden, n_hidden),
            table(out, k * size, n_hidden, n_hidden),
        )


@njit(**UNCACHED)
def row_gradients(weights, gradients, layer, network, index, first, end, work):
    """Add some rows' part to the gradients of the recurrent and the first layer's input weights."""
    n, n_hidden = end - first, layer.n_hidden
    recurrent_gradients(weights, gradients, layer, network, first, n, work)
    if index == 0:
        x = table_at(work.memory, work.at, X, first * weights.n_in, n, weights.n_in)
        for number in range(weights.n_sums):
            matrix = number * weights.n_in * n_hidden
            add_transposed_product(
                network.multiply,
                x,
                table(layer.kept, (number * layer.n_rows + first) * n_hidden, n, n_hidden),
                table_at(gradients.values, gradients.at, FIRST, matrix, weights.n_in, n_hidden),
            )
        for k in range(weights.unbiased.size):
            bias = ((weights.unbiased[k] + 1) * weights.n_in - 1) * n_hidden
            clear(flat_at(gradients.values, gradients.at, FIRST, bias, n_hidden))


@njit(**UNCACHED)
def upper_gradients(weights, gradients, layer, network, index, draws, work):
    """Write the gradients of an upper layer's input weights, and by the states into `SEEDS`."""
    n_rows, n_hidden = layer.n_rows, layer.n_hidden
    size = n_rows * n_hidden
    place, start = inputs_at(weights, index, draws, work)
    inputs = table_at(work.memory, work.at, place, start, n_rows, n_hidden)
    seeds = table_at(work.memory, work.at, SEEDS, 0, n_rows, n_hidden)
    turned = table_at(work.memory, work.at, UPPER_T, 0, n_hidden, n_hidden)
    clear(flat(seeds, 0, size))
    for number in range(weights.n_sums):
        dz = table(layer.kept, number * size, n_rows, n_hidden)
        matrix = upper_at(weights, index, number)
        bias = matrix + n_hidden * n_hidden
        transposed_product(
            network.multiply,
            inputs,
            dz,
            table_at(gradients.values, gradients.at, UPPER, matrix, n_hidden, n_hidden),
        )
        add_rows(dz, flat_at(gradients.values, gradients.at, UPPER, bias, n_hidden))
        transpose(table_at(weights.values, weights.at, UPPER, matrix, n_hidden, n_hidden), turned)
        add_product(network.multiply, dz, turned, seeds)
    for k in range(weights.unbiased.size):
        bias = upper_at(weights, index, weights.unbiased[k]) + n_hidden * n_hidden
        clear(flat_at(gradients.values, gradients.at, UPPER, bias, n_hidden))
    if draws.drop != 0:
        arguments = (flat(seeds, 0, size), index, draws.rate, draws.drop_key, draws.update)
        call(draws.drop, arguments)


@njit(**UNCACHED)
def back_through_time(weights, gradients, layer, network, objective, index, every, work):
    """Turn what `advance` left in the layer's sums into dz_t, from the last time step back.

    Also adds to the gradients of the recurrent weights and of the first layer's input weights.

    dh_t is the gradient from above plus the one that time step t + 1 hands back (Goodfellow et al.
    2016, eq. 10.20 and 10.21, for any cell). With `every` the seeds (R, H) are for every time step,
    else they (B, H) are for the last one of each sequence.
    """
    n_hidden, n_states = layer.n_hidden, weights.n_states
    transposed = flat_at(work.memory, work.at, RECURRENT_T, 0, layer.recurrent.size)
    address = objective.retreat if objective.retreat != 0 else network.retreat
    n_fed = states_with_a_matrix(weights)
    clear_vector_gradients(weights, layer, work)
    n_next = 0  # sequences that have a time step t + 1
    done = layer.n_rows  # the first row that the gradients have
    for t in range(work.shape[N_TIME] - 1, -1, -1):
        first, end = work.starts[t], work.starts[t + 1]
        n = end - first
        n_received = n_next * n_hidden
        dh = array(work.memory, work.places, scratch_number(weights, 0), 0, n * n_hidden)
        if n_next > 0:
            if objective.window == 0 or (t + 1) % objective.window != 0:
                carry_back(weights, layer, network, transposed, end, end + n_next, work)
            else:
                for state in range(n_states):
                    number = scratch_number(weights, state)
                    clear(array(work.memory, work.places, number, 0, n_received))
        start = first * n_hidden if every else 0
        receive(flat_at(work.memory, work.at, SEEDS, start, dh.size), every, n_received, dh)
        for state in range(1, n_states):
            number = scratch_number(weights, state)
            size = dh.size - n_received
            clear(array(work.memory, work.places, number, n_received, size))
        if objective.add_flow != 0:
            call(objective.add_flow, (dh, n_hidden, t, work))
        before = row_before(work, t)
        retreat(weights, layer, network, address, transposed, before, first, end, work)
        n_next = n
        if not work.shape[UNIFORM]:
            keep_states_before(weights, layer, n_fed, before, first, n, work)
        if t == 0 or done - first >= rows_at_once(weights):
            row_gradients(weights, gradients, layer, network, index, first, done, work)
            done = first
    sum_vector_gradients(weights, gradients, layer, work)


@njit(**UNCACHED)
def states_with_a_matrix(weights):
    """Return how many states, from the first on, hold all that are multiplied by a matrix."""
    n = 0
    for number in range(weights.products.shape[0]):
        n = max(n, weights.products[number, FEED_STATE] + 1)
    return n


@njit(**UNCACHED)
def keep_states_before(weights, layer, n_states, before, first, n, work):
    """Copy the states before a time step into the rows of the time step, where lengths differ."""
    h = layer.n_hidden
    for state in range(n_states):
        old = array(work.memory, work.places, weights.n_kept + state, before * h, n * h)
        start = (state * layer.n_rows + first) * h
        copy(old, flat_at(work.memory, work.at, BEFORE, start, n * h))


@njit(**UNCACHED)
def receive(seeds, every, n_received, dh):
    """Add the gradient from above to the first `n_received` elements of dh_t, and set the others.

    The others are the rows of the sequences that end at t: no later time step adds to them.
    """
    if every:
        for k in range(n_received):
            dh[k] += seeds[k]
    for k in range(n_received, dh.size):
        dh[k] = seeds[k]


@apart
def add_flow(dh: RealVector, n_hidden: int, t: int, work: Work) -> None:
    """Add the squared norms of dL/dh_t (n H,) by each sequence's distance to its end."""
    n_time, starts = work.shape[N_TIME], work.starts
    n_next = 0 if t + 1 == n_time else starts[t + 2] - starts[t + 1]
    for b in range(dh.size // n_hidden):
        lag = 0
        if b < n_next:  # still going on: its end is the last time step with more than b rows
            while t + lag + 1 < n_time and starts[t + lag + 2] - starts[t + lag + 1] > b:
                lag += 1
        for k in range(n_hidden):
            value = np.float64(dh[b * n_hidden + k])
            work.flow[lag] += value * value
