"""Compiled kernels on disk: which directory keeps them, and what a damaged file means.

Numba notices an edit in a kernel's own file only, and would go on using machine code that
holds an edited callee from another file (numba issue 1833). So the cache directory's name is a
hash of all kernel sources with the versions, the CPU and the flags that decide the machine code.
It lies in the user's cache directory, so that read-only installs work too.

Nothing that happens to the directory ends a run: a file that is absent or damaged is compiled
again and replaced, and a kernel that cannot be saved is used all the same.
"""

import atexit
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import caching
from numba.core import dispatcher as _dispatcher

from .cpu import CPU_FEATURES, CPU_NAME, config

# Where numba looks up the cache of a kernel that it declares.
dispatcher: Any = _dispatcher

_ROOM_BYTES = 2**20  # the kernels of the smallest sweep take 0.8 MB
_warned: list[Path] = []  # the directory that the warning named
_DIGEST_BYTES = hashlib.sha256().digest_size


def choose_directory() -> tuple[Path, bool]:
    """Return the directory for compiled kernels, and whether other processes find them there."""
    kept = _kept_dir()
    try:
        # Kernels that are there can be read, whether more of them can be saved or not.
        if not any(kept.glob("*/*.nbi")):
            _write_in(kept)
    except OSError as error:
        return _temporary_dir(kept, error), False
    return kept, True


def _kept_dir() -> Path:
    """Return the directory for this very set of kernel sources, versions, CPU and flags."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(here.glob("*.py")):
        text = source.read_bytes()
        digest.update(f"{source.name} {len(text)} ".encode() + text)
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
    return _cache_root() / "rnnsweep" / digest.hexdigest()[:16]


def _cache_root() -> Path:
    """Return where the user's caches lie."""
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

    Rights say little: they mean nothing to root, and a disk or a quota may be full.
    """
    inner = directory / _Locator.get_suitable_cache_subpath(__file__)
    for path in (directory, inner):
        if (path.is_symlink() or path.is_file()) and not path.is_dir():
            path.unlink()  # what is no folder there is damage
    inner.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=inner) as file:
        file.write(bytes(_ROOM_BYTES))


def _temporary_dir(kept: Path, error: OSError) -> Path:
    """Return a directory for this process alone, in place of one that cannot be written."""
    try:
        directory = Path(tempfile.mkdtemp(prefix="rnnsweep-"))
    except OSError:
        # Nothing can be written anywhere. Kernels are compiled all the same, and not saved.
        _warn_not_kept(kept, error)
        return kept
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    _warn_not_kept(kept, error, f" They go to {directory} until this process ends.")
    return directory


def _warn_not_kept(directory: Path, error: OSError, instead: str = "") -> None:
    """Warn once a process: a full disk refuses every kernel."""
    if not _warned:
        _warned.append(directory)
        warnings.warn(
            f"no kernels can be kept in {directory} ({error.strerror or error}), so every process "
            f"compiles them anew; name a writable directory with NUMBA_CACHE_DIR.{instead}",
            stacklevel=1,
        )


class _Locator(caching.UserProvidedCacheLocator):
    """The place of a kernel's files below `config.CACHE_DIR`, whether it can be written or not."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "_Locator":
        """Return the place; numba's own takes another where it cannot write."""
        return cls(py_func, py_file)


class _Implementation(caching.CompileResultCacheImpl):
    _locator_classes: list[Any] = [_Locator]  # noqa: RUF012 - as numba declares it


class _Files(caching.IndexDataCacheFile):
    """The files of one kernel, each after a digest of its content.

    Numba unpickles whatever it finds. A file that was cut ended every later run, and one with
    other bytes in its machine code would be run.
    """

    def save(self, key: Any, data: Any) -> None:
        """Save a compiled kernel, with what it is: see `load`."""
        super().save(key, (key, data))

    def load(self, key: Any) -> Any:
        """Return the compiled kernel; None where there is none, or a damaged one."""
        # Two processes that save kernels at once may both take the same name for a file.
        is_for, data = super().load(key) or (None, None)
        return data if is_for == key else None

    def _load_index(self) -> dict[Any, str]:
        stamp, overloads = self._read(self._index_path) or (None, {})
        return overloads if stamp == self._source_stamp else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, (self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return self._read(self._data_path(name))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    @staticmethod
    def _read(path: str) -> Any:
        try:
            content = Path(path).read_bytes()
        except OSError:
            return None
        digest, pickled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return pickle.loads(pickled) if hashlib.sha256(pickled).digest() == digest else None

    def _write(self, path: str, content: Any) -> None:
        pickled = self._dump(content)
        if Path(path).is_dir():  # no file can be renamed onto it
            shutil.rmtree(path, ignore_errors=True)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(pickled).digest() + pickled)


class KernelCache(caching.FunctionCache):
    """The cache of one kernel; saving is an attempt."""

    _impl_class = _Implementation

    def __init__(self, py_func: Any) -> None:
        super().__init__(py_func)
        numbas = self._cache_file
        self._cache_file = _Files(
            numbas._cache_path, self._impl.filename_base, numbas._source_stamp
        )

    def save_overload(self, sig: Any, data: Any) -> None:
        """Save a compiled kernel if that is possible; it is in memory in any case."""
        try:
            super().save_overload(sig, data)
        except OSError as error:  # the disk is full, the directory is gone, ...
            _warn_not_kept(Path(self.cache_path).parent, error)


@contextmanager
def kept_in(directory: Path) -> Iterator[None]:
    """Keep kernels that are declared meanwhile in a directory; users' own stay where they are."""
    before = config.CACHE_DIR, dispatcher.FunctionCache
    config.CACHE_DIR, dispatcher.FunctionCache = str(directory), KernelCache
    try:
        yield
    finally:
        config.CACHE_DIR, dispatcher.FunctionCache = before
