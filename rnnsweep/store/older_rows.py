"""Rows of older forms of the store, which have no checksums: their types are compared instead."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import chain
from types import NoneType
from typing import Any, get_args

from rnnsweep.record import METRICS, STATUSES

from .checksum import bytes_checksum
from .rows import ROW_COLUMNS, StoredTrial, epochs_blob, read_epochs, read_json, sealed

_JSON = {"settings": dict, "baselines": dict, "extra_columns": list}
_SAVE_PARAMS = ("none", "best", "all")


def sealed_older(row: Sequence[Any], epochs: Any) -> tuple[Any, ...]:
    """Return `SEALED_COLUMNS` for the values of `ROW_COLUMNS`, whose checksums it computes.

    Raises
    ------
    sqlite3.DatabaseError
        If a value has another type than rnnsweep writes, or the epochs are not those of the trial.
    """
    values = dict(zip(ROW_COLUMNS.split(", "), row, strict=True))
    for name, kind in StoredTrial.__annotations__.items():
        kinds = (str,) if name in _JSON else (get_args(kind) or (kind,))
        if type(values[name]) not in kinds:
            raise sqlite3.DatabaseError(f"the {name} of a trial in it is not what was written")
    if type(values["finished"]) is not float or values["status"] not in STATUSES:
        raise sqlite3.DatabaseError("a trial in it is not what was written")
    trial = StoredTrial.from_row([values[name] for name in StoredTrial._fields])
    numbers = [value for value in trial.baselines.values() if type(value) not in (float, NoneType)]
    if numbers or not all(isinstance(name, str) for name in trial.extra_columns):
        raise sqlite3.DatabaseError("a text in it is not what was written")
    read_epochs(epochs, trial)
    values["epochs_checksum"] = bytes_checksum(epochs)
    return sealed(tuple(values.values()))


def older_epochs(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return the bytes of a trial's epochs from rows of three numbers and a list of further ones.

    Raises
    ------
    sqlite3.DatabaseError
        If they are no numbers, or their lists differ in length.
    """
    epochs = []
    for train_loss, val_loss, grad_norm, *further in rows:
        # The list is in the second form alone, and NULL where it is empty.
        lists = [read_json(text, list) for text in further if text is not None]
        epochs.append([train_loss, val_loss, grad_norm, *chain.from_iterable(lists)])
    types = {type(value) for row in epochs for value in row}
    if not types <= {float, int, NoneType} or len({*map(len, epochs)}) > 1:
        raise sqlite3.DatabaseError("the epochs in it are not those of their trial")
    return epochs_blob(epochs)


def check_older_sweep(db: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` unless the sweep and its places have the types of a store."""
    rows = db.execute("SELECT name, text, swept, started, metrics, save_params FROM sweep")
    for name, text, swept, started, metrics, save_params in rows.fetchall():
        texts = [name, text, *read_json(swept, list)]
        if (
            not all(isinstance(value, str) for value in texts)
            or type(started) is not float
            or not {*map(json.dumps, read_json(metrics, list))} <= {*map(json.dumps, METRICS)}
            or save_params not in _SAVE_PARAMS
        ):
            raise sqlite3.DatabaseError("the sweep in it is not what was written")
    wrong = "SELECT 1 FROM place WHERE typeof(trial_id) <> 'text' LIMIT 1"
    if db.execute(wrong).fetchone():
        raise sqlite3.DatabaseError("the list of its trials is not what was written")
