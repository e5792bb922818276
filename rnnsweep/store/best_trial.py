"""The best trial of the current sweep, by the rule of `rank`.

A query on an open store, inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from .rank import BEST_FIRST, bests, problem_settings
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
    return next(iter(_best_trials(db, of_part=False)), None)


def possible_best_trials(db: sqlite3.Connection) -> list[BestTrial]:
    """Return the trials whose params a sweep of which the best are saved needs.

    That is the best trial; of a part of a sweep, each trial that may be the best of the whole one.
    """
    return _best_trials(db, of_part=is_part(db))


def _best_trials(db: sqlite3.Connection, *, of_part: bool) -> list[BestTrial]:
    names = swept_problem_settings(db)
    if not names:
        return _best_by_loss(db)
    trials = _ranked_trials(db, names)
    places = bests(trials.statuses, trials.losses, trials.baselines, trials.problems, of_part)
    return [trials.best(place, over_baseline) for place, over_baseline in places]


def is_part(db: sqlite3.Connection) -> bool:
    """Return whether the current sweep is a part of a larger one."""
    return db.execute("SELECT 1 FROM sweep WHERE shard <> ''").fetchone() is not None


class _RankedTrials(NamedTuple):
    """The trials that have a loss, in the sweep's order."""

    trial_ids: Sequence[str] = ()
    positions: Sequence[int] = ()
    keys: Sequence[int] = ()
    statuses: Sequence[str] = ()
    losses: Sequence[float] = ()
    baselines: Sequence[float | None] = ()
    problems: Sequence[str] = ()

    def best(self, place: int, over_baseline: bool) -> BestTrial:
        """Return the trial at a place here."""
        return BestTrial(
            self.trial_ids[place], self.positions[place], self.keys[place], over_baseline
        )


def _best_by_loss(db: sqlite3.Connection) -> list[BestTrial]:
    """Return the best trial, if any has a loss, where all losses compare."""
    rows = db.execute(
        f"SELECT trial_id, position, trial {_RANKED_TRIALS} ORDER BY {BEST_FIRST} LIMIT 1"
    ).fetchall()
    return [
        BestTrial(trial_id, position, key, over_baseline=False) for trial_id, position, key in rows
    ]


def _ranked_trials(db: sqlite3.Connection, names: Sequence[str]) -> _RankedTrials:
    # SQLite extracts settings from their JSON text faster than Python reads the whole text.
    problem = f"json_array({', '.join(['json_extract(settings, ?)'] * len(names))})"
    rows = db.execute(
        f"""SELECT trial_id, position, trial, status, best_val_loss, baselines, {problem}
            {_RANKED_TRIALS} ORDER BY position""",
        [f'$."{name}"' for name in names],
    ).fetchall()
    if not rows:
        return _RankedTrials()
    trial_ids, positions, keys, statuses, losses, texts, problems = zip(*rows, strict=True)
    baselines = [first_baseline(text) for text in texts]
    return _RankedTrials(trial_ids, positions, keys, statuses, losses, baselines, problems)


def swept_problem_settings(db: sqlite3.Connection) -> list[str]:
    """Return the swept settings in which the problems of the current sweep's trials may differ."""
    row = db.execute("SELECT swept FROM sweep").fetchone()
    return [] if row is None else problem_settings(read_json(row[0], list))
