"""The kernels of this machine: compiled for a cell and a dtype when they are first needed."""

import time
from collections.abc import Callable
from contextlib import suppress

from .kernels import CACHE_DIR
from .training import warm_up


class Compilation:
    """What is compiled or loaded so far; telling, where it has to be compiled.

    The cache directory belongs to this very version of the kernels; an empty file in it tells
    the next process that nothing is left to compile.

    Parameters
    ----------
    say : callable
        Takes a line for the user.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._ready: set[tuple[str, str]] = set()

    def prepare(self, cell: str, dtype: str) -> None:
        """Compile or load what training with a cell in a dtype needs."""
        if (cell, dtype) in self._ready:
            return
        mark = CACHE_DIR / f"{cell}-{dtype}.compiled"
        if mark.exists():
            warm_up(cell, dtype)
        else:
            self._say(f"compiling the kernels for {cell} in {dtype}, once on this machine")
            start = time.perf_counter()
            warm_up(cell, dtype)
            self._say(f"compiled in {time.perf_counter() - start:.1f} s")
        self._ready.add((cell, dtype))
        with suppress(OSError):  # where nothing can be kept, the next process compiles again
            mark.touch()
