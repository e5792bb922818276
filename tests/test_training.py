"""Whole trainings through `Training`, against the naive twin and PyTorch's optimisers."""

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnsweep.arrays import make_sequences
from rnnsweep.kernels import training
from rnnsweep.model import Model
from rnnsweep.params import split
from rnnsweep.trial import Training
from rnnsweep.vocabulary import ACTIVATIONS, DTYPES, GRADIENTS, LOSSES, OPTIMIZERS, OUTPUTS

GO_ON = np.zeros(1, np.int64)


class Case:
    """A training with its data, and the same for the twin."""

    def __init__(
        self, rule, seed=0, n_train=8, n_val=5, seq_len=3, sizes=(2, 4, 1), dtype="float64", **words
    ):
        rng = np.random.default_rng(seed)
        self.rule = rule
        self.model = Model(
            input_size=sizes[0], hidden_size=sizes[1], output_size=sizes[2], dtype=dtype, **words
        )
        self.network = naive.Network(
            self.model.activation, self.model.output_activation, self.model.output
        )
        n_out = seq_len if self.model.output == "every" else 1
        self.parts = []
        for n in (n_train, n_val):
            x = rng.standard_normal((n, seq_len, sizes[0])).astype(dtype)
            y = rng.random((n, n_out, sizes[2])).astype(dtype)
            self.parts.append((x, y))
        self.seed = seed

    def start(self):
        """Return the training before its first update."""
        coded = training.Rule(
            LOSSES[self.rule.loss].code,
            GRADIENTS[self.rule.gradient].code,
            OPTIMIZERS[self.rule.optimizer].code,
            self.rule.learning_rate,
            self.rule.momentum,
            self.rule.clip_norm,
            self.rule.batch_size,
        )
        sequences = [make_sequences(*part, self.model.dtype) for part in self.parts]
        return Training(self.model, coded, *sequences, self.seed)

    def orders(self, n_epochs):
        rng = np.random.default_rng(self.seed + 1)
        return np.stack([rng.permutation(len(self.parts[0][0])) for _ in range(n_epochs)])

    def twin(self, n_epochs):
        start = self.model.init(self.seed)
        with np.errstate(all="ignore"):
            return naive.train(self.network, self.rule, start, *self.parts, self.orders(n_epochs))


def train(run, orders):
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        return run.train(orders, GO_ON)


def params_of(run, flat):
    return split(flat, run.model.sizes)


def assert_params_equal(got, want, tolerance):
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=0, atol=tolerance, err_msg=name)


@st.composite
def rules(draw, optimizers=tuple(OPTIMIZERS)):
    optimizer = draw(st.sampled_from(optimizers))
    return naive.Rule(
        loss=draw(st.sampled_from(list(LOSSES))),
        gradient=draw(st.sampled_from(list(GRADIENTS))),
        optimizer=optimizer,
        learning_rate=draw(st.sampled_from([0.001, 0.01, 0.05])),
        momentum=draw(st.sampled_from([0.0, 0.5, 0.9])) if optimizer == "sgd" else 0.0,
        clip_norm=draw(st.sampled_from([0.0, 0.1, 1.0])),
        batch_size=draw(st.integers(1, 20) | st.just(40)),
    )


@st.composite
def arguments(draw):
    return {
        "seed": draw(st.integers(0, 1000)),
        "n_train": draw(st.integers(1, 18) | st.just(45)),
        # Evaluated in blocks of 32 sequences, or of the batch size where that is larger.
        "n_val": draw(st.integers(1, 8) | st.integers(30, 70)),
        "seq_len": draw(st.integers(1, 4)),
        "sizes": tuple(draw(st.integers(1, 9)) for _ in range(3)),
        "activation": draw(st.sampled_from(["tanh", "sigmoid", "elu", "softplus", "sin"])),
    }


def any_case(rule, output, dtype, **arguments):
    assume(rule.gradient == "bptt" or output == "last")
    output_activation = "sigmoid" if rule.loss == "bce" else "identity"
    words = {"output": output, "output_activation": output_activation}
    return Case(rule, dtype=dtype, **words, **arguments)


