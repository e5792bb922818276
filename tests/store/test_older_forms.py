"""A store in the form of an earlier version is brought up to date by the next run."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from commandline import snapshot
from store_cases import SWEPT, epochs_of, named, record, refused, saved, with_params

from rnnsweep.errors import ResultsError
from rnnsweep.store import forms
from rnnsweep.store.folder import Folder
from rnnsweep.store.rows import epochs_blob
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import Change

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
    """Return a store as the first version of rnnsweep wrote it."""
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


def test_epochs_of_the_second_form_are_converted(tmp_path):
    folder = Folder(tmp_path)
    given_records = [record(i, epochs=4, extra=("accuracy", "grad_norm_b_y")[:i]) for i in range(3)]
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.executescript(FIRST_FORM)
        db.executescript(forms.SECOND_FORM)
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


def test_trials_of_the_third_form_have_no_numbers_of_the_test_part(tmp_path):
    folder, made = Folder(tmp_path), record(0, extra=("accuracy",))
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.executescript(FIRST_FORM)
        for form in (forms.SECOND_FORM, forms.THIRD_FORM):
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


def test_a_store_brought_up_to_date_has_the_tables_of_a_new_one(old, folder):
    forms = []
    for path in (old.path, folder.path):
        with Store.writer(path):
            pass
        with closing(sqlite3.connect(path / "store.db")) as db:
            forms.append(db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())
    assert forms[0] == forms[1]


def test_bringing_up_to_date_is_all_or_nothing(old, monkeypatch):
    half = "ALTER TABLE trials ADD COLUMN extra_columns TEXT; SELECT * FROM nowhere;"
    monkeypatch.setattr(forms, "FORMS", ([forms.FIRST_FORM], [half]))
    refused(old.path, "nowhere")
    monkeypatch.undo()
    with Store.writer(old.path) as results:
        assert results.counts().total == 1
