"""Trials whose memory is not free: they wait, or are recorded as failed, and the rest goes on."""

import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from commandline import command
from trial_cases import make_trial

from rnnsweep.cli.screens.plan import print_plan
from rnnsweep.execution import pack, plan, trial_memory
from rnnsweep.execution.pack import run_pack
from rnnsweep.execution.run import run
from rnnsweep.execution.trial_memory import TooLargeError
from rnnsweep.execution.trial_queue import QueuedTrial
from rnnsweep.record import Recording
from rnnsweep.sweepfile import load_sweep
from rnnsweep.tasks.adding import Adding
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_bytes

MIB = 2**20
DATA = Adding(seq_len=1000, n_train=2000, n_val=1)  # 15 MiB


def trial_of(seed=0, **keys):
    return make_trial(DATA, seed=seed, **{"hidden_size": 2, "batch_size": 10} | keys)


def free(monkeypatch, n_bytes):
    """Let so much be free for trials."""
    monkeypatch.setattr(trial_memory, "free_for_trials", lambda: n_bytes)
    monkeypatch.setattr(trial_memory, "_ALWAYS_THERE", 0)
    monkeypatch.setattr(trial_memory, "_memory", trial_memory._TrialMemory())
    monkeypatch.setattr(pack, "memory_of", memory_of)


def memory_of(*arguments):
    return trial_memory._memory.of(*arguments)


def at_once(*trials):
    """Start each trial in a thread of its own; return how many were in memory at once, at most."""
    data, stop, lock = DataCache(0), np.zeros(1, np.int64), threading.Lock()
    numbers, most = [0], []

    def train(trial):
        with memory_of(trial, data, stop):
            with lock:
                numbers[0] += 1
                most.append(numbers[0])
            time.sleep(0.1)
            with lock:
                numbers[0] -= 1

    threads = [threading.Thread(target=train, args=(trial,)) for trial in trials]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == len(trials)
    assert trial_memory._memory._training == 0
    assert trial_memory._memory._data == {}
    return max(most)


def test_so_many_are_trained_at_once_as_there_is_room_for(monkeypatch):
    seeds = [trial_of(seed) for seed in range(6)]
    of_data, own = trial_bytes(seeds[0].config)
    free(monkeypatch, 10 * (of_data + own))
    assert at_once(*seeds) == 6
    free(monkeypatch, 2.5 * (of_data + own))
    assert at_once(*seeds) == 2
    free(monkeypatch, 1.5 * (of_data + own))
    assert at_once(*seeds) == 1


def test_trials_with_the_same_data_have_them_once(monkeypatch):
    rates = [trial_of(learning_rate=0.01 * (i + 1)) for i in range(4)]
    of_data, own = trial_bytes(rates[0].config)
    assert of_data > 10 * own
    free(monkeypatch, of_data + 4.5 * own)
    assert at_once(*rates) == 4


def test_a_large_trial_is_not_overtaken_for_ever(monkeypatch):
    small, large = trial_of(0), trial_of(1, hidden_size=200, batch_size=100)
    of_data, own = trial_bytes(large.config)
    free(monkeypatch, of_data + 1.02 * own)
    data, stop, order = DataCache(0), np.zeros(1, np.int64), []
    first_ends, is_in = threading.Event(), threading.Event()

    def train(name, trial, until=None):
        with memory_of(trial, data, stop):
            order.append(name)
            is_in.set()
            if until:
                assert until.wait(60)

    first = threading.Thread(target=train, args=("small", small, first_ends))
    first.start()
    assert is_in.wait(60)
    threads = [threading.Thread(target=train, args=("large", large))]
    threads += [threading.Thread(target=train, args=("later", trial_of(seed))) for seed in (2, 3)]
    for thread in threads:
        thread.start()
        time.sleep(0.2)  # each of them waits by now
    assert order == ["small"]
    first_ends.set()
    for thread in (first, *threads):
        thread.join(60)
    assert order[:2] == ["small", "large"]
    assert order[2:] == ["later", "later"]


def test_data_that_are_kept_give_way(monkeypatch):
    data = DataCache()
    kept = data.of(trial_of().config)
    n_bytes = kept.nbytes
    del kept
    of_data, own = trial_bytes(trial_of(1).config)
    room = of_data + own + n_bytes / 2
    free(monkeypatch, room)
    monkeypatch.setattr(trial_memory, "free_for_trials", lambda: room - data._n_bytes)
    assert data._n_bytes == n_bytes
    with memory_of(trial_of(1), data, np.zeros(1, np.int64)):
        assert data._n_bytes == 0


