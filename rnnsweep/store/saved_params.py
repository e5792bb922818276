"""Of which trials the params are saved.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rnnsweep.record import Record

from .best_trial import best_trial, swept_problem_settings
from .rank import is_usable, problem_of, rank_in
from .rows import StoredTrial, first_baseline, read_json

# Values of `params.for_best`: the params stay, whichever trial is the best; or they stay until
# another trial is better, by its loss or by its loss over its baseline.
_STAYS, _BEST_BY_LOSS, _BEST_OVER_BASELINE = range(3)


class NewParams(NamedTuple):
    """Params to save, in the columns that `params_row` returns, and the trial that has them."""

    trial: Record | StoredTrial
    row: tuple[Any, ...]


def has_params(db: sqlite3.Connection, key: int) -> bool:
    """Return whether the params of the trial with this key are saved."""
    return db.execute("SELECT 1 FROM params WHERE trial = ?", (key,)).fetchone() is not None


def save_params(db: sqlite3.Connection, new: Mapping[int, NewParams]) -> None:
    """Save these params, by the keys of their trials."""
    insert_params(db, new, _STAYS)


def save_best_params(db: sqlite3.Connection, new: Mapping[int, NewParams]) -> None:
    """Save the params of the best trial if they are among these, by the keys of their trials.

    Params that were saved for an earlier best trial are removed.
    """
    # Most trials are not the best, and looking through all takes 0.2 s for 100,000 trials.
    if _none_is_best(db, [params.trial for params in new.values()]):
        return
    best = best_trial(db)
    mark = _STAYS
    if best is not None:
        mark = _BEST_OVER_BASELINE if best.over_baseline else _BEST_BY_LOSS
        if best.key in new:
            db.execute("DELETE FROM params WHERE for_best AND trial <> ?", (best.key,))
        db.execute("UPDATE params SET for_best = ? WHERE for_best", (mark,))
        insert_params(db, {key: new[key] for key in new if key == best.key}, mark)


def keep_all(db: sqlite3.Connection) -> None:
    """Let the saved params of the current sweep's trials stay, whichever trial is the best."""
    db.execute(
        f"""UPDATE params SET for_best = {_STAYS} WHERE for_best AND trial IN
            (SELECT trial FROM place JOIN trials USING (trial_id))"""
    )


def insert_params(db: sqlite3.Connection, new: Mapping[int, NewParams], mark: int) -> None:
    """Save these params, by the keys of their trials, with a value of `for_best`."""
    db.executemany(
        """INSERT OR REPLACE INTO params (trial, network, encoding, dtype, flat, checksum, for_best)
            VALUES (?, ?, ?, ?, ?, ?, ?)""",
        ((key, *params.row, mark) for key, params in new.items()),
    )


def _none_is_best(db: sqlite3.Connection, trials: Sequence[Record | StoredTrial]) -> bool:
    """Return True if comparing with the best trial so far shows that none of these is better.

    False says that all trials have to be compared.
    """
    row = db.execute(
        """SELECT for_best, status, best_val_loss, baselines, settings
           FROM params JOIN trials USING (trial)
           WHERE for_best AND EXISTS
               (SELECT 1 FROM place WHERE place.trial_id = trials.trial_id)"""
    ).fetchone()
    if row is None:
        return False
    mark, status, loss, baselines, settings = row
    names = swept_problem_settings(db)
    over_baseline = bool(names) and mark == _BEST_OVER_BASELINE
    if over_baseline:  # it stays so, unless a trial without a usable baseline comes
        if not all(is_usable(trial.baseline) for trial in trials):
            return False
    elif names:
        problem = problem_of(read_json(settings, dict), names)
        if any(problem_of(trial.settings, names) != problem for trial in trials):
            return False
    ranking = rank_in(
        [*(trial.status for trial in trials), status],
        [*(trial.best_val_loss for trial in trials), loss],
        [*(trial.baseline for trial in trials), first_baseline(baselines)],
        over_baseline,
    )
    # The best so far is the last one here, so that it wins against no equal trial.
    return ranking.best() == len(trials)
