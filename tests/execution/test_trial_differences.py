"""What is compared of a trial that was trained once more, and how far another CPU may be off."""

from dataclasses import replace

import numpy as np
import pytest
from store_cases import record

from rnnsweep.execution.trial_differences import (
    FACTOR,
    FLOOR,
    exact_difference,
    near_difference,
)
from rnnsweep.store.store import Store

SETTINGS = {"task": "adding", "dtype": "float64", "seed": 0}
LOSSES = np.array([[0.5, 0.4, 2.0], [0.25, 0.2, 1.0], [0.125, 0.1, 0.5]])
# How much a nudge changes the losses of each epoch, relative to them.
NUDGED = np.array([1e-9, 1e-8, 1e-6])


@pytest.fixture
def copy(tmp_path):
    """Return a function that makes a copy of a trial with these losses, as from a store."""
    numbers = iter(range(1000))

    def make(losses=LOSSES, **fields):
        folder = tmp_path / str(next(numbers))
        made = replace(record(0), settings=SETTINGS, epochs=losses, best_epoch=len(losses) - 1)
        if "params" in fields:
            fields["network"] = {"n": 1}
        with Store.writer(folder) as store:
            store.add([replace(made, **fields)])
            (stored,) = store.copies([made.trial_id])
        return stored

    return make


def changed(epoch, column, share):
    """Return the losses with one of them larger by a share."""
    losses = LOSSES.copy()
    losses[epoch, column] *= 1 + share
    return losses


def test_equal_trials_have_no_difference(copy):
    params = np.arange(4.0)
    assert exact_difference(copy(params=params), copy(params=params, wall_s=9.0, cpu="x")) is None
    gaps = np.where(LOSSES == 1.0, np.nan, LOSSES)
    assert exact_difference(copy(gaps), copy(gaps)) is None


def test_the_first_difference_is_that_of_the_first_epoch(copy):
    losses = LOSSES.copy()
    losses[1:] += 1e-3
    losses[1, 0] = LOSSES[1, 0]
    difference = exact_difference(copy(losses), copy())
    assert difference == ("val_loss of epoch 1", 0.2 + 1e-3, 0.2)
    assert str(difference) == "val_loss of epoch 1 is 0.201 in the store, and 0.2 recomputed"


def test_the_sign_of_zero_is_a_bit(copy):
    params = np.array([0.0, 1.0])
    difference = exact_difference(copy(params=params), copy(params=params * [-1, 1]))
    assert difference.what == "saved param 0 of 2"


def test_what_an_earlier_version_did_not_measure(copy):
    again = copy(test_baseline=0.25, test_accuracy=0.5, cpu="haswell")
    assert exact_difference(copy(), again) is None
    assert near_difference(copy(), again, again) is None
    assert exact_difference(copy(cpu="haswell"), again) == ("test_baseline", None, 0.25)
    assert exact_difference(copy(test_baseline=0.5), again) == ("test_baseline", 0.5, 0.25)


def test_params_of_another_shape_type_or_network(copy):
    params, narrow = np.arange(4.0), np.arange(4, dtype=np.float32)
    stored = copy(params=params)
    assert exact_difference(stored, copy(params=params[:3])) == (
        *("the saved params", "4 numbers in float64", "3 numbers in float64"),
    )
    assert exact_difference(stored, copy(params=narrow)).recomputed == "4 numbers in float32"
    assert exact_difference(stored, copy()).what == "the list of saved arrays"
    other = copy(params=params, encoding={"mean": 1.0})
    assert exact_difference(stored, other) == ("the saved encoding", {}, {"mean": 1.0})


@pytest.mark.parametrize("column", [0, 1, 2])
@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_nudge_bounds_what_another_type_of_cpu_may_change(copy, epoch, column):
    again, nudged = copy(), copy(LOSSES * (1 + NUDGED[:, None]))
    bound = FACTOR * NUDGED[epoch] + FLOOR["float64"]
    assert near_difference(copy(changed(epoch, column, 0.9 * bound)), again, nudged) is None
    difference = near_difference(copy(changed(epoch, column, 1.1 * bound)), again, nudged)
    assert difference.what.endswith(f" of epoch {epoch}")


def test_the_bound_of_an_epoch_holds_from_then_on(copy):
    # By chance a nudge may change little in a later epoch.
    nudged = copy(LOSSES * (1 + NUDGED[::-1, None]))
    assert near_difference(copy(changed(2, 0, 10 * NUDGED[2])), copy(), nudged) is None


def test_nothing_is_compared_after_chaos_begins(copy):
    nudged = copy(LOSSES * (1 + np.array([[1e-9], [0.1], [1e-9]])))
    again = copy()
    fields = {"status": "stopped", "test_loss": 3.0}
    assert near_difference(copy(changed(2, 0, 0.5), **fields), again, nudged) is None
    assert near_difference(copy(changed(0, 0, 1e-6), **fields), again, nudged) is not None
    lost = near_difference(copy(LOSSES[:2], best_epoch=1, **fields), again, nudged)
    assert lost is None


def test_an_epoch_that_diverged_ends_the_comparison(copy):
    losses = np.vstack([LOSSES[:2], [np.nan, np.nan, np.nan]])
    again, nudged = (copy(each, best_epoch=1) for each in (losses, losses))
    assert near_difference(copy(best_epoch=1), again, nudged) is None
    assert near_difference(copy(changed(1, 0, 1e-3)), again, nudged) is not None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"status": "stopped"}, "status"),
        ({"test_loss": 0.2}, "test_loss"),
        ({"test_loss": None}, "test_loss"),
        ({"n_params": 98}, "n_params"),
        ({"baselines": {"mean": 0.3}}, "baselines"),
        ({"baselines": {"persistence": 0.2}}, "baselines"),
        ({"test_baseline": 0.1}, "baselines"),
        ({"settings": SETTINGS | {"seed": 1}}, "the setting seed"),
        ({"params": np.array([1.0, 2.001])}, "saved param 1 of 2"),
        ({"params": np.ones(3)}, "the number of saved params"),
        ({"losses": LOSSES[:2]}, "epochs_run"),
    ],
)
def test_what_no_rounding_changes_in_a_calm_training(copy, fields, what):
    params = {"params": np.array([1.0, 2.0])}
    again = copy(**params)
    nudged = copy(LOSSES * (1 + NUDGED[:, None]), params=np.array([1.0 + 1e-9, 2.0]))
    assert near_difference(copy(**params), again, nudged) is None
    assert near_difference(copy(**params | fields), again, nudged).what == what
