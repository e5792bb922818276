"""Named parameters: their shapes, and their place in one flat vector.

All parameters of a network lie in one vector, so that optimisers, clipping and the finite check
are loops over one array. Users see matrices as PyTorch has them, those of all sums side by side in
the columns of one; kernels see each sum's matrix by itself and contiguous, so that a product over
it is a plain one. `b_h` is stored as a last row of `W_xh`: kernels take the pair as one matrix, and
as every input ends with a 1, the product adds the bias.
"""

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.cells import CELLS, Cell
from rnnsweep.cells.program import Program
from rnnsweep.cells.stack_shapes import factor_shapes, n_numbers, stack_shapes

from .recurrent import FREE, Recurrent

Params = dict[str, NDArray[np.floating]]


class Sizes(NamedTuple):
    """Sizes of a network's layers; every hidden layer has `hidden` units.

    `cell` is a cell with its activation, or the name of a built-in one with tanh. `recurrent` says
    what is learned in place of the recurrent matrices, and so what the parameters are.
    """

    input: int
    hidden: int
    output: int
    cell: Cell | str = "rnn"
    layers: int = 1
    recurrent: Recurrent = FREE

    @property
    def record(self) -> Cell:
        """The cell."""
        return self.cell if isinstance(self.cell, Cell) else CELLS[self.cell]

    @property
    def program(self) -> Program:
        """What kernels have to know about the cell."""
        return self.record.program

    @property
    def n_sums(self) -> int:
        """Number of sums that have an input."""
        return sum(each.has_input for each in self.record.sums)

    @property
    def effective(self) -> "Sizes":
        """The same network by its recurrent matrices themselves, which is what kernels run."""
        return self._replace(recurrent=FREE)

    @property
    def factors(self) -> tuple[tuple[str, int, int], ...]:
        """What is learned in place of a recurrent matrix: letter of its name, rows and columns."""
        recurrent = self.recurrent
        shapes = factor_shapes(recurrent.kind, self.hidden, recurrent.rank)
        letters = "W" if len(shapes) == 1 else "MN"
        return tuple((letter, *shape) for letter, shape in zip(letters, shapes, strict=True))


class Stacks(NamedTuple):
    """The flat vector as kernels see it: one array for each role.

    K sums have an input, Q sums have none, M recurrent matrices, V vectors, L layers.
    """

    first: NDArray[np.floating]  # (K, I+1, H): W_xh of the first layer and, as last row, b_h
    upper: NDArray[np.floating]  # (L-1, K, H+1, H): the same of the layers above
    recurrent: NDArray[np.floating]  # (L, M, H, H), or one (L, M, ...) of each factor: a vector
    own_bias: NDArray[np.floating]  # (L, Q, H)
    vectors: NDArray[np.floating]  # (L, V, H)
    W_hy: NDArray[np.floating]  # (H, O)
    b_y: NDArray[np.floating]  # (O,)


@lru_cache(maxsize=256)
def _stack_shapes(sizes: Sizes) -> list[tuple[int, ...]]:
    i, h, o = sizes[:3]
    factors = [(rows, columns) for _, rows, columns in sizes.factors]
    return stack_shapes(sizes.record, i, h, o, sizes.layers, factors)


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


def flat_size(sizes: Sizes) -> int:
    """Return the length of the flat vector.

    It has a place, which is always 0, for the bias of a sum that has none.
    """
    return n_numbers(_stack_shapes(sizes))


def count_params(sizes: Sizes) -> int:
    """Return the number of learned values."""
    return sum(prod(shape) for shape in param_shapes(sizes).values())


class Feed(NamedTuple):
    """A value that is multiplied by square matrices, and where these lie.

    Attributes
    ----------
    name : str
        Of the parameter: "W_hh" for the first state, "W_rh_h" for a value `rh`.
    value : str
        What is multiplied: "h_prev", "rh".
    sums : tuple of str
        What it feeds, in the order of the parameter's columns.
    matrices : tuple of int
        Numbers of the matrices, in this order.
    """

    name: str
    value: str
    sums: tuple[str, ...]
    matrices: tuple[int, ...]

    def learned(self, letter: str) -> str:
        """Return the name of what is learned in place of the matrices, by its first letter."""
        return f"{letter}{self.name[1:]}"


