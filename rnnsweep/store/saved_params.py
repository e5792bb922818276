"""Of which trials the params are saved.

Queries on an open store, each inside a transaction of `rnnsweep.store.store`.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from rnnsweep.record import Record

from .best_trial import is_part, possible_best_trials, swept_problem_settings
from .rank import is_usable, problem_of, rank_in
from .rows import StoredTrial, first_baseline, read_json

# Values of `params.for_best`: the params stay, whichever trial is the best; or they stay until
# another trial is better, by its loss, by its loss over its baseline, or by both (their sum).
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

    Params that were saved for an earlier best trial are removed. In a part of a sweep the best
    trials are all that may be the best of the whole one.
    """
    # Most trials are not the best, and looking through all takes 0.2 s for 100,000 trials.
    if _none_is_best(db, [params.trial for params in new.values()]):
        return
    marks = _marks_of_best(db)
    for key in new.keys() & marks:
        insert_params(db, {key: new[key]}, marks[key])
    _remove_others(db, marks)


def keep_best(db: sqlite3.Connection) -> None:
    """Remove saved params that were kept for an earlier best trial only."""
    _remove_others(db, _marks_of_best(db))


def _marks_of_best(db: sqlite3.Connection) -> dict[int, int]:
    """Return the marks of the best trials by the keys of these."""
    marks: dict[int, int] = {}
    for best in possible_best_trials(db):
        mark = _BEST_OVER_BASELINE if best.over_baseline else _BEST_BY_LOSS
        marks[best.key] = marks.get(best.key, 0) | mark
    return marks


def _remove_others(db: sqlite3.Connection, marks: Mapping[int, int]) -> None:
    """Remove the params of earlier best trials, unless one of the present ones has no params."""
    if not marks:
        return
    saved = [key for (key,) in db.execute("SELECT trial FROM params WHERE for_best").fetchall()]
    if all(has_params(db, key) for key in marks):
        earlier = [(key,) for key in saved if key not in marks]
        db.executemany("DELETE FROM params WHERE trial = ?", earlier)
    # What stays is compared with the trials to come by all rules that may hold now.
    any_mark = reduce(or_, marks.values())
    db.executemany(
        "UPDATE params SET for_best = ? WHERE trial = ?",
        [(marks.get(key, any_mark), key) for key in saved],
    )


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
    """Return True if comparing with the best trials so far shows that none of these is better.

    False says that all trials have to be compared.
    """
    bests = db.execute(
        """SELECT for_best, status, best_val_loss, baselines, settings
           FROM params JOIN trials USING (trial)
           WHERE for_best AND EXISTS
               (SELECT 1 FROM place WHERE place.trial_id = trials.trial_id)"""
    ).fetchall()
    names = swept_problem_settings(db)
    both_rules = bool(names) and is_part(db)
    marks = reduce(or_, (mark for mark, *_ in bests), 0)
    if not marks or (both_rules and not marks & _BEST_BY_LOSS):
        return False
    # Losses stay over baselines, unless a trial without a usable baseline comes.
    if names and marks & _BEST_OVER_BASELINE and not all(is_usable(t.baseline) for t in trials):
        return False
    for mark, status, loss, baselines, settings in bests:
        if names and not both_rules and mark == _BEST_BY_LOSS:
            problem = problem_of(read_json(settings, dict), names)
            if any(problem_of(trial.settings, names) != problem for trial in trials):
                return False
        for rule in (_BEST_BY_LOSS, _BEST_OVER_BASELINE):
            if mark & rule and _is_better(
                trials,
                status,
                loss,
                first_baseline(baselines),
                bool(names) and rule == _BEST_OVER_BASELINE,
            ):
                return False
    return True


def _is_better(
    trials: Sequence[Record | StoredTrial],
    status: str,
    loss: float | None,
    baseline: float | None,
    over_baseline: bool,
) -> bool:
    """Return whether one of these trials is better than the one with this outcome."""
    ranking = rank_in(
        [*(trial.status for trial in trials), status],
        [*(trial.best_val_loss for trial in trials), loss],
        [*(trial.baseline for trial in trials), baseline],
        over_baseline,
    )
    # The best so far is the last one here, so that it wins against no equal trial.
    return ranking.best() != len(trials)
