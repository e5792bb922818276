"""`rnnsweep.load` and the `Results` that it returns."""

import math
import re

import numpy as np
import pytest
from table_cases import RECORDS, fill

from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.record import Record
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.tables.results import Results, load


def test_results(folder):
    results = load(str(folder))
    assert isinstance(results, Results)
    assert results.folder == folder
    assert results.trials is results.trials  # read once
    assert repr(results) == (
        f"Results({str(folder)!r}, 3 trials: 1 complete, 1 diverged, 1 failed)"
    )
    baselines = results.baselines()
    assert list(baselines) == ["persistence", "mean"]
    assert baselines == {"persistence": 0.2, "mean": (0.16 + 0.36) / 2}


def test_errors_are_counted(folder):
    results = load(folder)
    assert results.errors() == {'no "memory", says é': 1}
    results.errors().clear()
    assert results.errors().total() == 1


def with_losses(trial_id, status, losses, diverged_epoch=None, **own):
    epochs = np.array([[9.0, loss, 1.0] for loss in losses])
    best = int(np.nanargmin(epochs[:, 1])) if len(losses) > 1 else 0
    return Record(
        trial_id,
        {"task": "adding", "hidden_size": 8, "learning_rate": 0.1, "seed": 0, **own},
        status,
        epochs,
        best_epoch=best,
        diverged_epoch=diverged_epoch,
    )


def test_curves_count_a_trial_that_diverged_as_infinite(tmp_path):
    records = [
        with_losses("t1", "complete", [0.5, 0.4, 0.3, 0.2]),
        with_losses("t2", "diverged", [0.1, 0.1, np.nan], 2),
        with_losses("t3", "solved", [0.6, 0.1]),  # keeps its loss
        with_losses("t4", "diverged", [0.5, 7e9], 1, hidden_size=16),
        with_losses("t5", "complete", [0.5], hidden_size=32, learning_rate=1.0),
        Record("t6", {"task": "adding", "hidden_size": 8, "seed": 1}, "failed", error="x"),
    ]
    fill(tmp_path, records, ["hidden_size", "learning_rate"])
    results, inf = load(tmp_path), math.inf
    curves = results.curves("hidden_size")
    assert (curves.index.name, curves.columns.name) == ("epoch", "hidden_size")
    assert curves[8].tolist() == [0.5, 0.1, 0.3, 0.2]
    assert curves[16].tolist() == [0.5, inf, inf, inf]  # to the last row
    assert curves[32].fillna(-1).tolist() == [0.5, -1, -1, -1]
    both = results.curves()
    assert both.columns.names == ["hidden_size", "learning_rate"]
    assert list(both.columns) == [(8, 0.1), (16, 0.1), (32, 1.0)]
    assert results.curves([])["val_loss"].tolist() == [0.5, 0.4, 0.5, 0.5]
    assert results.curves("task").columns.tolist() == ["adding"]  # no swept setting
    with pytest.raises(SweepError, match="did you mean hidden_size"):
        results.curves("hiden_size")


def test_curves_before_the_first_trial_ends(tmp_path):
    fill(tmp_path, [], named=RECORDS)
    for by in (None, "hidden_size", []):
        assert load(tmp_path).curves(by).shape == (0, 0)


def test_loading_a_folder_without_results(tmp_path):
    with pytest.raises(ResultsError, match="no results of a sweep"):
        load(tmp_path / "absent")
    with Store.writer(tmp_path / "begun"):
        pass
    (tmp_path / "began").mkdir()  # without results
    meant = re.escape(f"did you mean {tmp_path / 'begun'}?")
    with pytest.raises(ResultsError, match=meant):
        load(tmp_path / "beganu")
    with pytest.raises(ResultsError, match="no trials yet"):
        load(tmp_path / "begun")
    assert not Folder(tmp_path / "begun").trials_csv.exists()
