"""The store: what goes in comes out, and what happens when the world is against it."""

import errno
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from store_cases import named, record, settings, trial_id, with_params

from rnnsweep.errors import ResultsError
from rnnsweep.record import METRICS, STATUSES, Record, metric_of, metrics_in
from rnnsweep.store import database, store
from rnnsweep.store import reader as stored_sweep
from rnnsweep.store.folder import Folder
from rnnsweep.store.rows import epochs_blob, read_epochs
from rnnsweep.store.standing import Change, Counts, Pending
from rnnsweep.store.store import Store
from rnnsweep.store.wanted import Asked

SWEPT = ["hidden_size", "seed"]
ROOT = Path(__file__).parents[2]


def epochs_of(results):
    """The trials, each with a row an epoch: its number, then its columns, None for no number."""
    for trial, epochs in results.epoch_arrays():
        rows = [[None if np.isnan(value) else value for value in row] for row in epochs.tolist()]
        yield trial, [(epoch, *row) for epoch, row in enumerate(rows)]


@pytest.fixture
def folder(tmp_path):
    """Six trials of which four ended: one diverged, one failed."""
    with Store.writer(tmp_path / "results") as results:
        results.set_sweep("grid", "[task]", SWEPT, named(*range(6)))
        results.add([record(3), record(0), record(2, "diverged"), record(1, "failed", epochs=0)])
    return Folder(tmp_path / "results")


def snapshot(path):
    """Everything under a path: names, kinds and bytes."""
    return {
        str(p.relative_to(path)): p.read_bytes() if p.is_file() else None for p in path.rglob("*")
    }


def refused(path, match):
    with pytest.raises(ResultsError, match=match), Store.writer(path):
        pytest.fail("the folder was opened for writing")


