"""How many trials there must be: counted when they are written, so that a lost one is noticed.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rnnsweep.record import STATUSES

from .checksum import values_checksum
from .rows import SEALED_COLUMNS

STATUS = SEALED_COLUMNS.split(", ").index("status")

_WRONG = "the numbers of its trials are not what was written"
_COLUMNS = (*STATUSES, "checksums")
# A row for the trials of the current sweep, and one for all trials in the store.
TALLY_TABLE = f"""
CREATE TABLE tally (of TEXT NOT NULL, {", ".join(f"{name} INTEGER NOT NULL" for name in _COLUMNS)},
    checksum INTEGER NOT NULL);
"""


@dataclass
class Count:
    """Numbers of trials by status, and the sum of their checksums, in which the order is lost."""

    statuses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    checksums: int = 0

    @property
    def total(self) -> int:
        """Number of trials."""
        return sum(self.statuses.values())

    def add(self, status: str, checksum: int, by: int = 1) -> None:
        """Count a trial, or with -1 count it no more."""
        self.statuses[status] += by
        self.checksums += by * checksum

    def add_all(self, rows: Iterable[Sequence[Any]]) -> None:
        """Count trials by the values of `SEALED_COLUMNS`."""
        for row in rows:
            self.statuses[row[STATUS]] += 1
            self.checksums += row[0]


@dataclass
class Tally:
    """What the store must hold.

    Attributes
    ----------
    sweep : Count
        The trials of the current sweep that have a record.
    stored : Count
        All trials that have a record.
    """

    sweep: Count = field(default_factory=Count)
    stored: Count = field(default_factory=Count)

    def check_stored(self, seen: Count) -> None:
        """Raise `sqlite3.DatabaseError` unless these are all trials with a record."""
        if seen != self.stored:
            raise sqlite3.DatabaseError(
                f"it has {seen.total:,} of its {self.stored.total:,} trials that have ended"
            )

    def add(self, status: str, checksum: int, in_sweep: bool, by: int = 1) -> None:
        """Count a trial, or with -1 count it no more."""
        self.stored.add(status, checksum, by)
        if in_sweep:
            self.sweep.add(status, checksum, by)


def read_tally(db: sqlite3.Connection) -> Tally:
    """Return the numbers in the store, whose own checksums are compared."""
    counts = {}
    for *row, checksum in db.execute("SELECT * FROM tally"):
        if values_checksum(row) != checksum:
            raise sqlite3.DatabaseError(_WRONG)
        of, *numbers, checksums = row
        counts[of] = Count(dict(zip(STATUSES, numbers, strict=True)), checksums)
    if counts.keys() != {"sweep", "stored"}:
        raise sqlite3.DatabaseError(_WRONG)
    return Tally(**counts)


def write_tally(db: sqlite3.Connection, tally: Tally) -> None:
    """Replace the numbers in the store."""
    db.execute("DELETE FROM tally")
    marks = ", ".join("?" * (len(_COLUMNS) + 2))
    for of, count in (("sweep", tally.sweep), ("stored", tally.stored)):
        row = (of, *count.statuses.values(), count.checksums)
        db.execute(f"INSERT INTO tally VALUES ({marks})", (*row, values_checksum(row)))


def in_sweep(db: sqlite3.Connection, trial_id: str) -> bool:
    """Return whether a trial belongs to the current sweep."""
    return db.execute("SELECT 1 FROM place WHERE trial_id = ?", (trial_id,)).fetchone() is not None
