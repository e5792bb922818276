"""Writing one trial into an open store, inside a transaction of `rnnsweep.store.store`."""

import sqlite3
from typing import Any, cast

from .rows import N_SEALED, SEALED_COLUMNS
from .tally import Tally, in_sweep

_COLUMNS = SEALED_COLUMNS.split(", ")
_INSERT_TRIAL = f"INSERT INTO trials (trial, {SEALED_COLUMNS}) VALUES (?{', ?' * N_SEALED})"


def replace_trial(
    db: sqlite3.Connection, tally: Tally, values: tuple[Any, ...], epochs: bytes
) -> int:
    """Write a trial without its params, and count it; return its key, which it keeps for good.

    `values` are those of `SEALED_COLUMNS`.
    """
    trial = dict(zip(_COLUMNS, values, strict=True))
    key, is_current = None, in_sweep(db, trial["trial_id"])
    earlier = db.execute(
        """SELECT trial, status, checksum, best_epoch, best_val_loss
           FROM trials WHERE trial_id = ?""",
        (trial["trial_id"],),
    ).fetchone()
    if earlier:
        key, status, checksum, *outcome = earlier
        tally.add(status, checksum, is_current, -1)
        db.execute("DELETE FROM trials WHERE trial = ?", (key,))
        db.execute("DELETE FROM epochs WHERE trial = ?", (key,))
        # A trial that was trained again for its metrics has the same params as before.
        if outcome != [trial["best_epoch"], trial["best_val_loss"]]:
            db.execute("DELETE FROM params WHERE trial = ?", (key,))
    key = cast(int, db.execute(_INSERT_TRIAL, (key, *values)).lastrowid)
    db.execute("INSERT INTO epochs VALUES (?, ?)", (key, epochs))
    tally.add(trial["status"], trial["checksum"], is_current)
    return key
