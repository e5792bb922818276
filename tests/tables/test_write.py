"""The tables: the design's columns to the letter, exact numbers, and what the seeds say."""

import csv
import json
import math
import random
import signal
import statistics
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.summary import OF_SUCCESS, STATISTICS, summarise
from rnnsweep.analysis.survey import SUCCESS
from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.record import STATUSES, Record
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.store.wanted import Asked
from rnnsweep.tables.frames import epochs_frame, summary_frame, trials_frame
from rnnsweep.tables.results import Results, load
from rnnsweep.tables.write import write_tables

SWEPT = ["hidden_size", "learning_rate", "seed"]


def settings(hidden_size, learning_rate, seed, **own):
    return {
        "task": "adding",
        "hidden_size": hidden_size,
        "learning_rate": learning_rate,
        "seed": seed,
        **{f"task_{name}": value for name, value in own.items()},
    }


RECORDS = [
    Record(
        "t1",
        settings(8, 0.1, 0, seq_len=10, inputs=["a", "b"]),
        "complete",
        np.array([[0.5, 0.1 + 0.2, 1e-300], [0.25, 0.125, 12345678.9]]),
        n_params=97,
        baselines={"mean": 0.16},
        best_epoch=1,
        test_loss=1 / 3,
        test_baseline=0.625,
        wall_s=0.25,
    ),
    Record(
        "t2",
        settings(8, 1.0, 0, seq_len=12, inputs=["a"]),
        "diverged",
        np.array([[0.5, 0.375, 2.0], [np.inf, np.nan, -np.inf]]),
        n_params=97,
        baselines={"persistence": 0.2, "mean": 0.36},
        best_epoch=0,
        test_loss=float("inf"),
        test_baseline=0.75,
        diverged_epoch=1,
        wall_s=0.5,
    ),
    Record(
        "t3",
        settings(16, 0.1, 0, noise=0.5),
        "failed",
        error='no "memory",\n  says é',
        wall_s=0.125,
    ),
]

TRIALS_CSV = """\
trial_id,status,task,hidden_size,learning_rate,seed,task_seq_len,task_inputs,task_noise,n_params,\
baseline,epochs_run,best_epoch,best_val_loss,test_loss,test_baseline,final_train_loss,\
final_val_loss,diverged_epoch,error
t1,complete,adding,8,0.1,0,10,"[""a"", ""b""]",,97,\
0.16,2,1,0.125,0.3333333333333333,0.625,0.25,0.125,,
t2,diverged,adding,8,1.0,0,12,"[""a""]",,97,\
0.2,2,0,0.375,,0.75,,,1,
t3,failed,adding,16,0.1,0,,,0.5,,\
,0,,,,,,,,"no ""memory"", says é"
"""

EPOCHS_CSV = """\
trial_id,hidden_size,learning_rate,seed,epoch,train_loss,val_loss,grad_norm
t1,8,0.1,0,0,0.5,0.30000000000000004,1e-300
t1,8,0.1,0,1,0.25,0.125,12345678.9
t2,8,1.0,0,0,0.5,0.375,2.0
t2,8,1.0,0,1,,,
"""

SUMMARY_CSV = """\
hidden_size,learning_rate,n,n_complete,n_diverged,n_failed,mean,std,ci95_low,ci95_high,median,\
median_test_loss,test_baseline,rank
8,0.1,1,1,0,0,0.125,,,,0.125,0.3333333333333333,0.625,1
8,1.0,1,0,1,0,,,,,,,0.75,2
16,0.1,1,0,0,1,,,,,,,,3
"""

TIMINGS_CSV = """\
trial_id,wall_s
t1,0.25
t2,0.5
t3,0.125
"""

TABLES = {
    "trials.csv": TRIALS_CSV,
    "epochs.csv": EPOCHS_CSV,
    "summary.csv": SUMMARY_CSV,
    "timings.csv": TIMINGS_CSV,
}


def fill(path, records, swept=SWEPT, named=None, metrics=()):
    with Store.writer(path) as store:
        trials = [(r.trial_id, r.settings) for r in (named or records)]
        store.set_sweep("grid", "", swept, trials, Asked(metrics))
        store.add(records)
        write_tables(store)
    return path


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "results", RECORDS)