@lru_cache(maxsize=256)
def feeds(cell: Cell) -> tuple[Feed, ...]:
    """Return what is multiplied by square matrices, the first state before all others."""
    numbers = {pair: number for number, pair in enumerate(cell.program.matrices)}
    first = f"{cell.states[0]}_prev"
    values = dict.fromkeys(value for value, _ in numbers)
    by_value = []
    for value in sorted(values, key=lambda value: value != first):
        name = "W_hh" if value == first else f"W_{value}_h"
        sums = tuple(each.name for each in cell.sums if (value, each.name) in numbers)
        by_value.append(Feed(name, value, sums, tuple(numbers[value, each] for each in sums)))
    return tuple(by_value)


def layer_end(layer: int) -> str:
    """Return the ending of the names of a layer's parameters: "" for the first, then "_1", ..."""
    return f"_{layer}" if layer else ""


def _learned_matrices(
    recurrent: NDArray[np.floating], sizes: Sizes
) -> dict[str, NDArray[np.floating]]:
    """Return views (L, M, rows, columns) of what is learned in place of the recurrent matrices.

    They are by the letters of their names.
    """
    views, start, flat = {}, 0, recurrent.reshape(-1)
    for letter, rows, columns in sizes.factors:
        shape = sizes.layers, len(sizes.program.products), rows, columns
        views[letter] = flat[start : start + prod(shape)].reshape(shape)
        start += prod(shape)
    return views


def _blocks(flat: NDArray[np.floating], sizes: Sizes) -> dict[str, list[NDArray[np.floating]]]:
    """Return for each parameter views (rows, H) that side by side are its columns.

    They are in the order of the equations.
    """
    by_role, cell = stacks(flat, sizes), sizes.record
    with_bias = [k for k, each in enumerate(cell.sums) if each.has_input and each.has_bias]
    own = [each for each in cell.sums if not each.has_input]
    learned = _learned_matrices(by_role.recurrent, sizes)
    blocks: dict[str, list[NDArray[np.floating]]] = {}
    for layer in range(sizes.layers):
        below = by_role.first if layer == 0 else by_role.upper[layer - 1]
        end = layer_end(layer)
        blocks[f"W_xh{end}"] = list(below[:, :-1])
        for feed in feeds(cell):
            for letter, matrices in learned.items():
                columns = [matrices[layer, number] for number in feed.matrices]
                blocks[f"{feed.learned(letter)}{end}"] = columns
        if with_bias:
            blocks[f"b_h{end}"] = [below[k, -1:] for k in with_bias]
        for number, each in enumerate(own):
            if each.has_bias:
                blocks[f"b_{each.name}{end}"] = [by_role.own_bias[layer, number][np.newaxis]]
        for number, vector in enumerate(cell.vectors):
            blocks[f"{vector.name}{end}"] = [by_role.vectors[layer, number][np.newaxis]]
    blocks["W_hy"] = [by_role.W_hy]
    blocks["b_y"] = [by_role.b_y[np.newaxis]]
    return blocks


@lru_cache(maxsize=256)
def _param_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    cell, h = sizes.record, sizes.hidden
    biases = sum(each.has_input and each.has_bias for each in cell.sums)
    own = [each for each in cell.sums if not each.has_input and each.has_bias]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in range(sizes.layers):
        end = layer_end(layer)
        shapes[f"W_xh{end}"] = (h if layer else sizes.input, sizes.n_sums * h)
        for feed in feeds(cell):
            for letter, rows, columns in sizes.factors:
                shapes[f"{feed.learned(letter)}{end}"] = (rows, len(feed.matrices) * columns)
        if biases:
            shapes[f"b_h{end}"] = (biases * h,)
        shapes |= {f"b_{each.name}{end}": (h,) for each in own}
        shapes |= {f"{vector.name}{end}": (h,) for vector in cell.vectors}
    return shapes | {"W_hy": (h, sizes.output), "b_y": (sizes.output,)}


def param_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Return the shape of each parameter by name, in the order of the equations."""
    return dict(_param_shapes(sizes))


def split(flat: NDArray[np.floating], sizes: Sizes) -> Params:
    """Return new arrays by name, in the order of `param_shapes`."""
    shapes = param_shapes(sizes)
    return {
        name: np.concatenate(blocks, axis=1).reshape(shapes[name])
        for name, blocks in _blocks(flat, sizes).items()
    }


def join(params: Params, sizes: Sizes, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return a new flat vector of the named parameters, which have the shapes of `param_shapes`."""
    flat = np.zeros(flat_size(sizes), dtype)
    for name, blocks in _blocks(flat, sizes).items():
        columns = params[name].reshape(len(blocks[0]), -1)
        start = 0
        for block in blocks:
            block[...] = columns[:, start : start + block.shape[1]]
            start += block.shape[1]
    return flat
