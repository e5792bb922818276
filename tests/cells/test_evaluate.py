"""The equations computed as they are written."""

import naive
import numpy as np
import pytest
from cell_equations import FUNCTIONS, File

from rnnsweep.cells import CELLS, builtin, read_cell
from rnnsweep.cells.evaluate import advance, evaluate

N_INPUT, N_HIDDEN, N_BATCH = 2, 3, 4


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_equals_its_twin(name):
    cell = CELLS[name].with_activation("softplus")
    file = File(builtin._FOLDER / f"{name}.toml")
    rng = np.random.default_rng(3)
    params = {key: rng.normal(0, 1, shape) for key, shape in file.shapes(N_INPUT, N_HIDDEN).items()}
    x = rng.normal(0, 1, (N_BATCH, N_INPUT))
    states = [rng.normal(0, 1, (N_BATCH, N_HIDDEN)) for _ in cell.states]

    def columns(key, names, name):
        return np.split(params[key], len(names), axis=-1)[names.index(name)]

    def compute_sum(each, feeds):
        total = np.zeros((N_BATCH, N_HIDDEN))
        if each.has_input:
            with_input = [other.name for other in cell.sums if other.has_input]
            total += x @ columns("W_xh", with_input, each.name)
        bias = columns("b_h", with_input, each.name) if each.has_input else params[f"b_{each.name}"]
        total += bias if each.has_bias else 0
        for feed, value in zip(each.feeds, feeds, strict=True):
            fed = [other.name for other in cell.sums if feed in other.feeds]
            total += value @ columns(file.matrix(feed), fed, each.name)
        return total

    got = advance(cell, states, compute_sum, params, FUNCTIONS, np.float64)
    weights = {key: naive.Value(array) for key, array in params.items()}
    for row in range(N_BATCH):
        before = tuple(naive.Value(state[row]) for state in states)
        want, _ = naive.CELLS[name].step(weights, "softplus", naive.Value(x[row]), before)
        for state, expected in zip(got, want, strict=True):
            np.testing.assert_allclose(state[row], expected.data, rtol=1e-12, atol=1e-14)


def test_act_by_a_formula_and_constants_in_exponents():
    cell = read_cell(
        {
            "inputs": ["z"],
            "states": ["h"],
            "equations": "h = act(z) ** k + act(noise()) ** -2 - 2 / k",
            "constants": {"k": 3},
        }
    ).with_activation("x * tanh(x)")
    calls = []

    def noise():
        calls.append("noise")
        return np.full(2, 0.25)

    z = np.array([0.5, -1.5])
    (h,) = advance(cell, [z], lambda each, feeds: z, {}, FUNCTIONS | {"noise": noise}, np.float64)
    act = lambda x: x * np.tanh(x)  # noqa: E731
    np.testing.assert_allclose(h, act(z) ** 3 + act(0.25) ** -2 - 2 / 3, rtol=1e-14)
    assert calls == ["noise"]


def test_each_sum_is_computed_once_after_what_feeds_it():
    cell = read_cell(
        {
            "sums": {"z": ["h_prev"], "g": ["r", "h_prev"]},
            "states": ["h"],
            "equations": "r = z + z\nh = g * g + z",
        }
    )
    calls = []

    def compute_sum(each, feeds):
        calls.append((each.name, feeds))
        return len(calls)

    assert advance(cell, [5.0], compute_sum, {}, {}, float) == (2 * 2 + 1,)
    assert calls == [("z", [5.0]), ("g", [2, 5.0])]


def test_numbers_alone_are_computed_as_arrays():
    tree = ("/", ("num", 1.0), ("name", "k"))
    with np.errstate(divide="ignore"):
        assert evaluate(tree, {"k": np.float64(0)}, {}, np.float64) == np.inf
