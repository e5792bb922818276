"""The arrays of an npz file as the parts of a task, checked; a fault is reported with its place."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .base import MAX_SEQ_LEN
from .parts import Part, within
from .reading.files import SourceError, read_bytes
from .reading.npz_file import read_npz

_SUFFIXES = {"train": "", "val": "_val", "test": "_test"}
_NAMES = tuple(name + suffix for suffix in _SUFFIXES.values() for name in ("x", "y", "lengths"))
_MAX_SYMBOLS = 1_000_000


@dataclass(frozen=True, eq=False)
class Arrays:
    """The parts that a file has; two `Arrays` are equal if the bytes of their files are.

    Attributes
    ----------
    digest : str
        sha256 of the file's bytes.
    parts : dict of Part
        "train", and "val" and "test" if the file has them. All have `lengths` or none has.
    n_symbols, n_classes : int
        The number of symbols in x and of classes in y; 0 if these are numbers.
    """

    digest: str
    parts: dict[str, Part] = field(repr=False)
    n_symbols: int
    n_classes: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Arrays) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def every(self) -> bool:
        """Whether there is a target at every time step."""
        return self.parts["train"].y.ndim == (2 if self.n_classes else 3)


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
        part: _part(arrays, suffix)
        for part, suffix in _SUFFIXES.items()
        if any(name + suffix in arrays for name in ("x", "y", "lengths"))
    }
    _check_lengths_of_all(arrays)
    for part in parts:
        _check_alike(parts["train"], parts[part], _SUFFIXES[part])
    has_symbols, has_classes = (
        np.issubdtype(array.dtype, np.integer) for array in parts["train"][:2]
    )
    return Arrays(
        hashlib.sha256(content).hexdigest(),
        parts,
        1 + max(int(part.x.max()) for part in parts.values()) if has_symbols else 0,
        _count_classes(parts) if has_classes else 0,
    )


def _check_lengths_of_all(arrays: Mapping[str, NDArray[Any]]) -> None:
    """Check that all parts have lengths, or none."""
    missing = {
        f"lengths{suffix}": f"x{suffix}"
        for suffix in _SUFFIXES.values()
        if f"x{suffix}" in arrays and f"lengths{suffix}" not in arrays
    }
    present = [f"lengths{suffix}" for suffix in _SUFFIXES.values() if f"lengths{suffix}" in arrays]
    for name, x in missing.items() if present else ():
        raise SourceError(
            f'it has "{present[0]}" and "{x}" but no "{name}"; give the lengths of every part; '
            f"those of a part without padding are {name}=np.full(len({x}), {x}.shape[1])"
        )


def _part(arrays: Mapping[str, NDArray[Any]], suffix: str) -> Part:
    """Return the arrays x, y and lengths with this suffix as a part, with 0 past the ends."""
    names = [name + suffix for name in ("x", "y", "lengths")]
    for name, other in ((names[0], names[1]), (names[1], names[0])):
        if name not in arrays:
            present = other if other in arrays else names[2]
            raise SourceError(f'it has "{present}" but no "{name}"; give both or none')
    for name in names:
        if name in arrays and arrays[name].size == 0:
            raise SourceError(f"{_described(arrays, name)}, and is empty")
    x = _inputs(arrays, names[0])
    n, T = x.shape[:2]
    if T > MAX_SEQ_LEN:
        raise SourceError(f'"{names[0]}" has {T} time steps; allowed: at most {MAX_SEQ_LEN}')
    y = _targets(arrays, names[1], names[0], n, T)
    lengths = None
    if names[2] in arrays:
        lengths = _lengths(arrays, names[2], names[0], n, T)
    x = _checked(x, names[0], lengths)
    per_step = y.ndim == (2 if np.issubdtype(y.dtype, np.integer) else 3)
    return Part(x, _checked(y, names[1], lengths if per_step else None), lengths=lengths)


def _described(arrays: Mapping[str, NDArray[Any]], name: str) -> str:
    array = arrays[name]
    numbers = {"b": "booleans", "f": "floats"}.get(array.dtype.kind, "whole numbers")
    return f'"{name}" has the shape {array.shape} and holds {numbers}'


def _floats(array: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # a number too large for float64 becomes inf, and is refused
        return array.astype(np.float64)


def _is_whole(array: NDArray[Any]) -> bool:
    return array.dtype.kind in "iu"


def _inputs(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    x = arrays[name]
    if x.ndim == 3 or (x.ndim == 2 and _is_whole(x)):
        return x if x.ndim == 2 else _floats(x)
    way = f"; for one input a time step take {name}[:, :, None]" if x.ndim == 2 else ""
    raise SourceError(
        f"{_described(arrays, name)}; allowed: numbers (N, T, I), or whole numbers (N, T), which "
        f"are symbols{way}"
    )


def _targets(
    arrays: Mapping[str, NDArray[Any]], name: str, name_of_x: str, n: int, T: int
) -> NDArray[Any]:
    y = arrays[name]
    has_classes = _is_whole(y) and y.ndim in (1, 2)
    if not has_classes and y.ndim not in (2, 3):
        way = f"; for one number a sequence take {name}[:, None]" if y.ndim == 1 else ""
        if way and are_whole(y):
            way = (
                f"; for a class a sequence take {name}.astype(int), for one number {name}[:, None]"
            )
        raise SourceError(
            f"{_described(arrays, name)}; allowed: numbers (N, O) or (N, T, O), or whole numbers "
            f"(N,) or (N, T), which are classes{way}"
        )
    if len(y) != n:
        raise SourceError(
            f'"{name}" has {len(y)} sequences and "{name_of_x}" has {n}; both numbers have to be '
            "the same"
        )
    if y.ndim == (2 if has_classes else 3) and y.shape[1] != T:
        one = f"for a class a sequence take {name}[:, 0], " if y.shape[1] == 1 else ""
        if has_classes and is_one_hot(y):
            one = f"for a class a sequence take {name}.argmax(axis=1), "
        way = f"; {one}for numbers in place of classes make them floats" if has_classes else ""
        raise SourceError(
            f"{_described(arrays, name)}, so that it has {y.shape[1]} time steps, and "
            f'"{name_of_x}" has {T}; both numbers have to be the same{way}'
        )
    return y if has_classes else _floats(y)


def are_whole(y: NDArray[Any]) -> bool:
    """Return whether all numbers of an array are whole, whatever their type."""
    numbers = _floats(y)
    return bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())


def is_one_hot(y: NDArray[Any]) -> bool:
    """Return whether the numbers along an array's last axis are several 0 and a single 1."""
    zeros_and_ones = y.shape[-1] > 1 and bool(((y == 0) | (y == 1)).all())
    return zeros_and_ones and bool((y.sum(axis=-1) == 1).all())


