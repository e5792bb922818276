"""Hidden layers over a block: forward over time, and backpropagation through time.

What is a cell's own is in its file. Here is what all share: the products over all time steps at
once, the order of time steps, where gradients come in, and where they are cut.
"""

import numpy as np
from numba import njit

from .block import layer_of, row_before
from .cells import advance, carry_back, recurrent_gradients, retreat
from .dropout import drop
from .flags import ELEMENTWISE, PART
from .loops import add_rows, clear, copy, transpose
from .products import add_product, product, transposed_product


@njit(**ELEMENTWISE)
def forward(weights, activation, block, dropout, work):
    """Run all layers from the states in their first rows; leaves what `backward` needs.

    `dropout` is a `dropout.Dropout`; the inputs of the upper layers go through it.
    """
    n_layers, n_gates, n_hidden, _ = weights.recurrent.shape
    n_rows = block.x.shape[0]
    for index in range(n_layers):
        layer = layer_of(weights, block, index)
        if index == 0:
            for gate in range(n_gates):
                product(block.x, weights.first[gate], layer.zs[gate])
        else:
            inputs = layer_inputs(weights, block, index, dropout, work)
            if dropout.rate > 0.0:
                copy(
                    block.states[index - 1, block.n_batch :].reshape(inputs.size),
                    inputs.reshape(inputs.size),
                )
                drop(inputs.reshape(inputs.size), index, dropout)
            for gate in range(n_gates):
                matrix = weights.upper[index - 1, gate]
                z = layer.zs[gate]
                for row in range(n_rows):
                    copy(matrix[n_hidden], z[row])
                add_product(inputs, matrix[:n_hidden], z)
        for t in range(block.n_time):
            advance(
                weights,
                layer,
                activation,
                row_before(block, t),
                block.starts[t],
                block.starts[t + 1],
            )


@njit(**PART)
def layer_inputs(weights, block, index, dropout, work):
    """Return the inputs (R, H) of an upper layer: the states below, or what dropout left."""
    n_rows, n_hidden = block.x.shape[0], weights.recurrent.shape[2]
    if dropout.rate > 0.0:
        size = n_rows * n_hidden
        return work.dropped[(index - 1) * size : index * size].reshape((n_rows, n_hidden))
    return block.states[index - 1, block.n_batch :]


@njit(**ELEMENTWISE)
def backward(weights, gradients, block, every, window, dropout, work):
    """Write the gradients of all layers, given those by the last layer's states in `work.seeds`.

    Parameters
    ----------
    every : bool
        True where the seeds (R, H) are for every time step, False where they (B, H) are for the
        last one of each sequence.
    window : int
        Time steps after which no gradient goes back further; 0 where all goes back.
    """
    n_layers, n_gates, n_hidden, _ = weights.recurrent.shape
    n_rows = block.x.shape[0]
    for index in range(n_layers - 1, -1, -1):
        layer = layer_of(weights, block, index)
        for gate in range(n_gates):
            transpose(layer.recurrent[gate], work.recurrent_T[gate])
        back_through_time(weights, layer, block, every or index < n_layers - 1, window, work)
        if index == 0:
            for gate in range(n_gates):
                transposed_product(block.x, layer.zs[gate], gradients.first[gate])
        else:
            inputs = layer_inputs(weights, block, index, dropout, work)
            upper = gradients.upper[index - 1]
            seeds = work.seeds[: n_rows * n_hidden].reshape((n_rows, n_hidden))
            clear(seeds.reshape(seeds.size))
            for gate in range(n_gates):
                matrix = weights.upper[index - 1, gate, :n_hidden]
                transposed_product(inputs, layer.zs[gate], upper[gate, :n_hidden])
                add_rows(layer.zs[gate], upper[gate, n_hidden])
                transpose(matrix, work.upper_T[gate])
                add_product(layer.zs[gate], work.upper_T[gate], seeds)
            if dropout.rate > 0.0:
                drop(seeds.reshape(seeds.size), index, dropout)
        recurrent_gradients(weights, layer, states_before(layer, block, work), gradients)


@njit(**PART)
def back_through_time(weights, layer, block, every, window, work):
    """Turn what `advance` left in the layer's `zs` into dz_t, from the last time step back.

    dh_t is what comes from above plus what time step t + 1 hands back (Goodfellow et al. 2016,
    eq. 10.20 and 10.21, for any cell).
    """
    n_hidden = layer.hs.shape[1]
    n_next = 0  # sequences that have a time step t + 1
    for t in range(block.n_time - 1, -1, -1):
        first, end = block.starts[t], block.starts[t + 1]
        n = end - first
        dh = work.dh[: n * n_hidden]
        dc = work.dc[: min(work.dc.size, n * n_hidden)]
        if n_next > 0:
            kept = n_next * n_hidden
            if window == 0 or (t + 1) % window != 0:
                rows = dh[:kept].reshape((n_next, n_hidden))
                carry_back(weights, layer, work.recurrent_T, rows, end, end + n_next)
            else:
                clear(dh[:kept])
                clear(dc[: min(dc.size, kept)])
        receive(work.seeds, every, first * n_hidden, n_next * n_hidden, dh)
        clear(dc[min(dc.size, n_next * n_hidden) :])
        if work.flow.size > 0:
            add_flow(dh.reshape((n, n_hidden)), block, t, work.flow)
        retreat(weights, layer, dh, dc, row_before(block, t), first, end)
        n_next = n


@njit(**PART)
def receive(seeds, every, start, kept, dh):
    """Add to the first `kept` elements of dh_t what comes from above, and set the others.

    Sequences that end here are the last rows: nothing of a later time step is in them.
    """
    if every:
        for k in range(kept):
            dh[k] += seeds[start + k]
        for k in range(kept, dh.size):
            dh[k] = seeds[start + k]
    else:
        for k in range(kept, dh.size):
            dh[k] = seeds[k]


@njit(**PART)
def states_before(layer, block, work):
    """Return h_{t-1} (R, H) in the rows of time step t."""
    n_rows, n_hidden = layer.hs.shape
    if block.uniform:
        return layer.states[:n_rows]
    before = work.before[: n_rows * n_hidden].reshape((n_rows, n_hidden))
    for t in range(block.n_time):
        first, end = block.starts[t], block.starts[t + 1]
        row = row_before(block, t)
        for k in range(end - first):
            copy(layer.states[row + k], before[first + k])
    return before


@njit(**ELEMENTWISE)
def add_flow(dh, block, t, flow):
    """Add the squared norms of dL/dh_t (n, H) by each sequence's distance to its end."""
    n_next = 0 if t + 1 == block.n_time else block.starts[t + 2] - block.starts[t + 1]
    for b in range(dh.shape[0]):
        lag = 0
        if b < n_next:  # still going on: its end is the last time step with more than b rows
            while t + lag + 1 < block.n_time and (
                block.starts[t + lag + 2] - block.starts[t + lag + 1] > b
            ):
                lag += 1
        for k in range(dh.shape[1]):
            value = np.float64(dh[b, k])
            flow[lag] += value * value
