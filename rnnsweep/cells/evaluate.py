"""The equations computed as they are written, with the arrays of any package.

This is for where speed does not count: a cell as a module of PyTorch, and the tests.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import trees
from .activation import activation_tree
from .cell import Cell, Sum
from .trees import Tree
from .words import PREVIOUS

Functions = Mapping[str, Callable[..., Any]]

_OPERATIONS: Functions = {
    "neg": operator.neg,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


def advance(
    cell: Cell,
    states: Sequence[Any],
    compute_sum: Callable[[Sum, Sequence[Any]], Any],
    vectors: Mapping[str, Any],
    functions: Functions,
    number: Callable[[float], Any],
) -> tuple[Any, ...]:
    """Return the states after one time step, in the order of ``cell.states``.

    Parameters
    ----------
    cell : Cell
    states : sequence of array (B, H)
        The states one time step before.
    compute_sum : callable
        Takes a sum and what feeds it, an array (B, H) for each name in ``feeds``; returns the sum
        (B, H), with the part of the input and the bias. It is called once for each sum, after the
        equations that feed it.
    vectors : mapping
        An array (H,) for each vector.
    functions : mapping
        What computes each of `rnnsweep.cells.functions.FUNCTIONS`; `noise` takes no argument and
        returns an array (B, H). `act` may be left out: it is the cell's activation.
    number : callable
        Makes an array without dimensions from a number.

    Returns
    -------
    tuple of array
        (B, H), or fewer dimensions for a state whose equation has numbers and vectors alone.
    """

    def act(x: Any) -> Any:
        return evaluate(activation_tree(cell.activation), {"x": x}, functions, number)

    before = (state + PREVIOUS for state in cell.states)
    values: dict[str, Any] = dict(vectors)
    values |= {name: number(value) for name, value in cell.constants}
    values |= zip(before, states, strict=True)
    sums = {each.name: each for each in cell.sums}
    for name, tree in cell.assignments:
        for read in trees.names(tree):
            if read in sums and read not in values:
                feeds = [values[feed] for feed in sums[read].feeds]
                values[read] = compute_sum(sums[read], feeds)
        values[name] = evaluate(tree, values, {"act": act, **functions}, number)
    return tuple(values[name] for name in cell.states)


def evaluate(
    tree: Tree,
    values: Mapping[str, Any],
    functions: Functions,
    number: Callable[[float], Any],
) -> Any:
    """Return the value of an expression; `values` has an array for each name that it reads."""
    kind, *rest = tree
    if kind == "num":
        return number(rest[0])
    if kind == "name":
        return values[rest[0]]
    if kind == "**" and rest[1][0] == "num":
        return evaluate(rest[0], values, functions, number) ** rest[1][1]
    operation = functions[rest.pop(0)] if kind == "call" else _OPERATIONS[kind]
    return operation(*(evaluate(part, values, functions, number) for part in rest))
