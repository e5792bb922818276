"""Messages for the operating system's errors at a results folder: what is wrong, what to do."""

import errno
import os
from pathlib import Path

from rnnsweep.errors import ResultsError

_ELSEWHERE = "choose another folder with --results DIR"
_ROOM = "free some space and run again; what was stored before is kept"
_LONGEST = 200  # characters of a path that a message shows

# By error number: what the message says of the file, and what to do.
_MEANINGS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("cannot be written: the disk is full", _ROOM),
    errno.EDQUOT: ("cannot be written: the disk quota of this user is used up", _ROOM),
    errno.EFBIG: (
        "cannot be written: the disk is full, or it would be larger than the file system or the "
        "limit of this process (ulimit -f) allows",
        "free some space or raise the limit and run again; what was stored before is kept",
    ),
    errno.EROFS: ("is not writable: its file system is mounted read-only", _ELSEWHERE),
    errno.ENAMETOOLONG: (
        "cannot be used: a name in this path, or the whole path, is longer than the system allows",
        "choose a shorter one with --results DIR",
    ),
    errno.ENOTDIR: ("cannot be used: a part of this path is a file, not a folder", _ELSEWHERE),
    errno.EISDIR: ("cannot be used: it is a folder, not a file", "move it away and run again"),
    errno.EEXIST: (
        "cannot be used: there is something in its place that is no folder",
        f"move it away, or {_ELSEWHERE}",
    ),
    errno.ELOOP: (
        "cannot be used: it is a symbolic link in place of a file, or links in its path lead in a "
        "circle",
        f"remove the link, or {_ELSEWHERE}",
    ),
    errno.ENOENT: (
        "is gone: it, or a folder above it, was moved or deleted",
        "put it back, or run the sweep again",
    ),
    errno.ESTALE: (
        "is gone: its file server no longer has it",
        "mount the file system again, then run again",
    ),
    errno.EMFILE: (
        "cannot be opened: this process has the maximum number of files open",
        "raise the limit (ulimit -n) and run again",
    ),
    errno.ENFILE: (
        "cannot be opened: the whole system has the maximum number of files open",
        "end other programs and run again",
    ),
    errno.EIO: (
        "could not be read or written: the disk reports an error",
        "check that the disk has space and works, then run again; finished trials are kept",
    ),
    errno.ENXIO: ("cannot be used: it is no regular file", f"move it away, or {_ELSEWHERE}"),
    errno.ENOLCK: ("cannot be locked: its file system has no locks", _ELSEWHERE),
    errno.ENOMEM: (
        "could not be read or written: no memory was left",
        "end other programs and run again; finished trials are kept",
    ),
    errno.EBUSY: ("is in use by another program or by the system", "end that and run again"),
    errno.ETXTBSY: ("is in use by another program", "end that and run again"),
}
_SAME = {
    errno.ENOSYS: errno.ENOLCK,  # by flock on a file system without locks
    errno.EOPNOTSUPP: errno.ENOLCK,
    errno.ENODEV: errno.EIO,
    errno.ETIMEDOUT: errno.EIO,
}


class NoRoom(ResultsError):
    """The disk is full, or the quota of this user is used up: space can be made."""


def unusable(path: Path, error: OSError, *, reading: bool = False) -> ResultsError:
    """Return the error that says why `path` cannot be used, and what to do.

    Parameters
    ----------
    path : Path
    error : OSError
    reading : bool
        Whether the file was only to be read.
    """
    code = _SAME.get(error.errno or 0, error.errno)
    if isinstance(error, PermissionError):
        return not_readable(path) if reading else not_writable(path)
    if code in _MEANINGS:
        what, way_out = _MEANINGS[code]
        kind = NoRoom if code in (errno.ENOSPC, errno.EDQUOT) else ResultsError
        return kind(f"{shown(path)} {what}; {way_out}")
    return ResultsError(
        f"{shown(path)} cannot be used ({error.strerror or error}); correct that, or {_ELSEWHERE}"
    )


def refused(path: Path, code: int) -> ResultsError:
    """Return the error of `unusable` for an error number."""
    return unusable(path, OSError(code, os.strerror(code)))


def not_writable(path: Path) -> ResultsError:
    """Return the error for a path where this user may not write."""
    return ResultsError(f"{shown(path)} is not writable; change its permissions, or {_ELSEWHERE}")


def not_readable(path: Path) -> ResultsError:
    """Return the error for a path that this user may not read."""
    return ResultsError(f"{shown(path)} may not be read by this user; change its permissions")


def shown(path: Path) -> str:
    """Return a path as a message shows it, without its middle if it is very long."""
    text = str(path)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 4 :]} ({len(text)} characters)"
