"""The tables of the store, and how a store of an older form gets the newest one."""

import sqlite3
from collections.abc import Callable, Sequence
from itertools import chain, groupby
from operator import itemgetter

from .checksum import PlacesChecksum
from .layout import begin_places, make_places_current
from .older_rows import check_older_sweep, older_epochs, sealed_older
from .rows import PARAMS_COLUMNS, ROW_COLUMNS, StoredParams, params_checksum
from .sweep_row import seal_sweep
from .tally import TALLY_TABLE, Tally, in_sweep, write_tally

# How many trials are read at a time where a store is brought up to date.
_AT_ONCE = 500

# `trials` holds every trial that ever ended here; `place` holds the order of the trials of the file
# that was run last.
FIRST_FORM = """
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
"""

# `more` is a JSON list of an epoch's further columns, which `extra_columns` of its trial names.
# `for_best` is not 0 for params that are kept only until another trial is better: 1 by its loss,
# 2 by its loss over its baseline.
SECOND_FORM = """
ALTER TABLE sweep ADD COLUMN metrics TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sweep ADD COLUMN save_params TEXT NOT NULL DEFAULT 'none';
ALTER TABLE trials ADD COLUMN extra_columns TEXT NOT NULL DEFAULT '[]';
ALTER TABLE trials ADD COLUMN updates_to_success INTEGER;
ALTER TABLE trials ADD COLUMN sequences_to_success INTEGER;
ALTER TABLE epochs ADD COLUMN more TEXT;
CREATE TABLE params (
    trial INTEGER PRIMARY KEY, network TEXT NOT NULL, encoding TEXT NOT NULL,
    dtype TEXT NOT NULL, flat BLOB NOT NULL, for_best INTEGER NOT NULL);
"""

# The epochs of a trial are one value, which `rows.epochs_blob` returns: as rows of a table they
# took ten times as long to write and to read.
THIRD_FORM = """
ALTER TABLE epochs RENAME TO epoch_rows;
CREATE TABLE epochs (trial INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
"""


def _convert_epochs(db: sqlite3.Connection) -> None:
    """Turn the rows of each trial's epochs into one value."""
    rows = db.execute(
        "SELECT trial, train_loss, val_loss, grad_norm, more FROM epoch_rows ORDER BY trial, epoch"
    )
    db.executemany(
        "INSERT INTO epochs VALUES (?, ?)",
        (
            (trial, older_epochs([row[1:] for row in epochs]))
            for trial, epochs in groupby(rows, key=itemgetter(0))
        ),
    )
    db.execute("DROP TABLE epoch_rows")


# What is measured on the test part. Trials of a store of the third form have none of it.
FOURTH_FORM = """
ALTER TABLE trials ADD COLUMN test_baseline REAL;
ALTER TABLE trials ADD COLUMN best_val_accuracy REAL;
ALTER TABLE trials ADD COLUMN test_accuracy REAL;
"""

# On which type of CPU a trial was trained, and which limit of time it exceeded. `shard` is the text
# of ``--shard``, such as "3/8", or those of several shards that were merged, "1/8, 3/8"; empty for
# a whole sweep. `place` has the trials of these parts alone, at their positions in the whole sweep,
# which has `n_trials` trials. `trial_timeout` is the limit of the file that was run last, 0 for
# none. `fingerprint` changes with what the file's text only refers to.
FIFTH_FORM = """
ALTER TABLE trials ADD COLUMN cpu TEXT NOT NULL DEFAULT '';
ALTER TABLE trials ADD COLUMN timeout_s REAL;
ALTER TABLE sweep ADD COLUMN shard TEXT NOT NULL DEFAULT '';
ALTER TABLE sweep ADD COLUMN n_trials INTEGER;
ALTER TABLE sweep ADD COLUMN trial_timeout REAL NOT NULL DEFAULT 0;
ALTER TABLE sweep ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
ALTER TABLE trials ADD COLUMN epochs_checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE trials ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE params ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sweep ADD COLUMN n_places INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sweep ADD COLUMN places_checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sweep ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
CREATE INDEX trials_finished ON trials (finished);
"""


def _renew_places(db: sqlite3.Connection) -> None:
    """Give the places their index, and compute their checksum."""
    check_older_sweep(db)
    begin_places(db)
    db.execute("INSERT INTO next_place SELECT position, trial_id FROM place ORDER BY position")
    make_places_current(db)
    places = PlacesChecksum()
    rows = db.execute("SELECT position, trial_id FROM place ORDER BY position")
    while part := rows.fetchmany(_AT_ONCE):
        places.add(part)
    db.execute(
        "UPDATE sweep SET n_trials = ?, n_places = ?, places_checksum = ?",
        (places.count, places.count, places.checksum),
    )
    seal_sweep(db)


def _seal_trials(db: sqlite3.Connection) -> None:
    """Compute the checksums of trials and params, and count the trials."""
    # A trial without epochs had no row of them in the second form.
    db.execute("INSERT OR IGNORE INTO epochs SELECT trial, x'' FROM trials WHERE epochs_run = 0")
    tally = Tally()
    last = -1
    query = f"""SELECT trial, numbers, {ROW_COLUMNS} FROM trials LEFT JOIN epochs USING (trial)
        WHERE trial > ? ORDER BY trial LIMIT {_AT_ONCE}"""
    while part := db.execute(query, (last,)).fetchall():
        changes = []
        for key, epochs, *row in part:
            checksum, _, epochs_checksum, trial_id, status, *_ = sealed_older(row, epochs)
            tally.add(status, checksum, in_sweep(db, trial_id))
            changes.append((checksum, epochs_checksum, key))
        db.executemany(
            "UPDATE trials SET checksum = ?, epochs_checksum = ? WHERE trial = ?", changes
        )
        last = part[-1][0]
    write_tally(db, tally)
    params = f"SELECT trial, trial_id, {PARAMS_COLUMNS} FROM params LEFT JOIN trials USING (trial)"
    for (key,) in db.execute("SELECT trial FROM params").fetchall():
        _, trial_id, *row = db.execute(f"{params} WHERE trial = ?", (key,)).fetchone()
        StoredParams.from_row(row)
        checksum = params_checksum(trial_id, row[:-1])
        db.execute("UPDATE params SET checksum = ? WHERE trial = ?", (checksum, key))


# Each entry has the steps from the form before it, the first one from an empty file.
FORMS: tuple[Sequence[str | Callable[[sqlite3.Connection], None]], ...] = (
    [FIRST_FORM],
    [SECOND_FORM],
    [THIRD_FORM, _convert_epochs],
    [FOURTH_FORM],
    [FIFTH_FORM, TALLY_TABLE],
)
NEWEST_FORM = len(FORMS)
# The first form with checksums. An older store gets them when it has all columns of the newest one.
_SEALED_FORM = 5


def form_of(db: sqlite3.Connection) -> int:
    """Return the form of a store, 0 for an empty database."""
    (form,) = db.execute("PRAGMA user_version").fetchone()
    return int(form)


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Give a store or an empty database the newest form, in one transaction."""
    form = form_of(db)
    if form < NEWEST_FORM:
        try:
            db.execute("BEGIN")
            for step in chain(*FORMS[form:]):
                if callable(step):
                    step(db)
                else:  # Connection.executescript would end the transaction
                    for statement in step.split(";"):
                        db.execute(statement)
            if form < _SEALED_FORM:
                _renew_places(db)
                _seal_trials(db)
            db.execute(f"PRAGMA user_version = {NEWEST_FORM}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
