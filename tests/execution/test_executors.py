"""Executors train every pack, in so many threads, and pass errors on."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest

from rnnsweep.errors import SweepError
from rnnsweep.execution import local_executors
from rnnsweep.execution.executors import EXECUTORS, Training, are_left_behind, check_executor
from rnnsweep.execution.local_executors import local_executor
from rnnsweep.execution.time_left import TimeLeft
from rnnsweep.training.data_cache import DataCache

PATIENCE_S = 60
NAMES = [name for name in EXECUTORS if name != "dask"]


@pytest.fixture
def packs_are_calls(monkeypatch):
    """Let a pack be a function: what it returns is kept as a record."""

    def run(pack, stop, data, keep, clock):
        keep(pack())

    monkeypatch.setattr(local_executors, "run_pack", run)


@contextmanager
def executor(name, jobs, said=None):
    """Yield an executor, and a function that submits a call to it; records go to `submit.kept`."""
    say = (lambda line: None) if said is None else said.append

    def submit(call):
        training = Training(np.zeros(1, np.int64), submit.kept.append, TimeLeft(1.0, jobs))
        return pool.submit(call, training)

    submit.kept = []
    with local_executor(name, jobs, DataCache(0), say) as pool:
        yield pool, submit


def fail():
    raise ZeroDivisionError("as asked")


@pytest.mark.usefixtures("packs_are_calls")
@pytest.mark.parametrize("name", NAMES)
def test_records_are_kept_and_errors_passed_on(name):
    check_executor(name)
    with executor(name, 2) as (pool, submit):
        assert 1 <= pool.n_jobs <= pool.n_packs
        futures = [submit(lambda number=i: number) for i in range(10)]
        failed = submit(fail)
        assert [future.result(PATIENCE_S) for future in futures] == [None] * 10
        with pytest.raises(ZeroDivisionError, match="as asked"):
            failed.result(PATIENCE_S)
        assert sorted(submit.kept) == list(range(10))


@pytest.mark.usefixtures("packs_are_calls")
def test_serial_runs_at_once_in_the_calling_thread():
    with executor("serial", 1) as (_, submit):
        future = submit(threading.current_thread)
        assert submit.kept == [threading.current_thread()]
        assert future.done()
        assert not future.cancel()


@pytest.mark.usefixtures("packs_are_calls")
def test_serial_lets_ctrl_c_through():
    def interrupted():
        raise KeyboardInterrupt

    with executor("serial", 1) as (_, submit), pytest.raises(KeyboardInterrupt):
        submit(interrupted)


@pytest.mark.usefixtures("packs_are_calls")
@pytest.mark.parametrize("jobs", [1, 3])
def test_threads_run_so_many_side_by_side(jobs):
    lock, meet = threading.Lock(), threading.Barrier(jobs)
    running = most = 0

    def count():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        meet.wait(PATIENCE_S)  # breaks unless `jobs` of them are here at once
        with lock:
            running -= 1
        meet.wait(PATIENCE_S)
        assert threading.current_thread() is not threading.main_thread()

    with executor("threads", jobs) as (_, submit):
        for future in [submit(count) for _ in range(3 * jobs)]:
            future.result(PATIENCE_S)
    assert most == jobs


def starting(monkeypatch, most):
    """Let the system start at most so many threads."""
    start, n_started = threading.Thread.start, 0

    def limited(thread):
        nonlocal n_started
        if n_started == most:
            raise RuntimeError("can't start new thread")
        n_started += 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)


@pytest.mark.usefixtures("packs_are_calls")
@pytest.mark.parametrize("most", [0, 1, 3])
def test_where_the_system_starts_few_threads(monkeypatch, most):
    starting(monkeypatch, most)
    said = []
    with executor("threads", 4, said) as (pool, submit):
        assert pool.n_jobs == max(most, 1)
        for future in [submit(threading.current_thread) for _ in range(20)]:
            future.result(PATIENCE_S)
    (line,) = said
    assert line.startswith(f"{most} of 4 threads could be started")
    ran = set(submit.kept)
    assert len(ran) <= max(most, 1)
    assert (threading.main_thread() in ran) == (most == 0)


@pytest.mark.usefixtures("packs_are_calls")
def test_packs_that_wait_are_cancelled_at_the_end():
    go_on = threading.Event()
    with executor("threads", 1) as (_, submit):
        first, *others = [submit(lambda: go_on.wait(PATIENCE_S)) for _ in range(5)]
        while not first.running():
            pass
    assert all(other.cancelled() for other in others)
    assert are_left_behind(0)
    go_on.set()
    first.result(PATIENCE_S)
    assert submit.kept == [True]
    assert not are_left_behind(PATIENCE_S)


@pytest.mark.parametrize("name", ["thread", "Serial", "", None, 3])
def test_an_unknown_executor_is_refused_with_the_known_ones(name):
    with pytest.raises(SweepError, match="allowed: threads, serial, dask") as caught:
        check_executor(name)
    assert repr(name) in str(caught.value)
    assert ("did you mean threads?" in str(caught.value)) == (name == "thread")
