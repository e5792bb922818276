"""Entering the trials of a sweep: in parts, next to those of the sweep before.

A million trials take half a minute, during which readers see the sweep before. If the run ends
meanwhile, that sweep stays, and the next run begins again. Only settings that another file gives to
the same trial, such as the path of data that were moved, are changed as the trials come.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from .checksum import PlacesChecksum
from .rows import ROW_COLUMNS, SEALED_COLUMNS, sealed
from .tally import Count, in_sweep, read_tally, write_tally

# How many trials are entered in one transaction.
PART = 10_000

# `place` of the next sweep, and how many trials it will have (NULL if nobody said).
_NEXT_TABLES = """
CREATE TABLE next_place (position INTEGER PRIMARY KEY, trial_id TEXT NOT NULL);
CREATE TABLE entering (n_trials INTEGER);
"""
# The index is made when all trials are there: from 16 s to 1 s for a million.
_SWITCH = """
DROP TABLE place;
ALTER TABLE next_place RENAME TO place;
CREATE UNIQUE INDEX place_ids ON place (trial_id);
DROP TABLE IF EXISTS entering;
"""

_SETTINGS = ROW_COLUMNS.split(", ").index("settings")

# A position, and a trial's id and settings; None for those that it has.
Place = tuple[int, tuple[str, dict[str, Any] | None]]
_Transaction = Callable[[], AbstractContextManager[sqlite3.Connection]]


class Layout:
    """Enters the trials of a sweep in parts, each in its own transaction, then makes them current.

    As long as they are those of the sweep before, no place is written.

    Parameters
    ----------
    transaction : callable
        Begins a transaction that writes the store.
    n_trials : int, optional
        How many trials will come, where that is known.
    """

    def __init__(self, transaction: _Transaction, n_trials: int | None) -> None:
        self._transaction = transaction
        self._n_trials = n_trials
        self._last = -1
        self._differs = False
        self._last_alike = -1  # up to this position the sweep before has the same trials
        self._seen = Count()
        self.places = PlacesChecksum()
        with transaction() as db:  # what a run left that ended before its switch
            db.execute("DROP TABLE IF EXISTS next_place")
            db.execute("DROP TABLE IF EXISTS entering")

    def add(self, part: Sequence[Place]) -> None:
        """Enter the next trials, in the sweep's order."""
        rows = [(position, trial_id) for position, (trial_id, _) in part]
        with self._transaction() as db:
            if not self._differs:
                present = db.execute(
                    """SELECT position, trial_id FROM place
                       WHERE position > ? ORDER BY position LIMIT ?""",
                    (self._last, len(rows)),
                ).fetchall()
                if present != rows:
                    self._branch_off(db)
            if self._differs:
                db.executemany("INSERT INTO next_place VALUES (?, ?)", rows)
            self._take_over(db, part)
        self.places.add(rows)
        self._last = rows[-1][0]

    def end(self) -> None:
        """Enter what the sweep before has in common with this one, now that all are added."""
        if not self._differs:
            with self._transaction() as db:
                more = "SELECT 1 FROM place WHERE position > ?"
                if db.execute(more, (self._last,)).fetchone():
                    self._branch_off(db)
        copied = -1
        while copied < self._last_alike:
            with self._transaction() as db:
                rows = db.execute(
                    """SELECT position, trial_id FROM place
                       WHERE position > ? AND position <= ? ORDER BY position LIMIT ?""",
                    (copied, self._last_alike, PART),
                ).fetchall()
                db.executemany("INSERT INTO next_place VALUES (?, ?)", rows)
            copied = rows[-1][0]

    def switch(self, db: sqlite3.Connection) -> None:
        """Make the trials those of the current sweep, in a transaction of the caller's."""
        if self._differs:
            make_places_current(db)
            tally = read_tally(db)
            tally.sweep = self._seen
            write_tally(db, tally)

    def _branch_off(self, db: sqlite3.Connection) -> None:
        """Begin another list of trials than that of the sweep before."""
        self._differs, self._last_alike = True, self._last
        begin_places(db)
        db.execute("INSERT INTO entering VALUES (?)", (self._n_trials,))

    def _take_over(self, db: sqlite3.Connection, part: Sequence[Place]) -> None:
        """Count the trials that have a record, and give them their settings in this file."""
        tally = read_tally(db)
        if not tally.stored.total:
            return
        is_changed = False
        for _, (trial_id, settings) in part:
            values = db.execute(
                f"SELECT {SEALED_COLUMNS} FROM trials WHERE trial_id = ?", (trial_id,)
            ).fetchone()
            if values is None:
                continue
            checksum, *row = values
            status = row[_SETTINGS - 1]
            as_json = json.dumps(settings)
            if settings is not None and row[_SETTINGS] != as_json:
                row[_SETTINGS] = as_json
                is_current, is_changed = in_sweep(db, trial_id), True
                tally.add(status, checksum, is_current, -1)
                checksum = sealed(row)[0]
                tally.add(status, checksum, is_current)
                db.execute(
                    "UPDATE trials SET settings = ?, checksum = ? WHERE trial_id = ?",
                    (as_json, checksum, trial_id),
                )
            self._seen.add(status, checksum)
        if is_changed:
            write_tally(db, tally)


def begin_places(db: sqlite3.Connection) -> None:
    """Make the tables into which the next sweep is entered."""
    for statement in _NEXT_TABLES.split(";"):
        db.execute(statement)


def make_places_current(db: sqlite3.Connection) -> None:
    """Make the trials that were entered those of the current sweep."""
    for statement in _SWITCH.split(";"):
        db.execute(statement)


def n_entered(db: sqlite3.Connection) -> tuple[int, int | None] | None:
    """Return how many trials are entered, and of how many if that is known; None if none are."""
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'entering'").fetchone():
        return None
    (n_trials,) = db.execute("SELECT n_trials FROM entering").fetchone() or (None,)
    (so_far,) = db.execute("SELECT count(*) FROM next_place").fetchone()
    return so_far, n_trials
