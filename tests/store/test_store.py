"""Records read back as they were written, and what an edited sweep changes in the store."""

import sqlite3
import time
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from store_cases import SWEPT, epochs_of, named, record, settings, trial_id

from rnnsweep.record import STATUSES, Record
from rnnsweep.store import store, walk
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import Change, Counts, Pending


@hypothesis_settings(max_examples=50, deadline=None)  # the disk sets the pace
@given(
    epochs=hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(3, 6))),
    test_loss=st.none() | st.floats(),
    error=st.none() | st.text(),
    best=st.integers(0, 4),
    updates=st.none() | st.integers(0, 2**63 - 1),
    tested=st.tuples(*[st.none() | st.floats()] * 2),
)
def test_a_record_comes_back(tmp_path_factory, epochs, test_loss, error, best, updates, tested):
    given_record = Record(
        trial_id(0),
        settings(0),
        "complete",
        epochs,
        n_params=3,
        baselines={"persistence": 0.25, "mean": 0.1 + 0.2},
        best_epoch=best if best < len(epochs) else None,
        test_loss=test_loss,
        test_baseline=tested[0],
        test_accuracy=tested[1],
        error=error,
        wall_s=1.5,
        extra_columns=("accuracy", 'with "quotes" é', "grad_flow_16")[: epochs.shape[1] - 3],
        updates_to_success=updates,
        sequences_to_success=updates,
    )

    def number(value):
        return value if value is not None and np.isfinite(value) else None

    with Store.writer(tmp_path_factory.mktemp("results")) as results:
        results.set_sweep("grid", "", SWEPT, named(0))
        results.add([given_record])
        ((trial, rows),) = epochs_of(results)
        assert list(results.trials()) == [trial]
    assert rows == [(i, *map(number, row)) for i, row in enumerate(epochs.tolist())]
    assert trial.trial_id == given_record.trial_id
    assert trial.settings == given_record.settings
    assert list(trial.baselines.items()) == list(given_record.baselines.items())
    assert trial.error == error
    assert trial.epochs_run == given_record.epochs_run
    assert trial.extra_columns == given_record.extra_columns
    assert (trial.updates_to_success, trial.sequences_to_success) == (updates, updates)
    assert (trial.n_params, trial.best_epoch, trial.wall_s) == (3, given_record.best_epoch, 1.5)
    tested = ("test_loss", "test_baseline", "best_val_accuracy", "test_accuracy")
    for name in ("baseline", "best_val_loss", "final_train_loss", "final_val_loss", *tested):
        assert getattr(trial, name) == number(getattr(given_record, name)), name


def test_an_error_with_bytes_that_are_not_text_is_stored(tmp_path):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(0))
        results.add([record(0, "failed", epochs=0, error="no file \udcff")])
        (trial,) = results.trials()
    assert trial.error == "no file \\udcff"


def test_trials_come_in_the_order_of_the_sweep(folder, monkeypatch):
    monkeypatch.setattr(walk, "CHUNK", 2)  # so that they come in several chunks
    with Store.writer(folder.path) as results:
        results.set_sweep("grid", "", SWEPT, named(7, 2, 8, 3, 9, 0, 1))  # 7, 8, 9 have not ended
        expected = [trial_id(i) for i in (2, 3, 0, 1)]
        assert [trial.trial_id for trial in results.trials()] == expected
        assert [(trial.trial_id, len(rows)) for trial, rows in epochs_of(results)] == list(
            zip(expected, (3, 3, 3, 0), strict=True)
        )


def test_counts(folder):
    with Store.reader(folder.path) as results:
        assert results.counts() == Counts(total=6, complete=2, diverged=1, failed=1)
        assert (results.counts().done, results.counts().pending) == (3, 2)
    with Store.writer(folder.path) as results:
        results.add([record(i, status) for i, status in enumerate(STATUSES)])
        assert results.counts() == Counts(6, *[1] * len(STATUSES))
        assert (results.counts().done, results.counts().pending) == (4, 1)


