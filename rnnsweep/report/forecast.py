"""The forecasts of the best network in the page, with the truth and the naive forecasts."""

from typing import Any

import numpy as np

from rnnsweep.analysis.forecast import TEST, Forecast, in_words
from rnnsweep.store.store import Store
from rnnsweep.tables.forecast_csv import NoForecastError, read_forecast

from .packing import packed_numbers

# The page draws no more: its size and the time of a plot have limits. The errors are of all.
MOST_ROWS = 10_000  # the last ones
MOST_POINTS = 1000  # the first sequences of each part


def forecast_contents(store: Store) -> dict[str, Any] | None:
    """Return the part `forecast` of the page's contents; None where there is no forecast."""
    if not store.folder.forecast_csv.exists():  # finding the best trial reads all of them
        return None
    try:
        forecast = read_forecast(store, store.best())
    except NoForecastError:
        return None
    shown, left_out = _shown(forecast)
    return {
        "verdict": forecast.verdict(),
        "left_out": left_out,
        "target": forecast.target,
        "of_sequences": forecast.of_sequences,
        "ahead": forecast.ahead,
        "trial_id": forecast.trial_id,
        "first_test": shown.parts.index(TEST),
        "rows": packed_numbers(shown.rows),
        "times": shown.times,
        "truth": packed_numbers(shown.truth),
        "predictions": [
            {"name": in_words(name), "values": packed_numbers(values)}
            for name, values in shown.predictions.items()
        ],
        "errors": error_contents(forecast),
    }


def _shown(forecast: Forecast) -> tuple[Forecast, str]:
    """Return the forecasts that the page draws, and a sentence on the others; "" without any."""
    n = len(forecast.rows)
    if forecast.of_sequences:
        places = np.flatnonzero(forecast.rows < MOST_POINTS)
        sentence = f"The first {MOST_POINTS:,} sequences of each part are drawn."
    else:
        places = np.arange(max(n - MOST_ROWS, 0), n)
        sentence = f"The last {MOST_ROWS:,} of {n:,} forecasts are drawn."
    if len(places) == n:
        return forecast, ""
    return forecast.at(places.tolist()), f"{sentence} The errors are those of all."


def error_contents(forecast: Forecast) -> list[dict[str, Any]]:
    """Return the item `errors`: an error may be infinite, which JSON cannot say."""
    return [
        {
            "part": error.part,
            "predictor": in_words(error.predictor),
            "n": error.n,
            "rmse_mae": packed_numbers([error.rmse, error.mae]),
        }
        for error in forecast.errors()
    ]
