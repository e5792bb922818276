"""Errors of SQLite as errors that say what a user can do."""

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rnnsweep.errors import ResultsError
from rnnsweep.system_errors import refused, shown, unusable

from . import patience
from .commands import repair_command
from .patience import Held, full_code, is_held, primary_code

# The system's error behind an extended result code of SQLite.
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
# Primary result codes that have many causes, with the likeliest one.
_LIKELIEST_ERRORS = {
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
# MAX_PATHNAME of SQLite's os_unix.c, without "-journal" after the name of the store, and without
# ".tmp-" before that of a new one.
_PATH_BYTES = 512 - 8 - 5


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn errors of SQLite about the file at `path` into a `ResultsError` that says what to do."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.DatabaseError as error:
        explanation = _explanation(path, error)
        raise (Held(str(explanation)) if is_held(error) else explanation) from error
    except UnicodeDecodeError as error:  # SQLite's message quotes a damaged part of the file
        raise Damaged(path, "a text in it is not UTF-8") from error


class Damaged(ResultsError):
    """A store is damaged.

    Parameters
    ----------
    path : Path
        The store.
    why : str
        What is wrong with it.
    losses : str
        What is whole and what is lost, if that is known.
    """

    def __init__(self, path: Path, why: str, losses: str = "") -> None:
        self.path = path
        self.why = why
        self.losses = losses
        losses = f": {losses}" if losses else ""
        super().__init__(
            f"{path} is damaged ({why}){losses}; put a copy back in its place, or keep what is "
            f"whole and train the rest again: {repair_command(path.parent)}"
        )


def _explanation(path: Path, error: sqlite3.DatabaseError) -> ResultsError:
    code, primary = full_code(error), primary_code(error)
    if is_held(error):
        return ResultsError(
            f"{path} was held by another program for {patience.WAIT_S:.0f} s; "
            "close what has it open and run again, finished trials are kept"
        )
    if code in _SYSTEM_ERRORS:
        return refused(path, _SYSTEM_ERRORS[code])
    if primary == sqlite3.SQLITE_CANTOPEN:
        return _refusal(path) or _not_opened(path, error)
    if primary == sqlite3.SQLITE_READONLY and not path.exists():  # it is open, and was moved away
        return refused(path, errno.ENOENT)
    if primary in _LIKELIEST_ERRORS:
        return _refusal(path) or refused(path, _LIKELIEST_ERRORS[primary])
    if primary in _DAMAGE:
        return Damaged(path, str(error))
    return ResultsError(f"{path} cannot be used ({error}); choose another with --results DIR")


def _refusal(path: Path) -> ResultsError | None:
    """Return the system's error on reading and writing the file, or a file next to it; or None."""
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


def _not_opened(path: Path, error: sqlite3.DatabaseError) -> ResultsError:
    """Return the error for a file that SQLite does not open, though the system does."""
    n_bytes = len(os.fsencode(path.absolute()))
    if n_bytes <= _PATH_BYTES:
        return ResultsError(f"SQLite does not open {path} ({error}); run again")
    return ResultsError(
        f"{shown(path)} cannot be opened by SQLite: many versions of it take paths of up to "
        f"{_PATH_BYTES} bytes, and this one has {n_bytes}; choose a shorter one with --results DIR"
    )
