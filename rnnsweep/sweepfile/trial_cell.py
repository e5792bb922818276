"""The cell of a trial: its definition with the values of [cell], and its activation."""

from typing import Any, NamedTuple

from rnnsweep.cells import Cell

from .keys.layout import BIAS


class TrialCell(NamedTuple):
    """A cell as one trial has it.

    Attributes
    ----------
    definition : Cell
        As the package, a file or [cells.NAME] defines it.
    cell : Cell
        With the trial's constants, biases and activation.
    values : tuple of (str, float)
        The keys of [cell] with their values: all constants, and the biases that the file gives.
    changed : dict of float
        The values that differ from the definition's, by their keys.
    """

    definition: Cell
    cell: Cell
    values: tuple[tuple[str, float], ...]
    changed: dict[str, float]


def trial_cell(definition: Cell, given: tuple[tuple[str, Any], ...], activation: str) -> TrialCell:
    """Return the cell of a trial.

    Parameters
    ----------
    definition : Cell
    given : tuple of (str, float)
        The keys of [cell] that the file gives, with their values.
    activation : str
        What `act` of its equations means.
    """
    before = f"{BIAS}."
    constants = {name: value for name, value in given if not name.startswith(before)}
    biases = {name.removeprefix(before): v for name, v in given if name.startswith(before)}
    cell = definition.with_values(constants, biases)
    values = dict(cell.constants) | dict(given)
    own = {f"{BIAS}.{each.name}": each.bias for each in definition.sums}
    own |= dict(definition.constants)
    changed = {name: value for name, value in values.items() if value != own[name]}
    return TrialCell(definition, cell.with_activation(activation), tuple(values.items()), changed)
