"""The errors of a forecast in the page's contents."""

import json

import numpy as np
from page_contents import unpacked

from rnnsweep.analysis.forecast import Forecast
from rnnsweep.report.forecast import error_contents


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
