"""The losses of trials epoch by epoch, as a median over them needs them: none drops out."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def loss_table(
    epochs: Iterable[Floats], diverged_epoch: Floats, columns: Sequence[int], n_epochs: int
) -> Floats:
    """Return the losses (len(columns), n_epochs, n_trials) of trials, epoch by epoch.

    A trial that diverged has infinite losses from that epoch on, as the ranking has it. A trial
    that ended early in another way keeps its params, so its last loss stays. A loss that is not
    there is infinite.

    Parameters
    ----------
    epochs : iterable of (epochs_run, 3 or more) arrays
        Of each trial, as `Store.epochs_of` gives them; 1 to `n_epochs` rows each.
    diverged_epoch : (n_trials,) array
        NaN where a trial did not diverge.
    columns : sequence of int
        Which columns of the epochs to take.
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
