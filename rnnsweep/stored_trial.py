"""A trial as it lies in the store: a record on its way in, and on its way out."""

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from .record import Record

EpochRow = tuple[int, float | None, float | None, float | None]  # epoch and `EPOCH_COLUMNS`


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
    final_train_loss: float | None
    final_val_loss: float | None
    diverged_epoch: int | None
    error: str | None
    wall_s: float

    @property
    def baseline(self) -> float | None:
        """Validation loss of the best trivial predictor, or None where it means nothing."""
        return next(iter(self.baselines.values()), None)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> "StoredTrial":
        """Make a trial of these columns of the table, in the order of the fields."""
        trial = cls(*row)
        return trial._replace(
            settings=read_json(row[cls._fields.index("settings")], dict),
            baselines=read_json(row[cls._fields.index("baselines")], dict),
        )


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
        final_train_loss=_finite(record.final_train_loss),
        final_val_loss=_finite(record.final_val_loss),
        diverged_epoch=record.diverged_epoch,
        error=error,
        wall_s=record.wall_s,
    )
    columns = (json.dumps(value) if isinstance(value, dict) else value for value in trial)
    return (*columns, time.time())


def epoch_rows(record: Record) -> list[EpochRow]:
    """Return a row an epoch; what is not finite is None."""
    return [
        (epoch, _finite(train_loss), _finite(val_loss), _finite(grad_norm))
        for epoch, (train_loss, val_loss, grad_norm) in enumerate(record.epochs.tolist())
    ]


def read_json(text: str, kind: type) -> Any:
    """Read what the store holds as JSON.

    Raises
    ------
    sqlite3.DatabaseError
        If it is none, or of another kind: the file is damaged where SQLite cannot see it.
    """
    try:
        value = json.loads(text)
    except (ValueError, TypeError) as error:
        raise sqlite3.DatabaseError("a text in it is no JSON") from error
    if not isinstance(value, kind):
        raise sqlite3.DatabaseError("a text in it is not what was written")
    return value


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
