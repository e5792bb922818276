"""The ways in which a trial ends: diverged, failed, interrupted, stopped, solved."""

import re
import threading
import time

import numpy as np
import pytest
from trial_cases import HS, make_trial, run

from rnnsweep.kernels import training
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.adding import Adding
from rnnsweep.training import session as training_module
from rnnsweep.training import trial as trial_module
from rnnsweep.training.session import Session
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import (
    ACTIVATIONS,
    DTYPES,
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip_norm", [0.0, 1.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_learning_rate_of_a_million_diverges(activation, clip_norm, dtype):
    record = run(
        make_trial(activation=activation, learning_rate=1e6, clip_norm=clip_norm, dtype=dtype)
    )
    assert record.status == "diverged"
    assert record.error is None
    assert record.diverged_epoch == record.epochs_run - 1
    assert record.epochs_run < 4
    # The epoch that diverged has its row, and is never the best.
    last = record.epochs[-1]
    first_loss = run(make_trial(activation=activation, epochs=1, dtype=dtype)).epochs[0, 0]
    assert not np.isfinite(last).all() or last[:2].max() > 1e5 * first_loss
    assert record.best_epoch != record.diverged_epoch


def test_a_trial_that_diverges_later_keeps_its_best_epoch():
    record = run(make_trial(learning_rate=0.9, epochs=7))
    assert record.status == "diverged"
    assert record.epochs_run == record.diverged_epoch + 1 == 3
    before = record.epochs[:-1]
    assert np.isfinite(before).all()
    assert record.best_epoch == np.argmin(before[:, 1])
    assert np.isfinite(record.test_loss)


def test_a_trial_that_diverges_at_once_has_no_best_epoch():
    record = run(make_trial(learning_rate=1e6))
    assert record.diverged_epoch == 0
    assert record.best_epoch is None
    assert record.test_loss is None
    assert record.best_val_loss is None
    assert record.test_baseline > 0  # of the problem, whatever the network did


def test_an_exception_is_recorded_with_its_text(monkeypatch):
    def fail(*_):
        raise RuntimeError("out of luck")

    trial = make_trial()
    with monkeypatch.context() as patch:
        patch.setattr(training_module, "make_learner", fail)
        record = run(trial)
    assert record.status == "failed"
    assert re.fullmatch(r"RuntimeError: out of luck \(test_trial_ends\.py:\d+\)", record.error)
    assert record.trial_id == trial.trial_id
    assert record.settings == trial.config.settings()
    assert record.epochs.shape == (0, 3)
    assert record.best_epoch is record.test_loss is record.diverged_epoch is None
    assert run(trial).status == "complete"  # it harms no other


def test_a_keyboard_interrupt_is_no_failed_trial(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training_module, "make_learner", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(make_trial())


def test_a_stop_before_the_start_returns_nothing():
    assert run_trial(make_trial(), np.ones(1, np.int64)) is None


def test_a_stop_from_another_thread_ends_a_kernel_call(monkeypatch):
    # One call of 16 s or more: the kernel itself must see the flag, and hold no lock meanwhile.
    monkeypatch.setattr(trial_module, "_ORDERS_AT_ONCE", 2**21)
    begins, ends = threading.Event(), []
    original = Session.train

    def spy(self, orders, stop):
        begins.set()
        end, rows = original(self, orders, stop)
        ends.append(end)
        return end, rows

    monkeypatch.setattr(Session, "train", spy)
    task = Adding(seq_len=10, n_train=1024, n_val=1)
    trial = make_trial(task, batch_size=1, learning_rate=1e-9, epochs=10_000)
    stop = np.zeros(1, np.int64)
    records = []
    thread = threading.Thread(target=lambda: records.append(run_trial(trial, stop)), daemon=True)
    thread.start()
    assert begins.wait(60)
    time.sleep(0.5)
    assert records == ends == []
    stop[0] = 1
    thread.join(timeout=60)
    assert records == [None]
    assert ends == [training.INTERRUPTED]


def test_a_trial_without_progress_is_stopped():
    whole = run(make_trial(learning_rate=0.3, epochs=30))
    losses = whole.epochs[:, 1]
    ends = [e for e in range(30) if e - np.argmin(losses[: e + 1]) >= 3]
    record = run(make_trial(learning_rate=0.3, epochs=30, patience=3))
    assert ends
    assert record.status == "stopped"
    assert record.epochs_run == ends[0] + 1 < 30
    assert record.epochs.tobytes() == whole.epochs[: record.epochs_run].tobytes()
    assert record.updates_to_success is None


def test_a_trial_below_the_loss_threshold_is_solved():
    losses = run(make_trial(epochs=8)).epochs[:, 1]
    threshold = losses[4] + 1e-9
    first = int(np.argmax(losses < threshold))
    record = run(make_trial(epochs=8, val_loss_below=threshold))
    assert record.status == "solved"
    assert record.epochs_run == first + 1 < 8
    assert record.updates_to_success == 3 * (first + 1)
    assert record.sequences_to_success == 21 * (first + 1)
    assert record.test_loss is not None


def test_a_trial_above_the_accuracy_threshold_is_solved():
    task = TASKS["delayed_xor"](seq_len=4, lag=1, n_train=64, n_val=32)
    keys = {"optimizer": "adam", "epochs": 200, "hidden_size": 12}
    record = run(make_trial(task, accuracy_above=0.9, **keys))
    accuracy = record.epochs[:, record.extra_columns.index("accuracy") + 3]
    assert record.status == "solved"
    assert accuracy[-1] > 0.9
    assert (accuracy[:-1] <= 0.9).all()


def test_the_task_s_own_accuracy_is_the_one_that_counts():
    keys = {"optimizer": "adam", "epochs": 60, "hidden_size": 8, "learning_rate": 0.02}
    record = run(make_trial(HS, accuracy_above=0.01, **keys))
    assert record.extra_columns == ("accuracy",)
    assert record.status == "solved"
    assert record.epochs[-1, 3] > 0.01
    assert (record.epochs[:-1, 3] <= 0.01).all()


@pytest.mark.parametrize("n_updates", [1, 3, 4, 7])
def test_a_trial_stops_at_its_last_update(n_updates):
    trial = make_trial(max_updates=n_updates, epochs=50)
    record = run(trial)
    assert record.status == "stopped"
    assert record.epochs_run == -(-n_updates // 3)
    assert np.isfinite(record.epochs).all()
    solved = run(make_trial(max_updates=n_updates, epochs=50, val_loss_below=1e9))
    assert solved.status == "solved"
    assert solved.updates_to_success == min(n_updates, 3)
