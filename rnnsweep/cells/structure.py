"""What of a cell depends on what: its values by stage, and what feeds its sums."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from . import trees
from .expansion import Expansion, PreActivation, Value
from .placement import needed
from .stages import find_stages

if TYPE_CHECKING:
    from .cell import Cell


class Structure:
    """A cell's values in the order in which a time step computes them.

    All names are those of the emitted source.

    Attributes
    ----------
    names : Names
    sums, states, before, vectors, constants, noises : list of str
        `before` has the states one time step before.
    matrices : list of (str, str)
        The feed and the sum of each product, in the order of the matrices: by stage, in it those
        of the first state one time step before, then those of other feeds as the sums name them.
    fed : list of str
        Values that feed sums of the same time step.
    stages : dict of str to int
        The stage from which on each name is known.
    fixed : list of Value
        Those of constants alone; they are computed before the loops.
    values : list of Value
        The others that a state or a sum needs, by stage.
    active : set of str
        What has a gradient: the sums, states before and vectors, and the values made of them.
    pre_activations : list of PreActivation
        Those that a sum goes into, through no other activation.
    """

    def __init__(self, cell: "Cell") -> None:
        expansion = Expansion(cell)
        self.names = expansion.names
        in_source = self.names.in_source
        self.sums = [in_source(each.name) for each in cell.sums]
        self.states = [in_source(state) for state in cell.states]
        self.before = [in_source(f"{state}_prev") for state in cell.states]
        self.vectors = [in_source(vector.name) for vector in cell.vectors]
        self.constants = [in_source(name) for name, _ in cell.constants]
        self.noises = expansion.noises
        feeds_of = {in_source(s.name): [*map(in_source, s.feeds)] for s in cell.sums}
        feeds = dict.fromkeys(
            [self.before[0], *(n for fed_by in feeds_of.values() for n in fed_by)]
        )
        self.fed = [feed for feed in feeds if feed not in self.before]
        self.stages = self._stages_of(cell, expansion.values)
        pairs = [(feed, name) for feed in feeds for name in self.sums if feed in feeds_of[name]]
        self.matrices = sorted(pairs, key=lambda pair: self.available(pair[0]))
        values = sorted(expansion.values, key=lambda value: self.stages[value.name])
        live = needed([*self.states, *self.fed], [], values)[1]
        stored = [*self.states, *self.fed]
        not_stored = [value for value in live if value.name not in stored]
        constant = self._made_of(self.constants, not_stored, all)
        self.fixed = [value for value in live if value.name in constant]
        self.values = [value for value in live if value not in self.fixed]
        learned = [*self.sums, *self.before, *self.vectors]
        self.active = self._made_of(learned, self.values, any)
        self.pre_activations = [
            call for call in expansion.pre_activations if self._is_probed(call, expansion)
        ]

    @property
    def n_stages(self) -> int:
        """Number of stages of a time step."""
        return 1 + max(self.stages.values())

    def available(self, feed: str) -> int:
        """Return the stage before which a value can be multiplied by a matrix."""
        return 0 if feed in self.before else self.stages[feed] + 1

    def _stages_of(self, cell: "Cell", values: Sequence[Value]) -> dict[str, int]:
        of_sums = find_stages(cell.sums, cell.assignments).sums
        leaves = [*self.before, *self.vectors, *self.constants, *self.noises]
        stages = dict.fromkeys(leaves, 0) | dict(zip(self.sums, of_sums, strict=True))
        for name, tree, _ in values:
            stages[name] = max((stages[read] for read in trees.names(tree)), default=0)
        return stages

    @staticmethod
    def _made_of(
        start: Iterable[str], values: Iterable[Value], quantifier: Callable[[Iterable[bool]], bool]
    ) -> set[str]:
        """Return some names, and the values all (or any) of whose names are among them."""
        names = {*start}
        for value in values:
            if quantifier(name in names for name in trees.names(value.tree)):
                names.add(value.name)
        return names

    def _is_probed(self, call: PreActivation, expansion: Expansion) -> bool:
        others = [c.result[1] for c in expansion.pre_activations if c.result != c.argument]
        live = {*self.sums, *(value.name for value in self.values)}
        if call.result[0] == "name" and call.result[1] not in live:
            return False
        leaves, _ = needed(trees.names(call.argument), [*others, *self.sums], expansion.values)
        return any(leaf in self.sums for leaf in leaves)
