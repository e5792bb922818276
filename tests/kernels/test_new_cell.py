"""A new cell is one file in the package and one in the tests: tried in a copy of both.

The copy runs its kernels as plain Python, which takes seconds where compiling takes minutes.
"""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rnnsweep

PACKAGE = Path(rnnsweep.__file__).parent
TESTS = Path(__file__).parent.parent

CELL = '''
"""Half of the old state and half of the new: h_t = (h_{t-1} + f(z_t)) / 2."""

from ..apart import call
from ..products import add_product, add_transposed_product
from ..views import flat, table
from ..weights import Weights

CELL = {
    "line": "half of the old state and half of the new",
    "year": 2020,
    "gates": ("h",),
    "activated": "h",
    "states": ("h",),
    "extras": 0,
    "forget_gate": "h",
}


class HalfWeights(Weights):
    """Weights of this cell: the type by which it is chosen."""


def step(x_sums, h_sums, states, activation, sigmoid):
    """Return the states after one time step."""
    return ((states[0] + activation(x_sums[0] + h_sums[0])) / 2,)


def advance(weights, layer, network, before, first, end):
    """Write h_t of the rows from `first` to `end`, whose h_{t-1} begin at row `before`."""
    n, h = end - first, layer.n_hidden
    old, new = flat(layer.hs, before * h, n * h), (layer.n_batch + first) * h
    z, hs = flat(layer.zs, first * h, n * h), flat(layer.hs, new, n * h)
    add_product(
        network.multiply,
        table(old, 0, n, h),
        table(layer.recurrent, 0, h, h),
        table(z, 0, n, h),
    )
    call(network.activate, (z, hs))
    for k in range(n * h):
        hs[k] = (old[k] + hs[k]) * 0.5


def retreat(weights, layer, dh, dc, before, first, end):
    """Turn f'(z_t) into the gradient by z_t, and `dh` into the part by h_{t-1} itself."""
    dz = flat(layer.zs, first * layer.n_hidden, dh.size)
    for k in range(dh.size):
        dh[k] *= 0.5
        dz[k] *= dh[k]


def carry_back(weights, layer, network, transposed, dh, first, end):
    """Add dz_t W_hh^T to `dh`."""
    n, h = end - first, layer.n_hidden
    dz = table(layer.zs, first * h, n, h)
    add_product(network.multiply, dz, table(transposed, 0, h, h), table(dh, 0, n, h))


def recurrent_gradients(weights, layer, network, before, first, gradient, bias_gradient):
    """Add some rows' part to the gradient (H H,) of the recurrent weights."""
    h = layer.n_hidden
    dz = table(layer.zs, first * h, before.shape[0], h)
    add_transposed_product(network.multiply, before, dz, table(gradient, 0, h, h))
'''

TWIN = """
STATES = ("h",)


def step(p, activation, x, state):
    (h,) = state
    z = x @ p["W_xh"] + h @ p["W_hh"] + p["b_h"]
    half = 0 * z.data + 0.5
    return (type(z)(half) * (h + z.through(activation)),), [z]
"""

SWEEP = """
task = {name = "reber", n_train = 6, n_val = 4, n_test = 3}
train = {epochs = 2, batch_size = 4, learning_rate = 0.1}
model = {cell = "half", hidden_size = 3, num_layers = 2, forget_bias = 1}
metrics = {grad_norms = true, gradient_flow = true, saturation = true, dead_units = true}
grid.seed = [0, 1]
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a folder with a copy of the package and its tests, and the new cell in both."""
    copy = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, copy / "rnnsweep", ignore=ignored)
    shutil.copytree(TESTS, copy / "tests", ignore=ignored)
    shutil.copy(TESTS.parent / "pyproject.toml", copy)
    (copy / "rnnsweep" / "kernels" / "cells" / "half.py").write_text(CELL)
    (copy / "tests" / "naive_cells" / "half.py").write_text(TWIN)
    (copy / "sweep.toml").write_text(SWEEP)
    return copy


def run(copy, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tests_over_all_cells_pass_for_it(copy):
    files = [f"tests/{name}.py" for name in ("kernels/test_views", "kernels/test_cells")]
    chosen = "half and not product and not nan and not order and (tanh or view or length or token)"
    printed = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", chosen)
    assert int(printed.split(" passed")[0].split()[-1]) > 8


def test_a_sweep_over_it_trains(copy):
    assert "half of the old state" in run(copy, "rnnsweep", "list", "cells")
    run(copy, "rnnsweep", "plan", "sweep.toml")
    run(copy, "rnnsweep", "run", "sweep.toml", "--no-plots")
    with (copy / "results" / "sweep" / "trials.csv").open(newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)] == ["complete", "complete"]
