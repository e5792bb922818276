"""What earlier runs left in the store and this one treats in another way than one may expect.

Results that an earlier version of rnnsweep computed no longer count, since that version computed
other numbers. They stay in the store, but their trials have other ids now and are trained again.
Trials that took too long in an earlier run are not trained again.
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


def timed_out_line(n_trials: int, limit_s: float) -> str:
    """Return the line about so many trials that are left out for the time that they took."""
    them = "it" if n_trials == 1 else "them"
    return (
        f"{counted(n_trials, 'trial')} took longer than trial_timeout = {limit_s:g} s in an "
        f"earlier run and will not be trained again; take a larger trial_timeout, or 0 for none, "
        f"to train {them}"
    )
