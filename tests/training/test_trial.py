"""One trial from its config to its record."""

import re
import threading
import time
from itertools import pairwise

import naive
import naive_training
import numpy as np
import pytest
from every_kernel import assert_compiled_once_a_cell_and_precision
from numba import config
from trial_cases import ADDING, assert_same, make_trial, run

from rnnsweep.kernels import training
from rnnsweep.network.buffers import make_learner, make_work
from rnnsweep.network.cost import block_capacity, training_bytes
from rnnsweep.network.layout import Sizes, count_params, split
from rnnsweep.network.model import Model
from rnnsweep.random_streams import SHUFFLING, stream
from rnnsweep.record import METRICS
from rnnsweep.tasks import TASKS, Adding, Notebook, Sine, baselines
from rnnsweep.training import session as training_module
from rnnsweep.training import trial as trial_module
from rnnsweep.training.session import Training, lane_order
from rnnsweep.training.trial import run_trial, seconds_an_update
from rnnsweep.vocabulary import (
    ACTIVATIONS,
    CELLS,
    DTYPES,
    GRADIENTS,
    LOSSES,
    OPTIMIZERS,
    OUTPUTS,
    SCHEDULES,
)

# ---- what a record holds


def test_a_complete_trial():
    trial = make_trial()
    record = run(trial)
    assert record.status == "complete"
    assert record.trial_id == trial.trial_id
    assert record.settings == trial.config.settings()
    assert record.n_params == 2 * 5 + 5 + 5 * 5 + 5 + 1
    assert record.epochs.shape == (4, 3)
    assert record.epochs.dtype == np.float64
    assert np.isfinite(record.epochs).all()
    assert record.epochs_run == 4
    assert record.diverged_epoch is None
    assert record.error is None
    assert record.wall_s > 0
    assert record.baselines == baselines(ADDING.data(0), "mse")
    assert record.baseline == next(iter(record.baselines.values()))


def test_best_epoch_is_the_lowest_validation_loss():
    # A large learning rate, so that it is not the last epoch.
    record = run(make_trial(learning_rate=0.5, epochs=12, dtype="float64"))
    assert record.best_epoch == np.argmin(record.epochs[:, 1]) != 11
    assert record.best_val_loss == record.epochs[:, 1].min()
    assert record.final_val_loss == record.epochs[-1, 1]
    assert record.final_train_loss == record.epochs[-1, 0]


# ---- the test part


@pytest.mark.parametrize(
    ("task", "keys"),
    [
        (ADDING, {}),
        (Adding(seq_len=4, n_train=21, n_val=9, n_test=11, fresh=True), {}),
        (TASKS["sine"](seq_len=9, n_train=21, n_val=9, n_test=11), {"output": "every"}),
        (TASKS["xor_stream"](seq_len=3, n_train=11, n_val=7, n_test=5), {"stateful": True}),
    ],
)
def test_the_baseline_of_the_test_part_is_that_of_the_same_predictor(task, keys):
    record = run(make_trial(task, **keys))
    train, val, test = task.data(0, keys.get("output", task.output))
    name = next(iter(record.baselines))
    mean = train.y.mean(axis=tuple(range(train.y.ndim - 1)))

    def expected(part):
        guess = part.persistence if name == "persistence" else mean
        if task.loss == "bce":
            return -np.mean(part.y * np.log(guess) + (1 - part.y) * np.log(1 - guess))
        return np.mean((part.y - guess) ** 2)

    assert record.baseline == pytest.approx(expected(val), rel=1e-12)
    assert record.test_baseline == pytest.approx(expected(test), rel=1e-12)


def test_without_classes_there_is_no_accuracy():
    record = run(make_trial())
    assert record.test_accuracy is record.best_val_accuracy is None


# With the loss of the task, an accuracy of the kernels' and one of the task's own.
CLASSES = {
    "bce": TASKS["delayed_xor"](seq_len=4, lag=1, n_train=40, n_val=31, n_test=23),
    "cross_entropy": TASKS["temporal_order"](seq_len=10, n_train=24, n_val=21, n_test=19),
    "own": TASKS["anbn"](n_train=24, n_val=9, n_test=8),
    "own, no classes": TASKS["adding_hs"](seq_len=20, n_train=24, n_val=21, n_test=19),
}


