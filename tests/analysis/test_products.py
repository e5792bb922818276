"""Products without BLAS: the same numbers, and the same digits with each number of threads."""

import ast
import os
import subprocess
import sys

import numpy as np
import pytest
from package_imports import MODULES, modules_of

from rnnsweep.analysis.products import product, root

RNG = np.random.default_rng(0)

# What pages, tables and pictures are computed from: shares of variance with more cells than seeds
# and with fewer, resampled means, interquartile means, and the error of a mean loss.
_DIGITS = """
import hashlib, numpy as np
from rnnsweep.analysis.aggregates import trimmed_means
from rnnsweep.analysis.bootstrap import SeedResamples
from rnnsweep.analysis.forecast_difference import variance_of_mean
from rnnsweep.analysis.variance import decompose

rng = np.random.default_rng(0)
def say(name, *values):
    print(name, hashlib.sha256(repr(values).encode()).hexdigest())
for n in (150, 300, 384):
    say(n, decompose(rng.standard_normal((20, 20, n)), 2))
say("wide", decompose(rng.standard_normal((10, 10, 1000)), 2))
say("crossed", decompose(rng.standard_normal((20, 20, 12, 16)), 2))
seeds = SeedResamples([list(range(400))], 400)
say("means", seeds.means(rng.standard_normal((400, 200))).tobytes())
weights = rng.integers(0, 3, (100, 20000)).astype(float)
say("iqm", trimmed_means(np.sort(rng.random(20000)), weights, lambda n: n // 4).tobytes())
say("errors", variance_of_mean(rng.standard_normal(50000), 5))
"""

# Functions of numpy that call BLAS or LAPACK.
_OF_BLAS = {"dot", "vdot", "inner", "matmul", "tensordot", "linalg", "convolve", "correlate", "cov"}
_OF_BLAS |= {"corrcoef", "polyfit"}


def digits(n_threads: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _DIGITS],
        env={**os.environ, "OPENBLAS_NUM_THREADS": str(n_threads)},
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return done.stdout.splitlines()


def test_the_digits_do_not_depend_on_the_threads_of_blas():
    alone = digits(1)
    assert len(alone) == 8
    assert digits(2) == alone


@pytest.mark.parametrize("name", modules_of("analysis", "tables", "plots", "report"))
def test_what_is_written_is_computed_without_blas(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    assert not any(isinstance(node, ast.MatMult) for node in ast.walk(tree))
    named = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("np", "numpy")
    }
    assert not named & _OF_BLAS


@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 1, 1), (4, 0, 2)])
def test_products_are_those_of_numpy(shape):
    n, k, m = shape
    a, b = RNG.standard_normal((n, k)), RNG.standard_normal((k, m))
    np.testing.assert_allclose(product(a, b), a @ b, rtol=1e-12)
    np.testing.assert_allclose(product(a, b[:, 0]), a @ b[:, 0], rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (3, 3), (50, 3), (1000, 40)])
def test_a_root_has_the_same_norms(shape):
    matrix = RNG.standard_normal(shape)
    short = root(matrix)
    assert short.shape == (min(shape), shape[1])
    np.testing.assert_allclose(short.T @ short, matrix.T @ matrix, rtol=1e-9, atol=1e-10)


def test_the_root_of_dependent_columns():
    columns = RNG.standard_normal((50, 3))
    matrix = np.column_stack([np.zeros(50), columns, columns[:, 0] - 2 * columns[:, 2], columns])
    np.testing.assert_allclose(root(matrix).T @ root(matrix), matrix.T @ matrix, atol=1e-12 * 500)
    assert not root(np.zeros((4, 2))).any()
