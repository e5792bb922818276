"""matplotlib as it comes: what the user's settings and environment say changes no picture."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, chdir, suppress
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any


def _imported() -> ModuleType:
    """Import matplotlib, whatever MPLBACKEND names.

    A notebook sets it for the processes that it starts, and matplotlib refuses to be imported
    where the backend is not installed. Pictures are drawn with Agg, without a choice.
    """
    first = "matplotlib" not in sys.modules
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    except (OSError, ValueError):  # a matplotlibrc that is no text
        matplotlib = _imported_elsewhere()
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if first and backend:
        with suppress(ValueError):  # for what the user may draw in this process
            matplotlib.rcParams["backend"] = backend
    return matplotlib


def _imported_elsewhere() -> ModuleType:
    """Import matplotlib where it finds no matplotlibrc: it looks in the working directory first."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        del sys.modules[name]  # what the first try has left half imported
    named = os.environ.get("MATPLOTLIBRC")
    os.environ["MATPLOTLIBRC"] = os.devnull
    try:
        with TemporaryDirectory() as empty, chdir(empty):
            import matplotlib
    finally:
        del os.environ["MATPLOTLIBRC"]
        if named is not None:
            os.environ["MATPLOTLIBRC"] = named
    return matplotlib


_matplotlib = _imported()
# The backend is the caller's: pyplot would close its windows when another is set.
_DEFAULTS: Any = {
    name: value for name, value in _matplotlib.rcParamsDefault.items() if name != "backend"
}


def defaults_with(settings: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Return a context of matplotlib's own defaults and these settings on top.

    Before and after it the caller's settings apply.
    """
    context: AbstractContextManager[None] = _matplotlib.rc_context({**_DEFAULTS, **settings})
    return context
