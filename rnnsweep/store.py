"""The store of a sweep's results: one SQLite file that everything else is derived from."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from . import database
from .errors import ResultsError
from .folder import Claim, Folder, unusable
from .record import STATUSES, Record
from .stored_trial import EpochRow, StoredTrial, epoch_rows, read_json, trial_row

# Trials read at a time. A commit waits for readers, and they let go after each chunk.
_CHUNK = 500

_TRIAL_COLUMNS = ", ".join(StoredTrial._fields)
_INSERT_TRIAL = f"""INSERT INTO trials ({_TRIAL_COLUMNS}, finished)
    VALUES ({"?, " * len(StoredTrial._fields)} ?)"""


class SweepInfo(NamedTuple):
    """What the store knows of the sweep file that was run last."""

    name: str
    text: str
    swept: tuple[str, ...]  # column names, without the seed
    started: float  # when that run began, in seconds since 1970


class Change(NamedTuple):
    """What running a file means for a store: numbers of trials."""

    new: int  # to train: without a result, or failed
    kept: int  # with a result
    gone: int  # in the store, no longer in the file


@dataclass(frozen=True)
class Counts:
    """Numbers of trials of the file that was run last; `pending` have no record yet."""

    total: int = 0
    complete: int = 0
    diverged: int = 0
    stopped: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Trials with a result."""
        return self.complete + self.diverged + self.stopped

    @property
    def pending(self) -> int:
        """Trials without a record."""
        return self.total - self.done - self.failed


