"""A trial as rows of the store: how its record is written, and how it is read back."""

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import numpy as np
import orjson
from numpy.typing import ArrayLike, NDArray

from rnnsweep.array_types import Floats
from rnnsweep.record import EPOCH_COLUMNS, Record

from .checksum import Values, bytes_checksum, values_checksum

_DECODER = json.JSONDecoder()
_DTYPES = ("float32", "float64")


class StoredTrial(NamedTuple):
    """A trial as it is read from the store, without its epochs; None where there is no number.

    The fields are attributes of `Record` and columns of the table `trials`.
    """

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
    cpu: str
    timeout_s: float | None

    @property
    def baseline(self) -> float | None:
        """Validation loss of the best trivial predictor, or None where it means nothing."""
        return next(iter(self.baselines.values()), None)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "StoredTrial":
        """Return the trial in these columns of the table, in the order of the fields."""
        values = list(row)
        values[_SETTINGS] = read_json(values[_SETTINGS], dict)
        values[_BASELINES] = read_json(values[_BASELINES], dict)
        values[_EXTRA_COLUMNS] = tuple(read_json(values[_EXTRA_COLUMNS], list))
        return cls(*values)

    @classmethod
    def from_sealed(cls, values: Sequence[Any]) -> "StoredTrial":
        """Return the trial in `SEALED_COLUMNS`, whose checksum was compared."""
        return cls.from_row(values[_N_BEFORE_TRIAL:])


# The columns of `trials` that a trial's checksum covers, in this order, and all that are read.
ROW_COLUMNS = f"finished, epochs_checksum, {', '.join(StoredTrial._fields)}"
SEALED_COLUMNS = f"checksum, {ROW_COLUMNS}"
N_SEALED = len(SEALED_COLUMNS.split(","))
_N_BEFORE_TRIAL = 3

_REALS = [
    name for name, kind in StoredTrial.__annotations__.items() if float in (kind, *get_args(kind))
]

_SETTINGS, _BASELINES, _EXTRA_COLUMNS = map(
    StoredTrial._fields.index, ("settings", "baselines", "extra_columns")
)


class StoredParams(NamedTuple):
    """The saved params of a trial; the fields are those of `Record`, `flat` is its `params`."""

    network: dict[str, Any]
    encoding: dict[str, Any]
    flat: NDArray[np.floating]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "StoredParams":
        """Return the params in the columns that `params_row` gave, `PARAMS_COLUMNS`."""
        network, encoding, dtype, content, _ = row
        if dtype not in _DTYPES or not isinstance(content, bytes):
            raise sqlite3.DatabaseError("saved params in it are not what was written")
        stored = np.dtype(dtype).newbyteorder("<")
        if len(content) % stored.itemsize:
            raise sqlite3.DatabaseError("saved params in it are cut off")
        flat = np.frombuffer(content, stored).astype(dtype)
        return cls(read_json(network, dict), read_json(encoding, dict), flat)


PARAMS_COLUMNS = "network, encoding, dtype, flat, params.checksum"


def trial_row(record: Record, epochs: bytes) -> tuple[Any, ...]:
    """Return `SEALED_COLUMNS` for a record that ended now, and whose epochs are these bytes."""
    columns = {name: finite(getattr(record, name)) for name in StoredTrial._fields}
    baselines = {name: finite(loss) for name, loss in record.baselines.items()}
    columns |= {
        "settings": json.dumps(record.settings),
        "baselines": json.dumps(baselines),
        "extra_columns": json.dumps(record.extra_columns),
    }
    if record.error is not None:  # a file name in it may hold bytes that are no text
        columns["error"] = record.error.encode(errors="backslashreplace").decode()
    # SQLite returns a float from such a column, never -0.0, and the checksum has types and bits.
    for name in _REALS:
        columns[name] = None if columns[name] is None else float(columns[name]) + 0.0
    return sealed((time.time(), bytes_checksum(epochs), *columns.values()))


