"""The forecast of a saved network for the later parts of the series that it was trained on."""

import numpy as np

from rnnsweep.analysis.forecast import NETWORK, Forecast
from rnnsweep.array_types import Floats
from rnnsweep.tasks import Task
from rnnsweep.tasks.forecast_windows import ForecastWindows

from .prediction import outputs_of
from .saved import SavedNetwork


def make_forecast(saved: SavedNetwork, task: Task) -> Forecast:
    """Return the forecasts of a network, and the naive ones, for the validation and test part.

    Parameters
    ----------
    saved : SavedNetwork
    task : Task
        That of the network's trial, which has `forecasts`.
    """
    windows = task.forecast_windows()
    first, *_ = windows.values()
    naive = {
        name: np.concatenate([part.naive[name] for part in windows.values()])
        for name in first.naive
    }
    settings = saved.settings
    return Forecast(
        saved.trial_id,
        settings["task_target"],
        settings["task_horizon"],
        settings["task_season"],
        [name for name, part in windows.items() for _ in part.rows],
        np.concatenate([part.rows for part in windows.values()]),
        [time for part in windows.values() for time in part.times or []] or None,
        np.concatenate([part.truth for part in windows.values()]),
        {NETWORK: np.concatenate([_of_network(saved, part) for part in windows.values()]), **naive},
    )


def _of_network(saved: SavedNetwork, windows: ForecastWindows) -> Floats:
    """Return the network's forecasts in the units of the file."""
    # With an output at every time step, the last one has seen the whole window.
    last = [out.reshape(len(out), -1)[:, -1] for _, out in outputs_of(saved, windows.x)]
    return windows.scale.undo(np.concatenate(last).astype(np.float64))