def python(code, *arguments, **options):
    """Start a Python process that runs `code` with this package in reach."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


# What goes in comes out


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


def test_an_error_that_is_no_text_is_kept(tmp_path):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(0))
        results.add([record(0, "failed", epochs=0, error="no file \udcff")])
        (trial,) = results.trials()
    assert trial.error == "no file \\udcff"


def test_trials_come_in_the_order_of_the_sweep(folder, monkeypatch):
    monkeypatch.setattr(stored_sweep, "CHUNK", 2)  # so that they come in several chunks
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


def test_counts_of_trials_whatever_file_named_them(folder):
    with Store.reader(folder.path) as results:
        assert results.count_done(trial_id(i) for i in (0, 1, 2, 5, 99)) == 2
        info = results.info()
        assert info[:3] == ("grid", "[task]", ("hidden_size",))
        assert info.asked == Asked((), "none")
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


# What a file asks for beside the results


def test_metrics_are_told_by_their_columns():
    assert all(metrics_in([first + "x"]) == (name,) for name, (first, *_) in METRICS.items())
    assert metrics_in(["dead_units", "accuracy", "grad_flow_0", "grad_norm_W_hh"]) == (
        *("grad_norms", "dead_units", "gradient_flow"),
    )
    assert metrics_in(["effective_memory"]) == ()  # it comes with the flow, and never alone
    assert metric_of("effective_memory") == metric_of("grad_flow_16") == "gradient_flow"
    assert metric_of("spectral_radius_2") == "spectral_radius"
    assert metric_of("accuracy") is metric_of("grad_norm") is None


def test_a_trial_that_lacks_a_metric_is_pending(folder):
    clipped, both = (
        ("accuracy", "share_clipped"),
        ("grad_flow_0", "effective_memory", *["saturation"]),
    )
    asked = Asked(("share_clipped",))
    with Store.writer(folder.path) as results:
        results.add(
            [
                record(0, extra=clipped),
                record(3, extra=both),
                record(4, extra=("not_share_clipped",)),
            ]
        )
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), asked) == Change(5, 1, 0)
        # 1 failed and 5 has no record
        others = {3: ("saturation", "gradient_flow")}
        assert list(results.pending()) == [Pending(i, others.get(i, ())) for i in (1, 2, 3, 4, 5)]
        assert results.info().asked == asked
        assert results.count_done((trial_id(i) for i in range(6)), asked) == 1
        assert results.count_done(trial_id(i) for i in range(6)) == 4
        results.add([record(i, extra=("share_clipped",)) for i in (1, 2, 3, 4, 5)])
        assert list(results.pending()) == []
        assert results.set_sweep("grid", "", SWEPT, named(*range(6))) == Change(0, 6, 0)


def test_params_of_all(folder):
    asked = Asked((), "all")
    with Store.writer(folder.path) as results:
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), asked).new == 6
        results.add([with_params(0), with_params(3, dtype="float64", encoding={"a": [1.5, "é"]})])
        # one that diverged at once has a result and no params that it could lack
        results.add([record(2, "diverged", best_epoch=None)])
        assert [pending.position for pending in results.pending()] == [1, 4, 5]
        assert results.count_done((trial_id(i) for i in range(6)), asked) == 3
        assert results.best_without_params() is None
    with Store.reader(folder.path) as results:
        network, encoding, flat = results.params(trial_id(3))
        assert (network, encoding) == ({"n": 3}, {"a": [1.5, "é"]})
        np.testing.assert_array_equal(flat, np.arange(3.0, 7.0), strict=True)
        assert results.params(trial_id(0)).flat.dtype == np.float32
        assert results.params(trial_id(1)) is results.params("t") is None
        assert results.trial(trial_id(1)).status == "failed"
        assert results.trial("t") is None
        assert results.trial_ids() == [trial_id(i) for i in range(6)]


def saved(results, n=6):
    return [i for i in range(n) if results.params(trial_id(i)) is not None]


def test_params_of_the_best_so_far(folder):
    with Store.writer(folder.path) as results:
        named_all = named(*range(8))
        results.set_sweep("grid", "", SWEPT, named_all, Asked((), "best"))
        assert results.best_without_params().position in (0, 3)  # of those that are done
        for records, kept in (
            ([with_params(4, loss=0.01), with_params(5, loss=0.02)], [4]),
            ([with_params(6, loss=0.02)], [4]),
            ([with_params(1, loss=0.01)], [1]),  # of equals the first in order
            ([with_params(7, loss=0.01)], [1]),
            ([with_params(2, "diverged", loss=1e-9)], [1]),  # as infinite
            ([record(0)], [1]),
            ([with_params(3, "solved", loss=0.001)], [3]),
        ):
            results.add(records)
            assert saved(results, 8) == kept
            assert results.best() == trial_id(kept[0])
        assert list(results.pending()) == []
        assert results.best_without_params() is None


OF_PROBLEMS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 2.0, 4.0]),
            st.sampled_from([1.0, 2.0, 3.0] * 4 + [0.0, None]),
            st.sampled_from(["adding"] * 2 + ["copy", "parity"]),
            st.sampled_from(["complete"] * 3 + ["diverged"]),
        ),
        min_size=1,
        max_size=3,
    ),
    max_size=8,
)


@hypothesis_settings(max_examples=60, deadline=None)  # the disk sets the pace
@given(batches=OF_PROBLEMS)
def test_params_of_the_best_of_problems_that_differ(tmp_path_factory, batches):
    so_far, kept = [], []

    def naive_best():
        ratio = len({task for _, _, task, _ in so_far}) > 1 and all(b for _, b, _, _ in so_far)
        ranks = [(s == "diverged", x / b if ratio else x) for x, b, _, s in so_far]
        return ranks.index(min(ranks))

    with Store.writer(tmp_path_factory.mktemp("results")) as results:
        tasks = [task for batch in batches for _, _, task, _ in batch]
        given_settings = [(trial_id(i), {"task": task}) for i, task in enumerate(tasks)]
        results.set_sweep("grid", "", ["task"], given_settings, Asked((), "best"))
        for batch in batches:
            first = len(so_far)
            so_far += batch
            records = [
                Record(
                    trial_id(i),
                    {"task": task},
                    status,
                    np.full((1, 3), loss),
                    baselines={} if baseline is None else {"mean": baseline},
                    best_epoch=0,
                    params=np.zeros(3),
                    network={"n": i},
                )
                for i, (loss, baseline, task, status) in enumerate(batch, start=first)
            ]
            results.add(records)
            best = naive_best()
            kept = [best] if best >= first else kept
            assert results.best() == trial_id(best)
            assert saved(results, len(tasks)) == kept
            lacking = results.best_without_params()
            assert lacking == (None if kept == [best] else Pending(best, ()))


def test_the_best_alone_is_pending_where_only_its_params_are_missing(folder):
    asked = Asked((), "best")
    with Store.writer(folder.path) as results:
        results.add([record(i) for i in range(6)])
        results.add([with_params(2, loss=0.5), record(4, extra=("dead_units",), best_epoch=0)])
        (best,) = (i for i in range(6) if results.best() == trial_id(i))
        assert best not in (2, 4)
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), asked) == Change(1, 5, 0)
        assert list(results.pending()) == []
        assert results.best_without_params() == Pending(best, ())
        results.add([with_params(best)])
        assert results.best_without_params() is None
        assert saved(results) == [best, 2] if best < 2 else [2, best]  # what "none" left stays


def test_params_that_all_kept_stay_when_the_best_is_asked_for(folder):
    with Store.writer(folder.path) as results:
        for save_params in ("best", "all", "best"):
            results.set_sweep("grid", "", SWEPT, named(*range(6)), Asked((), save_params))
            results.add([with_params(i, loss=0.1 * (i + 1)) for i in (1, 2)])
            results.add([with_params(0, loss=0.05 if save_params == "best" else 0.5)])
        assert saved(results) == [0, 1, 2]


def test_a_trial_that_is_trained_again_keeps_its_params(folder):
    with Store.writer(folder.path) as results:
        results.add([with_params(0), with_params(3)])
        # for its metrics: the same losses; after a change of the machine: others
        results.add([record(0, extra=("dead_units",)), record(3, best_epoch=0, epochs=2)])
        assert saved(results) == [0]
        results.add([record(0, "failed", epochs=0)])
        assert saved(results) == []


def test_before_any_trial_has_a_loss_there_is_no_best(tmp_path):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(0, 1), Asked((), "best"))
        assert results.best() is results.best_without_params() is None
        results.add([record(0, "failed", epochs=0), record(1, "diverged", best_epoch=None)])
        assert results.best() is results.best_without_params() is None


# Stores of an older form

FIRST_FORM = """
PRAGMA application_id = 1919839859;
PRAGMA user_version = 1;
CREATE TABLE sweep (
    name TEXT NOT NULL, text TEXT NOT NULL, swept TEXT NOT NULL, started REAL NOT NULL);
