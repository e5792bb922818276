"""How many trials there must be: counted when they are written, so that a lost one is noticed.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from dataclasses import dataclass, field

from rnnsweep.record import STATUSES

from .checksum import values_checksum

TALLY_TABLE = f"""
CREATE TABLE tally ({", ".join(f"{status} INTEGER NOT NULL" for status in STATUSES)},
    checksums INTEGER NOT NULL, n_stored INTEGER NOT NULL, stored_checksums INTEGER NOT NULL,
    checksum INTEGER NOT NULL);
"""


@dataclass
class Seen:
    """Numbers of trials by status, and the sum of their checksums, in which the order is lost."""

    statuses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    checksums: int = 0

    @property
    def total(self) -> int:
        """Number of trials."""
        return sum(self.statuses.values())

    def count(self, status: str, checksum: int, by: int = 1) -> None:
        """Count a trial, or with -1 count it no more."""
        self.statuses[status] += by
        self.checksums += by * checksum


@dataclass
class Tally:
    """What the store must hold.

    Attributes
    ----------
    sweep : Seen
        The trials of the current sweep that have a record.
    n_stored, stored_checksums : int
        The number of all trials with a record, and the sum of their checksums.
    """

    sweep: Seen = field(default_factory=Seen)
    n_stored: int = 0
    stored_checksums: int = 0

    def count(self, status: str, checksum: int, in_sweep: bool, by: int = 1) -> None:
        """Count a trial, or with -1 count it no more."""
        if in_sweep:
            self.sweep.count(status, checksum, by)
        self.n_stored += by
        self.stored_checksums += by * checksum


def read_tally(db: sqlite3.Connection) -> Tally:
    """Return the numbers in the store, whose own checksum is compared."""
    rows = db.execute("SELECT * FROM tally").fetchall()
    if len(rows) != 1 or values_checksum(rows[0][:-1]) != rows[0][-1]:
        raise sqlite3.DatabaseError("the numbers of its trials are not what was written")
    *counts, checksums, n_stored, stored_checksums, _ = rows[0]
    sweep = Seen(dict(zip(STATUSES, counts, strict=True)), checksums)
    return Tally(sweep, n_stored, stored_checksums)


def write_tally(db: sqlite3.Connection, tally: Tally) -> None:
    """Replace the numbers in the store."""
    row = (
        *tally.sweep.statuses.values(),
        tally.sweep.checksums,
        tally.n_stored,
        tally.stored_checksums,
    )
    db.execute("DELETE FROM tally")
    marks = ", ".join("?" * (len(row) + 1))
    db.execute(f"INSERT INTO tally VALUES ({marks})", (*row, values_checksum(row)))


def in_sweep(db: sqlite3.Connection, trial_id: str) -> bool:
    """Return whether a trial belongs to the current sweep."""
    return db.execute("SELECT 1 FROM place WHERE trial_id = ?", (trial_id,)).fetchone() is not None
