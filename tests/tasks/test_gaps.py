"""Series with missing values: refused, filled from earlier rows, or left out."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from task_cases import baselines

from rnnsweep.tasks import Sources
from rnnsweep.tasks.csv import Csv

NAN = float("nan")


def write(path, values):
    def cell(value):
        return "NA" if np.isnan(value) else repr(float(value))

    rows = [",".join(cell(value) for value in row) for row in values]
    path.write_text("\n".join(["a,b", *rows]) + "\n")
    return path


def make(path, **keys):
    task_keys = {"name": "csv", "path": str(path), "target": "b", "window": 2, "scaling": "none"}
    return Csv.model_validate(task_keys | keys)


def faults(path, **keys):
    with pytest.raises(ValidationError) as caught:
        make(path, **keys)
    return caught.value.errors()[0]["ctx"]["error"].faults


def before(column, t):
    """Return the last value of a column up to row t, NaN if there is none."""
    known = [value for value in column[: t + 1] if not np.isnan(value)]
    return known[-1] if known else NAN


def naive(values, columns, window, horizon, missing, output):
    """Return the parts by a plain loop: for each the rows of x, of y and of persistence."""
    n = len(values)
    n_val = n_test = round(n * 0.2)
    bounds = [(0, n - n_val - n_test), (n - n_val - n_test, n - n_test), (n - n_test, n)]
    target = values[:, 1]
    parts = [([], [], []) for _ in bounds]
    for start in range(n):
        input_rows = range(start, start + window)
        at = [t + horizon for t in input_rows] if output == "every" else [input_rows[-1] + horizon]
        if at[-1] >= n:
            continue
        x = [
            [before(values[:, c], t) if missing == "previous" else values[t, c] for c in columns]
            for t in input_rows
        ]
        y = [target[t] for t in at]
        stays = [before(target, t - horizon) for t in at]
        if np.isnan(np.array([*np.ravel(x), *y, *stays])).any():
            continue
        for part, (first, stop) in zip(parts, bounds, strict=True):
            if first <= at[0] and at[-1] < stop:
                for rows, row in zip(part, (x, y, stays), strict=True):
                    rows.append(row)
    return parts


NUMBERS = st.floats(-10, 10).map(lambda x: round(x, 2)) | st.just(NAN)


@settings(deadline=None, max_examples=200)
@given(
    values=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=12, max_size=40),
    columns=st.sampled_from([(0,), (1,), (0, 1), (1, 0)]),
    window=st.integers(1, 3),
    horizon=st.integers(1, 3),
    missing=st.sampled_from(["drop", "previous"]),
    output=st.sampled_from(["last", "every"]),
)
def test_windows_are_those_of_a_plain_loop(
    tmp_path_factory, values, columns, window, horizon, missing, output
):
    values = np.array(values)
    expected = naive(values, columns, window, horizon, missing, output)
    path = write(tmp_path_factory.mktemp("gaps") / "a.csv", values)
    keys = {"window": window, "horizon": horizon, "missing": missing}
    keys["inputs"] = ["ab"[c] for c in columns]
    last = naive(values, columns, window, horizon, missing, "last")
    if not all(part[0] for part in last):
        assert {"path", "missing", "window"} <= set(faults(path, **keys)[0].keys)
        return
    task = make(path, **keys)
    assert task.shape(output)[3:] == tuple(len(part[0]) for part in expected)
    for made, part in zip(task.data(0, output), expected, strict=True):
        for array, rows in zip(made[:3], part, strict=True):
            np.testing.assert_array_equal(array.ravel(), np.ravel(rows))
    lengths = {len(part[0]) for part in expected}
    if 0 not in lengths:
        known = values[:, 1][~np.isnan(values[:, 1])]
        assert task.target_range() == (known.min(), known.max())
        y, stays = (np.array(rows) for rows in expected[1][1:])
        losses = baselines(task.data(0, output), "mse")
        mean = np.mean(expected[0][1])
        assert losses["mean"] == pytest.approx(np.mean((y - mean) ** 2), rel=1e-12)
        assert losses["persistence"] == pytest.approx(np.mean((y - stays) ** 2), rel=1e-12)


def series(n=40, seed=0):
    return np.random.default_rng(seed).normal(5, 2, (n, 2)).round(3)


@pytest.mark.parametrize("missing", ["drop", "previous"])
def test_scaling_takes_the_training_values_that_are_present(tmp_path, missing):
    values = series()
    values[[3, 7, 30], [0, 1, 1]] = NAN
    task = make(
        write(tmp_path / "a.csv", values),
        inputs=["a", "b"],
        scaling="standard",
        missing=missing,
    )
    encoding = task.encoding()
    for name, column in zip("ab", values[:24].T, strict=True):
        known = column[~np.isnan(column)]
        np.testing.assert_allclose(encoding["scaling"][name], [known.mean(), known.std()])
    assert encoding["missing"] == missing


@pytest.mark.parametrize("missing", ["drop", "previous"])
def test_nothing_comes_from_later_rows(tmp_path, missing):
    one = series()
    one[[0, 5, 6, 18], [0, 0, 1, 0]] = NAN
    other = one.copy()
    other[24:] = 99
    keys = {"inputs": ["a", "b"], "missing": missing, "scaling": "standard"}
    first = make(write(tmp_path / "a.csv", one), **keys).data(0).train
    second = make(write(tmp_path / "b.csv", other), **keys).data(0).train
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.y, second.y)


def test_the_default_is_to_refuse(tmp_path):
    values = series()
    values[[3, 7], 1] = NAN
    path = write(tmp_path / "a.csv", values)
    (fault,) = faults(path)
    assert fault.keys == ("path", "target")
    for fragment in ('line 5, column "b"', '("NA")', "as in 2 of 40 rows", '"previous" or "drop"'):
        assert fragment in fault.text
    # A gap in a column that is not used does not matter.
    values = series()
    values[[3, 7], 0] = NAN
    assert make(write(path, values)).data(0).train.x.shape == (22, 2, 1)


def test_missing_has_no_effect_on_columns_without_gaps(tmp_path):
    path = write(tmp_path / "a.csv", series())
    plain = make(path).data(0)
    for missing in ("drop", "previous"):
        for one, other in zip(plain, make(path, missing=missing).data(0), strict=True):
            np.testing.assert_array_equal(one.x, other.x)
            np.testing.assert_array_equal(one.persistence, other.persistence)
        assert not [*make(path, missing=missing).notes("mse", "last")]


def test_a_part_without_a_window_is_refused(tmp_path):
    values = series()
    values[24:32, 1] = NAN
    path = write(tmp_path / "a.csv", values)
    for missing in ("drop", "previous"):
        (fault,) = faults(path, missing=missing)
        assert fault.keys == ("path", "missing", "window", "val_fraction")
        assert "every window of the validation part has a missing value" in fault.text
        assert "the target has no value there" in fault.text
    values[25:32:2, 1] = 1.0  # before each of them is a gap
    (fault,) = faults(write(path, values), missing="drop")
    assert 'shorten the window, or set missing = "previous"' in fault.text
    values[:, 1] = NAN
    assert len(faults(write(path, values), missing="previous")) == 3


def test_a_note_says_how_many_windows_are_left_out(tmp_path):
    values = series()
    values[[3, 7], [0, 1]] = NAN
    task = make(write(tmp_path / "a.csv", values), inputs=["a", "b"], missing="drop")
    (note,) = task.notes("mse", "last")
    # Rows 3 and 7 are each in two windows, and row 7 is a target.
    assert note == 'of 40 rows, column "b" lacks 1, "a" lacks 1; 5 of 38 windows are left out'


def test_an_unknown_word_for_missing_is_answered_with_the_allowed_ones(tmp_path):
    path = write(tmp_path / "a.csv", series())
    with pytest.raises(ValidationError):
        make(path, missing="interpolate")
    assert make(path, missing="drop").identity() != make(path).identity()
    assert Csv.model_validate(
        {"name": "csv", "path": path.name, "target": "b", "window": 2}, context=Sources(tmp_path)
    )


def test_tasks_of_equal_files_are_equal(tmp_path):
    """Trials share their data by equality, whatever was called on a task before."""
    values = series()
    values[3] = NAN
    one, same = (make(write(tmp_path / "a.csv", values), missing="drop") for _ in range(2))
    assert one.shape("every") == same.shape("every")
    assert one == same
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == same
    values[3, 1] = 1
    other = make(write(tmp_path / "b.csv", values), missing="drop")
    assert other.shape()[3:] != one.shape()[3:]
    assert other != one