CREATE TABLE place (position INTEGER PRIMARY KEY, trial_id TEXT NOT NULL);
CREATE TABLE trials (
    trial INTEGER PRIMARY KEY, trial_id TEXT NOT NULL UNIQUE, status TEXT NOT NULL,
    settings TEXT NOT NULL, n_params INTEGER, baselines TEXT NOT NULL,
    epochs_run INTEGER NOT NULL, best_epoch INTEGER, best_val_loss REAL, test_loss REAL,
    final_train_loss REAL, final_val_loss REAL, diverged_epoch INTEGER, error TEXT,
    wall_s REAL NOT NULL, finished REAL NOT NULL);
CREATE TABLE epochs (
    trial INTEGER NOT NULL, epoch INTEGER NOT NULL,
    train_loss REAL, val_loss REAL, grad_norm REAL,
    PRIMARY KEY (trial, epoch)) WITHOUT ROWID;
INSERT INTO sweep VALUES ('grid', '[task]', '["hidden_size"]', 1.0);
INSERT INTO place VALUES (0, 't1');
INSERT INTO trials VALUES (
    1, 't1', 'complete', '{"seed": 0}', 97, '{"mean": 0.2}', 1, 0, 0.25, 0.1, 0.5, 0.25, NULL, NULL,
    1.5, 2.0);
