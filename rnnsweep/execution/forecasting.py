"""forecast.csv of a run, and of merged results."""

from collections.abc import Callable, Iterable

from rnnsweep.analysis.forecast import Forecast
from rnnsweep.errors import ResultsError
from rnnsweep.store.commands import run_command
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep
from rnnsweep.tables.forecast_csv import (
    NoForecastError,
    read_forecast,
    trial_to_forecast,
    write_forecast,
)

from .compilation import Compilation, Needs


def write_best_forecast(store: Store, sweep: Sweep, say: Callable[[str], None]) -> None:
    """Write forecast.csv of the best trial; without one, remove that of an earlier run.

    Parameters
    ----------
    store : Store
        Of the sweep, whose trials have ended.
    sweep : Sweep
    say : callable
        Takes a line for the user.
    """
    forecast = best_forecast(store, sweep, say)
    if forecast is None:
        store.folder.remove(store.folder.forecast_csv)
    else:
        write_forecast(store.folder, forecast)


def best_forecast(store: Store, sweep: Sweep, say: Callable[[str], None]) -> Forecast | None:
    """Return the forecast of the best trial; None where its network is not saved or diverged.

    There is none either where the task of the best trial forecasts no series.
    """
    if sweep.save_params == "none" and not sweep.forecasts:
        return None  # finding the best trial may read all of them
    try:
        trial_id = trial_to_forecast(store, store.best()).trial_id
    except NoForecastError:
        return None
    position = store.position(trial_id)
    if position is None or store.params(trial_id) is None:
        return None
    config = sweep.trial_at(position).config
    if not config.task.has_forecasts:
        return None
    # Only here: most sweeps have no forecast.
    from rnnsweep.inference.forecast import make_forecast
    from rnnsweep.inference.saved import load_saved

    try:
        saved = load_saved(store.folder.path, trial_id)
    except ResultsError as error:  # saved by another version of rnnsweep
        say(f"no {store.folder.forecast_csv.name}: {error}")
        return None
    Compilation(say).prepare(Needs.to_predict(saved.model))
    return make_forecast(saved, config.task, config.seed_data)


def take_over_forecast(store: Store, folders: Iterable[Folder], say: Callable[[str], None]) -> None:
    """Write forecast.csv of merged results from the folder that has it, for the best trial.

    No data are read: the best trial of all is the best one of its folder as well, which has its
    forecasts. Without them, a forecast.csv of an earlier merge is removed.
    """
    having = [folder for folder in folders if folder.forecast_csv.exists()]
    best = store.best() if having else None
    for folder in having:
        try:
            with Store.reader(folder.path) as other:
                forecast = read_forecast(other, best)
        except NoForecastError:
            continue
        write_forecast(store.folder, forecast)
        return
    store.folder.remove(store.folder.forecast_csv)
    if having:
        say(
            f"no folder has the forecasts of the best trial, {best}; "
            f"`{run_command(store.folder.path)}` writes {store.folder.forecast_csv.name}"
        )
