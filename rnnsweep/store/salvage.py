"""Reading what is whole of a damaged store: trial by trial, and around what SQLite cannot read."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from .copies import Copy
from .older_rows import older_epochs, sealed_older
from .raw_copies import raw_copies
from .rows import (
    PARAMS_COLUMNS,
    ROW_COLUMNS,
    SEALED_COLUMNS,
    StoredParams,
    check_epochs,
    check_params,
    check_row,
    params_checksum,
)
from .tally import read_tally

# What SQLite and Python's module raise about content that they cannot read.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError, OverflowError)

# A trial takes more bytes than this in the file: its settings alone do.
_LEAST_BYTES = 200

# Columns that older forms do not have, and what a trial of theirs has there.
_DEFAULTS = {"extra_columns": "'[]'", "cpu": "''", "epochs_checksum": "0"}


class Salvaged(NamedTuple):
    """A trial of a damaged store that is whole.

    Attributes
    ----------
    copy : Copy
        Without params where these are damaged.
    for_best : int
        The column of `params`.
    """

    copy: Copy
    for_best: int


class Salvage:
    """Reads a damaged store, which it does not change.

    Parameters
    ----------
    db : sqlite3.Connection
    path : Path
        The file.
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path
        self._present = {name for _, name, *_ in self._rows("PRAGMA table_info(trials)")}
        self._has_checksums = "checksum" in self._present
        self._has_blobs = any(
            name == "numbers" for _, name, *_ in self._rows("PRAGMA table_info(epochs)")
        )
        self._whole: dict[str, float] = {}
        self._damaged: dict[str, None] = {}
        self._has_gaps = False

    @property
    def is_readable(self) -> bool:
        """Whether the table of trials is known."""
        return bool(self._present)

    @property
    def n_kept(self) -> int:
        """How many trials are whole."""
        return len(self._whole)

    @property
    def lost(self) -> list[str]:
        """The ids of trials that are not, as far as they can be read."""
        return [trial_id for trial_id in self._damaged if trial_id not in self._whole]

    @property
    def n_lost(self) -> int:
        """How many trials are lost, also of those whose ids cannot be read."""
        try:
            n_stored = read_tally(self._db).stored.total
        except UNREADABLE:
            n_stored = 0
        return max(len(self.lost), n_stored - self.n_kept)

    def __iter__(self) -> Iterator[Salvaged]:
        """Yield every trial that is whole; a later record of a trial comes after an earlier one."""
        columns = SEALED_COLUMNS.split(", ") if self._has_checksums else ROW_COLUMNS.split(", ")
        query = ", ".join(
            name if name in self._present else _DEFAULTS.get(name, "NULL") for name in columns
        )
        for key, *row in self._readable(f"SELECT trial, {query} FROM trials"):
            trial_id = row[columns.index("trial_id")]
            try:
                values, epochs = self._checked(key, row)
            except UNREADABLE:
                self._damaged[str(trial_id)] = None
                continue
            finished = values[1]
            if self._whole.get(trial_id, finished) <= finished:
                self._whole[trial_id] = finished
                params, for_best = self._params(key, trial_id)
                yield Salvaged(Copy(values, epochs, params), for_best)
        # The index of the ids has those of trials that cannot be read.
        for (trial_id,) in self._rows("SELECT trial_id FROM trials ORDER BY trial_id"):
            self._damaged[str(trial_id)] = None
        is_older = self.is_readable and not self._has_checksums
        if not is_older and (self._has_gaps or self.n_lost):
            for copy in raw_copies(self._path, self._is_later):
                self._whole[copy.trial_id] = copy.finished
                yield Salvaged(copy, 0)

    def _is_later(self, trial_id: str, finished: float) -> bool:
        """Return whether no record of a trial was salvaged that was stored then or later."""
        return self._whole.get(trial_id, float("-inf")) < finished

    def _checked(self, key: int, row: Sequence[Any]) -> tuple[tuple[Any, ...], bytes]:
        """Return the values of `SEALED_COLUMNS` and the epochs of a row that is whole."""
        epochs = self._epochs(key)
        if not self._has_checksums:
            return sealed_older(row, epochs), epochs
        values = tuple(row)
        check_row(values)
        check_epochs(epochs, values)
        return values, epochs

    def _epochs(self, key: int) -> Any:
        if self._has_blobs:
            rows = self._db.execute("SELECT numbers FROM epochs WHERE trial = ?", (key,)).fetchall()
            return rows[0][0] if rows else b""
        query = "SELECT * FROM epochs WHERE trial = ? ORDER BY epoch"
        rows = self._db.execute(query, (key,)).fetchall()
        return older_epochs(row[2:] for row in rows)  # after the trial and the epoch

    def _params(self, key: int, trial_id: str) -> tuple[tuple[Any, ...] | None, int]:
        """Return the values of `PARAMS_COLUMNS` and `for_best`; None and 0 without whole params."""
        checksum = "params.checksum" if self._has_checksums else "NULL"
        columns = PARAMS_COLUMNS.replace("params.checksum", checksum)
        rows = self._rows(f"SELECT for_best, {columns} FROM params WHERE trial = {key}")
        for for_best, *row in rows:
            try:
                if self._has_checksums:
                    check_params(trial_id, row)
                else:
                    StoredParams.from_row(row)
                    row[-1] = params_checksum(trial_id, row[:-1])
            except UNREADABLE:
                continue
            return tuple(row), for_best
        return None, 0

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, up to the first that cannot be read."""
        rows: list[tuple[Any, ...]] = []
        with suppress(*UNREADABLE):
            rows.extend(self._db.execute(query))
        return rows

    def _readable(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table that can be read, by halving what is around the others."""
        parts = [(1, self._highest_key())]
        while parts:
            low, high = parts.pop()
            last = low - 1
            try:
                where = " WHERE trial BETWEEN ? AND ? ORDER BY trial"
                for row in self._db.execute(query + where, (low, high)):
                    if not last < row[0] <= high:
                        raise sqlite3.DatabaseError("its rows are not in order")
                    yield row
                    last = row[0]
            except UNREADABLE:
                self._has_gaps = True
                low = last + 1
                middle = (low + high) // 2
                if low < high:
                    parts += [(middle + 1, high), (low, middle)]

    def _highest_key(self) -> int:
        bound = self._path.stat().st_size // _LEAST_BYTES + 1
        for (highest,) in self._rows("SELECT max(trial) FROM trials"):
            if isinstance(highest, int):
                return max(min(highest, bound), 1)
        return bound
