"""Which trial of a store a user means: by its id, by the beginning of the id, or the best one."""

from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.suggestions import did_you_mean, nearest

from .reader import StoredSweep
from .sweep_state import why_no_loss

BEST = "best"
_SHOWN = 5  # ids in a message


def best_id(store: StoredSweep) -> str:
    """Return the id of the best trial.

    Raises
    ------
    ResultsError
        If no trial has a loss yet.
    """
    store.info()  # raises an error that says so if no run has begun
    if (best := store.best()) is None:
        counts = store.counts()
        why = why_no_loss(counts.diverged, counts.failed, counts.pending)
        way = (
            "; run the sweep to its end"
            if counts.pending
            else f"; {store.folder.trials_csv} has the ids of all trials"
        )
        raise ResultsError(f"{store.folder.path}: no trial is the best, since {why}{way}")
    return best


def id_named(store: StoredSweep, name: str) -> str:
    """Return the id of the trial that a user names; it has a record.

    Parameters
    ----------
    store : StoredSweep
    name : str
        An id, the beginning of one that no other id has, or "best".

    Raises
    ------
    SweepError
        If there is no such trial, there are several, or it has not ended yet.
    ResultsError
        If the best trial is meant and none has a loss yet.
    """
    if name == BEST:
        return best_id(store)
    # A shell passes on bytes that are no text, which SQLite does not take.
    ids = store.ids_beginning(name, _SHOWN + 1) if name.isascii() and name else []
    if name in ids:
        ids = [name]
    if not ids:
        raise SweepError(_why_unknown(store, name))
    if len(ids) > 1:
        more = ", ..." if len(ids) > _SHOWN else ""
        raise SweepError(
            f"{name!r} is the beginning of several ids in {store.folder.path}: "
            f"{', '.join(ids[:_SHOWN])}{more}; write more of the one that you mean"
        )
    if store.trial(ids[0]) is None:
        raise SweepError(
            f"trial {ids[0]} of {store.folder.path} has not ended yet; run the sweep again"
        )
    return ids[0]


def _why_unknown(store: StoredSweep, name: str) -> str:
    """Return why the store has no trial whose id begins so."""
    store.info()
    near = nearest(name, [*store.trial_ids(), BEST])
    return (
        f"no trial {name!r} in {store.folder.path}; allowed: an id of {store.folder.trials_csv}, "
        f"its beginning, or {BEST}{did_you_mean(near)}"
    )
