"""Training with constrained recurrent weights: the updates, and what holds after them."""

import naive_training
import numpy as np
import pytest
from training_cases import Case, Rule, params_of, train

from rnnsweep.kernels import training
from rnnsweep.kernels.linking import objective_of
from rnnsweep.network.cost import block_capacity, training_bytes
from rnnsweep.network.layout import join
from rnnsweep.network.model import Model
from rnnsweep.training.metrics import Metrics

WORDS = {
    "dale": {"recurrent": "dale"},
    "antisymmetric": {"recurrent": "antisymmetric", "antisymmetric_gamma": 0.1},
    "orthogonal": {"recurrent": "orthogonal"},
    "low_rank": {"recurrent": "low_rank", "rank": 2},
}
RULES = {
    "sgd": Rule(learning_rate=0.3, batch_size=3, l2=0.1, clip_norm=0.05),
    "adam": Rule(optimizer="adam", learning_rate=0.05, batch_size=3, l1=0.01),
    "one at a time": Rule(learning_rate=0.1, batch_size=1, momentum=0.5),
}
EPOCHS = 5


@pytest.fixture(params=WORDS)
def kind(request):
    return request.param


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("cell", ["rnn", "gru", "gru_v1"])
def test_updates_are_of_what_is_learned(kind, cell, rule):
    # Of the gradients that `tests/network/test_recurrent.py` compares with central differences. A
    # small network of the cell rnn runs one sequence at a time in plain loops.
    case = Case(rule, cell=cell, **WORDS[kind])
    run, orders = case.start(EPOCHS), case.orders(EPOCHS)
    _, rows = train(run, orders)
    params = case.model.init(case.seed)
    optimizer = naive_training.Optimizer(rule, params)
    part, val = case.parts
    for epoch in range(EPOCHS):
        norms = []
        for start in range(0, len(part.x), rule.batch_size):
            batch = orders[epoch, start : start + rule.batch_size]
            _, grads = case.model.loss_and_gradients(params, part.x[batch], part.target[batch])
            norms.append(naive_training.norm(grads))
            if rule.clip_norm:
                grads = naive_training.clip(grads, rule.clip_norm)
            optimizer.update(params, grads, rule.learning_rate)
        val_loss = np.mean((case.model.forward(params, val.x) - val.target) ** 2)
        # Rounding grows with every update.
        assert rows[epoch, training.VAL_LOSS] == pytest.approx(val_loss, rel=1e-10)
        assert rows[epoch, training.GRAD_NORM] == pytest.approx(np.mean(norms), rel=1e-10)
    for name, array in params_of(run, run.learner.params).items():
        np.testing.assert_allclose(array, params[name], rtol=0, atol=1e-11, err_msg=name)
    best = case.model.forward(params_of(run, run.learner.best), val.x)
    np.testing.assert_array_equal(run.outputs(case.sequences(val), best=True)[:, 0], best)


def test_the_matrices_obey_the_constraint_after_training(kind):
    rule = Rule(optimizer="adam", learning_rate=0.05, batch_size=4)
    case = Case(rule, cell="gru", num_layers=2, sizes=(2, 10, 1), dtype="float32", **WORDS[kind])
    run = case.start(20)
    train(run, case.orders(20))
    before = case.model.effective(case.model.init(case.seed))
    effective = case.model.effective(params_of(run, run.learner.params))
    for name in ("W_hh", "W_hh_1"):
        assert abs(effective[name] - before[name]).max() > 0.05
        for w in np.split(effective[name], 3, axis=1):
            assert_obeys(kind, w.astype(np.float64))


def assert_obeys(kind, w):
    eps = np.finfo(np.float32).eps
    match kind:
        case "dale":
            assert (w[:8] >= 0).all()
            assert (w[8:] <= 0).all()
        case "antisymmetric":
            np.testing.assert_allclose(w + w.T, -0.2 * np.eye(10), rtol=0, atol=eps)
        case "orthogonal":
            np.testing.assert_allclose(w.T @ w, np.eye(10), rtol=0, atol=4 * eps)
        case "low_rank":
            # A product of rank 2, each element rounded to float32.
            singular = np.linalg.svd(w, compute_uv=False)
            assert singular[2] <= 10 * eps * singular[0]
            assert singular[1] > 0.01 * singular[0]


def test_the_memory_that_plan_names_is_what_a_training_takes(kind):
    case = Case(Rule(), sizes=(2, 100, 1), cell="gru", num_layers=2, **WORDS[kind])
    run = case.start()
    arrays = [*run.work, *run.learner, run.constraint.work, run.constraint.inverse]
    arrays += run.weights.values, run.gradients.values
    capacity = block_capacity(Rule().batch_size, 8, 5)
    named = training_bytes(case.model.sizes, 3, 1, capacity, 8)
    assert sum(array.nbytes for array in arrays) == pytest.approx(named, rel=0.01)


def test_metrics_are_those_of_the_matrices_and_gradients_of_what_is_learned(kind):
    case = Case(Rule(), cell="gru", **WORDS[kind])
    flat = case.model.init_flat(case.seed)
    names = ("grad_norms", "spectral_radius", "singular_value", "gradient_flow")
    objective = objective_of("mse", case.model.dtype)
    metrics = Metrics(names, case.model, objective, case.sequences(case.parts[1]))
    values = dict(zip(metrics.columns, metrics.measure(flat, 0.0), strict=True))
    params, val = case.model.init(case.seed), case.parts[1]
    _, grads = case.model.loss_and_gradients(params, val.x, val.target)
    for name, grad in grads.items():
        assert values[f"grad_norm_{name}"] == pytest.approx(np.linalg.norm(grad))
    effective = case.model.effective(params)
    ws = np.split(effective["W_hh"], 3, axis=1)
    radius = max(abs(np.linalg.eigvals(w)).max() for w in ws)
    assert values["spectral_radius"] == pytest.approx(radius)
    assert values["singular_value"] == pytest.approx(max(np.linalg.norm(w, 2) for w in ws))
    free = Model(input_size=2, hidden_size=4, output_size=1, cell="gru", dtype="float64")
    metrics = Metrics(("gradient_flow",), free, objective, case.sequences(val))
    flow = metrics.measure(join(effective, free.sizes, free.dtype), 0.0)
    np.testing.assert_array_equal([values[name] for name in metrics.columns], flow)
