"""Whole trainings through `Session`, against the naive twin and PyTorch's optimisers.

`test_session_ends.py` is about why a training ends.
"""

import naive
import naive_training
import numpy as np
import pytest
from every_kernel import assert_compiled_once_a_precision
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numba import config
from some_cells import CELLS
from training_cases import (
    DECAYS,
    MEASURED,
    Case,
    Rule,
    any_case,
    arguments,
    assert_params_equal,
    assert_training_equals_the_twin,
    few_updates,
    params_of,
    rounding_grows,
    rules,
    still,
    train,
)
from trial_cases import make_trial

from rnnsweep.kernels import training
from rnnsweep.network.layout import join
from rnnsweep.training.session import lane_order, model_of, rule_of
from rnnsweep.vocabulary import DTYPES, GRADIENTS, LOSSES, OPTIMIZERS, OUTPUTS, SCHEDULES

# ---- from the settings


def test_every_key_of_the_file_reaches_the_network_and_the_rule():
    trial = make_trial(
        activation="sin",
        init="normal",
        init_std=0.3,
        spectral_radius=0.8,
        init_connections=2,
        recurrent="dale",
        dale_excitatory=0.25,
        momentum=0.5,
        nesterov=True,
        l1=0.1,
        l2=0.2,
        clip_norm=0.3,
        clip_value=0.4,
        warmup_updates=3,
        dropout=0.25,
        patience=7,
        val_loss_below=0.6,
        accuracy_above=0.7,
        max_updates=99,
    )
    keys = {name: value for name, value in trial.config.model if name != "init"}
    words = model_of(trial.config).words()
    assert {name: words[name] for name in keys} == keys
    rule = rule_of(trial.config, baseline=1.5)._asdict()
    tables = (trial.config.train, trial.config.stop)
    keys = {name: value for table in tables for name, value in table if name in rule}
    assert {name: rule[name] for name in keys} == keys
    assert rule.keys() - keys.keys() == {
        "update",
        "drop",
        "drop_key",
        "noise",
        "noise_key",
        "baseline",
    }
    assert rule["baseline"] == 1.5


# ---- against the naive twin


def test_every_schedule_is_drawn():
    assert {options["schedule"] for options in DECAYS} == SCHEDULES.keys()


@settings(deadline=None, max_examples=60)  # the first example compiles
@given(rule=rules(), sizes=arguments())
def test_any_training_equals_the_naive_twin(rule, sizes):
    case = any_case(rule, "float64", **few_updates(rule, sizes))
    # Rounding is near 1e-15, and Adam, Adagrad and rmsprop divide by the size of a gradient: one
    # that cancels to 1e-6 of its terms makes a step off by 1e-9 of the learning rate.
    assume(not rounding_grows(case, 3))
    assert_training_equals_the_twin(case, 3, 1e-9)


@settings(deadline=None, max_examples=30)
@given(rule=rules(optimizers=("sgd",)), sizes=arguments())
def test_float32_keeps_near_the_naive_twin(rule, sizes):
    # Plain and momentum updates add what is off and do not divide by it: at most 135 updates of
    # gradients with some eps (6e-8) of their own, a hundred times less than what is allowed.
    case = any_case(rule, "float32", **sizes)
    run, want = case.start(3), case.twin(3)
    _, rows = train(run, case.orders(3))
    np.testing.assert_allclose(rows[:, MEASURED], want.records, rtol=3e-4, atol=3e-5)
    assert_params_equal(params_of(run, run.learner.params), want.params, 3e-4)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("l1", [0.0, 0.02])
@pytest.mark.parametrize("cell", CELLS)
def test_losses_and_penalties_equal_the_naive_twin(cell, l1, loss):
    # With seeds in which no error and no weight comes so near 0 that rounding decides its sign.
    rule = Rule(loss=loss, l1=l1, learning_rate=0.05, batch_size=3)
    output_activation = "sigmoid" if loss == "bce" else "identity"
    words = {"cell": cell, "output": "every", "output_activation": output_activation}
    case = Case(rule, seed=1, sizes=(2, 4, 3), num_layers=2, with_lengths=True, **words)
    assert_training_equals_the_twin(case, 5, 1e-11)  # as above, without division by a gradient


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_optimizers_learn_alike_in_both_precisions(optimizer):
    rows = {}
    for dtype in DTYPES:
        case = Case(Rule(optimizer=optimizer, batch_size=4), n_train=32, dtype=dtype)
        rows[dtype] = train(case.start(), case.orders(20))[1][:, MEASURED]
    # The two start from other data (rounded) and part slowly: 1e-3 after 160 updates is
    # what a gradient's relative error of 1e-5, ten times the usual, would make.
    np.testing.assert_allclose(rows["float32"], rows["float64"], rtol=1e-3)
    assert rows["float64"][-1, 0] < 0.9 * rows["float64"][0, 0]


