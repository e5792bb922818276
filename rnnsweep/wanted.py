"""What a sweep file asks of its trials beside their results: which lack it, whose params to keep.

Queries on an open store, each inside a transaction of `rnnsweep.store`.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .record import METRICS, Record
from .stored_trial import params_row, read_json

# Trials of the current sweep, the best first: by their validation loss, diverged ones last, as in
# the summary; of equals the first in order.
_BEST_FIRST = """FROM place CROSS JOIN trials USING (trial_id) WHERE best_val_loss IS NOT NULL
    ORDER BY status = 'diverged', best_val_loss, position"""
_HAS_PARAMS = "EXISTS (SELECT 1 FROM params WHERE params.trial = trials.trial)"


class Asked(NamedTuple):
    """What a file asks for.

    Attributes
    ----------
    metrics : tuple of str
        Keys of `METRICS` that the epochs of every trial shall hold.
    save_params : str
        "none", "best" or "all": of which trials the params shall be kept.
    """

    metrics: tuple[str, ...] = ()
    save_params: str = "none"

    def row(self) -> tuple[str, str]:
        """Return the columns of `sweep` that hold this."""
        return json.dumps(self.metrics), self.save_params


NOTHING = Asked()


class Best(NamedTuple):
    """The best trial of a sweep."""

    trial_id: str
    position: int
    key: int  # of its row in `trials`


def asked(db: sqlite3.Connection) -> Asked:
    """Return what the file that was run last asks for."""
    row = db.execute("SELECT metrics, save_params FROM sweep").fetchone()
    return NOTHING if row is None else Asked(tuple(read_json(row[0], list)), row[1])


def is_pending(wanted: Asked) -> str:
    """Return the condition, on a row of `trials` or none, under which a trial is to be trained.

    It has no result, or it lacks a metric or its params. A trial without a best epoch (it diverged
    in its first one) has no params that it could lack.
    """
    conditions = ["status IS NULL", "status = 'failed'"]
    # The names of the columns are a JSON list of texts.
    conditions += [
        f"""instr(extra_columns, '"{METRICS[metric][0]}') = 0""" for metric in wanted.metrics
    ]
    if wanted.save_params == "all":
        conditions.append(f"best_epoch IS NOT NULL AND NOT {_HAS_PARAMS}")
    return "(" + " OR ".join(conditions) + ")"


def best(db: sqlite3.Connection) -> Best | None:
    """Return the best trial of the current sweep; None before any has a loss."""
    row = db.execute(f"SELECT trial_id, position, trial {_BEST_FIRST} LIMIT 1").fetchone()
    return None if row is None else Best(*row)


def has_params(db: sqlite3.Connection, trial: int) -> bool:
    """Tell whether the params of the trial with this key are kept."""
    return db.execute("SELECT 1 FROM params WHERE trial = ?", (trial,)).fetchone() is not None


def keep_params(db: sqlite3.Connection, save_params: str, records: Mapping[int, Record]) -> None:
    """Keep the params of these records, by their trials' keys; of the best trial alone if asked.

    Params that "best" kept go when another trial is better; those that "all" kept stay.
    """
    for_best = save_params == "best"
    kept: Sequence[int] = list(records)
    if for_best:
        # Most trials are not the best; to look through all of them takes 0.2 s for 100,000.
        if (so_far := _kept_for_best(db)) and all(_rank(it) > so_far for it in records.values()):
            return
        found = best(db)
        kept = [found.key] if found is not None and found.key in records else []
        db.executemany("DELETE FROM params WHERE for_best AND trial <> ?", [(key,) for key in kept])
    db.executemany(
        "INSERT OR REPLACE INTO params VALUES (?, ?, ?, ?, ?, ?)",
        ((key, *params_row(records[key]), for_best) for key in kept),
    )


def _kept_for_best(db: sqlite3.Connection) -> tuple[int, float] | None:
    """Return what the best trial so far is ranked by, if its params are kept."""
    row = db.execute(
        """SELECT status = 'diverged', best_val_loss FROM params JOIN trials USING (trial)
           WHERE for_best AND EXISTS
               (SELECT 1 FROM place WHERE place.trial_id = trials.trial_id)"""
    ).fetchone()
    return None if row is None else tuple(row)


def _rank(record: Record) -> tuple[int, float]:
    loss = record.best_val_loss
    return record.status == "diverged", float("inf") if loss is None else loss


def keep_all(db: sqlite3.Connection) -> None:
    """Let the params of the current sweep's trials stay, whichever is the best."""
    db.execute(
        """UPDATE params SET for_best = 0 WHERE for_best AND trial IN
           (SELECT trial FROM place JOIN trials USING (trial_id))"""
    )
