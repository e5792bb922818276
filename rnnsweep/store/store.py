"""The store of a sweep's results: one SQLite file that everything else is derived from."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any

from rnnsweep.record import Record, metrics_in
from rnnsweep.system_errors import unusable

from . import database
from .absent import no_results
from .best_trial import possible_best_trials
from .copies import Copy
from .folder import Claim, Folder
from .layout import PART, Layout
from .patience import NoPatience, Patience
from .reader import StoredSweep
from .repair import repair, saying_losses
from .requirements import (
    COLUMNS,
    NO_REQUIREMENTS,
    Requirements,
    is_pending,
    is_timed_out,
    requirements_of,
)
from .rows import epochs_blob, params_row, read_json, trial_row
from .saved_params import NewParams, has_params, keep_all, keep_best, save_best_params, save_params
from .sweep_row import seal_sweep, write_sweep
from .sweep_state import Change, Pending
from .tally import read_tally, write_tally
from .too_large import storable
from .walk import CHUNK
from .writing import replace_trial

_MINUTE = Patience()


class Store(StoredSweep):
    """The results of a sweep, open for the one run that writes or for any number of readers.

    Open it by `Store.writer` or `Store.reader`. Every method raises `ResultsError` where the disk
    is full, the file is damaged, or another program does not release it (then it is a `Held`). A
    reader locks the file for moments only, so it works while a run goes on. A store is used by one
    thread.
    """

    @classmethod
    @contextmanager
    def writer(
        cls,
        path: str | Path,
        patience: Patience = _MINUTE,
        repairing: Callable[[str], None] | None = None,
    ) -> Iterator["Store"]:
        """Open the results at `path` for one run; they are created where there are none.

        A store of an older version of rnnsweep is brought up to date. `patience` decides how long
        every method but `add` waits for another program that holds the store. With `repairing`,
        which takes a line for the user, a damaged store is repaired first.

        Raises
        ------
        ResultsError
            If the folder cannot be written, is in use by another run, or holds files that are not
            results of a sweep; or if the store is damaged or of a newer version. Nothing is
            changed then.
        """
        folder = Folder(path)
        folder.check()
        if folder.store_db.exists() and not repairing:
            with saying_losses(folder.store_db):
                database.check_header(folder.store_db, older=True)
        claim = Claim(folder)
        try:
            if not folder.store_db.exists():
                with folder.replacing(folder.store_db) as temporary:
                    database.create(temporary, folder.store_db)
            elif repairing:
                repair(folder, patience, repairing)
            with saying_losses(folder.store_db):
                db = database.open_to_write(folder.store_db, patience)
        except BaseException:
            claim.undo()
            raise
        try:
            with saying_losses(folder.store_db):
                yield cls(folder, db, patience)
        finally:
            db.close()
            claim.release()

    @classmethod
    @contextmanager
    def reader(cls, path: str | Path) -> Iterator["Store"]:
        """Open the results at `path` for reading; this writes nothing and needs no right to write.

        Raises
        ------
        ResultsError
            If there are no results, they cannot be read, or are of another version.
        """
        folder = Folder(path)
        try:
            exists = folder.store_db.is_file()
        except OSError as error:
            raise unusable(folder.path, error, reading=True) from error
        if not exists:
            raise no_results(folder)
        with saying_losses(folder.store_db):
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
        trials: Iterable[tuple[str, dict[str, Any] | None]],
        requirements: Requirements = NO_REQUIREMENTS,
        *,
        positions: Iterable[int] | None = None,
        shard: str = "",
        n_trials: int | None = None,
        fingerprint: str = "",
    ) -> Change:
        """Make these trials the current sweep, in place of those of the file that was run before.

        Parameters
        ----------
        name, text : str
            The sweep's name, and the text of the file with overrides applied.
        swept : sequence of str
            Column names of the settings that the sweep varies, in the order of its axes, and of
            the seeds that its file has; "seed" is a column of every sweep.
        trials : iterable of (trial_id, settings)
            In the sweep's order, each id once. These settings replace those of a trial that is
            stored already: a data file may have moved, and a later version may have more settings.
            None leaves a trial those that it has.
        requirements : Requirements
            What the file requires of its trials in addition to their results.
        positions : iterable of int, optional
            The place of each trial in the whole sweep, rising; 0, 1, 2, ... if left out.
        shard : str
            Which part of a sweep this is, as ``--shard`` says it: "3/8"; empty for a whole sweep.
        n_trials : int, optional
            How many trials the whole sweep has; as many as there are here if left out.
        fingerprint : str
            That of `rnnsweep.sweepfile.Sweep`; empty if it is not known.
        """
        layout = Layout(self._transaction, None if shard else n_trials)
        places = zip(count() if positions is None else positions, trials, strict=False)
        while part := list(islice(places, PART)):
            layout.add(part)
        layout.end()
        columns = {
            "name": name,
            "text": text,
            "swept": json.dumps([column for column in swept if column != "seed"]),
            "started": time.time(),
            **dict(zip(COLUMNS.split(", "), requirements.row(), strict=True)),
            "shard": shard,
            "n_trials": layout.places.count if n_trials is None else n_trials,
            "n_places": layout.places.count,
            "places_checksum": layout.places.checksum,
            "fingerprint": fingerprint,
        }
        with self._transaction() as db:
            layout.switch(db)
            write_sweep(db, columns)
            if requirements.save_params == "all":
                keep_all(db)
        counts = self.counts()
        with self._reading() as db:
            new, timed_out = (
                db.execute(
                    "SELECT count(*) FROM place LEFT JOIN trials USING (trial_id) WHERE "
                    + condition(requirements)
                ).fetchone()[0]
                for condition in (is_pending, is_timed_out)
            )
            n_stored = read_tally(db).stored.total
        if not new:
            new = len(self.bests_without_params())
        return Change(
            new=new,
            kept=counts.total - new - timed_out,
            gone=n_stored - counts.done - counts.failed,
            timed_out=timed_out,
        )

    def set_shard(self, shard: str) -> None:
        """Say which part of its sweep the store has, and remove params that this does not need."""
        with self._transaction() as db:
            db.execute("UPDATE sweep SET shard = ?", (shard,))
            seal_sweep(db)
            if requirements_of(db).save_params == "best":
                keep_best(db)

    def add(self, records: Iterable[Record]) -> None:
        """Store these records, all or none; a new record of a trial replaces the stored one.

        But a trial with a result, which was trained again for its metrics or params, keeps that
        result where the second training failed. Where the file requires the params of the best
        trial alone, those of a new best trial replace those of the best so far.

        Raises
        ------
        Held
            If another program holds the store, after one attempt; the caller keeps the records.
        """
        with self._transaction(patience=NoPatience()) as db:
            new_params = {}
            tally = read_tally(db)
            for record in (storable(db, record) for record in records):
                if record.status == "failed" and _has_result(db, record.trial_id):
                    continue
                epochs = epochs_blob(record.epochs)
                key = replace_trial(db, tally, trial_row(record, epochs), epochs)
                if record.params is not None:
                    new_params[key] = NewParams(record, params_row(record))
            write_tally(db, tally)
            _save(db, new_params)

    def add_copies(self, copies: Iterable[Copy]) -> None:
        """Store these trials of another store, all or none; a copy replaces the stored trial.

        But a result is not replaced by a failure.
        Params are saved where the file requires them of that trial, as `add` does it.
        """
        with self._transaction() as db:
            new_params = {}
            tally = read_tally(db)
            for copy in copies:
                copy.check()
                if copy.trial.status == "failed" and _has_result(db, copy.trial_id):
                    continue
                key = replace_trial(db, tally, copy.row, copy.epochs)
                if copy.params is not None:
                    new_params[key] = NewParams(copy.trial, copy.params)
            write_tally(db, tally)
            _save(db, new_params)

    def pending(self) -> Iterator[Pending]:
        """Yield the trials that have no result or lack what the file requires, each at most once.

        Where the file requires the params of the best trial alone, see `bests_without_params`.
        """
        last = -1
        while True:
            with self._reading() as db:
                rows = db.execute(
                    f"""SELECT position, coalesce(extra_columns, '[]')
                        FROM place LEFT JOIN trials USING (trial_id)
                        WHERE position > ? AND {is_pending(requirements_of(db))}
                        ORDER BY position LIMIT ?""",
                    (last, CHUNK),
                ).fetchall()
                chunk = [Pending(position, _metrics(columns)) for position, columns in rows]
            if not chunk:
                return
            yield from chunk
            last = chunk[-1].position

    def bests_without_params(self) -> list[Pending]:
        """Return the best trial if the file requires its params and they are not saved.

        In a part of a sweep these are all that may be the best of the whole one. Which trials are
        the best is known when all trials have a result.
        """
        with self._reading() as db:
            if requirements_of(db).save_params != "best":
                return []
            bests = {best.key: best.position for best in possible_best_trials(db)}
            columns = "SELECT extra_columns FROM trials WHERE trial = ?"
            return [
                Pending(position, _metrics(*db.execute(columns, (key,)).fetchone()))
                for key, position in bests.items()
                if not has_params(db, key)
            ]


def _save(db: sqlite3.Connection, new_params: Mapping[int, NewParams]) -> None:
    """Save those of these params that the file requires, by the keys of their trials."""
    if new_params:
        of_best = requirements_of(db).save_params == "best"
        (save_best_params if of_best else save_params)(db, new_params)


def _has_result(db: sqlite3.Connection, trial_id: str) -> bool:
    stored = "SELECT 1 FROM trials WHERE trial_id = ? AND status <> 'failed'"
    return db.execute(stored, (trial_id,)).fetchone() is not None


def _metrics(extra_columns: str) -> tuple[str, ...]:
    return metrics_in(read_json(extra_columns, list))