def read(path):
    """A table as any program may read it; not every version of pandas reads floats exactly."""

    def cell(text):
        for kind in (int, float):
            with suppress(ValueError):
                return kind(text)
        return text or math.nan

    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    return pd.DataFrame([map(cell, row) for row in rows], columns=columns)


def test_files_to_the_byte(folder):
    for name, text in TABLES.items():
        assert (folder / name).read_bytes() == text.encode(), name


def test_bytes_do_not_depend_on_the_order_in_which_trials_end(tmp_path):
    records = [
        Record(f"t{i}", settings(8, 0.1, i, seq_len=10), "complete", rng.random((4, 3)))
        for i, rng in enumerate(np.random.default_rng(0).spawn(40))
    ]
    fill(tmp_path / "a", records)
    random.Random(0).shuffle(shuffled := list(records))
    with Store.writer(tmp_path / "b") as store:
        store.set_sweep("grid", "", SWEPT, [(r.trial_id, r.settings) for r in records[::-1]])
        failed = [Record(r.trial_id, r.settings, "failed", error="x") for r in shuffled[:9]]
        store.add(failed)
    with Store.writer(tmp_path / "b") as store:
        store.set_sweep("grid", "", SWEPT, [(r.trial_id, r.settings) for r in records])
        for record in shuffled:
            store.add([record])
        write_tables(store)
    for name in ("trials.csv", "epochs.csv", "summary.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@hypothesis_settings(max_examples=30, deadline=None)  # the disk sets the pace
@given(
    st.lists(
        st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1, max_size=20
    )
)
def test_floats_read_back_exactly(tmp_path_factory, losses):
    epochs = np.array(losses)
    path = fill(
        tmp_path_factory.mktemp("results"),
        [
            Record(
                "t1", settings(8, 0.1, 0), "complete", epochs, best_epoch=0, test_loss=losses[0][0]
            )
        ],
    )
    columns = ["train_loss", "val_loss", "grad_norm"]
    np.testing.assert_array_equal(read(path / "epochs.csv")[columns].to_numpy(), epochs)
    np.testing.assert_array_equal(load(path).epochs[columns].to_numpy(), epochs)
    (trial,) = read(path / "trials.csv").itertuples()
    assert (trial.best_val_loss, trial.test_loss) == (losses[0][1], losses[0][0])
    (setting,) = read(path / "summary.csv").itertuples()
    assert (setting.mean, setting.median) == (losses[0][1], losses[0][1])


def test_frames_hold_what_the_files_hold(folder):
    results = load(folder)
    for frame, name in (
        (results.trials, "trials.csv"),
        (results.epochs, "epochs.csv"),
        (results.summary(), "summary.csv"),
    ):
        expected = read(folder / name)
        assert list(frame.columns) == list(expected.columns)
        assert len(frame) == len(expected)
        for column in frame:
            assert frame[column].isna().equals(expected[column].isna()), column
            assert frame[column].dropna().tolist() == expected[column].dropna().tolist(), column


def test_types_of_the_frames(folder):
    trials, epochs = load(folder).trials, load(folder).epochs
    for name in ("hidden_size", "seed", "epochs_run"):
        assert trials[name].dtype == np.int64
    for name in ("n_params", "best_epoch", "diverged_epoch", "task_seq_len"):
        assert trials[name].dtype == pd.Int64Dtype()
    for name in (
        *("learning_rate", "baseline", "best_val_loss", "test_loss", "test_baseline"),
        "task_noise",
    ):
        assert trials[name].dtype == np.float64
    assert epochs["epoch"].dtype == np.int64
    assert epochs["train_loss"].dtype == np.float64
    assert json.loads(trials["task_inputs"][0]) == ["a", "b"]


def test_settings_stand_in_the_order_of_their_first_appearance(tmp_path):
    first = Record("t1", {"task": "a", "b": 1, "seed": 0, "task_z": 1}, "complete")
    second = Record("t2", {"task": "b", "a": 2, "b": 1, "seed": 0, "task_y": 2}, "complete")
    fill(tmp_path, [second, first], ["task"], named=[first, second])
    columns = list(load(tmp_path).trials.columns)
    assert columns[:8] == ["trial_id", "status", "task", "b", "a", "seed", "task_z", "task_y"]


def test_only_trials_of_the_current_file_stand_in_the_tables(folder):
    with Store.writer(folder) as store:
        store.set_sweep("grid", "", SWEPT, [("t9", {}), ("t2", RECORDS[1].settings)])
        write_tables(store)
    for name in ("trials.csv", "epochs.csv", "timings.csv"):
        assert set(read(folder / name)["trial_id"]) == {"t2"}


# Columns that not every sweep has


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


def test_accuracies_stand_where_a_trial_has_one(tmp_path):
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


def test_metrics_stand_together_whichever_trial_brings_them(tmp_path):
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


def test_a_metric_that_is_called_as_a_swept_setting(tmp_path):
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


def test_metrics_of_an_earlier_file_stand_in_no_table(tmp_path):
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


def test_success_is_told_where_there_is_a_criterion(tmp_path):
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
        "hidden_size,n,n_complete,n_diverged,n_failed,n_solved,mean,std,ci95_low,ci95_high,median,"
        "median_updates_to_success,median_test_loss,test_baseline,rank\n"
        "8,3,3,0,0,2,0.5,0.0,0.5,0.5,0.5,30.0,,,1\n"
        "16,3,1,1,1,1,0.5,,,,0.5,,,,2\n"
    )
    assert "3 solved, 1 diverged, 1 stopped, 1 failed" in repr(load(tmp_path))


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ({}, False),
        ({"val_loss_below": 0.0, "accuracy_above": 0.0}, False),
        ({"val_loss_below": 0.1, "accuracy_above": 0.0}, True),
        ({"accuracy_above": 0.5}, True),
    ],
)
def test_a_criterion_that_nobody_met_has_its_columns(tmp_path, criteria, told):
    records = [with_success("t0", "stopped"), with_success("t1", "stopped", **criteria)]
    fill(tmp_path, records, ["hidden_size"])
    assert (set(SUCCESS) <= set(read(tmp_path / "trials.csv").columns)) == told
    assert (set(OF_SUCCESS) <= set(read(tmp_path / "summary.csv").columns)) == told
    if told:
        assert load(tmp_path).trials["updates_to_success"].dtype == pd.Int64Dtype()


