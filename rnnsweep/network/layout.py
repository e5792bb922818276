"""Named parameters: their shapes, and their place in one flat vector.

All parameters of a network lie in one vector, so that optimisers, clipping and the finite check
are loops over one array. Users see the matrices as PyTorch has them, all gates in the columns of
one; kernels see each gate's matrix by itself and contiguous, so that a product over it is a plain
one. `b_h` is stored as a last row of `W_xh`: kernels take the pair as one matrix, and as every
input ends with a 1, the product adds the bias.
"""

from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.handwritten_cells import CELLS, Cell

Params = dict[str, NDArray[np.floating]]


class Sizes(NamedTuple):
    """Sizes of a network's layers; every hidden layer has `hidden` units."""

    input: int
    hidden: int
    output: int
    cell: str = "rnn"
    layers: int = 1

    @property
    def facts(self) -> Cell:
        """What is particular about the cell."""
        return CELLS[self.cell]

    @property
    def gates(self) -> int:
        """Number of pre-activations of a hidden unit."""
        return self.facts.n_gates


class Stacks(NamedTuple):
    """The flat vector as kernels see it: one array for each role, with gates and layers stacked."""

    first: NDArray[np.floating]  # (G, I+1, H): W_xh of the first layer and, as last row, b_h
    upper: NDArray[np.floating]  # (L-1, G, H+1, H): the same of the layers above
    recurrent: NDArray[np.floating]  # (L, G, H, H)
    recurrent_bias: NDArray[np.floating]  # (L, H) where the cell has one, else (0, H)
    W_hy: NDArray[np.floating]  # (H, O)
    b_y: NDArray[np.floating]  # (O,)


def _stack_shapes(sizes: Sizes) -> list[tuple[int, ...]]:
    g, i, h, o, layers = sizes.gates, sizes.input, sizes.hidden, sizes.output, sizes.layers
    return [
        (g, i + 1, h),
        (layers - 1, g, h + 1, h),
        (layers, g, h, h),
        (layers if sizes.facts.recurrent_bias else 0, h),
        (h, o),
        (o,),
    ]


def stacks(flat: NDArray[np.floating], sizes: Sizes) -> Stacks:
    """Return views into a flat vector by role."""
    views, start = [], 0
    for shape in _stack_shapes(sizes):
        views.append(flat[start : start + prod(shape)].reshape(shape))
        start += prod(shape)
    return Stacks(*views)


def stack_starts(sizes: Sizes) -> NDArray[np.int64]:
    """Return where each of `Stacks` begins in the flat vector."""
    return np.cumsum([0, *(prod(shape) for shape in _stack_shapes(sizes)[:-1])])


def count_params(sizes: Sizes) -> int:
    """Return the number of learned values."""
    return sum(prod(shape) for shape in _stack_shapes(sizes))


def _gate_views(flat: NDArray[np.floating], sizes: Sizes) -> Params:
    """Return views by name, in the order of the equations: those of gates are (G, rows, H)."""
    first, upper, recurrent, recurrent_bias, w_hy, b_y = stacks(flat, sizes)
    named = {}
    for layer in range(sizes.layers):
        below = first if layer == 0 else upper[layer - 1]
        end = f"_{layer}" if layer else ""
        named[f"W_xh{end}"] = below[:, :-1]
        named[f"W_hh{end}"] = recurrent[layer]
        named[f"b_h{end}"] = below[:, -1:]
        if bias := sizes.facts.recurrent_bias_name:
            named[f"{bias}{end}"] = recurrent_bias[np.newaxis, layer : layer + 1]
    return named | {"W_hy": w_hy[np.newaxis], "b_y": b_y[np.newaxis, np.newaxis]}


def param_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter by name, in the order of the equations."""
    g, h = sizes.gates, sizes.hidden
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(sizes.layers):
        end = f"_{layer}" if layer else ""
        shapes[f"W_xh{end}"] = (h if layer else sizes.input, g * h)
        shapes[f"W_hh{end}"] = (h, g * h)
        shapes[f"b_h{end}"] = (g * h,)
        if bias := sizes.facts.recurrent_bias_name:
            shapes[f"{bias}{end}"] = (h,)
    return shapes | {"W_hy": (h, sizes.output), "b_y": (sizes.output,)}


def split(flat: NDArray[np.floating], sizes: Sizes) -> Params:
    """Return new arrays by name, in the order of `param_shapes`."""
    shapes = param_shapes(sizes)
    return {
        name: view.transpose(1, 0, 2).reshape(shapes[name]).copy()
        for name, view in _gate_views(flat, sizes).items()
    }


def join(params: Params, sizes: Sizes, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return a new flat vector of the named parameters, which have the shapes of `param_shapes`."""
    flat = np.empty(count_params(sizes), dtype)
    for name, view in _gate_views(flat, sizes).items():
        gates, rows, columns = view.shape
        view[...] = params[name].reshape(rows, gates, columns).transpose(1, 0, 2)
    return flat
