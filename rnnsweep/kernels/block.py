"""A block: the sequences that are run at once, packed so that no time step past an end is run.

Sequences stand in a block longest first. The rows of time step t are ``starts[t]`` to
``starts[t + 1]``, one for each sequence that is still going on, so that the sequences of a time
step are the first ones of the time step before. R rows in all: the block's real time steps.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .cells import Layer
from .flags import ELEMENTWISE, PART, Array


class Sequences(NamedTuple):
    """One part of a task's data; values past a sequence's length are never looked at."""

    x: Array  # (N, T, I+1), the last column ones; (0, T, I+1) where there are tokens
    tokens: NDArray[np.int64]  # (N, T) in 0..I-1, or (0, T)
    y: Array  # (N, n_out, O), or (N, n_out, 1): the numbers of the classes
    lengths: NDArray[np.int64]  # (N,)


class Work(NamedTuple):
    """Flat work arrays for blocks of up to B sequences of up to T time steps; R = B T rows."""

    x: Array  # (R * (I+1),)
    y: Array  # (rows of outputs * O,), as are ys and dys
    ys: Array
    dys: Array
    states: Array  # (L * (B + R) * H,)
    cells: Array  # the same for lstm, else (0,)
    zs: Array  # (L * G * R * H,)
    extras: Array  # (L * E * R * H,): E arrays that a cell keeps beside its gates
    dropped: Array  # ((L-1) * R * H,) with dropout, else (0,): inputs of the upper layers
    before: Array  # (R * H,) where lengths differ, else (0,): h_{t-1} in the rows of h_t
    seeds: Array  # (R * H,) or (B * H,): gradients by h_t from above
    last: Array  # (B * H,): the last state of each sequence
    dh: Array  # (B * H,)
    dc: Array  # (B * H,) for lstm, else (0,)
    recurrent_T: Array  # (G, H, H)
    upper_T: Array  # (G, H, H)
    W_hy_T: Array  # (O, H)
    carried: Array  # (2, L, B, H): h and c that a stateful training carries over, or (2, L, 0, H)
    flow: NDArray[np.float64]  # (T,): squared norms of dL/dh by lag where asked for, else (0,)
    starts: NDArray[np.int64]  # (T + 1,)
    sorted: NDArray[np.int64]  # (B,): the order of a block whose lengths differ


class Block(NamedTuple):
    """Views into the work arrays for the sequences at hand."""

    n_batch: int
    n_time: int
    uniform: bool  # all of one length
    starts: NDArray[np.int64]  # (T + 1,)
    order: NDArray[np.int64]  # (B,): the sequences, longest first
    x: Array  # (R, I+1)
    states: Array  # (L, B + R, H)
    cells: Array  # (L, B + R, H) for lstm, else (L, 0, H)
    zs: Array  # (L, G, R, H)
    extras: Array  # (L, E, R, H)
    last: Array  # (B, H)


@njit(**ELEMENTWISE)
def longest_first(lengths, order, ordered, starts):
    """Write `order` sorted by length into `ordered`, stable, and the rows' `starts`.

    Returns the number of time steps of the longest. A counting sort: as many counts as time
    steps, which `starts` has room for.
    """
    n_time = 0
    for b in range(order.size):
        n_time = max(n_time, lengths[order[b]])
    for t in range(n_time + 1):
        starts[t] = 0
    # starts[t]: how many last longer than t; those come first.
    for b in range(order.size):
        starts[lengths[order[b]] - 1] += 1
    active = 0
    for t in range(n_time - 1, -1, -1):
        ending = starts[t]
        starts[t] = active
        active += ending
    for b in range(order.size):
        length = lengths[order[b]]
        ordered[starts[length - 1]] = order[b]
        starts[length - 1] += 1
    # Now starts[t] is how many last longer than t - 1, that is the rows of time step t.
    total = 0
    for t in range(n_time):
        active = starts[t]
        starts[t] = total
        total += active
    starts[n_time] = total
    return n_time


@njit(**ELEMENTWISE)
def make_block(weights, data, order, work):
    """Lay out a block for the sequences named by `order`, and copy their inputs into it."""
    n_batch = order.size
    n_time = data.lengths[order[0]]
    uniform = True
    for b in range(n_batch):
        uniform = uniform and data.lengths[order[b]] == n_time
    if uniform:
        for t in range(n_time + 1):
            work.starts[t] = t * n_batch
    else:
        ordered = work.sorted[:n_batch]
        n_time = longest_first(data.lengths, order, ordered, work.starts)
        order = ordered
    starts = work.starts[: n_time + 1]
    rows = starts[n_time]
    n_layers, n_gates, n_hidden, _ = weights.recurrent.shape
    n_in = weights.first.shape[1]
    states = n_batch + rows
    with_cells = min(work.cells.size, 1) * states
    n_extras = work.extras.size // max(1, work.zs.size // n_gates)
    x = work.x[: rows * n_in].reshape((rows, n_in))
    gather_inputs(data, order, starts, x)
    return Block(
        n_batch,
        n_time,
        uniform,
        starts,
        order,
        x,
        work.states[: n_layers * states * n_hidden].reshape((n_layers, states, n_hidden)),
        work.cells[: n_layers * with_cells * n_hidden].reshape((n_layers, with_cells, n_hidden)),
        work.zs[: n_layers * n_gates * rows * n_hidden].reshape(
            (n_layers, n_gates, rows, n_hidden)
        ),
        work.extras[: n_layers * n_extras * rows * n_hidden].reshape(
            (n_layers, n_extras, rows, n_hidden)
        ),
        work.last[: n_batch * n_hidden].reshape((n_batch, n_hidden)),
    )


@njit(**ELEMENTWISE)
def gather_inputs(data, order, starts, x):
    """Copy the inputs of the sequences named by `order` into the rows of `x` (R, I+1)."""
    n_in = x.shape[1]
    if data.tokens.shape[0] > 0:
        for row in range(x.shape[0]):
            for k in range(n_in - 1):
                x[row, k] = 0.0
            x[row, n_in - 1] = 1.0
        for b in range(order.size):
            tokens = data.tokens[order[b]]
            for t in range(data.lengths[order[b]]):
                x[starts[t] + b, tokens[t]] = 1.0
    else:
        for b in range(order.size):
            sequence = data.x[order[b]]
            for t in range(data.lengths[order[b]]):
                row = starts[t] + b
                for k in range(n_in):
                    x[row, k] = sequence[t, k]


@njit(**ELEMENTWISE)
def gather_targets(data, block, y):
    """Copy the targets into `y` (rows of outputs, K): a row a time step, or a row a sequence."""
    order = block.order
    width = y.shape[1]
    if data.y.shape[1] == 1:
        for b in range(order.size):
            for k in range(width):
                y[b, k] = data.y[order[b], 0, k]
    else:
        for b in range(order.size):
            sequence = data.y[order[b]]
            for t in range(data.lengths[order[b]]):
                row = block.starts[t] + b
                for k in range(width):
                    y[row, k] = sequence[t, k]


@njit(**PART)
def layer_of(weights, block, index):
    """Return the views of one layer."""
    return Layer(
        index,
        block.n_batch,
        weights.recurrent[index],
        block.states[index],
        block.states[index, block.n_batch :],
        block.cells[index],
        block.zs[index],
        block.extras[index],
    )


@njit(**PART)
def row_before(block, t):
    """Return the row of `states` at which the rows of time step t find their h_{t-1}."""
    return 0 if t == 0 else block.n_batch + block.starts[t - 1]
