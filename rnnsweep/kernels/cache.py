"""Compiled kernels on disk: how they are saved, and what a damaged file means.

Nothing that happens to the directory ends a run: a file that is absent or damaged is compiled
again and replaced, and a kernel that cannot be saved is used all the same.
"""

import hashlib
import pickle
import shutil
from pathlib import Path
from typing import Any

from numba.core import caching

from .cache_directory import CACHE_DIR, warn_not_kept
from .cpu import config

_DIGEST_BYTES = hashlib.sha256().digest_size


def keep(kernel: Any) -> Any:
    """Make a jitted function one whose machine code is kept on disk, and return it.

    Numba's ``cache=True`` would keep it in the directory of numba's own configuration.
    """
    if not config.DISABLE_JIT:
        kernel._cache = KernelCache(kernel.py_func)
    return kernel


class _Locator(caching.UserProvidedCacheLocator):
    """The place of a kernel's files below `CACHE_DIR`, whether it can be written or not."""

    def __init__(self, py_func: Any, py_file: str) -> None:
        super().__init__(py_func, py_file)
        self._cache_path = str(CACHE_DIR / self.get_suitable_cache_subpath(py_file))

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "_Locator":
        """Return the place; numba's own method chooses another where it cannot write."""
        return cls(py_func, py_file)


class _Implementation(caching.CompileResultCacheImpl):
    _locator_classes: list[Any] = [_Locator]  # noqa: RUF012 - as numba declares it


class _Files(caching.IndexDataCacheFile):
    """The files of one kernel; each begins with a digest of the rest.

    Numba unpickles whatever a file contains. A file that was cut ended every later run, and
    machine code with changed bytes would be run.
    """

    def save(self, key: Any, data: Any) -> None:
        """Save a compiled kernel together with its key: see `load`."""
        super().save(key, (key, data))

    def load(self, key: Any) -> Any:
        """Return the compiled kernel; None where there is none, or a damaged one."""
        # Two processes that save kernels at once may both choose the same name for a file.
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
    """The cache of one kernel; a kernel that cannot be saved is used all the same."""

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
            warn_not_kept(Path(self.cache_path).parent, error)
