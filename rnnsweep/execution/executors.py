"""The interface of an executor, a way to train packs of trials, and the words for all of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from importlib.util import find_spec
from threading import enumerate as all_threads
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import SweepError
from rnnsweep.record import Record
from rnnsweep.suggestions import allowed

from .time_left import TimeLeft
from .trial_queue import Pack

EXECUTORS = {
    "threads": "trials side by side in threads; kernels hold no lock",
    "serial": "one trial after the other in the main thread, for a debugger or a profiler",
    "dask": "on a Dask cluster: that of --scheduler, or processes on this machine",
}
_INSTALL = 'pip install "rnnsweep[dask]"'
# The forms of a scheduler's address; with the second one everything that is sent is encrypted.
_PROTOCOLS = ("tcp", "tls")

# The names of all threads begin with this.
THREAD_NAME = "rnnsweep-"

# Trials at once on one machine, each in a thread; more than a machine has cores.
MOST_JOBS = 1024


class Training(NamedTuple):
    """What an executor gets for the training of one queue of trials.

    Attributes
    ----------
    stop : int64 array (1,)
        When it is set to 1, each trial ends between two updates, and each future soon after.
    keep : callable
        Takes the record of a trial that ended, from any thread.
    clock : TimeLeft
        Takes note of when trials begin and end, from any thread.
    """

    stop: NDArray[np.int64]
    keep: Callable[[Record], None]
    clock: TimeLeft


class Executor(AbstractContextManager["Executor"], ABC):
    """A way to train packs of trials; inside a `with` it is ready to do so.

    The scheduler calls everything here, from the main thread. It asks for `n_packs` again and
    again, and hands over a pack wherever fewer of them have not ended.
    """

    # What every executor has to say.

    @property
    @abstractmethod
    def n_jobs(self) -> int:
        """How many trials train at once; this may change at any time, and may be 0."""

    @property
    @abstractmethod
    def n_packs(self) -> int:
        """How many packs it takes at once: those that train, and some that wait behind them.

        Raises
        ------
        ResultsError
            If it is lost, and trains nothing any more.
        """

    @abstractmethod
    def submit(self, pack: Pack, training: Training) -> Future[None]:
        """Train a pack some time.

        The future ends when every trial of the pack has been passed to ``training.keep``, or the
        training was stopped. It raises what is not the failure of a trial.
        """

    @property
    @abstractmethod
    def description(self) -> str:
        """Where trials train, in words, as in "2 threads"."""

    # What an executor says only where its answer differs from the one here.

    def pack_seconds(self, seconds: float) -> float:
        """Return how long a pack should take on one thread, of trials that take `seconds`.

        Handing a pack over costs little compared with 5 ms, and at the end hardly any thread waits
        for another.
        """
        return 0.005

    def prepare(self, pack: Pack) -> None:
        """Do what has to be done in the main thread before a pack is submitted."""

    def __exit__(self, *error: Any) -> None:
        """Forget packs that wait, and leave behind what still runs after a second Ctrl-C."""


def are_left_behind(seconds: float = 0.2) -> bool:
    """Return whether a thread of an interrupted run is still alive.

    Each is waited for up to so many seconds.
    """
    threads = [thread for thread in all_threads() if thread.name.startswith(THREAD_NAME)]
    for thread in threads:
        thread.join(seconds)
    return any(thread.is_alive() for thread in threads)


def check_executor(name: str, scheduler: str | None = None, jobs: int | None = None) -> None:
    """Check the choice of an executor, before anything slow is imported.

    Parameters
    ----------
    name : str
    scheduler : str, optional
        The address of a cluster's scheduler.
    jobs : int, optional
        Trials at once, where the user gives them.

    Raises
    ------
    SweepError
        `name` is no key of `EXECUTORS`, its package is not installed, or the other arguments do not
        go with it.
    """
    if name not in EXECUTORS:
        raise SweepError(f"executor is {name!r}; {allowed(name, EXECUTORS)}")
    if name == "dask" and find_spec("distributed") is None:
        raise SweepError(f"the executor dask needs the package distributed: {_INSTALL}")
    if scheduler is None:
        return
    if name != "dask":
        raise SweepError(
            f"a scheduler is for the executor dask, and the executor is {name}; add --executor dask"
        )
    protocol, _, place = scheduler.partition("://")
    host, _, port = place.rpartition(":")
    if protocol not in _PROTOCOLS or not host or not port.isdecimal():
        forms = " or ".join(f"{each}://HOST:PORT" for each in _PROTOCOLS)
        raise SweepError(f"scheduler is {scheduler!r}; allowed: {forms}, as in tcp://10.0.0.1:8786")
    if jobs is not None:
        raise SweepError(
            f"jobs is {jobs}, and the cluster at {scheduler} has as many threads as its workers; "
            "leave out one of the two"
        )
