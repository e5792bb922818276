"""Errors of one worker, of the connection and of the driver's loop, without a cluster."""

import asyncio
import logging
from concurrent.futures import CancelledError, Future
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from commandline import TINY, command

pytest.importorskip("distributed")
import dask

from rnnsweep import sweepfile
from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.execution import dask_cluster, dask_executor, dask_worker
from rnnsweep.execution.dask_cluster import Cluster
from rnnsweep.execution.dask_executor import DaskExecutor
from rnnsweep.execution.dask_worker import TrainerPlugin
from rnnsweep.execution.executors import Training
from rnnsweep.execution.remote_training import SweepFiles, Trainer, UnfitError, versions
from rnnsweep.execution.run import run
from rnnsweep.interruption import Interruption

ADDRESS = "tcp://127.0.0.1:9"
WAITING = f"waiting for the scheduler at {ADDRESS}"


def files_of(folder):
    path = folder / "tiny.toml"
    path.write_text(TINY)
    return SweepFiles.of(sweepfile.load(path))


def refused_by_a_worker(files, local_directory, monkeypatch):
    """Return the reason with which a worker refuses to train, and check its address."""
    plugin = TrainerPlugin("a run", files, None)
    worker = SimpleNamespace(
        address=ADDRESS,
        local_directory=str(local_directory),
        plugins={"a run": plugin},
        get_current_task=lambda: "a task",
    )
    plugin.setup(worker)
    monkeypatch.setattr(dask_worker, "get_worker", lambda: worker)
    with pytest.raises(UnfitError) as caught:
        dask_worker.train("a run", versions(), [], apart=False)
    plugin.teardown(worker)
    why, address = caught.value.args
    assert address == ADDRESS
    return why


def test_a_worker_whose_folder_is_gone_is_unfit(tmp_path, monkeypatch):
    why = refused_by_a_worker(files_of(tmp_path), tmp_path / "gone", monkeypatch)
    assert why.startswith("the system refused what training needs ([Errno 2] No such file")
    assert str(tmp_path / "gone") in why


def test_a_worker_without_memory_is_unfit(tmp_path, monkeypatch):
    def train(*arguments):
        raise MemoryError

    monkeypatch.setattr(Trainer, "train", train)
    why = refused_by_a_worker(files_of(tmp_path), tmp_path, monkeypatch)
    assert why == "it has too little memory"


class Ended:
    """The future of a task that has ended with an error."""

    def __init__(self, status, error):
        self.status = status
        self._error = error

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        raise self._error


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        ("error", PermissionError("a module cannot be read"), PermissionError),
        ("finished", OSError("Timed out trying to connect"), ResultsError),
        ("cancelled", CancelledError("lost"), ResultsError),
    ],
)
def test_only_an_error_of_the_connection_is_a_lost_scheduler(tmp_path, status, error, expected):
    async def train():
        cluster = Cluster(files_of(tmp_path), None, print)
        cluster._address = ADDRESS
        cluster._client = SimpleNamespace(submit=lambda *task, **options: Ended(status, error))
        await cluster.train([], apart=False)

    with pytest.raises(expected):
        asyncio.run(train())


def test_the_messages_of_dask_are_shown_again_after_a_run(tmp_path):
    async def connect():
        cluster = Cluster(files_of(tmp_path), None, print)
        with (
            dask.config.set({"distributed.comm.timeouts.connect": "0.1s"}),
            pytest.raises(SweepError, match=f"no Dask scheduler answers at {ADDRESS}"),
        ):
            await cluster.connect(ADDRESS)
        assert logger.level == logging.CRITICAL
        await cluster.close()

    logger = logging.getLogger("distributed")
    before = logger.level
    assert before != logging.CRITICAL
    asyncio.run(connect())
    assert logger.level == before


@pytest.mark.parametrize(("silent_s", "expected"), [(0.01, [WAITING]), (60.0, [])])
def test_a_wait_for_the_scheduler_is_announced(tmp_path, monkeypatch, silent_s, expected):
    async def connect():
        cluster = Cluster(files_of(tmp_path), None, said.append)
        with (
            dask.config.set({"distributed.comm.timeouts.connect": "0.5s"}),
            pytest.raises(SweepError),
        ):
            await cluster.connect(ADDRESS)
        await cluster.close()

    said = []
    monkeypatch.setattr(dask_cluster, "_SILENT_S", silent_s)
    asyncio.run(connect())
    assert said == expected


def test_a_scheduler_without_the_executor_dask(tmp_path):
    files_of(tmp_path)
    message = "a scheduler is for the executor dask, and the executor is threads; add "
    code, _, errors = command("run", "tiny.toml", "--scheduler", ADDRESS, cwd=tmp_path)
    assert (code, errors) == (2, f"rnnsweep: {message}--executor dask\n")
    with pytest.raises(SweepError) as caught:
        run(tmp_path / "tiny.toml", scheduler=ADDRESS)
    assert str(caught.value) == f'{message}executor="dask"'


# The driver


def executor_of(folder):
    return DaskExecutor(files_of(folder), ADDRESS, 0, None, print, Interruption())


def test_packs_may_end_while_the_workers_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_executor, "_TICK_S", 0.01)
    executor = executor_of(tmp_path)
    executor._training = Training(np.ones(1, np.int64), None, None)

    async def pass_on():
        passes_on = asyncio.create_task(executor._pass_on_stops())
        await asyncio.wait(
            [passes_on, asyncio.create_task(stopped.wait())], return_when="FIRST_COMPLETED"
        )
        await asyncio.wait([passes_on], timeout=0.1)  # it would end with its error at once
        assert not passes_on.done(), passes_on.exception()
        passes_on.cancel()

    async def stop():
        executor._packs.clear()
        stopped.set()

    stopped = asyncio.Event()
    executor._packs.add(None)
    monkeypatch.setattr(executor._cluster, "stop", stop)
    with closing(executor._loop):
        asyncio.run(pass_on())


class EndsLate(Future):
    """Has its result just after the time of the first wait for it."""

    def result(self, timeout=None):
        if not self.done():
            self.set_result("a result")
            raise TimeoutError
        return super().result(timeout)


def test_a_result_that_comes_just_after_the_time_is_returned(tmp_path, monkeypatch):
    executor = executor_of(tmp_path)
    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", lambda coroutine, loop: EndsLate())
    with closing(executor._loop):
        assert executor._wait_for(None) == "a result"
