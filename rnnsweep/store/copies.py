"""Stored trials as they are, to be put into another store without training them again."""

import sqlite3
from typing import Any, NamedTuple

from .rows import TRIAL_COLUMNS, StoredTrial

_PARAMS_COLUMNS = "network, encoding, dtype, flat"


class Copy(NamedTuple):
    """Everything that a store has of one trial, in the values of its columns.

    Attributes
    ----------
    row : tuple
        The fields of `StoredTrial` as columns of the table `trials`, then `finished`.
    epochs : bytes
        As `epochs_blob` returns them.
    params : tuple or None
        As `params_row` returns them; None where none are saved.
    """

    row: tuple[Any, ...]
    epochs: bytes
    params: tuple[Any, ...] | None

    @property
    def trial(self) -> StoredTrial:
        """The trial, as a store's reader returns it."""
        return StoredTrial.from_row(self.row[: len(StoredTrial._fields)])


def read_copy(db: sqlite3.Connection, trial_id: str) -> Copy | None:
    """Return what a store has of a trial; None where it has no record of it."""
    values = db.execute(
        f"""SELECT trial, numbers, {TRIAL_COLUMNS}, finished
            FROM trials LEFT JOIN epochs USING (trial) WHERE trial_id = ?""",
        (trial_id,),
    ).fetchone()
    if values is None:
        return None
    key, epochs, *row = values
    params = db.execute(f"SELECT {_PARAMS_COLUMNS} FROM params WHERE trial = ?", (key,)).fetchone()
    return Copy(tuple(row), epochs, params)
