"""What a seed decides: data, params, order and dropout; and that nothing else changes a bit."""

from itertools import pairwise

import numpy as np
import pytest
from task_cases import baselines
from trial_cases import assert_same, make_trial, run

from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.sine import Sine
from rnnsweep.training import trial as trial_module
from rnnsweep.training.session import Session, lane_order
from rnnsweep.vocabulary import (
    DTYPES,
    OUTPUTS,
)


def test_every_epoch_has_another_order():
    # One sequence an update, and nothing learned: only sums in another order differ.
    seen = []
    original = Session.train

    def spy(self, orders, stop):
        seen.extend(orders.tolist())
        return original(self, orders, stop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "train", spy)
        run(make_trial(epochs=5))
    assert len(seen) == 5
    assert all(sorted(order) == list(range(21)) for order in seen)
    assert len({tuple(order) for order in seen}) == 5


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
    original = Session.train

    def spy(self, orders, stop):
        calls.append(len(orders))
        return original(self, orders, stop)

    monkeypatch.setattr(Session, "train", spy)
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


def test_fresh_sequences_come_every_epoch():
    task = Adding(seq_len=4, n_train=21, n_val=9, n_test=11, fresh=True)
    fresh, same = run(make_trial(task)), run(make_trial())
    assert fresh.epochs[0].tobytes() == same.epochs[0].tobytes()
    assert fresh.epochs[1].tobytes() != same.epochs[1].tobytes()
    assert_same(fresh, run(make_trial(task)))


@pytest.mark.parametrize(("n", "n_lanes"), [(1, 1), (7, 1), (7, 3), (6, 3), (5, 5)])
def test_a_lane_consists_of_consecutive_windows(n, n_lanes):
    order = lane_order(n, n_lanes).tolist()
    assert sorted(order) == list(range(n))
    batches = [order[start : start + n_lanes] for start in range(0, n, n_lanes)]
    for before, after in pairwise(batches):
        assert after == [window + 1 for window in before[: len(after)]]


def test_dropout_is_drawn_from_the_seed_and_spares_validation():
    keys = {"num_layers": 2, "dropout": 0.5, "learning_rate": 1e-12}
    first, other = (run(make_trial(seed=seed, **keys)) for seed in (0, 1))
    without = run(make_trial(**keys | {"dropout": 0.0}))
    assert_same(first, run(make_trial(**keys)))
    assert first.epochs[0, 0] != without.epochs[0, 0]
    assert first.epochs[0, 0] != first.epochs[1, 0]  # another mask for every update
    np.testing.assert_allclose(first.epochs[:, 1], without.epochs[:, 1], rtol=1e-6)
    assert first.epochs.tobytes() != other.epochs.tobytes()


# Seeds apart

APART = ("seed_data", "seed_init", "seed_order")
# One sequence has no order, so that only dropout and noise are left to draw.
ONE = Adding(seq_len=4, n_train=1, n_val=9, n_test=11)
DRAWS_IN_TRAINING = {
    "order": {},
    "dropout": {"task": ONE, "num_layers": 2, "dropout": 0.5},
    "noise": {"task": ONE, "cell": "leaky_rnn"},
}


def differing(record, other):
    """Return what differs of the data, the whole result, and the settings of two records."""
    differs = {
        "data": record.baselines != other.baselines,
        "result": record.epochs.tobytes() != other.epochs.tobytes(),
        "settings": record.settings != other.settings,
    }
    return {name for name, is_different in differs.items() if is_different}


def test_equal_seeds_give_what_one_seed_gives():
    one, three = run(make_trial(seed=4)), run(make_trial(**dict.fromkeys(APART, 4)))
    assert differing(one, three) == {"settings"}
    assert three.settings == one.settings | {"seed": 0} | dict.fromkeys(APART, 4)


@pytest.mark.parametrize("draw", DRAWS_IN_TRAINING)
def test_each_seed_changes_what_it_is_for(draw):
    keys = DRAWS_IN_TRAINING[draw] | {"dtype": "float64"}
    base = run(make_trial(**keys))
    changed = {name: run(make_trial(**keys, **{name: 1})) for name in APART}
    assert differing(base, changed["seed_data"]) == {"data", "result", "settings"}
    assert differing(base, changed["seed_init"]) == {"result", "settings"}
    assert differing(base, changed["seed_order"]) == {"result", "settings"}


def test_the_seed_of_the_order_changes_nothing_where_nothing_is_drawn():
    one, other = (run(make_trial(ONE, seed_order=seed)) for seed in (0, 1))
    assert differing(one, other) == {"settings"}


def test_what_is_given_apart_replaces_the_seed_alone():
    # The same triple of seeds in three spellings.
    spellings = [
        make_trial(seed=1, seed_init=2),
        make_trial(seed=2, seed_data=1, seed_order=1),
        make_trial(seed=9, seed_data=1, seed_init=2, seed_order=1),
    ]
    first, *others = map(run, spellings)
    assert [differing(first, other) for other in others] == [{"settings"}] * 2


def test_fresh_sequences_are_those_of_the_seed_of_the_data():
    task = Adding(seq_len=4, n_train=21, n_val=9, n_test=11, fresh=True)
    keys = {"learning_rate": 1e-12, "dtype": "float64", "seed_init": 5, "seed_order": 6}
    one, same, other = (
        run(make_trial(task, seed, **keys, seed_data=data))
        for seed, data in ((0, 3), (1, 3), (0, 4))
    )
    assert one.epochs.tobytes() == same.epochs.tobytes()
    # Each epoch has other sequences, and nothing is learned.
    assert (one.epochs[:, 0] != other.epochs[:, 0]).all()
