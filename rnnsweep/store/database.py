"""The SQLite file under the store: its form, how it is opened, and what its errors mean."""

import errno
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

from rnnsweep.errors import ResultsError
from rnnsweep.system_errors import refused, shown, unusable

from .rows import epochs_blob, read_json

T = TypeVar("T")

# In the file's header, where SQLite leaves room for them: whose file it is, and in which form.
APPLICATION_ID = int.from_bytes(b"rnns", "big")

# `trials` holds every trial that ever ended here, `place` the order of the file that was run last.
_FIRST_FORM = """
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

# `more` is a JSON list of an epoch's further columns, named in its trial's `extra_columns`.
# `for_best` is not 0 for params that are kept only until another trial is better: 1 by its loss,
# 2 by its loss over its baseline.
_SECOND_FORM = """
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

# The epochs of a trial are one value, as `stored_trial.epochs_blob` makes it: as rows of a table
# they took ten times as long to write and to read.
_THIRD_FORM = """
ALTER TABLE epochs RENAME TO epoch_rows;
CREATE TABLE epochs (trial INTEGER PRIMARY KEY, numbers BLOB NOT NULL);
"""


def _take_over_epochs(db: sqlite3.Connection) -> None:
    """Turn a row an epoch into a value a trial."""
    rows = db.execute(
        "SELECT trial, train_loss, val_loss, grad_norm, more FROM epoch_rows ORDER BY trial, epoch"
    )
    db.executemany(
        "INSERT INTO epochs VALUES (?, ?)",
        (
            (trial, epochs_blob([[*row[1:4], *read_json(row[4] or "[]", list)] for row in its]))
            for trial, its in groupby(rows, key=itemgetter(0))
        ),
    )
    db.execute("DROP TABLE epoch_rows")


# What the test part adds to a trial; trials of a store of the third form have none of it.
_FOURTH_FORM = """
ALTER TABLE trials ADD COLUMN test_baseline REAL;
ALTER TABLE trials ADD COLUMN best_val_accuracy REAL;
ALTER TABLE trials ADD COLUMN test_accuracy REAL;
"""

# Each turns a store of the form before it, the first an empty file, into its own.
_FORMS: tuple[Sequence[str | Callable[[sqlite3.Connection], None]], ...] = (
    [_FIRST_FORM],
    [_SECOND_FORM],
    [_THIRD_FORM, _take_over_epochs],
    [_FOURTH_FORM],
)
SCHEMA_VERSION = len(_FORMS)

# How long SQLite itself waits for another program that holds the store: Python hears no signal
# meanwhile. Our own readers let go after each chunk.
_TRY_S = 0.2
# The pause between two tries.
_PAUSE_S = 0.02
# How long it is tried again, where nobody has more patience.
_WAIT_S = 60.0

# What the system said, by what SQLite made of it.
_SYSTEM_ERRORS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_NOMEM: errno.ENOMEM,
    sqlite3.SQLITE_PROTOCOL: errno.ENOLCK,
    sqlite3.SQLITE_NOLFS: errno.EFBIG,
    sqlite3.SQLITE_READONLY_DBMOVED: errno.ENOENT,
    sqlite3.SQLITE_IOERR_NOMEM: errno.ENOMEM,
    sqlite3.SQLITE_IOERR_LOCK: errno.ENOLCK,
    sqlite3.SQLITE_IOERR_RDLOCK: errno.ENOLCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK: errno.ENOLCK,
}
# Kinds of error that have many causes, with the likeliest of them.
_VAGUE = {
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
}
_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_ERROR,  # a table or a column is missing
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
}
# MAX_PATHNAME of os_unix.c without "-journal", and without ".tmp-" before a new store's name.
_PATH_BYTES = 512 - 8 - 5

# Places in the header, from "The SQLite database file format", section 1.3.
_MAGIC = b"SQLite format 3\0"
_USER_VERSION = slice(60, 64)
_APPLICATION_ID = slice(68, 72)


class Held(ResultsError):
    """Another program holds the store and did not let go of it."""


class Patience:
    """What happens while another program holds the store; this one waits a minute in silence."""

    def goes_on(self, seconds: float) -> bool:
        """Return whether to try again after so many seconds of waiting."""
        return seconds < _WAIT_S

    def relieved(self) -> None:
        """Take note that the store works."""


class NoPatience(Patience):
    """One try."""

    def goes_on(self, seconds: float) -> bool:
        """Return False."""
        return False


def patiently(step: Callable[[], T], patience: Patience) -> T:
    """Return what a step on the store returns; try again while another program holds it."""
    start = time.monotonic()
    while True:
        try:
            result = step()
        except sqlite3.OperationalError as error:
            if not _is_held(error) or not patience.goes_on(time.monotonic() - start):
                raise
        else:
            patience.relieved()
            return result
        time.sleep(_PAUSE_S)


