"""The check of the names in equations: known, assigned once, before use, and not in vain."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from rnnsweep.suggestions import did_you_mean, nearest

from .cell import Sum
from .faults import Fault
from .parse import Equation, Read
from .words import PREVIOUS, why_reserved


class Declared(NamedTuple):
    """The names of a cell's table, by what they are."""

    sums: Mapping[str, Sum]
    states: tuple[str, ...]
    vectors: tuple[str, ...]
    constants: tuple[str, ...]

    def kinds(self) -> dict[str, str]:
        """Return for each name that equations may read but not assign what it is."""
        return {
            **dict.fromkeys(self.sums, "a sum"),
            **dict.fromkeys(self.vectors, "a vector"),
            **dict.fromkeys(self.constants, "a constant"),
            **{state + PREVIOUS: "a value one time step before" for state in self.states},
        }


def check_equations(equations: list[Equation], declared: Declared, faults: list[Fault]) -> None:
    """Add the faults of names in equations and in what feeds sums."""
    n_before = len(faults)
    faults += _assigned(equations, declared)
    faults += _read(equations, declared)
    faults += _fed(equations, declared)
    assigned = {equation.name for equation in equations}
    faults += [
        Fault("states", f"{state} has no equation; needed: {state} = expression")
        for state in declared.states
        if state not in assigned
    ]
    if len(faults) == n_before and all(equation.right for equation in equations):
        faults += _in_vain(equations, declared)


def _assigned(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    kinds, lines = declared.kinds(), dict[str, int]()
    for equation in equations:
        name = equation.name
        message = why_reserved(name)
        if name in kinds:
            message = f"{name} is {kinds[name]}, which no equation assigns"
        elif name in lines:
            message = f"{name} has an equation already, in line {lines[name]}"
        if message:
            yield Fault("equations", message, equation.place)
        lines.setdefault(name, equation.place.line)


def _read(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    kinds = declared.kinds()
    needs = _needs(equations, declared)
    before = set(kinds)
    for equation in equations:
        for read in _reads(equation):
            message = ""
            if read.name not in needs and read.name not in kinds:
                near = nearest(read.name, [*kinds, *needs])
                message = f"{read.name} is not known here{did_you_mean(near)}"
            elif read.is_exponent and read.name not in declared.constants:
                message = f"an exponent must be a number or a constant, and {read.name} is neither"
            elif read.name not in before:
                message = _too_early(read.name, equation.name, needs, declared)
            elif early := [f for f in _same_step(declared, read.name) if f not in before]:
                message = (
                    f"{read.name} is read before {early[0]}, which feeds this sum, is assigned"
                )
                if circle := _path(early[0], equation.name, needs):
                    message = _circle([equation.name, read.name, *circle])
            if message:
                yield Fault("equations", message, read.place)
        before.add(equation.name)


def _too_early(name: str, reader: str, needs: Mapping[str, list[str]], declared: Declared) -> str:
    if circle := _path(name, reader, needs):
        return _circle([reader, *circle])
    hint = f"; {name}{PREVIOUS} is its value one time step before"
    return f"{name} is read before it is assigned{hint if name in declared.states else ''}"


def _circle(names: list[str]) -> str:
    needed = [f"{name} needs {other}" for name, other in pairwise(names)]
    return f"the equations go in a circle: {', '.join(needed)}"


def _needs(equations: list[Equation], declared: Declared) -> dict[str, list[str]]:
    """Return for each assigned name, and each sum, what has to be assigned before it."""
    reads: dict[str, list[str]] = {name: _same_step(declared, name) for name in declared.sums}
    for equation in equations:
        reads.setdefault(equation.name, []).extend(read.name for read in _reads(equation))
    return reads


def _same_step(declared: Declared, name: str) -> list[str]:
    """Return the values of the same time step that feed a sum; none for another name."""
    feeds = declared.sums[name].feeds if name in declared.sums else ()
    return [feed for feed in feeds if not feed.endswith(PREVIOUS)]


def _path(start: str, end: str, needs: Mapping[str, list[str]]) -> list[str]:
    """Return the names from one to another along what they need; none if there is no way."""
    paths = [[start]]
    seen = {start}
    for path in paths:
        if path[-1] == end:
            return path
        new = [name for name in needs.get(path[-1], []) if name not in seen]
        seen.update(new)
        paths += [[*path, name] for name in dict.fromkeys(new)]
    return []


def _fed(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    assigned = [equation.name for equation in equations]
    before = [state + PREVIOUS for state in declared.states]
    for each in declared.sums.values():
        for feed in each.feeds:
            if feed not in before and feed not in assigned:
                near = did_you_mean(nearest(feed, [*before, *assigned]))
                message = f"no equation assigns {feed}, and no state has this name{near}"
                key = "sums" if each.has_input else "recurrents"
                yield Fault(f"{key}.{each.name}", message)


def _in_vain(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    """Yield what has no effect on the state that is read out."""
    reads: dict[str, list[str]] = {each.name: list(each.feeds) for each in declared.sums.values()}
    for equation in equations:
        reads[equation.name] = [read.name for read in _reads(equation)]
    reads |= {state + PREVIOUS: [state] for state in declared.states}
    out = declared.states[0]
    needed = [out]
    for name in needed:
        needed += [other for other in dict.fromkeys(reads.get(name, [])) if other not in needed]
    keys = {
        "sums": declared.sums,
        "states": declared.states,
        "vectors": declared.vectors,
        "constants": declared.constants,
    }
    for key, names in keys.items():
        for name in names:
            if name not in needed:
                yield Fault(key, f"{name} has no effect on {out}, the state that is read out")
    for equation in equations:
        if equation.name not in needed and equation.name not in declared.states:
            message = f"{equation.name} has no effect on {out}, the state that is read out"
            yield Fault("equations", message, equation.place)


def _reads(equation: Equation) -> tuple[Read, ...]:
    return equation.right.reads if equation.right else ()