def sealed(row: Values) -> tuple[Any, ...]:
    """Return `SEALED_COLUMNS` for the values of `ROW_COLUMNS`."""
    return (values_checksum(row), *row)


def check_row(values: tuple[Any, ...]) -> None:
    """Raise `sqlite3.DatabaseError` unless the values of `SEALED_COLUMNS` agree."""
    if values_checksum(values[1:]) != values[0]:
        raise sqlite3.DatabaseError("a trial in it is not what was written")


def check_epochs(blob: Any, values: Sequence[Any]) -> None:
    """Raise `sqlite3.DatabaseError` unless these are the epochs of the row in `SEALED_COLUMNS`."""
    if bytes_checksum(blob) != values[2]:
        raise sqlite3.DatabaseError("the epochs in it are not those of their trial")


def check_params(trial_id: str, row: Sequence[Any]) -> None:
    """Raise `sqlite3.DatabaseError` unless the values of `PARAMS_COLUMNS` are those of a trial."""
    *content, checksum = row
    if params_checksum(trial_id, content) != checksum:
        raise sqlite3.DatabaseError("saved params in it are not what was written")


def params_checksum(trial_id: str, content: Sequence[Any]) -> int:
    """Return the checksum of a trial's params from the other columns of `PARAMS_COLUMNS`."""
    return values_checksum((trial_id, *content))


def epochs_blob(epochs: ArrayLike) -> bytes:
    """Return the epochs (epochs_run, n_columns) as bytes that are the same on every system.

    They are rows of little-endian float64; None and what is not finite become NaN.
    """
    numbers = np.array(epochs, "<f8")
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers.tobytes()


def read_epochs(blob: Any, trial: StoredTrial) -> Floats:
    """Return the epochs (epochs_run, n_columns) of a trial from the bytes that `epochs_blob` gave.

    The columns are `EPOCH_COLUMNS`, then the trial's extra columns; NaN where there is no number.
    """
    n_columns = len(EPOCH_COLUMNS) + len(trial.extra_columns)
    n_rows = trial.epochs_run if isinstance(trial.epochs_run, int) else -1
    if not isinstance(blob, bytes) or len(blob) != 8 * n_rows * n_columns:
        raise sqlite3.DatabaseError("the epochs in it are not those of their trial")
    return np.frombuffer(blob, "<f8").astype(np.float64, copy=False).reshape(n_rows, n_columns)


def params_row(record: Record) -> tuple[str, str, str, bytes, int]:
    """Return `PARAMS_COLUMNS` for a record, the same on every system."""
    if record.params is None or record.network is None:
        raise ValueError("the record has no params, or not the network that they belong to")
    flat = record.params
    content = flat.astype(flat.dtype.newbyteorder("<")).tobytes()
    row = json.dumps(record.network), json.dumps(record.encoding), flat.dtype.name, content
    return (*row, params_checksum(record.trial_id, row))


def first_baseline(text: str) -> float | None:
    """Return the baseline of a trial from the JSON text in its column `baselines`."""
    return next(iter(read_json(text, dict).values()), None)


def read_json(text: str, expected: type) -> Any:
    """Return the value of a JSON text in the store.

    Raises
    ------
    sqlite3.DatabaseError
        If it is not JSON, or its value is not of the expected type: the file is damaged in a way
        that SQLite does not notice.
    """
    try:
        value = orjson.loads(text)  # a tenth of the time of json
    except orjson.JSONDecodeError:  # also for what json alone reads, such as half a character
        try:
            value = _DECODER.decode(text)
        except (ValueError, TypeError) as error:
            raise sqlite3.DatabaseError("a text in it is not JSON") from error
    if not isinstance(value, expected):
        raise sqlite3.DatabaseError("a text in it is not what was written")
    return value


def finite(value: Any) -> Any:
    """Return a value as it is, but None for a float that is not finite."""
    if not isinstance(value, float | np.floating):
        return value
    return float(value) if math.isfinite(value) else None
