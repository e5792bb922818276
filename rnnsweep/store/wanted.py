"""What a sweep file asks of its trials beside their results: which lack it, whose params to keep.

Queries on an open store, each inside a transaction of `rnnsweep.store`.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rnnsweep.record import METRICS, Record

from .rank import of_the_problem, over_baseline
from .rows import params_row, read_json

# Trials of the current sweep that may be the best.
_WITH_LOSS = "FROM place CROSS JOIN trials USING (trial_id) WHERE best_val_loss IS NOT NULL"
_HAS_PARAMS = "EXISTS (SELECT 1 FROM params WHERE params.trial = trials.trial)"
# Of params kept for the best trial so far, in `for_best`: what it is the best by.
_BY_LOSS, _BY_RATIO = 1, 2


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
    over_baseline: bool  # whether it is the best by its loss over its baseline


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
    """Return the best trial of the current sweep; None before any has a loss.

    As the summary ranks: by the validation loss, or that over the baseline, diverged trials last.
    Of equals it is the first in order.
    """
    names = _problem_settings(db)
    if not names:
        row = db.execute(
            f"""SELECT trial_id, position, trial {_WITH_LOSS}
                ORDER BY status = 'diverged', best_val_loss, position LIMIT 1"""
        ).fetchone()
        return None if row is None else Best(row[0], row[1], row[2], over_baseline=False)
    problem = ", ".join(["json_extract(settings, ?)"] * len(names))
    rows = db.execute(
        f"""SELECT trial_id, position, trial, status = 'diverged', best_val_loss, baselines,
                   json_array({problem}) {_WITH_LOSS} ORDER BY position""",
        [f'$."{name}"' for name in names],
    ).fetchall()
    if not rows:
        return None
    baselines = [_baseline(read_json(row[5], dict)) for row in rows]
    by_ratio = over_baseline((row[6] for row in rows), baselines)
    ranks = [
        _rank(row[3], row[4], baseline if by_ratio else None)
        for row, baseline in zip(rows, baselines, strict=True)
    ]
    trial_id, position, key, *_ = rows[ranks.index(min(ranks))]
    return Best(trial_id, position, key, over_baseline=by_ratio)


def has_params(db: sqlite3.Connection, trial: int) -> bool:
    """Tell whether the params of the trial with this key are kept."""
    return db.execute("SELECT 1 FROM params WHERE trial = ?", (trial,)).fetchone() is not None


def keep_params(db: sqlite3.Connection, save_params: str, records: Mapping[int, Record]) -> None:
    """Keep the params of these records, by their trials' keys; of the best trial alone if asked.

    Params that "best" kept go when another trial is better; those that "all" kept stay.
    """
    kept: Sequence[int] = list(records)
    mark = 0
    if save_params == "best":
        # Most trials are not the best; to look through all of them takes 0.2 s for 100,000.
        if _none_is_best(db, list(records.values())):
            return
        found = best(db)
        kept = [found.key] if found is not None and found.key in records else []
        db.executemany("DELETE FROM params WHERE for_best AND trial <> ?", [(key,) for key in kept])
        if found is not None:
            mark = _BY_RATIO if found.over_baseline else _BY_LOSS
            db.execute("UPDATE params SET for_best = ? WHERE for_best", (mark,))
    db.executemany(
        "INSERT OR REPLACE INTO params VALUES (?, ?, ?, ?, ?, ?)",
        ((key, *params_row(records[key]), mark) for key in kept),
    )


def _none_is_best(db: sqlite3.Connection, records: Sequence[Record]) -> bool:
    """Tell, if a look at the best trial so far is enough, that none of these is better."""
    row = db.execute(
        """SELECT for_best, status = 'diverged', best_val_loss, baselines, settings
           FROM params JOIN trials USING (trial)
           WHERE for_best AND EXISTS
               (SELECT 1 FROM place WHERE place.trial_id = trials.trial_id)"""
    ).fetchone()
    if row is None:
        return False
    mark, diverged, loss, baselines, settings = row
    baseline = None
    if names := _problem_settings(db):
        if mark == _BY_RATIO:  # by which they go on, unless one has no baseline
            if not all(record.baseline and record.baseline > 0 for record in records):
                return False
            baseline = _baseline(read_json(baselines, dict))
        else:
            same = [read_json(settings, dict).get(name) for name in names]
            if any([record.settings.get(name) for name in names] != same for record in records):
                return False
    so_far = _rank(diverged, loss, baseline)
    return all(
        _rank(it.status == "diverged", it.best_val_loss, it.baseline if baseline else None) > so_far
        for it in records
    )


def _problem_settings(db: sqlite3.Connection) -> list[str]:
    """Return the swept settings in which the trials' problems may differ."""
    row = db.execute("SELECT swept FROM sweep").fetchone()
    return [] if row is None else of_the_problem(read_json(row[0], list))


def _baseline(baselines: Mapping[str, Any]) -> float | None:
    return next(iter(baselines.values()), None)


def _rank(diverged: bool, loss: float | None, baseline: float | None) -> tuple[bool, float]:
    """Return what a trial is ranked by: its loss, over its baseline where one is given."""
    if loss is None:
        return bool(diverged), float("inf")
    return bool(diverged), loss if baseline is None else loss / baseline


def keep_all(db: sqlite3.Connection) -> None:
    """Let the params of the current sweep's trials stay, whichever is the best."""
    db.execute(
        """UPDATE params SET for_best = 0 WHERE for_best AND trial IN
           (SELECT trial FROM place JOIN trials USING (trial_id))"""
    )
