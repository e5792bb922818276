"""What the system's errors mean for a file or folder of results, and the way out of each."""

import errno
import os
from pathlib import Path

from rnnsweep.errors import ResultsError

_ELSEWHERE = "choose another folder with --results DIR"
_ROOM = "free some space and run again, what was stored before is kept"
_LONGEST = 200  # characters of a path that a message shows

# What the error says of the file, and what to do.
_MEANINGS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("cannot be written: the disk is full", _ROOM),
    errno.EDQUOT: ("cannot be written: the disk quota of this user is used up", _ROOM),
    errno.EFBIG: (
        "cannot be written: the disk is full, or it would be larger than the file system or the "
        "limit of this process (ulimit -f) allows",
        "free some space or raise the limit and run again, what was stored before is kept",
    ),
    errno.EROFS: ("is not writable: its file system is mounted to be read only", _ELSEWHERE),
    errno.ENAMETOOLONG: (
        "cannot be used: a name in this path, or all of it, is longer than the system takes",
        "choose a shorter one with --results DIR",
    ),
    errno.ENOTDIR: ("cannot be used: a part of this path is a file, not a folder", _ELSEWHERE),
    errno.EISDIR: ("cannot be used: it is a folder, not a file", "move it away and run again"),
    errno.EEXIST: (
        "cannot be used: something that is no folder lies in its place",
        f"move it away, or {_ELSEWHERE}",
    ),
    errno.ELOOP: (
        "cannot be used: it is a symbolic link in place of a file, or links in its path lead in a "
        "circle",
        f"remove the link, or {_ELSEWHERE}",
    ),
    errno.ENOENT: (
        "is gone: it, or a folder above it, was moved or deleted meanwhile",
        "put it back, or run the sweep again",
    ),
    errno.ESTALE: (
        "is gone: its file server no longer knows it",
        "mount the file system again, then run again",
    ),
    errno.EMFILE: (
        "cannot be opened: this process has as many files open as it may",
        "raise the limit (ulimit -n) and run again",
    ),
    errno.ENFILE: (
        "cannot be opened: the whole system has as many files open as it can",
        "end other programs and run again",
    ),
    errno.EIO: (
        "could not be read or written: the disk reports an error",
        "see that the disk has space and is sound, then run again, finished trials are kept",
    ),
    errno.ENXIO: ("cannot be used: it is no regular file", f"move it away, or {_ELSEWHERE}"),
    errno.ENOLCK: ("cannot be locked: its file system has no locks", _ELSEWHERE),
    errno.ENOMEM: (
        "could not be read or written: no memory was left",
        "end other programs and run again, finished trials are kept",
    ),
    errno.EBUSY: ("is in use by another program or by the system", "end that and run again"),
    errno.ETXTBSY: ("is in use by another program", "end that and run again"),
}
_SAME = {
    errno.ENOSYS: errno.ENOLCK,  # what flock says where there is none
    errno.EOPNOTSUPP: errno.ENOLCK,
    errno.ENODEV: errno.EIO,
    errno.ETIMEDOUT: errno.EIO,
}


def unusable(path: Path, error: OSError, *, reading: bool = False) -> ResultsError:
    """Return the error that says what stopped us at `path`, and what to do.

    Parameters
    ----------
    path : Path
    error : OSError
    reading : bool
        Whether the file was to be read alone.
    """
    code = _SAME.get(error.errno or 0, error.errno)
    if isinstance(error, PermissionError):
        return not_readable(path) if reading else not_writable(path)
    if code in _MEANINGS:
        what, way_out = _MEANINGS[code]
        return ResultsError(f"{shown(path)} {what}; {way_out}")
    return ResultsError(
        f"{shown(path)} cannot be used ({error.strerror or error}); mend that, or {_ELSEWHERE}"
    )


def refused(path: Path, code: int) -> ResultsError:
    """Return what `unusable` does for an error of this number."""
    return unusable(path, OSError(code, os.strerror(code)))


def not_writable(path: Path) -> ResultsError:
    """Return the error for a place where this user may not write."""
    return ResultsError(f"{shown(path)} is not writable; change its permissions, or {_ELSEWHERE}")


def not_readable(path: Path) -> ResultsError:
    """Return the error for a place that this user may not read."""
    return ResultsError(f"{shown(path)} may not be read by this user; change its permissions")


def shown(path: Path) -> str:
    """Return a path as a message shows it, the middle left out where it is very long."""
    text = str(path)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}...{text[-_LONGEST // 4 :]} ({len(text)} characters)"
