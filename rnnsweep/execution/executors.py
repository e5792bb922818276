"""Ways to run trials: one `concurrent.futures` interface over each."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from threading import enumerate as all_threads
from typing import Any, ParamSpec, TypeVar

from rnnsweep.errors import SweepError, nearest

P = ParamSpec("P")
R = TypeVar("R")

EXECUTORS = {
    "threads": "trials side by side in threads; kernels hold no lock",
    "serial": "one trial after the other in the main thread, for a debugger or a profiler",
}


# What the names of all threads begin with.
THREAD_NAME = "rnnsweep-"


class SerialExecutor(Executor):
    """Runs each call as it is submitted."""

    n_threads = 0

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the call now, and return its finished future."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # the future carries it to whoever asks
            future.set_exception(error)
        return future


class ThreadExecutor(Executor):
    """Runs calls in threads, which all start here.

    The standard library's own starts a thread when a call comes, and forgets the call where the
    system starts no more; and a process waits for its threads at its end, however stuck they are.

    Parameters
    ----------
    jobs : int
        Threads to start. There may be fewer, or none, where the system starts no more.

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
        """Put the call behind those that wait for a thread."""
        future: Future[R] = Future()
        self._calls.put((future, partial(fn, *args, **kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when no call is left."""
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
                except BaseException as error:  # the future carries it to whoever asks
                    future.set_exception(error)
            del waiting, future, call  # a thread that waits holds no data


def make_executor(name: str, jobs: int) -> Executor:
    """Return the executor of that name, for up to `jobs` trials at once.

    Where the system starts no thread, trials run in the main one.
    """
    if name == "serial":
        return SerialExecutor()
    threads = ThreadExecutor(jobs)
    return threads if threads.n_threads else SerialExecutor()


def are_left_behind(seconds: float = 0.2) -> bool:
    """Return whether threads of a run that was interrupted do not end within so many seconds."""
    threads = [thread for thread in all_threads() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(seconds)
    return any(thread.is_alive() for thread in threads)


def check_executor(name: str) -> None:
    """Raise `SweepError` unless there is an executor of that name."""
    if name not in EXECUTORS:
        raise SweepError(f"executor is {name!r}; {nearest(name, EXECUTORS)}")