def test_before_the_first_trial_ends(tmp_path):
    fill(tmp_path, [], named=RECORDS)
    results = load(tmp_path)
    assert list(results.trials.columns[:5]) == ["trial_id", "status", *SWEPT]
    assert len(results.trials) == len(results.epochs) == len(results.summary()) == 0
    assert list(results.summary().columns) == [*SWEPT[:-1], *STATISTICS]
    assert (tmp_path / "epochs.csv").read_text() == EPOCHS_CSV.splitlines(keepends=True)[0]
    assert results.baselines() == {}
    assert "3 pending" in repr(results)


def test_tables_that_cannot_be_written_leave_the_old_ones(folder):
    resource = pytest.importorskip("resource")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    # as a full disk: files may not grow beyond 300 bytes, which trials.csv does
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Store.reader(folder) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
        try:
            with pytest.raises(ResultsError, match=r"trials\.csv.*disk is full"):
                write_tables(store)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, ignored)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


# The summary

# 0.975 quantiles of Student's t for 1, 2, ... degrees of freedom, from printed tables
T_975 = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281]


UNBROKEN = ("complete", "solved", "stopped")


def naive_summary(trials, by):
    """The summary as the design tells it, setting by setting, as a list of dicts."""
    groups = {}
    told = [trial for trial in trials if trial["status"] != "failed"]
    over_baseline = len({trial["task_noise"] for trial in told}) > 1 and all(
        (trial["baseline"] or 0) > 0 for trial in told
    )
    for trial in trials:
        groups.setdefault(tuple(trial[name] for name in by), []).append(trial)
    rows = []
    for key, members in groups.items():
        status = [trial["status"] for trial in members]
        losses = [t["best_val_loss"] for t in members if t["status"] in UNBROKEN]
        row = dict(zip(by, key, strict=True))
        row["n"] = len(members)
        row["n_complete"] = sum(status.count(name) for name in UNBROKEN)
        row["n_diverged"] = status.count("diverged")
        row["n_failed"] = status.count("failed")
        row["mean"] = statistics.fmean(losses) if losses else math.nan
        row["std"] = statistics.stdev(losses) if len(losses) > 1 else math.nan
        half = math.nan
        if len(losses) > 1:
            half = T_975[len(losses) - 2] * row["std"] / math.sqrt(len(losses)) / row["mean"]
        row["ci95_low"], row["ci95_high"] = (row["mean"] * math.exp(it) for it in (-half, half))
        row["median"] = statistics.median(losses) if losses else math.nan
        tested = [t["test_loss"] for t in members if t["status"] in UNBROKEN]
        row["median_test_loss"] = statistics.median(tested) if tested else math.nan
        measured = [t for t in members if t["status"] != "failed"]
        trivial = [t["test_baseline"] for t in measured]
        alike = len({t["task_noise"] for t in measured}) == 1 or len(set(trivial)) == 1
        row["test_baseline"] = statistics.median(trivial) if trivial and alike else math.nan
        ranked = [
            t["best_val_loss"] / (t["baseline"] if over_baseline else 1)
            for t in members
            if t["status"] in UNBROKEN
        ] + [math.inf] * row["n_diverged"]
        # a setting of which every trial failed comes after those that diverged
        row["by"] = (0, statistics.median(ranked)) if ranked else (1, 0.0)
        rows.append(row)
    for row in rows:
        row["rank"] = 1 + sum(other["by"] < row["by"] for other in rows)
    for row in sorted(rows, key=lambda row: row["rank"]):
        del row["by"]
        yield row


