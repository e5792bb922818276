"""From a cell's equations to the program of its kernels: the way forward and the way back.

The way back is reverse mode over the assignments, stage by stage; see `way_back`. What it needs of
the way forward is kept, or computed again where that is cheap; see `placement`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import trees
from .placement import ForwardLoop, forward_loops, is_costly, needed, slots
from .program import Line, Loop, Product, Program, Store
from .structure import Structure
from .way_back import Part, WayBack

if TYPE_CHECKING:
    from .cell import Cell


def derive(cell: "Cell") -> Program:
    """Return the program of a cell."""
    structure = Structure(cell)
    back = WayBack(structure)
    values, states, fed = structure.values, structure.states, structure.fed
    matrices, in_equations = structure.matrices, structure.names.in_equations
    costly = [value.name for value in values if is_costly(value)]
    from_noise = _from_noise(structure)
    value_of = {slope: name for name, slope in back.slopes.items()}
    memory = [*structure.sums, *structure.before, *structure.vectors, *structure.noises]
    scratch = [*back.incoming, *structure.vectors, *back.gathered, *back.adjoints]
    scratch += [array for array in back.carried.values() if array not in scratch]
    # What is kept, because the way back reads it.
    could_load = [
        *dict.fromkeys([*memory, *states, *fed, *scratch, *costly, *from_noise, *value_of])
    ]
    parts = [*back.stages, *back.probes]
    read = {name for part in parts for name in needed(_wanted(part), could_load, values)[0]}
    has_place = {*states, *fed}
    kept = [v.name for v in values if v.name in read and v.name not in has_place]
    slopes = [slope for slope in value_of if slope in read]
    with_slope = [value_of[slope] for slope in slopes]
    loops, handed_over = forward_loops(
        values, structure.stages, memory, [*states, *fed, *kept], with_slope
    )
    # Where it is kept: in the place of a sum, or in an array of its own.
    candidates = [*((name, name) for name in kept), *zip(slopes, with_slope, strict=True)]
    free = [name for name in structure.sums if name not in read]
    places = slots(candidates, loops, free, structure.stages, values)
    noises = [name for name in structure.noises if name in read]
    own = [*fed, *(name for name, _ in candidates if name not in places), *noises]
    scratch += [*handed_over, *(name for name in structure.noises if name not in noises)]
    arrays = [*structure.sums, *own, *structure.before, *states, *scratch]
    # A state that feeds a sum is in two arrays; the one of the states is read.
    number = {name: n for n, name in enumerate(arrays)}
    number |= {name: number[place] for name, place in places.items()}
    kept_arrays = len(structure.sums) + len(own)
    fed_number = {name: len(structure.sums) + n for n, name in enumerate(fed)}

    def stored_forward(loop: ForwardLoop) -> list[tuple[int, str]]:
        """Return the numbers of arrays, and what the loop stores there."""
        outputs = [(number[name], name) for name in loop.outputs]
        outputs += [(fed_number[n], n) for n in loop.outputs if n in fed_number and n in states]
        pairs = zip(with_slope, slopes, strict=True)
        return outputs + [(number[slope], slope) for name, slope in pairs if name in loop.names]

    def forward(loop: ForwardLoop) -> Loop:
        lines = []
        for value in loop.computed:
            has_slope = value.name in with_slope
            names = (value.name, back.slopes[value.name]) if has_slope else (value.name,)
            lines.append(Line(names, value.tree, (value.equation,)))
        stores = tuple(Store(n, ("name", name), ()) for n, name in stored_forward(loop))
        loads = tuple((name, number[name]) for name in loop.loads)
        return Loop(loop.stage, loads, tuple(lines), stores)

    def back_or_probe(stage: int, part: Part) -> Loop:
        lines, stored = part
        loads, again = needed(_wanted(part), [*number], values)
        return Loop(
            stage,
            tuple((name, number[name]) for name in sorted(loads, key=number.__getitem__)),
            (*(Line((v.name,), v.tree, (v.equation,)) for v in again), *lines),
            tuple(Store(number[array], tree, equations) for array, tree, equations in stored),
        )

    return Program(
        title=f"{cell.name} with {cell.activation}" if cell.uses_act else cell.name,
        equations=cell.equations,
        n_stages=structure.n_stages,
        kept=tuple(arrays[:kept_arrays]),
        states=tuple(states),
        scratch=tuple(scratch),
        constants=tuple(structure.constants),
        fixed=tuple(Line((v.name,), v.tree, (v.equation,)) for v in structure.fixed),
        products=tuple(_products(structure, back, scratch, fed_number)),
        matrices=tuple((in_equations(feed), in_equations(name)) for feed, name in matrices),
        noises=tuple(number[name] for name in structure.noises),
        slopes=tuple((call.function, call.is_act) for call in structure.pre_activations),
        forward=tuple(map(forward, loops)),
        backward=tuple(back_or_probe(stage, part) for stage, part in enumerate(back.stages)),
        probes=tuple(back_or_probe(n, part) for n, part in enumerate(back.probes)),
    )


def _from_noise(structure: Structure) -> list[str]:
    """Return values that cannot be computed again without keeping the noise in them."""
    names = [*structure.noises]
    for value in structure.values:
        if not is_costly(value) and any(read in names for read in trees.names(value.tree)):
            names.append(value.name)
    return names[len(structure.noises) :]


def _wanted(part: Part) -> set[str]:
    """Return the names that a loop reads and does not assign."""
    lines, stores = part
    read = [line.tree for line in lines] + [tree for _, tree, _ in stores]
    assigned = {name for line in lines for name in line.names}
    return {name for tree in read for name in trees.names(tree)} - assigned


def _products(
    structure: Structure, back: WayBack, scratch: Sequence[str], fed_number: Mapping[str, int]
) -> list[Product]:
    products: list[Product] = []
    adjoint_of = dict(zip(structure.before, back.incoming, strict=True))
    adjoint_of |= dict(zip(structure.fed, back.adjoints, strict=True))
    written = {adjoint_of[name] for name in structure.before if name not in back.unwritten}
    for feed, name in structure.matrices:
        is_before = feed in structure.before
        products.append(
            Product(
                stage=structure.available(feed),
                feed_state=structure.before.index(feed) if is_before else -1,
                feed_kept=-1 if is_before else fed_number[feed],
                sum=structure.sums.index(name),
                adjoint=scratch.index(adjoint_of[feed]),
                fresh=adjoint_of[feed] not in written,
            )
        )
        written.add(adjoint_of[feed])
    return products
