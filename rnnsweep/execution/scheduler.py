"""Trials on an executor: the long ones first, short ones in packs, each kept as it ends."""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from rnnsweep.interruption import Interruption, deferred
from rnnsweep.record import Record, Wanted
from rnnsweep.store.database import Held
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Trial
from rnnsweep.training.data_cache import SharedData
from rnnsweep.training.trial import run_trial

from . import time_left
from .backlog import GRACE_S, Backlog, Waiting
from .compilation import Compilation, Needs
from .executors import make_executor
from .progress import Progress, counted
from .time_left import TimeLeft

# Trials among which the longest is taken next: so many are held at once, 1 KB each.
_LOOK_AHEAD = 2000
# What a pack of short trials takes: handing it over costs little beside that, and at the end
# hardly any thread waits for another.
_PACK_S = 0.005
# Packs that are handed over for each thread, so that none is idle while trials are stored.
_PACKS_A_JOB = 8
# Finished trials wait this long at most for their transaction: a commit waits for the disk, and
# a kill loses no more than this.
_COMMIT_EVERY_S = 0.5
# How often the main thread looks up from waiting, to hear signals.
_TICK_S = 0.1
# How long a run that was interrupted tries to store what has ended.
_LAST_TRIES_S = 0.5


class Due(NamedTuple):
    """A trial to train."""

    trial: Trial
    wanted: Wanted
    seconds: float  # that it may take, roughly


Pack = Sequence[Due]


def longest_first(due: Iterable[Due], look_ahead: int = _LOOK_AHEAD) -> Iterator[Due]:
    """Yield the longest of the next `look_ahead` trials, again and again.

    So the last ones are short, and no thread is left alone with a long one. Of equals it is the
    first.
    """
    numbered = ((-one.seconds, number, one) for number, one in enumerate(due))
    heap = list(islice(numbered, look_ahead))
    heapq.heapify(heap)
    for one in numbered:
        yield heapq.heapreplace(heap, one)[-1]
    while heap:
        yield heapq.heappop(heap)[-1]


def packed(due: Iterable[Due], seconds: float) -> Iterator[Pack]:
    """Yield trials in packs that take about so many seconds, a longer one by itself."""
    pack: list[Due] = []
    total = 0.0
    for one in due:
        if pack and total + one.seconds > seconds:
            yield pack
            pack, total = [], 0.0
        pack.append(one)
        total += one.seconds
    if pack:
        yield pack


def run_pack(
    pack: Pack,
    stop: NDArray[np.int64],
    data: SharedData,
    keep: Callable[[Record], None],
    left: TimeLeft | None = None,
) -> None:
    """Train one trial after the other, and hand over each record; end where `stop` is set."""
    for one in pack:
        if left is not None:
            left.begin(one.seconds)
        record = run_trial(one.trial, stop, one.wanted, data)
        if record is None:
            return
        keep(record)
        if left is not None:
            left.end(record.wall_s)


