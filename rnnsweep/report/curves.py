"""The validation losses of all trials after each epoch, in 16 bits each."""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats
from rnnsweep.record import VAL_LOSS

# So many losses at most are in the page, 2 bytes each; a third more in base64.
MOST_LOSSES = 2_000_000
# Codes of losses. Between LOWEST and HIGHEST they are linear in the logarithm of the loss.
MISSING, LOWEST, HIGHEST, INFINITE = 0, 1, 65534, 65535


@dataclass(frozen=True)
class Curves:
    """The losses of trials as codes.

    Attributes
    ----------
    epochs : list of int
        The epochs that the losses are of, ascending.
    codes : (n_epochs, n_trials) array of uint16
        `LOWEST` to `HIGHEST` for the logarithms `low` to `high`; a loss of 0 is `LOWEST`.
        `INFINITE` from the epoch on in which a trial diverged, as in its score, and for a loss that
        is not a number. After a trial that ended early its last loss stays. `MISSING` for a trial
        without any epoch.
    low, high : float
        Natural logarithms.
    every : int
        The distance of two epochs.
    """

    epochs: list[int]
    codes: NDArray[np.uint16]
    low: float
    high: float
    every: int


class CurvesSoFar:
    """Collects the curves, a trial at a time, in memory for twice `most` losses at most.

    Where trials have more epochs, every second one is left out, again and again; the last epoch of
    the longest trial stays.
    """

    def __init__(self, most: int = MOST_LOSSES) -> None:
        self._most = most
        self._every = 1
        self._longest = 0
        self._n_losses = 0
        # Of each trial: the logarithms of its losses, and that of the last one.
        self._curves: list[NDArray[np.float32]] = []
        self._last = array("d")

    def add(self, epochs: Floats, diverged_epoch: int | None) -> None:
        """Add the epochs (epochs_run, 3 or more) of a trial."""
        losses = epochs[:, VAL_LOSS]
        with np.errstate(divide="ignore"):
            logs = np.log(np.where(np.isnan(losses), np.inf, losses)).astype(np.float32)
        if diverged_epoch is not None:
            logs[diverged_epoch:] = np.inf
        self._longest = max(self._longest, len(logs))
        self._last.append(logs[-1] if len(logs) else np.nan)
        self._curves.append(logs[:: self._every].copy())
        self._n_losses += len(self._curves[-1])
        while self._n_losses > self._most and self._every < self._longest:
            self._every *= 2
            self._curves = [curve[::2].copy() for curve in self._curves]
            self._n_losses = sum(map(len, self._curves))

    def all(self, units: Floats) -> Curves:
        """Return the curves of the trials so far, their losses divided by `units` (n_trials,)."""
        epochs = list(range(0, self._longest, self._every))
        n_kept = len(epochs)
        if epochs and epochs[-1] < self._longest - 1:
            epochs.append(self._longest - 1)
        last = np.array(self._last, np.float32)
        logs = np.tile(last, (len(epochs), 1))
        for place, curve in enumerate(self._curves):
            logs[: min(len(curve), n_kept), place] = curve
        logs -= np.log(units).astype(np.float32)
        finite = logs[np.isfinite(logs)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        with np.errstate(invalid="ignore"):
            share = np.clip((logs - low) / ((high - low) or 1.0), 0.0, 1.0)
            codes = np.rint(LOWEST + np.nan_to_num(share) * (HIGHEST - LOWEST)).astype(np.uint16)
        codes[np.isposinf(logs)] = INFINITE
        codes[np.isnan(logs)] = MISSING
        return Curves(epochs, codes, low, high, self._every)
