"""Why a training ends: divergence, success, patience, a limit; and which epoch was its best."""

import naive_training
import numpy as np
import pytest
from some_cells import WITH_ACTIVATIONS
from training_cases import GO_ON, MEASURED, Case, Rule, train

from rnnsweep.kernels import training
from rnnsweep.vocabulary import ACTIVATIONS, DTYPES, LOSSES, OPTIMIZERS

# ---- divergence


@pytest.mark.parametrize("clip_norm", [0.0, 1.0])
@pytest.mark.parametrize("learning_rate", [2.0, 30.0])
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "sin"])
def test_a_divergence_equals_the_naive_twin(activation, learning_rate, clip_norm):
    rule = Rule(learning_rate=learning_rate, clip_norm=clip_norm, batch_size=3)
    case = Case(rule, seed=3, activation=activation, n_train=8)
    run, want = case.start(), case.twin(6)
    end, rows = train(run, case.orders(6))
    assert (end == training.DIVERGED) == want.has_diverged
    assert run.epoch == len(rows) == len(want.records)
    assert run.best_epoch == want.best_epoch
    # On its way up a rounding grows with the loss, by less than the loss itself (times 1e6):
    # 1e-15 to 1e-9; a hundred times more for what is on the edge. Not sin: of a large sum it
    # returns the rounding.
    np.testing.assert_allclose(rows[:, MEASURED], want.records, rtol=1e-7)


def test_both_divergences_occur_above():
    # The test above must see epochs that end in a batch and epochs that end in the validation.
    with_val, without_val = 0, 0
    for activation in ACTIVATIONS:
        for batch_size in (3, 8):
            rule = Rule(learning_rate=30.0, batch_size=batch_size)
            records = Case(rule, seed=3, activation=activation).twin(6)
            with_val += records.has_diverged and not np.isnan(records.records[-1, 1])
            without_val += records.has_diverged and np.isnan(records.records[-1, 1])
    assert with_val > 0
    assert without_val > 0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_learning_rate_of_a_million_diverges(activation, optimizer, dtype):
    for clip_norm in (0.0, 1.0):
        rule = Rule(optimizer=optimizer, learning_rate=1e6, clip_norm=clip_norm, batch_size=4)
        case = Case(rule, activation=activation, dtype=dtype)
        run = case.start()
        end, rows = train(run, case.orders(50))
        assert end == training.DIVERGED
        assert len(rows) < 50
        assert run.epoch == len(rows)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cell", "activation"), WITH_ACTIVATIONS)
def test_nan_in_one_sequence_ends_the_training(cell, activation, dtype):
    for part, has_val_row in ((0, False), (1, True)):
        case = Case(Rule(batch_size=2), cell=cell, activation=activation, dtype=dtype)
        case.parts[part].x[-1, 1, 0] = np.nan
        run = case.start()
        end, rows = train(run, case.orders(3))
        assert end == training.DIVERGED
        assert len(rows) == 1
        assert np.isnan(rows[0, training.VAL_LOSS])
        assert np.isfinite(rows[0, training.TRAIN_LOSS]) == has_val_row
        assert run.best_epoch is None


SATURATING = {"relu", "hard_tanh", "tanh", "sigmoid"}


@pytest.mark.parametrize(
    ("cell", "activation"), [pair for pair in WITH_ACTIVATIONS if pair[1] in SATURATING]
)
def test_params_that_are_no_numbers_end_the_training(cell, activation):
    # The activations that could hide them: a comparison or a clamp away from a healthy value.
    case = Case(Rule(), cell=cell, activation=activation, num_layers=2)
    for place in range(case.model.n_params):
        run = case.start()
        run.learner.params[place] = np.nan
        assert train(run, case.orders(1))[0] == training.DIVERGED, place


@pytest.mark.parametrize("loss", LOSSES)
def test_an_output_that_is_no_number_is_no_healthy_loss(loss):
    output_activation = "sigmoid" if loss == "bce" else "identity"
    case = Case(Rule(loss=loss), sizes=(2, 4, 3), output_activation=output_activation)
    for unit in range(3):
        run = case.start()
        run.learner.params[-3 + unit] = np.nan  # of b_y
        assert train(run, case.orders(1))[0] == training.DIVERGED


