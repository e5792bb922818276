"""Trials of a damaged store that SQLite does not find, from the pages of its file."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from .checksum import bytes_checksum
from .copies import Copy
from .forms import bring_up_to_date
from .raw_pages import BROKEN, RawRow, raw_rows
from .rows import PARAMS_COLUMNS, SEALED_COLUMNS, check_params, check_row

_SEALED = SEALED_COLUMNS.split(", ")
_PARAMS = PARAMS_COLUMNS.replace("params.", "").split(", ")
_TRIAL_ID, _FINISHED, _EPOCHS_CHECKSUM = map(
    _SEALED.index, ("trial_id", "finished", "epochs_checksum")
)
_UNREADABLE = (sqlite3.DatabaseError, *BROKEN)


def raw_copies(path: Path, is_wanted: Callable[[str, float], bool]) -> Iterator[Copy]:
    """Yield the trials that are whole, those that were stored last at the end.

    A row of another table, or one that a later record has replaced, may be read as a trial: what
    has the right checksums was written as one.

    Parameters
    ----------
    path : Path
        A file of the newest form.
    is_wanted : callable
        Whether a trial is looked for, from its id and the time at which it was stored.
    """
    if not path.stat().st_size:
        return
    tables = _Tables()
    trials: dict[int, list[tuple[Any, ...]]] = {}
    epochs: dict[tuple[int, int], bytes] = {}
    params: dict[tuple[int, int], tuple[Any, ...]] = {}
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        for row in raw_rows(content):
            values = tables.trial(row)
            if values is not None and is_wanted(values[_TRIAL_ID], values[_FINISHED]):
                trials.setdefault(row.key, []).append(values)
        for row in raw_rows(content):
            for values in trials.get(row.key, ()):
                at = row.key, values[0]
                if (blob := tables.epochs(row, values)) is not None:
                    epochs[at] = blob
                if (saved := tables.params(row, values)) is not None:
                    params[at] = saved
    rows = [(key, values) for key, candidates in trials.items() for values in candidates]
    for key, values in sorted(rows, key=lambda entry: entry[1][_FINISHED]):
        if (at := (key, values[0])) in epochs:
            yield Copy(values, epochs[at], params.get(at))


class _Tables:
    """The columns of the tables of a store, by which a raw row is recognised."""

    def __init__(self) -> None:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
            bring_up_to_date(db)
            self._columns = {
                table: {
                    name: kind for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")
                }
                for table in ("trials", "epochs", "params")
            }

    def trial(self, row: RawRow) -> tuple[Any, ...] | None:
        """Return the values of `SEALED_COLUMNS`; None for a row that is no whole trial."""
        try:
            values = self._values("trials", row, _SEALED)
            check_row(values)
        except _UNREADABLE:
            return None
        return values

    def epochs(self, row: RawRow, trial: Sequence[Any]) -> bytes | None:
        """Return the epochs of a trial; None for another row."""
        try:
            (blob,) = self._values("epochs", row, ["numbers"])
        except _UNREADABLE:
            return None
        return blob if bytes_checksum(blob) == trial[_EPOCHS_CHECKSUM] else None

    def params(self, row: RawRow, trial: Sequence[Any]) -> tuple[Any, ...] | None:
        """Return the values of `PARAMS_COLUMNS` of a trial; None for another row."""
        try:
            values = self._values("params", row, _PARAMS)
            check_params(trial[_TRIAL_ID], values)
        except _UNREADABLE:
            return None
        return values

    def _values(self, table: str, row: RawRow, names: Sequence[str]) -> tuple[Any, ...]:
        """Return the values of some columns of a row, if it may be one of a table."""
        columns = self._columns[table]
        if len(row.serial_types) != len(columns):
            raise ValueError("a row of another table")
        values = dict(zip(columns, row.values(), strict=True))
        for name, kind in columns.items():
            # SQLite keeps a number without a fraction as an integer, and returns it as a float.
            if kind == "REAL" and isinstance(values[name], int):
                values[name] = float(values[name])
        return tuple(values[name] for name in names)
