"""An executor whose workers are not there: their tasks end at moments of a simulated clock."""

import heapq
import pickle
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count
from queue import Empty
from typing import NamedTuple
from unittest import mock

import numpy as np

from rnnsweep.execution import backlog, scheduler, time_left
from rnnsweep.execution.executors import Executor, Training
from rnnsweep.execution.remote_training import as_remote, packed_records, unpacked_records
from rnnsweep.execution.trial_queue import Pack

from .stub_training import StubTraining

# As for a cluster: seconds of a task, and tasks in flight for each worker.
_TASK_S = 10.0
_TASKS_A_WORKER = 3
# A run has at least so many tasks for each worker, so that none is alone at the end.
_TASKS_OF_A_WORKER = 4
# Real times of trials differ from the predicted ones: the standard deviation of their logarithm.
_SPREAD = 0.3


class Clock:
    """A simulated clock with the functions of the module `time`.

    It advances by the CPU seconds of this thread, except for those in a `stopped`, and by leaps.
    """

    def __init__(self) -> None:
        self._leaps = 0.0
        self._stops = 0.0

    def monotonic(self) -> float:
        """Return the simulated seconds since some moment."""
        return time.thread_time() - self._stops + self._leaps

    time = monotonic

    def sleep(self, seconds: float) -> None:
        """Leap over so many seconds."""
        self._leaps += seconds

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Do not count the seconds in the body."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._stops += time.thread_time() - start


class _Task(NamedTuple):
    """What a worker has to do."""

    future: Future[None]
    pack: Pack
    training: Training


class SimulatedCluster(Executor):
    """Workers that are simulated, each with some tasks that wait for it.

    Parameters
    ----------
    n_workers : int
    stub : StubTraining
        Makes the records.
    task_s : float
        Seconds of the driver that the cluster's own software takes for a task.
    """

    def __init__(self, n_workers: int, stub: StubTraining, task_s: float) -> None:
        self.clock = Clock()
        self._n_workers = n_workers
        self._stub = stub
        self._task_s = task_s
        self._rng = np.random.default_rng(0)
        self._waiting: deque[_Task] = deque()
        self._n_free = n_workers
        self._numbers = count()
        # The tasks of workers: when each ends, and a number that orders equal moments.
        self._running: list[tuple[float, int, _Task]] = []
        # The futures that the scheduler has not collected.
        self._ended: deque[Future[None]] = deque()

    @property
    def n_jobs(self) -> int:
        """How many workers there are."""
        return self._n_workers

    @property
    def n_packs(self) -> int:
        """How many tasks are in flight at once."""
        return _TASKS_A_WORKER * self._n_workers

    @property
    def description(self) -> str:
        """How many workers there are, in words."""
        return f"{self._n_workers} simulated workers"

    def pack_seconds(self, seconds: float) -> float:
        """Return how long a task takes."""
        return min(_TASK_S, seconds / self._n_workers / _TASKS_OF_A_WORKER)

    def submit(self, pack: Pack, training: Training) -> Future[None]:
        """Send a pack to the workers."""
        task = _Task(Future(), pack, training)
        pickle.dumps(as_remote(pack))
        self.clock.sleep(self._task_s)
        with self.clock.stopped():
            self._waiting.append(task)
            self._start_tasks(self.clock.monotonic())
        return task.future

    def put(self, future: Future[None]) -> None:
        """Note a future that ended; the scheduler's queue has this method."""
        self._ended.append(future)

    def get_nowait(self) -> Future[None]:
        """Return a future that has ended."""
        return self.get(0.0)

    def get(self, timeout: float) -> Future[None]:
        """Return a future that has ended; leap to the end of the next one if none has."""
        if not self._ended:
            self._end_tasks(self.clock.monotonic())
        if not self._ended:
            now = self.clock.monotonic()
            until = min(now + timeout, self._running[0][0] if self._running else np.inf)
            self.clock.sleep(max(until - now, 0.0))
            self._end_tasks(until)
        if not self._ended:
            raise Empty
        return self._ended.popleft()

    def _start_tasks(self, now: float) -> None:
        """Give tasks that wait to workers that are free."""
        while self._waiting and self._n_free:
            self._n_free -= 1
            task = self._waiting.popleft()
            seconds = sum(queued.seconds for queued in task.pack)
            seconds *= self._rng.lognormal(-(_SPREAD**2) / 2, _SPREAD)
            heapq.heappush(self._running, (now + seconds, next(self._numbers), task))

    def _end_tasks(self, now: float) -> None:
        """End the tasks that have ended by now: pass on their records, and start others."""
        while self._running and self._running[0][0] <= now:
            with self.clock.stopped():
                moment, _, task = heapq.heappop(self._running)
                self._n_free += 1
                self._start_tasks(moment)
                content = packed_records(self._stub(queued.trial) for queued in task.pack)
            for record in unpacked_records(content, task.pack):
                task.training.keep(record)
            task.future.set_result(None)


@contextmanager
def simulated_time(cluster: SimulatedCluster) -> Iterator[None]:
    """Let the scheduler, the backlog and the time left go by the cluster's clock in the body."""
    with (
        mock.patch.object(scheduler, "time", cluster.clock),
        mock.patch.object(backlog, "time", cluster.clock),
        mock.patch.object(time_left, "time", cluster.clock),
        mock.patch.object(scheduler, "SimpleQueue", return_value=cluster),
    ):
        yield
