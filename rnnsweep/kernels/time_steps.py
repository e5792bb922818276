"""One time step of a layer, forward and back: products, and the elementwise parts of its cell.

The elementwise parts are functions that the package writes from the cell's equations and calls by
their addresses. A cell whose sums are fed by values of the same time step has several parts, with
products between them. Products are rows of the table `Weights.products`.

Arrays of a layer have numbers: first those with a row for each time step, the sums before all
others; then each state at the time step before, and at this one; then arrays (B, H) without time:
the gradient by each state, each vector repeated for every sequence, the gradient of each vector,
and what the parts hand to each other.
"""

from typing import NamedTuple

from numba import njit

from .apart import call
from .arrays import RealVector
from .block import BEFORE, KEPT, N_BATCH, N_ROWS, SCRATCH, STATES, UNIFORM, states_at
from .flags import INLINED, UNCACHED
from .loops import add, clear, copy
from .products import add_product, add_transposed_product, product
from .views import array, flat, flat_at, matrix, table, table_at
from .weights import (
    ADJOINT,
    FEED_KEPT,
    FEED_STATE,
    FRESH,
    OWN_BIAS,
    RECURRENT,
    STAGE,
    SUM,
    VECTORS,
)


class Layer(NamedTuple):
    """One hidden layer of a block. B sequences, R rows."""

    number: int
    n_batch: int
    n_rows: int
    n_hidden: int
    recurrent: RealVector  # (M * H * H,)
    own_bias: RealVector  # (Q * H,)
    kept: RealVector  # (A * R * H,)


@njit(**UNCACHED)
def enter_layer(weights, index, work):
    """Return the views of a layer, after its arrays have been found and its vectors laid out."""
    n_batch, n_rows, n_hidden = work.shape[N_BATCH], work.shape[N_ROWS], weights.n_hidden
    rows = n_rows * n_hidden
    square = weights.products.shape[0] * n_hidden * n_hidden
    own = weights.n_own * n_hidden
    layer = Layer(
        index,
        n_batch,
        n_rows,
        n_hidden,
        flat_at(weights.values, weights.at, RECURRENT, index * square, square),
        flat_at(weights.values, weights.at, OWN_BIAS, index * own, own),
        flat_at(work.memory, work.at, KEPT, index * weights.n_kept * rows, weights.n_kept * rows),
    )
    place_arrays(weights, layer, work)
    for v in range(weights.n_vectors):
        start = (index * weights.n_vectors + v) * n_hidden
        values = flat_at(weights.values, weights.at, VECTORS, start, n_hidden)
        number = scratch_number(weights, weights.n_states + v)
        for b in range(n_batch):
            copy(values, array(work.memory, work.places, number, b * n_hidden, n_hidden))
    return layer


@njit(**UNCACHED)
def place_arrays(weights, layer, work):
    """Write where the arrays of a layer begin and end into `work.places`."""
    places, n = work.places, work.places.size // 2
    n_kept, n_states = weights.n_kept, weights.n_states
    rows, initial = layer.n_rows * layer.n_hidden, layer.n_batch * layer.n_hidden
    start = work.at[KEPT] + layer.number * n_kept * rows
    for a in range(n_kept):
        places[a] = start + a * rows
        places[n + a] = places[a] + rows
    start = work.at[STATES] + states_at(weights, work, layer.number, 0)
    for s in range(n_states):
        before, now = n_kept + s, n_kept + n_states + s
        places[before] = start + s * (initial + rows)
        places[now] = places[before] + initial
        places[n + before] = places[n + now] = places[now] + rows
    first = n_kept + 2 * n_states
    for c in range(n - first):
        places[first + c] = work.at[SCRATCH] + c * initial
        places[n + first + c] = min(places[first + c] + initial, work.at[SCRATCH + 1])


@njit(**UNCACHED)
def scratch_number(weights, number):
    """Return the number, among all arrays, of an array without time, counted from the first."""
    return weights.n_kept + 2 * weights.n_states + number


@njit(**UNCACHED)
def spread_own_biases(weights, layer, first, end):
    """Write the biases of the sums without an input into the rows from `first` to `end`."""
    h = layer.n_hidden
    for q in range(weights.n_own):
        bias = flat(layer.own_bias, q * h, h)
        at = (weights.n_sums + q) * layer.n_rows
        for row in range(first, end):
            copy(bias, flat(layer.kept, (at + row) * h, h))


@njit(**INLINED)
def fed_by(weights, number, before, first):
    """Return the array that a product multiplies, and the row where its rows begin.

    It is a state before, or a value of this time step.
    """
    state = weights.products[number, FEED_STATE]
    if state >= 0:
        return weights.n_kept + state, before
    return weights.products[number, FEED_KEPT], first


@njit(**INLINED)
def draw_noise(weights, layer, draws, t, first, n, work):
    """Fill a cell's arrays of noise for a time step; with 0 where nothing is drawn."""
    h = layer.n_hidden
    for occurrence in range(weights.noises.size):
        number = weights.noises[occurrence]
        start = first * h if number < weights.n_kept else 0
        values = array(work.memory, work.places, number, start, n * h)
        if draws.noise == 0:
            clear(values)
        else:
            arguments = (values, occurrence, layer.number, t, draws.noise_key, draws.update)
            call(draws.noise, arguments)


