"""The check of the names in equations: known, assigned once, before use, and not in vain."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from rnnsweep.suggestions import did_you_mean, nearest

from .cell import Sum
from .faults import Fault
from .parse import Equation
from .words import PREVIOUS, why_reserved


class Declared(NamedTuple):
    """The names of a cell's table, by what they are."""

    sums: Mapping[str, Sum]
    keys: Mapping[str, str]
    """For each sum the key that declares it: sums, inputs or recurrents."""
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


def check_equations(equations: list[Equation], declared: Declared) -> list[Fault]:
    """Return the faults of names in equations and in what feeds sums.

    Where the name or the expression of an equation is refused, what may follow from that is no
    fault.
    """
    faults = [*_assigned(equations, declared)]
    if not faults and all(map(_has_name, equations)):
        faults += [
            *_read(equations, declared),
            *_fed(equations, declared),
            *_without_equation(equations, declared),
        ]
        if not faults and all(equation.right for equation in equations):
            faults += _in_vain(equations, declared)
    return faults


def _has_name(equation: Equation) -> bool:
    return equation.name != ""


def _without_equation(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    assigned = {equation.name for equation in equations}
    for state in declared.states:
        if state not in assigned:
            message = f"{state} has no equation; needed: {state} = expression"
            yield Fault("states", message)


def _assigned(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    kinds, lines = declared.kinds(), dict[str, int]()
    for equation in filter(_has_name, equations):
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
    assigned = [equation.name for equation in equations]
    before = set(kinds)
    reported = set[object]()
    for equation in equations:
        for read in equation.reads:
            # An unknown name and a circle are reported once, where they are read first.
            about: object = read
            needed = [read.name, *_same_step(declared, read.name)]
            late = [name for name in needed if name in needs and name not in before]
            if read.name not in needs and read.name not in kinds:
                about, message = read.name, _unknown(read.name, assigned, kinds)
            elif read.is_exponent and read.name not in declared.constants:
                message = f"an exponent must be a number or a constant, and {read.name} is neither"
            elif late and (path := _path(late[0], equation.name, needs)):
                circle = dict.fromkeys([equation.name, read.name, *path])
                about, message = frozenset(circle), _circle([*circle, equation.name])
            elif late:
                message = _too_early(read.name, late[0], declared)
            else:
                continue
            if about not in reported:
                yield Fault("equations", message, read.place)
            reported.add(about)
        before.add(equation.name)


def _unknown(name: str, assigned: list[str], kinds: Mapping[str, str]) -> str:
    if name == "x":
        return "x is not known here: the input is part of the sums"
    if why := _why_not_before(name, assigned, kinds):
        return why
    return f"{name} is not known here{did_you_mean(nearest(name, [*kinds, *assigned]))}"


def _why_not_before(name: str, assigned: list[str], kinds: Mapping[str, str]) -> str:
    """Return why a name with _prev is no state's; empty where nothing has the name without it."""
    base = name.removesuffix(PREVIOUS)
    if base == name or base not in (*assigned, *kinds):
        return ""
    if base in kinds:
        why = f"{base} is {kinds[base]}, and only a state has a value one time step before"
    else:
        why = f"{base} is no state; add it to states"
    return f"{name} is not known here: {why}"


def _too_early(name: str, late: str, declared: Declared) -> str:
    if name != late:
        return f"{name} is read before {late} is assigned, which feeds this sum"
    hint = f"; {name}{PREVIOUS} is its value one time step before"
    return f"{name} is read before it is assigned{hint if name in declared.states else ''}"


def _circle(names: list[str]) -> str:
    needed = [f"{name} needs {other}" for name, other in pairwise(names)]
    return f"the equations go in a circle: {', '.join(needed)}"


def _needs(equations: list[Equation], declared: Declared) -> dict[str, list[str]]:
    """Return for each assigned name, and each sum, what has to be assigned before it."""
    reads: dict[str, list[str]] = {name: _same_step(declared, name) for name in declared.sums}
    for equation in equations:
        reads.setdefault(equation.name, []).extend(read.name for read in equation.reads)
    return reads


def _same_step(declared: Declared, name: str) -> list[str]:
    """Return the values of the same time step that feed a sum; none for another name."""
    feeds = declared.sums[name].feeds if name in declared.sums else ()
    return [feed for feed in feeds if not feed.endswith(PREVIOUS)]


def _path(start: str, end: str, needs: Mapping[str, list[str]]) -> list[str]:
    """Return the names from one to another along what they need; none if there is no way."""
    came_from = {start: ""}
    queue = [start]
    for name in queue:
        if name == end:
            path = [name]
            while came_from[path[-1]]:
                path.append(came_from[path[-1]])
            return path[::-1]
        for other in needs.get(name, []):
            if other not in came_from:
                came_from[other] = name
                queue.append(other)
    return []


def _fed(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    assigned = [equation.name for equation in equations]
    before = [state + PREVIOUS for state in declared.states]
    kinds = declared.kinds()
    for each in declared.sums.values():
        key = declared.keys[each.name]
        for feed in each.feeds:
            if feed in before or feed in assigned:
                continue
            if feed == "x":
                has = "every sum of sums has already" if each.has_input else f"no sum of {key} has"
                message = f"x is the input, which {has}"
            elif feed in kinds:
                message = f"{feed} is {kinds[feed]}; {_FEEDS}"
            else:
                near = did_you_mean(nearest(feed, [*before, *assigned]))
                why = _why_not_before(feed, assigned, kinds)
                message = why or f"no equation assigns {feed}, and no state has this name{near}"
            yield Fault(f"{key}.{each.name}", message)


_FEEDS = "allowed: a state one time step before, or a value that an equation assigns"


def _in_vain(equations: list[Equation], declared: Declared) -> Iterator[Fault]:
    """Yield what has no effect on the state that is read out."""
    reads: dict[str, list[str]] = {each.name: list(each.feeds) for each in declared.sums.values()}
    for equation in equations:
        reads[equation.name] = [read.name for read in equation.reads]
    reads |= {state + PREVIOUS: [state] for state in declared.states}
    out = declared.states[0]
    needed = [out]
    for name in needed:
        needed += [other for other in dict.fromkeys(reads.get(name, [])) if other not in needed]
    keys = {
        **declared.keys,
        **dict.fromkeys(declared.states, "states"),
        **dict.fromkeys(declared.vectors, "vectors"),
        **dict.fromkeys(declared.constants, "constants"),
    }
    for name, key in keys.items():
        if name not in needed:
            yield Fault(key, f"{name} has no effect on {out}, the state that is read out")
    for equation in equations:
        if equation.name not in needed and equation.name not in declared.states:
            message = f"{equation.name} has no effect on {out}, the state that is read out"
            yield Fault("equations", message, equation.place)
