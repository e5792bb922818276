"""What is known about a cell: a record that is equal and hashed by its content."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rnnsweep.suggestions import allowed

from . import trees
from .activation import activation_tree, read_activation
from .faults import CellError, Fault
from .trees import Tree
from .values import finite, shown

if TYPE_CHECKING:
    from .program import Program

MOST_OPERATIONS = 2000


class Sum(NamedTuple):
    """A sum that goes into the equations: products with matrices, and a bias, for each unit."""

    name: str
    has_input: bool = True
    """Whether the layer's input, multiplied by a matrix, is part of it."""
    feeds: tuple[str, ...] = ()
    """The values (H,) that are each multiplied by a square matrix: "h_prev", or "rh", a value of
    the same time step."""
    bias: float = 0.0
    """Added to the initial bias."""
    has_bias: bool = True


class Vector(NamedTuple):
    """A learned value for each hidden unit; it starts uniformly between `low` and `high`."""

    name: str
    low: float
    high: float


@dataclass(frozen=True)
class Cell:
    """A recurrent cell: its equations for one time step, and what goes into them.

    `rnnsweep.cells.read_cell` makes one from a table and checks all of it.
    """

    name: str
    """The word of the sweep file: "lstm", "ugrnn.toml", "ugrnn" for ``[cells.ugrnn]``."""
    sums: tuple[Sum, ...]
    """Those with an input first; their order is that of the matrices' columns."""
    states: tuple[str, ...]
    """Carried over time; the first one is read out."""
    assignments: tuple[tuple[str, Tree], ...]
    """The equations in their order; `trees` describes the right sides."""
    vectors: tuple[Vector, ...] = ()
    constants: tuple[tuple[str, float], ...] = ()
    line: str = ""
    """A line for people."""
    source: str = ""
    """The publication."""
    year: int = 0
    activation: str = "tanh"
    """What `act` means: a word of `rnnsweep.vocabulary.ACTIVATIONS`, or a formula in `x`."""
    is_builtin: bool = False

    @property
    def uses_act(self) -> bool:
        """Whether an equation calls `act`."""
        return self._calls("act")

    @property
    def uses_noise(self) -> bool:
        """Whether an equation calls `noise`."""
        return self._calls("noise")

    def _calls(self, function: str) -> bool:
        return any(function in trees.calls(tree) for _, tree in self.assignments)

    @property
    def has_recurrent(self) -> bool:
        """Whether the cell has recurrent matrices."""
        return any(each.feeds for each in self.sums)

    @property
    def is_elman(self) -> bool:
        """Whether this is Elman's cell, whatever its names: ``h = act(x W + h_prev U + b)``."""
        if len(self.sums) != 1 or len(self.states) != 1 or self.vectors or self.constants:
            return False
        (only,), (state,) = self.sums, self.states
        equation = (state, ("call", "act", ("name", only.name)))
        is_usual = only.has_input and only.has_bias and only.feeds == (f"{state}_prev",)
        return is_usual and self.assignments == (equation,)

    @property
    def forget_sum(self) -> str:
        """The sum whose bias `model.forget_bias` is; empty if there is none."""
        return "zf" if any(each.name == "zf" and each.has_bias for each in self.sums) else ""

    @property
    def equations(self) -> str:
        """The equations in a canonical text: a line each, without comments."""
        return "\n".join(f"{name} = {trees.text(tree)}" for name, tree in self.assignments)

    @property
    def numbers(self) -> tuple[tuple[str, float], ...]:
        """The starts of vectors and the numbers in equations, each with what it is in words."""
        starts = [(f"start of {each.name}", v) for each in self.vectors for v in each[1:]]
        of_equations = [
            (f"equation of {name}", trees.numbers(tree)) for name, tree in self.assignments
        ]
        return (*starts, *((what, v) for what, values in of_equations for v in values))

    @property
    def program(self) -> "Program":
        """What kernels need of the cell: its arrays, products and loops; derived once."""
        return _program(self.without_values())

    def why_too_long(self) -> str | None:
        """Return why the equations would take minutes to derive and to compile, or None."""
        own = [node for _, tree in self.assignments for node in trees.operations(tree)]
        n_calls = sum(node[:2] == ("call", "act") for node in own)
        n = len(own) + n_calls * (len(trees.operations(activation_tree(self.activation))) - 1)
        if n <= MOST_OPERATIONS:
            return None
        return (
            f"with the activation in place of act, the equations of the cell {shown(self.name)} "
            f"have {n} operations and functions; allowed: up to {MOST_OPERATIONS}"
        )

    def with_activation(self, activation: str) -> "Cell":
        """Return the cell with another meaning of `act`, a word or a formula in x.

        Raises
        ------
        CellError
            It is neither.
        """
        return replace(self, activation=read_activation(activation))

    def with_values(
        self,
        constants: Mapping[str, float] | None = None,
        biases: Mapping[str, float] | None = None,
    ) -> "Cell":
        """Return the cell with other constants, and other initial biases of sums.

        Raises
        ------
        CellError
            The cell has no such constant or bias, or a value is no finite number.
        """
        faults: list[Fault] = []
        biased = [each.name for each in self.sums if each.has_bias]
        own_constants = dict(self.constants)
        new_constants = _values("constants", constants or {}, own_constants, faults)
        new_biases = _values("biases", biases or {}, biased, faults)
        if faults:
            raise CellError(faults)
        return replace(
            self,
            constants=tuple((own_constants | new_constants).items()),
            sums=tuple(
                each._replace(bias=new_biases.get(each.name, each.bias)) for each in self.sums
            ),
        )

    def without_values(self) -> "Cell":
        """Return the cell with the same equations, and every constant and added bias 0."""
        constants = tuple((name, 0.0) for name, _ in self.constants)
        sums = tuple(each._replace(bias=0.0) for each in self.sums)
        return replace(self, constants=constants, sums=sums)

    def identity(self) -> dict[str, Any]:
        """Return what decides the results of training, for JSON; names for people are not in it.

        Comments, spaces, parentheses that change nothing and the order of constants do not count.
        `act` is not decided here, but by the model's activation.
        """
        return {
            "sums": [
                [each.name, each.has_input, list(each.feeds), each.bias, each.has_bias]
                for each in self.sums
            ],
            "states": list(self.states),
            "equations": self.equations,
            "vectors": [[*each] for each in self.vectors],
            "constants": [[*each] for each in sorted(self.constants)],
        }

    def table(self) -> dict[str, Any]:
        """Return the table from which `read_cell` makes an equal cell."""
        with_input = {each.name: list(each.feeds) for each in self.sums if each.has_input}
        recurrents = {each.name: list(each.feeds) for each in self.sums if not each.has_input}
        biases: dict[str, float | bool] = {
            each.name: each.bias if each.has_bias else False
            for each in self.sums
            if each.bias or not each.has_bias
        }
        table: dict[str, Any] = {
            "sums": with_input,
            "recurrents": recurrents,
            "states": list(self.states),
            "equations": self.equations,
            "vectors": {
                name: low if low == high else {"uniform": [low, high]}
                for name, low, high in self.vectors
            },
            "biases": biases,
            "constants": dict(self.constants),
            "line": self.line,
            "source": self.source,
            "year": self.year,
        }
        return {key: value for key, value in table.items() if value}


def _values(
    key: str, values: Mapping[str, float], names: Collection[str], faults: list[Fault]
) -> dict[str, float]:
    """Return the values of known names; add the faults of others."""
    right = {}
    for name, value in values.items():
        number = finite(value)
        if name not in names:
            which = allowed(str(name), names) if names else "the cell has none"
            faults.append(Fault(key, f"{shown(name)} is not one of the cell's {key}; {which}"))
        elif number is None:
            faults.append(Fault(f"{key}.{name}", f"{shown(value)} is no finite number"))
        else:
            right[name] = number
    return right


@lru_cache(maxsize=256)
def _program(cell: Cell) -> "Program":
    from .derive import derive  # only where networks are made: reading a cell does not need it

    return derive(cell)