INSERT INTO epochs VALUES (1, 0, 0.5, 0.25, 3.0);
"""


@pytest.fixture
def old(tmp_path):
    """A store as the first version of rnnsweep wrote it."""
    folder = Folder(tmp_path / "old")
    folder.path.mkdir()
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.executescript(FIRST_FORM)
    return folder


def test_a_store_of_an_older_form_is_brought_up_to_date_by_a_run(old):
    before = snapshot(old.path)
    with pytest.raises(ResultsError, match=r"older version.*run the sweep again"):
        Store.reader(old.path).__enter__()
    assert snapshot(old.path) == before
    with Store.writer(old.path) as results:
        ((trial, rows),) = epochs_of(results)
        assert (trial.trial_id, trial.status, trial.wall_s) == ("t1", "complete", 1.5)
        assert (trial.extra_columns, trial.updates_to_success) == ((), None)
        assert rows == [(0, 0.5, 0.25, 3.0)]
        change = results.set_sweep("grid", "", SWEPT, [("t1", {"seed": 0}), *named(0)])
        assert change == Change(1, 1, 0)
        results.add([with_params(0, extra=("accuracy",))])
    with Store.reader(old.path) as results:
        assert len(list(epochs_of(results))) == 2
        assert saved(results) == [0]


def test_epochs_of_the_second_form_are_taken_over(tmp_path):
    folder = Folder(tmp_path)
    given_records = [record(i, epochs=4, extra=("accuracy", "grad_norm_b_y")[:i]) for i in range(3)]
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.executescript(FIRST_FORM)
        db.executescript(database._SECOND_FORM)
        db.execute("PRAGMA user_version = 2")
        db.execute("DELETE FROM epochs")
        for key, made in enumerate(given_records, start=1):
            db.execute(
                """INSERT OR REPLACE INTO trials
                   (trial, trial_id, status, settings, baselines, epochs_run, wall_s, finished,
                    extra_columns) VALUES (?, ?, 'complete', '{}', '{}', 4, 1, 1, ?)""",
                (key, made.trial_id, json.dumps(made.extra_columns)),
            )
            made.epochs[3, 1] = np.nan
            for epoch, row in enumerate(made.epochs.tolist()):
                fixed = [None if np.isnan(value) else value for value in row[:3]]
                more = json.dumps(row[3:]) if row[3:] else None
                db.execute(
                    "INSERT INTO epochs VALUES (?, ?, ?, ?, ?, ?)", (key, epoch, *fixed, more)
                )
        db.commit()
    with Store.writer(folder.path) as results:
        results.set_sweep("grid", "", SWEPT, named(0, 1, 2))
    with Store.reader(folder.path) as results:
        for made, (trial, epochs) in zip(given_records, results.epoch_arrays(), strict=True):
            assert trial.trial_id == made.trial_id
            np.testing.assert_array_equal(epochs, made.epochs)


def test_trials_of_the_third_form_lack_the_test_part_s_side(tmp_path):
    folder, made = Folder(tmp_path), record(0, extra=("accuracy",))
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.executescript(FIRST_FORM)
        for form in (database._SECOND_FORM, database._THIRD_FORM):
            db.executescript(form)
        db.executescript("PRAGMA user_version = 3; DELETE FROM trials; DROP TABLE epoch_rows")
        db.execute(
            """INSERT INTO trials (trial, trial_id, status, settings, baselines, epochs_run,
                   best_epoch, best_val_loss, test_loss, wall_s, finished, extra_columns)
               VALUES (1, ?, 'complete', '{}', '{"mean": 0.5}', 3, 0, 0.25, 0.75, 1, 1, ?)""",
            (made.trial_id, json.dumps(made.extra_columns)),
        )
        db.execute("INSERT INTO epochs VALUES (1, ?)", (epochs_blob(made.epochs),))
        db.commit()
    with Store.writer(folder.path) as results:
        assert results.set_sweep("grid", "", SWEPT, named(0, 1)) == Change(1, 1, 0)
        ((trial, epochs),) = results.epoch_arrays()
        results.add([record(1, test_baseline=0.5)])
        assert [it.test_baseline for it in results.trials()] == [None, 0.5]
    np.testing.assert_array_equal(epochs, made.epochs)
    assert (trial.baseline, trial.best_val_loss, trial.test_loss) == (0.5, 0.25, 0.75)
    assert (trial.test_baseline, trial.best_val_accuracy, trial.test_accuracy) == (None,) * 3


def test_it_has_the_form_of_a_new_one(old, folder):
    forms = []
    for path in (old.path, folder.path):
        with Store.writer(path):
            pass
        with closing(sqlite3.connect(path / "store.db")) as db:
            forms.append(db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())
    assert forms[0] == forms[1]


def test_bringing_up_to_date_is_all_or_nothing(old, monkeypatch):
    half = "ALTER TABLE trials ADD COLUMN extra_columns TEXT; SELECT * FROM nowhere;"
    monkeypatch.setattr(database, "_FORMS", ([database._FIRST_FORM], [half]))
    refused(old.path, "nowhere")
    monkeypatch.undo()
    with Store.writer(old.path) as results:
        assert results.counts().total == 1


# One writer, many readers


def test_a_second_writer_is_refused_and_readers_are_not(folder):
    holder = python(
        "import sys; from rnnsweep.store.store import Store\n"
        "with Store.writer(sys.argv[1]):\n"
        "    print('held', flush=True); sys.stdin.readline()",
        folder.path,
        stdin=subprocess.PIPE,
    )
    assert holder.stdout.readline() == "held\n"
    before = snapshot(folder.path)
    refused(folder.path, "in use by another run")
    with Store.reader(folder.path) as results:
        assert results.counts().total == 6
    assert folder.in_use()
    assert snapshot(folder.path) == before
    _, errors = holder.communicate("\n")
    assert errors == ""
    assert folder.in_use() is False
    with Store.writer(folder.path) as results:
        assert results.counts().total == 6


def test_a_reader_holds_up_no_writer(folder, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.1)
    monkeypatch.setattr(stored_sweep, "CHUNK", 1)
    with Store.writer(folder.path) as writer, Store.reader(folder.path) as reader:
        trials = epochs_of(reader)
        next(trials)
        writer.add([record(4)])
        assert len(list(trials)) == 4  # and it sees what came in between


def test_few_epochs_are_held_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_sweep, "_CHUNK_BYTES", 2 * 100 * 3 * 8)  # two trials
    chunks = []
    reading = Store._reading

    def counted(self):
        chunks.append([])
        return reading(self)

    def counted_read(blob, trial):
        chunks[-1].append(trial.trial_id)
        return read_epochs(blob, trial)

    with Store.writer(tmp_path / "results") as results:
        results.set_sweep("grid", "", SWEPT, named(*range(7)))
        results.add(record(i, epochs=100) for i in range(7))
        monkeypatch.setattr(Store, "_reading", counted)
        monkeypatch.setattr(stored_sweep, "read_epochs", counted_read)
        found = [trial.trial_id for trial, _ in results.epoch_arrays()]
    assert found == [trial_id(i) for i in range(7)]
    assert [len(chunk) for chunk in chunks] == [3, 3, 1, 0]


def test_a_store_that_another_program_holds(folder, monkeypatch):
    monkeypatch.setattr(database, "_WAIT_S", 0.1)
    browser = sqlite3.connect(folder.store_db, isolation_level=None)
    with closing(browser), Store.writer(folder.path) as results:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(ResultsError, match="held by another program"):
            results.add([record(4)])
        browser.execute("ROLLBACK")
        results.add([record(4)])
        assert results.counts().done == 4


# Killed


KILLED = """
import sys
from rnnsweep.store.store import Store
from store_cases import named, record
with Store.writer(sys.argv[1]) as results:
    results.set_sweep("grid", "", ["hidden_size", "seed"], named(*range(5000)))
    print("adding", flush=True)
    first = results.counts().done
    for a in range(first, 5000, 7):
        results.add([record(i, epochs=40) for i in range(a, a + 7)])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_run_keeps_whole_batches_and_the_next_one_goes_on(tmp_path):
    rng = random.Random(0)
    done = 0
    for _ in range(5):
        run = python(KILLED, tmp_path)
        assert run.stdout.readline() == "adding\n", run.stderr.read()
        time.sleep(rng.uniform(0.01, 0.1))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        # the reader first: it is the one who finds a half-written commit
        with Store.reader(tmp_path) as results:
            counts = results.counts()
            assert counts.total == 5000
            assert counts.done >= done
            assert counts.done % 7 == 0
            for i, (trial, rows) in enumerate(epochs_of(results)):
                assert trial.trial_id == trial_id(i)
                assert [row[1:] for row in rows] == [
                    tuple(row) for row in record(i, epochs=40).epochs.tolist()
                ]
        done = counts.done
    assert done > 0
    assert Folder(tmp_path).in_use() is False
    with Store.writer(tmp_path) as results:
        assert next(results.pending()).position == done


