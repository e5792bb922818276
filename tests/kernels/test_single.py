"""One sequence in plain loops against the naive twin, and against the tiles."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from network_cases import Case as OneBatch
from network_cases import assert_equals_the_twin, assume_clear_of_kinks, cases
from training_cases import (
    MEASURED,
    Rule,
    any_case,
    arguments,
    assert_params_equal,
    assert_training_equals_the_twin,
    few_updates,
    params_of,
    rounding_grows,
    rules,
    train,
)

from rnnsweep.cells import CELLS
from rnnsweep.network import plain_loops
from rnnsweep.network.model import Model
from rnnsweep.sweepfile import Config, ModelConfig, TrainConfig, Trial
from rnnsweep.tasks import TASKS as REGISTRY
from rnnsweep.tasks.adding import Adding
from rnnsweep.tasks.notebook import Notebook
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import ACTIVATIONS, DTYPES, GRADIENTS, LOSSES, OUTPUTS

SMALL = plain_loops._SMALL
GO_ON = np.zeros(1, np.int64)


def is_plain(network):
    """Whether a network's functions for one sequence are other ones than for a batch, both."""
    differ = {
        network.forward_one != network.forward,
        network.backward_one != network.backward,
    }
    assert len(differ) == 1
    return differ == {True}


@contextmanager
def any_width():
    """Have plain loops run networks of any width: where tiles are faster is another matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain_loops, "_SMALL", 1000)
        yield


@contextmanager
def in_plain_loops():
    """Have `Model` itself run its batches of one sequence in plain loops."""

    def network(self):
        functions = self.network_for(batch_size=1)
        assert is_plain(functions)
        return functions._replace(forward=functions.forward_one, backward=functions.backward_one)

    with any_width(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Model, "network", property(network))
        yield


def assume_comparable(case):
    """Leave out what is near a kink, and an error so small next to its terms that it is rounding.

    With one sequence there is no other error.
    """
    assume_clear_of_kinks(case)
    if case.loss != "cross_entropy":
        assume(np.abs(case.twin_forward() - case.target).max() > 0.1)


# ---- one sequence

one_sequence = cases(cells=("rnn",), most_layers=1).map(lambda case: case | {"n_batch": 1})


@settings(deadline=None, max_examples=150)  # the first example compiles
@given(arguments=one_sequence, seq_len=st.integers(1, 12) | st.integers(12, 100))
@pytest.mark.parametrize("dtype", DTYPES)
@in_plain_loops()
def test_any_sequence_equals_the_naive_twin(dtype, arguments, seq_len):
    case = OneBatch(dtype=dtype, **arguments | {"seq_len": seq_len})
    assume_comparable(case)
    assert_equals_the_twin(case)


@settings(deadline=None, max_examples=60)
@given(arguments=one_sequence)
@pytest.mark.parametrize("dtype", DTYPES)
@in_plain_loops()
def test_the_notebook_s_rule_equals_the_naive_twin(dtype, arguments):
    arguments |= {"gradient": "notebook", "truncation": 0, "output": "last", "with_mask": False}
    case = OneBatch(dtype=dtype, **arguments)
    assume_comparable(case)
    assert_equals_the_twin(case)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@in_plain_loops()
def test_every_activation_equals_the_naive_twin(activation, output):
    case = OneBatch(0, 1, 6, (3, 4, 2), activation=activation, output=output, with_lengths=True)
    assert case.distance_to_a_kink() > 1e-9
    assert_equals_the_twin(case)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("loss", LOSSES)
@in_plain_loops()
def test_every_loss_equals_the_naive_twin(loss, output):
    output_activation = "sigmoid" if loss == "bce" else "identity"
    words = {"loss": loss, "output": output, "output_activation": output_activation}
    case = OneBatch(1, 1, 5, (2, 3, 4), tokens=True, **words)
    assert case.distance_to_a_kink() > 1e-9
    assert_equals_the_twin(case)


@pytest.mark.parametrize("gradient", GRADIENTS)
@in_plain_loops()
def test_nothing_past_a_length_counts(gradient):
    truncation = 2 if gradient == "truncated" else 0
    case = OneBatch(4, 1, 9, (3, 4, 2), gradient=gradient, truncation=truncation)
    case.lengths = case.options["lengths"] = np.array([5])
    y, (loss, grads) = case.forward(), case.loss_and_gradients()
    for value in (np.nan, np.inf):
        case.x[:, 5:] = value
        np.testing.assert_array_equal(case.forward(), y)
        again, again_grads = case.loss_and_gradients()
        assert again == loss
        for name, grad in grads.items():
            np.testing.assert_array_equal(again_grads[name], grad)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@in_plain_loops()
def test_nan_is_never_hidden(activation, dtype):
    case = OneBatch(4, 1, 3, (2, 4, 1), dtype, activation=activation)
    for name, value in case.params.items():
        spoilt = case.params | {name: value.copy()}
        spoilt[name].flat[-1] = np.nan
        assert np.isnan(case.loss_and_gradients(spoilt)[0]), name
    case.x[0, 0, 1] = np.nan
    loss, grads = case.loss_and_gradients()
    assert np.isnan(loss)
    assert np.isnan(grads["W_hy"]).all()


# ---- whole trainings, a sequence at a time

one_by_one = arguments().map(lambda kept: kept | {"cell": "rnn", "num_layers": 1})


@settings(deadline=None, max_examples=80)
@given(rule=rules(), kept=one_by_one)
@any_width()
def test_any_training_equals_the_naive_twin(rule, kept):
    rule = rule._replace(batch_size=1)
    case = any_case(rule, "float64", **few_updates(rule, kept))
    assert is_plain(case.model.network_for(batch_size=1))
    assume(not rounding_grows(case, 3))
    assert_training_equals_the_twin(case, 3, 1e-9)  # why 1e-9: `training/test_session.py`


@settings(deadline=None, max_examples=40)
@given(rule=rules(optimizers=("sgd",)), kept=one_by_one)
@any_width()
def test_float32_keeps_near_the_naive_twin(rule, kept):
    case = any_case(rule._replace(batch_size=1), "float32", **kept)
    run, want = case.start(3), case.twin(3)
    _, rows = train(run, case.orders(3))
    # As in `training/test_session.py`: 135 updates, each with some eps (6e-8) of a gradient.
    np.testing.assert_allclose(rows[:, MEASURED], want.records, rtol=3e-4, atol=3e-5)
    assert_params_equal(params_of(run, run.learner.params), want.params, 3e-4)


# ---- the tiles


@pytest.mark.parametrize(("hidden_size", "plain"), [(1, True), (SMALL, True), (SMALL + 1, False)])
def test_plain_loops_are_for_small_networks_one_by_one(hidden_size, plain):
    def runs(batch_size=1, **words):
        model = Model(input_size=2, hidden_size=hidden_size, output_size=1, **words)
        return is_plain(model.network_for(batch_size))

    assert runs() == plain
    assert not runs(batch_size=2)
    assert not runs(cell="gru")
    assert not runs(num_layers=2)


TASKS = {
    "adding": Adding(seq_len=6, n_train=20, n_val=33, n_test=9),
    "tokens and lengths": REGISTRY["reber"](n_train=20, n_val=33, n_test=9),
    "the notebook's": Notebook(),
}


PAIRS = [
    (name, gradient)
    for name, task in TASKS.items()
    for gradient in GRADIENTS
    if gradient != "notebook" or task.output == "last"
]


@pytest.mark.parametrize(("name", "gradient"), PAIRS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_trial_is_the_same_in_tiles(dtype, name, gradient, monkeypatch):
    task = TASKS[name]
    words = {word: getattr(task, word) for word in ("output", "output_activation")}
    rule = TrainConfig(
        loss=task.loss,
        learning_rate=0.05,
        epochs=4,
        batch_size=1,
        optimizer="sgd",
        momentum=0.5,
        clip_norm=0.5,
        gradient=gradient,
        truncation=2 if gradient == "truncated" else 0,
        dtype=dtype,
    )
    config = Config(task, ModelConfig(hidden_size=SMALL, **words), rule, 0, cell=CELLS["rnn"])
    trial = Trial("t0123456789abcde", config)
    plain = run_trial(trial, GO_ON)
    monkeypatch.setattr(plain_loops, "_SMALL", 0)
    tiled = run_trial(trial, GO_ON)
    # At most 80 updates of gradients with some eps of their own, in sums of other orders.
    rounding = 100 * float(np.finfo(dtype).eps)
    assert plain.status == tiled.status == "complete"
    assert plain.best_epoch == tiled.best_epoch
    np.testing.assert_allclose(plain.epochs, tiled.epochs, rtol=rounding)
    assert plain.test_loss == pytest.approx(tiled.test_loss, rel=rounding)


@pytest.mark.parametrize("n_val", [1, 32, 33, 65])
@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("stateful", [False, True])
def test_a_rest_of_one_sequence_counts_as_any_other(stateful, batch_size, n_val):
    # Measured 32 at a time, the last one alone; of a stream one or two at a time.
    rule = Rule(batch_size=batch_size, stateful=stateful, learning_rate=0.05)
    lengths = not stateful
    words = {"n_train": 5, "n_val": n_val, "sizes": (2, 3, 2), "with_lengths": lengths}
    case = any_case(rule, "float64", output="every", seq_len=4, **words)
    assert_training_equals_the_twin(case, 2, 1e-12)  # 5 updates of plain descent: rounding alone
