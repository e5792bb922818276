"""A stored trial compared with the same trial trained again.

On one type of CPU every number has to be equal to the last bit. On another type the roundings
differ, and training magnifies them: by a little where it converges, without limit where it is
chaotic. How much is measured for each trial. It is trained twice, once with a learning rate that
differs by some roundings, and what this changes bounds what another type of CPU may change.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.array_types import Floats
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.store.copies import Copy
from rnnsweep.store.rows import StoredParams, StoredTrial, read_epochs

# By how much the second training's learning rate differs, relative to it: a thousand roundings.
# A nudge as small as a rounding does not cross each kink of relu that another rounding crosses.
NUDGE = {"float32": 2.0**-14, "float64": 2.0**-42}
# Another type of CPU may change a number by so many times as much as the nudge, plus a floor that
# is relative to the number. Of 264 trainings none needed more than 1.2 (docs/verify.md).
FACTOR = 16.0
FLOOR = {"float32": 1e-5, "float64": 1e-12}
# From where a change is as large as this share of a number, nothing is compared any more.
_CHAOS = 0.1

# These differ between two trainings of a trial, or are compared otherwise.
_APART = {"trial_id", "wall_s", "cpu", "timeout_s", "settings", "extra_columns", "epochs_run"}
_EXACT = [name for name in StoredTrial._fields if name not in _APART]
# Earlier versions, which did not store the type of CPU, did not measure these.
_LATER = {"test_baseline", "best_val_accuracy", "test_accuracy"}


class Difference(NamedTuple):
    """The first number in which a stored trial differs from the same trial trained again."""

    what: str
    stored: Any
    recomputed: Any

    def __str__(self) -> str:
        return f"{self.what} is {self.stored} in the store, and {self.recomputed} recomputed"


def exact_difference(stored: Copy, recomputed: Copy) -> Difference | None:
    """Return the first number that is not equal to the last bit; None where all are.

    The time, the type of CPU and the seconds of a limit do not count.
    """
    return next(_exact_differences(stored, recomputed), None)


def _exact_differences(stored: Copy, recomputed: Copy) -> Iterator[Difference]:
    trial, other = stored.trial, recomputed.trial
    yield from _differing_settings(trial, other)
    epochs, other_epochs = _epochs(stored), _epochs(recomputed)
    shared = min(len(epochs), len(other_epochs))
    bits, other_bits = (array[:shared].view(np.int64) for array in (epochs, other_epochs))
    for epoch, column in np.argwhere(bits != other_bits)[:1].tolist():
        name = (*EPOCH_COLUMNS, *trial.extra_columns)[column]
        numbers = (float(array[epoch, column]) for array in (epochs, other_epochs))
        yield Difference(f"{name} of epoch {epoch}", *numbers)
    if len(epochs) != len(other_epochs):
        yield Difference("epochs_run", len(epochs), len(other_epochs))
    for name in _EXACT:
        value, other_value = getattr(trial, name), getattr(other, name)
        if value != other_value and _was_measured(trial, name):
            yield Difference(name, value, other_value)
    if stored.params is not None and stored.params != recomputed.params:
        yield from _differing_params(stored, recomputed)


def _was_measured(trial: StoredTrial, name: str) -> bool:
    return bool(trial.cpu) or name not in _LATER or getattr(trial, name) is not None


def _differing_settings(trial: StoredTrial, other: StoredTrial) -> Iterator[Difference]:
    """Yield what no training changes: a setting, the columns of the epochs."""
    for name in {**trial.settings, **other.settings}:
        values = trial.settings.get(name), other.settings.get(name)
        if values[0] != values[1]:
            yield Difference(f"the setting {name}", *values)
    if trial.extra_columns != other.extra_columns:
        columns = (", ".join(each.extra_columns) or "none" for each in (trial, other))
        yield Difference("the list of further columns", *columns)


def _differing_params(stored: Copy, recomputed: Copy) -> Iterator[Difference]:
    if recomputed.params is None:
        yield Difference("the list of saved arrays", "not empty", "empty")
        return
    params, other = _params(stored), _params(recomputed)
    for name in ("network", "encoding"):
        if getattr(params, name) != getattr(other, name):
            yield Difference(f"the saved {name}", getattr(params, name), getattr(other, name))
    if (params.flat.dtype, params.flat.size) != (other.flat.dtype, other.flat.size):
        sizes = (f"{array.size} numbers in {array.dtype}" for array in (params.flat, other.flat))
        yield Difference("the saved params", *sizes)
        return
    bits, other_bits = (array.view(f"i{array.itemsize}") for array in (params.flat, other.flat))
    for place in np.flatnonzero(bits != other_bits)[:1].tolist():
        numbers = (float(array[place]) for array in (params.flat, other.flat))
        yield Difference(f"saved param {place} of {params.flat.size}", *numbers)


def near_difference(stored: Copy, recomputed: Copy, nudged: Copy) -> Difference | None:
    """Return the first number that differs by more than another type of CPU explains, or None.

    Parameters
    ----------
    stored : Copy
        Of a trial that was trained on another type of CPU.
    recomputed, nudged : Copy
        The trial trained on this one, and trained with a nudged learning rate. `NUDGE` says how.
    """
    return next(_near_differences(stored, recomputed, nudged), None)


def _near_differences(stored: Copy, recomputed: Copy, nudged: Copy) -> Iterator[Difference]:
    trial, other = stored.trial, recomputed.trial
    floor = FLOOR[other.settings["dtype"]]
    yield from _differing_settings(trial, other)
    if trial.n_params != other.n_params:
        yield Difference("n_params", trial.n_params, other.n_params)
    if not _are_near_baselines(trial, other, floor):
        yield Difference("baselines", trial.baselines, other.baselines)
    # Scores such as the accuracy jump, so that a nudge bounds none of their changes.
    losses, other_losses, nudged_losses = (
        _epochs(copy)[:, : len(EPOCH_COLUMNS)] for copy in (stored, recomputed, nudged)
    )
    bounds = allowed_changes(other_losses, nudged_losses, floor)
    shared = min(len(losses), len(bounds))
    is_near = np.abs(losses[:shared] - other_losses[:shared]) <= bounds[:shared]
    for epoch, column in np.argwhere(~is_near)[:1].tolist():
        numbers = (float(array[epoch, column]) for array in (losses, other_losses))
        yield Difference(f"{EPOCH_COLUMNS[column]} of epoch {epoch}", *numbers)
    if len(bounds) == len(other_losses):
        yield from _differing_ends(stored, recomputed, nudged, floor)


def _differing_ends(
    stored: Copy, recomputed: Copy, nudged: Copy, floor: float
) -> Iterator[Difference]:
    """Yield what differs at the end of a training that was not chaotic."""
    trial, other = stored.trial, recomputed.trial
    for name in ("status", "epochs_run"):
        if getattr(trial, name) != getattr(other, name):
            yield Difference(name, getattr(trial, name), getattr(other, name))
    if not trial.best_epoch == other.best_epoch == nudged.trial.best_epoch:
        return  # of two epochs with nearly the same loss either may be the best
    if trial.best_epoch is not None:
        loss, right_loss, moved_loss = (
            np.array([np.nan if copy.trial.test_loss is None else copy.trial.test_loss])
            for copy in (stored, recomputed, nudged)
        )
        if _first_far(loss, right_loss, moved_loss, floor) is not None:
            yield Difference("test_loss", trial.test_loss, other.test_loss)
    if stored.params and recomputed.params and nudged.params:
        params, right, moved = (_params(copy).flat for copy in (stored, recomputed, nudged))
        if params.size != right.size:
            yield Difference("the number of saved params", params.size, right.size)
        elif (place := _first_far(params, right, moved, floor)) is not None:
            numbers = float(params[place]), float(right[place])
            yield Difference(f"saved param {place} of {params.size}", *numbers)


def _first_far(
    numbers: NDArray[Any], right: NDArray[Any], moved: NDArray[Any], floor: float
) -> int | None:
    """Return the place of the first number (n,) that is too far from the right one, or None.

    `moved` (n,) are those of a training with a nudged learning rate.
    """
    bound = FACTOR * np.abs(moved - right).max() + floor * np.abs(right).max()
    are_far = ~((np.abs(numbers - right) <= bound) | (np.isnan(numbers) & np.isnan(right)))
    return int(np.argmax(are_far)) if are_far.any() else None


def allowed_changes(losses: Floats, nudged: Floats, floor: float) -> Floats:
    """Return by how much the losses of the first epochs may differ, before chaos sets in.

    Parameters
    ----------
    losses, nudged : (n_epochs, n_columns) array
        Of a trial, and of the same trial with a nudged learning rate.
    floor : float

    Returns
    -------
    (n_compared, n_columns) array
        For the first epochs, those in which a number may change by less than a share `_CHAOS`.
    """
    n_epochs = min(len(losses), len(nudged))
    sizes = np.abs(losses[:n_epochs])
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = np.abs(nudged[:n_epochs] - losses[:n_epochs]) / sizes
    # A number that is absent, in an epoch that diverged, ends the comparison.
    changes = np.where(np.isnan(changes), np.inf, changes).max(axis=1, initial=0.0)
    shares = FACTOR * np.maximum.accumulate(changes) + floor
    n_compared = int(np.searchsorted(shares, _CHAOS))
    return shares[:n_compared, None] * sizes[:n_compared]


def _are_near_baselines(trial: StoredTrial, other: StoredTrial, floor: float) -> bool:
    """Return whether what NumPy alone computes is equal but for roundings."""
    if list(trial.baselines) != list(other.baselines):
        return False
    pairs = list(zip(trial.baselines.values(), other.baselines.values(), strict=True))
    if _was_measured(trial, "test_baseline"):
        pairs.append((trial.test_baseline, other.test_baseline))
    return all(
        value == right
        or (value is not None and right is not None and abs(value - right) <= floor * abs(right))
        for value, right in pairs
    )


def _epochs(copy: Copy) -> Floats:
    return read_epochs(copy.epochs, copy.trial)


def _params(copy: Copy) -> StoredParams:
    assert copy.params is not None
    return StoredParams.from_row(copy.params)
