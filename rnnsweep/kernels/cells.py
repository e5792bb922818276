"""The cells behind one face: which one runs is decided by the type of a network's weights.

The choice is made when a kernel is compiled, so a cell that is not used costs nothing. To add a
cell: a file beside `rnn.py` with the same functions and a NamedTuple of its own, its line in
`CELLS` here, its word in `vocabulary` and its number of gates in `params`.
"""

from typing import Any, NamedTuple

from numba.extending import overload

from . import gru, lstm, rnn
from .flags import UNCACHED, Array

CELLS: dict[Any, Any] = {
    rnn.RnnWeights: rnn,
    lstm.LstmWeights: lstm,
    gru.GruWeights: gru,
}


class Layer(NamedTuple):
    """One hidden layer of a block: views for its cell."""

    number: int  # from 0, the lowest
    n_batch: int
    recurrent: Array  # (G, H, H) weights
    states: Array  # (B + R, H): the initial states, then h_t
    hs: Array  # (R, H): h_t
    cells: Array  # (B + R, H) for lstm, as `states`; (0, H) for others
    zs: Array  # (G, R, H)
    extras: Array  # (E, R, H)


def advance(weights, layer, activation, before, first, end):
    """Run one time step; see a cell's own."""
    CELLS[type(weights)].advance(weights, layer, activation, before, first, end)


def retreat(weights, layer, dh, dc, before, first, end):
    """Go back over one time step; see a cell's own."""
    CELLS[type(weights)].retreat(weights, layer, dh, dc, before, first, end)


def carry_back(weights, layer, transposed, dh, first, end):
    """Hand the gradient on to the time step before; see a cell's own."""
    CELLS[type(weights)].carry_back(weights, layer, transposed, dh, first, end)


def recurrent_gradients(weights, layer, before, gradients):
    """Write the gradients of the recurrent weights; see a cell's own."""
    CELLS[type(weights)].recurrent_gradients(weights, layer, before, gradients)


@overload(advance, jit_options=UNCACHED, inline="always")
def _advance(weights, layer, activation, before, first, end):
    return CELLS[weights.instance_class].advance


@overload(retreat, jit_options=UNCACHED, inline="always")
def _retreat(weights, layer, dh, dc, before, first, end):
    return CELLS[weights.instance_class].retreat


@overload(carry_back, jit_options=UNCACHED, inline="always")
def _carry_back(weights, layer, transposed, dh, first, end):
    return CELLS[weights.instance_class].carry_back


@overload(recurrent_gradients, jit_options=UNCACHED, inline="always")
def _recurrent_gradients(weights, layer, before, gradients):
    return CELLS[weights.instance_class].recurrent_gradients
