"""A Dask cluster: the one at an address, or one on this machine; everything runs in one loop."""

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import AsyncExitStack
from typing import Any, NamedTuple, Self

from distributed import Client, KilledWorker, LocalCluster, Security

from rnnsweep.errors import ResultsError, SweepError

from . import dask_worker
from .dask_worker import TrainerPlugin
from .progress import counted
from .remote_training import RemoteTrial, SweepFiles, UnfitError, difference, versions

# A process of a local cluster has at most so many threads: one that crashes takes with it what
# they train, and each process has data and kernels of its own.
_THREADS_A_PROCESS = 4
# Dask's loggers that have a level of their own.
_LOGGERS = ("distributed", "distributed.client")
# How often the driver asks how many threads there are.
_COUNT_EVERY_S = 1.0
# After so long without an answer, the user reads what is waited for; Dask waits 30 s.
_SILENT_S = 1.0


def _check_certificates(address: str) -> None:
    """Check that Dask's configuration names the files that an encrypted connection needs."""
    try:
        context = Security().get_connection_args("client").get("ssl_context")
    except (OSError, ValueError) as error:
        raise SweepError(f"the certificates for {address} cannot be read: {error}") from None
    if context is None:
        first = "DASK_DISTRIBUTED__COMM__TLS__"
        raise SweepError(
            f"{address} is encrypted, and no certificates are named; set {first}CA_FILE, "
            f"{first}CLIENT__CERT and {first}CLIENT__KEY, or the same keys of Dask's configuration"
        )


class CrashError(Exception):
    """Workers ended, again and again, while they had a pack."""


class Size(NamedTuple):
    """How large a cluster is: worker processes, and threads of all of them."""

    workers: int
    threads: int

    def __str__(self) -> str:
        return f"{counted(self.threads, 'thread')} of {counted(self.workers, 'Dask worker')}"


def split(jobs: int) -> tuple[int, int]:
    """Return the processes of a local cluster and the threads of each, for so many trials at once.

    These are the fewest processes that have equally many threads, at most four.
    """
    threads = next(n for n in range(_THREADS_A_PROCESS, 0, -1) if jobs % n == 0)
    return jobs // threads, threads


