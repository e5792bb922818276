"""Every executor keeps the contract of `concurrent.futures`."""

import threading
from concurrent.futures import Executor, wait

import pytest

from rnnsweep.errors import SweepError
from rnnsweep.execution.executors import EXECUTORS, are_left_behind, check_executor, make_executor

PATIENCE_S = 60


def fail():
    raise ZeroDivisionError("as asked")


@pytest.mark.parametrize("name", EXECUTORS)
def test_a_future_carries_the_result_or_the_exception(name):
    check_executor(name)
    with make_executor(name, 2) as pool:
        assert isinstance(pool, Executor)
        sums = [pool.submit(sum, [i, 1], start=2) for i in range(10)]
        failed = pool.submit(fail)
        done, not_done = wait([*sums, failed], timeout=PATIENCE_S)
    assert (len(done), len(not_done)) == (11, 0)
    assert [future.result() for future in sums] == [i + 3 for i in range(10)]
    assert isinstance(failed.exception(), ZeroDivisionError)
    with pytest.raises(ZeroDivisionError, match="as asked"):
        failed.result()


def test_serial_runs_at_once_in_the_calling_thread():
    ran = []
    with make_executor("serial", 1) as pool:
        future = pool.submit(lambda: ran.append(threading.current_thread()))
        assert ran == [threading.current_thread()]
        assert future.done()
        assert not future.cancel()


def test_serial_lets_ctrl_c_through():
    def interrupted():
        raise KeyboardInterrupt

    with make_executor("serial", 1) as pool, pytest.raises(KeyboardInterrupt):
        pool.submit(interrupted)


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

    with make_executor("threads", jobs) as pool:
        for future in [pool.submit(count) for _ in range(3 * jobs)]:
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


@pytest.mark.parametrize("most", [0, 1, 3])
def test_where_the_system_starts_few_threads(monkeypatch, most):
    starting(monkeypatch, most)
    with make_executor("threads", 4) as pool:
        assert pool.n_threads == most
        futures = [pool.submit(threading.current_thread) for _ in range(20)]
        ran = {future.result(PATIENCE_S) for future in futures}
    assert len(ran) <= max(most, 1)
    assert (threading.main_thread() in ran) == (most == 0)


def test_waiting_calls_can_be_cancelled():
    go_on = threading.Event()
    pool = make_executor("threads", 1)
    first, *others = [pool.submit(go_on.wait, PATIENCE_S) for _ in range(5)]
    while not first.running():
        pass
    pool.shutdown(wait=False, cancel_futures=True)
    assert all(other.cancelled() for other in others)
    assert are_left_behind(0)
    go_on.set()
    assert first.result(PATIENCE_S)
    assert not are_left_behind(PATIENCE_S)


@pytest.mark.parametrize("name", ["thread", "Serial", "", None, 3])
def test_an_unknown_executor_is_refused_with_the_known_ones(name):
    with pytest.raises(SweepError, match="allowed: threads, serial") as caught:
        check_executor(name)
    assert repr(name) in str(caught.value)
    assert ("did you mean threads?" in str(caught.value)) == (name == "thread")
