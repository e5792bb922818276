"""Arrays as text in the page: their bytes in base64, in the smallest type that is exact."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnsweep.array_types import Floats

Packed = dict[str, Any]

_FEW = 256
# A column is written as another one if it differs in so small a share of its places.
_FEW_PLACES = 0.25
_ID_DIGITS = 16  # with the zero that is put before the 15 of an id, to fill whole bytes
_UNSIGNED = (np.uint8, np.uint16, np.uint32)


def packed(array: NDArray[Any]) -> Packed:
    """Return an array of a type that JavaScript has, too, as its type and its bytes.

    The type is as in "u2": unsigned integers ("u") or floats ("f"), and the number of bytes of
    one. The bytes are little-endian, in base64, in the order of the array's rows.
    """
    kind = f"{array.dtype.kind}{array.dtype.itemsize}"
    content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    return {"type": kind, "bytes": base64.b64encode(content).decode("ascii")}


def packed_codes(codes: ArrayLike) -> Packed:
    """Return whole numbers from 0 on, in one, two or four bytes each."""
    values = np.asarray(codes)
    most = int(values.max(initial=0))
    return packed(values.astype(next(t for t in _UNSIGNED if most <= np.iinfo(t).max)))


def packed_numbers(numbers: ArrayLike) -> Packed:
    """Return numbers, infinity and NaN among them: in 4 bytes where that is exact, else in 8.

    Where only a few are different, they are codes of one byte, and `of` has the numbers; where all
    are the same, the number is there once, and `repeat` says how often it is meant.
    """
    values = np.asarray(numbers, np.float64)
    different, codes = np.unique(values, return_inverse=True)
    if len(different) == 1:
        return {**_floats(different), "repeat": len(values)}
    if len(different) < len(values) and len(different) <= _FEW:
        return {**packed_codes(codes), "of": _floats(different)}
    return _floats(values)


def packed_tables(
    tables: Mapping[str, Mapping[str, ArrayLike]],
) -> dict[str, dict[str, Packed]]:
    """Return tables by name with each of their columns of numbers packed.

    Many columns are equal where each setting has one trial: its mean is its median and the trial's
    loss. A column that equals an earlier one of any table, except in a few places, is written as
    `like` (the names of that table and column), the `places` and the `numbers` in these places.
    """
    written: dict[tuple[str, str], Floats] = {}
    packed: dict[str, dict[str, Packed]] = {}
    for table, columns in tables.items():
        packed[table] = {}
        for name, numbers in columns.items():
            values = np.asarray(numbers, np.float64)
            own = packed_numbers(values)
            if not {"of", "repeat"} & own.keys():
                own = _as_another(values, written) or own
            if "like" not in own:
                written[table, name] = values
            packed[table][name] = own
    return packed


def packed_ids(trial_ids: Iterable[str]) -> Packed:
    """Return the ids of trials, "t" and 15 hexadecimal digits, in 8 bytes each."""
    digits = "".join(trial_id.removeprefix("t").zfill(_ID_DIGITS) for trial_id in trial_ids)
    return packed(np.frombuffer(bytes.fromhex(digits), np.uint8))


def _as_another(values: Floats, written: Mapping[tuple[str, str], Floats]) -> Packed | None:
    for names, other in written.items():
        if len(other) != len(values):
            continue
        places = np.flatnonzero((values != other) & ~(np.isnan(values) & np.isnan(other)))
        if len(places) <= _FEW_PLACES * len(values):
            return {
                "like": names,
                "places": packed_codes(places),
                "numbers": packed_numbers(values[places]),
            }
    return None


def _floats(values: Floats) -> Packed:
    with np.errstate(over="ignore", under="ignore"):
        short = values.astype(np.float32)
    return packed(short if np.array_equal(short, values, equal_nan=True) else values)