# ---- what an epoch's row holds


def test_train_loss_is_measured_before_each_update():
    case = Case(Rule(learning_rate=0.1, batch_size=100))
    start = case.model.init(case.seed)
    (x, y, _), (x_val, y_val, _) = case.parts
    before = naive.loss(case.network, start, x, y)
    _, grads = naive.loss_and_gradients(case.network, start, x, y)
    run = case.start()
    _, rows = train(run, case.orders(1))
    after = params_of(run, run.learner.params)
    # Float64 rounding of sums of a few dozen terms.
    val_loss = naive.loss(case.network, after, x_val, y_val)
    assert rows[0, training.TRAIN_LOSS] == pytest.approx(before, rel=1e-13)
    assert rows[0, training.VAL_LOSS] == pytest.approx(val_loss, rel=1e-13)
    assert rows[0, training.GRAD_NORM] == pytest.approx(naive_training.norm(grads), rel=1e-13)


def test_train_loss_weighs_sequences_and_grad_norm_weighs_updates():
    case = still(Rule(batch_size=3), n_train=7)  # batches of 3, 3 and 1
    start = case.model.init(case.seed)
    x, y, _ = case.parts[0]
    orders = case.orders(1)
    batches = (orders[0, :3], orders[0, 3:6], orders[0, 6:])
    norms = [
        naive_training.norm(naive.loss_and_gradients(case.network, start, x[b], y[b])[1])
        for b in batches
    ]
    _, rows = train(case.start(), orders)
    want = naive.loss(case.network, start, x, y)
    assert rows[0, training.TRAIN_LOSS] == pytest.approx(want, rel=1e-13)
    assert rows[0, training.GRAD_NORM] == pytest.approx(np.mean(norms), rel=1e-13)


def test_train_loss_weighs_time_steps_where_lengths_differ():
    case = still(Rule(batch_size=2), n_train=7, seq_len=6, output="every", with_lengths=True)
    x, y, lengths = case.parts[0]
    assert len(set(lengths)) > 2
    _, rows = train(case.start(), case.orders(1))
    want = naive.loss(case.network, case.model.init(case.seed), x, y, lengths=lengths)
    assert rows[0, training.TRAIN_LOSS] == pytest.approx(want, rel=1e-13)


def test_grad_norm_is_before_clipping():
    free = still()
    want = train(free.start(), free.orders(1))[1][0, training.GRAD_NORM]
    assert want > 1e-3
    for options in ({"clip_norm": 1e-3}, {"clip_value": 1e-3}):
        case = still(Rule(**options))
        _, rows = train(case.start(), case.orders(1))
        assert rows[0, training.GRAD_NORM] == want


@pytest.mark.parametrize("option", ["clip_norm", "clip_value"])
def test_the_share_of_updates_that_was_clipped(option):
    # A target far off for one of four batches of one sequence: its gradient alone is clipped.
    for n_far in (0, 1, 3):
        case = still(Rule(batch_size=1, **{option: 30.0}), n_train=4)
        case.parts[0].target[:n_far] = 1e3
        _, rows = train(case.start(), case.orders(1))
        assert rows[0, training.SHARE_CLIPPED] == n_far / 4


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("loss", ["bce", "cross_entropy"])
def test_accuracy_is_the_share_of_right_outputs(loss, output):
    output_activation = "sigmoid" if loss == "bce" else "identity"
    words = {"output": output, "output_activation": output_activation, "seq_len": 5}
    case = still(Rule(loss=loss), n_val=70, sizes=(2, 4, 3), with_lengths=True, **words)
    x, y, lengths = case.parts[1]
    if loss == "bce":
        y[...] = y > 0.5
    outputs = naive.forward(case.network, case.model.init(case.seed), x, lengths)
    right = (outputs > 0.5) == y if loss == "bce" else outputs.argmax(-1) == y
    if output == "every":
        right = right[np.arange(5) < lengths[:, np.newaxis]]
    _, rows = train(case.start(), case.orders(1))
    assert 0 < right.mean() < 1
    # A share of at most 1050 outputs, divided once.
    assert rows[0, training.ACCURACY] == pytest.approx(right.mean(), rel=1e-15)


# ---- a stream


def test_lanes_are_neighbouring_windows():
    assert lane_order(7, 3).tolist() == [0, 3, 5, 1, 4, 6, 2]
    assert lane_order(6, 3).tolist() == [0, 2, 4, 1, 3, 5]
    assert lane_order(5, 1).tolist() == [0, 1, 2, 3, 4]
    assert lane_order(3, 8).tolist() == [0, 1, 2]


@given(n=st.integers(1, 200), batch_size=st.integers(1, 50))
def test_lanes_are_the_naive_twin_s(n, batch_size):
    want = np.concatenate(naive_training.lanes(n, batch_size))
    np.testing.assert_array_equal(lane_order(n, batch_size), want)


