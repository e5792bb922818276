"""A trial as it lies in the store: a record on its way in, and on its way out."""

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnsweep.record import EPOCH_COLUMNS, Record

_DECODER = json.JSONDecoder()
_DTYPES = ("float32", "float64")


class StoredTrial(NamedTuple):
    """A trial as the store gives it back, without its epochs; None where there is no number."""

    trial_id: str
    status: str
    settings: dict[str, Any]
    n_params: int | None
    baselines: dict[str, float | None]  # the best first
    epochs_run: int
    best_epoch: int | None
    best_val_loss: float | None
    test_loss: float | None
    test_baseline: float | None
    best_val_accuracy: float | None
    test_accuracy: float | None
    final_train_loss: float | None
    final_val_loss: float | None
    diverged_epoch: int | None
    error: str | None
    wall_s: float
    extra_columns: tuple[str, ...]
    updates_to_success: int | None
    sequences_to_success: int | None

    @property
    def baseline(self) -> float | None:
        """Validation loss of the best trivial predictor, or None where it means nothing."""
        return next(iter(self.baselines.values()), None)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "StoredTrial":
        """Make a trial of these columns of the table, in the order of the fields."""
        values = list(row)
        values[_SETTINGS] = read_json(values[_SETTINGS], dict)
        values[_BASELINES] = read_json(values[_BASELINES], dict)
        values[_EXTRA_COLUMNS] = tuple(read_json(values[_EXTRA_COLUMNS], list))
        return cls(*values)


_SETTINGS, _BASELINES, _EXTRA_COLUMNS = map(
    StoredTrial._fields.index, ("settings", "baselines", "extra_columns")
)


class StoredParams(NamedTuple):
    """The saved params of a trial; the fields as in `Record`."""

    network: dict[str, Any]
    encoding: dict[str, Any]
    flat: NDArray[np.floating]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "StoredParams":
        """Make them of the columns that `params_row` made."""
        network, encoding, dtype, content = row
        if dtype not in _DTYPES or not isinstance(content, bytes):
            raise sqlite3.DatabaseError("saved params in it are not what was written")
        stored = np.dtype(dtype).newbyteorder("<")
        if len(content) % stored.itemsize:
            raise sqlite3.DatabaseError("saved params in it are cut off")
        flat = np.frombuffer(content, stored).astype(dtype)
        return cls(read_json(network, dict), read_json(encoding, dict), flat)


def trial_row(record: Record) -> tuple[Any, ...]:
    """Return the columns of `trials` after its key: the fields, and when the trial ended."""
    error = record.error
    if error is not None:  # a file name in it may hold bytes that are no text
        error = error.encode(errors="backslashreplace").decode()
    trial = StoredTrial(
        trial_id=record.trial_id,
        status=record.status,
        settings=record.settings,
        n_params=record.n_params,
        baselines={name: _finite(loss) for name, loss in record.baselines.items()},
        epochs_run=record.epochs_run,
        best_epoch=record.best_epoch,
        best_val_loss=_finite(record.best_val_loss),
        test_loss=_finite(record.test_loss),
        test_baseline=_finite(record.test_baseline),
        best_val_accuracy=_finite(record.best_val_accuracy),
        test_accuracy=_finite(record.test_accuracy),
        final_train_loss=_finite(record.final_train_loss),
        final_val_loss=_finite(record.final_val_loss),
        diverged_epoch=record.diverged_epoch,
        error=error,
        wall_s=record.wall_s,
        extra_columns=record.extra_columns,
        updates_to_success=record.updates_to_success,
        sequences_to_success=record.sequences_to_success,
    )
    columns = (json.dumps(value) if isinstance(value, dict | tuple) else value for value in trial)
    return (*columns, time.time())


def epochs_blob(epochs: ArrayLike) -> bytes:
    """Return the epochs (epochs_run, columns) as one value, the same on every system.

    Rows of little-endian float64; what is not finite, or None, is NaN.
    """
    numbers = np.array(epochs, "<f8")
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers.tobytes()


def read_epochs(blob: Any, trial: StoredTrial) -> NDArray[np.float64]:
    """Return the epochs (epochs_run, columns) of a trial.

    The columns are `EPOCH_COLUMNS`, then the trial's extra columns; NaN where there is no number.
    """
    n_columns = len(EPOCH_COLUMNS) + len(trial.extra_columns)
    n_rows = trial.epochs_run if isinstance(trial.epochs_run, int) else -1
    if not isinstance(blob, bytes) or len(blob) != 8 * n_rows * n_columns:
        raise sqlite3.DatabaseError("the epochs in it are not those of their trial")
    return np.frombuffer(blob, "<f8").astype(np.float64, copy=False).reshape(n_rows, n_columns)


def params_row(record: Record) -> tuple[str, str, str, bytes]:
    """Return the columns of `params` that hold a record's params, the same on every system."""
    if record.params is None or record.network is None:
        raise ValueError("the record holds no params with their network")
    flat = record.params
    content = flat.astype(flat.dtype.newbyteorder("<")).tobytes()
    return json.dumps(record.network), json.dumps(record.encoding), flat.dtype.name, content


def read_json(text: str, kind: type) -> Any:
    """Read what the store holds as JSON.

    Raises
    ------
    sqlite3.DatabaseError
        If it is none, or of another kind: the file is damaged where SQLite cannot see it.
    """
    try:
        value = _DECODER.decode(text)
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError("a text in it is no JSON") from error
    if not isinstance(value, kind):
        raise sqlite3.DatabaseError("a text in it is not what was written")
    return value


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
