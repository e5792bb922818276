"""The elementwise parts of cells that the package writes: from their text to compiled functions.

The text of a cell becomes a module in a file beside the compiled kernels, named by a hash of the
text: numba keeps machine code for functions of a file only, and a later process finds both. The
built-in cells rnn, lstm and gru with tanh lie in the folder `derived`, to be read.
"""

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from .apart import Apart
from .cache_directory import CACHE_DIR, warn_not_kept

DERIVED = Path(__file__).parent / "derived"


class Parts(NamedTuple):
    """The functions of a cell, each of the arguments of `elementwise.time_step`."""

    advance: Apart
    retreat: Apart
    slopes: Apart


@cache
def parts(source: str) -> Parts:
    """Return the functions of a cell's text, not compiled yet."""
    module = _module(source)
    return Parts(module.advance, module.retreat, module.slopes)


def _module(source: str) -> ModuleType:
    path = _file(source)
    name = f"rnnsweep.kernels.derived.{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Before it is run: machine code from the cache names the module of its function.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _file(source: str) -> Path:
    """Return a file with this text: one of the package, or one that is kept in the cache."""
    for path in DERIVED.glob("*.py"):
        if path.read_text("utf-8") == source:
            return path
    folder = CACHE_DIR / "cells"
    path = folder / f"cell_{hashlib.sha256(source.encode()).hexdigest()[:16]}.py"
    if _has(path, source):
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _put(path, source)
    except OSError as error:  # the disk is full, the directory is gone, ...
        warn_not_kept(CACHE_DIR, error)
        return _temporary(source, path.name)
    return path


def _has(path: Path, source: str) -> bool:
    try:
        return path.read_text("utf-8") == source
    except (OSError, UnicodeDecodeError):
        return False


def _put(path: Path, source: str) -> None:
    """Create the file; of several processes the first one does.

    Numba's index of machine code has the time and size of the file, or a hash of its text: that
    depends on the version. So a file that is right is not written again; a damaged one is replaced.
    """
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        _link(name, path, source)
    finally:
        Path(name).unlink(missing_ok=True)


def _link(name: str, path: Path, source: str) -> None:
    try:
        os.link(name, path)
    except OSError:  # another process was first, or it is damaged, or there are no links here
        if _has(path, source):
            return
        if path.is_dir():  # no file can be renamed onto it
            shutil.rmtree(path)
        Path(name).replace(path)


@cache
def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="rnnsweep-cells-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _temporary(source: str, name: str) -> Path:
    """Return a file for this process alone."""
    path = _temporary_folder() / name
    path.write_text(source, "utf-8")
    return path
