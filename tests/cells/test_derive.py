"""What is derived from drawn cells: values as the equations say, gradients as differences are."""

import math

import numpy as np
import pytest
from cell_equations import FUNCTIONS
from drawn_cells import cells
from hypothesis import assume, given, settings

from rnnsweep.cells.emit import source
from rnnsweep.cells.evaluate import advance
from rnnsweep.cells.gradcheck import (
    N_BATCH,
    N_HIDDEN,
    N_TIME,
    TOLERANCE,
    Network,
    Numbers,
    check_gradient,
)
from rnnsweep.cells.python_source import numpy_functions


@settings(max_examples=100, deadline=None)
@given(cells())
def test_the_gradients_of_any_cell_are_central_differences(cell):
    result = check_gradient(cell)
    assume(not math.isnan(result.error))
    assert result.error < TOLERANCE, (cell.equations, result)


class Twin:
    """The network of the check, its time steps computed by `evaluate` from the equations."""

    def __init__(self, cell, functions, make_array):
        self.cell, self.functions, self.make_array = cell, functions, make_array
        written = numpy_functions(source(cell))
        numbers = Numbers(np.random.default_rng(0))
        self.network = Network(cell, cell.program, written, numbers, 0.6)
        first = len(cell.program.kept)
        self.params = {name: make_array(v[0]) for name, v in self.network.params.items()}
        self.states = [
            make_array(self.network.view(first + number)[0]) for number in range(len(cell.states))
        ]

    def compute_sum(self, each, feeds, t):
        total = self.make_array(np.zeros((N_BATCH, N_HIDDEN)))
        if each.has_bias:
            total = total + self.params[f"b_{each.name}"]
        if each.has_input:
            x = self.make_array(self.network.x[t])
            total = total + x @ self.params[f"W_x_{each.name}"]
        for feed, value in zip(each.feeds, feeds, strict=True):
            total = total + (total * 0.0 + value) @ self.params[f"W_{feed}_{each.name}"]
        return total

    def time_steps(self):
        """Yield the states after each time step."""
        for t in range(N_TIME):
            noises = iter([self.make_array(noise) for noise in self.network.noise[t]])
            self.states = advance(
                self.cell,
                self.states,
                lambda each, feeds, t=t: self.compute_sum(each, feeds, t),
                {vector.name: self.params[vector.name] for vector in self.cell.vectors},
                {**self.functions, "noise": lambda noises=noises: next(noises)},
                lambda value: self.make_array(np.float64(value)),
            )
            yield t, self.states


@settings(max_examples=60, deadline=None)
@given(cells())
def test_the_states_are_those_of_the_equations(cell):
    twin = Twin(cell, FUNCTIONS, np.array)
    with np.errstate(all="ignore"):
        twin.network.forward()
        for t, states in twin.time_steps():
            for number, expected in enumerate(states):
                actual = twin.network.view(twin.network.now + number, t)[0]
                expected = np.broadcast_to(expected, actual.shape)
                np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(cells())
def test_the_gradients_of_any_cell_are_those_of_pytorch(cell):
    torch = pytest.importorskip("torch")
    names = ("sigmoid", "tanh", "relu", "sin", "exp", "log", "sqrt", "abs")
    others = ("leaky_relu", "elu", "softplus", "gelu", "silu", "softsign")
    functions = {name: getattr(torch, name) for name in names}
    functions |= {name: getattr(torch.nn.functional, name) for name in others}
    functions |= {
        "identity": lambda z: z,
        "hard_tanh": torch.nn.functional.hardtanh,
        "max": torch.maximum,
        "min": torch.minimum,
    }

    def make_array(values):
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    twin = Twin(cell, functions, make_array)
    with np.errstate(all="ignore"):
        loss = twin.network.forward()
        gradients = twin.network.backward()
    weights = torch.tensor(twin.network.loss_weights)
    total = sum((weights[t] * states[0]).sum() for t, states in twin.time_steps())
    assume(math.isfinite(loss[0]) and abs(loss[0]) < 1e6)
    assert total.item() == pytest.approx(loss[0], rel=1e-9, abs=1e-9)
    total.backward()
    for name, actual in gradients.items():
        expected = twin.params[name].grad
        expected = np.zeros(actual.shape) if expected is None else expected.numpy()
        atol = 1e-9 * max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(actual, expected, rtol=1e-8, atol=atol, err_msg=name)