@njit(**INLINED)
def advance(weights, layer, network, draws, t, before, first, end, work):
    """Run time step t forward, for the rows from `first` to `end`.

    On entry the sums hold their parts by the input, biases included. Their states before begin at
    row `before` of the states.
    """
    n, h, number = end - first, layer.n_hidden, 0
    draw_noise(weights, layer, draws, t, first, n, work)
    for stage in range(weights.n_stages):
        while number < weights.products.shape[0] and weights.products[number, STAGE] == stage:
            fed, row = fed_by(weights, number, before, first)
            into = weights.products[number, SUM]
            add_product(
                network.multiply,
                matrix(work.memory, work.places, fed, row * h, n, h),
                table(layer.recurrent, number * h * h, h, h),
                matrix(work.memory, work.places, into, first * h, n, h),
            )
            number += 1
        arguments = (
            work.memory, work.places, weights.constants, first * h, before * h, n * h, stage,
        )  # fmt: skip
        call(network.advance, arguments)


@njit(**INLINED)
def retreat(weights, layer, network, address, transposed, before, first, end, work):
    """Go back over a time step, for the rows from `first` to `end`.

    Turns what `advance` left in the sums into the gradients by them, and each gradient by a state
    into the part of that by the state before which takes no product: `carry_back` adds the rest.

    Parameters
    ----------
    address : int
        Of the elementwise parts.
    transposed : (M * H * H,) array
        The transpose of each recurrent matrix.
    """
    n, h, last = end - first, layer.n_hidden, weights.products.shape[0]
    for part in range(weights.n_stages):
        stage = weights.n_stages - 1 - part
        number = last
        while number > 0 and weights.products[number - 1, STAGE] == stage:
            number -= 1
        arguments = (
            work.memory, work.places, weights.constants, first * h, before * h, n * h, stage,
        )  # fmt: skip
        call(address, arguments)
        for k in range(number, last):
            if weights.products[k, FEED_KEPT] >= 0:
                take_back(weights, layer, network, k, transposed, first, n, work)
        last = number


@njit(**INLINED)
def carry_back(weights, layer, network, transposed, first, end, work):
    """Add the products' part to the gradients by the states before the rows `first` to `end`."""
    for number in range(weights.products.shape[0]):
        if weights.products[number, FEED_STATE] >= 0:
            take_back(weights, layer, network, number, transposed, first, end - first, work)


@njit(**INLINED)
def take_back(weights, layer, network, number, transposed, first, n, work):
    """Write or add dz U^T of a product to the gradient by what it was fed with."""
    h = layer.n_hidden
    adjoint = scratch_number(weights, weights.products[number, ADJOINT])
    into = matrix(work.memory, work.places, adjoint, 0, n, h)
    dz = matrix(work.memory, work.places, weights.products[number, SUM], first * h, n, h)
    turned = table(transposed, number * h * h, h, h)
    if weights.products[number, FRESH] != 0:
        product(network.multiply, dz, turned, into)
    else:
        add_product(network.multiply, dz, turned, into)


@njit(**UNCACHED)
def recurrent_gradients(weights, gradients, layer, network, first, n, work):
    """Add some rows' part to the gradients of the recurrent matrices and the biases beside them."""
    h = layer.n_hidden
    square = layer.recurrent.size
    gradient = flat_at(gradients.values, gradients.at, RECURRENT, layer.number * square, square)
    for number in range(weights.products.shape[0]):
        into = table(gradient, number * h * h, h, h)
        dz = matrix(work.memory, work.places, weights.products[number, SUM], first * h, n, h)
        state = weights.products[number, FEED_STATE]
        if state >= 0 and work.shape[UNIFORM] == 0:
            start = (state * layer.n_rows + first) * h
            rows = table_at(work.memory, work.at, BEFORE, start, n, h)
            add_transposed_product(network.multiply, rows, dz, into)
        else:  # the states before are in the same rows, one batch before the others
            fed, row = fed_by(weights, number, first, first)
            rows = matrix(work.memory, work.places, fed, row * h, n, h)
            add_transposed_product(network.multiply, rows, dz, into)
    for q in range(weights.n_own):
        start = (layer.number * weights.n_own + q) * h
        total = flat_at(gradients.values, gradients.at, OWN_BIAS, start, h)
        at = (weights.n_sums + q) * layer.n_rows
        for row in range(first, first + n):
            add(total, flat(layer.kept, (at + row) * h, h))


@njit(**UNCACHED)
def vector_gradient(weights, v):
    """Return the number of the array in which the gradient of a vector is summed."""
    return scratch_number(weights, weights.n_states + weights.n_vectors + v)


@njit(**UNCACHED)
def clear_vector_gradients(weights, layer, work):
    """Set the sums of the vectors' gradients to 0, before the way back through a layer."""
    size = layer.n_batch * layer.n_hidden
    for v in range(weights.n_vectors):
        clear(array(work.memory, work.places, vector_gradient(weights, v), 0, size))


@njit(**UNCACHED)
def sum_vector_gradients(weights, gradients, layer, work):
    """Write the gradients of a layer's vectors, after the way back through it."""
    h = layer.n_hidden
    for v in range(weights.n_vectors):
        number = vector_gradient(weights, v)
        start = (layer.number * weights.n_vectors + v) * h
        total = flat_at(gradients.values, gradients.at, VECTORS, start, h)
        for b in range(layer.n_batch):
            add(total, array(work.memory, work.places, number, b * h, h))
