"""Ctrl-C and SIGTERM as a flag that is looked at between steps.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Inside a callback from C
(LLVM calls Python while numba compiles), a weak reference's callback or a `__del__` the exception
is dropped with a line "Exception ignored", and the work goes on, or breaks later with an error
that has another name.
"""

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A program between the terminal and this one (make, a container) may pass on the signal that both
# of them got. Nobody presses Ctrl-C a second time so soon.
_SAME_S = 0.2


class Interruption:
    """Whether this process was asked to end.

    The first signal sets a flag. A second one raises `KeyboardInterrupt` at once, as Python does,
    so that it ends what is stuck.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._is_urgent = False
        self._is_unbroken = False
        self._stop: NDArray[np.int64] | None = None

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if a signal came."""
        if self._since is not None:
            raise KeyboardInterrupt

    def checked(self, iterable: Iterable[T]) -> Iterator[T]:
        """Yield the items, and look at the flag before each."""
        for item in iterable:
            self.check()
            yield item

    @contextmanager
    def setting(self, stop: "NDArray[np.int64]") -> Iterator[None]:
        """Let a signal set `stop[0]` to 1, too: the trials of all threads look at it."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Let no signal raise in a short step that must not break; a second one does after it."""
        was_unbroken, self._is_unbroken = self._is_unbroken, True
        try:
            yield
        finally:
            self._is_unbroken = was_unbroken
        if self._is_urgent and not was_unbroken:
            raise KeyboardInterrupt

    def hear(self, number: int, frame: Any) -> None:
        """Take a signal; the handler."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
            if self._stop is not None:
                self._stop[0] = 1
        elif now - self._since > _SAME_S:
            self._is_urgent = True
            if not self._is_unbroken:
                raise KeyboardInterrupt


@contextmanager
def deferred() -> Iterator[Interruption]:
    """Take over the signals that would raise `KeyboardInterrupt`; the handlers come back after it.

    Inside another one it is that one. A handler of the user's own stays, and so does an ignored
    signal. Outside the main thread there is no signal to hear.

    Raises
    ------
    KeyboardInterrupt
        At the end, if a signal came that nobody has looked at.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Interruption()
        return
    for number in _SIGNALS:
        outer = getattr(signal.getsignal(number), "__self__", None)
        if isinstance(outer, Interruption):
            yield outer
            return
    interruption = Interruption()
    mine = [n for n in _SIGNALS if signal.getsignal(n) is signal.default_int_handler]
    try:
        for number in mine:
            signal.signal(number, interruption.hear)
        yield interruption
    finally:
        for number in mine:
            if signal.getsignal(number) == interruption.hear:
                signal.signal(number, signal.default_int_handler)
    interruption.check()