def test_one_that_does_not_fit_by_itself_is_refused(monkeypatch):
    free(monkeypatch, 10 * MIB)
    with (
        pytest.raises(TooLargeError, match=r"needs about 15\.\d MiB of memory, and 10 MiB are"),
        memory_of(trial_of(), DataCache(0), np.zeros(1, np.int64)),
    ):
        pytest.fail("it was let in")
    assert trial_memory._memory._data == {}


def test_a_trial_that_waits_ends_with_the_run(monkeypatch):
    of_data, own = trial_bytes(trial_of().config)
    free(monkeypatch, 1.5 * (of_data + own))
    stop, records, data = np.zeros(1, np.int64), [], DataCache(0)
    trials = [QueuedTrial(trial_of(1), Recording(), 1.0)]
    with memory_of(trial_of(0), data, stop):
        thread = threading.Thread(target=run_pack, args=(trials, stop, data, records.append))
        thread.start()
        time.sleep(0.3)
        assert thread.is_alive()
        stop[0] = 1
        thread.join(60)
    assert not thread.is_alive()
    assert records == []


SWEEP = """
[task]
name = "adding"
seq_len = 1000
n_train = 32
n_val = 16
[model]
hidden_size = 2
[train]
learning_rate = 0.01
epochs = 1
[grid]
model.hidden_size = [2, 4000]
"""


@pytest.mark.parametrize("executor", ["threads", "serial"])
def test_a_trial_too_large_for_the_machine_fails_by_name_and_the_rest_goes_on(
    tmp_path, monkeypatch, executor
):
    free(monkeypatch, 200 * MIB)
    path = tmp_path / "large.toml"
    path.write_text(SWEEP)
    results = run(path, results=tmp_path / executor, executor=executor, plots=False)
    small, large = results.trials.to_dict("records")
    assert small["status"] == "complete"
    assert large["status"] == "failed"
    assert "needs about 1." in large["error"]
    assert "GiB of memory, and 200 MiB are free for trials" in large["error"]


LIMITED = """
import resource
from rnnsweep.execution import run  # with the libraries loaded, what is left is for trials
from rnnsweep.execution.free_memory import free_memory
from rnnsweep.cli.main import main

with open("/proc/self/statm") as statm:
    taken = int(statm.read().split()[0]) * resource.getpagesize()
limit = taken + 900 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
main()
"""


def test_under_a_real_limit_of_the_address_space(tmp_path):
    (tmp_path / "large.toml").write_text(SWEEP)
    code, _, errors = command(
        *("run", "large.toml", "--no-plots", "--jobs", 2), cwd=tmp_path, code=LIMITED
    )
    assert code == 1, errors
    assert "1 of 2 trials failed" in errors
    assert "1 x needs about 1." in errors


@contextmanager
def short_of_memory(*arguments):
    """Admit every trial, as if the prediction were wrong."""
    yield


def test_a_memory_error_is_a_failed_trial_and_drops_the_kept_data(monkeypatch):
    data = DataCache()
    data.of(trial_of().config)
    assert data._n_bytes > 0
    large = make_trial(hidden_size=10)

    def refuse(*sizes):
        return np.empty(2**55)

    monkeypatch.setattr("rnnsweep.training.session.make_learner", refuse)
    monkeypatch.setattr(pack, "memory_of", short_of_memory)
    records = []
    trials = [QueuedTrial(large, Recording(), 1.0)]
    run_pack(trials, np.zeros(1, np.int64), data, records.append)
    (record,) = records
    assert record.status == "failed"
    assert record.error.startswith("not enough memory: Unable to allocate 256. PiB")
    assert data._n_bytes == 0


@pytest.mark.parametrize(
    ("free_mib", "remark"),
    [
        (10_000, ""),
        (2000, ", and 1.95 GiB are free for trials: fewer trials are trained at a time where"),
        (
            200,
            ", and 200 MiB are free for trials: the largest trial, of 1.79 GiB, does not fit and",
        ),
    ],
)
def test_the_plan_says_when_memory_is_short(tmp_path, monkeypatch, capsys, free_mib, remark):
    monkeypatch.setattr(plan, "free_for_trials", lambda: free_mib * MIB)
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "large.toml"
    path.write_text(SWEEP)
    planned = plan.make_plan(load_sweep(path), tmp_path / "results", 2, False)
    print_plan(planned)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("memory")]
    assert line.split("GiB", 1)[1].startswith(remark)
    assert bool(remark) == ("free" in line)
    on_others = plan.make_plan(load_sweep(path), tmp_path / "results", 2, False, executor="dask")
    assert on_others.free_bytes == float("inf")
