"""The executor that trains on a Dask cluster: between the main thread and the cluster's loop."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from threading import Thread
from typing import Any, Self, TypeVar

from rnnsweep.interruption import Interruption
from rnnsweep.record import Record
from rnnsweep.training.cpu_type import CPU_TYPE

from .compilation import Compilation, Needs
from .dask_cluster import Cluster, CrashError
from .executors import Executor, Training
from .remote_training import SweepFiles, as_remote, unpacked_records
from .trial_queue import Pack, QueuedTrial

T = TypeVar("T")

# Packs for each thread of a worker: one that trains, and two that wait.
_PACKS_A_THREAD = 3
# Predicted seconds of a pack, at most; a pack costs the scheduler and the driver milliseconds.
_LONGEST_PACK_S, _SHORTEST_PACK_S = 10.0, 0.05
# A pack is this share of the run at most (1 s in a minute), and of what a thread has to do.
_PACKS_A_RUN, _PACKS_OF_A_THREAD = 60, 4
# The main thread looks for signals, and the loop for `stop`, so often.
_TICK_S = 0.1
# So long the driver waits at the end for the records of trials that were stopped.
_STOP_S = 20.0
_CLOSE_S = 10.0


class DaskExecutor(Executor):
    """Trains packs in the workers of a Dask cluster.

    Parameters
    ----------
    files : SweepFiles
    scheduler : str or None
        The address of the cluster's scheduler; None for a cluster on this machine.
    jobs : int
        The threads of a cluster on this machine.
    data_memory : int or None
        As that of `run`, for each worker.
    say : callable
        Takes a line for the user.
    interruption : Interruption
    """

    def __init__(
        self,
        files: SweepFiles,
        scheduler: str | None,
        jobs: int,
        data_memory: int | None,
        say: Callable[[str], None],
        interruption: Interruption,
    ) -> None:
        self._scheduler = scheduler
        self._jobs = jobs
        self._say = say
        self._interruption = interruption
        self._cluster = Cluster(files, data_memory, say)
        self._compilation = None if scheduler else Compilation(say)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run_loop, name="dask", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._packs: set[asyncio.Task[None]] = set()
        self._training: Training | None = None
        self._cpus: dict[str, None] = {CPU_TYPE: None}  # in the order in which they came

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            if self._scheduler is None:
                self._wait_for(self._cluster.start_local(self._jobs))
            else:
                self._wait_for(self._cluster.connect(self._scheduler))
        except BaseException:
            self.__exit__()
            raise
        self._start(self._cluster.watch())
        self._start(self._pass_on_stops())
        return self

    def __exit__(self, *error: Any) -> None:
        closing = asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        with suppress(Exception):  # a scheduler that is lost takes no leave
            closing.result(_CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_S)

    @property
    def n_jobs(self) -> int:
        """The threads of all workers that are there."""
        return self._cluster.size.threads

    @property
    def n_packs(self) -> int:
        """Three packs for each thread."""
        if self._cluster.lost is not None:
            raise self._cluster.lost
        return _PACKS_A_THREAD * self._cluster.size.threads

    @property
    def description(self) -> str:
        """The size of the cluster."""
        return str(self._cluster.size)

    def pack_seconds(self, seconds: float) -> float:
        """Return 10 s, or less where that would be a large part of the run."""
        a_thread = seconds / max(self.n_jobs, 1)
        share = min(seconds / _PACKS_A_RUN, a_thread / _PACKS_OF_A_THREAD)
        return min(max(share, _SHORTEST_PACK_S), _LONGEST_PACK_S)

    def prepare(self, pack: Pack) -> None:
        """Compile the kernels if the workers are on this machine, which then load them."""
        if self._compilation is not None:
            for queued in pack:
                self._compilation.prepare(Needs.of_trial(queued.trial.config, queued.recording))

    def submit(self, pack: Pack, training: Training) -> Future[None]:
        """Hand the pack to the cluster, and return its future."""
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # a stop ends it, which gives its records so far
        self._training = training
        self._start(self._follow(pack, training, future))
        return future

    # In the loop.

    def _run_loop(self) -> None:
        # Processes that start from here are not reached by a terminal's Ctrl-C: they get `stop`.
        if hasattr(signal, "pthread_sigmask"):
            from multiprocessing import resource_tracker

            resource_tracker.ensure_running()  # where it starts, it lets the signal through again
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop, and look for signals meanwhile."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        while True:
            try:
                return future.result(_TICK_S)
            except NotYet:
                if future.done():  # since then, or the error is its own
                    return future.result()
                self._interruption.check()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the loop, from any thread, to its end or that of the executor."""

        def start() -> None:
            task = self._loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(start)

    async def _close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        try:
            await self._cluster.close()
        finally:  # Dask's own, and a start that was interrupted
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            if others:
                await asyncio.wait(others, timeout=_TICK_S)

    async def _pass_on_stops(self) -> None:
        """When a training is to end, stop the workers, and end what does not end by itself."""
        while True:
            await asyncio.sleep(_TICK_S)
            if self._packs and self._training is not None and self._training.stop[0]:
                with suppress(Exception):  # the scheduler is lost, which each pack finds out
                    await self._cluster.stop()
                if packs := list(self._packs):  # they may have ended meanwhile
                    await asyncio.wait(packs, timeout=_STOP_S)
                for task in list(self._packs):
                    task.cancel()

    async def _follow(self, pack: Pack, training: Training, future: Future[None]) -> None:
        """Train a pack, and end its future."""
        task = asyncio.current_task()
        assert task is not None
        self._packs.add(task)
        try:
            await self._train(pack, training)
        except asyncio.CancelledError:  # the run ends without it
            future.set_result(None)
        except BaseException as error:  # the future raises it in the main thread
            future.set_exception(error)
        else:
            future.set_result(None)
        finally:
            self._packs.discard(task)

    async def _train(self, pack: Pack, training: Training, *, apart: bool = False) -> None:
        """Train a pack to its end, also where it takes workers down or is stopped for another."""
        waiting = list(pack)
        while waiting and not training.stop[0]:
            try:
                content = await self._cluster.train(as_remote(waiting), apart)
            except CrashError as error:
                await self._train_suspects(waiting, training, apart, str(error))
                return
            records = unpacked_records(content, waiting)
            self._keep(records, waiting, training)
            ended = {record.trial_id for record in records}
            waiting = [queued for queued in waiting if queued.trial.trial_id not in ended]

    async def _train_suspects(
        self, pack: Pack, training: Training, were_apart: bool, error: str
    ) -> None:
        """Train a pack whose workers ended in a process of its own, which one trial may take down.

        If workers end even so, it is halved, until the one trial is left, which has failed.
        """
        if were_apart and len(pack) == 1:
            (queued,) = pack
            trial = queued.trial
            record = Record(trial.trial_id, trial.config.settings(), "failed", error=error)
            self._keep([record], pack, training)
            return
        middle = len(pack) // 2 if were_apart else 0
        for half in (pack[:middle], pack[middle:]):
            await self._train(half, training, apart=True)

    def _keep(
        self, records: Sequence[Record], pack: Sequence[QueuedTrial], training: Training
    ) -> None:
        seconds = {queued.trial.trial_id: queued.seconds for queued in pack}
        for record in records:
            training.keep(record)
            training.clock.ended(seconds[record.trial_id], record.wall_s)
            if record.cpu and record.cpu not in self._cpus:
                others = list(self._cpus)
                self._cpus[record.cpu] = None
                self._say(
                    f"a worker has a CPU of the type {record.cpu}, and there are others "
                    f"({', '.join(others)}); results are the same to the last bit on one type "
                    "alone, and timings.csv has the type of each trial"
                )
