"""The forecasts of the best network in the page, with the truth and the naive forecasts."""

from typing import Any

from rnnsweep.analysis.forecast import TEST, Forecast, in_words
from rnnsweep.store.store import Store
from rnnsweep.tables.forecast_csv import NoForecastError, read_forecast

from .packing import packed_numbers


def forecast_contents(store: Store) -> dict[str, Any] | None:
    """Return the part `forecast` of the page's contents; None where there is no forecast."""
    if not store.folder.forecast_csv.exists():  # finding the best trial reads all of them
        return None
    try:
        forecast = read_forecast(store, store.best())
    except NoForecastError:
        return None
    return {
        "verdict": forecast.verdict(),
        "target": forecast.target,
        "of_sequences": forecast.of_sequences,
        "ahead": forecast.ahead,
        "trial_id": forecast.trial_id,
        "first_test": forecast.parts.index(TEST),
        "rows": packed_numbers(forecast.rows),
        "times": forecast.times,
        "truth": packed_numbers(forecast.truth),
        "predictions": [
            {"name": in_words(name), "values": packed_numbers(values)}
            for name, values in forecast.predictions.items()
        ],
        "errors": error_contents(forecast),
    }


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
