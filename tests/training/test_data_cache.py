"""Data are made once, shared, bounded in memory, and never copied."""

import gc
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from task_cases import baselines

from rnnsweep.cells import CELLS
from rnnsweep.errors import SweepError
from rnnsweep.execution.run import run
from rnnsweep.sweepfile import Config, ModelConfig, TrainConfig, Trial
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.npz import Npz
from rnnsweep.tasks.reber import Reber
from rnnsweep.tasks.sine import Sine
from rnnsweep.training import data_cache
from rnnsweep.training.data_cache import DataCache, train_part_of
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import SEEDS

TASK = Adding(seq_len=4, n_train=20, n_val=10)


def config(seed=0, task=TASK, **keys):
    keys = {name: getattr(task, name) for name in ("output", "output_activation", "loss")} | keys
    keys = {"hidden_size": 2, "learning_rate": 0.1, "epochs": 1} | keys
    model, train = (
        table(**{name: value for name, value in keys.items() if name in table.model_fields})
        for table in (ModelConfig, TrainConfig)
    )
    apart = tuple((name, keys[name]) for name in SEEDS if name in keys)
    return Config(task, model, train, seed, cell=CELLS["rnn"], seeds_apart=apart)


N_BYTES = DataCache().of(config()).nbytes


@pytest.fixture
def made(monkeypatch):
    """The seeds of all data that were made."""
    seeds, make = [], data_cache._make

    def counting(task, seed, form):
        seeds.append(seed)
        return make(task, seed, form)

    monkeypatch.setattr(data_cache, "_make", counting)
    return seeds


# Made once


def test_trials_that_agree_in_their_data_share_them(made):
    data = DataCache()
    first = data.of(config())
    assert data.of(config(hidden_size=7, learning_rate=0.5, batch_size=3)) is first
    # a task that is made anew is the same task
    assert data.of(config(task=Adding(seq_len=4, n_train=20, n_val=10))) is first
    others = [config(seed=1), config(dtype="float64"), config(loss="mae"), config(huber_delta=2.0)]
    assert all(data.of(other) is not first for other in others)
    assert made == [0, 1, 0, 0, 0]


def test_trials_that_share_the_seed_of_the_data_share_them(made):
    data = DataCache()
    first = data.of(config(seed=3))
    assert data.of(config(seed=5, seed_data=3, seed_init=4, seed_order=2)) is first
    assert data.of(config(seed=3, seed_init=4)) is first
    assert data.of(config(seed=3, seed_data=5)) is not first
    assert made == [3, 5]


def test_seeds_share_data_that_no_seed_decides(made):
    data = DataCache()
    task = TASKS["notebook"]()
    assert data.of(config(5, task)) is data.of(config(6, task))
    assert made == [0]


def test_threads_that_ask_at_once_get_what_one_of_them_makes(monkeypatch):
    made, make, all_here = [], data_cache._make, threading.Barrier(4)

    def slowly(task, seed, form):
        made.append(seed)
        time.sleep(0.05)  # the others ask meanwhile
        return make(task, seed, form)

    monkeypatch.setattr(data_cache, "_make", slowly)
    for kept in (0, None):
        data = DataCache(kept)

        def ask(seed, data=data):
            all_here.wait(60)
            return data.of(config(seed))

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(ask, [0, 0, 0, 1]))
        assert results[0] is results[1] is results[2]
        assert sorted(made) == [0, 1]
        made.clear()


def test_data_that_cannot_be_made_block_no_later_request(monkeypatch):
    def broken(task, seed, form):
        raise MemoryError("no room")

    data, make = DataCache(), data_cache._make
    for _ in range(2):
        monkeypatch.setattr(data_cache, "_make", broken)
        with pytest.raises(MemoryError):
            data.of(config())
    monkeypatch.setattr(data_cache, "_make", make)
    assert data.of(config()).nbytes == N_BYTES


def test_a_run_makes_each_data_set_once(home, made, no_plots):
    changes = ["train.learning_rate=[0.1, 0.2, 0.3]"]
    results = run("tiny.toml", results="other", jobs=2, overrides=changes)
    assert len(results.trials) == 12
    assert sorted(made) == [0, 1]


# Within a bound


def test_what_was_used_last_stays_within_the_bound(made):
    data = DataCache(3 * N_BYTES)
    for seed in (0, 1, 2, 0, 3, 0, 2, 3):  # the fourth made drives out seed 1
        data.of(config(seed))
    assert made == [0, 1, 2, 3]
    data.of(config(1))
    assert made == [0, 1, 2, 3, 1]
    data.of(config(0))  # which was used longest ago by then
    assert made == [0, 1, 2, 3, 1, 0]


@pytest.mark.parametrize("kept_bytes", [0, N_BYTES - 1])
def test_what_is_in_use_is_shared_however_small_the_bound(made, kept_bytes):
    data = DataCache(kept_bytes)
    first = data.of(config())
    assert data.of(config()) is first
    del first
    gc.collect()
    data.of(config())
    assert made == [0, 0]


def test_no_bound_is_kept_for_what_is_gone():
    data = DataCache(10 * N_BYTES)
    for seed in range(50):
        data.of(config(seed))
    gc.collect()
    assert len(data._kept) == len(data._in_use) == 10
    assert data._n_bytes == 10 * N_BYTES
    assert data._making == {}


