"""The error of every activation, value and slope, against wider arithmetic over the whole range.

`python -m benchmarks.ulp` prints the table of these errors, from more points.
"""

import numpy as np
import pytest
from numba import config

from benchmarks import precision, ulp
from benchmarks.precision import DTYPES, WIDER, activated, has_wider, points, ulp_errors
from rnnsweep.vocabulary import ACTIVATIONS

POINTS = 300 if config.DISABLE_JIT else 50_000

# Largest errors of value and slope, in the units of the row: a little over what was measured
# with `--points 2000000`, twenty million in either precision, so that a lost digit shows.
MOST = {
    ("sigmoid", ""): (2.5, 0.8),
    ("tanh", ""): (2.6, 2.6),
    ("relu", ""): (0, 0),
    ("identity", ""): (0, 0),
    ("leaky_relu", ""): (0.9, 0.25),  # 0.01 is no binary number: its rounding, and a product's
    ("elu", ""): (1.3, 0.45),
    ("softplus", ""): (2.0, 2.5),
    ("gelu", "from -1 up"): (4.6, 1.3),
    ("gelu", "below -1"): (0.5, 0.5),
    ("silu", "sigmoid is not flushed"): (3.3, 1.6),
    ("silu", "sigmoid is flushed to 0"): (1e-28, 1e-28),
    ("softsign", ""): (1.6, 1.0),
    ("hard_tanh", ""): (0, 0),
    ("sin", "up to 1e4; 1e6"): (3.0, 3.0),
}


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    if not has_wider(request.param):
        pytest.skip("this platform has no type wider than float64")
    return request.param


def row_id(row):
    return f"{row.activation} {row.where}".strip()


def test_every_activation_has_its_rows():
    assert {row.activation for row in ulp.ROWS} == ACTIVATIONS.keys()
    assert {(row.activation, row.where) for row in ulp.ROWS} == MOST.keys()


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "sin"])
def test_the_rows_of_an_activation_are_the_whole_range(name, dtype):
    # `test_elementary.py` holds sine and cosine to an absolute bound past their row's range.
    z = points(dtype, POINTS)
    parts = [row.part(z) for row in ulp.ROWS if row.activation == name]
    np.testing.assert_array_equal(np.sum(parts, axis=0), 1)


@pytest.mark.parametrize("row", ulp.ROWS, ids=row_id)
def test_errors(row, dtype):
    worst = ulp.worst(row, dtype, POINTS)
    most = MOST[row.activation, row.where]
    assert worst.value <= most[0]
    assert worst.slope <= most[1]


def test_gelu_loses_a_quarter_of_z_squared_ulp_in_its_tail(dtype):
    # As the distribution does, and for its reason: `test_elementary.py`. At -12 that is 63 ulp.
    z = points(dtype, POINTS)
    z = z[(z < 0) & (z > -40)]
    got, want = activated("gelu", z)[0], precision.wide(precision.ACTIVATIONS["gelu"].value, z)
    # Where the distribution is flushed, its product with z may still have been a normal number.
    least = np.abs(z) * WIDER[dtype](np.finfo(dtype).tiny)
    kept = np.abs(want) >= least
    assert np.all(ulp_errors(got, want)[kept] <= 4.5 + z[kept].astype(want.dtype) ** 2 / 2)
    off = np.abs(precision.flushed(got, dtype) - want)  # interpreted, a product may be subnormal
    assert np.all(off[~kept] <= least[~kept])


def test_silu_of_a_flushed_sigmoid_is_off_by_less_than_z_smallest_normal_numbers(dtype):
    least = np.finfo(dtype).tiny
    z = np.linspace(1.3 * np.log(least), np.log(least), POINTS).astype(dtype)
    got, want = activated("silu", z)[0], precision.wide(precision.ACTIVATIONS["silu"].value, z)
    assert np.all(np.abs(got - want) <= np.abs(z) * WIDER[dtype](least))


def test_the_table_has_a_line_a_row(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["ulp", "--points", "30"])
    ulp.main()
    head, rule, *lines = capsys.readouterr().out.splitlines()
    n_columns = 2 + 2 * sum(has_wider(dtype) for dtype in DTYPES)
    assert {line.count("|") for line in (head, rule, *lines)} == {n_columns + 1}
    assert [line.split(" | ")[:2] for line in lines] == [
        [f"| {row.activation}", row.where] for row in ulp.ROWS
    ]
