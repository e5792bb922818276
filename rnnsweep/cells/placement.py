"""Which loops a time step has, what each loads, and where values are kept.

Forward, there is one loop for each call of a function that costs something: five chains of
dependent instructions in one loop are more than a CPU has in flight at once. What is cheap is
computed again where it is needed; the value of a call is stored.

The array of a sum is free for another value as soon as no later loop reads the sum.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from . import trees
from .expansion import Value
from .functions import function


def is_costly(value: Value) -> bool:
    """Return whether a value is rather kept than computed again."""
    return value.tree[0] == "call" and not function(value.tree[1]).is_cheap


def needed(
    wanted: Iterable[str], stored: Collection[str], values: Sequence[Value]
) -> tuple[list[str], list[Value]]:
    """Return what has to be loaded, and what computed, for some names.

    Names that are neither stored nor values (constants) need neither.
    """
    of_name = {value.name: value for value in values}
    waiting, seen = [*wanted], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            if name not in stored and name in of_name:
                waiting += trees.names(of_name[name].tree)
    loads = [name for name in stored if name in seen]
    return loads, [value for value in values if value.name in seen and value.name not in stored]


class ForwardLoop:
    """A loop of the way forward, before its values have their places.

    Attributes
    ----------
    stage : int
    outputs : list of str
        Values that it stores.
    loads : list of str
    computed : list of Value
    """

    def __init__(self, stage: int, chunk: list[Value]) -> None:
        self.stage = stage
        self.chunk = chunk
        self.outputs: list[str] = []
        self.loads: list[str] = []
        self.computed: list[Value] = []

    @property
    def names(self) -> list[str]:
        """The values that belong to this loop."""
        return [value.name for value in self.chunk]


def forward_loops(
    values: Sequence[Value],
    stages: Mapping[str, int],
    memory: Collection[str],
    outputs: Collection[str],
    with_slope: Collection[str],
) -> tuple[list[ForwardLoop], list[str]]:
    """Return the loops of all stages in their order, and values that only later loops need.

    Parameters
    ----------
    values : sequence of Value
        By stage.
    memory : collection of str
        What lies in memory before the first loop.
    outputs : collection of str
        What is stored for other reasons than a later loop.
    with_slope : collection of str
        Values whose slope is stored.
    """
    loops = [ForwardLoop(stage, chunk) for stage, chunk in _chunks(values, stages)]
    costly = [value.name for value in values if is_costly(value)]
    stored = dict.fromkeys([*memory, *outputs, *costly])  # as if all calls were
    handed_over: list[str] = []
    for loop in loops:
        own = loop.names
        wanted = [name for name in own if name in stored or name in with_slope]
        loads, _ = needed(wanted, [name for name in stored if name not in own], values)
        handed_over += [n for n in loads if n in costly and n not in [*outputs, *handed_over]]
    to_store = [*outputs, *handed_over]
    in_memory = [*memory]
    for loop in loops:
        loop.outputs = [name for name in loop.names if name in to_store]
        wanted = [name for name in loop.names if name in to_store or name in with_slope]
        loop.loads, loop.computed = needed(wanted, in_memory, values)
        in_memory += loop.outputs
    return [loop for loop in loops if loop.computed], handed_over


def _chunks(values: Sequence[Value], stages: Mapping[str, int]) -> list[tuple[int, list[Value]]]:
    """Return the values of each loop, up to a costly call; a stage's last loop has the rest."""
    chunks: list[tuple[int, list[Value]]] = []
    for stage in sorted({stages[value.name] for value in values}):
        here = [value for value in values if stages[value.name] == stage]
        after_calls = [i + 1 for i, value in enumerate(here) if is_costly(value)]
        ends = [*after_calls[:-1], len(here)]
        starts = [0, *ends[:-1]]
        chunks += [(stage, here[a:b]) for a, b in zip(starts, ends, strict=True)]
    return chunks


def slots(
    candidates: Sequence[tuple[str, str]],
    loops: Sequence[ForwardLoop],
    free: Sequence[str],
    stages: Mapping[str, int],
    values: Sequence[Value],
) -> dict[str, str]:
    """Return for values that are kept the sums in whose arrays they find a place.

    A value is stored by a loop after, or in, the last one that reads the sum, and not before the
    stage of the sum, whose products are added until then. So its readers on the way back, which
    are of its stage or later ones, come before the gradient by the sum is written there.

    Parameters
    ----------
    candidates : sequence of (str, str)
        What is kept (a value or a slope), and the value that it comes with.
    free : sequence of str
        Sums that the way back does not read.
    """
    loop_of = {name: i for i, loop in enumerate(loops) for name in loop.names}
    last_read = {name: i for i, loop in enumerate(loops) for name in loop.loads}
    reads = {value.name: trees.names(value.tree) for value in values}
    left = [*free]
    places: dict[str, str] = {}
    for own_only in (True, False):  # first each in the place of a sum that it is made of
        for name, value in candidates:
            for place in left:
                is_over = loop_of[value] >= last_read.get(place, -1)
                is_there = stages[value] >= stages[place]
                if is_over and is_there and (place in reads[value] or not own_only):
                    places[name] = place
                    left.remove(place)
                    break
        candidates = [pair for pair in candidates if pair[0] not in places]
    return places
