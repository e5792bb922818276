"""Trials on an executor: the long ones first, short ones in packs, each kept as it ends."""

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .compilation import Compilation, Needs
from .executors import make_executor
from .progress import Progress
from .record import Record, Wanted
from .shared_data import SharedData
from .spec import Trial
from .store import Store
from .trial import run_trial

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
# How often the main thread looks up from waiting, so that Ctrl-C is heard on every system.
_TICK_S = 0.1


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
    pack: Pack, stop: NDArray[np.int64], data: SharedData, keep: Callable[[Record], None]
) -> None:
    """Train one trial after the other, and hand over each record; end where `stop` is set."""
    for one in pack:
        record = run_trial(one.trial, stop, one.wanted, data)
        if record is None:
            return
        keep(record)


class Driver:
    """Trains trials, and keeps each in the store as it ends.

    Parameters
    ----------
    store : Store
    data : SharedData
    executor : str
    jobs : int
        Trials at once.
    progress : Progress
    """

    def __init__(
        self, store: Store, data: SharedData, executor: str, jobs: int, progress: Progress
    ) -> None:
        self._store = store
        self._data = data
        self._executor = executor
        self._jobs = jobs
        # In the main thread a pack runs as it is handed over, and is stored before the next.
        self._n_packs = 1 if executor == "serial" else _PACKS_A_JOB * jobs
        self._progress = progress
        self._compilation = Compilation(progress.say)

    def train(self, due: Iterable[Due], n_trials: int) -> None:
        """Train all of these; on Ctrl-C keep what has ended, and let the exception go on."""
        packs = packed(longest_first(due), _PACK_S)
        if (first := next(packs, None)) is None:
            return
        self._prepare(first)  # before the clock of the trials starts
        self._progress.begin(n_trials)
        try:
            # Kernels call no BLAS; numpy does, for orthogonal weights.
            with (
                threadpool_limits(1, user_api="blas"),
                make_executor(self._executor, self._jobs) as pool,
            ):
                self._drive(chain([first], packs), pool)
        finally:
            self._progress.end()

    def _prepare(self, pack: Pack) -> None:
        """Compile or load what these trials need.

        In the main thread, before they start: compilation holds a global lock, and two threads
        that start it would both do it.
        """
        for one in pack:
            self._compilation.prepare(Needs.of_trial(one.trial.config, one.wanted))

    def _drive(self, packs: Iterator[Pack], pool: Executor) -> None:
        """Keep some packs waiting behind those that run; store what ends, whatever happens."""
        stop: NDArray[np.int64] = np.zeros(1, np.int64)
        running: set[Future[None]] = set()
        ended: list[Record] = []  # the threads append to it
        n_told = 0
        last_commit = time.monotonic()
        try:
            while True:
                for pack in islice(packs, self._n_packs - len(running)):
                    self._prepare(pack)
                    running.add(pool.submit(run_pack, pack, stop, self._data, ended.append))
                if not running:
                    break
                done, running = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()  # what is no failure of a trial ends the run
                n_ended = len(ended)
                self._progress.advance(ended[n_told:n_ended])
                n_told = n_ended
                if ended and time.monotonic() - last_commit > _COMMIT_EVERY_S:
                    # Stored before forgotten: Ctrl-C may come between any two lines.
                    self._store.add(ended[:n_ended])
                    del ended[:n_ended]
                    n_told = 0
                    last_commit = time.monotonic()
        finally:
            # First what has ended, then what still does: a second Ctrl-C may cut the waiting
            # short.
            n_ended = len(ended)
            try:
                if n_ended:
                    self._store.add(ended[:n_ended])
            finally:
                stop[0] = 1
            wait([future for future in running if not future.cancel()])
            if len(ended) > n_ended:
                self._store.add(ended[n_ended:])
