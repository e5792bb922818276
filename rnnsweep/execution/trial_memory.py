"""Which trials are in memory at once: so many that the system need not end the process.

Every thread asks for the memory of its next trial, and waits while those in training leave too
little. So large trials are trained one after the other, next to as many small ones as there is room
for; one that does not fit by itself is refused. This is the same in each process that trains.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock

import numpy as np
from numpy.typing import NDArray

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.sweepfile import Trial
from rnnsweep.training.data_cache import DataCache, DataKey, data_key
from rnnsweep.training.workload import trial_bytes

from .free_memory import free_for_trials

# A trial that takes no more than this by itself is not counted, and trials that take no more than
# that together are trained without asking what is free. Asking takes some 0.2 ms, so that an answer
# counts for a moment.
_NOT_COUNTED = 2**20
_ALWAYS_THERE = 64 * 2**20
_COUNTS_S = 0.1
# A thread that waits looks so often for the end of the run and for what other programs gave back.
_TICK_S = 0.1


class TooLargeError(Exception):
    """A trial needs more memory than is free while no other one is in training."""


class _TrialMemory:
    """The memory of the trials that this process trains."""

    def __init__(self) -> None:
        self._turn = Lock()  # the thread that has waited longest is the next
        self._changed = Condition()
        self._training = 0  # bytes of the trials in training, without their data
        self._data: dict[DataKey, tuple[int, int]] = {}  # bytes of each data set, and its trials
        self._answer, self._asked = 0.0, -math.inf  # what was free for trials, and when
        self._at_rest = 0.0  # what was free for trials when none was in training, at least

    @contextmanager
    def of(self, trial: Trial, data: DataCache, stop: NDArray[np.int64]) -> Iterator[None]:
        """Have the memory of a trial in the body; wait for it where that is necessary."""
        of_data, own = trial_bytes(trial.config)
        if of_data + own <= _NOT_COUNTED:
            yield
            return
        key = data_key(trial.config)
        with self._turn, self._changed:
            while stop[0] == 0 and not self._fits(key, of_data, own, data):
                self._changed.wait(_TICK_S)
            self._add(key, of_data, own, 1)
        try:
            yield
        finally:
            with self._changed:
                self._add(key, of_data, own, -1)
                self._changed.notify_all()

    def _fits(self, key: DataKey, of_data: int, own: int, data: DataCache) -> bool:
        """Return whether there is room for one more trial.

        Raises
        ------
        TooLargeError
            There is not, and no other one is in training.
        """
        taken = self._training + sum(n_bytes for n_bytes, _ in self._data.values())
        needed = own + (0 if key in self._data else of_data)  # trials share their data
        if taken + needed <= _ALWAYS_THERE:
            return True
        free = self._free()
        if needed > free:
            data.drop_kept()
            free = self._free(0.0)
        if not self._data and needed > free:
            raise TooLargeError(
                f"needs about {bytes_text(needed)} of memory, and {bytes_text(free)} are free for "
                "trials; take a smaller batch_size, hidden_size or seq_len or fewer sequences, or "
                "train it where more memory is free"
            )
        # What is free now is free at rest too.
        self._at_rest = max(free, self._at_rest) if self._data else free
        return needed <= free and taken + needed <= self._at_rest

    def _free(self, counts_s: float = _COUNTS_S) -> float:
        """Return what is free for trials, as it was at most so many seconds ago."""
        moment = time.monotonic()
        if moment - self._asked >= counts_s:
            self._answer, self._asked = free_for_trials(), moment
        return self._answer

    def _add(self, key: DataKey, of_data: int, own: int, n_trials: int) -> None:
        self._training += n_trials * own
        _, before = self._data.get(key, (of_data, 0))
        self._data[key] = of_data, before + n_trials
        if not self._data[key][1]:
            del self._data[key]


_memory = _TrialMemory()  # one for a process, as its memory is, however many runs there are
memory_of = _memory.of
