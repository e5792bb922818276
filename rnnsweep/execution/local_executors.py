"""Executors that train in this process: in threads, or in the main thread."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Self

from threadpoolctl import threadpool_limits

from rnnsweep.training.data_cache import DataCache

from .compilation import Compilation, Needs
from .executors import THREAD_NAME, Executor, Training
from .pack import run_pack
from .progress import counted
from .trial_queue import Pack

# Packs that are handed over for each thread, so that none is idle while trials are stored.
_PACKS_A_JOB = 8


class SerialExecutor(Executor):
    """Trains each pack in the calling thread, as it is submitted.

    Parameters
    ----------
    data : DataCache
    say : callable
        Takes a line for the user.
    """

    n_jobs = 1
    n_packs = 1

    def __init__(self, data: DataCache, say: Callable[[str], None]) -> None:
        self._data = data
        self._compilation = Compilation(say)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # Kernels call no BLAS; numpy does, for orthogonal weights.
        self._stack.enter_context(threadpool_limits(1, user_api="blas"))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    @property
    def description(self) -> str:
        """The number of threads."""
        return counted(self.n_jobs, "thread")

    def prepare(self, pack: Pack) -> None:
        """Compile or load the kernels that these trials need.

        This is done in the main thread, before they start: compilation holds a global lock, and
        two threads that start it would both do it.
        """
        for queued in pack:
            self._compilation.prepare(Needs.of_trial(queued.trial.config, queued.recording))

    def submit(self, pack: Pack, training: Training) -> Future[None]:
        """Train the pack now, and return its finished future."""
        future: Future[None] = Future()
        try:
            self._train(pack, training)
        except Exception as error:  # the future raises it where its result is used
            future.set_exception(error)
        else:
            future.set_result(None)
        return future

    def _train(self, pack: Pack, training: Training) -> None:
        run_pack(pack, training.stop, self._data, training.keep, training.clock)


class ThreadExecutor(SerialExecutor):
    """Trains packs in threads, all of which start when the executor is entered.

    The executor of the standard library starts a thread when a call comes, and forgets the call if
    the system starts no more threads. At its end a process waits for those threads, even if they
    are stuck. Where the system starts no thread, packs are trained in the main one.

    Parameters
    ----------
    jobs : int
        Threads to start. There are fewer, or none, if the system starts no more.
    data : DataCache
    say : callable
        Takes a line for the user.
    """

    def __init__(self, jobs: int, data: DataCache, say: Callable[[str], None]) -> None:
        super().__init__(data, say)
        self._jobs = jobs
        self._say = say
        self._calls: SimpleQueue[tuple[Future[None], Callable[[], None]] | None] = SimpleQueue()
        self._threads: list[Thread] = []

    @property
    def n_jobs(self) -> int:  # type: ignore[override]
        """How many threads there are, 1 if that is the main one."""
        return len(self._threads) or 1

    @property
    def n_packs(self) -> int:  # type: ignore[override]
        """Some packs for each thread; 1 where a pack is trained as it is submitted."""
        return _PACKS_A_JOB * len(self._threads) or 1

    def __enter__(self) -> Self:
        super().__enter__()
        for number in range(self._jobs):
            thread = Thread(target=self._work, name=f"{THREAD_NAME}trial-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # "can't start new thread": a limit of the system is reached
                self._say_too_few()
                break
            self._threads.append(thread)
        return self

    def __exit__(self, *error: Any) -> None:
        with suppress(Empty):
            while True:
                if (waiting := self._calls.get_nowait()) is not None:
                    waiting[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        super().__exit__(*error)

    def submit(self, pack: Pack, training: Training) -> Future[None]:
        """Put the pack into the queue of the threads, and return its future."""
        if not self._threads:
            return super().submit(pack, training)
        future: Future[None] = Future()
        self._calls.put((future, partial(self._train, pack, training)))
        return future

    def _work(self) -> None:
        while (waiting := self._calls.get()) is not None:
            future, call = waiting
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # the future raises it in the main thread
                    future.set_exception(error)
            del waiting, future, call  # so that an idle thread keeps no data in memory

    def _say_too_few(self) -> None:
        n = len(self._threads)
        which = f"{n} at a time" if n else "one after the other in the main one"
        self._say(
            f"{n} of {counted(self._jobs, 'thread')} could be started, a limit of the system; "
            f"trials run {which}"
        )


def local_executor(
    name: str, jobs: int, data: DataCache, say: Callable[[str], None]
) -> SerialExecutor:
    """Return the executor "serial" or "threads", for up to `jobs` trials at once."""
    return SerialExecutor(data, say) if name == "serial" else ThreadExecutor(jobs, data, say)
