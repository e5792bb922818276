"""From a cell's equations to the program of its kernels: the way forward and the way back.

The way back is reverse mode over the assignments, stage by stage; see `way_back`. What it needs of
the way forward is kept, or computed again where that is cheap; see `placement` and `memory`.
"""

from typing import TYPE_CHECKING

from .expansion import Value
from .memory import Memory, wanted
from .placement import ForwardLoop, needed
from .program import Line, Loop, Product, Program, Store
from .structure import Structure
from .way_back import Part, WayBack

if TYPE_CHECKING:
    from .cell import Cell


def derive(cell: "Cell") -> Program:
    """Return the program of a cell."""
    structure = Structure(cell)
    back = WayBack(structure)
    memory = Memory(structure, back)
    in_equations = structure.names.in_equations
    # Without a name that a user gives: under another one the same equations compile nothing anew.
    title = f"The cell {cell.name}" if cell.is_builtin else "A cell"
    return Program(
        title=f"{title} with {cell.activation}" if cell.uses_act else title,
        equations=cell.equations,
        n_stages=structure.n_stages,
        kept=tuple(memory.kept),
        states=tuple(structure.states),
        scratch=tuple(memory.scratch),
        constants=tuple(structure.constants),
        fixed=tuple(map(_line, structure.fixed)),
        products=tuple(_products(structure, back, memory)),
        matrices=tuple((in_equations(a), in_equations(b)) for a, b in structure.matrices),
        noises=tuple(memory.number[name] for name in structure.noises),
        slopes=tuple((call.function, call.is_act) for call in structure.pre_activations),
        forward=tuple(_forward(loop, memory) for loop in memory.loops),
        backward=tuple(
            _back(stage, part, structure, memory) for stage, part in enumerate(back.stages)
        ),
        probes=tuple(
            _back(number, part, structure, memory) for number, part in enumerate(back.probes)
        ),
    )


def _line(value: Value, *slope: str) -> Line:
    return Line((value.name, *slope), value.tree, (value.equation,))


def _forward(loop: ForwardLoop, memory: Memory) -> Loop:
    """Return a loop of the way forward; the slope of a call is there with its value."""
    slopes = {name: memory.slope_with[name] for name in loop.names if name in memory.slope_with}
    outputs = [(memory.number[name], name) for name in loop.outputs]
    outputs += [
        (number, name)
        for name, number in memory.fed.items()
        if name in loop.outputs and number != memory.number[name]
    ]
    outputs += [(memory.number[slope], slope) for slope in slopes.values()]
    return Loop(
        loop.stage,
        tuple((name, memory.number[name]) for name in loop.loads),
        tuple(_line(v, *([slopes[v.name]] if v.name in slopes else [])) for v in loop.computed),
        tuple(Store(number, ("name", name), ()) for number, name in outputs),
    )


def _back(stage: int, part: Part, structure: Structure, memory: Memory) -> Loop:
    """Return a loop of the way back, or of a probe."""
    lines, stored = part
    number = memory.number
    loads, again = needed(wanted(part), number, structure.values)
    return Loop(
        stage,
        tuple((name, number[name]) for name in sorted(loads, key=number.__getitem__)),
        (*map(_line, again), *lines),
        tuple(Store(number[array], tree, equations) for array, tree, equations in stored),
    )


def _products(structure: Structure, back: WayBack, memory: Memory) -> list[Product]:
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
                feed_kept=-1 if is_before else memory.fed[feed],
                sum=structure.sums.index(name),
                adjoint=memory.scratch.index(adjoint_of[feed]),
                fresh=adjoint_of[feed] not in written,
            )
        )
        written.add(adjoint_of[feed])
    return products
