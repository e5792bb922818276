"""Stored trials as they are, to be put into another store without training them again."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

from .rows import (
    PARAMS_COLUMNS,
    SEALED_COLUMNS,
    StoredTrial,
    check_epochs,
    check_params,
    check_row,
)
from .walk import CHUNK, CHUNK_BYTES

_FINISHED, _TRIAL_ID, _STATUS = map(
    SEALED_COLUMNS.split(", ").index, ("finished", "trial_id", "status")
)
_FLAT = PARAMS_COLUMNS.split(", ").index("flat")


class Copy(NamedTuple):
    """Everything that a store has of one trial, in the values of its columns.

    Attributes
    ----------
    row : tuple
        The values of `SEALED_COLUMNS`.
    epochs : bytes
        As `epochs_blob` returns them.
    params : tuple or None
        The values of `PARAMS_COLUMNS`; None where none are saved.
    """

    row: tuple[Any, ...]
    epochs: bytes
    params: tuple[Any, ...] | None

    @property
    def trial_id(self) -> str:
        """The id of the trial."""
        return str(self.row[_TRIAL_ID])

    @property
    def status(self) -> str:
        """How the trial ended."""
        return str(self.row[_STATUS])

    @property
    def trial(self) -> StoredTrial:
        """The trial, as a store's reader returns it."""
        return StoredTrial.from_sealed(self.row)

    def check(self) -> None:
        """Raise `sqlite3.DatabaseError` unless all is as it was written."""
        check_row(self.row)
        check_epochs(self.epochs, self.row)
        if self.params is not None:
            check_params(self.trial_id, self.params)

    @property
    def finished(self) -> float:
        """When the trial was stored, in seconds since 1970."""
        return float(self.row[_FINISHED])


def read_copies(db: sqlite3.Connection, last: int) -> list[tuple[int, Copy]]:
    """Return the next trials after the key `last`, with their keys; none at the end."""
    query = f"""SELECT trial, numbers, {SEALED_COLUMNS} FROM trials LEFT JOIN epochs USING (trial)
        WHERE trial > ? ORDER BY trial LIMIT ?"""
    copies, n_bytes = [], 0
    with closing(db.execute(query, (last, CHUNK))) as rows:
        for key, epochs, *row in rows:
            if key <= last:  # a damaged page may lead back to an earlier one
                raise sqlite3.DatabaseError("its trials are not in order")
            last = key
            copy = _checked(db, key, epochs, row)
            copies.append((key, copy))
            n_bytes += len(copy.epochs) + (len(copy.params[_FLAT]) if copy.params else 0)
            if n_bytes > CHUNK_BYTES:
                break
    return copies


def read_copy(db: sqlite3.Connection, trial_id: str) -> Copy | None:
    """Return what a store has of a trial; None where it has no record of it."""
    values = db.execute(
        f"""SELECT trial, numbers, {SEALED_COLUMNS}
            FROM trials LEFT JOIN epochs USING (trial) WHERE trial_id = ?""",
        (trial_id,),
    ).fetchone()
    if values is None:
        return None
    key, epochs, *row = values
    return _checked(db, key, epochs, row)


def _checked(db: sqlite3.Connection, key: int, epochs: Any, row: Sequence[Any]) -> Copy:
    """Return the copy of a trial from the values of its columns, which must be as written."""
    params = db.execute(f"SELECT {PARAMS_COLUMNS} FROM params WHERE trial = ?", (key,)).fetchone()
    copy = Copy(tuple(row), epochs, params)
    copy.check()
    return copy