LOSSES = st.one_of(st.sampled_from([0.25, 0.5, 1.0]), st.floats(1e-6, 1e6))
TRIALS = st.lists(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(STATUSES),
            "hidden_size": st.sampled_from([8, 16]),
            "activation": st.sampled_from(["tanh", "relu"]),
            "task_noise": st.sampled_from([None, 0.5]),
            "baseline": st.sampled_from([0.25, 0.5, 2.0]),
            "best_val_loss": LOSSES,
            "test_loss": LOSSES,
            "test_baseline": LOSSES,
        }
    ),
    min_size=1,
    max_size=11,
)
KEYS = ["hidden_size", "activation", "task_noise"]


def summary_of(trials, by):
    """The summary of trials given as dicts."""

    def numbers(name):
        values = [math.nan if it["status"] == "failed" else it[name] for it in trials]
        return np.array([math.nan if value is None else value for value in values], float)

    missing = np.full(len(trials), math.nan)
    outcomes = Outcomes(
        [f"t{i}" for i in range(len(trials))],
        [trial["status"] for trial in trials],
        {name: [trial[name] for trial in trials] for name in KEYS},
        {
            "best_val_loss": numbers("best_val_loss"),
            "baseline": numbers("baseline"),
            "test_loss": numbers("test_loss"),
            "test_baseline": numbers("test_baseline"),
            "updates_to_success": missing,
        },
    )
    return summary_frame(summarise(outcomes, by, success=False))


@hypothesis_settings(deadline=None)  # the first example imports
@given(
    trials=TRIALS,
    by=st.lists(st.sampled_from(KEYS), unique=True),
    without=st.none() | st.tuples(st.integers(0, 10), st.sampled_from([None, 0.0])),
)
def test_summary_is_that_of_the_naive_twin(trials, by, without):
    if without is not None:  # a trial without a baseline, or with one of 0
        place, baseline = without
        trials[place % len(trials)]["baseline"] = baseline
    summary = summary_of(trials, by)
    expected = pd.DataFrame(naive_summary(trials, by))
    assert list(summary.columns) == [*by, *STATISTICS]
    estimates = ("mean", "std", "ci95_low", "ci95_high")
    exact = [name for name in summary if name not in estimates]
    pd.testing.assert_frame_equal(
        summary[exact], expected[exact], check_dtype=False, check_exact=True
    )
    mean, std = expected["mean"], expected["std"]
    log_high = np.log(expected["ci95_high"] / mean)
    # Sums of up to eleven numbers in another order: the rounding goes with their size. The printed
    # table has t to four decimals, 2.3e-5 of the smallest; t / sqrt(n) is 9 at most, and so is
    # the logarithm of an end over the mean, by which an error of t is multiplied.
    ends = 3e-5 * log_high + 1e-11
    tolerances = {
        "mean": 1e-12 * mean,
        "std": 1e-12 * (mean + std),
        "ci95_low": ends * expected["ci95_low"],
        "ci95_high": ends * expected["ci95_high"],
    }
    for name, tolerance in tolerances.items():
        assert summary[name].isna().equals(expected[name].isna()), name
        difference = abs(summary[name] - expected[name])
        assert ((difference <= tolerance) | expected[name].isna()).all(), name


