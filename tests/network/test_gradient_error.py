"""Gradients of compiled kernels against central differences: right ones pass, wrong ones show."""

import math

import pytest

from rnnsweep.cells import CELLS, read_cell
from rnnsweep.cells.gradcheck import GOOD, TOLERANCE
from rnnsweep.network.gradient_error import gradient_error, small_network
from rnnsweep.network.model import Model


@pytest.mark.parametrize("name", ["rnn", "gru", "co_rnn"])
def test_the_gradients_are_central_differences(name):
    assert gradient_error(small_network(CELLS[name])).error < GOOD


@pytest.mark.parametrize("param", ["W_hh", "b_h_1", "W_hy"])
def test_a_wrong_gradient_is_seen(monkeypatch, param):
    right = Model.loss_and_gradients

    def wrong(model, *args, **options):
        loss, gradients = right(model, *args, **options)
        gradients[param] = gradients[param] * 1.01
        return loss, gradients

    monkeypatch.setattr(Model, "loss_and_gradients", wrong)
    result = gradient_error(small_network(CELLS["rnn"]))
    assert result.param == param
    assert result.error > TOLERANCE


def test_the_activation_is_that_of_the_cell():
    network = small_network(CELLS["rnn"].with_activation("x * tanh(softplus(x))"))
    assert network.activation == "x * tanh(softplus(x))"
    assert gradient_error(network).error < GOOD


def test_a_loss_that_is_never_finite():
    table = {"sums": ["z"], "states": ["h"], "equations": "h = log(-abs(z)) + h_prev"}
    assert math.isnan(gradient_error(small_network(read_cell(table, "never"))).error)


def test_a_constant_that_the_precision_does_not_hold():
    table = {"sums": ["z"], "states": ["h"], "equations": "h = k * act(z)", "constants": {"k": 1}}
    with pytest.raises(ValueError, match="k is 1e-320: this is 0 in float64"):
        small_network(read_cell(table, "tiny").with_values({"k": 1e-320}))
