"""Initial parameters, by scheme; drawn in float64 from the seed's own stream."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .params import Params, Sizes, param_shapes
from .streams import INITIALIZATION, stream

Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator, Shape], NDArray[np.float64]]

_IRNN_STD = 0.001
_NORMAL_STD = 0.01


def draw(scheme: str, sizes: Sizes, seed: int) -> Params:
    """Return initial parameters by name, float64.

    Parameters
    ----------
    scheme : str
        A word of `vocabulary.INITIALIZATIONS`.
    sizes : Sizes
    seed : int
        With the scheme and the sizes, all that decides the draws.
    """
    rng = stream(seed, INITIALIZATION)
    shapes = param_shapes(sizes)
    if scheme == "torch":
        # nn.RNN and nn.Linear(H, O): everything by the hidden size.
        return {name: _uniform(rng, shape, sizes.hidden**-0.5) for name, shape in shapes.items()}
    draw_weight, draw_recurrent = _SCHEMES[scheme]
    return {
        name: (draw_recurrent if name == "W_hh" else draw_weight)(rng, shape)
        if name.startswith("W_")
        else np.zeros(shape)
        for name, shape in shapes.items()
    }


def _uniform(rng: np.random.Generator, shape: Shape, bound: float) -> NDArray[np.float64]:
    return rng.uniform(-bound, bound, shape)


def _glorot(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    # Glorot and Bengio 2010, eq. 16.
    return _uniform(rng, shape, (6 / sum(shape)) ** 0.5)


def _orthogonal(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    # The signs make the distribution uniform over orthogonal matrices (Mezzadri 2007).
    q, r = np.linalg.qr(rng.standard_normal(shape))
    return np.asarray(q * np.sign(np.diag(r)))


def _identity(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    return np.eye(shape[0])


def _irnn_input(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    return rng.normal(0, _IRNN_STD, shape)


def _normal(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    return rng.normal(0, _NORMAL_STD, shape)


def _notebook(rng: np.random.Generator, shape: Shape) -> NDArray[np.float64]:
    return 0.01 * rng.random(shape)


# Scheme: how weights are drawn, and how the recurrent ones are. Biases are 0.
_SCHEMES: dict[str, tuple[Draw, Draw]] = {
    "glorot": (_glorot, _glorot),
    "orthogonal": (_glorot, _orthogonal),
    "identity": (_irnn_input, _identity),
    "normal": (_normal, _normal),
    "notebook": (_notebook, _notebook),
}
