"""Records of trials that were never trained, a fixed one for each number, and their stores."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from commandline import ROOT, snapshot, start

from rnnsweep.errors import ResultsError
from rnnsweep.record import Record
from rnnsweep.store.store import Store

SWEPT = ["hidden_size", "seed"]


def trial_id(i):
    return f"t{i:015x}"


def settings(i):
    return {"task": "adding", "hidden_size": 8 + i % 2, "seed": i // 2, "task_seq_len": 10}


def record(i, status="complete", epochs=3, extra=(), **fields):
    rng = np.random.default_rng(i)
    # the extra columns are drawn after the others, which are the same with and without them
    losses = np.concatenate([rng.random((epochs, 3)), rng.random((epochs, len(extra)))], axis=1)
    best = int(losses[:, 1].argmin()) if epochs else None
    defaults = {"n_params": 97, "baselines": {"mean": 0.2}, "best_epoch": best, "test_loss": 0.1}
    return Record(
        trial_id(i), settings(i), status, losses, **{**defaults, **fields}, extra_columns=extra
    )


def with_params(i, *status, loss=None, dtype="float32", **fields):
    """Return a record with params; `loss` is the validation loss of all its epochs."""
    made = record(i, *status, params=np.arange(i, i + 4, dtype=dtype), network={"n": i}, **fields)
    if loss is not None:
        made.epochs[:, 1] = loss
    return made


def named(*numbers):
    return [(trial_id(i), settings(i)) for i in numbers]


def epochs_of(results):
    """Yield each trial with its epochs as tuples: the epoch, then its columns, None for NaN."""
    for trial, epochs in results.epoch_arrays():
        rows = [[None if np.isnan(value) else value for value in row] for row in epochs.tolist()]
        yield trial, [(epoch, *row) for epoch, row in enumerate(rows)]


def refused(path, match):
    with pytest.raises(ResultsError, match=match), Store.writer(path):
        pytest.fail("the folder was opened for writing")


def saved(results, n=6):
    return [i for i in range(n) if results.params(trial_id(i)) is not None]


def half_written(folder, to):
    """Copy a store in the state in which a run killed in the middle of a commit leaves it."""
    with closing(sqlite3.connect(folder.store_db, isolation_level=None)) as db:
        db.execute("PRAGMA cache_size = 1")  # so that pages reach the file before the commit
        db.execute("BEGIN")
        db.execute("UPDATE trials SET status = 'lost', error = ?", ("x" * 100_000,))
        before = snapshot(folder.path)
        db.execute("ROLLBACK")
    assert "store.db-journal" in before
    assert b"lost" in before["store.db"]
    to.mkdir()
    for name, content in before.items():
        (to / name).write_bytes(content)


def python(code, *arguments, **options):
    """Start a Python process that runs `code`, which may import this module too."""
    return start(*arguments, code=code, cwd=ROOT / "tests", **options)
