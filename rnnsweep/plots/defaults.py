"""matplotlib with its own defaults, whatever the user's settings and environment say.

So a plot is the same to the byte on every machine with the same version of matplotlib.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, chdir, suppress
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any


def _import_matplotlib() -> ModuleType:
    """Import matplotlib, whichever backend MPLBACKEND names.

    A notebook sets MPLBACKEND for the processes that it starts, and importing matplotlib fails
    where that backend is not installed. The plots are always drawn with the backend Agg.
    """
    first = "matplotlib" not in sys.modules
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    except (OSError, ValueError):  # a matplotlibrc that is not text
        matplotlib = _import_without_matplotlibrc()
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if first and backend:
        with suppress(ValueError):  # for figures that the user may draw in this process
            matplotlib.rcParams["backend"] = backend
    return matplotlib


def _import_without_matplotlibrc() -> ModuleType:
    """Import matplotlib where it finds no matplotlibrc, first of all in the working directory."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]  # the import that failed left it half imported
    matplotlibrc = os.environ.get("MATPLOTLIBRC")
    os.environ["MATPLOTLIBRC"] = os.devnull
    try:
        with TemporaryDirectory() as empty, chdir(empty):
            import matplotlib
    finally:
        del os.environ["MATPLOTLIBRC"]
        if matplotlibrc is not None:
            os.environ["MATPLOTLIBRC"] = matplotlibrc
    return matplotlib


_matplotlib = _import_matplotlib()
# The backend stays the caller's: when another is set, pyplot closes its windows.
_DEFAULTS: Any = {
    name: value for name, value in _matplotlib.rcParamsDefault.items() if name != "backend"
}


def defaults_with(settings: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Return a context in which matplotlib has its own defaults, changed by these settings.

    When the context ends, the caller's settings apply again.
    """
    context: AbstractContextManager[None] = _matplotlib.rc_context({**_DEFAULTS, **settings})
    return context
