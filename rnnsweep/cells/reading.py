"""From a table of a TOML file, ``[cell]`` or ``[cells.NAME]``, to a cell or to all its faults."""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from rnnsweep.suggestions import allowed

from .cell import Cell, Sum, Vector
from .faults import CellError, Fault, Place
from .meaning import Declared, check_equations
from .parse import Equation, parse_equations
from .values import finite, is_list_of_texts, short, shown
from .words import PREVIOUS, why_not_a_name

KEYS = (
    "sums",
    "inputs",
    "recurrents",
    "states",
    "equations",
    "vectors",
    "biases",
    "constants",
    "source",
    "line",
    "year",
)
_SUMS = ("sums", "inputs", "recurrents")
MOST_NAMES = 32
"""Of all sums together, of vectors, of constants, and of what feeds a sum."""
MOST_STATES = 16


def read_cell(table: Mapping[str, Any], name: str = "cell", *, is_builtin: bool = False) -> Cell:
    """Return the cell that a table describes.

    Parameters
    ----------
    table : mapping
        Its keys are described in docs/cells.md.
    name : str
        The word by which the cell is named in sweep files.
    is_builtin : bool
        Whether it is one of the package's.

    Raises
    ------
    CellError
        Something is wrong; the error has every fault.

    Examples
    --------
    >>> read_cell({"sums": ["z"], "states": ["h"], "equations": "h = act(z)"}).is_elman
    True
    """
    if not isinstance(table, Mapping):
        raise CellError([Fault("", f"a cell is a table, not {shown(table)}")])
    reader = _Reader(table)
    cell = reader.cell(name, is_builtin)
    if reader.faults:
        raise CellError(reader.faults)
    return cell


