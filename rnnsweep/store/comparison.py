"""Two records of one trial: whether they agree, and what they say together.

A trial that was trained twice has the same numbers, on one type of CPU to the last bit. One record
may have more than the other: metrics that were asked for later, saved params, or what an earlier
version of rnnsweep did not measure.
"""

import json
from typing import Any

import numpy as np

from rnnsweep.record import EPOCH_COLUMNS

from .checksum import bytes_checksum, values_checksum
from .copies import Copy
from .rows import PARAMS_COLUMNS, ROW_COLUMNS, SEALED_COLUMNS, epochs_blob, read_epochs, sealed

# What says when, where and how a trial was trained, and not what came out.
_NOT_COMPARED = {
    *("checksum", "finished", "epochs_checksum", "settings", "wall_s", "extra_columns"),
    *("error", "cpu", "timeout_s"),
}
_COMPARED = [name for name in SEALED_COLUMNS.split(", ") if name not in _NOT_COMPARED]
_PARAMS, _OF_EPOCHS = "saved params", " of the epochs"
_OF_PARAMS = PARAMS_COLUMNS.split(", ")[:-1]


def contents(copy: Copy) -> dict[str, Any]:
    """Return what a record says about the outcome of its trial, by name; NULLs are left out.

    A column of the epochs is an array (epochs_run,); params are the values of their columns.
    """
    row = dict(zip(SEALED_COLUMNS.split(", "), copy.row, strict=True))
    values: dict[str, Any] = {name: row[name] for name in _COMPARED if row[name] is not None}
    trial = copy.trial
    epochs = read_epochs(copy.epochs, trial)
    for place, name in enumerate([*EPOCH_COLUMNS, *trial.extra_columns]):
        values[f"{name}{_OF_EPOCHS}"] = epochs[:, place]
    if copy.params is not None:
        values[_PARAMS] = copy.params[: len(_OF_PARAMS)]
    return values


def digests(copy: Copy) -> dict[str, int]:
    """Return a checksum for each of `contents`, by name; {} for a trial that failed."""
    if copy.status == "failed":
        return {}
    return {name: _digest(value) for name, value in contents(copy).items()}


def first_difference(one: Copy, other: Copy) -> str:
    """Return the first thing in which two records differ, as text; empty if they agree.

    A record that failed differs from none.
    """
    if "failed" in (one.status, other.status):
        return ""
    values, others = contents(one), contents(other)
    for name in values:
        if name in others and _digest(values[name]) != _digest(others[name]):
            return _difference(name, values[name], others[name])
    return ""


def joined(one: Copy, other: Copy) -> Copy:
    """Return a record that has what two have of a trial, where these do not differ.

    A result comes before a failure. If the other one adds nothing, `one` itself is returned.
    """
    if "failed" in (one.status, other.status):
        return other if _is_better(other, one) else one
    if one.row == other.row and (one.params or not other.params):
        return one  # it was copied before
    has, adds = contents(one), contents(other)
    if adds.keys() <= has.keys():
        return one
    if has.keys() <= adds.keys():
        return other
    names = [*one.trial.extra_columns]
    names += [name for name in other.trial.extra_columns if name not in names]
    columns = {**adds, **has}
    numbers = [columns[f"{name}{_OF_EPOCHS}"] for name in (*EPOCH_COLUMNS, *names)]
    epochs = epochs_blob(np.stack(numbers, axis=1))
    own, others = (dict(zip(SEALED_COLUMNS.split(", "), c.row, strict=True)) for c in (one, other))
    row = {name: others[name] if own[name] is None else own[name] for name in own}
    row |= {"extra_columns": json.dumps(names), "epochs_checksum": bytes_checksum(epochs)}
    values = sealed([row[name] for name in ROW_COLUMNS.split(", ")])
    return Copy(values, epochs, one.params or other.params)


def _is_better(one: Copy, other: Copy) -> bool:
    """Return whether the first of two records, of which at least one failed, says more."""
    if other.status != "failed":
        return False
    if one.status != "failed":
        return True
    return (one.trial.timeout_s or 0.0) > (other.trial.timeout_s or 0.0)


def _digest(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return bytes_checksum(value.tobytes())
    return values_checksum(value if isinstance(value, tuple) else (value,))


def _difference(name: str, value: Any, other: Any) -> str:
    """Return in which values two contents of this name differ."""
    if name == _PARAMS:
        return "their saved params differ"
    if isinstance(value, np.ndarray):
        epoch = int(np.argmin((value == other) | (np.isnan(value) & np.isnan(other))))
        name = f"{name.removesuffix(_OF_EPOCHS)} of epoch {epoch}"
        value, other = float(value[epoch]), float(other[epoch])
    return f"{name} is {value} and {other}"
