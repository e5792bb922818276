"""Which arrays a layer has, and which values lie in them."""

from . import trees
from .placement import forward_loops, is_costly, needed, slots
from .structure import Structure
from .way_back import Part, WayBack


class Memory:
    """What is kept for the way back, what is handed from loop to loop, and where.

    Attributes
    ----------
    kept, scratch : list of str
        What the arrays with a row for each time step, and those without time, hold first.
    number : dict of str to int
        The number of the array in which each name lies.
    fed : dict of str to int
        The numbers of the values that feed sums. (A state among them is in two arrays.)
    slope_with : dict of str to str
        The slopes that are kept, by the values that they come with.
    loops : list of ForwardLoop
    """

    def __init__(self, structure: Structure, back: WayBack) -> None:
        values, states, fed = structure.values, structure.states, structure.fed
        inputs = [*structure.sums, *structure.before, *structure.vectors, *structure.noises]
        without_time = [*back.incoming, *structure.vectors, *back.gathered, *back.adjoints]
        without_time += [name for name in back.carried.values() if name not in without_time]
        # The way back loads what is there, and what can be kept; it computes the rest again.
        costly = [value.name for value in values if is_costly(value)]
        can_be_kept = [*costly, *_from_noise(structure), *back.slopes.values()]
        there = [*inputs, *states, *fed, *without_time]
        stored = [*dict.fromkeys([*there, *can_be_kept])]
        parts = [*back.stages, *back.probes]
        read = {name for part in parts for name in needed(wanted(part), stored, values)[0]}
        kept = [v.name for v in values if v.name in read and v.name not in (*states, *fed)]
        self.slope_with = {name: slope for name, slope in back.slopes.items() if slope in read}
        self.loops, handed_over = forward_loops(
            values, structure.stages, inputs, [*states, *fed, *kept], self.slope_with
        )
        # What is kept goes in the place of a sum, or into an array of its own.
        pairs = [(name, name) for name in kept]
        pairs += [(slope, name) for name, slope in self.slope_with.items()]
        free = [name for name in structure.sums if name not in read]
        places = slots(pairs, self.loops, free, structure.stages, values)
        own = [name for name, _ in pairs if name not in places]
        self.kept = [*structure.sums, *fed, *own, *(n for n in structure.noises if n in read)]
        self.scratch = [*without_time, *handed_over]
        self.scratch += [name for name in structure.noises if name not in read]
        arrays = [*self.kept, *structure.before, *states, *self.scratch]
        self.number = {name: number for number, name in enumerate(arrays)}
        self.number |= {name: self.number[place] for name, place in places.items()}
        self.fed = {name: len(structure.sums) + number for number, name in enumerate(fed)}


def wanted(part: Part) -> set[str]:
    """Return the names that a loop of the way back reads and does not assign."""
    lines, stores = part
    read = [line.tree for line in lines] + [tree for _, tree, _ in stores]
    assigned = {name for line in lines for name in line.names}
    return {name for tree in read for name in trees.names(tree)} - assigned


def _from_noise(structure: Structure) -> list[str]:
    """Return values that cannot be computed again without keeping the noise in them."""
    names = [*structure.noises]
    for value in structure.values:
        if not is_costly(value) and any(read in names for read in trees.names(value.tree)):
            names.append(value.name)
    return names[len(structure.noises) :]
