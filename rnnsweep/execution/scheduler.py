"""The scheduler: it trains queued trials on an executor and stores each record as it comes.

The main thread hands packs of trials to the executor, whose threads append finished records to a
backlog, and stores these from time to time.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from rnnsweep.interruption import Interruption, deferred
from rnnsweep.store.patience import Held
from rnnsweep.store.store import Store
from rnnsweep.training.data_cache import DataCache

from . import time_left
from .backlog import GRACE_S, Backlog, RunPatience
from .compilation import Compilation, Needs
from .executors import make_executor
from .pack import run_pack
from .progress import Progress, counted
from .time_left import TimeLeft
from .trial_queue import Pack, QueuedTrial, longest_first, packed

# How long a pack of short trials takes. Handing a pack over costs little compared with that, and
# at the end hardly any thread waits for another.
_PACK_S = 0.005
# Packs that are handed over for each thread, so that none is idle while trials are stored.
_PACKS_A_JOB = 8
# Finished trials wait this long at most for their transaction: a commit waits for the disk, and
# a kill loses no more than this.
_COMMIT_EVERY_S = 0.5
# The main thread waits for at most this long before it looks for signals.
_TICK_S = 0.1
# How long a run that was interrupted tries to store what has ended.
_LAST_TRIES_S = 0.5


class Scheduler:
    """Trains queued trials, and stores each as it ends.

    While another program holds the store, training goes on and finished trials are kept in memory.

    Parameters
    ----------
    store : Store
    data : DataCache
    executor : str
        A key of `EXECUTORS`.
    jobs : int
        Trials at once.
    progress : Progress

    Attributes
    ----------
    n_lost : int
        Trials that ended and could not be stored, after `train` has failed.
    """

    def __init__(
        self, store: Store, data: DataCache, executor: str, jobs: int, progress: Progress
    ) -> None:
        self._store = store
        self._data = data
        self._executor = executor
        self._jobs = jobs
        self._progress = progress
        self._compilation = Compilation(progress.say)
        self.n_lost = 0

    def train(self, queue: Iterable[QueuedTrial], n_trials: int, seconds: float) -> None:
        """Train all trials of a queue.

        Parameters
        ----------
        queue : iterable of QueuedTrial
        n_trials : int
            The number of trials in it.
        seconds : float
            Roughly how long they take together on one thread.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C; what has ended is stored.
        ResultsError
            If what has ended cannot be stored.
        """
        packs = packed(longest_first(queue), _PACK_S)
        with deferred() as interruption, ExitStack() as stack:
            if (first := next(packs, None)) is None:
                return
            self._prepare(first)  # before the clock of the trials starts
            self._progress.begin(n_trials)
            stack.callback(self._progress.end)
            # Kernels call no BLAS; numpy does, for orthogonal weights.
            stack.enter_context(threadpool_limits(1, user_api="blas"))
            pool = make_executor(self._executor, self._jobs)
            # What still runs after a second Ctrl-C is left behind.
            stack.callback(pool.shutdown, wait=False, cancel_futures=True)
            folder = self._store.folder.path
            time_left.remove(folder)  # a killed run leaves the file behind
            stack.callback(time_left.remove, folder)
            flow = _Flow(
                self._store,
                self._data,
                pool,
                self._n_threads(pool),
                seconds,
                interruption,
                self._prepare,
                self._progress,
            )
            try:
                flow.run(chain([first], packs))
            finally:
                self.n_lost = flow.n_not_stored

    def _prepare(self, pack: Pack) -> None:
        """Compile or load the kernels that these trials need.

        This is done in the main thread, before they start: compilation holds a global lock, and
        two threads that start it would both do it.
        """
        for queued in pack:
            self._compilation.prepare(Needs.of_trial(queued.trial.config, queued.recording))

    def _n_threads(self, pool: Executor) -> int:
        """Return how many threads there are, 0 for the main one; say so if they are too few."""
        n_threads: int = getattr(pool, "n_threads", self._jobs)
        if self._executor == "threads" and n_threads < self._jobs:
            which = f"{n_threads} at a time" if n_threads else "one after the other in the main one"
            self._progress.say(
                f"{n_threads} of {counted(self._jobs, 'thread')} could be started, a limit of the "
                f"system; trials run {which}"
            )
        return n_threads


class _Flow:
    """The way of packs through an executor, and of their records into the store.

    Parameters
    ----------
    store : Store
    data : DataCache
    pool : Executor
    n_threads : int
        Threads of the pool; 0 where a pack runs in the main thread as it is handed over.
    seconds : float
        Roughly how long all trials take together on one thread.
    interruption : Interruption
    prepare : callable
        Takes a pack and prepares the kernels that it needs.
    progress : Progress
    """

    def __init__(
        self,
        store: Store,
        data: DataCache,
        pool: Executor,
        n_threads: int,
        seconds: float,
        interruption: Interruption,
        prepare: Callable[[Pack], None],
        progress: Progress,
    ) -> None:
        self._store = store
        self._data = data
        self._pool = pool
        self._n_packs = _PACKS_A_JOB * n_threads or 1
        self._interruption = interruption
        self._prepare = prepare
        self._progress = progress
        self._left = TimeLeft(seconds, n_threads or 1)
        progress.expect(self._left.seconds)
        self._backlog = Backlog(
            store, RunPatience(store.folder.store_db, progress.say, interruption)
        )
        self._stop: NDArray[np.int64] = np.zeros(1, np.int64)
        self._running: set[Future[None]] = set()
        self._last_busy = time.monotonic()

    @property
    def n_not_stored(self) -> int:
        """Trials that ended and are not in the store."""
        return len(self._backlog)

    def run(self, packs: Iterator[Pack]) -> None:
        """Train all packs; store what has ended, whatever happens."""
        try:
            with self._interruption.setting(self._stop):
                while True:
                    self._interruption.check()
                    self._hand_over(packs)
                    is_idle = not self._running
                    if is_idle and not len(self._backlog):
                        break
                    self._collect()
                    self._store_if_due(0.0 if is_idle else _COMMIT_EVERY_S)
                    if not is_idle:
                        self._last_busy = time.monotonic()
                    elif self._backlog.is_held:
                        self._wait_for_store()
        finally:
            self._stop[0] = 1
            self._end()

    def _hand_over(self, packs: Iterator[Pack]) -> None:
        """Hand packs to the executor, so that some wait behind those that run.

        None is handed over while too many records wait for the store.
        """
        n_free = 0 if self._backlog.is_full else self._n_packs - len(self._running)
        for pack in islice(packs, n_free):
            with self._left.pause():
                self._prepare(pack)
            future = self._pool.submit(
                run_pack, pack, self._stop, self._data, self._backlog.append, self._left
            )
            self._running.add(future)

    def _collect(self) -> None:
        """Wait a moment for packs to end, and show the records that came."""
        done, self._running = wait(self._running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()  # raises an error that is not the failure of a trial
        self._progress.advance(self._backlog.new_records())

    def _store_if_due(self, every_s: float) -> None:
        if self._backlog.is_due(every_s):
            time_left.write(self._store.folder.path, self._left.work())
            self._backlog.store()

    def _wait_for_store(self) -> None:
        """Wait a moment, where all trials have ended and another program holds the store."""
        if time.monotonic() - self._last_busy > GRACE_S:
            raise Held(
                f"{self._store.folder.store_db} was held by another program for "
                f"{GRACE_S / 60:.0f} minutes, and {counted(len(self._backlog), 'finished trial')} "
                "could not be stored; close what has it open and run again, which trains them "
                "once more"
            )
        time.sleep(_TICK_S)

    def _end(self) -> None:
        """Store the records that are there, then those of the trials that still run."""
        try:
            self._store_all(0.0)
            unfinished = {future for future in self._running if not future.cancel()}
            while unfinished:  # a second Ctrl-C may cut the waiting short
                unfinished = wait(unfinished, timeout=_TICK_S).not_done
        finally:
            self._store_all(_LAST_TRIES_S)

    def _store_all(self, seconds: float) -> None:
        """Store all records; where another program holds the store, try for so many seconds."""
        start = time.monotonic()
        backlog = self._backlog
        with self._interruption.unbroken():
            while backlog.new_records() or len(backlog):
                backlog.store()
                if backlog.is_held and time.monotonic() - start >= seconds:
                    break
