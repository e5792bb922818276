"""The order in which trials are taken, their packs, and what becomes of their records."""

import signal
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
from commandline import TINY, Heard
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep import sweepfile
from rnnsweep.execution import local_executors, pack
from rnnsweep.execution.executors import Executor
from rnnsweep.execution.local_executors import ThreadExecutor
from rnnsweep.execution.pack import run_pack
from rnnsweep.execution.progress import Progress
from rnnsweep.execution.run import run
from rnnsweep.execution.scheduler import Scheduler
from rnnsweep.execution.trial_queue import QueuedTrial, longest_first, packed
from rnnsweep.record import Record, Recording
from rnnsweep.store.store import Store
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_seconds

NO_DATA = DataCache(0)
SECONDS = st.lists(st.floats(0, 10), max_size=50)


def queue(*seconds):
    """Return trials, each with a number in place of a trial, that take so many seconds."""
    return [QueuedTrial(number, Recording(), s) for number, s in enumerate(seconds)]


def numbers(trials):
    return [queued.trial for queued in trials]


def sweep_of(text, *overrides):
    Path("made.toml").write_text(text)
    return sweepfile.load("made.toml", overrides)


# The order


@given(SECONDS)
def test_the_longest_comes_first_and_of_equals_the_first(seconds):
    ordered = numbers(longest_first(queue(*seconds)))
    assert ordered == sorted(range(len(seconds)), key=lambda number: -seconds[number])


@given(SECONDS, st.integers(1, 60))
def test_with_a_look_ahead_each_is_the_longest_of_those_in_sight(seconds, look_ahead):
    waiting = queue(*seconds)
    for number in numbers(longest_first(queue(*seconds), look_ahead)):
        in_sight = waiting[:look_ahead]
        longest = max(in_sight, key=lambda queued: (queued.seconds, -queued.trial))
        assert number == longest.trial
        waiting.remove(longest)
    assert waiting == []


@given(SECONDS, st.integers(1, 60))
def test_the_last_trials_come_longest_first(seconds, look_ahead):
    # No thread ends alone with a long trial while shorter ones were there to be kept back.
    ordered = [queued.seconds for queued in longest_first(queue(*seconds), look_ahead)]
    last = ordered[len(ordered) - min(look_ahead, len(seconds)) :]
    assert last == sorted(last, reverse=True)


def test_no_more_trials_are_in_memory_than_it_looks_ahead():
    n_taken = 0

    def counted():
        nonlocal n_taken
        for queued in queue(*range(100)):
            n_taken += 1
            yield queued

    for n_yielded, _ in enumerate(longest_first(counted(), 7), start=1):
        assert n_taken <= n_yielded + 7


# Packs


@given(SECONDS, st.floats(0, 5))
def test_packs_contain_all_trials_in_order_within_the_limit(seconds, limit):
    packs = list(packed(queue(*seconds), limit))
    assert [number for several in packs for number in numbers(several)] == list(range(len(seconds)))
    for several in packs:
        assert len(several) == 1 or sum(queued.seconds for queued in several) <= limit * (1 + 1e-12)


def test_a_pack_is_full():
    sizes = [len(several) for several in packed(queue(*[1] * 10, 5, *[2] * 3), 4)]
    assert sizes == [4, 4, 2, 1, 2, 1]


def test_a_pack_hands_over_each_record_and_ends_where_it_is_stopped(monkeypatch):
    stop = np.zeros(1, np.int64)
    records = []

    def trained(trial, stop, recording, *rest):
        if trial == 2:
            assert records == [0, 1]
            stop[0] = 1
        return None if stop[0] else trial

    monkeypatch.setattr(pack, "run_trial", trained)
    monkeypatch.setattr(pack, "memory_of", lambda *_: nullcontext())
    run_pack(queue(1, 1, 1, 1), stop, NO_DATA, records.append)
    assert records == [0, 1]


@pytest.mark.usefixtures("no_plots")
def test_short_trials_share_few_futures(home, monkeypatch):
    submitted = []

    class Counting(ThreadExecutor):
        def submit(self, pack, training):
            submitted.append(len(pack))
            return super().submit(pack, training)

    monkeypatch.setattr(local_executors, "ThreadExecutor", Counting)
    results = run("tiny.toml", results="other", overrides=["seed={from=0,to=499,num=500}"])
    assert sum(submitted) == len(results.trials) == 1000
    assert len(submitted) <= 100


@pytest.mark.usefixtures("no_plots")
def test_a_run_waits_for_an_executor_that_takes_nothing_yet(home, monkeypatch):
    asked = 0

    class Late(ThreadExecutor):
        @property
        def n_packs(self):
            nonlocal asked
            asked += 1
            return 1 if asked > 5 else 0

    monkeypatch.setattr(local_executors, "ThreadExecutor", Late)
    results = run("tiny.toml", results="other")
    assert results.trials["status"].tolist() == ["complete"] * 4
    assert asked > 5


@pytest.mark.usefixtures("no_plots")
def test_records_are_reported_and_kept_before_their_pack_ends(home, monkeypatch):
    # One pack holds all four trials; the last waits until progress knows of the others.
    trained, known = pack.run_trial, threading.Event()
    started = []

    def waiting(trial, stop, recording, *rest):
        started.append(trial)
        assert len(started) < 4 or known.wait(60)
        return trained(trial, stop, recording, *rest)

    class Knowing(Heard):
        def advance(self, records):
            super().advance(records)
            if len(self.records) == 3:
                known.set()

    monkeypatch.setattr(pack, "run_trial", waiting)
    results = run("tiny.toml", results="other", jobs=1, progress=Knowing())
    assert results.trials["status"].tolist() == ["complete"] * 4


