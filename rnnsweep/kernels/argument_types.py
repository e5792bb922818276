"""The types of kernels' arguments, stated in the annotations of the kernels.

Numba compiles a function for the types of its arguments. A kernel that is called at run time,
from Python or by its address, is compiled before it is called, for the types that `numba_types`
makes of its annotations: numbers, arrays by the names of `arrays.py`, and NamedTuples of these.
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import numpy as np
from numba import types
from numba.np import numpy_support

from .arrays import Pointer

_NUMBERS = {bool: types.boolean, int: types.int64, float: types.float64}


@cache
def numba_types(function: Callable[..., Any], dtype: np.dtype[Any]) -> tuple[Any, ...]:
    """Return numba's types of a function's arguments, by its annotations.

    Parameters
    ----------
    function : callable
    dtype : np.dtype
        The network's precision.
    """
    hints = get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    return tuple(_numba_type(hint, dtype) for hint in hints.values())


def _numba_type(hint: Any, dtype: np.dtype[Any]) -> Any:
    if hint in _NUMBERS:
        return _NUMBERS[hint]
    real = numpy_support.from_dtype(dtype)
    if hint == Pointer:
        return types.CPointer(real)
    if get_origin(hint) is Annotated:
        array, n_axes = get_args(hint)
        (scalar,) = get_args(get_args(array)[1])
        element = real if scalar is np.floating else numpy_support.from_dtype(np.dtype(scalar))
        return types.Array(element, n_axes, "C")
    fields = get_type_hints(hint, include_extras=True).values()
    return types.BaseTuple.from_types([_numba_type(field, dtype) for field in fields], hint)
