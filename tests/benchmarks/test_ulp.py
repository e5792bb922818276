"""The error of every activation, value and slope, against wider arithmetic over the whole range.

`python -m benchmarks.ulp` prints the table of these errors, from more points.
"""

import numpy as np
import pytest
from numba import config

from benchmarks import precision, ulp
from benchmarks.formulas import FORMULAS
from benchmarks.precision import DTYPES, WIDER, activated, has_wider, points, ulp_errors
from rnnsweep.vocabulary import ACTIVATIONS

POINTS = 300 if config.DISABLE_JIT else 50_000


@pytest.fixture(params=DTYPES, ids=lambda dtype: dtype.__name__)
def dtype(request):
    if not has_wider(request.param):
        pytest.skip("this platform has no type wider than float64")
    return request.param


def test_every_activation_has_its_formula():
    assert FORMULAS.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "sin"])
def test_the_errors_of_an_activation_are_for_the_whole_range(name, dtype):
    # `test_elementary.py` checks an absolute bound of sine and cosine past their range.
    z = points(dtype, POINTS)
    parts = [errors.part(z) for errors in FORMULAS[name].errors]
    np.testing.assert_array_equal(np.sum(parts, axis=0), 1)


@pytest.mark.parametrize(
    ("name", "errors"),
    ulp.ROWS,
    ids=[f"{name} {errors.where}".strip() for name, errors in ulp.ROWS],
)
def test_errors(name, errors, dtype):
    worst = ulp.worst(name, errors, dtype, POINTS)
    assert worst.value <= errors.value
    assert worst.slope <= errors.slope


def test_gelu_loses_a_quarter_of_z_squared_ulp_in_its_tail(dtype):
    # As the distribution does, and for its reason: `test_elementary.py`. At -12 that is 63 ulp.
    z = points(dtype, POINTS)
    z = z[(z < 0) & (z > -40)]
    got, want = activated("gelu", z)[0], precision.wide(FORMULAS["gelu"].value, z)
    # Where the distribution is flushed, its product with z may still have been a normal number.
    least = np.abs(z) * WIDER[dtype](np.finfo(dtype).tiny)
    kept = np.abs(want) >= least
    assert np.all(ulp_errors(got, want)[kept] <= 4.5 + z[kept].astype(want.dtype) ** 2 / 2)
    off = np.abs(precision.flushed(got, dtype) - want)  # interpreted, a product may be subnormal
    assert np.all(off[~kept] <= least[~kept])


def test_silu_of_a_flushed_sigmoid_is_off_by_less_than_z_smallest_normal_numbers(dtype):
    least = np.finfo(dtype).tiny
    z = np.linspace(1.3 * np.log(least), np.log(least), POINTS).astype(dtype)
    got, want = activated("silu", z)[0], precision.wide(FORMULAS["silu"].value, z)
    assert np.all(np.abs(got - want) <= np.abs(z) * WIDER[dtype](least))


def test_the_table_has_a_line_a_row(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["ulp", "--points", "30"])
    ulp.main()
    head, rule, *lines = capsys.readouterr().out.splitlines()
    n_columns = 2 + 2 * sum(has_wider(dtype) for dtype in DTYPES)
    assert {line.count("|") for line in (head, rule, *lines)} == {n_columns + 1}
    assert [line.split(" | ")[:2] for line in lines] == [
        [f"| {name}", errors.where] for name, errors in ulp.ROWS
    ]


def test_the_table_of_some_activations(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["ulp", "--points", "30", "relu", "tanh"])
    ulp.main()
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == ["| tanh", "| relu"]
    monkeypatch.setattr("sys.argv", ["ulp", "no_such"])
    with pytest.raises(SystemExit):
        ulp.main()
    assert "no formula for no_such in benchmarks/formulas.py" in capsys.readouterr().err
