"""The text of model.activation: a word, or a formula in x."""

from rnnsweep.cells import CellError
from rnnsweep.cells.activation import read_activation
from rnnsweep.sweepfile.faults import Refused


def checked_activation(text: str) -> str:
    """Return a word as it is, and a formula in its canonical text.

    Raises
    ------
    Refused
        Something is wrong with the formula, at a place of it.
    ValueError
        The text is neither a word nor a formula.
    """
    try:
        return read_activation(text)
    except CellError as error:
        (fault,) = error.faults
    if fault.place is None:
        raise ValueError(fault.message)
    line = f"line {fault.place.line}, " if fault.place.line > 1 else ""
    raise Refused(f"{line}column {fault.place.column}: {fault.message}")