@settings(deadline=None, max_examples=60)  # the first example compiles
@given(rule=rules(), output=st.sampled_from(list(OUTPUTS)), kept=arguments())
def test_any_training_equals_the_naive_twin(rule, output, kept):
    case = any_case(rule, output, "float64", **kept)
    run, want = case.start(), case.twin(3)
    end, rows = train(run, case.orders(3))
    assert end == training.FINISHED
    assert run.epoch == 3
    assert run.best_epoch == want.best_epoch
    # Rounding is near 1e-15, and Adam and rmsprop divide by the size of a gradient: one that
    # cancels to 1e-6 of its terms makes a step off by 1e-9 of the learning rate.
    np.testing.assert_allclose(rows, want.records, rtol=1e-9, atol=1e-9)
    assert_params_equal(params_of(run, run.learner.params), want.params, 1e-9)
    assert_params_equal(params_of(run, run.learner.best), want.best, 1e-9)


@settings(deadline=None, max_examples=30)
@given(rule=rules(optimizers=("sgd",)), output=st.sampled_from(list(OUTPUTS)), kept=arguments())
def test_float32_keeps_near_the_naive_twin(rule, output, kept):
    # Plain and momentum updates add what is off and do not divide by it: at most 135 updates of
    # gradients with some eps (6e-8) of their own, a hundred times less than what is allowed.
    case = any_case(rule, output, "float32", **kept)
    run, want = case.start(), case.twin(3)
    _, rows = train(run, case.orders(3))
    np.testing.assert_allclose(rows, want.records, rtol=3e-4, atol=3e-5)
    assert_params_equal(params_of(run, run.learner.params), want.params, 3e-4)


def test_adam_and_rmsprop_learn_alike_in_both_precisions():
    for optimizer in ("adam", "rmsprop"):
        rows = {}
        for dtype in DTYPES:
            case = Case(naive.Rule(optimizer=optimizer, batch_size=4), n_train=32, dtype=dtype)
            rows[dtype] = train(case.start(), case.orders(20))[1]
        # The two start from other data (rounded) and part slowly: 1e-3 after 160 updates is
        # what a gradient's relative error of 1e-5, ten times the usual, would make.
        np.testing.assert_allclose(rows["float32"], rows["float64"], rtol=1e-3)
        assert rows["float64"][-1, 0] < 0.9 * rows["float64"][0, 0]


def test_train_loss_is_measured_before_each_update():
    case = Case(naive.Rule(learning_rate=0.1, batch_size=100))
    start = case.model.init(case.seed)
    before = naive.loss(case.network, start, *case.parts[0])
    _, grads = naive.loss_and_gradients(case.network, start, *case.parts[0])
    run = case.start()
    _, rows = train(run, case.orders(1))
    after = params_of(run, run.learner.params)
    # Float64 rounding of sums of a few dozen terms.
    assert rows[0, 0] == pytest.approx(before, rel=1e-13)
    assert rows[0, 1] == pytest.approx(naive.loss(case.network, after, *case.parts[1]), rel=1e-13)
    assert rows[0, 2] == pytest.approx(naive.norm(grads), rel=1e-13)


def test_train_loss_weighs_sequences_and_grad_norm_weighs_updates():
    # Batches of 3, 3 and 1, and a learning rate that leaves the params where they are.
    case = Case(naive.Rule(learning_rate=1e-30, batch_size=3), n_train=7)
    start = case.model.init(case.seed)
    x, y = case.parts[0]
    orders = case.orders(1)
    batches = (orders[0, :3], orders[0, 3:6], orders[0, 6:])
    norms = [
        naive.norm(naive.loss_and_gradients(case.network, start, x[b], y[b])[1]) for b in batches
    ]
    _, rows = train(case.start(), orders)
    assert rows[0, 0] == pytest.approx(naive.loss(case.network, start, x, y), rel=1e-13)
    assert rows[0, 2] == pytest.approx(np.mean(norms), rel=1e-13)


