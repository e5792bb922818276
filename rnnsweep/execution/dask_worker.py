"""What runs in the workers of a Dask cluster: a plugin that has the sweep, and the tasks."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from threadpoolctl import threadpool_limits

from rnnsweep.record import Record

from .apart import Stop, train_apart
from .remote_training import (
    RemoteTrial,
    SweepFiles,
    Trainer,
    UnfitError,
    difference,
    packed_records,
    versions,
)


class TrainerPlugin(WorkerPlugin):  # type: ignore[misc]
    """Has what a worker needs for the trials of a run, once for all of its threads.

    Dask gives it to the workers that are there, and to those that come later.

    Parameters
    ----------
    name : str
        Another one for each run.
    files : SweepFiles
    data_memory : int or None
        As that of `run`.
    """

    def __init__(self, name: str, files: SweepFiles, data_memory: int | None) -> None:
        self.name = name
        self._files = files
        self._data_memory = data_memory

    def setup(self, worker: Worker) -> None:
        """Prepare for tasks; the sweep is loaded by the first of them, in its own thread."""
        self._folder = Path(worker.local_directory)
        self._trainer: Trainer | None = None
        self._lock = Lock()
        self._stops: dict[Any, Stop] = {}  # by the key of the task
        self._is_stopped = False
        self._limits = ExitStack()
        # Kernels call no BLAS; numpy does, for orthogonal weights.
        self._limits.enter_context(threadpool_limits(1, user_api="blas"))

    def teardown(self, worker: Worker) -> None:
        """End what still runs, and let go of the data."""
        self.stop()
        if self._trainer is not None:
            self._trainer.close()
        self._limits.close()

    def stop(self) -> None:
        """End all trainings between two updates, also those that would begin from now on."""
        self._is_stopped = True
        for stop in list(self._stops.values()):
            stop.set()

    def transition(self, key: Any, start: str, finish: str, **kwargs: Any) -> None:
        """End a training whose result nobody waits for any more: its run has ended, or was killed.

        Dask calls this where the state of a task changes.
        """
        if start == "executing" and finish == "released" and (stop := self._stops.get(key)):
            stop.set()

    def train(self, key: Any, trials: Sequence[RemoteTrial], apart: bool) -> list[Record]:
        """Return the records of trials; of the first ones only, if the training was stopped.

        Parameters
        ----------
        key : object
            That of the task.
        trials : sequence of RemoteTrial
        apart : bool
            Whether to train them in a process of their own.
        """
        records: list[Record] = []
        self._stops[key] = stop = Stop()
        try:
            if self._is_stopped:
                return records
            if apart:
                train_apart(self._files, self._data_memory, trials, stop, records.append)
            else:
                self._loaded().train(trials, stop.flag, records.append)
        finally:
            del self._stops[key]
        return records

    def _loaded(self) -> Trainer:
        with self._lock:
            if self._trainer is None:
                self._trainer = Trainer(self._files, self._data_memory, self._folder)
            return self._trainer


def train(
    name: str, expected: Mapping[str, str], trials: Sequence[RemoteTrial], apart: bool
) -> bytes:
    """Return the records of some trials; this is the task that Dask runs.

    Parameters
    ----------
    name : str
        That of the plugin.
    expected : dict of str
        The versions that the worker must have.
    trials : sequence of RemoteTrial
    apart : bool
        Whether to train them in a process of their own.

    Raises
    ------
    UnfitError
        This worker cannot train them; its address is the second argument.
    """
    worker = get_worker()
    try:
        if different := difference(expected, versions()):
            raise UnfitError(f"it has {different}")
        plugin = worker.plugins[name]
        assert isinstance(plugin, TrainerPlugin)
        key = worker.get_current_task()
        return packed_records(plugin.train(key, trials, apart))
    except UnfitError as error:
        why = str(error)
    except OSError as error:  # of a local folder that is full or gone, or of a process
        why = f"the system refused what training needs ({error})"
    except MemoryError:
        why = "it has too little memory"
    raise UnfitError(why, worker.address)


def stop(name: str, dask_worker: Worker) -> None:
    """End all trainings of a run on a worker; `Client.run` calls this."""
    plugin = dask_worker.plugins.get(name)
    if isinstance(plugin, TrainerPlugin):
        plugin.stop()