class _Reader:
    """Reads the keys of one table and collects its faults."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.faults: list[Fault] = []
        self._table = table

    def _add(self, key: str, message: str) -> None:
        self.faults.append(Fault(key, message))

    def cell(self, name: str, is_builtin: bool) -> Cell:
        """Return the cell, without what is wrong."""
        for key in self._table:
            if key not in KEYS:
                self._add(short(key), f"a cell has no such key; {allowed(key, KEYS)}")
        states = tuple(self._names("states"))
        sums = self._sums(states)
        vectors = tuple(self._vectors())
        constants = tuple(self._constants(sums))
        self._check_twice(sums, states, vectors, constants)
        self._check_params(sums, vectors)
        are_names_right = not self.faults
        parsed = self._equations()
        if are_names_right:
            declared = Declared(
                {each.name: each for each in sums},
                {each.name: self._key_of(each) for each in sums},
                states,
                tuple(each.name for each in vectors),
                tuple(name for name, _ in constants),
            )
            self.faults += check_equations(parsed, declared)
        return Cell(
            name=name,
            sums=self._with_biases(sums),
            states=states,
            assignments=tuple((each.name, each.right.tree) for each in parsed if each.right),
            vectors=vectors,
            constants=constants,
            line=self._line("line"),
            source=self._line("source"),
            year=self._year(),
            is_builtin=is_builtin,
        )

    def _sums(self, states: tuple[str, ...]) -> tuple[Sum, ...]:
        before = (states[0] + PREVIOUS,) if states else ()
        sums = [Sum(name, True, feeds) for name, feeds in self._fed("sums", before)]
        sums += [Sum(name, True) for name in self._names("inputs")]
        if not sums and not {"sums", "inputs"} & {fault.key for fault in self.faults}:
            self._add("sums", 'no sum has the input; needed: sums or inputs, as in sums = ["z"]')
        recurrents = [Sum(name, False, feeds) for name, feeds in self._fed("recurrents", before)]
        for each in recurrents:
            if not each.feeds and states:
                self._add(f"recurrents.{each.name}", "a sum without an input needs what feeds it")
        self._are_few("sums", [*sums, *recurrents])
        return (*sums, *recurrents)

    def _key_of(self, each: Sum) -> str:
        if not each.has_input:
            return "recurrents"
        return "inputs" if each.name in self._table.get("inputs", []) else "sums"

    def _fed(self, key: str, default: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        """Return the names of a list, each with the default, or those of a table with its feeds."""
        value = self._table.get(key, [])
        if isinstance(value, Mapping):
            return [(name, self._feeds(f"{key}.{name}", value[name])) for name in self._keys(key)]
        return [(name, default) for name in self._names(key)]

    def _feeds(self, key: str, value: object) -> tuple[str, ...]:
        if not is_list_of_texts(value):
            self._add(key, f'{shown(value)} is no list of names, as in ["h{PREVIOUS}"]')
            return ()
        if not self._are_few(key, value):
            return ()
        for feed in dict.fromkeys(feed for feed in value if value.count(feed) > 1):
            self._add(key, f"{shown(feed)} feeds the sum twice")
        return tuple(value)

    def _names(self, key: str) -> list[str]:
        """Return the right names of a list."""
        value = self._table.get(key, [])
        if not is_list_of_texts(value):
            form = " or a table" if key in ("sums", "recurrents") else ""
            self._add(key, f'{shown(value)} is no list of names{form}, as in ["a", "b"]')
            return []
        if key == "states" and not value:
            self._add(key, 'a cell has a state; needed: states = ["h"], or more names')
        return self._right_names(key, value)

    def _keys(self, key: str) -> list[str]:
        """Return the right names that are the keys of a table."""
        value = self._table.get(key, {})
        if not isinstance(value, Mapping):
            self._add(key, f"{shown(value)} is no table, as in {{name = ...}}")
            return []
        return self._right_names(key, value)

    def _right_names(self, key: str, names: Collection[Any]) -> list[str]:
        right = []
        for name in names if self._are_few(key, names) else ():
            why_not = why_not_a_name(name) if isinstance(name, str) else f"{shown(name)} is no name"
            if why_not:
                self._add(key, why_not)
            else:
                right.append(name)
        return right

    def _are_few(self, key: str, names: Collection[Any]) -> bool:
        most = MOST_STATES if key == "states" else MOST_NAMES
        if len(names) > most:
            self._add(key, f"there are {len(names)}; allowed: up to {most}")
        return len(names) <= most

    def _vectors(self) -> Iterable[Vector]:
        for name in self._keys("vectors"):
            match self._table["vectors"][name]:
                case {"uniform": [low, high], **rest} if not rest:
                    low, high = finite(low), finite(high)
                    if low is not None and high is not None and 0 <= high - low < math.inf:
                        yield Vector(name, low, high)
                        continue
                case value if (start := finite(value)) is not None:
                    yield Vector(name, start, start)
                    continue
            value = self._table["vectors"][name]
            needed = "a number, or {uniform = [low, high]} with low <= high"
            self._add(f"vectors.{name}", f"{shown(value)} is no start; allowed: {needed}")
            yield Vector(name, 0.0, 0.0)

    def _constants(self, sums: tuple[Sum, ...]) -> Iterable[tuple[str, float]]:
        columns = {f"bias_{each.name}" for each in sums}
        for name in self._keys("constants"):
            value = finite(self._table["constants"][name])
            if value is None:
                given = shown(self._table["constants"][name])
                self._add(f"constants.{name}", f"{given} is no finite number")
            if name == "bias" or name in columns:
                self._add("constants", f"{name} is reserved for the biases: cell.bias")
            yield name, value or 0.0

    def _check_twice(
        self,
        sums: tuple[Sum, ...],
        states: tuple[str, ...],
        vectors: tuple[Vector, ...],
        constants: tuple[tuple[str, float], ...],
    ) -> None:
        kinds: dict[str, str] = {}
        named = [
            *((each.name, "sum") for each in sums),
            *((name, "state") for name in states),
            *((each.name, "vector") for each in vectors),
            *((name, "constant") for name, _ in constants),
        ]
        for name, kind in named:
            if name in kinds:
                both = f"twice a {kind}" if kinds[name] == kind else f"a {kinds[name]} and a {kind}"
                self._add(f"{kind}s", f"{name} is {both}; each name has one meaning")
            kinds.setdefault(name, kind)

    def _check_params(self, sums: tuple[Sum, ...], vectors: tuple[Vector, ...]) -> None:
        """Refuse two params of one name: those of further layers end in _1, _2 and so on."""
        params = {f"b_{each.name}": "recurrents" for each in sums if not each.has_input}
        params |= {each.name: "vectors" for each in vectors}
        for name, key in params.items():
            first = re.sub(r"_\d+$", "", name)
            if name == "b_h" or (first != name and first in (*params, "b_h")):
                declared = name.removeprefix("b_")
                meaning = "the biases" if name == "b_h" else f"{first} in a further layer"
                self._add(key, f"{declared} is reserved: {name} is the param for {meaning}")

    def _with_biases(self, sums: tuple[Sum, ...]) -> tuple[Sum, ...]:
        names = [each.name for each in sums]
        # A sum whose name is refused is not among them.
        are_all = not any(fault.key.startswith(_SUMS) for fault in self.faults)
        biases = {}
        for name in self._keys("biases"):
            value = self._table["biases"][name]
            bias = finite(value)
            if name not in names:
                if are_all:
                    self._add(f"biases.{name}", f"no sum has this name; {allowed(name, names)}")
            elif bias is not None:
                biases[name] = (bias, True)
            elif value is False:
                biases[name] = (0.0, False)
            else:
                needed = "a finite number, or false for a sum without a bias"
                self._add(f"biases.{name}", f"{shown(value)} is no bias; allowed: {needed}")
        return tuple(
            each._replace(bias=bias, has_bias=has_bias)
            for each in sums
            for bias, has_bias in [biases.get(each.name, (0.0, True))]
        )

    def _equations(self) -> list[Equation]:
        text = self._table.get("equations")
        if isinstance(text, str):
            return parse_equations(text, self.faults)
        wrong = "this key is missing" if text is None else f"{shown(text)} is no text"
        self._add("equations", f"{wrong}; needed: a line for each state, as in h = act(z)")
        return [Equation("", Place(1, 1))]

    def _line(self, key: str) -> str:
        value = self._table.get(key, "")
        if isinstance(value, str) and value.isprintable():
            return value
        self._add(key, f"{shown(value)} is no line of text")
        return ""

    def _year(self) -> int:
        value = self._table.get("year", 0)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 9999:
            return value
        self._add("year", f"{shown(value)} is no year")
        return 0
