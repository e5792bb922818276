"""Results that an earlier version of rnnsweep computed, when they meant something else.

They stay in the store and count for nothing: their trials have other ids now, and train again.
"""

from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep

from .progress import counted


def count_earlier(sweep: Sweep, store: Store, n_new: int) -> int:
    """Return how many of the trials to train, `n_new`, have a result of the version before."""
    if not n_new or store.finished_since(0.0) <= len(sweep) - n_new:
        return 0  # nothing is in the store but trials of this version: no id has to be computed
    return min(n_new, store.count_done(sweep.earlier_ids()))


def earlier_line(n_earlier: int) -> str:
    """Return what a run and a plan say of them."""
    many = n_earlier != 1
    return (
        f"{counted(n_earlier, 'trial')} {'have results' if many else 'has a result'} of an earlier "
        "version of rnnsweep, which computed other numbers: "
        f"{'those stay' if many else 'it stays'} in the store, and the trial{'s' * many} "
        f"train{'s' * (not many)} again"
    )