def test_survivors_alone_crown_nobody():
    def seeds(size, *losses):
        return [
            {
                "status": "diverged" if loss is None else "complete",
                "hidden_size": size,
                "activation": "tanh",
                "task_noise": None,
                "baseline": 0.2,
                "best_val_loss": 0.001 if loss is None else loss,
                "test_loss": 0.002 if loss is None else 2 * loss,
                "test_baseline": 0.3,
            }
            for loss in losses
        ]

    trials = seeds(8, 0.01, None, None) + seeds(16, 0.5, 0.6, 0.7) + seeds(32, 0.02, 0.03, None)
    summary = summary_of(trials, ["hidden_size"])
    assert summary["hidden_size"].tolist() == [32, 16, 8]
    assert summary["rank"].tolist() == [1, 2, 3]
    assert summary["median"].tolist() == [0.025, 0.6, 0.01]
    assert summary["median_test_loss"].tolist() == [0.05, 1.2, 0.02]  # of the same trials


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


PROBLEMS = {
    "another task": ({"task": "copy"}, True),
    "another length": ({"task_seq_len": 20}, True),
    "another loss": ({"loss": "mae"}, True),
    "another delta": ({"huber_delta": 0.5}, True),
    "more sequences": ({"task_n_train": 9000, "task_n_val": 9, "task_fresh": True}, False),
    "another model": ({"hidden_size": 99}, False),
}


def of_problem(trial_id, val_loss, baseline, test_baseline=None, **own):
    given = {"task": "adding", "hidden_size": 8, "seed": 0, "task_seq_len": 10, **own}
    baselines = {} if baseline is None else {"mean": baseline, "worse": 9.0}
    return Record(
        trial_id,
        given,
        "complete",
        np.full((1, 3), val_loss),
        best_epoch=0,
        baselines=baselines,
        test_baseline=test_baseline,
    )


def test_the_baseline_on_the_test_part_of_a_row(tmp_path):
    records = [
        *(of_problem(f"t{i}", 0.1, 0.1, 0.1 * i, seed=i) for i in (1, 2, 3)),
        of_problem("t4", 0.1, 0.1, 0.9, seed=1, task_n_val=9),  # as much of the same problem
        of_problem("t5", 0.1, 0.1, 5.0, task_seq_len=20),
        of_problem("t6", 0.1, 0.1, None, task_seq_len=30),
    ]
    fill(tmp_path, records, ["task_seq_len", "task_n_val"])
    results = load(tmp_path)
    lengths = results.summary("task_seq_len").set_index("task_seq_len")["test_baseline"]
    assert lengths[10] == pytest.approx(0.25)
    assert lengths[20] == 5.0
    assert math.isnan(lengths[30])
    # Trials of different problems share no baseline, unless it is the same one.
    assert np.isnan(results.summary("hidden_size")["test_baseline"]).all()
    records = [of_problem(f"t{i}", 0.1, 0.1, 0.9, task_seq_len=i) for i in (1, 2, 3)]
    fill(tmp_path, records, ["task_seq_len"])
    assert load(tmp_path).summary("hidden_size")["test_baseline"].tolist() == [0.9]
    records[2] = of_problem("t3", 0.1, 0.1, None, task_seq_len=3)
    fill(tmp_path, records, ["task_seq_len"])
    assert np.isnan(load(tmp_path).summary("hidden_size")["test_baseline"]).all()