def single_step(learning_rate, targets=(1.0,), val_target=1.0, baseline=0.0):
    """Return a training that only moves b_y, from 0: its loss is (b_y - target)**2."""
    case = Case(Rule(learning_rate=learning_rate, batch_size=1), n_train=len(targets), n_val=1)
    case.parts[0].target[:, 0] = targets
    case.parts[1].target[:] = val_target
    run = case.start(baseline=baseline)
    run.learner.params[:] = 0
    return run, np.arange(len(targets))[np.newaxis]


def test_diverged_means_above_a_million_times_the_loss_before_the_first_update():
    # The first loss is 1; b_y goes to 2 learning_rate, and the next loss is its distance to 1,
    # squared: 1e6 where learning_rate is 500.5.
    for learning_rate, want in ((500.4, training.FINISHED), (500.6, training.DIVERGED)):
        run, orders = single_step(learning_rate)
        end, rows = train(run, orders)
        assert end == want
        assert rows[0, training.TRAIN_LOSS] == 1.0
        val_loss = (2 * learning_rate - 1) ** 2
        assert rows[0, training.VAL_LOSS] == pytest.approx(val_loss, rel=1e-13)


def test_the_reference_is_remembered_from_call_to_call():
    # Losses 1, 999**2 and 997001**2: the third is a million times the first, not the second.
    run, orders = single_step(500.0)
    assert train(run, orders)[0] == training.FINISHED
    assert train(run, orders)[0] == training.DIVERGED
    assert run.epoch == 2


@pytest.mark.parametrize("place", range(4))
def test_the_reference_is_the_loss_of_the_whole_training_part(place):
    # One target of four is 1e4: whichever batch comes first, losses are compared with 2.5e7.
    targets = np.zeros(4)
    targets[place] = 1e4
    run, orders = single_step(1e-9, targets, val_target=0.0)
    assert train(run, orders)[0] == training.FINISHED
    assert run.learner.losses[training.REFERENCE] == 2.5e7


def test_the_reference_is_the_baseline_where_that_is_larger():
    # b_y goes to 2e4; its loss, 4e8, is above 1e6 times the first, but not above 1e6 times 500.
    for baseline, want in ((0.0, training.DIVERGED), (500.0, training.FINISHED)):
        run, orders = single_step(1e4, baseline=baseline)
        assert train(run, orders)[0] == want
        assert run.learner.losses[training.REFERENCE] == max(1.0, baseline)


def test_a_reference_of_zero_makes_no_number_diverged():
    run, orders = single_step(0.1, targets=(0.0,), val_target=1.0)
    end, rows = train(run, orders)
    assert end == training.FINISHED
    assert rows[0, MEASURED].tolist() == [0.0, 1.0, 0.0]


def test_a_baseline_keeps_a_loss_of_zero_from_hiding_a_divergence():
    run, orders = single_step(0.1, targets=(0.0,), val_target=1e4, baseline=1.0)
    assert train(run, orders)[0] == training.DIVERGED


def test_the_reference_of_a_stream_is_measured_in_its_lanes():
    # Whether the states go on from window to window changes the loss, so this shows it.
    case = Case(Rule(stateful=True, batch_size=3), n_train=7)
    run = case.start()
    before = run.learner.params.copy()
    train(run, case.orders(1))
    start = case.model.init(case.seed)
    want = naive_training.evaluate(case.network, case.rule, start, case.parts[0])
    assert run.learner.losses[training.REFERENCE] == pytest.approx(want, rel=1e-12)
    assert not np.array_equal(before, run.learner.params)


# ---- the best epoch, and what ends a training


def test_best_is_the_first_of_equal_epochs():
    # Nothing moves, so that all epochs have one validation loss.
    run, _ = single_step(0.1, targets=(0.0,))
    train(run, np.zeros((4, 1), np.int64))
    assert run.best_epoch == 0


def test_a_stop_ends_the_call_before_the_next_update():
    case = Case(Rule())
    run = case.start()
    before = run.learner.params.copy()
    end, rows = run.train(case.orders(2), np.ones(1, np.int64))
    assert end == training.INTERRUPTED
    assert len(rows) == 0
    np.testing.assert_array_equal(run.learner.params, before)


