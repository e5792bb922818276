"""Columns that not every sweep has: metrics, accuracies, success."""

import numpy as np
import pandas as pd
import pytest
from table_cases import fill, read, settings

from rnnsweep.analysis.summary import SUCCESS_STATISTICS
from rnnsweep.analysis.survey import SUCCESS
from rnnsweep.record import Record
from rnnsweep.tables.results import load


def with_extra(trial_id, extra, values, seed=0):
    epochs = np.array([[0.5, 0.25, 1.0, *values]])
    return Record(
        trial_id, settings(8, 0.1, seed), "complete", epochs, best_epoch=0, extra_columns=extra
    )


def test_extra_columns_of_the_epochs_follow_the_fixed_ones(tmp_path):
    records = [
        with_extra("t1", ("accuracy", "share_clipped"), [0.1 + 0.2, np.nan]),
        with_extra("t2", ("share_clipped", "grad_norm_W_hh"), [1.0, 1e-300]),
        with_extra("t3", (), []),
    ]
    fill(tmp_path, records, ["hidden_size"], metrics=("share_clipped", "grad_norms"))
    assert (tmp_path / "epochs.csv").read_text() == (
        "trial_id,hidden_size,seed,epoch,train_loss,val_loss,grad_norm,"
        "accuracy,grad_norm_W_hh,share_clipped\n"
        "t1,8,0,0,0.5,0.25,1.0,0.30000000000000004,,\n"
        "t2,8,0,0,0.5,0.25,1.0,,1e-300,1.0\n"
        "t3,8,0,0,0.5,0.25,1.0,,,\n"
    )
    epochs, expected = load(tmp_path).epochs, read(tmp_path / "epochs.csv")
    assert list(epochs.columns) == list(expected.columns)
    for name in expected.columns[-3:]:
        assert epochs[name].dtype == np.float64
        np.testing.assert_array_equal(epochs[name], expected[name])


def test_accuracies_are_columns_where_a_trial_has_one(tmp_path):
    def classes(trial_id, status, accuracy, **fields):
        epochs = np.array([[0.5, 0.25, 1.0, 0.75], [0.5, 0.5, 1.0, accuracy]])
        own = {"extra_columns": ("accuracy",), "test_accuracy": 0.625, "best_epoch": 0, **fields}
        return Record(trial_id, settings(8, 0.1, 0), status, epochs, test_baseline=0.7, **own)

    records = [
        classes("t1", "complete", 0.5),
        classes("t2", "complete", 0.875, best_epoch=1),
        classes("t3", "diverged", np.nan, best_epoch=None, test_accuracy=None, diverged_epoch=1),
        with_extra("t4", (), []),
        Record("t5", settings(8, 0.1, 0), "failed", error="x"),
    ]
    fill(tmp_path, records)
    table, frame = read(tmp_path / "trials.csv"), load(tmp_path).trials
    at = table.columns.get_loc("test_loss")
    expected = ["test_baseline", "best_val_accuracy", "test_accuracy", "final_train_loss"]
    assert list(table.columns[at + 1 : at + 5]) == list(frame.columns[at + 1 : at + 5]) == expected
    assert table["best_val_accuracy"].fillna(-1).tolist() == [0.75, 0.875, -1, -1, -1]
    assert table["test_accuracy"].fillna(-1).tolist() == [0.625, 0.625, -1, -1, -1]
    for name in expected:
        assert frame[name].dtype == np.float64
        assert frame[name].fillna(-1).tolist() == table[name].fillna(-1).tolist()


def test_columns_of_a_metric_are_neighbours_whichever_trial_has_them(tmp_path):
    flow = ("grad_flow_0", "grad_flow_1", "effective_memory")
    longer = ("accuracy", "grad_norm_W_hh", "grad_flow_0", "grad_flow_1", "grad_flow_2")
    records = [with_extra("t1", flow, [1, 2, 3]), with_extra("t2", longer, [4, 5, 6, 7, 8])]
    fill(tmp_path, records, metrics=("grad_norms", "gradient_flow"))
    table = read(tmp_path / "epochs.csv")
    expected = ["accuracy", "grad_norm_W_hh", *flow[:2], "grad_flow_2", "effective_memory"]
    assert list(table.columns[8:]) == expected
    assert table.iloc[:, 8:].fillna(0).to_numpy().tolist() == [
        [0, 0, 1, 2, 0, 3],
        [4, 5, 6, 7, 8, 0],
    ]


