"""Results in the store that no longer count, since an earlier version of rnnsweep computed them.

That version computed other numbers. Such results stay in the store, but their trials have other
ids now and are trained again.
"""

from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep

from .progress import counted


def count_earlier(sweep: Sweep, store: Store, n_new: int) -> int:
    """Return how many of the `n_new` trials to train have a result of the version before."""
    if not n_new or store.count_results() <= len(sweep) - n_new:
        return 0  # all results in the store are of this version: no id has to be computed
    return min(n_new, store.count_done(sweep.earlier_ids()))


def earlier_line(n_earlier: int) -> str:
    """Return the line that a run and a plan show about so many trials, at least 1."""
    if n_earlier == 1:
        have, stay, train = "has a result", "it stays", "the trial trains"
    else:
        have, stay, train = "have results", "those stay", "the trials train"
    return (
        f"{counted(n_earlier, 'trial')} {have} of an earlier version of rnnsweep, which computed "
        f"other numbers: {stay} in the store, and {train} again"
    )
