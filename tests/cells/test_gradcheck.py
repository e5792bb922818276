"""The gradients of every built-in cell are central differences, and a wrong one is seen."""

import math

import pytest

from rnnsweep.cells import CELLS, gradcheck, read_cell
from rnnsweep.cells.gradcheck import GOOD, TOLERANCE, check_gradient
from rnnsweep.vocabulary import ACTIVATIONS


@pytest.mark.parametrize("name", CELLS)
def test_the_gradients_of_a_built_in_cell(name):
    assert check_gradient(CELLS[name]).error < GOOD


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "x * tanh(softplus(x))"])
@pytest.mark.parametrize("name", ["lstm_peephole", "gru_v1"])
def test_the_gradients_with_each_activation(name, activation):
    assert check_gradient(CELLS[name].with_activation(activation)).error < GOOD


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lstm", "d_i * (i * (one - i))", "d_i * (i * (one + i))"),
        ("lstm", "d_c * f)", "d_c * i)"),
        ("lstm_peephole", "g_p_o + d_o_in * c", "g_p_o + d_o_in"),
        ("gru_v1", "g_h + a_rh * r", "a_rh * r"),
    ],
)
def test_a_wrong_gradient_is_seen(monkeypatch, name, old, new):
    emit = gradcheck.emit

    def emit_wrong(program):
        source = emit(program)
        assert old in source
        return source.replace(old, new)

    monkeypatch.setattr(gradcheck, "emit", emit_wrong)
    assert check_gradient(CELLS[name]).error > TOLERANCE


@pytest.mark.parametrize(
    "equation",
    [
        "h = sqrt(h_prev) * z + log(1 + h_prev)",  # defined for positive numbers alone
        "h = exp(8 * z) * h_prev ** 2",  # curved too much for params of usual size
        "h = abs(z) + relu(z - h_prev) + max(z, h_prev) + hard_tanh(3 * z)",  # many kinks
    ],
)
def test_equations_that_are_hard_to_check(equation):
    cell = read_cell({"sums": ["z"], "states": ["h"], "equations": equation}, "hard")
    assert check_gradient(cell).error < GOOD


def test_steep_functions_are_tried_with_a_smaller_step(monkeypatch):
    equation = "h = tanh(50 * z) * h_prev + sin(100 * z)"
    cell = read_cell({"sums": ["z"], "states": ["h"], "equations": equation}, "steep")
    assert check_gradient(cell).error < TOLERANCE / 100
    monkeypatch.setattr(gradcheck, "STEPS", gradcheck.STEPS[:1])
    assert check_gradient(cell).error > TOLERANCE


def test_a_network_whose_gradients_are_0_is_not_the_last_one():
    table = {"sums": ["z"], "states": ["h"], "equations": "h = relu(z - 1)"}
    result = check_gradient(read_cell(table, "rare"))
    assert result.param
    assert result.error < GOOD
    table["equations"] = "h = relu(z - 1000) + 0 * h_prev"
    assert check_gradient(read_cell(table, "never")) == (0.0, "")


def test_equations_that_are_never_finite_cannot_be_checked():
    table = {"sums": ["z"], "states": ["h"], "equations": "h = log(-abs(z)) + h_prev"}
    assert math.isnan(check_gradient(read_cell(table, "never")).error)
