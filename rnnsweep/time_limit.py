"""The time limit of a trial, which ends the trial wherever it is.

Kernels look at a flag between two updates, code in Python calls `check`. Time in which the trial
waits for another one, inside `taken`, does not count. The clock is monotonic: it does not run while
the machine is suspended, and setting the system's clock does not change it.
"""

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

# The flags of all trials are set this late at most.
_TICK_S = 0.02


class TimeUpError(Exception):
    """The trial of this thread has exceeded its time limit, or has to end with the run."""


class TimeLimit:
    """The time that a trial may take.

    Parameters
    ----------
    seconds : float
        0 for no limit.
    end_of_run : int64 array (1,)
        Not 0 where the run, and so every trial, has to end.

    Attributes
    ----------
    stop : int64 array (1,)
        Not 0 where this trial has to end.
    """

    def __init__(self, seconds: float, end_of_run: NDArray[np.int64]) -> None:
        self.stop = np.zeros(1, np.int64) if seconds else end_of_run
        self._end_of_run = end_of_run
        self._deadline = time.monotonic() + seconds if seconds else math.inf

    def look(self) -> None:
        """Set the flag if the time is up or the run has to end; any thread may call this."""
        if self._end_of_run[0] != 0 or time.monotonic() > self._deadline:
            self.stop[0] = 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time in the body."""
        left = self._deadline - time.monotonic()
        self._deadline = math.inf
        try:
            yield
        finally:
            self._deadline = time.monotonic() + left


class _Watch:
    """A thread that sets the flags of the trials in training; it ends when there are none."""

    def __init__(self) -> None:
        self._limits: set[TimeLimit] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def on(self, limit: TimeLimit) -> Iterator[None]:
        """Watch a limit during the body."""
        with self._lock:
            self._limits.add(limit)
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._run, name="trial time limits", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # a limit of the system: `check` alone ends trials then
                    pass
                else:
                    self._thread = thread
        try:
            yield
        finally:
            with self._lock:
                self._limits.discard(limit)

    def _run(self) -> None:
        while True:
            time.sleep(_TICK_S)
            with self._lock:
                if not self._limits:
                    self._thread = None
                    return
                for limit in self._limits:
                    limit.look()


_watch = _Watch()  # one thread in a process, however many runs there are
_of_thread = threading.local()


@contextmanager
def time_limit(seconds: float, end_of_run: NDArray[np.int64]) -> Iterator[TimeLimit]:
    """Limit the time of the trial that this thread trains in the body: see `TimeLimit`."""
    limit = TimeLimit(seconds, end_of_run)
    if not seconds:
        yield limit
        return
    _of_thread.limit = limit
    try:
        with _watch.on(limit):
            yield limit
    finally:
        _of_thread.limit = None


def check() -> None:
    """Raise `TimeUpError` if the trial of this thread has a limit and has to end."""
    limit: TimeLimit | None = getattr(_of_thread, "limit", None)
    if limit is not None:
        limit.look()
        if limit.stop[0] != 0:
            raise TimeUpError


@contextmanager
def taken(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock in the body; the time in which this thread waits for it does not count."""
    limit: TimeLimit | None = getattr(_of_thread, "limit", None)
    if limit is None:
        lock.acquire()
    else:
        with limit.paused():
            lock.acquire()
    try:
        yield
    finally:
        lock.release()
