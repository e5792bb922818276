"""Every @njit function, and nothing else.

Importing this package decides where compiled kernels are cached, before the first decorator
runs. Numba notices an edit in a kernel's own file only, and would go on using machine code that
holds an edited callee from another file (numba issue 1833). So the cache directory's name is a
hash of all kernel sources with the versions, the CPU and the flags that decide the machine code.
It lies in the user's cache directory, so that read-only installs work too.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import llvmlite
import numba
import numpy as np

from .cpu import CPU_FEATURES, CPU_NAME, config


def _cache_dir() -> Path:
    """Return the directory for kept kernels, or where nobody can write there, one for now."""
    directory = _kept_dir()
    return directory if _is_writable(directory) else _temporary_dir(directory)


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


def _is_writable(directory: Path) -> bool:
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _temporary_dir(wanted: Path) -> Path:
    """Return a directory for this process alone: numba compiles nothing without one."""
    warnings.warn(
        f"no kernels can be kept in {wanted}, so every process compiles them anew; "
        "name a writable directory with NUMBA_CACHE_DIR",
        stacklevel=2,
    )
    directory = Path(tempfile.mkdtemp(prefix="rnnsweep-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


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


@contextmanager
def _numba_cache(directory: Path) -> Iterator[None]:
    """Point numba's cache at a directory while kernels are declared; users' own stay put."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(directory)
    try:
        yield
    finally:
        config.CACHE_DIR = before


CACHE_DIR = _cache_dir()
# Whether another process finds there what this one compiles.
CACHE_IS_KEPT = _kept_dir() == CACHE_DIR
with _numba_cache(CACHE_DIR):
    from . import (
        activations,
        apart,
        backward,
        block,
        cells,
        dropout,
        elementary,
        gru,
        layers,
        linking,
        losses,
        lstm,
        notebook,
        optimizers,
        probe,
        products,
        rnn,
        single,
        subnormals,
        training,
        views,
        weights,
    )

__all__ = [
    "CACHE_DIR",
    "CACHE_IS_KEPT",
    "activations",
    "apart",
    "backward",
    "block",
    "cells",
    "dropout",
    "elementary",
    "gru",
    "layers",
    "linking",
    "losses",
    "lstm",
    "notebook",
    "optimizers",
    "probe",
    "products",
    "rnn",
    "single",
    "subnormals",
    "training",
    "views",
    "weights",
]
