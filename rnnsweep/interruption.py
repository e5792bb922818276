"""Ctrl-C, SIGTERM and SIGHUP as a flag that is checked between steps.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Inside a callback from C
(LLVM calls Python while numba compiles), in the callback of a weak reference or in a `__del__`, the
exception is dropped with a line "Exception ignored". The work then goes on, or fails later with
another error.
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

# A terminal that closes sends SIGHUP, which Windows does not have.
_HANG_UP = getattr(signal, "SIGHUP", None)
# What asks a process to end, in addition to Ctrl-C.
ENDING = (signal.SIGTERM,) if _HANG_UP is None else (signal.SIGTERM, _HANG_UP)
_SIGNALS = (signal.SIGINT, *ENDING)
# A second signal within this time is the same one: a program between the terminal and this one
# (make, a container) may pass on the signal that both of them got. Nobody presses Ctrl-C twice so
# soon.
_SAME_S = 0.2


class Interruption:
    """Whether a signal asked this process to end.

    The first signal sets a flag. A second one raises `KeyboardInterrupt` at once, as Python does,
    so that it ends a step that hangs. A SIGHUP is never a second one: where a terminal closes,
    the system sends it, and the shell once more.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._is_urgent = False
        self._is_unbroken = False
        self._stop: NDArray[np.int64] | None = None

    @property
    def has_come(self) -> bool:
        """Whether a signal has come."""
        return self._since is not None

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if a signal has come."""
        if self.has_come:
            raise KeyboardInterrupt

    def checked(self, iterable: Iterable[T]) -> Iterator[T]:
        """Yield the items of an iterable, with a `check` before each."""
        for item in iterable:
            self.check()
            yield item

    @contextmanager
    def setting(self, stop: "NDArray[np.int64]") -> Iterator[None]:
        """Let a signal also set `stop[0]` to 1, which the trials of all threads check."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Defer the exception of a second signal to the end of a short step that must not break."""
        was_unbroken, self._is_unbroken = self._is_unbroken, True
        try:
            yield
        finally:
            self._is_unbroken = was_unbroken
        if self._is_urgent and not was_unbroken:
            raise KeyboardInterrupt

    def handle(self, number: int, frame: Any) -> None:
        """Set the flag; raise KeyboardInterrupt on a second signal. A handler of `signal`."""
        now = time.monotonic()
        if self._since is None:
            if self._stop is not None:
                self._stop[0] = 1  # first, since `has_come` ends what asks for it
            self._since = now
        elif now - self._since > _SAME_S and number != _HANG_UP:
            self._is_urgent = True
            if not self._is_unbroken:
                raise KeyboardInterrupt


def has_come() -> bool:
    """Return whether a signal has come that `deferred` defers; any thread may ask."""
    for number in _SIGNALS:
        outer = getattr(signal.getsignal(number), "__self__", None)
        if isinstance(outer, Interruption) and outer.has_come:
            return True
    return False


@contextmanager
def deferred() -> Iterator[Interruption]:
    """Replace the handlers that raise `KeyboardInterrupt`, and restore them at the end.

    Inside another `deferred` it yields the `Interruption` of that one. Signals that the user
    handles or ignores stay as they are. Outside the main thread there are no signals.

    Raises
    ------
    KeyboardInterrupt
        At the end, if a signal has come that no `check` has seen.
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
    replaced = [n for n in _SIGNALS if signal.getsignal(n) is signal.default_int_handler]
    try:
        for number in replaced:
            signal.signal(number, interruption.handle)
        yield interruption
    finally:
        for number in replaced:
            if signal.getsignal(number) == interruption.handle:
                signal.signal(number, signal.default_int_handler)
    interruption.check()
