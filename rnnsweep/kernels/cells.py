"""The cells behind one face: which one runs is decided by the type of a network's weights.

The choice is made when a kernel is compiled, so a cell that is not used costs nothing. To add a
cell: a file beside `rnn.py` with the same functions and a NamedTuple of its own, its line in
`CELLS` here, its word in `vocabulary` and its number of gates in `params`.
"""

from typing import Any, NamedTuple

from numba import njit
from numba.extending import overload

from . import gru, lstm, rnn
from .block import CELLS as CELL_STATES
from .block import EXTRAS, N_BATCH, N_ROWS, STATES, ZS, states_at
from .flags import UNCACHED, Array
from .views import flat
from .weights import B_HN, RECURRENT

CELLS: dict[Any, Any] = {
    rnn.RnnWeights: rnn,
    lstm.LstmWeights: lstm,
    gru.GruWeights: gru,
}


class Layer(NamedTuple):
    """One hidden layer of a block: its memory, for its cell. B initial states, R rows."""

    n_batch: int
    n_rows: int
    n_hidden: int
    recurrent: Array  # (G * H * H,) weights
    b_hn: Array  # (H,) for gru, else (0,)
    states: Array  # ((B + R) * H,): the initial states, then h_t
    cells: Array  # the same for lstm; (0,) for others
    zs: Array  # (G * R * H,)
    extras: Array  # (E * R * H,)


@njit(**UNCACHED)
def layer_of(weights, index, work):
    """Return the views of one layer."""
    n_hidden, n_rows = weights.n_hidden, work.shape[N_ROWS]
    states, rows = states_at(weights, work, index), n_rows * n_hidden
    size = rows + work.shape[N_BATCH] * n_hidden
    square = weights.n_gates * n_hidden * n_hidden
    n_hn = min(n_hidden, weights.at[B_HN + 1] - weights.at[B_HN])
    return Layer(
        work.shape[N_BATCH],
        n_rows,
        n_hidden,
        flat(weights.values, weights.at[RECURRENT] + index * square, square),
        flat(weights.values, weights.at[B_HN] + index * n_hn, n_hn),
        flat(work.memory, work.at[STATES] + states, size),
        flat(work.memory, work.at[CELL_STATES] + states, size * weights.n_cells),
        flat(work.memory, work.at[ZS] + index * weights.n_gates * rows, weights.n_gates * rows),
        flat(
            work.memory, work.at[EXTRAS] + index * weights.n_extras * rows, weights.n_extras * rows
        ),
    )


def advance(weights, layer, network, before, first, end):
    """Run one time step; see a cell's own."""
    CELLS[type(weights)].advance(weights, layer, network, before, first, end)


def retreat(weights, layer, dh, dc, before, first, end):
    """Go back over one time step; see a cell's own."""
    CELLS[type(weights)].retreat(weights, layer, dh, dc, before, first, end)


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Hand the gradient on to the time step before; see a cell's own."""
    CELLS[type(weights)].carry_back(weights, layer, network, transposed, dh, first, end)


def recurrent_gradients(weights, layer, network, before, first, gradient, b_hn):
    """Add to the gradients of the recurrent weights; see a cell's own."""
    CELLS[type(weights)].recurrent_gradients(weights, layer, network, before, first, gradient, b_hn)


@overload(advance, jit_options=UNCACHED)
def _advance(weights, layer, network, before, first, end):
    return CELLS[weights.instance_class].advance


@overload(retreat, jit_options=UNCACHED)
def _retreat(weights, layer, dh, dc, before, first, end):
    return CELLS[weights.instance_class].retreat


@overload(carry_back, jit_options=UNCACHED)
def _carry_back(weights, layer, network, transposed, dh, first, end):
    return CELLS[weights.instance_class].carry_back


@overload(recurrent_gradients, jit_options=UNCACHED)
def _recurrent_gradients(weights, layer, network, before, first, gradient, b_hn):
    return CELLS[weights.instance_class].recurrent_gradients