def half_written(folder, to):
    """Copy a store as a run leaves it that is killed in the middle of a commit."""
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


def test_half_a_commit_is_taken_back(folder, tmp_path):
    with Store.reader(folder.path) as results:
        whole = list(epochs_of(results))
    for opened in (Store.reader, Store.writer):
        half_written(folder, tmp_path / opened.__name__)
        with opened(tmp_path / opened.__name__) as results:
            assert list(epochs_of(results)) == whole


def test_a_run_killed_before_its_first_trial_is_no_obstacle(tmp_path):
    for name in (".lock", ".tmp-store.db", ".DS_Store"):
        (tmp_path / name).write_bytes(b"left behind")
    with Store.writer(tmp_path):
        pass
    with Store.reader(tmp_path) as results, pytest.raises(ResultsError, match="no trials yet"):
        results.info()


# No room, no right

LIMITED = """
import resource, signal, sys
from rnnsweep.errors import ResultsError
from rnnsweep.store.store import Store
from store_cases import named, record
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
done = 0
try:
    with Store.writer(sys.argv[1]) as results:
        results.set_sweep("grid", "", ["hidden_size", "seed"], named(*range(500)))
        for a in range(0, 500, 5):
            results.add([record(i, epochs=20) for i in range(a, a + 5)])
            done += 5
except ResultsError as error:
    print(error)
print(done)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("room", [1_000, 100_000])
def test_a_full_disk(tmp_path, room):
    # A limit on the size of files stands in for the disk: writes beyond it fail.
    path = tmp_path / "deep" / "results"
    output, errors = python(LIMITED, path, room).communicate()
    assert errors == ""
    message, done = output.splitlines()
    assert "space" in message
    assert "store.db" in message
    if room == 1_000:  # not even an empty store
        assert int(done) == 0
        assert list(tmp_path.iterdir()) == []
    else:
        assert 0 < int(done) < 500
        with Store.writer(path) as results:  # with room again
            assert results.counts().done == int(done)
            assert all(len(rows) == 20 for _, rows in epochs_of(results))
            results.add([record(499)])


def test_a_full_disk_as_sqlite_tells_it(folder):
    with Store.writer(folder.path) as results:
        before = list(epochs_of(results))
        (pages,) = results._db.execute("PRAGMA page_count").fetchone()
        results._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ResultsError, match="disk is full"):
            results.add([record(4, epochs=5000)])
        assert list(epochs_of(results)) == before


UNPRIVILEGED = """
import os, sys
from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
if os.getuid() == 0:  # permissions mean nothing to root
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        with Store.writer(path):
            print("written")
    except ResultsError as error:
        print(error)
    try:
        with Store.reader(path) as results:
            print(results.counts().done, len(list(results.epoch_arrays())), results.folder.in_use())
    except ResultsError as error:
        print(error)
