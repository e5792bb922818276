"""The best trial of the current sweep, by the rule of `rank`.

A query on an open store, inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from typing import NamedTuple

from .rank import BEST_FIRST, problem_settings, rank
from .rows import first_baseline, read_json

_RANKED_TRIALS = """FROM trials CROSS JOIN place USING (trial_id)
    WHERE best_val_loss IS NOT NULL AND status <> 'failed'"""


class BestTrial(NamedTuple):
    """The best trial of a sweep."""

    trial_id: str
    position: int  # in the sweep's order
    key: int  # of its row in `trials`
    over_baseline: bool  # whether losses over their baselines were compared


def best_trial(db: sqlite3.Connection) -> BestTrial | None:
    """Return the best trial of the current sweep, the first of equals; None if none has a loss."""
    names = swept_problem_settings(db)
    if not names:
        row = db.execute(
            f"SELECT trial_id, position, trial {_RANKED_TRIALS} ORDER BY {BEST_FIRST} LIMIT 1"
        ).fetchone()
        if row is None:
            return None
        trial_id, position, key = row
        return BestTrial(trial_id, position, key, over_baseline=False)
    # SQLite extracts settings from their JSON text faster than Python reads the whole text.
    problem = f"json_array({', '.join(['json_extract(settings, ?)'] * len(names))})"
    rows = db.execute(
        f"""SELECT trial_id, position, trial, status, best_val_loss, baselines, {problem}
            {_RANKED_TRIALS} ORDER BY position""",
        [f'$."{name}"' for name in names],
    ).fetchall()
    if not rows:
        return None
    trial_ids, positions, keys, statuses, losses, baselines, problems = zip(*rows, strict=True)
    ranking = rank(statuses, losses, [first_baseline(text) for text in baselines], problems)
    if (place := ranking.best()) is None:
        return None
    return BestTrial(trial_ids[place], positions[place], keys[place], ranking.over_baseline)


def swept_problem_settings(db: sqlite3.Connection) -> list[str]:
    """Return the swept settings in which the problems of the current sweep's trials may differ."""
    row = db.execute("SELECT swept FROM sweep").fetchone()
    return [] if row is None else problem_settings(read_json(row[0], list))
