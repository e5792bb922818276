"""A block: the sequences that are run at once, packed so that no time step past an end is run.

The sequences of a block are ordered by length, the longest first. The rows of time step t are
``starts[t]`` to ``starts[t + 1]``, one for each sequence that has not ended, so that the sequences
of a time step are the first ones of the time step before. A block has R rows, one for each real
time step of its sequences.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .arrays import BoolMatrix, DoubleVector, IntMatrix, IntVector, RealTensor, RealVector
from .flags import UNCACHED
from .loops import clear, copy
from .views import flat, flat_at

_NO_MASK = np.zeros((0, 0), np.bool_)


class Sequences(NamedTuple):
    """One part of a task's data; values past a sequence's length are never read."""

    x: RealTensor  # (N, T, I), or (0, T, I) where there are tokens
    tokens: IntMatrix  # (N, T) in 0..I-1, or (0, T)
    y: RealTensor  # (N, n_out, O), or (N, n_out, 1): the numbers of the classes
    lengths: IntVector  # (N,)
    mask: BoolMatrix = _NO_MASK  # (N, T): where targets count, for outputs at every time step


# Places in `Work.at`, of arrays for blocks of up to B sequences of up to T time steps; R = B T.
(
    X,  # (R, I+1)
    Y,  # (rows of outputs, O), as are YS and DYS
    YS,
    DYS,
    STATES,  # (L, S, B + R, H): of each state the initial rows, then those of the time steps
    KEPT,  # (L, A, R, H): the sums, and further arrays that a cell keeps for the backward pass
    DROPPED,  # (L-1, R, H) with dropout: inputs of the upper layers
    BEFORE,  # (F, R, H) where lengths differ: the states of t - 1 in the rows of t
    SEEDS,  # (R, H) or (B, H): gradients by h_t from above
    LAST,  # (B, H): the last state of each sequence
    SCRATCH,  # (C, B, H): gradients by the states at one time step, vectors, ...
    RECURRENT_T,  # (M, H, H)
    UPPER_T,  # (H, H) with upper layers
    W_HY_T,  # (O, H)
    CARRIED,  # (S, L, B, H): the states that a stateful training carries over
    N_PLACES,
) = range(16)

# Places in `Work.shape`: the sizes of the current block, and whether its lengths are equal.
N_BATCH, N_TIME, N_ROWS, UNIFORM = range(4)

# Places in `Work.sums`: three sums over the current block, two results of a part of the data.
TOTAL, RIGHT, COUNTED, MEAN_LOSS, SHARE_RIGHT = range(5)


class Work(NamedTuple):
    """Work arrays of a training: one piece of memory for all large ones, and the small ones."""

    memory: RealVector
    at: IntVector  # (N_PLACES + 1,): where each array begins
    starts: IntVector  # (T + 1,)
    places: IntVector  # (2 N,): where the N arrays of the present layer begin, then where they end
    sorted: IntVector  # (B,): the sequences of the block, longest first
    shape: IntVector  # (4,)
    sums: DoubleVector  # (5,)
    flow: DoubleVector  # (T,): squared norms of dL/dh by lag where asked for, else (0,)


@njit(**UNCACHED)
def longest_first(lengths, order, ordered, starts):
    """Write `order` sorted by length into `ordered`, stable, and the rows' `starts`.

    Returns the number of time steps of the longest. A counting sort: as many counts as time
    steps, for which `starts` has room.
    """
    n_time = 0
    for b in range(order.size):
        n_time = max(n_time, lengths[order[b]])
    for t in range(n_time + 1):
        starts[t] = 0
    # starts[t]: the number of sequences longer than t; these come first.
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
    # Now starts[t] is the number of sequences longer than t - 1, that is the rows of time step t.
    total = 0
    for t in range(n_time):
        active = starts[t]
        starts[t] = total
        total += active
    starts[n_time] = total
    return n_time


@njit(**UNCACHED)
def lay_out(data, order, work):
    """Lay out a block for the sequences whose numbers are in `order`."""
    n_batch = order.size
    n_time = data.lengths[order[0]]
    uniform = True
    for b in range(n_batch):
        uniform = uniform and data.lengths[order[b]] == n_time
    if uniform:
        copy(order, work.sorted)
        for t in range(n_time + 1):
            work.starts[t] = t * n_batch
    else:
        n_time = longest_first(data.lengths, order, work.sorted, work.starts)
    work.shape[N_BATCH] = n_batch
    work.shape[N_TIME] = n_time
    work.shape[N_ROWS] = work.starts[n_time]
    work.shape[UNIFORM] = uniform


@njit(**UNCACHED)
def gather_inputs(data, n_in, work):
    """Copy the inputs of the block's sequences into its rows (R, I+1), and end each with a 1."""
    n_batch, n_rows = work.shape[N_BATCH], work.shape[N_ROWS]
    x = flat_at(work.memory, work.at, X, 0, n_rows * n_in)
    if data.tokens.shape[0] > 0:
        clear(x)
        for row in range(n_rows):
            x[row * n_in + n_in - 1] = 1.0
        for b in range(n_batch):
            sequence = work.sorted[b]
            for t in range(data.lengths[sequence]):
                x[(work.starts[t] + b) * n_in + data.tokens[sequence, t]] = 1.0
    else:
        seq_len = data.x.shape[1]
        for b in range(n_batch):
            sequence = work.sorted[b]
            source = flat(data.x, sequence * seq_len * (n_in - 1), seq_len * (n_in - 1))
            for t in range(data.lengths[sequence]):
                row = flat(x, (work.starts[t] + b) * n_in, n_in)
                copy(flat(source, t * (n_in - 1), n_in - 1), row)
                row[n_in - 1] = 1.0


