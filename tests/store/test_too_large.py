"""A record that is too large for a row of SQLite fails alone, with the reason."""

import sqlite3

import numpy as np
import pytest
from store_cases import SWEPT, epochs_of, named, record, saved, trial_id

from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store

LARGE = {
    "params": {"params": np.zeros(12_000, "float32"), "network": {"n": 1}},
    "epochs": {"epochs": 2_000},
    "error": {"status": "failed", "epochs": 0, "error": "é" * 50_000},
}


@pytest.mark.parametrize("what", LARGE)
@pytest.mark.parametrize("save_params", ["none", "best", "all"])
def test_only_the_record_that_is_too_large_fails(tmp_path, what, save_params):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(3)), Requirements((), save_params))
        results._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 40_000)
        best = record(0, params=np.zeros(8_000, "float32"), network={"n": 0})
        best.epochs[:, 1] = 1e-9
        results.add([best, record(1, **LARGE[what]), record(2, epochs=1_400)])
        assert results.counts().done == 2
        failed = results.trial(trial_id(1))
        assert failed.status == "failed"
        assert f"its {what} take" in failed.error
        assert "and the store keeps at most 35.2 KiB" in failed.error
        assert [len(rows) for _, rows in epochs_of(results)] == [3, 0, 1_400]
        assert saved(results, 3) == [0]
    with Store.writer(tmp_path) as results:  # which inspects all of it
        assert results.counts().failed == 1