def test_trials_are_counted_whichever_file_named_them(folder):
    with Store.reader(folder.path) as results:
        assert results.count_done(trial_id(i) for i in (0, 1, 2, 5, 99)) == 2
        info = results.info()
        assert info[:3] == ("grid", "[task]", ("hidden_size",))
        assert info.requirements == Requirements((), "none")
        assert results.finished_since(info.started) == 4
        assert results.finished_since(time.time() + 60) == 0


def test_pending_are_those_without_record_and_the_failed(folder, monkeypatch):
    monkeypatch.setattr(store, "CHUNK", 2)
    with Store.writer(folder.path) as results:
        assert list(results.pending()) == [Pending(i, ()) for i in (1, 4, 5)]
        seen = []
        for position, _ in results.pending():  # each once, though they fail again while we look
            seen.append(position)
            results.add([record(position, "failed", epochs=0)])
        assert seen == [1, 4, 5]
        results.add([record(i) for i in (1, 4, 5)])
        assert list(results.pending()) == []


def test_a_second_record_replaces_the_first(folder):
    with Store.writer(folder.path) as results:
        results.add([record(1, "complete", epochs=2), record(3, "diverged", epochs=1)])
        lengths = {trial.trial_id: (trial.status, len(rows)) for trial, rows in epochs_of(results)}
    assert lengths[trial_id(1)] == ("complete", 2)
    assert lengths[trial_id(3)] == ("diverged", 1)
    with closing(sqlite3.connect(folder.store_db)) as db:
        assert db.execute("SELECT count(*) FROM epochs").fetchone() == (4,)


def test_records_are_added_all_or_none(folder):
    def broken():
        yield record(4)
        raise KeyboardInterrupt

    with Store.writer(folder.path) as results:
        before = list(epochs_of(results))
        with pytest.raises(KeyboardInterrupt):
            results.add(broken())
        assert list(epochs_of(results)) == before
        results.add([record(4)])  # and the store goes on
        assert results.counts().done == 4


def test_a_sweep_that_cannot_be_set_leaves_the_last_one(folder):
    def broken():
        yield trial_id(9), settings(9)
        raise KeyboardInterrupt

    with Store.writer(folder.path) as results:
        before = (results.info(), results.counts(), list(results.trials()))
        with pytest.raises(KeyboardInterrupt):
            results.set_sweep("other", "", [], broken())
        assert (results.info(), results.counts(), list(results.trials())) == before


def test_an_edited_sweep_keeps_what_it_names_and_hides_the_rest(folder):
    with Store.writer(folder.path) as results:
        before = list(epochs_of(results))
        # 1 had failed
        assert results.set_sweep("edited", "", SWEPT, named(7, 3, 1)) == Change(2, 1, 2)
        assert [trial.trial_id for trial in results.trials()] == [trial_id(3), trial_id(1)]
        assert results.set_sweep("grid", "[task]", SWEPT, named(*range(6))) == Change(3, 3, 0)
        assert list(epochs_of(results)) == before


def test_settings_are_those_of_the_file_run_last(folder):
    moved = {**settings(3), "task_path": "elsewhere.csv"}
    with Store.writer(folder.path) as results:
        results.set_sweep("grid", "", SWEPT, [*named(0), (trial_id(3), moved)])
        assert [trial.settings for trial in results.trials()] == [settings(0), moved]


def test_names_with_odd_characters(tmp_path):
    path = tmp_path / "a b#c?d%20é&mode=ro"
    with Store.writer(path) as results:
        results.set_sweep("grid", "", SWEPT, named(0))
    with Store.reader(path) as results:
        assert results.counts().total == 1
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_loss_of_minus_zero_is_no_damage(tmp_path):
    losses = np.array([[-0.0, -0.0, 0.0]])
    with Store.writer(tmp_path / "results") as store:
        store.set_sweep("sweep", "", SWEPT, named(0))
        store.add([replace(record(0), epochs=losses, best_epoch=0, test_loss=-0.0, wall_s=1.0)])
    with Store.reader(tmp_path / "results") as store:
        ((trial, epochs),) = store.epoch_arrays()
        assert (trial.best_val_loss, trial.test_loss) == (0.0, 0.0)
        assert epochs.tobytes() == losses.tobytes()
