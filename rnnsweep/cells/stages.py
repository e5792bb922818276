"""The stages of a time step: elementwise, products, elementwise, and so on.

A sum that is fed by a value of the same time step is there after the stage in which the value is
computed, and so is what reads the sum.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from . import trees
from .trees import Tree

if TYPE_CHECKING:
    from .cell import Sum


class Stages(NamedTuple):
    """For each sum and each assignment, in their orders, its stage, counted from 0.

    The products that feed a sum are there before the elementwise part of the sum's stage.
    """

    sums: tuple[int, ...]
    assignments: tuple[int, ...]

    @property
    def n_stages(self) -> int:
        """Number of stages, 1 or more."""
        return 1 + max(self.sums + self.assignments)


def find_stages(sums: Iterable["Sum"], assignments: Iterable[tuple[str, Tree]]) -> Stages:
    """Return the stages, each the first one that is possible.

    Every name is assigned before it is read or feeds a sum that is read, as `read_cell` checks.
    """
    sums, assignments = tuple(sums), tuple(assignments)
    feeds = {each.name: each.feeds for each in sums}
    values: dict[str, int] = {}

    def of_sum(name: str) -> int:
        # A feed that is no value of this time step is a state before it.
        return max((values[feed] + 1 for feed in feeds[name] if feed in values), default=0)

    def of_name(name: str) -> int:
        return of_sum(name) if name in feeds else values.get(name, 0)

    for name, tree in assignments:
        values[name] = max(map(of_name, trees.names(tree)), default=0)
    return Stages(tuple(map(of_sum, feeds)), tuple(values[name] for name, _ in assignments))
