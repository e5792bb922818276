"""The forecast in the page's contents: its errors, and what of a long one is drawn."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from forecast_cases import forecast as rows_of
from forecast_cases import of_sequences
from page_contents import unpacked

from rnnsweep.analysis.forecast import Forecast
from rnnsweep.report import forecast as page_forecast
from rnnsweep.report.forecast import MOST_POINTS, MOST_ROWS, error_contents, forecast_contents


def test_an_infinite_error_stays_infinite():
    truth = np.array([1.0, 2.0, 3.0])
    predictions = {"network": np.array([1.0, np.inf, 3.0]), "mean": np.array([1.0, 2.0, 4.0])}
    parts = ["validation", "test", "test"]
    forecast = Forecast("t0", "co2", 1, 0, parts, np.arange(3), None, truth, predictions)
    written = unpacked(json.loads(json.dumps(error_contents(forecast), allow_nan=False)))
    errors = {(own["part"], own["predictor"]): own["rmse_mae"].tolist() for own in written}
    assert errors["validation", "network"] == [0, 0]
    assert errors["test", "network"] == [np.inf, np.inf]
    assert errors["test", "mean"] == [0.5**0.5, 0.5]


@pytest.fixture
def contents(monkeypatch):
    """Return a function that returns the contents of a forecast."""

    def contents(forecast):
        monkeypatch.setattr(page_forecast, "read_forecast", lambda store, best: forecast)
        path = SimpleNamespace(exists=lambda: True)
        store = SimpleNamespace(folder=SimpleNamespace(forecast_csv=path), best=lambda: "t0")
        return unpacked(json.loads(json.dumps(forecast_contents(store), allow_nan=False)))

    return contents


@pytest.mark.parametrize("n_test", [20, MOST_ROWS - 5, MOST_ROWS - 4, MOST_ROWS, 3 * MOST_ROWS])
def test_of_a_long_series_the_last_rows_are_drawn(contents, n_test):
    made = rows_of(n_test, times=[f"day {i}" for i in range(n_test + 5)])
    shown = contents(made)
    n = min(n_test + 5, MOST_ROWS)
    np.testing.assert_array_equal(shown["rows"], made.rows[-n:])
    assert shown["times"] == made.times[-n:]
    assert shown["first_test"] == max(n - n_test, 0)
    np.testing.assert_allclose(shown["predictions"][0]["values"], made.predictions["network"][-n:])
    assert shown["errors"][-1]["n"] == n_test  # the errors are of all
    sentence = f"The last {MOST_ROWS:,} of {n_test + 5:,} forecasts are drawn."
    assert shown["left_out"].startswith(sentence) == (n_test + 5 > MOST_ROWS)


@pytest.mark.parametrize("n_test", [MOST_POINTS, MOST_POINTS + 1])
def test_of_many_sequences_the_first_are_drawn(contents, n_test):
    shown = contents(of_sequences(n_test))
    assert len(shown["rows"]) == 5 + MOST_POINTS
    assert shown["first_test"] == 5
    assert ("The first 1,000 sequences" in shown["left_out"]) == (n_test > MOST_POINTS)