def test_one_call_or_many_are_the_same():
    rule = Rule(optimizer="adam", schedule="cosine", warmup_updates=5, batch_size=3)
    case = Case(rule, cell="gru")
    orders = case.orders(6)
    whole, parts = case.start(6), case.start(6)
    _, rows = train(whole, orders)
    pieces = [train(parts, orders[start:end])[1] for start, end in ((0, 1), (1, 4), (4, 6))]
    np.testing.assert_array_equal(np.concatenate(pieces), rows)
    np.testing.assert_array_equal(parts.learner.params, whole.learner.params)
    assert parts.best_epoch == whole.best_epoch


def test_patience_counts_epochs_without_a_lower_validation_loss():
    # The validation target is behind the start: b_y goes to 1 and away from it from epoch 0 on.
    for patience in (1, 3):
        case = Case(Rule(learning_rate=0.01), n_train=1, n_val=1)
        case.parts[0].target[:], case.parts[1].target[:] = 1.0, -1.0
        run = case.start(patience=patience)
        run.learner.params[:] = 0
        end, rows = train(run, np.zeros((20, 1), np.int64))
        assert end == training.STOPPED
        assert run.best_epoch == 0
        assert len(rows) == run.epoch == 1 + patience


def test_a_validation_loss_below_the_limit_solves():
    case = Case(Rule(learning_rate=0.1))
    orders = case.orders(30)
    _, rows = train(case.start(), orders)
    val_losses = rows[:, training.VAL_LOSS]
    limit = val_losses[10] * (1 + 1e-9)
    first = int(np.argmax(val_losses < limit))
    run = case.start(val_loss_below=limit)
    end, rows = train(run, orders)
    assert end == training.SOLVED
    assert len(rows) == run.epoch == first + 1
    assert run.n_updates == first + 1
    assert run.n_sequences == 8 * (first + 1)


def test_an_accuracy_above_the_limit_solves():
    case = Case(Rule(loss="cross_entropy", learning_rate=0.5), sizes=(2, 4, 2), n_val=40)
    for part in case.parts:
        part.target[:] = part.x[:, -1, 0] > 0
    orders = case.orders(50)
    _, rows = train(case.start(), orders)
    accuracies = rows[:, training.ACCURACY]
    assert accuracies[0] < 0.8 < accuracies.max()
    run = case.start(accuracy_above=0.8)
    end, rows = train(run, orders)
    assert end == training.SOLVED
    assert len(rows) == int(np.argmax(accuracies > 0.8)) + 1


@pytest.mark.parametrize("most", [1, 4, 6, 7])
def test_no_more_updates_than_allowed(most):
    case = Case(Rule(batch_size=3), n_train=8)  # 3 updates an epoch
    run = case.start(max_updates=most)
    end, rows = train(run, case.orders(5))
    assert end == training.STOPPED
    assert run.n_updates == most
    assert len(rows) == -(-most // 3)
    assert np.isfinite(rows[-1, MEASURED]).all()  # the epoch that was cut short is measured too


def test_success_comes_before_the_other_ends():
    case = Case(Rule())
    for stop in ({"max_updates": 1}, {"patience": 1}):
        run = case.start(val_loss_below=1e9, **stop)
        assert train(run, case.orders(3))[0] == training.SOLVED


@pytest.mark.parametrize("stateful", [False, True])
def test_best_loss_is_measured_with_the_best_params(stateful):
    rule = Rule(learning_rate=0.3, batch_size=8, stateful=stateful)
    case = Case(rule, n_val=40)
    run, want = case.start(), case.twin(6)
    train(run, case.orders(6))
    rng = np.random.default_rng(5)
    part = naive_training.Part(rng.standard_normal((70, 3, 2)), np.full((70, 1), 0.5))
    got = run.best_loss(case.sequences(part), GO_ON)
    # Float64 rounding after six updates.
    want_loss = naive_training.evaluate(case.network, rule, want.best, part)
    assert got == pytest.approx(want_loss, rel=1e-12)
