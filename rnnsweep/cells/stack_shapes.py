"""How many parameters a network has, by their role: the parts of its one flat vector."""

from collections.abc import Sequence
from math import prod

from .cell import Cell


def stack_shapes(
    cell: Cell,
    n_inputs: int,
    n_hidden: int,
    n_outputs: int,
    n_layers: int,
    factors: Sequence[tuple[int, int]],
) -> list[tuple[int, ...]]:
    """Return the shape of each role's array, in the order of `network.layout.Stacks`.

    `factors` has the rows and columns of what is learned in place of a recurrent matrix: of the
    matrix itself, or of the factors whose product it is.
    """
    h = n_hidden
    n_sums = sum(each.has_input for each in cell.sums)
    n_matrices = len(cell.program.products)
    n_learned = n_layers * n_matrices * sum(rows * columns for rows, columns in factors)
    return [
        (n_sums, n_inputs + 1, h),
        (n_layers - 1, n_sums, h + 1, h),
        (n_layers, n_matrices, h, h) if len(factors) == 1 else (n_learned,),
        (n_layers, len(cell.sums) - n_sums, h),
        (n_layers, len(cell.vectors), h),
        (h, n_outputs),
        (n_outputs,),
    ]


def factor_shapes(recurrent: str, n_hidden: int, rank: int) -> list[tuple[int, int]]:
    """Return `factors` of `stack_shapes` for a word of [model] recurrent, and its rank."""
    if recurrent == "low_rank":
        return [(n_hidden, rank), (rank, n_hidden)]
    return [(n_hidden, n_hidden)]


def n_numbers(shapes: Sequence[tuple[int, ...]]) -> int:
    """Return the length of the flat vector with parts of these shapes."""
    return sum(map(prod, shapes))