def _is_held(error: sqlite3.DatabaseError) -> bool:
    return _kind(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def begin(db: sqlite3.Connection, kind: str) -> None:
    """Begin a transaction, "IMMEDIATE" to write or "DEFERRED" to read, with the lock it needs."""
    db.execute(f"BEGIN {kind}")
    try:
        if kind == "DEFERRED":  # which takes it when something is read
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def create(path: Path, store: Path) -> None:
    """Write an empty store, whole and on the disk when this returns; it will be named `store`."""
    with explained(store), closing(_connect(path, "rwc")) as db:
        # The caller puts the finished file in its place, so no journal is needed beside it.
        db.execute("PRAGMA journal_mode = OFF")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _bring_up_to_date(db)


def check_header(path: Path, *, older: bool = False) -> None:
    """Raise `ResultsError` unless the file is a store in a form that we know; only read it.

    Parameters
    ----------
    path : Path
    older : bool
        Whether an older form will do.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise unusable(path, error, reading=True) from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise _damaged(path, "it is no SQLite file")
    if int.from_bytes(header[_APPLICATION_ID], "big") != APPLICATION_ID:
        raise ResultsError(
            f"{path} is a database of another program; nothing was touched, "
            "choose another folder with --results DIR"
        )
    version = int.from_bytes(header[_USER_VERSION], "big")
    if version > SCHEMA_VERSION:
        raise ResultsError(
            f"{path} was written by a newer version of rnnsweep (its form is {version}, this "
            f"version knows {SCHEMA_VERSION}); update rnnsweep, or choose another folder "
            "with --results DIR"
        )
    if version < SCHEMA_VERSION and not older:
        raise ResultsError(
            f"{path} was written by an older version of rnnsweep (its form is {version}, this "
            f"version's is {SCHEMA_VERSION}); run the sweep again, which brings it up to date, "
            "or see with `plan` what that would train"
        )


def open_to_write(path: Path, patience: Patience) -> sqlite3.Connection:
    """Open a store for the one process that writes, after a look through the whole file.

    One of an older form is brought up to date, in one transaction.
    """
    with explained(path):
        db = _connect(path, "rw")
        try:
            # A run must not build on a damaged store. 100,000 trials of 60 epochs: 0.5 s.
            check = "PRAGMA quick_check(1)"
            ((verdict, *_),) = patiently(lambda: db.execute(check).fetchall(), patience)
            if verdict == "ok":
                patiently(lambda: _bring_up_to_date(db), patience)
        except BaseException:
            db.close()
            raise
    if verdict != "ok":
        db.close()
        raise _damaged(path, verdict.splitlines()[-1])
    return db


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Give a store, or an empty database, the newest form, all of it or nothing."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version < SCHEMA_VERSION:
        try:
            db.execute("BEGIN")
            for step in chain(*_FORMS[version:]):
                if callable(step):
                    step(db)
                else:  # sqlite3's own way to run a script ends the transaction
                    for statement in step.split(";"):
                        db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a store to read alone; it may lie in a folder that cannot be written."""
    with explained(path):
        db = _connect(path, "ro")
        try:
            look = "SELECT count(*) FROM sweep"
            patiently(lambda: db.execute(look).fetchall(), Patience())
        except sqlite3.OperationalError as error:
            db.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            # A run was killed in the middle of a commit. Whoever opens it next with the right
            # to write takes the half back; SQLite does so of itself.
            if not os.access(path.parent, os.W_OK):
                raise ResultsError(
                    f"{path} holds half a commit of a run that was killed, and mending it needs "
                    f"the right to write; change the permissions of {path.parent}, or copy it"
                ) from error
            with closing(_connect(path, "rw")) as writable:
                patiently(lambda: writable.execute(look).fetchall(), Patience())
            db = _connect(path, "ro")
        except BaseException:
            db.close()
            raise
    return db


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # As an address, since SQLite may take a plain path such as file:x?mode=memory for one.
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=_TRY_S, isolation_level=None)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite may say of the file at `path` into a `ResultsError` with what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        explanation = _explanation(path, error)
        raise (Held(str(explanation)) if _is_held(error) else explanation) from error
    except UnicodeDecodeError as error:  # what SQLite says quotes a damaged part of the file
        raise _damaged(path, "a text in it is no UTF-8") from error


def _explanation(path: Path, error: sqlite3.DatabaseError) -> ResultsError:
    # A text that is no UTF-8 comes without a code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    kind = _kind(error)  # the rest of the code says more of it
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ResultsError(
            f"{path} was held by another program for {_WAIT_S:.0f} s; "
            "close what has it open and run again, finished trials are kept"
        )
    if code in _SYSTEM_ERRORS:
        return refused(path, _SYSTEM_ERRORS[code])
    if kind in _VAGUE or kind == sqlite3.SQLITE_CANTOPEN:
        likeliest = refused(path, _VAGUE[kind]) if kind in _VAGUE else _no_path(path, error)
        return _refusal(path) or likeliest
    if kind in _DAMAGE:
        return _damaged(path, str(error))
    return ResultsError(f"{path} cannot be used ({error}); choose another with --results DIR")


def _refusal(path: Path) -> ResultsError | None:
    """Return what the system says to one who reads and writes the file, and files beside it."""
    at = path
    try:
        if path.exists():
            with path.open("rb"):
                pass
            with path.open("rb+"):
                pass
        at = path.parent
        with tempfile.TemporaryFile(dir=at) as file:
            file.write(b"\0")
    except OSError as error:
        return unusable(at, error)
    return None


def _no_path(path: Path, error: sqlite3.DatabaseError) -> ResultsError:
    """Return the error for a file that SQLite does not open, though others can."""
    n_bytes = len(os.fsencode(path.absolute()))
    if n_bytes <= _PATH_BYTES:
        return ResultsError(f"{path} is not opened by SQLite ({error}); run again")
    return ResultsError(
        f"{shown(path)} cannot be opened by SQLite: many versions of it take paths of up to "
        f"{_PATH_BYTES} bytes, and this one has {n_bytes}; choose a shorter one with --results DIR"
    )


def _kind(error: sqlite3.DatabaseError) -> int:
    # The low byte is the kind of error; a text that is no UTF-8 comes without any.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF


def _damaged(path: Path, why: str) -> ResultsError:
    return ResultsError(
        f"{path} is damaged ({why}); put a copy back in its place, "
        f"or move {path.parent} away and run the sweep again"
    )