@pytest.mark.parametrize("cell", CELLS)
def test_a_stream_in_windows_is_the_whole_stream(cell):
    # One lane, and nothing learned: the loss over 5 windows of 4 is that over 20 time steps.
    rule = Rule(batch_size=1, stateful=True)
    case = still(rule, n_train=5, n_val=5, seq_len=4, output="every", cell=cell, num_layers=2)
    x, y, _ = case.parts[0]
    whole = naive.loss(case.network, case.model.init(0), x.reshape(1, 20, 2), y.reshape(1, 20, 1))
    in_pieces = naive.loss(case.network, case.model.init(0), x, y)
    case.parts[1] = case.parts[0]
    _, rows = train(case.start(), case.orders(2))
    # Sums of 20 squares. Every epoch starts from states of 0 again.
    np.testing.assert_allclose(rows[:, training.TRAIN_LOSS], whole, rtol=1e-13)
    np.testing.assert_allclose(rows[:, training.VAL_LOSS], whole, rtol=1e-13)
    assert abs(in_pieces - whole) > 1e-6


# ---- dropout; `test_dropout.py` looks at what is dropped


def dropped_runs(rate, seed=0, n_epochs=40, **words):
    case = still(Rule(batch_size=8), seed=seed, n_train=8, n_val=8, num_layers=2, **words)
    run = case.start(dropout=rate, drop_key=seed)
    _, rows = train(run, case.orders(n_epochs))
    return case, rows


def test_dropout_is_the_training_s_alone():
    case, rows = dropped_runs(0.5)
    x, y, _ = case.parts[1]
    want = naive.loss(case.network, case.model.init(0), x, y)
    np.testing.assert_allclose(rows[:, training.VAL_LOSS], want, rtol=1e-13)  # rounding alone
    assert len(set(rows[:, training.TRAIN_LOSS])) == 40  # other elements at each update


def test_dropout_depends_on_its_key_and_update_alone():
    _, rows = dropped_runs(0.5)
    _, again = dropped_runs(0.5)
    np.testing.assert_array_equal(rows, again)
    case = still(Rule(batch_size=8), n_train=8, n_val=8, num_layers=2)
    run = case.start(dropout=0.5, drop_key=1)
    _, other = train(run, case.orders(40))
    assert np.all(other[:, training.TRAIN_LOSS] != rows[:, training.TRAIN_LOSS])


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_with_dropout_are_central_differences(cell, output):
    # The first update drops the same elements whatever the params are.
    case = still(
        Rule(batch_size=4),
        n_train=4,
        seq_len=4,
        sizes=(2, 3, 1),
        cell=cell,
        output=output,
        num_layers=3,
        with_lengths=True,
    )

    def one_update(params):
        run = case.start(dropout=0.4, drop_key=5)
        run.learner.params[:] = join(params, case.model.sizes, case.model.dtype)
        _, rows = train(run, case.orders(1))
        return rows[0, training.TRAIN_LOSS], params_of(run, run.learner.grads)

    start = case.model.init(0)
    loss, grads = one_update(start)
    assert loss != naive.loss(case.network, start, *case.parts[0][:2], lengths=case.parts[0][2])
    differences = naive.central_differences(lambda params: one_update(params)[0], start, 1e-5)
    # Rounding: an eps of a loss near 1, over the step; truncation is of the size of its square.
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, differences[name], rtol=0, atol=1e-9, err_msg=name)


# ---- compilation


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_compiles_once_a_precision():
    for dtype in DTYPES:
        for cell in CELLS:
            for words in ({"num_layers": 2, "with_lengths": True}, {"tokens": True}):
                case = Case(Rule(batch_size=3), cell=cell, dtype=dtype, **words)
                train(case.start(dropout=0.5), case.orders(1))
        for gradient in GRADIENTS:  # one by one, in plain loops
            truncation = 2 if gradient == "truncated" else 0
            rule = Rule(gradient=gradient, truncation=truncation, batch_size=1)
            case = Case(rule, sizes=(2, 3, 1), dtype=dtype)
            train(case.start(), case.orders(1))
        for loss in LOSSES:
            output_activation = "sigmoid" if loss == "bce" else "identity"
            case = Case(Rule(loss=loss), output_activation=output_activation, dtype=dtype)
            train(case.start(), case.orders(1))
        for optimizer in OPTIMIZERS:
            case = Case(Rule(optimizer=optimizer, stateful=True, clip_norm=1.0), dtype=dtype)
            train(case.start(patience=1, max_updates=1), case.orders(2))
    assert len(training.train_epochs.signatures) == len(DTYPES)
    assert_compiled_once_a_precision()


# ---- PyTorch

