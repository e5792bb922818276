"""matplotlib as it comes: what the user's settings and environment say changes no picture."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from types import ModuleType
from typing import Any

from rnnsweep.errors import RnnsweepError


def _imported() -> ModuleType:
    """Import matplotlib, whatever MPLBACKEND names.

    A notebook sets it for the processes that it starts, and matplotlib refuses to be imported
    where the backend is not installed. Pictures are drawn with Agg, without a choice.
    """
    first = "matplotlib" not in sys.modules
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib
    except (OSError, ValueError) as error:
        raise RnnsweepError(
            f"no pictures are drawn: matplotlib cannot read its configuration ({error}); mend or "
            "remove the file matplotlibrc, then run the verb plot; the tables are not affected"
        ) from error
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if first and backend:
        with suppress(ValueError):  # for what the user may draw in this process
            matplotlib.rcParams["backend"] = backend
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
