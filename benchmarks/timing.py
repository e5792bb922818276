"""How things are timed here, and the yardstick that holds on a shared machine."""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

SIDE = 1024


def rounds(calls: dict[str, Callable[[], int]], n_rounds: int) -> dict[str, float]:
    """Return the median seconds of one unit of each call.

    Parameters
    ----------
    calls : dict
        Each call does some units of work and returns how many. They take turns, so that a
        machine that slows down slows all of them down.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # compile, and fill the caches
    for _ in range(n_rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            units = call()
            seconds[name].append((time.perf_counter() - start) / units)
    return {name: median(values) for name, values in seconds.items()}


def dot_call() -> Callable[[], int]:
    """Return a call of one 1024 x 1024 float32 `np.dot` on one thread of NumPy's own BLAS."""
    rng = np.random.default_rng(0)
    a, b = (rng.random((SIDE, SIDE), np.float32) for _ in range(2))

    def call() -> int:
        with threadpool_limits(1, user_api="blas"):
            np.dot(a, b)
        return 1

    return call


def dot_flops() -> int:
    """Return the floating-point operations of that product."""
    return 2 * SIDE**3
