"""What several stores have together, collected before any of them is changed.

The collection is in a temporary file, so that memory does not grow with the number of trials.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from .comparison import digests
from .copies import Copy
from .database_errors import explained

# Where SQLite keeps temporary files, if the environment names no folder.
_DEFAULT_FOLDER = "/var/tmp"

_TABLES = """
CREATE TABLE place (position INTEGER PRIMARY KEY, trial_id TEXT NOT NULL UNIQUE, store INTEGER);
CREATE TABLE outcome (trial_id TEXT PRIMARY KEY, digests TEXT NOT NULL) WITHOUT ROWID;
"""


class Union:
    """The trials of several stores, numbered 0, 1, ...: their places, and what came out."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    @contextmanager
    def collecting(cls) -> Iterator["Union"]:
        """Yield an empty union, which is gone afterwards.

        Raises
        ------
        ResultsError
            If the disk of temporary files is full.
        """
        names = map(os.environ.get, ("SQLITE_TMPDIR", "TMPDIR"))
        folder = Path(next(filter(None, names), _DEFAULT_FOLDER))
        # A file without a name: the system removes it when this process ends, however it ends.
        with explained(folder), closing(sqlite3.connect("")) as db:
            # As one transaction that is never committed; 64 MB of it are in memory.
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA cache_size = -64000")
            for statement in _TABLES.split(";"):
                db.execute(statement)
            yield cls(db)

    def add_places(self, store: int, places: Iterable[tuple[int, str]]) -> int | None:
        """Add the trials of a store's current sweep.

        Where another store has another trial at one of their places, or one of them at another
        place, return that store.
        """
        for position, trial_id in places:
            try:
                self._db.execute("INSERT INTO place VALUES (?, ?, ?)", (position, trial_id, store))
            except sqlite3.IntegrityError:
                present = self._db.execute(
                    """SELECT position, trial_id, store FROM place
                       WHERE position = ? OR trial_id = ?""",
                    (position, trial_id),
                )
                for *place, other in present.fetchall():
                    if place != [position, trial_id]:
                        return int(other)
        return None

    def add_outcome(self, copy: Copy) -> bool:
        """Add a trial that has ended, or failed; return whether no store says otherwise."""
        trial_id, new = copy.trial_id, digests(copy)
        row = self._db.execute(
            "SELECT digests FROM outcome WHERE trial_id = ?", (trial_id,)
        ).fetchone()
        known = {} if row is None else json.loads(row[0])
        if any(known[name] != new[name] for name in known.keys() & new.keys()):
            return False
        if row is None or new.keys() - known.keys():
            self._db.execute(
                "INSERT OR REPLACE INTO outcome VALUES (?, ?)", (trial_id, json.dumps(known | new))
            )
        return True

    @property
    def n_places(self) -> int:
        """How many trials there are."""
        (count,) = self._db.execute("SELECT count(*) FROM place").fetchone()
        return int(count)

    def places(self) -> Iterator[tuple[int, str]]:
        """Yield the position and the id of each trial, in the sweep's order."""
        yield from self._db.execute("SELECT position, trial_id FROM place ORDER BY position")

    def missing(self) -> dict[int, int]:
        """Return by store how many trials of its sweep have ended in no store; 0 is left out."""
        rows = self._db.execute(
            """SELECT store, count(*) FROM place LEFT JOIN outcome USING (trial_id)
               WHERE digests IS NULL GROUP BY store"""
        )
        return dict(rows.fetchall())
