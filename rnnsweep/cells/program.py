"""A cell as kernels need it: which arrays a layer has, the products, and the elementwise loops.

The arrays of a layer are numbered from 0:

1. `kept`: the sums, then further values that are kept for the way back; a row (H,) for each
   sequence and time step;
2. the states one time step before, then the states; rows as well;
3. `scratch`: (B, H), without time.

A time step has `n_stages` stages. Forward, a stage is its products, which are added to sums, then
its elementwise loops; on the way back it is its elementwise loop, which turns sums into the
gradients by them, then products with these.
"""

from typing import NamedTuple

from .trees import Tree


class Product(NamedTuple):
    """A product with a square matrix, of a value that feeds a sum."""

    stage: int
    """Forward, the product is added to the sum before the elementwise part of this stage."""
    feed_state: int
    """Number of the state whose value one time step before is multiplied, or -1."""
    feed_kept: int
    """Number of the kept array with the value of this time step, or -1."""
    sum: int
    """Number of the sum, a kept array; on the way back the gradient by it is in the same place."""
    adjoint: int
    """Number among `scratch` of the gradient by what is multiplied."""
    fresh: bool
    """Whether, on the way back, this is the first to write its adjoint: it is not added to."""


class Line(NamedTuple):
    """An assignment of a loop, and the equations that it is made of."""

    names: tuple[str, ...]
    """The name; two for a function that returns its value and its slope."""
    tree: Tree
    equations: tuple[str, ...]


class Store(NamedTuple):
    """What a loop writes into an array."""

    array: int
    tree: Tree
    equations: tuple[str, ...]


class Loop(NamedTuple):
    """A loop over the elements of a stage: it loads, computes and stores, in this order."""

    stage: int
    loads: tuple[tuple[str, int], ...]
    """Names and the numbers of their arrays."""
    lines: tuple[Line, ...]
    stores: tuple[Store, ...]


class Program(NamedTuple):
    """What is derived from a cell."""

    title: str
    """What a docstring says that it is: which built-in cell, with which activation."""
    equations: str
    n_stages: int
    kept: tuple[str, ...]
    """What the arrays hold first: sums, then the values by their names."""
    states: tuple[str, ...]
    scratch: tuple[str, ...]
    constants: tuple[str, ...]
    fixed: tuple[Line, ...]
    """What is made of constants alone."""
    products: tuple[Product, ...]
    """By stage, in a stage by the order of the matrices."""
    matrices: tuple[tuple[str, str], ...]
    """The feed and the sum of each product."""
    noises: tuple[int, ...]
    """Numbers, among all arrays, of those that are filled with noise before stage 0."""
    slopes: tuple[tuple[str, bool], ...]
    """The function of each pre-activation, and whether it is `act`."""
    forward: tuple[Loop, ...]
    backward: tuple[Loop, ...]
    """One for each stage, from stage 0 on."""
    probes: tuple[Loop, ...]
    """One for each pre-activation: its slope goes into the first scratch array."""

    @property
    def n_arrays(self) -> int:
        """Number of a layer's arrays."""
        return len(self.kept) + 2 * len(self.states) + len(self.scratch)

    @property
    def n_fed_states(self) -> int:
        """How many states, from the first on, hold all that are multiplied by a matrix."""
        return max((product.feed_state + 1 for product in self.products), default=0)

    @property
    def arrays(self) -> tuple[str, ...]:
        """The names of all arrays, by their numbers."""
        before = tuple(f"{state}_prev" for state in self.states)
        return (*self.kept, *before, *self.states, *self.scratch)

    def moves(self, array: int) -> str:
        """Return where the rows of a time step begin in an array: the name of the source, or 0."""
        n_kept, n_states = len(self.kept), len(self.states)
        if array < n_kept or n_kept + n_states <= array < n_kept + 2 * n_states:
            return "here"
        return "before" if array < n_kept + n_states else "0"
