"""Training, losses, accuracies and baselines on data with a mask of the time steps that count."""

import numpy as np
import pytest
from trial_cases import make_trial, run

from rnnsweep.network.model import Model
from rnnsweep.tasks.npz import Npz

N, T = 30, 6
RNG = np.random.default_rng(0)
X = RNG.random((N, T, 2))
MASK = RNG.random((N, T)) < 0.5
MASK[:, 1] = True
LENGTHS = RNG.integers(2, T + 1, N)
COUNTS = MASK & (np.arange(T) < LENGTHS[:, np.newaxis])
CLASSES = RNG.integers(3, size=(N, T))


def npz_of(folder, y, **arrays):
    path = folder / "a.npz"
    np.savez(path, x=X, y=y, mask=MASK, lengths=LENGTHS, **arrays)
    return Npz.model_validate({"name": "npz", "path": str(path), "val_fraction": 0.3})


def test_losses_and_the_accuracy_are_over_what_counts(tmp_path):
    y = np.where(COUNTS, CLASSES, -1)  # what does not count may be anything
    task = npz_of(tmp_path, y)
    train, val, test = slice(15), slice(15, 24), slice(24, 30)
    words = {"hidden_size": 5, "cell": "gru"}
    trial = make_trial(task, dtype="float64", epochs=1, learning_rate=1e-300, **words)
    record = run(trial, params=True)
    assert record.status == "complete"
    model = Model(input_size=2, output_size=3, output="every", dtype="float64", **words)
    params = model.init(0)
    logits = model.forward(params, X, lengths=LENGTHS)

    def loss_and_accuracy(part):
        values, classes = logits[part][COUNTS[part]], y[part][COUNTS[part]]
        log_shares = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
        loss = -log_shares[np.arange(len(classes)), classes].mean()
        return loss, (values.argmax(axis=1) == classes).mean()

    val_loss, val_accuracy = loss_and_accuracy(val)
    test_loss, test_accuracy = loss_and_accuracy(test)
    assert record.best_val_loss == pytest.approx(val_loss, rel=1e-12)
    assert record.best_val_accuracy == pytest.approx(val_accuracy, rel=1e-12)
    assert record.test_loss == pytest.approx(test_loss, rel=1e-12)
    assert record.test_accuracy == pytest.approx(test_accuracy, rel=1e-12)
    assert record.final_train_loss == pytest.approx(loss_and_accuracy(train)[0], rel=1e-12)
    shares = np.bincount(y[train][COUNTS[train]]) / COUNTS[train].sum()
    frequencies = -np.log(shares[y[val][COUNTS[val]]]).mean()
    assert record.baselines == {"frequencies": pytest.approx(frequencies, rel=1e-12)}


def test_no_other_target_changes_a_training(tmp_path):
    y = RNG.random((N, T, 1))
    records = [
        run(make_trial(npz_of(tmp_path, np.where(COUNTS[..., np.newaxis], y, other)), epochs=3))
        for other in (np.nan, 1e30)
    ]
    assert records[0].epochs.tobytes() == records[1].epochs.tobytes()
    assert len({record.trial_id for record in records}) == 1
    assert records[0].baselines == records[1].baselines
    unmasked = npz_of(tmp_path, y)
    assert run(make_trial(unmasked, epochs=3)).epochs.tobytes() == records[0].epochs.tobytes()


def test_sequences_of_a_batch_of_one(tmp_path):
    task = npz_of(tmp_path, RNG.random((N, T, 1)))
    one, other = (run(make_trial(task, batch_size=1, hidden_size=h)) for h in (5, 40))
    assert one.status == other.status == "complete"
    assert np.isfinite(one.epochs).all()


def test_the_gradient_flow_starts_at_the_last_target_that_counts(tmp_path):
    y = RNG.random((N, T, 1))
    masked = npz_of(tmp_path, y)
    flow = run(make_trial(masked, epochs=1, learning_rate=1e-30), "gradient_flow")
    ends = T - COUNTS[:, ::-1].argmax(axis=1)
    path = tmp_path / "b.npz"
    np.savez(path, x=X, y=y[np.arange(N), ends - 1], lengths=ends)
    cut = Npz.model_validate({"name": "npz", "path": str(path), "val_fraction": 0.3})
    expected = run(make_trial(cut, epochs=1, learning_rate=1e-30), "gradient_flow")
    assert flow.extra_columns == expected.extra_columns
    np.testing.assert_array_equal(flow.epochs[:, 3:], expected.epochs[:, 3:])
