"""The SQLite file of a store: creating it, checking it, and opening it to write or to read."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from rnnsweep.errors import ResultsError
from rnnsweep.system_errors import unusable

from .database_errors import Damaged, explained
from .forms import NEWEST_FORM, bring_up_to_date, form_of
from .inspection import check_structure, inspect
from .patience import TRY_S, Patience, patiently

# SQLite leaves room in the file's header for the program that the file belongs to.
APPLICATION_ID = int.from_bytes(b"rnns", "big")

# Places in the header, from "The SQLite database file format", section 1.3.
_MAGIC = b"SQLite format 3\0"
_USER_VERSION = slice(60, 64)
_APPLICATION_ID = slice(68, 72)


def begin(db: sqlite3.Connection, mode: str) -> None:
    """Begin a transaction, "IMMEDIATE" to write or "DEFERRED" to read, and lock the file for it."""
    db.execute(f"BEGIN {mode}")
    try:
        if mode == "DEFERRED":  # it locks the file at the first read
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def create(path: Path, store: Path) -> None:
    """Write an empty store to `path`, from which the caller renames it to `store`."""
    with explained(store), closing(connect(path, "rwc")) as db:
        # A file that is renamed when it is complete needs no journal.
        db.execute("PRAGMA journal_mode = OFF")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        bring_up_to_date(db)


def check_header(path: Path, *, older: bool = False) -> None:
    """Raise `ResultsError` unless the file is a store of a form that this version knows.

    This reads the header alone.

    Parameters
    ----------
    path : Path
    older : bool
        Whether an older form is allowed, too.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise unusable(path, error, reading=True) from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise Damaged(path, "it is not an SQLite file")
    if int.from_bytes(header[_APPLICATION_ID], "big") != APPLICATION_ID:
        raise ResultsError(
            f"{path} is a database of another program; nothing was touched, "
            "choose another folder with --results DIR"
        )
    form = int.from_bytes(header[_USER_VERSION], "big")
    if form > NEWEST_FORM:
        raise ResultsError(
            f"{path} was written by a newer version of rnnsweep (its form is {form}, this "
            f"version knows {NEWEST_FORM}); update rnnsweep, or choose another folder "
            "with --results DIR"
        )
    if form < NEWEST_FORM and not older:
        raise ResultsError(
            f"{path} was written by an older version of rnnsweep (its form is {form}, this "
            f"version's is {NEWEST_FORM}); run the sweep again, which brings it up to date, "
            "or see with `plan` what that would train"
        )


def open_to_write(path: Path, patience: Patience) -> sqlite3.Connection:
    """Check a whole store, bring it up to date, and open it for the one process that writes."""
    with explained(path):
        db = connect(path, "rw")
        try:
            # A run must not build on a damaged store.
            is_new = patiently(lambda: form_of(db), patience) == NEWEST_FORM
            patiently(lambda: inspect(db) if is_new else check_structure(db), patience)
            patiently(lambda: bring_up_to_date(db), patience)
        except BaseException:
            db.close()
            raise
    return db


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a store for reading; the folder need not be writable."""
    with explained(path):
        db = connect(path, "ro")
        try:
            look = "SELECT count(*) FROM sweep"
            patiently(lambda: db.execute(look).fetchall(), Patience())
        except sqlite3.OperationalError as error:
            db.close()
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            # A run was killed in the middle of a commit. SQLite rolls the half back when the
            # file is opened next with the right to write.
            if not os.access(path.parent, os.W_OK):
                raise ResultsError(
                    f"{path} holds half a commit of a run that was killed, and undoing it "
                    f"needs the right to write; change the permissions of {path.parent}, or copy it"
                ) from error
            with closing(connect(path, "rw")) as writable:
                patiently(lambda: writable.execute(look).fetchall(), Patience())
            db = connect(path, "ro")
        except BaseException:
            db.close()
            raise
    return db


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open an SQLite file: "ro" to read, "rw" to write, "rwc" to create it too."""
    # As a URI, since SQLite may take a plain path such as file:x?mode=memory for one.
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=TRY_S, isolation_level=None)
