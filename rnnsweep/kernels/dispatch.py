"""Which cell runs, and the arguments of its functions.

The choice is made when a kernel is compiled, by the type of a network's weights, so that a cell
that is not used costs nothing. Every file of the folder `cells` is a cell.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from numba import njit
from numba.extending import overload

from . import cells
from .arrays import RealVector
from .block import CS, EXTRAS, HS, N_BATCH, N_ROWS, ZS, states_at
from .flags import UNCACHED
from .views import flat_at
from .weights import RECURRENT, RECURRENT_BIAS, Weights

# The weights' type of each cell by its name, and the cell's file by that type.
WEIGHTS: dict[str, type[Weights]] = {}
_FILES: dict[type[Weights], Any] = {}
for _module in iter_modules(cells.__path__):
    _file = import_module(f"{cells.__name__}.{_module.name}")
    WEIGHTS[_module.name] = getattr(_file, f"{_module.name.capitalize()}Weights")
    _FILES[WEIGHTS[_module.name]] = _file


def has_sigmoid(cell: str) -> bool:
    """Return whether any gate of a cell goes through the sigmoid."""
    return len(_FILES[WEIGHTS[cell]].CELL["gates"]) > 1


def step_of(cell: str) -> Callable[..., tuple[Any, ...]]:
    """Return one time step of a cell in plain operators; `kernels.cells` has its arguments."""
    step: Callable[..., tuple[Any, ...]] = _FILES[WEIGHTS[cell]].step
    return step


class Layer(NamedTuple):
    """One hidden layer of a block: its memory, for its cell. B sequences, R rows."""

    n_batch: int
    n_rows: int
    n_hidden: int
    recurrent: RealVector  # (G * H * H,) weights
    recurrent_bias: RealVector  # (H,) where the cell has one, else (0,)
    hs: RealVector  # ((B + R) * H,): the initial states, then h_t
    cs: RealVector  # the same of c_t where the cell has it, else (0,)
    zs: RealVector  # (G * R * H,)
    extras: RealVector  # (E * R * H,)


@njit(**UNCACHED)
def layer_of(weights, index, work):
    """Return the views of one layer."""
    n_hidden, n_rows = weights.n_hidden, work.shape[N_ROWS]
    states, rows = states_at(weights, work, index), n_rows * n_hidden
    size = rows + work.shape[N_BATCH] * n_hidden
    square = weights.n_gates * n_hidden * n_hidden
    n_bias = min(n_hidden, weights.at[RECURRENT_BIAS + 1] - weights.at[RECURRENT_BIAS])
    n_zs, n_extras = weights.n_gates * rows, weights.n_extras * rows
    return Layer(
        work.shape[N_BATCH],
        n_rows,
        n_hidden,
        flat_at(weights.values, weights.at, RECURRENT, index * square, square),
        flat_at(weights.values, weights.at, RECURRENT_BIAS, index * n_bias, n_bias),
        flat_at(work.memory, work.at, HS, states, size),
        flat_at(work.memory, work.at, CS, states, size * (weights.n_states - 1)),
        flat_at(work.memory, work.at, ZS, index * n_zs, n_zs),
        flat_at(work.memory, work.at, EXTRAS, index * n_extras, n_extras),
    )


def advance(weights, layer, network, before, first, end):
    """Run one time step forward.

    Writes the states of the rows from `first` to `end`, whose states before start at row `before`
    of the layer's, and leaves in `layer.zs` and `layer.extras` what the backward pass needs. On
    entry `zs` holds the sums over the inputs, biases included.
    """
    _FILES[type(weights)].advance(weights, layer, network, before, first, end)


def retreat(weights, layer, dh, dc, before, first, end):
    """Go back over one time step.

    Turns what `advance` left in `layer.zs` into the gradients by the pre-activations, in place.
    `dh` (n * H,) and, where the cell has c, `dc` hold the gradients by the states of the rows;
    `dc` becomes that by the c before, and `dh` what `carry_back` starts from.
    """
    _FILES[type(weights)].retreat(weights, layer, dh, dc, before, first, end)


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Write the gradient by the h before the rows from `first` to `end` into `dh` (n * H,).

    `transposed` (G * H * H,) holds the transpose of each gate's recurrent matrix.
    """
    _FILES[type(weights)].carry_back(weights, layer, network, transposed, dh, first, end)


def recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    """Add some rows' part to the gradients of the recurrent weights, and of the recurrent bias.

    `before` (n, H) holds the h before the rows from `first` on; `gradient` is (G * H * H,),
    `bias_gradient` (H,), or (0,) where the cell has no such bias.
    """
    _FILES[type(weights)].recurrent_gradients(
        weights, layer, network, before, first, gradient, bias_gradient
    )


@overload(advance, jit_options=UNCACHED)
def _advance(weights, layer, network, before, first, end):
    return _FILES[weights.instance_class].advance


@overload(retreat, jit_options=UNCACHED)
def _retreat(weights, layer, dh, dc, before, first, end):
    return _FILES[weights.instance_class].retreat


@overload(carry_back, jit_options=UNCACHED)
def _carry_back(weights, layer, network, transposed, dh, first, end):
    return _FILES[weights.instance_class].carry_back


@overload(recurrent_gradients, jit_options=UNCACHED)
def _recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    return _FILES[weights.instance_class].recurrent_gradients
