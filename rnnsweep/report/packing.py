"""Arrays as text in the page: their bytes in base64, in the smallest type that is exact."""

import base64
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Packed = dict[str, Any]

_FEW = 256
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

    Where only a few are different, they are codes of one byte, and `of` has the numbers.
    """
    values = np.asarray(numbers, np.float64)
    different, codes = np.unique(values, return_inverse=True)
    if len(different) < len(values) and len(different) <= _FEW:
        return {**packed_codes(codes), "of": _floats(different)}
    return _floats(values)


def _floats(values: NDArray[np.float64]) -> Packed:
    with np.errstate(over="ignore", under="ignore"):
        short = values.astype(np.float32)
    return packed(short if np.array_equal(short, values, equal_nan=True) else values)