def test_grad_norm_is_before_clipping():
    kept = Case(naive.Rule(clip_norm=1e-3, learning_rate=1e-30))
    free = Case(naive.Rule(clip_norm=0.0, learning_rate=1e-30))
    rows = [train(case.start(), case.orders(1))[1] for case in (kept, free)]
    assert rows[0][0, 2] == rows[1][0, 2] > 1e-3


@pytest.mark.parametrize("clip_norm", [0.0, 1.0])
@pytest.mark.parametrize("learning_rate", [2.0, 30.0])
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "sin"])
def test_a_divergence_equals_the_naive_twin(activation, learning_rate, clip_norm):
    rule = naive.Rule(learning_rate=learning_rate, clip_norm=clip_norm, batch_size=3)
    case = Case(rule, seed=3, activation=activation, n_train=8)
    run, want = case.start(), case.twin(6)
    end, rows = train(run, case.orders(6))
    assert (end == training.DIVERGED) == want.has_diverged
    assert run.epoch == len(rows) == len(want.records)
    assert run.best_epoch == want.best_epoch
    # On its way up a rounding grows with the loss, by less than the loss itself (times 1e6):
    # 1e-15 to 1e-9; a hundred times more for what is on the edge. Not sin: of a large sum it
    # returns the rounding.
    np.testing.assert_allclose(rows, want.records, rtol=1e-7)


def test_both_divergences_occur_above():
    # The test above must see epochs that end in a batch and epochs that end in the validation.
    with_val, without_val = 0, 0
    for activation in ACTIVATIONS:
        for batch_size in (3, 8):
            rule = naive.Rule(learning_rate=30.0, batch_size=batch_size)
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
        rule = naive.Rule(optimizer=optimizer, learning_rate=1e6, clip_norm=clip_norm, batch_size=4)
        case = Case(rule, activation=activation, dtype=dtype)
        run = case.start()
        end, rows = train(run, case.orders(50))
        assert end == training.DIVERGED
        assert len(rows) < 50
        assert run.epoch == len(rows)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_in_one_sequence_ends_the_training(activation, dtype):
    for part, has_val_row in ((0, False), (1, True)):
        case = Case(naive.Rule(batch_size=2), activation=activation, dtype=dtype)
        case.parts[part][0][-1, 1, 0] = np.nan
        run = case.start()
        end, rows = train(run, case.orders(3))
        assert end == training.DIVERGED
        assert len(rows) == 1
        assert np.isnan(rows[0, 1])
        assert np.isfinite(rows[0, 0]) == has_val_row
        assert run.best_epoch is None


@pytest.mark.parametrize("activation", ["relu", "hard_tanh", "tanh", "sigmoid"])
def test_params_that_are_no_numbers_end_the_training(activation):
    # The activations that could hide them: a comparison or a clamp away from a healthy value.
    for name in ("W_xh", "b_h", "W_hh", "W_hy", "b_y"):
        case = Case(naive.Rule(), activation=activation)
        run = case.start()
        params_of(run, run.learner.params)[name].flat[0] = np.nan
        assert train(run, case.orders(1))[0] == training.DIVERGED


def single_step(learning_rate, target=1.0, val_target=1.0):
    """Return a training that only moves b_y, from 0: its loss is (b_y - target)**2."""
    case = Case(naive.Rule(learning_rate=learning_rate), n_train=1, n_val=1)
    case.parts[0][1][:] = target
    case.parts[1][1][:] = val_target
    run = case.start()
    run.learner.params[:] = 0
    return run, case.orders(1)


def test_diverged_means_above_a_million_times_the_first_loss():
    # The first loss is 1; b_y goes to 2 learning_rate, and the next loss is its distance to 1,
    # squared: 1e6 where learning_rate is 500.5.
    for learning_rate, want in ((500.4, training.FINISHED), (500.6, training.DIVERGED)):
        run, orders = single_step(learning_rate)
        end, rows = train(run, orders)
        assert end == want
        assert rows[0, 0] == 1.0
        assert rows[0, 1] == pytest.approx((2 * learning_rate - 1) ** 2, rel=1e-13)


def test_the_first_loss_is_remembered_from_call_to_call():
    # Losses 1, 999**2 and 997001**2: the third is a million times the first, not the second.
    run, orders = single_step(500.0)
    assert train(run, orders)[0] == training.FINISHED
    assert train(run, orders)[0] == training.DIVERGED
    assert run.epoch == 2


