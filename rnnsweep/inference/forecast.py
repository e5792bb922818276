"""The forecast of a saved network for the later parts of its task's series."""

import numpy as np

from rnnsweep.analysis.forecast import NETWORK, Forecast
from rnnsweep.array_types import Floats
from rnnsweep.tasks import Task
from rnnsweep.tasks.forecast_windows import ForecastWindows

from .prediction import outputs_of
from .saved import SavedNetwork


def make_forecast(saved: SavedNetwork, task: Task, seed: int) -> Forecast:
    """Return the forecasts of a network, and the naive ones, for the validation and test part.

    Parameters
    ----------
    saved : SavedNetwork
    task : Task
        That of the network's trial, which has `forecasts`.
    seed : int
        The seed of the trial's data.
    """
    series = task.to_forecast(seed)
    pieces: list[ForecastWindows] = []
    network = []
    for windows in series.windows:
        network.append(_of_network(saved, windows))
        pieces.append(windows._replace(x=np.empty(0)))  # the inputs take the most memory
    first, *_ = pieces
    return Forecast(
        saved.trial_id,
        series.target,
        series.horizon,
        series.season,
        [piece.part for piece in pieces for _ in piece.rows],
        np.concatenate([piece.rows for piece in pieces]),
        [time for piece in pieces for time in piece.times or []] or None,
        np.concatenate([piece.truth for piece in pieces]),
        {
            NETWORK: np.concatenate(network),
            **{
                name: np.concatenate([piece.naive[name] for piece in pieces])
                for name in first.naive
            },
        },
        series.of_sequences,
    )


def _of_network(saved: SavedNetwork, windows: ForecastWindows) -> Floats:
    """Return the network's forecasts in the units of the series."""
    outputs = np.concatenate([out for _, out in outputs_of(saved, windows.x, windows.lengths)])
    if saved.model.output == "every":
        # The output that has seen the whole window.
        ends = windows.x.shape[1] if windows.lengths is None else windows.lengths
        outputs = outputs[np.arange(len(outputs)), ends - 1]
    return windows.scale.undo(outputs[:, 0].astype(np.float64))
