"""The lock of a results folder: one run holds it, and its file says which run that is.

The system releases a lock when its process ends, however that ends, so that the lock of a process
that was killed is free. What is written in the file means something only while the file is locked.
"""

import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Links are not followed: the lock would be one of a file that does not belong to these results.
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
# Somebody who looks whether the file is locked disturbs for microseconds, this often at most.
_TRIES = 100
_PAUSE_S = 0.001

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes, which others cannot read: those far behind what is written.
    _AT = 2**30
    _HAS_SHARED = False

    def _locked(handle: int, *, shared: bool = False) -> bool:
        """Lock an open file, or return False where another has locked it."""
        os.lseek(handle, _AT, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
else:
    import fcntl

    _HAS_SHARED = True

    def _locked(handle: int, *, shared: bool = False) -> bool:
        """Lock an open file, or return False where another has locked it.

        Any number may have the shared lock at the same time, if none has the other.
        """
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        return True


class Holder(NamedTuple):
    """The run that holds a folder.

    Attributes
    ----------
    process : int
    host : str
        The name of its machine.
    since : float
        When it took the lock, in seconds since 1970.
    """

    process: int
    host: str
    since: float

    def __str__(self) -> str:
        then, now = time.localtime(self.since), time.localtime()
        day = "" if then[:3] == now[:3] else "%Y-%m-%d "
        moment = time.strftime(f"{day}%H:%M", then)
        return f"process {self.process} on host {self.host}, since {moment}"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the run is on another machine."""
        return self.host != socket.gethostname()


class RunLock:
    """The lock of one run on the file at `path`, which is created where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Lock the file and write this process into it; return False if another run holds it.

        Raises
        ------
        OSError
            If the file cannot be opened, or its file system has no locks.
        """
        for _ in range(_TRIES):
            handle = os.open(self._path, _FLAGS, 0o644)
            try:
                if _locked(handle):
                    if _is_at(handle, self._path):
                        self._handle, handle = handle, -1
                        self._sign()
                        return True
                elif _HAS_SHARED and not _locked(handle, shared=True):
                    return False
                # Somebody looked at the lock, or removed the file: neither is a run.
            finally:
                if handle >= 0:
                    os.close(handle)
            time.sleep(_PAUSE_S)
        return False

    def release(self) -> None:
        """Allow the next run to lock the file."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with suppress(OSError):
                os.ftruncate(handle, 0)
            os.close(handle)

    def _sign(self) -> None:
        """Write which process this is into the file, if the disk has room for it."""
        assert self._handle is not None
        holder = Holder(os.getpid(), socket.gethostname(), time.time())
        with suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.lseek(self._handle, 0, os.SEEK_SET)
            os.write(self._handle, json.dumps(holder._asdict()).encode())


def is_locked(path: Path) -> bool | None:
    """Return whether a run has locked the file; None where this user cannot see it."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        return not _locked(handle, shared=True)
    except OSError:
        return None
    finally:
        os.close(handle)


def holder_of(path: Path) -> Holder | None:
    """Return what the locked file says of its run; None where it says nothing."""
    try:
        holder = Holder(**json.loads(path.read_bytes()))
        return Holder(int(holder.process), str(holder.host), float(holder.since))
    except (OSError, ValueError, TypeError):
        return None


def _is_at(handle: int, path: Path) -> bool:
    """Return whether an open file is the one at `path`, and was not removed or replaced."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False
