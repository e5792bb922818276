"""What several stores have together, collected before any of them is changed.

The collection is in a temporary file, so that memory does not grow with the number of trials.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from .comparison import digests
from .copies import Copy
from .database_errors import explained

_TABLES = """
CREATE TABLE place (position INTEGER PRIMARY KEY, trial_id TEXT NOT NULL UNIQUE, store INTEGER);
CREATE TABLE outcome (trial_id TEXT PRIMARY KEY, digests TEXT NOT NULL) WITHOUT ROWID;
"""


class TwoTrials(NamedTuple):
    """Two stores have different trials at one place, or one trial at two places."""

    store: int  # the number of the other store
    position: int
    trial_id: str
    other_id: str


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
        with explained(Path(tempfile.gettempdir())), closing(sqlite3.connect("")) as db:
            # As one transaction that is never committed; 64 MB of it are in memory.
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA cache_size = -64000")
            for statement in _TABLES.split(";"):
                db.execute(statement)
            yield cls(db)

    def add_places(self, store: int, places: Iterable[tuple[int, str]]) -> TwoTrials | None:
        """Add the trials of a store's current sweep; return the first that fits no other store."""
        for position, trial_id in places:
            try:
                self._db.execute("INSERT INTO place VALUES (?, ?, ?)", (position, trial_id, store))
            except sqlite3.IntegrityError:
                row = self._db.execute(
                    """SELECT store, position, trial_id FROM place
                       WHERE position = ? OR trial_id = ? ORDER BY position <> ?""",
                    (position, trial_id, position),
                ).fetchone()
                other, other_position, other_id = row
                if (other_position, other_id) != (position, trial_id):
                    return TwoTrials(other, position, trial_id, other_id)
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
