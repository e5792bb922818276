"""Values of Python, and of NumPy, as TOML."""

from collections.abc import Mapping
from numbers import Real
from operator import index
from os import PathLike, fspath
from typing import Any

import numpy as np
import tomlkit

from rnnsweep.sweepfile.wording import as_key


def as_toml(value: Any) -> str:
    """Return a value in TOML: a tuple or an array becomes a list.

    Raises
    ------
    TypeError
        It has no such form; the text says of which type it is, and what is allowed.
    """
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, PathLike):
        value = fspath(value)
    if isinstance(value, str):
        return tomlkit.string(value).as_string()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, Mapping):
        pairs = (f"{as_key(str(key))} = {as_toml(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    try:
        return str(index(value))
    except TypeError:
        if isinstance(value, Real):
            return repr(float(value))
    raise TypeError(
        f"{value!r} given, of type {type(value).__name__}; allowed: a number, a text, true, false, "
        "a list, or a dict for a range"
    )
