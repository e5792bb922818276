"""What the comparison of programs measures: sweeps, programs and their times."""

from typing import NamedTuple

from benchmarks.agreement import Agreement
from rnnsweep import sweepfile


class Case(NamedTuple):
    """A sweep to compare on."""

    name: str
    path: str
    overrides: tuple[str, ...] = ()
    torch_sample: int | None = None  # trials that PyTorch trains, all if None

    @property
    def n_trials(self) -> int:
        """Number of its trials."""
        return len(sweepfile.load(self.path, self.overrides))

    @property
    def sets(self) -> list[str]:
        """The overrides as a command line has them."""
        return [word for override in self.overrides for word in ("--set", override)]


class Row(NamedTuple):
    """One program on one sweep; wall seconds, None where there is no such time."""

    program: str
    cold: float | None
    warm: float
    cpu: float | None  # user and system seconds of the warm run
    note: str = ""


class Comparison(NamedTuple):
    """All programs on one sweep, this one first."""

    case: Case
    rows: list[Row]
    agreements: dict[str, Agreement]

    def times(self, row: Row) -> float:
        """Return how many times as long as rnnsweep a program takes, both warm."""
        return row.warm / self.rows[0].warm