@pytest.mark.parametrize("name", CLASSES)
def test_accuracies_are_of_the_params_at_the_best_epoch(name):
    task = CLASSES[name]
    # So large a rate that the best epoch is not the last one.
    seed, rate = (2, 3.0) if name == "own" else (0, 0.5)
    record = run(make_trial(task, seed, learning_rate=rate, epochs=6, dtype="float64"), params=True)
    assert record.best_epoch is not None
    assert record.best_epoch < record.epochs_run - 1
    accuracy = record.epochs[:, 3 + record.extra_columns.index("accuracy")]
    assert record.best_val_accuracy == accuracy[record.best_epoch]
    output = task.output
    model = Model(**record.network)
    params = split(record.params, model.sizes)
    _, val, test = task.data(seed, output)
    for part, got in ((val, record.best_val_accuracy), (test, record.test_accuracy)):
        assert 0 < got < 1
        y = model.forward(params, part.x, lengths=part.lengths)
        if name.startswith("own"):
            expected = task.score(y, part)["accuracy"]
        elif name == "bce":
            expected = np.mean((y > 0.5) == (part.y > 0.5))
        else:
            expected = np.mean(y.argmax(axis=-1) == part.y)
        assert got == pytest.approx(expected, abs=1e-12)


def test_a_failed_trial_has_nothing_of_the_test_part(monkeypatch):
    monkeypatch.setattr(Training, "train", lambda *_: 1 / 0)
    record = run(make_trial(CLASSES["bce"]))
    assert record.status == "failed"
    assert record.test_baseline is record.best_val_accuracy is record.test_accuracy is None


REBER = TASKS["reber"](n_train=9, n_val=5, n_test=4)
XOR = TASKS["xor_stream"](seq_len=3, n_train=11, n_val=7, n_test=5)
COPY = TASKS["copy"](delay=2, n_train=7, n_val=5, n_test=4)
HS = TASKS["adding_hs"](seq_len=20, n_train=9, n_val=7, n_test=5)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"batch_size": 100},  # above n_train: one update an epoch
        {"batch_size": 1},
        {"batch_size": 21},
        {"optimizer": "sgd", "momentum": 0.9, "clip_norm": 0.3},
        {"momentum": 0.9, "nesterov": True, "clip_value": 0.01},
        {"optimizer": "adam", "activation": "sigmoid"},
        {"optimizer": "rmsprop", "learning_rate": 0.01, "seed": 3},
        {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "cosine", "l1": 0.01},
        {"optimizer": "adagrad", "schedule": "step", "decay": 0.5, "decay_every": 2, "l2": 0.1},
        {"schedule": "exponential", "decay": 0.9, "warmup_updates": 5},
        {"gradient": "notebook", "init": "orthogonal"},
        {"gradient": "truncated", "truncation": 2, "cell": "gru", "loss": "mae"},
        {"cell": "lstm", "num_layers": 2, "loss": "huber", "huber_delta": 0.1},
        {"task": Sine(seq_len=5, n_train=13, n_val=40), "output": "every"},
        {
            "task": Sine(seq_len=5, n_train=13, n_val=4, noise=0.0),
            "output_activation": "sigmoid",
            "learning_rate": 0.5,
        },
        {"task": HS, "cell": "gru", "hidden_size": 3},
        {"task": REBER, "cell": "lstm", "hidden_size": 3},
        {"task": COPY, "num_layers": 3, "hidden_size": 3},
        {"task": XOR, "stateful": True, "batch_size": 4, "cell": "lstm", "num_layers": 2},
        {"task": XOR, "stateful": True, "batch_size": 1},
    ],
    ids=lambda keys: ", ".join(str(getattr(k, "name", k)) for k in keys.values()) or "plain",
)
def test_a_trial_equals_the_naive_twin(keys):
    trial = make_trial(dtype="float64", **keys)
    task, model, train, seed = (
        getattr(trial.config, n) for n in ("task", "model", "train", "seed")
    )
    shape = task.shape(model.output)
    start = Model(
        cell=model.cell,
        input_size=shape.input_size,
        hidden_size=model.hidden_size,
        output_size=shape.output_size,
        num_layers=model.num_layers,
        init=model.init,
        dtype="float64",
    ).init(seed)
    data = [
        naive_training.Part(part.x, part.y, part.lengths) for part in task.data(seed, model.output)
    ]
    shuffling = stream(seed, SHUFFLING)
    orders = [shuffling.permutation(shape.n_train) for _ in range(train.epochs)]
    names = naive_training.Rule._fields
    rule = naive_training.Rule(**{name: getattr(train, name) for name in names})
    network = naive.Network(
        model.activation, model.output_activation, model.output, model.cell, model.num_layers
    )
    want = naive_training.train(network, rule, start, *data[:2], orders)
    record = run(trial)
    # Float64 rounding after up to 84 updates; Adam and rmsprop divide by a gradient's size.
    np.testing.assert_allclose(record.epochs[:, :3], want.records, rtol=1e-9)
    assert record.best_epoch == want.best_epoch
    # Measured with the params of the best epoch, on the test part.
    want_test = naive_training.evaluate(network, rule, want.best, data[2])
    assert record.test_loss == pytest.approx(want_test, rel=1e-9)