@njit(**UNCACHED)
def gather_targets(data, work):
    """Copy the block's targets: a row a time step, or a row a sequence."""
    n_out, width = data.y.shape[1], data.y.shape[2]
    rows = work.shape[N_BATCH] if n_out == 1 else work.shape[N_ROWS]
    y = flat_at(work.memory, work.at, Y, 0, rows * width)
    for b in range(work.shape[N_BATCH]):
        sequence = work.sorted[b]
        if n_out == 1:
            copy(flat(data.y, sequence * width, width), flat(y, b * width, width))
        else:
            for t in range(data.lengths[sequence]):
                copy(
                    flat(data.y, (sequence * n_out + t) * width, width),
                    flat(y, (work.starts[t] + b) * width, width),
                )


@njit(**UNCACHED)
def states_at(weights, work, index, state):
    """Return where a state of a layer begins in `STATES`."""
    rows = work.shape[N_BATCH] + work.shape[N_ROWS]
    return (index * weights.n_states + state) * rows * weights.n_hidden


@njit(**UNCACHED)
def carried_at(weights, work, state, index):
    """Return where a state of a layer begins in `CARRIED`."""
    return (state * weights.n_layers + index) * work.sorted.size * weights.n_hidden


@njit(**UNCACHED)
def start_states(weights, goes_on, work):
    """Set the initial states of a block: 0, or the states that `keep_states` kept."""
    size = work.shape[N_BATCH] * weights.n_hidden
    for index in range(weights.n_layers):
        for state in range(weights.n_states):
            start = states_at(weights, work, index, state)
            states = flat_at(work.memory, work.at, STATES, start, size)
            if goes_on:
                start = carried_at(weights, work, state, index)
                copy(flat_at(work.memory, work.at, CARRIED, start, size), states)
            else:
                clear(states)


@njit(**UNCACHED)
def keep_states(weights, work):
    """Keep the states at the end of a block of sequences of one length."""
    size = work.shape[N_BATCH] * weights.n_hidden
    for index in range(weights.n_layers):
        for state in range(weights.n_states):
            end = states_at(weights, work, index, state) + work.shape[N_ROWS] * weights.n_hidden
            states = flat_at(work.memory, work.at, STATES, end, size)
            start = carried_at(weights, work, state, index)
            copy(states, flat_at(work.memory, work.at, CARRIED, start, size))


@njit(**UNCACHED)
def row_before(work, t):
    """Return the row of a layer's states at which the h_{t-1} of time step t begin."""
    return 0 if t == 0 else work.shape[N_BATCH] + work.starts[t - 1]


@njit(**UNCACHED)
def output_rows(every, work):
    """Return the number of rows that have an output."""
    return work.shape[N_ROWS] if every else work.shape[N_BATCH]
