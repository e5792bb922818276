"""The equations computed as they are written; `test_zoo` compares the built-in cells."""

import numpy as np
from cell_equations import FUNCTIONS

from rnnsweep.cells import read_cell
from rnnsweep.cells.evaluate import advance, evaluate


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
