"""What is wrong with a sweep file: faults are collected, and raised together."""

from types import TracebackType
from typing import Self

from rnnsweep.errors import SweepError

MOST_FAULTS = 200


class Refused(ValueError):
    """A value or a name is refused; the text says what was given and what is allowed.

    Attributes
    ----------
    meant : str or None
        The key or table that a wrong name was probably meant to be.
    """

    def __init__(self, text: str, meant: str | None = None) -> None:
        super().__init__(text)
        self.meant = meant


class ManyFaults(Exception):
    """A file has more faults than are looked for; a message with all of them helps nobody."""


class Faults:
    """The faults of one file, or those at one place of it: a line each, in order, none twice.

    As a context manager it takes a `Refused` that is raised inside as a fault at its place, and
    the program goes on after the block:

        with faults.at("[train] epochs"):
            epochs = key.check(value)

    Parameters
    ----------
    place : str
        What the lines begin with, as in "[train] epochs"; empty for faults of the whole file.
    whole : Faults, optional
        The faults of the file, which gets every fault that is added here.

    Attributes
    ----------
    lines : list of str
    meant : set of str
        The keys and tables that wrong names were probably meant to be: they are not missing as
        well.
    """

    def __init__(self, place: str = "", whole: "Faults | None" = None) -> None:
        self._lines: dict[str, None] = {}
        self.meant: set[str] = set()
        self._place = place
        self._whole = whole

    @property
    def lines(self) -> list[str]:
        """The faults."""
        return list(self._lines)

    def at(self, place: str) -> "Faults":
        """Return an empty collector for one place; its faults are added here as well."""
        return Faults(place, self)

    def part(self, name: str) -> "Faults":
        """Return an empty collector for a part of this place, as in "[grid] seed, value 3"."""
        return Faults(f"{self._place}, {name}", self)

    def add(self, fault: str | Refused) -> None:
        """Add a fault at this place."""
        line = f"{self._place}: {fault}" if self._place else str(fault)
        self._take(line, fault.meant if isinstance(fault, Refused) else None)

    def join(self, separate: "Faults") -> None:
        """Add the faults of a collector that was made without a whole."""
        for line in separate.lines:
            self._take(line, None)

    def _take(self, line: str, meant: str | None) -> None:
        self._lines[line] = None
        if meant:
            self.meant.add(meant)
        if self._whole is not None:
            self._whole._take(line, meant)
        elif not self._place and len(self) > MOST_FAULTS:  # not one to be joined later
            raise ManyFaults

    def __len__(self) -> int:
        return len(self._lines)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if not isinstance(error, Refused):
            return False
        self.add(error)
        return True

    def refuse(self, source: object) -> None:
        """Raise one SweepError with all faults, if there are any.

        Parameters
        ----------
        source : str or Path
            The name of the file.
        """
        if self.lines:
            count = "1 fault" if len(self) == 1 else f"{len(self)} faults"
            if len(self) > MOST_FAULTS:
                count = f"more than {MOST_FAULTS} faults"
            lines = self.lines[:MOST_FAULTS]
            raise SweepError("\n".join([f"{source}: {count}", *(f"  {line}" for line in lines)]))
