"""The table of losses has a loss of every trial in every epoch."""

import numpy as np

from rnnsweep.analysis.loss_table import loss_table

NAN, INF = np.nan, np.inf


def epochs(*val_losses):
    """Return epochs with these validation losses; the other columns are constant."""
    return np.array([[1.0, loss, 2.0, 9.0] for loss in val_losses])


def test_a_trial_that_diverged_is_infinite_from_there_on():
    (losses,) = loss_table([epochs(0.5, 0.25, NAN), epochs(0.5, 9e9)], np.array([2.0, 1.0]), [1], 4)
    assert losses.T.tolist() == [[0.5, 0.25, INF, INF], [0.5, INF, INF, INF]]


def test_a_trial_that_stopped_early_keeps_its_last_loss():
    (losses,) = loss_table([epochs(0.5), epochs(0.5, 0.25, 0.1)], np.array([NAN, NAN]), [1], 3)
    assert losses.T.tolist() == [[0.5, 0.5, 0.5], [0.5, 0.25, 0.1]]


def test_several_columns_and_a_missing_loss():
    losses = loss_table([epochs(NAN, 0.25)], np.array([NAN]), [0, 1], 2)
    assert losses[:, :, 0].tolist() == [[1.0, 1.0], [INF, 0.25]]
