"""Reading a store: its sweep, its trials, their epochs and saved params."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice

from rnnsweep.array_types import Floats
from rnnsweep.errors import ResultsError
from rnnsweep.vocabulary import SEEDS

from .best_trial import best_trial
from .checksum import PlacesChecksum
from .copies import Copy, read_copies, read_copy
from .database import begin
from .database_errors import explained
from .folder import Folder
from .inspection import check_structure, inspect
from .layout import PART, n_entered
from .patience import Patience, patiently
from .requirements import (
    NO_REQUIREMENTS,
    Requirements,
    is_pending,
    is_timed_out,
    requirements_of,
)
from .rows import (
    PARAMS_COLUMNS,
    SEALED_COLUMNS,
    StoredParams,
    StoredTrial,
    check_epochs,
    check_params,
    check_row,
    read_epochs,
    read_json,
)
from .sweep_row import check_sweep
from .sweep_state import Counts, SweepInfo
from .tally import Count, read_tally
from .walk import CHUNK, Walk, another_sweep, check_all_places, check_places

_MINUTE = Patience()


class StoredSweep:
    """The results of a sweep, open for reading.

    Every method raises `ResultsError` where the file is damaged or another program does not
    release it. A method locks the file for moments only, so it works while a run goes on.
    """

    def __init__(
        self,
        folder: Folder,
        db: sqlite3.Connection,
        patience: Patience = _MINUTE,
    ) -> None:
        self.folder = folder
        self._db = db
        self._patience = patience

    def info(self) -> SweepInfo:
        """Return the sweep file that was run last, as `Store.set_sweep` stored it."""
        with self._reading() as db:
            check_sweep(db)
            row = db.execute(
                "SELECT name, text, swept, started, shard, n_trials, fingerprint FROM sweep"
            ).fetchone()
            if row is not None:
                name, text, swept, started, *part = row
                columns = read_json(swept, list)
                seeds = tuple(name for name in SEEDS if name == "seed" or name in columns)
                swept = tuple(column for column in columns if column not in SEEDS)
                return SweepInfo(name, text, swept, seeds, started, requirements_of(db), *part)
        if entered := self.entered():
            raise ResultsError(
                f"{self.folder.path} holds no trials yet: its first run is entering them, "
                f"{entered}; run the sweep again if that run has ended"
            )
        raise ResultsError(
            f"{self.folder.path} holds no trials yet: its first run ended before it stored them; "
            "run the sweep again"
        )

    def inspect(self) -> None:
        """Raise `ResultsError` if anything in the store is not what was written, as a run does."""
        with self._reading() as db:
            inspect(db)

    def entered(self) -> str:
        """Return how many trials of the next sweep are entered, as "3 of 8"; "" if none are."""
        with self._reading() as db:
            entered = n_entered(db)
        if entered is None:
            return ""
        so_far, n_trials = entered
        return f"{so_far:,} so far" if n_trials is None else f"{so_far:,} of {n_trials:,}"

    def best(self) -> str | None:
        """Return the id of the best trial of the current sweep, by the rule of `rank`.

        The first of equals is the best. None before any trial has a loss.
        """
        for _ in self._sealed(with_epochs=False):
            pass  # a wrong loss may make another trial the best
        with self._reading() as db:
            check_structure(db, "place")  # whose index the search goes by
            best = best_trial(db)
        return None if best is None else best.trial_id

    def position(self, trial_id: str) -> int | None:
        """Return the place of a trial in the whole sweep; None for one of another sweep."""
        with self._reading() as db:
            check_structure(db, "place")  # whose index the search goes by
            row = db.execute(
                "SELECT position FROM place WHERE trial_id = ?", (trial_id,)
            ).fetchone()
        return None if row is None else int(row[0])

    def best_record(self) -> StoredTrial | None:
        """Return the best trial of the current sweep; None before any trial has a loss.

        Unlike `best` this reads no other record, so a damaged one may count.
        """
        with self._reading() as db:
            best = best_trial(db)
            if best is None:
                return None
            values = db.execute(
                f"SELECT {SEALED_COLUMNS} FROM trials WHERE trial = ?", (best.key,)
            ).fetchone()
            check_row(values)
            return StoredTrial.from_sealed(values)

    def params(self, trial_id: str) -> StoredParams | None:
        """Return the saved params of a trial; None where there are none.

        The trial need not belong to the current sweep.
        """
        with self._reading() as db:
            row = db.execute(
                f"""SELECT {PARAMS_COLUMNS} FROM params
                    JOIN trials USING (trial) WHERE trial_id = ?""",
                (trial_id,),
            ).fetchone()
            if row is None:
                return None
            check_params(trial_id, row)
            return StoredParams.from_row(row)

    def trial(self, trial_id: str) -> StoredTrial | None:
        """Return a trial, of the current sweep or not; None where there is no record of it.

        Before that is returned, every record of the current sweep is read.
        """
        with self._reading() as db:
            values = db.execute(
                f"SELECT {SEALED_COLUMNS} FROM trials WHERE trial_id = ?", (trial_id,)
            ).fetchone()
            if values is not None:
                check_row(values)
                return StoredTrial.from_sealed(values)
        for _ in self._sealed(with_epochs=False):
            pass  # the index of the ids may have lost it
        return None

    def copies(self, trial_ids: Iterable[str]) -> Iterator[Copy]:
        """Yield everything that is stored of each of these trials; nothing for one without record.

        The trials need not belong to the current sweep. Each is read in its own transaction.
        """
        for trial_id in trial_ids:
            with self._reading() as db:
                copy = read_copy(db, trial_id)
            if copy is not None:
                yield copy

    def all_copies(self) -> Iterator[list[Copy]]:
        """Yield everything that is stored of every trial, of the current sweep or not.

        Trials come in chunks; others may write between two of them.
        """
        with self._reading() as db:
            before = read_tally(db)
        seen = Count()
        last = -1
        while True:
            with self._reading() as db:
                chunk = read_copies(db, last)
                for _, copy in chunk:
                    seen.add(copy.status, copy.row[0])
                # Records that were added since are there too or not; none is ever taken away.
                if not chunk and read_tally(db) == before:
                    before.check_stored(seen)
            if not chunk:
                return
            last = chunk[-1][0]
            yield [copy for _, copy in chunk]

    def places(self) -> Iterator[tuple[int, str]]:
        """Yield the position in the whole sweep and the id of each trial of the current sweep."""
        seen, last = PlacesChecksum(), -1
        with self._reading() as db:
            sweep = check_sweep(db)
        while True:
            with self._reading() as db:
                if check_sweep(db) != sweep:
                    raise another_sweep(str(self.folder.path))
                chunk = db.execute(
                    """SELECT position, trial_id FROM place WHERE position > ?
                       ORDER BY position LIMIT ?""",
                    (last, PART),
                ).fetchall()
                seen.add(chunk)
                if not chunk:
                    check_all_places(db, seen)
                    return
            last = chunk[-1][0]
            yield from chunk

    def trial_ids(self) -> list[str]:
        """Return the ids of the current sweep's trials, in its order."""
        with self._reading() as db:
            places = db.execute("SELECT position, trial_id FROM place ORDER BY position").fetchall()
            check_places(db, places)
        return [trial_id for _, trial_id in places]

    def ids_beginning(self, beginning: str, most: int) -> list[str]:
        """Return the ids that begin with a text, the first `most` of them in alphabetical order.

        They are those of the current sweep's trials and of all trials that have a record.
        """
        with self._reading() as db:
            rows = db.execute(
                """SELECT trial_id FROM place WHERE trial_id >= :low AND trial_id < :high
                   UNION SELECT trial_id FROM trials WHERE trial_id >= :low AND trial_id < :high
                   ORDER BY trial_id LIMIT :most""",
                {"low": beginning, "high": f"{beginning}\U0010ffff", "most": most},
            ).fetchall()
        return [trial_id for (trial_id,) in rows]

    def results(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each trial of the current sweep that has a result.

        They come in the sweep's order. A failed trial has none.
        """
        last = -1
        while True:
            with self._reading() as db:
                chunk = db.execute(
                    """SELECT position, trial_id FROM place CROSS JOIN trials USING (trial_id)
                       WHERE position > ? AND status <> 'failed' ORDER BY position LIMIT ?""",
                    (last, CHUNK),
                ).fetchall()
            if not chunk:
                return
            yield from chunk
            last, _ = chunk[-1]

    def cpu_types(self) -> dict[str, int]:
        """Return how many results of the current sweep each known type of CPU has computed."""
        with self._reading() as db:
            return dict(
                db.execute(
                    """SELECT cpu, count(*) FROM place CROSS JOIN trials USING (trial_id)
                       WHERE status <> 'failed' AND cpu <> '' GROUP BY cpu"""
                ).fetchall()
            )

    def counts(self) -> Counts:
        """Count the trials of the current sweep by status."""
        with self._reading() as db:
            places = check_sweep(db)
            statuses = read_tally(db).sweep.statuses
        return Counts(total=places.n if places else 0, **statuses)

    def are_done(
        self, trial_ids: Iterable[str], requirements: Requirements = NO_REQUIREMENTS
    ) -> Iterator[bool]:
        """Yield for each of these trials whether it needs no training.

        The trials need not belong to the current sweep.
        """
        return self._are(f"NOT {is_pending(requirements)}", trial_ids)

    def _are(self, condition: str, trial_ids: Iterable[str]) -> Iterator[bool]:
        """Yield for each of these trials whether it has a record that meets an SQL condition."""
        remaining = iter(trial_ids)
        # In chunks: producing the ids may take long, and a commit must not wait for them.
        while chunk := list(islice(remaining, CHUNK)):
            query = f"""SELECT trial_id FROM trials
                WHERE trial_id IN ({", ".join("?" * len(chunk))}) AND {condition}"""
            with self._reading() as db:
                meeting = {trial_id for (trial_id,) in db.execute(query, chunk)}
            yield from (trial_id in meeting for trial_id in chunk)

    def count_done(
        self, trial_ids: Iterable[str], requirements: Requirements = NO_REQUIREMENTS
    ) -> int:
        """Return how many of these trials need no training: see `are_done`."""
        return sum(self.are_done(trial_ids, requirements))

    def recorded_ids(self) -> list[str]:
        """Return the ids of all trials that have a record, of the current sweep or not."""
        with self._reading() as db:
            return [name for (name,) in db.execute("SELECT trial_id FROM trials ORDER BY trial")]

    def count_results(self) -> int:
        """Return how many trials have a result, of the current sweep or not."""
        with self._reading() as db:
            stored = read_tally(db).stored
        return stored.total - stored.statuses["failed"]

    def count_timed_out(self, trial_ids: Iterable[str], requirements: Requirements) -> int:
        """Return how many of these trials a run leaves out for the time that they took."""
        return sum(self._are(is_timed_out(requirements), trial_ids))

    def finished_since(self, moment: float) -> int:
        """Return how many trials ended, or failed, after `moment` (seconds since 1970)."""
        with self._reading() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM trials WHERE finished >= ?", (moment,)
            ).fetchone()
        return int(count)

    def trials(self) -> Iterator[StoredTrial]:
        """Yield the trials of the current sweep that have a record, in the sweep's order."""
        for values, _ in self._sealed(with_epochs=False):
            yield StoredTrial.from_sealed(values)

    def epoch_arrays(self) -> Iterator[tuple[StoredTrial, Floats]]:
        """Yield each trial as `trials` does, with its epochs as `read_epochs` returns them."""
        for values, blob in self._sealed(with_epochs=True):
            trial = StoredTrial.from_sealed(values)
            yield trial, read_epochs(blob, trial)

    def epochs_of(self, trial_ids: Iterable[str]) -> Iterator[Floats]:
        """Yield the epochs of each of these trials, as `read_epochs` returns them.

        The trials need not belong to the current sweep. Each is read in its own transaction, so
        that no commit waits for all of them.
        """
        query = f"""SELECT numbers, {SEALED_COLUMNS}
            FROM trials LEFT JOIN epochs USING (trial) WHERE trial_id = ?"""
        for trial_id in trial_ids:
            with self._reading() as db:
                row = db.execute(query, (trial_id,)).fetchone()
                if row is None:
                    raise sqlite3.DatabaseError(f"trial {trial_id} is missing")
                blob, values = row[0], row[1:]
                check_row(values)
                check_epochs(blob, values)
                epochs = read_epochs(blob, StoredTrial.from_sealed(values))
            yield epochs

    def _sealed(self, *, with_epochs: bool) -> Walk:
        return Walk(self._reading, str(self.folder.path), with_epochs=with_epochs)

    @contextmanager
    def _transaction(
        self, mode: str = "IMMEDIATE", patience: Patience | None = None
    ) -> Iterator[sqlite3.Connection]:
        patience = patience or self._patience
        with explained(self.folder.store_db):
            try:
                patiently(lambda: begin(self._db, mode), patience)
                yield self._db
                patiently(lambda: self._db.execute("COMMIT"), patience)
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _reading(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._transaction("DEFERRED")