def test_an_epoch_has_an_order_of_its_own():
    # One sequence an update, and nothing learned: only sums in another order differ.
    seen = []
    original = Training.train

    def spy(self, orders, stop):
        seen.extend(orders.tolist())
        return original(self, orders, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "train", spy)
        run(make_trial(epochs=5))
    assert len(seen) == 5
    assert all(sorted(order) == list(range(21)) for order in seen)
    assert len({tuple(order) for order in seen}) == 5


def test_a_task_without_a_baseline_has_none():
    record = run(make_trial(Notebook(), hidden_size=3))
    assert record.baselines == {}
    assert record.baseline is None
    assert record.test_baseline is None


# ---- the same again


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("learning_rate", [0.05, 40.0])
def test_the_same_trial_twice_is_bit_identical(dtype, learning_rate):
    trial = make_trial(dtype=dtype, learning_rate=learning_rate, activation="relu")
    assert_same(run(trial), run(trial))


@pytest.mark.parametrize(
    ("keys", "diverged_epoch"),
    [
        ({"optimizer": "adam", "learning_rate": 0.1}, None),
        ({"momentum": 0.9, "clip_norm": 1.0}, None),
        ({"learning_rate": 0.9}, 2),
    ],
    ids=["adam", "momentum", "diverging"],
)
def test_the_number_of_kernel_calls_changes_no_bit(keys, diverged_epoch, monkeypatch):
    trial = make_trial(epochs=7, **keys)
    whole = run(trial)
    assert whole.diverged_epoch == diverged_epoch
    calls = []
    original = Training.train

    def spy(self, orders, stop):
        calls.append(len(orders))
        return original(self, orders, stop)

    monkeypatch.setattr(Training, "train", spy)
    for epochs_at_once, want in ((1, [1] * 7), (3, [3, 3, 1])):
        calls.clear()
        monkeypatch.setattr(trial_module, "_ORDERS_AT_ONCE", epochs_at_once * 21)
        assert_same(run(trial), whole)
        n_calls = len(want) if diverged_epoch is None else diverged_epoch // epochs_at_once + 1
        assert calls == want[:n_calls]


def test_a_seed_decides_data_params_and_order():
    records = [run(make_trial(seed=seed)) for seed in (0, 1)]
    assert records[0].epochs.tobytes() != records[1].epochs.tobytes()
    assert records[0].baselines != records[1].baselines


def test_trials_that_share_a_seed_start_alike():
    # Common random numbers: with learning rates near 0 only the sizes of the steps differ.
    slow = run(make_trial(learning_rate=1e-12, dtype="float64", batch_size=100, epochs=1))
    slower = run(make_trial(learning_rate=1e-15, dtype="float64", batch_size=100, epochs=1))
    assert slow.epochs[0, 0] == slower.epochs[0, 0]


