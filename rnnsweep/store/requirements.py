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
    """

    metrics: tuple[str, ...] = ()
    save_params: str = "none"

    def row(self) -> tuple[str, str]:
        """Return the two columns of the table `sweep` that hold this."""
        return json.dumps(self.metrics), self.save_params


NO_REQUIREMENTS = Requirements()


def requirements_of(db: sqlite3.Connection) -> Requirements:
    """Return what the file that was run last requires."""
    row = db.execute("SELECT metrics, save_params FROM sweep").fetchone()
    return NO_REQUIREMENTS if row is None else Requirements(tuple(read_json(row[0], list)), row[1])


def is_pending(requirements: Requirements) -> str:
    """Return the SQL condition under which a trial has to be trained.

    It applies to a row of `trials`, or to the NULLs of a trial without one. The trial has no
    result, or it lacks a metric or its params. A trial without a best epoch (it diverged in its
    first epoch) has no params to save.
    """
    conditions = ["status IS NULL", "status = 'failed'"]
    # `extra_columns` is a JSON list of texts.
    conditions += [
        f"""instr(extra_columns, '"{METRICS[metric][0]}') = 0""" for metric in requirements.metrics
    ]
    if requirements.save_params == "all":
        conditions.append(
            "best_epoch IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM params WHERE params.trial = trials.trial)"
        )
    return "(" + " OR ".join(conditions) + ")"
