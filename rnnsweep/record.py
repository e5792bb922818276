"""What one trial leaves behind."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATUSES = ("complete", "diverged", "stopped", "failed")
EPOCH_COLUMNS = ("train_loss", "val_loss", "grad_norm")


@dataclass(frozen=True)
class Record:
    """The outcome of one trial.

    Attributes
    ----------
    trial_id : str
    settings : dict
        The trial's settings by their column names.
    status : str
        One of `STATUSES`.
    epochs : (epochs_run, 3) array
        A row an epoch, columns `EPOCH_COLUMNS`; not finite where there is no number.
    n_params : int or None
        None where the trial failed before its network was built.
    baselines : dict
        Validation loss of each trivial predictor of the task, the best first.
    best_epoch, diverged_epoch : int or None
    test_loss : float or None
        Of the params at `best_epoch`.
    error : str or None
        What went wrong in a trial that failed.
    wall_s : float
        Seconds that the trial took.
    """

    trial_id: str
    settings: dict[str, Any]
    status: str
    epochs: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, len(EPOCH_COLUMNS))))
    n_params: int | None = None
    baselines: dict[str, float] = field(default_factory=dict)
    best_epoch: int | None = None
    test_loss: float | None = None
    diverged_epoch: int | None = None
    error: str | None = None
    wall_s: float = 0.0

    @property
    def epochs_run(self) -> int:
        """Number of epochs begun; one that diverged counts."""
        return len(self.epochs)

    @property
    def baseline(self) -> float | None:
        """Validation loss of the best trivial predictor, or None where it means nothing."""
        return next(iter(self.baselines.values()), None)

    @property
    def best_val_loss(self) -> float | None:
        """Lowest validation loss over the epochs."""
        return None if self.best_epoch is None else float(self.epochs[self.best_epoch, 1])

    @property
    def final_train_loss(self) -> float | None:
        """Training loss of the last epoch."""
        return float(self.epochs[-1, 0]) if self.epochs_run else None

    @property
    def final_val_loss(self) -> float | None:
        """Validation loss after the last epoch."""
        return float(self.epochs[-1, 1]) if self.epochs_run else None