def test_data_of_another_dtype_or_output_is_not_mixed_up():
    task = Sine(seq_len=3, n_train=4, n_val=4)
    for output in OUTPUTS:
        for dtype in DTYPES:
            record = run(make_trial(task, output=output, dtype=dtype))
            assert record.status == "complete"
    assert record.baselines == baselines(task.data(0, "every"), "mse")


# ---- trials that do not end well


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
    assert re.fullmatch(r"RuntimeError: out of luck \(test_trial\.py:\d+\)", record.error)
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
    ends = []
    original = Training.train

    def spy(self, orders, stop):
        end, rows = original(self, orders, stop)
        ends.append(end)
        return end, rows

    monkeypatch.setattr(Training, "train", spy)
    task = Adding(seq_len=10, n_train=1024, n_val=1)
    trial = make_trial(task, batch_size=1, learning_rate=1e-9, epochs=10_000)
    stop = np.zeros(1, np.int64)
    records = []
    thread = threading.Thread(target=lambda: records.append(run_trial(trial, stop)), daemon=True)
    thread.start()
    time.sleep(0.5)
    assert records == ends == []
    stop[0] = 1
    thread.join(timeout=60)
    assert records == [None]
    assert ends == [training.INTERRUPTED]


# ---- trials that end early


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


def test_a_trial_below_the_wanted_loss_is_solved():
    losses = run(make_trial(epochs=8)).epochs[:, 1]
    wanted = losses[4] + 1e-9
    first = int(np.argmax(losses < wanted))
    record = run(make_trial(epochs=8, val_loss_below=wanted))
    assert record.status == "solved"
    assert record.epochs_run == first + 1 < 8
    assert record.updates_to_success == 3 * (first + 1)
    assert record.sequences_to_success == 21 * (first + 1)
    assert record.test_loss is not None


def test_a_trial_above_the_wanted_accuracy_is_solved():
    task = TASKS["delayed_xor"](seq_len=4, lag=1, n_train=64, n_val=32)
    keys = {"optimizer": "adam", "epochs": 200, "hidden_size": 12}
    record = run(make_trial(task, accuracy_above=0.9, **keys))
    accuracy = record.epochs[:, record.extra_columns.index("accuracy") + 3]
    assert record.status == "solved"
    assert accuracy[-1] > 0.9
    assert (accuracy[:-1] <= 0.9).all()


def test_the_accuracy_of_a_task_s_own_is_the_one_that_counts():
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


# ---- data that do not stand still


def test_fresh_sequences_come_every_epoch():
    task = Adding(seq_len=4, n_train=21, n_val=9, n_test=11, fresh=True)
    fresh, same = run(make_trial(task)), run(make_trial())
    assert fresh.epochs[0].tobytes() == same.epochs[0].tobytes()
    assert fresh.epochs[1].tobytes() != same.epochs[1].tobytes()
    assert_same(fresh, run(make_trial(task)))


@pytest.mark.parametrize(("n", "n_lanes"), [(1, 1), (7, 1), (7, 3), (6, 3), (5, 5)])
def test_a_lane_holds_neighbours(n, n_lanes):
    order = lane_order(n, n_lanes).tolist()
    assert sorted(order) == list(range(n))
    batches = [order[start : start + n_lanes] for start in range(0, n, n_lanes)]
    for before, after in pairwise(batches):
        assert after == [window + 1 for window in before[: len(after)]]


def test_dropout_is_drawn_from_the_seed_and_spares_validation():
    keys = {"num_layers": 2, "dropout": 0.5, "learning_rate": 1e-12}
    one, other = (run(make_trial(seed=seed, **keys)) for seed in (0, 1))
    without = run(make_trial(**keys | {"dropout": 0.0}))
    assert_same(one, run(make_trial(**keys)))
    assert one.epochs[0, 0] != without.epochs[0, 0]
    assert one.epochs[0, 0] != one.epochs[1, 0]  # another mask for every update
    np.testing.assert_allclose(one.epochs[:, 1], without.epochs[:, 1], rtol=1e-6)
    assert one.epochs.tobytes() != other.epochs.tobytes()


