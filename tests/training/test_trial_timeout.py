"""A trial that exceeds its limit of time, in each of its parts."""

import re
import threading
import time

import numpy as np
import pytest
from own_cases import make, sources_of
from trial_cases import ADDING, assert_same, make_trial, run

from rnnsweep import time_limit
from rnnsweep.kernels import training
from rnnsweep.record import Recording
from rnnsweep.tasks.adding import Adding
from rnnsweep.training import data_cache as data_module
from rnnsweep.training import trial as trial_module
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.session import Session
from rnnsweep.training.trial import run_trial

LIMIT_S = 0.2
# One call of 16 s or more.
LONG = {"batch_size": 1, "learning_rate": 1e-9, "epochs": 10_000}
LONG_TASK = Adding(seq_len=10, n_train=1024, n_val=1)


def limited(trial, seconds=LIMIT_S, stop=None, data=None):
    stop = np.zeros(1, np.int64) if stop is None else stop
    return run_trial(trial, stop, Recording(), data, seconds)


def assert_timed_out(record, state, seconds=LIMIT_S):
    assert record.status == "failed"
    assert record.timeout_s == seconds
    text = rf"took longer than trial_timeout = {seconds:g} s \({state}\)"
    assert re.fullmatch(text, record.error)
    # What was measured so far is no result.
    assert record.epochs.shape == (0, 3)
    assert record.best_epoch is record.test_loss is record.params is None


def test_a_kernel_call_ends_when_the_time_is_up(monkeypatch):
    monkeypatch.setattr(trial_module, "_ORDERS_AT_ONCE", 2**24)  # all epochs in one call
    record = limited(make_trial(LONG_TASK, **LONG))
    assert_timed_out(record, r"\d+ of 10000 epochs were done")
    assert record.wall_s >= LIMIT_S
    assert record.trial_id == "t0123456789abcde"


def test_without_a_thread_that_watches_the_trial_ends_between_two_calls(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(trial_module, "_ORDERS_AT_ONCE", 1024)  # an epoch in a call
    assert_timed_out(limited(make_trial(LONG_TASK, **LONG)), r"\d+ of 10000 epochs were done")


def test_a_test_part_that_takes_too_long(monkeypatch):
    limits = []

    def slow(self, part, stop):
        limits.append(stop)
        while stop[0] == 0:  # as the kernel's loop over blocks of sequences does
            time.sleep(0.01)
        return float("nan")

    monkeypatch.setattr(Session, "best_loss", slow)
    assert_timed_out(limited(make_trial()), "4 of 4 epochs were done")
    assert limits[0][0] == 1


def test_data_that_take_too_long_are_left_between_two_chunks(monkeypatch):
    add = data_module.SequencesBuilder.add

    def slow(self, *arrays):
        time.sleep(LIMIT_S)
        add(self, *arrays)

    monkeypatch.setattr(data_module.SequencesBuilder, "add", slow)
    data = DataCache()
    record = limited(make_trial(), data=data)
    assert_timed_out(record, "its data were not made yet")
    monkeypatch.setattr(data_module.SequencesBuilder, "add", add)
    assert limited(make_trial(), 60.0, data=data).status == "complete"  # nothing is left locked


def test_a_function_of_the_users_that_takes_too_long_is_ended(tmp_path):
    text = """
import time
def f(rng, n):
    if n == 21:  # the check of the function asks for other numbers of sequences
        time.sleep(1000)
    return rng.random((n, 3, 1)), rng.random((n, 1))
"""
    task = make(sources_of(tmp_path, text), "f", n_train=21, n_val=5, n_test=5)
    record = limited(make_trial(task))
    assert_timed_out(record, "its data were not made yet")
    assert task.own_function.file.process._process.poll() is not None


def test_time_spent_waiting_for_the_data_of_another_trial_does_not_count(monkeypatch):
    gather = data_module._gather
    is_making = threading.Event()
    records = {}

    def slow(*arguments):
        if threading.current_thread().name == "first":
            is_making.set()
            time.sleep(2 * LIMIT_S)
        return gather(*arguments)

    monkeypatch.setattr(data_module, "_gather", slow)
    run(make_trial())  # the kernels are compiled
    data, trial = DataCache(), make_trial()

    def train(name, seconds):
        records[name] = limited(trial, seconds, data=data)

    first = threading.Thread(target=train, args=("first", 0.0), name="first")
    first.start()
    assert is_making.wait(60)
    second = threading.Thread(target=train, args=("second", LIMIT_S), name="second")
    second.start()
    first.join()
    second.join()
    assert records["first"].status == records["second"].status == "complete"
    assert records["second"].wall_s > LIMIT_S


def test_a_trial_within_its_limit_has_the_same_record():
    trial = make_trial(ADDING, epochs=6)
    assert_same(limited(trial, 3600.0), run(trial))


@pytest.mark.parametrize("seconds", [3600.0, 1e7])
def test_a_trial_with_a_limit_ends_with_its_run(monkeypatch, seconds):
    monkeypatch.setattr(trial_module, "_ORDERS_AT_ONCE", 2**24)
    stop, records, ends = np.zeros(1, np.int64), [], []
    original = Session.train

    def spy(self, *arguments):
        end, rows = original(self, *arguments)
        ends.append(end)
        return end, rows

    monkeypatch.setattr(Session, "train", spy)
    trial = make_trial(LONG_TASK, **LONG)
    thread = threading.Thread(target=lambda: records.append(limited(trial, seconds, stop)))
    thread.start()
    time.sleep(0.5)
    stop[0] = 1
    thread.join(60)
    assert records == [None]
    assert ends in ([], [training.INTERRUPTED])


def test_the_watch_ends_without_trials_and_starts_again():
    for _ in range(2):
        assert limited(make_trial(), 3600.0).status == "complete"
        watching = [t for t in threading.enumerate() if t.name == "trial time limits"]
        for thread in watching:
            thread.join(60)
        assert time_limit._watch._thread is None
