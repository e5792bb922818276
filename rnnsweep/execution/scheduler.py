"""The scheduler: it trains queued trials on an executor and stores each record as it comes.

The main thread hands packs of trials to the executor, which appends finished records to a backlog,
and stores these from time to time. What it does for a trial does not depend on how many packs the
executor takes, since there may be tens of thousands.
"""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack
from queue import Empty, SimpleQueue

import numpy as np

from rnnsweep.errors import ResultsError
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.store.patience import Held
from rnnsweep.store.store import Store

from . import time_left
from .backlog import GRACE_S, Backlog, RunPatience
from .best_so_far import BestSoFar
from .executors import Executor, Training
from .progress import Outlook, Progress
from .time_left import TimeLeft
from .trial_queue import Pack, QueuedTrial, longest_first, packed

# Finished trials wait this long at most for their transaction: a commit waits for the disk, and
# a kill loses no more than this.
_COMMIT_EVERY_S = 0.5
# The main thread waits for at most this long before it looks for signals.
_TICK_S = 0.1
# How long a run that was interrupted tries to store what has ended.
_LAST_TRIES_S = 0.5


class Scheduler:
    """Trains queued trials, and stores each as it ends.

    While another program holds the store, or the disk is full, training goes on and finished trials
    are kept in memory.

    Parameters
    ----------
    store : Store
    executor : Executor
        One that was entered.
    progress : Progress
    best : BestSoFar, optional
        Gets the trials as they end, and the progress shows it; left out where trials are not
        trained to find the best one.

    Attributes
    ----------
    not_stored : str
        What became of trials that ended and could not be stored, after `train` has failed; empty
        if there are none.
    """

    def __init__(
        self, store: Store, executor: Executor, progress: Progress, best: BestSoFar | None = None
    ) -> None:
        self._store = store
        self._executor = executor
        self._progress = progress
        self._best = best
        self.not_stored = ""

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
            If what has ended cannot be stored, and then the message says what becomes of it, or if
            the executor is lost.
        """
        packs = packed(longest_first(queue), self._executor.pack_seconds(seconds))
        with deferred() as interruption, ExitStack() as stack:
            if (first := next(packs, None)) is None:
                return
            self._executor.prepare(first)  # before the clock of the trials starts
            self._progress.begin(n_trials)
            stack.callback(self._progress.end)
            folder = self._store.folder.path
            stack.callback(time_left.remove, folder)
            flow = _Flow(
                self._store, self._executor, seconds, interruption, self._progress, self._best
            )
            try:
                flow.run(first, packs)
            except ResultsError as error:
                raise type(error)("; ".join(filter(None, [str(error), flow.not_stored]))) from error
            finally:
                self.not_stored = flow.not_stored


class _Flow:
    """The way of packs through an executor, and of their records into the store.

    Parameters
    ----------
    store : Store
    executor : Executor
    seconds : float
        Roughly how long all trials take together on one thread.
    interruption : Interruption
    progress : Progress
    best : BestSoFar or None
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        seconds: float,
        interruption: Interruption,
        progress: Progress,
        best: BestSoFar | None,
    ) -> None:
        self._store = store
        self._executor = executor
        self._interruption = interruption
        self._progress = progress
        self._left = TimeLeft(seconds, executor.n_jobs or 1)
        self._best = best
        progress.expect(Outlook(self._left.seconds, self._left.n_training, self._best_line))
        self._backlog = Backlog(
            store, RunPatience(store.folder.store_db, progress.say, interruption)
        )
        self._training = Training(np.zeros(1, np.int64), self._backlog.append, self._left)
        self._next: Pack | None = None  # the pack to hand over next, None after the last one
        self._running: set[Future[None]] = set()
        self._ended: SimpleQueue[Future[None]] = SimpleQueue()
        self.not_stored = ""
        self._last_busy = time.monotonic()

    def run(self, first: Pack, packs: Iterator[Pack]) -> None:
        """Train all packs; store what has ended, whatever happens."""
        self._next = first
        try:
            with self._interruption.setting(self._training.stop):
                while True:
                    self._interruption.check()
                    is_fed = self._hand_over(packs)
                    is_idle = not self._running
                    if is_idle and self._next is None and not len(self._backlog):
                        break
                    has_to_wait = self._running or self._next is not None
                    self._collect(_TICK_S if is_fed and has_to_wait else 0.0)
                    self._store_if_due(0.0 if is_idle else _COMMIT_EVERY_S)
                    if not is_idle:
                        self._last_busy = time.monotonic()
                    elif self._backlog.refusal:
                        self._wait_for_store(self._backlog.refusal)
        finally:
            self._training.stop[0] = 1
            self._end()

    def _hand_over(self, packs: Iterator[Pack]) -> bool:
        """Hand packs to the executor, so that some wait behind those that run.

        None is handed over while too many records wait for the store, or while the executor takes
        none. Returns False if it takes more: making millions of trials for thousands of workers
        takes minutes, in which records are stored and signals take effect.
        """
        self._left.set_jobs(self._executor.n_jobs)
        n_packs = 0 if self._backlog.is_full else self._executor.n_packs
        start = time.monotonic()
        while self._next is not None and len(self._running) < n_packs:
            with self._left.pause():
                self._executor.prepare(self._next)
            future = self._executor.submit(self._next, self._training)
            self._running.add(future)
            future.add_done_callback(self._ended.put)
            self._next = next(packs, None)
            if time.monotonic() - start > _TICK_S:
                return False
        return True

    def _collect(self, seconds: float) -> None:
        """Wait for so many seconds for packs to end, and show the records that came."""
        try:
            future = self._ended.get(timeout=seconds)
            while True:
                self._running.discard(future)
                future.result()  # raises an error that is not the failure of a trial
                future = self._ended.get_nowait()
        except Empty:
            pass
        records = self._backlog.new_records()
        if self._best is not None:
            self._best.add(records)
        self._progress.advance(records)

    def _store_if_due(self, every_s: float) -> None:
        if self._backlog.is_due(every_s):
            work = self._left.work()
            work.best = self._best_line()
            time_left.write(self._store.folder.path, work)
            self._backlog.store()

    def _best_line(self) -> str:
        return "" if self._best is None else str(self._best)

    def _wait_for_store(self, refusal: ResultsError) -> None:
        """Wait a moment, where all trials have ended and the last ones cannot be stored."""
        if time.monotonic() - self._last_busy > GRACE_S:
            if not isinstance(refusal, Held):
                raise refusal
            raise Held(
                f"{self._store.folder.store_db} was held by another program for "
                f"{GRACE_S / 60:.0f} minutes; close what has it open and run again"
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
            try:
                self._store_all(_LAST_TRIES_S)
            finally:
                with self._interruption.unbroken():
                    self.not_stored = self._backlog.give_up()

    def _store_all(self, seconds: float) -> None:
        """Store all records; where that has to wait, try for so many seconds."""
        start = time.monotonic()
        backlog = self._backlog
        with self._interruption.unbroken():
            while backlog.new_records() or len(backlog):
                backlog.store()
                if backlog.refusal and time.monotonic() - start >= seconds:
                    break
