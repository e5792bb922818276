"""What a sweep file requires of its trials in addition to their results, and which trials lack it.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import json
import sqlite3
from typing import NamedTuple

from rnnsweep.record import METRICS

from .rows import read_json


class Requirements(NamedTuple):
    """What a sweep file requires in addition to results; the default is nothing.

    Attributes
    ----------
    metrics : tuple of str
        Keys of `METRICS` that the epochs of every trial must hold.
    save_params : str
        Of which trials the params must be saved: "none", "best" or "all".
    trial_timeout : float
        The limit of a trial's time in seconds, 0 for none. A trial that exceeded this limit or a
        longer one is not trained again.
    """

    metrics: tuple[str, ...] = ()
    save_params: str = "none"
    trial_timeout: float = 0.0

    def row(self) -> tuple[str, str, float]:
        """Return the values of `COLUMNS`, the columns of the table `sweep` that hold this."""
        return json.dumps(self.metrics), self.save_params, self.trial_timeout


COLUMNS = "metrics, save_params, trial_timeout"
NO_REQUIREMENTS = Requirements()


def requirements_of(db: sqlite3.Connection) -> Requirements:
    """Return what the file that was run last requires."""
    row = db.execute(f"SELECT {COLUMNS} FROM sweep").fetchone()
    if row is None:
        return NO_REQUIREMENTS
    metrics, *others = row
    return Requirements(tuple(read_json(metrics, list)), *others)


def is_pending(requirements: Requirements) -> str:
    """Return the SQL condition under which a trial has to be trained.

    It applies to a row of `trials`, or to the NULLs of a trial without one. The trial has no
    result, or it lacks a metric or its params. A trial without a best epoch (it diverged in its
    first epoch) has no params to save. A trial that failed since it exceeded the file's limit of
    time, or a longer one, would exceed it again.
    """
    limit = requirements.trial_timeout or "9e999"  # SQLite reads this as infinity
    conditions = ["status IS NULL", f"status = 'failed' AND coalesce(timeout_s, 0) < {limit}"]
    # `extra_columns` is a JSON list of texts.
    conditions += [
        f"""status <> 'failed' AND instr(extra_columns, '"{METRICS[metric][0]}') = 0"""
        for metric in requirements.metrics
    ]
    if requirements.save_params == "all":
        conditions.append(
            "best_epoch IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM params WHERE params.trial = trials.trial)"
        )
    return "(" + " OR ".join(conditions) + ")"


def is_timed_out(requirements: Requirements) -> str:
    """Return the SQL condition under which a trial is left out for the time that it took.

    It applies to a row of `trials`, or to the NULLs of a trial without one.
    """
    return f"(status = 'failed' AND NOT {is_pending(requirements)})"
