"""Rows and cells of summary.csv and of `Results.summary`."""

import math

import numpy as np
import pytest
from table_cases import RECORDS, fill, read, settings

from rnnsweep.analysis.summary import STATISTICS
from rnnsweep.errors import SweepError
from rnnsweep.record import Record
from rnnsweep.tables.results import load


def test_a_test_loss_that_is_not_finite_counts_as_infinite(tmp_path):
    def with_test_loss(trial_id, size, loss):
        epochs, own = np.full((1, 3), 0.5), {"best_epoch": 0, "test_loss": loss}
        return Record(trial_id, settings(size, 0.1, 0), "complete", epochs, **own)

    losses = {8: [0.5, 0.75, math.inf], 16: [0.5, math.inf, math.nan], 32: [0.5, math.inf]}
    records = [
        with_test_loss(f"t{size}{i}", size, loss)
        for size in losses
        for i, loss in enumerate(losses[size])
    ]
    fill(tmp_path, records, ["hidden_size"])
    table = read(tmp_path / "summary.csv").set_index("hidden_size")["median_test_loss"]
    assert table.fillna(-1).to_dict() == {8: 0.75, 16: -1, 32: -1}
    assert load(tmp_path).summary()["median_test_loss"].fillna(-1).tolist() == [0.75, -1, -1]


def test_a_mean_of_few_seeds_has_an_interval_above_0(tmp_path):
    records = [
        Record(f"t{i}", settings(8, 0.1, i), "complete", np.full((1, 3), loss), best_epoch=0)
        for i, loss in enumerate([0.01, 0.02, 0.6])
    ] + [
        Record(f"t{i}", settings(16, 0.1, i), "complete", np.zeros((1, 3)), best_epoch=0)
        for i in (7, 8)
    ]
    fill(tmp_path, records, ["hidden_size"])
    exact, few = read(tmp_path / "summary.csv").itertuples()
    assert (exact.hidden_size, exact.ci95_low, exact.ci95_high) == (16, 0.0, 0.0)
    assert 0 < few.ci95_low < few.mean < few.ci95_high
    assert few.ci95_low * few.ci95_high == pytest.approx(few.mean**2, rel=1e-12)


@pytest.mark.parametrize("n", ["3", 0, -1, 2.0, True, None])
def test_a_number_of_rows_that_is_not_a_whole_number(folder, n):
    with pytest.raises(SweepError, match=r"n is .*; allowed: a whole number of at least 1"):
        load(folder).best(n)
    assert len(load(folder).best(np.int64(2))) == 2


def test_a_spread_that_overflows_is_an_empty_cell_not_a_warning(tmp_path):
    records = [
        Record(f"t{i}", settings(8, 0.1, i), "complete", np.full((1, 3), loss), best_epoch=0)
        for i, loss in enumerate([1e308, 1.5e308])
    ]
    fill(tmp_path, records)
    (row,) = read(tmp_path / "summary.csv").itertuples()
    assert row.n_complete == 2
    assert math.isnan(row.std)


def test_the_summary_by_other_settings(folder):
    results = load(folder)
    assert results.swept == ["hidden_size", "learning_rate"]
    assert results.summary(by="hidden_size")["n"].tolist() == [2, 1]
    assert results.summary(by=["task", "task"]).columns[:2].tolist() == ["task", "n"]
    assert results.summary(by=["task_inputs"])["task_inputs"].isna().tolist() == [
        False,
        False,
        True,
    ]
    assert results.summary(by=[]).shape == (1, len(STATISTICS))
    assert results.best(2).equals(results.summary().head(2))
    with pytest.raises(SweepError, match=r"'hiden_size'.*did you mean hidden_size"):
        results.summary(by=["hiden_size"])
    with pytest.raises(SweepError, match="'best_val_loss'"):
        results.summary(by="best_val_loss")


def test_nothing_swept_but_the_seed(tmp_path):
    records = [
        Record(f"t{i}", settings(8, 0.1, i), "complete", np.full((1, 3), i), best_epoch=0)
        for i in range(3)
    ]
    fill(tmp_path, records, ["seed"])
    (row,) = read(tmp_path / "summary.csv").itertuples(index=False)
    assert row._fields == STATISTICS
    assert (row.n, row.mean, row.median, row.rank) == (3, 1.0, 1.0, 1)


def test_a_summary_without_pandas_is_the_same(folder):
    results = load(folder)
    for by in (None, "hidden_size", ["task_inputs", "seed"], []):
        plain, frame = results.summarised(by), results.summary(by)
        assert plain.heading == list(frame.columns)
        expected = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        assert list(map(list, plain.rows())) == expected


def test_a_setting_that_no_trial_has_had_yet(tmp_path):
    # as that of a task whose trials are all to come when a run is interrupted
    fill(tmp_path, RECORDS[:1], ["hidden_size", "task_delay"])
    assert (tmp_path / "epochs.csv").read_text().startswith("trial_id,hidden_size,task_delay,seed,")
    (row,) = read(tmp_path / "summary.csv").itertuples()
    assert (row.hidden_size, row.n) == (8, 1)
    assert math.isnan(row.task_delay)
    assert load(tmp_path).summary("task_delay")["n"].tolist() == [1]