class Store:
    """Results of a sweep, open for the one run that writes or for any number that read.

    Made by `Store.writer` and `Store.reader`. Every method raises `ResultsError` where the disk is
    full, the file is damaged or another program will not let go of it. A reader holds the file for
    moments only, so it may work while a run goes on. A store is used by one thread.
    """

    def __init__(self, folder: Folder, db: sqlite3.Connection) -> None:
        self.folder = folder
        self._db = db

    @classmethod
    @contextmanager
    def writer(cls, path: str | Path) -> Iterator["Store"]:
        """Open the results at `path` for one run, made anew where there are none.

        Raises
        ------
        ResultsError
            If the folder cannot be written, is held by another run, holds files that are no
            results of a sweep, or a store that is damaged or of a newer version. Nothing is
            touched then.
        """
        folder = Folder(path)
        folder.check()
        if folder.store_db.exists():
            database.check_header(folder.store_db)
        claim = Claim(folder)
        try:
            if not folder.store_db.exists():
                with folder.replacing(folder.store_db) as beside:
                    database.create(beside)
            db = database.open_to_write(folder.store_db)
        except BaseException:
            claim.undo()
            raise
        try:
            yield cls(folder, db)
        finally:
            db.close()
            claim.release()

    @classmethod
    @contextmanager
    def reader(cls, path: str | Path) -> Iterator["Store"]:
        """Open the results at `path` to read; writes nothing, works in a folder without rights.

        Raises
        ------
        ResultsError
            If there are no results, or they cannot be read.
        """
        folder = Folder(path)
        try:
            found = folder.store_db.is_file()
        except OSError as error:
            raise unusable(folder.path, error) from error
        if not found:
            raise ResultsError(
                f"{folder.path} holds no results of a sweep (no {folder.store_db.name}); "
                "run a sweep first, or name the folder of one"
            )
        database.check_header(folder.store_db)
        db = database.open_to_read(folder.store_db)
        try:
            yield cls(folder, db)
        finally:
            db.close()

    def set_sweep(
        self,
        name: str,
        text: str,
        swept: Sequence[str],
        trials: Iterable[tuple[str, dict[str, Any]]],
    ) -> Change:
        """Say which trials the file now run holds, in place of those of the file before.

        Parameters
        ----------
        name, text : str
            The sweep's name, and the file as it is run.
        swept : sequence of str
            Column names of what the sweep varies, in the order of its axes.
        trials : iterable of (trial_id, settings)
            In the sweep's order, each id once. Trials that are there already take the settings
            given here: a data file may have moved, a later version may know more settings.
        """
        swept = [column for column in swept if column != "seed"]
        with self._transaction() as db:
            db.execute("DELETE FROM sweep")
            db.execute("DELETE FROM place")
            db.execute(
                "INSERT INTO sweep VALUES (?, ?, ?, ?)",
                (name, text, json.dumps(swept), time.time()),
            )
            for position, (trial_id, settings) in enumerate(trials):
                db.execute("INSERT INTO place VALUES (?, ?)", (position, trial_id))
                db.execute(
                    "UPDATE trials SET settings = ?1 WHERE trial_id = ?2 AND settings <> ?1",
                    (json.dumps(settings), trial_id),
                )
        counts = self.counts()
        with self._reading() as db:
            (stored,) = db.execute("SELECT count(*) FROM trials").fetchone()
        return Change(
            new=counts.pending + counts.failed,
            kept=counts.done,
            gone=stored - counts.done - counts.failed,
        )

    def add(self, records: Iterable[Record]) -> None:
        """Keep these records, all or none; one of a trial that is there already replaces it."""
        with self._transaction() as db:
            for record in records:
                earlier = db.execute(
                    "SELECT trial FROM trials WHERE trial_id = ?", (record.trial_id,)
                ).fetchone()
                if earlier:
                    db.execute("DELETE FROM trials WHERE trial = ?", earlier)
                    db.execute("DELETE FROM epochs WHERE trial = ?", earlier)
                trial = db.execute(_INSERT_TRIAL, trial_row(record)).lastrowid
                db.executemany(
                    "INSERT INTO epochs VALUES (?, ?, ?, ?, ?)",
                    ((trial, *row) for row in epoch_rows(record)),
                )

    def info(self) -> SweepInfo:
        """Return what was said by the last `set_sweep`."""
        with self._reading() as db:
            row = db.execute("SELECT name, text, swept, started FROM sweep").fetchone()
            if row is not None:
                name, text, swept, started = row
                return SweepInfo(name, text, tuple(read_json(swept, list)), started)
        raise ResultsError(
            f"{self.folder.path} holds no trials yet: its first run ended while it began; "
            "run the sweep again"
        )

    def pending(self) -> Iterator[int]:
        """Yield the positions of trials that have no record, or failed; each at most once."""
        last = -1
        while True:
            with self._reading() as db:
                positions = db.execute(
                    """SELECT position FROM place LEFT JOIN trials USING (trial_id)
                       WHERE position > ? AND (status IS NULL OR status = 'failed')
                       ORDER BY position LIMIT ?""",
                    (last, _CHUNK),
                ).fetchall()
            if not positions:
                return
            yield from (position for (position,) in positions)
            (last,) = positions[-1]

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

    def count_done(self, trial_ids: Iterable[str]) -> int:
        """Count those of these trials that have a result here, whatever file named them."""
        query = "SELECT count(*) FROM trials WHERE trial_id = ? AND status <> 'failed'"
        # One look at a time: the ids may take long to come, and a commit must not wait for them.
        with database.explained(self.folder.store_db):
            return sum(self._db.execute(query, (i,)).fetchone()[0] for i in trial_ids)

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

    def epochs(self) -> Iterator[tuple[StoredTrial, list[EpochRow]]]:
        """Yield the trials as `trials` does, each with its rows of epoch and `EPOCH_COLUMNS`."""
        return self._walk(with_epochs=True)

    def _walk(self, *, with_epochs: bool) -> Iterator[tuple[StoredTrial, list[EpochRow]]]:
        """Read chunk by chunk; each chunk is of one moment, and between them writers may write."""
        trials_query = f"""SELECT position, trial, {_TRIAL_COLUMNS}
            FROM place CROSS JOIN trials USING (trial_id)
            WHERE position > ? ORDER BY position LIMIT ?"""
        epochs_query = """SELECT epoch, train_loss, val_loss, grad_norm
            FROM epochs WHERE trial = ? ORDER BY epoch"""
        last = -1
        while True:
            with self._reading() as db:
                rows = db.execute(trials_query, (last, _CHUNK)).fetchall()
                chunk = [
                    (
                        StoredTrial.from_row(values),
                        db.execute(epochs_query, (trial,)).fetchall() if with_epochs else [],
                    )
                    for _, trial, *values in rows
                ]
            if not rows:
                return
            yield from chunk
            last = rows[-1][0]

    @contextmanager
    def _transaction(self, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
        with database.explained(self.folder.store_db):
            try:
                self._db.execute(f"BEGIN {kind}")
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("DEFERRED")
