"""What is wrong with a cell: faults with their places, raised together."""

from collections.abc import Iterable
from typing import NamedTuple

from rnnsweep.errors import SweepError


class Place(NamedTuple):
    """A place in the text of the equations or of a formula; both numbers begin at 1."""

    line: int
    column: int


class Fault(NamedTuple):
    """One thing that is wrong with a cell."""

    key: str
    """Where: a key of the table, such as "vectors.u"; empty for the cell as a whole."""
    message: str
    place: Place | None = None
    """Where in the text of `key`."""

    def __str__(self) -> str:
        where = self.key
        if self.place:
            where += f", line {self.place.line}, column {self.place.column}"
        return f"{where}: {self.message}" if where else self.message


class CellError(SweepError, ValueError):
    """A cell or a formula is wrong; the text has all its faults.

    Parameters
    ----------
    faults : iterable of Fault
    source : str
        What is wrong, such as the file, in front of each fault; empty for nothing.

    Attributes
    ----------
    faults : tuple of Fault
    """

    def __init__(self, faults: Iterable[Fault], source: str = "") -> None:
        self.faults = tuple(faults)
        before = f"{source}: " if source else ""
        super().__init__("\n".join(f"{before}{fault}" for fault in self.faults))

    def __reduce__(self) -> tuple[object, ...]:
        # Faults are made again from the object, not from the text.
        return _again, (self.faults, str(self))


def _again(faults: tuple[Fault, ...], text: str) -> CellError:
    error = CellError(faults)
    error.args = (text,)
    return error
