"""The old name of `rnnsweep.sweepfile`: importing it warns, and names what replaces it."""

import warnings
from typing import Any

from rnnsweep import sweepfile

warnings.warn(
    "rnnsweep.spec is deprecated; read a sweep file with rnnsweep.load_sweep(path, overrides)",
    DeprecationWarning,
    stacklevel=2,
)


def __getattr__(name: str) -> Any:
    return getattr(sweepfile, name)
