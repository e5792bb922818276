"""The directory that keeps compiled kernels, chosen once a process.

Numba notices an edit in a kernel's own file only, and would go on using machine code that
contains an edited callee from another file (numba issue 1833). So the directory's name is a hash
of all kernel sources with the versions, the CPU and the flags that decide the machine code. It
lies in the user's cache directory, so that read-only installs work too.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import llvmlite
import numba
import numpy as np
from numba.core import caching

from .cpu import CPU_FEATURES, CPU_NAME, config

_ROOM_BYTES = 2**20  # the kernels of the smallest sweep take 0.8 MB
_warned: list[Path] = []  # the directory that the warning named


def choose_directory() -> tuple[Path, bool]:
    """Return the directory for compiled kernels, and whether other processes find them there."""
    directory = hashed_directory()
    try:
        # Kernels that are there can be read, whether more of them can be saved or not.
        if not any(directory.glob("*/*.nbi")):
            _write_in(directory)
    except OSError as error:
        return _temporary_directory(directory, error), False
    return directory, True


def hashed_directory() -> Path:
    """Return the directory for exactly these kernel sources, versions, CPU and flags."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(here.rglob("*.py")):
        text = source.read_bytes()
        name = source.relative_to(here).as_posix()
        digest.update(f"{name} {len(text)} ".encode() + text)
    state = (
        sys.version,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        CPU_NAME,
        CPU_FEATURES,
        config.BOUNDSCHECK,
        config.DEBUGINFO_DEFAULT,
        config.OPT,
    )
    digest.update(repr(state).encode())
    return _user_caches() / "rnnsweep" / digest.hexdigest()[:16]


def _user_caches() -> Path:
    """Return the directory of the user's caches; NUMBA_CACHE_DIR names another one."""
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen)
    try:
        home = Path.home()
    except RuntimeError:  # a user without an entry, as containers have
        return Path(os.devnull)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    if sys.platform == "darwin":
        return home / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")


def _write_in(directory: Path) -> None:
    """Make the directory and write in it, or raise `OSError`.

    Permissions say little: they mean nothing to root, and a disk or a quota may be full.
    """
    inner = directory / caching.UserProvidedCacheLocator.get_suitable_cache_subpath(__file__)
    for path in (directory, inner):
        if (path.is_symlink() or path.is_file()) and not path.is_dir():
            path.unlink()  # damage: only a folder belongs here
    inner.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=inner) as file:
        file.write(bytes(_ROOM_BYTES))


def _temporary_directory(unusable: Path, error: OSError) -> Path:
    """Return a directory for this process alone, in place of one that cannot be written."""
    try:
        directory = Path(tempfile.mkdtemp(prefix="rnnsweep-"))
    except OSError:
        # Nothing can be written anywhere. Kernels are compiled all the same, and not saved.
        warn_not_kept(unusable, error)
        return unusable
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    warn_not_kept(unusable, error, f" They go to {directory} until this process ends.")
    return directory


def warn_not_kept(directory: Path, error: OSError, instead: str = "") -> None:
    """Warn once a process that kernels cannot be saved: a full disk refuses every kernel."""
    if not _warned:
        _warned.append(directory)
        warnings.warn(
            f"no kernels can be kept in {directory} ({error.strerror or error}), so every process "
            f"compiles them anew; name a writable directory with NUMBA_CACHE_DIR.{instead}",
            stacklevel=1,
        )


# CACHE_IS_KEPT: whether other processes find there what this one compiles.
CACHE_DIR, CACHE_IS_KEPT = choose_directory()