@pytest.mark.parametrize("which", PROBLEMS)
@pytest.mark.parametrize("baseline", [10.0, 0.0, None])
def test_losses_of_problems_that_differ_are_ranked_over_their_baselines(tmp_path, which, baseline):
    own, differs = PROBLEMS[which]
    records = [of_problem("t1", 0.1, 0.1), of_problem("t2", 5.0, baseline, **own)]
    fill(tmp_path, records, list(own))
    results, by_ratio = load(tmp_path), differs and baseline == 10.0
    assert results.over_baseline == by_ratio
    summary = read(tmp_path / "summary.csv")
    assert summary["median"].tolist() == ([5.0, 0.1] if by_ratio else [0.1, 5.0])
    assert summary["rank"].tolist() == [1, 2]
    assert results.best(1)["median"].tolist() == [5.0 if by_ratio else 0.1]
    assert results.summary(by="seed")["rank"].tolist() == [1]  # whatever is told apart
    with Store.reader(tmp_path) as store:
        assert store.best() == ("t2" if by_ratio else "t1")
    assert results.baselines() == (
        {} if differs else {"mean": (0.1 + baseline) / 2 if baseline is not None else 0.1,
                            "worse": 9.0}
    )  # fmt: skip


def test_baselines_of_each_problem(tmp_path):
    records = [
        of_problem("t1", 0.5, 0.25),
        of_problem("t2", 0.5, 0.75, seed=1),
        of_problem("t3", 0.5, 10.0, task_seq_len=20),
        of_problem("t4", 0.5, None, task_seq_len=30),
        Record("t5", {"task": "adding", "task_seq_len": 40, "seed": 0}, "failed", error="x"),
    ]
    fill(tmp_path, records, ["task_seq_len", "seed"])
    assert load(tmp_path).baselines_by_problem() == [
        ({"task_seq_len": 10}, {"mean": 0.5, "worse": 9.0}),
        ({"task_seq_len": 20}, {"worse": 9.0, "mean": 10.0}),
        ({"task_seq_len": 30}, {}),
    ]


def test_an_axis_of_one_value_makes_no_problems(tmp_path):
    records = [of_problem("t1", 0.1, 0.1), of_problem("t2", 5.0, 10.0, hidden_size=9)]
    fill(tmp_path, records, ["task_seq_len", "hidden_size"])
    assert not load(tmp_path).over_baseline
    with Store.reader(tmp_path) as store:
        assert store.best() == "t1"


def test_a_loss_over_its_baseline_that_overflows(tmp_path):
    records = [of_problem("t1", 1e300, 1e-300), of_problem("t2", 0.1, 1.0, task_seq_len=20)]
    fill(tmp_path, records, ["task_seq_len"])
    assert load(tmp_path).summary()["task_seq_len"].tolist() == [20, 10]


@pytest.mark.parametrize("n", ["3", 0, -1, 2.0, True, None])
def test_a_number_of_rows_that_is_none(folder, n):
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


def test_summary_by_what_is_asked(folder):
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
    with pytest.raises(SweepError, match=r"'hiden_size'.*did you mean 'hidden_size'"):
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


# The Python face


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


def test_what_went_wrong_is_counted(folder):
    results = load(folder)
    assert results.errors() == {'no "memory", says é': 1}
    results.errors().clear()
    assert results.errors().total() == 1


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
    with pytest.raises(SweepError, match="did you mean 'hidden_size'"):
        results.curves("hiden_size")


def test_curves_before_the_first_trial_ends(tmp_path):
    fill(tmp_path, [], named=RECORDS)
    for by in (None, "hidden_size", []):
        assert load(tmp_path).curves(by).shape == (0, 0)


def test_load_where_nothing_is(tmp_path):
    with pytest.raises(ResultsError, match="no results of a sweep"):
        load(tmp_path / "absent")
    with Store.writer(tmp_path / "begun"):
        pass
    with pytest.raises(ResultsError, match="no trials yet"):
        load(tmp_path / "begun")
    assert not Folder(tmp_path / "begun").trials_csv.exists()


def test_frames_of_an_open_store(folder):
    with Store.reader(folder) as store:
        assert trials_frame(store).equals(load(folder).trials)
        assert epochs_frame(store).equals(load(folder).epochs)