def test_a_metric_with_the_name_of_a_swept_setting(tmp_path):
    record = Record(
        "t1",
        {"task": "adding", "spectral_radius": 0.9, "seed": 0},
        "complete",
        np.array([[0.5, 0.25, 1.0, 0.8]]),
        best_epoch=0,
        extra_columns=("spectral_radius",),
    )
    fill(tmp_path, [record], ["spectral_radius"], metrics=("spectral_radius",))
    (row,) = read(tmp_path / "epochs.csv").itertuples()
    assert (row.spectral_radius, row.measured_spectral_radius) == (0.9, 0.8)
    (row,) = load(tmp_path).epochs.itertuples()
    assert (row.spectral_radius, row.measured_spectral_radius) == (0.9, 0.8)


def test_metrics_of_an_earlier_file_are_in_no_table(tmp_path):
    # The same file gives the same bytes, whatever was asked for before it.
    extra = ("accuracy", "dead_units", "grad_flow_0", "grad_flow_1", "effective_memory")
    records = [with_extra("t1", extra, [0.5, 0.1, 1.0, 0.1, 0.0])]
    for metrics, shown in (((), extra[:1]), (("dead_units",), extra[:2])):
        fill(tmp_path, records, metrics=metrics)
        assert tuple(read(tmp_path / "epochs.csv").columns[8:]) == shown
        assert tuple(load(tmp_path).epochs.columns[8:]) == shown


def with_success(trial_id, status, updates=None, size=8, **criteria):
    return Record(
        trial_id,
        {"task": "adding", "hidden_size": size, **criteria, "seed": int(trial_id[1:])},
        status,
        np.full((1, 3), 0.5),
        n_params=3,
        best_epoch=0 if status != "failed" else None,
        updates_to_success=updates,
        sequences_to_success=None if updates is None else 32 * updates,
        error="x" if status == "failed" else None,
    )


def test_success_has_columns_where_there_is_a_criterion(tmp_path):
    records = [
        with_success("t0", "solved", 10, accuracy_above=0.9),
        with_success("t1", "solved", 30),
        with_success("t2", "stopped"),
        with_success("t3", "diverged", size=16),
        with_success("t4", "failed", size=16),
        with_success("t5", "solved", 7, size=16),
    ]
    fill(tmp_path, records, ["hidden_size", "seed"])
    trials = read(tmp_path / "trials.csv")
    assert tuple(trials.columns[-3:]) == (*SUCCESS, "error")
    assert trials["updates_to_success"].fillna(0).tolist() == [10, 30, 0, 0, 0, 7]
    assert trials["sequences_to_success"].fillna(0).tolist() == [320, 960, 0, 0, 0, 224]
    frame = load(tmp_path).trials
    for name in SUCCESS:
        assert frame[name].dtype == pd.Int64Dtype()
        assert frame[name].dropna().tolist() == trials[name].dropna().tolist()
    # of the trials of size 16 that did not fail half were solved: no median
    assert (tmp_path / "summary.csv").read_text() == (
        "hidden_size,n,n_complete,n_diverged,n_failed,n_solved,mean,std,ci95_low,ci95_high,median,iqm,"
        "median_updates_to_success,median_test_loss,test_baseline,rank\n"
        "8,3,3,0,0,2,0.5,0.0,0.5,0.5,0.5,0.5,30.0,,,1\n"
        "16,3,1,1,1,1,0.5,,,,0.5,,,,,2\n"
    )
    assert "3 solved, 1 diverged, 1 stopped, 1 failed" in repr(load(tmp_path))


@pytest.mark.parametrize(
    ("criteria", "has_columns"),
    [
        ({}, False),
        ({"val_loss_below": 0.0, "accuracy_above": 0.0}, False),
        ({"val_loss_below": 0.1, "accuracy_above": 0.0}, True),
        ({"accuracy_above": 0.5}, True),
    ],
)
def test_a_criterion_that_no_trial_met_has_its_columns(tmp_path, criteria, has_columns):
    records = [with_success("t0", "stopped"), with_success("t1", "stopped", **criteria)]
    fill(tmp_path, records, ["hidden_size"])
    assert (set(SUCCESS) <= set(read(tmp_path / "trials.csv").columns)) == has_columns
    assert (set(SUCCESS_STATISTICS) <= set(read(tmp_path / "summary.csv").columns)) == has_columns
    if has_columns:
        assert load(tmp_path).trials["updates_to_success"].dtype == pd.Int64Dtype()