def test_a_first_loss_of_zero_makes_no_number_diverged():
    run, orders = single_step(0.1, target=0.0, val_target=1.0)
    end, rows = train(run, orders)
    assert end == training.FINISHED
    assert rows[0].tolist() == [0.0, 1.0, 0.0]


def test_best_is_the_first_of_equal_epochs():
    # Nothing moves, so that all epochs have one validation loss.
    run, _ = single_step(0.1, target=0.0)
    train(run, np.zeros((4, 1), np.int64))
    assert run.best_epoch == 0


def test_a_stop_ends_the_call_before_the_next_update():
    case = Case(naive.Rule())
    run = case.start()
    before = run.learner.params.copy()
    end, rows = run.train(case.orders(2), np.ones(1, np.int64))
    assert end == training.INTERRUPTED
    assert rows.shape == (0, 3)
    np.testing.assert_array_equal(run.learner.params, before)


def test_best_loss_is_measured_with_the_best_params():
    case = Case(naive.Rule(learning_rate=0.3), n_val=40)
    run, want = case.start(), case.twin(6)
    train(run, case.orders(6))
    x = np.random.default_rng(5).standard_normal((70, 3, 2))
    y = np.full((70, 1, 1), 0.5)
    stop = np.zeros(1, np.int64)
    got = run.best_loss(make_sequences(x, y, run.model.dtype), stop)
    # Float64 rounding after six updates.
    assert got == pytest.approx(naive.loss(case.network, want.best, x, y), rel=1e-12)


TORCH_RULES = [
    naive.Rule(optimizer="sgd", learning_rate=0.1, batch_size=4),
    naive.Rule(optimizer="sgd", learning_rate=0.1, momentum=0.9, batch_size=4),
    naive.Rule(optimizer="adam", learning_rate=0.02, batch_size=4),
    naive.Rule(optimizer="rmsprop", learning_rate=0.01, batch_size=4),
]


@pytest.mark.parametrize("clip_norm", [0.0, 0.2])
@pytest.mark.parametrize("rule", TORCH_RULES, ids=["sgd", "momentum", "adam", "rmsprop"])
def test_twenty_updates_equal_pytorch(rule, clip_norm):
    torch = pytest.importorskip("torch")
    rule = rule._replace(clip_norm=clip_norm)
    case = Case(rule, n_train=20, sizes=(3, 6, 2))
    params = {
        name: torch.tensor(value, requires_grad=True) for name, value in case.model.init(0).items()
    }
    make = {
        "sgd": lambda p: torch.optim.SGD(p, rule.learning_rate, rule.momentum),
        "adam": lambda p: torch.optim.Adam(p, rule.learning_rate),
        "rmsprop": lambda p: torch.optim.RMSprop(p, rule.learning_rate),
    }
    optimizer = make[rule.optimizer](list(params.values()))
    x, y = (torch.tensor(array) for array in case.parts[0])
    orders = case.orders(4)
    was_clipped = False
    for batch in orders.reshape(-1, rule.batch_size):
        h = torch.zeros(rule.batch_size, 6, dtype=torch.float64)
        for t in range(x.shape[1]):
            h = torch.tanh(x[batch, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        outputs = h @ params["W_hy"] + params["b_y"]
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(outputs, y[batch, 0]).backward()
        if clip_norm:
            norm = torch.nn.utils.clip_grad_norm_(params.values(), clip_norm)
            was_clipped |= norm.item() > clip_norm
        optimizer.step()
    run = case.start()
    train(run, orders)
    assert run.learner.counts[training.N_UPDATES] == 20
    assert was_clipped == (clip_norm > 0)
    for name, value in params_of(run, run.learner.params).items():
        want = params[name].detach().numpy()
        # Rounding is near 1e-15; a wrong constant in a rule shows at its size: Adam's eps at
        # 1e-8 of a step where gradients are 1.
        np.testing.assert_allclose(value, want, rtol=1e-7, atol=1e-9, err_msg=name)