class Cluster:
    """A connection to a Dask cluster, made by `connect`; every method runs in its event loop.

    Attributes
    ----------
    size : Size
        As it was a moment ago.
    lost : ResultsError or None
        Why the run has to end, if the scheduler is lost.
    """

    def __init__(
        self, files: SweepFiles, data_memory: int | None, say: Callable[[str], None]
    ) -> None:
        self.size = Size(0, 0)
        self.lost: ResultsError | None = None
        self._name = f"rnnsweep-{uuid.uuid4().hex[:12]}"
        self._plugin = TrainerPlugin(self._name, files, data_memory)
        self._versions = versions()
        self._say = say
        self._stack = AsyncExitStack()
        self._n_tasks = 0
        self._left_out: dict[str, str] = {}  # reasons by address
        self._has_said = False  # that there is no worker

    async def start_local(self, jobs: int) -> Self:
        """Start a cluster on this machine, with so many threads."""
        n_workers, n_threads = split(jobs)
        cluster = LocalCluster(
            n_workers=n_workers,
            threads_per_worker=n_threads,
            dashboard_address="127.0.0.1:0",  # any port: Dask warns where its usual one is taken
            asynchronous=True,
            silence_logs=logging.CRITICAL,
            # A pack whose worker ended is trained apart at once.
            scheduler_kwargs={"allowed_failures": 0},
        )
        self._stack.push_async_callback(cluster.close)  # also where a signal ends its start
        try:
            await cluster
        except (OSError, RuntimeError) as error:
            raise SweepError(
                f"no Dask cluster could be started on this machine: {error} In a script, run has to"
                ' be called under `if __name__ == "__main__":`'
            ) from None
        await self._connect(cluster, "this machine")
        return self

    async def connect(self, address: str) -> Self:
        """Connect to the scheduler at an address.

        Raises
        ------
        SweepError
            There is none, it needs certificates, or one of its workers has other versions.
        """
        if address.startswith("tls://"):
            _check_certificates(address)
        for name in _LOGGERS:  # errors are reported here
            logger = logging.getLogger(name)
            self._stack.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)
        await self._connect(address, address)
        return self

    async def _connect(self, target: Any, address: str) -> None:
        self._address = address
        line = f"waiting for the scheduler at {address}"
        notice = asyncio.get_running_loop().call_later(_SILENT_S, self._say, line)
        try:
            self._client = await Client(target, asynchronous=True, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise SweepError(
                f"no Dask scheduler answers at {address}: {error}; start one with `dask scheduler`,"
                " or name another address"
            ) from None
        finally:
            notice.cancel()
        self._stack.push_async_callback(self._client.close)
        await self._check_versions()
        await self._client.register_plugin(self._plugin)
        self._stack.push_async_callback(self._unregister)
        await self._count()

    async def _check_versions(self) -> None:
        """Refuse a cluster in which a worker has other versions than this process."""
        found = await self._client.run(versions, on_error="return")
        for address, theirs in found.items():
            if isinstance(theirs, Exception):
                raise SweepError(f"rnnsweep cannot be loaded by the worker {address}: {theirs}")
            if different := difference(self._versions, theirs):
                raise SweepError(
                    f"the worker {address} has {different}; install the same versions on all "
                    "machines, or results would differ"
                )

    async def _unregister(self) -> None:
        await self._client.unregister_worker_plugin(self._name)

    async def close(self) -> None:
        """End what still runs on workers, and leave the cluster; a local one ends."""
        await self._stack.aclose()

    async def train(self, trials: Sequence[RemoteTrial], apart: bool) -> bytes:
        """Return the records of some trials, as `packed_records` makes them.

        They are fewer than the trials if the training was stopped. `apart` says whether to train
        the trials in a process of their own.

        Raises
        ------
        CrashError
            Workers ended, again and again, that had these trials.
        ResultsError
            The scheduler is lost, or no worker can train the trials.
        """
        while True:
            self._n_tasks += 1
            future = self._client.submit(
                dask_worker.train,
                *(self._name, self._versions, trials, apart),
                key=f"{self._name}-{self._n_tasks}",
                pure=False,
            )
            try:
                content: bytes = await future
            except KilledWorker as error:
                raise CrashError(str(error)) from None
            except UnfitError as error:
                await self._leave_out(*error.args)
            except (CancelledError, OSError) as error:
                if future.status == "error":  # a worker raised it, which the scheduler passed on
                    raise
                raise self._lost(error) from None
            else:
                return content

    def _lost(self, error: Exception) -> ResultsError:
        return ResultsError(
            f"the Dask scheduler at {self._address} is lost ({error}); every trial that ended is "
            "kept, run again to go on"
        )

    async def _leave_out(self, why: str, address: str) -> None:
        """Let a worker go that cannot train the trials; without any other, the run ends."""
        if address not in self._left_out:
            self._left_out[address] = why
            self._say(f"the worker {address} is sent away: {why}")
            try:
                await self._client.retire_workers([address])
                await self._count()
            except OSError as error:
                raise self._lost(error) from None
        if not self.size.workers:
            raise ResultsError(
                f"no worker at {self._address} can train the trials: {why}; every trial that ended "
                "is kept, run again to go on"
            )

    async def stop(self) -> None:
        """End all trainings between two updates."""
        await self._client.run(dask_worker.stop, self._name, on_error="ignore")

    async def watch(self) -> None:
        """Count the workers from time to time, and say where there are none."""
        while True:
            before = self.size.workers
            try:
                await self._count()
            except Exception as error:  # of many kinds, as the client tries to connect again
                self.lost = self._lost(error)
                return
            if not self.size.workers and (before or not self._has_said):
                self._has_said = True
                self._say(f"no worker is at {self._address}; the run waits for one")
            elif self.size.workers and not before:
                self._say(f"trials are trained on {self.size} at {self._address}")
            await asyncio.sleep(_COUNT_EVERY_S)

    async def _count(self) -> None:
        threads = await self._client.nthreads()
        self.size = Size(len(threads), sum(threads.values()))
