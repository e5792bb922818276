"""The arrays of one part of a user's data, checked; a fault is reported with its place."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import MAX_SEQ_LEN
from .parts import Part, counting, within
from .reading.files import SourceError

ARRAYS = ("x", "y", "lengths", "mask")
"""The names that the arrays of a part may have, before the suffix of the part."""

MAX_SYMBOLS = 1_000_000


def read_part(arrays: Mapping[str, NDArray[Any]], suffix: str = "") -> Part:
    """Return arrays of whole numbers, floats or booleans as a part.

    Parameters
    ----------
    arrays : dict of array
        x and y, and perhaps lengths and mask, with the suffix of the part after their names.
    suffix : str

    Returns
    -------
    Part
        With 0 past the ends, and y with 0 outside the mask, whatever the numbers there are.

    Raises
    ------
    SourceError
        An array is not what it has to be; the text is about the first fault.
    """
    x_name, y_name, lengths_name, mask_name = (name + suffix for name in ARRAYS)
    for name, other in ((x_name, y_name), (y_name, x_name)):
        if name not in arrays:
            present = other if other in arrays else next(n for n in arrays if n.endswith(suffix))
            raise SourceError(f'it has "{present}" but no "{name}"; give both or none')
    for name in (x_name, y_name, lengths_name, mask_name):
        if name in arrays and arrays[name].size == 0:
            raise SourceError(f"{_described(arrays, name)}, and is empty")
    x = _inputs(arrays, x_name)
    n, T = x.shape[:2]
    if T > MAX_SEQ_LEN:
        raise SourceError(f'"{x_name}" has {T} time steps; allowed: at most {MAX_SEQ_LEN}')
    y = _targets(arrays, y_name, x_name, n, T)
    lengths, mask = None, None
    if lengths_name in arrays:
        lengths = _lengths(arrays, lengths_name, x_name, n, T)
    before_ends = None if lengths is None else within(lengths, T)
    at_every_step = y.ndim == (2 if np.issubdtype(y.dtype, np.integer) else 3)
    if mask_name in arrays:
        if not at_every_step:
            raise SourceError(
                f'it has "{mask_name}", and "{y_name}" has one target a sequence; allowed: a mask '
                "of targets at every time step"
            )
        mask = _mask(arrays, mask_name, x_name, (n, T), before_ends)
    counts = mask if mask is not None else before_ends
    return Part(
        _checked(x, x_name, before_ends),
        _checked(y, y_name, counts if at_every_step else None),
        lengths=lengths,
        mask=mask,
    )


def with_persistence(part: Part, persistence: NDArray[Any], name: str = "persistence") -> Part:
    """Return a part with the forecast that the value stays as it is.

    Raises
    ------
    SourceError
        The targets are classes, or the array is not one of finite numbers in their shape.
    """
    described = _described({name: persistence}, name)
    if np.issubdtype(part.y.dtype, np.integer):
        raise SourceError(f"{described}, and the targets are classes; allowed: targets of numbers")
    if persistence.shape != part.y.shape:
        raise SourceError(f"{described}; allowed: a number for each target, {part.y.shape}")
    counts = counting(part) if part.y.ndim == 3 else None
    return part._replace(persistence=_checked(_floats(persistence), name, counts))


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


def _mask(
    arrays: Mapping[str, NDArray[Any]],
    name: str,
    name_of_x: str,
    shape: tuple[int, int],
    before_ends: NDArray[np.bool_] | None,
) -> NDArray[np.bool_]:
    """Return where a mask is 1, without what is past the ends."""
    mask = arrays[name]
    if mask.shape != shape:
        way = f"; take {name}[:, :, 0]" if mask.shape == (*shape, 1) else ""
        raise SourceError(
            f'{_described(arrays, name)}; allowed: 0 or 1 for each time step of "{name_of_x}", '
            f"{shape}{way}"
        )
    bad = (mask != 0) & (mask != 1)
    if bad.any():
        i, t = np.argwhere(bad)[0]
        raise SourceError(f'"{name}"[{i}, {t}] is {mask[i, t]}; allowed: 0, 1, or booleans')
    counts: NDArray[np.bool_] = mask == 1
    if before_ends is not None:
        counts &= before_ends
    empty = ~counts.any(axis=1)
    if empty.any():
        raise SourceError(
            f'"{name}"[{int(empty.argmax())}] is 0 at every time step of its sequence, so that '
            "none of its targets counts; allowed: at least one 1 a sequence"
        )
    return counts


def _checked(values: NDArray[Any], name: str, counts: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Return a copy with 0 where nothing counts; its floats are finite, its symbols in range."""
    values = values.copy()
    if counts is not None:
        values[~counts] = 0
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values)
        allowed = "a finite number"
    else:
        bad = (values < 0) | (values >= MAX_SYMBOLS)
        allowed = f"a whole number from 0 to {MAX_SYMBOLS - 1}"
    if bad.any():
        at = np.unravel_index(int(bad.argmax()), bad.shape)
        place = ", ".join(str(i) for i in at)
        raise SourceError(f'"{name}"[{place}] is {values[at]}; allowed: {allowed}')
    return values if values.dtype.kind == "f" else values.astype(np.int64)
