"""The arrays of an npz file as the parts of a task, checked; a fault is reported with its place."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .arrays_task import Form, form_of
from .part_arrays import ARRAYS, read_part
from .parts import Part
from .predictors import counted
from .reading.files import SourceError, read_bytes
from .reading.npz_file import read_npz

_SUFFIXES = {"train": "", "val": "_val", "test": "_test"}
_NAMES = tuple(name + suffix for suffix in _SUFFIXES.values() for name in ARRAYS)
# The arrays that all parts have or none has, and what to give for a part that needs none.
_OF_ALL_PARTS = {
    "lengths": "give the lengths of every part; those of a part without padding are "
    "{}=np.full(len({x}), {x}.shape[1])",
    "mask": "give the mask of every part; that of a part in which every time step counts is "
    "{}=np.ones({x}.shape[:2])",
}


@dataclass(frozen=True, eq=False)
class Arrays:
    """The parts that a file has; two `Arrays` are equal if the bytes of their files are.

    Attributes
    ----------
    digest : str
        sha256 of the file's bytes.
    parts : dict of Part
        "train", and "val" and "test" if the file has them. All have `lengths` or none has, and
        all have a `mask` or none has.
    form : Form
    """

    digest: str
    parts: dict[str, Part] = field(repr=False)
    form: Form

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Arrays) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def read_arrays(path: Path) -> Arrays:
    """Read an npz file with x and y, and perhaps lengths and the same for val and test.

    Raises
    ------
    SourceError
        The file or an array is not what it has to be; the text is about the first fault.
    """
    content = read_bytes(path, "an npz file")
    arrays = read_npz(content, _NAMES)
    for name in ("x", "y"):
        if name not in arrays:
            names = ", ".join(arrays) or "none"
            raise SourceError(f'it has no array "{name}"; it has {names}')
    parts = {
        part: read_part(arrays, suffix)
        for part, suffix in _SUFFIXES.items()
        if any(name + suffix in arrays for name in ARRAYS)
    }
    for name in _OF_ALL_PARTS:
        _check_all_have(arrays, name)
    for part in parts:
        _check_alike(parts["train"], parts[part], _SUFFIXES[part])
    has_symbols, has_classes = (
        np.issubdtype(array.dtype, np.integer) for array in parts["train"][:2]
    )
    n_symbols = 1 + max(int(part.x.max()) for part in parts.values()) if has_symbols else 0
    n_classes = _count_classes(parts) if has_classes else 0
    form = form_of(parts["train"], n_symbols, n_classes)
    return Arrays(hashlib.sha256(content).hexdigest(), parts, form)


def _check_all_have(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    """Check that all parts have an array of `_OF_ALL_PARTS`, or none."""
    missing = {
        f"{name}{suffix}": f"x{suffix}"
        for suffix in _SUFFIXES.values()
        if f"x{suffix}" in arrays and f"{name}{suffix}" not in arrays
    }
    present = [f"{name}{suffix}" for suffix in _SUFFIXES.values() if f"{name}{suffix}" in arrays]
    for lacking, x in missing.items() if present else ():
        way_out = _OF_ALL_PARTS[name].format(lacking, x=x)
        raise SourceError(f'it has "{present[0]}" and "{x}" but no "{lacking}"; {way_out}')


def _check_alike(train: Part, part: Part, suffix: str) -> None:
    for name, of_train, own in (("x", train.x, part.x), ("y", train.y, part.y)):
        if of_train.dtype != own.dtype or of_train.shape[1:] != own.shape[1:]:
            raise SourceError(
                f'"{name}{suffix}" has the shape {own.shape} and holds {own.dtype}, and "{name}" '
                f"has {of_train.shape} of {of_train.dtype}; only their numbers of sequences may "
                "differ"
            )


def _count_classes(parts: Mapping[str, Part]) -> int:
    """Return the number of classes, which have to go from 0 on without gaps."""
    by_suffix = {_SUFFIXES[name]: _classes(part) for name, part in parts.items()}
    occurring = np.unique(np.concatenate(list(by_suffix.values())))
    n_classes = len(occurring)
    if occurring[-1] >= n_classes:
        _refuse_gap(by_suffix, occurring)
    if n_classes == 1:
        raise SourceError(
            f"{_named(by_suffix)}: 0 is the only class; there is nothing to distinguish"
        )
    return n_classes


def _classes(part: Part) -> NDArray[np.int64]:
    """Return the classes that occur in a part, at the time steps that count."""
    return np.unique(counted(part))


def _refuse_gap(
    by_suffix: Mapping[str, NDArray[np.int64]], occurring: NDArray[np.int64]
) -> NoReturn:
    of_train = by_suffix[_SUFFIXES["train"]]
    if of_train[-1] == len(of_train) - 1:
        # The classes of the training part have no gap, so that another part is wrong.
        suffix = next(suffix for suffix, own in by_suffix.items() if own[-1] == occurring[-1])
        raise SourceError(
            f'"y{suffix}" holds class {occurring[-1]}, which "y" lacks: its classes go from 0 to '
            f"{of_train[-1]}; correct one of them, or number the classes of all parts from 0 "
            "without gaps"
        )
    missing = int(np.flatnonzero(occurring != np.arange(len(occurring)))[0])
    raise SourceError(
        f"class {missing} does not occur in {_named(by_suffix)}, and class {occurring[-1]} does; "
        "number the classes from 0 without gaps"
    )


def _named(by_suffix: Mapping[str, Any]) -> str:
    return ", ".join(f"y{suffix}" for suffix in by_suffix)
