"""Values of other types in a store, of any form, are an error and never a traceback."""

import json
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from soak.damage import make, read
from store_cases import record, settings

from rnnsweep.errors import ResultsError
from rnnsweep.store import forms
from rnnsweep.store.folder import Folder
from rnnsweep.store.rows import epochs_blob
from rnnsweep.store.store import Store

WRONG = (b"bytes", "text", 3, 2.5, None, "[1, [2]]", '{"a": "b"}', '["x"]', b"\xff", 2**62, -1, "")
SCRIPTS = (forms.FIRST_FORM, forms.SECOND_FORM, forms.THIRD_FORM, forms.FOURTH_FORM)


def older(path, form):
    """Make a store of an older form with three trials, as its version wrote it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 1919839859")
        for script in SCRIPTS[:form]:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {form}")
        db.execute(
            "INSERT INTO sweep (name, text, swept, started) VALUES ('grid', '', '[\"x\"]', 1.5)"
        )
        for key in range(3):
            made = record(key, extra=("accuracy",) if form > 1 else ())
            db.execute("INSERT INTO place VALUES (?, ?)", (key, made.trial_id))
            values = {
                "trial": key, "trial_id": made.trial_id, "status": "complete",
                "settings": json.dumps(settings(key)), "baselines": '{"mean": 0.5}',
                "epochs_run": 3, "best_epoch": 0, "best_val_loss": 0.5, "wall_s": 1.5,
                "finished": 2.5,
            }  # fmt: skip
            if form > 1:
                values["extra_columns"] = json.dumps(made.extra_columns)
                db.execute(
                    "INSERT INTO params VALUES (?, '{}', '{}', 'float32', zeroblob(8), 0)", (key,)
                )
            marks = ", ".join("?" * len(values))
            db.execute(
                f"INSERT INTO trials ({', '.join(values)}) VALUES ({marks})", (*values.values(),)
            )
            if form > 2:
                db.execute("INSERT INTO epochs VALUES (?, ?)", (key, epochs_blob(made.epochs)))
                continue
            for epoch, row in enumerate(made.epochs.tolist()):
                more = [json.dumps(row[3:])] if form > 1 else []
                marks = ", ".join("?" * (5 + len(more)))
                db.execute(f"INSERT INTO epochs VALUES ({marks})", (key, epoch, *row[:3], *more))
        if form > 2:
            db.execute("DROP TABLE epoch_rows")
        db.commit()


def columns(path):
    """Return the table and the name of each column."""
    with closing(sqlite3.connect(path)) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        return [
            (table, name)
            for table in tables
            for _, name, *_ in db.execute(f"PRAGMA table_info({table})").fetchall()
        ]


def changed(path, table, column, value):
    """Give the first row this value there; return whether the table allows it."""
    with closing(sqlite3.connect(path)) as db:
        where = "WHERE rowid = (SELECT min(rowid) FROM " + table + ")"
        if table == "epochs" and column in ("epoch", "train_loss", "val_loss", "grad_norm", "more"):
            where = "WHERE epoch = 0 AND trial = 0"  # that table has no rowid
        try:
            db.execute(f"UPDATE {table} SET {column} = ? {where}", (value,))
        except (sqlite3.DatabaseError, OverflowError):
            return False
        db.commit()
    return True


@pytest.mark.parametrize("form", [1, 2, 3, 4])
def test_older_forms(tmp_path, form):
    rng = random.Random(form)
    whole, folder = tmp_path / "whole.db", Folder(tmp_path / "results")
    folder.path.mkdir()
    older(whole, form)
    n_refused = 0
    shutil.copy(whole, folder.store_db)
    with Store.writer(folder.path) as results:
        assert len(list(results.epoch_arrays())) == 3
    for table, column in columns(whole):
        for value in rng.sample(WRONG, 2):
            shutil.copy(whole, folder.store_db)
            if not changed(folder.store_db, table, column, value):
                continue
            if message := refusal(lambda: used(folder)):
                assert "store.db" in message
                n_refused += 1
                said = []
                with Store.writer(folder.path, repairing=said.append) as results:
                    use(results)
                assert "was damaged" in said[0]
                for extra in folder.path.glob("store.db.*"):
                    extra.unlink()
    assert n_refused > 5


def refusal(call):
    """Return the message with which a call is refused; "" if it is not."""
    try:
        call()
    except ResultsError as error:
        return str(error)
    return ""


def used(folder):
    """Open a store to write, and read all that is in it."""
    with Store.writer(folder.path) as results:
        use(results)


def use(results):
    """Read all that is in a store."""
    results.counts()
    for trial, _ in results.epoch_arrays():
        results.params(trial.trial_id)
    results.best()
    results.set_sweep("next", "", [], [(record(i).trial_id, settings(i)) for i in range(4)])
    list(results.pending())


def test_the_newest_form(tmp_path):
    rng = random.Random(0)
    whole, folder = Folder(tmp_path / "whole"), Folder(tmp_path / "results")
    folder.path.mkdir()
    make(whole.path, 4096)
    right = {name: reader() for name, reader in read(whole.path)}
    names = ("run", "info", "counts", "trials", "params", "best")
    for table, column in columns(whole.store_db):
        shutil.copy(whole.store_db, folder.store_db)
        if not changed(folder.store_db, table, column, rng.choice(WRONG)):
            continue
        for name, reader in read(folder.path):
            if name in names:
                answers = []
                if message := refusal(lambda r=reader, a=answers: a.append(r())):
                    assert "store.db" in message
                else:
                    assert answers == [right[name]] or name == "params"
