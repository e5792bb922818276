"""The built-in cells: each equals its twin, which is from the paper.

Its file is evaluated by Python itself, and by the package's reading of it.
"""

from pathlib import Path

import naive
import numpy as np
import pytest
from cell_equations import FUNCTIONS, File

from rnnsweep.cells import CELLS
from rnnsweep.cells.evaluate import advance

FOLDER = Path(__file__).parents[2] / "rnnsweep" / "cells"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.toml"))}
N_INPUT, N_HIDDEN = 2, 2


def test_every_cell_has_a_twin_and_every_twin_a_cell():
    assert FILES.keys() == naive.CELLS.keys()


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_a_file_is_short_and_names_its_source(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 20
    cell = File(path).cell
    assert cell["source"].strip()
    assert str(cell["year"]) in cell["source"]
    assert 0 < len(cell["line"]) <= 100


def draw(shapes, rng):
    return {name: rng.normal(0, 1, shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
@pytest.mark.parametrize("name", FILES)
def test_equations_equal_the_twin(name, activation):
    file, twin = File(FILES[name]), naive.CELLS[name]
    assert tuple(file.states) == twin.STATES
    rng = np.random.default_rng(7)
    params = draw(file.shapes(N_INPUT, N_HIDDEN), rng)
    values = {key: naive.Value(array) for key, array in params.items()}
    states = [np.zeros(N_HIDDEN) for _ in file.states]
    for _ in range(6):
        x = rng.normal(0, 1, N_INPUT)
        before = tuple(map(naive.Value, states))
        want, _ = twin.step(values, activation, naive.Value(x), before)
        parsed = advance(
            CELLS[name].with_activation(activation),
            states,
            lambda each, feeds, x=x: file.sum(each.name, params, x, feeds),
            {key: params[key] for key in file.vectors},
            FUNCTIONS,
            np.float64,
        )
        states = file.advance(params, activation, x, states)
        for state, other, expected in zip(states, parsed, want, strict=True):
            np.testing.assert_allclose(state, expected.data, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(other, expected.data, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", FILES)
def test_the_twin_s_gradients_are_central_differences(name):
    # The twin's own reverse mode, and with it each of its operations.
    rng = np.random.default_rng(8)
    shapes = {"W_hy": (N_HIDDEN, 2), "b_y": (2,)}
    for end, n_input in ("", N_INPUT), ("_1", N_HIDDEN):
        layer = File(FILES[name]).shapes(n_input, N_HIDDEN)
        shapes |= {f"{key}{end}": shape for key, shape in layer.items()}
    params = draw(shapes, rng)
    network = naive.Network(output="every", cell=name, layers=2)
    x, target = rng.normal(0, 1, (1, 3, N_INPUT)), rng.normal(0, 1, (1, 3, 2))
    _, grads = naive.loss_and_gradients(network, params, x, target)
    want = naive.central_differences(
        lambda moved: naive.loss(network, moved, x, target), params, 1e-5
    )
    largest = max(np.abs(grad).max() for grad in want.values())
    for key, grad in grads.items():
        assert np.abs(grad - want[key]).max() <= 1e-8 * largest, key