@pytest.mark.usefixtures("no_plots")
def test_a_run_knows_the_time_left_from_its_first_trials(home):
    class Asking(Heard):
        def __init__(self):
            super().__init__()
            self.seen = []

        def expect(self, outlook):
            self.seconds_left = outlook.seconds_left

        def advance(self, records):
            super().advance(records)
            self.seen.append((len(self.records), self.seconds_left()))

    asking = Asking()
    changes = ["train.epochs=[1, 400]", "seed={from=0,to=99,num=100}"]
    run("tiny.toml", results="other", jobs=1, overrides=changes, progress=asking)
    left = [seconds for n_ended, seconds in asking.seen if 0 < n_ended < 400]
    assert None not in left[:-1]
    assert left[0] > left[len(left) // 2] > 0
    assert all(seconds is None for n_ended, seconds in asking.seen if n_ended == 0)
    # half of the trials are long, and nearly all of the time
    halfway = next(seconds for n_ended, seconds in asking.seen if n_ended >= 200)
    assert halfway is None or halfway < 0.2 * left[0]
    assert not (home / "other/.time_left.json").exists()


# With the order


@pytest.mark.usefixtures("no_plots")
def test_a_run_takes_long_trials_first(home, monkeypatch):
    trained, taken = pack.run_trial, []

    def seen(trial, *rest):
        taken.append((trial.config.train.epochs, trial.config.model.hidden_size, trial.config.seed))
        return trained(trial, *rest)

    monkeypatch.setattr(pack, "run_trial", seen)
    run("tiny.toml", results="other", jobs=1, overrides=["train.epochs=[1, 9, 3]"])
    assert taken == [(e, h, s) for e in (9, 3, 1) for h in (3, 2) for s in (0, 1)]


def test_what_takes_longer_is_expected_to(home):
    def seconds(*overrides, metrics=()):
        (trial,) = sweep_of(TINY, "model.hidden_size=8", "seed=0", *overrides)
        return trial_seconds(trial.config, Recording(metrics))

    plain = seconds()
    assert plain == seconds("train.learning_rate=0.5") == seconds("seed=3")
    for longer in (
        "train.epochs=50",
        "model.hidden_size=64",
        "model.num_layers=3",
        "task.seq_len=99",
        "task.n_train=5000",
        "train.batch_size=1",
        "task.fresh=true",
    ):
        assert seconds(longer) > plain, longer
    assert seconds('model.cell="lstm"') > seconds('model.cell="gru"') > plain
    assert seconds(metrics=("grad_norms",)) > plain
    assert seconds("train.epochs=50", "stop.max_updates=1") < seconds("train.epochs=50")


@pytest.mark.usefixtures("no_plots")
def test_no_two_compile_at_once_whatever_the_order(home, monkeypatch):
    # Both cells in both dtypes, the costly ones first: each is made ready by the main thread,
    # before any trial that needs it starts.
    ready, compiling = set(), []
    trained = pack.run_trial

    @contextmanager
    def alone():
        compiling.append(threading.current_thread())
        assert len(compiling) == 1
        yield
        compiling.pop()

    class Slow:
        def __init__(self, say):
            self.threads = set()

        def prepare(self, needs):
            cell, dtype = needs.cell.name, needs.dtype
            assert threading.current_thread() is threading.main_thread()
            if (cell, dtype) not in ready:
                with alone():
                    time.sleep(0.02)
                ready.add((cell, dtype))

    def seen(trial, stop, recording, *rest):
        assert (trial.config.model.cell, trial.config.train.dtype) in ready
        return Record(trial.trial_id, trial.config.settings(), "failed", error="never trained")

    monkeypatch.setattr(local_executors, "Compilation", Slow)
    monkeypatch.setattr(pack, "run_trial", seen)
    changes = ['model.cell=["rnn", "lstm"]', 'train.dtype=["float32", "float64"]']
    results = run("tiny.toml", results="other", jobs=2, overrides=changes)
    assert len(ready) == 4
    assert results.trials["status"].tolist() == ["failed"] * 16
    assert trained is not seen


def test_a_run_that_hands_over_for_long_stores_meanwhile_and_looks_for_signals(home):
    """As for thousands of workers that take millions of trials when it starts."""
    sweep = sweepfile.load("tiny.toml", ["seed={from=0,to=99,num=100}"])
    n_stored = []

    class Greedy(Executor):
        n_jobs = n_packs = 1000
        description = "a thousand workers"

        def submit(self, pack, training):
            time.sleep(0.03)
            for queued in pack:
                training.keep(Record(queued.trial.trial_id, {}, "complete"))
            n_stored.append(store.counts().done)
            if n_stored[-1]:
                signal.raise_signal(signal.SIGINT)
            future = Future()
            future.set_result(None)
            return future

    waiting = [QueuedTrial(trial, Recording(), 1.0, i) for i, trial in enumerate(sweep)]
    with Store.writer("other") as store:
        store.set_sweep("s", "", [], [(trial.trial_id, {}) for trial in sweep])
        with pytest.raises(KeyboardInterrupt):
            Scheduler(store, Greedy(), Progress()).train(waiting, len(sweep), 200.0)
        # The last pack before the signal, and the few until it is seen, are stored, too.
        assert 0 < store.counts().done == len(n_stored) < 60 < len(sweep)
