"""The files of tables: their columns, exact numbers, and the same bytes for any order of trials."""

import json
import random
import signal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from table_cases import EPOCHS_CSV, RECORDS, SWEPT, TABLES, fill, read, settings

from rnnsweep.analysis.summary import STATISTICS
from rnnsweep.errors import ResultsError
from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.tables.frames import epochs_frame, trials_frame
from rnnsweep.tables.results import load
from rnnsweep.tables.write import write_tables


def test_the_bytes_of_the_files(folder):
    for name, text in TABLES.items():
        # Decoded, so that a failure shows the lines that differ; UTF-8 has one text for the bytes.
        assert (folder / name).read_bytes().decode() == text, name


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


def test_frames_have_the_content_of_the_files(folder):
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


def test_settings_are_in_the_order_of_their_first_appearance(tmp_path):
    first = Record("t1", {"task": "a", "b": 1, "seed": 0, "task_z": 1}, "complete")
    second = Record("t2", {"task": "b", "a": 2, "b": 1, "seed": 0, "task_y": 2}, "complete")
    fill(tmp_path, [second, first], ["task"], named=[first, second])
    columns = list(load(tmp_path).trials.columns)
    assert columns[:8] == ["trial_id", "status", "task", "b", "a", "seed", "task_z", "task_y"]


def test_the_tables_contain_the_trials_of_the_current_file_alone(folder):
    with Store.writer(folder) as store:
        store.set_sweep("grid", "", SWEPT, [("t9", {}), ("t2", RECORDS[1].settings)])
        write_tables(store)
    for name in ("trials.csv", "epochs.csv", "timings.csv"):
        assert set(read(folder / name)["trial_id"]) == {"t2"}


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


def test_frames_of_an_open_store(folder):
    with Store.reader(folder) as store:
        assert trials_frame(store).equals(load(folder).trials)
        assert epochs_frame(store).equals(load(folder).epochs)