TORCH_RULES = {
    "sgd": Rule(optimizer="sgd", learning_rate=0.1),
    "momentum": Rule(optimizer="sgd", learning_rate=0.1, momentum=0.9),
    "nesterov": Rule(optimizer="sgd", learning_rate=0.1, momentum=0.9, nesterov=True),
    "l2": Rule(optimizer="sgd", learning_rate=0.1, momentum=0.5, l2=0.1),
    "adam": Rule(optimizer="adam", learning_rate=0.02),
    "adam with l2": Rule(optimizer="adam", learning_rate=0.02, l2=0.1),
    "rmsprop": Rule(optimizer="rmsprop", learning_rate=0.01),
    "adagrad": Rule(optimizer="adagrad", learning_rate=0.1),
    "adamw": Rule(optimizer="adamw", learning_rate=0.02, weight_decay=0.2),
    "step": Rule(learning_rate=0.1, schedule="step", decay=0.5, decay_every=2),
    "exponential": Rule(learning_rate=0.1, schedule="exponential", decay=0.7),
    "cosine": Rule(optimizer="adam", learning_rate=0.1, schedule="cosine"),
    "warm-up": Rule(optimizer="adam", learning_rate=0.1, warmup_updates=7),
}


def make_torch_optimizer(torch, rule, params):
    name = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop", "adagrad": "Adagrad"}
    options = {"weight_decay": rule.l2}
    if rule.optimizer == "sgd":
        options |= {"momentum": rule.momentum, "nesterov": rule.nesterov}
    if rule.optimizer == "adamw":
        return torch.optim.AdamW(params, rule.learning_rate, weight_decay=rule.weight_decay)
    return getattr(torch.optim, name[rule.optimizer])(params, rule.learning_rate, **options)


def make_torch_scheduler(torch, rule, optimizer, n_epochs):
    schedulers = torch.optim.lr_scheduler
    if rule.schedule == "step":
        return schedulers.StepLR(optimizer, rule.decay_every, rule.decay)
    if rule.schedule == "exponential":
        return schedulers.ExponentialLR(optimizer, rule.decay)
    if rule.schedule == "cosine":
        return schedulers.CosineAnnealingLR(optimizer, n_epochs)
    return schedulers.ConstantLR(optimizer, factor=1.0)


@pytest.mark.parametrize("clipping", [{}, {"clip_norm": 0.2}, {"clip_value": 0.05}], ids=str)
@pytest.mark.parametrize("rule", TORCH_RULES.values(), ids=TORCH_RULES)
def test_twenty_updates_equal_pytorch(rule, clipping):
    torch = pytest.importorskip("torch")
    rule = rule._replace(batch_size=4, **clipping)
    case = Case(rule, n_train=20, sizes=(3, 6, 2))
    params = {
        name: torch.tensor(value, requires_grad=True) for name, value in case.model.init(0).items()
    }
    optimizer = make_torch_optimizer(torch, rule, list(params.values()))
    scheduler = make_torch_scheduler(torch, rule, optimizer, 4)
    x, y = (torch.tensor(array) for array in case.parts[0][:2])
    orders = case.orders(4)
    n_clipped, n_updates = 0, 0
    for order in orders:
        rate = optimizer.param_groups[0]["lr"]
        for batch in order.reshape(-1, rule.batch_size):
            h = torch.zeros(rule.batch_size, 6, dtype=torch.float64)
            for t in range(x.shape[1]):
                h = torch.tanh(x[batch, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
            outputs = h @ params["W_hy"] + params["b_y"]
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(outputs, y[batch]).backward()
            largest = max(tensor.grad.abs().max().item() for tensor in params.values())
            if rule.clip_norm:
                norm = torch.nn.utils.clip_grad_norm_(params.values(), rule.clip_norm)
                n_clipped += norm.item() > rule.clip_norm
            if rule.clip_value:
                torch.nn.utils.clip_grad_value_(params.values(), rule.clip_value)
                n_clipped += largest > rule.clip_value
            n_updates += 1
            warm = min(1, n_updates / rule.warmup_updates) if rule.warmup_updates else 1
            optimizer.param_groups[0]["lr"] = warm * rate
            optimizer.step()
        optimizer.param_groups[0]["lr"] = rate
        scheduler.step()
    run = case.start(4)
    _, rows = train(run, orders)
    assert run.n_updates == 20
    assert (n_clipped > 0) == bool(clipping)
    assert rows[:, training.SHARE_CLIPPED].sum() * 5 == pytest.approx(n_clipped)
    for name, value in params_of(run, run.learner.params).items():
        want = params[name].detach().numpy()
        # Rounding is near 1e-15; a wrong constant in a rule shows at its size: Adam's eps at
        # 1e-8 of a step where gradients are 1.
        np.testing.assert_allclose(value, want, rtol=1e-7, atol=1e-9, err_msg=name)
