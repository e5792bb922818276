"""The record of a trial, and what may be recorded of it in addition to its result."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of these, only a failed trial has no result.
STATUSES = ("complete", "solved", "diverged", "stopped", "failed")

# The columns that every epoch has, and their indices in a row of `Record.epochs`.
EPOCH_COLUMNS = ("train_loss", "val_loss", "grad_norm")
TRAIN_LOSS, VAL_LOSS, GRAD_NORM = range(len(EPOCH_COLUMNS))

# The metrics of a sweep file in the order of their columns, each with the prefixes of its columns'
# names. A trial has a metric if one of its columns begins with the first of them.
METRICS: dict[str, tuple[str, ...]] = {
    "grad_norms": ("grad_norm_",),
    "share_clipped": ("share_clipped",),
    "spectral_radius": ("spectral_radius",),
    "singular_value": ("singular_value",),
    "saturation": ("saturation",),
    "dead_units": ("dead_units",),
    "gradient_flow": ("grad_flow_", "effective_memory"),
}


def metric_of(column: str) -> str | None:
    """Return the metric that an epoch column belongs to, or None if it belongs to none."""
    for metric, prefixes in METRICS.items():
        if column.startswith(prefixes):
            return metric
    return None


def metrics_in(columns: Iterable[str]) -> tuple[str, ...]:
    """Return the metrics that have one of these epoch columns, in the order of `METRICS`."""
    columns = list(columns)
    return tuple(
        metric
        for metric, (first, *_) in METRICS.items()
        if any(column.startswith(first) for column in columns)
    )


@dataclass(frozen=True)
class Recording:
    """What to record of a trial in addition to its result, which it does not change.

    Attributes
    ----------
    metrics : tuple of str
        Keys of `METRICS`, in its order: each of them gives the trial at least one epoch column.
    params : bool
        Whether to save the params at the best epoch, with what it takes to build the network.
    """

    metrics: tuple[str, ...] = ()
    params: bool = False


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
    epochs : (epochs_run, 3 + len(extra_columns)) array
        A row for each epoch, with the columns `EPOCH_COLUMNS` and `extra_columns`; not finite
        where there is no number.
    n_params : int or None
        None if the trial failed before its network was built.
    baselines : dict
        Validation loss of each trivial predictor of the task, the best first.
    best_epoch, diverged_epoch : int or None
    test_loss : float or None
        Test loss of the params at `best_epoch`.
    test_baseline : float or None
        Loss on the test part of the first of the predictors in `baselines`.
    test_accuracy : float or None
        Test accuracy of the params at `best_epoch`; None if no accuracy is measured.
    error : str or None
        Why a failed trial failed.
    wall_s : float
        Seconds that the trial took.
    cpu : str
        The type of CPU that its kernels were compiled for: numbers are equal to the last bit on
        one type alone. Empty if the trial failed before, or was trained by an earlier version.
    timeout_s : float or None
        The limit in seconds that a failed trial has exceeded; None if it failed of something else.
    extra_columns : tuple of str
        Names of further columns of the epochs: the task's scores, then the recorded metrics.
    updates_to_success, sequences_to_success : int or None
        Updates, and training sequences seen, when the success criterion was met.
    params : (P,) array or None
        The params at `best_epoch` in one flat vector, if they are saved. It has zeros in the places
        of biases that the cell's sums do not have.
    network : dict or None
        If params are saved: the keyword arguments of `Model` that build the network.
    encoding : dict
        If params are saved: what turns new data into inputs as the task's own data were (means and
        standard deviations of columns, characters of a text), as JSON; empty if nothing does.
    """

    trial_id: str
    settings: dict[str, Any]
    status: str
    epochs: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, len(EPOCH_COLUMNS))))
    n_params: int | None = None
    baselines: dict[str, float] = field(default_factory=dict)
    best_epoch: int | None = None
    test_loss: float | None = None
    test_baseline: float | None = None
    test_accuracy: float | None = None
    diverged_epoch: int | None = None
    error: str | None = None
    wall_s: float = 0.0
    cpu: str = ""
    timeout_s: float | None = None
    extra_columns: tuple[str, ...] = ()
    updates_to_success: int | None = None
    sequences_to_success: int | None = None
    params: NDArray[np.floating] | None = None
    network: dict[str, Any] | None = None
    encoding: dict[str, Any] = field(default_factory=dict)

    @property
    def epochs_run(self) -> int:
        """Number of epochs that were begun, with one that diverged."""
        return len(self.epochs)

    @property
    def baseline(self) -> float | None:
        """Validation loss of the best trivial predictor, or None if the task has none."""
        return next(iter(self.baselines.values()), None)

    @property
    def best_val_loss(self) -> float | None:
        """Lowest validation loss over the epochs."""
        return None if self.best_epoch is None else float(self.epochs[self.best_epoch, VAL_LOSS])

    @property
    def best_val_accuracy(self) -> float | None:
        """Accuracy on the validation part at `best_epoch`, or None if none is measured."""
        if self.best_epoch is None or "accuracy" not in self.extra_columns:
            return None
        column = len(EPOCH_COLUMNS) + self.extra_columns.index("accuracy")
        return float(self.epochs[self.best_epoch, column])

    @property
    def final_train_loss(self) -> float | None:
        """Training loss of the last epoch."""
        return float(self.epochs[-1, TRAIN_LOSS]) if self.epochs_run else None

    @property
    def final_val_loss(self) -> float | None:
        """Validation loss after the last epoch."""
        return float(self.epochs[-1, VAL_LOSS]) if self.epochs_run else None