@pytest.mark.parametrize("data_memory", [-1, 1.5, "512MB", True])
def test_a_bound_that_is_no_number_of_bytes_is_refused(home, data_memory):
    with pytest.raises(SweepError, match=r"data_memory is .*a whole number of bytes"):
        run("tiny.toml", results="other", data_memory=data_memory)
    assert not Path("other").exists()


def test_the_bound_of_a_run_changes_no_result(home, no_plots):
    one, other = (
        run("tiny.toml", results=name, data_memory=kept).epochs
        for name, kept in (("one", 0), ("other", None))
    )
    assert one.equals(other)


# As the task made them, without a second copy


def assert_holds(sequences, part, dtype):
    """Check that kernels are given what the task made."""
    if part.x.ndim == 2:
        np.testing.assert_array_equal(sequences.tokens, part.x)
    else:
        np.testing.assert_array_equal(sequences.x, part.x.astype(dtype))
    targets = part.y.reshape(sequences.y.shape).astype(dtype)
    np.testing.assert_array_equal(sequences.y, targets)
    lengths = np.full(len(part.x), part.x.shape[1]) if part.lengths is None else part.lengths
    np.testing.assert_array_equal(sequences.lengths, lengths)


# Sizes at which parts come in several chunks.
LARGE = [
    Adding(seq_len=1000, n_train=2500, n_val=3),
    TASKS["adding_hs"](seq_len=1000, n_train=2500, n_val=3),
    Sine(seq_len=1000, n_train=2500, n_val=3),
    TASKS["lorenz"](seq_len=3, n_train=9000, n_val=3, washout=0),
    TASKS["narma"](seq_len=12, n_train=9000, n_val=3),
    Reber(n_train=50, n_val=3),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("task", LARGE, ids=lambda task: task.name)
def test_chunks_make_what_the_whole_does(task, dtype):
    for output in task.outputs:
        trial_config = config(3, task, output=output, dtype=dtype)
        data, made = DataCache(0).of(trial_config), task.data(3, output)
        for sequences, part in zip((data.train, data.val, data.test), made, strict=True):
            assert_holds(sequences, part, dtype)
        assert data.baselines == baselines(made, trial_config.train.loss)
        n_chunks = sum(1 for _ in task.chunks(3, output)[0])
        assert (n_chunks > 1) == (task.name != "reber")


def test_the_users_arrays_come_whole(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 5, 2))
    np.savez(tmp_path / "own.npz", x=x, y=x[:, 0, :1])
    task = Npz(path=str(tmp_path / "own.npz"))
    data = DataCache(0).of(config(task=task))
    for sequences, part in zip((data.train, data.val), task.data(0), strict=False):
        assert_holds(sequences, part, np.float32)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("x", lambda part: part._replace(x=part.x[:, :, :1])),
        ("y", lambda part: part._replace(y=part.y[:, 0])),
        ("y", lambda part: part._replace(y=np.repeat(part.y, 2, axis=1))),
    ],
)
def test_arrays_of_other_sizes_than_announced_are_named(name, wrong, monkeypatch):
    draw = Adding._draw
    monkeypatch.setattr(Adding, "_draw", lambda *arguments: map(wrong, draw(*arguments)))
    with pytest.raises(ValueError, match=f"{name} of the task adding has the shape .*announced"):
        DataCache().of(config())


def test_a_task_that_scores_gets_its_part_without_a_copy_of_the_inputs():
    task = Reber(n_train=50, n_val=30)
    data = DataCache(0).of(config(task=task))
    made = task.data(0, "every").val
    assert np.shares_memory(data.val_part.x, data.val.tokens)
    np.testing.assert_array_equal(data.val_part.x, made.x)
    np.testing.assert_array_equal(data.val_part.y, made.y)
    np.testing.assert_array_equal(data.val_part.lengths, made.lengths)


@pytest.mark.parametrize("task", [TASK, Reber(n_train=20, n_val=3)], ids=lambda task: task.name)
def test_predictors_get_the_inputs_that_kernels_take(task):
    form = data_cache._form(config(task=task))
    sequences, part = data_cache._gather(task.chunks(0, form.output)[0], 20, task, form)
    assert part.x is (sequences.tokens if task.has_symbols else sequences.x)


def test_fresh_sequences_are_those_of_their_epoch():
    task = Adding(seq_len=1000, n_train=2500, n_val=3, fresh=True)
    data = DataCache(0).of(config(task=task))
    first, second = train_part_of(config(task=task), 0), train_part_of(config(task=task), 1)
    np.testing.assert_array_equal(first.x, data.train.x)
    assert not np.array_equal(second.x, first.x)


def test_a_large_data_set_is_there_once():
    small, large = config(), config(task=Adding(seq_len=150, n_train=100_000, n_val=100))
    stop = np.zeros(1, np.int64)
    run_trial(Trial("t0", small), stop)  # what is loaded once is no part of it
    data = DataCache()
    tracemalloc.start()  # numpy reports its arrays
    try:
        before, _ = tracemalloc.get_traced_memory()
        for trial in ("t1", "t2"):
            assert run_trial(Trial(trial, large), stop, data=data).status == "complete"
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    n_bytes = data.of(large).nbytes
    assert 120e6 < n_bytes < 122e6  # 100,000 x 150 x 2 inputs in float32
    assert after - before == pytest.approx(n_bytes, rel=0.01)
    # The chunks in which it is made come on top: a million time steps of 2 inputs in float64,
    # their values, and those of the block before.
    assert peak - before < n_bytes + 60e6
