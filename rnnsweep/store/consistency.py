"""Whether the numbers of a stored trial follow from its epochs, as those of a record do."""

from rnnsweep.array_types import Floats
from rnnsweep.record import Record

from .rows import StoredTrial, finite

# Attributes of both `StoredTrial` and `Record`; a record computes them from its epochs.
_FROM_EPOCHS = ("best_val_loss", "final_train_loss", "final_val_loss")


def inconsistency(trial: StoredTrial, epochs: Floats) -> str | None:
    """Return which number of a trial does not follow from its epochs; None where all do.

    Parameters
    ----------
    trial : StoredTrial
    epochs : (epochs_run, n_columns) array
        As `read_epochs` returns them.
    """
    best = trial.best_epoch
    if best is not None and not 0 <= best < len(epochs):
        return f"best_epoch is {best}, and there are {len(epochs)} epochs"
    record = Record(trial.trial_id, {}, trial.status, epochs, best_epoch=best)
    for name in _FROM_EPOCHS:
        stored, right = getattr(trial, name), finite(getattr(record, name))
        if stored != right:
            return f"{name} is {stored}, and {right} in its epochs"
    return None
