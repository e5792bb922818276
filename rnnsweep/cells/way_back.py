"""The way back through a time step: the gradients by sums, vectors and states before."""

from .algebra import ONE, ZERO, add
from .expansion import PreActivation
from .program import Line
from .reverse import Reverse
from .structure import Structure
from .trees import Tree

Stored = tuple[str, Tree, tuple[str, ...]]
"""The name of an array, what is stored there, and the equations that it comes from."""

Part = tuple[list[Line], list[Stored]]
"""The assignments of a loop, and what it stores."""


class WayBack:
    """The gradients of a time step, stage by stage, the last one first.

    Attributes
    ----------
    stages : list of Part
        From stage 0 on.
    probes : list of Part
        The slope of each pre-activation; stored into the first of `incoming`.
    incoming : list of str
        Arrays of the gradients by the states; after stage 0, by the states before.
    gathered : list of str
        Arrays to which the gradients by the vectors are added.
    adjoints : list of str
        Arrays of the gradients by values that feed sums.
    carried : dict of str to str
        Arrays of gradients that cross stages, by the name of the value.
    unwritten : set of str
        States before whose gradient is written by a product first.
    slopes : dict of str to str
        The names of slopes that are kept with the values of calls, by the names of these.
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        fresh = structure.names.fresh
        self.incoming = [fresh(f"g_{state}") for state in structure.states]
        self.gathered = [fresh(f"g_{vector}") for vector in structure.vectors]
        self.adjoints = [fresh(f"a_{name}") for name in structure.fed]
        self.carried: dict[str, str] = {}
        self.unwritten: set[str] = set()
        self.slopes: dict[str, str] = {}
        self._reverse = Reverse(structure.names, structure.active, self.slopes)
        self.stages = [self._stage(n) for n in reversed(range(structure.n_stages))][::-1]
        self.probes = [self._probe(call) for call in structure.pre_activations]

    def _stage(self, stage: int) -> Part:
        structure, reverse = self._structure, self._reverse
        at_home = [name for name, known in structure.stages.items() if known == stage]
        fed = zip(structure.fed, self.adjoints, strict=True)
        states = zip(structure.states, self.incoming, strict=True)
        for name, array in (*fed, *states):
            if name in at_home:
                reverse.add_term(name, ("name", array))
        lines = reverse.go_back([v for v in structure.values if v.name in at_home])
        stores: list[Stored] = []
        for name in structure.sums:
            if name in at_home:
                stores.append((name, *reverse.take(name)))
        for vector, array in zip(structure.vectors, self.gathered, strict=True):
            gradient, equations = reverse.take(vector)
            if gradient != ZERO:
                stores.append((array, add(("name", array), gradient), equations))
        return lines, stores + (self._carry(stage) if stage > 0 else self._hand_back())

    def _carry(self, stage: int) -> list[Stored]:
        """Hand the gradients by what belongs to earlier stages over to them."""
        stores: list[Stored] = []
        for name in self._reverse.targets():
            gradient, equations = self._reverse.take(name)
            if equations:  # this stage adds to it
                if name not in self.carried:
                    self.carried[name] = self._carrier(name, stage)
                stores.append((self.carried[name], gradient, equations))
            self._reverse.add_term(name, ("name", self.carried[name]))
        return stores

    def _carrier(self, name: str, stage: int) -> str:
        """Return the array for a gradient that crosses stages.

        For a state before it is that of the state's own gradient, if this has been read by then.
        """
        if name in self._structure.before:
            number = self._structure.before.index(name)
            if self._structure.stages[self._structure.states[number]] >= stage:
                return self.incoming[number]
        return self._structure.names.fresh(f"later_{name}")

    def _hand_back(self) -> list[Stored]:
        """Return the gradients by the states one time step before.

        Where it is 0, a product writes it, if there is one.
        """
        stores: list[Stored] = []
        multiplied = {feed for feed, _ in self._structure.matrices}
        for name, array in zip(self._structure.before, self.incoming, strict=True):
            gradient, equations = self._reverse.take(name)
            if gradient == ZERO and name in multiplied:
                self.unwritten.add(name)
            elif gradient != ("name", array):
                stores.append((array, gradient, equations))
        return stores

    def _probe(self, call: PreActivation) -> Part:
        values = self._structure.values
        reverse = Reverse(self._structure.names, self._structure.active, self.slopes)
        x, y = call.argument, call.result
        lines: list[Line] = []
        value = next((v for v in values if ("name", v.name) == y), None)
        if x == y or value is None:  # the identity
            slope = ONE
        elif value.tree[:2] == ("call", call.function):
            (slope,) = reverse.call_slopes(value)
        else:  # a formula of x
            names = [v.name for v in values]
            start = names.index(x[1]) + 1 if x[1] in names else 0
            reverse.add_term(y[1], ONE)
            lines = reverse.go_back(values[start:])
            slope, _ = reverse.take(x[1])
        return lines, [(self.incoming[0], slope, ())]
