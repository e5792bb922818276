"""One trial from its config to its record."""

import naive
import naive_training
import numpy as np
import pytest
from some_cells import CELLS
from task_cases import baselines
from trial_cases import ADDING, COPY, HS, REBER, XOR, make_trial, run

from rnnsweep.network.layout import flat_size, split
from rnnsweep.network.model import Model
from rnnsweep.random_streams import SHUFFLING, stream
from rnnsweep.record import METRICS
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.notebook import Notebook
from rnnsweep.tasks.sine import Sine
from rnnsweep.training.cpu_type import CPU_TYPE
from rnnsweep.training.session import Session
from rnnsweep.vocabulary import SEEDS


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
    assert record.cpu == CPU_TYPE
    assert record.baselines == baselines(ADDING.data(0), "mse")
    assert record.baseline == next(iter(record.baselines.values()))


def test_best_epoch_is_the_lowest_validation_loss():
    # A large learning rate, so that it is not the last epoch.
    record = run(make_trial(learning_rate=0.5, epochs=12, dtype="float64"))
    assert record.best_epoch == np.argmin(record.epochs[:, 1]) != 11
    assert record.best_val_loss == record.epochs[:, 1].min()
    assert record.final_val_loss == record.epochs[-1, 1]
    assert record.final_train_loss == record.epochs[-1, 0]


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
    monkeypatch.setattr(Session, "train", lambda *_: 1 / 0)
    record = run(make_trial(CLASSES["bce"]))
    assert record.status == "failed"
    assert record.test_baseline is record.best_val_accuracy is record.test_accuracy is None


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
        {"seed": 3, "seed_data": 5, "seed_init": 7, "seed_order": 9},
        {"seed": 3, "seed_init": 0, "task": REBER, "cell": "gru", "hidden_size": 3},
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
    task, model, train = (getattr(trial.config, n) for n in ("task", "model", "train"))
    seeds = {name: keys.get(name, keys.get("seed", 0)) for name in SEEDS}
    shape = task.shape(model.output)
    start = Model(
        cell=model.cell,
        input_size=shape.input_size,
        hidden_size=model.hidden_size,
        output_size=shape.output_size,
        num_layers=model.num_layers,
        init=model.init,
        dtype="float64",
    ).init(seeds["seed_init"])
    parts = task.data(seeds["seed_data"], model.output)
    data = [naive_training.Part(part.x, part.y, part.lengths) for part in parts]
    shuffling = stream(seeds["seed_order"], SHUFFLING)
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


def test_a_task_without_a_baseline_has_none():
    record = run(make_trial(Notebook(), hidden_size=3))
    assert record.baselines == {}
    assert record.baseline is None
    assert record.test_baseline is None


@pytest.mark.parametrize("cell", CELLS)
def test_additional_recording_changes_no_result(cell):
    trial = make_trial(COPY, cell=cell, num_layers=2, clip_norm=0.1)
    plain, full = run(trial), run(trial, *METRICS, params=True)
    assert full.extra_columns[:1] == plain.extra_columns == ("accuracy",)
    assert full.epochs[:, :4].tobytes() == plain.epochs.tobytes()
    assert full.test_loss == plain.test_loss
    assert np.isfinite(full.epochs).all()
    assert plain.params is plain.network is None
    model = Model(**full.network)
    assert model.n_params == full.n_params
    assert full.params.shape == (flat_size(model.sizes),)


def test_saved_params_are_those_of_the_best_epoch():
    trial = make_trial(learning_rate=0.5, epochs=12, dtype="float64")
    record = run(trial, params=True)
    assert record.best_epoch < 11
    model = Model(**record.network)
    val = ADDING.data(0).val
    outputs = model.forward(split(record.params, model.sizes), val.x)
    assert np.mean((outputs - val.y) ** 2) == pytest.approx(record.best_val_loss, rel=1e-12)
