"""The recurrent cells and what is particular about each: the only table about a cell.

Each file of `rnnsweep/kernels/cells/` declares its cell in a literal, ``CELL = {...}``. The
literals are read from the sources here, because importing the kernels loads numba, which takes
half a second, and the check of a sweep file does not need it.
"""

import ast
from pathlib import Path
from typing import Any, NamedTuple

_FOLDER = Path(__file__).parent / "kernels" / "cells"


class Cell(NamedTuple):
    """What the package has to know about a cell in addition to its functions.

    The fields with a default may be left out of the literal.
    """

    line: str
    """A line for people, with the equations if they are short."""
    year: int
    """Of the publication; cells are listed in this order."""
    gates: tuple[str, ...]
    """A name for each pre-activation of a hidden unit, in the order of the matrices' columns."""
    activated: str
    """The gate that goes through the model's activation; all others go through the sigmoid."""
    states: tuple[str, ...]
    """What is handed on to the next time step: ``("h",)``, or ``("h", "c")``."""
    extras: int
    """Further arrays of a state's size that are kept for the backward pass."""
    forget_gate: str = ""
    """The gate whose bias takes `forget_bias`; none if empty."""
    recurrent_bias: str = ""
    """The gate whose recurrent sum has a second bias, named ``b_h`` and the gate's name."""
    is_elman: bool = False
    """Whether the cell is Elman's, the only one of the notebook's rule and the plain loops."""

    @property
    def n_gates(self) -> int:
        """Number of pre-activations of a hidden unit."""
        return len(self.gates)

    @property
    def n_states(self) -> int:
        """Number of states that are handed on: 1 or 2."""
        return len(self.states)

    @property
    def n_kept(self) -> int:
        """Arrays of a state's size that a layer keeps for each time step."""
        return self.n_gates + self.n_states + self.extras

    @property
    def n_activations(self) -> int:
        """Activations that are applied to a hidden unit in a time step: the gates, and to c."""
        return self.n_gates + self.n_states - 1

    @property
    def activated_index(self) -> int:
        """Place of `activated` among the gates."""
        return self.gates.index(self.activated)

    @property
    def recurrent_bias_name(self) -> str:
        """Name of the parameter of `recurrent_bias`; empty if there is none."""
        return self.recurrent_bias and f"b_h{self.recurrent_bias}"

    def columns(self, gate: str, n_hidden: int) -> slice:
        """Return the columns of a gate in a matrix whose columns are all gates' (G * H)."""
        start = self.gates.index(gate) * n_hidden
        return slice(start, start + n_hidden)


def read_cell(path: Path) -> Cell:
    """Return the cell that a file declares, without running the file.

    Raises
    ------
    ValueError
        If the literal is missing or a field is wrong; the message names the file.
    """
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CELL":
            try:
                fields = ast.literal_eval(node.value)
            except ValueError as error:
                raise ValueError(f"{path}: CELL is no literal: {error}") from None
            break
    else:
        raise ValueError(f"{path}: CELL = {{...}} is missing")
    try:
        cell = Cell(**fields)
    except TypeError as error:
        raise ValueError(f"{path}: CELL: {error}") from None
    for field, is_right, allowed in _rules(cell):
        if not is_right:
            value = getattr(cell, field)
            raise ValueError(f"{path}: CELL: {field} is {value!r}; allowed: {allowed}")
    return cell


def _rules(cell: Cell) -> list[tuple[str, bool, str]]:
    """Return for each field whether it is right, and what is allowed."""
    gates: Any = cell.gates
    are_names = isinstance(gates, tuple) and all(isinstance(gate, str) and gate for gate in gates)
    gates = gates if are_names else ()
    gate_or_none = f'"" or one of the gates {gates}'
    has_line = isinstance(cell.line, str) and cell.line.strip() != "" and "\n" not in cell.line
    return [
        ("line", has_line, "one line of text"),
        ("year", type(cell.year) is int, "a whole number"),
        ("gates", 0 < len(gates) == len(set(gates)), "a tuple of different names"),
        ("activated", cell.activated in gates, f"one of the gates {gates}"),
        ("states", cell.states in (("h",), ("h", "c")), '("h",) or ("h", "c")'),
        ("extras", type(cell.extras) is int and cell.extras >= 0, "a whole number from 0 up"),
        ("forget_gate", cell.forget_gate in ("", *gates), gate_or_none),
        ("recurrent_bias", cell.recurrent_bias in ("", *gates), gate_or_none),
        ("is_elman", type(cell.is_elman) is bool, "True or False"),
    ]


CELLS = {
    "rnn": Cell("", 1990, ("h",), "h", ("h",), 0, is_elman=True),
    "lstm": Cell("", 1997, ("i", "f", "g", "o"), "g", ("h", "c"), 3, forget_gate="f"),
    "gru": Cell("", 2014, ("r", "z", "n"), "n", ("h",), 2, recurrent_bias="n"),
}


def cells_with(field: str) -> tuple[str, ...]:
    """Return the names of the cells in whose record a field is neither empty nor False."""
    return tuple(name for name, cell in CELLS.items() if getattr(cell, field))
