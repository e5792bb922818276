"""One pass over the current sweep's trials, which notices what is damaged or missing."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

from .checksum import PlacesChecksum
from .patience import Held
from .rows import SEALED_COLUMNS, check_epochs, check_row
from .sweep_row import Places, check_sweep
from .tally import Count, read_tally

# How many trials are read at a time; fewer where their epochs take more than `CHUNK_BYTES`. A
# commit waits for readers, and they release the file after each chunk.
CHUNK = 500
CHUNK_BYTES = 4 * 2**20

_WRONG_LIST = "the list of its trials is not what was written"

# Places in a row: a position, an id, the epochs, then `SEALED_COLUMNS`, the checksum first.
_EPOCHS, _CHECKSUM = 2, 3


# A trial that has a record: the values of `SEALED_COLUMNS`, and its epochs as bytes, None where
# they are not read.
Walked = tuple[tuple[Any, ...], Any]


class Walk:
    """One pass over the current sweep; others may write between two of its chunks.

    Parameters
    ----------
    reading : callable
        Begins a transaction that reads the store.
    name : str
        The results folder, for messages.
    with_epochs : bool
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
        name: str,
        *,
        with_epochs: bool,
    ) -> None:
        self._reading = reading
        self._name = name
        self._columns = f"{'numbers' if with_epochs else 'NULL'}, {SEALED_COLUMNS}"
        self._join = "LEFT JOIN epochs USING (trial)" if with_epochs else ""
        self._with_epochs = with_epochs
        self._last = -1
        self._sweep: Places | None = None
        self._before = Count()
        self._places = PlacesChecksum()
        self._seen = Count()

    def __iter__(self) -> Iterator[Walked]:
        """Yield the trials that have a record, in the sweep's order.

        Raises
        ------
        sqlite3.DatabaseError
            In its transactions: if a trial is not what was written or, at the end, if one is
            missing, doubled or at another place.
        Held
            If another run began another sweep meanwhile.
        """
        with self._reading() as db:
            self._sweep = check_sweep(db)
            self._before = read_tally(db).sweep
            chunk, is_last = self._read_chunk(db)
        while True:
            yield from chunk
            if is_last:
                return
            with self._reading() as db:
                if check_sweep(db) != self._sweep:
                    raise another_sweep(self._name)
                chunk, is_last = self._read_chunk(db)

    def _read_chunk(self, db: sqlite3.Connection) -> tuple[list[Walked], bool]:
        """Return the next trials that have a record, and whether the sweep ends after them."""
        query = f"""SELECT position, place.trial_id, {self._columns}
            FROM place LEFT JOIN trials USING (trial_id) {self._join}
            WHERE position > ? ORDER BY position LIMIT ?"""
        chunk: list[Walked] = []
        places: list[tuple[int, str]] = []
        n_bytes = 0
        with closing(db.execute(query, (self._last, CHUNK))) as rows:
            for row in rows:
                places.append(row[:2])
                if row[_CHECKSUM] is None:
                    continue
                values = row[_CHECKSUM:]
                check_row(values)
                if self._with_epochs:
                    check_epochs(row[_EPOCHS], values)
                    n_bytes += len(row[_EPOCHS])
                chunk.append((values, row[_EPOCHS]))
                if n_bytes > CHUNK_BYTES:
                    break
        self._seen.add_all(values for values, _ in chunk)
        self._places.add(places)
        # A damaged page may lead back to an earlier one, and without end.
        if self._places.count > (self._sweep or Places()).n:
            raise sqlite3.DatabaseError(_WRONG_LIST)
        if places:
            self._last = places[-1][0]
        is_last = not places
        if is_last:
            self._check_complete(db)
        return chunk, is_last

    def _check_complete(self, db: sqlite3.Connection) -> None:
        """Raise `sqlite3.DatabaseError` unless all trials were seen at their places."""
        _check_places(self._places, self._sweep)
        after, seen = read_tally(db).sweep, self._seen
        if self._before == after:
            is_complete = seen == after
        else:  # records came in between; none is ever taken away
            is_complete = self._before.total <= seen.total <= after.total
        if not is_complete:
            raise sqlite3.DatabaseError(
                f"it has {seen.total:,} of its {after.total:,} trials that have ended"
            )


def another_sweep(folder: str) -> Held:
    """Return the error for a folder in which another sweep began while it was read."""
    return Held(f"another run began another sweep in {folder} while it was read; read it again")


def check_all_places(db: sqlite3.Connection, seen: PlacesChecksum) -> None:
    """Raise `sqlite3.DatabaseError` unless these are all places of the current sweep."""
    _check_places(seen, check_sweep(db))


def check_places(db: sqlite3.Connection, places: Iterable[tuple[int, str]]) -> None:
    """Raise `sqlite3.DatabaseError` unless these are all places of the current sweep, in order."""
    seen = PlacesChecksum()
    seen.add(places)
    check_all_places(db, seen)


def _check_places(seen: PlacesChecksum, sweep: Places | None) -> None:
    if (seen.count, seen.checksum) != (sweep or Places()):
        raise sqlite3.DatabaseError(_WRONG_LIST)