"""


@pytest.fixture
def open_tmp():
    """A temporary folder that every user may reach; pytest's own is closed to others."""
    path = Path(tempfile.mkdtemp(prefix="rnnsweep-"))
    path.chmod(0o755)
    yield path
    for inner in (path, *path.rglob("*")):
        if inner.is_dir():
            inner.chmod(0o755)
    shutil.rmtree(path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_folder_without_the_right_to_write(folder, open_tmp):
    stored, absent, empty = open_tmp / "stored", open_tmp / "locked" / "absent", open_tmp / "empty"
    half, others = open_tmp / "half", open_tmp / "others"
    shutil.copytree(folder.path, stored)
    shutil.copytree(folder.path, others)
    (others / "store.db").chmod(0o444)
    others.chmod(0o777)
    half_written(folder, half)
    (stored / ".lock").chmod(0o444)
    absent.parent.mkdir()
    empty.mkdir()
    for path in (stored, half, absent.parent, empty):
        path.chmod(0o555)
    before = snapshot(open_tmp)
    output, errors = python(UNPRIVILEGED, stored, half, absent, empty, others).communicate()
    assert errors == ""
    lines = output.splitlines()
    assert "stored is not writable" in lines[0]
    assert lines[1] == "3 4 None"  # it reads, but cannot tell whether a run goes on
    assert "half is not writable" in lines[2]
    assert "half/store.db holds half a commit" in lines[3]
    assert "locked is not writable" in lines[4]
    assert "empty is not writable" in lines[6]
    assert "others/store.db is not writable" in lines[8]
    assert lines[9].startswith("3 4")
    for line in (lines[5], lines[7]):
        assert "no results" in line
    assert snapshot(open_tmp) == before


# Strangers and damage


@pytest.mark.parametrize(
    "names", [["notes.txt"], ["trials.csv"], ["store.db-journal"], ["src/main.py"], list("abcdef")]
)
def test_a_folder_of_other_files_is_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("precious")
    before = snapshot(tmp_path)
    refused(tmp_path, f"no results of a sweep.*{names[0].split('/')[0]}")
    assert snapshot(tmp_path) == before


def test_other_files_beside_a_store_are_welcome(folder):
    (folder.path / "notes.txt").write_text("precious")
    with Store.writer(folder.path) as results:
        assert results.counts().done == 3
    assert (folder.path / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize("below", ["", "a", "a/b"])
def test_a_file_in_place_of_the_folder(tmp_path, below):
    (tmp_path / "file").write_text("precious")
    refused(tmp_path / "file" / below, "file is a file, not a folder")
    with pytest.raises(ResultsError, match="no results"), Store.reader(tmp_path / "file" / below):
        pass
    assert snapshot(tmp_path) == {"file": b"precious"}


def test_reading_where_nothing_is(tmp_path):
    with pytest.raises(ResultsError, match="run a sweep first"), Store.reader(tmp_path / "absent"):
        pass
    assert list(tmp_path.iterdir()) == []


def another_program(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE precious (a)")
        db.commit()


def newer_version(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {database.SCHEMA_VERSION + 1}")


def overwritten(path):
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = b"\x55" * 2000
    path.write_bytes(content)


FAULTS = {
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "no database": (lambda path: path.write_text("precious" * 100), "damaged"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-5000]), "damaged"),
    "overwritten": (overwritten, "damaged"),
    "another program's": (another_program, "another program"),
    "newer": (newer_version, "newer version"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "store.db cannot be used"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_is_none_is_refused(folder, fault):
    spoil, match = FAULTS[fault]
    spoil(folder.store_db)
    for lock_before in (True, False):
        before = snapshot(folder.path)
        refused(folder.path, match)
        assert snapshot(folder.path) == before
        if lock_before:
            folder.lock.unlink()
    match = "no results" if fault == "a folder" else match
    with pytest.raises(ResultsError, match=match), Store.reader(folder.path) as results:
        list(epochs_of(results))
    assert snapshot(folder.path) == before


@pytest.mark.parametrize(
    "column", ["trials.settings", "trials.baselines", "trials.extra_columns", "sweep.swept"]
)
@pytest.mark.parametrize("text", ["{", "3"])
def test_damage_that_sqlite_does_not_see(folder, column, text):
    table, name = column.split(".")
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.execute(f"UPDATE {table} SET {name} = ?", (text,))
        db.commit()
    with Store.reader(folder.path) as results, pytest.raises(ResultsError, match="damaged"):
        list(results.trials()) if table == "trials" else results.info()


@pytest.mark.parametrize(
    "change",
    ["epochs SET numbers = x'00'", "epochs SET numbers = 'text'", "params SET dtype = 'object'",
     "params SET flat = x'000000'", "params SET flat = 'text'", "params SET network = '3'"],
)  # fmt: skip
def test_damage_to_what_is_kept_on_top(folder, change):
    with Store.writer(folder.path) as results:
        results.add([with_params(0, extra=("accuracy",))])
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.execute(f"UPDATE {change}")
        db.commit()
    with Store.reader(folder.path) as results, pytest.raises(ResultsError, match="damaged"):
        (list(epochs_of(results)), results.params(trial_id(0)))


@hypothesis_settings(max_examples=50, deadline=None)  # the disk sets the pace
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 10, 500, 5000]))
def test_random_damage_is_told_or_harmless(tmp_path_factory, seed, size):
    rng = random.Random(seed)
    path = tmp_path_factory.mktemp("results")
    with Store.writer(path) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(20)))
        results.add(record(i) for i in range(20))
    content = bytearray(Folder(path).store_db.read_bytes())
    at = rng.randrange(len(content) - size)
    content[at : at + size] = rng.randbytes(size)
    Folder(path).store_db.write_bytes(content)

    def use(opened):
        with opened(path) as results:
            results.info()
            results.counts()
            list(epochs_of(results))
            if opened == Store.writer:
                results.set_sweep("grid", "", SWEPT, named(*range(30)))
                results.add([record(25), record(3)])

    messages = []
    for opened in (Store.reader, Store.writer):
        try:
            use(opened)  # whatever else it raises ends the test
        except ResultsError as error:
            messages.append(str(error))
    assert all("store.db" in text or "no trials yet" in text for text in messages)


