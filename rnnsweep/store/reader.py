"""What a store tells: its sweep, its trials, their epochs and saved params."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import ResultsError
from rnnsweep.record import EPOCH_COLUMNS, STATUSES

from . import database
from .folder import Folder
from .rows import StoredParams, StoredTrial, read_epochs, read_json
from .standing import Counts, SweepInfo
from .wanted import NOTHING, Asked, asked, best, is_pending

# Trials read at a time, fewer where their epochs take more bytes than this. A commit waits for
# readers, and they let go after each chunk.
CHUNK = 500
_CHUNK_BYTES = 4 * 2**20
_NO_EPOCHS = np.empty((0, len(EPOCH_COLUMNS)))

_MINUTE = database.Patience()

TRIAL_COLUMNS = ", ".join(StoredTrial._fields)


class StoredSweep:
    """The results of a sweep, open to be read.

    Every method raises `ResultsError` where the file is damaged or another program will not let
    go of it. The file is held for moments only, so they work while a run goes on.
    """

    def __init__(
        self,
        folder: Folder,
        db: sqlite3.Connection,
        patience: database.Patience = _MINUTE,
    ) -> None:
        self.folder = folder
        self._db = db
        self._patience = patience

    def info(self) -> SweepInfo:
        """Return what was said by the last `set_sweep`."""
        with self._reading() as db:
            row = db.execute("SELECT name, text, swept, started FROM sweep").fetchone()
            if row is not None:
                name, text, swept, started = row
                return SweepInfo(name, text, tuple(read_json(swept, list)), started, asked(db))
        raise ResultsError(
            f"{self.folder.path} holds no trials yet: its first run ended while it began; "
            "run the sweep again"
        )

    def best(self) -> str | None:
        """Return the id of the best trial of the current sweep, None before any has a loss.

        As the summary ranks trials (`rnnsweep.analysis.ranking`), the first in order of equals.
        """
        with self._reading() as db:
            found = best(db)
        return None if found is None else found.trial_id

    def params(self, trial_id: str) -> StoredParams | None:
        """Return the saved params of a trial, whatever file named it; None where there are none."""
        with self._reading() as db:
            row = db.execute(
                """SELECT network, encoding, dtype, flat FROM params
                   JOIN trials USING (trial) WHERE trial_id = ?""",
                (trial_id,),
            ).fetchone()
            return None if row is None else StoredParams.from_row(row)

    def trial(self, trial_id: str) -> StoredTrial | None:
        """Return a trial, whatever file named it; None where there is no record of it."""
        with self._reading() as db:
            row = db.execute(
                f"SELECT {TRIAL_COLUMNS} FROM trials WHERE trial_id = ?", (trial_id,)
            ).fetchone()
            return None if row is None else StoredTrial.from_row(row)

    def trial_ids(self) -> list[str]:
        """Return the ids of the current sweep's trials, in its order."""
        with self._reading() as db:
            return [name for (name,) in db.execute("SELECT trial_id FROM place ORDER BY position")]

    def counts(self) -> Counts:
        """Count the trials of the current sweep by status."""
        with self._reading() as db:
            found = dict(
                db.execute(
                    """SELECT coalesce(status, 'pending'), count(*)
                       FROM place LEFT JOIN trials USING (trial_id) GROUP BY 1"""
                ).fetchall()
            )
        ended = {status: found.get(status, 0) for status in STATUSES}
        return Counts(total=sum(found.values()), **ended)

    def are_done(self, trial_ids: Iterable[str], wanted: Asked = NOTHING) -> Iterator[bool]:
        """Yield for each of these trials whether it needs no training, whatever file named it."""
        remaining = iter(trial_ids)
        # Some at a time: the ids may take long to come, and a commit must not wait for them.
        while chunk := list(islice(remaining, CHUNK)):
            query = f"""SELECT trial_id FROM trials
                WHERE trial_id IN ({", ".join("?" * len(chunk))}) AND NOT {is_pending(wanted)}"""
            with self._reading() as db:
                done = {trial_id for (trial_id,) in db.execute(query, chunk)}
            yield from (trial_id in done for trial_id in chunk)

    def count_done(self, trial_ids: Iterable[str], wanted: Asked = NOTHING) -> int:
        """Count those of these trials that need no training, whatever file named them."""
        return sum(self.are_done(trial_ids, wanted))

    def finished_since(self, moment: float) -> int:
        """Count the trials, failed ones too, that ended after `moment` (seconds since 1970)."""
        with self._reading() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM trials WHERE finished >= ?", (moment,)
            ).fetchone()
        return int(count)

    def trials(self) -> Iterator[StoredTrial]:
        """Yield the trials of the current sweep that have a record, in the sweep's order."""
        for trial, _ in self._walk(with_epochs=False):
            yield trial

    def epoch_arrays(self) -> Iterator[tuple[StoredTrial, NDArray[np.float64]]]:
        """Yield the trials as `trials` does, each with its epochs as `read_epochs` gives them."""
        return self._walk(with_epochs=True)

    def epochs_of(self, trial_ids: Iterable[str]) -> Iterator[NDArray[np.float64]]:
        """Yield the epochs of these trials, as `read_epochs` gives them, whatever file named them.

        Each is looked up by itself, so that no commit waits for all of them.
        """
        query = f"""SELECT numbers, {TRIAL_COLUMNS}
            FROM trials LEFT JOIN epochs USING (trial) WHERE trial_id = ?"""
        for trial_id in trial_ids:
            with self._reading() as db:
                found, *values = db.execute(query, (trial_id,)).fetchone()
                epochs = read_epochs(found, StoredTrial.from_row(values))
            yield epochs

    def _walk(self, *, with_epochs: bool) -> Iterator[tuple[StoredTrial, NDArray[np.float64]]]:
        """Read chunk by chunk; each chunk is of one moment, and between them writers may write."""
        numbers = "numbers, " if with_epochs else ""
        query = f"""SELECT position, {numbers}{TRIAL_COLUMNS}
            FROM place CROSS JOIN trials USING (trial_id)
            {"LEFT JOIN epochs USING (trial)" if with_epochs else ""}
            WHERE position > ? ORDER BY position LIMIT ?"""
        last = -1
        while True:
            chunk, n_bytes = [], 0
            with self._reading() as db, closing(db.execute(query, (last, CHUNK))) as rows:
                for position, *values in rows:
                    last = position
                    blob = values.pop(0) if with_epochs else None
                    trial = StoredTrial.from_row(values)
                    array = read_epochs(blob, trial) if with_epochs else _NO_EPOCHS
                    chunk.append((trial, array))
                    n_bytes += array.nbytes
                    if n_bytes > _CHUNK_BYTES:
                        break
            if not chunk:
                return
            yield from chunk

    @contextmanager
    def _transaction(
        self, kind: str = "IMMEDIATE", patience: database.Patience | None = None
    ) -> Iterator[sqlite3.Connection]:
        patience = patience or self._patience
        with database.explained(self.folder.store_db):
            try:
                database.patiently(lambda: database.begin(self._db, kind), patience)
                yield self._db
                database.patiently(lambda: self._db.execute("COMMIT"), patience)
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("DEFERRED")
