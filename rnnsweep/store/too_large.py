"""Records that are too large for a row of SQLite, which has at most 1,000,000,000 bytes."""

import sqlite3
from dataclasses import replace

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.record import Record

# Bytes of a row in addition to its texts and arrays, and those texts that are always short.
_ROOM = 4000

_NO_EPOCHS = Record("", {}, "failed").epochs


def storable(db: sqlite3.Connection, record: Record) -> Record:
    """Return the record; one that failed, with the reason, if a row of it would be too large."""
    limit = db.getlimit(sqlite3.SQLITE_LIMIT_LENGTH) - _ROOM
    params = 0 if record.params is None else record.params.nbytes
    sizes = {
        "params": (params, "make the network smaller, or save no params of it"),
        "epochs": (record.epochs.nbytes, "train fewer epochs, or record fewer metrics"),
        "error": (4 * len(record.error or ""), "shorten it"),
    }
    for what, (n_bytes, remedy) in sizes.items():
        if n_bytes > limit:
            return replace(
                record,
                status="failed",
                epochs=_NO_EPOCHS,
                best_epoch=None,
                diverged_epoch=None,
                test_loss=None,
                test_accuracy=None,
                updates_to_success=None,
                sequences_to_success=None,
                extra_columns=(),
                params=None,
                error=f"the trial ended, but its {what} take {bytes_text(n_bytes)}, and the "
                f"store keeps at most {bytes_text(limit)} of them; {remedy}",
            )
    return record