class Driver:
    """Trains trials, and keeps each in the store as it ends.

    While another program holds the store, it goes on training and keeps in memory what has ended.

    Parameters
    ----------
    store : Store
    data : SharedData
    executor : str
    jobs : int
        Trials at once.
    progress : Progress

    Attributes
    ----------
    n_lost : int
        Trials that ended and could not be stored, after `train` has failed.
    """

    def __init__(
        self, store: Store, data: SharedData, executor: str, jobs: int, progress: Progress
    ) -> None:
        self._store = store
        self._data = data
        self._executor = executor
        self._jobs = jobs
        self._progress = progress
        self._compilation = Compilation(progress.say)
        self.n_lost = 0

    def train(self, due: Iterable[Due], n_trials: int, seconds: float) -> None:
        """Train all of these.

        Parameters
        ----------
        due : iterable of Due
        n_trials : int
            How many they are.
        seconds : float
            What they may take together on one thread, roughly.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C; what has ended is stored.
        ResultsError
            If what has ended cannot be stored.
        """
        packs = packed(longest_first(due), _PACK_S)
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
            time_left.remove(self._store.folder.path)  # a killed run leaves it
            stack.callback(time_left.remove, self._store.folder.path)
            self._drive(chain([first], packs), pool, seconds, interruption)

    def _prepare(self, pack: Pack) -> None:
        """Compile or load what these trials need.

        In the main thread, before they start: compilation holds a global lock, and two threads
        that start it would both do it.
        """
        for one in pack:
            self._compilation.prepare(Needs.of_trial(one.trial.config, one.wanted))

    def _n_threads(self, pool: Executor) -> int:
        """Return how many threads there are, 0 for the main one; say where they are too few."""
        n_threads: int = getattr(pool, "n_threads", self._jobs)
        if self._executor == "threads" and n_threads < self._jobs:
            which = f"{n_threads} at a time" if n_threads else "one after the other in the main one"
            self._progress.say(
                f"{n_threads} of {counted(self._jobs, 'thread')} could be started, a limit of the "
                f"system; trials run {which}"
            )
        return n_threads

    def _drive(
        self, packs: Iterator[Pack], pool: Executor, seconds: float, interruption: Interruption
    ) -> None:
        """Keep some packs waiting behind those that run; store what ends, whatever happens."""
        n_threads = self._n_threads(pool)
        # In the main thread a pack runs as it is handed over.
        n_packs = _PACKS_A_JOB * n_threads or 1
        left = TimeLeft(seconds, n_threads or 1)
        self._progress.expect(left.seconds)
        place = self._store.folder
        waiting = Waiting(place.store_db, self._progress.say, interruption)
        backlog = Backlog(self._store, waiting)
        stop: NDArray[np.int64] = np.zeros(1, np.int64)
        running: set[Future[None]] = set()
        last_busy = time.monotonic()
        try:
            with interruption.setting(stop):
                while True:
                    interruption.check()
                    is_idle = not running
                    # Where too much waits for the store, nothing more is trained.
                    for pack in islice(packs, 0 if backlog.is_full else n_packs - len(running)):
                        with left.pause():
                            self._prepare(pack)
                        future = pool.submit(run_pack, pack, stop, self._data, backlog.append, left)
                        running.add(future)
                        is_idle = False
                    if is_idle and not len(backlog):
                        break
                    done, running = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                    for future in done:
                        future.result()  # what is no failure of a trial ends the run
                    self._progress.advance(backlog.news())
                    if backlog.is_due(0.0 if is_idle else _COMMIT_EVERY_S):
                        time_left.write(place.path, left.work())
                        backlog.store()
                    if not is_idle:
                        last_busy = time.monotonic()
                    elif backlog.is_held:
                        self._wait_for_store(backlog, time.monotonic() - last_busy)
        finally:
            stop[0] = 1
            self._end(running, backlog, interruption)

    def _wait_for_store(self, backlog: Backlog, seconds: float) -> None:
        """Wait a moment, where nothing but the store keeps the run from its end."""
        if seconds > GRACE_S:
            raise Held(
                f"{self._store.folder.store_db} was held by another program for "
                f"{GRACE_S / 60:.0f} minutes, and {counted(len(backlog), 'finished trial')} could "
                "not be stored; close what has it open and run again, which trains them once more"
            )
        time.sleep(_TICK_S)

    def _end(
        self, running: set[Future[None]], backlog: Backlog, interruption: Interruption
    ) -> None:
        """Store first what has ended, then what still does."""
        try:
            _store_all(backlog, interruption, 0.0)
            still = {future for future in running if not future.cancel()}
            while still:  # a second Ctrl-C may cut the waiting short
                still = wait(still, timeout=_TICK_S).not_done
        finally:
            try:
                _store_all(backlog, interruption, _LAST_TRIES_S)
            finally:
                self.n_lost = len(backlog)


def _store_all(backlog: Backlog, interruption: Interruption, seconds: float) -> None:
    """Store what has ended; try it for so long where another program holds the store."""
    start = time.monotonic()
    with interruption.unbroken():
        while backlog.news() or len(backlog):
            backlog.store()
            if backlog.is_held and time.monotonic() - start >= seconds:
                break
