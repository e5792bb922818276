"""The losses of trials in every epoch of a sweep, also after a trial has ended.

A median over trials needs a loss of each of them in every epoch: otherwise it would be the median
of those that are still running.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rnnsweep.array_types import Floats


def loss_table(
    epochs: Iterable[Floats], diverged_epoch: Floats, columns: Sequence[int], n_epochs: int
) -> Floats:
    """Return the losses (len(columns), n_epochs, n_trials) of trials in every epoch.

    After a trial that diverged, losses are infinite from that epoch on, as in its score. After a
    trial that ended early in another way its last loss stays, since its params do. A loss that is
    missing (NaN) is infinite.

    Parameters
    ----------
    epochs : iterable of (epochs_run, 3 or more) arrays
        The epochs of each trial, as `Store.epochs_of` yields them; 1 to `n_epochs` rows each.
    diverged_epoch : (n_trials,) array
        NaN for a trial that did not diverge.
    columns : sequence of int
        The columns of `epochs` to take, such as `VAL_LOSS`.
    n_epochs : int
    """
    losses = np.full((len(columns), n_epochs, len(diverged_epoch)), np.inf)
    for place, rows in enumerate(epochs):
        losses[:, : len(rows), place] = rows[:, columns].T
        losses[:, len(rows) :, place] = rows[-1, columns][:, np.newaxis]
    epoch = np.arange(n_epochs)[:, np.newaxis]
    losses[:, epoch >= np.where(np.isnan(diverged_epoch), np.inf, diverged_epoch)] = np.inf
    losses[np.isnan(losses)] = np.inf
    return losses
