"""Dropout between layers: its draws, and the gradients through it."""

import numpy as np
import pytest

from rnnsweep.arrays import make_sequences
from rnnsweep.kernels.dropout import Dropout, drop
from rnnsweep.kernels.training import TRAIN_LOSS, Objective, Rule
from rnnsweep.model import Model
from rnnsweep.training import Training
from rnnsweep.vocabulary import CELLS


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    values = np.ones(200_000)
    drop(values, 1, Dropout(rate, 123, 7))
    kept = values > 0
    # Six standard deviations of a share of 200,000 draws.
    assert kept.mean() == pytest.approx(1 - rate, abs=6 * np.sqrt(rate * (1 - rate) / 200_000))
    np.testing.assert_allclose(values[kept], 1 / (1 - rate), rtol=1e-15)


def test_masks_differ_by_trial_update_and_layer():
    masks = set()
    for key, update, layer in [(1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 2)]:
        values = np.ones(100)
        drop(values, layer, Dropout(0.5, key, update))
        masks.add(values.tobytes())
    assert len(masks) == 4


def test_neighbours_are_dropped_independently():
    values = np.ones(200_000)
    drop(values, 1, Dropout(0.5, 5, 5))
    x = values - 1
    for lag in (1, 2, 16, 1000):
        assert abs(np.mean(x[lag:] * x[:-lag])) < 6 / np.sqrt(200_000)


def one_update(model, params, learning_rate, x, y, lengths):
    """Return the loss before one update with dropout, and the params after it."""
    sequences = make_sequences(x, y, model.dtype, model.sizes, 1, lengths)
    rule = Rule(batch_size=len(x), dropout=0.4, dropout_key=99)
    run = Training(model, Objective(), rule, np.array([learning_rate]), sequences, sequences)
    run.learner.params[:] = params
    _, rows = run.train(np.arange(len(x))[np.newaxis], np.zeros(1, np.int64))
    return rows[0, TRAIN_LOSS], run.learner.params.copy()


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_go_back_through_the_same_mask(cell):
    # Every first update of a trial drops the same elements: central differences over all params.
    model = Model(
        cell=cell, input_size=2, hidden_size=3, output_size=2, num_layers=3, dtype="float64"
    )
    rng = np.random.default_rng(0)
    data = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 2)), rng.integers(1, 6, 4)
    start = model.init_flat(0)
    _, after = one_update(model, start, 1.0, *data)
    step, want = 1e-6, np.empty_like(start)
    for k in range(start.size):
        losses = []
        for shift in (step, -step):
            moved = start.copy()
            moved[k] += shift
            losses.append(one_update(model, moved, 1e-300, *data)[0])
        want[k] = (losses[0] - losses[1]) / (2 * step)
    # Central differences of a loss near 1: rounding of 1e-16 / 1e-6, and the step's own square.
    np.testing.assert_allclose(start - after, want, atol=1e-8)
    assert np.abs(want).max() > 1e-2
