"""Executors: ways to run trials, each with the interface of `concurrent.futures`."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from threading import enumerate as all_threads
from typing import Any, ParamSpec, TypeVar

from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

P = ParamSpec("P")
R = TypeVar("R")

EXECUTORS = {
    "threads": "trials side by side in threads; kernels hold no lock",
    "serial": "one trial after the other in the main thread, for a debugger or a profiler",
}

# The names of all threads begin with this.
THREAD_NAME = "rnnsweep-"


class SerialExecutor(Executor):
    """Runs each call in the calling thread, as it is submitted."""

    n_threads = 0

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the call now, and return its finished future."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # the future raises it where its result is used
            future.set_exception(error)
        return future


class ThreadExecutor(Executor):
    """Runs calls in threads, all of which start when the executor is made.

    The executor of the standard library starts a thread when a call comes, and forgets the call if
    the system starts no more threads. At its end a process waits for those threads, even if they
    are stuck.

    Parameters
    ----------
    jobs : int
        Threads to start. There are fewer, or none, if the system starts no more.

    Attributes
    ----------
    n_threads : int
        Threads that started.
    """

    def __init__(self, jobs: int) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        for number in range(jobs):
            thread = Thread(target=self._work, name=f"{THREAD_NAME}trial-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # "can't start new thread": a limit of the system is reached
                break
            self._threads.append(thread)
        self.n_threads = len(self._threads)

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Put the call into the queue, and return its future."""
        future: Future[R] = Future()
        self._calls.put((future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when no call is left in the queue."""
        with suppress(Empty):
            while cancel_futures:
                if (waiting := self._calls.get_nowait()) is not None:
                    waiting[0].cancel()
        for _ in self._threads:
            self._calls.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _work(self) -> None:
        while (waiting := self._calls.get()) is not None:
            future, call = waiting
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # the future raises it in the main thread
                    future.set_exception(error)
            del waiting, future, call  # so that an idle thread keeps no data in memory


def make_executor(name: str, jobs: int) -> Executor:
    """Return the executor `name`, a key of `EXECUTORS`, for up to `jobs` trials at once.

    If the system starts no thread, trials run in the main one.
    """
    if name == "serial":
        return SerialExecutor()
    threads = ThreadExecutor(jobs)
    return threads if threads.n_threads else SerialExecutor()


def are_left_behind(seconds: float = 0.2) -> bool:
    """Return whether a thread of an interrupted run is still alive.

    Each is waited for up to so many seconds.
    """
    threads = [thread for thread in all_threads() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(seconds)
    return any(thread.is_alive() for thread in threads)


def check_executor(name: str) -> None:
    """Raise `SweepError` unless `name` is a key of `EXECUTORS`."""
    if name not in EXECUTORS:
        raise SweepError(f"executor is {name!r}; {allowed(name, EXECUTORS)}")
