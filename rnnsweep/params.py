"""Named parameters: their shapes, and their place in one flat vector.

All parameters of a network lie in one vector, so that optimisers, clipping and the finite check
are loops over one array. `b_h` follows `W_xh` and `b_y` follows `W_hy`: to a kernel the pair is
one matrix with one row more, and an input with a column of ones gets its bias from the product.
"""

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# As people read the equations.
NAMES = ("W_xh", "W_hh", "b_h", "W_hy", "b_y")

Params = dict[str, NDArray[np.floating]]


class Sizes(NamedTuple):
    """Sizes of a network's layers."""

    input: int
    hidden: int
    output: int


def param_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter by name, in the order of the flat vector."""
    i, h, o = sizes
    return {"W_xh": (i, h), "b_h": (h,), "W_hh": (h, h), "W_hy": (h, o), "b_y": (o,)}


def count_params(sizes: Sizes) -> int:
    """Return the number of learned values."""
    return sum(prod(shape) for shape in param_shapes(sizes).values())


def split(flat: NDArray[np.floating], sizes: Sizes) -> Params:
    """Return views into a flat vector by name, in the order of `NAMES`."""
    views, start = {}, 0
    for name, shape in param_shapes(sizes).items():
        views[name] = flat[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
    return {name: views[name] for name in NAMES}


def join(params: Params, sizes: Sizes, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return a new flat vector that holds the named parameters."""
    flat = np.empty(count_params(sizes), dtype)
    for name, view in split(flat, sizes).items():
        view[...] = params[name]
    return flat
