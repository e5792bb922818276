"""The gradients of every built-in cell are central differences, and a wrong one is seen."""

import pytest

from rnnsweep.cells import CELLS, gradcheck
from rnnsweep.cells.gradcheck import check_gradient
from rnnsweep.vocabulary import ACTIVATIONS

TOLERANCE = 1e-7  # what central differences in float64 leave, times 10


@pytest.mark.parametrize("name", CELLS)
def test_the_gradients_of_a_built_in_cell(name):
    assert check_gradient(CELLS[name]).error < TOLERANCE


@pytest.mark.parametrize("activation", [*ACTIVATIONS, "x * tanh(softplus(x))"])
@pytest.mark.parametrize("name", ["lstm_peephole", "gru_v1"])
def test_the_gradients_with_each_activation(name, activation):
    assert check_gradient(CELLS[name].with_activation(activation)).error < TOLERANCE


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
    assert check_gradient(CELLS[name]).error > 1e-3
