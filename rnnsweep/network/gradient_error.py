"""The gradients of compiled kernels, compared with central differences."""

from collections.abc import Callable

import numpy as np

from rnnsweep.cells import Cell
from rnnsweep.cells.gradcheck import (
    Array,
    GradientError,
    Numbers,
    largest_error,
    smallest_error,
)

from .layout import param_shapes
from .model import Model

N_IN, N_HIDDEN, N_OUT, N_LAYERS = 2, 3, 2, 2
LENGTHS = np.array([4, 1, 3])


def small_network(cell: Cell) -> Model:
    """Return a network to check a cell with: two layers, an output at each time step, float64.

    Raises
    ------
    ValueError
        A constant or a bias of the cell is 0 or infinite in this precision.
    """
    return Model(
        cell=cell,
        activation=cell.activation,
        input_size=N_IN,
        hidden_size=N_HIDDEN,
        output_size=N_OUT,
        num_layers=N_LAYERS,
        output="every",
        dtype="float64",
    )


def gradient_error(model: Model, seed: int = 0) -> GradientError:
    """Return the largest relative error of the gradients that `Model.loss_and_gradients` returns.

    Sequences have different lengths. Of a few networks the one with the smallest error counts; see
    `rnnsweep.cells.gradcheck`.

    Parameters
    ----------
    model : Model
        In float64, with an output at each time step.
    seed : int
    """

    def compare(numbers: Numbers, scale: float, step: float) -> GradientError:
        shapes = param_shapes(model.sizes)
        params = {name: scale * numbers.draw(*shape) for name, shape in shapes.items()}
        x = numbers.draw(len(LENGTHS), max(LENGTHS), model.sizes.input)
        target = numbers.draw(len(LENGTHS), max(LENGTHS), model.sizes.output)

        def loss() -> float:
            return model.loss_and_gradients(params, x, target, lengths=LENGTHS)[0]

        _, gradients = model.loss_and_gradients(params, x, target, lengths=LENGTHS)
        return largest_error(gradients, _differences(loss, params, step))

    return smallest_error(compare, seed)


def _differences(
    loss: Callable[[], float], params: dict[str, Array], step: float
) -> dict[str, Array]:
    """Return central differences of the loss by each param; the params are changed meanwhile."""
    differences = {}
    for name, values in params.items():
        differences[name] = np.empty_like(values)
        for place in np.ndindex(values.shape):
            value = values[place]
            values[place] = value + step
            above = loss()
            values[place] = value - step
            differences[name][place] = (above - loss()) / (2 * step)
            values[place] = value
    return differences
