"""forecast.csv: the true values, the forecasts of the best network, and naive ones.

A run writes the file at its end, since it takes the data and the network. The id of the network's
trial is in each row, so that a reader notices a file that is not of the best trial.
"""

import csv
import json
from collections.abc import Iterator, Sequence

import numpy as np

from rnnsweep.analysis.forecast import NETWORK, TEST, VALIDATION, Forecast
from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.store.commands import run_command
from rnnsweep.store.folder import Folder
from rnnsweep.store.rows import StoredTrial, finite
from rnnsweep.store.store import Store
from rnnsweep.system_errors import unusable
from rnnsweep.vocabulary import SEASONAL_NAIVE

from .table_files import CsvFile

_FIRST, _TIME, _TRUTH = ("trial_id", "target", "part"), "time", "truth"
# The number of a target: its row in the order of time, or its sequence, which are independent.
_ROW, _SEQUENCE = "row", "sequence"


class NoForecastError(SweepError):
    """The results have no forecast; the text says why."""


def write_forecast(folder: Folder, forecast: Forecast) -> None:
    """Write forecast.csv, in place of an earlier one: a row for each forecast.

    Raises
    ------
    ResultsError
        If the file cannot be written; then the earlier one stays.
    """
    columns: dict[str, Sequence[object]] = {
        "trial_id": [forecast.trial_id] * len(forecast.rows),
        "target": [forecast.target] * len(forecast.rows),
        "part": forecast.parts,
        _SEQUENCE if forecast.of_sequences else _ROW: forecast.rows.tolist(),
    }
    if forecast.times is not None:
        columns[_TIME] = forecast.times
    columns[_TRUTH] = forecast.truth.tolist()
    for name, values in forecast.predictions.items():
        column = f"{name}_{forecast.season}" if name == SEASONAL_NAIVE else name
        columns[column] = [*map(finite, values.tolist())]
    with (
        folder.replacing(folder.forecast_csv) as temporary,
        CsvFile(temporary, list(columns)) as file,
    ):
        for row in zip(*columns.values(), strict=True):
            file.add(row)


def read_forecast(store: Store, best: str | None) -> Forecast:
    """Return the forecast of the best network.

    Parameters
    ----------
    store : Store
    best : str or None
        The id of the best trial, as `Store.best` returns it.

    Raises
    ------
    NoForecastError
        If there is none, or forecast.csv is that of another trial.
    """
    trial = trial_to_forecast(store, best)
    path = store.folder.forecast_csv
    again = _how_to_write(store)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            forecast = _read(csv.reader(file), trial)
    except FileNotFoundError:
        raise NoForecastError(_why_absent(store, trial)) from None
    except OSError as error:
        raise unusable(path, error, reading=True) from error
    except (ValueError, LookupError, csv.Error):
        raise NoForecastError(f"{path} is not as a run writes it; {again}") from None
    if forecast.trial_id != trial.trial_id:
        raise NoForecastError(
            f"{path} has the forecasts of trial {forecast.trial_id}, and the best trial is now "
            f"{trial.trial_id}; {again}"
        )
    if forecast.season != (season := trial.settings.get("task_season", 0)):
        raise NoForecastError(
            f"{path} was written for season = {forecast.season}, and the sweep file now has "
            f"{season}; {again}"
        )
    return forecast


def trial_to_forecast(store: Store, best: str | None) -> StoredTrial:
    """Return the best trial, if its network can forecast.

    Raises
    ------
    NoForecastError
        If no trial ended well.
    """
    trial = None if best is None else store.trial(best)
    if trial is None or trial.status == "diverged":
        raise NoForecastError(
            f"{store.folder.path}: no trial has ended without diverging, so that no network can "
            "forecast"
        )
    return trial


def _why_absent(store: Store, trial: StoredTrial) -> str:
    # Only here: pydantic need not be loaded to read a small file.
    from rnnsweep.tasks import TASKS

    name = trial.settings["task"]
    if name in TASKS and not TASKS[name].forecasts:
        forecasting = ", ".join(sorted(name for name, task in TASKS.items() if task.forecasts))
        return (
            f"{store.folder.path}: the task of its best trial is {name!r}, which forecasts no "
            f"series (tasks that do: {forecasting}); the summary compares the test loss of every "
            "task with its test_baseline"
        )
    condition = ""
    if name not in TASKS:
        condition = ', if the function returns "persistence", and one number for each target'
    return f"there is no {store.folder.forecast_csv} yet; {_how_to_write(store)}{condition}"


def _how_to_write(store: Store) -> str:
    """Return what writes the file."""
    if store.folder.in_use():
        return "the run that is going on writes it at its end"
    command = f"`{run_command(store.folder.path)}`"
    if store.info().requirements.save_params == "none":
        return (
            'it takes the params of the best trial: set save_params = "best" under [output] in the '
            f"sweep file, then {command} writes it"
        )
    return f"{command} writes it"


def _read(rows: Iterator[list[str]], trial: StoredTrial) -> Forecast:
    """Return what the rows of a file say, with what the settings of the trial do.

    Raises
    ------
    ValueError or LookupError
        If they are not as `write_forecast` writes them.
    """
    heading = next(rows, [])
    columns = dict(zip(heading, zip(*rows, strict=True), strict=True))
    ids, targets, parts = (columns[name] for name in _FIRST)
    of_sequences = _SEQUENCE in columns
    predictors = heading[heading.index(_TRUTH) + 1 :]
    predictions = {name: _floats(columns[name]) for name in predictors}
    season = 0
    if predictors[-1].startswith(SEASONAL_NAIVE):
        season = int(predictors[-1].removeprefix(f"{SEASONAL_NAIVE}_"))
        predictions[SEASONAL_NAIVE] = predictions.pop(predictors[-1])
    times = columns.get(_TIME)
    settings = trial.settings
    if (
        len({*ids}) != 1
        or len({*targets}) != 1
        or {*parts} != {VALIDATION, TEST}
        or predictors[0] != NETWORK
    ):
        raise ValueError
    return Forecast(
        ids[0],
        _text(targets[0]),
        settings.get("task_horizon", 1),
        season,
        list(parts),
        np.array(columns[_SEQUENCE if of_sequences else _ROW], np.intp),
        None if times is None else [_text(cell) for cell in times],
        np.array(columns[_TRUTH], np.float64),
        predictions,
        of_sequences,
    )


def _floats(cells: Sequence[str]) -> Floats:
    return np.array([float(cell) if cell else np.nan for cell in cells])


def _text(cell: str) -> str:
    """Return the text that `cell_of` made this cell of."""
    return str(json.loads(cell)) if len(cell) > 1 and cell.startswith('"') else cell
