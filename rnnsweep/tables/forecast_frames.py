"""Forecasts and their errors as pandas DataFrames."""

import pandas as pd

from rnnsweep.analysis.forecast import Forecast, ForecastErrors


def forecast_frame(forecast: Forecast) -> pd.DataFrame:
    """Return a row for each forecast, with the columns that `Results.forecast` names."""
    times = {} if forecast.times is None else {"time": forecast.times}
    frame = pd.DataFrame(
        {
            "part": forecast.parts,
            "row": forecast.rows,
            **times,
            "truth": forecast.truth,
            **forecast.predictions,
        }
    )
    frame.attrs = {
        "trial_id": forecast.trial_id,
        "target": forecast.target,
        "horizon": forecast.horizon,
        "season": forecast.season,
        "verdict": forecast.verdict(),
    }
    return frame


def errors_frame(forecast: Forecast) -> pd.DataFrame:
    """Return a row for each part and predictor."""
    return pd.DataFrame(forecast.errors(), columns=ForecastErrors._fields)
