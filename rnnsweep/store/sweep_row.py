"""The one row of the table `sweep`: the file that was run last, and the checksum of its trials.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Mapping
from itertools import compress
from typing import Any, NamedTuple

from .checksum import values_checksum


class Places(NamedTuple):
    """The trials of the current sweep at their places; see `PlacesChecksum`."""

    n: int = 0
    checksum: int = 0


def check_sweep(db: sqlite3.Connection) -> Places | None:
    """Return the places that the current sweep must have; None before the first sweep.

    Raises
    ------
    sqlite3.DatabaseError
        If the row is not what was written.
    """
    rows = _rows(db)
    if not rows:
        return None
    row = rows[0]
    if len(rows) > 1 or row.computed != row.checksum:
        raise sqlite3.DatabaseError("the sweep in it is not what was written")
    return row.places


def write_sweep(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Replace the row by these columns; the others have their defaults."""
    db.execute("DELETE FROM sweep")
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO sweep ({', '.join(values)}) VALUES ({marks})", (*values.values(),))
    seal_sweep(db)


def seal_sweep(db: sqlite3.Connection) -> None:
    """Give the row, if there is one, its checksum."""
    for row in _rows(db):
        db.execute("UPDATE sweep SET checksum = ?", (row.computed,))


class _Row(NamedTuple):
    """What a row must have: its checksum as stored, and that of its other columns."""

    checksum: int
    places: Places
    computed: int


def _rows(db: sqlite3.Connection) -> list[_Row]:
    # The columns are named, so that SQLite refuses a table without one of them.
    cursor = db.execute("SELECT checksum, n_places, places_checksum, * FROM sweep")
    counted = [name != "checksum" for name, *_ in cursor.description[3:]]
    return [
        _Row(checksum, Places(n_places, places), values_checksum([*compress(values, counted)]))
        for checksum, n_places, places, *values in cursor
    ]