# ---- what is asked for beside the result


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_recorded_beside_changes_no_result(cell):
    trial = make_trial(COPY, cell=cell, num_layers=2, clip_norm=0.1)
    plain, full = run(trial), run(trial, *METRICS, params=True)
    assert full.extra_columns[:1] == plain.extra_columns == ("accuracy",)
    assert full.epochs[:, :4].tobytes() == plain.epochs.tobytes()
    assert full.test_loss == plain.test_loss
    assert np.isfinite(full.epochs).all()
    assert plain.params is plain.network is None
    model = Model(**full.network)
    assert full.params.shape == (model.n_params,) == (full.n_params,)


def test_saved_params_are_those_of_the_best_epoch():
    trial = make_trial(learning_rate=0.5, epochs=12, dtype="float64")
    record = run(trial, params=True)
    assert record.best_epoch < 11
    model = Model(**record.network)
    val = ADDING.data(0).val
    outputs = model.forward(split(record.params, model.sizes), val.x)
    assert np.mean((outputs - val.y) ** 2) == pytest.approx(record.best_val_loss, rel=1e-12)


# ---- what trials cost


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_nothing_compiles_twice():
    for optimizer in OPTIMIZERS:
        for gradient in GRADIENTS:
            truncation = 2 if gradient == "truncated" else 0
            keys = {"gradient": gradient, "truncation": truncation, "clip_norm": 1.0}
            run(make_trial(optimizer=optimizer, **keys))
    for activation in ACTIVATIONS:
        run(make_trial(activation=activation, momentum=0.5, nesterov=True, clip_value=1.0))
    for hidden_size, batch_size in ((1, 1), (33, 21), (8, 100)):
        run(make_trial(hidden_size=hidden_size, batch_size=batch_size, epochs=1))
    for schedule in SCHEDULES:
        run(make_trial(schedule=schedule, decay=0.5, warmup_updates=2, l1=0.1, l2=0.1))
    for task in (COPY, REBER, HS):
        run(make_trial(task, num_layers=2, dropout=0.5, patience=1, max_updates=3), *METRICS)
    run(make_trial(XOR, stateful=True, accuracy_above=0.9))
    task = Sine(seq_len=1, n_train=1, n_val=1)
    for output in OUTPUTS:
        run(make_trial(task, output=output, output_activation="sigmoid"))
    unit = Sine(seq_len=2, n_train=4, n_val=4, noise=0.0)
    for loss in LOSSES:
        if loss != "cross_entropy":
            run(make_trial(unit, loss=loss, output_activation="sigmoid", val_loss_below=0.1))
    assert_compiled_once_a_cell_and_precision()


@pytest.mark.parametrize(("asked", "timed"), [(1, 1), (2, 2), (3, 3), (7, 9)])
def test_updates_are_timed_in_whole_epochs(monkeypatch, asked, timed):
    # 21 sequences in batches of 8 make three updates.
    finished = []
    original = Training.train

    def spy(self, orders, stop):
        end, rows = original(self, orders, stop)
        finished.append((end, int(self.learner.counts[training.N_UPDATES])))
        return end, rows

    monkeypatch.setattr(Training, "train", spy)
    assert seconds_an_update(make_trial().config, asked) > 0
    assert finished == [(training.FINISHED, timed)]


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("n_out", [1, 20])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_memory_that_plan_names_is_what_a_training_holds(cell, layers, n_out, dtype):
    sizes, seq_len, n_train, n_val = Sizes(2, 50, 3, cell, layers), 20, 100, 60
    model = Model(
        cell=cell, input_size=2, hidden_size=50, output_size=3, num_layers=layers, dtype=dtype
    )
    capacity = block_capacity(16, n_train, n_val)
    work = make_work(sizes, seq_len, n_out, capacity, model.dtype)
    learner = make_learner(model.init_flat(0))
    held = sum(array.nbytes for array in (*work, *learner))
    named = training_bytes(sizes, seq_len, n_out, capacity, model.dtype.itemsize)
    assert held == pytest.approx(named, rel=0.03)
    assert count_params(sizes) == model.n_params
