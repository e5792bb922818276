"""Comparing a whole store with its checksums, as a run does before it builds on it.

Queries on an open store, inside one transaction.
"""

import sqlite3
from contextlib import closing, nullcontext

from .rows import PARAMS_COLUMNS, SEALED_COLUMNS, check_epochs, check_params, check_row
from .tally import Count, read_tally
from .walk import Walk


def inspect(db: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` if anything in the store is not what was written.

    100,000 trials of 60 epochs: 1 s.
    """
    check_structure(db)
    _inspect_trials(db)
    _inspect_params(db)
    for _ in Walk(lambda: nullcontext(db), "the store", with_epochs=False):
        pass


def check_structure(db: sqlite3.Connection, table: str = "1") -> None:
    """Raise `sqlite3.DatabaseError` unless all tables and indices, or one, are well formed."""
    # Unlike "quick_check" it compares the indices with their tables, at little more time.
    (verdict, *_), *_ = db.execute(f"PRAGMA integrity_check({table})").fetchall()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict.splitlines()[-1])


def _inspect_trials(db: sqlite3.Connection) -> None:
    query = f"SELECT numbers, {SEALED_COLUMNS} FROM trials LEFT JOIN epochs USING (trial)"
    stored = Count()
    with closing(db.execute(query)) as rows:
        for row in rows:
            values = row[1:]
            check_row(values)
            check_epochs(row[0], values)
            stored.add_all([values])
    expected = read_tally(db).stored
    if stored != expected:
        raise sqlite3.DatabaseError(f"it has {stored.total:,} of {expected.total:,} trials")


def _inspect_params(db: sqlite3.Connection) -> None:
    query = f"SELECT trial_id, {PARAMS_COLUMNS} FROM params LEFT JOIN trials USING (trial)"
    with closing(db.execute(query)) as rows:
        for trial_id, *row in rows:
            check_params(trial_id, row)