# Files put in their place


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    folder = Folder(tmp_path)
    folder.write_text(folder.sweep_toml, "seed = 1\r\n# é\n")
    assert folder.sweep_toml.read_bytes() == "seed = 1\r\n# é\n".encode()
    before = snapshot(tmp_path)

    def fail(error):
        with folder.replacing(folder.sweep_toml) as beside:
            beside.write_text("half")
            raise error

    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt)
    assert snapshot(tmp_path) == before
    with pytest.raises(ResultsError, match="disk is full"):
        fail(OSError(errno.ENOSPC, "No space left on device"))
    assert snapshot(tmp_path) == before


def test_pictures_have_their_folder_and_their_ending(tmp_path):
    folder = Folder(tmp_path)
    with folder.replacing(folder.plots / "effects.png") as beside:
        assert beside.suffix == ".png"  # matplotlib goes by it
        beside.write_bytes(b"picture")
    assert snapshot(tmp_path) == {"plots": None, "plots/effects.png": b"picture"}


def test_a_place_that_cannot_be_taken(tmp_path):
    folder = Folder(tmp_path)
    folder.trials_csv.mkdir()
    with pytest.raises(ResultsError, match=r"trials\.csv"):
        folder.write_text(folder.trials_csv, "text")
    assert snapshot(tmp_path) == {"trials.csv": None}
