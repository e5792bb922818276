"""Learning-rate schedules: the rate of every epoch, by PyTorch's definitions.

Warm-up is counted in updates, so that the kernel does it: it takes a share of these rates.
"""

import numpy as np
from numpy.typing import NDArray

from rnnsweep.suggestions import allowed
from rnnsweep.vocabulary import SCHEDULES


def learning_rates(
    schedule: str, learning_rate: float, epochs: int, decay: float, decay_every: int
) -> NDArray[np.float64]:
    """Return the learning rate of each epoch.

    Parameters
    ----------
    schedule : str
        A word of `vocabulary.SCHEDULES`.
    learning_rate : float
        The rate of epoch 0.
    epochs : int
        The number of epochs; a cosine would reach 0 in the epoch after the last.
    decay : float
        The factor of ``step`` and ``exponential``.
    decay_every : int
        Epochs between two decays of ``step``.

    Returns
    -------
    (epochs,) array

    Raises
    ------
    ValueError
        If the schedule is not in the vocabulary.
    """
    epoch = np.arange(epochs)
    if schedule == "constant":
        factors = np.ones(epochs)
    elif schedule == "step":
        factors = np.float64(decay) ** (epoch // decay_every)
    elif schedule == "exponential":
        factors = np.float64(decay) ** epoch
    elif schedule == "cosine":
        # Loshchilov and Hutter 2017, eq. 5, without restarts.
        factors = (1 + np.cos(np.pi * epoch / epochs)) / 2
    else:
        raise ValueError(f"schedule is {schedule!r}; {allowed(schedule, SCHEDULES)}")
    return np.float64(learning_rate) * factors
