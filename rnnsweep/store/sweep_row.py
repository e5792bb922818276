"""The one row of the table `sweep`: the file that was run last, and the checksum of its trials.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Mapping
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
    rows, columns = _rows(db)
    if not rows:
        return None
    values = dict(zip(columns, rows[0], strict=True))
    if len(rows) > 1 or _checksum(values) != values["checksum"]:
        raise sqlite3.DatabaseError("the sweep in it is not what was written")
    return Places(values["n_places"], values["places_checksum"])


def write_sweep(db: sqlite3.Connection, values: Mapping[str, Any]) -> None:
    """Replace the row by these columns; the others have their defaults."""
    db.execute("DELETE FROM sweep")
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO sweep ({', '.join(values)}) VALUES ({marks})", (*values.values(),))
    seal_sweep(db)


def seal_sweep(db: sqlite3.Connection) -> None:
    """Give the row, if there is one, its checksum."""
    rows, columns = _rows(db)
    for row in rows:
        checksum = _checksum(dict(zip(columns, row, strict=True)))
        db.execute("UPDATE sweep SET checksum = ?", (checksum,))


def _rows(db: sqlite3.Connection) -> tuple[list[tuple[Any, ...]], list[str]]:
    cursor = db.execute("SELECT * FROM sweep")
    columns = [name for name, *_ in cursor.description]
    return cursor.fetchall(), columns


def _checksum(values: Mapping[str, Any]) -> int:
    return values_checksum([value for name, value in values.items() if name != "checksum"])