def _lengths(
    arrays: Mapping[str, NDArray[Any]], name: str, name_of_x: str, n: int, T: int
) -> NDArray[np.int64]:
    lengths = arrays[name]
    if lengths.shape != (n,):
        raise SourceError(
            f"{_described(arrays, name)}; allowed: a length for each of the {n} sequences of "
            f'"{name_of_x}", ({n},)'
        )
    if not _is_whole(lengths):
        raise SourceError(
            f"{_described(arrays, name)}; allowed: whole numbers, as {name}.astype(int) has them"
        )
    bad = (lengths < 1) | (lengths > T)
    if bad.any():
        at = int(bad.argmax())
        raise SourceError(
            f'"{name}"[{at}] is {lengths[at]}; allowed: a whole number from 1 to {T}, the time '
            f'steps of "{name_of_x}"'
        )
    return lengths.astype(np.int64)


def _checked(values: NDArray[Any], name: str, lengths: NDArray[np.int64] | None) -> NDArray[Any]:
    """Return a copy with 0 past the ends, whose floats are finite and whose symbols in range."""
    values = values.copy()
    if lengths is not None:
        values[~within(lengths, values.shape[1])] = 0
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values)
        allowed = "a finite number"
    else:
        bad = (values < 0) | (values >= _MAX_SYMBOLS)
        allowed = f"a whole number from 0 to {_MAX_SYMBOLS - 1}"
    if bad.any():
        at = np.unravel_index(int(bad.argmax()), bad.shape)
        place = ", ".join(str(i) for i in at)
        raise SourceError(f'"{name}"[{place}] is {values[at]}; allowed: {allowed}')
    return values if values.dtype.kind == "f" else values.astype(np.int64)


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
    """Return the classes that occur in a part, without the zeros past the ends."""
    if part.y.ndim == 2 and part.lengths is not None:
        return np.unique(part.y[within(part.lengths, part.y.shape[1])])
    return np.unique(part.y)


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
