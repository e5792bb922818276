"""Ways to run trials: one `concurrent.futures` interface over each."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from .errors import SweepError, nearest

P = ParamSpec("P")
R = TypeVar("R")

EXECUTORS = {
    "threads": "trials side by side in threads; kernels hold no lock",
    "serial": "one trial after the other in the main thread, for a debugger or a profiler",
}


class SerialExecutor(Executor):
    """Runs each call as it is submitted."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run the call now, and return its finished future."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # the future carries it to whoever asks
            future.set_exception(error)
        return future


def make_executor(name: str, jobs: int) -> Executor:
    """Return the executor of that name, for up to `jobs` trials at once."""
    if name == "serial":
        return SerialExecutor()
    return ThreadPoolExecutor(jobs, thread_name_prefix="trial")


def check_executor(name: str) -> None:
    """Raise `SweepError` unless there is an executor of that name."""
    if name not in EXECUTORS:
        raise SweepError(f"executor is {name!r}; {nearest(name, EXECUTORS)}")
